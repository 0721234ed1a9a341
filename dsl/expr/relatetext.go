package expr

import (
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// relateTexts compares needles with needles, and then says what that means for
// the elements of a list: one of them for any, every one for all.
func (p *Prover) relateTexts(a, b Text) relation {
	if a.Kind != b.Kind || a.Region != b.Region && a.Form == Phone && b.Form == Phone {
		return unrelated
	}
	values := p.relateNeedles(a, b)
	if a.Kind != schema.List {
		return values
	}
	switch {
	case values == subset && (a.All || !b.All), values == disjoint && (a.All || b.All):
		return values
	}
	return unrelated
}

// relateNeedles compares the texts that one value can be.
func (p *Prover) relateNeedles(a, b Text) relation {
	switch {
	case a.Match != Equal && b.Match != Equal && a.Form == b.Form:
		return p.relatePieces(a, b)
	case a.Match != Equal:
		return unrelated
	case b.Match != Equal:
		return p.relateToPiece(a, b)
	case a.Form == Phone && b.Form != Phone:
		return unrelated
	case a.Form == Phone || b.Form == Phone:
		return p.relatePhones(a, b)
	case a.Form == Folded && b.Form == Exact:
		return p.relateToExact(a, b)
	}
	work := 1
	fold := func(needle string) string { return needle }
	if a.Form == Exact && b.Form == Folded {
		work, fold = foldWork, schema.Fold
	}
	return p.each(a, work, func(needle string) relation {
		_, in := slices.BinarySearch(b.Needles, fold(needle))
		return either(in)
	})
}

// each is what all the needles of an Equal have in common.
func (p *Prover) each(a Text, work int, relate func(needle string) relation) relation {
	if a.Match != Equal || a.Form == Phone || a.Kind != schema.String && a.Kind != schema.List || len(a.Needles) == 0 || !p.spend(work*len(a.Needles)) {
		return unrelated
	}
	first := relate(a.Needles[0])
	for _, needle := range a.Needles[1:] {
		if first == unrelated || relate(needle) != first {
			return unrelated
		}
	}
	return first
}

// relateToPiece holds whole texts against a piece of a text. What folds to a
// needle can be written in many ways, so nothing is known of its raw text.
func (p *Prover) relateToPiece(a, b Text) relation {
	if b.Form == Phone || a.Form == Folded && b.Form == Exact {
		return unrelated
	}
	work := 1
	fold := func(needle string) string { return needle }
	if a.Form == Exact && b.Form == Folded {
		work, fold = foldWork, schema.Fold
	}
	return p.each(a, work, func(needle string) relation { return either(b.Match.holds(fold(needle), b.Needles[0])) })
}

// relateToExact: none of the raw texts folds to a needle of a.
func (p *Prover) relateToExact(a, b Text) relation {
	if !p.spend(foldWork * len(b.Needles)) {
		return unrelated
	}
	folded := make([]string, len(b.Needles))
	for i, needle := range b.Needles {
		folded[i] = schema.Fold(needle)
	}
	slices.Sort(folded)
	return p.each(a, 1, func(needle string) relation {
		if _, in := slices.BinarySearch(folded, needle); in {
			return unrelated
		}
		return disjoint
	})
}

// relatePieces compares two pieces of texts. Phone numbers are compared by
// their text and by their digits, so both have to fit.
func (p *Prover) relatePieces(a, b Text) relation {
	n, m := a.Needles[0], b.Needles[0]
	if a.Form != Phone {
		return pieces(a.Match, b.Match, n, m)
	}
	if !p.spend(4*foldWork) || pieces(a.Match, b.Match, schema.Fold(n), schema.Fold(m)) != subset {
		return unrelated
	}
	given, ok := schema.PhoneDigits(n)
	wanted, wantedOK := schema.PhoneDigits(m)
	if !ok || wantedOK && pieces(a.Match, b.Match, given, wanted) == subset {
		return subset
	}
	return unrelated
}

// pieces: what begins with n begins with every beginning of it, and contains
// every piece of it; two beginnings of one text begin alike.
func pieces(has, wants Match, n, m string) relation {
	switch {
	case (wants == Contains || wants == has) && wants.holds(n, m):
		return subset
	case wants == has && has != Contains && !has.holds(m, n):
		return disjoint
	}
	return unrelated
}

// holds compares one text with one needle of the same form.
func (m Match) holds(text, needle string) bool {
	switch m {
	case Contains:
		return strings.Contains(text, needle)
	case Prefix:
		return strings.HasPrefix(text, needle)
	case Suffix:
		return strings.HasSuffix(text, needle)
	}
	return text == needle
}

// relatePhones compares whole phone numbers with b, which is Phone and Equal;
// a may be the raw text of one.
func (p *Prover) relatePhones(a, b Text) relation {
	if a.Form == Folded || !p.spend(phoneWork*(len(a.Needles)+len(b.Needles))) {
		return unrelated
	}
	numbers := make(map[string]bool, len(b.Needles))
	for _, needle := range b.Needles {
		numbers[phoneOf(needle, b.Region)] = true
	}
	all, none := true, true
	for _, needle := range a.Needles {
		in := numbers[phoneOf(needle, b.Region)]
		all, none = all && in, none && !in
	}
	switch {
	case all:
		return subset
	case none:
		return disjoint
	}
	return unrelated
}

// phoneOf is the same for texts that compare equal as phone numbers. No folded
// text has a control character.
func phoneOf(text, region string) string {
	if forms, ok := schema.ParsePhone(text, region); ok {
		return "\x00" + forms.International
	}
	return schema.Fold(text)
}

// inVersions: a text's version is that of its folded form.
func inVersions(text string, b Version) relation {
	if _, ok := schema.ParseVersion(text); !ok {
		return disjoint
	}
	return either(intersectVersions(Version{Field: b.Field, Min: text, Max: text}, b) != Expr(NoOne()))
}
