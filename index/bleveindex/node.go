package bleveindex

import (
	"context"
	"strings"

	"github.com/blevesearch/bleve/v2/search/query"
)

// A node of a compiled query. It is a Bleve query, which Bleve's searchers can
// run, and a source of rows, which snapshots use: both ways must agree. Nodes
// are immutable and know no view.
type node interface {
	query.Query
	// rows are the rows of a segment that match, deleted ones perhaps among
	// them. The caller owns the set and may change it.
	rows(ctx context.Context, s *segment) (bitset, error)
	// has decides one row.
	has(ctx context.Context, s *segment, row uint32) (bool, error)
	// line says in one line what the node does, without its parts. It begins
	// with one of the names of planNames.
	line() string
	// parts are the nodes below.
	parts() []node
}

// planNames are the ways in which a node reads the index, as the lines of a
// plan begin:
//
//	all, none   nothing: every row, or no row
//	terms       the postings of values
//	dictionary  the distinct values of a field, and the postings of those that fit
//	scan        a column, row by row; of a range, of a text or of the quick search
//	set         which rows have a value
//	and, or     what all parts give, or any
//	not         every other row
//
// They are stable, and the API's document lists them: tests and people go by them.
func planNames() []string {
	return []string{"all", "none", "terms", "dictionary", "scan", "set", "and", "or", "not"}
}

// describe writes a compiled query as indented lines, each with what note adds.
func describe(n node, note func(node) string) string {
	var b strings.Builder
	var write func(n node, indent string)
	write = func(n node, indent string) {
		b.WriteString(indent + n.line() + note(n) + "\n")
		for _, part := range n.parts() {
			write(part, indent+"  ")
		}
	}
	write(n, "")
	return b.String()
}
