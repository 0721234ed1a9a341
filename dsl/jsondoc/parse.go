package jsondoc

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"meibo/dsl/schema"
)

// Parse reads one document. The fault is nil when it is JSON within the
// bounds; its Field is the pointer of where it is not. A surrogate without its
// partner is read as U+FFFD. The values share the document's memory.
// Cost: linear; up to 50 ms for the longest documents.
func Parse(data []byte) (*Value, *schema.ValueError) {
	p := parser{text: string(data)}
	v := &Value{}
	switch {
	case len(data) > MaxBytes:
		p.fail("too_long", "JSON は %[1]d バイトまでです（%[2]d バイトあります）。", "the JSON has at most %[1]d bytes, not %[2]d", MaxBytes, len(data))
	case !utf8.Valid(data):
		p.fail(CodeBadJSON, "JSON が UTF-8 ではありません。", "the JSON is not valid UTF-8")
	case p.value(v) && p.space() != 0:
		p.syntax("JSON の終わり", "the end of the JSON")
	}
	if p.fault != nil {
		return nil, p.fault
	}
	return v, nil
}

// A parser reads one text. Its methods are false when they have failed.
type parser struct {
	text   string
	at     int
	path   []step
	values int
	fault  *schema.ValueError
}

// A step leads to a member, or to an element where it has no name.
type step struct {
	name   string
	index  int
	member bool
}

func (p *parser) fail(code, ja, en string, args ...any) bool {
	if p.fault == nil {
		p.fault = &schema.ValueError{Field: p.pointer(), Code: code, Message: say(ja, en, args...)}
	}
	return false
}

func (p *parser) syntax(ja, en string) bool {
	return p.fail(CodeBadJSON, "JSON として読めません: %[1]d バイト目に%[2]sが必要です。", "this is not JSON: byte %[1]d should be %[3]s", p.at, ja, en)
}

func (p *parser) pointer() string {
	at := ""
	for _, s := range p.path {
		if s.member {
			at = Child(at, s.name)
		} else {
			at = Element(at, s.index)
		}
	}
	return at
}

// space skips white space and looks at the next byte; 0 is the end. (A byte 0
// is no JSON either: whoever meets it where something is expected fails.)
func (p *parser) space() byte {
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\n', '\r':
		case 0:
			return ' '
		default:
			return c
		}
	}
	return 0
}

func (p *parser) take(c byte) bool {
	if p.space() != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) value(into *Value) bool {
	if p.values++; p.values > MaxValues {
		return p.fail("too_many_values", "JSON の値は %d 個までです。", "the JSON has at most %d values", MaxValues)
	}
	switch c := p.space(); {
	case c == '{' || c == '[':
		p.at++
		if len(p.path) >= MaxDepth {
			return p.fail("too_deep", "JSON の入れ子は %d 段までです。", "the JSON nests at most %d deep", MaxDepth)
		}
		if c == '{' {
			into.Kind = Object
			return p.object(into)
		}
		into.Kind = Array
		return p.array(into)
	case c == '"':
		into.Kind = String
		return p.string(&into.Text)
	case c == '-' || c >= '0' && c <= '9':
		into.Kind = Number
		return p.number(&into.Text)
	}
	return p.word(into)
}

func (p *parser) word(into *Value) bool {
	for _, w := range [...]struct {
		text string
		kind Kind
	}{{"true", Bool}, {"false", Bool}, {"null", Null}} {
		if end := p.at + len(w.text); end <= len(p.text) && p.text[p.at:end] == w.text {
			into.Kind, into.Text, p.at = w.kind, w.text, end
			return true
		}
	}
	return p.syntax("値", "a value")
}

// object reads members up to the closing bracket; the opening one is taken.
func (p *parser) object(into *Value) bool {
	if p.take('}') {
		return true
	}
	var seen map[string]bool
	for {
		var name string
		if p.space() != '"' {
			return p.syntax("引用符で囲んだ名前", "a name in quotes")
		}
		if !p.string(&name) {
			return false
		}
		p.path = append(p.path, step{name: name, member: true})
		if twice(into.Items, name, &seen) {
			return p.fail(CodeBadJSON, "「%s」が 2 回書かれています。", "%s stands there twice", name)
		}
		if !p.take(':') {
			return p.syntax("「:」", "a colon")
		}
		if !p.value(into.add(name)) {
			return false
		}
		p.path = p.path[:len(p.path)-1]
		if p.take('}') {
			return true
		}
		if !p.take(',') {
			return p.syntax("「,」か「}」", "a comma or }")
		}
	}
}

func (p *parser) array(into *Value) bool {
	if p.take(']') {
		return true
	}
	for i := 0; ; i++ {
		p.path = append(p.path, step{index: i})
		if !p.value(into.add("")) {
			return false
		}
		p.path = p.path[:len(p.path)-1]
		if p.take(']') {
			return true
		}
		if !p.take(',') {
			return p.syntax("「,」か「]」", "a comma or ]")
		}
	}
}

// string reads a string; encoding/json decodes one with escapes.
func (p *parser) string(into *string) bool {
	start := p.at
	for i := start + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\':
			i++
		case c < ' ':
			p.at = i
			return p.syntax("制御文字ではなく \\u の書き方", "no control character but its \\u escape")
		case c == '"':
			p.at = i + 1
			return p.unquote(p.text[start:p.at], into)
		}
	}
	p.at = len(p.text)
	return p.syntax("文字列を閉じる引用符", "the quote that closes a string")
}

func (p *parser) unquote(quoted string, into *string) bool {
	inner := quoted[1 : len(quoted)-1]
	for i := range len(inner) {
		if inner[i] == '\\' {
			if err := json.Unmarshal([]byte(quoted), into); err != nil {
				return p.fail(CodeBadJSON, "JSON の文字列として読めません: %.60s", "this is not a JSON string: %.60s", quoted)
			}
			return true
		}
	}
	*into = inner
	return true
}

// number keeps the digits. JSON has no leading zeros, and digits on both sides
// of a point.
func (p *parser) number(into *string) bool {
	start := p.at
	if p.text[p.at] == '-' {
		p.at++
	}
	whole := p.digits()
	ok := whole == 1 || whole > 1 && p.text[p.at-whole] != '0'
	if ok && p.has(".") {
		ok = p.digits() > 0
	}
	if ok && (p.has("e") || p.has("E")) {
		_ = p.has("+") || p.has("-")
		ok = p.digits() > 0
	}
	*into = p.text[start:p.at]
	return ok || p.syntax("数字", "a digit")
}

func (p *parser) has(sign string) bool {
	if p.at < len(p.text) && p.text[p.at:p.at+1] == sign {
		p.at++
		return true
	}
	return false
}

func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// add makes room for one more item. It doubles what there is: a document may
// be one long array.
func (v *Value) add(name string) *Value {
	if len(v.Items) == cap(v.Items) {
		v.Items = slices.Grow(v.Items, max(2, len(v.Items)))
	}
	v.Items = append(v.Items, Value{Name: name})
	return &v.Items[len(v.Items)-1]
}

// twice reports whether a member of the name is there, by looking at a few or
// with a map of many.
func twice(members []Value, name string, seen *map[string]bool) bool {
	const few = 16
	if len(members) < few {
		return slices.ContainsFunc(members, func(m Value) bool { return m.Name == name })
	}
	if *seen == nil {
		*seen = make(map[string]bool, 2*few)
		for _, m := range members {
			(*seen)[m.Name] = true
		}
	}
	if (*seen)[name] {
		return true
	}
	(*seen)[name] = true
	return false
}
