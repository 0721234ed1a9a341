package bleveindex

import (
	bleve "github.com/blevesearch/bleve_index_api"
)

// How a Bleve field is kept. Terms are counted once per document where most
// are unique: a merge then writes them into the dictionary itself, without a
// postings list. Where terms are shared by many the count would only take
// space.
const (
	keepID     = bleve.IndexField | bleve.StoreField // what scorch expects of _id
	keepColumn = bleve.IndexField | bleve.DocValues
	keepTerms  = bleve.IndexField
	keepFlags  = bleve.IndexField | bleve.SkipFreqNorm
)

// A document is a record as Bleve takes it. It is read-only once built; its
// fields may be shared between documents of a batch.
type document struct {
	id     string
	fields []*field
}

func (d *document) ID() string { return d.id }

// VisitFields yields each Bleve field once: zap merges the terms of a repeated
// one into a map that may be shared.
func (d *document) VisitFields(visit bleve.FieldVisitor) {
	for _, f := range d.fields {
		visit(f)
	}
}

func (d *document) VisitComposite(bleve.CompositeFieldVisitor) {}
func (d *document) HasComposite() bool                         { return false }
func (d *document) AddIDField()                                {} // built in
func (d *document) Indexed() bool                              { return true }
func (d *document) NumPlainTextBytes() uint64                  { return 0 }
func (d *document) StoredFieldsBytes() uint64                  { return uint64(len(d.id)) }
func (d *document) Size() int                                  { return len(d.id) }

// A field holds the terms of one Bleve field of a document.
type field struct {
	name  string
	keep  bleve.FieldIndexingOptions
	value []byte // what is stored; only of _id
	terms bleve.TokenFrequencies
}

func (f *field) Name() string                                     { return f.name }
func (f *field) Value() []byte                                    { return f.value }
func (f *field) ArrayPositions() []uint64                         { return nil }
func (f *field) EncodedFieldType() byte                           { return 't' }
func (f *field) Analyze()                                         {}
func (f *field) Options() bleve.FieldIndexingOptions              { return f.keep }
func (f *field) AnalyzedTokenFrequencies() bleve.TokenFrequencies { return f.terms }
func (f *field) NumPlainTextBytes() uint64                        { return 0 }

// AnalyzedLength must not be 0: zap keeps it with a term of a single document
// and takes 0 for "no document".
func (f *field) AnalyzedLength() int { return 1 }
