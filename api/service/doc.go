// Package service holds the use cases that the HTTP API, the command line
// and the console share: asking (search, count, explain), editing customers,
// importing files, and looking up who asks.
//
// It hides how a filter becomes rows (compile, ask a snapshot of the index,
// read the records), what people and programs may write to a record, and what
// makes a write idempotent or conditional. Every refusal is an *Error with a
// stable code and words in both languages.
//
// It never knows HTTP, never parses the language itself and never writes
// anything outside one store transaction (an import: one for each batch). A
// Service is safe for concurrent use; it starts no goroutine but the one of
// Import, which has ended when Import returns, that of StartUpkeep, and a timer while it holds
// states of the index; Close stops both.
//
// An answer names the state that it saw, and the next request can see it again
// for a minute (see held); a request that names none sees the newest.
//
// Every change of what people say of a customer is noted in the customer's
// history, in its own transaction, whatever the way it came; a deletion can be
// undone while the history reaches back to it (History, Restore).
//
// A search sees what the index has applied. A read straight after one's own
// write may be a moment behind unless it passes the write's seq as MinSeq.
// Get reads the store and is never behind.
package service
