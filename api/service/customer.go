package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// An EditRequest is a PUT or a PATCH of one customer.
type EditRequest struct {
	ID        string
	MemberID  string // in place of ID: the customer who has it, or a new one who gets it
	Body      []byte // the customer's nested JSON, as it came
	Policy    Policy
	Condition Condition
	Repeat    Repeat
}

// An EditAnswer is the customer after a write.
type EditAnswer struct {
	Customer json.RawMessage `json:"customer"`
	Status   string          `json:"status"`
	Seq      uint64          `json:"seq"` // a read with this MinSeq sees the write
	ETag     string          `json:"etag"`
	Warnings []Warning       `json:"warnings,omitempty"`
}

// A CustomerAnswer is one customer as it is now.
type CustomerAnswer struct {
	Customer json.RawMessage
	ETag     string
	Seq      uint64 // of its last write
}

// Get reads one customer from the store. It is never behind.
func (s *Service) Get(_ context.Context, id string) (CustomerAnswer, error) {
	c, err := s.stored(id)
	if err != nil {
		return CustomerAnswer{}, err
	}
	return CustomerAnswer{Customer: s.customerJSON(c.Record), ETag: s.ETag(c.Record), Seq: c.Seq}, nil
}

// stored is a customer as the store has it now.
func (s *Service) stored(id string) (store.Customer, error) {
	c, err := s.store.Customer(id)
	var merged *store.MergedError
	switch {
	case errors.As(err, &merged):
		return store.Customer{}, refuseMerged(merged.Target)
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrDeleted):
		return store.Customer{}, goneFor(err)
	case err != nil:
		return store.Customer{}, fmt.Errorf("read customer: %w", err)
	}
	return c, nil
}

// Put replaces everything of a customer that can be edited, creating it when
// it is absent. Write-once values that the body leaves out stay.
func (s *Service) Put(ctx context.Context, r EditRequest) (EditAnswer, error) {
	return s.edit(ctx, "PUT", r, Write{Replace: true})
}

// Patch merges the body into a customer that exists: null clears, what the
// body does not name stays.
func (s *Service) Patch(ctx context.Context, r EditRequest) (EditAnswer, error) {
	return s.edit(ctx, "PATCH", r, Write{Present: true})
}

func (s *Service) edit(ctx context.Context, operation string, r EditRequest, w Write) (EditAnswer, error) {
	if fault := s.checkTarget(r); fault != nil {
		return EditAnswer{}, refuseValues([]schema.ValueError{*fault})
	}
	body, err := ReadBody(r.Body, s.fields(), s.zone())
	if err != nil {
		return EditAnswer{}, err
	}
	w.ID, w.Edits, w.Faults, w.Policy, w.Check = r.ID, body.Edits, body.Faults, r.Policy, s.check(r.Condition)
	request := fingerprint([]byte(operation), []byte(r.ID), []byte(r.MemberID), []byte(r.Condition.IfMatch), []byte(r.Condition.IfNoneMatch), r.Body)
	return once(ctx, s.store.UpdateGrouped, r.Repeat, request, func(tx *store.Tx, before uint64) (EditAnswer, error) {
		w := w // it may run again
		if err := byMember(tx, &w, r.MemberID); err != nil {
			return EditAnswer{}, err
		}
		if body.ID != "" && body.ID != w.ID {
			w.Faults = append(slices.Clone(w.Faults), fieldFault(schema.IDField, CodeReadOnly,
				"本文の %s がリクエストの ID と違います。", "the %s in the body is not the one in the request"))
		}
		out, err := s.Apply(tx, w)
		if err != nil {
			return EditAnswer{}, err
		}
		return EditAnswer{Customer: s.customerJSON(out.Record), Status: out.Status, Seq: max(out.Seq, before),
			ETag: s.ETag(out.Record), Warnings: out.Warnings}, nil
	})
}

// customerJSON writes a customer as it travels, without hidden fields.
func (s *Service) customerJSON(r schema.Record) json.RawMessage {
	return s.layout(nil).Append(nil, r)
}

// layout is how customers travel: without hidden fields, and with the chosen
// ones only; nil chooses all.
func (s *Service) layout(chosen map[string]bool) *schema.Layout {
	fields := s.fields()
	return fields.Layout(func(key string) bool {
		f, _ := fields.Lookup(key)
		return !f.Hidden && (chosen == nil || chosen[key])
	})
}

// zone is the workspace's time zone.
func (s *Service) zone() *time.Location { return s.store.Settings().Zone }
