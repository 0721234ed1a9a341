package dsl

import "meibo/dsl/expr"

// maxFieldCounts bounds the fields that are looked at for values; the rest of
// maxCounts is for what negations move.
const maxFieldCounts = 11

// counts are questions to a Counter, few of them.
type counts struct {
	ask    Counter
	left   int
	total  int // of all customers; -1: not asked yet, or not known
	having map[string]int
}

func newCounts(ask Counter) *counts {
	return &counts{ask: ask, left: maxCounts, total: -1, having: map[string]int{}}
}

// of is the number of customers that match; false when it is not known.
func (c *counts) of(e expr.Expr) (int, bool) {
	if c.ask == nil || c.left <= 0 {
		return 0, false
	}
	c.left--
	n, ok := c.ask(expr.Simplify(e))
	if !ok {
		c.ask = nil // the index has gone: do not wait for it again
	}
	return n, ok
}

// customers is the number of all.
func (c *counts) customers() (int, bool) {
	if c.total < 0 {
		n, ok := c.of(expr.Everyone())
		if !ok {
			return 0, false
		}
		c.total = n
	}
	return c.total, true
}

// set is the number of customers that have a value in the field.
func (c *counts) set(field string) (int, bool) {
	n, known := c.having[field]
	if known {
		return n, true
	}
	n, ok := c.of(expr.Present{Field: field})
	if ok {
		c.having[field] = n
	}
	return n, ok
}

// never reports that there are customers and none has a value in the field.
func (c *counts) never(field string) bool {
	total, ok := c.customers()
	if !ok || total == 0 || len(c.having) >= maxFieldCounts {
		return false
	}
	n, ok := c.set(field)
	return ok && n == 0
}

// always reports that every customer has a value in the field.
func (c *counts) always(field string) bool {
	total, ok := c.customers()
	if !ok || total == 0 {
		return false
	}
	n, ok := c.set(field)
	return ok && n == total
}
