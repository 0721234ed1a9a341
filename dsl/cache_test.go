package dsl

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

func describeResult(c Compiled, list []Diagnostic) string {
	if c.Expr == nil {
		return codes(list)
	}
	return fmt.Sprintf("%s %+v\n%s", expr.String(c.Expr), c.Bound, codes(list))
}

// What a cache gives is what Compile gives, whatever moved in between.
func TestCacheGivesWhatCompileGives(t *testing.T) {
	base := testEnv(t)
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	more, err := base.Fields.With(schema.Field{Key: "profile.score", Kind: schema.Number})
	if err != nil {
		t.Fatal(err)
	}
	saved := map[string]Segment{"vip": {Filter: `tags HAS "VIP"`}, "recent": {Filter: "lastSeenAt > today"}, "both": {Filter: `segment("vip") AND segment("recent")`}}
	base.Segments = func(key string) (Segment, bool) { s, ok := saved[key]; return s, ok }
	filters := []string{
		"", sample, `lastSeenAt > now-30d`, `lastSeenAt = today`, `lastSeenAt > today+9h`, `lastSeenAt >= startOf(w)`, `lastSeenAt > 2026-11-23`,
		`segment("vip")`, `segment("recent")`, `segment("both") OR member`, `profile.score > 5`, `sessionCount > 5`, `lastSeenAt BETWEEN today AND 2026-11-24`,
	}
	steps := []struct {
		name   string
		change func(*Env)
	}{
		{"as at first", func(*Env) {}},
		{"again", func(*Env) {}},
		{"a moment within the millisecond", func(e *Env) { e.Now = e.Now.Add(300 * time.Microsecond) }},
		{"a millisecond later", func(e *Env) { e.Now = e.Now.Add(time.Millisecond) }},
		{"the last millisecond of the day", func(e *Env) { e.Now = time.Date(2026, 11, 23, 23, 59, 59, 999e6, e.Zone) }},
		{"the next day", func(e *Env) { e.Now = time.Date(2026, 11, 24, 0, 0, 0, 0, e.Zone) }},
		{"two days on", func(e *Env) { e.Now = e.Now.AddDate(0, 0, 2) }},
		{"back", func(e *Env) { e.Now = e.Now.AddDate(0, 0, -2) }},
		{"another zone", func(e *Env) { e.Zone = newYork }},
		{"weeks from Sunday", func(e *Env) { e.WeekStart = time.Sunday }},
		{"one field more", func(e *Env) { e.Fields = more }},
		{"a segment changed", func(*Env) { saved["vip"] = Segment{Filter: `tags HAS "Gold"`} }},
		{"a segment with a zone", func(*Env) { saved["recent"] = Segment{Filter: "lastSeenAt > today", Zone: newYork} }},
		{"midnight there", func(e *Env) { e.Now = time.Date(2026, 11, 26, 0, 0, 0, 0, newYork) }},
		{"a segment gone", func(*Env) { delete(saved, "recent") }},
		{"no segments at all", func(e *Env) { e.Segments = nil }},
	}
	cache := NewCache(100)
	env := base
	for _, step := range steps {
		step.change(&env)
		for _, filter := range filters {
			want := describeResult(Compile(filter, env))
			for range 2 {
				if got := describeResult(cache.Compile(filter, env)); got != want {
					t.Errorf("%s: %s\n got %s\nwant %s", step.name, filter, got, want)
				}
			}
		}
	}
}

// A filter is compiled once while nothing that it depends on moves.
func TestCacheRemembers(t *testing.T) {
	env := testEnv(t)
	cache := NewCache(2)
	same := func(filter string, env Env) bool {
		first, _ := cache.Compile(filter, env)
		second, _ := cache.Compile(filter, env)
		return first.Query == second.Query
	}
	for filter, remembered := range map[string]bool{
		sample: true, "": true, `lastSeenAt = yesterday`: true, `lastSeenAt > now-1d`: true, // the same now
		`segment("vip")`: true,
		listOf(2000):     false, // longer than what is kept
	} {
		if got := same(filter, env); got != remembered {
			t.Errorf("%.60s: remembered %v, want %v", filter, got, remembered)
		}
	}
	later := env
	later.Now = env.Now.Add(24 * 365 * time.Hour)
	before, _ := cache.Compile(`lastSeenAt > now-1d`, env)
	after, _ := cache.Compile(`lastSeenAt > now-1d`, later)
	if before.Query != after.Query || reflect.DeepEqual(before.Expr, after.Expr) {
		t.Error("a filter with now is parsed again, or keeps its dates")
	}
	first, _ := cache.Compile(sample, env)
	if second, _ := cache.Compile(sample, later); second.Query != first.Query {
		t.Error("a filter without dates is compiled again when time passes")
	}
	cache.Compile("member", env)
	cache.Compile("NOT member", env)
	if again, _ := cache.Compile(sample, env); again.Query == first.Query {
		t.Error("the least recently used filter did not go")
	}
	if !reflect.DeepEqual(always().and(stretch{1, 2}), stretch{1, 2}) || (stretch{1, 2}).has(time.UnixMilli(2)) {
		t.Error("a stretch ends before its end")
	}
}

// Many ask at once, at different times: each gets what Compile gives.
func TestCacheIsSharedSafely(t *testing.T) {
	env := testEnv(t)
	cache := NewCache(3)
	filters := []string{sample, `lastSeenAt > now-30d`, `lastSeenAt = today`, `segment("vip")`, `country != "JP"`, `sessionCount > 5`}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 200 {
				at := env
				at.Now = env.Now.Add(time.Duration(i/10) * time.Hour)
				filter := filters[(i+worker)%len(filters)]
				compiled, list := cache.Compile(filter, at)
				Lint(compiled, nil)
				if got, want := describeResult(compiled, list), describeResult(Compile(filter, at)); got != want {
					t.Errorf("%s at %v\n got %s\nwant %s", filter, at.Now, got, want)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkCache(b *testing.B) {
	env, cache := testEnv(b), NewCache(100)
	for b.Loop() {
		if _, list := cache.Compile(sample, env); list != nil {
			b.Fatal(list)
		}
	}
}

func BenchmarkCacheNow(b *testing.B) { // each time at another now: parsed once, checked each time
	env, cache := testEnv(b), NewCache(100)
	for b.Loop() {
		env.Now = env.Now.Add(time.Millisecond)
		if _, list := cache.Compile(`member = true AND (web.sessionsCount > 5 OR lastSeenAt > now-30d)`, env); list != nil {
			b.Fatal(list)
		}
	}
}

func BenchmarkCacheToday(b *testing.B) {
	env, cache := testEnv(b), NewCache(100)
	env.Segments = func(string) (Segment, bool) { return Segment{Filter: `tags HAS "VIP"`}, true }
	for b.Loop() {
		if _, list := cache.Compile(`lastSeenAt > today-30d AND segment("vip")`, env); list != nil {
			b.Fatal(list)
		}
	}
}
