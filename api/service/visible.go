package service

import (
	"slices"
	"sync"

	"meibo/dsl/schema"
)

// sees reports whether a role may see a field. The id is never restricted: it is
// how a customer is named at all.
func sees(role string, f schema.Field) bool {
	return role == RoleOwner || len(f.Roles) == 0 || f.Key == schema.IDField || slices.Contains(f.Roles, role)
}

// What a caller may not see it neither reads nor works out. Every use case finds
// fields through fields or seen, and reads a record by such a field only; what
// is made of a question (its order, quick search, facets) reads no others. The
// rules that follow: a write leaves what its author cannot see as it is, and an
// ETag does not cover it; a cursor or a snapshot that another caller was given
// goes through the same checks as a request without one, so it opens nothing;
// a kept idempotent answer is told to the token that had it before, and to no
// other; the size by which a record is too large counts what is not seen too.

// fields are the workspace's fields as the caller sees them: a field that is
// not for its role is not there, so that whatever names it is unknown.
func (s *Service) fields() *schema.Fields { return s.seen(s.store.Fields()) }

// seen is fields of a set at hand, that of a transaction, say.
func (s *Service) seen(all *schema.Fields) *schema.Fields { return s.views.of(all, s.caller.Role) }

// views keep the sets that roles see, so that filters compiled with one are
// found again by its pointer. The zero value is ready; safe for concurrent use.
type views struct {
	mu     sync.Mutex
	all    *schema.Fields // whose views are kept
	byRole map[string]*schema.Fields
}

func (v *views) of(all *schema.Fields, role string) *schema.Fields {
	if role == RoleOwner {
		return all
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all != all {
		v.all, v.byRole = all, map[string]*schema.Fields{}
	}
	view := v.byRole[role]
	if view == nil {
		if view = all; slices.ContainsFunc(slices.Collect(all.All()), func(f schema.Field) bool { return !sees(role, f) }) {
			view = all.Only(func(f schema.Field) bool { return sees(role, f) })
		}
		v.byRole[role] = view
	}
	return view
}
