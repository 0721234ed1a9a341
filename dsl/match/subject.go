package match

import (
	"meibo/dsl/schema"
)

// A Subject is a record that matchers are asked of, with the forms of its
// values that were asked for before. It is for one goroutine.
type Subject struct {
	set    *Set
	record schema.Record
	fields []field
	filled []Matcher // of the holes

	decided []uint8 // of the Set's shared conditions
}

// Prepare makes a Subject of a record, which must not be changed while it is
// in use. filled are the meanings of the Set's holes, in their order, compiled
// by the same Set. Cost: next to nothing until something is asked.
func (s *Set) Prepare(r schema.Record, filled []Matcher) *Subject {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Subject{set: s, record: r, fields: make([]field, len(s.keys)), filled: filled, decided: make([]uint8, len(s.shared))}
}

// Match reports whether the record satisfies the expression.
func (x *Subject) Match(m Matcher) bool { return m.match(x) }

// A field is a value of the record in the forms that were asked for.
type field struct {
	known    bool
	value    schema.Value
	elements []string // of a List, or the one of a String

	folded   []string // of the elements; nil until asked
	phones   []phone  // of the elements, read in region; nil until asked
	region   string
	version  schema.Version
	versions uint8  // 0 not asked, 1 a version, 2 none
	quick    string // of a String
	quicked  bool
}

type phone struct {
	schema.PhoneForms
	ok bool
}

// field is the value at a place of the Set.
func (x *Subject) field(place int) *field {
	for place >= len(x.fields) { // compiled since: the meaning of a hole, say
		x.fields = append(x.fields, field{})
	}
	f := &x.fields[place]
	if !f.known {
		x.set.mu.RLock()
		key := x.set.keys[place]
		x.set.mu.RUnlock()
		f.known, f.value = true, x.record.Get(key)
		f.elements = f.value.Elements()
	}
	return f
}

func (f *field) foldedElements() []string {
	if f.folded == nil {
		f.folded = make([]string, len(f.elements))
		for i, text := range f.elements {
			f.folded[i] = schema.Fold(text)
		}
	}
	return f.folded
}

func (f *field) phonesIn(region string) []phone {
	if f.phones == nil || f.region != region {
		f.phones, f.region = make([]phone, len(f.elements)), region
		for i, text := range f.elements {
			f.phones[i].PhoneForms, f.phones[i].ok = schema.ParsePhone(text, region)
		}
	}
	return f.phones
}

// asVersion is the text of a String as a version.
func (f *field) asVersion() (schema.Version, bool) {
	if f.versions == 0 {
		f.versions = 2
		if v, ok := schema.ParseVersion(f.value.Text()); ok && f.value.Kind() == schema.String {
			f.version, f.versions = v, 1
		}
	}
	return f.version, f.versions == 1
}

// quickText is the text of a String as quick search looks at it; "" of others.
func (f *field) quickText() string {
	if !f.quicked {
		f.quicked = true
		if f.value.Kind() == schema.String {
			f.quick = schema.FoldQuick(f.value.Text())
		}
	}
	return f.quick
}
