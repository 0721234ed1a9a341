package indextest

import (
	"slices"

	"meibo/dsl"
)

// shrinkFilters goes on to smaller filters as long as they fail, too.
func shrinkFilters(of [3]dsl.Node, fails func([3]dsl.Node) bool) {
	for smaller := true; smaller; {
		smaller = false
		for i := range of {
			for _, n := range smallerFilters(of[i]) {
				candidate := of
				if candidate[i] = n; fails(candidate) {
					of, smaller = candidate, true
					break
				}
			}
		}
	}
}

// smallerFilters are those that are one step smaller.
func smallerFilters(n dsl.Node) []dsl.Node {
	switch n := n.(type) {
	case *dsl.And:
		return smallerJoined(n.Parts, allOf)
	case *dsl.Or:
		return smallerJoined(n.Parts, anyOf)
	case *dsl.Not:
		list := []dsl.Node{n.Part}
		for _, part := range smallerFilters(n.Part) {
			list = append(list, &dsl.Not{Part: part})
		}
		return list
	case *dsl.Pred:
		var list []dsl.Node
		for i := range n.Values {
			if n.List && len(n.Values) > 1 {
				small := *n
				small.Values = slices.Delete(slices.Clone(n.Values), i, i+1)
				list = append(list, &small)
			}
		}
		return list
	}
	return nil
}

func smallerJoined(parts []dsl.Node, join func(...dsl.Node) dsl.Node) []dsl.Node {
	list := slices.Clone(parts)
	for i, part := range parts {
		list = append(list, join(slices.Delete(slices.Clone(parts), i, i+1)...))
		for _, small := range smallerFilters(part) {
			of := slices.Clone(parts)
			of[i] = small
			list = append(list, join(of...))
		}
	}
	return list
}

// predsOf are the predicates of a filter.
func predsOf(n dsl.Node) []*dsl.Pred {
	var list []*dsl.Pred
	switch n := n.(type) {
	case *dsl.And:
		for _, part := range n.Parts {
			list = append(list, predsOf(part)...)
		}
	case *dsl.Or:
		for _, part := range n.Parts {
			list = append(list, predsOf(part)...)
		}
	case *dsl.Not:
		return predsOf(n.Part)
	case *dsl.Pred:
		return []*dsl.Pred{n}
	}
	return list
}
