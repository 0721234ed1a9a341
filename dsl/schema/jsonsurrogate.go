package schema

import (
	"bytes"
	"strconv"
	"unicode/utf16"
)

// loneSurrogate is the first \u escape of a JSON text that is half of a pair
// without its other half: no character, which encoding/json would read as
// U+FFFD. "" where there is none. Cost: a search for backslashes.
func loneSurrogate(raw []byte) string {
	for at := bytes.IndexByte(raw, '\\'); at >= 0 && at+1 < len(raw); {
		step := 2 // an escape of one character, be it a backslash
		if unit, ok := escapedUnit(raw[at:]); ok && utf16.IsSurrogate(rune(unit)) {
			low, _ := escapedUnit(raw[min(at+6, len(raw)):])
			if utf16.DecodeRune(rune(unit), rune(low)) == '\ufffd' {
				return string(raw[at : at+6])
			}
			step = 12
		}
		next := bytes.IndexByte(raw[min(at+step, len(raw)):], '\\')
		if next < 0 {
			return ""
		}
		at += step + next
	}
	return ""
}

// escapedUnit reads \uXXXX at the beginning of a text.
func escapedUnit(raw []byte) (uint16, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return uint16(unit), err == nil
}
