package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// auditCommand shows who changed what.
type auditCommand struct {
	Actor  string `placeholder:"TOKEN" help:"audit_actor"`
	Action string `placeholder:"ACTION" help:"audit_action"`
	Kind   string `placeholder:"KIND" help:"audit_kind"`
	Key    string `placeholder:"KEY" help:"audit_key"`
	Job    string `placeholder:"ID" help:"audit_job"`
	Q      string `name:"q" placeholder:"TEXT" help:"audit_q"`
	From   string `placeholder:"DATE" help:"audit_from"`
	To     string `placeholder:"DATE" help:"audit_to"`
	Limit  int    `default:"50" placeholder:"N" help:"audit_limit"`
	Format string `enum:"table,json,ndjson" default:"table" help:"audit_format"`
}

func auditHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"audit":        {JA: "だれが何を変えたかを新しい順に表示する。", EN: "Show who changed what, the newest first."},
		"audit_actor":  {JA: "トークンの ID か名前。データフォルダーでのコマンドは cli。", EN: "Id or name of a token; commands on a data folder are cli."},
		"audit_action": {JA: "操作（field.deleted など）。field. のように点で終われば、それで始まるすべて。", EN: "What was done, as field.deleted; with a dot at its end, as field., all that begins so."},
		"audit_kind":   {JA: "対象の種類（field、segment、token、session、secret、settings、job、export、customer）。", EN: "Of what was acted on: field, segment, token, session, secret, settings, job, export, customer."},
		"audit_key":    {JA: "対象のキー。", EN: "The key of what was acted on."},
		"audit_job":    {JA: "ジョブの ID。", EN: "The id of a job."},
		"audit_q":      {JA: "記録のどこかにある文字。", EN: "A text anywhere in the entry."},
		"audit_from":   {JA: "最初の日（2026-11-23）または日時。", EN: "The first day, as 2026-11-23, or instant."},
		"audit_to":     {JA: "最後の日または日時。", EN: "The last day or instant."},
		"audit_limit":  {JA: "最大の件数。", EN: "How many at most."},
		"audit_format": {JA: "形式（table、json、ndjson）。", EN: "table, json or ndjson."},
	}
}

func (c *auditCommand) run(ctx context.Context, a *app, at place) error {
	if c.Limit < 1 {
		return misused("--limit は 1 以上です。", "--limit must be at least 1")
	}
	return a.withDesk(at, func(d *desk) error {
		entries, more, err := c.read(ctx, d)
		if err != nil {
			return err
		}
		if err := a.writeAudit(entries, c.Format, d.zoneOf(ctx)); err != nil {
			return err
		}
		switch {
		case len(entries) == 0:
			a.tell("記録はありません。", "there are no entries")
		case more:
			a.tell("%d 件で止めました。続きは --limit を増やすか --to で期間を変えてください。", "stopped at %d entries; for more, raise --limit or move --to", c.Limit)
		}
		return nil
	})
}

// read asks for page after page: one of them may have found nothing yet.
func (c *auditCommand) read(ctx context.Context, d *desk) (entries []service.AuditEntry, more bool, err error) {
	query := url.Values{}
	for name, value := range map[string]string{"actor": c.Actor, "action": c.Action, "kind": c.Kind, "key": c.Key, "job": c.Job, "q": c.Q, "from": c.From, "to": c.To} {
		if value != "" {
			query.Set(name, value)
		}
	}
	entries = []service.AuditEntry{}
	for {
		query.Set("limit", strconv.Itoa(min(service.MaxAuditLimit, c.Limit-len(entries))))
		var page service.AuditAnswer
		if err := d.do(ctx, http.MethodGet, "/v1/audit?"+query.Encode(), nil, &page); err != nil {
			return nil, false, err
		}
		entries = append(entries, page.Entries...)
		if page.NextCursor == "" || len(entries) >= c.Limit {
			return entries, page.NextCursor != "", nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

func (a *app) writeAudit(entries []service.AuditEntry, format string, zone *time.Location) error {
	out := json.NewEncoder(a.stdout)
	out.SetEscapeHTML(false)
	switch format {
	case "json":
		out.SetIndent("", "  ")
		return out.Encode(service.AuditAnswer{Entries: entries})
	case "ndjson":
		for _, e := range entries {
			if err := out.Encode(e); err != nil {
				return err
			}
		}
		return nil
	}
	if len(entries) == 0 {
		return nil
	}
	rows := [][]string{{"time", "actor", "action", "key", "job", "changes"}}
	for _, e := range entries {
		rows = append(rows, []string{time.UnixMilli(e.At).In(zone).Format("2006-01-02 15:04:05"), a.nameOf(e.Actor), e.Action, e.Key, e.Job, changesInALine(e)})
	}
	return a.writeCells(rows)
}

// changesInALine says what became of the target, or what else is known of the
// act.
func changesInALine(e service.AuditEntry) string {
	var parts []string
	for _, c := range e.Changes {
		parts = append(parts, c.Path+": "+plainJSON(c.Before)+" → "+plainJSON(c.After))
	}
	if len(e.Detail) > 0 {
		parts = append(parts, string(e.Detail))
	}
	return strings.Join(parts, "; ")
}

// plainJSON is a text without its quotes, anything else as JSON has it.
func plainJSON(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		return text
	}
	if len(raw) == 0 {
		return "null"
	}
	return string(raw)
}
