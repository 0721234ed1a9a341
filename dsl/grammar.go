package dsl

import (
	"fmt"
	"io"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar as participle reads it. These structs never leave the package:
// lower.go turns them into the tree. Every position's Offset is the index of a
// word. Alternatives differ in their first word (IS and NOT in their second),
// so parsing is linear.
type (
	queryRule struct {
		Expr *orRule `parser:"@@?"`
	}
	orRule struct {
		Of []*andRule `parser:"@@ ( Or @@ )*"`
	}
	andRule struct {
		Of []*unaryRule `parser:"@@ ( And @@ )*"`
	}
	unaryRule struct {
		Pos, EndPos lexer.Position
		Nots        []*wordRule `parser:"@@*"`
		Group       *orRule     `parser:"( Open @@ Close"`
		Search      *textRule   `parser:"| @@"`
		Cond        *condRule   `parser:"| @@ )"`
	}
	wordRule struct {
		Pos  lexer.Position
		Text string `parser:"@Not"`
	}
	textRule struct {
		Pos  lexer.Position
		Text string `parser:"@String"`
	}
	condRule struct {
		Pos, EndPos lexer.Position
		Path        pathRule  `parser:"@@"`
		Arg         *textRule `parser:"( Open @@ Close"`
		Quantifier  string    `parser:"| @( Any | All )?"`
		Pred        *predRule `parser:"  @@ )?"`
	}
	pathRule struct {
		Pos, EndPos lexer.Position
		Names       []string `parser:"@Ident ( Dot @Ident )*"`
	}
	predRule struct {
		Pos, EndPos lexer.Position
		Compare     *compareRule `parser:"  @@"`
		Set         *setRule     `parser:"| @@"`
		Member      *memberRule  `parser:"| @@"`
	}
	compareRule struct {
		Op    string      `parser:"@Operator"`
		Value operandRule `parser:"@@"`
	}
	setRule struct {
		Negated bool `parser:"Is ( @Not? Set"`
		Unset   bool `parser:"   | @Unset )"`
	}
	memberRule struct {
		Negated bool          `parser:"@Not?"`
		In      *listRule     `parser:"( In @@"`
		Between *boundsRule   `parser:"| Between @@"`
		Has     *containsRule `parser:"| Has @@ )"`
	}
	boundsRule struct {
		Low  scalarRule `parser:"@@"`
		High scalarRule `parser:"And @@"`
	}
	containsRule struct {
		Quantifier string      `parser:"( @( Any | All )"`
		List       *listRule   `parser:"  @@"`
		Value      *scalarRule `parser:"| @@ )"`
	}
	operandRule struct {
		Pos  lexer.Position
		Kind string `parser:"@( Value | List )"`
	}
	scalarRule struct {
		Pos  lexer.Position
		Kind string `parser:"@Value"`
	}
	listRule struct {
		Pos  lexer.Position
		Kind string `parser:"@List"`
	}
)

// wordLexer implements participle's lexer.Definition for words that are there
// already.
type wordLexer struct{}

func symbol(k tokenKind) lexer.TokenType {
	if k == tokEnd {
		return lexer.EOF
	}
	return lexer.TokenType(k) // EOF is negative: no clash
}

// Symbols are the words' names in the grammar.
func (wordLexer) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Ident": symbol(tokIdent), "String": symbol(tokString), "Operator": symbol(tokOperator),
		"Open": symbol(tokOpen), "Close": symbol(tokClose), "Dot": symbol(tokDot),
		"And": symbol(tokAnd), "Or": symbol(tokOr), "Not": symbol(tokNot), "Is": symbol(tokIs), "Set": symbol(tokSet), "Unset": symbol(tokUnset),
		"In": symbol(tokIn), "Between": symbol(tokBetween), "Has": symbol(tokHas), "Any": symbol(tokAny), "All": symbol(tokAll),
		"Value": symbol(tokValue), "List": symbol(tokList),
	}
}

// Lex is never called: words come from assemble.
func (wordLexer) Lex(string, io.Reader) (lexer.Lexer, error) {
	return nil, fmt.Errorf("dsl: words are not read from text")
}

// wordSource implements participle's lexer.Lexer over words.
type wordSource struct {
	words []word
	first int // index of words[0] in the whole text
	next  int
}

// Next is the next word; the end again and again after the last.
func (s *wordSource) Next() (lexer.Token, error) {
	at := lexer.Position{Offset: s.first + s.next}
	if s.next >= len(s.words) {
		return lexer.Token{Type: lexer.EOF, Pos: at}, nil
	}
	w := &s.words[s.next]
	s.next++
	t := lexer.Token{Type: symbol(w.kind), Value: w.text, Pos: at}
	if t.Value == "" {
		t.Value = " " // participle takes an empty value for none
	}
	return t, nil
}

var queryParser = participle.MustBuild[queryRule](participle.Lexer(wordLexer{}), participle.UseLookahead(2))

// runGrammar parses words [from, to); false when they are no query. Why not is
// for recover.go to find: participle's messages speak of tokens, not of filters.
func runGrammar(words []word, from, to int) (*orRule, bool) {
	lex, err := lexer.Upgrade(&wordSource{words: words[from:to], first: from})
	if err != nil {
		return nil, false
	}
	query, err := queryParser.ParseFromLexer(lex)
	if err != nil {
		return nil, false
	}
	return query.Expr, true
}
