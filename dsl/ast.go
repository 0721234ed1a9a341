package dsl

import "strings"

// An Extent is a stretch of the original text in bytes, End excluded.
type Extent struct{ Start, End int }

// join is the smallest extent that covers both.
func (e Extent) join(f Extent) Extent { return Extent{min(e.Start, f.Start), max(e.End, f.End)} }

// A Query is a filter as it was written.
type Query struct {
	Text     string
	Root     Node // nil: the empty filter, everyone
	Comments []Comment
}

// A Comment runs from its # to the end of the line.
type Comment struct {
	Text    string // without the # and outer white space
	At      Extent
	OwnLine bool // nothing but white space stands before it on its line
}

// A Node is one of *And, *Or, *Not, *Search, *Flag, *Call and *Pred.
type Node interface{ Extent() Extent }

// And holds when all parts do. It has two or more, none of them an *And.
type And struct {
	Parts []Node
	At    Extent
}

// Or holds when any part does. It has two or more, none of them an *Or.
type Or struct {
	Parts []Node
	At    Extent
}

// Not is the exact complement.
type Not struct {
	Part Node
	At   Extent
}

// Search is a bare string: quick search.
type Search struct {
	Text string
	At   Extent
}

// Flag is a bare path: a Boolean field that is true.
type Flag struct {
	Path Path
	At   Extent
}

// Call is a name applied to a value: segment("vip").
type Call struct {
	Path Path
	Arg  Value
	At   Extent
}

// Pred holds a field against values.
type Pred struct {
	Path       Path
	Quantifier Quantifier
	Op         Op
	Negated    bool // never with a quantifier or an ordering operator
	List       bool // Values were written in brackets
	Values     []Value
	OpAt       Extent // of the operator's words
	At         Extent
}

// A Path names a field.
type Path struct {
	Names []string
	At    Extent
}

// Key is the key of the field, its names joined by dots.
func (p Path) Key() string { return strings.Join(p.Names, ".") }

// Quantifier says how many elements of a list have to match.
type Quantifier uint8

const (
	NoQuantifier Quantifier = iota
	Any
	All
)

// Op is an operator in its positive form.
type Op uint8

const (
	Equal Op = iota
	Greater
	GreaterEqual
	Less
	LessEqual
	Contains // ~
	Prefix   // ^=
	Suffix   // $=
	Set      // IS SET
	In
	Between
	Has
	HasAny
	HasAll
)

// ValueKind is the form of a value in the text.
type ValueKind uint8

const (
	BadValue ValueKind = iota // reported already; only in trees with errors
	StringValue
	ExactValue
	VersionValue
	NumberValue
	BoolValue
	DateValue // a literal, now, today, yesterday, tomorrow, startOf, endOf, each with shifts
)

// A Value is a literal or a relative date.
type Value struct {
	Kind   ValueKind
	Text   string // content of a string, digits, TRUE or FALSE, the date's literal or word
	Unit   Unit   // of startOf and endOf
	Shifts []Shift
	At     Extent
}

// A Shift moves a date; a negative amount moves it back.
type Shift struct {
	Amount int
	Unit   Unit
}

// Unit is a unit of time as the language writes it.
type Unit string

const (
	Second Unit = "s"
	Minute Unit = "min"
	Hour   Unit = "h"
	Day    Unit = "d"
	Week   Unit = "w"
	Month  Unit = "mo"
	Year   Unit = "y"
)

// calendar reports whether the unit keeps a day a day.
func (u Unit) calendar() bool { return u == Day || u == Week || u == Month || u == Year }

// millis is the length of a unit that is no calendar unit.
func (u Unit) millis() int64 {
	switch u {
	case Hour:
		return 3_600_000
	case Minute:
		return 60_000
	}
	return 1_000
}

// Extent is where the node stands in the text.
func (n *And) Extent() Extent { return n.At }

// Extent is where the node stands in the text.
func (n *Or) Extent() Extent { return n.At }

// Extent is where the node stands in the text.
func (n *Not) Extent() Extent { return n.At }

// Extent is where the node stands in the text.
func (n *Search) Extent() Extent { return n.At }

// Extent is where the node stands in the text.
func (n *Flag) Extent() Extent { return n.At }

// Extent is where the node stands in the text.
func (n *Call) Extent() Extent { return n.At }

// Extent is where the node stands in the text.
func (n *Pred) Extent() Extent { return n.At }
