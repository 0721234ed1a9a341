package bleveindex

import (
	"context"
	"fmt"
	"strings"

	"meibo/dsl/schema"
)

// A column is named by the Bleve field that it holds (see names.go), or by a
// form and the name of the column that it is made from:
//
//	n:KEY d:KEY       numbers and dates; b:KEY a Boolean as 0 and 1
//	s:KEY p:KEY _id   texts
//	plain NAME        texts with variant kanji written plainly, for quick search
//	set NAME          which rows have a value
//	order NAME        the rows by value, then by id
//	trigrams NAME     which texts hold three bytes in a row
//	rows of _id       where each id stands
//
// Only "dense CONDITION", the rows of a condition that was asked again and
// again, is made from what a query computes.
const (
	formPlain    = "plain "
	formSet      = "set "
	formOrder    = "order "
	formTrigrams = "trigrams "
	idRowsName   = "rows of _id"
	formDense    = "dense "
)

// column gives a column, decoding it first if need be.
func (s *segment) column(ctx context.Context, name string) (column, error) {
	return s.columns.get(ctx, columnKey{s.id, name}, func() (column, error) { return s.decode(name) })
}

// isWarm reports whether a column is decoded already.
func (s *segment) isWarm(name string) bool { return s.columns.peek(columnKey{s.id, name}) != nil }

// want has a column decoded in the background, for the next time.
func (s *segment) want(name string) { s.columns.want(s, name) }

// decode makes a column from Bleve's segment, or from other columns.
func (s *segment) decode(name string) (column, error) {
	if base, ok := strings.CutPrefix(name, formOrder); ok {
		return s.decodeOrder(base)
	}
	if base, ok := strings.CutPrefix(name, formTrigrams); ok {
		return s.decodeTrigrams(base)
	}
	if base, ok := strings.CutPrefix(name, formSet); ok {
		return s.decodePresence(base)
	}
	if base, ok := strings.CutPrefix(name, formPlain); ok {
		return s.decodePlain(base)
	}
	switch {
	case name == idRowsName:
		return s.decodeIDRows()
	case name == idName:
		return s.decodeIDs()
	case name == foldedIDName:
		return s.decodeFoldedIDs()
	case strings.HasPrefix(name, prefixBoolean):
		return s.decodeBooleans(strings.TrimPrefix(name, prefixBoolean))
	case strings.HasPrefix(name, prefixNumber), strings.HasPrefix(name, prefixDate):
		return s.decodeNumbers(name)
	case strings.HasPrefix(name, prefixText), strings.HasPrefix(name, prefixPhone):
		return s.decodeTexts(name)
	}
	return nil, fmt.Errorf("bleveindex: there is no column %q", name)
}

// columnOf gives a column as what it is.
func columnOf[C column](ctx context.Context, s *segment, name string) (c C, err error) {
	col, err := s.column(ctx, name)
	if err != nil {
		return c, err
	}
	c, ok := col.(C)
	if !ok {
		return c, fmt.Errorf("bleveindex: the column %q is a %T", name, col)
	}
	return c, nil
}

// warmColumn is a column that is decoded already.
func warmColumn[C column](s *segment, name string) (c C, ok bool) {
	c, ok = s.columns.peek(columnKey{s.id, name}).(C)
	return c, ok
}

// numbers is the column of a Number or Date field.
func (s *segment) numbers(ctx context.Context, name string) (numberColumn, error) {
	return columnOf[numberColumn](ctx, s, name)
}

// booleans is the column of a Boolean field.
func (s *segment) booleans(ctx context.Context, key string) (numberColumn, error) {
	return columnOf[numberColumn](ctx, s, prefixBoolean+key)
}

// textColumn is a column of texts by its name.
func (s *segment) textColumn(ctx context.Context, name string) (*textColumn, error) {
	return columnOf[*textColumn](ctx, s, name)
}

// decodeFoldedIDs gives the ids' own column where all are folded as they are.
func (s *segment) decodeFoldedIDs() (column, error) {
	ids, err := s.textColumn(context.Background(), idName)
	if err != nil {
		return nil, err
	}
	return ids.mapped(schema.Fold), nil
}

// decodePlain gives the texts' own column where none has a variant kanji.
func (s *segment) decodePlain(base string) (column, error) {
	texts, err := s.textColumn(context.Background(), base)
	if err != nil {
		return nil, err
	}
	if !texts.hasBeyond(firstKanjiByte) {
		return alias{texts}, nil
	}
	return texts.mapped(schema.PlainKanji), nil
}

// firstKanjiByte begins the least of the kanji, and of all that PlainKanji
// could change, in UTF-8.
const firstKanjiByte = 0xe2
