package dsl

// connectives tells of AND beside OR without brackets: not everyone knows
// which of them binds tighter.
func (l *linter) connectives(p *part) {
	for _, inner := range p.parts {
		l.connectives(inner)
	}
	if !isOr(p.node) {
		return
	}
	var brackets []replacement
	for _, inner := range p.parts {
		if _, and := inner.node.(*And); and && !l.outline.enclosed(inner.at) {
			brackets = append(brackets, bracketed(inner.at, "")...)
		}
	}
	if len(brackets) == 0 {
		return
	}
	l.found.add(fault{code: "mixed_connectives", warning: true, at: p.at,
		message: say("AND は OR より先に結び付きます。括弧で囲むと、読み違えがありません。", "AND binds tighter than OR; brackets would say so plainly"),
		fixes:   []change{replaceAll(say("括弧で囲む", "put brackets where they are read"), brackets...)}})
}
