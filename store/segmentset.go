package store

import (
	"iter"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// A SegmentSet is all segments of one moment, by key. It is immutable and safe
// for concurrent use; the set of another moment is another one.
type SegmentSet struct{ list []*Segment }

// Lookup finds a segment by its exact key. Cost: a binary search.
func (s *SegmentSet) Lookup(key string) (Segment, bool) {
	i, ok := s.find(key)
	if !ok {
		return Segment{}, false
	}
	return *s.list[i], true
}

// All yields the segments in the order of their keys' bytes.
func (s *SegmentSet) All() iter.Seq[Segment] {
	return func(yield func(Segment) bool) {
		for _, seg := range s.list {
			if !yield(*seg) {
				return
			}
		}
	}
}

// Len counts them.
func (s *SegmentSet) Len() int { return len(s.list) }

func (s *SegmentSet) find(key string) (int, bool) {
	return slices.BinarySearchFunc(s.list, key, func(seg *Segment, key string) int { return strings.Compare(seg.Key, key) })
}

// with is the set with a segment in the place of the one with its key.
func (s *SegmentSet) with(seg Segment) *SegmentSet {
	i, there := s.find(seg.Key)
	list := slices.Clone(s.list)
	if there {
		list[i] = &seg
	} else {
		list = slices.Insert(list, i, &seg)
	}
	return &SegmentSet{list}
}

func (s *SegmentSet) without(key string) *SegmentSet {
	i, there := s.find(key)
	if !there {
		return s
	}
	return &SegmentSet{slices.Delete(slices.Clone(s.list), i, i+1)}
}

// readSegments reads the bucket. A segment from before there were versions is
// its first.
func readSegments(btx *bolt.Tx) (*SegmentSet, error) {
	t, err := tableOf(btx, bucketSegments)
	if err != nil {
		return nil, err
	}
	set := &SegmentSet{}
	err = t.each(func(key, _ []byte) error {
		seg, err := t.segment(key)
		set.list = append(set.list, &seg)
		return err
	})
	return set, err
}

// segment reads a segment and holds it against its key.
func (t table) segment(key []byte) (seg Segment, err error) {
	if err := t.decodeJSON(key, &seg); err != nil {
		return seg, err
	}
	if seg.Key != string(key) {
		return seg, t.corrupt(key, "the segment's key is "+seg.Key)
	}
	seg.Version = max(seg.Version, 1)
	return seg, nil
}
