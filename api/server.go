package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Time-outs of a connection. Routes have their own for bodies and for the
// work itself; these are the outer bounds.
const (
	headerTime   = 5 * time.Second
	readTime     = 75 * time.Second // the longest body, a batch, has 60
	writeTime    = 2 * time.Minute  // streams move it on
	idleTime     = 2 * time.Minute
	maxHeaderLen = 64 << 10
)

// A Server listens and serves a handler until it is shut down. It owns one
// goroutine, which has ended when Shutdown has returned.
type Server struct {
	http   *http.Server
	addr   net.Addr
	ended  chan struct{} // closed when serving has ended
	failed error         // why, when it was not shut down; read after ended
}

// Start listens on an address ("127.0.0.1:8080"; port 0 takes a free one) and
// serves.
func Start(addr string, handler http.Handler, log *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	stopping := make(chan struct{})
	s := &Server{addr: listener.Addr(), ended: make(chan struct{}), http: &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHeaderLen, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, stopping)
		},
	}}
	s.http.RegisterOnShutdown(sync.OnceFunc(func() { close(stopping) }))
	go func() {
		defer close(s.ended)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed = err
		}
	}()
	return s, nil
}

type stoppingKey struct{}

// stoppingOf is closed when the server of a request is to be shut down: what
// would stream on and on ends then, everything else finishes as usual. nil where
// no Server serves.
func stoppingOf(ctx context.Context) <-chan struct{} {
	stopping, _ := ctx.Value(stoppingKey{}).(chan struct{})
	return stopping
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.addr }

// Ended is closed when serving has ended, by Shutdown or by a failure.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Shutdown stops listening and waits for the requests under way, which finish
// as usual. When ctx ends first (its time is up, or the operator asked a
// second time) their connections are cut: a write is then either committed or
// not, never half. The error tells of a cut, or of why serving had failed.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off: %w", err), s.http.Close())
	}
	<-s.ended
	return errors.Join(err, s.failed)
}
