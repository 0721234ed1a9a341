package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"meibo/api"
	"meibo/api/service"
)

// A desk takes requests of the HTTP API: over the network for --server, else
// in this process on a data folder, as its owner. Commands that manage things
// are written once, against it, and so do the same either way.
type desk struct {
	*remote
	workspace *workspace // nil: it is a server's
}

// openDesk opens what --server or --data name. It does not wait for the index:
// who asks of it what a search sees waits on its own, see awaitIndex.
func (a *app) openDesk(at place) (*desk, error) {
	if at.server != "" {
		r, err := a.openRemote(at)
		if err != nil {
			return nil, err
		}
		return &desk{remote: r}, nil
	}
	w, err := a.openWorkspace(at.data, false, nil)
	if err != nil {
		return nil, err
	}
	return a.deskOf(w), nil
}

// deskOf is a data folder as a desk, which closes it.
func (a *app) deskOf(w *workspace) *desk {
	caller := commandLine()
	here := inProcess{api.NewHandler(api.Config{Service: w.Service, Version: versionText(), Caller: &caller})}
	return &desk{remote: &remote{base: "http://meibo", lang: a.lang, client: &http.Client{Transport: here, CheckRedirect: stay}}, workspace: w}
}

// commandLine is who works on a data folder, in the history of what is changed.
func commandLine() service.Caller { return service.Caller{Name: "cli", Role: service.RoleOwner} }

// stay follows no redirect: whoever asks is to know that a customer is part of
// another now.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// withDesk runs a command on a desk and closes it.
func (a *app) withDesk(at place, do func(*desk) error) (err error) {
	d, err := a.openDesk(at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return do(d)
}

func (d *desk) Close() error {
	if d.workspace != nil {
		return d.workspace.Close()
	}
	return d.remote.Close()
}

// do makes a request and reads the answer into a value; nil leaves it unread.
// body is sent as JSON: json.RawMessage as it is, nil as no body.
func (d *desk) do(ctx context.Context, method, path string, body, answer any) error {
	_, err := d.exchange(ctx, method, path, nil, body, answer)
	return err
}

// exchange is do with headers of the request and of the answer.
func (d *desk) exchange(ctx context.Context, method, path string, header http.Header, body, answer any) (http.Header, error) {
	response, err := d.request(ctx, method, path, "application/json", header, body)
	if service.CodeOf(err) == service.CodeTimeout && ctx.Err() != nil {
		return nil, ctx.Err() // in this process a Ctrl-C looks like a late answer
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if answer == nil {
		return response.Header, nil
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	return response.Header, nil
}

// inProcess answers requests by a handler of this process.
type inProcess struct{ handler http.Handler }

// RoundTrip serves one request. Answers are buffered whole but where the request
// says otherwise, see streaming.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if r.Context().Value(streamingKey{}) != nil {
		return p.streamed(r), nil
	}
	answer := &bufferedAnswer{header: http.Header{}, status: http.StatusOK}
	p.handler.ServeHTTP(answer, r)
	return &http.Response{StatusCode: answer.status, Status: http.StatusText(answer.status), Header: answer.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(answer.body.Len()), Body: io.NopCloser(&answer.body)}, nil
}

type bufferedAnswer struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (b *bufferedAnswer) Header() http.Header { return b.header }

func (b *bufferedAnswer) WriteHeader(status int) {
	if !b.wrote {
		b.wrote, b.status = true, status
	}
}

func (b *bufferedAnswer) Write(p []byte) (int, error) {
	b.wrote = true
	return b.body.Write(p)
}

// SetReadDeadline lets bodies arrive in their own time: they are in memory.
func (b *bufferedAnswer) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is never reached either.
func (b *bufferedAnswer) SetWriteDeadline(time.Time) error { return nil }
