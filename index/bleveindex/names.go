package bleveindex

import "meibo/dsl/schema"

// The fields of a Bleve document. A name is a prefix, which says the kind and
// the form of the terms, and the key of the record's field; a key whose kind
// was changed so never mixes values of two kinds.
//
//	_id        the raw id (Bleve's own field, indexed and stored)
//	n:KEY      a Number, d:KEY a Date: one order-preserving term (encodeNumber)
//	s:KEY      a String, folded
//	r:KEY      a String as it is, only where that differs from s:KEY
//	p:KEY      a phone number: E.164 and the national digits
//	l:KEY      the elements of a List, folded
//	q:KEY      all elements of a List as they are, only where one differs
//	flags      b:KEY=t or b:KEY=f, a Boolean; and the names of the document's
//	           fields of the kinds r, p, l and q
//
// The id is in s:id, with a flag, only where its folded form differs from it.
// Numbers and texts have no flag that says that they are there: with one for
// each of 40 fields a load takes a quarter longer, and the column says it too.
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
	valueSeparator = 0 // between the values of a joined column; folded text and digits never hold it
)

// numberName is the Bleve field of a Number or Date field.
func numberName(kind schema.Kind, key string) string {
	if kind == schema.Date {
		return prefixDate + key
	}
	return prefixNumber + key
}

// presenceFlags are the flags of which a customer with a Boolean or a List in
// the field has exactly one.
func presenceFlags(key string) []string {
	return []string{prefixBoolean + key + suffixFalse, prefixBoolean + key + suffixTrue, prefixList + key}
}

// presenceColumns are the columns of which a customer with a number or a text
// in the field has exactly one.
func presenceColumns(key string) []string {
	return []string{prefixDate + key, prefixNumber + key, prefixText + key}
}
