package dsl

import (
	"slices"
	"strings"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// An expansion is a segment's filter as it is put in place of references.
type expansion struct {
	expr   expr.Expr
	nodes  int
	slow   int
	levels int // of segments below this one, itself included
	bound  []Binding
	query  *Query // of which expr is the meaning
	zone   *time.Location
	fields *schema.Fields
	wrong  *fault   // why it does not compile
	near   []string // keys that may have been meant for one that is not there
}

// segment expands segment("key").
func (c *checker) segment(arg Value) expr.Expr {
	key := arg.Text
	if i := slices.Index(c.within, key); i >= 0 {
		c.faults.add(fault{code: "segment_cycle", at: arg.At, message: cycleWords(c.within[i:])})
		return expr.NoOne()
	}
	x := c.compiler.segments[key]
	if x == nil {
		// Failures are kept too: without that, segments that refer to many
		// failing ones would be expanded again and again.
		x = c.expand(arg)
		c.compiler.segments[key] = x
	}
	if x.wrong != nil {
		wrong := fault{code: x.wrong.code, at: arg.At, message: x.wrong.message, named: x.wrong.named}
		for _, near := range x.near {
			wrong.expected = append(wrong.expected, near)
			wrong.fixes = append(wrong.fixes, replace(arg.At, expr.Quote(near)))
		}
		c.faults.add(wrong)
		return expr.NoOne()
	}
	if len(c.within)+x.levels > MaxSegmentDepth {
		c.faults.add(tooManySegments(arg))
		return expr.NoOne()
	}
	c.levels = max(c.levels, x.levels)
	c.spend(x.nodes, arg.At)
	if !c.spendSlow(x.slow, arg.At) || c.over {
		return expr.NoOne()
	}
	for _, b := range x.bound {
		if !slices.Contains(c.bound, b) && len(c.bound) < maxBindings {
			c.bound = append(c.bound, b)
		}
	}
	return x.expr
}

// cycleWords tells which way a segment comes back to itself.
func cycleWords(keys []string) schema.Words {
	if len(keys) == 1 {
		return say("セグメント「%s」が自分自身を参照しています。", "the segment %s refers to itself", clip(keys[0]))
	}
	way := make([]string, 0, len(keys)+1)
	for _, key := range append(slices.Clone(keys), keys[0]) {
		way = append(way, clip(key))
	}
	return say("セグメント「%[1]s」が自分自身を参照しています（%[2]s）。", "the segment %[1]s refers to itself (%[2]s)", way[0], strings.Join(way, " → "))
}

func tooManySegments(arg Value) fault {
	return fault{code: "segment_too_deep", at: arg.At, message: say("セグメントの参照は %d 段までです。", "segments refer to one another at most %d deep", MaxSegmentDepth)}
}

// expand compiles a segment's filter.
func (c *checker) expand(arg Value) *expansion {
	key := arg.Text
	if len(c.within) >= MaxSegmentDepth {
		wrong := tooManySegments(arg)
		return &expansion{wrong: &wrong}
	}
	var saved Segment
	ok := false
	if c.env.Segments != nil {
		saved, ok = c.env.Segments(key)
	}
	if !ok {
		wrong := fault{code: "unknown_segment", message: say("セグメント「%s」はありません。", "there is no segment %s", clip(key))}
		return &expansion{wrong: &wrong, near: c.nearestSegments(key)}
	}
	c.used.segments = append(c.used.segments, reference{key, saved})
	if saved.Access == Closed {
		return &expansion{wrong: &fault{code: "forbidden_segment", message: say("セグメント「%s」は、このトークンでは見られない項目を使っているため使えません。", "the segment %s uses fields that are not for your role", clip(key))}}
	}
	if c.expanded += len(saved.Filter); c.expanded > MaxText {
		return &expansion{wrong: &fault{code: "too_complex", message: say("参照するセグメントの条件が合わせて %d バイトを超えています。", "the filters of the segments are more than %d bytes together", MaxText)}}
	}
	zone := saved.Zone
	if zone == nil {
		zone = c.env.Zone
	}
	var found faults
	query := parse(saved.Filter, &found)
	k := c.compiler.checker(saved.Filter, &found, zone, append(slices.Clone(c.within), key))
	k.saved = true
	if saved.Fields != nil {
		k.fields = saved.Fields
	}
	x := &expansion{expr: k.query(query), nodes: max(k.nodes, 1), slow: k.slow, levels: k.levels + 1, bound: k.bound, query: query, zone: zone, fields: k.fields}
	for _, one := range found.list {
		if !one.warning {
			x.wrong = within(key, one)
			break
		}
	}
	if saved.Access == Opaque {
		x.veil(key)
	}
	return x
}

// veil takes out of an expansion what would tell of the filter.
func (x *expansion) veil(key string) {
	x.bound = nil
	if x.wrong == nil {
		return
	}
	switch x.wrong.code {
	case "hidden_field", "invalid_segment":
		x.wrong = &fault{code: x.wrong.code, message: say("セグメント「%s」は今は使えません。", "the segment %s cannot be used at present", clip(key))}
	}
}

// within is a segment's own fault as it is told at a reference: the limits of
// the whole by their own name, anything else as the segment's.
func within(key string, one fault) *fault {
	switch one.code {
	case "segment_cycle", "segment_too_deep", "too_complex", "invalid_segment", "forbidden_segment":
		return &one
	case "hidden_field":
		if one.named { // by the segment below
			return &one
		}
		return &fault{code: "hidden_field", named: true, message: say("セグメント「%[1]s」は使えません。%[2]s", "the segment %[1]s cannot be used: %[3]s", clip(key), one.message.JA, one.message.EN)}
	}
	return &fault{code: "invalid_segment", message: say("セグメント「%[1]s」の条件に誤りがあります: %[2]s", "the filter of the segment %[1]s has an error: %[3]s", clip(key), one.message.JA, one.message.EN)}
}
