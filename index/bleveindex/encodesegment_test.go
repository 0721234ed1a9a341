package bleveindex

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"

	"meibo/dsl/schema"
	"meibo/index"
)

// What we encode reads as what zap builds of the same terms, by itself and
// merged, whole and with rows dropped.
func TestSegmentsReadAsThoseOfZap(t *testing.T) {
	for name, records := range map[string][]schema.Record{
		"one row":        newCrowd(1).people(1),
		"few rows":       newCrowd(2).people(7),
		"several chunks": newCrowd(3).people(1100),
		"odd values":     oddRecords(),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(crowdFields(t))
			for _, r := range records {
				b.add(r)
			}
			p, err := b.part()
			if err != nil {
				t.Fatal(err)
			}
			plugin := &segmentFormat{}
			ours, _, err := plugin.NewUsing([]bleve.Document{p}, nil)
			if err != nil {
				t.Fatal(err)
			}
			theirs, _, err := plugin.NewUsing(zapDocuments(b), nil)
			if err != nil {
				t.Fatal(err)
			}
			compareSegments(t, ours, theirs)
			some := roaring.New()
			for row := range uint32(len(records) - 1) {
				if row%3 > 0 {
					some.Add(row)
				}
			}
			for _, drops := range []*roaring.Bitmap{nil, some} {
				compareSegments(t, mergedSegment(t, drops, ours, theirs), mergedSegment(t, drops, theirs, theirs))
			}
		})
	}
}

// oddRecords have what breaks the rule: ids that fold, lists with repetitions
// and none, keys that one late row has, texts that fold and that are empty.
func oddRecords() []schema.Record {
	records := make([]schema.Record, 1100)
	for i := range records {
		r := schema.NewRecord("ID-" + strconv.Itoa(i))
		r.Set("name", schema.Text([]string{"", "Ａ", "a", "A"}[i%4]))
		r.Set("tags", schema.Strings("VIP", "vip", "vip", strconv.Itoa(i%7)))
		r.Set("profile.unique", schema.Text("u"+strconv.Itoa(i)))
		r.Set("member", schema.Bool(i%2 == 0))
		r.Set(schema.MobileNumberField, schema.Text("090-1234-"+strconv.Itoa(1000+i%50)))
		if i == 1050 {
			r.Set("profile.late", schema.Num(-3))
			r.Set("profile.empty", schema.Strings())
		}
		records[i] = r
	}
	return records
}

func mergedSegment(t *testing.T, drops *roaring.Bitmap, segments ...scorchapi.Segment) scorchapi.Segment {
	t.Helper()
	path := filepath.Join(t.TempDir(), "merged.zap")
	plugin := zap.ZapPlugin{}
	_, _, err := plugin.Merge(segments, []*roaring.Bitmap{drops, nil}, path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := plugin.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func compareSegments(t *testing.T, ours, theirs scorchapi.Segment) {
	t.Helper()
	if ours.Count() != theirs.Count() || !reflect.DeepEqual(ours.Fields(), theirs.Fields()) {
		t.Fatalf("%d rows of %v, want %d of %v", ours.Count(), ours.Fields(), theirs.Count(), theirs.Fields())
	}
	for _, field := range theirs.Fields() {
		if got, want := readTerms(t, ours, field), readTerms(t, theirs, field); !reflect.DeepEqual(got, want) {
			t.Errorf("%s has the terms %.300v, want %.300v", field, fmt.Sprintf("%q", got), fmt.Sprintf("%q", want))
		}
	}
	decoded := [2]map[string]scorchapi.DocVisitState{{}, {}}
	for row := range theirs.Count() {
		if got, want := readRow(t, ours, row, decoded[0]), readRow(t, theirs, row, decoded[1]); !reflect.DeepEqual(got, want) {
			t.Fatalf("row %d has %q, want %q", row, got, want)
		}
	}
}

// readTerms lists each term with its rows, and how often the rows have it.
func readTerms(t *testing.T, s scorchapi.Segment, field string) (list []string) {
	t.Helper()
	dictionary, err := s.Dictionary(field)
	if err != nil {
		t.Fatal(err)
	}
	terms := dictionary.AutomatonIterator(nil, nil, nil)
	for {
		entry, err := terms.Next()
		if err != nil {
			t.Fatal(err)
		}
		if entry == nil {
			return list
		}
		postings, err := dictionary.PostingsList([]byte(entry.Term), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		text := entry.Term
		rows := postings.Iterator(true, true, true, nil)
		for {
			p, err := rows.Next()
			if err != nil {
				t.Fatal(err)
			}
			if p == nil {
				break
			}
			text += fmt.Sprintf(" %d×%d/%v", p.Number(), p.Frequency(), p.Norm())
		}
		list = append(list, text)
	}
}

// readRow lists a row's stored id, and its doc values in all fields, of which
// the segment leaves in decoded what the next row needs too.
func readRow(t *testing.T, s scorchapi.Segment, row uint64, decoded map[string]scorchapi.DocVisitState) (list []string) {
	t.Helper()
	id, err := s.DocID(row)
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, string(id))
	if found, err := s.DocNumbers([]string{string(id)}); err != nil || !found.Contains(uint32(row)) {
		t.Errorf("the id %s is not found in row %d: %v", id, row, err)
	}
	for _, field := range s.Fields() { // one at a time: their order is not said
		decoded[field], err = s.(scorchapi.DocValueVisitable).VisitDocValues(row, []string{field}, func(field string, term []byte) {
			list = append(list, field+"="+string(term))
		}, decoded[field])
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// zapDocuments dresses what a builder gathered as documents of Bleve.
func zapDocuments(b *builder) []bleve.Document {
	documents := make([]bleve.Document, len(b.ids))
	for row, id := range b.ids {
		d := &zapDocument{id: id, fields: map[string]*zapField{}}
		d.add(idTerms(b.ids), uint32(row))
		documents[row] = d
	}
	for _, f := range b.terms {
		for _, o := range f.occurrences {
			documents[o.row].(*zapDocument).add(f, o.term)
		}
	}
	return documents
}

type zapDocument struct {
	part
	id     string
	fields map[string]*zapField
}

func (d *zapDocument) add(f *fieldTerms, number uint32) {
	z := d.fields[f.name]
	if z == nil {
		z = &zapField{name: f.name, keep: f.keep, id: d.id, terms: bleve.TokenFrequencies{}}
		d.fields[f.name] = z
	}
	frequency := &bleve.TokenFreq{}
	if f.keep&bleve.SkipFreqNorm == 0 {
		frequency.SetFrequency(1)
	}
	z.terms[f.terms[number]] = frequency
}

func (d *zapDocument) ID() string { return d.id }
func (d *zapDocument) VisitFields(visit bleve.FieldVisitor) {
	for _, f := range d.fields {
		visit(f)
	}
}

type zapField struct {
	name, id string
	keep     bleve.FieldIndexingOptions
	terms    bleve.TokenFrequencies
}

func (f *zapField) Name() string                                     { return f.name }
func (f *zapField) Value() []byte                                    { return []byte(f.id) } // only of _id it is stored
func (f *zapField) ArrayPositions() []uint64                         { return nil }
func (f *zapField) EncodedFieldType() byte                           { return 't' }
func (f *zapField) Analyze()                                         {}
func (f *zapField) Options() bleve.FieldIndexingOptions              { return f.keep }
func (f *zapField) AnalyzedTokenFrequencies() bleve.TokenFrequencies { return f.terms }
func (f *zapField) NumPlainTextBytes() uint64                        { return 0 }
func (f *zapField) AnalyzedLength() int                              { return norm }

// Parts of one batch hold all of its customers, each once.
func TestPartsOfABatch(t *testing.T) {
	people := newCrowd(4).people(1000)
	for least, want := range map[int]int{1: 3, 300: 3, 400: 2, 5000: 1} {
		parts, err := buildParts(context.Background(), index.Batch{Upserts: people}, Options{Workers: 3, leastPart: least})
		if err != nil || len(parts) != want {
			t.Fatalf("%d parts of at least %d, %v, want %d", len(parts), least, err, want)
		}
		n := 0
		for _, p := range parts {
			for _, id := range p.ids {
				if id != people[n].ID() {
					t.Fatalf("row %d is %s, want %s", n, id, people[n].ID())
				}
				n++
			}
		}
		if n != len(people) {
			t.Errorf("%d customers in the parts", n)
		}
	}
}
