package expr

import (
	"crypto/sha256"
	"fmt"
)

// A fingerprint stands for a simplified expression where parts are compared.
// It is a cryptographic hash, so that no filter text can make two different
// expressions look the same.
type fingerprint [sha256.Size]byte

// fingerprintOf hashes a leaf: its type and all of its fields.
func fingerprintOf(leaf Expr) fingerprint {
	return sha256.Sum256(fmt.Appendf(nil, "%#v", leaf))
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
