package dsl

import "strings"

// notes are the comments of a tree, each with the leaf that it belongs to: one
// on a line of its own with the next leaf, one behind something with that.
type notes struct {
	before map[Node][]string // own lines above the leaf
	behind map[Node][]string // on the leaf's line
	last   []string          // own lines below everything
}

func attach(q *Query) notes {
	n := notes{before: map[Node][]string{}, behind: map[Node][]string{}}
	var leaves []Node
	if q.Root != nil {
		leaves = leavesOf(q.Root, nil)
	}
	next := 0 // the first leaf that ends behind the comment
	for _, c := range q.Comments {
		for next < len(leaves) && leaves[next].Extent().End <= c.At.Start {
			next++
		}
		switch {
		case c.OwnLine && next < len(leaves):
			n.before[leaves[next]] = append(n.before[leaves[next]], c.Text)
		case c.OwnLine || len(leaves) == 0:
			n.last = append(n.last, c.Text)
		case next < len(leaves) && leaves[next].Extent().Start < c.At.Start: // within the leaf
			n.behind[leaves[next]] = append(n.behind[leaves[next]], c.Text)
		default:
			leaf := leaves[max(next-1, 0)]
			n.behind[leaf] = append(n.behind[leaf], c.Text)
		}
	}
	return n
}

func leavesOf(node Node, list []Node) []Node {
	switch n := node.(type) {
	case *And:
		for _, part := range n.Parts {
			list = leavesOf(part, list)
		}
	case *Or:
		for _, part := range n.Parts {
			list = leavesOf(part, list)
		}
	case *Not:
		list = leavesOf(n.Part, list)
	default:
		list = append(list, node)
	}
	return list
}

// any reports whether a comment belongs to a leaf of the tree.
func (n notes) any(node Node) bool {
	if len(n.before) == 0 && len(n.behind) == 0 {
		return false
	}
	for _, leaf := range leavesOf(node, nil) {
		if len(n.before[leaf]) > 0 || len(n.behind[leaf]) > 0 {
			return true
		}
	}
	return false
}

// behindText joins the comments behind a leaf: there is one line for them.
func (n notes) behindText(leaf Node) (string, bool) {
	var texts []string
	for _, text := range n.behind[leaf] {
		if text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " # "), len(n.behind[leaf]) > 0
}

// comment writes a comment's line.
func comment(text string) string { return strings.TrimRight("# "+text, " ") }
