// Package indexer keeps an index in step with the change log of a store.
//
// It hides when and how the index is written: it follows the log, applies
// batches, remembers with each batch how far it is, picks up there after a
// restart, and rebuilds the index beside the old one when that is missing,
// damaged, of another store, or further behind than the log reaches back. Who
// searches asks it for a Snapshot and is never given an incomplete index.
//
// It never imports the store (it declares the Source that it follows), never
// knows an engine (it is handed a function that opens one) and never writes to
// the store. One goroutine, started by Start and ended by Close, does all
// applying.
//
// The folder holds one sub-folder a generation (gen-000001, …) and the file
// CURRENT, which names the one that is complete and in use. A damaged
// generation is kept as gen-….broken, the last one only, for who wants to know
// why.
package indexer
