package expr

// A junction is And or Or. Simplifying is the same work for both, with the
// constants the other way round and other conditions that merge.
type junction struct {
	name  string
	empty bool // the value of a junction of nothing, which its parts may drop
	build func([]Expr) Expr
	is    func(Expr) bool
	// key names the group of conditions that merge into one, those on the
	// same field that are compared in the same way.
	key   func(Expr) (mergeKey, bool)
	merge func(group []Expr) Expr
}

func conjunction() junction {
	return junction{
		name: "and", empty: true, key: andKey, merge: mergeAnd,
		build: func(of []Expr) Expr { return And{of} },
		is:    func(e Expr) bool { _, ok := e.(And); return ok },
	}
}

func disjunction() junction {
	return junction{
		name: "or", empty: false, key: orKey, merge: mergeOr,
		build: func(of []Expr) Expr { return Or{of} },
		is:    func(e Expr) bool { _, ok := e.(Or); return ok },
	}
}

// simplifyAll simplifies and joins parts. It keeps them in the order of their
// first appearance, so that a person recognises the filter.
func simplifyAll(of []Expr, j junction) hashed {
	first := gathering{junction: j, seen: map[fingerprint]bool{}}
	for _, part := range of {
		if !first.add(simplify(part)) {
			return leaf(Const{!j.empty})
		}
	}
	// Merged conditions can be constants, repetitions or opposites again.
	second := gathering{junction: j, seen: map[fingerprint]bool{}}
	for _, part := range j.merged(first.parts) {
		if !second.add(part) {
			return leaf(Const{!j.empty})
		}
	}
	return second.join()
}

// A gathering collects the distinct parts of a junction.
type gathering struct {
	junction
	parts []hashed
	seen  map[fingerprint]bool
}

// add takes a simplified part; false means that the part decides the whole
// junction.
func (g *gathering) add(h hashed) bool {
	if c, ok := h.Expr.(Const); ok {
		return c.Value == g.empty
	}
	if g.is(h.Expr) {
		for _, part := range h.parts {
			if !g.add(part) {
				return false
			}
		}
		return true
	}
	if g.seen[h.sum] {
		return true
	}
	if g.seen[h.sum.negated()] || isNot(h.Expr) && g.seen[h.parts[0].sum] {
		return false // p AND NOT p, p OR NOT p
	}
	g.seen[h.sum] = true
	g.parts = append(g.parts, h)
	return true
}

func isNot(e Expr) bool { _, ok := e.(Not); return ok }

// merged puts each group of conditions that are one in the place of its first.
func (j junction) merged(parts []hashed) []hashed {
	groups := map[mergeKey][]Expr{}
	for _, p := range parts {
		if key, ok := j.key(p.Expr); ok {
			groups[key] = append(groups[key], p.Expr)
		}
	}
	var result []hashed
	for _, p := range parts {
		key, ok := j.key(p.Expr)
		switch group := groups[key]; {
		case !ok || len(group) == 1:
			result = append(result, p)
		case len(group) > 1:
			result = append(result, leaf(j.merge(group)))
			groups[key] = nil
		}
	}
	return result
}

func (g *gathering) join() hashed {
	switch len(g.parts) {
	case 0:
		return leaf(Const{g.empty})
	case 1:
		return g.parts[0]
	}
	of := make([]Expr, len(g.parts))
	for i, p := range g.parts {
		of[i] = p.Expr
	}
	return hashed{Expr: g.build(of), sum: joined(g.name, g.parts), parts: g.parts}
}
