//go:build unix

package service

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// BenchmarkSegmentsOfCustomer asks for all segments of one customer: 1,000 as
// people save them, one in four with now or today, the clock a millisecond
// further each time.
func BenchmarkSegmentsOfCustomer(b *testing.B) {
	now := time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC)
	kept, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	s := New(Config{Store: kept, Clock: func() time.Time { return now }})
	defer s.Close()
	r := rand.New(rand.NewPCG(1, 1))
	_, err = kept.Update(b.Context(), func(tx *store.Tx) error {
		for i := range 1000 {
			if _, err := tx.PutSegment(store.Segment{Key: fmt.Sprint("s", i), Filter: realistic(r, i)}, 0); err != nil {
				return err
			}
		}
		_, err := tx.Put(realisticCustomer(now))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	answer, err := s.SegmentsOf(b.Context(), "c")
	if err != nil || len(answer.Segments) < 50 || len(answer.Unusable) > 0 {
		b.Fatalf("in %d segments, %d unusable, %v", len(answer.Segments), len(answer.Unusable), err)
	}
	b.ReportMetric(float64(len(s.catalog().rack.dates)), "dates")
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		now = now.Add(time.Millisecond)
		if _, err := s.SegmentsOf(b.Context(), "c"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processorTime(b)-began)/float64(b.N), "cpu-ns/op") // on a machine that does other things too
}

func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// realistic is a filter as people save them: two to five conditions, every
// fourth with a relative date of its own.
func realistic(r *rand.Rand, i int) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	filter := pick("member", "NOT unsubscribeEmail", `country = "JP"`, `tags HAS "VIP"`) + " AND " +
		pick(`profile.email ~ "@x.jp"`, `name ~ "田中"`, `web.sessionsCount > 5`, fmt.Sprintf("sessionsCount BETWEEN %d AND %d", i%10, 100+i), `profile.mobileNumber ^= "090"`) + " AND " +
		pick(fmt.Sprintf(`tags HAS ANY ("t%d", "新規", "VIP")`, i), fmt.Sprintf(`city IN ("東京", "大阪", "c%d")`, i), `mobile.appVersion >= version("2.9")`, `profile.name IS SET`)
	switch {
	case i%4 == 0:
		filter += " AND " + pick(fmt.Sprintf("lastSeenAt > now-%dd", 1+i/4), fmt.Sprintf("lastSeenAt > now-%dh", 1+i/4), fmt.Sprintf("createdAt < today-%dd", 1+i/4), "lastSeenAt >= startOf(mo)")
	case i%10 == 1 && i > 10:
		filter += fmt.Sprintf(` OR segment("s%d")`, i-1)
	}
	return filter
}

func realisticCustomer(now time.Time) schema.Record {
	return record("c", "member", schema.Bool(true), "name", schema.Text("田中 花子"), schema.EmailField, schema.Text("hanako@x.jp"),
		schema.MobileNumberField, schema.Text("090-1234-5678"), "tags", schema.Strings("VIP", "新規", "リピーター"), "city", schema.Text("東京"), "country", schema.Text("JP"),
		"sessionsCount", schema.Num(42), "web.sessionsCount", schema.Num(30), "mobile.appVersion", schema.Text("2.10.1"), "lastSeenAt", schema.At(now.UnixMilli()-3_600_000),
		"createdAt", schema.At(now.UnixMilli()-86_400_000*400), "profile.name", schema.Text("株式会社"))
}
