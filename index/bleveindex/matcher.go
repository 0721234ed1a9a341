package bleveindex

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A matcher decides a text by itself. It is immutable. The text must not be
// kept.
type matcher interface {
	match(text []byte) bool
	String() string
}

// substring holds a text against one needle by its bytes.
type substring struct {
	how    expr.Match
	needle string
}

func (m substring) match(text []byte) bool {
	switch m.how {
	case expr.Contains:
		return bytes.Contains(text, []byte(m.needle))
	case expr.Prefix:
		return len(text) >= len(m.needle) && string(text[:len(m.needle)]) == m.needle
	case expr.Suffix:
		return len(text) >= len(m.needle) && string(text[len(text)-len(m.needle):]) == m.needle
	}
	return string(text) == m.needle
}

func (m substring) String() string { return operator(m.how) + " " + expr.Quote(m.needle) }

func operator(how expr.Match) string {
	switch how {
	case expr.Contains:
		return "~"
	case expr.Prefix:
		return "^="
	case expr.Suffix:
		return "$="
	}
	return "="
}

// oneOf holds a text against a sorted list.
type oneOf []string

func (m oneOf) match(text []byte) bool {
	_, found := slices.BinarySearchFunc(m, text, func(s string, t []byte) int { return strings.Compare(s, string(t)) })
	return found
}

func (m oneOf) String() string { return "IN " + quoted(m) }

// quoted lists terms, some of many.
func quoted(terms []string) string {
	const most = 5
	var b strings.Builder
	b.WriteByte('(')
	for i, t := range terms[:min(len(terms), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(expr.Quote(t))
	}
	if len(terms) > most {
		fmt.Fprintf(&b, ", … %d in all", len(terms))
	}
	b.WriteByte(')')
	return b.String()
}

// otherThan is the complement of a matcher.
type otherThan struct{ matcher }

func (m otherThan) match(text []byte) bool { return !m.matcher.match(text) }
func (m otherThan) String() string         { return "NOT " + m.matcher.String() }

// digitsOf holds the joined forms of a phone number (see p:KEY) against
// digits, as schema.PhoneForms does.
type digitsOf struct {
	how    expr.Match
	digits string
}

func (m digitsOf) match(joined []byte) bool {
	form := substring{m.how, m.digits}
	for len(joined) > 0 {
		one, rest, _ := bytes.Cut(joined, []byte{valueSeparator})
		if form.match(one) || m.how == expr.Prefix && form.match(bytes.TrimPrefix(one, []byte("+"))) {
			return true
		}
		joined = rest
	}
	return false
}

func (m digitsOf) String() string { return operator(m.how) + " digits " + expr.Quote(m.digits) }

// parsedPhone is a comparison of phone numbers that parses every text, for
// fields whose numbers are not indexed in the region that is asked for.
type parsedPhone struct{ text expr.Text }

func (m parsedPhone) match(text []byte) bool {
	phone, isPhone := schema.ParsePhone(string(text), m.text.Region)
	return slices.ContainsFunc(m.text.Needles, func(needle string) bool {
		if m.text.Match == expr.Equal {
			wanted, wantsPhone := schema.ParsePhone(needle, m.text.Region)
			if isPhone && wantsPhone {
				return phone.International == wanted.International
			}
			return !isPhone && !wantsPhone && string(text) == schema.Fold(needle)
		}
		if !isPhone {
			return substring{m.text.Match, schema.Fold(needle)}.match(text)
		}
		digits, ok := schema.PhoneDigits(needle)
		return ok && matchForms(m.text.Match, phone, digits)
	})
}

func matchForms(how expr.Match, phone schema.PhoneForms, digits string) bool {
	switch how {
	case expr.Prefix:
		return phone.HasPrefix(digits)
	case expr.Suffix:
		return phone.HasSuffix(digits)
	}
	return phone.Contains(digits)
}

func (m parsedPhone) String() string {
	return operator(m.text.Match) + " phone " + m.text.Region + " " + quoted(m.text.Needles)
}

// parsedDigits looks for digits in a text that is a phone number in the
// region, for quick search where numbers are not indexed in that region.
type parsedDigits struct{ digits, region string }

func (m parsedDigits) match(text []byte) bool {
	phone, ok := schema.ParsePhone(string(text), m.region)
	return ok && phone.Contains(m.digits)
}

func (m parsedDigits) String() string {
	return "~ digits " + expr.Quote(m.digits) + " of phone " + m.region
}

// versionBetween holds of texts that are versions in a range.
type versionBetween struct {
	of        expr.Version
	low, high schema.Version // where of.Min and of.Max are set
}

func newVersionBetween(e expr.Version) (versionBetween, bool) {
	m := versionBetween{of: e}
	okLow, okHigh := true, true
	if e.Min != "" {
		m.low, okLow = schema.ParseVersion(e.Min)
	}
	if e.Max != "" {
		m.high, okHigh = schema.ParseVersion(e.Max)
	}
	return m, okLow && okHigh
}

func (m versionBetween) match(text []byte) bool {
	v, ok := schema.ParseVersion(string(text))
	if !ok {
		return false
	}
	if m.of.Min != "" {
		if c := v.Compare(m.low); c < 0 || c == 0 && m.of.MinOpen {
			return false
		}
	}
	if m.of.Max != "" {
		if c := v.Compare(m.high); c > 0 || c == 0 && m.of.MaxOpen {
			return false
		}
	}
	return true
}

func (m versionBetween) String() string {
	return "version " + interval(orInfinite(m.of.Min, "-∞"), orInfinite(m.of.Max, "∞"), m.of.MinOpen, m.of.MaxOpen)
}

func orInfinite(s, infinite string) string {
	if s == "" {
		return infinite
	}
	return s
}

func interval(low, high string, lowOpen, highOpen bool) string {
	left, right := "[", "]"
	if lowOpen {
		left = "("
	}
	if highOpen {
		right = ")"
	}
	return left + low + ", " + high + right
}
