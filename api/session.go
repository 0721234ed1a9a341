package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const sessionPath = "/v1/session"

// The cookie of a session. Under the prefix __Host- a browser takes it from
// this very host by TLS only, so that no neighbour can plant one.
const (
	cookieName       = "meibo_session"
	secureCookieName = "__Host-" + cookieName
)

// maxSignInBody is a key with some room.
const maxSignInBody = 4 << 10

type signInInput struct {
	Body struct {
		Key string `json:"key" doc:"A one-time key, as meibo token signin makes one, or a token."`
	} `nameHint:"SignIn"`
}

type signInOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      service.Identity
}

type whoOutput struct{ Body service.Identity }

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Ended bool `json:"ended" doc:"There was a session, and it is over; false where the request was made by a token."`
	} `nameHint:"SignOutAnswer"`
}

func (h *handler) registerSession(routes huma.API, engine *gin.Engine) {
	signIn := withBody(operation(http.MethodPost, sessionPath, "signIn", "Sign in", service.Anyone, 401, 403, 503), maxSignInBody, bodyTime)
	signIn.Description = "Exchanges a one-time key, or the token of an owner, a manager or a viewer, for the cookie of a session. The session ends after 12 hours without a request, after 7 days, by DELETE, and with its token."
	signIn.DefaultStatus = http.StatusCreated
	signIn.Metadata[ownPages] = true
	register(routes, signIn, h.signIn)
	register(routes, operation(http.MethodGet, sessionPath, "whoAmI", "Who this request is made as", service.SignedIn), h.who)
	register(routes, operation(http.MethodDelete, sessionPath, "signOut", "Sign out", service.SignedIn, 503), h.signOut)
	serveSignInPage(engine)
}

func (h *handler) signIn(ctx context.Context, in *signInInput) (*signInOutput, error) {
	begun, err := h.as(ctx).SignIn(in.Body.Key)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	// The server ends a session that is not used; the browser only has to keep
	// the cookie as long as it could last.
	return &signInOutput{SetCookie: cookie(requestOf(ctx).secure, begun.Cookie, begun.Until), Body: begun.Identity}, nil
}

func (h *handler) who(ctx context.Context, _ *struct{}) (*whoOutput, error) {
	return &whoOutput{h.as(ctx).Who()}, nil
}

func (h *handler) signOut(ctx context.Context, _ *struct{}) (*signOutOutput, error) {
	r := requestOf(ctx)
	out := &signOutOutput{SetCookie: cookie(r.secure, "", time.Time{})}
	if r.session == "" {
		return out, nil
	}
	if err := h.as(ctx).SignOut(r.session); err != nil {
		return nil, h.problemOf(ctx, err)
	}
	out.Body.Ended = true
	return out, nil
}

// cookie carries a session's secret; without one it takes the cookie away.
func cookie(secure bool, secret string, until time.Time) http.Cookie {
	c := http.Cookie{Name: nameOfCookie(secure), Value: secret, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode, Expires: until}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

func nameOfCookie(secure bool) string {
	if secure {
		return secureCookieName
	}
	return cookieName
}

// ownPages is the key, in an operation's metadata, of what no page of another
// site may ask for, even without a cookie: to sign somebody in as oneself.
const ownPages = "ownPages"

// callerOf finds out who asks: by a bearer token, which wins, or by the cookie
// of a session. The secret of the latter comes too.
func (h *handler) callerOf(ctx huma.Context) (caller service.Caller, session string, err error) {
	if h.trusted != nil {
		return *h.trusted, "", nil
	}
	if header := ctx.Header("Authorization"); header != "" {
		caller, err = h.authenticate(header)
		return caller, "", err
	}
	r := humagin.Unwrap(ctx).Request
	c, err := r.Cookie(nameOfCookie(requestOf(ctx.Context()).secure))
	if err != nil {
		caller, err = h.authenticate("")
		return caller, "", err
	}
	if err := h.sameOrigin(ctx); err != nil {
		return service.Caller{}, "", err
	}
	caller, err = h.service.AuthenticateSession(c.Value)
	return caller, c.Value, err
}

// stillIn reports whether who began a stream would be let in now.
func (h *handler) stillIn(ctx huma.Context) bool {
	var err error
	session := requestOf(ctx.Context()).session
	switch {
	case h.trusted != nil:
	case session != "":
		_, err = h.service.RecognizeSession(session)
	default:
		_, err = h.service.Recognize(bearer(ctx.Header("Authorization")))
	}
	return err == nil
}

// sameOrigin refuses a request that a page of another origin makes a browser
// send. GET changes nothing anywhere and passes.
func (h *handler) sameOrigin(ctx huma.Context) error {
	if h.origins.Check(humagin.Unwrap(ctx).Request) == nil {
		return nil
	}
	return &service.Error{Code: codeCrossSite, Message: schema.Words{
		JA: "別のサイトのページからのリクエストは、サインインした人の代わりには受け付けません。",
		EN: "a request from a page of another origin is not taken in the name of who is signed in here"}}
}
