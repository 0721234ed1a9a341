package bleveindex

import "meibo/dsl/schema"

// The fields of a Bleve document. A name is a prefix, which says the kind and
// the form of the terms, and the key of the record's field; a key whose kind
// was changed so never mixes values of two kinds.
//
//	_id        the raw id (Bleve's own field, indexed and stored)
//	flags      one term for each other field of the document, by its name,
//	           and KEY=t or KEY=f behind "b:" for a Boolean
//	n:KEY      a Number, d:KEY a Date: one order-preserving term (encodeNumber)
//	s:KEY      a String, folded
//	r:KEY      a String as it is, only where that differs from s:KEY
//	p:KEY      a phone number: E.164 and the national digits
//	l:KEY      the elements of a List, folded
//	q:KEY      all elements of a List as they are, only where one differs
//
// The id is in s:id only where its folded form differs from it.
const (
	idName    = "_id"
	flagsName = "flags"

	prefixBoolean  = "b:"
	prefixNumber   = "n:"
	prefixDate     = "d:"
	prefixText     = "s:"
	prefixRawText  = "r:"
	prefixPhone    = "p:"
	prefixList     = "l:"
	prefixRawList  = "q:"
	suffixTrue     = "=t"
	suffixFalse    = "=f"
	foldedIDName   = prefixText + schema.IDField
	quickName      = "quick" // a column only: what quick search reads, joined
	valueSeparator = 0       // between the values of a joined column; folded text and digits never hold it
)

// numberName is the Bleve field of a Number or Date field.
func numberName(kind schema.Kind, key string) string {
	if kind == schema.Date {
		return prefixDate + key
	}
	return prefixNumber + key
}

// presenceFlags are the flags of which a customer with a value in the field
// has exactly one.
func presenceFlags(key string) []string {
	return []string{
		prefixBoolean + key + suffixFalse, prefixBoolean + key + suffixTrue,
		prefixDate + key, prefixList + key, prefixNumber + key, prefixText + key,
	}
}
