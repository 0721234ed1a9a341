package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

// tokenCommands manage the tokens by which programs and people get in.
type tokenCommands struct {
	Create tokenCreate `cmd:"" help:"${token_create}"`
}

type tokenCreate struct {
	Role   string   `enum:"owner,manager,viewer,service" required:"" help:"${token_role}"`
	Name   string   `default:"cli" help:"${token_name}"`
	Scopes []string `name:"scope" help:"${token_scope}"`
}

func tokenHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"tokens":       {JA: "API のトークン。", EN: "API tokens."},
		"token_create": {JA: "トークンを作り、それだけを表示する。", EN: "Create a token and print it alone."},
		"token_role":   {JA: "権限（owner、manager、viewer、service）。", EN: "owner, manager, viewer or service."},
		"token_name":   {JA: "トークンの名前。", EN: "A name to know it by."},
		"token_scope":  {JA: "service トークンに許すこと（search、write、ingest、segment:use、metrics）。", EN: "What a service token may do (search, write, ingest, segment:use, metrics)."},
	}
}

// run prints the secret alone, for a script to take. It is shown this
// once: the store keeps a hash.
func (c *tokenCreate) run(_ context.Context, a *app, at place) (err error) {
	if at.server != "" {
		return misused("token create は --server では使えません。--data を指定してください。", "token create works on a data folder, not through --server")
	}
	known := service.Scopes()
	for _, scope := range c.Scopes {
		if c.Role != service.RoleService {
			return misused("--scope は role が service のときだけ使えます。", "--scope is for the role service only")
		}
		if !slices.Contains(known, scope) {
			return misused("scope「%s」はありません。%v のどれかです。", "there is no scope %q: one of %v", scope, known)
		}
	}
	s, err := a.openStore(at.data, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return a.printToken(s, *c)
}

func (a *app) printToken(s *store.Store, c tokenCreate) error {
	secret, _, err := s.CreateToken(store.NewToken{Name: c.Name, Role: c.Role, Scopes: c.Scopes})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, secret)
	return err
}
