package service

import (
	"strings"
	"time"

	"meibo/dsl/schema"
)

// A formatFinder is shown all cells of one column and says how dates and
// numbers stand in it. The kind of a field that exists tells what to look for;
// for a field that is to be created (kind None) it also says what kinds of
// values it saw.
//
// A new field becomes a Date or a Number only where every value can be read so
// and in the same way: 2026/11/23 and ￥1,234 do, what people use as a list or
// a code does not (1,5 without another sign of decimal commas, leading zeros,
// years of two digits, eight digits), nor do amounts in several currencies.
type formatFinder struct {
	kind schema.Kind
	zone *time.Location
	seen evidence

	orders  dateOrder // in which all dates so far exist
	open    bool      // a date was seen whose order its form does not tell
	clash   bool      // no order takes all dates
	compact bool      // eight digits were seen for a date
	first   dateOrder // of the first open date, told when dates clash

	marks  decimalMark // with which all numbers so far can be read
	comma  bool        // a number was seen that only a decimal comma explains
	point  bool        // likewise a decimal point
	proven bool        // a comma is a decimal comma and no list
	unit   string
	units  bool // more than one currency
}

// newFormatFinder looks at a column that goes to a field. zone is that of
// dates without an offset.
func newFormatFinder(field schema.Field, zone *time.Location) *formatFinder {
	return &formatFinder{kind: field.Kind, zone: zone, orders: yearFirst | dayFirst | monthFirst, marks: pointMark | commaMark}
}

// see takes a cell. Blank cells say nothing.
func (f *formatFinder) see(cell string) {
	switch f.kind {
	case schema.None:
		if f.seen&seenText == 0 { // text stays text
			f.seen |= f.class(cell)
		}
	case schema.Date:
		if isISO(cell) {
			return
		}
		folded := schema.Fold(cell)
		if _, ok := compactDate(folded); ok {
			f.compact = true
		} else if d, ok := readDate(folded); ok {
			f.seeDate(d)
		}
	case schema.Number:
		if n, ok := readNumber(schema.Fold(cell)); ok {
			f.seeNumber(n)
		}
	}
}

// class is what kind of value a cell of a new field is.
func (f *formatFinder) class(cell string) evidence {
	found := seenInCell(cell, f.zone)
	if found != seenText {
		if found == seenNumber && strings.ContainsRune(cell, '.') {
			f.seeDecimals(cell)
		}
		return found
	}
	folded := schema.Fold(cell)
	if d, ok := readDate(folded); ok && !d.short {
		f.seeDate(d)
		return seenDate
	}
	if n, ok := readNumber(folded); ok && !n.zeros && (isPlainNumber(n.digits(pointMark)) || isPlainNumber(n.digits(commaMark))) {
		f.seeNumber(n)
		return seenNumber
	}
	return seenText
}

func (f *formatFinder) seeDecimals(cell string) {
	if n, ok := readNumber(strings.TrimSpace(cell)); ok {
		f.seeNumber(n)
	}
}

func (f *formatFinder) seeDate(d writtenDate) {
	if d.sure {
		return
	}
	if !f.open {
		f.open, f.first = true, d.orders
	}
	if f.orders&d.orders == 0 {
		f.clash = true
		return
	}
	f.orders &= d.orders
}

func (f *formatFinder) seeNumber(n writtenNumber) {
	f.marks &= n.marks
	f.comma = f.comma || n.marks == commaMark
	f.point = f.point || n.marks == pointMark
	f.proven = f.proven || n.marks == commaMark && (n.grouped || n.unit != "")
	if n.unit != "" {
		f.units = f.units || f.unit != "" && f.unit != n.unit
		f.unit = n.unit
	}
}

// evidence is what the column says of a new field's kind. Where values of a
// kind contradict each other it is text.
func (f *formatFinder) evidence() evidence {
	switch {
	case f.seen&seenDate != 0 && f.clash,
		f.seen&seenNumber != 0 && (f.units || f.marks == 0 || f.marks == commaMark && !f.proven):
		return f.seen | seenText
	}
	return f.seen
}

// choose says how the column's cells are to be read. ambiguous names the
// formats between which the values do not decide, or which contradict each
// other: then somebody has to state one.
func (f *formatFinder) choose() (format cellFormat, ambiguous []string) {
	kind := f.kind
	if kind == schema.None {
		kind = f.evidence().kind()
	}
	switch kind {
	case schema.Date:
		return f.chooseDate()
	case schema.Number:
		switch {
		case f.point && f.comma:
			return cellFormat{}, []string{decimalPoint, decimalComma}
		case f.marks == commaMark:
			return cellFormat{Decimal: decimalComma}, nil
		}
	}
	return cellFormat{}, nil
}

func (f *formatFinder) chooseDate() (cellFormat, []string) {
	switch {
	case f.compact:
		return cellFormat{}, []string{dateCompact, dateMillis}
	case !f.open:
		return cellFormat{}, nil
	case f.clash:
		return cellFormat{}, (f.first | dayFirst | monthFirst).names()
	}
	names := f.orders.names()
	if len(names) > 1 {
		return cellFormat{}, names
	}
	return cellFormat{Date: names[0]}, nil
}
