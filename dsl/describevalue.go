package dsl

import (
	"strings"
	"unicode"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// field is the field that a path names and what people call it; a path that
// names none is called by its key.
func (d *Describer) field(p Path) (schema.Field, schema.Words) {
	key := strings.Join(p.Names, ".")
	f, ok := d.env.Fields.Lookup(key)
	if !ok {
		f.Key = key
	}
	return f, d.label(f)
}

// label falls back to the key where a label is blank, and adds it where
// another field has the same label.
func (d *Describer) label(f schema.Field) schema.Words {
	if d.labels == nil {
		d.labels = map[schema.Words]int{}
		for f := range d.env.Fields.All() {
			d.labels[schema.Words{JA: schema.Fold(f.Labels.JA)}]++
			d.labels[schema.Words{EN: schema.Fold(f.Labels.EN)}]++
		}
	}
	key := shown(f.Key)
	ja, en := schema.Fold(f.Labels.JA), schema.Fold(f.Labels.EN)
	words := schema.Words{JA: shown(f.Labels.JA), EN: shown(f.Labels.EN)}
	switch {
	case ja == "":
		words.JA = key
	case d.labels[schema.Words{JA: ja}] > 1:
		words.JA += "（" + key + "）"
	}
	switch {
	case en == "":
		words.EN = key
	case d.labels[schema.Words{EN: en}] > 1:
		words.EN += " (" + key + ")"
	}
	return words
}

// value says a value of a field.
func (d *Describer) value(v Value, field schema.Field) schema.Words {
	switch v.Kind {
	case BoolValue:
		if v.Text == "TRUE" {
			return schema.Words{JA: "「はい」", EN: "yes"}
		}
		return schema.Words{JA: "「いいえ」", EN: "no"}
	case StringValue:
		text := shown(v.Text)
		return schema.Words{JA: quoteJA(text), EN: quoteEN(text)}
	case ExactValue:
		text := shown(v.Text)
		return schema.Words{JA: quoteJA(text) + "（表記どおり）", EN: "exactly " + quoteEN(text)}
	case VersionValue:
		text := shown(v.Text)
		return schema.Words{JA: "バージョン " + text, EN: "version " + text}
	case DateValue:
		return d.date(v).words
	case NumberValue:
		if field.Kind == schema.Date {
			return d.date(v).words
		}
		return schema.Words{JA: shown(v.Text), EN: shown(v.Text)}
	}
	return schema.Words{JA: "？", EN: "?"} // a value that was reported
}

// quoteJA quotes within Japanese; a text that holds such quotes itself gets
// the language's own.
func quoteJA(text string) string {
	if strings.ContainsAny(text, "「」") {
		return quoteEN(text)
	}
	return "「" + text + "」"
}

func quoteEN(text string) string { return expr.Quote(text) }

// shown is a text as a sentence may hold it: short, on one line, and nothing
// in it that turns the direction of writing or cannot be seen.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			return '·'
		}
		return r
	}, clip(text))
}
