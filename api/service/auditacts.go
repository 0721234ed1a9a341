package service

import (
	"time"

	"meibo/store"
)

// auditField notes what a change makes of a field.
func (s *Service) auditField(tx *store.Tx, key string, detail any, change func() error) error {
	before, was := tx.Fields().Lookup(key)
	if err := change(); err != nil {
		return err
	}
	after, is := tx.Fields().Lookup(key)
	a := act{action: "field.changed", kind: "field", key: key, detail: detail}
	if was {
		a.before = before
	} else {
		a.action = "field.created"
	}
	if is {
		a.after = after
	} else {
		a.action = "field.deleted"
	}
	return s.audit(tx, a)
}

// A forced change was made though others use what it changes.
type forced struct {
	Force  bool  `json:"force"`
	UsedBy []Use `json:"usedBy"`
}

// forcedOn is nil, nothing to tell, where nobody uses it.
func forcedOn(uses []Use) any {
	if len(uses) == 0 {
		return nil
	}
	return forced{true, uses}
}

// putSegment saves a segment and notes it.
func (s *Service) putSegment(tx *store.Tx, w segmentSave) (store.Segment, error) {
	before, was := tx.Segments().Lookup(w.Key)
	kept, err := tx.PutSegment(w.Segment, w.restoredFrom)
	if err != nil {
		return store.Segment{}, err
	}
	a := act{action: "segment.created", kind: "segment", key: kept.Key, after: auditedSegment(kept)}
	if was {
		a.action, a.before = "segment.changed", auditedSegment(before)
	}
	if w.restoredFrom != 0 {
		a.action, a.detail = "segment.restored", restoredFrom{w.restoredFrom}
	}
	return kept, s.audit(tx, a)
}

type restoredFrom struct {
	Version int `json:"version"`
}

// deleteSegment takes a segment away and notes it.
func (s *Service) deleteSegment(tx *store.Tx, key string) error {
	before, _ := tx.Segments().Lookup(key)
	if err := tx.DeleteSegment(key); err != nil {
		return err
	}
	return s.audit(tx, act{action: "segment.deleted", kind: "segment", key: key, before: auditedSegment(before)})
}

// auditedSegment is a segment as it travels, without what follows from the
// fields and the other segments at a moment.
func auditedSegment(seg store.Segment) SegmentAnswer {
	return SegmentAnswer{Key: seg.Key, Name: seg.Name, Description: &seg.Description, Filter: &seg.Filter, TimeZone: seg.Zone, Folder: seg.Folder,
		Colour: seg.Colour, Version: seg.Version, Author: &seg.Author, CreatedAt: seg.CreatedAt, UpdatedAt: seg.UpdatedAt}
}

// auditedToken is a token as it travels, without the secret that a publishable
// one has there, and without its use, which is nobody's act.
func (s *Service) auditedToken(t store.Token) Token {
	shown := s.token(t)
	shown.Key, shown.LastUsedAt = "", nil
	return shown
}

// A signInKeyMade is what the audit log tells of a key to sign in with.
type signInKeyMade struct {
	ExpiresAt int64 `json:"expiresAt"`
}

// A secretRenewed is what the audit log tells of a secret: never its text.
type secretRenewed struct {
	CreatedAt         int64  `json:"createdAt"`
	PreviousCreatedAt *int64 `json:"previousCreatedAt,omitempty"`
}

func renewalOf(before, after store.Secret) secretRenewed {
	var previous time.Time
	if before.Text != "" {
		previous = before.CreatedAt
	}
	return secretRenewed{after.CreatedAt.UnixMilli(), millisOf(previous)}
}
