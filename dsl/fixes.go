package dsl

// maxTrialBytes bounds the text that is compiled again to try out the fixes of
// one filter, at up to a microsecond a byte: beyond it fixes are not offered.
// The first is tried whatever the length.
const maxTrialBytes = 32 << 10

// verified keeps the fixes that are true to their promise: with one applied
// there is one error less than before (and so none, if it was the only one).
// judge says what is wrong with a text, without verifying in turn.
func verified(text string, list []Diagnostic, judge func(text string) []Diagnostic) []Diagnostic {
	before := errorCount(list)
	budget := max(maxTrialBytes, len(text))
	if len(list) >= maxDiagnostics { // there may be more: one less would not show
		budget = 0
	}
	for i := range list {
		d := &list[i]
		var kept []Fix
		for _, fix := range d.Fixes {
			if budget -= len(text); budget < 0 {
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
