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
