package service

import (
	"bytes"
	"encoding/json"
	"fmt"

	"meibo/store"
)

// An act is what goes into the audit log. Its action is KIND.VERB:
//
//	field.created changed ordered converted deleted stripped
//	segment.created changed restored deleted
//	token.created revoked signin_key
//	session.began ended
//	secret.renewed
//	settings.changed
//
// and what jobs do, see their files.
type act struct {
	action        string // field.created, segment.deleted, export.started, …
	kind, key     string // of its target
	before, after any    // the target as it travels, without secrets; nil where there was or is none
	detail        any    // what else is known: filter, number of rows
	job           uint64
}

// audit notes an act of the caller in the transaction that carries it out. One
// that changes nothing, whose target is before as it is after, leaves no entry.
func (s *Service) audit(tx *store.Tx, a act) error { return audit(tx, s.actor(), a) }

// systemActor is who does what nobody asks for at that moment.
func systemActor() store.Actor { return store.Actor{Role: "system"} }

func audit(tx *store.Tx, actor store.Actor, a act) error {
	e := store.AuditEntry{Actor: actor, Action: a.action, Kind: a.kind, Key: a.key, Job: a.job}
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
	if e.Before != nil && bytes.Equal(e.Before, e.After) {
		return nil
	}
	if err := tx.Audit(e); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}
