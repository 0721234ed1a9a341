package service

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/api/table"
	"meibo/store"
)

// An auditDesk is a service whose clock a test moves, as a named owner.
type auditDesk struct {
	*Service
	t   *testing.T
	now *time.Time
}

func newAuditDesk(t *testing.T) auditDesk {
	t.Helper()
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s, err := store.Open(t.TempDir(), store.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	own := New(Config{Store: s, Index: scannedIndex{s}, Clock: clock})
	return auditDesk{own.As(Caller{TokenID: "t1", Name: "店長", Role: RoleOwner}), t, &now}
}

func (d auditDesk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d auditDesk) log(r AuditRequest) AuditAnswer {
	d.t.Helper()
	answer, err := d.AuditLog(d.t.Context(), r)
	d.must(err)
	return answer
}

// since lists the actions and keys that came after an entry, the oldest first.
func (d auditDesk) since(id string) (list []string, newest string) {
	d.t.Helper()
	newest = id
	for i, e := range d.log(AuditRequest{}).Entries {
		if e.ID == id {
			break
		}
		if i == 0 {
			newest = e.ID
		}
		if e.Actor != (store.Actor{TokenID: "t1", Name: "店長", Role: RoleOwner}) && e.Kind != "session" && e.Action != "field.stripped" {
			d.t.Errorf("%s by %+v", e.Action, e.Actor)
		}
		list = append(list, strings.TrimSpace(e.Action+" "+e.Key))
	}
	slices.Reverse(list)
	return list, newest
}

// audits does something and checks which entries it leaves.
func (d auditDesk) audits(what string, do func() error, want ...string) {
	d.t.Helper()
	_, newest := d.since("")
	if err := do(); err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	if got, _ := d.since(newest); !slices.Equal(got, want) {
		d.t.Errorf("%s leaves %v, want %v", what, got, want)
	}
}

// refusedLeavesNone does something that is refused.
func (d auditDesk) refusedLeavesNone(what string, do func() error) {
	d.t.Helper()
	d.audits(what, func() error {
		if do() == nil {
			return fmt.Errorf("it was not refused")
		}
		return nil
	})
}

func (d auditDesk) newest() AuditEntry {
	d.t.Helper()
	return d.log(AuditRequest{Limit: ptr(1)}).Entries[0]
}

func changesOf(e AuditEntry) string {
	var list []string
	for _, c := range e.Changes {
		list = append(list, fmt.Sprintf("%s %s %s", c.Path, orNull(c.Before), orNull(c.After)))
	}
	return strings.Join(list, "; ")
}

func orNull(raw json.RawMessage) string {
	if raw == nil {
		return "null"
	}
	return string(raw)
}

func TestEveryChangeOfAFieldIsAudited(t *testing.T) {
	d := newAuditDesk(t)
	ctx := t.Context()
	patch := func(p FieldPatch, force bool) func() error {
		return func() error { _, err := d.PatchField(ctx, "profile.plan", p, force, ""); return err }
	}
	d.audits("adding", func() error { _, err := d.AddField(ctx, NewField{Key: "profile.plan", Kind: "String"}); return err }, "field.created profile.plan")
	if e := d.newest(); e.Before != nil || !strings.Contains(string(e.After), `"key":"profile.plan"`) || len(e.Changes) != 0 || e.At != d.now.UnixMilli() || e.Kind != "field" {
		t.Errorf("%+v", e)
	}
	d.refusedLeavesNone("adding it again", func() error { _, err := d.AddField(ctx, NewField{Key: "profile.plan", Kind: "String"}); return err })
	d.audits("relabelling", patch(FieldPatch{LabelJA: ptr("プラン")}, false), "field.changed profile.plan")
	if got := changesOf(d.newest()); got != `labels.ja "plan" "プラン"` {
		t.Errorf("%s", got)
	}
	d.audits("the same label", patch(FieldPatch{LabelJA: ptr(" プラン ")}, false))
	d.audits("nothing", patch(FieldPatch{}, false))
	d.audits("restricting", patch(FieldPatch{Roles: &[]string{"manager"}}, false), "field.changed profile.plan")
	if got := changesOf(d.newest()); got != `roles null ["manager"]` {
		t.Errorf("%s", got)
	}
	d.audits("a kind", patch(FieldPatch{Kind: ptr("Number")}, false), "field.changed profile.plan")
	d.audits("archiving", patch(FieldPatch{Archived: ptr(true)}, false), "field.changed profile.plan")
	d.audits("a segment", func() error {
		_, err := d.CreateSegment(ctx, SegmentRequest{Key: "planned", Filter: "profile.plan > 3"})
		return err
	}, "segment.created planned")
	d.refusedLeavesNone("hiding what is used", patch(FieldPatch{Hidden: ptr(true)}, false))
	d.audits("hiding by force", patch(FieldPatch{Hidden: ptr(true)}, true), "field.changed profile.plan")
	if e := d.newest(); string(e.Detail) != `{"force":true,"usedBy":[{"kind":"segment","key":"planned"}]}` {
		t.Errorf("%s", e.Detail)
	}
	keys := keysInOrder(d.store.Fields()).Keys
	d.audits("the order as it is", func() error { return d.OrderFields(ctx, keys) })
	slices.Reverse(keys)
	d.audits("another order", func() error { return d.OrderFields(ctx, keys) }, "field.ordered")
	d.refusedLeavesNone("half an order", func() error { return d.OrderFields(ctx, keys[1:]) })
	d.audits("deleting", func() error { _, err := d.DeleteField(ctx, "profile.plan", true, ""); return err }, "field.deleted profile.plan")
	d.audits("deleting twice", func() error { _, err := d.DeleteField(ctx, "profile.plan", true, ""); return err })
	d.audits("the end of stripping", func() error { return d.StripFields(ctx, nil) }, "field.stripped profile.plan")
	if e := d.newest(); e.Actor != (store.Actor{Role: "system"}) {
		t.Errorf("%+v", e.Actor)
	}
}

func TestAConversionAndTheFieldsOfAnImportAreAudited(t *testing.T) {
	d := newAuditDesk(t)
	ctx := t.Context()
	d.must(func() error { _, err := d.AddField(ctx, NewField{Key: "profile.age", Kind: "String"}); return err }())
	for id, age := range map[string]string{"a": "41", "b": "old"} {
		_, err := d.Put(ctx, EditRequest{ID: id, Body: []byte(`{"profile":{"age":"` + age + `"}}`)})
		d.must(err)
	}
	r := ConvertRequest{From: "profile.age", To: NewField{Key: "profile.years", Kind: "Number"}}
	convert := func() error { _, err := d.ConvertField(ctx, r); return err }
	dry := r
	dry.DryRun = true
	d.audits("a dry run", func() error { _, err := d.ConvertField(ctx, dry); return err })
	d.audits("a conversion", convert, "field.created profile.years", "field.converted profile.years")
	if e := d.newest(); string(e.Detail) != `{"from":"profile.age","converted":1,"kept":0,"failed":1}` {
		t.Errorf("%s", e.Detail)
	}
	d.audits("the same again", convert)
	file := fileOf(t, "c.csv", "id,plan\na,gold\n")
	d.audits("an import that only tries", func() error {
		_, err := d.Import(ctx, ImportRequest{Sources: []table.Source{file}, CreateFields: true, DryRun: true})
		return err
	})
	d.audits("an import", func() error {
		_, err := d.Import(ctx, ImportRequest{Sources: []table.Source{file}, CreateFields: true})
		return err
	}, "field.created profile.plan")
}

func TestEveryChangeOfASegmentIsAudited(t *testing.T) {
	d := newAuditDesk(t)
	ctx := t.Context()
	save := func(filter string) func() error {
		return func() error {
			_, err := d.ReplaceSegment(ctx, SegmentRequest{Key: "vip", Filter: filter})
			return err
		}
	}
	d.refusedLeavesNone("replacing what is not there", save("member"))
	d.audits("creating", func() error { _, err := d.CreateSegment(ctx, SegmentRequest{Key: "vip", Filter: "member"}); return err }, "segment.created vip")
	d.audits("saving", save(`tags HAS "VIP" # <>`), "segment.changed vip")
	e := d.newest()
	if got := changesOf(e); !strings.Contains(got, `filter "member" "tags HAS \"VIP\" # `) || !strings.Contains(got, "version 1 2") {
		t.Errorf("%s", got)
	}
	d.audits("saving the same", save(`tags HAS "VIP" # <>`))
	d.refusedLeavesNone("a filter that is none", save("member ="))
	d.audits("restoring", func() error { _, err := d.RestoreSegment(ctx, "vip", 1, ""); return err }, "segment.restored vip")
	if e := d.newest(); string(e.Detail) != `{"version":1}` {
		t.Errorf("%s", e.Detail)
	}
	d.refusedLeavesNone("deleting another version", func() error { return d.DeleteSegment(ctx, "vip", `"x"`) })
	d.audits("deleting", func() error { return d.DeleteSegment(ctx, "vip", "") }, "segment.deleted vip")
	if e := d.newest(); e.After != nil || !strings.Contains(string(e.Before), `"version":3`) {
		t.Errorf("%+v", e)
	}
}
