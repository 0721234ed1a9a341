package main

import (
	"strings"
	"testing"
)

func TestBulkFromTheCommandLine(t *testing.T) {
	dir := shop(t) // whose import is the job 1
	ids := func(filter string) string {
		t.Helper()
		return strings.ReplaceAll(strings.TrimSpace(meibo(t, "query", "--data", dir, "--ids", "--sort=id", filter).must(t)), "\n", " ")
	}
	bulk := func(args ...string) result {
		t.Helper()
		return meibo(t, append([]string{"bulk", "--data", dir}, args...)...)
	}
	r := bulk("", "--add-tag", "秋, 2026", "--add-tag", "vip", "--set", "profile.name=新", "--dry-run")
	r.wants(t, exitDone)
	if r.out != "3 customers: 3 to change, 0 unchanged, 0 refused\n" || ids(`tags HAS "vip"`) != "a" {
		t.Errorf("%q", r.out)
	}
	bulk("member OR unsubscribeEmail", "--add-tag", "秋, 2026", "--set", "unsubscribeTexting=はい", "--remove-tag", "vip", "--clear", "profile.email", "--yes").
		wants(t, exitDone, "2 changed, 0 unchanged, 0 gone, 0 refused, of 2 customers", "to take it back: meibo jobs undo 3")
	if got := ids(`tags HAS "秋, 2026" AND unsubscribeTexting`); got != "a c" {
		t.Error(got)
	}
	if got := meibo(t, "customer", "history", "--data", dir, "a").must(t); !strings.Contains(got, "updated (bulk action, job 3)  cli (owner)") {
		t.Error(got)
	}
	meibo(t, "jobs", "undo", "--data", dir, "3", "--lang", "ja").wants(t, exitDone, "変更 2、変更なし 0、いなくなった顧客 0、拒否 0（対象 2 人）")
	if ids(`tags HAS "秋, 2026"`) != "" || ids(`tags HAS "vip" AND profile.email IS SET`) != "a" {
		t.Error("it was not taken back")
	}
	meibo(t, "jobs", "undo", "--data", dir, "3").wants(t, exitFailed, "undone already, by the job 4")
	file := writeFile(t, "ids", "b\n\nnobody\n")
	r = meibo(t, "bulk", "--data", dir, "--ids-from", file, "--delete", "--yes", "--lang", "ja")
	r.wants(t, exitDone, "変更 1、", "見つからない ID: 1", "元に戻すには: meibo jobs undo 5")
	if got := ids(""); got != "a c" {
		t.Error(got)
	}
	meiboWith(t, "b\n", nil, "bulk", "--data", dir, "--ids-from", "-", "--delete", "--dry-run").wants(t, exitDone, "ids of nobody: 1")
}

func TestWrongBulkArguments(t *testing.T) {
	dir := shop(t)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--add-tag", "x", "--yes"}, exitUsage, "for everyone write ''"},
		{[]string{"member"}, exitUsage, "give --yes, or --dry-run"},
		{[]string{"member", "--yes"}, exitUsage, "say what to do"},
		{[]string{"member", "--ids-from", "x", "--yes", "--delete"}, exitUsage, "does not go with"},
		{[]string{"--ids-from", "nowhere", "--yes", "--delete"}, exitFailed, "cannot be opened"},
		{[]string{"membr", "--delete", "--yes"}, exitUsage, "member"},
		{[]string{"member", "--set", "profile.nam=x", "--clear", "oops", "--yes"}, exitUsage, "profile.name"},
		{[]string{"member", "--set", "profile.name", "--yes"}, exitUsage, "has no ="},
		{[]string{"member", "--set", "unsubscribeEmail=maybe", "--yes"}, exitUsage, "takes true or false"},
		{[]string{"member", "--set", "name=x", "--yes"}, exitFailed, "kept by the system"},
		{[]string{"member", "--delete", "--add-tag", "x", "--yes"}, exitFailed, "the only action"},
	} {
		meibo(t, append([]string{"bulk", "--data", dir}, c.args...)...).wants(t, c.code, c.want)
	}
	if out := meibo(t, "query", "--data", dir, "--count", "").must(t); out != "3\n" {
		t.Error(out)
	}
}
