package service

import (
	"fmt"
	"slices"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/store"
)

// usesOfField lists the segments that read a field, in the order of their
// keys: those that name it, and those that read it through quick search or
// through another segment. Cost: every segment is compiled.
func (s *Service) usesOfField(key string) ([]Use, error) {
	all, err := s.store.Segments()
	if err != nil {
		return nil, fmt.Errorf("read the segments: %w", err)
	}
	env := s.env(asked{fields: s.store.Fields(), now: s.clock(), zone: s.zone()})
	var uses []Use
	for _, segment := range all {
		if s.segmentReads(segment, key, env) {
			uses = append(uses, Use{Kind: "segment", Key: segment.Key})
		}
	}
	return uses, nil
}

func (s *Service) segmentReads(segment store.Segment, key string, env dsl.Env) bool {
	if query, faults := dsl.Parse(segment.Filter); !dsl.HasErrors(faults) && names(query.Tree(), key) {
		return true // also where simplifying would leave it out
	}
	compiled, faults := dsl.Compile(segment.Filter, env.Within(s.compilable(segment)))
	return !dsl.HasErrors(faults) && slices.Contains(expr.FieldsOf(compiled.Expr), key)
}

// names reports whether a condition of the tree is about a field.
func names(t *dsl.Tree, key string) bool {
	return t != nil && (t.Field == key || slices.ContainsFunc(t.Parts, func(part *dsl.Tree) bool { return names(part, key) }))
}
