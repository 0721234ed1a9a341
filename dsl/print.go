package dsl

import (
	"math"
	"strconv"
	"strings"

	"meibo/dsl/expr"
)

// opText is how an operator is written.
func opText(op Op, negated bool) string {
	words := [...][2]string{
		Equal: {"=", "!="}, Greater: {">", ">"}, GreaterEqual: {">=", ">="}, Less: {"<", "<"}, LessEqual: {"<=", "<="},
		Contains: {"~", "!~"}, Prefix: {"^=", "!^="}, Suffix: {"$=", "!$="}, Set: {"IS SET", "IS UNSET"},
		In: {"IN", "NOT IN"}, Between: {"BETWEEN", "NOT BETWEEN"},
		Has: {"HAS", "NOT HAS"}, HasAny: {"HAS ANY", "NOT HAS ANY"}, HasAll: {"HAS ALL", "NOT HAS ALL"},
	}
	return words[op][index(negated)]
}

// pathText writes a path; names that would not read as themselves stand in
// backticks.
func pathText(p Path) string {
	var b strings.Builder
	for i, name := range p.Names {
		if i > 0 {
			b.WriteByte('.')
		}
		if plainName(name, i == 0) {
			b.WriteString(name)
		} else {
			b.WriteString("`" + name + "`")
		}
	}
	return b.String()
}

func plainName(name string, first bool) bool {
	if first && reserved(name) {
		return false
	}
	var before rune
	for i, r := range name {
		if i == 0 && !nameStart(r) || i > 0 && !namePart(before, r) || foldRune(r) != r {
			return false
		}
		before = r
	}
	return name != ""
}

// valueText writes a value.
func valueText(v Value) string {
	switch v.Kind {
	case StringValue:
		return expr.Quote(v.Text)
	case ExactValue:
		return "exact(" + expr.Quote(v.Text) + ")"
	case VersionValue:
		return "version(" + expr.Quote(v.Text) + ")"
	}
	if len(v.Shifts) == 0 && v.Unit == "" {
		return v.Text
	}
	var b strings.Builder
	b.WriteString(v.Text)
	if v.Unit != "" {
		b.WriteString("(" + string(v.Unit) + ")")
	}
	for _, s := range v.Shifts {
		if s.Amount >= 0 {
			b.WriteByte('+')
		}
		b.WriteString(strconv.Itoa(s.Amount) + string(s.Unit))
	}
	return b.String()
}

// head is a predicate up to its values.
func predHead(p *Pred) string {
	head := pathText(p.Path) + " "
	switch p.Quantifier {
	case Any:
		head += "ANY "
	case All:
		head += "ALL "
	}
	return head + opText(p.Op, p.Negated)
}

// flat writes a tree on one line with as few brackets as its meaning allows.
func flat(n Node) string { return beginning(n, math.MaxInt) }

// beginning is flat, given up where more than so many bytes are written: what
// is cut off costs nothing, and the result is longer than that.
func beginning(n Node, most int) string {
	w := flatWriter{most: most}
	w.node(n)
	return w.String()
}

type flatWriter struct {
	strings.Builder
	most int
}

func (w *flatWriter) full() bool { return w.Len() > w.most }

func (w *flatWriter) node(n Node) {
	switch n := n.(type) {
	case *And:
		w.joined(n.Parts, " AND ", isOr)
	case *Or:
		w.joined(n.Parts, " OR ", func(Node) bool { return false })
	case *Not:
		w.WriteString("NOT ")
		w.bracketed(n.Part, isJoined(n.Part))
	case *Search:
		w.WriteString(expr.Quote(n.Text))
	case *Flag:
		w.WriteString(pathText(n.Path))
	case *Call:
		w.WriteString(pathText(n.Path) + "(" + valueText(n.Arg) + ")")
	case *Pred:
		w.pred(n)
	}
}

func (w *flatWriter) joined(parts []Node, word string, brackets func(Node) bool) {
	for i, part := range parts {
		if w.full() {
			return
		}
		if i > 0 {
			w.WriteString(word)
		}
		w.bracketed(part, brackets(part))
	}
}

func (w *flatWriter) bracketed(n Node, brackets bool) {
	if !brackets {
		w.node(n)
		return
	}
	w.WriteByte('(')
	w.node(n)
	w.WriteByte(')')
}

func (w *flatWriter) pred(p *Pred) {
	w.WriteString(predHead(p))
	switch {
	case p.Op == Set:
	case p.List:
		w.WriteString(" (")
		w.values(p.Values, ", ")
		w.WriteByte(')')
	default:
		w.WriteByte(' ')
		w.values(p.Values, " AND ") // of BETWEEN; others have one
	}
}

func (w *flatWriter) values(values []Value, between string) {
	for i, v := range values {
		if w.full() {
			return
		}
		if i > 0 {
			w.WriteString(between)
		}
		w.WriteString(valueText(v))
	}
}

func isOr(n Node) bool { _, ok := n.(*Or); return ok }

// isJoined reports whether NOT before the node needs brackets.
func isJoined(n Node) bool {
	_, and := n.(*And)
	return and || isOr(n)
}
