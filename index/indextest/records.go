package indextest

import (
	"math/rand/v2"
	"strings"

	"meibo/dsl/schema"
)

// A Generator makes random records and expressions. Two with the same seed
// make the same ones. It is not safe for concurrent use.
type Generator struct {
	*rand.Rand
	Fields *schema.Fields
	data   []schema.Record // where needles come from
	whole  bool            // quick search reads every field: what a text can say
}

// NewGenerator starts a generator over Fields().
func NewGenerator(seed uint64) *Generator {
	return &Generator{Rand: rand.New(rand.NewPCG(seed, 0x6d6569626f)), Fields: Fields()}
}

// Record makes a customer; about every third value is missing.
func (g *Generator) Record(id string) schema.Record {
	r := schema.NewRecord(id)
	for _, key := range used() {
		if g.IntN(3) > 0 {
			r.Set(key, g.value(key))
		}
	}
	return r
}

// Edit gives a copy of a record with a few values changed or cleared.
func (g *Generator) Edit(r schema.Record) schema.Record {
	r = r.Clone()
	for range 1 + g.IntN(4) {
		key := pick(g, used())
		if g.IntN(3) == 0 {
			r.Set(key, schema.Value{})
			continue
		}
		r.Set(key, g.value(key))
	}
	return r
}

// value is a random value as a field may hold it; it can be missing.
func (g *Generator) value(key string) schema.Value {
	f, _ := g.Fields.Lookup(key)
	switch f.Kind {
	case schema.Boolean:
		return schema.Bool(g.IntN(2) == 0)
	case schema.Number:
		return schema.Num(g.number())
	case schema.Date:
		return schema.At(g.date())
	case schema.List:
		elements := make([]string, g.IntN(5))
		for i := range elements {
			elements[i] = g.element()
		}
		return schema.Strings(elements...)
	}
	return schema.Text(g.text(f))
}

func (g *Generator) number() float64 {
	switch g.IntN(4) {
	case 0:
		return float64(g.IntN(20))
	case 1:
		return float64(g.Int64N(2*schema.MaxNumber+1) - schema.MaxNumber)
	}
	return pick(g, numbers())
}

func (g *Generator) date() int64 {
	if g.IntN(4) == 0 {
		return 1_700_000_000_000 + g.Int64N(100_000_000_000)
	}
	return pick(g, dates())
}

func (g *Generator) element() string {
	if g.IntN(6) == 0 {
		return pick(g, shortTexts())
	}
	return pick(g, tags())
}

func (g *Generator) text(f schema.Field) string {
	switch {
	case f.Format == schema.FormatPhone:
		return pick(g, phones())
	case f.Format == schema.FormatVersion:
		return pick(g, versions())
	case f.Format == schema.FormatEmail:
		return pick(g, emails())
	case g.IntN(8) == 0:
		return pick(g, shortTexts()) + " " + pick(g, shortTexts())
	case g.IntN(8) == 0:
		return disguise(g, pick(g, shortTexts()))
	}
	return pick(g, texts())
}

// disguise writes a text so that it looks different and, mostly, folds to the
// same.
func disguise(g *Generator, s string) string {
	switch g.IntN(4) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return "  " + strings.ReplaceAll(s, " ", "\u3000\t")
	case 2:
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7f {
				return r + 0xfee0 // full width
			}
			return r
		}, s)
	}
	return strings.Map(func(r rune) rune {
		if r >= 'ァ' && r <= 'ヶ' {
			return r - ('ァ' - 'ぁ')
		}
		return r
	}, s)
}

func pick[T any](g *Generator, from []T) T { return from[g.IntN(len(from))] }
