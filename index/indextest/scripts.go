package indextest

import (
	"context"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"meibo/dsl"
	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// RunScripts runs every script (*.txt) of a folder against a backend. It
// compiles each filter as a user's is compiled, and compares the ids that the
// backend and the reference evaluator give with those that are written down.
func RunScripts(t *testing.T, dir string, open Open, hooks Hooks) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			s, err := readScript(path)
			if err != nil {
				t.Fatal(err)
			}
			runScript(t, path, s, open(t), hooks)
		})
	}
}

// A scriptRun is a script with its records in a backend.
type scriptRun struct {
	*script
	t        *testing.T
	path     string
	env      dsl.Env
	snapshot index.Snapshot
	records  []schema.Record
	hooks    Hooks
}

func runScript(t *testing.T, path string, s *script, backend index.Backend, hooks Hooks) {
	defer func() {
		if err := backend.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	r := &scriptRun{script: s, t: t, path: path, hooks: hooks}
	r.env = r.environment()
	for _, text := range s.records {
		r.records = append(r.records, r.record(text))
	}
	// In halves, so that an index with segments has two.
	half := len(r.records) / 2
	for i, part := range [][]schema.Record{r.records[:half], r.records[half:]} {
		batch := index.Batch{Position: index.Position{Epoch: "script", Seq: uint64(i + 1)}, Fields: r.env.Fields, Upserts: part}
		if err := backend.Apply(context.Background(), batch); err != nil {
			t.Fatalf("Apply: %v", err)
		}
	}
	snapshot, err := backend.Snapshot(context.Background())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	defer snapshot.Release()
	r.snapshot = snapshot
	for _, c := range s.cases {
		r.run(c)
	}
}

func (r *scriptRun) environment() dsl.Env {
	fields, err := schema.NewFields(r.region, slices.Concat(schema.InitialFields(), r.fields))
	if err != nil {
		r.t.Fatalf("%s: %v", r.path, err)
	}
	return dsl.Env{Fields: fields, Now: r.now, Zone: r.zone, WeekStart: 1, Segments: func(key string) (dsl.Segment, bool) {
		saved, ok := r.segments[key]
		return saved, ok
	}}
}

// record reads a customer as it is written by a program, with every check.
func (r *scriptRun) record(text string) schema.Record {
	r.t.Helper()
	assignments, err := schema.ParseCustomer([]byte(text))
	if err != nil {
		r.t.Fatalf("%s: record %s: %v", r.path, text, err)
	}
	var record schema.Record
	for _, a := range assignments {
		field, ok := r.env.Fields.Lookup(a.Key)
		if !ok {
			r.t.Fatalf("%s: record %s: no field %s", r.path, text, a.Key)
		}
		v, fault := schema.Coerce(field, a.Raw, r.zone)
		if fault != nil {
			r.t.Fatalf("%s: record %s: %v", r.path, text, fault)
		}
		record.Set(a.Key, v)
	}
	if fault := schema.CheckID(record.ID()); fault != nil {
		r.t.Fatalf("%s: record %s: %v", r.path, text, fault)
	}
	return record
}

func (r *scriptRun) run(c scriptCase) {
	r.t.Helper()
	compiled, diagnostics := dsl.Compile(c.filter, r.env)
	if c.code != "" {
		r.wantError(c, diagnostics)
		return
	}
	if dsl.HasErrors(diagnostics) {
		r.t.Errorf("%s:%d: %s\n%s", r.path, c.line, c.filter, rendered(diagnostics))
		return
	}
	if got := codesOf(diagnostics); len(c.warn) > 0 && !slices.Equal(got, c.warn) {
		r.t.Errorf("%s:%d: %s\nwarns %q, want %q", r.path, c.line, c.filter, got, c.warn)
	}
	if text, ok := comesBack(compiled.Expr, r.env); !ok {
		r.t.Errorf("%s:%d: %s\nis written as %s, which compiles to something else", r.path, c.line, c.filter, text)
	}
	r.answers(c, compiled.Expr)
}

// comesBack reports whether the text of a simplified expression compiles to it
// again.
func comesBack(e expr.Expr, env dsl.Env) (text string, ok bool) {
	text = expr.String(e)
	again, diagnostics := dsl.Compile(text, env)
	if dsl.HasErrors(diagnostics) {
		return text + "\n" + rendered(diagnostics), false
	}
	return text + "\n(as " + expr.String(again.Expr) + ")", reflect.DeepEqual(again.Expr, e)
}

func (r *scriptRun) wantError(c scriptCase, diagnostics []dsl.Diagnostic) {
	r.t.Helper()
	for _, d := range diagnostics {
		if d.Severity == dsl.Error && d.Code == c.code && (c.at == "" || c.filter[d.Span.Start:d.Span.End] == c.at) {
			return
		}
	}
	r.t.Errorf("%s:%d: %s\nwant the error %s at %q, got\n%s", r.path, c.line, c.filter, c.code, c.at, rendered(diagnostics))
}

// answers asks for everything in the default order, the evaluator about each
// record, and in the second way that the backend may have.
func (r *scriptRun) answers(c scriptCase, e expr.Expr) {
	r.t.Helper()
	r.judged(c, e)
	page, err := r.snapshot.Search(context.Background(), index.Query{Where: e, Sort: by(schema.LastSeenField, schema.Date, true), Limit: index.MaxLimit})
	if err != nil {
		r.t.Errorf("%s:%d: %v", r.path, c.line, err)
		return
	}
	got, want := idsOf(page), c.ids
	if c.all {
		want = r.everyone()
	}
	if !c.ordered {
		slices.Sort(got)
		want = slices.Sorted(slices.Values(want))
	}
	if !slices.Equal(got, want) || page.Total != len(want) {
		r.t.Errorf("%s:%d: %s\n got %s\nwant %s\n(total %d; as %s)", r.path, c.line, c.filter, strings.Join(got, " "), strings.Join(want, " "), page.Total, expr.String(e))
	}
	if r.hooks.Also == nil {
		return
	}
	also, err := r.hooks.Also(r.snapshot, e)
	slices.Sort(also)
	if want = slices.Sorted(slices.Values(want)); err != nil || !slices.Equal(also, want) {
		r.t.Errorf("%s:%d: %s\nthe second way gives %q, want %q: %v", r.path, c.line, c.filter, also, want, err)
	}
}

// judged holds what the evaluator says of each record.
func (r *scriptRun) judged(c scriptCase, e expr.Expr) {
	r.t.Helper()
	for _, record := range r.records {
		want := c.all || slices.Contains(c.ids, record.ID())
		if got := eval.Match(e, record); got != want {
			r.t.Errorf("%s:%d: %s\nthe evaluator says %v of %s, want %v\n(as %s)", r.path, c.line, c.filter, got, record.ID(), want, expr.String(e))
		}
	}
}

func (r *scriptRun) everyone() []string {
	var list []string
	for _, record := range r.records {
		list = append(list, record.ID())
	}
	return list
}

func codesOf(diagnostics []dsl.Diagnostic) []string {
	var codes []string
	for _, d := range diagnostics {
		codes = append(codes, d.Code)
	}
	return codes
}

func rendered(diagnostics []dsl.Diagnostic) string {
	if len(diagnostics) == 0 {
		return "no diagnostics"
	}
	var b strings.Builder
	for _, d := range diagnostics {
		text, _ := json.Marshal(d.Message)
		b.WriteString(d.Severity + " " + d.Code + " " + string(text) + "\n" + d.Rendered + "\n")
	}
	return b.String()
}
