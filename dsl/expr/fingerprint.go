package expr

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"meibo/dsl/schema"
)

// A fingerprint stands for a simplified expression where parts are compared.
// It is a cryptographic hash, so that no filter text can make two different
// expressions look the same.
type fingerprint [sha256.Size]byte

// fingerprintOf hashes a leaf: its type and all of its fields. Texts and lists
// are preceded by their length, so that no two leaves give the same bytes.
// Cost: that of hashing what the leaf holds.
func fingerprintOf(leaf Expr) fingerprint {
	var d digest
	switch e := leaf.(type) {
	case Const:
		d.tag('c', e.Value)
	case Present:
		d.tag('p')
		d.text(e.Field)
	case Boolean:
		d.tag('b', e.Value)
		d.text(e.Field)
	case Range:
		d.tag('r', e.MinOpen, e.MaxOpen)
		d.field(e.Field, e.Kind)
		d.numbers(e.Min, e.Max)
	case Among:
		d.tag('a')
		d.field(e.Field, e.Kind)
		d.numbers(e.Values...)
	case Text:
		d.tag('t', e.All)
		d.field(e.Field, e.Kind)
		d.bytes = append(d.bytes, byte(e.Match), byte(e.Form))
		d.text(e.Region)
		d.texts(e.Needles)
	case Version:
		d.tag('v', e.MinOpen, e.MaxOpen)
		d.texts([]string{e.Field, e.Min, e.Max})
	case Quick:
		d.tag('q')
		d.text(e.Region)
		d.texts(e.Terms)
		d.texts(e.Reads())
	case And, Or, Not:
		d.bytes = fmt.Appendf(d.bytes, "%#v", e) // never: the sum of a node with parts is joined from theirs
	}
	return sha256.Sum256(d.bytes)
}

// A digest gathers what is hashed.
type digest struct{ bytes []byte }

func (d *digest) tag(kind byte, flags ...bool) {
	d.bytes = append(d.bytes, kind)
	for _, f := range flags {
		bit := byte(0)
		if f {
			bit = 1
		}
		d.bytes = append(d.bytes, bit)
	}
}

func (d *digest) field(key string, kind schema.Kind) {
	d.text(key)
	d.bytes = append(d.bytes, byte(kind))
}

func (d *digest) text(s string) {
	d.bytes = binary.AppendUvarint(d.bytes, uint64(len(s)))
	d.bytes = append(d.bytes, s...)
}

func (d *digest) texts(list []string) {
	d.bytes = binary.AppendUvarint(d.bytes, uint64(len(list)))
	for _, s := range list {
		d.text(s)
	}
}

func (d *digest) numbers(list ...float64) {
	d.bytes = binary.AppendUvarint(d.bytes, uint64(len(list)))
	for _, n := range list {
		d.bytes = binary.LittleEndian.AppendUint64(d.bytes, math.Float64bits(n))
	}
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
