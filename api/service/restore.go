package service

import (
	"context"
	"errors"
	"fmt"

	"meibo/dsl/schema"
	"meibo/store"
)

// A DeleteRequest takes one customer out of every answer.
type DeleteRequest struct {
	ID        string
	Condition Condition
	Repeat    Repeat
}

// A DeleteAnswer says which seq the deletion has.
type DeleteAnswer struct {
	Seq uint64 `json:"seq"`
}

// Delete takes a customer out of every answer, until Restore. Its history notes
// who did it and what the customer was.
func (s *Service) Delete(ctx context.Context, r DeleteRequest) (DeleteAnswer, error) {
	request := fingerprint([]byte("DELETE"), []byte(r.ID), []byte(r.Condition.IfMatch), []byte(r.Condition.IfNoneMatch))
	return once(ctx, s.store.UpdateGrouped, r.Repeat, request, func(tx *store.Tx, _ uint64) (DeleteAnswer, error) {
		current, _, err := s.current(tx, Write{ID: r.ID, Present: true})
		if err != nil {
			return DeleteAnswer{}, err
		}
		if check := s.check(r.Condition); check != nil {
			if err := check(current, true); err != nil {
				return DeleteAnswer{}, err
			}
		}
		seq, err := tx.Delete(r.ID)
		if err != nil {
			return DeleteAnswer{}, fmt.Errorf("delete customer: %w", err)
		}
		return DeleteAnswer{Seq: seq}, s.note(tx, Deleted, CauseDelete, 0, current, schema.NewRecord(r.ID))
	})
}

// A RestoreRequest undoes a deletion.
type RestoreRequest struct {
	ID     string
	Repeat Repeat
}

// Restore brings a deleted customer back as it was, while its deletion is in
// the history. Values of fields that were deleted since do not come back.
func (s *Service) Restore(ctx context.Context, r RestoreRequest) (EditAnswer, error) {
	request := fingerprint([]byte("RESTORE"), []byte(r.ID))
	return once(ctx, s.store.UpdateGrouped, r.Repeat, request, func(tx *store.Tx, _ uint64) (EditAnswer, error) {
		was, err := s.deleted(tx, r.ID)
		if err != nil {
			return EditAnswer{}, err
		}
		seq, err := tx.Undelete(was)
		if err != nil {
			return EditAnswer{}, refusePut(err)
		}
		if err := s.note(tx, Restored, CauseRestore, 0, schema.NewRecord(r.ID), was); err != nil {
			return EditAnswer{}, err
		}
		return EditAnswer{Customer: s.customerJSON(was), Status: Restored, Seq: seq, ETag: s.ETag(was)}, nil
	})
}

// deleted is what Restore brings back.
func (s *Service) deleted(tx *store.Tx, id string) (schema.Record, error) {
	_, _, err := s.current(tx, Write{ID: id, Present: true})
	switch {
	case err == nil:
		return schema.Record{}, refuse(CodeExists, "その顧客は削除されていません。", "the customer is not deleted")
	case CodeOf(err) != CodeNotFound:
		return schema.Record{}, err
	}
	was, deletion, err := tx.Deleted(id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return was, refuseNotFound()
	case err != nil:
		return was, fmt.Errorf("read a deleted customer: %w", err)
	case !s.remembers(deletion):
		return was, refuse(CodeGone, "削除から時間がたち、履歴が残っていないため、元に戻せません。",
			"the deletion is too long ago to be undone: the history does not reach back so far")
	}
	kept := was.Clone()
	for key, v := range was.All() {
		if f, ok := tx.Fields().Lookup(key); !ok || f.CreatedAt > deletion.At || f.Kind != v.Kind() {
			kept.Set(key, schema.Value{})
		}
	}
	return kept, nil
}

// remembers reports whether an entry is that of a deletion which can be undone.
func (s *register) remembers(e *store.HistoryEntry) bool {
	return e != nil && e.Action == Deleted && e.At >= s.historyBegins()
}
