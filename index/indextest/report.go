package indextest

import (
	"fmt"
	"slices"
	"strings"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// difference says which ids are too many and which are missing.
func difference(what string, got, want []string) string {
	var extra, lost []string
	for _, id := range got {
		if !slices.Contains(want, id) {
			extra = append(extra, id)
		}
	}
	for _, id := range want {
		if !slices.Contains(got, id) {
			lost = append(lost, id)
		}
	}
	return fmt.Sprintf("%s: %d ids, want %d; too many: %q; missing: %q", what, len(got), len(want), extra, lost)
}

// shrink looks for the smallest part of an expression, or variant with a part
// left out, that still fails.
func shrink(e expr.Expr, fails func(expr.Expr) bool) expr.Expr {
	for {
		smaller, ok := firstFailing(variants(e), fails)
		if !ok {
			return e
		}
		e = smaller
	}
}

func firstFailing(candidates []expr.Expr, fails func(expr.Expr) bool) (expr.Expr, bool) {
	for _, c := range candidates {
		if fails(c) {
			return c, true
		}
	}
	return nil, false
}

// variants are the expressions that are one step smaller.
func variants(e expr.Expr) []expr.Expr {
	children := expr.Children(e)
	list := slices.Clone(children)
	for i, child := range children {
		if len(children) > 1 {
			list = append(list, rebuilt(e, slices.Delete(slices.Clone(children), i, i+1)))
		}
		for _, v := range variants(child) {
			of := slices.Clone(children)
			of[i] = v
			list = append(list, rebuilt(e, of))
		}
	}
	switch e := e.(type) {
	case expr.Text:
		for i := range halves(len(e.Needles)) {
			small := e
			small.Needles = half(e.Needles, i)
			list = append(list, small)
		}
	case expr.Among:
		for i := range halves(len(e.Values)) {
			small := e
			small.Values = half(e.Values, i)
			list = append(list, small)
		}
	}
	return list
}

func rebuilt(e expr.Expr, of []expr.Expr) expr.Expr {
	switch e.(type) {
	case expr.And:
		return expr.And{Of: of}
	case expr.Or:
		return expr.Or{Of: of}
	}
	return expr.Not{Of: of[0]}
}

func halves(n int) int {
	if n < 2 {
		return 0
	}
	return 2
}

func half[T any](list []T, which int) []T {
	middle := len(list) / 2
	if which == 0 {
		return list[:middle]
	}
	return list[middle:]
}

// describe shows an expression as text and as a tree, and the customers about
// whom the backends differ.
func (p *pair) describe(e expr.Expr) string {
	var b strings.Builder
	fmt.Fprintf(&b, "filter: %s\nnode:   %#v\n", expr.String(e), e)
	got, _ := collect(p.tested, e)
	fields := Fields()
	for _, id := range p.ids {
		r, there := p.records[id]
		in := slices.Contains(got, id)
		switch {
		case !there && in:
			fmt.Fprintf(&b, "%q is not there, but found\n", id)
		case there && in != eval.Match(e, r):
			fmt.Fprintf(&b, "found: %v, want %v: %s\n", in, !in, shown(r, e, fields))
		}
	}
	return b.String()
}

// shown is a record as JSON, with only the fields that the expression reads.
func shown(r schema.Record, e expr.Expr, fields *schema.Fields) string {
	read := expr.FieldsOf(e)
	return string(r.AppendJSON(nil, fields, func(key string) bool { return slices.Contains(read, key) }))
}

func showQuery(q index.Query) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Search(%s, limit %d, offset %d, sort", expr.String(q.Where), q.Limit, q.Offset)
	for _, s := range q.Sort {
		direction := ""
		if s.Desc {
			direction = "-"
		}
		b.WriteString(" " + direction + s.Field)
	}
	if q.After != nil {
		fmt.Fprintf(&b, ", after %q %v", q.After.ID, q.After.Values)
	}
	return b.String() + ")"
}

func showHits(hits []index.Hit) string {
	list := make([]string, len(hits))
	for i, h := range hits {
		list[i] = fmt.Sprintf("%q%v", h.ID, h.Values)
	}
	return "[" + strings.Join(list, " ") + "]"
}
