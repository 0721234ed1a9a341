package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

func (q asking) question() service.Question {
	return service.Question{Filter: q.Filter, Q: q.Q, TimeZone: q.TZ, Now: q.Now}
}

// defaultRows is how many customers a table or JSON answer shows.
const defaultRows = 50

func (a *app) query(ctx context.Context, at place, c queryCommand) (err error) {
	if c.Limit != nil && *c.Limit < 0 {
		return misused("--limit は 0 以上です。", "--limit must not be negative")
	}
	r, err := a.ask(ctx, at, c.asking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if c.Count {
		answer, err := r.Count(ctx, c.question())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.stdout, answer.Total)
		return err
	}
	out := bufio.NewWriterSize(a.stdout, 64<<10)
	return errors.Join(a.answer(ctx, r, c, out), out.Flush())
}

// answer writes the customers in the format that was asked for.
func (a *app) answer(ctx context.Context, r register, c queryCommand, out *bufio.Writer) error {
	if c.IDs {
		c.Fields = []string{schema.IDField}
		return a.each(ctx, r, c, out, func(record schema.Record, _ json.RawMessage) error {
			_, err := fmt.Fprintln(out, record.ID())
			return err
		})
	}
	if c.Format == "ndjson" {
		return a.each(ctx, r, c, out, func(_ schema.Record, raw json.RawMessage) error {
			_, err := out.Write(append(raw, '\n'))
			return err
		})
	}
	fields, err := r.FieldSet(ctx)
	if err != nil {
		return err
	}
	zone := r.Zone()
	if named, err := time.LoadLocation(c.TZ); err == nil && c.TZ != "" {
		zone = named
	}
	if c.Format == "csv" {
		t := newCSVTable(out, columnsFor(c.Fields, fields), zone)
		if err := t.header(); err != nil {
			return err
		}
		return errors.Join(a.each(ctx, r, c, out, func(record schema.Record, _ json.RawMessage) error { return t.row(record) }), t.flush())
	}
	answer, err := a.collect(ctx, r, c)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return writeJSON(out, answer)
	}
	columns := columnsFor(c.Fields, fields)
	if c.Fields == nil {
		columns = usefulColumns(c.Filter, c.Sort, fields, answer.Records)
	}
	if err := writeTable(out, columns, answer.Records, zone, a.lang); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	a.tell("%s 人中 %s 人を表示", "%[2]s of %[1]s customers", grouped(answer.Total), grouped(len(answer.Records)))
	return nil
}

// errEnough ends a stream at its limit.
var errEnough = errors.New("enough rows")

// each streams the matches, all of them or the first of --limit.
func (a *app) each(ctx context.Context, r register, c queryCommand, out *bufio.Writer, yield func(schema.Record, json.RawMessage) error) error {
	if strings.Contains(c.Q, "\n") {
		none := 0
		answer, err := r.Search(ctx, service.SearchRequest{Question: c.question(), Limit: &none})
		if err != nil {
			return err
		}
		a.tellUnmatched(answer.Unmatched)
	}
	rows := 0
	err := r.Stream(ctx, c.request(), func(record schema.Record, raw json.RawMessage) error {
		if c.Limit != nil && rows == *c.Limit {
			return errEnough
		}
		rows++
		if err := yield(record, raw); err != nil || rows > 1 {
			return err
		}
		return out.Flush() // who reads sees the first row at once
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (c queryCommand) request() service.SearchRequest {
	return service.SearchRequest{Question: c.question(), Sort: c.Sort, Fields: c.Fields}
}

// collect reads the pages of an answer that is shown as a whole, all from the
// state that the first one saw.
func (a *app) collect(ctx context.Context, r register, c queryCommand) (service.SearchAnswer, error) {
	wanted := defaultRows
	if c.Limit != nil {
		wanted = *c.Limit
	}
	request := c.request()
	var all service.SearchAnswer
	for first := true; ; first = false {
		limit := min(wanted-len(all.Records), service.MaxLimit)
		request.Limit = &limit
		page, err := r.Search(ctx, request)
		if err != nil {
			return all, err
		}
		if first {
			all = page
			a.tellUnmatched(page.Unmatched)
		} else {
			all.Records = append(all.Records, page.Records...)
			all.Customers = append(all.Customers, page.Customers...)
		}
		if page.NextCursor == "" || len(page.Records) == 0 || len(all.Records) >= wanted {
			return all, nil
		}
		request.Cursor, request.Snapshot = page.NextCursor, page.Snapshot
	}
}

func (a *app) tellUnmatched(lines []string) {
	const shown = 20
	for _, line := range lines[:min(shown, len(lines))] {
		a.tell("該当なし: %s", "no customer matches: %s", line)
	}
	if len(lines) > shown {
		a.tell("ほか %d 行も該当なし", "and %d more lines", len(lines)-shown)
	}
}
