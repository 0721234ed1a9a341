package service

import (
	"fmt"
	"strings"
	"time"
)

// A dateOrder is a set of orders in which the three numbers of a date can be
// read so that the day exists.
type dateOrder uint8

const (
	yearFirst dateOrder = 1 << iota
	dayFirst
	monthFirst
)

// orderOf is the order that a format means; year first for the zero format,
// which does not read years of two digits.
func orderOf(format string) dateOrder {
	switch format {
	case dateYearFirst:
		return yearFirst
	case dateDayFirst:
		return dayFirst
	case dateMonthFirst:
		return monthFirst
	}
	return 0
}

// names are the formats of a set of orders.
func (o dateOrder) names() []string {
	var names []string
	for _, name := range []string{dateYearFirst, dateDayFirst, dateMonthFirst} {
		if o&orderOf(name) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// A writtenDate is a cell understood as a date, the order of its numbers still
// open unless sure.
type writtenDate struct {
	numbers [3]int
	short   bool // the year has two digits
	sure    bool // a year of four digits or an era comes first
	orders  dateOrder
	clock   string // as ISO 8601 has it, with its T and offset; "" for a day
}

// A calendarDay is a date in one order.
type calendarDay struct {
	year, month, day int
	clock            string
}

func (d calendarDay) iso() string {
	return fmt.Sprintf("%04d-%02d-%02d%s", d.year, d.month, d.day, d.clock)
}

func (d calendarDay) exists() bool {
	return d.year > 0 && d.year < 10_000 && d.month >= 1 && d.month <= 12 && d.day >= 1 &&
		d.day <= time.Date(d.year, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// in reads the numbers in one order. Years of two digits are those from 1969
// to 2068, as in POSIX.
func (w writtenDate) in(order dateOrder) calendarDay {
	n, d := w.numbers, calendarDay{clock: w.clock}
	switch order {
	case dayFirst:
		d.day, d.month, d.year = n[0], n[1], n[2]
	case monthFirst:
		d.month, d.day, d.year = n[0], n[1], n[2]
	default:
		d.year, d.month, d.day = n[0], n[1], n[2]
	}
	switch {
	case w.short && d.year < 69:
		d.year += 2000
	case w.short:
		d.year += 1900
	}
	return d
}

// isISO reports whether a cell begins as an ISO 8601 date does.
func isISO(cell string) bool { return len(cell) >= 10 && cell[4] == '-' && cell[7] == '-' }

// compactDate reads eight digits that are a day from 1900 to 2100.
func compactDate(folded string) (calendarDay, bool) {
	if len(folded) != 8 || strings.Trim(folded, "0123456789") != "" {
		return calendarDay{}, false
	}
	number := func(digits string) int { n, _ := leadingNumber(digits); return n }
	d := calendarDay{year: number(folded[:4]), month: number(folded[4:6]), day: number(folded[6:])}
	return d, d.exists() && d.year >= 1900 && d.year <= 2100
}

// readDate reads a folded cell as a date with separators, in kanji or of an
// era, with or without a time.
func readDate(folded string) (writtenDate, bool) {
	if era, rest, ok := cutEra(folded); ok {
		return readEraDate(era, rest)
	}
	var w writtenDate
	var separator string
	var lengths [3]int
	rest := folded
	for i := range w.numbers {
		n, length := leadingNumber(rest)
		if length == 0 || length > 4 || length == 3 {
			return w, false
		}
		w.numbers[i], lengths[i], rest = n, length, rest[length:]
		next := ""
		if i < 2 || separator == "年" {
			if next, rest = cutSeparator(rest); next == "" {
				return w, false
			}
		}
		switch {
		case i == 0:
			separator = next
		case separator == "年":
			if next != []string{"年", "月", "日"}[i] {
				return w, false
			}
		case i == 1 && next != separator:
			return w, false
		}
	}
	clock, ok := readClock(rest, separator == "年")
	if !ok || lengths[1] > 2 || lengths[0] > 2 && lengths[2] > 2 || separator == "月" || separator == "日" {
		return w, false
	}
	w.clock = clock
	w.sure = lengths[0] == 4
	w.short = lengths[0] < 4 && lengths[2] < 4
	if w.short && (separator == "年" || lengths[0] != 2 && lengths[2] != 2) {
		return w, false
	}
	w.orders = w.possible(lengths[0], lengths[2], separator)
	return w, w.orders != 0
}

// possible are the orders in which the day exists. A year stands where its
// digits are. With points it is the day that comes first, wherever people
// write so; the month only where the day cannot be.
func (w writtenDate) possible(first, last int, separator string) dateOrder {
	var orders dateOrder
	for _, o := range []dateOrder{yearFirst, dayFirst, monthFirst} {
		year := last
		if o == yearFirst {
			year = first
		}
		if (year == 4 || w.short && year == 2) && w.in(o).exists() {
			orders |= o
		}
	}
	if separator == "." && last == 4 && orders&dayFirst != 0 {
		return dayFirst
	}
	return orders
}

// cutSeparator takes what stands behind a number of a date.
func cutSeparator(s string) (separator, rest string) {
	for _, separator := range []string{"/", "-", ".", "年", "月", "日"} {
		if rest, ok := strings.CutPrefix(s, separator); ok {
			return separator, strings.TrimPrefix(rest, " ")
		}
	}
	return "", s
}

// An era gives the year before its first and the day that it began, and is
// written with its name or a letter.
type era struct {
	name, letter string
	before       int
	began        calendarDay
}

// cutEra takes an era's name from the beginning. Meiji dates count from 1873,
// when Japan took the calendar of today.
func cutEra(folded string) (era, string, bool) {
	if folded == "" || folded[0] >= '0' && folded[0] <= '9' {
		return era{}, folded, false
	}
	for _, e := range [...]era{
		{"令和", "r", 2018, calendarDay{year: 2019, month: 5, day: 1}},
		{"平成", "h", 1988, calendarDay{year: 1989, month: 1, day: 8}},
		{"昭和", "s", 1925, calendarDay{year: 1926, month: 12, day: 25}},
		{"大正", "t", 1911, calendarDay{year: 1912, month: 7, day: 30}},
		{"明治", "m", 1867, calendarDay{year: 1873, month: 1, day: 1}},
	} {
		for _, name := range []string{e.name, e.letter} {
			if rest, ok := strings.CutPrefix(folded, name); ok {
				return e, strings.TrimPrefix(rest, " "), true
			}
		}
	}
	return era{}, folded, false
}

// readEraDate reads 8年11月23日, 8.11.23 and 元年5月1日 of an era. A year behind
// its end (平成33年) is counted on, as forms printed before it do.
func readEraDate(e era, rest string) (writtenDate, bool) {
	if first, ok := strings.CutPrefix(rest, "元"); ok {
		rest = "1" + first
	}
	year, length := leadingNumber(rest)
	if length == 0 || length > 2 || year == 0 {
		return writtenDate{}, false
	}
	w, ok := readDate(fmt.Sprintf("%04d%s", e.before+year, rest[length:]))
	if !ok || !w.sure {
		return writtenDate{}, false
	}
	d := w.in(yearFirst)
	d.clock = ""
	return w, d.iso() >= e.began.iso()
}

func leadingNumber(s string) (n, length int) {
	for length < len(s) && length < 9 && s[length] >= '0' && s[length] <= '9' {
		n = n*10 + int(s[length]-'0')
		length++
	}
	return n, length
}
