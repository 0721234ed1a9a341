package service

import (
	"time"

	"meibo/dsl/schema"
)

const (
	sessionsField = "sessionsCount" // the total; each platform has its own
	seenField     = "lastSeenAt"
)

// sessionGap: a visit that is more than this after the one before it, on the
// same platform, begins a session; at exactly this it is the same.
const sessionGap = int64(30 * time.Minute / time.Millisecond)

// A visit is a moment at which a customer was on a platform.
type visit struct {
	platform string
	at       int64 // epoch milliseconds
}

// isLate reports whether a visit tells nothing: a later one is known, or the
// same one was told before.
func (v visit) isLate(r schema.Record) bool {
	last := r.Get(v.platform + "." + seenField)
	return !last.IsMissing() && v.at <= last.Millis()
}

// pay makes a visit part of a record, unless it is late. Whether the fields are
// hidden does not matter: sessions could not be counted otherwise.
func (v visit) pay(next *schema.Record, exists bool) (moved bool) {
	if v.isLate(*next) {
		return false
	}
	last := next.Get(v.platform + "." + seenField)
	if last.IsMissing() || v.at-last.Millis() > sessionGap {
		for _, key := range []string{v.platform + "." + sessionsField, sessionsField} {
			next.Set(key, schema.Num(next.Get(key).Num()+1))
		}
	}
	next.Set(v.platform+"."+seenField, schema.At(v.at))
	if seen := next.Get(schema.LastSeenField); seen.IsMissing() || seen.Millis() < v.at {
		next.Set(schema.LastSeenField, schema.At(v.at))
	}
	if !exists {
		next.Set(schema.CreatedAtField, schema.At(v.at)) // when it was seen first
	}
	return true
}
