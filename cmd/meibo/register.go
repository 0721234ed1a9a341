package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// A register answers questions: a data folder that is open here, or a server.
type register interface {
	Count(ctx context.Context, q service.Question) (service.CountAnswer, error)
	Search(ctx context.Context, r service.SearchRequest) (service.SearchAnswer, error)
	Stream(ctx context.Context, r service.SearchRequest, yield func(schema.Record, json.RawMessage) error) error
	Explain(ctx context.Context, q service.Question) (service.ExplainAnswer, error)

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
