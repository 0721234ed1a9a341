package bleveindex

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"meibo/index"
)

// Explain answers the query with nodes that take notes, and tells them: for
// each node its plan, the rows that it found and the time that it took, with
// its parts', summed over the segments (of which several are worked on at a
// time). A part that the others made needless has no plan.
func (s *snapshot) Explain(ctx context.Context, q index.Query) (string, error) {
	if err := index.CheckQuery(q); err != nil {
		return "", err
	}
	n, err := s.compile(ctx, q.Where)
	if err != nil {
		return "", err
	}
	root := takeNotes(n)
	began := time.Now()
	page, how, err := s.search(ctx, q, root)
	if err != nil {
		return "", err
	}
	took := time.Since(began)
	var b strings.Builder
	root.tell(&b, "")
	if how != "" {
		fmt.Fprintf(&b, "order: %s\n", how)
	}
	fmt.Fprintf(&b, "%d of %d customers in %d segments, %s\n", page.Total, s.total, len(s.segments), inMilliseconds(took))
	return b.String(), nil
}

func inMilliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(d)/float64(time.Millisecond))
}

// A noted node answers as the node does and counts.
type noted struct {
	node  // with noted nodes below
	below []*noted

	mu    sync.Mutex
	plans map[string]int // name → segments
	found int            // rows
	took  time.Duration
}

// takeNotes makes noted nodes of a tree.
func takeNotes(n node) *noted {
	noting := &noted{node: n, plans: map[string]int{}}
	parts := make([]node, len(n.parts()))
	for i, part := range n.parts() {
		below := takeNotes(part)
		noting.below = append(noting.below, below)
		parts[i] = below
	}
	switch n.(type) {
	case all:
		noting.node = all(parts)
	case some:
		noting.node = some(parts)
	case not:
		noting.node = not{parts[0]}
	}
	return noting
}

// bare is a node without its notes.
func bare(n node) node {
	if noting, ok := n.(*noted); ok {
		return noting.node
	}
	return n
}

func (n *noted) plan(s *segment) plan {
	p := n.node.plan(s)
	find := p.rows
	p.rows = func(ctx context.Context) (bitset, error) {
		began := time.Now()
		rows, err := find(ctx)
		took, found := time.Since(began), 0
		if err == nil {
			found = rows.countAnd(s.live())
		}
		n.add(p.name, found, took)
		return rows, err
	}
	return p
}

func (n *noted) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	began := time.Now()
	ok, err := n.node.has(ctx, s, row)
	found := 0
	if ok {
		found = 1
	}
	n.add(planRows, found, time.Since(began))
	return ok, err
}

func (n *noted) keep(s *segment, rows bitset) bool {
	k, ok := n.node.(rowsKeeper)
	began := time.Now()
	if !ok || !k.keep(s, rows) {
		return false
	}
	n.add(planRows, rows.countAnd(s.live()), time.Since(began))
	return true
}

func (n *noted) add(plan string, found int, took time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.plans[plan]++
	n.found += found
	n.took += took
}

// tell writes the notes as indented lines. Where segments took different
// plans, the one that most took comes first.
func (n *noted) tell(b *strings.Builder, indent string) {
	names := slices.SortedFunc(maps.Keys(n.plans), func(x, y string) int {
		return cmp.Or(n.plans[y]-n.plans[x], strings.Compare(x, y))
	})
	switch line := n.line(); {
	case len(names) == 0:
		fmt.Fprintf(b, "%s%s  not read\n", indent, line)
	case names[0] == line:
		fmt.Fprintf(b, "%s%s  %d rows, %s\n", indent, line, n.found, inMilliseconds(n.took))
	default:
		fmt.Fprintf(b, "%s%s: %s  %d rows, %s\n", indent, strings.Join(names, "+"), line, n.found, inMilliseconds(n.took))
	}
	for _, part := range n.below {
		part.tell(b, indent+"  ")
	}
}
