package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"meibo/dsl/schema"
	"meibo/store"
)

// Bounds of what a token says.
const (
	maxTokenName    = 100 // characters
	maxTokenOrigins = 100
)

// A TokenRequest says what a token is to be.
type TokenRequest struct {
	Name      string
	Role      string
	Scopes    []string // of a service token, at least one
	Origins   []string // of a publishable one: the web origins that may use it; empty: none, only apps
	ExpiresAt any      // milliseconds as json.Number or ISO 8601 text, ahead; nil: never
}

// A Token is a token as it travels. Times are epoch milliseconds.
type Token struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Role       string   `json:"role" enum:"owner,manager,viewer,service,publishable"`
	Scopes     []string `json:"scopes,omitempty" nullable:"false"`
	Origins    []string `json:"origins,omitempty" nullable:"false"`
	Prefix     string   `json:"prefix" doc:"How its secret begins, to know it by."`
	State      string   `json:"state" enum:"active,expired,revoked"`
	CreatedAt  int64    `json:"createdAt"`
	ExpiresAt  *int64   `json:"expiresAt,omitempty" doc:"From then on it lets nobody in; left out: never."`
	LastUsedAt *int64   `json:"lastUsedAt,omitempty" doc:"To the minute; left out: never used."`
	RevokedAt  *int64   `json:"revokedAt,omitempty"`
	Key        string   `json:"key,omitempty" doc:"Of a publishable token: its text, which pages hold for everybody to read."`
}

// Tokens are all tokens, oldest first, revoked ones too.
func (s *Service) Tokens() ([]Token, error) {
	kept, err := s.store.Tokens()
	if err != nil {
		return nil, fmt.Errorf("read the tokens: %w", err)
	}
	list := make([]Token, len(kept))
	for i, t := range kept {
		list[i] = s.token(t)
	}
	return list, nil
}

func (s *Service) token(t store.Token) Token {
	state := "active"
	switch {
	case !t.RevokedAt.IsZero():
		state = "revoked"
	case t.Expired(s.clock()):
		state = "expired"
	}
	if used := s.uses.token(t.ID); used.After(t.LastUsedAt) {
		t.LastUsedAt = used
	}
	return Token{ID: t.ID, Name: t.Name, Role: t.Role, Scopes: t.Scopes, Origins: t.Origins, Prefix: t.Prefix, State: state, Key: t.Key,
		CreatedAt: t.CreatedAt.UnixMilli(), ExpiresAt: millisOf(t.ExpiresAt), LastUsedAt: millisOf(t.LastUsedAt), RevokedAt: millisOf(t.RevokedAt)}
}

// millisOf is nil for no time.
func millisOf(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	millis := t.UnixMilli()
	return &millis
}

// CreateToken makes a token and gives its secret, which is shown this once.
// Everything that is wrong with the request is told at once, as
// CodeInvalidValue.
func (s *Service) CreateToken(r TokenRequest) (secret string, t Token, err error) {
	n := store.NewToken{Name: strings.TrimSpace(r.Name), Role: r.Role, Scopes: distinctTexts(r.Scopes)}
	var faults tokenFaults
	faults.name(n.Name)
	faults.roleAndScopes(n)
	n.Origins = faults.origins(n.Role, r.Origins)
	n.ExpiresAt = faults.expiry(r.ExpiresAt, s.clock(), s.zone())
	if len(faults) > 0 {
		return "", Token{}, refuseValues(faults)
	}
	var made store.Token
	_, err = s.store.Update(context.Background(), func(tx *store.Tx) error {
		if secret, made, err = tx.CreateToken(n); err != nil {
			return err
		}
		return s.audit(tx, act{action: "token.created", kind: "token", key: made.ID, after: s.auditedToken(made)})
	})
	if err != nil {
		return "", Token{}, refuseStore(fmt.Errorf("make a token: %w", err))
	}
	return secret, s.token(made), nil
}

// RevokeToken ends a token, and the sessions that it began, at once. It
// refuses to end the last token of an owner: CodeLastOwner.
func (s *Service) RevokeToken(id string) (Token, error) {
	var after store.Token
	_, err := s.store.Update(context.Background(), func(tx *store.Tx) error {
		before, revoked, err := tx.RevokeToken(id)
		if after = revoked; err != nil {
			return err
		}
		return s.audit(tx, act{action: "token.revoked", kind: "token", key: id, before: s.auditedToken(before), after: s.auditedToken(after)})
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Token{}, refuseNoToken()
	case errors.Is(err, store.ErrLastOwner):
		return Token{}, refuse(CodeLastOwner, "オーナーの最後のトークンは無効にできません。先に別のオーナーのトークンを作ってください。",
			"this is the last token that lets an owner in: make another one first")
	case err != nil:
		return Token{}, refuseStore(fmt.Errorf("revoke a token: %w", err))
	}
	return s.token(after), nil
}

// findToken finds the oldest token of which something holds; CodeNotFound.
func (s *Service) findToken(holds func(store.Token) bool) (store.Token, error) {
	kept, err := s.store.Tokens()
	if err != nil {
		return store.Token{}, fmt.Errorf("read the tokens: %w", err)
	}
	i := slices.IndexFunc(kept, holds)
	if i < 0 {
		return store.Token{}, refuseNoToken()
	}
	return kept[i], nil
}

func refuseNoToken() *Error {
	return refuse(CodeNotFound, "その ID のトークンはありません。", "there is no token with this id")
}

// distinctTexts keeps the first of equal texts.
func distinctTexts(list []string) []string {
	var kept []string
	for _, one := range list {
		if !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// tokenFaults gather what is wrong with a TokenRequest.
type tokenFaults []schema.ValueError

func (f *tokenFaults) add(field, code, ja, en string) {
	*f = append(*f, schema.ValueError{Field: field, Code: code, Message: schema.Words{JA: ja, EN: en}})
}

func (f *tokenFaults) name(name string) {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxTokenName || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
		f.add("name", "bad_name", fmt.Sprintf("name は 1～%d 文字で、制御文字は使えません。", maxTokenName),
			fmt.Sprintf("name has 1 to %d characters, none of them a control character", maxTokenName))
	}
}

func (f *tokenFaults) roleAndScopes(n store.NewToken) {
	switch {
	case !slices.Contains(store.Roles(), n.Role):
		roles := strings.Join(store.Roles(), ", ")
		f.add("role", "unknown_role", "role は "+roles+" のどれかです。", "role is one of "+roles)
	case n.Role != RoleService && len(n.Scopes) > 0:
		f.add("scopes", "not_for_role", "scopes は role が service のときだけ使えます。", "scopes are for the role service only")
	case n.Role == RoleService && len(n.Scopes) == 0:
		f.add("scopes", "needs_scope", "service のトークンには scopes が 1 つ以上必要です: "+strings.Join(Scopes(), ", "),
			"a service token needs at least one scope: "+strings.Join(Scopes(), ", "))
	}
	for i, scope := range n.Scopes {
		if !slices.Contains(Scopes(), scope) {
			known := strings.Join(Scopes(), ", ")
			f.add(fmt.Sprintf("scopes[%d]", i), "unknown_scope", fmt.Sprintf("scope「%s」はありません。%s のどれかです。", shortened(scope), known),
				fmt.Sprintf("there is no scope %q; it is one of %s", shortened(scope), known))
		}
	}
}

// shortened keeps a refusal from growing with what was sent.
func shortened(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (f *tokenFaults) origins(role string, sent []string) []string {
	switch {
	case len(sent) == 0:
		return nil
	case role != RolePublishable && slices.Contains(store.Roles(), role):
		f.add("origins", "not_for_role", "origins は role が publishable のときだけ使えます。", "origins are for the role publishable only")
	case len(sent) > maxTokenOrigins:
		f.add("origins", "too_many", fmt.Sprintf("origins は %d 個までです。", maxTokenOrigins), fmt.Sprintf("at most %d origins", maxTokenOrigins))
		return nil
	}
	var read []string
	for i, text := range sent {
		origin, wrong := readOrigin(text)
		if wrong != nil {
			f.add(fmt.Sprintf("origins[%d]", i), "bad_origin", wrong.JA, wrong.EN)
			continue
		}
		read = append(read, origin)
	}
	return distinctTexts(read)
}

func (f *tokenFaults) expiry(sent any, now time.Time, zone *time.Location) time.Time {
	const key = "expiresAt"
	if n, ok := sent.(float64); ok {
		sent = json.Number(schema.FormatNumber(n))
	}
	v, fault := schema.Coerce(schema.Field{Key: key, Kind: schema.Date}, sent, zone)
	switch {
	case fault != nil:
		*f = append(*f, *fault)
		return time.Time{}
	case v.IsMissing():
		return time.Time{}
	}
	at := time.UnixMilli(v.Millis()).UTC()
	if !at.After(now) {
		f.add(key, "in_the_past", "expiresAt は現在より後の日時にしてください。", "expiresAt must lie ahead")
	}
	return at
}

// OwnerToken is the oldest token that lets an owner in; CodeNotFound where
// there is none.
func (s *Service) OwnerToken() (Token, error) {
	t, err := s.findToken(func(t store.Token) bool { return t.Role == RoleOwner && !t.Ended(s.clock()) })
	if err != nil {
		return Token{}, err
	}
	return s.token(t), nil
}
