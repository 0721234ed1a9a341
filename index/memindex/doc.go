// Package memindex is the index that cannot be wrong in an interesting way: it
// keeps every record in memory and asks dsl/eval about each of them. The other
// backends are compared with it.
//
// It hides only how a state is kept: one immutable sorted slice of records,
// replaced as a whole by Apply, so a snapshot is a pointer to one. It never
// writes a file (what "survives a crash" is nothing here, and a new Backend
// begins empty), never starts a goroutine and never caches an answer. Every
// question costs a look at every record.
package memindex
