package service

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"meibo/dsl/schema"
	"meibo/store"
)

// A visitorKey makes and reads visitor tokens: what a browser keeps to be the
// same customer the next time. A token is the customer's id, sealed; nothing of
// it is stored. It holds through restarts and restores of the register.
type visitorKey []byte

const sealBytes = 20 // of a token; 160 bits of the HMAC

func (s *Service) visitorKey(ctx context.Context) (visitorKey, error) {
	secret, err := s.store.Secret(ctx, store.VisitorKey)
	if err != nil {
		return nil, fmt.Errorf("read the key of visitor tokens: %w", refuseStore(err))
	}
	return visitorKey(secret.Text), nil
}

func (k visitorKey) seal(id string) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte("visitor\x00" + id))
	return h.Sum(nil)[:sealBytes]
}

// token is the token of a customer.
func (k visitorKey) token(id string) string {
	return base64.RawURLEncoding.EncodeToString(append(k.seal(id), id...))
}

// open is the id that a token names; "" when the token is not ours.
func (k visitorKey) open(token string) (id string) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) <= sealBytes || !hmac.Equal(sealed[:sealBytes], k.seal(string(sealed[sealBytes:]))) {
		return ""
	}
	return string(sealed[sealBytes:])
}

func refuseVisitor() *Error {
	return refuse(CodeBadVisitorToken, "visitorToken がないか、この顧客のものではありません。boot で受け取ったものを付けてください。",
		"visitorToken is missing or not this customer's: send the one that boot has given")
}

// follow reads the customer of an id, or the one that it is part of now;
// there is false for one that is not or no more.
func follow(tx *store.Tx, id string) (r schema.Record, there bool, err error) {
	c, err := tx.Customer(id)
	var merged *store.MergedError
	if errors.As(err, &merged) {
		c, err = tx.Customer(merged.Target)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return schema.Record{}, false, nil
	case err != nil:
		return schema.Record{}, false, fmt.Errorf("find a customer: %w", err)
	}
	return c.Record, true, nil
}

// A MemberSecret is what the servers of a site prove with who is signed in.
type MemberSecret = store.Secret

// MemberSecret is the workspace's; the first who asks makes it.
func (s *Service) MemberSecret(ctx context.Context) (MemberSecret, error) {
	secret, err := s.store.Secret(ctx, store.MemberSecret)
	return secret, refuseStore(err)
}

// RenewMemberSecret replaces it. Hashes made with the old one prove nothing
// from now on.
func (s *Service) RenewMemberSecret(ctx context.Context) (MemberSecret, error) {
	var secret MemberSecret
	_, err := s.store.Update(ctx, func(tx *store.Tx) error {
		before, after, err := tx.RenewSecret(store.MemberSecret)
		if secret = after; err != nil {
			return err
		}
		return s.audit(tx, act{action: "secret.renewed", kind: "secret", key: string(store.MemberSecret), detail: renewalOf(before, after)})
	})
	return secret, refuseStore(err)
}

// MemberHash is the proof that a memberId comes from who knows the secret.
func MemberHash(secret, memberID string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(memberID))
	return hex.EncodeToString(h.Sum(nil))
}

// proveMember refuses a publishable key that names a member without the hash.
func (s *Service) proveMember(ctx context.Context, g signal) error {
	if g.memberID == "" || !s.publishable() {
		return nil
	}
	secret, err := s.MemberSecret(ctx)
	if err != nil {
		return err
	}
	if hmac.Equal([]byte(MemberHash(secret.Text, g.memberID)), []byte(g.memberHash)) {
		return nil
	}
	return refuse(CodeBadMemberHash, "memberHash が memberId と合いません。会員シークレットで HMAC-SHA256 を計算した 16 進数（小文字）を付けてください。",
		"memberHash does not prove the memberId: it is HMAC-SHA256 of the memberId under the member secret, in lower-case hexadecimal")
}
