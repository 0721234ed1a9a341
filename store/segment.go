package store

import (
	"context"
	"fmt"
	"time"

	"meibo/dsl/schema"
)

// A Segment is a saved filter. It stores conditions, never people.
type Segment struct {
	Key         string       `json:"key"`
	Name        schema.Words `json:"name"`
	Description schema.Words `json:"description"`
	Filter      string       `json:"filter"`
	Zone        string       `json:"zone,omitempty"` // "" is the workspace's
	CreatedAt   time.Time    `json:"createdAt"`
	UpdatedAt   time.Time    `json:"updatedAt"`
}

// MaxSegmentKey bounds a segment's key, in bytes.
const MaxSegmentKey = 200

// PutSegment adds a segment or replaces the one with its key. The store sets
// its two times: CreatedAt stays that of the first.
func (s *Store) PutSegment(seg Segment) error {
	if seg.Key == "" || len(seg.Key) > MaxSegmentKey {
		return fmt.Errorf("store: a segment's key has 1 to %d bytes, not %d", MaxSegmentKey, len(seg.Key))
	}
	_, err := s.Update(context.Background(), func(tx *Tx) error {
		t, err := tx.table(bucketSegments)
		if err != nil {
			return err
		}
		seg.UpdatedAt = time.UnixMilli(tx.millis).UTC()
		seg.CreatedAt = seg.UpdatedAt
		var old Segment
		switch err := t.decodeJSON([]byte(seg.Key), &old); err {
		case nil:
			seg.CreatedAt = old.CreatedAt
		case ErrNotFound:
		default:
			return err
		}
		tx.dirty = true
		return t.putJSON([]byte(seg.Key), seg)
	})
	return err
}

// Segment finds a segment; ErrNotFound.
func (s *Store) Segment(key string) (seg Segment, err error) {
	err = s.view(func(v *view) error {
		t, err := v.table(bucketSegments)
		if err != nil {
			return err
		}
		if key == "" {
			return ErrNotFound
		}
		return t.decodeJSON([]byte(key), &seg)
	})
	return seg, err
}

// Segments lists all segments by key.
func (s *Store) Segments() (list []Segment, err error) {
	err = s.view(func(v *view) error {
		t, err := v.table(bucketSegments)
		if err != nil {
			return err
		}
		return t.each(func(key, _ []byte) error {
			var seg Segment
			if err := t.decodeJSON(key, &seg); err != nil {
				return err
			}
			list = append(list, seg)
			return nil
		})
	})
	return list, err
}
