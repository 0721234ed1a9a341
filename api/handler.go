package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// Config is what a handler works with.
type Config struct {
	Service  *service.Service
	Log      *slog.Logger         // nil: nothing is logged
	Registry *prometheus.Registry // nil: one of its own; two handlers must not share one
	Version  string               // of the program, for the OpenAPI document
	Timeout  time.Duration        // for one request, its body's arrival apart; 0: DefaultTimeout

	// Heartbeat lies between two signs of life of a stream of events that has
	// nothing to tell; 0: DefaultHeartbeat.
	Heartbeat time.Duration

	// BehindTLS says that every request comes through a proxy by TLS: cookies are
	// then for TLS alone. What a request's headers say of it is not believed.
	BehindTLS bool

	// Caller makes every request this caller's, whatever its headers say: for
	// a handler that is called in its own process, never for one that listens.
	Caller *service.Caller
}

// DefaultTimeout bounds one request. An answer that streams is not bounded as
// a whole, but each part of it is, see streamPause.
const DefaultTimeout = 30 * time.Second

// DefaultHeartbeat is shorter than proxies wait for a byte.
const DefaultHeartbeat = 15 * time.Second

type handler struct {
	service *service.Service // as the owner; see as
	log     *slog.Logger
	metrics *metrics
	timeout time.Duration
	trusted *service.Caller // see Config.Caller

	heartbeat time.Duration // see Config.Heartbeat

	behindTLS bool // see Config.BehindTLS
	origins   http.CrossOriginProtection
}

// NewHandler builds the HTTP handler. It starts no goroutine. It panics when
// the registry holds metrics of the same names already.
func NewHandler(c Config) http.Handler {
	engine, _ := build(c)
	return engine
}

func build(c Config) (*gin.Engine, huma.API) {
	h := &handler{service: c.Service, log: c.Log, timeout: c.Timeout, trusted: c.Caller, behindTLS: c.BehindTLS, heartbeat: cmp.Or(c.Heartbeat, DefaultHeartbeat)}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.timeout == 0 {
		h.timeout = DefaultTimeout
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	h.metrics = newMetrics(c.Registry, c.Service)

	engine := h.engine()
	routes := humagin.New(engine, documentConfig(c.Version))
	routes.UseMiddleware(h.guard)
	h.registerSearch(routes)
	h.registerCustomers(routes)
	h.registerBatch(routes)
	h.registerFields(routes)
	h.registerFilter(routes)
	h.registerComplete(routes)
	h.registerConvert(routes)
	h.registerHealth(routes)
	h.registerFieldEdits(routes)
	h.registerSettings(routes)
	h.registerSegments(routes)
	h.registerIngest(routes, engine)
	h.registerHistory(routes)
	h.registerTokens(routes)
	h.registerSession(routes, engine)
	h.registerJobs(routes)
	h.registerEvents(routes)
	h.registerImports(routes)
	h.registerExports(routes)
	h.registerBulk(routes)
	h.registerAudit(routes)
	h.registerErase(routes)
	h.registerMetrics(routes, c.Registry)
	serveDocument(engine, routes)
	serveScript(engine)
	return engine, routes
}

// as is the service for the caller of a request.
func (h *handler) as(ctx context.Context) *service.Service {
	return h.service.As(requestOf(ctx).caller)
}

// engine is gin without its global side: release mode keeps it from printing
// routes, and nothing of its own logs, recovers or redirects. Paths match as
// they were sent, so that an id may hold a slash as %2F.
func (h *handler) engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.UseEscapedPath = true
	engine.UnescapePathValues = false // it would read + as a space; see customerID
	engine.RedirectTrailingSlash = false
	engine.RedirectFixedPath = false
	engine.HandleMethodNotAllowed = true
	engine.ForwardedByClientIP = false
	engine.Use(h.begin, h.observe, h.rescue, h.crossOrigin)
	engine.NoRoute(func(c *gin.Context) {
		newProblem(c.Request.Context(), service.CodeNotFound, schema.Words{
			JA: "そのパスはありません。/openapi.json に一覧があります。", EN: "there is no such path; /openapi.json lists them"}).write(c.Writer)
	})
	engine.NoMethod(func(c *gin.Context) {
		newProblem(c.Request.Context(), codeMethodNotAllowed, schema.Words{
			JA: "そのメソッドは使えません。Allow ヘッダーを見てください。", EN: "this path does not take that method; see the Allow header"}).write(c.Writer)
	})
	return engine
}
