package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"meibo/dsl/schema"
)

const (
	batchSize = 10_000  // customers, as meibo's own import writes them
	longLine  = 1 << 20 // bytes; a customer has 64 KiB at most
)

// newFields are the fields of a workspace that is new.
func newFields() (*schema.Fields, error) {
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		return nil, fmt.Errorf("the initial fields: %w", err)
	}
	return fields, nil
}

// eachBatch reads a file of customers and hands them on in batches, which the
// receiver may keep. most bounds the customers; 0: all of them.
func eachBatch(ctx context.Context, name string, most int, fields *schema.Fields, take func([]schema.Record) error) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read customers: %w", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longLine)
	var batch []schema.Record
	number, read := 0, 0
	for (most == 0 || read < most) && lines.Scan() {
		number++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		r, err := parseRecord(text, fields)
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", name, number, err)
		}
		read++
		if batch = append(batch, r); len(batch) == batchSize {
			if err := take(batch); err != nil {
				return err
			}
			batch = nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s, after line %d: %w", name, number, err)
	}
	if len(batch) == 0 {
		return nil
	}
	return take(batch)
}

// parseRecord reads one line. Unlike an import, it refuses a field that is not
// among the initial ones, and a customer without what all results are ordered
// by, which the peers' schemas rely on.
func parseRecord(text []byte, fields *schema.Fields) (schema.Record, error) {
	members, err := schema.ParseCustomer(text)
	if err != nil {
		return schema.Record{}, err
	}
	var r schema.Record
	for _, m := range members {
		if m.Empty() { // a group without values
			continue
		}
		field, ok := fields.Lookup(m.Key)
		if !ok {
			return r, fmt.Errorf("there is no field %s; only those of a new workspace are compared", m.Key)
		}
		v, fault := schema.Coerce(field, m.Raw, time.UTC)
		if fault != nil {
			return r, fault
		}
		r.Set(m.Key, v)
	}
	for _, key := range []string{schema.IDField, schema.LastSeenField} {
		if r.Get(key).IsMissing() {
			return r, fmt.Errorf("the customer has no %s", key)
		}
	}
	return r, nil
}
