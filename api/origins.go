package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// crossOriginRoutes are those that pages of other sites call, as the router
// writes them. No other route tells a browser that it may.
var crossOriginRoutes = map[string]bool{bootPath: true, "/v1/customers/:id/touch": true, formsPath: true}

// crossOrigin lets a page read the answers of these routes when some
// publishable key is for its site; refusals too, so that the page can say what
// is wrong. Credentials of the browser are never asked for.
func (h *handler) crossOrigin(c *gin.Context) {
	if !crossOriginRoutes[c.FullPath()] {
		return
	}
	header := c.Writer.Header()
	header.Add("Vary", "Origin")
	origin := c.GetHeader("Origin")
	if origin == "" {
		return
	}
	allowed, err := h.service.AllowsOrigin(origin)
	if err != nil {
		h.log.ErrorContext(c.Request.Context(), "look up an origin", "error", err)
	}
	if allowed {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Expose-Headers", requestIDHeader)
	}
}

// preflightAge is how long a browser need not ask again, in seconds: a day.
const preflightAge = "86400"

// preflight answers a browser that asks before the request itself.
func (h *handler) preflight(c *gin.Context) {
	header := c.Writer.Header()
	if header.Get("Access-Control-Allow-Origin") == "" {
		newProblem(c.Request.Context(), service.CodeOriginNotAllowed, schema.Words{
			JA: "このサイトを許可している公開キーがありません。", EN: "no publishable key allows this origin"}).write(c.Writer)
		return
	}
	header.Set("Access-Control-Allow-Methods", http.MethodPost)
	header.Set("Access-Control-Allow-Headers", "authorization, content-type")
	header.Set("Access-Control-Max-Age", preflightAge)
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}

// requireOrigin refuses a key on the pages of a site that it is not for.
func (h *handler) requireOrigin(ctx huma.Context, next func(huma.Context)) {
	if err := requestOf(ctx.Context()).caller.RequireOrigin(ctx.Header("Origin")); err != nil {
		h.refuse(ctx, err)
		return
	}
	next(ctx)
}
