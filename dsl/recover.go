package dsl

// A recovery finds out what is wrong with words that the grammar refused. It
// repairs the brackets, divides what is left at OR and AND, and lets the
// grammar judge each condition alone; what it refuses then, clause.go explains.
type recovery struct {
	text   string
	words  []word
	faults *faults
}

// query judges words [0, end).
func (r *recovery) query(end int) Node {
	kept := r.brackets(r.words[:end])
	closing := r.words[end]
	r.words = append(kept, closing)
	return r.expr(0, len(kept))
}

// brackets reports brackets without a partner and leaves words in which each
// has one.
func (r *recovery) brackets(words []word) []word {
	var open []int // indices into kept
	kept := make([]word, 0, len(words)+4)
	for _, w := range words {
		switch w.kind {
		case tokOpen:
			open = append(open, len(kept))
		case tokClose:
			if len(open) == 0 {
				r.faults.add(fault{code: "unopened_bracket", at: w.at, message: say("この閉じ括弧に対応する開き括弧がありません。", "this bracket closes nothing"),
					fixes: []change{remove(r.text, w.at)}})
				continue
			}
			open = open[:len(open)-1]
		}
		kept = append(kept, w)
	}
	end := 0
	if len(kept) > 0 {
		end = kept[len(kept)-1].at.End
	}
	for i := len(open) - 1; i >= 0; i-- {
		at := Extent{end, end}
		if !r.faults.has("unterminated_string") { // which may have swallowed the bracket
			r.faults.add(fault{code: "unclosed_bracket", at: kept[open[i]].at, expected: []string{")"}, message: say("この括弧が閉じていません。", "this bracket is not closed"),
				fixes: []change{replace(at, ")")}})
		}
		kept = append(kept, word{token: token{kind: tokClose, text: ")", at: at}})
	}
	return kept
}

// expr judges words [from, to), which have balanced brackets.
func (r *recovery) expr(from, to int) Node {
	var parts []Node
	for _, part := range r.divide(from, to, tokOr) {
		parts = append(parts, r.conjunction(part[0], part[1]))
	}
	return joinOr(withoutNil(parts))
}

func (r *recovery) conjunction(from, to int) Node {
	var parts []Node
	for _, part := range r.divide(from, to, tokAnd) {
		if r.faults.full {
			break
		}
		parts = append(parts, r.condition(part[0], part[1]))
	}
	return joinAnd(withoutNil(parts))
}

// divide cuts at connectives outside brackets, those of BETWEEN excepted, and
// reports conditions that are missing between them.
func (r *recovery) divide(from, to int, at tokenKind) [][2]int {
	var parts [][2]int
	depth, start := 0, from
	cut := func(end, connective int) {
		if start < end {
			parts = append(parts, [2]int{start, end})
		} else {
			r.missingCondition(start, end, connective, from, to)
		}
		start = end + 1
	}
	last := from
	for i := from; i < to; i++ {
		w := r.words[i]
		switch {
		case w.kind == tokOpen:
			depth++
		case w.kind == tokClose:
			depth--
		case w.kind == at && depth == 0 && !r.ofBetween(i):
			cut(i, i)
			last = i
		}
	}
	if from == to { // empty brackets
		return nil
	}
	cut(to, last)
	return parts
}

// ofBetween: BETWEEN value AND.
func (r *recovery) ofBetween(i int) bool {
	return i >= 2 && r.words[i-1].kind == tokValue && r.words[i-2].kind == tokBetween
}

func (r *recovery) missingCondition(start, end, connective, from, to int) {
	w := r.words[connective]
	wrong := fault{code: "missing_condition", at: w.at, expected: []string{"field", "string", "(", "NOT"},
		message: say("「%[1]s」の前か後に条件がありません。", "a condition is missing beside %[1]s", w.text)}
	if to-from > 1 {
		wrong.fixes = []change{remove(r.text, w.at)}
	}
	r.faults.add(wrong)
}

// condition judges one condition: NOTs, then a bracket or a predicate.
func (r *recovery) condition(from, to int) Node {
	first := from
	for first < to && r.words[first].kind == tokNot {
		first++
	}
	if first == to {
		not := r.words[to-1]
		r.faults.add(fault{code: "missing_condition", at: not.at, expected: []string{"field", "string", "("},
			message: say("NOT の後に条件がありません。", "a condition is missing after NOT"), fixes: []change{remove(r.text, not.at)}})
		return nil
	}
	n := r.operand(first, to)
	if n == nil {
		return nil
	}
	for i := first - 1; i >= from; i-- {
		n = &Not{Part: n, At: r.words[i].at.join(n.Extent())}
	}
	return n
}

func (r *recovery) operand(from, to int) Node {
	if r.words[from].kind == tokOpen {
		end := r.partner(from, to)
		if end == from+1 {
			r.faults.add(fault{code: "missing_condition", at: r.words[from].at.join(r.words[end].at), expected: []string{"field", "string"}, message: say("括弧の中に条件がありません。", "there is no condition in these brackets")})
		}
		n := r.expr(from+1, end)
		if end+1 < to {
			return joinAnd(withoutNil([]Node{n, r.trailing(end, end+1, to)}))
		}
		return n
	}
	if rule, ok := runGrammar(r.words, from, to); ok {
		return lowerer{r.words}.or(rule)
	}
	return (&clause{recovery: r, from: from, to: to}).judge()
}

// partner is the bracket that closes the one at from.
func (r *recovery) partner(from, to int) int {
	depth := 0
	for i := from; i < to; i++ {
		switch r.words[i].kind {
		case tokOpen:
			depth++
		case tokClose:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return to - 1
}

// trailing reports words behind a complete condition, and judges what they
// begin.
func (r *recovery) trailing(last, from, to int) Node {
	next := r.words[from]
	switch next.kind {
	case tokIdent, tokString, tokOpen, tokNot:
		gap := Extent{r.words[last].at.End, next.at.Start}
		if gap.Start > gap.End {
			gap = Extent{next.at.Start, next.at.Start}
		}
		r.faults.add(fault{code: "missing_connective", at: next.at, expected: []string{"AND", "OR"},
			message: say("条件と条件の間に AND か OR が必要です。", "two conditions need AND or OR between them"),
			fixes: []change{replaceAll(say("AND でつなぐ", "join with AND"), replacement{gap, " AND "}),
				replaceAll(say("OR でつなぐ", "join with OR"), replacement{gap, " OR "})}})
		if r.faults.full {
			return nil
		}
		return r.condition(from, to)
	}
	r.unexpected(from, []string{"AND", "OR"})
	return nil
}

// unexpected reports a word that cannot stand where it stands.
func (r *recovery) unexpected(i int, expected []string) {
	w := r.words[i]
	if w.bad {
		return
	}
	if w.kind == tokEnd || w.kind == tokClose {
		r.faults.add(fault{code: "unexpected_token", at: r.words[max(i-1, 0)].at, expected: expected, message: say("条件が途中で終わっています。", "the condition ends too early")})
		return
	}
	text := clip(r.text[w.at.Start:w.at.End])
	if w.kind == tokBad {
		wrong := fault{code: "unexpected_character", at: w.at, expected: expected, message: say("ここに「%s」は書けません。", "%s means nothing here", text)}
		switch w.text {
		case ";":
			wrong.fixes = []change{replace(w.at, "")}
		}
		r.faults.add(wrong)
		return
	}
	r.faults.add(fault{code: "unexpected_token", at: w.at, expected: expected, message: say("ここに「%s」は書けません。", "%s does not belong here", text)})
}

func withoutNil(nodes []Node) []Node {
	kept := nodes[:0]
	for _, n := range nodes {
		if n != nil {
			kept = append(kept, n)
		}
	}
	return kept
}
