package service

import (
	"encoding/json"
	"fmt"

	"meibo/store"
)

// An act is what goes into the audit log.
type act struct {
	action        string // field.created, segment.deleted, export.started, …
	kind, key     string // of its target
	before, after any    // the target as it travels; nil where there was or is none
	detail        any    // what else is known: filter, number of rows
	job           uint64
}

// audit notes an act of the caller in the transaction that carries it out.
func (s *Service) audit(tx *store.Tx, a act) error {
	e := store.AuditEntry{Actor: s.actor(), Action: a.action, Kind: a.kind, Key: a.key, Job: a.job}
	for _, part := range []struct {
		value any
		into  *json.RawMessage
	}{{a.before, &e.Before}, {a.after, &e.After}, {a.detail, &e.Detail}} {
		if part.value == nil {
			continue
		}
		raw, err := json.Marshal(part.value)
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		*part.into = raw
	}
	if err := tx.Audit(e); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}
