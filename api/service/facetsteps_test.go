package service

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"meibo/index"
)

// holdEdges holds that edges ascend, and lie just around what they are for.
func holdEdges(t *testing.T, edges []float64, low, high float64, in bool) {
	t.Helper()
	n := len(edges)
	if n < 2 || n > index.MaxFacetEdges || edges[0] > low || edges[1] <= low || reaches(edges[n-2], high, in) && n > 2 || !reaches(edges[n-1], high, in) {
		t.Fatalf("from %v to %v (in: %v): %v", low, high, in, edges)
	}
	for i := range n - 1 {
		if edges[i] >= edges[i+1] {
			t.Fatalf("edges %v and %v", edges[i], edges[i+1])
		}
	}
}

func TestIntervalsHaveTheirEdgesAtDecimalMultiples(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	for range 2000 {
		i := newInterval([]float64{0.1, 0.25, 1, 5, 0.001, 1e-9, 30, 1e6, 0.3}[r.IntN(9)])
		low := float64(r.IntN(2000)-1000) * i.of
		if r.IntN(2) == 0 {
			low += r.Float64() * i.of
		}
		high := low + float64(r.IntN(1990))*i.of*r.Float64()
		in := high == low || r.IntN(2) == 0
		edges, ok := i.edges(low, high, in)
		if !ok {
			t.Fatalf("interval %v from %v to %v: too many", i.of, low, high)
		}
		holdEdges(t, edges, low, high, in)
		for _, e := range edges {
			n := math.Round(e / i.of)
			if exact, _ := strconv.ParseFloat(strconv.FormatFloat(n*i.digits, 'f', 0, 64)+"e"+strconv.Itoa(i.power), 64); e != exact {
				t.Fatalf("interval %v has an edge at %v, want %v", i.of, e, exact)
			}
		}
	}
}

func TestIntervalsAreNeverTooMany(t *testing.T) {
	for _, of := range []float64{1e-9, 0.1, 1} {
		for _, high := range []float64{1e5, 1 << 53} {
			i := newInterval(of)
			if edges, ok := i.edges(-high, high, true); ok {
				t.Errorf("%d edges for %v to %v", len(edges), of, high)
			}
			_, wider := i.wider(-high, high)
			n, err := strconv.ParseFloat(wider, 64)
			if err != nil {
				t.Fatalf("%v to %v: wider is %q", of, high, wider)
			}
			edges, ok := newInterval(n).edges(-high, high, true)
			if !ok || len(edges) < 500 {
				t.Errorf("%v to %v: %s makes %d edges", of, high, wider, len(edges))
			}
		}
	}
}

// In every zone that changes its clocks in its own way, each unit's edges are
// where its days begin, and what lies between them is found.
func TestCalendarStepsGoAroundEveryInstant(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	for _, name := range []string{"Asia/Tokyo", "America/New_York", "Pacific/Apia", "America/Havana", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			c := calendarSteps{unit: calendarUnits[wideningUnits[r.IntN(len(wideningUnits))]], zone: zone, weekStart: time.Weekday(r.IntN(7))}
			low := float64(r.Int64N(2_000_000_000_000))
			length := map[string]float64{"min": 60e3, "h": 3600e3, "d": 86400e3, "w": 7 * 86400e3, "mo": 28 * 86400e3, "y": 365 * 86400e3}[c.unit.name]
			high := low + math.Floor(r.Float64()*30*length)
			edges, ok := c.edges(low, high, true)
			if !ok {
				t.Fatalf("%s in %s from %v to %v: too many", c.unit.name, name, low, high)
			}
			holdEdges(t, edges, low, high, true)
			for _, e := range edges {
				if day := time.UnixMilli(int64(e)).In(zone); c.unit.exact == 0 && c.begins(time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)) != e {
					t.Fatalf("%s in %s: %v does not begin a day", c.unit.name, name, day)
				}
			}
			if again, _ := c.edges(edges[0], edges[len(edges)-1], false); !slices.Equal(again, edges) {
				t.Fatalf("%s in %s: from edge to edge %v, want %v", c.unit.name, name, again, edges)
			}
		}
	}
}
