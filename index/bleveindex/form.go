package bleveindex

import bleve "github.com/blevesearch/bleve_index_api"

// A form is how the values of a key are written in a Bleve field of their own.
type form int

const (
	formNumber form = iota
	formDate
	formText
	formRawText
	formPhone
	formList
	formRawList
	forms
)

// How Bleve keeps a field. Terms are counted once per customer where most are
// unique: such a term is then in the dictionary itself, without a postings
// list. Where terms are shared by many the count would only take space.
const (
	keepID     = bleve.IndexField | bleve.StoreField // what scorch expects of _id
	keepColumn = bleve.IndexField | bleve.DocValues
	keepTerms  = bleve.IndexField
	keepFlags  = bleve.IndexField | bleve.SkipFreqNorm
)

func (f form) prefix() string {
	return [forms]string{prefixNumber, prefixDate, prefixText, prefixRawText, prefixPhone, prefixList, prefixRawList}[f]
}

func (f form) keep() bleve.FieldIndexingOptions {
	return [forms]bleve.FieldIndexingOptions{keepColumn, keepColumn, keepColumn, keepTerms, keepColumn, keepFlags, keepFlags}[f]
}
