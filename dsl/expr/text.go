package expr

import (
	"strings"

	"meibo/dsl/schema"
)

// text writes a comparison of text. What is compared as a phone number follows
// from the field, so only exact("…") has to be said.
func (p *printer) text(e Text) {
	values := make([]string, len(e.Needles))
	for i, needle := range e.Needles {
		values[i] = Quote(needle)
		if e.Form == Exact {
			values[i] = "exact(" + values[i] + ")"
		}
	}
	switch {
	case len(values) == 0:
		p.expr(NoOne(), tightNot)
	case e.Kind != schema.List:
		p.condition(e.Field, compared(e.Match, values))
	case e.All:
		p.condition(e.Field, "ALL "+compared(e.Match, values))
	case e.Match != Equal:
		p.condition(e.Field, compared(e.Match, values))
	case len(values) == 1:
		p.condition(e.Field, "HAS "+values[0])
	default:
		p.condition(e.Field, "HAS ANY "+list(values))
	}
}

func compared(m Match, values []string) string {
	switch {
	case m == Contains:
		return "~ " + values[0]
	case m == Prefix:
		return "^= " + values[0]
	case m == Suffix:
		return "$= " + values[0]
	case len(values) == 1:
		return "= " + values[0]
	}
	return "IN " + list(values)
}

// Path writes a field's key as the language names it: a first part that is a
// word of the language, and any part that is no plain name, in backticks.
func Path(key string) string {
	parts := strings.Split(key, ".")
	for i, part := range parts {
		if !plainName(part) || i == 0 && isWord(part) {
			parts[i] = "`" + part + "`"
		}
	}
	return strings.Join(parts, ".")
}

func plainName(part string) bool {
	for i, r := range part {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return part != ""
}

// isWord reports whether the language gives the name another meaning; in
// backticks any name is a field's.
func isWord(name string) bool {
	switch strings.ToLower(name) {
	case "and", "or", "not", "is", "set", "unset", "in", "between", "has", "any", "all", "true", "false",
		"exact", "version", "segment", "now", "today", "yesterday", "tomorrow", "startof", "endof":
		return true
	}
	return false
}

// Quote writes a string literal with double quotes.
func Quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			const hex = "0123456789abcdef"
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[r>>shift&15])
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
