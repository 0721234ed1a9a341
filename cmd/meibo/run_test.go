package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"meibo/store"
)

// A result is what one run of the program left.
type result struct {
	out, err string
	code     int
}

// meibo runs the program in this process, in English.
func meibo(t *testing.T, args ...string) result {
	t.Helper()
	return meiboWith(t, "", map[string]string{"LANG": "C.UTF-8"}, args...)
}

func meiboWith(t *testing.T, stdin string, env map[string]string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &err, func(name string) string { return env[name] })
	return result{out.String(), err.String(), code}
}

// must fails the test unless the program ended well, and gives its output.
func (r result) must(t *testing.T) string {
	t.Helper()
	if r.code != exitDone {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	return r.out
}

// wants checks the exit code and that stderr has every one of the texts.
func (r result) wants(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.err, text) {
			t.Errorf("stderr lacks %q:\n%s", text, r.err)
		}
	}
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// shop is a small data folder that several tests ask.
func shop(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	file := writeFile(t, "shop.ndjson", `{"id":"a","memberId":"m1","name":"髙橋 花子","tags":["VIP"],"lastSeenAt":"2026-11-20T10:00:00+09:00","web":{"sessionsCount":7},"profile":{"email":"hana@x.jp","mobileNumber":"090-1234-5678"}}
{"id":"b","name":"佐藤","lastSeenAt":"2026-11-22T10:00:00+09:00","web":{"sessionsCount":2},"profile":{"email":"sato@gmail.example"}}
{"id":"c","lastSeenAt":"2026-11-21T10:00:00+09:00","unsubscribeEmail":true,"profile":{"name":"a\tb\u001b[31m"}}
`)
	meibo(t, "import", "--data", dir, "--system", file).must(t)
	return dir
}

func TestWrongUsageExitsWith2(t *testing.T) {
	for _, args := range [][]string{
		{"--nonsense"}, {"nonsense"}, {"query", "--limit", "x"}, {"query", "a", "b"}, {"import"}, {"query", "--format", "xml"},
		{"query", "--count", "--ids"}, {"token", "create"}, {"token", "create", "--role", "king"}, {"query", "--limit=-1", "--data", "nowhere"},
		{"serve", "--demo=-1"}, {"import", "--map", "nonsense", "x.csv"}, {"import", "--tz", "Mars/Olympus", "x.csv"}, {"--lang", "fr", "version"},
		{"query", "--server", "nonsense"}, {"query", "--server", "http://127.0.0.1:1", "--data", "nowhere"},
		{"token", "create", "--role", "viewer", "--scope", "search"}, {"demo", "--now", "yesterday"},
	} {
		r := meibo(t, args...)
		if r.code != exitUsage || r.err == "" || r.out != "" {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", args, r.code, r.out, r.err)
		}
	}
}

func TestAFilterWithoutQuotesIsTold(t *testing.T) {
	meibo(t, "query", "lastSeenAt", "IS", "SET").wants(t, exitUsage, "in quotes")
}

func TestHelpIsThereInBothLanguages(t *testing.T) {
	if out := meibo(t, "--help").must(t); !strings.Contains(out, "Import customers") {
		t.Error(out)
	}
	if out := meibo(t).must(t); !strings.Contains(out, "Usage: meibo") {
		t.Error(out)
	}
	if out := meibo(t, "query", "--help", "--lang=ja").must(t); !strings.Contains(out, "人数だけ") {
		t.Error(out)
	}
	japanese := meiboWith(t, "", map[string]string{"LC_ALL": "ja_JP.UTF-8"}, "import", "--help").must(t)
	if !strings.Contains(japanese, "取り込む") {
		t.Error(japanese)
	}
}

func TestVersion(t *testing.T) {
	if out := meibo(t, "version").must(t); !strings.HasPrefix(out, "meibo ") {
		t.Error(out)
	}
}

func TestAFolderWithoutDataIsNotCreatedByAsking(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "typo")
	for _, args := range [][]string{{"query", "--data", dir, "member"}, {"explain", "--data", dir, "member"}, {"token", "create", "--role", "owner", "--data", dir}} {
		meibo(t, args...).wants(t, exitFailed, dir, "no customer data")
	}
	file := writeFile(t, "x.csv", "email\na@x.jp\n")
	meibo(t, "import", "--dry-run", "--data", dir, file).wants(t, exitDone, "1 created", "nothing is written")
	meibo(t, "import", "--data", dir, filepath.Join(t.TempDir(), "missing.csv")).wants(t, exitFailed, "missing.csv")
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
}

func TestASecondProcessOnTheFolderIsToldSo(t *testing.T) {
	dir := shop(t)
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := meibo(t, "query", "--data", dir, "--count")
	r.wants(t, exitFailed, dir)
	if strings.Count(r.err, "\n") != 1 {
		t.Errorf("more than one line: %s", r.err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out := meibo(t, "query", "--data", dir, "--count").must(t); out != "3\n" {
		t.Error(out)
	}
}

func TestCancelledBeforeItBegan(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	dir := shop(t)
	var out, errOut bytes.Buffer
	for _, args := range [][]string{{"import", "--data", dir, "--create-fields", "../../testdata/import/telco-churn.csv"}, {"query", "--data", dir, "--count"}} {
		errOut.Reset()
		if code := run(ctx, args, strings.NewReader(""), &out, &errOut, func(string) string { return "" }); code != exitFailed {
			t.Errorf("%q: exit %d", args, code)
		}
		if !strings.Contains(errOut.String(), "interrupted") {
			t.Errorf("%q: %s", args, errOut.String())
		}
	}
}

func TestFmt(t *testing.T) {
	out := meibo(t, "fmt", "member=true and　web.sessionsCount>5").must(t)
	if !strings.EqualFold(out, "member = true AND web.sessionsCount > 5\n") {
		t.Errorf("%q", out)
	}
	if again := meiboWith(t, out, nil, "fmt").must(t); again != out {
		t.Errorf("%q, formatted again %q", out, again)
	}
	if out := meiboWith(t, "member=true # 会員\n", nil, "fmt").must(t); !strings.HasSuffix(out, "# 会員\n") {
		t.Errorf("%q", out)
	}
	meibo(t, "fmt", "member = = true").wants(t, exitUsage, "^")
}
