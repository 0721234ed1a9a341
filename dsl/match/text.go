package match

import (
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// manyNeedles is from where on needles that are compared for equality are
// looked up instead of gone through.
const manyNeedles = 8

// text compares the elements of a field with needles.
type text struct {
	place   int
	kind    schema.Kind
	all     bool // and it is a List
	how     expr.Match
	form    expr.Form
	needles []string
	set     map[string]bool // of the needles, where they are many and compared for equality
	phones  []wantedPhone
	region  string
}

// A wantedPhone is a needle of a phone field in all forms that may be compared.
type wantedPhone struct {
	international string // where isPhone
	isPhone       bool
	folded        string
	digits        string // where hasDigits
	hasDigits     bool
}

func (s *Set) text(e expr.Text) Matcher {
	m := &text{place: s.place(e.Field), kind: e.Kind, all: e.All && e.Kind == schema.List, how: e.Match, form: e.Form, needles: e.Needles, region: e.Region}
	if e.Form == expr.Phone {
		for _, needle := range e.Needles {
			m.phones = append(m.phones, wanted(needle, e.Region))
		}
		return m
	}
	if e.Match == expr.Equal && len(e.Needles) > manyNeedles {
		m.set = make(map[string]bool, len(e.Needles))
		for _, needle := range e.Needles {
			m.set[needle] = true
		}
	}
	return m
}

func wanted(needle, region string) (w wantedPhone) {
	var forms schema.PhoneForms
	forms, w.isPhone = schema.ParsePhone(needle, region)
	w.international, w.folded = forms.International, schema.Fold(needle)
	w.digits, w.hasDigits = schema.PhoneDigits(needle)
	return w
}

func (m *text) match(x *Subject) bool {
	f := x.field(m.place)
	if f.value.Kind() != m.kind {
		return false
	}
	texts := f.elements
	if m.form == expr.Folded {
		texts = f.foldedElements()
	}
	for i := range texts {
		if m.one(f, texts, i) != m.all {
			return !m.all
		}
	}
	return m.all // and there is an element: a List without any is missing
}

// one holds an element against the needles.
func (m *text) one(f *field, texts []string, i int) bool {
	switch {
	case m.form == expr.Phone:
		number := f.phonesIn(m.region)[i]
		for k := range m.phones {
			if m.samePhone(&m.phones[k], number, f, i) {
				return true
			}
		}
		return false
	case m.set != nil:
		return m.set[texts[i]]
	}
	for _, needle := range m.needles {
		if compare(m.how, texts[i], needle) {
			return true
		}
	}
	return false
}

func (m *text) samePhone(w *wantedPhone, number phone, f *field, i int) bool {
	switch {
	case m.how == expr.Equal && number.ok:
		return w.isPhone && number.International == w.international
	case m.how == expr.Equal:
		return !w.isPhone && f.foldedElements()[i] == w.folded
	case !number.ok:
		return compare(m.how, f.foldedElements()[i], w.folded)
	case !w.hasDigits:
		return false
	}
	switch m.how {
	case expr.Prefix:
		return number.HasPrefix(w.digits)
	case expr.Suffix:
		return number.HasSuffix(w.digits)
	}
	return number.Contains(w.digits)
}

func compare(m expr.Match, text, needle string) bool {
	switch m {
	case expr.Contains:
		return strings.Contains(text, needle)
	case expr.Prefix:
		return strings.HasPrefix(text, needle)
	case expr.Suffix:
		return strings.HasSuffix(text, needle)
	}
	return text == needle
}

// version compares a String's text as a version.
type version struct {
	place     int
	low, high *schema.Version // nil: open
	expr.Version
}

func (s *Set) version(e expr.Version) Matcher {
	m := &version{place: s.place(e.Field), Version: e}
	for _, end := range []struct {
		text string
		into **schema.Version
	}{{e.Min, &m.low}, {e.Max, &m.high}} {
		if end.text == "" {
			continue
		}
		v, ok := schema.ParseVersion(end.text)
		if !ok {
			return constant(false) // nothing compares with what is no version
		}
		*end.into = &v
	}
	return m
}

func (m *version) match(x *Subject) bool {
	v, ok := x.field(m.place).asVersion()
	if !ok {
		return false
	}
	if m.low != nil {
		if order := v.Compare(*m.low); order < 0 || order == 0 && m.MinOpen {
			return false
		}
	}
	if m.high != nil {
		if order := v.Compare(*m.high); order > 0 || order == 0 && m.MaxOpen {
			return false
		}
	}
	return true
}

// quick is quick search.
type quick struct {
	terms  []quickTerm
	places []int
	mobile int // of the mobile number, read for digits; -1: not read
	region string
}

type quickTerm struct{ text, digits string } // no digits: "" is in no number

func (s *Set) quick(e expr.Quick) Matcher {
	m := &quick{region: e.Region, mobile: -1}
	for _, key := range e.Reads() {
		m.places = append(m.places, s.place(key))
	}
	if slices.Contains(e.Reads(), schema.MobileNumberField) {
		m.mobile = s.place(schema.MobileNumberField)
	}
	for _, term := range e.Terms {
		t := quickTerm{text: term}
		if digits, ok := schema.PhoneDigits(term); ok && len(strings.TrimPrefix(digits, "+")) >= schema.MinQuickDigits {
			t.digits = digits
		}
		m.terms = append(m.terms, t)
	}
	return m
}

func (m *quick) match(x *Subject) bool {
	for _, term := range m.terms {
		if !m.occurs(term, x) {
			return false
		}
	}
	return true
}

func (m *quick) occurs(term quickTerm, x *Subject) bool {
	for _, place := range m.places {
		if f := x.field(place); f.value.Kind() == schema.String && strings.Contains(f.quickText(), term.text) {
			return true
		}
	}
	if term.digits == "" || m.mobile < 0 {
		return false
	}
	f := x.field(m.mobile)
	if f.value.Kind() != schema.String {
		return false
	}
	number := f.phonesIn(m.region)[0]
	return number.ok && number.Contains(term.digits)
}
