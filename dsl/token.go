package dsl

import "strings"

// tokenKind is the kind of a token, and of the words that values.go makes of
// tokens: tokValue and tokList stand for a whole value and a whole list.
type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokIdent
	tokString
	tokNumber
	tokDuration
	tokDate
	tokOperator // a comparison
	tokOpen
	tokClose
	tokComma
	tokDot
	tokPlus
	tokMinus
	tokBad // a character that means nothing here
	tokAnd
	tokOr
	tokNot
	tokIs
	tokSet
	tokUnset
	tokIn
	tokBetween
	tokHas
	tokAny
	tokAll
	tokTrue
	tokFalse
	tokValue
	tokList
)

// A token is a piece of the text in its folded form.
type token struct {
	kind   tokenKind
	bad    bool   // what is wrong with it was reported
	quoted bool   // a name in backticks
	text   string // a string's content, a keyword in capitals, else the folded text
	at     Extent
}

// keyword finds a reserved word, in any case. Upper case would make of ı and ſ,
// which are other letters, an I and an S.
func keyword(name string) (tokenKind, bool) {
	if len(name) < 2 || len(name) > 7 || strings.ContainsAny(name, "ıſ") {
		return 0, false
	}
	switch strings.ToUpper(name) {
	case "AND":
		return tokAnd, true
	case "OR":
		return tokOr, true
	case "NOT":
		return tokNot, true
	case "IS":
		return tokIs, true
	case "SET":
		return tokSet, true
	case "UNSET":
		return tokUnset, true
	case "IN":
		return tokIn, true
	case "BETWEEN":
		return tokBetween, true
	case "HAS":
		return tokHas, true
	case "ANY":
		return tokAny, true
	case "ALL":
		return tokAll, true
	case "TRUE":
		return tokTrue, true
	case "FALSE":
		return tokFalse, true
	}
	return 0, false
}

// startsValue reports whether a value can begin with the token.
func (k tokenKind) startsValue() bool {
	switch k {
	case tokString, tokNumber, tokDuration, tokDate, tokMinus, tokTrue, tokFalse, tokIdent:
		return true
	}
	return false
}

// endsValue reports whether the token cannot belong to a value any more.
func (k tokenKind) endsValue() bool {
	switch k {
	case tokEnd, tokAnd, tokOr, tokClose, tokComma:
		return true
	}
	return false
}
