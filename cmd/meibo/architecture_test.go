package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// moduleRoot is where this test finds the module's own source.
const moduleRoot = "../.."

// mayImport states, for each package, which of our packages its shipped code
// may import, and why the arrow exists. An arrow that is not here is a fault.
var mayImport = map[string]map[string]string{
	"dsl/schema": {}, // the leaf: everything means the same thing by "equal"
	"dsl/expr":   {"dsl/schema": "nodes hold kinds and folded needles"},
	"dsl/eval":   {"dsl/schema": "reads records", "dsl/expr": "decides expressions"},
	"dsl/match":  {"dsl/schema": "reads records", "dsl/expr": "compiles expressions"},
	"dsl":        {"dsl/schema": "resolves fields", "dsl/expr": "is what a filter compiles to", "dsl/jsondoc": "reads trees that programs send"},

	"dsl/jsondoc": {"dsl/schema": "tells faults as those of a body are told"},
	"dsl/channel": {"dsl": "makes and reads its trees", "dsl/jsondoc": "reads queries that programs send", "dsl/schema": "holds declared types against kinds"},

	"index":            {"dsl/schema": "indexes records", "dsl/expr": "a backend takes typed expressions, never text"},
	"index/bleveindex": {"index": "implements Backend", "dsl/schema": "indexes records", "dsl/expr": "compiles expressions"},
	"index/memindex":   {"index": "implements Backend", "dsl/schema": "keeps records", "dsl/expr": "takes expressions", "dsl/eval": "the oracle decides each record"},
	"index/indexer":    {"index": "drives a Backend", "dsl/schema": "passes records on", "dsl/expr": "hands out a Snapshot that it counts"},
	"index/indextest": {"index": "tests a Backend", "index/memindex": "compares with the oracle", "dsl/schema": "generates records",
		"dsl/expr": "generates expressions", "dsl/eval": "judges", "dsl": "compiles the language scripts"},

	"store": {"dsl/schema": "keeps records"},

	"api/table": {"dsl/schema": "faults are told in its words, and rows of NDJSON are read by it"},
	"api/job":   {"store": "jobs and their progress are kept", "dsl/schema": "tells why a job failed, in both languages"},

	"api/service": {"api/table": "imports and exports files", "api/job": "runs long work", "dsl": "compiles filters", "dsl/jsondoc": "reads forms of a filter", "dsl/channel": "converts from and to it", "dsl/schema": "edits records", "dsl/expr": "passes expressions on", "dsl/eval": "decides a record in hand", "dsl/match": "decides all segments of a record in hand",
		"index": "asks snapshots", "store": "keeps and reads records"},
	"api": {"api/service": "serves the use cases", "dsl": "diagnostics are part of problem documents", "dsl/channel": "describes that form in the document", "dsl/schema": "customers travel as JSON"},

	"cmd/meibo": {"*": "wires everything"},
}

// onlyIn states which package alone may import a library, and why.
var onlyIn = map[string]struct{ pkg, why string }{
	"github.com/blevesearch/":       {"index/bleveindex", "another engine must be able to stand behind index.Backend"},
	"go.etcd.io/bbolt":              {"store", "the file format is the store's own business"},
	"github.com/gin-gonic/":         {"api", "the use cases are free of HTTP"},
	"github.com/danielgtaylor/huma": {"api", "the use cases are free of HTTP"},
	"github.com/alecthomas/parti":   {"dsl", "the parser can be replaced without anyone noticing"},
	"github.com/xuri/excelize":      {"api/table", "how a file holds rows can be read otherwise"},
	"github.com/alecthomas/kong":    {"cmd/meibo", "only the command line has flags"},
}

// sourceFiles are the module's shipped Go files by package folder.
func sourceFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(moduleRoot, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(moduleRoot, path)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && rel != "." {
				return fs.SkipDir // a nested module has rules of its own
			}
			return nil
		}
		if strings.HasSuffix(rel, ".go") && !strings.HasSuffix(rel, "_test.go") {
			pkg := filepath.ToSlash(filepath.Dir(rel))
			files[pkg] = append(files[pkg], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImportsFollowTheArrows(t *testing.T) {
	files := sourceFiles(t)
	for pkg := range mayImport {
		if len(files[pkg]) == 0 {
			t.Errorf("%s: the rules name it, the tree does not have it", pkg)
		}
	}
	for pkg, paths := range files {
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("package %s is not in the layout: add it to ARCHITECTURE.md and to this test, with its arrows", pkg)
			continue
		}
		for _, path := range paths {
			checkImports(t, pkg, path, allowed)
		}
	}
}

func checkImports(t *testing.T, pkg, path string, allowed map[string]string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if ours, ok := strings.CutPrefix(imported, "meibo/"); ok {
			if _, ok := allowed[ours]; !ok && allowed["*"] == "" {
				t.Errorf("%s: %s must not import %s", path, pkg, ours)
			}
		}
		for library, rule := range onlyIn {
			if strings.HasPrefix(imported, library) && pkg != rule.pkg {
				t.Errorf("%s: only %s imports %s: %s", path, rule.pkg, imported, rule.why)
			}
		}
	}
}

func TestEveryPackageSaysWhatItHides(t *testing.T) {
	for pkg, paths := range sourceFiles(t) {
		var doc string
		for _, path := range paths {
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			doc += f.Doc.Text()
		}
		if len(strings.Fields(doc)) < 20 || !strings.Contains(doc, "never") {
			t.Errorf("%s: its package comment must say what it hides and what it never does", pkg)
		}
	}
}

// Participle's types must not show in an exported signature of dsl: whoever
// reads the AST should not have to know the parser.
func TestNoParserTypesAreExported(t *testing.T) {
	for _, path := range sourceFiles(t)["dsl"] {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			for _, node := range exportedParts(decl) {
				ast.Inspect(node, func(n ast.Node) bool {
					if sel, ok := n.(*ast.SelectorExpr); ok {
						if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "participle" || x.Name == "lexer") {
							t.Errorf("%s: %s.%s shows in an exported declaration", path, x.Name, sel.Sel.Name)
						}
					}
					return true
				})
			}
		}
	}
}

// exportedParts are the signatures and types that a declaration exports.
func exportedParts(decl ast.Decl) []ast.Node {
	var parts []ast.Node
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || receiverExported(d.Recv)) {
			parts = append(parts, d.Type)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					parts = append(parts, s.Type)
				}
			case *ast.ValueSpec:
				if s.Type != nil && slices.ContainsFunc(s.Names, func(n *ast.Ident) bool { return n.IsExported() }) {
					parts = append(parts, s.Type)
				}
			}
		}
	}
	return parts
}

func receiverExported(recv *ast.FieldList) bool {
	t := recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}

// The top level holds the agreed folders and documents and nothing else.
func TestTopLevelIsAsAgreed(t *testing.T) {
	agreed := []string{"cmd", "dsl", "index", "store", "api", "testdata", "go.mod", "go.sum", "README.md",
		"ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "Makefile"}
	entries, err := os.ReadDir(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	ignored := ignoredPatterns(t)
	for _, e := range entries {
		left := slices.ContainsFunc(ignored, func(pattern string) bool {
			ok, _ := filepath.Match(pattern, e.Name())
			return ok
		})
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(agreed, e.Name()) && !left {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
	for _, name := range []string{"cmd", "dsl", "index", "store", "api", "testdata", "go.mod", "go.sum", "README.md"} {
		if _, err := os.Stat(filepath.Join(moduleRoot, name)); err != nil {
			t.Errorf("%s is missing: %v", name, err)
		}
	}
}

// ignoredPatterns are those of .gitignore: what the README's commands leave.
func ignoredPatterns(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for line := range strings.Lines(string(text)) {
		if line = strings.Trim(strings.TrimSpace(line), "/"); line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, line)
		}
	}
	return patterns
}
