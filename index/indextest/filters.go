package indextest

import (
	"slices"
	"strings"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A filterMaker makes filters for one environment.
type filterMaker struct {
	*Generator
	env dsl.Env
}

// Filter makes the tree of a filter as the parser makes it, with at most depth
// levels of AND, OR and NOT. It compiles in env, whose fields are the
// generator's, and is written with every operator, quantifier and form of
// value; it may refer to the segments of env.SegmentNames.
func (g *Generator) Filter(env dsl.Env, depth int) dsl.Node {
	return filterMaker{g, env}.tree(depth)
}

func (m filterMaker) tree(depth int) dsl.Node {
	if depth <= 0 || m.IntN(3) == 0 {
		return m.leaf()
	}
	switch m.IntN(5) {
	case 0, 1:
		return allOf(m.parts(depth)...)
	case 2, 3:
		return anyOf(m.parts(depth)...)
	}
	return &dsl.Not{Part: m.tree(depth - 1)}
}

func (m filterMaker) parts(depth int) []dsl.Node {
	list := make([]dsl.Node, pick(m.Generator, []int{2, 2, 2, 3, 4}))
	for i := range list {
		list[i] = m.tree(depth - 1)
	}
	return list
}

// allOf joins by AND as the parser does: one part is itself, an AND within is
// taken apart.
func allOf(parts ...dsl.Node) dsl.Node {
	if len(parts) == 1 {
		return parts[0]
	}
	var flat []dsl.Node
	for _, part := range parts {
		if and, ok := part.(*dsl.And); ok {
			flat = append(flat, and.Parts...)
			continue
		}
		flat = append(flat, part)
	}
	return &dsl.And{Parts: flat}
}

// anyOf joins by OR likewise.
func anyOf(parts ...dsl.Node) dsl.Node {
	if len(parts) == 1 {
		return parts[0]
	}
	var flat []dsl.Node
	for _, part := range parts {
		if or, ok := part.(*dsl.Or); ok {
			flat = append(flat, or.Parts...)
			continue
		}
		flat = append(flat, part)
	}
	return &dsl.Or{Parts: flat}
}

func (m filterMaker) leaf() dsl.Node {
	switch m.IntN(20) {
	case 0, 1:
		return &dsl.Search{Text: m.search()}
	case 2:
		return &dsl.Flag{Path: pathOf(pick(m.Generator, []string{schema.MemberField, "profile.flag", "hasPushToken"}))}
	case 3:
		if m.env.SegmentNames != nil {
			key := pick(m.Generator, m.env.SegmentNames()).Key
			return &dsl.Call{Path: pathOf("segment"), Arg: dsl.Value{Kind: dsl.StringValue, Text: key}}
		}
	}
	return m.pred()
}

func pathOf(key string) dsl.Path { return dsl.Path{Names: strings.Split(key, ".")} }

// search is one to three words of what quick search reads, whole or in part.
func (m filterMaker) search() string {
	var words []string
	for range pick(m.Generator, []int{1, 1, 1, 2, 3}) {
		f, _ := m.Fields.Lookup(pick(m.Generator, schema.QuickFields()))
		words = append(words, m.literal(f, expr.Contains))
	}
	if text := strings.Join(words, pick(m.Generator, []string{" ", "\u3000"})); len(text) <= dsl.MaxLiteral {
		return text
	}
	return "x"
}

// pred is a predicate that its field takes.
func (m filterMaker) pred() *dsl.Pred {
	f, _ := m.Fields.Lookup(m.anyField())
	p := &dsl.Pred{Path: pathOf(f.Key)}
	if f.Kind == schema.List && m.IntN(2) == 0 {
		p.Quantifier = pick(m.Generator, []dsl.Quantifier{dsl.Any, dsl.All})
	}
	p.Op = pick(m.Generator, m.operators(f, p.Quantifier))
	p.Negated = p.Quantifier == dsl.NoQuantifier && negatable(p.Op) && m.IntN(2) == 0
	p.List = p.Op == dsl.In || p.Op == dsl.HasAny || p.Op == dsl.HasAll ||
		p.Op == dsl.Equal && f.Kind == schema.List && p.Quantifier == dsl.NoQuantifier
	p.Values = m.values(f, p)
	return p
}

// negatable operators have a negated form of their own.
func negatable(op dsl.Op) bool {
	return op != dsl.Greater && op != dsl.GreaterEqual && op != dsl.Less && op != dsl.LessEqual
}

// operators are those that a field takes.
func (m filterMaker) operators(f schema.Field, q dsl.Quantifier) []dsl.Op {
	text := []dsl.Op{dsl.Equal, dsl.Contains, dsl.Prefix, dsl.Suffix, dsl.In}
	ordered := []dsl.Op{dsl.Greater, dsl.GreaterEqual, dsl.Less, dsl.LessEqual, dsl.Between}
	switch {
	case q != dsl.NoQuantifier:
		return text
	case f.Kind == schema.List:
		return []dsl.Op{dsl.Equal, dsl.Contains, dsl.Prefix, dsl.Suffix, dsl.Has, dsl.HasAny, dsl.HasAll, dsl.Set}
	case f.Kind == schema.Boolean:
		return []dsl.Op{dsl.Equal, dsl.In, dsl.Set}
	case f.Kind == schema.Number || f.Kind == schema.Date:
		return slices.Concat(ordered, []dsl.Op{dsl.Equal, dsl.In, dsl.Between, dsl.Set})
	case f.Format == schema.FormatVersion || m.IntN(10) == 0: // version("…")
		return slices.Concat(ordered, text, []dsl.Op{dsl.Set})
	}
	return append(text, dsl.Set)
}
