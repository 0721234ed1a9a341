package dsl

import (
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A Counter counts the customers that match; false when it cannot say.
type Counter func(expr.Expr) (int, bool)

// Bounds of one Lint. They hold its time under some 50 ms for any filter.
const (
	maxCounts      = 20      // questions to the Counter
	maxCounted     = 10_000  // nodes and values of what it is asked about negations
	maxComparisons = 5_000   // of two conditions that stand side by side
	maxProverWork  = 300_000 // see expr.Prover
	maxReasoned    = 15_000  // nodes and values of conditions that are reasoned about
	maxSimplified  = 15_000  // nodes and values that are simplified again within junctions
	maxListed      = 25_000  // values of lists that are looked through for repetitions
)

// Lint finds what is doubtful about a filter though it compiles, as warnings in
// the order of the text, at most 50: conditions that match no one or everyone,
// that say nothing beside others, that hold for customers without a value,
// that may be read in another way, and fields that are hidden, archived or
// empty. What it says of the meaning is certain; it does not find everything.
// Of a filter with errors it looks at what they leave whole. Warnings that
// Compile gave are not repeated.
//
// count asks the customers, at most 20 times; nil when they cannot be asked:
// then no field is said to be empty, and there are no numbers.
// Cost: tens of microseconds for a filter of a line, without the counts.
func Lint(c Compiled, count Counter) []Diagnostic {
	s := c.source
	if s == nil || s.query.Root == nil { // everyone, openly
		return nil
	}
	l := &linter{source: s, text: s.query.Text, prover: expr.NewProver(maxProverWork), counts: newCounts(count),
		comparisons: maxComparisons, reasoned: maxReasoned, simplified: maxSimplified, listed: maxListed, counted: maxCounted}
	leaves := l.leaves(s.query.Root, s.expr, nil)
	l.fields(leaves)
	l.values(leaves)
	if !s.broken {
		l.outline = newOutline(l.text, leaves)
		root := l.meaning(s.query.Root, s.expr, nil)
		l.connectives(root)
		l.strayStrings(leaves)
		l.negatives(root)
	}
	l.feasible(leaves)
	return l.found.diagnostics(l.text)
}

// A linter looks at one filter.
type linter struct {
	*source
	text    string
	found   faults
	outline outline
	prover  *expr.Prover
	counts  *counts
	// What is left of the bounds.
	comparisons, reasoned, simplified, listed, counted int
}

// A leaf is a condition without parts and what it means, not simplified.
type leaf struct {
	Node
	means expr.Expr
}

// leaves are those of a tree in the order of the text.
func (l *linter) leaves(n Node, e expr.Expr, list []leaf) []leaf {
	whole := true
	for part, means := range below(n, e) {
		list, whole = l.leaves(part, means, list), false
	}
	if whole {
		list = append(list, leaf{n, e})
	}
	return list
}

// wrong reports whether an error lies within a stretch of the text: what
// stands there means nothing.
func (l *linter) wrong(at Extent) bool { return l.faulty(at, false) }

// faulty reports whether Compile found an error there, or a warning.
func (l *linter) faulty(at Extent, warning bool) bool {
	for _, one := range l.faults {
		if one.warning == warning && one.at.Start >= at.Start && one.at.End <= at.End {
			return true
		}
	}
	return false
}

// shown is a stretch of the text as a message quotes it.
func (l *linter) shown(at Extent) string {
	return clip(visible(head(l.text[at.Start:at.End], 2*renderWidth)))
}

// fieldAt is the field of a condition and where it is named.
func (l *linter) fieldAt(n Node) (field schema.Field, at Extent, ok bool) {
	var path Path
	switch n := n.(type) {
	case *Flag:
		path = n.Path
	case *Pred:
		path = n.Path
	}
	if len(path.Names) == 0 {
		return schema.Field{}, Extent{}, false
	}
	field, ok = l.source.fields.Lookup(strings.Join(path.Names, "."))
	return field, path.At, ok
}
