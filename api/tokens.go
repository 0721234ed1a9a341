package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

const tokensPath = "/v1/tokens"

// maxTokenBody is far more than a hundred origins take.
const maxTokenBody = 64 << 10

// (Formats of texts are the service's to check, so that all faults are told at
// once; the document's own validation refuses other types and members.)
type newToken struct {
	Name      string   `json:"name" doc:"To know it by; up to 100 characters."`
	Role      string   `json:"role" doc:"owner, manager, viewer, service or publishable."`
	Scopes    []string `json:"scopes,omitempty" nullable:"false" doc:"Of a service token, at least one: search, write, ingest, segment:use, metrics."`
	Origins   []string `json:"origins,omitempty" nullable:"false" doc:"Of a publishable token: the web origins that may use it, https://www.example.jp or https://*.example.jp for every site below a domain. Without any, no web page may; apps may."`
	ExpiresAt any      `json:"expiresAt,omitempty" doc:"Epoch milliseconds or ISO 8601 text, ahead. Left out: it does not expire."`
}

type newTokenInput struct{ Body newToken }

// A newTokenAnswer is the one answer that holds a token's secret.
type newTokenAnswer struct {
	Token  service.Token `json:"token"`
	Secret string        `json:"secret" doc:"What to send as Authorization: Bearer …; shown this once."`
}

type newTokenOutput struct{ Body newTokenAnswer }

type tokensOutput struct {
	Body struct {
		Tokens []service.Token `json:"tokens" nullable:"false" doc:"Oldest first, those that let nobody in any more too."`
	} `nameHint:"TokensAnswer"`
}

type tokenInput struct {
	ID string `path:"tokenId" doc:"The token's id."`
}

type tokenOutput struct{ Body service.Token }

type signInKeyOutput struct{ Body service.SignInKey }

func (h *handler) registerTokens(routes huma.API) {
	register(routes, operation(http.MethodGet, tokensPath, "listTokens", "The tokens", service.Administer), h.tokens)

	create := withBody(operation(http.MethodPost, tokensPath, "createToken", "Make a token", service.Administer, 422, 503), maxTokenBody, bodyTime)
	create.DefaultStatus = http.StatusCreated
	register(routes, create, h.createToken)

	revoke := operation(http.MethodDelete, tokensPath+"/{tokenId}", "revokeToken", "End a token for ever, and the sessions that it began",
		service.Administer, 404, 409, 503)
	revoke.Description = "The last token that lets an owner in stays: 409, last_owner."
	register(routes, revoke, h.revokeToken)

	signIn := operation(http.MethodPost, tokensPath+"/{tokenId}/signin", "createSignInKey", "Make a one-time key to sign in with",
		service.SignedIn, 404, 503)
	signIn.Description = "For the token that asks, or by an administrator for any of an owner, a manager or a viewer. The key works once, within 15 minutes, and ends with its token."
	signIn.DefaultStatus = http.StatusCreated
	register(routes, signIn, h.createSignInKey)
}

func (h *handler) tokens(ctx context.Context, _ *struct{}) (*tokensOutput, error) {
	list, err := h.as(ctx).Tokens()
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	out := &tokensOutput{}
	out.Body.Tokens = list
	return out, nil
}

func (h *handler) createToken(ctx context.Context, in *newTokenInput) (*newTokenOutput, error) {
	b := in.Body
	secret, t, err := h.as(ctx).CreateToken(service.TokenRequest{Name: b.Name, Role: b.Role, Scopes: b.Scopes, Origins: b.Origins, ExpiresAt: b.ExpiresAt})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &newTokenOutput{newTokenAnswer{Token: t, Secret: secret}}, nil
}

func (h *handler) revokeToken(ctx context.Context, in *tokenInput) (*tokenOutput, error) {
	t, err := h.as(ctx).RevokeToken(in.ID)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &tokenOutput{t}, nil
}

func (h *handler) createSignInKey(ctx context.Context, in *tokenInput) (*signInKeyOutput, error) {
	key, err := h.as(ctx).SignInKey(in.ID, service.SignInTime)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &signInKeyOutput{key}, nil
}
