package expr

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"testing"

	"meibo/dsl/schema"
)

// samples has one of every node type; nothing in it simplifies to a constant.
func samples() map[string]Expr {
	flag := Boolean{"member", true}
	return map[string]Expr{
		"And":     And{[]Expr{flag, Present{"name"}}},
		"Or":      Or{[]Expr{flag, Present{"name"}}},
		"Not":     Not{flag},
		"Const":   Const{true},
		"Present": Present{"name"},
		"Boolean": flag,
		"Range":   Range{Field: "sessionsCount", Kind: schema.Number, Min: 1, Max: 5},
		"Among":   Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{1, 5}},
		"Text":    Text{Field: "name", Kind: schema.String, Needles: []string{"x"}},
		"Version": Version{Field: "mobile.appVersion", Min: "2.1"},
		"Quick":   Quick{Terms: []string{"x"}, Region: "JP"},
	}
}

// nodeTypes reads the names of the node types from the source.
func nodeTypes(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, d := range parse(t, "expr.go").Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv != nil && f.Name.Name == "node" {
			names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	if len(names) < 11 {
		t.Fatalf("expr.go seems to have %d node types: %v", len(names), names)
	}
	return names
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// casesOf gathers the types that the type switches of a function name.
func casesOf(t *testing.T, file, function string) []string {
	t.Helper()
	var names []string
	for _, d := range parse(t, file).Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			clause, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, e := range clause.List {
				switch e := e.(type) {
				case *ast.Ident:
					names = append(names, e.Name)
				case *ast.SelectorExpr:
					names = append(names, e.Sel.Name)
				}
			}
			return true
		})
	}
	return names
}

// Every pass names every node type in its switch, so that a new node cannot be
// forgotten by one of them.
func TestEveryPassHandlesEveryNode(t *testing.T) {
	passes := []struct{ file, function string }{
		{"simplify.go", "simplify"},
		{"string.go", "expr"},
		{"cost.go", "Cost"},
		{"fingerprint.go", "fingerprintOf"},
		{"../eval/eval.go", "Match"},
	}
	for _, pass := range passes {
		handled := casesOf(t, pass.file, pass.function)
		for _, name := range nodeTypes(t) {
			if !slices.Contains(handled, name) {
				t.Errorf("%s: %s has no case for %s", pass.file, pass.function, name)
			}
		}
	}
}

func TestPassesOnASampleOfEveryNode(t *testing.T) {
	all := samples()
	for _, name := range nodeTypes(t) {
		e, ok := all[name]
		if !ok || reflect.TypeOf(e).Name() != name {
			t.Fatalf("no sample of %s", name)
		}
		if got := Simplify(e); !reflect.DeepEqual(got, e) {
			t.Errorf("Simplify(%#v) = %#v, want it unchanged", e, got)
		}
		if String(e) == "" {
			t.Errorf("String(%#v) is empty", e)
		}
		if name != "Const" && Cost(e) <= 0 {
			t.Errorf("Cost(%s) = %d, want more than 0", name, Cost(e))
		}
		seen := 0
		Walk(e, func(Expr) { seen++ })
		if seen != 1+len(Children(e)) {
			t.Errorf("Walk(%s) visits %d nodes with %d children", name, seen, len(Children(e)))
		}
		if name != "Const" && len(FieldsOf(e)) == 0 {
			t.Errorf("FieldsOf(%s) is empty", name)
		}
	}
}

// Leaves that differ in any one field, and only they, have different
// fingerprints: a field that was forgotten would make two filters one.
func TestFingerprintsCoverEveryField(t *testing.T) {
	for _, name := range nodeTypes(t) {
		if name == "And" || name == "Or" || name == "Not" {
			continue
		}
		e := samples()[name]
		same := fingerprintOf(e)
		if fingerprintOf(samples()[name]) != same {
			t.Errorf("%s: two fingerprints of one leaf", name)
		}
		for i := range reflect.TypeOf(e).NumField() {
			other := reflect.New(reflect.TypeOf(e)).Elem()
			other.Set(reflect.ValueOf(e))
			change(t, other.Field(i))
			if fingerprintOf(other.Interface().(Expr)) == same {
				t.Errorf("%s: the fingerprint leaves out %s", name, reflect.TypeOf(e).Field(i).Name)
			}
		}
	}
	if fingerprintOf(Text{Needles: []string{"a", "b"}}) == fingerprintOf(Text{Needles: []string{"ab"}}) {
		t.Error("two needles look like one")
	}
}

func change(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.String:
		v.SetString(v.String() + "'")
	case reflect.Uint8:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	default:
		t.Fatalf("a field of kind %s", v.Kind())
	}
}
