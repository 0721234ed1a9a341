package service

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"meibo/store"
)

// waysCustomers are enough for their pages not to be the same ones again.
const waysCustomers = 20_000

// waysBench is a register of customers "c0" to "c19999", and an owner's service.
func waysBench(b *testing.B) *Service {
	b.Helper()
	kept, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s := New(Config{Store: kept})
	b.Cleanup(func() {
		s.Close()
		if err := kept.Close(); err != nil {
			b.Error(err)
		}
	})
	for from := 0; from < waysCustomers; from += MaxBatch {
		if _, err := s.Batch(b.Context(), batchOf(from, MaxBatch, `"profile":{"name":"田中 花子","email":"hana@x.jp","utmSource":"mail"},"tags":["VIP"]`)); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// batchOf is a batch of n customers from a number on, who all have the members.
func batchOf(from, n int, members string) BatchRequest {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, `{"id":"c%d",%s}`+"\n", (from+i)%waysCustomers, members)
	}
	return BatchRequest{Body: []byte(lines.String()), Lines: true, Policy: PeoplePolicy()}
}

// What a durable write costs by each way in: with its history, month and
// stamps. Parallel ones share commits, as those of a busy server do.
func BenchmarkWaysIn(b *testing.B) {
	s := waysBench(b)
	someone := func() string { return fmt.Sprint("c", rand.IntN(waysCustomers)) }
	for name, write := range map[string]func() error{
		"touch": func() error {
			_, err := s.Touch(b.Context(), TouchRequest{ID: someone(), Body: []byte(`{"platform":"web"}`)})
			return err
		},
		"boot": func() error {
			_, err := s.Boot(b.Context(), fmt.Appendf(nil, `{"memberId":"m%d","platform":"web","name":"田中"}`, rand.IntN(waysCustomers)))
			return err
		},
		"patch": func() error {
			_, err := s.Patch(b.Context(), EditRequest{ID: someone(), Body: fmt.Appendf(nil, `{"profile":{"description":"%d"}}`, rand.Int()), Policy: PeoplePolicy()})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := write(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
	b.Run("batch of 1000", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := s.Batch(b.Context(), batchOf(i*1000, 1000, fmt.Sprintf(`"profile":{"description":"%d"}`, i))); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "customers/s")
	})
}
