// Package expr is the closed set of typed expression nodes: what a filter
// means once its text is parsed, its fields are found and its dates are bound.
//
// It hides how a condition on a customer is represented between the language
// and the backends. It never sees text of the language, a clock or a zone
// (dates are absolute milliseconds by now), and never runs anything: package
// eval decides one record, the backends many.
//
// Two-valued logic: every node but Not is false for a customer whose value is
// missing, and Not is the exact complement. Nodes are values; they are
// immutable and safe to share between goroutines.
package expr
