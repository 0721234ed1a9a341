package service

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/store"
)

// write puts entries into the log.
func (d auditDesk) write(entries ...store.AuditEntry) {
	d.t.Helper()
	_, err := d.store.Update(d.t.Context(), func(tx *store.Tx) error {
		for _, e := range entries {
			if err := tx.Audit(e); err != nil {
				return err
			}
		}
		return nil
	})
	d.must(err)
}

func idsOf(a AuditAnswer) string {
	var ids []string
	for _, e := range a.Entries {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	d := newAuditDesk(t)
	tokyo := time.FixedZone("", 9*3600)
	at := func(day, hour int) { *d.now = time.Date(2026, 11, day, hour, 0, 0, 0, tokyo) }
	at(20, 23)
	d.write(store.AuditEntry{Actor: store.Actor{TokenID: "t1", Name: "店長", Role: "owner"}, Action: "field.created", Kind: "field", Key: "profile.plan",
		After: json.RawMessage(`{"labels":{"ja":"ﾌﾟﾗﾝ <A>","en":"Plan \u003cA\u003e"},"size":12.50}`)})
	at(21, 0)
	d.write(store.AuditEntry{Actor: store.Actor{TokenID: "t2", Name: "Till", Role: "manager"}, Action: "field.changed", Kind: "field", Key: "profile.plan", Job: 7})
	at(22, 0)
	d.write(store.AuditEntry{Actor: store.Actor{Name: "cli", Role: "owner"}, Action: "fields.odd", Kind: "segment", Key: "profile.plan"},
		store.AuditEntry{Actor: store.Actor{Role: "system"}, Action: "field.stripped", Kind: "field", Detail: json.RawMessage(`{"force":true}`)})
	at(23, 12)
	for _, test := range []struct {
		want string
		r    AuditRequest
	}{
		{"4 3 2 1", AuditRequest{}},
		{"1", AuditRequest{Actor: "t1"}},
		{"1", AuditRequest{Actor: "店長"}},
		{"2", AuditRequest{Actor: "ｔｉｌｌ"}},
		{"", AuditRequest{Actor: "Til"}},
		{"3", AuditRequest{Actor: "cli"}},
		{"4", AuditRequest{Actor: "system"}},
		{"", AuditRequest{Actor: "manager"}}, // who has a name is not called by the role
		{"4 2 1", AuditRequest{Action: "field."}},
		{"2", AuditRequest{Action: "field.changed"}},
		{"", AuditRequest{Action: "field"}},
		{"3", AuditRequest{Kind: "segment"}},
		{"3 2 1", AuditRequest{Key: "profile.plan"}},
		{"", AuditRequest{Key: "profile"}},
		{"2", AuditRequest{Job: "7"}},
		{"2", AuditRequest{Key: "profile.plan", Kind: "field", Action: "field.changed", Actor: "t2"}},
		{"1", AuditRequest{Q: "プラン <a>"}},
		{"1", AuditRequest{Q: "plan <"}},
		{"1", AuditRequest{Q: "12.50"}},
		{"4", AuditRequest{Q: "TRUE"}},
		{"4", AuditRequest{Q: "force"}},
		{"2", AuditRequest{Q: "ＴＩＬＬ"}},
		{"", AuditRequest{Q: "u003c"}},
		{"4 3 2 1", AuditRequest{Q: "  "}},
		{"4 3 2", AuditRequest{From: "2026-11-21"}},
		{"2 1", AuditRequest{To: "2026-11-21"}},
		{"2", AuditRequest{From: "2026-11-21", To: "2026-11-21"}},
		{"2 1", AuditRequest{To: "2026-11-20T15:00:00Z"}},
		{"4 3", AuditRequest{From: "2026-11-21T00:00:01"}},
		{"4 3", AuditRequest{From: fmt.Sprint(time.Date(2026, 11, 22, 0, 0, 0, 0, tokyo).UnixMilli())}},
		{"", AuditRequest{From: "2026-11-24"}},
	} {
		if got := d.log(test.r); idsOf(got) != test.want || got.NextCursor != "" {
			t.Errorf("%+v: %q %q, want %q", test.r, idsOf(got), got.NextCursor, test.want)
		}
	}
	for name, r := range map[string]AuditRequest{
		"limit":  {Limit: ptr(201)},
		"from":   {From: "yesterday"},
		"to":     {To: "1790000000"},
		"job":    {Job: "07"},
		"cursor": {Cursor: "x"},
	} {
		_, err := d.AuditLog(t.Context(), r)
		if e := wantsCode(t, name, err, CodeBadRequest); len(e.Values) != 1 || e.Values[0].Field != name {
			t.Errorf("%s: %+v", name, e.Values)
		}
	}
}

// Pages go on where the one before ended, whatever is written meanwhile.
func TestAuditPagesAreStable(t *testing.T) {
	d := newAuditDesk(t)
	entry := func(action string) store.AuditEntry { return store.AuditEntry{Action: action, Kind: "field"} }
	for range 10 {
		d.write(entry("a.x"), entry("b.x"))
	}
	r := AuditRequest{Action: "a.", Limit: ptr(3)}
	var got []string
	for {
		page := d.log(r)
		got = append(got, idsOf(page))
		if r.Cursor = page.NextCursor; r.Cursor == "" {
			break
		}
		d.write(entry("a.new"))
	}
	if want := "19 17 15|13 11 9|7 5 3|1"; strings.Join(got, "|") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// A filter that matches little looks at so many entries, and says where to go
// on; so does a page of huge entries.
func TestAPageOfTheAuditLogIsBoundedWork(t *testing.T) {
	d := newAuditDesk(t)
	d.write(store.AuditEntry{Action: "rare"})
	many := make([]store.AuditEntry, auditLook)
	for i := range many {
		many[i].Action = "common"
	}
	d.write(many...)
	page := d.log(AuditRequest{Action: "rare"})
	if len(page.Entries) != 0 || page.NextCursor == "" {
		t.Fatalf("%q %q", idsOf(page), page.NextCursor)
	}
	if page = d.log(AuditRequest{Action: "rare", Cursor: page.NextCursor}); idsOf(page) != "1" || page.NextCursor != "" {
		t.Errorf("%q %q", idsOf(page), page.NextCursor)
	}
	huge := json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)
	for range 20 {
		d.write(store.AuditEntry{Action: "huge", After: huge})
	}
	if page = d.log(AuditRequest{}); len(page.Entries) != 4 || page.NextCursor == "" {
		t.Errorf("%d entries of a MiB, %q", len(page.Entries), page.NextCursor)
	}
	if page = d.log(AuditRequest{Action: "rare"}); len(page.Entries) != 0 || page.NextCursor == "" {
		t.Errorf("%d entries, %q", len(page.Entries), page.NextCursor)
	}
}

func TestTheAuditLogIsKeptAsLongAsTheSettingsSay(t *testing.T) {
	d := newAuditDesk(t)
	began := *d.now
	d.write(store.AuditEntry{Action: "old"})
	*d.now = began.Add(10 * 24 * time.Hour)
	_, err := d.PatchSettings(t.Context(), SettingsPatch{AuditDays: ptr(10)})
	d.must(err)
	if got := idsOf(d.log(AuditRequest{})); got != "2 1" {
		t.Errorf("at its last moment: %s", got)
	}
	*d.now = began.Add(10*24*time.Hour + time.Millisecond)
	if got := idsOf(d.log(AuditRequest{})); got != "2" {
		t.Errorf("too old, and not forgotten yet: %s", got)
	}
	stored := func() (n int) {
		d.must(d.store.AuditEntries(t.Context(), 0, func(store.AuditEntry) bool { n++; return true }))
		return n
	}
	if stored() != 2 {
		t.Errorf("%d entries before the upkeep", stored())
	}
	d.Upkeep(t.Context())
	if stored() != 1 {
		t.Errorf("%d entries after the upkeep", stored())
	}
	*d.now = began.Add(20*24*time.Hour + auditPause)
	d.write(store.AuditEntry{Action: "new"})
	d.Upkeep(t.Context())
	if got := idsOf(d.log(AuditRequest{})); got != "3" || stored() != 1 {
		t.Errorf("days later: %s of %d", got, stored())
	}
}

// A clock that was put back hides nothing: an entry stands where it was
// written, with the time that was then.
func TestAClockPutBackHidesNoEntry(t *testing.T) {
	d := newAuditDesk(t)
	noon := *d.now
	d.write(store.AuditEntry{Action: "at noon"})
	*d.now = noon.Add(-2 * time.Hour)
	d.write(store.AuditEntry{Action: "at ten"})
	if got := idsOf(d.log(AuditRequest{From: noon.Add(-time.Hour).Format(time.RFC3339)})); got != "1" {
		t.Errorf("%q", got)
	}
}
