package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
)

func TestTokens(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if _, _, err := s.CreateToken(NewToken{Name: "x", Role: "king"}); err == nil {
		t.Error("a role that does not exist is taken")
	}
	secret, token, err := s.CreateToken(NewToken{Name: "shop", Role: "service", Scopes: []string{"search"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(secret) != 35 || !strings.HasPrefix(secret, "mb_") || !strings.HasPrefix(secret, token.Prefix) || len(token.Prefix) != 9 {
		t.Errorf("secret %q, prefix %q", secret, token.Prefix)
	}
	other, owner, err := s.CreateToken(NewToken{Name: "me", Role: "owner"})
	if err != nil || other == secret {
		t.Fatalf("%v, or the same secret twice", err)
	}
	found, err := s.TokenBySecret(secret)
	if err != nil || found.ID != token.ID || found.Name != "shop" || found.Role != "service" || len(found.Scopes) != 1 || !found.CreatedAt.Equal(testClock()) {
		t.Errorf("%+v, %v", found, err)
	}
	for _, wrong := range []string{"", "mb_", secret[:34], secret + "x"} {
		if _, err := s.TokenBySecret(wrong); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for range 2 {
		if err := s.RevokeToken(token.ID); err != nil {
			t.Error(err)
		}
	}
	if err := s.RevokeToken("nobody's"); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoking nobody's: %v", err)
	}
	if _, err := s.TokenBySecret(secret); !errors.Is(err, ErrNotFound) {
		t.Errorf("a revoked token: %v", err)
	}
	if err := s.RevokeToken(owner.ID); !errors.Is(err, ErrLastOwner) {
		t.Errorf("revoking the last owner's token: %v", err)
	}
	list, err := s.Tokens()
	if err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	raw, err := os.ReadFile(filepath.Join(s.folder, FileName))
	if err != nil || strings.Contains(string(raw), secret) {
		t.Errorf("the secret is in the file, or %v", err)
	}
	check(t, s)
}

func TestSegments(t *testing.T) {
	now := testClock()
	s := open(t, t.TempDir(), Options{Clock: func() time.Time { return now }})
	if err := s.PutSegment(Segment{}); err == nil {
		t.Error("a segment without a key is taken")
	}
	vip := Segment{Key: "vip", Name: schema.Words{JA: "上得意", EN: "VIP"}, Filter: `tags HAS "VIP"`, Zone: "Asia/Tokyo"}
	if err := s.PutSegment(vip); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	vip.Filter = `tags HAS "vip"`
	if err := errors.Join(s.PutSegment(vip), s.PutSegment(Segment{Key: "all"})); err != nil {
		t.Fatal(err)
	}
	got, ok := s.Segments().Lookup("vip")
	if !ok || got.Filter != vip.Filter || got.Name != vip.Name || got.Zone != vip.Zone ||
		!got.CreatedAt.Equal(testClock()) || !got.UpdatedAt.Equal(now) {
		t.Errorf("%+v, %v", got, ok)
	}
	for _, key := range []string{"", "none"} {
		if _, ok := s.Segments().Lookup(key); ok {
			t.Errorf("%q is there", key)
		}
	}
	if list := slices.Collect(s.Segments().All()); len(list) != 2 || list[0].Key != "all" {
		t.Errorf("%+v", list)
	}
}

func TestIdempotency(t *testing.T) {
	now := testClock()
	s := open(t, t.TempDir(), Options{Clock: func() time.Time { return now }})
	remember := func(key string, hash byte, result string) {
		t.Helper()
		update(t, s, func(tx *Tx) error { return tx.Remember(key, [32]byte{hash}, []byte(result)) })
	}
	recall := func(key string) (hash byte, result string, ok bool) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			h, r, found := tx.Recall(key)
			hash, result, ok = h[0], string(r), found
			return nil
		})
		return hash, result, ok
	}
	if _, _, ok := recall("k"); ok {
		t.Error("a key that was never used is recalled")
	}
	remember("k", 1, "first")
	remember("k", 2, "second")
	if h, r, ok := recall("k"); !ok || h != 2 || r != "second" {
		t.Errorf("%d, %q, %v", h, r, ok)
	}
	for i := range 100 {
		remember(fmt.Sprint("old", i), 3, "")
	}
	check(t, s)
	now = now.Add(IdempotencyAge - time.Millisecond)
	if _, _, ok := recall("k"); !ok {
		t.Error("forgotten too early")
	}
	now = now.Add(time.Millisecond)
	if _, _, ok := recall("k"); ok {
		t.Error("still there after 24 h")
	}
	for i := range 4 {
		remember(fmt.Sprint("new", i), 4, "")
	}
	kept := 0
	if err := s.view(func(v *view) error {
		table, err := v.table(bucketIdempotency)
		kept = table.bucket.Stats().KeyN
		return err
	}); err != nil || kept != 4 {
		t.Errorf("%d answers kept, %v", kept, err)
	}
	check(t, s)
}
