package dsl

import "strings"

// A word is what the grammar reads: a token, or a whole value (tokValue) or
// list (tokList), which are gathered here. That keeps a list of 10,000 values
// out of the reflective parser, and lets what is wrong with a value be said
// where the operator before it is known.
type word struct {
	token
	values []Value
}

// An assembler gathers the words of one text.
type assembler struct {
	text   string
	tokens []token
	pos    int
	words  []word
	faults *faults
}

// assemble ends the words with one of kind tokEnd, as the tokens do.
func assemble(text string, tokens []token, faults *faults) []word {
	a := &assembler{text: text, tokens: tokens, words: make([]word, 0, min(len(tokens)/2+1, 1<<12)), faults: faults}
	for a.peek().kind != tokEnd {
		t := a.take()
		a.words = append(a.words, word{token: t})
		switch t.kind {
		case tokOperator:
			if !a.turned(t) {
				a.operand(t)
			}
		case tokIn:
			a.list(t)
		case tokBetween:
			a.between(t)
		case tokHas:
			a.has(t)
		case tokAny, tokAll:
			if a.peek().kind == tokOpen {
				a.list(t)
			}
		}
	}
	a.words = append(a.words, word{token: a.peek()})
	return a.words
}

func (a *assembler) peek() token { return a.tokens[a.pos] }

// ahead is the token n places on; the end when there is none.
func (a *assembler) ahead(n int) token { return a.tokens[min(a.pos+n, len(a.tokens)-1)] }

func (a *assembler) take() token {
	t := a.tokens[a.pos]
	if t.kind != tokEnd {
		a.pos++
	}
	return t
}

func (a *assembler) value(after token) {
	v := a.readValue(after)
	a.words = append(a.words, word{token: token{kind: tokValue, at: v.At}, values: []Value{v}})
}

// operand is a value or a list after an operator.
func (a *assembler) operand(op token) {
	if a.peek().kind == tokOpen {
		a.list(op)
		return
	}
	a.value(op)
}

// turned reports 5 < sessionsCount: the field stands first.
func (a *assembler) turned(op token) bool {
	if len(a.words) < 2 || a.pos < 2 || a.peek().kind != tokIdent || isDateWord(a.peek().text) {
		return false
	}
	value := &a.words[len(a.words)-2]
	switch value.kind {
	case tokNumber, tokDate, tokString, tokTrue, tokFalse:
	default:
		return false
	}
	if before := a.pos - 3; before >= 0 && (a.tokens[before].kind == tokIdent || a.tokens[before].kind == tokMinus) {
		return false // name "x" = y: something else is wrong
	}
	path := a.take().at
	for a.peek().kind == tokDot && a.ahead(1).kind == tokIdent {
		a.take()
		path = path.join(a.take().at)
	}
	mirrored, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op.text]
	if !ok {
		mirrored = op.text
	}
	at := value.at.join(path)
	a.faults.add(fault{code: "expected_field", at: value.at, expected: []string{"field"}, message: say("条件は項目名から始めます。値は演算子の後に書きます。", "a condition begins with a field; the value comes behind the operator"),
		fixes: []change{replace(at, a.text[path.Start:path.End]+" "+mirrored+" "+a.text[value.at.Start:value.at.End])}})
	value.bad = true
	a.words = append(a.words, word{token: token{kind: tokValue, bad: true, at: path}, values: []Value{{At: path}}})
	return true
}

func isDateWord(name string) bool {
	switch strings.ToLower(name) {
	case "now", "today", "yesterday", "tomorrow", "startof", "endof", "exact", "version":
		return true
	}
	return false
}

func (a *assembler) has(has token) {
	switch a.peek().kind {
	case tokAny, tokAll:
		quantifier := a.take()
		a.words = append(a.words, word{token: quantifier})
		a.list(quantifier)
	case tokOpen:
		before := a.faults.count
		open := a.peek().at
		a.list(has)
		list := &a.words[len(a.words)-1]
		if a.faults.count == before {
			at := Extent{open.Start, open.Start}
			a.faults.add(fault{code: "has_list", at: list.at, expected: []string{"value", "ANY", "ALL"},
				message: say("HAS の後にリストを書くときは、HAS ANY（どれか）か HAS ALL（すべて）にします。", "before a list write HAS ANY (one of them) or HAS ALL (each of them)"),
				fixes:   []change{replace(at, "ANY "), replace(at, "ALL ")}})
		}
		list.kind, list.values = tokValue, []Value{{At: list.at}}
	default:
		a.value(has)
	}
}

// list reads a bracketed list; what stands there instead is reported.
func (a *assembler) list(after token) {
	open := a.peek()
	if open.kind != tokOpen {
		a.noList(after)
		return
	}
	a.take()
	w := word{token: token{kind: tokList, at: open.at}}
	for a.peek().kind != tokClose {
		if a.faults.full || !a.element(&w, open) {
			a.words = append(a.words, w)
			return
		}
	}
	w.at.End = a.take().at.End
	a.words = append(a.words, w)
}

// element reads one value of a list and the comma behind it; false when the
// list ends there without its bracket.
func (a *assembler) element(w *word, open token) bool {
	if a.keywordElement(w) {
		return true
	}
	next := a.peek()
	switch next.kind {
	case tokComma:
		a.take()
		a.faults.add(fault{code: "missing_value", at: next.at, expected: []string{"value"},
			message: say("コンマの前に値がありません。", "there is no value before the comma"),
			fixes:   []change{replace(next.at, "")}})
		return true
	case tokEnd, tokAnd, tokOr:
		a.unclosedList(w, open)
		return false
	}
	start := a.pos
	v := a.readValue(open)
	if a.pos == start { // not even the beginning of a value: go past it
		w.at.End = a.take().at.End
		return true
	}
	w.values = push(w.values, v)
	w.at.End = v.At.End
	switch next := a.peek(); {
	case next.kind == tokComma:
		a.take()
	case next.kind.startsValue() && v.Kind != BadValue:
		a.faults.add(fault{code: "missing_comma", at: next.at, expected: []string{",", ")"},
			message: say("値の間にコンマがありません。", "a comma is missing between two values"),
			fixes:   []change{replace(Extent{v.At.End, v.At.End}, ",")}})
	}
	return true
}

func (a *assembler) unclosedList(w *word, open token) {
	if a.faults.has("unterminated_string") { // which may have swallowed the bracket
		return
	}
	a.faults.add(fault{code: "unclosed_bracket", at: open.at, expected: []string{")"},
		message: say("リストの括弧が閉じていません。", "the bracket of this list is not closed"),
		fixes:   []change{replace(Extent{w.at.End, w.at.End}, ")")}})
}

// noList is IN "x" without brackets.
func (a *assembler) noList(after token) {
	v := a.readValue(after)
	if v.Kind != BadValue {
		a.faults.add(fault{code: "expected_list", at: v.At, expected: []string{"("},
			message: say("%s の後には括弧で囲んだ値の並びを書きます。", "%s takes values in brackets", after.text),
			fixes: []change{replaceAll(say("括弧で囲む", "put it in brackets"),
				replacement{Extent{v.At.Start, v.At.Start}, "("}, replacement{Extent{v.At.End, v.At.End}, ")"})}})
	}
	for a.peek().kind == tokComma { // IN "x", "y": part of the same mistake
		a.take()
		a.readValue(after)
	}
	a.words = append(a.words, word{token: token{kind: tokList, at: v.At}, values: []Value{{At: v.At}}})
}

// spacedAround puts spaces where the neighbours of at would touch the word.
func spacedAround(text string, at Extent, word string) string {
	s := scanner{text: text}
	return s.spaced(at, word)
}
