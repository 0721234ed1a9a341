package bleveindex

import (
	"context"
	"slices"

	bleve "github.com/blevesearch/bleve_index_api"
	"golang.org/x/sync/errgroup"

	"meibo/dsl/schema"
	"meibo/index"
)

// mostShared bounds the distinct values of one key that a builder remembers.
// Flags, countries and tags repeat; e-mails do not, and remembering them would
// cost more than folding them.
const mostShared = 512

// buildParts makes the segments of a batch's upserts, several at a time, and
// waits for them.
func buildParts(ctx context.Context, b index.Batch, o Options) ([]*part, error) {
	n := len(b.Upserts)
	if n == 0 {
		return nil, nil
	}
	parts := make([]*part, max(1, min(o.Workers, n/o.leastPart)))
	g, ctx := errgroup.WithContext(ctx)
	for i := range parts {
		records := b.Upserts[i*n/len(parts) : (i+1)*n/len(parts)]
		g.Go(func() (err error) {
			defer recovered(&err)
			builder := newBuilder(b.Fields)
			for i, r := range records {
				if i%256 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				builder.add(r)
			}
			parts[i], err = builder.part()
			return err
		})
	}
	return parts, g.Wait()
}

// A builder gathers the terms of the customers of one segment. It is not safe
// for concurrent use.
type builder struct {
	fields *schema.Fields
	region string
	ids    []string // by row
	keys   map[string]*keyBuilder
	terms  []*fieldTerms // of all fields but _id, in no order
	flags  *fieldTerms
	now    []term // of the value at hand
}

// A keyBuilder is what a builder knows of one key of records.
type keyBuilder struct {
	key     string
	isPhone bool
	forms   [forms]*fieldTerms // nil until there is a value
	flags   [forms + 2]uint32  // 1 + the flag's place in builder.flags; the last two are of false and true; 0 until there is one

	shared  map[sharedKey][]term // what values are made of; nil when they hardly repeat
	lookups int
}

type sharedKey struct {
	kind schema.Kind
	num  float64
	text string
}

func newBuilder(fields *schema.Fields) *builder {
	b := &builder{fields: fields, region: phoneRegion(fields), keys: map[string]*keyBuilder{}}
	b.flags = b.field(flagsName, keepFlags)
	return b
}

func (b *builder) field(name string, keep bleve.FieldIndexingOptions) *fieldTerms {
	f := &fieldTerms{name: name, keep: keep}
	b.terms = append(b.terms, f)
	return f
}

func (b *builder) key(key string) *keyBuilder {
	k, ok := b.keys[key]
	if !ok {
		k = &keyBuilder{key: key, isPhone: isPhoneField(b.fields, key), shared: map[sharedKey][]term{}}
		b.keys[key] = k
	}
	return k
}

// add gives a record, whose id is not empty, the next row.
func (b *builder) add(r schema.Record) {
	row := uint32(len(b.ids))
	b.ids = append(b.ids, r.ID())
	for key, v := range r.All() {
		for _, t := range b.value(b.key(key), v) {
			t.field.occurrences = append(t.field.occurrences, occurrence{row, t.number})
		}
	}
}

// value gives, or recalls, the terms of a value; they are valid until the next.
func (b *builder) value(k *keyBuilder, v schema.Value) []term {
	if k.shared == nil || v.Kind() == schema.List || k.key == schema.IDField {
		return b.build(k, v)
	}
	name := sharedKey{v.Kind(), v.Num(), v.Text()}
	terms, ok := k.shared[name]
	k.lookups++
	if ok {
		return terms
	}
	terms = b.build(k, v)
	if len(k.shared) < mostShared {
		k.shared[name] = slices.Clone(terms)
	} else if k.lookups < 2*mostShared {
		k.shared = nil
	}
	return terms
}

func (b *builder) build(k *keyBuilder, v schema.Value) []term {
	b.now = b.now[:0]
	switch v.Kind() {
	case schema.Boolean:
		if v.Bool() {
			b.flag(k, forms+1, prefixBoolean, suffixTrue)
		} else {
			b.flag(k, forms, prefixBoolean, suffixFalse)
		}
	case schema.Number:
		b.term(k, formNumber, encodeNumber(v.Num()))
	case schema.Date:
		b.term(k, formDate, encodeNumber(v.Num()))
	case schema.List:
		b.list(k, v.Elements())
	case schema.String:
		if k.key == schema.IDField {
			b.id(k, v.Text())
		} else {
			b.text(k, v.Text())
		}
	}
	return b.now
}

// term adds a term of a form of the key to the value at hand.
func (b *builder) term(k *keyBuilder, f form, text string) {
	if k.forms[f] == nil {
		k.forms[f] = b.field(f.prefix()+k.key, f.keep())
	}
	b.now = append(b.now, k.forms[f].add(text))
}

// flag adds a flag of the key, which is kept at a place of k.flags.
func (b *builder) flag(k *keyBuilder, at form, prefix, suffix string) {
	if k.flags[at] == 0 {
		k.flags[at] = 1 + b.flags.add(prefix+k.key+suffix).number
	}
	b.now = append(b.now, term{b.flags, k.flags[at] - 1})
}

func (b *builder) flagOf(k *keyBuilder, f form) { b.flag(k, f, f.prefix(), "") }

func (b *builder) id(k *keyBuilder, id string) {
	if folded := schema.Fold(id); folded != id {
		if k.forms[formText] == nil {
			k.forms[formText] = b.field(foldedIDName, keepTerms)
		}
		b.term(k, formText, folded)
		b.flagOf(k, formText)
	}
}

func (b *builder) text(k *keyBuilder, text string) {
	folded := schema.Fold(text)
	b.term(k, formText, folded)
	if folded != text {
		b.term(k, formRawText, text)
		b.flagOf(k, formRawText)
	}
	if !k.isPhone {
		return
	}
	if forms, ok := schema.ParsePhone(text, b.region); ok {
		b.term(k, formPhone, forms.International)
		if forms.National != "" {
			b.term(k, formPhone, forms.National)
		}
		b.flagOf(k, formPhone)
	}
}

func (b *builder) list(k *keyBuilder, elements []string) {
	differ := false
	for _, e := range elements {
		folded := schema.Fold(e)
		differ = differ || folded != e
		b.term(k, formList, folded)
	}
	b.flagOf(k, formList)
	if !differ {
		return
	}
	for _, e := range elements {
		b.term(k, formRawList, e)
	}
	b.flagOf(k, formRawList)
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
