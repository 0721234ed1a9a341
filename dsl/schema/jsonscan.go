package schema

import (
	"encoding/json"
	"slices"
	"strings"
)

// scanCustomer reads what nearly every customer's JSON looks like five times
// faster than encoding/json's tokens. Whatever is the least unusual (an
// error, a key with an escape, a key twice, deep nesting) it leaves to the
// parser that ParseCustomer describes: ok is false, and nothing else counts.
// A test holds the two together. The text must be valid UTF-8.
func scanCustomer(text string) (found []Assignment, ok bool) {
	s := customerScanner{text: text, seen: make([]string, 0, 48), found: make([]Assignment, 0, 48)}
	if !s.take('{') || !s.object("", 1) || s.space() != 0 {
		return nil, false
	}
	if len(s.found) == 0 {
		return nil, true
	}
	return s.found, true
}

// maxScannedKeys bounds the search for a key twice, which looks at all keys.
const maxScannedKeys = 256

type customerScanner struct {
	text  string
	at    int
	seen  []string
	found []Assignment
}

// space skips white space and looks at the next byte; 0 is the end.
func (s *customerScanner) space() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *customerScanner) take(c byte) bool {
	if s.space() != c {
		return false
	}
	s.at++
	return true
}

// object reads members up to the closing bracket; the opening one is taken.
func (s *customerScanner) object(prefix string, depth int) bool {
	if depth > maxJSONDepth {
		return false
	}
	if s.take('}') {
		if prefix != "" {
			s.found = append(s.found, Assignment{strings.TrimSuffix(prefix, "."), map[string]any{}})
		}
		return true
	}
	for {
		name, ok := s.plainString()
		if !ok || !s.take(':') || !s.member(prefix+name, depth) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *customerScanner) member(key string, depth int) bool {
	if len(s.seen) == maxScannedKeys || slices.Contains(s.seen, key) {
		return false
	}
	s.seen = append(s.seen, key)
	switch s.space() {
	case '{':
		s.at++
		return s.object(key+".", depth+1)
	case '[':
		s.at++
		elements, ok := s.array()
		s.found = append(s.found, Assignment{key, elements})
		return ok
	}
	value, ok := s.scalar()
	s.found = append(s.found, Assignment{key, value})
	return ok
}

func (s *customerScanner) array() ([]any, bool) {
	elements := []any{}
	if s.take(']') {
		return elements, true
	}
	for {
		value, ok := s.scalar()
		if !ok {
			return nil, false
		}
		elements = append(elements, value)
		if s.take(']') {
			return elements, true
		}
		if !s.take(',') {
			return nil, false
		}
	}
}

func (s *customerScanner) scalar() (any, bool) {
	switch c := s.space(); {
	case c == '"':
		return s.string()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range [...]struct {
		text  string
		value any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if end := s.at + len(word.text); end <= len(s.text) && s.text[s.at:end] == word.text {
			s.at = end
			return word.value, true
		}
	}
	return nil, false
}

// plainString is a string without an escape.
func (s *customerScanner) plainString() (string, bool) {
	if !s.take('"') {
		return "", false
	}
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			found := s.text[s.at:i]
			s.at = i + 1
			return found, true
		case c == '\\' || c < ' ':
			return "", false
		}
	}
	return "", false
}

// string is any string; encoding/json decodes one with escapes.
func (s *customerScanner) string() (string, bool) {
	start := s.at
	if found, ok := s.plainString(); ok {
		return found, true
	}
	for i := start + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			s.at = i + 1
			var found string
			err := json.Unmarshal([]byte(s.text[start:s.at]), &found)
			return found, err == nil
		}
	}
	return "", false
}

// number keeps the digits. JSON has no leading zeros, and digits on both sides
// of a point.
func (s *customerScanner) number() (json.Number, bool) {
	start := s.at
	if s.text[s.at] == '-' {
		s.at++
	}
	whole := s.digits()
	if whole == 0 || whole > 1 && s.text[s.at-whole] == '0' {
		return "", false
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return "", false
		}
	}
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			return "", false
		}
	}
	return json.Number(s.text[start:s.at]), true
}

func (s *customerScanner) digits() int {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}
