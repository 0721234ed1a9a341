package bleveindex

import (
	"slices"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

func (c compiler) text(e expr.Text) node {
	switch {
	case len(e.Needles) == 0:
		return constant(false)
	case e.Kind == schema.List:
		return listText(e)
	case e.Field == schema.IDField:
		return idText(e)
	case e.Form == expr.Exact:
		return exactText(e)
	case e.Form == expr.Phone:
		return c.phone(e)
	case e.Match == expr.Equal:
		return newTerms(prefixText+e.Field, e.Needles)
	}
	return &text{prefixText + e.Field, byNeedles(e)}
}

// byNeedles is the comparison of a text as it stands.
func byNeedles(e expr.Text) matcher {
	if e.Match == expr.Equal {
		return oneOf(slices.Sorted(slices.Values(e.Needles)))
	}
	return substring{e.Match, e.Needles[0]}
}

// exactText: raw text is indexed only where it differs from the folded, so it
// is compared there, and the folded where there is no other.
func exactText(e expr.Text) node {
	raw := prefixRawText + e.Field
	if e.Match == expr.Equal {
		return either(newTerms(raw, e.Needles), without(newTerms(prefixText+e.Field, e.Needles), raw))
	}
	return either(&dictionary{raw, byNeedles(e)}, without(&text{prefixText + e.Field, byNeedles(e)}, raw))
}

// idText: of ids it is the folded form that is indexed only where it differs.
func idText(e expr.Text) node {
	switch {
	case e.Form == expr.Phone:
		return &text{foldedIDName, parsedPhone{e}}
	case e.Form == expr.Exact && e.Match == expr.Equal:
		return newTerms(idName, e.Needles)
	case e.Form == expr.Exact:
		return &text{idName, byNeedles(e)}
	case e.Match == expr.Equal:
		return either(newTerms(foldedIDName, e.Needles), without(newTerms(idName, e.Needles), foldedIDName))
	}
	return &text{foldedIDName, byNeedles(e)}
}

// phone compares numbers by their indexed forms and what is no number as text.
func (c compiler) phone(e expr.Text) node {
	if !c.state.hasPhones(e.Field, e.Region) {
		return &text{prefixText + e.Field, parsedPhone{e}}
	}
	name := prefixPhone + e.Field
	if e.Match == expr.Equal {
		var numbers, others []string
		for _, needle := range e.Needles {
			if forms, ok := schema.ParsePhone(needle, e.Region); ok {
				numbers = append(numbers, forms.International)
			} else {
				others = append(others, schema.Fold(needle))
			}
		}
		return either(newTerms(name, numbers), without(newTerms(prefixText+e.Field, others), name))
	}
	other := without(&text{prefixText + e.Field, substring{e.Match, schema.Fold(e.Needles[0])}}, name)
	digits, ok := schema.PhoneDigits(e.Needles[0])
	if !ok {
		return other
	}
	return either(&text{name, byDigits(e.Match, digits)}, other)
}

// byDigits compares the joined forms of a number. Digits that any form holds
// are in the joined text, since they never hold the separator.
func byDigits(how expr.Match, digits string) matcher {
	if how == expr.Contains {
		return substring{how, digits}
	}
	return digitsOf{how, digits}
}

// listText compares the elements of a List. "All match" is "it is a list and none
// does not match".
func listText(e expr.Text) node {
	var by matcher = byNeedles(e)
	if e.Form == expr.Phone {
		by = parsedPhone{e}
	}
	if !e.All {
		return elements(e, by)
	}
	isList := newTerms(flagsName, []string{prefixList + e.Field})
	return both(isList, negate(elements(e, otherThan{by})))
}

// elements is true where any element is taken by the matcher. Raw elements are
// indexed, all of them, where any differs from its folded form.
func elements(e expr.Text, by matcher) node {
	folded := elementNode(prefixList+e.Field, by)
	if e.Form != expr.Exact {
		return folded
	}
	raw := prefixRawList + e.Field
	return either(elementNode(raw, by), without(folded, raw))
}

func elementNode(field string, by matcher) node {
	if list, ok := by.(oneOf); ok {
		return newTerms(field, list)
	}
	return &dictionary{field, by}
}
