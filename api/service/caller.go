package service

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"meibo/store"
)

// Roles, as tokens name them.
const (
	RoleOwner   = "owner"
	RoleManager = "manager"
	RoleViewer  = "viewer"
	RoleService = "service"
	// RolePublishable is that of the key in a web page or an app: anybody can
	// read it there. It may touch, boot and send forms, and learns nothing.
	RolePublishable = "publishable"
)

// Scopes of a service token.
const (
	ScopeSearch     = "search"      // search, count, read customers and fields
	ScopeWrite      = "write"       // change customers, as a manager may
	ScopeIngest     = "ingest"      // touch, boot and forms, naming any member
	ScopeSegmentUse = "segment:use" // whether customers are in a segment, whatever fields it reads
	ScopeMetrics    = "metrics"     // read the server's figures
)

// Scopes lists what a service token's scopes can be.
func Scopes() []string {
	return []string{ScopeSearch, ScopeWrite, ScopeIngest, ScopeSegmentUse, ScopeMetrics}
}

// A Permission is what a use case asks of its caller.
type Permission string

// The permissions.
const (
	Anyone       Permission = ""             // no token needed
	Read         Permission = "read"         // search, count, read customers, fields, segments
	WriteRecord  Permission = "write"        // change customers
	Ingest       Permission = "ingest"       // touch, boot, forms
	UseSegment   Permission = "use-segment"  // count a segment and ask who is in it
	EditFields   Permission = "edit-fields"  // add, change, order, hide, archive, delete fields
	EditSegments Permission = "edit-segment" // save, restore and delete segments
	Administer   Permission = "administer"   // tokens, settings, restrictions of fields, secrets
	RunJobs      Permission = "run-jobs"     // imports and bulk actions, and to watch and cancel one's own jobs
	Export       Permission = "export"       // customers as a file
	Erase        Permission = "erase"        // a customer for good
	ReadAudit    Permission = "read-audit"   // who changed what
	Monitor      Permission = "monitor"      // read the server's figures
	SignedIn     Permission = "signed-in"    // whoever has a token or a session, to see or end it
)

// permissions are all of them but Anyone, in the order in which they are told.
func permissions() []Permission {
	return []Permission{Read, WriteRecord, Ingest, UseSegment, EditFields, EditSegments, Administer, RunJobs, Export, Erase, ReadAudit, Monitor, SignedIn}
}

// A Caller is who asks.
type Caller struct {
	TokenID string
	Name    string
	Role    string
	Scopes  []string
	Origins []string // of a publishable key: the web origins that may use it

	SessionID string    // "": by the token itself, not by a session of it
	ExpiresAt time.Time // of the token or the session; zero: never
}

// May reports whether the caller has a permission. Owners have every one,
// managers and viewers theirs by role, a service what its token's scopes say.
func (c Caller) May(p Permission) bool {
	switch c.Role {
	case RoleOwner:
		return true
	case RoleManager:
		return slices.Contains([]Permission{Read, WriteRecord, RunJobs, UseSegment, EditFields, EditSegments, SignedIn}, p)
	case RoleViewer:
		return slices.Contains([]Permission{Read, UseSegment, SignedIn}, p)
	case RolePublishable:
		return p == Ingest
	case RoleService:
		scopes := scopesFor(p)
		return p == SignedIn || slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(c.Scopes, scope) })
	}
	return false
}

// scopesFor are the scopes each of which gives a service token a permission.
func scopesFor(p Permission) []string {
	switch p {
	case Read:
		return []string{ScopeSearch}
	case WriteRecord, RunJobs:
		return []string{ScopeWrite}
	case Ingest:
		return []string{ScopeIngest}
	case UseSegment:
		return []string{ScopeSearch, ScopeSegmentUse}
	case Monitor:
		return []string{ScopeMetrics}
	}
	return nil
}

// Authenticate finds the caller that a token's secret belongs to. One read of
// the store, and no write: see uses.
func (s *Service) Authenticate(secret string) (Caller, error) {
	c, err := s.Recognize(secret)
	if err == nil {
		s.uses.note(c.TokenID, "", s.clock())
	}
	return c, err
}

// Recognize is Authenticate for what goes on since then: it is no use of the
// token.
func (s *Service) Recognize(secret string) (Caller, error) {
	if secret == "" || len(secret) > maxSecretLength {
		return Caller{}, refuseToken()
	}
	t, err := s.store.TokenBySecret(secret)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Caller{}, refuseToken()
	case err != nil:
		return Caller{}, fmt.Errorf("look up a token: %w", err)
	case t.Expired(s.clock()):
		return Caller{}, refuseExpired(t)
	}
	return s.callerOf(t), nil
}

// callerOf is who a token lets in.
func (s *Service) callerOf(t store.Token) Caller {
	return Caller{TokenID: t.ID, Name: t.Name, Role: t.Role, Scopes: t.Scopes, Origins: t.Origins, ExpiresAt: t.ExpiresAt}
}

func refuseExpired(t store.Token) *Error {
	at := t.ExpiresAt.UTC().Format(time.RFC3339)
	return refuse(CodeTokenExpired, "このトークンは "+at+" に期限が切れました。新しいトークンを作ってもらってください。",
		"this token expired at "+at+": ask for a new one")
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
