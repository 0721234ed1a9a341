package dsl

import "strings"

// feasible keeps the fixes after which the filter still compiles: one that
// makes the text longer may add a condition, brackets, a level and three
// nodes, for which there has to be room. Taking something out always is.
func (l *linter) feasible(leaves []leaf) {
	room := len(leaves) < MaxPredicates && l.nodes+3 <= MaxNodes && l.outline.depth()+3 <= MaxDepth && !longDates(leaves)
	groups := MaxGroups - l.outline.groups()
	for i := range l.found.list {
		one := &l.found.list[i]
		var kept []change
		for _, c := range one.fixes {
			more, brackets := c.growth()
			if more <= 0 || room && brackets <= groups && len(l.text)+more <= MaxText {
				kept = append(kept, c)
			}
		}
		one.fixes = kept
	}
}

// growth is how many bytes and opening brackets a fix adds.
func (c change) growth() (more, brackets int) {
	for _, e := range c.edits {
		more += len(e.text) - (e.at.End - e.at.Start)
		brackets += strings.Count(e.text, "(")
	}
	return more, brackets
}

// groups counts brackets and NOTs as the limit MaxGroups does.
func (o outline) groups() int {
	n := 0
	for _, t := range o.tokens {
		if t.kind == tokOpen || t.kind == tokNot {
			n++
		}
	}
	return n
}

// depth is that of the brackets and NOTs between the conditions, counted as
// the limit MaxDepth counts them; brackets of lists and values are at most two
// more.
func (o outline) depth() int {
	depth, deepest, nots := 0, 0, 0
	var levels []int
	for _, t := range o.tokens {
		if t.kind == tokNot {
			nots++
			deepest = max(deepest, depth+nots)
			continue
		}
		if t.kind == tokOpen {
			levels = append(levels, nots+1)
			depth += nots + 1
		}
		if n := len(levels); t.kind == tokClose && n > 0 {
			depth -= levels[n-1]
			levels = levels[:n-1]
		}
		nots = 0
		deepest = max(deepest, depth)
	}
	return deepest
}

// longDates reports whether a date has so many shifts that its condition is
// near MaxCondition.
func longDates(leaves []leaf) bool {
	for _, one := range leaves {
		if p, ok := one.Node.(*Pred); ok {
			for _, v := range p.Values {
				if len(v.Shifts) > MaxCondition/5 {
					return true
				}
			}
		}
	}
	return false
}
