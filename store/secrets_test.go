package store

import "testing"

func TestSecretsAreMadeOnceAndStay(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	get := func(name SecretName) Secret {
		t.Helper()
		secret, err := s.Secret(t.Context(), name)
		if err != nil || len(secret.Text) < 40 || secret.CreatedAt != testClock() {
			t.Fatalf("%+v, %v", secret, err)
		}
		return secret
	}
	member, visitor := get(MemberSecret), get(VisitorKey)
	if member.Text == visitor.Text {
		t.Error("both are the same")
	}
	closeStore(t, s)
	s = open(t, dir, Options{})
	if get(MemberSecret) != member || get(VisitorKey) != visitor {
		t.Error("another after a restart")
	}
	var old, renewed Secret
	_, err := s.Update(t.Context(), func(tx *Tx) (err error) { old, renewed, err = tx.RenewSecret(MemberSecret); return err })
	if err != nil || old != member || renewed.Text == member.Text || get(MemberSecret) != renewed || get(VisitorKey) != visitor {
		t.Errorf("renewed %v: %v", renewed.Text != member.Text, err)
	}
	check(t, s)
}
