package service

import "meibo/dsl/schema"

// stampChanges notes when an opt-out changed and when a write-once field got
// its value.
func stampChanges(next *schema.Record, applied []Edit, fields *schema.Fields, now int64) {
	for _, e := range applied {
		if f, _ := fields.Lookup(e.Key); f.Write == schema.WriteOnce || isOptOut(e.Key) {
			next.SetStamp(e.Key, now)
		}
	}
}

// changedAt is when a field got its value; one that does not say has it since
// the customer is there.
func changedAt(r schema.Record, key string) int64 {
	if at := r.Stamp(key); at != 0 {
		return at
	}
	return r.Get(schema.CreatedAtField).Millis()
}
