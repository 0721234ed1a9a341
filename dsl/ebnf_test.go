package dsl

import (
	"regexp"
	"strings"
	"testing"
)

type ebnfKind uint8

const (
	ebnfTerminal   ebnfKind = iota // "…": these characters
	ebnfKeyword                    // a name in capitals without a rule
	ebnfRule                       // a name with a rule
	ebnfSpecial                    // ? … ?: said in words
	ebnfSequence                   // of, one behind the other
	ebnfChoice                     // one of of
	ebnfOption                     // of[0] or nothing
	ebnfRepetition                 // of[0], none to many
)

// An ebnf is a piece of the grammar of SPEC.md.
type ebnf struct {
	kind ebnfKind
	text string // of the first four kinds
	of   []*ebnf
}

// An ebnfGrammar has the rules in the order of the page.
type ebnfGrammar struct {
	names  []string
	bodies map[string]*ebnf
}

// lexical reports whether a rule, or a keyword, is one word of the text.
func lexical(name string) bool { return name == strings.ToUpper(name) }

// specGrammar reads the block of SPEC.md.
func specGrammar(t testing.TB) ebnfGrammar {
	t.Helper()
	_, rest, _ := strings.Cut(readSpec(t), "\n```ebnf\n")
	block, _, found := strings.Cut(rest, "\n```")
	if !found {
		t.Fatal("SPEC.md has no grammar")
	}
	return readGrammar(t, block)
}

// ebnfSymbol is a comment, a terminal, words, a name or a sign.
var ebnfSymbol = regexp.MustCompile(`^(?:\(\*.*?\*\)|"[^"]+"|\? .*? \?|\w+|[=;|()\[\]{}])`)

func readGrammar(t testing.TB, block string) ebnfGrammar {
	t.Helper()
	r := ebnfReader{t: t}
	for rest := strings.TrimSpace(block); rest != ""; {
		symbol := ebnfSymbol.FindString(rest)
		if symbol == "" {
			t.Fatalf("no symbol of EBNF: %.40s", rest)
		}
		if !strings.HasPrefix(symbol, "(*") {
			r.symbols = append(r.symbols, symbol)
		}
		rest = strings.TrimSpace(rest[len(symbol):])
	}
	return r.grammar()
}

// An ebnfReader reads symbols from the front.
type ebnfReader struct {
	t       testing.TB
	symbols []string
}

func (r *ebnfReader) peek() string {
	if len(r.symbols) == 0 {
		return ""
	}
	return r.symbols[0]
}

func (r *ebnfReader) take() string {
	symbol := r.peek()
	r.symbols = r.symbols[min(1, len(r.symbols)):]
	return symbol
}

func (r *ebnfReader) want(symbol string) {
	r.t.Helper()
	if got := r.take(); got != symbol {
		r.t.Fatalf("the grammar has %q where %q belongs, before %q", got, symbol, r.symbols[:min(8, len(r.symbols))])
	}
}

func (r *ebnfReader) grammar() ebnfGrammar {
	g := ebnfGrammar{bodies: map[string]*ebnf{}}
	for len(r.symbols) > 0 {
		name := r.take()
		r.want("=")
		if g.bodies[name] != nil {
			r.t.Fatalf("%s has two rules", name)
		}
		g.names, g.bodies[name] = append(g.names, name), r.choice()
		r.want(";")
	}
	for _, body := range g.bodies {
		body.each(func(n *ebnf) { r.name(g, n) })
	}
	return g
}

// name tells the names of rules from keywords, once all rules are known.
func (r *ebnfReader) name(g ebnfGrammar, n *ebnf) {
	if n.kind != ebnfRule || g.bodies[n.text] != nil {
		return
	}
	if _, ok := keyword(n.text); !ok || !lexical(n.text) {
		r.t.Fatalf("%s is neither a rule nor a keyword", n.text)
	}
	n.kind = ebnfKeyword
}

func (r *ebnfReader) choice() *ebnf {
	of := []*ebnf{r.sequence()}
	for r.peek() == "|" {
		r.take()
		of = append(of, r.sequence())
	}
	return unlessOne(ebnfChoice, of)
}

func (r *ebnfReader) sequence() *ebnf {
	var of []*ebnf
	for !strings.Contains("|;)]}", r.peek()) {
		of = append(of, r.factor())
	}
	if len(of) == 0 {
		r.t.Fatalf("an empty alternative before %q", r.symbols[:min(8, len(r.symbols))])
	}
	return unlessOne(ebnfSequence, of)
}

func unlessOne(kind ebnfKind, of []*ebnf) *ebnf {
	if len(of) == 1 {
		return of[0]
	}
	return &ebnf{kind: kind, of: of}
}

func (r *ebnfReader) factor() *ebnf {
	switch symbol := r.take(); symbol[0] {
	case '"':
		return &ebnf{kind: ebnfTerminal, text: strings.Trim(symbol, `"`)}
	case '?':
		return &ebnf{kind: ebnfSpecial, text: strings.Trim(symbol, "? ")}
	case '(':
		inner := r.choice()
		r.want(")")
		return inner
	case '[':
		inner := r.choice()
		r.want("]")
		return &ebnf{kind: ebnfOption, of: []*ebnf{inner}}
	case '{':
		inner := r.choice()
		r.want("}")
		return &ebnf{kind: ebnfRepetition, of: []*ebnf{inner}}
	default:
		return &ebnf{kind: ebnfRule, text: symbol}
	}
}

// each calls see for the piece and all that it is made of.
func (n *ebnf) each(see func(*ebnf)) {
	see(n)
	for _, part := range n.of {
		part.each(see)
	}
}

// String is the piece as it was written, with all of its brackets.
func (n *ebnf) String() string {
	parts := make([]string, len(n.of))
	for i, part := range n.of {
		parts[i] = part.String()
	}
	switch n.kind {
	case ebnfTerminal:
		return `"` + n.text + `"`
	case ebnfSpecial:
		return "? " + n.text + " ?"
	case ebnfSequence:
		return strings.Join(parts, " ")
	case ebnfChoice:
		return "( " + strings.Join(parts, " | ") + " )"
	case ebnfOption:
		return "[ " + parts[0] + " ]"
	case ebnfRepetition:
		return "{ " + parts[0] + " }"
	}
	return n.text
}

// An ebnfUse counts how often pieces were used, and options and repetitions
// left out.
type ebnfUse struct{ used, absent map[*ebnf]int }

func newEBNFUse() ebnfUse { return ebnfUse{map[*ebnf]int{}, map[*ebnf]int{}} }

// missing says what was never used, or never left out.
func (u ebnfUse) missing(g ebnfGrammar) []string {
	var list []string
	for _, name := range g.names {
		g.bodies[name].each(func(n *ebnf) {
			if u.used[n] == 0 {
				list = append(list, name+" with "+n.String())
			}
			if (n.kind == ebnfOption || n.kind == ebnfRepetition) && u.absent[n] == 0 {
				list = append(list, name+" without "+n.String())
			}
		})
	}
	return list
}

func (u ebnfUse) demand(t *testing.T, g ebnfGrammar, by string) {
	t.Helper()
	for _, one := range u.missing(g) {
		t.Errorf("no %s has %s", by, one)
	}
}

func TestEBNFReaderReadsEverySign(t *testing.T) {
	g := readGrammar(t, `a = B { "," B } | [ NOT ] ( "(" a ")" | ? it's so ? ) ; (* why; not *) B = "b" ;`)
	if got, want := g.bodies["a"].String(), `( B { "," B } | [ NOT ] ( "(" a ")" | ? it's so ? ) )`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(g.names) != 2 || g.bodies["B"].text != "b" {
		t.Errorf("rules %q", g.names)
	}
}
