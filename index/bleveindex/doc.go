// Package bleveindex answers index questions with Bleve: its scorch engine
// keeps the customers in immutable segments, and each condition is evaluated
// to one set of rows per segment. Counting, sorting and paging work on those
// sets and on columns decoded from the segments, not on Bleve's collector,
// which visits the values of every hit.
//
// Records become segments (build.go, encodesegment.go) with the fields that
// names.go lists; Bleve writes them to disk a little later, and the indexer
// applies again what a crash took (backlog.go). An expression compiles to a
// tree of nodes (compile.go), each a Bleve query.Query, which Bleve's own
// searchers can run, and with a plan for each segment, which snapshots run
// (plan.go); the conformance suite compares both ways. Plans read postings and
// columns (columns.go), which are decoded once, kept within a bound
// (columncache.go), carried through merges (carry.go) and decoded in the
// background (warmer.go). Results come in order from sorted rows (rowsorder.go,
// walked.go, merge.go, wholeorder.go).
//
// It hides Bleve, the names and encodings of indexed fields, segments, merges
// and columns. It never sees text of the language, never reads the store, never
// looks at a clock but to tell how long something took, and never answers from a folder that it does not trust: what cannot
// be opened or panics gives an error that wraps index.ErrDamaged, and the
// indexer builds the index anew.
package bleveindex
