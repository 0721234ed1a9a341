package dsl

import "strings"

// group says an And or Or that stands inside something else, or is negated.
// It needs no ordering of AND and OR from its reader: the number of parts that
// have to hold is said, and brackets hold them together.
func (d *Describer) group(parts []Node, and, negated bool) phrase {
	all := d.each(parts, and)
	ja, en := make([]string, len(all)), make([]string, len(all))
	for i, p := range all {
		ja[i], en[i] = p.ja.plain(), p.en
	}
	how, end := groupJA(len(all), and, negated)
	said := phrase{ja: japanese{"［" + strings.Join(ja, "／") + "］の" + how, end, ""}}
	if before, between, ok := pairEN(parts, and, negated); ok && len(all) == 2 {
		said.en = before + en[0] + between + en[1]
	} else {
		said.en = groupEN(and, negated) + " [" + strings.Join(en, "; ") + "]"
	}
	return said
}

func groupJA(n int, and, negated bool) (how string, end ending) {
	two := n == 2
	choose := func(ofTwo, ofMore string) string {
		if two {
			return ofTwo
		}
		return ofMore
	}
	switch {
	case and && negated:
		return choose("少なくとも一方に", "少なくとも 1 つに"), endAppliesNot
	case negated:
		return choose("どちらにも", "いずれにも"), endAppliesNot
	case and:
		return choose("両方に", "すべてに"), endApplies
	}
	return choose("どちらかに", "いずれかに"), endApplies
}

// pairEN says two plain conditions without brackets.
func pairEN(parts []Node, and, negated bool) (before, between string, ok bool) {
	for _, part := range parts {
		inner, _ := withoutNots(part)
		if joined, _ := partsOf(inner); joined != nil {
			return "", "", false
		}
	}
	switch {
	case and && negated:
		return "", "", false
	case negated:
		return "neither ", " nor ", true
	case and:
		return "both ", " and ", true
	}
	return "either ", " or ", true
}

func groupEN(and, negated bool) string {
	switch {
	case and && negated:
		return "not all of"
	case negated:
		return "none of"
	case and:
		return "all of"
	}
	return "any of"
}
