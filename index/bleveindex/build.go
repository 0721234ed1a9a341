package bleveindex

import (
	"context"
	"fmt"
	"slices"

	bleve "github.com/blevesearch/bleve_index_api"
	"golang.org/x/sync/errgroup"

	"meibo/dsl/schema"
	"meibo/index"
)

// mostShared bounds the values of one key whose fields are shared within a
// batch. Flags, countries and tags repeat; e-mails do not, and remembering
// them would cost more than folding them.
const mostShared = 512

// buildDocuments makes the documents of a batch's upserts on several
// goroutines and waits for them.
func buildDocuments(ctx context.Context, b index.Batch, workers int) ([]*document, error) {
	docs := make([]*document, len(b.Upserts))
	share := max(64, (len(docs)+workers-1)/workers)
	g, ctx := errgroup.WithContext(ctx)
	for from := 0; from < len(docs); from += share {
		to := min(from+share, len(docs))
		g.Go(func() (err error) {
			defer recovered(&err)
			builder := newBuilder(b.Fields)
			for i, r := range b.Upserts[from:to] {
				if i%256 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				if docs[from+i], err = builder.document(r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return docs, g.Wait()
}

// A builder makes documents. It is not safe for concurrent use.
type builder struct {
	fields *schema.Fields
	region string
	keys   map[string]*keyBuilder
	once   *bleve.TokenFreq // a term counted once, shared by all
	noted  *bleve.TokenFreq // a term not counted
	flags  []string         // of the document at hand
}

// A keyBuilder makes the Bleve fields of one key of records.
type keyBuilder struct {
	isPhone                                                        bool
	number, date, text, rawText, phone, list, rawList, isTrue, isF string
	shared                                                         map[sharedKey]built
}

type sharedKey struct {
	kind schema.Kind
	num  float64
	text string
}

// built is what one value adds to a document.
type built struct {
	fields []*field
	flags  []string
}

func newBuilder(fields *schema.Fields) *builder {
	b := &builder{
		fields: fields, region: phoneRegion(fields), keys: map[string]*keyBuilder{},
		once: &bleve.TokenFreq{}, noted: &bleve.TokenFreq{},
	}
	b.once.SetFrequency(1)
	return b
}

func (b *builder) key(key string) *keyBuilder {
	k, ok := b.keys[key]
	if !ok {
		k = &keyBuilder{
			isPhone: isPhoneField(b.fields, key), shared: map[sharedKey]built{},
			number: prefixNumber + key, date: prefixDate + key, text: prefixText + key, rawText: prefixRawText + key,
			phone: prefixPhone + key, list: prefixList + key, rawList: prefixRawList + key,
			isTrue: prefixBoolean + key + suffixTrue, isF: prefixBoolean + key + suffixFalse,
		}
		b.keys[key] = k
	}
	return k
}

func (b *builder) document(r schema.Record) (*document, error) {
	id := r.ID()
	if id == "" {
		return nil, fmt.Errorf("bleveindex: a record without an id")
	}
	d := &document{id: id, fields: make([]*field, 0, r.Len()+4)}
	d.fields = append(d.fields, &field{name: idName, keep: keepID, value: []byte(id), terms: b.terms(b.once, id)})
	b.flags = b.flags[:0]
	for key, v := range r.All() {
		add := b.value(key, v)
		d.fields = append(d.fields, add.fields...)
		b.flags = append(b.flags, add.flags...)
	}
	if len(b.flags) > 0 {
		d.fields = append(d.fields, &field{name: flagsName, keep: keepFlags, terms: b.terms(b.noted, b.flags...)})
	}
	return d, nil
}

func (b *builder) terms(count *bleve.TokenFreq, terms ...string) bleve.TokenFrequencies {
	set := make(bleve.TokenFrequencies, len(terms))
	for _, t := range terms {
		set[t] = count
	}
	return set
}

// value builds, or recalls, what a value adds.
func (b *builder) value(key string, v schema.Value) built {
	k := b.key(key)
	if v.Kind() == schema.List || key == schema.IDField {
		return b.build(key, k, v)
	}
	name := sharedKey{v.Kind(), v.Num(), v.Text()}
	add, ok := k.shared[name]
	if !ok {
		add = b.build(key, k, v)
		if len(k.shared) < mostShared {
			k.shared[name] = add
		}
	}
	return add
}

func (b *builder) build(key string, k *keyBuilder, v schema.Value) built {
	switch v.Kind() {
	case schema.Boolean:
		if v.Bool() {
			return built{flags: []string{k.isTrue}}
		}
		return built{flags: []string{k.isF}}
	case schema.Number:
		return b.number(k.number, v.Num())
	case schema.Date:
		return b.number(k.date, v.Num())
	case schema.List:
		return b.list(k, v.Elements())
	case schema.String:
		if key == schema.IDField {
			return b.id(v.Text())
		}
		return b.text(k, v.Text())
	}
	return built{}
}

func (b *builder) number(name string, n float64) built {
	return built{fields: []*field{{name: name, keep: keepColumn, terms: b.terms(b.once, encodeNumber(n))}}}
}

func (b *builder) id(id string) built {
	folded := schema.Fold(id)
	if folded == id {
		return built{}
	}
	return built{
		fields: []*field{{name: foldedIDName, keep: keepTerms, terms: b.terms(b.once, folded)}},
		flags:  []string{foldedIDName},
	}
}

func (b *builder) text(k *keyBuilder, text string) built {
	folded := schema.Fold(text)
	add := built{fields: []*field{{name: k.text, keep: keepColumn, terms: b.terms(b.once, folded)}}}
	if folded != text {
		add.fields = append(add.fields, &field{name: k.rawText, keep: keepTerms, terms: b.terms(b.once, text)})
		add.flags = append(add.flags, k.rawText)
	}
	if !k.isPhone {
		return add
	}
	if forms, ok := schema.ParsePhone(text, b.region); ok {
		terms := []string{forms.International}
		if forms.National != "" {
			terms = append(terms, forms.National)
		}
		add.fields = append(add.fields, &field{name: k.phone, keep: keepColumn, terms: b.terms(b.once, terms...)})
		add.flags = append(add.flags, k.phone)
	}
	return add
}

func (b *builder) list(k *keyBuilder, elements []string) built {
	folded := make([]string, len(elements))
	for i, e := range elements {
		folded[i] = schema.Fold(e)
	}
	add := built{
		fields: []*field{{name: k.list, keep: keepFlags, terms: b.terms(b.noted, folded...)}},
		flags:  []string{k.list},
	}
	if !slices.Equal(folded, elements) {
		add.fields = append(add.fields, &field{name: k.rawList, keep: keepFlags, terms: b.terms(b.noted, elements...)})
		add.flags = append(add.flags, k.rawList)
	}
	return add
}

// isPhoneField reports whether the values of a String field are also indexed
// as phone numbers. Quick search reads the mobile number as one whatever its
// format.
func isPhoneField(fields *schema.Fields, key string) bool {
	if key == schema.MobileNumberField {
		return true
	}
	if fields == nil {
		return false
	}
	f, ok := fields.Lookup(key)
	return ok && f.Kind == schema.String && f.Format == schema.FormatPhone
}
