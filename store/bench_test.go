package store

import (
	"context"
	"fmt"
	"os"
	"testing"

	"meibo/dsl/schema"
)

// BenchmarkLoad writes customers of 40 fields in batches of 1,000.
func BenchmarkLoad(b *testing.B) {
	const batch = 1000
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
