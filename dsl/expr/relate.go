package expr

import "slices"

// A relation is what is known of the customers that match one simple
// condition and those that match another.
type relation uint8

const (
	unrelated relation = iota // nothing is known
	subset                    // all of the first are among the second
	disjoint                  // none of the first is among the second
)

// relate compares two simple conditions. Where disjoint shows from one side
// only, the other order says unrelated.
func (p *Prover) relate(a, b Expr) relation {
	if quick, ok := a.(Quick); ok {
		return p.relateQuick(quick, b)
	}
	if fieldOf(a) != fieldOf(b) {
		return unrelated
	}
	if _, ok := b.(Present); ok {
		return subset
	}
	switch a := a.(type) {
	case Boolean:
		if b, ok := b.(Boolean); ok {
			return either(a.Value == b.Value)
		}
	case Range, Among:
		return p.relateMerged(a, b)
	case Version:
		return p.relateMerged(a, b)
	case Text:
		switch b := b.(type) {
		case Text:
			return p.relateTexts(a, b)
		case Version:
			return p.each(a, versionWork, func(needle string) relation { return inVersions(needle, b) })
		}
	}
	return unrelated
}

// fieldOf is the field that a simple condition reads; "" for quick search,
// which reads several.
func fieldOf(e Expr) string {
	switch e := e.(type) {
	case Present:
		return e.Field
	case Boolean:
		return e.Field
	case Range:
		return e.Field
	case Among:
		return e.Field
	case Text:
		return e.Field
	case Version:
		return e.Field
	}
	return ""
}

func either(in bool) relation {
	if in {
		return subset
	}
	return disjoint
}

// The work of looking at one value, in units: see Prover.
const (
	foldWork    = 20
	versionWork = 40
	phoneWork   = 500
)

// relateMerged compares what Simplify merges: a is a subset of b when a AND b
// is a.
func (p *Prover) relateMerged(a, b Expr) relation {
	keyA, okA := andKey(a)
	keyB, okB := andKey(b)
	if !okA || !okB || keyA != keyB || !p.spend(mergeWork(a)+mergeWork(b)) {
		return unrelated
	}
	merged := mergeBoth(a, b)
	if merged == Expr(NoOne()) {
		return disjoint
	}
	same := false
	switch a := a.(type) {
	case Range:
		m, ok := merged.(Range)
		same = ok && m == a
	case Version:
		m, ok := merged.(Version)
		same = ok && m == a
	case Among:
		m, ok := merged.(Among)
		same = ok && len(m.Values) == len(a.Values)
	}
	if same {
		return subset
	}
	return unrelated
}

func mergeWork(e Expr) int {
	switch e := e.(type) {
	case Among:
		return len(e.Values)
	case Version:
		return versionWork
	}
	return 1
}

// relateQuick: who has all of the terms has each, and in fewer fields.
func (p *Prover) relateQuick(a Quick, b Expr) relation {
	wanted, ok := b.(Quick)
	if !ok || a.Region != wanted.Region || slices.ContainsFunc(a.Reads(), func(key string) bool { return !slices.Contains(wanted.Reads(), key) }) || !p.spend(len(a.Terms)*len(wanted.Terms)) {
		return unrelated
	}
	for _, term := range wanted.Terms {
		if !slices.Contains(a.Terms, term) {
			return unrelated
		}
	}
	return subset
}
