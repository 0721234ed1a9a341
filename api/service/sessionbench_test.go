package service

import (
	"testing"
	"time"

	"meibo/store"
)

// BenchmarkAuthenticate is what every request pays to say who makes it: one
// read of the store and a note in memory.
func BenchmarkAuthenticate(b *testing.B) {
	kept, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = kept.Close() })
	s := New(Config{Store: kept})
	b.Cleanup(s.Close)
	secret, _, err := s.CreateToken(TokenRequest{Name: "bench", Role: RoleOwner, ExpiresAt: time.Now().Add(time.Hour).Format(time.RFC3339)})
	if err != nil {
		b.Fatal(err)
	}
	session, err := s.SignIn(secret)
	if err != nil {
		b.Fatal(err)
	}
	ask := func(authenticate func(string) (Caller, error), secret string) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c, err := authenticate(secret); err != nil || c.Role != RoleOwner {
					b.Fatal(c, err)
				}
			}
		}
	}
	b.Run("token", ask(s.Authenticate, secret))
	b.Run("session", ask(s.AuthenticateSession, session.Cookie))
}
