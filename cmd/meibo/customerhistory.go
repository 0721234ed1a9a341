package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

type customerHistory struct {
	customerArg
	Limit  int    `default:"50" placeholder:"N" help:"customer_limit"`
	Cursor string `placeholder:"CURSOR" help:"customer_cursor"`
	Format string `enum:"table,json" default:"table" help:"customer_format"`
}

func (c *customerHistory) run(ctx context.Context, a *app, at place) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Cursor != "" {
		query.Set("cursor", c.Cursor)
	}
	return a.withDesk(at, func(d *desk) error {
		var raw json.RawMessage
		if _, err := a.read(ctx, d, c.ID, "/history?"+query.Encode(), &raw); err != nil {
			return err
		}
		if c.Format == "json" {
			return a.printJSON(raw)
		}
		var answer service.HistoryAnswer
		if err := json.Unmarshal(raw, &answer); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		return a.showHistory(ctx, d, answer)
	})
}

func (a *app) showHistory(ctx context.Context, d *desk, answer service.HistoryAnswer) error {
	fields, err := d.FieldSet(ctx)
	if err != nil {
		return err
	}
	zone := d.zoneOf(ctx)
	var b strings.Builder
	for _, e := range answer.Entries {
		fmt.Fprintf(&b, "%s  %s  %s\n", minuteOf(e.At, zone), a.doing(e), visible(a.who(e)))
		for _, c := range e.Changes {
			f, ok := fields.Lookup(c.Field)
			if !ok {
				continue // deleted this moment
			}
			fmt.Fprintf(&b, "  %s (%s): %s → %s\n", a.label(f), f.Key, a.shownValue(f, c.Before, zone), a.shownValue(f, c.After, zone))
		}
	}
	if _, err := fmt.Fprint(a.stdout, b.String()); err != nil {
		return err
	}
	if len(answer.Entries) == 0 {
		a.tell("履歴はありません。", "there is no history")
	}
	if answer.NextCursor != "" {
		a.tell("続きは --cursor %s", "there is more: --cursor %s", answer.NextCursor)
	}
	if answer.DeletedAt != 0 {
		a.tell("%s に削除されています。%s まで meibo customer restore で元に戻せます。", "deleted on %s; meibo customer restore brings it back until %s",
			minuteOf(answer.DeletedAt, zone), minuteOf(answer.RestorableUntil, zone))
	}
	return nil
}

func minuteOf(millis int64, zone *time.Location) string {
	return display(schema.At(millis), zone, "en")
}

// doing is what an entry did and, where that says more, by which way.
func (a *app) doing(e service.HistoryEntry) string {
	ways := map[string]schema.Words{
		service.CauseImport: {JA: "取り込み", EN: "import"}, service.CauseBoot: {JA: "サイトやアプリの開始", EN: "boot"}, service.CauseTouch: {JA: "訪問", EN: "touch"},
		service.CauseForm: {JA: "フォーム", EN: "form"}, service.CauseMerge: {JA: "統合", EN: "merge"}, service.CauseField: {JA: "項目の削除", EN: "field deleted"},
		service.CauseBulk: {JA: "一括操作", EN: "bulk action"}, service.CauseUndo: {JA: "一括操作の取り消し", EN: "bulk action undone"},
	}
	done := a.words(actionWords(e.Action))
	if way, ok := ways[e.Cause]; ok && e.Job != "" {
		return a.words(say("%s（%s、ジョブ %s）", "%s (%s, job %s)", done, a.words(way), e.Job))
	} else if ok {
		return a.words(say("%s（%s）", "%s (%s)", done, a.words(way)))
	}
	return done
}

// who is the one that did it.
func (a *app) who(e service.HistoryEntry) string { return a.nameOf(e.Actor) }

// nameOf is an actor by the name of its token.
func (a *app) nameOf(who store.Actor) string {
	if who.Name == "" || who.Name == who.Role {
		return who.Role
	}
	return a.words(say("%s（%s）", "%s (%s)", who.Name, who.Role))
}

// shownValue is a value of the history for people.
func (a *app) shownValue(f schema.Field, raw json.RawMessage, zone *time.Location) string {
	var sent any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&sent); err != nil {
		return string(raw)
	}
	v, fault := schema.Coerce(f, sent, zone)
	if n, ok := sent.(json.Number); ok && f.Kind == schema.Date { // ten digits, of early 1970, are not taken from people
		millis, err := n.Int64()
		if err == nil {
			v, fault = schema.At(millis), nil
		}
	}
	switch {
	case fault != nil:
		return visible(string(raw))
	case v.IsMissing():
		return a.words(schema.Words{JA: "（なし）", EN: "(none)"})
	}
	return visible(display(v, zone, a.lang))
}
