// Package schema says what a customer record is made of: kinds, fields,
// values and records, and the handful of functions that decide when two
// values are equal.
//
// It hides the one decision that everything else leans on: how text, phone
// numbers, versions and dates are brought to the form in which they are
// compared. Writing, indexing, evaluating and sorting all call the same
// functions here, so that "equal" means one thing.
//
// It never imports another package of this module, never reads a clock or a
// file, and never knows a query, an index or a request. All types are plain
// values; a Fields is immutable once built and safe for concurrent use.
package schema
