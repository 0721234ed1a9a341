package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/index"
)

// lintTime bounds what the warnings of one filter may ask the index; then they
// do without the numbers that are not there yet.
const lintTime = 500 * time.Millisecond

// lint finds what is doubtful about the filter of a question, beyond what its
// compilation told. With a snapshot the warnings know the customers; nil is
// none.
func (s *Service) lint(ctx context.Context, a asked, snap index.Snapshot) []dsl.Diagnostic {
	if snap == nil {
		return dsl.Lint(a.compiled, nil)
	}
	ctx, stop := context.WithTimeout(ctx, lintTime)
	defer stop()
	return dsl.Lint(a.compiled, func(e expr.Expr) (int, bool) {
		n, err := snap.Count(ctx, e)
		return n, err == nil
	})
}

// advised adds warnings to what a filter's compilation told, in the order of
// the text. They know the customers when the index answers now.
func (s *Service) advised(ctx context.Context, a asked, told []dsl.Diagnostic) []dsl.Diagnostic {
	var snap index.Snapshot
	if s.status().Answers() {
		pinned, err := s.index.Snapshot(ctx, 0)
		if err == nil {
			defer pinned.Release()
			snap = pinned
		}
	}
	return inOrder(told, s.lint(ctx, a, snap))
}

// inOrder joins diagnostics of one text in its order.
func inOrder(lists ...[]dsl.Diagnostic) []dsl.Diagnostic {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b dsl.Diagnostic) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return all
}
