package dsl

// Snippet is the canonical text of a node on one line; one that is longer than
// so many characters is cut off there and ends with an ellipsis.
// Cost: does not grow with what is cut off.
func Snippet(n Node, most int) string {
	text := flat((&pruner{left: most + 1}).node(n))
	count := 0
	for i := range text {
		if count++; count > most {
			return text[:i] + "…"
		}
	}
	return text
}

// A pruner copies the beginning of a tree: so many conditions and values that
// their text is longer than what is wanted.
type pruner struct{ left int }

func (p *pruner) node(n Node) Node {
	switch n := n.(type) {
	case *And:
		return &And{Parts: p.nodes(n.Parts)}
	case *Or:
		return &Or{Parts: p.nodes(n.Parts)}
	case *Not:
		return &Not{Part: p.node(n.Part)}
	case *Pred:
		short := *n
		short.Values = n.Values[:min(len(n.Values), max(p.left, 2))] // BETWEEN has two
		p.left -= 1 + len(short.Values)
		return &short
	}
	p.left--
	return n
}

func (p *pruner) nodes(parts []Node) []Node {
	var kept []Node
	for _, part := range parts {
		if p.left <= 0 {
			break
		}
		kept = append(kept, p.node(part))
	}
	return kept
}
