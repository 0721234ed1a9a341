package index

import (
	"context"
	"errors"
	"fmt"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A Position is how far an index has followed the change log of one store.
// The epoch is renewed when a store is restored; a position of another epoch
// says nothing.
type Position struct {
	Epoch string
	Seq   uint64
}

// A Batch is a step of the change log: after it, the index answers as the
// store stood at Position.Seq. Applying a batch again changes nothing.
type Batch struct {
	Position Position
	Fields   *schema.Fields  // the workspace's fields, for the formats of strings
	Upserts  []schema.Record // no id twice; the backend does not keep or change them
	Deletes  []string        // ids, none of them among Upserts
}

// A Backend holds an index of all customers. Its methods are safe for
// concurrent use, but Apply has one caller at a time (the indexer).
type Backend interface {
	// Position is what the last applied batch said; the zero Position for an
	// index that is new.
	Position() Position
	// Apply makes a batch visible to every later Snapshot, all of it or, with
	// an error, none. It may not be on disk yet when Apply returns: after a
	// crash the index stands at Persisted or a later batch, and what follows
	// has to be applied again.
	Apply(ctx context.Context, b Batch) error
	// Persisted is the position up to which batches survive a crash; never
	// ahead of Position, and equal to it once the index was closed and opened.
	Persisted() Position
	// Flush writes to disk at once what is not there yet, and returns when it
	// is, or with the error of a write that failed.
	Flush(ctx context.Context) error
	// Snapshot pins the index as it is now. It must be released.
	Snapshot(ctx context.Context) (Snapshot, error)
	// Figures are what the backend tells a monitor of itself.
	Figures() []Figure
	// Close waits for background work, then frees everything. Snapshots must
	// be released before.
	Close() error
}

// A Snapshot answers questions from one unchanging state of the index. It is
// safe for concurrent use until it is released.
type Snapshot interface {
	// Position of the state.
	Position() Position
	// Total is the number of customers.
	Total() int
	// Count is the number of customers that match.
	Count(ctx context.Context, e expr.Expr) (int, error)
	// Search gives the number of all matches and one page of them.
	Search(ctx context.Context, q Query) (Page, error)
	// IDs yields the id of every match, in no particular order, until yield
	// returns false.
	IDs(ctx context.Context, e expr.Expr, yield func(id string) bool) error
	// Walk yields every match from where the query begins, in its order, until
	// yield returns false or ctx ends, which it then tells. Limit is not heeded.
	// The first ones come at once, whatever the number of matches; the Values
	// of a hit hold until yield returns.
	Walk(ctx context.Context, q Query, yield func(Hit) bool) error
	// Facets tells how the matches of an expression are spread over the values
	// of fields, one Facet for each query.
	Facets(ctx context.Context, e expr.Expr, queries []FacetQuery) ([]Facet, error)
	// Contains reports whether the customer is there and matches.
	Contains(ctx context.Context, e expr.Expr, id string) (bool, error)
	// Values counts the customers that have each value of a field; see
	// ValuesQuery.
	Values(ctx context.Context, q ValuesQuery) (ValuesPage, error)
	// Explain answers the query and describes how, as indented lines for a
	// person (for Bleve: the query tree with the plan, rows and time of each
	// node, and how the page was ordered).
	Explain(ctx context.Context, q Query) (string, error)
	// Release gives the state back; the snapshot must not be used afterwards.
	Release()
}

// A SortKey orders hits by one field. Missing values come last in both
// directions. Strings compare by the bytes of their folded form, false before
// true; Lists cannot be sorted by.
type SortKey struct {
	Field string
	Kind  schema.Kind
	Desc  bool
}

// A Query asks for a page of matches. Ties are always broken by the raw bytes
// of the customer id, ascending, so the order is total and the same in every
// backend.
type Query struct {
	Where  expr.Expr
	Sort   []SortKey
	Limit  int  // hits wanted, 0 to MaxLimit
	Offset int  // hits to skip before them
	After  *Key // nil, or the place after which the page begins; with Offset, skip from there
}

// MaxLimit bounds the hits of one page. It is larger than what a caller of the
// API may ask for, so that one hit more can tell whether there is a next page.
const MaxLimit = 5000

// MaxSortKeys bounds Query.Sort.
const MaxSortKeys = 8

// A ValuesQuery asks which values of a field customers have, as completion
// offers them. Kind is String, List (each element counts) or Number.
//
// Values of String and List are told in their folded form, and those count
// that begin with Prefix, which is folded too; Prefix is "" for Number. At
// most MaxValues distinct values are looked at, the first in their order
// (folded bytes; numbers ascending); of these the most frequent come first,
// ties in that order.
type ValuesQuery struct {
	Field  string
	Kind   schema.Kind
	Prefix string
	Limit  int // values wanted, 1 to MaxValues
}

// MaxValues bounds the distinct values that one ValuesQuery looks at.
const MaxValues = 1000

// A ValueCount is a value and how many customers have it.
type ValueCount struct {
	Value schema.Value // Text for String and List, in folded form; else Num
	Count int          // at least 1
	ID    string       // one of these customers, whose record shows how the value is written
}

// A ValuesPage answers a ValuesQuery. More says that there are values beyond
// the MaxValues that were looked at, which may be more frequent.
type ValuesPage struct {
	Values []ValueCount
	More   bool
}

// CheckValuesQuery refuses what no backend answers; errors wrap ErrBadQuery.
func CheckValuesQuery(q ValuesQuery) error {
	switch {
	case q.Kind != schema.String && q.Kind != schema.List && q.Kind != schema.Number:
		return badQuery("the values of a " + q.Kind.String() + " cannot be listed")
	case q.Limit < 1 || q.Limit > MaxValues:
		return badQuery(fmt.Sprintf("limit must be 1 to %d", MaxValues))
	case q.Kind == schema.Number && q.Prefix != "":
		return badQuery("numbers have no prefix")
	case schema.Fold(q.Prefix) != q.Prefix:
		return badQuery("the prefix is not folded")
	}
	return nil
}

// A Key is the place of a hit in a sorted result: the values that it is sorted
// by (missing ones as the zero Value; strings may be raw or folded) and its id.
type Key struct {
	Values []schema.Value
	ID     string
}

// A Hit is one match of a page. Its Key has one value per sort key; strings
// are in their folded form.
type Hit struct {
	Key
}

// A Page is the answer to a Query. Total counts all matches, whatever Limit,
// Offset and After say.
type Page struct {
	Total int
	Hits  []Hit
}

// Errors that callers tell apart.
var (
	ErrClosed  = errors.New("index: closed")
	ErrDamaged = errors.New("index: damaged; it has to be rebuilt")
	// ErrBroken: a write failed on its way to disk (a full disk, say). The
	// backend refuses everything until it is closed and opened again; what was
	// applied before is safe.
	ErrBroken   = errors.New("index: a write failed; it has to be opened again")
	ErrBadQuery = errors.New("index: bad query") // a limit out of range, a sort by a List, too many sort keys
)

// CheckQuery refuses what no backend answers; errors wrap ErrBadQuery.
func CheckQuery(q Query) error {
	switch {
	case q.Where == nil:
		return badQuery("no expression")
	case q.Limit < 0 || q.Limit > MaxLimit:
		return badQuery(fmt.Sprintf("limit must be 0 to %d", MaxLimit))
	case q.Offset < 0:
		return badQuery("offset must not be negative")
	case len(q.Sort) > MaxSortKeys:
		return badQuery("at most 8 sort keys")
	case q.After != nil && len(q.After.Values) != len(q.Sort):
		return badQuery("the place to continue from does not fit the sort keys")
	}
	for _, s := range q.Sort {
		if s.Kind == schema.List || s.Kind == schema.None {
			return badQuery("cannot sort by " + s.Field + ", a " + s.Kind.String())
		}
	}
	return checkAfter(q)
}

// checkAfter refuses a place whose values are of other kinds than the query
// sorts by, as a cursor's are when a field was replaced in the meantime.
func checkAfter(q Query) error {
	if q.After == nil {
		return nil
	}
	for i, v := range q.After.Values {
		if !v.IsMissing() && v.Kind() != q.Sort[i].Kind {
			return badQuery("the place to continue from has a " + v.Kind().String() + " for " + q.Sort[i].Field)
		}
	}
	return nil
}

func badQuery(why string) error { return errors.Join(ErrBadQuery, errors.New(why)) }
