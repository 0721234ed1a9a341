package dsl

import (
	"slices"
	"strings"
)

// strayStrings tells of country = "JP" OR "US": the second string is quick
// search, and probably meant as another value.
func (l *linter) strayStrings(leaves []leaf) {
	for i := 0; i < len(leaves); i++ {
		p, ok := leaves[i].Node.(*Pred)
		if !ok || !textual(p) || l.wrong(p.At) {
			continue
		}
		var strays []*Search
		for i+1 < len(leaves) {
			stray, ok := leaves[i+1].Node.(*Search)
			if !ok || !l.orAlone(leaves[i].Extent().End, stray.At.Start) || l.wrong(stray.At) {
				break
			}
			strays = append(strays, stray)
			i++
		}
		if len(strays) > 0 {
			l.tellStray(p, strays)
		}
	}
}

// textual: a positive comparison with strings, any of which will do.
func textual(p *Pred) bool {
	if p.Negated || len(p.Values) == 0 || p.Quantifier == All || p.Op == Equal && p.List {
		return false
	}
	switch p.Op {
	case Equal, In, Contains, Prefix, Suffix, Has, HasAny:
		last := p.Values[len(p.Values)-1].Kind
		return last == StringValue || last == ExactValue
	}
	return false
}

// orAlone reports whether nothing but OR stands between two places.
func (l *linter) orAlone(start, end int) bool {
	tokens := l.outline.between(start, end)
	return len(tokens) == 1 && tokens[0].kind == tokOr
}

func (l *linter) tellStray(p *Pred, strays []*Search) {
	at := strays[0].At.join(strays[len(strays)-1].At)
	l.found.add(fault{code: "stray_string", warning: true, at: at,
		message: say("項目のない文字列はクイック検索になり、%[1]s とは比べられません。", "a string without a field is quick search; it is not compared with %[1]s", pathText(p.Path)),
		fixes:   []change{l.gathered(p, strays)}})
}

// gathered makes values of the strings: of one list, or where the operator
// has none or lists are long already, of conditions of their own.
func (l *linter) gathered(p *Pred, strays []*Search) change {
	title := say("%s の値にする", "make it a value of %s", pathText(p.Path))
	all := Extent{p.OpAt.Start, strays[len(strays)-1].At.End}
	list := map[Op]string{Equal: "IN", In: "IN", Has: "HAS ANY", HasAny: "HAS ANY"}[p.Op]
	if list == "" || l.commented(all) || l.listed < len(strays) || len(p.Values)+len(strays) > MaxListValues {
		head := singleHead(p)
		var edits []replacement
		for _, s := range strays {
			start := Extent{s.At.Start, s.At.Start}
			edits = append(edits, replacement{start, glue(l.text[:start.Start], head) + head + " "})
		}
		return replaceAll(title, edits...)
	}
	values := make([]string, 0, len(p.Values)+len(strays))
	for _, v := range p.Values {
		values = append(values, l.text[v.At.Start:v.At.End])
	}
	for _, s := range strays {
		values = append(values, l.text[s.At.Start:s.At.End])
	}
	return replaceAll(title, replacement{all, spacedAround(l.text, all, list+" ("+strings.Join(values, ", ")+")")})
}

// singleHead is the predicate up to its value, for one value.
func singleHead(p *Pred) string {
	one := *p
	switch p.Op {
	case In:
		one.Op = Equal
	case HasAny:
		one.Op = Has
	}
	return predHead(&one)
}

// commented reports whether a comment would be lost with a stretch.
func (l *linter) commented(at Extent) bool {
	return slices.ContainsFunc(l.query.Comments, func(c Comment) bool { return c.At.Start >= at.Start && c.At.End <= at.End })
}
