package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl"
	"meibo/dsl/schema"
)

// A register answers questions: a data folder that is open here, or a server.
type register interface {
	Count(ctx context.Context, q service.Question) (service.CountAnswer, error)
	Search(ctx context.Context, r service.SearchRequest) (service.SearchAnswer, error)
	Stream(ctx context.Context, r service.SearchRequest, yield func(schema.Record, json.RawMessage) error) error
	Explain(ctx context.Context, r service.ExplainRequest) (service.ExplainAnswer, error)

	// FieldSet is the fields, to show values with.
	FieldSet(ctx context.Context) (*schema.Fields, error)
	// Zone is the one in which dates are shown when none is asked for.
	Zone() *time.Location
	Close() error
}

// openRegister opens what --server or --data name.
func (a *app) openRegister(ctx context.Context, at place) (register, error) {
	if at.server != "" {
		return a.openRemote(at)
	}
	w, err := a.openWorkspace(at.data, false, nil)
	if err != nil {
		return nil, err
	}
	if err := a.awaitIndex(ctx, w); err != nil {
		_ = w.Close() // the wait's error says why
		return nil, err
	}
	return local{w}, nil
}

// ask opens a register for a question. Where there is no data to ask, a filter
// that could not compile in any workspace is told too: it is what is wrong
// with the command, whatever the folder.
func (a *app) ask(ctx context.Context, at place, q asking) (register, error) {
	r, err := a.openRegister(ctx, at)
	if !errors.Is(err, errNoData) {
		return r, err
	}
	wrong, checkErr := a.wrongAnywhere(q)
	if checkErr != nil || len(wrong) == 0 {
		return nil, errors.Join(err, checkErr)
	}
	a.diagnose(wrong)
	var f *failure
	errors.As(err, &f)
	return nil, &failure{code: exitUsage, words: f.words}
}

// wrongAnywhere are the filter's faults with the fields that every workspace
// has. A profile field that is not among them may exist in the right folder.
func (a *app) wrongAnywhere(q asking) ([]dsl.Diagnostic, error) {
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		return nil, err
	}
	// Whether a date fits does not depend on the zone.
	_, diagnostics := dsl.Compile(q.Filter, dsl.Env{Fields: fields, Now: a.clock(), Zone: time.UTC, WeekStart: time.Monday})
	return slices.DeleteFunc(diagnostics, func(d dsl.Diagnostic) bool {
		ofProfile := strings.HasPrefix(q.Filter[d.Span.Start:d.Span.End], schema.ProfilePrefix)
		return d.Severity == dsl.Warning || ofProfile && d.Code == string(service.CodeUnknownField) || d.Code == "unknown_segment"
	}), nil
}

// local is a workspace as a register.
type local struct{ *workspace }

func (l local) FieldSet(context.Context) (*schema.Fields, error) { return l.store.Fields(), nil }
func (l local) Zone() *time.Location                             { return l.store.Settings().Zone }

// tokenOf finds the token for a server: the flag, the environment, the file
// that serve wrote into the data folder.
func (a *app) tokenOf(at place) string {
	if at.token != "" {
		return at.token
	}
	if token := a.env("MEIBO_TOKEN"); token != "" {
		return token
	}
	secret, err := os.ReadFile(filepath.Join(at.data, tokenFile))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(secret))
}
