package dsl

import (
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A checker turns a tree into an expression: it finds the fields, holds
// operators and values against their kinds, and binds dates. It reports every
// error; where it reports one, the expression it returns is meaningless.
type checker struct {
	*compiler
	calendar
	text   string
	faults *faults
	within []string // segments being expanded, outermost first
	fields *schema.Fields
	saved  bool // the text is a segment's filter: hidden fields are errors
	bound  []Binding
	nodes  int // spent of MaxNodes
	slow   int // of MaxSlowText
	levels int // of segments below
	over   bool
}

func (c *checker) query(q *Query) expr.Expr {
	if q.Root == nil {
		return expr.Everyone()
	}
	return c.node(q.Root)
}

func (c *checker) node(n Node) expr.Expr {
	if c.faults.full || c.over {
		return expr.NoOne()
	}
	switch n := n.(type) {
	case *And:
		c.spend(1, n.At)
		return expr.And{Of: c.all(n.Parts)}
	case *Or:
		c.spend(1, n.At)
		return expr.Or{Of: c.all(n.Parts)}
	case *Not:
		c.spend(1, n.At)
		return expr.Not{Of: c.node(n.Part)}
	case *Search:
		return c.spent(c.search(n), n.At)
	case *Flag:
		return c.spent(c.flag(n), n.At)
	case *Call:
		return c.call(n)
	case *Pred:
		return c.spent(c.pred(n), n.At)
	}
	return expr.NoOne() // the set of nodes is closed: a test holds that
}

func (c *checker) all(nodes []Node) []expr.Expr {
	list := make([]expr.Expr, len(nodes))
	for i, n := range nodes {
		list[i] = c.node(n)
	}
	return list
}

// spend counts nodes before they are put together.
func (c *checker) spend(n int, at Extent) {
	if c.nodes += n; c.nodes > MaxNodes && !c.over {
		c.over = true
		c.faults.add(fault{code: "too_complex", at: at, message: say("セグメントを展開すると条件が大きすぎます（%d 個まで）。", "with its segments expanded the filter is too large (at most %d nodes)", MaxNodes)})
	}
}

func (c *checker) spent(e expr.Expr, at Extent) expr.Expr {
	n := 0
	expr.Walk(e, func(expr.Expr) { n++ })
	c.spend(n, at)
	return e
}

func (c *checker) search(n *Search) expr.Expr {
	if c.saved { // a saved filter must not find less than it says
		for _, key := range schema.QuickFields() {
			if field, ok := c.fields.Lookup(key); !ok {
				c.faults.add(fault{code: "unknown_field", at: n.At, message: say("簡易検索が読む項目 %s がありません。", "quick search reads %s, and there is no such field", key)})
			} else if !c.shown(field, n.At) {
				break
			}
		}
	}
	return quickSearch(c.terms(n), c.fields)
}

func (c *checker) flag(n *Flag) expr.Expr {
	field, ok := c.field(n.Path)
	if !ok {
		return expr.NoOne()
	}
	if field.Kind != schema.Boolean {
		end := Extent{n.At.End, n.At.End}
		c.faults.add(fault{code: "missing_operator", at: n.At, expected: operatorsOf(field.Kind),
			message: say("%[1]s は%[2]sの項目なので、比べる値が必要です。", "%[1]s is %[3]s; say what to compare it with", field.Key, kindName(field.Kind).JA, kindName(field.Kind).EN),
			fixes:   []change{replace(end, " IS SET")}})
	}
	return expr.Boolean{Field: field.Key, Value: true}
}

// call is segment("key"): there is no other function in place of a condition.
func (c *checker) call(n *Call) expr.Expr {
	name := strings.Join(n.Path.Names, ".")
	if isSegmentCall(n) {
		if n.Arg.Kind != StringValue {
			return expr.NoOne()
		}
		return c.segment(n.Arg)
	}
	c.faults.add(unknownFunction(n.Path.At, name))
	return expr.NoOne()
}

func isSegmentCall(n *Call) bool {
	return len(n.Path.Names) == 1 && strings.EqualFold(n.Path.Names[0], "segment")
}

func (c *checker) pred(p *Pred) expr.Expr {
	bad := slices.ContainsFunc(p.Values, func(v Value) bool { return v.Kind == BadValue })
	field, ok := c.field(p.Path)
	if !ok && !bad {
		c.mendWhole(p)
	}
	if !ok || bad {
		return expr.NoOne()
	}
	before := c.faults.count
	c.operator(p, field)
	if c.faults.count > before {
		return expr.NoOne()
	}
	e := c.positive(p, field)
	if p.Negated {
		return expr.Not{Of: e}
	}
	return e
}

// positive is the predicate without its negation; its operator fits the field.
func (c *checker) positive(p *Pred, field schema.Field) expr.Expr {
	if p.Op == Set {
		return expr.Present{Field: field.Key}
	}
	switch field.Kind {
	case schema.Boolean:
		return c.boolean(p, field)
	case schema.Number:
		return c.number(p, field)
	case schema.Date:
		return c.date(p, field)
	case schema.List:
		return c.list(p, field)
	}
	return c.string(p, field)
}

func (c *checker) boolean(p *Pred, field schema.Field) expr.Expr {
	var want [2]bool
	for _, v := range p.Values {
		if v.Kind != BoolValue {
			c.wrongValue(field, v, "TRUE", "FALSE")
			continue
		}
		want[index(v.Text == "TRUE")] = true
	}
	var any []expr.Expr
	for _, value := range []bool{false, true} {
		if want[index(value)] {
			any = append(any, expr.Boolean{Field: field.Key, Value: value})
		}
	}
	return oneOf(any)
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// oneOf is the expression that any of the list holds.
func oneOf(list []expr.Expr) expr.Expr {
	switch len(list) {
	case 0:
		return expr.NoOne()
	case 1:
		return list[0]
	}
	return expr.Or{Of: list}
}
