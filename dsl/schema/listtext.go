package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// separators of the elements of a list in a cell.
const listSeparators = ",;、，；\n\r"

// ListText is a list as a cell of a file holds it: elements joined by ", ". One
// that holds a separator or a quote, or begins or ends with a space, stands in
// double quotes, the quotes in it doubled. ParseText reads the same elements.
func ListText(elements []string) string {
	var b strings.Builder
	for i, e := range elements {
		if i > 0 {
			b.WriteString(", ")
		}
		if strings.ContainsAny(e, listSeparators+`"`) || strings.TrimSpace(e) != e {
			e = `"` + strings.ReplaceAll(e, `"`, `""`) + `"`
		}
		b.WriteString(e)
	}
	return b.String()
}

// listElements reads what ListText, or a person, wrote. A quote that does not
// close before a separator or the end is one that somebody typed.
func listElements(cell string) (elements []any) {
	for {
		cell = strings.TrimLeftFunc(cell, func(r rune) bool { return isListSeparator(r) || unicode.IsSpace(r) })
		if cell == "" {
			return elements
		}
		element, rest, quoted := quotedElement(cell)
		if !quoted {
			element, rest = plainElement(cell)
		}
		elements, cell = append(elements, element), rest
	}
}

func isListSeparator(r rune) bool { return strings.ContainsRune(listSeparators, r) }

func plainElement(cell string) (element, rest string) {
	end := strings.IndexFunc(cell, isListSeparator)
	if end < 0 {
		end = len(cell)
	}
	return strings.TrimSpace(cell[:end]), cell[end:]
}

// quotedElement reads an element in quotes; ok is false where there is none.
func quotedElement(cell string) (element, rest string, ok bool) {
	if !strings.HasPrefix(cell, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for rest = cell[1:]; ; {
		before, after, closed := strings.Cut(rest, `"`)
		if !closed {
			return "", "", false
		}
		b.WriteString(before)
		if rest = after; !strings.HasPrefix(rest, `"`) {
			break
		}
		b.WriteByte('"')
		rest = rest[1:]
	}
	rest = strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) && !isListSeparator(r) })
	next, _ := utf8.DecodeRuneInString(rest)
	return b.String(), rest, rest == "" || isListSeparator(next)
}
