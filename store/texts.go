package store

import (
	"encoding/json"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// Erased stands where a text of an erased customer stood.
const Erased = "[erased]"

// shortestText is the fewest bytes of a text that is looked for: a memberId of
// "12" is in every file and names nobody there.
const shortestText = 4

// Texts are the texts by which persons are known elsewhere: ids, memberIds,
// e-mail addresses and phone numbers. They are found whatever the case of their
// ASCII letters, where no other ASCII letter, digit, - or _ adjoins them; phone
// numbers also with what people put between the digits. Names are not among
// them: they are other people's too.
type Texts struct {
	plain, digits needles
	short         map[string]bool // shorter than is looked for: found as a whole string of JSON only, by InJSON
	longest       int             // in bytes
}

// needles are texts by their first bytes.
type needles map[[shortestText]byte][]string

func (n needles) add(text string) {
	if len(text) < shortestText {
		return
	}
	head := [shortestText]byte([]byte(text))
	if !slices.Contains(n[head], text) {
		n[head] = append(n[head], text)
	}
}

// TextsOf collects the texts of persons.
func TextsOf(records []schema.Record, fields *schema.Fields, region string) *Texts {
	t := &Texts{plain: needles{}, digits: needles{}, short: map[string]bool{}}
	for _, r := range records {
		for key, v := range r.All() {
			f, known := fields.Lookup(key)
			switch {
			case key == schema.IDField, key == schema.MemberIDField, known && f.Format == schema.FormatEmail:
				t.Add(v.Text())
			case known && f.Format == schema.FormatPhone:
				t.addPhone(v.Text(), region)
			}
		}
	}
	return t
}

// Add adds a text as it stands: in another encoding, for one.
func (t *Texts) Add(text string) {
	t.plain.add(lowered(text))
	if len(text) > 0 && len(text) < shortestText {
		t.short[lowered(text)] = true
	}
	t.longest = max(t.longest, len(text))
}

func (t *Texts) addPhone(text, region string) {
	t.Add(text)
	if forms, ok := schema.ParsePhone(text, region); ok {
		t.digits.add(forms.National)
		t.digits.add(strings.TrimPrefix(forms.International, "+"))
	}
}

// Plain are the texts that were added, in small letters.
func (t *Texts) Plain() (all []string) {
	for _, list := range t.plain {
		all = append(all, list...)
	}
	return all
}

// Longest is the length of the longest text in bytes, 64 at least: what is
// searched in parts must overlap by twice that.
func (t *Texts) Longest() int { return max(t.longest, 64) }

// In reports whether any of the texts is in a text.
func (t *Texts) In(text []byte) bool { return len(t.spans(string(text), true)) > 0 }

// Replaced is a text with Erased in place of each of the texts.
func (t *Texts) Replaced(text string) (replaced string, changed bool) {
	spans := t.spans(text, false)
	if len(spans) == 0 {
		return text, false
	}
	var b strings.Builder
	at := 0
	for _, s := range spans {
		if s.from < at {
			continue // two texts overlap
		}
		b.WriteString(text[at:s.from])
		b.WriteString(Erased)
		at = s.to
	}
	b.WriteString(text[at:])
	return b.String(), true
}

type span struct{ from, to int }

// spans are where the texts are, from left to right, the longest first.
func (t *Texts) spans(text string, one bool) []span {
	low := lowered(text)
	found := t.plain.spans(low, one)
	for _, separators := range []string{"-()", "-() ."} { // a space can also stand between two numbers
		if len(t.digits) == 0 || one && len(found) > 0 {
			break
		}
		bare, at := without(separators, low)
		for _, s := range t.digits.spans(bare, one) {
			found = append(found, span{at[s.from], at[s.to-1] + 1})
		}
	}
	slices.SortFunc(found, func(a, b span) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	return found
}

func (n needles) spans(text string, one bool) (found []span) {
	for i := 0; i+shortestText <= len(text); i++ {
		list, ok := n[[shortestText]byte([]byte(text[i:i+shortestText]))]
		if !ok || i > 0 && isWord(text[i-1]) && isWord(text[i]) {
			continue
		}
		for _, needle := range list {
			end := i + len(needle)
			if strings.HasPrefix(text[i:], needle) && (end == len(text) || !isWord(text[end]) || !isWord(text[end-1])) {
				if found = append(found, span{i, end}); one {
					return found
				}
			}
		}
	}
	return found
}

func isWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-' || b == '_'
}

// lowered changes the case of ASCII letters alone, so that places stay.
func lowered(text string) string {
	i := strings.IndexFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' })
	if i < 0 {
		return text
	}
	b := []byte(text)
	for ; i < len(b); i++ {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// without leaves out what people put between the digits of a phone
// number; at says where each byte that is left stood.
func without(separators, text string) (bare string, at []int) {
	b := make([]byte, 0, len(text))
	at = make([]int, 0, len(text))
	for i := range len(text) {
		separates := strings.IndexByte(separators, text[i]) >= 0
		if separates && len(b) > 0 && isDigit(b[len(b)-1]) && betweenDigits(separators, text[i:]) {
			continue
		}
		b, at = append(b, text[i]), append(at, i)
	}
	return string(b), at
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// betweenDigits reports whether a digit follows after at most two separators.
func betweenDigits(separators, text string) bool {
	for i := 1; i < min(len(text), 4); i++ {
		if isDigit(text[i]) {
			return true
		}
		if strings.IndexByte(separators, text[i]) < 0 {
			return false
		}
	}
	return false
}

// InJSON reports whether any of the texts is in a string of a JSON document,
// or is one, however short it is.
func (t *Texts) InJSON(document []byte) bool {
	_, changed := eachString(document, func(text string) (string, bool) {
		if t.short[lowered(text)] {
			return Erased, true
		}
		return t.Replaced(text)
	})
	return changed
}

// ReplacedInJSON is a JSON document with its strings Replaced, the names of its
// members too, and everything else as it was.
func (t *Texts) ReplacedInJSON(document []byte) (replaced []byte, changed bool) {
	return eachString(document, t.Replaced)
}

// eachString puts other strings in the place of those that replace changes.
func eachString(document []byte, replace func(string) (string, bool)) (replaced []byte, changed bool) {
	at := 0
	for i := 0; i < len(document); i++ {
		if document[i] != '"' {
			continue
		}
		end := i + 1
		for end < len(document) && document[end] != '"' {
			if document[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(document) {
			break
		}
		var text string
		if json.Unmarshal(document[i:end+1], &text) == nil {
			if without, hit := replace(text); hit {
				literal, err := json.Marshal(without)
				if err == nil {
					replaced = append(append(replaced, document[at:i]...), literal...)
					at, changed = end+1, true
				}
			}
		}
		i = end
	}
	if !changed {
		return document, false
	}
	return append(replaced, document[at:]...), true
}
