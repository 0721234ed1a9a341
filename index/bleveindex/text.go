package bleveindex

import (
	"context"
	"strings"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	bleve "github.com/blevesearch/bleve_index_api"

	"meibo/dsl/expr"
)

// text is true where the text of a column is one that the matcher takes.
type text struct {
	column string
	by     matcher
}

func (n *text) parts() []node { return nil }
func (n *text) line() string  { return "text " + n.column + " " + n.by.String() }

func (n *text) key() string {
	if sub, ok := n.by.(substring); ok { // others show a part of many needles
		return n.column + " " + sub.String()
	}
	return ""
}

// needle is what every text that the matcher takes holds; "" where nothing is
// known.
func (n *text) needle() string {
	switch by := n.by.(type) {
	case substring:
		return by.needle
	case digitsOf:
		return by.digits
	}
	return ""
}

func (n *text) plan(s *segment) plan { return choose(s, n.key(), n.plans(s)...) }

func (n *text) plans(s *segment) []plan {
	col, warm := warmColumn[*textColumn](s, n.column)
	arena := plan{name: planArena, cost: n.arenaCost(col, s), rows: func(ctx context.Context) (bitset, error) { return n.arena(ctx, s) }}
	plans := []plan{arena}
	force := s.view.options.force
	if name := n.dictionaryName(); name != "" {
		terms := float64(s.terms(name))
		if !warm && terms < float64(s.rows)/4 || force == planDictionary {
			plans = append(plans, plan{name: planDictionary, cost: costDictionary + terms*costNextTerm + costAdd*float64(s.rows)/4,
				rows: func(ctx context.Context) (bitset, error) { return (&dictionary{name, n.by}).read(ctx, s) }})
		}
	}
	needle := n.needle()
	if len(needle) < 3 || warm && col.texts() < fewestTrigrams && force != planTrigrams {
		return plans
	}
	trigrams := plan{name: planTrigrams, rows: func(ctx context.Context) (bitset, error) { return n.trigrams(ctx, s) }}
	if index, ok := warmColumn[*trigramIndex](s, formTrigrams+n.column); ok {
		if texts, ok := index.rarest([]byte(needle)); ok {
			trigrams.cost = 500 + costVerify*float64(texts) + n.spreadCost(index.col, s)
			plans = append(plans, trigrams)
		}
	} else if force == planTrigrams {
		plans = append(plans, trigrams)
	} else if warm && arena.cost > 20*costWord*float64(s.rows/64) {
		s.want(formTrigrams + n.column)
	}
	return plans
}

// dictionaryName is the Bleve field whose terms are the column's texts; "" when
// there is none.
func (n *text) dictionaryName() string {
	if strings.HasPrefix(n.column, prefixText) && n.column != foldedIDName {
		return n.column
	}
	return ""
}

func (n *text) arenaCost(col *textColumn, s *segment) float64 {
	if col == nil {
		return float64(s.rows) * (costValue + costText)
	}
	cost := n.spreadCost(col, s)
	sub, ok := n.by.(substring)
	switch {
	case col.lacks(n.needle()):
		return cost
	case ok && sub.how == expr.Contains:
		rare := float64(col.often[sub.needle[col.rarest([]byte(sub.needle))]])
		return cost + min(7*rare+costByte/2*float64(len(col.arena)), indexCost(col, []byte(sub.needle)))
	}
	return cost + costText*float64(col.texts())
}

// spreadCost is what it takes to make rows of texts that repeat.
func (n *text) spreadCost(col *textColumn, s *segment) float64 {
	if col.which == nil {
		return costWord * float64(s.rows/64)
	}
	return costScan * float64(s.rows) / 2
}

func (n *text) arena(ctx context.Context, s *segment) (bitset, error) {
	col, err := s.textColumn(ctx, n.column)
	if err != nil {
		return nil, err
	}
	if col.lacks(n.needle()) {
		return newBitset(s.rows), nil
	}
	found, err := matchTexts(ctx, col, n.by)
	if err != nil {
		return nil, err
	}
	return n.spread(s, col, found), nil
}

func (n *text) trigrams(ctx context.Context, s *segment) (bitset, error) {
	index, err := columnOf[*trigramIndex](ctx, s, formTrigrams+n.column)
	if err != nil {
		return nil, err
	}
	return n.spread(s, index.col, index.find([]byte(n.needle()), n.by)), nil
}

// spread makes rows of the texts that were found: where texts repeat, by the
// rows sorted by text, or else row by row.
func (n *text) spread(s *segment, col *textColumn, found bitset) bitset {
	if col.which == nil {
		return found[:(s.rows+63)/64]
	}
	rows := newBitset(s.rows)
	if found.empty() {
		return rows
	}
	base := strings.TrimPrefix(n.column, formPlain)
	if order, ok := warmColumn[*rowsOrder](s, formOrder+base); ok && order.numbersAs(col) {
		return order.setOfTexts(found)
	}
	if s.rows >= fewestTrigrams {
		s.want(formOrder + base)
	}
	for i := range rows {
		var word uint64
		for bit, t := range col.which[i*64 : min(i*64+64, len(col.which))] {
			word |= found[t/64] >> (t % 64) & 1 << bit
		}
		rows[i] = word
	}
	return rows
}

func (n *text) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	t, err := s.textAt(ctx, n.column, row)
	return err == nil && len(t) > 0 && n.by.match(t), err
}

func (n *text) Searcher(ctx context.Context, r bleve.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	return newRowsSearcher(ctx, r, n, o)
}
