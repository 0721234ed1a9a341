package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	// Key is the secret of a publishable one, which stands in web pages for
	// everybody to read; of any other it is kept nowhere.
	Key string `json:"key,omitempty"`
}

// Ended reports whether a token lets nobody in any more at a time: it was
// revoked, or has expired. It expires at ExpiresAt itself.
func (t Token) Ended(now time.Time) bool { return !t.RevokedAt.IsZero() || t.Expired(now) }

// Expired reports whether the time of a token is over.
func (t Token) Expired(now time.Time) bool { return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) }

// A NewToken says what a token is to be.
type NewToken struct {
	Name, Role      string
	Scopes, Origins []string
	ExpiresAt       time.Time // zero: never
}

// How secrets begin, so that people, and programs that look for secrets where
// they should not be, know what they see. None has a character that a URL or
// a shell would need to quote.
const (
	startSecret      = "mb_"
	startPublishable = "mbp_"
	startSignIn      = "mbk_" // a one-time key to sign in with
	startSession     = "mbs_" // the value of a cookie

	secretLength = 32 // characters after the start: 190 random bits
	shownLength  = 6  // of those, in Token.Prefix
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

const (
	roleOwner       = "owner"
	rolePublishable = "publishable"
)

// ErrLastOwner: without this token nobody could administer the register.
var ErrLastOwner = errors.New("store: the last token of an owner")

// Roles lists what a token's role can be.
func Roles() []string { return []string{roleOwner, "manager", "viewer", "service", rolePublishable} }

// CreateToken is Tx.CreateToken in a transaction of its own.
func (s *Store) CreateToken(n NewToken) (secret string, t Token, err error) {
	_, err = s.Update(context.Background(), func(tx *Tx) error {
		secret, t, err = tx.CreateToken(n)
		return err
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// CreateToken makes a token. Only the hash of its secret is kept, unless it is
// a publishable one.
func (tx *Tx) CreateToken(n NewToken) (secret string, t Token, err error) {
	if err := tx.usable(); err != nil {
		return "", Token{}, err
	}
	defer tx.guard(&err)
	if !slices.Contains(Roles(), n.Role) {
		return "", Token{}, fmt.Errorf("store: no role %q: one of %s", n.Role, strings.Join(Roles(), ", "))
	}
	start := startSecret
	if n.Role == rolePublishable {
		start = startPublishable
	}
	random := tx.store.random
	secret = newSecret(random, start)
	t = Token{ID: newTokenID(random), Name: n.Name, Role: n.Role, Scopes: slices.Clone(n.Scopes), Origins: slices.Clone(n.Origins), ExpiresAt: n.ExpiresAt,
		Prefix: secret[:len(start)+shownLength], CreatedAt: time.UnixMilli(tx.millis).UTC()}
	if n.Role == rolePublishable {
		t.Key = secret
	}
	if err := tx.putToken(hashSecret(secret), t); err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// newTokenID names a token or a session.
func newTokenID(random io.Reader) string {
	var id [8]byte
	fill(random, id[:])
	return hex.EncodeToString(id[:])
}

func newSecret(random io.Reader, start string) string {
	b := []byte(start)
	var one [1]byte
	for len(b) < len(start)+secretLength {
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
	if err := tokens.putJSON(hash, t); err != nil {
		return tx.fail(err)
	}
	return nil
}

// TokenBySecret finds a token that is not revoked; ErrNotFound. It may have
// expired.
func (s *Store) TokenBySecret(secret string) (t Token, err error) {
	err = s.view(func(v *view) error {
		t, err = v.token(hashSecret(secret))
		return err
	})
	if err != nil {
		return Token{}, err
	}
	return t, nil
}

// token finds a token that is not revoked by its secret's hash; ErrNotFound.
func (v *view) token(hash []byte) (t Token, err error) {
	tokens, err := v.table(bucketTokens)
	if err == nil {
		err = tokens.decodeJSON(hash, &t)
	}
	if err == nil && !t.RevokedAt.IsZero() {
		err = ErrNotFound
	}
	return t, err
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

// tokenByID finds a token, a revoked one too, and its secret's hash;
// ErrNotFound.
func (v *view) tokenByID(id string) (hash []byte, found Token, err error) {
	err = v.eachToken(func(h []byte, t Token) error {
		if t.ID == id {
			hash, found = slices.Clone(h), t
		}
		return nil
	})
	if err == nil && hash == nil {
		err = ErrNotFound
	}
	return hash, found, err
}

// RevokeToken is Tx.RevokeToken in a transaction of its own.
func (s *Store) RevokeToken(id string) error {
	_, err := s.Update(context.Background(), func(tx *Tx) error {
		_, _, err := tx.RevokeToken(id)
		return err
	})
	return err
}

// RevokeToken ends a token, and the sessions that it began, at once and for
// ever, and gives it as it was and as it is; ErrNotFound. Revoking again
// changes nothing. ErrLastOwner: no other token would let an owner in.
func (tx *Tx) RevokeToken(id string) (before, after Token, err error) {
	if err := tx.usable(); err != nil {
		return Token{}, Token{}, err
	}
	defer tx.guard(&err)
	hash, before, err := tx.tokenByID(id)
	if err != nil || !before.RevokedAt.IsZero() {
		return before, before, err
	}
	now := time.UnixMilli(tx.millis).UTC()
	if before.Role == roleOwner && !before.Ended(now) {
		if err := tx.anotherOwner(id, now); err != nil {
			return before, before, err
		}
	}
	after = before
	after.RevokedAt = now
	return before, after, tx.putToken(hash, after)
}

// anotherOwner is ErrLastOwner where no owner's token but this lets anybody in.
func (tx *Tx) anotherOwner(id string, now time.Time) error {
	others := 0
	err := tx.eachToken(func(_ []byte, t Token) error {
		if t.ID != id && t.Role == roleOwner && !t.Ended(now) {
			others++
		}
		return nil
	})
	if err == nil && others == 0 {
		err = ErrLastOwner
	}
	return err
}
