package dsl

import (
	"strconv"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// content completes what stands in quotes. A quoted value of a kind that takes
// no quotes is replaced by one without.
func (p *prompt) content() {
	switch p.trail.place {
	case atText:
		p.texts()
	case atValue, afterHas, atElement, atList:
		p.valuesHere()
	case atCondition:
		p.asWritten()
	}
}

// valuesHere offers values of the field's kind; of an unknown field, some of
// each.
func (p *prompt) valuesHere() {
	f, known := p.trail.field()
	switch {
	case !known:
		p.texts()
		p.truths()
		p.dates()
	case f.Kind == schema.Boolean:
		p.truths()
	case f.Kind == schema.Number:
		p.numbers(f)
	case f.Kind == schema.Date:
		p.dates()
	case f.Kind == schema.List && (p.trail.op == "=" || p.trail.op == "!=") && p.trail.place == atValue && !p.quantified():
		p.brackets()
	default:
		p.texts()
	}
}

// quantified reports whether ANY or ALL stands before the operator.
func (p *prompt) quantified() bool {
	k := p.tokens[p.trail.opAt].kind
	return k == tokAny || k == tokAll
}

// ask is the one question about the data.
func (p *prompt) ask(f schema.Field, prefix string, limit int) []ValueCount {
	if p.values == nil || f.Hidden {
		return nil
	}
	return p.values(f, prefix, limit)
}

func (p *prompt) askTexts(f schema.Field, limit int) []ValueCount {
	if f.Kind != schema.String && f.Kind != schema.List {
		return nil // exact("…") behind a number's operator
	}
	return p.ask(f, p.typed, limit)
}

func valueCandidate(label string, count int) Candidate {
	c := Candidate{Kind: ValueCandidate, Label: label}
	if count > 0 {
		c.Count, c.Detail = &count, customers(count)
	}
	return c
}

func (p *prompt) truths() {
	f, known := p.trail.field()
	counts := map[bool]int{}
	listed := p.listed()
	if known {
		for _, v := range p.ask(f, "", 2) {
			counts[v.Value.Bool()] = v.Count
		}
	}
	for _, truth := range []bool{true, false} {
		word := strings.ToUpper(strconv.FormatBool(truth))
		rank := p.rankOf(schema.Fold(word))
		if rank == notFound && p.typed != "" {
			rank = p.nameRank(keywordName(word))
		}
		if rank == notFound || listed[word] {
			continue
		}
		c := valueCandidate(word, counts[truth])
		if c.Count == nil {
			c.Detail = keywordName(word)
		}
		p.add(rank, p.put(c, p.element(word), 0))
	}
}

func (p *prompt) numbers(f schema.Field) {
	if p.from > 0 && p.tokens[p.from-1].kind == tokMinus {
		return
	}
	listed := p.listed()
	for _, v := range p.ask(f, "", MaxCandidates+len(listed)) {
		text := numberText(v.Value.Num())
		if rank := p.rankOf(text); rank != notFound && !listed[text] {
			p.add(rank, p.put(valueCandidate(text, v.Count), p.element(text), 0))
		}
	}
}

// numberText writes a number in full digits.
func numberText(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// texts offers the strings that the data has, and the forms of a string.
func (p *prompt) texts() {
	if p.trail.place == atText && p.trail.slot == asArgument {
		if p.trail.call == "segment" {
			p.segments(false)
		}
		p.asWritten()
		return
	}
	f, _ := p.trail.field()
	listed := p.listed()
	for _, v := range p.askTexts(f, MaxCandidates+len(listed)) {
		text := v.Value.Text()
		folded := schema.Fold(text)
		if listed[folded] || p.onlyVersions() && !isVersion(text) {
			continue
		}
		rank := rankPrefix
		if folded == p.typed {
			rank = rankExact
		}
		p.add(rank, p.put(valueCandidate(text, v.Count), p.argument(text), 0))
	}
	p.asWritten()
	p.forms(f)
}

// onlyVersions: strings have no other order.
func (p *prompt) onlyVersions() bool {
	if p.trail.place == atText {
		return p.trail.call == "version"
	}
	return p.ordered()
}

// ordered reports whether the operator compares by size.
func (p *prompt) ordered() bool {
	switch p.trail.op {
	case ">", ">=", "<", "<=", "BETWEEN":
		return true
	}
	return false
}

// argument is a string as it stands at the spot: in version("…") where only
// that can be compared, in brackets where a list belongs, with the bracket of
// the function around it where that is missing.
func (p *prompt) argument(text string) string {
	text = expr.Quote(text)
	switch {
	case p.trail.place == atText:
		if p.next() != tokClose {
			text += ")"
		}
	case p.trail.place == atList:
		text = "(" + text + ")"
	case p.ordered():
		text = "version(" + text + ")"
	}
	return p.element(text)
}

// element puts a comma behind a value that goes in before another.
func (p *prompt) element(text string) string {
	if p.trail.place == atElement && p.part == inGap && p.next().startsValue() {
		return text + ","
	}
	return text
}

// asWritten offers what is typed, with the quotes that it lacks.
func (p *prompt) asWritten() {
	text := strings.Trim(p.text[p.at.Start:p.at.End], "`")
	switch {
	case p.part == inString && p.unclosed(p.tokens[p.from]):
		text = p.written
	case p.part != inWord || p.tokens[p.from].kind == tokString || p.trail.place == atText && p.trail.slot == asArgument:
		return
	}
	if schema.Fold(text) != "" && (!p.onlyVersions() || isVersion(text)) {
		p.add(rankLast, p.put(Candidate{Kind: ValueCandidate, Label: text, Detail: say("引用符で囲む", "in quotes")}, p.argument(text), 0))
	}
}

// forms offers empty quotes and the functions that a string may stand in.
func (p *prompt) forms(f schema.Field) {
	if p.part == inString {
		return
	}
	if p.trail.place == atText || !p.ordered() && p.typed == "" {
		text := p.argument("")
		p.add(rankAfter, p.put(Candidate{Kind: ValueCandidate, Label: `"…"`, Detail: say("文字列", "a string")}, text, len(text)-1))
	}
	if p.trail.place == atText {
		return
	}
	if !p.ordered() {
		p.function("exact")
	}
	switch p.trail.op {
	case "=", "!=", ">", ">=", "<", "<=", "IN", "BETWEEN":
		if f.Kind == schema.String {
			p.function("version")
		}
	}
}

// function offers a call to be filled in.
func (p *prompt) function(name string) {
	rank := p.rankOf(name)
	if rank == notFound {
		rank = p.nameRank(functionName(name))
	}
	if p.typed == "" {
		rank = rankAfter
	}
	if rank != notFound {
		text := p.element(name + `("")`)
		p.add(rank, p.put(Candidate{Kind: FunctionCandidate, Label: name + `("…")`, Detail: functionName(name)}, text, len(text)-len(name)-2))
	}
}

// maxListedBytes bounds the values of a list that are folded to leave them out.
const maxListedBytes = 16 << 10

// listed are the values that the list around the cursor holds already: folded
// texts, numbers, words.
func (p *prompt) listed() map[string]bool {
	w := &p.trail
	if w.slot != asElement || w.place != atElement && w.place != atText {
		return nil
	}
	found, size, depth := map[string]bool{}, 0, 0
	for i := w.listAt + 1; i < len(p.tokens) && size < maxListedBytes; i++ {
		t := p.tokens[i]
		switch t.kind {
		case tokOpen:
			depth++
		case tokClose:
			if depth--; depth < 0 {
				return found
			}
		case tokEnd, tokAnd, tokOr:
			return found
		case tokString, tokNumber, tokTrue, tokFalse:
			if i >= p.from && i < p.to {
				continue
			}
			size += len(t.text)
			if t.kind == tokString {
				t.text = schema.Fold(t.text)
			}
			found[t.text] = true
		}
	}
	return found
}
