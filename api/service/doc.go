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
// What comes in from sites, apps and bots is in Boot, Touch and Form. Whom a
// boot is about: with a memberId (proved by its hash where the key is
// publishable) the customer who has it; else the one of the visitor token;
// else a new one. An anonymous customer whose token comes with a memberId is
// merged into that member, or becomes it where there is none. Two members
// never merge. A late or repeated visit changes nothing, its device data
// included; the time of a visit is never later than now, and updatedAt is the
// server's time. A new customer was seen first when its first visit says. What
// depends on what is stored is not told to a publishable key: a later value of
// a write-once field is left out silently. It may write fields that are
// restricted to roles, because it sees none. PUT by memberId and a batch's
// records with a memberId find or create the customer; a body's id has to be
// the one that is found.
//
// A search sees what the index has applied. A read straight after one's own
// write may be a moment behind unless it passes the write's seq as MinSeq.
// Get reads the store and is never behind.
//
// Fields: one save of a field or a segment goes at a time. At most 300 profile
// fields are active, which all count as that are neither deleted nor archived
// (hidden ones do). The fields that every workspace starts with keep their
// kind, because the program goes by it, also when one is deleted and added
// again. A hidden field takes no values (people are told, ingestion ignores
// it), except those that the rules themselves go by, which are then only not
// shown; see schema.Field.Collects. A deleted field is gone from answers at
// once and its key is free when no record, deleted customers' included, and no
// search has a value of it any more. Stripping and converting move neither
// updatedAt nor a month's active customers and leave no history: nobody said
// anything new about a customer. In the display order, fields that a caller
// does not see keep their places, counted from the first of all.
package service
