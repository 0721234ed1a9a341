package expr

import "meibo/dsl/schema"

// An Expr is one of the node types of this file, and nothing else.
// Each pass over expressions handles all of them; a test holds that.
type Expr interface{ node() }

// And is true when all of its parts are; an empty And is true.
type And struct{ Of []Expr }

// Or is true when any of its parts is; an empty Or is false.
type Or struct{ Of []Expr }

// Not is the exact complement.
type Not struct{ Of Expr }

// Const is everyone (true) or no one (false). It prints as NOT id IN () and
// id IN ().
type Const struct{ Value bool }

// Present is IS SET: the customer has a value in the field.
type Present struct{ Field string }

// Boolean is true when the Boolean field has exactly this value.
type Boolean struct {
	Field string
	Value bool
}

// Range is true when the number or date lies between Min and Max. Infinities
// leave an end open; MinOpen and MaxOpen exclude the end itself. Kind is
// Number or Date; dates are epoch milliseconds.
type Range struct {
	Field            string
	Kind             schema.Kind
	Min, Max         float64
	MinOpen, MaxOpen bool
}

// Among is true when the number or date equals one of Values, which are
// sorted and without repetition. Kind is Number or Date.
type Among struct {
	Field  string
	Kind   schema.Kind
	Values []float64
}

// Match is how a text is held against a needle.
type Match uint8

const (
	Equal    Match = iota
	Contains       // ~
	Prefix         // ^=
	Suffix         // $=
)

// Form is the form in which texts are compared.
type Form uint8

const (
	Folded Form = iota // schema.Fold of both; needles are folded already
	Exact              // raw text, from exact("…")
	Phone              // schema.ParsePhone of both, see Text
)

// Text compares the text of a String field, or the elements of a List field,
// with needles. Equal takes any number of needles and holds when one of them
// is equal; the other matches take exactly one needle.
//
// For a String, All means nothing. For a List it is true when any element
// matches, or with All when all do and there is at least one.
//
// The needles of Folded are folded and not empty; those of Exact are raw.
// Phone, for fields of that format: a value that parses as a phone number in
// Region is compared by its forms, any other by its folded text. Its needles
// are raw text. Equal: a needle that parses equals a value with the same
// international form, one that does not parse a value that does not either and
// has the same folded text. Otherwise: schema.PhoneDigits of the needle, if it
// has them, is looked for in the forms of a value that parses, the folded
// needle in the folded text of a value that does not.
type Text struct {
	Field   string
	Kind    schema.Kind // String or List
	Match   Match
	Form    Form
	All     bool
	Needles []string
	Region  string // of Phone
}

// Version is true when the String field's text is a version (see
// schema.ParseVersion) between Min and Max; "" leaves an end open.
type Version struct {
	Field            string
	Min, Max         string
	MinOpen, MaxOpen bool
}

// Quick is quick search: every term (schema.FoldQuick, no white space, not
// empty) occurs in the schema.FoldQuick of at least one of the fields that Reads.
// A term whose schema.PhoneDigits has at least schema.MinQuickDigits digits
// also occurs in profile.mobileNumber when the forms of that number, parsed in
// Region, contain them.
type Quick struct {
	Terms  []string
	Region string
	// Fields are those of schema.QuickFields that are read, in that order; nil
	// is all of them. Whoever may not see a field does not find by it.
	Fields []string
}

// Reads are the keys of the fields that are searched. Without
// profile.mobileNumber nothing is found by digits.
func (q Quick) Reads() []string {
	if q.Fields == nil {
		return schema.QuickFields()
	}
	return q.Fields
}

func (And) node()     {}
func (Or) node()      {}
func (Not) node()     {}
func (Const) node()   {}
func (Present) node() {}
func (Boolean) node() {}
func (Range) node()   {}
func (Among) node()   {}
func (Text) node()    {}
func (Version) node() {}
func (Quick) node()   {}

// Everyone is the expression of the empty filter.
func Everyone() Expr { return Const{true} }

// NoOne matches no customer.
func NoOne() Expr { return Const{false} }

// Children are the direct parts of a node, in order; none for a leaf.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case And:
		return e.Of
	case Or:
		return e.Of
	case Not:
		return []Expr{e.Of}
	}
	return nil
}

// Walk calls visit for e and then for everything below it, parents first.
func Walk(e Expr, visit func(Expr)) {
	visit(e)
	for _, child := range Children(e) {
		Walk(child, visit)
	}
}

// FieldsOf yields the keys of the fields that an expression reads, each once,
// in the order of their first use.
func FieldsOf(e Expr) []string {
	var keys []string
	seen := map[string]bool{}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	Walk(e, func(e Expr) {
		switch e := e.(type) {
		case Present:
			add(e.Field)
		case Boolean:
			add(e.Field)
		case Range:
			add(e.Field)
		case Among:
			add(e.Field)
		case Text:
			add(e.Field)
		case Version:
			add(e.Field)
		case Quick:
			for _, key := range e.Reads() {
				add(key)
			}
		}
	})
	return keys
}
