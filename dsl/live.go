package dsl

import (
	"slices"
	"strings"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A Live is a filter, or a part of one, that was read and checked once for
// every now: what depends on now stands apart, each condition by itself. Filled
// in at a moment, it is what Compile gives at that moment. The zero Live is no
// part. It is immutable.
type Live struct {
	Expr  expr.Expr // where nothing below depends on now; else nil
	Join  Join
	Parts []Live    // of JoinAnd and JoinOr any number, of JoinNot one
	Date  *LiveDate // of JoinDate
}

// Join is how the parts of a Live hang together.
type Join uint8

const (
	JoinNone Join = iota // Expr says it all
	JoinAnd
	JoinOr
	JoinNot
	JoinDate // a condition that depends on now
)

// A LiveDate is a condition that depends on now.
type LiveDate struct {
	key      string
	pred     *Pred
	field    schema.Field
	calendar calendar // but for now
}

// CompileLive is Compile for every now. ok is false where there can be no Live:
// a filter with errors at env.Now, and one that is nearly too large, which at
// another moment may be. Whether there is an error at another moment, LiveDate.At
// tells. Cost: that of Compile, and the tree.
func CompileLive(text string, env Env) (live Live, diagnostics []Diagnostic, ok bool) {
	c := newCompiler(env)
	var found faults
	query := parse(text, &found)
	k := c.checker(text, &found, c.env.Zone, nil)
	e := k.query(query)
	if list := found.diagnostics(text); HasErrors(list) {
		return Live{}, list, false
	}
	s := splitter{compiler: c, calendar: k.calendar, fields: k.fields}
	if query.Root == nil {
		return Live{Expr: e}, nil, true
	}
	live = s.split(query.Root, e)
	return live, nil, k.nodes+s.varying <= MaxNodes
}

// A splitter finds the conditions that depend on now.
type splitter struct {
	*compiler
	calendar calendar
	fields   *schema.Fields
	varying  int // nodes that an expression may have more at another moment
}

// split goes down a tree and what its nodes mean at once, into segments too.
func (s *splitter) split(n Node, e expr.Expr) Live {
	join := JoinNone
	switch n := n.(type) {
	case *And:
		join = JoinAnd
	case *Or:
		join = JoinOr
	case *Not:
		join = JoinNot
	case *Call:
		x := s.segments[n.Arg.Text]
		if x.query.Root == nil {
			return Live{Expr: e}
		}
		inner := splitter{compiler: s.compiler, calendar: s.calendar, fields: x.fields}
		inner.calendar.zone = x.zone
		live := inner.split(x.query.Root, e)
		s.varying += inner.varying
		return live
	case *Pred:
		if date := s.date(n); date != nil {
			return Live{Join: JoinDate, Date: date}
		}
	}
	if join == JoinNone {
		return Live{Expr: e}
	}
	live, fixed := Live{Join: join}, true
	for part, means := range below(n, e) {
		one := s.split(part, means)
		live.Parts, fixed = append(live.Parts, one), fixed && one.Expr != nil
	}
	if fixed {
		return Live{Expr: e}
	}
	return live
}

// date is a condition that depends on now, or nil.
func (s *splitter) date(p *Pred) *LiveDate {
	if !slices.ContainsFunc(p.Values, func(v Value) bool { return v.Kind == DateValue && !isLiteralDate(v) }) {
		return nil
	}
	field, _ := s.fields.Lookup(strings.Join(p.Path.Names, "."))
	if field.Kind != schema.Date {
		return nil
	}
	s.varying += len(p.Values)
	d := &LiveDate{pred: p, field: field, calendar: s.calendar}
	d.key = flat(p) + "\x00" + s.calendar.zone.String()
	return d
}

// Key is the same for conditions that mean the same at every moment, in one
// set of fields and with one first day of the week.
func (d *LiveDate) Key() string { return d.key }

// Field is the key of the field that is compared.
func (d *LiveDate) Field() string { return d.field.Key }

// At is the condition at a moment, and until when it says the same: from
// milliseconds to before others. ok is false where the condition is an error at
// that moment: a date leaves the years 1 to 9999. Cost: less than 1 µs for a
// date or two.
func (d *LiveDate) At(now time.Time) (e expr.Expr, from, until int64, ok bool) {
	c := d.calendar
	c.now = now
	holds := always()
	spans := make([]schema.Span, len(d.pred.Values))
	for i, v := range d.pred.Values {
		holds = holds.and(c.stretch(v))
		if v.Kind == NumberValue { // it was checked
			k := checker{faults: &faults{}, calendar: c}
			spans[i], ok = k.millis(v)
		} else {
			spans[i], ok = c.resolve(v)
		}
		if !ok {
			return nil, holds.from, holds.until, false
		}
	}
	e, _ = during(d.pred.Op, d.field, spans)
	if d.pred.Negated {
		e = expr.Not{Of: e}
	}
	return e, holds.from, holds.until, true
}

// At is the whole expression at a moment, as Compile gives it; false where
// Compile finds an error there.
func (l Live) At(now time.Time) (expr.Expr, bool) {
	e, ok := l.at(now)
	if !ok {
		return nil, false
	}
	return expr.Simplify(e), true
}

func (l Live) at(now time.Time) (e expr.Expr, ok bool) {
	switch {
	case l.Expr != nil:
		return l.Expr, true
	case l.Join == JoinDate:
		e, _, _, ok = l.Date.At(now)
		return e, ok
	}
	parts := make([]expr.Expr, len(l.Parts))
	for i, part := range l.Parts {
		if parts[i], ok = part.at(now); !ok {
			return nil, false
		}
	}
	switch l.Join {
	case JoinAnd:
		return expr.And{Of: parts}, true
	case JoinOr:
		return expr.Or{Of: parts}, true
	}
	return expr.Not{Of: parts[0]}, true
}
