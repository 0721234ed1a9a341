package table

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// unescapeXML appends a text with its references resolved and its line ends
// made one, as XML demands.
func unescapeXML(b, raw []byte) ([]byte, error) {
	for len(raw) > 0 {
		i := bytes.IndexAny(raw, "&\r")
		if i < 0 {
			return append(b, raw...), nil
		}
		b = append(b, raw[:i]...)
		if raw[i] == '\r' {
			b = append(b, '\n')
			raw = bytes.TrimPrefix(raw[i+1:], []byte("\n"))
			continue
		}
		end := bytes.IndexByte(raw[i:], ';')
		if end < 0 {
			return b, fmt.Errorf("%w: a reference without end", errBadXML)
		}
		reference := string(raw[i+1 : i+end])
		raw = raw[i+end+1:]
		switch reference {
		case "amp":
			b = append(b, '&')
		case "lt":
			b = append(b, '<')
		case "gt":
			b = append(b, '>')
		case "quot":
			b = append(b, '"')
		case "apos":
			b = append(b, '\'')
		default:
			code, ok := characterOf(reference)
			if !ok {
				return b, fmt.Errorf("%w: the reference &%.20s;", errBadXML, reference)
			}
			b = utf8.AppendRune(b, code)
		}
	}
	return b, nil
}

func characterOf(reference string) (rune, bool) {
	if len(reference) < 2 || reference[0] != '#' {
		return 0, false
	}
	digits, base := reference[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	return rune(code), err == nil && code <= utf8.MaxRune && utf8.ValidRune(rune(code))
}

// unescapeCell resolves _x000D_, with which sheets write characters that XML
// cannot hold.
func unescapeCell(b []byte) []byte {
	at := bytes.Index(b, []byte("_x"))
	if at < 0 {
		return b
	}
	out := bytes.Clone(b[:at])
	for at < len(b) {
		if at+7 <= len(b) && b[at] == '_' && b[at+1] == 'x' && b[at+6] == '_' {
			if code, err := strconv.ParseUint(string(b[at+2:at+6]), 16, 32); err == nil && utf8.ValidRune(rune(code)) {
				out = utf8.AppendRune(out, rune(code))
				at += 7
				continue
			}
		}
		out = append(out, b[at])
		at++
	}
	return out
}
