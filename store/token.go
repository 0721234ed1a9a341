package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A Token lets a caller in. Its secret is shown once, when it is made.
type Token struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	Scopes    []string  `json:"scopes,omitempty"`
	Prefix    string    `json:"prefix"` // the secret's beginning, to tell tokens apart
	CreatedAt time.Time `json:"createdAt"`
	RevokedAt time.Time `json:"revokedAt,omitzero"`

	Origins    []string  `json:"origins,omitempty"` // of a publishable one: the web origins that may use it
	ExpiresAt  time.Time `json:"expiresAt,omitzero"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"` // to the minute
}

// A NewToken says what a token is to be.
type NewToken struct {
	Name, Role      string
	Scopes, Origins []string
	ExpiresAt       time.Time // zero: never
}

const (
	secretStart  = "mb_" // of a publishable one "mbp_"
	secretLength = 32    // characters after secretStart: 190 random bits
	shownLength  = len(secretStart) + 6
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Roles lists what a token's role can be.
func Roles() []string { return []string{"owner", "manager", "viewer", "service", "publishable"} }

// CreateToken makes a token. Only the hash of its secret is kept.
func (s *Store) CreateToken(n NewToken) (secret string, t Token, err error) {
	if !slices.Contains(Roles(), n.Role) {
		return "", Token{}, fmt.Errorf("store: no role %q: one of %s", n.Role, strings.Join(Roles(), ", "))
	}
	secret = newSecret(s.random)
	var id [8]byte
	fill(s.random, id[:])
	t = Token{ID: hex.EncodeToString(id[:]), Name: n.Name, Role: n.Role, Scopes: slices.Clone(n.Scopes), Origins: slices.Clone(n.Origins), ExpiresAt: n.ExpiresAt,
		Prefix: secret[:shownLength], CreatedAt: s.clock().UTC().Truncate(time.Millisecond)}
	_, err = s.Update(context.Background(), func(tx *Tx) error { return tx.putToken(hashSecret(secret), t) })
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

func newSecret(random io.Reader) string {
	b := []byte(secretStart)
	var one [1]byte
	for len(b) < len(secretStart)+secretLength {
		fill(random, one[:])
		if one[0] < 4*62 { // every character equally likely
			b = append(b, base62[one[0]%62])
		}
	}
	return string(b)
}

// hashSecret is one SHA-256. A slow hash guards passwords, which can be
// guessed; nobody guesses 190 random bits, and every request pays this.
func hashSecret(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

func (tx *Tx) putToken(hash []byte, t Token) error {
	tokens, err := tx.table(bucketTokens)
	if err != nil {
		return err
	}
	tx.dirty = true
	return tokens.putJSON(hash, t)
}

// TokenBySecret finds a token that is not revoked; ErrNotFound.
func (s *Store) TokenBySecret(secret string) (t Token, err error) {
	err = s.view(func(v *view) error {
		tokens, err := v.table(bucketTokens)
		if err != nil {
			return err
		}
		return tokens.decodeJSON(hashSecret(secret), &t)
	})
	if err == nil && !t.RevokedAt.IsZero() {
		err = ErrNotFound
	}
	if err != nil {
		return Token{}, err
	}
	return t, nil
}

// Tokens lists all tokens, revoked ones too, oldest first.
func (s *Store) Tokens() (list []Token, err error) {
	err = s.view(func(v *view) error {
		return v.eachToken(func(_ []byte, t Token) error {
			list = append(list, t)
			return nil
		})
	})
	slices.SortFunc(list, func(a, b Token) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, err
}

func (v *view) eachToken(yield func(hash []byte, t Token) error) error {
	tokens, err := v.table(bucketTokens)
	if err != nil {
		return err
	}
	return tokens.each(func(hash, _ []byte) error {
		var t Token
		if err := tokens.decodeJSON(hash, &t); err != nil {
			return err
		}
		return yield(hash, t)
	})
}

// RevokeToken ends a token at once and for ever; ErrNotFound. Revoking again
// changes nothing.
func (s *Store) RevokeToken(id string) error {
	_, err := s.Update(context.Background(), func(tx *Tx) error {
		var hash []byte
		var token Token
		err := tx.eachToken(func(h []byte, t Token) error {
			if t.ID == id {
				hash, token = slices.Clone(h), t
			}
			return nil
		})
		switch {
		case err != nil:
			return err
		case hash == nil:
			return ErrNotFound
		case !token.RevokedAt.IsZero():
			return nil
		}
		token.RevokedAt = time.UnixMilli(tx.millis).UTC()
		return tx.putToken(hash, token)
	})
	return err
}
