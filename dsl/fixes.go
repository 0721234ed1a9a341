package dsl

// maxTrialWork bounds the work of trying out the fixes of one filter, so that
// a hostile text costs little more than its own compilation: beyond it fixes
// are not offered. It is some 25 ms: a dozen compilations of a filter of 200
// conditions, two of one of a thousand.
const maxTrialWork = 2_500_000

// The work of reading a text, in units of roughly 10 ns, is 1 a byte, and for
// each token and each word of the grammar:
const (
	workPerToken = 15
	workPerWord  = 250
)

// verified keeps the fixes that are true to their promise: with one applied
// there is one error less than before (and so none, if it was the only one).
// judge counts what is wrong with a text, without verifying in turn; work is
// what it spent on the original.
func verified(text string, list []Diagnostic, work int, judge func(text string) (errors, work int)) []Diagnostic {
	before := errorCount(list)
	budget := maxTrialWork
	if len(list) >= maxDiagnostics { // there may be more: one less would not show
		budget = 0
	}
	for i := range list {
		d := &list[i]
		var kept []Fix
		for _, fix := range d.Fixes {
			if budget < work {
				break
			}
			after, spent := judge(fix.Apply(text))
			budget -= spent
			work = max(work, spent) // one that ended early says little about the next
			if after < before || d.Severity == Warning && after == before {
				kept = append(kept, fix)
			}
		}
		d.Fixes = kept
	}
	return list
}
