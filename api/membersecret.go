package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

// A memberSecret is what a site's own server proves with who is signed in.
type memberSecret struct {
	Secret    string    `json:"secret" doc:"The key of memberHash, as it stands: HMAC-SHA256 of the memberId, in lower-case hexadecimal. It belongs on the site's server, never into a page."`
	CreatedAt time.Time `json:"createdAt"`
}

type memberSecretOutput struct{ Body memberSecret }

func (h *handler) registerMemberSecret(routes huma.API) {
	const path = "/v1/member-secret"
	get := operation(http.MethodGet, path, "getMemberSecret", "Read the member secret", service.Administer)
	register(routes, get, func(ctx context.Context, _ *struct{}) (*memberSecretOutput, error) {
		return h.memberSecret(ctx)(h.as(ctx).MemberSecret(ctx))
	})
	renew := operation(http.MethodPost, path, "renewMemberSecret", "Replace the member secret", service.Administer, 503)
	renew.Description = "Hashes that were made with the old one prove nothing from now on."
	register(routes, renew, func(ctx context.Context, _ *struct{}) (*memberSecretOutput, error) {
		return h.memberSecret(ctx)(h.as(ctx).RenewMemberSecret(ctx))
	})
}

func (h *handler) memberSecret(ctx context.Context) func(service.MemberSecret, error) (*memberSecretOutput, error) {
	return func(secret service.MemberSecret, err error) (*memberSecretOutput, error) {
		if err != nil {
			return nil, h.problemOf(ctx, err)
		}
		return &memberSecretOutput{memberSecret{secret.Text, secret.CreatedAt}}, nil
	}
}
