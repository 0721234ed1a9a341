package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

func (c *customerShow) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var raw json.RawMessage
		header, err := a.read(ctx, d, c.ID, "", &raw)
		if err != nil {
			return err
		}
		if err := a.showCustomer(ctx, d, raw, raw, c.Format); err != nil {
			return err
		}
		a.tell("ETag: %s", "ETag: %s", header.Get("ETag"))
		return nil
	})
}

// write changes a customer and shows what it is then, with every warning.
func (a *app) write(ctx context.Context, d *desk, method, path string, header http.Header, body json.RawMessage, format string) error {
	var sent any // a nil json.RawMessage would be sent as null
	if body != nil {
		sent = body
	}
	var raw json.RawMessage
	answered, err := d.exchange(ctx, method, path, header, sent, &raw)
	if err != nil {
		return a.merged(err)
	}
	var answer service.EditAnswer
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if err := a.showCustomer(ctx, d, answer.Customer, raw, format); err != nil {
		return err
	}
	for _, w := range answer.Warnings {
		a.tell("注意: %s", "warning: %s", named(w.Field, a.words(w.Message)))
	}
	a.tell("%s（seq %d、ETag %s）", "%s, seq %d, ETag %s", a.words(actionWords(answer.Status)), answer.Seq, answered.Get("ETag"))
	return nil
}

// actionWords say what was done.
func actionWords(action string) schema.Words {
	words := map[string]schema.Words{
		service.Created: {JA: "作成", EN: "created"}, service.Updated: {JA: "変更", EN: "updated"}, service.Unchanged: {JA: "変更なし", EN: "unchanged"},
		service.Deleted: {JA: "削除", EN: "deleted"}, service.Restored: {JA: "復元", EN: "restored"},
	}
	if w, ok := words[action]; ok {
		return w
	}
	return schema.Words{JA: action, EN: action}
}

// zoneOf is the workspace's, in which people read dates.
func (d *desk) zoneOf(ctx context.Context) *time.Location {
	if d.workspace != nil {
		return d.workspace.store.Settings().Zone
	}
	var settings service.Settings
	if err := d.do(ctx, http.MethodGet, "/v1/settings", nil, &settings); err == nil {
		if zone, err := time.LoadLocation(settings.Zone); err == nil {
			return zone
		}
	}
	return d.Zone()
}

// showCustomer prints the document as it came, or the customer as a table of
// label, value and key in the fields' order.
func (a *app) showCustomer(ctx context.Context, d *desk, customer, document json.RawMessage, format string) error {
	if format == "json" {
		return a.printJSON(document)
	}
	fields, err := d.FieldSet(ctx)
	if err != nil {
		return err
	}
	record, err := d.record(ctx, customer)
	if err != nil {
		return err
	}
	zone := d.zoneOf(ctx)
	var rows [][3]string
	for f := range fields.All() {
		if v := record.Get(f.Key); !v.IsMissing() {
			rows = append(rows, [3]string{a.label(f), visible(display(v, zone, a.lang)), f.Key})
		}
	}
	return a.printRows(rows)
}

// label is a field's name for people, its key where it has none.
func (a *app) label(f schema.Field) string {
	if label := a.words(f.Labels); label != "" {
		return label
	}
	return f.Key
}

// printRows aligns three columns. A value is shown whole: a long one pushes
// its key to the right.
func (a *app) printRows(rows [][3]string) error {
	width := terminal()
	var widest [2]int
	for _, row := range rows {
		widest[0] = max(widest[0], width.StringWidth(row[0]))
		widest[1] = max(widest[1], min(width.StringWidth(row[1]), maxCellWidth))
	}
	var b strings.Builder
	for _, row := range rows {
		for i, most := range widest {
			b.WriteString(row[i])
			b.WriteString(strings.Repeat(" ", max(most-width.StringWidth(row[i]), 0)+2))
		}
		b.WriteString(row[2] + "\n")
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
