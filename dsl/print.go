package dsl

import (
	"strconv"
	"strings"

	"meibo/dsl/expr"
)

// opText is how an operator is written.
func opText(op Op, negated bool) string {
	words := map[Op][2]string{
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

// leafText writes a node without parts on one line.
func leafText(n Node) string {
	switch n := n.(type) {
	case *Search:
		return expr.Quote(n.Text)
	case *Flag:
		return pathText(n.Path)
	case *Call:
		return pathText(n.Path) + "(" + valueText(n.Arg) + ")"
	case *Pred:
		return predText(n)
	}
	return ""
}

func predText(p *Pred) string {
	head := predHead(p)
	if p.Op == Set {
		return head
	}
	values := make([]string, len(p.Values))
	for i, v := range p.Values {
		values[i] = valueText(v)
	}
	switch {
	case p.List:
		return head + " (" + strings.Join(values, ", ") + ")"
	case p.Op == Between:
		return head + " " + strings.Join(values, " AND ")
	}
	return head + " " + strings.Join(values, "")
}

// flat writes a tree on one line with as few brackets as its meaning allows.
func flat(n Node) string {
	var b strings.Builder
	writeFlat(&b, n)
	return b.String()
}

func writeFlat(b *strings.Builder, n Node) {
	switch n := n.(type) {
	case *And:
		for i, part := range n.Parts {
			if i > 0 {
				b.WriteString(" AND ")
			}
			writeBracketed(b, part, isOr(part))
		}
	case *Or:
		for i, part := range n.Parts {
			if i > 0 {
				b.WriteString(" OR ")
			}
			writeFlat(b, part)
		}
	case *Not:
		b.WriteString("NOT ")
		writeBracketed(b, n.Part, isJoined(n.Part))
	default:
		b.WriteString(leafText(n))
	}
}

func writeBracketed(b *strings.Builder, n Node, brackets bool) {
	if !brackets {
		writeFlat(b, n)
		return
	}
	b.WriteByte('(')
	writeFlat(b, n)
	b.WriteByte(')')
}

func isOr(n Node) bool { _, ok := n.(*Or); return ok }

// isJoined reports whether NOT before the node needs brackets.
func isJoined(n Node) bool {
	_, and := n.(*And)
	return and || isOr(n)
}
