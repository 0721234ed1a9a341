package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// A Segment is a saved filter. It stores conditions, never people.
type Segment struct {
	Key         string       `json:"key"`
	Name        schema.Words `json:"name"`
	Description schema.Words `json:"description"`
	Filter      string       `json:"filter"`         // as its author wrote it, comments and all
	Zone        string       `json:"zone,omitempty"` // "" is the workspace's
	Folder      string       `json:"folder,omitempty"`
	Colour      string       `json:"colour,omitempty"`

	// Set by the store: 1 for the first save and one more with each.
	Version   int       `json:"version"`
	Author    Author    `json:"author"` // of this version
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"` // when this version was saved
}

// An Author is whose token saved something. The name is the token's at that
// time.
type Author struct {
	TokenID string `json:"tokenId,omitempty"`
	Name    string `json:"name,omitempty"`
}

// A SegmentVersion is a segment as it was saved.
type SegmentVersion struct {
	Segment
	RestoredFrom int `json:"restoredFrom,omitempty"` // the version that was brought back; 0: none
}

// Bounds of what is kept. Keys are in bytes.
const (
	MaxSegmentKey      = 200
	MaxSegments        = 10_000
	MaxSegmentVersions = 1_000 // of one segment; the oldest go first
)

// ErrTooManySegments: there are MaxSegments already.
var ErrTooManySegments = errors.New("store: too many segments")

// Segments are all as of the last commit. It costs no read of the file.
func (s *Store) Segments() *SegmentSet { return s.segments.Load() }

// Segments are all as this transaction sees them.
func (tx *Tx) Segments() *SegmentSet { return tx.segments }

// PutSegment adds a segment or replaces the one with its key, as a new version
// of it, and gives it as it is kept. restoredFrom is the version that it
// repeats, 0 for none. A refusal (a key that is none, ErrTooManySegments) has
// changed nothing.
func (tx *Tx) PutSegment(seg Segment, restoredFrom int) (kept Segment, err error) {
	if err := tx.usable(); err != nil {
		return Segment{}, err
	}
	defer tx.guard(&err)
	if seg.Key == "" || len(seg.Key) > MaxSegmentKey || strings.ContainsRune(seg.Key, 0) {
		return Segment{}, fmt.Errorf("store: a segment's key has 1 to %d bytes without NUL, not %q", MaxSegmentKey, clipped(seg.Key))
	}
	old, there := tx.segments.Lookup(seg.Key)
	if !there && tx.segments.Len() >= MaxSegments {
		return Segment{}, ErrTooManySegments
	}
	seg.UpdatedAt = time.UnixMilli(tx.millis).UTC()
	seg.CreatedAt, seg.Version = seg.UpdatedAt, 1
	if there {
		seg.CreatedAt, seg.Version = old.CreatedAt, old.Version+1
	}
	tx.dirty = true
	tx.segments = tx.segments.with(seg)
	if err := tx.writeSegment(SegmentVersion{seg, restoredFrom}, old); err != nil {
		return Segment{}, tx.fail(err)
	}
	return seg, nil
}

// writeSegment stores a segment and its version. One that was saved before
// there were versions gets its first now.
func (tx *Tx) writeSegment(next SegmentVersion, old Segment) error {
	segments, err := tx.table(bucketSegments)
	if err != nil {
		return err
	}
	versions, err := tx.table(bucketVersions)
	if err != nil {
		return err
	}
	if old.Version == 1 {
		kept, err := versions.get(versionKey(old.Key, 1))
		if err == nil && kept == nil {
			err = versions.putJSON(versionKey(old.Key, 1), SegmentVersion{Segment: old})
		}
		if err != nil {
			return err
		}
	}
	if next.Version > MaxSegmentVersions {
		if err := versions.bucket.Delete(versionKey(next.Key, next.Version-MaxSegmentVersions)); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	if err := versions.putJSON(versionKey(next.Key, next.Version), next); err != nil {
		return err
	}
	return segments.putJSON([]byte(next.Key), next.Segment)
}

// DeleteSegment takes a segment away with all of its versions: a key that is
// used again begins at version 1. ErrNotFound has changed nothing.
func (tx *Tx) DeleteSegment(key string) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	if _, there := tx.segments.Lookup(key); !there {
		return ErrNotFound
	}
	tx.dirty = true
	tx.segments = tx.segments.without(key)
	segments, err := tx.table(bucketSegments)
	if err != nil {
		return tx.fail(err)
	}
	if err := segments.bucket.Delete([]byte(key)); err != nil {
		return tx.fail(fmt.Errorf("store: %w", err))
	}
	var all [][]byte
	err = tx.eachVersion(key, func(k, _ []byte) error { all = append(all, slices.Clone(k)); return nil })
	if err != nil {
		return tx.fail(err)
	}
	versions, err := tx.table(bucketVersions)
	if err != nil {
		return tx.fail(err)
	}
	for _, k := range all {
		if err := versions.bucket.Delete(k); err != nil {
			return tx.fail(fmt.Errorf("store: %w", err))
		}
	}
	return nil
}

// SegmentVersions are those that are kept of a segment, the newest first; none
// of one that is not there.
func (s *Store) SegmentVersions(key string) (list []SegmentVersion, err error) {
	err = s.view(func(v *view) error {
		t, err := v.table(bucketVersions)
		if err != nil {
			return err
		}
		return v.eachVersion(key, func(k, body []byte) error {
			one, err := t.version(k, body)
			list = append(list, one)
			return err
		})
	})
	slices.Reverse(list)
	if current, ok := s.Segments().Lookup(key); ok && len(list) == 0 && err == nil {
		list = []SegmentVersion{{Segment: current}} // from before there were versions
	}
	return list, err
}

// eachVersion yields a segment's versions, the oldest first.
func (v *view) eachVersion(key string, yield func(key, body []byte) error) error {
	t, err := v.table(bucketVersions)
	if err != nil {
		return err
	}
	prefix := append([]byte(key), 0)
	c := t.bucket.Cursor()
	for k, sealed := c.Seek(prefix); k != nil && strings.HasPrefix(string(k), string(prefix)); k, sealed = c.Next() {
		body, err := t.unseal(k, sealed)
		if err == nil {
			err = yield(k, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// version reads a version and holds it against its key.
func (t table) version(key, body []byte) (v SegmentVersion, err error) {
	if err := json.Unmarshal(body, &v); err != nil {
		return v, t.corrupt(key, err.Error())
	}
	if string(versionKey(v.Key, v.Version)) != string(key) {
		return v, t.corrupt(key, fmt.Sprintf("it is version %d of %q", v.Version, v.Key))
	}
	return v, nil
}

// versionKey sorts a segment's versions by number. No segment's key has a NUL.
func versionKey(key string, version int) []byte {
	return append(append([]byte(key), 0), numberKey(uint64(version))...)
}

// PutSegment is Tx.PutSegment in a transaction of its own.
func (s *Store) PutSegment(seg Segment) error {
	_, err := s.Update(context.Background(), func(tx *Tx) error {
		_, err := tx.PutSegment(seg, 0)
		return err
	})
	return err
}

func clipped(s string) string { return s[:min(len(s), 40)] }
