package bleveindex

import (
	"context"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/search/query"
)

// A node of a compiled query. It is a Bleve query, which Bleve's searchers can
// run, and a source of rows, which snapshots use: both ways must agree. Nodes
// are immutable and know no view.
type node interface {
	query.Query
	// plan is the best way to find the rows of a segment that match.
	plan(s *segment) plan
	// has decides one row.
	has(ctx context.Context, s *segment, row uint32) (bool, error)
	// line says in one line what the node means, without its parts.
	line() string
	// parts are the nodes below.
	parts() []node
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

// rowsOf are the rows of a segment that match, deleted ones perhaps among them.
// The caller owns the set.
func rowsOf(ctx context.Context, n node, s *segment) (bitset, error) {
	p := n.plan(s)
	rows, err := p.rows(ctx)
	if p.shared {
		rows = slices.Clone(rows)
	}
	return rows, err
}

// liveRowsOf are the rows that match and are not deleted, which must not be
// changed.
func liveRowsOf(ctx context.Context, n node, s *segment) (bitset, error) {
	p := n.plan(s)
	rows, err := p.rows(ctx)
	switch {
	case err != nil:
		return nil, err
	case s.deleted == nil || s.deleted.IsEmpty():
		return rows, nil
	case p.shared:
		rows = slices.Clone(rows)
	}
	rows.and(s.live())
	return rows, nil
}
