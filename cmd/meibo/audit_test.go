package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"meibo/api/service"
	"meibo/store"
)

func TestAuditShowsWhoChangedWhat(t *testing.T) {
	dir := shop(t)
	run := func(args ...string) result {
		t.Helper()
		return meibo(t, append(args, "--data", dir)...)
	}
	run("fields", "add", "profile.plan", "--kind", "String", "--label-ja", "料金プラン").wants(t, exitDone)
	run("fields", "set", "profile.plan", "--label-ja", "契約").wants(t, exitDone)
	run("segments", "save", "優良", "member = true").wants(t, exitDone)
	run("settings", "set", "--audit-days", "100", "--export-days", "2").wants(t, exitDone, "older than 100 days", "older than 2 days")

	table := run("audit").must(t)
	lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[0], "time ") {
		t.Fatalf("%s", table)
	}
	// Columns stand one below the other, whatever the width of what is in them.
	width := &runewidth.Condition{StrictEmojiNeutral: true}
	for i, action := range []string{"action", "settings.changed", "segment.created", "field.changed", "field.created", "import.started"} {
		before, _, found := strings.Cut(lines[i], action)
		if first, _, _ := strings.Cut(lines[0], "action"); !found || width.StringWidth(before) != width.StringWidth(first) {
			t.Errorf("%q", lines[i])
		}
	}
	if !strings.Contains(lines[1], "auditDays: 1095 → 100; exportDays: 7 → 2") || !strings.Contains(lines[1], "cli (owner)") || !strings.Contains(lines[3], "labels.ja: 料金プラン → 契約") {
		t.Errorf("%s", table)
	}
	if ja := run("audit", "--lang", "ja", "--q", "料金").must(t); !strings.Contains(ja, "cli（owner）") || strings.Count(ja, "\n") != 3 {
		t.Errorf("%s", ja)
	}
	for filter, want := range map[string]int{"--action field.": 2, "--action field.changed": 1, "--kind segment": 1, "--key 優良": 1, "--actor cli": 5, "--actor nobody": 0,
		"--from 2020-01-01": 5, "--to 2020-01-01": 0, "--limit 3": 3, "--job 9": 0} {
		out := run(append([]string{"audit", "--format", "ndjson"}, strings.Fields(filter)...)...).must(t)
		if n := strings.Count(out, "\n"); n != want {
			t.Errorf("%s: %d entries, want %d\n%s", filter, n, want, out)
		}
	}
	var all service.AuditAnswer
	if err := json.Unmarshal([]byte(run("audit", "--format", "json").must(t)), &all); err != nil || len(all.Entries) != 5 || all.Entries[0].Action != "settings.changed" {
		t.Errorf("%v %+v", err, all)
	}
	run("audit", "--limit", "1").wants(t, exitDone, "stopped at 1")
	run("audit", "--actor", "nobody").wants(t, exitDone, "no entries")
	run("audit", "--limit", "0").wants(t, exitUsage, "--limit")
	run("audit", "--from", "yesterday").wants(t, exitUsage, "2026-11-23")
	run("audit", "--format", "csv").wants(t, exitUsage, "--format")
}

// More entries than a page has come all the same.
func TestAuditReadsPageAfterPage(t *testing.T) {
	dir := shop(t)
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Update(t.Context(), func(tx *store.Tx) error {
		for range service.MaxAuditLimit + 5 {
			if err := tx.Audit(store.AuditEntry{Action: "field.changed", Kind: "field"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	out := meibo(t, "audit", "--limit", "1000", "--format", "ndjson", "--data", dir).must(t)
	if n := strings.Count(out, "\n"); n != service.MaxAuditLimit+6 { // the shop's import among them
		t.Errorf("%d entries", n)
	}
}
