package indextest

import (
	"math"
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// Look takes the records that needles of later expressions come from, so that
// most conditions match someone.
func (g *Generator) Look(at []schema.Record) { g.data = at }

// Expr makes an expression with at most depth levels of And, Or and Not.
func (g *Generator) Expr(depth int) expr.Expr {
	if depth <= 0 || g.IntN(3) == 0 {
		return g.leaf()
	}
	switch g.IntN(5) {
	case 0, 1:
		return expr.And{Of: g.parts(depth)}
	case 2, 3:
		return expr.Or{Of: g.parts(depth)}
	default:
		return expr.Not{Of: g.Expr(depth - 1)}
	}
}

func (g *Generator) parts(depth int) []expr.Expr {
	parts := make([]expr.Expr, pick(g, []int{0, 1, 2, 2, 2, 3, 3, 4}))
	for i := range parts {
		parts[i] = g.Expr(depth - 1)
	}
	return parts
}

func (g *Generator) leaf() expr.Expr {
	switch g.IntN(20) {
	case 0:
		return expr.Const{Value: g.IntN(2) == 0}
	case 1, 2:
		return g.quick()
	case 3, 4:
		return expr.Present{Field: g.anyField()}
	case 5:
		return g.version()
	}
	f, _ := g.Fields.Lookup(g.anyField())
	switch f.Kind {
	case schema.Boolean:
		return expr.Boolean{Field: f.Key, Value: g.IntN(2) == 0}
	case schema.Number, schema.Date:
		if g.IntN(3) == 0 {
			return g.among(f)
		}
		return g.rangeOf(f)
	case schema.List:
		return g.textOf(f)
	}
	if f.Format == schema.FormatVersion && g.IntN(2) == 0 {
		return g.version()
	}
	return g.textOf(f)
}

// anyField is any used field, the id, or one that no record has.
func (g *Generator) anyField() string {
	switch g.IntN(20) {
	case 0:
		return schema.IDField
	case 1:
		return pick(g, []string{"profile.description", "web.sessionsCount", "mobile.lastSeenAt", "hasPushToken"})
	}
	return pick(g, used())
}

// seen is a value that a record has in the field, or a random one.
func (g *Generator) seen(f schema.Field) schema.Value {
	if len(g.data) > 0 && g.IntN(5) > 0 {
		for range 8 {
			if v := pick(g, g.data).Get(f.Key); !v.IsMissing() {
				return v
			}
		}
	}
	if f.Key == schema.IDField {
		return schema.Text(pick(g, ids()))
	}
	return g.value(f.Key)
}

func (g *Generator) among(f schema.Field) expr.Expr {
	values := make([]float64, pick(g, []int{0, 1, 1, 2, 3, 5, 200}))
	for i := range values {
		values[i] = g.seen(f).Num()
	}
	slices.Sort(values)
	return expr.Among{Field: f.Key, Kind: f.Kind, Values: slices.Compact(values)}
}

func (g *Generator) rangeOf(f schema.Field) expr.Expr {
	r := expr.Range{Field: f.Key, Kind: f.Kind, Min: g.seen(f).Num(), Max: g.seen(f).Num(), MinOpen: g.IntN(2) == 0, MaxOpen: g.IntN(2) == 0}
	if r.Min > r.Max && g.IntN(8) > 0 {
		r.Min, r.Max = r.Max, r.Min
	}
	switch g.IntN(6) {
	case 0:
		r.Min = math.Inf(-1)
	case 1:
		r.Max = math.Inf(1)
	case 2:
		r.Min, r.Max = math.Inf(-1), math.Inf(1)
	case 3:
		r.Max = r.Min
	}
	if f.Kind == schema.Date && g.IntN(3) == 0 { // a day, as the language makes them
		r.Max, r.MinOpen, r.MaxOpen = r.Min+24*60*60*1000, false, true
	}
	return r
}

func (g *Generator) textOf(f schema.Field) expr.Expr {
	t := expr.Text{Field: f.Key, Kind: f.Kind, Match: expr.Match(g.IntN(4)), All: f.Kind == schema.List && g.IntN(3) == 0}
	switch {
	case g.IntN(5) == 0:
		t.Form = expr.Exact
	case f.Format == schema.FormatPhone:
		t.Form, t.Region = expr.Phone, g.Fields.Region
	}
	n := 1
	if t.Match == expr.Equal {
		n = pick(g, []int{0, 1, 1, 1, 2, 3, 300})
	}
	for range n {
		t.Needles = append(t.Needles, g.needle(f, t))
	}
	return t
}

// needle is a text or piece of a text, in the form that the comparison takes.
func (g *Generator) needle(f schema.Field, t expr.Text) string {
	for range 20 {
		v := g.seen(f)
		if v.IsMissing() {
			continue
		}
		text := pick(g, v.Elements())
		if t.Form == expr.Folded {
			text = schema.Fold(text)
		}
		if t.Match != expr.Equal && g.IntN(6) > 0 {
			text = g.piece(text, t.Match)
		}
		if t.Form == expr.Folded {
			text = schema.Fold(text)
		}
		if schema.Fold(text) != "" {
			return text
		}
	}
	return "x"
}

// piece cuts a text by characters: any stretch of it, or one at the end that
// the comparison looks at. Now and then it is the wrong end.
func (g *Generator) piece(text string, m expr.Match) string {
	runes := []rune(text)
	if len(runes) > 40 {
		runes = runes[:40]
	}
	from, to := g.IntN(len(runes)), 1+g.IntN(len(runes))
	if from >= to {
		from, to = to-1, from+1
	}
	switch {
	case m == expr.Prefix && g.IntN(8) > 0:
		from = 0
	case m == expr.Suffix && g.IntN(8) > 0:
		to = len(runes)
	}
	return string(runes[from:to])
}

func (g *Generator) version() expr.Expr {
	key := pick(g, []string{"profile.release", "profile.release", "mobile.appVersion", "profile.text"})
	v := expr.Version{Field: key, MinOpen: g.IntN(2) == 0, MaxOpen: g.IntN(2) == 0}
	if g.IntN(4) > 0 {
		v.Min = g.someVersion()
	}
	if g.IntN(4) > 0 || v.Min == "" {
		v.Max = g.someVersion()
	}
	if g.IntN(4) == 0 && v.Min != "" {
		v.Max = v.Min
	}
	return v
}

func (g *Generator) someVersion() string {
	for {
		if text := pick(g, versions()); text != "" {
			if _, ok := schema.ParseVersion(text); ok {
				return text
			}
		}
	}
}

// quickFields are now and then not all: those of somebody who may not see the
// others, if none at all.
func (g *Generator) quickFields() []string {
	if g.whole || g.IntN(2) == 0 {
		return nil
	}
	return slices.DeleteFunc(schema.QuickFields(), func(string) bool { return g.IntN(3) == 0 })
}

func (g *Generator) quick() expr.Expr {
	var terms []string
	for range pick(g, []int{1, 1, 1, 2, 3}) {
		f, _ := g.Fields.Lookup(pick(g, schema.QuickFields()))
		text := g.needle(f, expr.Text{Form: expr.Exact, Match: expr.Contains})
		words := strings.Fields(schema.FoldQuick(text))
		if len(words) > 0 {
			terms = append(terms, pick(g, words))
		}
	}
	if len(terms) == 0 {
		terms = []string{"a"}
	}
	return expr.Quick{Terms: terms, Region: g.Fields.Region, Fields: g.quickFields()}
}
