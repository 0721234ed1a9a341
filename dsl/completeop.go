package dsl

import (
	"strings"

	"meibo/dsl/schema"
)

// operators offers what may follow a field, as its kind has it.
func (p *prompt) operators(at place) {
	f, known := p.trail.field()
	for _, op := range operatorsAt(at, f, known) {
		if rank := p.operatorRank(op); rank != notFound {
			p.add(rank, p.operatorCandidate(op, known && f.Kind == schema.List))
		}
	}
	switch {
	case at != afterPath:
	case known && f.Kind == schema.Boolean:
		p.connectives()
	case strings.EqualFold(p.trail.key, "segment") && p.typed == "" && !known:
		p.add(rankExact, p.put(Candidate{Kind: FunctionCandidate, Label: `("…")`, Detail: functionName("segment")}, `("")`, 2))
	}
}

// operatorsAt are the operators that a field takes, the most useful first; of
// an unknown field, those of any kind.
func operatorsAt(at place, f schema.Field, known bool) []string {
	switch at {
	case afterIs:
		return []string{"SET", "UNSET", "NOT SET"}
	case afterIsNot:
		return []string{"SET"}
	case afterQuantifier:
		return []string{"=", "~", "^=", "$=", "IN"}
	}
	all := []string{"=", "!=", ">", ">=", "<", "<=", "BETWEEN", "NOT BETWEEN", "~", "!~", "^=", "!^=", "$=", "!$=",
		"IN", "NOT IN", "HAS", "NOT HAS", "HAS ANY", "NOT HAS ANY", "HAS ALL", "NOT HAS ALL", "ANY", "ALL", "IS SET", "IS UNSET"}
	if known {
		all = kindOperators(f)
	}
	if at != afterNot {
		return all
	}
	var behindNot []string
	for _, op := range all {
		if rest, negated := strings.CutPrefix(op, "NOT "); negated {
			behindNot = append(behindNot, rest)
		}
	}
	return behindNot
}

func kindOperators(f schema.Field) []string {
	switch {
	case f.Kind == schema.Boolean:
		return []string{"=", "!=", "IN", "NOT IN", "IS SET", "IS UNSET"}
	case f.Kind == schema.Number:
		return []string{"=", "!=", ">", ">=", "<", "<=", "BETWEEN", "NOT BETWEEN", "IN", "NOT IN", "IS SET", "IS UNSET"}
	case f.Kind == schema.Date:
		return []string{">", ">=", "<", "<=", "=", "!=", "BETWEEN", "NOT BETWEEN", "IN", "NOT IN", "IS SET", "IS UNSET"}
	case f.Kind == schema.List:
		return []string{"HAS", "NOT HAS", "HAS ANY", "NOT HAS ANY", "HAS ALL", "NOT HAS ALL", "=", "!=",
			"~", "!~", "^=", "!^=", "$=", "!$=", "ANY", "ALL", "IS SET", "IS UNSET"}
	case f.Format == schema.FormatVersion:
		return []string{"=", "!=", ">", ">=", "<", "<=", "BETWEEN", "NOT BETWEEN", "IN", "NOT IN",
			"~", "!~", "^=", "!^=", "$=", "!$=", "IS SET", "IS UNSET"}
	}
	return []string{"=", "!=", "~", "!~", "^=", "!^=", "$=", "!$=", "IN", "NOT IN", "IS SET", "IS UNSET",
		">", ">=", "<", "<=", "BETWEEN", "NOT BETWEEN"} // these with version("…")
}

func (p *prompt) operatorRank(op string) int {
	if rank := p.rankOf(schema.Fold(op)); rank != notFound {
		return rank
	}
	words := strings.Fields(schema.Fold(op))
	if theirs, _ := wordOperators(strings.ToUpper(p.typed)); theirs == op || anyBegins(words, p.typed) {
		return rankLastPart
	}
	return p.nameRank(operatorName(op))
}

// nameRank finds by what something is called: in English by the beginning of a
// word, in Japanese, which has no spaces, anywhere.
func (p *prompt) nameRank(name schema.Words) int {
	ja := schema.Fold(name.JA)
	if strings.HasPrefix(ja, p.typed) || anyBegins(strings.Fields(schema.Fold(name.EN)), p.typed) {
		return rankLabel
	}
	if p.typed[0] >= 0x80 && strings.Contains(ja, p.typed) {
		return rankWithin
	}
	return notFound
}

func anyBegins(words []string, typed string) bool {
	for _, w := range words {
		if strings.HasPrefix(w, typed) {
			return true
		}
	}
	return false
}

// operatorCandidate brings the brackets of an operator's list along, unless
// they are there.
func (p *prompt) operatorCandidate(op string, list bool) Candidate {
	c := Candidate{Kind: OperatorCandidate, Label: op, Detail: operatorName(op)}
	takesList := strings.HasSuffix(op, "IN") || strings.HasSuffix(op, "HAS ANY") || strings.HasSuffix(op, "HAS ALL") ||
		list && p.trail.place == afterPath && (op == "=" || op == "!=")
	if takesList && p.next() != tokOpen {
		return p.put(c, op+" ()", 1)
	}
	return p.put(c, op, 0)
}

// quantifiers offers the words that may follow HAS.
func (p *prompt) quantifiers() {
	for _, word := range []string{"ANY", "ALL"} {
		if rank := p.operatorRank(word); rank != notFound {
			c := Candidate{Kind: OperatorCandidate, Label: word, Detail: operatorName("HAS " + word)}
			text, back := word, 0
			if p.next() != tokOpen {
				text, back = word+" ()", 1
			}
			p.add(rankAfter, p.put(c, text, back))
		}
	}
}

// brackets offers the brackets of a list.
func (p *prompt) brackets() {
	if p.typed == "" {
		p.add(rankPrefix, p.put(Candidate{Kind: KeywordCandidate, Label: "( )", Detail: keywordName("()")}, "()", 1))
	}
}

// connectives offers what may follow a complete condition.
func (p *prompt) connectives() {
	p.keyword("AND")
	p.keyword("OR")
	if p.trail.depth > 0 {
		p.keyword(")")
	}
}

// keyword offers a word or a sign behind what was found; of a closing bracket,
// fits sees to it that there is one to close.
func (p *prompt) keyword(word string) {
	rank := p.rankOf(schema.Fold(word))
	if rank == notFound && word[0] >= 'A' {
		rank = p.nameRank(keywordName(word))
	}
	if p.typed == "" {
		rank = rankAfter
	}
	if rank != notFound {
		p.add(rank, p.put(Candidate{Kind: KeywordCandidate, Label: word, Detail: keywordName(word)}, word, 0))
	}
}
