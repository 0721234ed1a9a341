package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"meibo/dsl/schema"
	"meibo/store"
)

// MaxBatch bounds the records of one batch.
const MaxBatch = 10_000

// maxGroupedBatch is the largest batch that shares its commit with other
// writes. A larger one would hold them up, and gain little: its own records
// share one commit already.
const maxGroupedBatch = 32

// A BatchRequest is up to MaxBatch upserts. Each record is merged like a
// Patch, and created when it is absent or names no id. One that names a
// memberId and no id is for the customer who has that memberId, or creates it.
type BatchRequest struct {
	Body   []byte
	Lines  bool // Body is NDJSON, one customer a line, rather than {"customers": […]}
	Policy Policy
	Repeat Repeat
}

// A BatchResult is what became of one record, in the order of the request.
type BatchResult struct {
	ID       string              `json:"id,omitempty"`
	Status   string              `json:"status" enum:"created,updated,unchanged,refused"`
	Code     Code                `json:"code,omitempty" doc:"of a refused record: the error's code"`
	Errors   []schema.ValueError `json:"errors,omitempty"`
	Warnings []Warning           `json:"warnings,omitempty"`
}

// A BatchAnswer has one result a record.
type BatchAnswer struct {
	Results []BatchResult `json:"results"`
	Seq     uint64        `json:"seq"`
}

// Batch writes all records that can be written, in one transaction. A record
// that is refused stops no other; a fault of the store stops all.
func (s *Service) Batch(ctx context.Context, r BatchRequest) (BatchAnswer, error) {
	records, err := splitBatch(r.Body, r.Lines)
	if err != nil {
		return BatchAnswer{}, err
	}
	if len(records) > MaxBatch {
		return BatchAnswer{}, refuseParameter("customers", "too_many",
			fmt.Sprintf("一度に送れるのは %d 件までです。", MaxBatch), fmt.Sprintf("a batch has at most %d customers", MaxBatch))
	}
	writes := make([]Write, len(records))
	refused := make([]error, len(records))
	fields, zone := s.fields(), s.zone()
	for i, raw := range records {
		body, err := ReadBody(raw, fields, zone)
		writes[i] = Write{ID: body.ID, Edits: body.Edits, Faults: body.Faults, Policy: r.Policy, Follow: true}
		refused[i] = err
	}
	request := fingerprint([]byte("BATCH"), fmt.Append(nil, r.Lines), r.Body)
	update := s.store.Update
	if len(records) <= maxGroupedBatch {
		update = s.store.UpdateGrouped
	}
	return once(ctx, update, r.Repeat, request, func(tx *store.Tx, before uint64) (BatchAnswer, error) {
		answer, err := s.applyAll(ctx, tx, writes, refused)
		answer.Seq = max(answer.Seq, before)
		return answer, err
	})
}

func (s *Service) applyAll(ctx context.Context, tx *store.Tx, writes []Write, refused []error) (BatchAnswer, error) {
	answer := BatchAnswer{Results: make([]BatchResult, len(writes))}
	for i, w := range writes {
		if err := ctx.Err(); err != nil {
			return BatchAnswer{}, err // nothing is committed
		}
		out, err := Outcome{}, refused[i]
		if err == nil {
			err = byMember(tx, &w, memberIDOf(w))
		}
		if err == nil {
			out, err = s.Apply(tx, w)
		}
		var refusal *Error
		switch {
		case errors.As(err, &refusal):
			answer.Results[i] = refusedResult(w.ID, refusal)
		case err != nil:
			return BatchAnswer{}, err
		default:
			answer.Results[i] = BatchResult{ID: out.ID, Status: out.Status, Warnings: out.Warnings}
			answer.Seq = max(answer.Seq, out.Seq)
		}
	}
	return answer, nil
}

func refusedResult(id string, e *Error) BatchResult {
	result := BatchResult{ID: id, Status: Refused, Code: e.Code, Errors: e.Values}
	if len(result.Errors) == 0 {
		result.Errors = []schema.ValueError{{Code: string(e.Code), Message: e.Message}}
	}
	return result
}

// splitBatch cuts a batch's body into customers, each still raw JSON.
func splitBatch(body []byte, lines bool) ([]json.RawMessage, error) {
	if lines {
		return splitLines(body)
	}
	var envelope struct {
		Customers []json.RawMessage `json:"customers"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&envelope); err != nil {
		return nil, refuse(CodeBadRequest, `本文を JSON として読めません。{"customers": […]} の形にしてください。`, "the body is not {\"customers\": […]}: "+err.Error())
	}
	if d.More() || envelope.Customers == nil {
		return nil, refuse(CodeBadRequest, `本文は {"customers": […]} の形にしてください。`, `the body must be {"customers": […]} and nothing after it`)
	}
	return envelope.Customers, nil
}

// splitLines takes every line that is not blank. It stops one past the limit,
// for the caller to notice.
func splitLines(body []byte) ([]json.RawMessage, error) {
	var records []json.RawMessage
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			records = append(records, line)
		}
		if len(records) > MaxBatch {
			break
		}
	}
	return records, nil
}
