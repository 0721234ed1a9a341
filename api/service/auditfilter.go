package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// An auditFilter is a request, read: what is zero asks for nothing.
type auditFilter struct {
	before       uint64 // entries below this number; 0: all
	limit        int
	from, to     int64 // epoch milliseconds; to is not included
	actor, named string
	action       string
	kind, key    string
	job          uint64
	text         string // folded
}

func (s *Service) auditFilter(r AuditRequest) (auditFilter, error) {
	f := auditFilter{limit: DefaultAuditLimit, actor: r.Actor, named: schema.Fold(r.Actor), action: r.Action, kind: r.Kind, key: r.Key, text: schema.Fold(r.Q)}
	if r.Limit != nil {
		f.limit = *r.Limit
	}
	if f.limit < 1 || f.limit > MaxAuditLimit {
		return f, refuseParameter("limit", "out_of_range", fmt.Sprintf("limit は 1～%d です。", MaxAuditLimit), fmt.Sprintf("limit is 1 to %d", MaxAuditLimit))
	}
	if r.Job != "" {
		number, ok := jobNumber(r.Job)
		if !ok {
			return f, refuseParameter("job", "no_job_id", "job はジョブの ID（1、2、3、…）です。", "job is the id of a job: 1, 2, 3, …")
		}
		f.job = number
	}
	zone := s.zone()
	from, err := auditTime("from", r.From, zone, math.MinInt64)
	if err != nil {
		return f, err
	}
	to, err := auditTime("to", r.To, zone, math.MaxInt64)
	if err != nil {
		return f, err
	}
	f.from, f.to = max(from.Start, s.auditBegins()), to.End
	f.before, err = s.readAuditCursor(r.Cursor)
	return f, err
}

// auditTime reads an instant or a day; otherwise is what no text is.
func auditTime(name, text string, zone *time.Location, otherwise int64) (schema.Span, error) {
	if text == "" {
		return schema.Span{Start: otherwise, End: otherwise}, nil
	}
	if span, ok := schema.ParseDate(text, zone); ok {
		return span, nil
	}
	// Ten digits are seconds, which nobody means to be of the year 1970.
	if millis, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) > 10 && millis < math.MaxInt64 {
		return schema.Instant(millis), nil
	}
	return schema.Span{}, refuseParameter(name, "bad_date",
		fmt.Sprintf("%s は 2026-11-23 のような日か、2026-11-23T10:00:00+09:00 のような日時か、ミリ秒です。「%s」は読めません。", name, excerptOf(text)),
		fmt.Sprintf("%s is a day as 2026-11-23, an instant as 2026-11-23T10:00:00+09:00 or milliseconds; %q is none", name, excerptOf(text)))
}

func (f auditFilter) matches(e store.AuditEntry) bool {
	switch {
	case e.At < f.from, e.At >= f.to,
		f.actor != "" && !f.isActor(e.Actor),
		f.action != "" && !isAction(f.action, e.Action),
		f.kind != "" && e.Kind != f.kind,
		f.key != "" && e.Key != f.key,
		f.job != 0 && e.Job != f.job:
		return false
	}
	return f.text == "" || mentions(e, f.text)
}

// isActor compares with a token's id or its name, folded; who has neither is
// called by the role.
func (f auditFilter) isActor(a store.Actor) bool {
	switch {
	case a.TokenID == f.actor, a.Name != "" && schema.Fold(a.Name) == f.named:
		return true
	}
	return a.TokenID == "" && a.Name == "" && a.Role == f.actor
}

func isAction(asked, action string) bool {
	return asked == action || strings.HasSuffix(asked, ".") && strings.HasPrefix(action, asked)
}

// mentions reports whether a folded text occurs in one of an entry's texts or
// numbers, or in the name of something in it.
func mentions(e store.AuditEntry, text string) bool {
	for _, own := range []string{e.Action, e.Kind, e.Key, e.Actor.TokenID, e.Actor.Name, e.Actor.Role} {
		if strings.Contains(schema.Fold(own), text) {
			return true
		}
	}
	for _, raw := range []json.RawMessage{e.Before, e.After, e.Detail} {
		if mentionedIn(raw, text) {
			return true
		}
	}
	return false
}

// mentionedIn goes through the tokens of JSON: the text is looked for in what
// was written, not in how JSON escapes it.
func mentionedIn(raw json.RawMessage, text string) bool {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil { // the end
			return false
		}
		said := ""
		switch token := token.(type) {
		case string:
			said = schema.Fold(token)
		case json.Number:
			said = token.String()
		case bool:
			said = strconv.FormatBool(token)
		}
		if strings.Contains(said, text) {
			return true
		}
	}
}
