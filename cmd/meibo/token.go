package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"meibo/api/service"
	"meibo/store"
)

// createToken prints the secret alone, for a script to take. It is shown this
// once: the store keeps a hash.
func (a *app) createToken(_ context.Context, at place, c tokenCommand) (err error) {
	if at.server != "" {
		return misused("token create は --server では使えません。--data を指定してください。", "token create works on a data folder, not through --server")
	}
	known := []string{service.ScopeSearch, service.ScopeMetrics}
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
	return a.printToken(s, c)
}

func (a *app) printToken(s *store.Store, c tokenCommand) error {
	secret, _, err := s.CreateToken(c.Name, c.Role, c.Scopes)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, secret)
	return err
}
