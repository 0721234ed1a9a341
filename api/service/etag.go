package service

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"meibo/dsl/schema"
)

// ETag names the state of what the caller can edit of a customer: profile, tags
// and opt-outs. A touch therefore does not break somebody's edit, nor does a
// change of a field that the caller does not see. It holds the
// store's epoch, so that a restored store does not confirm old edits. The
// result has the quotes of an HTTP entity tag.
func (s *Service) ETag(r schema.Record) string {
	fields := s.fields()
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", s.store.Epoch(), r.ID())
	var value []byte
	for key, v := range r.All() {
		if f, ok := fields.Lookup(key); ok && Editable(f) && !f.Hidden {
			value = v.AppendJSON(value[:0])
			fmt.Fprintf(h, "%s\x00%s\n", key, value)
		}
	}
	return `"` + hex.EncodeToString(h.Sum(nil)[:12]) + `"`
}

// TagMatches reports whether a list of entity tags, as If-Match and If-None-Match
// hold one, names the tag. A weak tag (W/) is compared as its strong one: this
// server gives none, a proxy may weaken one.
func TagMatches(list, tag string) bool {
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == "*" || part == tag {
			return true
		}
	}
	return false
}

// A Condition is what a caller believes of the customer that it changes;
// empty texts ask for nothing.
type Condition struct {
	IfMatch     string
	IfNoneMatch string
}

// check refuses when the belief is wrong.
func (s *Service) check(c Condition) func(schema.Record, bool) error {
	if c == (Condition{}) {
		return nil
	}
	return func(current schema.Record, exists bool) error {
		wrong := c.IfMatch != "" && (!exists || !TagMatches(c.IfMatch, s.ETag(current))) ||
			c.IfNoneMatch != "" && exists && TagMatches(c.IfNoneMatch, s.ETag(current))
		if !wrong {
			return nil
		}
		return refuse(CodePreconditionFailed,
			"顧客はその間に変更されています。読み直してからもう一度保存してください。",
			"the customer is not as If-Match or If-None-Match says: read it again and repeat the edit")
	}
}
