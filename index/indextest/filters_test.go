package indextest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl"
)

// The generator of filters reaches every node, operator, quantifier, form of
// value and unit; all of its filters compile, and most of its conditions match
// someone but not everyone.
func TestFilterGeneratorCovers(t *testing.T) {
	seen := map[string]int{}
	some := 0
	const populations, each = 10, 800
	for seed := range uint64(populations) {
		p := newPopulation(seed)
		for range each {
			n := p.Filter(p.env, 0)
			count(n, seen)
			f, err := p.compiled(printed(n))
			if err != nil {
				t.Fatal(err)
			}
			if f.matches != 0 && f.matches != 1<<populationSize-1 {
				some++
			}
		}
	}
	want := []string{"Search", "Flag", "Call", "Pred", "ANY", "ALL", "list", "IN ()", "shift"}
	for op := dsl.Equal; op <= dsl.HasAll; op++ {
		want = append(want, fmt.Sprintf("op %d", op))
		if negatable(op) {
			want = append(want, fmt.Sprintf("not op %d", op))
		}
	}
	for kind := dsl.StringValue; kind <= dsl.DateValue; kind++ {
		want = append(want, fmt.Sprintf("value %d", kind))
	}
	want = append(want, "now", "today", "yesterday", "tomorrow", "startOf", "endOf", "unit d", "unit w", "unit mo", "unit y",
		"shift s", "shift min", "shift h", "shift d", "shift w", "shift mo", "shift y")
	for _, what := range want {
		if seen[what] < 8 {
			t.Errorf("%s: %d times in %d conditions", what, seen[what], populations*each)
		}
	}
	if some < populations*each/2 {
		t.Errorf("%d of %d conditions match some but not all", some, populations*each)
	}
}

func count(n dsl.Node, seen map[string]int) {
	seen[reflect.TypeOf(n).Elem().Name()]++
	p, ok := n.(*dsl.Pred)
	if !ok {
		return
	}
	op := fmt.Sprintf("op %d", p.Op)
	if p.Negated {
		op = "not " + op
	}
	seen[op]++
	seen[[]string{"", "ANY", "ALL"}[p.Quantifier]]++
	if p.List {
		seen["list"]++
	}
	if p.Op == dsl.In && len(p.Values) == 0 {
		seen["IN ()"]++
	}
	for _, v := range p.Values {
		seen[fmt.Sprintf("value %d", v.Kind)]++
		if v.Kind == dsl.DateValue {
			seen[v.Text]++
			seen["unit "+string(v.Unit)]++
		}
		for _, s := range v.Shifts {
			seen["shift"]++
			seen["shift "+string(s.Unit)]++
		}
	}
}

// Another spelling is another text of the same tree; see forms for what it
// keeps.
func TestRespelled(t *testing.T) {
	g := NewGenerator(Seed(t))
	const text = "NOT member AND (tags ANY ^= \"vip/\" OR profile.in = \"and\")\nAND `has space` > now-30d AND name ~ \"\\\"AND\\\"\""
	want, _ := dsl.Parse(text)
	different, wide, comments := 0, 0, 0
	for range 200 {
		other := respelled(g, text)
		query, diagnostics := dsl.Parse(other)
		if query == nil || !cmp.Equal(want.Root, query.Root, withoutPlaces()) {
			t.Fatalf("%s\nis not\n%s\n%s", other, text, rendered(diagnostics))
		}
		if other != text {
			different++
		}
		if strings.ContainsRune(other, 'ｍ') {
			wide++
		}
		if len(query.Comments) > 0 {
			comments++
		}
	}
	if different < 190 || wide < 10 || comments < 100 {
		t.Errorf("%d differ, %d have full-width letters, %d have comments", different, wide, comments)
	}
}

// What breaks a law is found, made small and shown with a record.
func TestBrokenLawsAreShown(t *testing.T) {
	p := newPopulation(1)
	var wrong []check
	for _, l := range []law{{"AND is OR", "p AND q", "p OR q"}, {"everyone", "p", "NOT id IN ()"}} {
		wrong = append(wrong, func(p *population, of [3]dsl.Node) error { return p.holds(l, of) })
	}
	lossy := form{"lossy", meaning, func(_ *population, f *filter) (string, bool, error) { return "NOT (" + f.text + ")", true, nil }}
	respelt := form{"another tree", tree, func(_ *population, f *filter) (string, bool, error) { return "NOT NOT (" + f.text + ")", true, nil }}
	refused := form{"refused", meaning, func(*population, *filter) (string, bool, error) { return "", false, fmt.Errorf("no such shape") }}
	for _, f := range []form{lossy, respelt, refused} {
		wrong = append(wrong, func(p *population, of [3]dsl.Node) error { return p.comesBack(f, of[0]) })
	}
	for i, says := range []string{"AND is OR", "everyone", "lossy", "another tree", "no such shape"} {
		fault := p.lawless(wrong[i:i+1], [3]dsl.Node{p.dividing(), p.dividing(), p.dividing()})
		if !strings.Contains(fault, says) || says == "AND is OR" && !strings.Contains(fault, `{"id":`) {
			t.Errorf("%s: %s", says, fault)
		}
		if joined := strings.Count(fault, " AND ") + strings.Count(fault, " OR "); says == "AND is OR" && joined > 4 {
			t.Errorf("not made small: %s", fault)
		}
	}
	if fault := p.lawless(checks(), [3]dsl.Node{p.Filter(p.env, 3), p.Filter(p.env, 2), p.Filter(p.env, 1)}); fault != "" {
		t.Errorf("the laws: %s", fault)
	}
}

// dividing is a filter of some size that is true for some records only.
func (p *population) dividing() dsl.Node {
	for {
		n := p.Filter(p.env, 3)
		f, err := p.compiled(printed(n))
		if err == nil && f.matches != 0 && f.matches != 1<<populationSize-1 && len(predsOf(n)) > 2 {
			return n
		}
	}
}
