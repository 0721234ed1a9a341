// Package match decides thousands of expressions of one record in a fraction
// of the time that the reference evaluator takes: expressions are compiled
// once, and of a record each text is folded, each phone number and version
// read at most once, when the first expression asks for it.
//
// It hides how a condition is decided; the answer is always that of dsl/eval,
// which is its judge in the tests. It never reads a clock, never sees text of
// the language, and never searches: an index does that.
package match
