package dsl

import (
	"strings"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// path is the field whose path begins at a token, or the name of a function.
func (l *look) path(k int) (Hovered, Extent, bool) {
	names, at := []string{l.tokens[k].text}, l.tokens[k].at
	for l.tokens[k+1].kind == tokDot && l.tokens[k+2].kind == tokIdent {
		k += 2
		names, at = append(names, l.tokens[k].text), at.join(l.tokens[k].at)
	}
	key := strings.Join(names, ".")
	if l.tokens[k+1].kind == tokOpen && strings.EqualFold(key, "segment") {
		return Hovered{Title: `segment("…")`, Text: functionName("segment")}, at, true
	}
	f, known := l.env.Fields.Lookup(key)
	if !known {
		return Hovered{}, Extent{}, false
	}
	h := Hovered{Title: f.Key, Text: fieldText(f), Field: &f}
	if !f.Hidden {
		h.Count = l.count(expr.Present{Field: f.Key})
		if l.data.Example != nil {
			if v, ok := l.data.Example(f); ok {
				h.Example = literal(v, l.env.Zone)
			}
		}
	}
	return h, at, true
}

// fieldText is a field's labels, its kind, and what else there is to know.
func fieldText(f schema.Field) schema.Words {
	kind := kindName(f.Kind)
	text := say("%[1]s（%[2]s）", "%[3]s (%[4]s)", f.Labels.JA, kind.JA, f.Labels.EN, kind.EN)
	if f.Format != "" {
		text = say("%[1]s。形式: %[3]s", "%[2]s; format: %[3]s", text.JA, text.EN, f.Format)
	}
	if f.Hidden {
		text = say("%[1]s。非表示の項目です。", "%[2]s; hidden", text.JA, text.EN)
	}
	if f.Archived {
		text = say("%[1]s。アーカイブ済みの項目です。", "%[2]s; archived", text.JA, text.EN)
	}
	return text
}

// literal writes a record's value as the language does.
func literal(v schema.Value, zone *time.Location) string {
	switch v.Kind() {
	case schema.Boolean:
		return strings.ToUpper(v.String())
	case schema.Number:
		return numberText(v.Num())
	case schema.Date:
		return time.UnixMilli(v.Millis()).In(zone).Format("2006-01-02T15:04:05Z07:00")
	case schema.String:
		return expr.Quote(v.Text())
	case schema.List:
		parts := make([]string, 0, 3)
		for _, e := range v.Elements()[:min(3, len(v.Elements()))] {
			parts = append(parts, expr.Quote(e))
		}
		if len(v.Elements()) > len(parts) {
			parts = append(parts, "…")
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return ""
}

// segment is the saved filter whose key stands at a token.
func (l *look) segment(k int) (Hovered, Extent, bool) {
	t := l.tokens[k]
	if t.kind != tokString || t.bad || l.trail.call != "segment" || l.env.Segments == nil {
		return Hovered{}, Extent{}, false
	}
	saved, ok := l.env.Segments(t.text)
	if !ok {
		return Hovered{}, Extent{}, false
	}
	h := Hovered{Title: "segment(" + expr.Quote(t.text) + ")"}
	name := l.segmentName(t.text)
	if saved.Access != Open {
		saved.Filter = "…"
	}
	h.Text = say("セグメント「%[1]s」: %[3]s", "the segment %[2]s: %[3]s", name.JA, name.EN, saved.Filter)
	if compiled, list := Compile(h.Title, l.env); !HasErrors(list) {
		h.Count = l.count(compiled.Expr)
	}
	return h, t.at, true
}

func (l *look) segmentName(key string) schema.Words {
	if l.env.SegmentNames != nil {
		for _, s := range l.env.SegmentNames() {
			if s.Key == key && s.Name != (schema.Words{}) {
				return s.Name
			}
		}
	}
	return schema.Words{JA: key, EN: key}
}

// quick is a bare string.
func (l *look) quick(t token) (Hovered, Extent, bool) {
	h := Hovered{Title: expr.Quote(t.text), Text: functionName("")}
	if compiled, list := Compile(h.Title, l.env); !HasErrors(list) {
		h.Count = l.count(compiled.Expr)
	}
	return h, t.at, true
}

// value is a value of the field before it: what a date comes to, how many
// customers have it.
func (l *look) value(v Value) (Hovered, Extent, bool) {
	h := Hovered{Title: valueText(v)}
	f, known := l.trail.field()
	if v.Kind == DateValue {
		resolved, ok := l.dateText(v)
		if !ok {
			return Hovered{}, Extent{}, false
		}
		h.Text = resolved
	} else {
		h.Text = valueName(v)
	}
	if known && !f.Hidden {
		h.Count = l.count(l.having(f, v))
	}
	return h, v.At, true
}

func (l *look) dateText(v Value) (schema.Words, bool) {
	c := calendar{now: l.env.Now, zone: l.env.Zone, weekStart: l.env.WeekStart}
	at, ok := c.describe(v)
	span, _ := c.resolve(v)
	if span.IsDay() {
		return say("%[1]s の 1 日（%[2]s）", "the whole day of %[1]s (%[2]s)", at, l.env.Zone), ok
	}
	return say("%[1]s（%[2]s）", "%[1]s (%[2]s)", at, l.env.Zone), ok
}

func valueName(v Value) schema.Words {
	switch v.Kind {
	case ExactValue:
		return functionName("exact")
	case VersionValue:
		return functionName("version")
	case BoolValue:
		return keywordName(v.Text)
	case NumberValue:
		return say("数値", "a number")
	}
	return say("文字列。大文字と小文字、全角と半角などの違いは区別しません。", "a string; case, width and the like make no difference")
}

// having is the condition that a customer has a value; nil when the field
// takes no such value.
func (l *look) having(f schema.Field, v Value) expr.Expr {
	p := &Pred{Op: Equal, Values: []Value{v}}
	if f.Kind == schema.List {
		p.Op = Has
	}
	var found faults
	e := newCompiler(l.env).checker(l.text, &found, l.env.Zone, nil).positive(p, f)
	if len(found.list) > 0 {
		return nil
	}
	return expr.Simplify(e)
}
