package service

import (
	"context"
	"encoding/json"

	"meibo/dsl/schema"
	"meibo/store"
)

// An IngestAnswer is the answer to a boot, a touch or a form. Who holds a
// publishable key gets ID and VisitorToken, whatever happened, and nothing else.
type IngestAnswer struct {
	ID           string          `json:"id"`
	VisitorToken string          `json:"visitorToken,omitempty"`
	Customer     json.RawMessage `json:"customer,omitempty"`
	Status       string          `json:"status,omitempty"` // Created, Updated or Unchanged
	Seq          uint64          `json:"seq,omitempty"`    // a read with this MinSeq sees it
	Warnings     []Warning       `json:"warnings,omitempty"`
}

// publishable reports whether the caller's key is one that anybody can read.
func (s *Service) publishable() bool { return s.caller.Role == RolePublishable }

// collected are the fields that a caller's writes may be for: those that it
// sees, and for a publishable key, which sees nothing, all. A restriction is
// about who sees a field, and does not stop a site from collecting it.
func (s *Service) collected(all *schema.Fields) *schema.Fields {
	if s.publishable() {
		return all
	}
	return s.seen(all)
}

// ingest runs a change in a transaction that it may share with others, and
// tells what came of it. change may run more than once.
func (s *Service) ingest(ctx context.Context, key visitorKey, change func(tx *store.Tx) (Outcome, error)) (answer IngestAnswer, err error) {
	_, err = s.store.UpdateGrouped(ctx, func(tx *store.Tx) error {
		out, err := change(tx)
		if err != nil {
			return err
		}
		answer = IngestAnswer{ID: out.ID, VisitorToken: key.token(out.ID)}
		if !s.publishable() {
			answer.Customer, answer.Status, answer.Seq, answer.Warnings = s.customerJSON(out.Record), out.Status, tx.Seq(), out.Warnings
		}
		return nil
	})
	return answer, refuseStore(err)
}
