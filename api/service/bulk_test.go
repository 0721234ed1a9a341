package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/dsl/schema"
	"meibo/store"
)

// Everything that is wrong is told at once, and no job is made.
func TestABulkRequestIsCheckedBeforeThereIsAJob(t *testing.T) {
	d := newBulkDesk(t)
	hide(t, d.Service, "profile.lastCheckoutCompletedAt")
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf(`{"addTags":["t%d"]}`, i)
	}
	for _, c := range []struct{ selection, actions, want string }{
		{`{}`, `[{"addTags":["a"]}]`, "selection empty"},
		{`{"q":" "}`, `[{"addTags":["a"]}]`, "selection empty"},
		{`{"timeZone":"Asia/Tokyo"}`, `[{"addTags":["a"]}]`, "selection empty"},
		{`{"ids":[]}`, `[{"addTags":["a"]}]`, "selection.ids empty"},
		{`{"ids":["a"],"filter":""}`, `[{"addTags":["a"]}]`, "selection conflict"},
		{`{"filter":"","timeZone":"Mars"}`, `[{"addTags":["a"]}]`, "timeZone unknown_zone"},
		{`{"ids":["a"],"timeZone":"Mars"}`, `[{"addTags":["a"]}]`, "timeZone unknown_zone"},
		{`{}`, `[]`, "selection empty, actions out_of_range"},
		{`{"filter":""}`, "[" + strings.Join(many, ",") + "]", "actions out_of_range"},
		{`{"filter":""}`, `[{},{"addTags":["a"],"clear":["tags"]}]`, "actions[0] one_action, actions[1] one_action"},
		{`{"filter":""}`, `[{"delete":true},{"addTags":["a"]}]`, "actions conflict"},
		{`{"filter":""}`, `[{"addTags":[]},{"addTags":[" "]},{"removeTags":[]},{"clear":[]},{"set":{}}]`,
			"actions[0].addTags empty, actions[1].addTags empty, actions[2].removeTags empty, actions[3].clear empty, actions[4].set empty"},
		{`{"filter":""}`, `[{"addTags":["` + strings.Repeat("髙", 65) + `"]}]`, "tags tag_too_long"},
		{`{"filter":""}`, `[{"set":[1]},{"set":{"id":"x"}},{"set":{"name":"x","member":true}},{"set":{"profile.nam":"x"}},{"set":{"unsubscribeEmail":"yes"}}]`,
			"actions[0].set invalid, id read_only, name read_only, member read_only, profile.nam unknown_field, unsubscribeEmail wrong_kind"},
		{`{"filter":""}`, `[{"clear":["profile.utmSource","lastSeenAt","oops","profile.lastCheckoutCompletedAt"]},{"set":{"profile.utmSource":null}}]`,
			"profile.utmSource write_once, lastSeenAt read_only, oops unknown_field, profile.lastCheckoutCompletedAt hidden_field, profile.utmSource write_once"},
		{`{"filter":"oops = 1"}`, `[{"clear":["oops"]}]`, "1 diagnostics, oops unknown_field"},
	} {
		_, err := d.Bulk(t.Context(), ask(t, c.selection, c.actions))
		var refusal *Error
		if !errors.As(err, &refusal) {
			t.Errorf("%s %s: %v", c.selection, c.actions, err)
			continue
		}
		var told []string
		if n := len(refusal.Diagnostics); n > 0 {
			told = append(told, fmt.Sprint(n, " diagnostics"))
		}
		for _, v := range refusal.Values {
			told = append(told, v.Field+" "+v.Code)
		}
		if got := strings.Join(told, ", "); got != c.want || refusal.Message.JA == "" || refusal.Message.EN == "" {
			t.Errorf("%s %s: %s, want %s", c.selection, c.actions, got, c.want)
		}
	}
	if jobs, err := d.Jobs(t.Context(), JobsRequest{}); err != nil || len(jobs.Jobs) != 0 {
		t.Errorf("%+v, %v", jobs, err)
	}
}

// The set is that of the asking; each customer is written as by a PATCH, and one
// that is refused stops no other.
func TestABulkActionIsAPatchOfEach(t *testing.T) {
	d := newBulkDesk(t)
	full := make([]string, 100)
	for i := range full {
		full[i] = fmt.Sprintf("%q", fmt.Sprint("t", i))
	}
	d.put("a", `{"tags":["vip","x"],"profile":{"name":"A"}}`)
	d.put("b", `{"profile":{"utmSource":"mail"}}`)
	d.put("c", `{"tags":[`+strings.Join(full, ",")+`]}`)
	d.put("d", `{"unsubscribeEmail":true}`)
	d.put("e", `{}`)
	actions := `[{"addTags":["ＶＩＰ","new"]},{"removeTags":["X"]},{"set":{"profile":{"utmSource":"web"},"unsubscribeEmail":false}},{"clear":["profile.name"]}]`
	request := ask(t, `{"ids":["a","b","c","d","e","nobody","e"]}`, actions)
	request.DryRun = true
	seq := d.store.Seq()
	dry, err := d.Bulk(t.Context(), request)
	d.must(err)
	const want = "5=3+0+0+2 write_once:profile.utmSource*1@b too_many_tags:tags*1@c"
	foreseen := tallyOf(t, d.finish(dry.ID, nil))
	if foreseen.String() != want || foreseen.Missing != 1 || d.store.Seq() != seq {
		t.Errorf("%v, seq %d", foreseen, d.store.Seq())
	}
	d.later(time.Hour)
	j := d.bulk(`{"ids":["a","b","c","d","e","nobody","e"]}`, actions)
	if got := tallyOf(t, j); got.String() != want || got.Seq != d.store.Seq() || got.Missing != 1 {
		t.Errorf("%v", got)
	}
	if got := d.shown("a", "b", "d", "e"); got != `a ("vip", "new") - "web" false
b - - "mail" -
d ("ＶＩＰ", "new") - "web" false
e ("ＶＩＰ", "new") - "web" false` {
		t.Error(got)
	}
	c, err := d.store.Customer("d")
	d.must(err)
	if at := schema.At(d.millis.Load()); c.Record.Stamp(unsubscribeEmailField) != d.millis.Load() || !c.Record.Get(schema.UpdatedAtField).Equal(at) {
		t.Errorf("%v", c.Record)
	}
	h, err := d.History(t.Context(), HistoryRequest{ID: "a"})
	d.must(err)
	if e := h.Entries[0]; e.Cause != CauseBulk || e.Job != j.ID || e.Actor.Role != RoleOwner || len(e.Changes) != 4 {
		t.Errorf("%+v", e)
	}
	if got := tallyOf(t, d.bulk(`{"filter":"tags HAS \"new\""}`, actions)); got.String() != "3=0+3+0+0" || got.Seq != 0 {
		t.Errorf("a second time: %v", got)
	}
	var entries []string
	d.must(d.store.AuditEntries(t.Context(), 0, func(e store.AuditEntry) bool {
		entries = append(entries, fmt.Sprint(e.Action, " ", e.Key, " ", string(e.Detail)))
		return true
	}))
	if len(entries) != 2 || !strings.Contains(entries[1], `bulk.started `+j.ID+` {"selection":{"timeZone":"Asia/Tokyo","ids":7}`) || !strings.Contains(entries[0], `"filter":"tags HAS \"new\""`) || !strings.Contains(entries[0], `"total":3`) {
		t.Errorf("%q", entries)
	}
}

// Undo takes back what the job did, and nothing that came later.
func TestUndoTakesBackWhatTheJobDid(t *testing.T) {
	d := newBulkDesk(t)
	d.put("a", `{"tags":["x","y"],"profile":{"name":"A"}}`)
	d.put("b", `{"tags":["new"],"profile":{"name":"B","utmSource":"mail"}}`)
	d.put("c", `{}`)
	d.put("d", `{"profile":{"name":"D"}}`)
	before := d.shown("a", "b", "c", "d")
	j := d.bulk(`{"filter":""}`, `[{"addTags":["new"]},{"removeTags":["x"]},{"set":{"profileOnce":{"utmSource":"web"},"profile.name":"N"}}]`)
	d.patch("a", `{"tags":["y","new","later"]}`)
	d.patch("d", `{"profile":{"name":"other"}}`)
	undo := d.undo(j.ID)
	if got := tallyOf(t, undo).String(); got != "4=4+0+0+0 changed_since:profile.name*1@d" || undo.Of != j.ID {
		t.Errorf("%s %+v", got, undo)
	}
	want := strings.NewReplacer(`("x", "y")`, `("y", "later", "x")`, `"D"`, `"other"`).Replace(before)
	if got := d.shown("a", "b", "c", "d"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	h, err := d.History(t.Context(), HistoryRequest{ID: "c"})
	d.must(err)
	if e := h.Entries[0]; e.Cause != CauseUndo || e.Job != undo.ID {
		t.Errorf("%+v", e)
	}
	for id, code := range map[string]Code{j.ID: CodeNotUndoable, undo.ID: CodeNotUndoable, "99": CodeNotFound, "x": CodeNotFound} {
		if _, err := d.Undo(t.Context(), id); CodeOf(err) != code {
			t.Errorf("undo %s: %v", id, err)
		}
	}
}

// A deletion is undone as Restore does it.
func TestUndoBringsCustomersBack(t *testing.T) {
	d := newBulkDesk(t)
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		d.put(id, fmt.Sprintf(`{"profile":{"name":%q}}`, strings.ToUpper(id)))
	}
	mustApply(t, d.Service, Write{ID: "b", Policy: ImportPolicy(true), Edits: []Edit{{Key: schema.MemberIDField, Value: schema.Text("m")}}})
	_, err := d.Delete(t.Context(), DeleteRequest{ID: "e"})
	d.must(err)
	j := d.bulk(`{"filter":""}`, `[{"delete":true}]`)
	if got := tallyOf(t, j).String(); got != "4=4+0+0+0" || d.store.Len() != 0 {
		t.Fatalf("%s, %d left", got, d.store.Len())
	}
	mustApply(t, d.Service, Write{ID: "x", Policy: ImportPolicy(true), Edits: []Edit{{Key: schema.MemberIDField, Value: schema.Text("m")}}})
	_, err = d.Restore(t.Context(), RestoreRequest{ID: "c"})
	d.must(err)
	_, err = d.Restore(t.Context(), RestoreRequest{ID: "d"})
	d.must(err)
	_, err = d.Delete(t.Context(), DeleteRequest{ID: "d"})
	d.must(err)
	if got := tallyOf(t, d.undo(j.ID)).String(); got != "4=1+1+0+2 member_taken:memberId*1@b changed_since:*1@d" {
		t.Error(got)
	}
	if got := d.shown("a", "b", "d"); got != `a - "A" - -`+"\nb store: not found: deleted\nd store: not found: deleted" {
		t.Error(got)
	}
}

// A job is undone as far as the history goes back.
func TestUndoNeedsTheHistory(t *testing.T) {
	d := newBulkDesk(t)
	for i := range 7 {
		d.put(fmt.Sprint("c", i), `{}`)
	}
	request := ask(t, `{"filter":""}`, `[{"addTags":["a"]}]`)
	request.DryRun = true
	dry, err := d.Bulk(t.Context(), request)
	d.must(err)
	d.finish(dry.ID, nil)
	if _, err := d.Undo(t.Context(), dry.ID); CodeOf(err) != CodeNotUndoable {
		t.Errorf("a dry run: %v", err)
	}
	steps := 0
	d.between = func(context.Context) {
		if steps++; steps == 2 {
			d.later(24 * time.Hour) // the jobs' own goroutine
		}
	}
	j := d.bulk(`{"filter":""}`, `[{"addTags":["a"]}]`)
	d.between = func(context.Context) {}
	d.later(d.historyAge() - time.Hour)
	d.must(d.trimHistory(t.Context()))
	if got := tallyOf(t, d.undo(j.ID)).String(); got != "7=1+0+0+6 history_gone:*6@" {
		t.Error(got)
	}
	j = d.bulk(`{"filter":""}`, `[{"addTags":["b"]}]`)
	d.later(d.historyAge() + time.Hour)
	if _, err := d.Undo(t.Context(), j.ID); CodeOf(err) != CodeGone {
		t.Errorf("%v", err)
	}
}

// A cancelled job can be undone for what it did.
func TestACancelledJobIsUndoneForWhatItDid(t *testing.T) {
	d := newBulkDesk(t)
	for i := range 9 {
		d.put(fmt.Sprint("c", i), `{}`)
	}
	at := make(chan struct{})
	d.between = func(ctx context.Context) {
		close(at)
		<-ctx.Done()
	}
	made, err := d.Bulk(t.Context(), ask(t, `{"filter":""}`, `[{"addTags":["a"]}]`))
	d.must(err)
	<-at
	if _, err := d.Undo(t.Context(), made.ID); CodeOf(err) != CodeNotUndoable {
		t.Errorf("while it runs: %v", err)
	}
	_, err = d.CancelJob(t.Context(), made.ID)
	d.must(err)
	j := d.finish(made.ID, nil)
	d.between = func(context.Context) {}
	if got := tallyOf(t, j).String(); j.State != job.Cancelled || got != "9=3+0+0+0" {
		t.Errorf("%s %s", j.State, got)
	}
	if got := tallyOf(t, d.undo(j.ID)).String(); got != "3=3+0+0+0" {
		t.Error(got)
	}
	if n, err := d.Count(t.Context(), Question{Filter: `tags HAS "a"`}); err != nil || n.Total != 0 {
		t.Errorf("%d, %v", n.Total, err)
	}
}

// What a caller cannot see it can neither select by nor write, and it stays.
func TestBulkActionsOfACallerWhoSeesLess(t *testing.T) {
	d := newBulkDesk(t)
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		f, _ := tx.Fields().Lookup("profile.email")
		f.Roles = []string{RoleOwner}
		return tx.PutFields([]schema.Field{f})
	})
	d.must(err)
	d.put("a", `{"profile":{"email":"a@x.jp"}}`)
	manager := d.As(Caller{Role: RoleManager, TokenID: "m"})
	for _, r := range []BulkRequest{ask(t, `{"filter":"profile.email IS SET"}`, `[{"addTags":["a"]}]`), ask(t, `{"filter":""}`, `[{"clear":["profile.email"]}]`)} {
		if _, err := manager.Bulk(t.Context(), r); CodeOf(err) != CodeUnknownField {
			t.Errorf("%v", err)
		}
	}
	made, err := manager.Bulk(t.Context(), ask(t, `{"q":"a@x.jp","filter":""}`, `[{"addTags":["a"]}]`))
	d.must(err)
	if got := tallyOf(t, d.finish(made.ID, nil)).String(); got != "0=0+0+0+0" {
		t.Error(got)
	}
	if _, err := d.As(Caller{Role: RoleService, Scopes: []string{ScopeWrite}}).Bulk(t.Context(), ask(t, `{"filter":""}`, `[{"addTags":["a"]}]`)); CodeOf(err) != CodeForbidden {
		t.Errorf("a filter without the right to search: %v", err)
	}
	owners := d.bulk(`{"filter":""}`, `[{"addTags":["a"]}]`)
	if _, err := manager.Undo(t.Context(), owners.ID); CodeOf(err) != CodeNotFound {
		t.Errorf("another's job: %v", err)
	}
}

// Edits go on while a job runs, and neither loses anything of the other.
func TestEditsWhileABulkJobRuns(t *testing.T) {
	d := newBulkDesk(t)
	const customers = 60
	for i := range customers {
		d.put(fmt.Sprint("c", i), `{}`)
	}
	made, err := d.Bulk(t.Context(), ask(t, `{"filter":""}`, `[{"addTags":["job"]},{"set":{"unsubscribeTexting":true}}]`))
	d.must(err)
	var editors sync.WaitGroup
	for e := range 3 {
		editors.Go(func() {
			for i := e; i < customers; i += 3 {
				for _, name := range []string{"first", "last"} {
					if _, err := d.Patch(t.Context(), EditRequest{ID: fmt.Sprint("c", i), Body: fmt.Appendf(nil, `{"unsubscribeEmail":true,"profile":{"name":%q}}`, name)}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	editors.Wait()
	if got := tallyOf(t, d.finish(made.ID, nil)).String(); got != "60=60+0+0+0" {
		t.Error(got)
	}
	n, err := d.Count(t.Context(), Question{Filter: `tags HAS "job" AND unsubscribeTexting = true AND unsubscribeEmail = true AND profile.name = "last"`})
	if err != nil || n.Total != customers {
		t.Errorf("%d, %v", n.Total, err)
	}
}
