package indextest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl"
	"meibo/dsl/channel"
	"meibo/dsl/expr"
	"meibo/dsl/jsondoc"
)

// A form is another way to write a filter down. back carries a filter to it
// and gives the text that comes of it; ok is false where the form cannot hold
// this filter.
type form struct {
	name  string
	keeps kept
	back  func(p *population, f *filter) (text string, ok bool, err error)
}

// kept is how much of a filter comes back from a form.
type kept uint8

const (
	meaning    kept = iota // true for the same records
	expression             // compiles to the same expression
	tree                   // is the same tree
)

// forms are all that a filter can be brought into.
func forms() []form {
	return []form{
		{"canonical text", tree, func(_ *population, f *filter) (string, bool, error) { return f.text, true, nil }},
		{"another spelling", tree, func(p *population, f *filter) (string, bool, error) { return respelled(p.Generator, f.text), true, nil }},
		{"formatted", tree, formatted},
		{"text of the expression", expression, func(_ *population, f *filter) (string, bool, error) {
			return expr.String(f.expr), !tooLong(f.expr), nil
		}},
		{"JSON tree", tree, throughJSON},
		{"channel", meaning, throughChannel},
	}
}

// formatted is what the formatter makes of another spelling; to format it
// again changes nothing.
func formatted(p *population, f *filter) (string, bool, error) {
	once, diagnostics := dsl.Format(respelled(p.Generator, f.text))
	if dsl.HasErrors(diagnostics) {
		return "", false, fmt.Errorf("does not format: %s", rendered(diagnostics))
	}
	if twice, _ := dsl.Format(once); twice != once {
		return "", false, fmt.Errorf("formatted:\n%s\nand again:\n%s", once, twice)
	}
	return once, true, nil
}

// throughJSON is a spelling with comments, which the tree keeps, as JSON and back.
func throughJSON(p *population, f *filter) (string, bool, error) {
	text, _, err := formatted(p, f)
	if err != nil {
		return "", false, err
	}
	query, _ := dsl.Parse(text)
	v, err := document(query.Tree())
	if err != nil {
		return "", false, err
	}
	back, faults := dsl.ReadTree(v, "")
	if back == nil || back.Text != text {
		return "", false, fmt.Errorf("as JSON: %v\n%+v", faults, back)
	}
	return back.Text, true, nil
}

// throughChannel is what the AND of ORs can hold, as JSON and back.
func throughChannel(p *population, f *filter) (string, bool, error) {
	c, _ := dsl.Compile(f.text, p.env)
	query, diagnostics := channel.Export(c, p.env)
	if query == nil {
		if len(diagnostics) == 0 {
			return "", false, errors.New("no query and no reason")
		}
		return "", false, nil
	}
	v, err := document(query)
	if err != nil {
		return "", false, err
	}
	back, faults := channel.Import(v, "", p.env)
	if back == nil {
		return "", false, fmt.Errorf("does not come back: %v", faults)
	}
	return back.Text, true, nil
}

// document is a value as a program sends it.
func document(of any) (*jsondoc.Value, error) {
	data, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	v, fault := jsondoc.Parse(data)
	if fault != nil {
		return nil, fmt.Errorf("%s\n%v", data, fault)
	}
	return v, nil
}

// withoutPlaces compares trees by what they say, not by where it stood.
func withoutPlaces() cmp.Option { return cmp.Comparer(func(a, b dsl.Extent) bool { return true }) }

// comesBack holds that a form keeps what it promises of a filter.
func (p *population) comesBack(form form, n dsl.Node) error {
	f, err := p.compiled(printed(n))
	if err != nil {
		return err
	}
	text, ok, err := form.back(p, f)
	if err == nil && !ok {
		return nil
	}
	if err == nil {
		err = p.keeps(form.keeps, f, n, text)
	}
	if err != nil {
		return fmt.Errorf("%s of\n%s\n%w", form.name, f.text, err)
	}
	return nil
}

func (p *population) keeps(what kept, f *filter, n dsl.Node, text string) error {
	again, err := p.compiled(text)
	if err != nil {
		return err
	}
	query, _ := dsl.Parse(text)
	switch {
	case again.matches != f.matches:
		return fmt.Errorf("is\n%s\n%s", text, p.differ(again, f.matches))
	case what >= expression && !reflect.DeepEqual(again.expr, f.expr):
		return fmt.Errorf("is\n%s\nwhich compiles to %s\ninstead of %s", text, expr.String(again.expr), expr.String(f.expr))
	case what == tree && !cmp.Equal(n, query.Root, withoutPlaces()):
		return fmt.Errorf("is\n%s\n%s", text, cmp.Diff(n, query.Root, withoutPlaces()))
	}
	return nil
}

// Every form can hold a good part of the filters that it is tried with.
func TestFormsHoldFilters(t *testing.T) {
	p := newPopulation(1)
	const n = 300
	held := map[string]int{}
	for range n {
		f, err := p.compiled(printed(p.Filter(p.env, p.IntN(4))))
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range forms() {
			if _, ok, err := form.back(p, f); err != nil {
				t.Errorf("%s of\n%s\n%v", form.name, f.text, err)
			} else if ok {
				held[form.name]++
			}
		}
	}
	for _, form := range forms() {
		if held[form.name] < n/10 {
			t.Errorf("%s: %d of %d filters", form.name, held[form.name], n)
		}
	}
	t.Logf("of %d filters: %v", n, held)
}
