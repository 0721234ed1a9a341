package service

import (
	"context"
	"fmt"

	"meibo/dsl/schema"
	"meibo/index"
)

// unmatchedStep is how many records are read at a time while looking which
// lines matched.
const unmatchedStep = 1000

// unmatched gives the lines of a list search that no customer matches, in
// their order. It reads the records that the list matches, which are about as
// many as its lines, and stops early once every line has been seen. Cost: one
// map look-up per line form and per comparable value.
func (s *Service) unmatched(ctx context.Context, snap index.Snapshot, a asked) ([]string, error) {
	waiting := newLineSet(a.lines, a.fields)
	ids := make([]string, 0, unmatchedStep)
	var failed error
	look := func() bool {
		customers, err := s.store.Customers(ids)
		if err != nil {
			failed = fmt.Errorf("read the customers of a list search: %w", err)
			return false
		}
		for _, c := range customers {
			waiting.strike(c.Record)
		}
		ids = ids[:0]
		return waiting.left > 0
	}
	err := snap.IDs(ctx, a.quick, func(id string) bool {
		ids = append(ids, id)
		return len(ids) < unmatchedStep || look()
	})
	if err != nil {
		return nil, refuseEngine(err)
	}
	if failed == nil && len(ids) > 0 {
		look()
	}
	return waiting.unseen(), failed
}

// A lineSet is the lines of a list search by every form in which a customer's
// e-mail, phone number, member id or id can equal one.
type lineSet struct {
	lines  []string
	seen   []bool
	left   int
	folded map[string][]int // schema.Fold of the line
	phones map[string][]int // its international form
	fields *schema.Fields   // those that may be looked at
}

func newLineSet(lines []string, fields *schema.Fields) *lineSet {
	l := &lineSet{lines: lines, seen: make([]bool, len(lines)), left: len(lines), fields: fields,
		folded: map[string][]int{}, phones: map[string][]int{}}
	for i, line := range lines {
		folded := schema.Fold(line)
		l.folded[folded] = append(l.folded[folded], i)
		if p, ok := schema.ParsePhone(line, fields.Region); ok {
			l.phones[p.International] = append(l.phones[p.International], i)
		}
	}
	return l
}

// strike marks the lines that a record equals.
func (l *lineSet) strike(r schema.Record) {
	for _, key := range []string{schema.EmailField, schema.MemberIDField, schema.IDField} {
		if v := l.value(r, key); !v.IsMissing() {
			l.mark(l.folded[schema.Fold(v.Text())])
		}
	}
	if v := l.value(r, schema.MobileNumberField); !v.IsMissing() {
		if p, ok := schema.ParsePhone(v.Text(), l.fields.Region); ok {
			l.mark(l.phones[p.International])
		} else {
			l.mark(l.folded[schema.Fold(v.Text())])
		}
	}
}

// value is what a record has in a field that may be looked at.
func (l *lineSet) value(r schema.Record, key string) schema.Value {
	if _, ok := l.fields.Lookup(key); !ok {
		return schema.Value{}
	}
	return r.Get(key)
}

func (l *lineSet) mark(found []int) {
	for _, i := range found {
		if !l.seen[i] {
			l.seen[i] = true
			l.left--
		}
	}
}

func (l *lineSet) unseen() []string {
	var lines []string
	for i, line := range l.lines {
		if !l.seen[i] {
			lines = append(lines, line)
		}
	}
	return lines
}
