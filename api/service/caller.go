package service

import (
	"errors"
	"fmt"
	"slices"

	"meibo/store"
)

// Roles, as tokens name them.
const (
	RoleOwner   = "owner"
	RoleManager = "manager"
	RoleViewer  = "viewer"
	RoleService = "service"
)

// Scopes of a service token.
const (
	ScopeSearch  = "search"  // search, count, read customers and fields
	ScopeMetrics = "metrics" // read the server's figures
)

// A Permission is what a use case asks of its caller.
type Permission string

// The permissions.
const (
	Anyone      Permission = ""        // no token needed
	Read        Permission = "read"    // search, count, read
	WriteRecord Permission = "write"   // change customers
	Monitor     Permission = "monitor" // read the server's figures
)

// A Caller is who asks.
type Caller struct {
	TokenID string
	Name    string
	Role    string
	Scopes  []string
}

// May reports whether the caller has a permission. Owners have every one,
// managers and viewers theirs by role, a service what its token's scopes say.
func (c Caller) May(p Permission) bool {
	switch c.Role {
	case RoleOwner:
		return true
	case RoleManager:
		return p == Read || p == WriteRecord
	case RoleViewer:
		return p == Read
	case RoleService:
		return p == Read && slices.Contains(c.Scopes, ScopeSearch) || p == Monitor && slices.Contains(c.Scopes, ScopeMetrics)
	}
	return false
}

// Authenticate finds the caller that a secret belongs to.
func (s *Service) Authenticate(secret string) (Caller, error) {
	t, err := s.store.TokenBySecret(secret)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Caller{}, refuseToken()
	case err != nil:
		return Caller{}, fmt.Errorf("look up a token: %w", err)
	}
	return Caller{TokenID: t.ID, Name: t.Name, Role: t.Role, Scopes: t.Scopes}, nil
}

func refuseToken() *Error {
	return refuse(CodeUnauthorized, "トークンがないか、正しくありません。Authorization: Bearer … を付けてください。",
		"no valid token: send Authorization: Bearer …")
}

// Require refuses a caller that lacks a permission.
func (c Caller) Require(p Permission) error {
	if p == Anyone || c.May(p) {
		return nil
	}
	return refuse(CodeForbidden, "このトークンではその操作はできません。", "this token's role and scopes do not allow that")
}
