package dsl

import (
	"slices"
	"strings"

	"meibo/dsl/expr"
)

// siblings are the parts of one AND or OR, compared with one another.
type siblings struct {
	*linter
	whole   *part
	or      bool
	decided bool // two parts decide the whole: no one matches, or everyone
}

// An idle part says nothing because of another.
type idle struct{ part, reason *part }

// compare tells of parts that are there twice, that contradict each other and
// that follow from each other. Beside a contradiction the last is not worth
// telling.
func (s *siblings) compare() {
	parts := s.distinct()
	var idles []idle
	out := make([]bool, len(parts))
	s.pairs(parts, func(i, j int) {
		a, b := parts[i], parts[j]
		switch {
		case out[i] || out[j]:
		case s.opposed(a, b):
			out[i], out[j], s.decided = true, true, true
			s.tellOpposed(a, b)
		case s.says(a, b):
			out[j] = true
			idles = append(idles, idle{b, a})
		case s.says(b, a):
			out[i] = true
			idles = append(idles, idle{a, b})
		}
	})
	if s.decided {
		return
	}
	for _, one := range idles {
		s.tellIdle(one)
	}
}

// distinct tells of parts that say the same as one before, and gives the
// others of which something is known.
func (s *siblings) distinct() []*part {
	first := make(map[string]*part, len(s.whole.parts))
	var parts []*part
	for _, p := range s.whole.parts {
		if _, constant := p.constant(); p.means == nil || constant {
			continue
		}
		key := expr.String(p.lasting) // the same filter of a segment today is not the same condition
		before := first[key]
		if before == nil {
			first[key] = p
			parts = append(parts, p)
			continue
		}
		s.forget(p)
		s.tellTwice(p, before)
	}
	return parts
}

func (s *siblings) tellTwice(p, before *part) {
	one := fault{code: "duplicate_condition", warning: true, at: p.at,
		message: say("「%[1]s」は「%[2]s」と同じ条件です。", "%[1]s says the same as %[2]s", s.shown(p.at), s.shown(before.at)),
		fixes:   []change{s.outline.without(p.at, s.whole.connective())}}
	if s.shown(p.at) == s.shown(before.at) {
		one.message = say("「%s」はもう書いてあります。", "%s is there already", s.shown(p.at))
	}
	s.found.add(one)
}

// pairs visits the pairs of parts that read a field in common.
func (s *siblings) pairs(parts []*part, visit func(i, j int)) {
	fields := make([][]string, len(parts))
	readers := map[string][]int{} // of parts not yet visited
	for i, p := range parts {
		fields[i] = expr.FieldsOf(p.means)
		for _, field := range fields[i] {
			readers[field] = append(readers[field], i)
		}
	}
	met := map[[2]int]bool{}
	for i := range parts {
		for _, field := range fields[i] {
			readers[field] = readers[field][1:]
			for _, j := range readers[field] {
				if s.comparisons--; s.comparisons < 0 {
					return
				}
				if !met[[2]int{i, j}] {
					met[[2]int{i, j}] = true
					visit(i, j)
				}
			}
		}
	}
}

// opposed: no one matches both, or everyone one of them.
func (s *siblings) opposed(a, b *part) bool {
	if s.or {
		return s.prover.Covers(a.means, b.means)
	}
	return s.prover.Excludes(a.means, b.means)
}

// says reports whether b says nothing beside a, whatever segments become. OR
// x IS UNSET says openly what a negative beside it implies, so it is left alone.
func (s *siblings) says(a, b *part) bool {
	if s.or {
		_, open := unsetField(b.means)
		return !open && s.prover.Implies(b.lasting, a.lasting)
	}
	return s.prover.Implies(a.lasting, b.lasting)
}

// unsetField is the field of x IS UNSET.
func unsetField(e expr.Expr) (string, bool) {
	not, _ := e.(expr.Not)
	present, ok := not.Of.(expr.Present)
	return present.Field, ok
}

func (s *siblings) tellIdle(one idle) {
	s.forget(one.part)
	words := say("「%[2]s」が成り立てば必ず成り立つので、「%[1]s」はあってもなくても同じです。",
		"%[1]s says nothing beside %[2]s, which implies it", s.shown(one.part.at), s.shown(one.reason.at))
	if s.or {
		words = say("「%[1]s」に当てはまる人はみな「%[2]s」にも当てはまるので、「%[1]s」はあってもなくても同じです。",
			"%[1]s says nothing: whoever matches it matches %[2]s too", s.shown(one.part.at), s.shown(one.reason.at))
	}
	s.found.add(fault{code: "redundant_condition", warning: true, at: one.part.at, message: words, fixes: []change{s.outline.without(one.part.at, s.whole.connective())}})
}

// forget drops what was told of the conditions inside a part that can go as a
// whole. Fields are told where they are first named, and are named elsewhere.
func (s *siblings) forget(p *part) {
	s.found.list = slices.DeleteFunc(s.found.list, func(one fault) bool {
		switch one.code {
		case "hidden_field", "archived_field", "empty_field":
			return false
		}
		return one.at.Start >= p.at.Start && one.at.End <= p.at.End
	})
}

func (s *siblings) tellOpposed(a, b *part) {
	at := s.outline.balanced(a.at.join(b.at))
	one := fault{code: "contradiction", warning: true, at: at,
		message: say("「%[1]s」と「%[2]s」は同時に成り立たないので、誰にも当てはまりません。", "%[1]s and %[2]s never hold together, so no one matches", s.shown(a.at), s.shown(b.at))}
	if s.or {
		one = alwaysTrue(at, s.shown(at))
		one.message = say("「%[1]s」と「%[2]s」のどちらかは必ず成り立つので、全員に当てはまります。", "one of %[1]s and %[2]s always holds, so everyone matches", s.shown(a.at), s.shown(b.at))
	}
	one.fixes = s.otherConnective(a, b)
	s.found.add(one)
}

// tellWhole: all parts together decide, no two of them alone.
func (s *siblings) tellWhole() {
	at := s.whole.at
	if s.or {
		s.found.add(alwaysTrue(at, s.shown(at)))
		return
	}
	s.found.add(fault{code: "contradiction", warning: true, at: at,
		message: say("これらの条件がすべて成り立つことはないので、誰にも当てはまりません。", "these conditions never hold all together, so no one matches")})
}

// otherConnective is the fix of country = "JP" AND country = "US" and of
// country != "JP" OR country != "US": people say and of a sum, or of what they
// leave out.
func (s *siblings) otherConnective(a, b *part) []change {
	first, ok1 := a.node.(*Pred)
	second, ok2 := b.node.(*Pred)
	if len(s.whole.parts) != 2 || !ok1 || !ok2 || !s.compared(first) || !s.compared(second) {
		return nil
	}
	if strings.Join(first.Path.Names, ".") != strings.Join(second.Path.Names, ".") {
		return nil
	}
	other := map[tokenKind]string{tokAnd: "OR", tokOr: "AND"}
	for _, t := range s.outline.between(a.at.End, b.at.Start) {
		if word := other[t.kind]; word != "" {
			return []change{replace(t.at, word)}
		}
	}
	return nil
}

// compared: with a value that is not true or false, and negated in an OR only.
func (s *siblings) compared(p *Pred) bool {
	return p.Op != Set && p.Negated == s.or && len(p.Values) > 0 && p.Values[0].Kind != BoolValue
}
