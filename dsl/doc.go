// Package dsl is the filter language: text to tokens to a tree to a checked,
// typed expression, with diagnostics that say what, where and how to mend it;
// and back from the tree to canonical text. SPEC.md describes the language.
//
// It hides the tokens, the grammar (participle, whose types and messages never
// leave this package), the types and the calendar. It never touches an index,
// a store, HTTP, a clock or a file: the time, the zone, the fields and the
// segments come in through Env. Everything exported is safe for concurrent
// use; trees are not changed once they are returned.
package dsl
