package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// A SecretName names a secret of the workspace itself.
type SecretName string

const (
	// MemberSecret is shared with the servers of a workspace's sites, which
	// prove with it that a visitor is a member.
	MemberSecret SecretName = "member"
	// VisitorKey seals what browsers keep of who they are. It leaves the store
	// for the service only.
	VisitorKey SecretName = "visitor"
	// erasureKey hashes the ids of erased customers. A restored backup may bring
	// others, whose names begin with it.
	erasureKey SecretName = "erasure"
)

// A Secret is a text that only its holders know.
type Secret struct {
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"createdAt"`
}

// secretRandom is how many random bytes a secret is made of.
const secretRandom = 32

// Secret is the secret of a name. It is made when it is asked for the first
// time, and the same ever after, restarts and restores included.
func (s *Store) Secret(ctx context.Context, name SecretName) (secret Secret, err error) {
	err = s.view(func(v *view) error {
		secret, err = v.secret(name)
		return err
	})
	if !errors.Is(err, ErrNotFound) {
		return secret, err
	}
	_, err = s.Update(ctx, func(tx *Tx) error {
		if secret, err = tx.secret(name); errors.Is(err, ErrNotFound) {
			secret, err = tx.newSecret(name)
		}
		return err
	})
	return secret, err
}

// RenewSecret replaces a secret, and gives the old one, zero where there was
// none. What was made with that is worth nothing from now on.
func (tx *Tx) RenewSecret(name SecretName) (before, after Secret, err error) {
	if err := tx.usable(); err != nil {
		return Secret{}, Secret{}, err
	}
	defer tx.guard(&err)
	if before, err = tx.secret(name); err != nil && !errors.Is(err, ErrNotFound) {
		return Secret{}, Secret{}, err
	}
	after, err = tx.newSecret(name)
	return before, after, err
}

func (v *view) secret(name SecretName) (secret Secret, err error) {
	t, err := v.table(bucketSecrets)
	if err != nil {
		return Secret{}, err
	}
	err = t.decodeJSON([]byte(name), &secret)
	return secret, err
}

func (tx *Tx) newSecret(name SecretName) (Secret, error) {
	var random [secretRandom]byte
	fill(tx.store.random, random[:])
	// A prefix that is no hexadecimal digit: the text is the key, there is nothing to decode.
	secret := Secret{Text: "mbx_" + base64.RawURLEncoding.EncodeToString(random[:]), CreatedAt: time.UnixMilli(tx.millis).UTC()}
	t, err := tx.table(bucketSecrets)
	if err != nil {
		return Secret{}, err
	}
	tx.dirty = true
	if err := t.putJSON([]byte(name), secret); err != nil {
		return Secret{}, tx.fail(fmt.Errorf("store: %w", err))
	}
	return secret, nil
}
