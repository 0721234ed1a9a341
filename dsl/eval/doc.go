// Package eval is the reference evaluator: Match decides whether one record
// satisfies an expression, slowly and obviously, straight from what package
// expr says of each node. Every backend is held against it.
//
// It hides nothing clever. It never looks at an index, a clock or another
// record, and it keeps no state, so it is safe for concurrent use.
package eval
