package indextest

import (
	"fmt"
	"math/bits"
	"os"
	"strings"
	"testing"

	"meibo/dsl"
	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A law is two filters that hold for the same records, whatever p, q and r are.
type law struct{ name, left, right string }

func lawsOfLogic() []law {
	const everyone, nobody = "NOT id IN ()", "id IN ()"
	return []law{
		{"double negation", "NOT NOT p", "p"},
		{"De Morgan of AND", "NOT (p AND q)", "NOT p OR NOT q"},
		{"De Morgan of OR", "NOT (p OR q)", "NOT p AND NOT q"},
		{"AND distributes over OR", "p AND (q OR r)", "p AND q OR p AND r"},
		{"OR distributes over AND", "p OR q AND r", "(p OR q) AND (p OR r)"},
		{"AND is idempotent", "p AND p", "p"},
		{"OR is idempotent", "p OR p", "p"},
		{"AND absorbs", "p AND (p OR q)", "p"},
		{"OR absorbs", "p OR p AND q", "p"},
		{"AND commutes", "p AND q", "q AND p"},
		{"OR commutes", "p OR q", "q OR p"},
		{"AND associates", "p AND (q AND r)", "p AND q AND r"},
		{"OR associates", "p OR (q OR r)", "p OR q OR r"},
		{"contradiction", "p AND NOT p", nobody},
		{"excluded middle", "p OR NOT p", everyone},
		{"everyone changes no AND", "p AND " + everyone, "p"},
		{"nobody changes no OR", "p OR " + nobody, "p"},
		{"nobody ends an AND", "p AND " + nobody, nobody},
		{"everyone ends an OR", "p OR " + everyone, everyone},
	}
}

// A population is some records and the environment of filters about them.
type population struct {
	*Generator
	env     dsl.Env
	records []schema.Record
	known   map[string]*filter // by text, of the filters at hand
}

// populationSize is how many records each filter is asked about: the bits of a
// set of them fit into a word.
const populationSize = 50

// triplesPerPopulation is how many times three filters are made for the same
// records, and pairsPerCase how many pairs of a record and three filters are
// held for each case.
const (
	triplesPerPopulation = 20
	pairsPerCase         = 10
)

func newPopulation(seed uint64) *population {
	p := &population{Generator: NewGenerator(seed), known: map[string]*filter{}}
	list := ids()
	p.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, id := range list[:populationSize] {
		r := p.Record(id)
		for key, v := range r.Clone().All() {
			if len(v.Text()) > dsl.MaxLiteral { // only slow here
				r.Set(key, schema.Text(v.Text()[:3]))
			}
		}
		p.records = append(p.records, r)
	}
	p.Look(p.records)
	p.env = p.FilterEnv()
	return p
}

// matches are the records that an expression is true for, a bit each.
func (p *population) matches(e expr.Expr) uint64 {
	var set uint64
	for i, r := range p.records {
		if eval.Match(e, r) {
			set |= 1 << i
		}
	}
	return set
}

// A filter is a text, what it compiles to, and the records that it is true for.
type filter struct {
	text    string
	expr    expr.Expr
	matches uint64
}

// compiled reads a filter; what is asked for again is remembered.
func (p *population) compiled(text string) (*filter, error) {
	if f, ok := p.known[text]; ok {
		return f, nil
	}
	c, diagnostics := dsl.Compile(text, p.env)
	if dsl.HasErrors(diagnostics) {
		return nil, fmt.Errorf("%s\ndoes not compile: %s", text, rendered(diagnostics))
	}
	f := &filter{text, c.Expr, p.matches(c.Expr)}
	p.known[text] = f
	return f, nil
}

// TestLaws: the laws of logic hold for random filters about random records,
// judged by the reference evaluator; and a filter means the same in every form
// that it can be brought into.
func TestLaws(t *testing.T) {
	seed := Seed(t)
	pairs := Cases(t) * pairsPerCase
	if os.Getenv("MEIBO_LONG") != "" {
		pairs = max(pairs, 1_000_000)
	}
	laws, checks := lawsOfLogic(), checks()
	sides := sidesOf(t, laws)
	for round := uint64(0); pairs > 0; round++ {
		p := newPopulation(seed + round)
		for range triplesPerPopulation {
			clear(p.known)
			fault := p.lawless(checks, [3]dsl.Node{p.Filter(p.env, p.IntN(4)), p.Filter(p.env, p.IntN(3)), p.Filter(p.env, p.IntN(2))})
			if fault == "" {
				fault = p.lawlessExpr(laws, sides, [3]expr.Expr{p.Expr(p.IntN(4)), p.Expr(p.IntN(3)), p.Expr(p.IntN(2))})
			}
			if fault != "" {
				t.Fatalf("again with: MEIBO_SEED=%d MEIBO_CASES=%d\n%s", seed+round, triplesPerPopulation*populationSize/pairsPerCase, fault)
			}
			pairs -= populationSize
		}
	}
}

// lawless says which law three filters break, with the smallest that break it.
func (p *population) lawless(checks []check, of [3]dsl.Node) string {
	for _, check := range checks {
		fault := check(p, of)
		if fault == nil {
			continue
		}
		shrinkFilters(of, func(of [3]dsl.Node) bool {
			err := check(p, of)
			if err != nil {
				fault = err
			}
			return err != nil
		})
		return fault.Error()
	}
	return ""
}

// A check holds one law on three filters.
type check func(p *population, of [3]dsl.Node) error

// checks are all that is held of three filters: to hold one more form, add it
// to forms.
func checks() []check {
	checks := []check{(*population).complements, (*population).negatedOperators}
	for _, l := range lawsOfLogic() {
		checks = append(checks, func(p *population, of [3]dsl.Node) error { return p.holds(l, of) })
	}
	for _, f := range forms() {
		checks = append(checks, func(p *population, of [3]dsl.Node) error { return p.comesBack(f, of[0]) })
	}
	return checks
}

func printed(n dsl.Node) string { return dsl.Print(&dsl.Query{Root: n}) }

// complements: |p| + |NOT p| = N, and no record is in both.
func (p *population) complements(of [3]dsl.Node) error {
	in, err := p.compiled(printed(of[0]))
	if err != nil {
		return err
	}
	out, err := p.compiled(printed(&dsl.Not{Part: of[0]}))
	if err == nil && (in.matches&out.matches != 0 || bits.OnesCount64(in.matches)+bits.OnesCount64(out.matches) != len(p.records)) {
		return fmt.Errorf("complement: %d and %d of %d\n%s", bits.OnesCount64(in.matches), bits.OnesCount64(out.matches), len(p.records), p.differ(in, ^out.matches))
	}
	return err
}

// negatedOperators: x != v is NOT x = v, in each predicate of a filter.
func (p *population) negatedOperators(of [3]dsl.Node) error {
	for _, pred := range predsOf(of[0]) {
		if pred.Quantifier != dsl.NoQuantifier || !negatable(pred.Op) {
			continue
		}
		positive, negative := *pred, *pred
		positive.Negated, negative.Negated = false, true
		if err := p.same("negated operator", printed(&negative), printed(&dsl.Not{Part: &positive})); err != nil {
			return err
		}
	}
	return nil
}

// same holds that two filters are true for the same records.
func (p *population) same(name, left, right string) error {
	a, err := p.compiled(left)
	if err != nil {
		return err
	}
	b, err := p.compiled(right)
	if err == nil && a.matches != b.matches {
		return fmt.Errorf("%s:\n%s\nis not\n%s\n%s", name, left, right, p.differ(a, b.matches))
	}
	return err
}

func (p *population) holds(l law, of [3]dsl.Node) error {
	put := strings.NewReplacer("p", "("+printed(of[0])+")", "q", "("+printed(of[1])+")", "r", "("+printed(of[2])+")")
	return p.same(l.name, put.Replace(l.left), put.Replace(l.right))
}

// differ shows the first record for which a filter is true or false, and
// should not be.
func (p *population) differ(f *filter, want uint64) string {
	for i, r := range p.records {
		if in := f.matches>>i&1 == 1; in != (want>>i&1 == 1) {
			return fmt.Sprintf("now %s in %s\n%v, not %v: %s", p.env.Now, p.env.Zone, in, !in, shown(r, f.expr, p.Fields))
		}
	}
	return ""
}

// lawlessExpr holds the laws, and that Simplify preserves them, on expressions
// that no filter need be able to say. sides are the laws as trees.
func (p *population) lawlessExpr(laws []law, sides map[string]dsl.Node, of [3]expr.Expr) string {
	for _, l := range laws {
		left, right := substituted(sides[l.left], of), substituted(sides[l.right], of)
		a, b := p.matches(left), p.matches(right)
		if c, d := p.matches(expr.Simplify(left)), p.matches(expr.Simplify(right)); a != b || c != a || d != b {
			return fmt.Sprintf("%s: %s\nfor %b, simplified %b; %s\nfor %b, simplified %b", l.name, expr.String(left), a, c, expr.String(right), b, d)
		}
	}
	return ""
}

// sidesOf are the trees of the laws' sides by their text.
func sidesOf(t *testing.T, laws []law) map[string]dsl.Node {
	sides := map[string]dsl.Node{}
	for _, l := range laws {
		for _, text := range []string{l.left, l.right} {
			query, diagnostics := dsl.Parse(text)
			if dsl.HasErrors(diagnostics) {
				t.Fatalf("%s: %s", text, rendered(diagnostics))
			}
			sides[text] = query.Root
		}
	}
	return sides
}

// substituted is a side of a law with expressions for p, q and r.
func substituted(side dsl.Node, of [3]expr.Expr) expr.Expr {
	all := func(parts []dsl.Node) []expr.Expr {
		list := make([]expr.Expr, len(parts))
		for i, part := range parts {
			list[i] = substituted(part, of)
		}
		return list
	}
	switch n := side.(type) {
	case *dsl.And:
		return expr.And{Of: all(n.Parts)}
	case *dsl.Or:
		return expr.Or{Of: all(n.Parts)}
	case *dsl.Not:
		return expr.Not{Of: substituted(n.Part, of)}
	case *dsl.Flag:
		return of[strings.Index("pqr", n.Path.Names[0])]
	}
	return expr.NoOne() // id IN ()
}
