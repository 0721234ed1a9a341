package bleveindex

import (
	"context"
	"slices"
)

// A plan is one way to find the rows of a node in a segment, deleted ones
// perhaps among them.
type plan struct {
	name   string
	cost   float64 // about what it takes, in ns
	shared bool    // the set is not the caller's: it must not be changed
	rows   func(ctx context.Context) (bitset, error)
}

// Names of plans, as the lines of an explanation begin:
//
//	all, none    nothing is read: every row, or no row
//	postings     the postings of values
//	dense        the rows of a condition that was asked before, kept as a set
//	permutation  a range of the rows sorted by value
//	scan         a column of numbers, row by row
//	arena        the texts of a column, from the first to the last
//	trigrams     the texts that hold three bytes of the needle in a row, each then looked at
//	dictionary   the distinct values of a field, and the postings of those that fit
//	presence     which rows have a value
//	rows         the few rows that other conditions have left, one by one
//	and, or      what all parts give, or any
//	not          every other row
const (
	planAll         = "all"
	planNone        = "none"
	planPostings    = "postings"
	planDense       = "dense"
	planPermutation = "permutation"
	planScan        = "scan"
	planArena       = "arena"
	planTrigrams    = "trigrams"
	planDictionary  = "dictionary"
	planPresence    = "presence"
	planRows        = "rows"
	planAnd         = "and"
	planOr          = "or"
	planNot         = "not"
)

// planNames are all of them. They are stable, and the API's document lists
// them: tests and people go by them.
func planNames() []string {
	return []string{planAll, planNone, planPostings, planDense, planPermutation, planScan, planArena, planTrigrams,
		planDictionary, planPresence, planRows, planAnd, planOr, planNot}
}

// What things take in ns, measured on one core with a million customers. Only
// their proportions matter.
const (
	costWord       = 0.3   // a word of a set, 64 rows
	costAdd        = 1.2   // adding a row to a set
	costScan       = 0.9   // a row of a column of numbers
	costByte       = 0.15  // a byte of an arena
	costText       = 8.0   // a text held against a matcher
	costVerify     = 25.0  // a text of a trigram's list
	costTerm       = 600.0 // looking a term up, and its postings
	costNextTerm   = 250.0 // going on to the next term of a dictionary
	costValue      = 130.0 // decoding a value into a column
	costWarmRow    = 40.0  // deciding one row by a column
	costKeep       = 15.0  // deciding one of many rows by a column of numbers: they lie far apart
	costColdRow    = 15e3  // deciding one row by Bleve's doc values
	costDictionary = 300.0 // opening a dictionary
)

// choose takes the plan that costs least, or the one that a test forces. key
// tells the condition from every other: its rows are kept under it where that
// spares work the next time; "" is not kept.
func choose(s *segment, key string, plans ...plan) plan {
	if key != "" {
		if set, ok := warmColumn[rowSet](s, formDense+key); ok {
			plans = append(plans, plan{name: planDense, cost: costWord * float64(len(set)), shared: true,
				rows: func(context.Context) (bitset, error) { return bitset(set), nil }})
		}
	}
	best := plans[0]
	for _, p := range plans[1:] {
		if p.cost < best.cost {
			best = p
		}
	}
	if name := s.view.options.force; name != "" {
		if i := slices.IndexFunc(plans, func(p plan) bool { return p.name == name }); i >= 0 {
			best = plans[i]
		}
	}
	force := s.view.options.force == planDense
	if key == "" || best.name == planDense || s.view.options.Forgetful ||
		!force && (s.rows < fewestKept || best.cost < 4*costWord*float64(s.rows/64)) {
		return best
	}
	find := best.rows
	best.rows = func(ctx context.Context) (bitset, error) {
		rows, err := find(ctx)
		if err == nil && (force || s.columns.asked(s.id, key)) {
			s.columns.put(columnKey{s.id, formDense + key}, rowSet(slices.Clone(rows)))
		}
		return rows, err
	}
	return best
}

// fewestKept is the number of rows from which a segment's answers are kept.
const fewestKept = 1000

// A rowSet is the rows of a condition, kept.
type rowSet bitset

func (r rowSet) bytes() int64 { return 8 * int64(len(r)) }
