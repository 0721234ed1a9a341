package dsl

// Version is the version of the language that SPEC.md describes, and what it
// promises there. It changes when a filter would change its meaning.
const Version = 1
