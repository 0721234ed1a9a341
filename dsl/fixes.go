package dsl

// maxTrialWork bounds the work of trying out the fixes of one filter, so that
// a hostile text costs no more than a few compilations: beyond it fixes are
// not offered.
const maxTrialWork = 1 << 20

// The work of reading a text, in units of roughly 20 ns: what each byte, each
// token and each word of the grammar costs.
const (
	workPerToken = 8
	workPerWord  = 40
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
