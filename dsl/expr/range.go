package expr

import (
	"math"

	"meibo/dsl/schema"
)

// simplifyRange cuts a range to the values that its kind can have. It gives
// Present when they all lie in it, a Const when none does, and an Among when
// only one can.
func simplifyRange(e Range) Expr {
	if math.IsNaN(e.Min) || math.IsNaN(e.Max) {
		return NoOne()
	}
	if e.Kind == schema.Date {
		e = wholeMillis(e)
	} else {
		e = withinNumbers(e)
	}
	e.Min, e.Max = e.Min+0, e.Max+0 // -0 and 0 are one number
	switch {
	case e.Min > e.Max || e.Min == e.Max && (e.MinOpen || e.MaxOpen):
		return NoOne()
	case math.IsInf(e.Min, 1) || math.IsInf(e.Max, -1):
		return NoOne()
	case math.IsInf(e.Min, -1) && math.IsInf(e.Max, 1):
		return Present{e.Field}
	case e.Min == e.Max, e.Kind == schema.Date && e.Max == e.Min+1:
		return simplifyAmong(Among{Field: e.Field, Kind: e.Kind, Values: []float64{e.Min}})
	}
	return e
}

// wholeMillis writes a range of dates as [Min, Max), since dates are whole
// milliseconds between schema.MinMillis and schema.MaxMillis.
func wholeMillis(e Range) Range {
	first := math.Ceil(e.Min)
	if e.MinOpen && first == e.Min {
		first++
	}
	end := math.Floor(e.Max) + 1
	if e.MaxOpen && end == e.Max+1 {
		end--
	}
	if first <= schema.MinMillis {
		first = math.Inf(-1)
	}
	if end > schema.MaxMillis {
		end = math.Inf(1)
	}
	if first > schema.MaxMillis || end <= schema.MinMillis {
		first, end = 1, 0 // no date is there
	}
	return Range{Field: e.Field, Kind: e.Kind, Min: first, Max: end, MaxOpen: !math.IsInf(end, 1)}
}

// withinNumbers opens an end that lies beyond all numbers that are stored.
func withinNumbers(e Range) Range {
	if e.Min > schema.MaxNumber || e.Max < -schema.MaxNumber {
		return Range{Field: e.Field, Kind: e.Kind, Min: 1, Max: 0}
	}
	if e.Min < -schema.MaxNumber {
		e.Min, e.MinOpen = math.Inf(-1), false
	}
	if e.Max > schema.MaxNumber {
		e.Max, e.MaxOpen = math.Inf(1), false
	}
	return e
}

// storable reports whether a value of the kind can be this number.
func storable(kind schema.Kind, v float64) bool {
	if kind == schema.Date {
		return v == math.Trunc(v) && v >= schema.MinMillis && v <= schema.MaxMillis
	}
	return math.Abs(v) <= schema.MaxNumber // not for NaN
}

// intersect is the range of the values that lie in both.
func intersect(a, b Range) Expr {
	if b.Min > a.Min || b.Min == a.Min && b.MinOpen {
		a.Min, a.MinOpen = b.Min, b.MinOpen
	}
	if b.Max < a.Max || b.Max == a.Max && b.MaxOpen {
		a.Max, a.MaxOpen = b.Max, b.MaxOpen
	}
	return simplifyRange(a)
}

// holds reports whether a value lies in the range.
func (e Range) holds(v float64) bool {
	above := v > e.Min || v == e.Min && !e.MinOpen
	below := v < e.Max || v == e.Max && !e.MaxOpen
	return above && below
}

// intersectVersions is the range of the versions that lie in both.
func intersectVersions(a, b Version) Expr {
	if b.Min != "" && (a.Min == "" || tighter(compareVersions(b.Min, a.Min), b.MinOpen)) {
		a.Min, a.MinOpen = b.Min, b.MinOpen
	}
	if b.Max != "" && (a.Max == "" || tighter(compareVersions(a.Max, b.Max), b.MaxOpen)) {
		a.Max, a.MaxOpen = b.Max, b.MaxOpen
	}
	return simplifyVersion(a)
}

// tighter: an end that cuts off more, or as much and the end itself.
func tighter(order int, open bool) bool { return order > 0 || order == 0 && open }

func compareVersions(a, b string) int {
	v, _ := schema.ParseVersion(a) // both were parsed by simplifyVersion
	w, _ := schema.ParseVersion(b)
	return v.Compare(w)
}
