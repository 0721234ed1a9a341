package service

import (
	"math"
	"strconv"
	"strings"
	"time"

	"meibo/dsl/schema"
	"meibo/index"
)

// steps are the edges of buckets without end in either direction.
type steps interface {
	// edges are those around all from low up to high: high has a place before
	// the last one only where in says so. They ascend. ok is false when there
	// are more than a facet may have.
	edges(low, high float64, in bool) (edges []float64, ok bool)
	// wider names a setting, and a value of it, with which the buckets from
	// low to high would be few enough; "" is none.
	wider(low, high float64) (name, value string)
}

// reaches reports whether an edge is the last that is needed.
func reaches(edge, high float64, in bool) bool { return edge > high || edge == high && !in }

// An interval has its edges at the multiples of a number. They are worked out
// in decimal: the third multiple of 0.1 is 0.3.
type interval struct {
	of     float64
	digits float64 // of = digits × ten^power
	power  int
}

// leastInterval is fine enough for any figure about customers, and far from
// where its decimal digits are no longer exact.
const leastInterval = 1e-9

func newInterval(of float64) interval {
	digits, power, _ := strings.Cut(strconv.FormatFloat(of, 'e', -1, 64), "e")
	i := interval{of: of}
	i.power, _ = strconv.Atoi(power)
	whole, part, _ := strings.Cut(digits, ".")
	i.power -= len(part)
	i.digits, _ = strconv.ParseFloat(whole+part, 64)
	return i
}

// multiple is the nth edge, the nearest number to it wherever n times the
// digits is a whole number below 2^53.
func (i interval) multiple(n float64) float64 {
	if i.power < 0 {
		return n * i.digits / math.Pow10(-i.power)
	}
	return n * i.digits * math.Pow10(i.power)
}

func (i interval) edges(low, high float64, in bool) ([]float64, bool) {
	if max(-low, high)/i.of > schema.MaxNumber/4 || (high-low)/i.of > 2*index.MaxFacetEdges {
		return nil, false // too fine to tell multiples apart, or far too many
	}
	n := math.Floor(low / i.of)
	for i.multiple(n) > low { // where the division was rounded
		n--
	}
	for i.multiple(n+1) <= low {
		n++
	}
	edges := []float64{i.multiple(n)}
	for len(edges) < 2 || !reaches(edges[len(edges)-1], high, in) {
		if n++; len(edges) == index.MaxFacetEdges {
			return nil, false
		}
		edges = append(edges, i.multiple(n))
	}
	return edges, true
}

// wider is the least of 1, 2, 5, 10, 20, 50 … that makes few enough.
func (i interval) wider(low, high float64) (name, value string) {
	for power := -9; power <= 15; power++ {
		for _, digit := range []string{"1", "2", "5"} {
			of, _ := strconv.ParseFloat(digit+"e"+strconv.Itoa(power), 64)
			if of <= i.of {
				continue
			}
			if _, ok := newInterval(of).edges(low, high, true); ok {
				return "interval", schema.FormatNumber(of)
			}
		}
	}
	return "interval", ""
}

// A calendarUnit is a stretch of a calendar.
type calendarUnit struct {
	name  string
	exact time.Duration // of a minute and an hour; 0: days, in calendar
	start func(day time.Time, weekStart time.Weekday) time.Time
	next  func(day time.Time) time.Time
}

// calendarUnits are the units by their names in the language. It is never
// changed.
var calendarUnits = map[string]calendarUnit{
	"min": {name: "min", exact: time.Minute},
	"h":   {name: "h", exact: time.Hour},
	"d": {name: "d", start: func(day time.Time, _ time.Weekday) time.Time { return day },
		next: func(day time.Time) time.Time { return day.AddDate(0, 0, 1) }},
	"w": {name: "w", start: func(day time.Time, weekStart time.Weekday) time.Time {
		return day.AddDate(0, 0, -int(day.Weekday()-weekStart+7)%7)
	}, next: func(day time.Time) time.Time { return day.AddDate(0, 0, 7) }},
	"mo": {name: "mo", start: func(day time.Time, _ time.Weekday) time.Time { return day.AddDate(0, 0, 1-day.Day()) },
		next: func(day time.Time) time.Time { return day.AddDate(0, 1, 0) }},
	"y": {name: "y", start: func(day time.Time, _ time.Weekday) time.Time { return day.AddDate(0, 0, 1-day.YearDay()) },
		next: func(day time.Time) time.Time { return day.AddDate(1, 0, 0) }},
}

// wideningUnits are the names of calendarUnits, the shortest first; never
// changed.
var wideningUnits = []string{"min", "h", "d", "w", "mo", "y"}

// calendarSteps have their edges where days of a zone begin, or an exact time
// after that.
type calendarSteps struct {
	unit      calendarUnit
	zone      *time.Location
	weekStart time.Weekday
}

func (c calendarSteps) edges(low, high float64, in bool) ([]float64, bool) {
	// A day may begin before the clocks show its date for good, where midnight
	// occurs twice: so the search begins a day early.
	date := time.UnixMilli(int64(math.Floor(low))).In(c.zone).AddDate(0, 0, -1)
	day := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, time.UTC)
	if c.unit.exact > 0 {
		return c.exactEdges(day, low, high, in)
	}
	day = c.unit.start(day, c.weekStart)
	edges := []float64{c.begins(day)}
	for len(edges) < 2 || !reaches(edges[len(edges)-1], high, in) {
		day = c.unit.next(day)
		switch edge := c.begins(day); {
		case edge <= low || edge == edges[len(edges)-1]: // too early, or a day that the zone left out
			edges[len(edges)-1] = edge
		case len(edges) == index.MaxFacetEdges:
			return nil, false
		default:
			edges = append(edges, edge)
		}
	}
	return edges, true
}

// begins is the first instant of a day, given as midnight UTC of its date.
func (c calendarSteps) begins(day time.Time) float64 {
	return float64(schema.Day(day.Year(), day.Month(), day.Day(), c.zone).Start)
}

// exactEdges count from the beginning of the first day on.
func (c calendarSteps) exactEdges(day time.Time, low, high float64, in bool) ([]float64, bool) {
	step := float64(c.unit.exact.Milliseconds())
	first := c.begins(day)
	for next := day.AddDate(0, 0, 1); c.begins(next) <= low; next = next.AddDate(0, 0, 1) {
		first = c.begins(next)
	}
	edges := []float64{first + math.Floor((low-first)/step)*step}
	for len(edges) < 2 || !reaches(edges[len(edges)-1], high, in) {
		if len(edges) == index.MaxFacetEdges {
			return nil, false
		}
		edges = append(edges, edges[len(edges)-1]+step)
	}
	return edges, true
}

func (c calendarSteps) wider(low, high float64) (name, value string) {
	found := false
	for _, unit := range wideningUnits {
		if !found {
			found = unit == c.unit.name
			continue
		}
		wide := c
		wide.unit = calendarUnits[unit]
		if _, ok := wide.edges(low, high, true); ok {
			return "calendar", unit
		}
	}
	return "calendar", ""
}
