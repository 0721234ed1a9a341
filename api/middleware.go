package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// begin gives a request its id and language and the headers that every answer
// has: customers' data is not to be kept by caches or guessed at by browsers.
func (h *handler) begin(c *gin.Context) {
	r := newRequest(c.Request, h.behindTLS)
	c.Request = c.Request.WithContext(withRequest(c.Request.Context(), r))
	if sent := c.Request.Header.Get("Content-Type"); sent != "" {
		c.Request.Header.Set("Content-Type", mediaType(sent)) // huma compares it letter by letter
	}
	header := c.Writer.Header()
	header.Set(requestIDHeader, r.id)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
}

// observe logs and measures a request when it is over: never its query, body,
// id or any header.
func (h *handler) observe(c *gin.Context) {
	began := time.Now()
	defer func() {
		took := time.Since(began)
		route := routeOf(c)
		status := c.Writer.Status()
		h.metrics.observe(methodOf(c), route, status, took)
		h.log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
			slog.String("method", methodOf(c)), slog.String("route", route), slog.Int("status", status),
			slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("request", requestOf(c.Request.Context()).id))
	}()
	c.Next()
}

// routeOf is the pattern that a request matched, which names no customer.
func routeOf(c *gin.Context) string {
	if route := c.FullPath(); route != "" {
		return route
	}
	return "none"
}

// methodOf keeps made-up methods out of logs and metrics.
func methodOf(c *gin.Context) string {
	switch m := c.Request.Method; m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// rescue turns a panic into a problem. The process lives; the request's
// transaction has been rolled back on the way. A panic's text could hold a
// customer's value, so only those of the runtime itself are logged.
func (h *handler) rescue(c *gin.Context) {
	defer func() {
		failure := recover()
		if failure == nil {
			return
		}
		if failure == http.ErrAbortHandler {
			panic(failure) // meant: the connection is cut
		}
		what := fmt.Sprintf("%T", failure)
		if e, ok := failure.(runtime.Error); ok {
			what = e.Error()
		}
		ctx := c.Request.Context()
		h.log.ErrorContext(ctx, "panic", "request", requestOf(ctx).id, "what", what, "stack", string(debug.Stack()))
		if c.Writer.Written() {
			panic(http.ErrAbortHandler) // half an answer is out: let the client see that it is not whole
		}
		newProblem(ctx, service.CodeInternal, schema.Words{JA: "サーバーで問題が起きました。", EN: "something went wrong in the server"}).write(c.Writer)
		c.Abort()
	}()
	c.Next()
}

// needs is the key of an operation's permission in its metadata.
const needs = "needs"

// guard lets a request through to a use case: its caller is known and may do
// this, its body says that it is JSON, and it ends in time.
func (h *handler) guard(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	permission, _ := op.Metadata[needs].(service.Permission)
	if op.Metadata[ownPages] == true {
		if err := h.sameOrigin(ctx); err != nil {
			h.refuse(ctx, err)
			return
		}
	}
	if permission != service.Anyone {
		caller, session, err := h.callerOf(ctx)
		if err == nil {
			err = caller.Require(permission)
		}
		if err != nil {
			h.refuse(ctx, err)
			return
		}
		r := requestOf(ctx.Context())
		r.caller, r.session = caller, session
		ctx = huma.WithContext(ctx, withRequest(ctx.Context(), r))
	}
	if p := h.checkMediaType(ctx); p != nil {
		send(ctx, p)
		return
	}
	if !streams(ctx) {
		timed, stop := withTimeout(ctx, h.timeout)
		defer stop()
		ctx = timed
	}
	next(ctx)
}

// authenticate reads "Bearer SECRET".
func (h *handler) authenticate(authorization string) (service.Caller, error) {
	return h.service.Authenticate(bearer(authorization))
}

// bearer is the secret of "Bearer SECRET"; "" of anything else.
func bearer(authorization string) string {
	scheme, secret, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}

func (h *handler) refuse(ctx huma.Context, err error) {
	send(ctx, h.problemOf(ctx.Context(), err))
}

// checkMediaType wants JSON to be called JSON: a form that a browser can send
// from any page never passes.
func (h *handler) checkMediaType(ctx huma.Context) *Problem {
	body := ctx.Operation().RequestBody
	if body == nil {
		return nil
	}
	sent := mediaType(ctx.Header("Content-Type"))
	if _, ok := body.Content[sent]; ok {
		return nil
	}
	return newProblem(ctx.Context(), codeMediaType, schema.Words{
		JA: "Content-Type を application/json にしてください。", EN: "send Content-Type: application/json"})
}

// mediaType is a Content-Type without its parameters.
func mediaType(header string) string {
	kind, _, _ := strings.Cut(header, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// send writes a problem from a middleware of huma.
func send(ctx huma.Context, p *Problem) {
	for name, values := range p.GetHeaders() {
		ctx.SetHeader(name, values[0])
	}
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // the client may be gone; nobody is left to tell
}

// withTimeout bounds what one request may take, waiting for its body apart.
func withTimeout(ctx huma.Context, most time.Duration) (huma.Context, context.CancelFunc) {
	bounded, stop := context.WithTimeout(ctx.Context(), most)
	return huma.WithContext(ctx, bounded), stop
}
