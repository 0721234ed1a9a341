package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"meibo/api/service"
)

func TestSegmentsFromSaveToUse(t *testing.T) {
	dir := shop(t)
	run := func(args ...string) result {
		t.Helper()
		return meibo(t, append([]string{"segments"}, append(args, "--data", dir)...)...)
	}
	run("save", "vip", `tags HAS "VIP"`, "--name-ja", "優良顧客", "--name-en", "Best", "--folder", "sales", "--colour", "red").wants(t, exitDone, "created the segment vip")
	run("save", "vip", "tags has 'VIP' # ours").wants(t, exitDone, "version 2")
	run("save", "vip", "tags has 'VIP' # ours").wants(t, exitDone, "nothing changed")
	filter := meiboWith(t, "segment(\"vip\") OR\n  country != \"JP\"\n", nil, "segments", "save", "wide", "-", "--data", dir)
	filter.wants(t, exitDone, "created", "country") // and warned of
	list := run("list").must(t)
	if want := "key   name  folder  version  state  filter\nvip   Best  sales   2               tags has 'VIP' # ours\nwide                1               segment(\"vip\") OR   country != \"JP\"\n"; list != want {
		t.Errorf("%s", list)
	}
	if out := run("list", "--folder", "sales", "--format", "json").must(t); strings.Contains(out, `"key": "wide"`) || !strings.Contains(out, `"優良顧客"`) {
		t.Errorf("%s", out)
	}
	if out := run("show", "vip").must(t); !strings.Contains(out, "tags HAS \"VIP\"  # ours\n") || !strings.Contains(out, "usedBy       wide\n") {
		t.Errorf("%s", out)
	}
	if out := run("count", "vip").must(t); out != "1\n" {
		t.Errorf("%q", out)
	}
	if out := run("members", "vip", "--ids").must(t); out != "a\n" {
		t.Errorf("%q", out)
	}
	if out := run("members", "wide", "--ids", "--sort=-id", "--limit", "2").must(t); out != "c\nb\n" {
		t.Errorf("%q", out)
	}
	if out := run("members", "vip", "--format", "ndjson", "--fields", "id").must(t); out != `{"id":"a"}`+"\n" {
		t.Errorf("%q", out)
	}
	if out := meibo(t, "query", "--data", dir, "--ids", `NOT segment("vip")`, "--sort=id").must(t); out != "b\nc\n" {
		t.Errorf("%q", out)
	}
	if out := run("contains", "vip", "a", "b", "x").must(t); out != "id  contains\na   true\nb   false\nx   missing\n" {
		t.Errorf("%q", out)
	}
	if out := run("of", "a").must(t); out != "key   name\nvip   Best\nwide\n" {
		t.Errorf("%q", out)
	}
	if out := run("graph").must(t); !strings.Contains(out, "wide  vip           country, tags") {
		t.Errorf("%s", out)
	}
	run("delete", "vip").wants(t, exitFailed, "wide")
	run("restore", "vip", "1").wants(t, exitDone, "version 3")
	versions := run("versions", "vip").must(t)
	if !strings.Contains(versions, "(version 1 restored)") || !strings.Contains(versions, "cli") || !strings.Contains(versions, "   + tags HAS \"VIP\"\n") || !strings.Contains(versions, "   - tags HAS \"VIP\"  # ours\n") {
		t.Errorf("%s", versions)
	}
	run("delete", "wide").wants(t, exitDone, "deleted")
	run("delete", "vip").wants(t, exitDone, "deleted")
	var left service.SegmentsAnswer
	if err := json.Unmarshal([]byte(run("list", "--format", "json").must(t)), &left); err != nil || len(left.Segments) > 0 {
		t.Errorf("%v %+v", err, left)
	}
}

func TestAWrongSegmentIsToldWithCarets(t *testing.T) {
	dir := shop(t)
	r := meibo(t, "segments", "save", "x", `sessionCount > 5`, "--colour", "mauve", "--data", dir)
	r.wants(t, exitUsage, "^^^^", "sessionsCount", "colour")
	meibo(t, "segments", "save", "x", `segment("x")`, "--data", dir).wants(t, exitUsage, "^", "refers to itself")
	meibo(t, "segments", "show", "x", "--data", dir).wants(t, exitFailed, "no segment x")
	meibo(t, "segments", "members", "x", "--data", dir).wants(t, exitUsage, "^", "no segment x")
	meibo(t, "segments", "count", "x", "--data", dir).wants(t, exitFailed, "no segment x")
	meibo(t, "segments", "members", "x", "--ids", "--limit=-1", "--data", dir).wants(t, exitUsage, "--limit")
	meibo(t, "segments", "list", "--data", filepath.Join(t.TempDir(), "none")).wants(t, exitFailed, "no customer data")
}
