// Package index is what the rest of the program knows of a search engine:
// the Backend interface, batches, queries, hits and errors.
//
// It hides which engine answers. It never names Bleve, never reads the store
// and never sees text of the language: a backend takes typed expressions. An
// engine that is elsewhere (a distributed one) implements the same interface.
package index
