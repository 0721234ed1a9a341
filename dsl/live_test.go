package dsl_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/index/indextest"
)

// edges are moments at which relative dates are easily wrong: around month
// ends, midnights and changes of the clocks in the zones of indextest, and
// where dates leave the years that there are.
func edges(t *testing.T) []time.Time {
	t.Helper()
	var list []time.Time
	for _, name := range []string{"UTC", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range []string{"2024-02-29", "2025-12-31", "2026-01-31", "2026-03-08", "2026-04-05", "2026-10-04", "2026-11-01", "2026-11-30", "2011-12-30", "9999-06-01"} {
			at, err := time.ParseInLocation(time.DateOnly, day, zone)
			if err != nil {
				t.Fatal(err)
			}
			for _, hours := range []time.Duration{0, 2, 3, 12, 24} {
				for _, off := range []time.Duration{-time.Millisecond, 0, time.Millisecond, 30 * time.Minute} {
					list = append(list, at.Add(hours*time.Hour+off))
				}
			}
		}
	}
	return list
}

// What is bound anew is what Compile gives at that moment, to the letter.
func TestALiveFilterIsTheCompiledOneAtEveryMoment(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := indextest.NewGenerator(seed)
	moments, dated, failed := edges(t), 0, 0
	for range 60 {
		env := g.FilterEnv()
		var texts []string
		for range 6 {
			texts = append(texts, dsl.Print(&dsl.Query{Root: g.Filter(env, 3)}))
		}
		texts = append(texts, `lastSeenAt IN (today, yesterday, now, 2026-11-01) OR NOT (createdAt BETWEEN startOf(mo)-1mo AND endOf(mo) AND segment("vip"))`,
			`lastSeenAt > now-1mo+2h AND createdAt NOT BETWEEN today AND 1700000000000`, `lastSeenAt < today+7973y OR segment("東京")`, ``, `segment("vip")`)
		for _, text := range texts {
			live, list, ok := dsl.CompileLive(text, env)
			if _, want := dsl.Compile(text, env); dsl.HasErrors(list) != dsl.HasErrors(want) || ok == dsl.HasErrors(list) {
				t.Fatalf("seed %d: %s: %v %v", seed, text, ok, list)
			}
			if !ok {
				continue
			}
			if live.Expr == nil {
				dated++
			}
			for _, i := range g.Perm(len(moments))[:20] {
				at := env
				at.Now = moments[i]
				want, list := dsl.Compile(text, at)
				got, ok := live.At(at.Now)
				if ok == dsl.HasErrors(list) {
					t.Fatalf("seed %d: %s at %v: %v, Compile says %v", seed, text, at.Now, ok, list)
				}
				if !ok {
					failed++
					continue
				}
				if diff := cmp.Diff(want.Expr, got); diff != "" {
					t.Fatalf("seed %d: %s at %v in %v\n%s", seed, text, at.Now, at.Zone, diff)
				}
			}
		}
	}
	if dated < 100 || failed < 5 {
		t.Errorf("seed %d: only %d filters depend on now, %d moments are out of range", seed, dated, failed)
	}
}

// For as long as a date says that it holds it is the same.
func TestALiveDateSaysHowLongItHolds(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := indextest.NewGenerator(seed)
	env := g.FilterEnv()
	for _, zone := range []string{"UTC", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"} {
		env.Zone, _ = time.LoadLocation(zone)
		for _, text := range []string{`lastSeenAt > now`, `lastSeenAt > today`, `lastSeenAt BETWEEN startOf(mo) AND now+1d`, `lastSeenAt != yesterday-1mo`} {
			live, _, ok := dsl.CompileLive(text, env)
			if !ok || live.Join != dsl.JoinDate {
				t.Fatalf("%s: %+v", text, live)
			}
			for _, now := range edges(t)[:180] {
				e, from, until, ok := live.Date.At(now)
				at := now.UnixMilli()
				if !ok || at < from || at >= until {
					t.Fatalf("%s at %v: %v, from %d until %d", text, now, ok, from, until)
				}
				for _, other := range []int64{from, until - 1, from + g.Int64N(until-from)} {
					again, _, _, _ := live.Date.At(time.UnixMilli(other))
					if diff := cmp.Diff(expr.Simplify(e), expr.Simplify(again)); diff != "" {
						t.Fatalf("%s at %v and %v\n%s", text, now, time.UnixMilli(other), diff)
					}
				}
			}
		}
	}
}

// Conditions with one key mean the same; those in other zones have another.
func TestLiveDatesAreKnownByTheirKey(t *testing.T) {
	env := indextest.NewGenerator(1).FilterEnv()
	tokyo, _ := time.LoadLocation("Asia/Tokyo")
	env.Zone = time.UTC
	env.Segments = func(key string) (dsl.Segment, bool) {
		return dsl.Segment{Filter: `lastSeenAt>today`, Zone: map[string]*time.Location{"t": tokyo}[key]}, true
	}
	live, list, ok := dsl.CompileLive(`lastSeenAt > today AND segment("u") AND segment("t") AND lastSeenAt >= today`, env)
	if !ok || len(live.Parts) != 4 {
		t.Fatalf("%+v %v", live, list)
	}
	var keys []string
	for _, part := range live.Parts {
		keys = append(keys, part.Date.Key())
	}
	if keys[0] != keys[1] || keys[0] == keys[2] || slices.Contains(keys[:3], keys[3]) {
		t.Errorf("%q", keys)
	}
}
