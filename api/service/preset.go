package service

import (
	"fmt"
	"strings"

	"meibo/dsl/schema"
)

// A preset knows the customer file of another system: which of its columns go
// to which fields, and what its values mean. It is found by the header of a
// file, and only says what a mapping could say; what a request maps itself goes
// before it, and columns that it does not know go as those of any file.
type preset struct {
	name    string
	label   schema.Words
	matches func(known map[string]bool) bool // by the keys of the columns that the header has
	columns []presetColumn
}

// A presetColumn is one column of a preset.
type presetColumn struct {
	key     string   // what the rules of the preset call it
	headers []string // as files name it, in any language
	field   schema.Field
	own     string // key of the field it goes to where primitive fields may be written; "" for the same
	rule    presetRule
}

// A presetRule changes the text of a cell before it is read as a value. What
// it does not understand it leaves, so that it is refused in the words of the
// field.
type presetRule func(cell string) string

// presets are those that are known.
func presets() []preset { return []preset{shopifyCustomers(), cafe24Members()} }

// presetNamed finds a preset by its name.
func presetNamed(name string) (preset, error) {
	var names []string
	for _, p := range presets() {
		if p.name == name {
			return p, nil
		}
		names = append(names, p.name)
	}
	return preset{}, refuseParameter("preset", "unknown_preset",
		fmt.Sprintf("プリセット「%s」はありません。%s のどれかです。", name, strings.Join(names, "、")),
		fmt.Sprintf("there is no preset %q: one of %s", name, strings.Join(names, ", ")))
}

// presetOf recognises a file by its header.
func presetOf(header []string) (preset, bool) {
	for _, p := range presets() {
		known := map[string]bool{}
		for _, name := range header {
			if c, ok := p.column(name); ok {
				known[c.key] = true
			}
		}
		if p.matches(known) {
			return p, true
		}
	}
	return preset{}, false
}

// column is what the preset knows of a column.
func (p preset) column(header string) (presetColumn, bool) {
	folded := bareHeader(header)
	if folded == "" {
		return presetColumn{}, false
	}
	for _, c := range p.columns {
		for _, name := range c.headers {
			if bareHeader(name) == folded {
				return c, true
			}
		}
	}
	return presetColumn{}, false
}

// bareHeader is a header without what spellings differ in.
func bareHeader(header string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "", "・", "").Replace(schema.Fold(header))
}

// A presetReading is a preset laid over the header of one file. It is for one
// goroutine.
type presetReading struct {
	fields  []schema.Field // by column; without a key where the preset knows nothing of it
	rules   []presetRule
	family  int // columns that are joined to one name, -1 without them
	given   int
	renamed []string // the cells of the row, reused
}

// reading lays the preset over a header. system tells whether primitive fields
// may be written.
func (p preset) reading(header []string, system bool) *presetReading {
	r := &presetReading{fields: make([]schema.Field, len(header)), rules: make([]presetRule, len(header)), family: -1, given: -1}
	korean := false
	for _, name := range header {
		korean = korean || strings.ContainsFunc(name, isHangul)
	}
	for i, name := range header {
		c, ok := p.column(name)
		if !ok {
			continue
		}
		switch c.key {
		case "firstName":
			r.given = i
		case "lastName":
			r.family = i
		}
		r.fields[i], r.rules[i] = c.field, c.rule
		if system && c.own != "" {
			r.fields[i] = schema.Field{Key: c.own}
		}
		if korean && c.field.Format == schema.FormatPhone {
			r.rules[i] = koreanPhone
		}
	}
	if r.family >= 0 && r.given >= 0 {
		r.fields[r.family] = schema.Field{} // its text joins the other's
	}
	return r
}

// leftOut reports whether a column goes nowhere by itself: the family name,
// which is joined to the given one.
func (r *presetReading) leftOut(column int) bool { return column == r.family && r.given >= 0 }

// cells are a row's cells as its fields take them; valid until the next call.
func (r *presetReading) cells(row []string) []string {
	r.renamed = append(r.renamed[:0], row...)
	for i, rule := range r.rules {
		if rule != nil && i < len(row) && row[i] != "" {
			r.renamed[i] = rule(row[i])
		}
	}
	if r.family >= 0 && r.given >= 0 && max(r.family, r.given) < len(row) {
		r.renamed[r.given], r.renamed[r.family] = joinName(row[r.family], row[r.given]), ""
	}
	return r.renamed
}

// joinName writes a name as its language does: the family name first in
// Japanese and, without a space, in Korean.
func joinName(family, given string) string {
	family, given = strings.TrimSpace(family), strings.TrimSpace(given)
	switch both := family + given; {
	case family == "" || given == "":
		return both
	case strings.ContainsFunc(both, isHangul):
		return both
	case strings.ContainsFunc(both, isEastAsian):
		return family + " " + given
	}
	return given + " " + family
}

func isHangul(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }

// isEastAsian reports whether a character is a kana or a kanji.
func isEastAsian(r rune) bool {
	return r >= 0x3005 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0xff66 && r <= 0xff9f || r >= 0x20000 && r <= 0x3ffff
}

// withoutQuote takes the apostrophe away with which systems keep a
// spreadsheet from reading a number.
func withoutQuote(cell string) string {
	return strings.TrimPrefix(strings.TrimSpace(cell), "'")
}

// koreanPhone writes a number of Korea with its country, since the workspace
// may lie in another.
func koreanPhone(cell string) string {
	cell = withoutQuote(cell)
	if domestic, ok := strings.CutPrefix(cell, "0"); ok && !strings.HasPrefix(domestic, "0") {
		return "+82 " + domestic
	}
	return cell
}

// agreed reads whether somebody agreed, in the words that shops use.
func agreed(cell string) (yes, known bool) {
	switch strings.ReplaceAll(schema.Fold(cell), " ", "") {
	case "yes", "y", "true", "t", "1", "o", "ハイ", "可", "受信", "受信スル", "許可", "同意", "수신", "수신함", "수신동의", "동의", "동의함", "예", "agree", "agreed", "subscribed":
		return true, true
	case "no", "n", "false", "f", "0", "x", "イイエ", "不可", "拒否", "受信シナイ", "受信拒否", "未同意", "수신안함", "수신거부", "거부", "동의안함", "미동의", "아니오", "아니요", "disagree", "unsubscribed", "notsubscribed":
		return false, true
	}
	return false, false
}

// yesNo writes an answer as a Boolean field takes it.
func yesNo(cell string) string {
	if yes, known := agreed(cell); known {
		return fmt.Sprint(yes)
	}
	return cell
}

// optOut writes what somebody agreed to as the opt-out that a customer has.
func optOut(cell string) string {
	if yes, known := agreed(cell); known {
		return fmt.Sprint(!yes)
	}
	return cell
}
