package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"meibo/api/service"
)

type memberSecret struct {
	Renew bool `help:"token_renew"`
}

type tokenSignIn struct {
	ID string `arg:"" optional:"" help:"token_signin_id"`
}

// run prints the link alone. On a data folder the server's address is not
// known: the link is of the address that serve listens on by itself.
func (c *tokenSignIn) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		id := c.ID
		if id == "" {
			own, err := ownToken(ctx, d)
			if err != nil {
				return err
			}
			id = own
		}
		var key service.SignInKey
		if err := d.do(ctx, http.MethodPost, tokensPath+"/"+url.PathEscape(id)+"/signin", nil, &key); err != nil {
			return err
		}
		address := d.base
		if d.workspace != nil {
			address = "http://" + defaultAddress
		}
		_, err := fmt.Fprintln(a.stdout, address+key.Path)
		return err
	})
}

// ownToken is the id of the token that a server is asked with; on a data folder
// that of the owner.
func ownToken(ctx context.Context, d *desk) (string, error) {
	if d.workspace != nil {
		t, err := d.workspace.OwnerToken()
		if service.CodeOf(err) == service.CodeNotFound {
			return "", failed("オーナーのトークンがまだありません。meibo serve を一度起動するか、meibo token create --role owner で作ってください。",
				"there is no owner's token yet: start meibo serve once, or make one with meibo token create --role owner")
		}
		return t.ID, err
	}
	var who service.Identity
	err := d.do(ctx, http.MethodGet, "/v1/session", nil, &who)
	return who.TokenID, err
}

func (c *memberSecret) run(ctx context.Context, a *app, at place) error {
	method, path := http.MethodGet, "/v1/member-secret"
	if c.Renew {
		method = http.MethodPost
	}
	return a.withDesk(at, func(d *desk) error {
		var answer struct {
			Secret string `json:"secret"`
		}
		if err := d.do(ctx, method, path, nil, &answer); err != nil {
			return err
		}
		_, err := fmt.Fprintln(a.stdout, answer.Secret)
		return err
	})
}
