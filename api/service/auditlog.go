package service

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"meibo/store"
)

// Bounds of a page of the audit log. A filtered one looks at no more than
// auditLook entries, or auditLookBytes of them, and then answers what it has
// found, with a cursor: an entry of a segment can have two filters of a MiB.
const (
	DefaultAuditLimit = 50
	MaxAuditLimit     = 200

	auditLook        = 10_000
	auditLookBytes   = 16 << 20
	auditAnswerBytes = 4 << 20 // a page ends with the entry that reaches it
)

// auditSlack is how far back a clock is put at the most, as far as reading goes:
// an entry that is older than what is asked for by more than this ends the page.
const auditSlack = 24 * time.Hour

// An AuditRequest asks for a page of the audit log, the newest first. What is ""
// asks for nothing.
type AuditRequest struct {
	Actor    string // id or name of a token; without one, the role
	Action   string // whole, or a prefix that ends with a dot
	Kind     string // of the target
	Key      string // of the target
	Job      string // its id
	Q        string // text anywhere in the entry, folded
	From, To string // an instant, or a day of the workspace's zone, both included
	Limit    *int   // nil: DefaultAuditLimit; 1 to MaxAuditLimit
	Cursor   string
}

// An AuditAnswer is a page of the audit log.
type AuditAnswer struct {
	Entries    []AuditEntry `json:"entries" nullable:"false" doc:"The newest first. A page can have fewer than were asked for, or none, and a next page all the same: one looks at 10,000 entries at the most."`
	NextCursor string       `json:"nextCursor,omitempty" doc:"Where the next page begins, whatever is written meanwhile; left out on the last one."`
}

// An AuditEntry is one act.
type AuditEntry struct {
	ID      string          `json:"id"`
	At      int64           `json:"at" doc:"Epoch milliseconds."`
	Actor   store.Actor     `json:"actor" doc:"Who did it, with the name that its token had then; the role system: nobody asked for it at that moment."`
	Action  string          `json:"action" doc:"field.created, segment.deleted, export.started, …"`
	Kind    string          `json:"kind" doc:"Of what was acted on: field, segment, token, session, secret, settings, job, export, customer."`
	Key     string          `json:"key,omitempty" doc:"Of what was acted on."`
	Before  json.RawMessage `json:"before,omitempty" doc:"What was acted on, as it was; left out where there was none. No secrets."`
	After   json.RawMessage `json:"after,omitempty" doc:"What was acted on, as it was then; left out where there is none. No secrets."`
	Changes []AuditChange   `json:"changes" nullable:"false" doc:"Where both are there, in what they differ, in the order of the paths."`
	Detail  json.RawMessage `json:"detail,omitempty" doc:"What else is known: filter, number of rows, force."`
	Job     string          `json:"job,omitempty" doc:"The id of the job that did it."`
}

// AuditLog reads who changed what. Entries that are older than the workspace
// keeps them are not there. It is bounded, see auditLook.
func (s *Service) AuditLog(ctx context.Context, r AuditRequest) (AuditAnswer, error) {
	f, err := s.auditFilter(r)
	if err != nil {
		return AuditAnswer{}, err
	}
	answer := AuditAnswer{Entries: []AuditEntry{}}
	last, looked, lookedBytes, answerBytes, more := f.before, 0, 0, 0, false
	err = s.store.AuditEntries(ctx, f.before, func(e store.AuditEntry) bool {
		if e.At < f.from-auditSlack.Milliseconds() {
			return false
		}
		if more = len(answer.Entries) == f.limit || looked == auditLook || lookedBytes >= auditLookBytes || answerBytes >= auditAnswerBytes; more {
			return false
		}
		size := len(e.Before) + len(e.After) + len(e.Detail)
		last, looked, lookedBytes = e.Number, looked+1, lookedBytes+size
		if f.matches(e) {
			answerBytes += size
			answer.Entries = append(answer.Entries, auditEntryOf(e))
		}
		return true
	})
	if err != nil {
		return AuditAnswer{}, fmt.Errorf("read the audit log: %w", err)
	}
	if more {
		answer.NextCursor = s.writeAuditCursor(last)
	}
	return answer, nil
}

func auditEntryOf(e store.AuditEntry) AuditEntry {
	shown := AuditEntry{ID: jobID(e.Number), At: e.At, Actor: e.Actor, Action: e.Action, Kind: e.Kind, Key: e.Key,
		Before: e.Before, After: e.After, Changes: auditChanges(e.Before, e.After), Detail: e.Detail}
	if e.Job != 0 {
		shown.Job = jobID(e.Job)
	}
	return shown
}

// An auditCursor says before which entry the next page begins.
type auditCursor struct {
	Epoch string `json:"e"`
	Entry uint64 `json:"a"`
}

func (s *Service) writeAuditCursor(before uint64) string {
	text, err := json.Marshal(auditCursor{s.store.Epoch(), before})
	if err != nil {
		panic("service: a cursor holds plain values: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (s *Service) readAuditCursor(cursor string) (before uint64, err error) {
	if cursor == "" {
		return 0, nil
	}
	var c auditCursor
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(text, &c) != nil || c.Entry == 0 {
		return 0, refuseCursor("invalid", "カーソルが、監査ログのものではありません。", "the cursor is not one of the audit log")
	}
	if c.Epoch != s.store.Epoch() {
		return 0, refuse(CodeGone, "データが復元されたため、このカーソルは使えません。最初のページからやり直してください。",
			"the data was restored since this cursor was given; start again from the first page")
	}
	return c.Entry, nil
}
