package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"meibo/dsl/schema"
)

// keysOf are the keys that a table of fields shows, in their order.
func keysOf(table string) (keys []string) {
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if key, _, _ := strings.Cut(line, " "); i > 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestFieldsAreManagedOnAFolderAndThroughAServer(t *testing.T) {
	for _, where := range []string{"folder", "server"} {
		t.Run(where, func(t *testing.T) {
			dir := shop(t)
			at := []string{"--data", dir}
			if where == "server" {
				url, _, _ := serving(t, "--data", dir)
				at = append(at, "--server", url)
			}
			do := func(args ...string) result { return meibo(t, append(args, at...)...) }
			if keys := keysOf(do("fields", "list").must(t)); len(keys) != 40 || keys[0] != "lastSeenAt" {
				t.Errorf("%v", keys)
			}
			added := do("fields", "add", "plan", "--kind", "List", "--label-ja", "プラン", "--choices", "gold,silver")
			added.wants(t, exitDone, "added the field profile.plan")
			if !strings.Contains(added.out, "プラン") || !strings.Contains(added.out, "2 choices") {
				t.Error(added.out)
			}
			do("fields", "add", "profile.PLAN", "--kind", "List").wants(t, exitFailed, "taken by the field profile.plan")
			do("fields", "add", "a-b", "--kind", "Text", "--format", "fax").wants(t, exitFailed, "a letter first", "one of Boolean", "phone, email")
			do("fields", "set", "profile.plam", "--hide").wants(t, exitFailed, "did you mean profile.plan?")
			do("fields", "set", "profile.plan").wants(t, exitUsage, "nothing to change")
			do("fields", "set", "profile.plan", "--archive").wants(t, exitDone, "not shown beside a chat", "--restore")
			do("fields", "set", "profile.plan", "--hide").wants(t, exitDone, "not collected from now on", "--show")
			do("fields", "set", "tags", "--hide").wants(t, exitDone, "still kept")
			if out := do("fields", "set", "profile.plan", "--show", "--restore", "--no-choices", "--label-en", "Plan", "--roles", "manager").must(t); !strings.Contains(out, "Plan") || !strings.Contains(out, "for owner, manager") || strings.Contains(out, "hidden") {
				t.Error(out)
			}
			if keys := keysOf(do("fields", "order", "profile.plan", "name", "--after", "tags").must(t)); strings.Join(keys[:5], " ") != "lastSeenAt memberId tags profile.plan name" {
				t.Errorf("%v", keys)
			}
			if keys := keysOf(do("fields", "order", "name", "--before", "lastSeenAt").must(t)); len(keys) != 41 || keys[0] != "name" {
				t.Errorf("%v", keys)
			}
			do("fields", "order", "name", "--after", "tgas").wants(t, exitFailed, "did you mean tags?")
			do("fields", "order", "name", "--after", "name").wants(t, exitUsage, "beside itself")
			do("fields", "delete", "city").wants(t, exitFailed, "cannot be deleted")
			do("fields", "delete", "profile.plan").wants(t, exitDone, "deleted the field profile.plan", "cannot be undone")
			var fields []schema.Field
			if err := json.Unmarshal([]byte(do("fields", "list", "--format", "json").must(t)), &fields); err != nil || len(fields) != 40 {
				t.Errorf("%d fields, %v", len(fields), err)
			}
		})
	}
}

// On a folder, everything is gone when the command ends, and the key is free.
func TestADeletionStripsBeforeItReturns(t *testing.T) {
	var rows strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&rows, "{\"id\":\"c%d\",\"profile\":{\"plan\":\"gold\"}}\n", i)
	}
	dir := filepath.Join(t.TempDir(), "data")
	meibo(t, "import", "--data", dir, "--create-fields", writeFile(t, "many.ndjson", rows.String())).must(t)
	meibo(t, "fields", "delete", "profile.plan", "--data", dir).wants(t, exitDone, "all of its values")
	meibo(t, "fields", "delete", "profile.plan", "--data", dir).wants(t, exitFailed, "no field")
	meibo(t, "fields", "add", "plan", "--kind", "Number", "--data", dir).must(t)
	if out := meibo(t, "query", "--data", dir, "--count", "profile.plan IS SET").must(t); out != "0\n" {
		t.Errorf("%s customers have a value", out)
	}
	meibo(t, "check", "--data", dir).must(t)
}

func TestAConversionIsTriedAndDone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := writeFile(t, "x.ndjson", "{\"id\":\"a\",\"profile\":{\"description\":\"１２\"}}\n{\"id\":\"b\",\"profile\":{\"description\":\"twelve\"}}\n")
	meibo(t, "import", "--data", dir, file).must(t)
	convert := []string{"fields", "convert", "profile.description", "years", "--kind", "Number", "--data", dir}
	tried := meibo(t, append(convert, "--dry-run")...)
	tried.wants(t, exitDone, "nothing was changed", "1 customers would convert, 1 would not")
	meibo(t, "query", "--data", dir, "--count", "profile.years = 12").wants(t, exitUsage, "profile.years")
	done := meibo(t, convert...)
	done.wants(t, exitDone, "made the field profile.years")
	for _, out := range []string{tried.out, done.out} {
		if !strings.Contains(out, "twelve  1") {
			t.Error(out)
		}
	}
	if out := meibo(t, "query", "--data", dir, "--ids", "profile.years = 12 AND profile.description IS SET").must(t); out != "a\n" {
		t.Error(out)
	}
	var again conversion
	out := meibo(t, append(convert, "--json")...)
	out.wants(t, exitDone, "1 customers had a value already")
	if err := json.Unmarshal([]byte(out.out), &again); err != nil || again.Kept != 1 || again.Failed != 1 || len(again.Failures) != 1 {
		t.Errorf("%+v %v", again, err)
	}
	meibo(t, "fields", "set", "profile.years", "--kind", "String", "--data", dir).wants(t, exitFailed, "meibo fields convert")
}

func TestSettingsAreShownAndSet(t *testing.T) {
	dir := shop(t)
	if out := meibo(t, "settings", "show", "--data", dir).must(t); !strings.Contains(out, "Asia/Tokyo") || !strings.Contains(out, "365") {
		t.Error(out)
	}
	meibo(t, "settings", "set", "--data", dir).wants(t, exitUsage, "nothing to change")
	meibo(t, "settings", "set", "--data", dir, "--zone", "Mars", "--history-days", "3651").wants(t, exitFailed, "Asia/Tokyo", "1 to 3650")
	meibo(t, "settings", "set", "--data", dir, "--history-days", "30", "--week-start", "sun", "--region", "de").wants(t, exitDone, "30 days")
	var got struct {
		Zone, Region, WeekStart string
		HistoryDays             int
	}
	out := meibo(t, "settings", "show", "--format", "json", "--data", dir).must(t)
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Zone != "Asia/Tokyo" || got.Region != "DE" || got.WeekStart != "sun" || got.HistoryDays != 30 {
		t.Errorf("%+v %v", got, err)
	}
	if ja := meibo(t, "settings", "set", "--help", "--lang", "ja").must(t); !strings.Contains(ja, "変更履歴") {
		t.Error(ja)
	}
}
