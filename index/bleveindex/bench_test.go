package bleveindex

import (
	"context"
	"math"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// benchCustomers is the size of the benchmarks' register, 20,000 unless
// MEIBO_BENCH_CUSTOMERS says otherwise.
func benchCustomers(b *testing.B) int {
	b.Helper()
	text := os.Getenv("MEIBO_BENCH_CUSTOMERS")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// benchBatch is the size of the batches of a load.
const benchBatch = 10_000

// load applies n customers in batches, and tells how long Apply took.
func load(t testing.TB, backend index.Backend, c *crowd, n int) time.Duration {
	t.Helper()
	var took time.Duration
	fields := crowdFields(t)
	for seq := 1; n > 0; seq++ {
		batch := index.Batch{Position: index.Position{Epoch: "e", Seq: uint64(seq)}, Fields: fields, Upserts: c.people(min(n, benchBatch))}
		n -= len(batch.Upserts)
		start := time.Now()
		if err := backend.Apply(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
		took += time.Since(start)
	}
	return took
}

func openBench(b *testing.B) index.Backend {
	b.Helper()
	backend, err := Open(b.TempDir(), Options{Warm: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = backend.Close() })
	return backend
}

// settled waits until the columns that questions wanted are decoded.
func settled(backend index.Backend) {
	for backend.(*Backend).warmer.waiting() > 0 {
		time.Sleep(time.Millisecond)
	}
}

// processorTime is what the process has used so far: on a busy machine it
// tells more than the clock.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkLoad(b *testing.B) {
	n := benchCustomers(b)
	var took time.Duration
	used, segments := processorTime(b), 0
	for range b.N {
		backend := openBench(b)
		took += load(b, backend, newCrowd(1), n)
		segments += len(backend.(*Backend).view.segments)
	}
	b.ReportMetric(float64(segments)/float64(b.N), "segments")
	b.ReportMetric(float64((processorTime(b)-used).Microseconds())/float64(n*b.N), "cpu-µs/customer")
	b.ReportMetric(float64(n)*float64(b.N)/took.Seconds(), "customers/s")
}

// BenchmarkOpen opens an index whose files the system has in memory.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	backend, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	load(b, backend, newCrowd(1), benchCustomers(b))
	for b.Loop() {
		if err := backend.Close(); err != nil {
			b.Fatal(err)
		}
		if backend, err = Open(dir, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	if err := backend.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkTail is one write, visible to the next search, and on disk a little
// later.
func BenchmarkTail(b *testing.B) {
	backend := openBench(b)
	c := newCrowd(1)
	load(b, backend, c, benchCustomers(b))
	fields := crowdFields(b)
	used, segments := processorTime(b), 0
	b.ResetTimer()
	for i := range b.N {
		batch := index.Batch{Position: index.Position{Epoch: "e", Seq: uint64(1000 + i)}, Fields: fields, Upserts: c.people(1)}
		if err := backend.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		segments += len(backend.(*Backend).view.segments)
	}
	b.ReportMetric(float64((processorTime(b)-used).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(segments)/float64(b.N), "segments")
}

const day = 24 * 3600 * 1000

func since(field string, millis float64) expr.Expr {
	return expr.Range{Field: field, Kind: schema.Date, Min: millis, Max: math.Inf(1)}
}

func moreThan(field string, n float64) expr.Expr {
	return expr.Range{Field: field, Kind: schema.Number, Min: n, MinOpen: true, Max: math.Inf(1)}
}

func contains(field, needle string) expr.Expr {
	return expr.Text{Field: field, Kind: schema.String, Match: expr.Contains, Needles: []string{schema.Fold(needle)}}
}

func has(field, element string) expr.Expr {
	return expr.Text{Field: field, Kind: schema.List, Needles: []string{schema.Fold(element)}}
}

// questions are those for which the design has figures.
func questions() map[string]index.Query {
	latest := []index.SortKey{{Field: schema.LastSeenField, Kind: schema.Date, Desc: true}}
	members := expr.Boolean{Field: "member", Value: true}
	active := moreThan("web.sessionsCount", 5)
	email := contains("profile.email", "@x.jp")
	countries := expr.Text{Field: "country", Kind: schema.String, Needles: []string{"kr", "us"}}
	where := map[string]expr.Expr{
		"member":     members,
		"sessions":   active,
		"recent":     since(schema.LastSeenField, crowdNow-30*day),
		"email":      email,
		"mixed":      expr.And{Of: []expr.Expr{members, expr.Or{Of: []expr.Expr{active, email}}}},
		"tagged":     expr.And{Of: []expr.Expr{has("tags", "VIP"), expr.Not{Of: expr.Boolean{Field: "unsubscribeEmail", Value: true}}, since(schema.LastSeenField, crowdNow-90*day)}},
		"everyone":   expr.Everyone(),
		"name":       contains("name", "田中"),
		"unset":      expr.Not{Of: expr.Present{Field: "profile.email"}},
		"quick":      expr.Quick{Terms: []string{"tanaka12"}, Region: "JP"},
		"quickPhone": expr.Quick{Terms: []string{"090-1234"}, Region: "JP"},
	}
	list := map[string]index.Query{}
	for name, e := range where {
		list[name] = index.Query{Where: e, Sort: latest, Limit: 50}
	}
	list["byNumber"] = index.Query{
		Where: expr.And{Of: []expr.Expr{expr.Range{Field: "web.sessionsCount", Kind: schema.Number, Min: 5, Max: 20}, countries}},
		Sort:  []index.SortKey{{Field: "web.sessionsCount", Kind: schema.Number}}, Limit: 50,
	}
	list["byName"] = index.Query{Where: expr.Everyone(), Sort: []index.SortKey{{Field: "name", Kind: schema.String}}, Limit: 50}
	list["deep"] = index.Query{Where: expr.Everyone(), Sort: latest, Limit: 50, Offset: math.MaxInt32}
	return list
}

func BenchmarkSearch(b *testing.B) {
	backend := openBench(b)
	n := benchCustomers(b)
	load(b, backend, newCrowd(1), n)
	ctx := context.Background()
	s, err := backend.Snapshot(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Release()
	b.Logf("%d segments", len(s.(*snapshot).segments))
	for name, q := range questions() {
		if name == "deep" {
			q.Offset = n / 2
		}
		start := time.Now()
		if _, err := s.Search(ctx, q); err != nil { // decodes the columns
			b.Fatal(err)
		}
		first := time.Since(start)
		settled(backend)
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if _, err := s.Search(ctx, q); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(first.Microseconds())/1000, "ms-first")
		})
	}
	b.Logf("%d MB of columns", backend.(*Backend).columns.used>>20)
	b.Run("contains", func(b *testing.B) {
		page, err := s.Search(ctx, index.Query{Where: expr.Everyone(), Limit: 1, Offset: n / 3})
		if err != nil {
			b.Fatal(err)
		}
		e := questions()["mixed"].Where
		for range b.N {
			if _, err := s.Contains(ctx, e, page.Hits[0].ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ids", func(b *testing.B) {
		for range b.N {
			if err := s.IDs(ctx, questions()["member"].Where, func(string) bool { return true }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkValues asks for values as completion does, of a register of which a
// tenth of the customers have changed since they were loaded.
func BenchmarkValues(b *testing.B) {
	backend := openBench(b)
	n := benchCustomers(b)
	c := newCrowd(1)
	fields := crowdFields(b)
	load(b, backend, c, n)
	changed := changedPeople(b, backend, n/10)
	for seq := 0; len(changed) > 0; seq++ {
		part := changed[:min(len(changed), 500)]
		changed = changed[len(part):]
		batch := index.Batch{Position: index.Position{Epoch: "e", Seq: uint64(1_000_000 + seq)}, Fields: fields, Upserts: part}
		if err := backend.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	s, err := backend.Snapshot(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Release()
	b.Logf("%d segments", len(s.(*snapshot).segments))
	for name, q := range map[string]index.ValuesQuery{
		"city":        {Field: "city", Kind: schema.String},
		"country":     {Field: "country", Kind: schema.String},
		"tags":        {Field: schema.TagsField, Kind: schema.List},
		"sessions":    {Field: "sessionsCount", Kind: schema.Number},
		"campaign":    {Field: "profile.utmCampaign", Kind: schema.String},
		"email":       {Field: schema.EmailField, Kind: schema.String},
		"emailPrefix": {Field: schema.EmailField, Kind: schema.String, Prefix: "tanaka12"},
		"phonePrefix": {Field: schema.MobileNumberField, Kind: schema.String, Prefix: "090-1"},
		"id":          {Field: schema.IDField, Kind: schema.String},
	} {
		q.Limit = 20
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if _, err := s.Values(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// changedPeople gives new values to customers of an index.
func changedPeople(b *testing.B, backend index.Backend, n int) []schema.Record {
	b.Helper()
	s, err := backend.Snapshot(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Release()
	people := newCrowd(2).people(n)
	i := 0
	err = s.IDs(context.Background(), expr.Everyone(), func(id string) bool {
		people[i].Set(schema.IDField, schema.Text(id))
		i++
		return i < n
	})
	if err != nil || i < n {
		b.Fatalf("%d ids: %v", i, err)
	}
	return people
}

// BenchmarkFind looks for needles in a column of 100,000 e-mails and one of as
// many phone numbers.
func BenchmarkFind(b *testing.B) {
	c := newCrowd(1)
	emails, phones := newTextColumn(0), newTextColumn(0)
	for range 100_000 {
		r := c.person()
		for key, col := range map[string]*textColumn{schema.EmailField: emails, schema.MobileNumberField: phones} {
			if err := col.add([]byte(schema.Fold(r.Get(key).Text()))); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		col    *textColumn
		needle string
	}{{emails, "@x.jp"}, {emails, "tanaka12"}, {emails, "e"}, {emails, "example"}, {emails, "zz"}, {phones, "0901234"}, {phones, "090-1234"}, {phones, "1234"}, {phones, "7"}} {
		col := test.col.finish()
		b.Run(test.needle, func(b *testing.B) {
			for range b.N {
				findTexts(col, []byte(test.needle), newBitset(col.texts()))
			}
		})
	}
}
