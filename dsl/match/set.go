package match

import (
	"fmt"
	"sync"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A Set is a number of expressions that are asked of the same records. Matchers
// of one Set are asked of the Subjects of that Set only. It is safe for
// concurrent use; compiling is not fast, matching is.
type Set struct {
	mu     sync.RWMutex
	places map[string]int // of fields among a Subject's
	keys   []string
	holes  int
	shared map[string]*shared // conditions on texts that were compiled, by all that they are
}

// NewSet starts an empty one.
func NewSet() *Set { return &Set{places: map[string]int{}, shared: map[string]*shared{}} }

// place is that of a field.
func (s *Set) place(key string) int {
	s.mu.RLock()
	i, ok := s.places[key]
	s.mu.RUnlock()
	if ok {
		return i
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok = s.places[key]; !ok {
		i = len(s.keys)
		s.places[key] = i
		s.keys = append(s.keys, key)
	}
	return i
}

// A Matcher is a compiled expression: one of the types of this package.
type Matcher interface{ match(*Subject) bool }

// A Hole is a condition that each Subject brings its own meaning of: one that
// depends on now.
type Hole int

// Hole makes a new one.
func (s *Set) Hole() Hole {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holes++
	return Hole(s.holes - 1)
}

func (h Hole) match(x *Subject) bool { return x.filled[h].match(x) }

// All, Any and Not join matchers as expr.And, expr.Or and expr.Not do.
func All(of ...Matcher) Matcher { return all(of) }

// Any: see All.
func Any(of ...Matcher) Matcher { return anyOf(of) }

// Not: see All.
func Not(of Matcher) Matcher { return &not{of} }

type (
	all      []Matcher
	anyOf    []Matcher
	not      struct{ of Matcher }
	constant bool
)

func (a all) match(x *Subject) bool {
	for _, part := range a {
		if !part.match(x) {
			return false
		}
	}
	return true
}

func (a anyOf) match(x *Subject) bool {
	for _, part := range a {
		if part.match(x) {
			return true
		}
	}
	return false
}

func (n *not) match(x *Subject) bool     { return !n.of.match(x) }
func (c constant) match(_ *Subject) bool { return bool(c) }

// Compile makes a matcher of an expression.
func (s *Set) Compile(e expr.Expr) Matcher {
	switch e := e.(type) {
	case expr.And:
		return all(s.compileAll(e.Of))
	case expr.Or:
		return anyOf(s.compileAll(e.Of))
	case expr.Not:
		return &not{s.Compile(e.Of)}
	case expr.Const:
		return constant(e.Value)
	case expr.Present:
		return &present{s.place(e.Field)}
	case expr.Boolean:
		return &boolean{s.place(e.Field), e.Value}
	case expr.Range:
		return &within{s.place(e.Field), e}
	case expr.Among:
		return &among{s.place(e.Field), e.Kind, e.Values}
	case expr.Text:
		return s.share(e, func() Matcher { return s.text(e) })
	case expr.Version:
		return s.share(e, func() Matcher { return s.version(e) })
	case expr.Quick:
		return s.share(e, func() Matcher { return s.quick(e) })
	}
	return constant(false) // no other node exists; a test holds that all are here
}

func (s *Set) compileAll(of []expr.Expr) []Matcher {
	list := make([]Matcher, len(of))
	for i, e := range of {
		list[i] = s.Compile(e)
	}
	return list
}

type (
	present struct{ place int }
	boolean struct {
		place int
		value bool
	}
	within struct {
		place int
		expr.Range
	}
	among struct {
		place  int
		kind   schema.Kind
		values []float64
	}
)

func (m *present) match(x *Subject) bool { return !x.field(m.place).value.IsMissing() }

func (m *boolean) match(x *Subject) bool {
	v := x.field(m.place).value
	return v.Kind() == schema.Boolean && v.Bool() == m.value
}

func (m *within) match(x *Subject) bool {
	v := x.field(m.place).value
	if v.Kind() != m.Kind {
		return false
	}
	n := v.Num()
	if n < m.Min || n > m.Max {
		return false
	}
	return !(m.MinOpen && n == m.Min) && !(m.MaxOpen && n == m.Max)
}

func (m *among) match(x *Subject) bool {
	v := x.field(m.place).value
	if v.Kind() != m.kind {
		return false
	}
	n := v.Num()
	for _, one := range m.values {
		if one == n {
			return true
		}
	}
	return false
}

// A shared condition is decided at most once a Subject, however many expressions
// have it.
type shared struct {
	place int
	of    Matcher
}

// share compiles a condition, or gives the one that is the same. The key holds
// everything that the node says.
func (s *Set) share(e expr.Expr, compile func() Matcher) Matcher {
	key := fmt.Sprintf("%#v", e)
	s.mu.RLock()
	known := s.shared[key]
	s.mu.RUnlock()
	if known != nil {
		return known
	}
	m := compile() // it takes the lock itself
	s.mu.Lock()
	defer s.mu.Unlock()
	if known = s.shared[key]; known == nil {
		known = &shared{len(s.shared), m}
		s.shared[key] = known
	}
	return known
}

func (m *shared) match(x *Subject) bool {
	for m.place >= len(x.decided) { // compiled since
		x.decided = append(x.decided, undecided)
	}
	d := &x.decided[m.place]
	if *d == undecided {
		*d = isFalse
		if m.of.match(x) {
			*d = isTrue
		}
	}
	return *d == isTrue
}

// What a Subject knows of a shared condition.
const (
	undecided uint8 = iota
	isFalse
	isTrue
)
