package store

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// BenchmarkLoad writes customers of 40 fields in batches of 10,000.
func BenchmarkLoad(b *testing.B) {
	const batch = 10_000
	s := open(b, b.TempDir(), Options{})
	n := 0
	template := fortyFields("customer-000000000") // building values is not what is measured
	b.ResetTimer()
	for b.Loop() {
		_, err := s.Update(context.Background(), func(tx *Tx) error {
			for range batch {
				n++
				r := template.Clone()
				r.Set(schema.IDField, schema.Text(fmt.Sprintf("customer-%09d", n)))
				if _, err := tx.Put(r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "customers/s")
	if info, err := os.Stat(s.db.Path()); err == nil {
		b.ReportMetric(float64(info.Size())/float64(n), "file-B/customer")
	}
}

// BenchmarkWrite is one durable write among 10,000 customers.
func BenchmarkWrite(b *testing.B) {
	s := loaded(b, 10_000)
	i := 0
	b.ResetTimer()
	for b.Loop() {
		i++
		r := fortyFields(fmt.Sprintf("customer-%09d", i*7919%10_000))
		r.Set("profile.i", schema.Num(float64(i)))
		if _, err := s.Update(context.Background(), func(tx *Tx) error { _, err := tx.Put(r); return err }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriters is durable writes of one customer each, by callers that
// write at the same time, each commit for itself and in groups.
func BenchmarkWriters(b *testing.B) {
	for _, way := range []string{"alone", "grouped"} {
		for _, writers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s-%d", way, writers), func(b *testing.B) {
				s := loaded(b, 10_000)
				run := s.Update
				if way == "grouped" {
					run = s.UpdateGrouped
				}
				b.ResetTimer()
				waits := writeTogether(b, writers, run)
				b.ReportMetric(float64(len(waits))/b.Elapsed().Seconds(), "writes/s")
				slices.Sort(waits)
				b.ReportMetric(float64(waits[len(waits)/2].Microseconds()), "p50-µs")
				b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds()), "p99-µs")
			})
		}
	}
}

// writeTogether makes b.N writes in all and returns how long each took.
func writeTogether(b *testing.B, writers int, run func(context.Context, func(*Tx) error) (uint64, error)) []time.Duration {
	var next atomic.Int64
	var running sync.WaitGroup
	waits := make([]time.Duration, b.N)
	for range writers {
		running.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				r := fortyFields(fmt.Sprintf("customer-%09d", i*7919%10_000))
				r.Set("profile.i", schema.Num(float64(i)))
				start := time.Now()
				if _, err := run(b.Context(), func(tx *Tx) error { _, err := tx.Put(r); return err }); err != nil {
					b.Error(err)
				}
				waits[i-1] = time.Since(start)
			}
		})
	}
	running.Wait()
	return waits
}

// BenchmarkScan reads 100,000 customers of 40 fields.
func BenchmarkScan(b *testing.B) {
	s := loaded(b, 100_000)
	b.ResetTimer()
	for b.Loop() {
		if _, err := s.Scan(context.Background(), func(schema.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(100_000*b.N)/b.Elapsed().Seconds(), "customers/s")
}

func BenchmarkCustomer(b *testing.B) {
	s := loaded(b, 10_000)
	i := 0
	b.ResetTimer()
	b.ReportAllocs()
	for b.Loop() {
		i++
		if _, err := s.Customer(fmt.Sprintf("customer-%09d", i*7919%10_000)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRows reads a page of 50 customers out of 100,000.
func BenchmarkRows(b *testing.B) {
	s := loaded(b, 100_000)
	page := make([]string, 50)
	i := 0
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		for n := range page {
			i++
			page[n] = fmt.Sprintf("customer-%09d", i*7919%100_000)
		}
		if _, err := s.Customers(page); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRowsAgain reads the same page of 50 customers out of 100,000.
func BenchmarkRowsAgain(b *testing.B) {
	s := loaded(b, 100_000)
	page := make([]string, 50)
	for n := range page {
		page[n] = fmt.Sprintf("customer-%09d", n*7919%100_000)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, err := s.Customers(page); err != nil {
			b.Fatal(err)
		}
	}
}

func loaded(b *testing.B, customers int) *Store {
	b.Helper()
	s := open(b, b.TempDir(), Options{})
	for n := 0; n < customers; {
		update(b, s, func(tx *Tx) error {
			for range 10_000 {
				if _, err := tx.Put(fortyFields(fmt.Sprintf("customer-%09d", n))); err != nil {
					return err
				}
				n++
			}
			return nil
		})
	}
	return s
}
