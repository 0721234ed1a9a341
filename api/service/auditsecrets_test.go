package service

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

func TestTokensSessionsAndSecretsAreAuditedWithoutTheirSecrets(t *testing.T) {
	d := newAuditDesk(t)
	ctx := t.Context()
	var secrets []string
	create := func(name, role string) (id string) {
		d.t.Helper()
		secret, made, err := d.CreateToken(TokenRequest{Name: name, Role: role})
		d.must(err)
		secrets = append(secrets, secret)
		return made.ID
	}
	owner := create("owner", RoleOwner)
	page := create("page", RolePublishable)
	if e := d.newest(); e.Action != "token.created" || e.Key != page {
		t.Errorf("%+v", e)
	}
	d.refusedLeavesNone("the last owner", func() error { _, err := d.RevokeToken(owner); return err })
	revoke := func() error { _, err := d.RevokeToken(page); return err }
	d.audits("revoking", revoke, "token.revoked "+page)
	if got := changesOf(d.newest()); !strings.Contains(got, `state "active" "revoked"`) {
		t.Errorf("%s", got)
	}
	d.audits("revoking again", revoke)
	d.refusedLeavesNone("revoking nobody's", func() error { _, err := d.RevokeToken("nobody's"); return err })
	var key SignInKey
	d.audits("a link", func() (err error) { key, err = d.SignInKey(owner, time.Hour); return err }, "token.signin_key "+owner)
	secrets = append(secrets, key.Key)
	d.refusedLeavesNone("a wrong key", func() error { _, err := d.SignIn("mbk_wrong"); return err })
	begun, err := d.SignIn(key.Key)
	d.must(err)
	secrets = append(secrets, begun.Cookie)
	began := d.newest()
	if began.Action != "session.began" || began.Actor != (store.Actor{TokenID: owner, Name: "owner", Role: RoleOwner}) {
		t.Errorf("%+v", began)
	}
	d.audits("signing out", func() error { return d.SignOut(begun.Cookie) }, "session.ended "+began.Key)
	d.audits("signing out again", func() error { return d.SignOut(begun.Cookie) })
	for range 2 {
		d.audits("renewing", func() error {
			secret, err := d.RenewMemberSecret(ctx)
			secrets = append(secrets, secret.Text)
			return err
		}, "secret.renewed member")
	}
	all, err := json.Marshal(d.log(AuditRequest{}))
	d.must(err)
	for i, secret := range secrets {
		if strings.Contains(string(all), secret) {
			t.Errorf("the secret %d of %d stands in the log", i, len(secrets))
		}
	}
}

func TestAChangeOfSettingsIsAudited(t *testing.T) {
	d := newAuditDesk(t)
	patch := func(p SettingsPatch) func() error {
		return func() error { _, err := d.PatchSettings(d.t.Context(), p); return err }
	}
	d.audits("days", patch(SettingsPatch{AuditDays: ptr(30), ExportDays: ptr(3)}), "settings.changed")
	if got := changesOf(d.newest()); got != "auditDays 1095 30; exportDays 7 3" {
		t.Errorf("%s", got)
	}
	d.audits("the same days", patch(SettingsPatch{AuditDays: ptr(30)}))
	d.audits("nothing", patch(SettingsPatch{}))
	for _, bad := range []SettingsPatch{{AuditDays: ptr(0)}, {AuditDays: ptr(3651)}, {ExportDays: ptr(0)}, {ExportDays: ptr(91)}} {
		d.refusedLeavesNone("days out of range", patch(bad))
	}
	if got := d.Settings(); got.AuditDays != 30 || got.ExportDays != 3 {
		t.Errorf("%+v", got)
	}
}

// What customers' edits change stands in their history.
func TestEditsOfCustomersLeaveNoEntry(t *testing.T) {
	d := newAuditDesk(t)
	d.audits("edits", func() error {
		_, err := d.Put(d.t.Context(), EditRequest{ID: "c", Body: []byte(`{"tags":["VIP"],"profile":{"name":"x"}}`)})
		return err
	})
	r := schema.NewRecord("c")
	if c, err := d.store.Customer("c"); err != nil || c.Record.Equal(r) {
		t.Errorf("%v, %v", c, err)
	}
}
