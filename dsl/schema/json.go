package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Assignment is one member of a customer's JSON: a field key and what was
// sent for it (nil, bool, json.Number, string, []any), still unchecked.
// A nil under the key of a group ("profile") clears the whole group; an object
// without members is an empty map[string]any.
type Assignment struct {
	Key string
	Raw any
}

// A JSONError says why a customer's JSON cannot be read at all.
type JSONError struct{ Words Words }

func (e *JSONError) Error() string { return e.Words.EN }

func unreadable(ja, en string, args ...any) error {
	return &JSONError{Words{JA: fmt.Sprintf(ja, args...), EN: fmt.Sprintf(en, args...)}}
}

// JSONWords are what ParseCustomer says of JSON that it cannot read, in both
// languages.
func JSONWords(err error) Words {
	if why := (*JSONError)(nil); errors.As(err, &why) {
		return why.Words
	}
	return Words{JA: err.Error(), EN: err.Error()}
}

// Empty reports whether an object without members was sent.
func (a Assignment) Empty() bool {
	_, empty := a.Raw.(map[string]any)
	return empty
}

// maxJSONDepth bounds nesting; a customer has two levels and a list.
const maxJSONDepth = 8

// ParseCustomer reads a customer as it travels, nested JSON, into assignments
// in the order of the text. A dotted key ("profile.email") is taken as its
// nested form. Numbers keep their digits. A key twice, text after the object
// and nesting deeper than 8 are errors, which name the place.
func ParseCustomer(raw []byte) ([]Assignment, error) {
	if !utf8.Valid(raw) {
		return nil, unreadable("UTF-8 として正しくありません。", "the JSON is not valid UTF-8")
	}
	if half := loneSurrogate(raw); half != "" {
		return nil, unreadable("%[1]s は対になっていないサロゲートで、文字ではありません。", "%[1]s is half of a surrogate pair, and no character", half)
	}
	if found, ok := scanCustomer(string(raw)); ok {
		return found, nil
	}
	return parseCustomer(raw)
}

// parseCustomer takes any JSON and says what is wrong with it.
func parseCustomer(raw []byte) ([]Assignment, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil {
		return nil, jsonError(err)
	} else if t != json.Delim('{') {
		return nil, unreadable("顧客は JSON オブジェクトで書きます（%[1]sではありません）。", "a customer is a JSON object, not %[2]s", tokenJA(t), tokenName(t))
	}
	p := customerParser{d: d, seen: map[string]bool{}}
	if err := p.object("", 1); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, unreadable("閉じ括弧の後に余分な文字があります。", "there is text after the customer's closing bracket")
	}
	return p.found, nil
}

type customerParser struct {
	d     *json.Decoder
	seen  map[string]bool
	found []Assignment
}

func (p *customerParser) object(prefix string, depth int) error {
	if depth > maxJSONDepth {
		return unreadable("%s の入れ子が %d 段を超えています。", "%s: nested deeper than %d", strings.TrimSuffix(prefix, "."), maxJSONDepth)
	}
	if prefix != "" && !p.d.More() {
		p.found = append(p.found, Assignment{strings.TrimSuffix(prefix, "."), map[string]any{}})
	}
	for p.d.More() {
		name, err := p.d.Token()
		if err != nil {
			return jsonError(err)
		}
		key := prefix + name.(string) // the decoder refuses any other key
		if err := p.member(key, depth); err != nil {
			return err
		}
	}
	_, err := p.d.Token() // the closing bracket
	return jsonError(err)
}

func (p *customerParser) member(key string, depth int) error {
	if p.seen[key] {
		return unreadable("キー %q が 2 回あります。", "the key %q stands there twice", key)
	}
	p.seen[key] = true
	t, err := p.d.Token()
	if err != nil {
		return jsonError(err)
	}
	switch t {
	case json.Delim('{'):
		return p.object(key+".", depth+1)
	case json.Delim('['):
		elements, err := p.array(key)
		if err != nil {
			return err
		}
		p.found = append(p.found, Assignment{key, elements})
		return nil
	}
	p.found = append(p.found, Assignment{key, t})
	return nil
}

func (p *customerParser) array(key string) ([]any, error) {
	elements := []any{}
	for p.d.More() {
		t, err := p.d.Token()
		if err != nil {
			return nil, jsonError(err)
		}
		if d, nested := t.(json.Delim); nested {
			return nil, unreadable("%[1]s: リストに入れられるのは文字列です（%[2]sは入れられません）。", "%[1]s: a list holds strings, not %[3]s", key, tokenJA(d), tokenName(d))
		}
		elements = append(elements, t)
	}
	_, err := p.d.Token()
	return elements, jsonError(err)
}

func tokenName(t json.Token) string {
	if t == json.Delim('[') {
		return "a list"
	}
	return jsonTypeEN(t)
}

func tokenJA(t json.Token) string {
	if t == json.Delim('[') {
		return "リスト"
	}
	return jsonTypeJA(t)
}

func jsonError(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return unreadable("%[1]d バイト目が JSON として正しくありません（%[2]v）。", "not valid JSON at byte %[1]d: %[2]v", syntax.Offset, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return unreadable("途中で終わっています。", "the JSON ends too early")
	}
	return unreadable("JSON として正しくありません（%v）。", "not valid JSON: %v", err)
}

// AppendJSON writes one value; missing is null.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case Boolean:
		return strconv.AppendBool(b, v.Bool())
	case Number:
		if n := int64(v.num); float64(n) == v.num && n < 1<<53 && n > -1<<53 {
			return strconv.AppendInt(b, n, 10)
		}
		return append(b, FormatNumber(v.num)...)
	case Date:
		return strconv.AppendInt(b, v.Millis(), 10)
	case String:
		return appendString(b, v.text)
	case List:
		b = append(b, '[')
		for i, e := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, e)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

// formatNumber writes the shortest digits that read back as the same number,
// without an exponent where a person would not use one.
func FormatNumber(n float64) string {
	if a := max(n, -n); a != 0 && a < 1e-6 {
		return strconv.FormatFloat(n, 'g', -1, 64)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func appendString(b []byte, s string) []byte {
	if isPlainJSON(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

// isPlainJSON reports whether a text stands in JSON as it is. Nearly all do,
// and encoding/json costs 300 ns for each.
func isPlainJSON(s string) bool {
	ascii, separator := true, false
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
			separator = separator || c == separators[0]
		}
	}
	return ascii || utf8.ValidString(s) && !(separator && strings.ContainsAny(s, separators))
}

// separators are JSON but not JavaScript; encoding/json escapes them. Both
// begin with the same byte, which Japanese text hardly has.
const separators = "\u2028\u2029"
