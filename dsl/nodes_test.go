package dsl

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"reflect"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/expr"
)

// sampleNodes has every type of node, each a filter of its own.
func sampleNodes() []Node {
	flag := func() Node { return &Flag{Path: Path{Names: []string{"member"}}} }
	return []Node{
		&And{Parts: []Node{flag(), flag()}},
		&Or{Parts: []Node{flag(), flag()}},
		&Not{Part: flag()},
		&Search{Text: "x"},
		flag(),
		&Call{Path: Path{Names: []string{"segment"}}, Arg: Value{Kind: StringValue, Text: "vip"}},
		&Pred{Path: Path{Names: []string{"name"}}, Op: Set},
	}
}

// nodeTypes reads the types with a method Extent from ast.go.
func nodeTypes(t *testing.T) map[string]bool {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "ast.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Extent" {
			continue
		}
		if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
			types[star.X.(*ast.Ident).Name] = true
		}
	}
	return types
}

// TestEveryPassHandlesEveryNode: printing, checking and placing comments.
func TestEveryPassHandlesEveryNode(t *testing.T) {
	missing := nodeTypes(t)
	if len(missing) == 0 {
		t.Fatal("ast.go has no nodes")
	}
	for _, n := range sampleNodes() {
		name := reflect.TypeOf(n).Elem().Name()
		delete(missing, name)
		text := flat(n)
		query, list := Parse(text)
		if query == nil || !cmp.Equal(n, query.Root, withoutPlaces) {
			t.Errorf("%s prints as %q: %s", name, text, codes(list))
			continue
		}
		compiled, list := Compile(text, testEnv(t))
		if len(list) > 0 || expr.String(compiled.Expr) == expr.String(expr.NoOne()) {
			t.Errorf("%s checks as %v: %s", name, compiled.Expr, codes(list))
		}
		if leaves := leavesOf(n, nil); len(leaves) == 0 {
			t.Errorf("%s has no leaves", name)
		}
	}
	for name := range missing {
		t.Errorf("no sample of %s: its passes are not held", name)
	}
}

// TestConcurrentUse shares one environment between goroutines.
func TestConcurrentUse(t *testing.T) {
	env := testEnv(t)
	want, _ := Compile(sample, env)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got, list := Compile(sample, env); len(list) > 0 || expr.String(got.Expr) != expr.String(want.Expr) {
					t.Errorf("%v %s", got.Expr, codes(list))
					return
				}
				Compile(`sessionCount > 5 AND tags = "x" AND segment("deep1")`, env)
			}
		})
	}
	wg.Wait()
}
