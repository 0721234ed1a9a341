package service

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// A site is a register as a site's pages and its server use it. Its clock
// stands until moved, and it can be restarted.
type site struct {
	*Service // as the site's own server has it: a secret token
	t        *testing.T
	dir      string
	now      time.Time
}

// siteStart is noon in Tokyo.
var siteStart = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

func newSite(t *testing.T) *site {
	t.Helper()
	d := &site{t: t, dir: t.TempDir(), now: siteStart}
	d.open()
	t.Cleanup(func() { d.must(d.store.Close()) })
	return d
}

func (d *site) open() {
	d.t.Helper()
	clock := func() time.Time { return d.now }
	kept, err := store.Open(d.dir, store.Options{Clock: clock})
	d.must(err)
	d.Service = New(Config{Store: kept, Index: scannedIndex{kept}, Clock: clock}).As(Caller{Role: RoleService, Scopes: []string{ScopeIngest}})
}

func (d *site) restart() {
	d.t.Helper()
	d.must(d.store.Check(d.t.Context()))
	d.must(d.store.Close())
	d.open()
}

func (d *site) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// page is the site as its pages have it: with a publishable key.
func (d *site) page() *Service { return d.As(Caller{Role: RolePublishable}) }

// owner is who may import another system's export.
func (d *site) owner() *Service { return d.As(Caller{Role: RoleOwner}) }

// proof is the member hash of the site's server, as JSON members.
func (d *site) proof(memberID string) string {
	d.t.Helper()
	secret, err := d.MemberSecret(d.t.Context())
	d.must(err)
	return fmt.Sprintf(`"memberId":%q,"memberHash":%q`, memberID, MemberHash(secret.Text, memberID))
}

func (d *site) boot(s *Service, body string) IngestAnswer {
	d.t.Helper()
	a, err := s.Boot(d.t.Context(), []byte(body))
	if err != nil {
		d.t.Fatalf("boot %s: %v", body, err)
	}
	return a
}

func (d *site) touch(id, body string) IngestAnswer {
	d.t.Helper()
	a, err := d.Touch(d.t.Context(), TouchRequest{ID: id, Body: []byte(body)})
	if err != nil {
		d.t.Fatalf("touch %s: %v", body, err)
	}
	return a
}

func (d *site) record(id string) schema.Record {
	d.t.Helper()
	c, err := d.store.Customer(id)
	d.must(err)
	return c.Record
}

// system writes primitive fields as another system's export does.
func (d *site) system(id string, edits ...Edit) schema.Record {
	d.t.Helper()
	return mustApply(d.t, d.owner(), Write{ID: id, Policy: ImportPolicy(true), Edits: edits})
}

func (d *site) imports(text string, system bool) (ImportReport, []string) {
	d.t.Helper()
	var faults []string
	report, err := d.owner().Import(d.t.Context(), ImportRequest{Sources: []table.Source{fileOf(d.t, "x.ndjson", text)}, System: system,
		BadRow: func(b BadRow) error { faults = append(faults, b.Code); return nil }})
	d.must(err)
	return report, faults
}

func (d *site) hide(key string) {
	d.t.Helper()
	f, _ := d.store.Fields().Lookup(key)
	f.Hidden = true
	_, err := d.store.Update(d.t.Context(), func(tx *store.Tx) error { return tx.PutFields([]schema.Field{f}) })
	d.must(err)
}

func (d *site) active(month string) uint64 {
	d.t.Helper()
	m, err := d.MonthlyActive(month)
	d.must(err)
	return m.Count
}

// holds compares fields of a record, given as "key=value" with the value in
// JSON; "key=" is a field without one.
func (d *site) holds(id string, want ...string) {
	d.t.Helper()
	r := d.record(id)
	for _, w := range want {
		key, value, _ := strings.Cut(w, "=")
		got := ""
		if v := r.Get(key); !v.IsMissing() {
			got = string(v.AppendJSON(nil))
		}
		if got != value {
			d.t.Errorf("%s is %s, want %s", key, got, value)
		}
	}
}

// millis is an instant as it travels.
func millis(at time.Time) string { return fmt.Sprint(at.UnixMilli()) }

func faultCodes(err error) string {
	var codes []string
	if e, ok := err.(*Error); ok {
		for _, v := range e.Values {
			codes = append(codes, v.Field+" "+v.Code)
		}
	}
	return strings.Join(codes, ", ")
}
