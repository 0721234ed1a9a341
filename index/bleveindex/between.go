package bleveindex

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	bleve "github.com/blevesearch/bleve_index_api"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// between is true where a number or date lies in a range.
type between struct{ of expr.Range }

func (n *between) name() string  { return numberName(n.of.Kind, n.of.Field) }
func (n *between) parts() []node { return nil }

func (n *between) line() string {
	return "range " + n.name() + " " + interval(schema.FormatNumber(n.of.Min), schema.FormatNumber(n.of.Max), n.of.MinOpen, n.of.MaxOpen)
}

// bounds are the smallest and the largest number in the range.
func (n *between) bounds() (low, high float64) {
	low, high = n.of.Min, n.of.Max
	if n.of.MinOpen {
		low = math.Nextafter(low, math.Inf(1))
	}
	if n.of.MaxOpen {
		high = math.Nextafter(high, math.Inf(-1))
	}
	return low, high
}

// plan keeps no rows: a range of the permutation costs as little.
func (n *between) plan(s *segment) plan {
	all := float64(s.rows)
	scan := plan{name: planScan, cost: costScan * all, rows: func(ctx context.Context) (bitset, error) { return n.scan(ctx, s) }}
	if !s.isWarm(n.name()) {
		scan.cost += costValue * all
	}
	plans := []plan{scan}
	permutation := plan{name: planPermutation, cost: 500 + costWord*all/32 + costAdd*all/prefixSets,
		rows: func(ctx context.Context) (bitset, error) { return n.permutation(ctx, s) }}
	switch {
	case s.isWarm(formOrder + n.name()):
		plans = append(plans, permutation)
	case s.view.options.force == planPermutation:
		plans = append(plans, permutation)
	default:
		s.want(formOrder + n.name())
	}
	if terms := float64(s.terms(n.name())); terms < all/8 || s.view.options.force == planDictionary {
		plans = append(plans, plan{name: planDictionary, cost: costDictionary + terms*costTerm + all,
			rows: func(ctx context.Context) (bitset, error) { return n.dictionary(ctx, s) }})
	}
	return choose(s, "", plans...)
}

func (n *between) scan(ctx context.Context, s *segment) (bitset, error) {
	col, err := s.numbers(ctx, n.name())
	if err != nil {
		return nil, err
	}
	low, high := n.bounds()
	rows := newBitset(s.rows)
	for i := range rows {
		var word uint64
		for bit, v := range col[i*64 : min(i*64+64, len(col))] {
			if v >= low && v <= high { // not of NaN
				word |= 1 << bit
			}
		}
		rows[i] = word
	}
	return rows, nil
}

func (n *between) permutation(ctx context.Context, s *segment) (bitset, error) {
	order, err := s.order(ctx, n.name())
	if err != nil {
		return nil, err
	}
	low, high := n.bounds()
	return order.set(order.between(low, high)), nil
}

// dictionary reads the postings of the terms in the range, which are in the
// order of the numbers.
func (n *between) dictionary(ctx context.Context, s *segment) (bitset, error) {
	low, high := n.bounds()
	rows := newBitset(s.rows)
	dictionary, err := s.engine.Dictionary(n.name())
	if err != nil {
		return nil, fmt.Errorf("bleveindex: the dictionary of %s: %w", n.name(), err)
	}
	terms := iterateTerms(dictionary, []byte(encodeNumber(low)), nil)
	var buffers listBuffers
	for seen := 0; ; seen++ {
		if seen%1024 == 1023 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		entry, err := terms.Next()
		if err != nil {
			return nil, fmt.Errorf("bleveindex: the terms of %s: %w", n.name(), err)
		}
		if entry == nil {
			return rows, nil
		}
		if v, ok := decodeNumber(entry.Term); !ok || v > high {
			return rows, nil
		}
		list, ok, err := buffers.read(dictionary, entry.Term)
		if err != nil {
			return nil, fmt.Errorf("bleveindex: a term of %s: %w", n.name(), err)
		}
		if ok {
			list.addTo(rows)
		}
	}
}

// keep looks at the column of each row.
func (n *between) keep(s *segment, rows bitset) bool {
	col, ok := warmColumn[numberColumn](s, n.name())
	if !ok {
		return false
	}
	low, high := n.bounds()
	for i, word := range rows {
		kept := word
		for ; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			if v := col[i*64+bit]; !(v >= low && v <= high) {
				kept &^= 1 << bit
			}
		}
		rows[i] = kept
	}
	return true
}

func (n *between) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	v, err := s.numberAt(ctx, n.name(), row)
	low, high := n.bounds()
	return v >= low && v <= high, err
}

func (n *between) Searcher(ctx context.Context, r bleve.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	return newRowsSearcher(ctx, r, n, o)
}
