package service

import (
	"fmt"
	"slices"
	"strings"
)

// AllowsOrigin reports whether some publishable key may be used by pages of a
// web origin. It says so before the key is known: a browser asks first.
func (s *Service) AllowsOrigin(origin string) (bool, error) {
	tokens, err := s.store.Tokens()
	if err != nil {
		return false, fmt.Errorf("read the tokens: %w", err)
	}
	now := s.clock()
	for _, t := range tokens {
		ended := !t.RevokedAt.IsZero() || !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
		if t.Role == RolePublishable && !ended && allowed(t.Origins, origin) {
			return true, nil
		}
	}
	return false, nil
}

// RequireOrigin refuses a publishable key on a page of a site that is not in
// its list. Without an origin no page asks, but an app.
func (c Caller) RequireOrigin(origin string) error {
	if c.Role != RolePublishable || origin == "" || allowed(c.Origins, origin) {
		return nil
	}
	return refuse(CodeOriginNotAllowed, "このサイトからは使えないキーです。キーの許可するオリジンにこのサイトを加えてください。",
		"this key is not for pages of this site: add the site's origin to those that the key allows")
}

func allowed(origins []string, origin string) bool {
	return slices.ContainsFunc(origins, func(pattern string) bool { return matchesOrigin(pattern, origin) })
}

// matchesOrigin compares an origin, scheme://host[:port], with one of a list,
// which may have * for the labels before a domain: https://*.example.jp.
func matchesOrigin(pattern, origin string) bool {
	pattern, origin = strings.ToLower(pattern), strings.ToLower(origin)
	scheme, domain, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == origin
	}
	rest, ok := strings.CutPrefix(origin, scheme)
	if !ok || !strings.HasSuffix(scheme, "://") || !strings.HasPrefix(domain, ".") {
		return false
	}
	labels, ok := strings.CutSuffix(rest, domain)
	return ok && labels != "" && !strings.ContainsAny(labels, "/:@*") && !strings.HasPrefix(labels, ".") && !strings.HasSuffix(labels, ".")
}
