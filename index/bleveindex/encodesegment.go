package bleveindex

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	"github.com/blevesearch/vellum"
	zap "github.com/blevesearch/zapx/v17"
	"github.com/golang/snappy"
)

// An encoder writes a segment in the format of zap 17 (zap.md in its module):
// the stored ids, then for each field the postings, the dictionary and the doc
// values, then where to find them.
type encoder struct {
	out  []byte
	rows int

	dictionary bytes.Buffer
	bitmap     *roaring.Bitmap
	values     []byte // of one chunk of doc values
	compressed []byte
}

const (
	// noDocValues says in the place of an offset that a field has none.
	noDocValues = 1<<64 - 1
	// valueChunk is the number of rows whose doc values are compressed as one.
	valueChunk = 1024
	// norm is kept with each counted term. It must not be 0, which in a term of
	// one row means that there is none.
	norm = 1
)

// part encodes what was gathered.
func (b *builder) part() (*part, error) {
	e := encoder{rows: len(b.ids), bitmap: roaring.New()}
	p := &part{ids: b.ids}
	p.storedAt = e.storedIDs(b.ids)
	slices.SortFunc(b.terms, func(a, b *fieldTerms) int { return strings.Compare(a.name, b.name) })
	fields := append([]*fieldTerms{idTerms(b.ids)}, b.terms...)
	fields = slices.DeleteFunc(fields, func(f *fieldTerms) bool { return len(f.occurrences) == 0 })
	at := make([]uint64, len(fields))
	for i, f := range fields {
		var err error
		if at[i], err = e.field(f); err != nil {
			return nil, fmt.Errorf("bleveindex: build the field %s: %w", f.name, err)
		}
	}
	p.fieldsAt = e.fieldsIndex(fields, at)
	p.data, p.sum = e.out, crc32.ChecksumIEEE(e.out)
	return p, nil
}

func idTerms(ids []string) *fieldTerms {
	f := &fieldTerms{name: idName, keep: keepID, terms: ids, occurrences: make([]occurrence, len(ids))}
	for i := range f.occurrences {
		f.occurrences[i] = occurrence{uint32(i), uint32(i)}
	}
	return f
}

func (e *encoder) here() uint64 { return uint64(len(e.out)) }

func (e *encoder) number(numbers ...uint64) {
	for _, n := range numbers {
		e.out = binary.AppendUvarint(e.out, n)
	}
}

func (e *encoder) fixed(numbers ...uint64) {
	for _, n := range numbers {
		e.out = binary.BigEndian.AppendUint64(e.out, n)
	}
}

// storedIDs writes the rows' ids. No other field is stored.
func (e *encoder) storedIDs(ids []string) (at uint64) {
	offsets := make([]uint64, len(ids))
	for i, id := range ids {
		offsets[i] = e.here()
		length := binary.AppendUvarint(nil, uint64(len(id)))
		e.number(uint64(len(length)), uint64(len(id)+1))
		e.out = append(e.out, length...)
		e.out = append(e.out, id...)
		e.out = append(e.out, 0) // nothing, compressed
	}
	at = e.here()
	e.fixed(offsets...)
	e.number(0) // no document is part of another
	return at
}

// field writes the postings, dictionary and doc values of a field.
func (e *encoder) field(f *fieldTerms) (at uint64, err error) {
	d := f.sorted()
	e.dictionary.Reset()
	// As zap does: the dictionary is somewhat larger, and made faster.
	fst, err := vellum.New(&e.dictionary, &vellum.BuilderOpts{Encoder: 1, RegistryTableSize: 0, RegistryMRUSize: 1})
	if err != nil {
		return 0, err
	}
	for rank, text := range d.terms {
		rows := d.rowsOf(rank)
		if len(rows) == 0 {
			continue
		}
		postings, err := e.postings(rows, f.keep&bleve.SkipFreqNorm == 0)
		if err == nil {
			err = fst.Insert([]byte(text), postings)
		}
		if err != nil {
			return 0, err
		}
	}
	if err := fst.Close(); err != nil {
		return 0, err
	}
	dictionaryAt := e.here()
	e.number(uint64(e.dictionary.Len()))
	e.out = append(e.out, e.dictionary.Bytes()...)
	valuesFrom, valuesTo := uint64(noDocValues), uint64(noDocValues)
	if f.keep.IncludeDocValues() {
		valuesFrom = e.here()
		e.docValues(f.occurrences, d)
		valuesTo = e.here()
	}
	at = e.here()
	e.number(valuesFrom, valuesTo, dictionaryAt)
	return at, nil
}

// postings writes the rows of a term and says what the dictionary has to say of
// it. Each row of a counted term has it once.
func (e *encoder) postings(rows []uint32, counted bool) (value uint64, err error) {
	if counted && len(rows) == 1 {
		return zap.FSTValEncode1Hit(uint64(rows[0]), norm), nil
	}
	frequency := []byte{0}
	if counted {
		frequency = []byte{1 << 1, norm} // the lowest bit would say that positions follow
	}
	frequenciesAt := e.here()
	chunk := e.rows / (len(rows)/1024 + 1) // zap.DefaultChunkMode
	ends, i := make([]uint64, (e.rows-1)/chunk+1), 0
	for c := range ends {
		for i < len(rows) && int(rows[i])/chunk == c {
			i++
		}
		ends[c] = uint64(i * len(frequency))
	}
	e.number(uint64(len(ends)))
	e.number(ends...)
	for range rows {
		e.out = append(e.out, frequency...)
	}
	value = e.here()
	e.number(frequenciesAt, 0) // no positions
	e.bitmap.Clear()
	e.bitmap.AddMany(rows)
	e.number(e.bitmap.GetSerializedSizeInBytes())
	encoded, err := e.bitmap.ToBytes()
	e.out = append(e.out, encoded...)
	return value, err
}

// docValues writes the terms of each row, in their order, each closed by a
// separator.
func (e *encoder) docValues(occurrences []occurrence, d *sortedTerms) {
	from := e.here()
	ends := make([]uint64, (e.rows-1)/valueChunk+1)
	for c := range ends {
		var lengths []uint64 // row and end of its values, by turns
		e.values = e.values[:0]
		n := 0
		for n < len(occurrences) && int(occurrences[n].row)/valueChunk == c {
			row, ranks := occurrences[n].row, make([]uint32, 0, 2)
			for ; n < len(occurrences) && occurrences[n].row == row; n++ {
				ranks = append(ranks, d.ranks[occurrences[n].term])
			}
			slices.Sort(ranks)
			for _, rank := range slices.Compact(ranks) {
				e.values = append(append(e.values, d.terms[rank]...), bleve.DocValueTermSeparator)
			}
			lengths = append(lengths, uint64(row), uint64(len(e.values)))
		}
		occurrences = occurrences[n:]
		if len(lengths) > 0 {
			e.number(uint64(len(lengths) / 2))
			e.number(lengths...)
			e.compressed = snappy.Encode(e.compressed[:cap(e.compressed)], e.values)
			e.out = append(e.out, e.compressed...)
		}
		ends[c] = e.here() - from
	}
	endsAt := e.here()
	e.number(ends...)
	e.fixed(e.here()-endsAt, uint64(len(ends)))
}

// fieldsIndex writes the names of the fields and where each begins.
func (e *encoder) fieldsIndex(fields []*fieldTerms, at []uint64) (indexAt uint64) {
	entries := make([]uint64, len(fields))
	for i, f := range fields {
		entries[i] = e.here()
		e.number(uint64(len(f.name)))
		e.out = append(e.out, f.name...)
		e.number(uint64(f.keep), 1) // one section: the inverted index
		e.out = binary.BigEndian.AppendUint16(e.out, zap.SectionInvertedTextIndex)
		e.fixed(at[i])
	}
	indexAt = e.here()
	e.number(uint64(len(fields)))
	e.fixed(entries...)
	return indexAt
}
