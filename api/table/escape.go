package table

import (
	"strings"
	"unicode/utf8"
)

// starters are the characters with which a spreadsheet takes a cell of a CSV
// file for a formula, and so runs what somebody typed into a form.
const starters = "=+-@\t\r＝＋－＠"

// escapeText keeps a spreadsheet from running a text cell of a CSV file: one
// more ' goes before a text that begins with a starter, also behind other '
// already, so that plainText gives back exactly what it was.
func escapeText(text string) string {
	if runs(text) {
		return "'" + text
	}
	return text
}

// plainText undoes escapeText.
func plainText(cell string) string {
	if strings.HasPrefix(cell, "'") && runs(cell) {
		return cell[1:]
	}
	return cell
}

// runs reports whether a text is any number of ' and then a starter.
func runs(text string) bool {
	rest := strings.TrimLeft(text, "'")
	first, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && first != utf8.RuneError && strings.ContainsRune(starters, first)
}

// appendSheetText writes a text into the XML of a sheet. What XML cannot hold,
// or would change (a CR), is written as _xHHHH_, as spreadsheets do; a text that
// looks like that already gets its underscore written so. Readers undo it.
func appendSheetText(b []byte, text string) []byte {
	from := 0
	for i := 0; i < len(text); {
		c, size := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(text[i:])
		}
		entity := ""
		switch {
		case c == '&':
			entity = "&amp;"
		case c == '<':
			entity = "&lt;"
		case c == '>':
			entity = "&gt;"
		case c == '_' && isCode(text[i:]), c < ' ' && c != '\t' && c != '\n', c == 0xfffe, c == 0xffff:
		default:
			i += size
			continue
		}
		b = append(b, text[from:i]...)
		if entity == "" {
			b = appendCode(b, c)
		} else {
			b = append(b, entity...)
		}
		i += size
		from = i
	}
	return append(b, text[from:]...)
}

func appendCode(b []byte, c rune) []byte {
	const digits = "0123456789ABCDEF"
	return append(b, '_', 'x', digits[c>>12&15], digits[c>>8&15], digits[c>>4&15], digits[c&15], '_')
}

// isCode reports whether a text begins with _xHHHH, whatever follows: a code
// written behind it could close it.
func isCode(text string) bool {
	const shortest = len("_xHHHH")
	if len(text) < shortest || text[1] != 'x' {
		return false
	}
	for _, c := range []byte(text[2:shortest]) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}

// Escaped is a text as a cell of a CSV file that a spreadsheet does not run;
// reading the file takes it back.
func Escaped(text string) string { return escapeText(text) }
