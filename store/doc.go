// Package store keeps customers, fields, segments, tokens, settings and the
// change log in one bbolt file, DIR/meibo.db (FORMAT.md describes its bytes).
//
// It hides bbolt, the encodings and how a write becomes durable: when Update
// returns, its records, their log entries and the answer kept for a repeated
// request are on disk together, or none of them is. Small writes of callers that
// wait at the same time share a commit (UpdateGrouped). Every value carries a
// checksum; a damaged one is a *CorruptError and never a wrong answer. After a
// failed commit the store turns read-only until it is opened again.
//
// It never imports the index, never interprets a filter, never decides who may
// write what (the service does) and starts no goroutine. A Store is safe for
// concurrent use; one process at a time has it open.
package store
