package main

import (
	"io"
	"time"

	"meibo/api/table"
	"meibo/dsl/schema"
)

func (a *app) demo(c demoCommand) error {
	now := a.clock().UTC().Truncate(24 * time.Hour)
	if c.Now != "" {
		span, ok := schema.ParseDate(c.Now, time.UTC)
		if !ok {
			return misused("--now は 2026-11-23T00:00:00Z のように書いてください。", "--now has the form 2026-11-23T00:00:00Z, not %q", c.Now)
		}
		now = time.UnixMilli(span.Start)
	}
	return newDemoCustomers(c.Seed, now).writeTo(a.stdout, c.Customers)
}

// source is customers 0 to n-1 as a file to import.
func (d *demoCustomers) source(n uint64) table.Source {
	return table.Source{Name: "demo.ndjson", Open: func() (io.ReadCloser, error) {
		return &demoReader{customers: d, n: n}, nil
	}}
}

// demoReader makes customers as they are read.
type demoReader struct {
	customers *demoCustomers
	i, n      uint64
	line      []byte // of the current customer
	rest      []byte // of the line, unread
}

func (r *demoReader) Read(p []byte) (int, error) {
	read := 0
	for read < len(p) {
		if len(r.rest) == 0 {
			if r.i == r.n {
				break
			}
			r.line = r.customers.appendCustomer(r.line[:0], r.i)
			r.rest = r.line
			r.i++
		}
		n := copy(p[read:], r.rest)
		r.rest = r.rest[n:]
		read += n
	}
	if read == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return read, nil
}

func (r *demoReader) Close() error { return nil }
