package dsl

// Bounds on the work of trying out fixes, so that a hostile text costs no
// more than a few compilations: beyond them fixes are not offered.
const (
	maxTrials    = 64
	maxTrialText = 64 << 10 // bytes
)

// verified keeps the fixes that are true to their promise: with one applied
// there is one error less than before (and so none, if it was the only one).
// judge says what is wrong with a text, without verifying in turn.
func verified(text string, list []Diagnostic, judge func(text string) []Diagnostic) []Diagnostic {
	before := errorCount(list)
	trials := 0
	for i := range list {
		d := &list[i]
		var kept []Fix
		for _, fix := range d.Fixes {
			if trials++; trials > maxTrials || len(text) > maxTrialText {
				break
			}
			after := errorCount(judge(fix.Apply(text)))
			if after < before || d.Severity == Warning && after == before {
				kept = append(kept, fix)
			}
		}
		d.Fixes = kept
	}
	return list
}
