package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	dir := shop(t)
	for filter, want := range map[string]string{
		"":              "3\n",
		"member = true": "1\n",
		`member = true AND (web.sessionsCount > 5 OR profile.email ~ "@x.jp")`: "1\n",
		`ｎａｍｅ　＝　"髙橋　花子"`:                                                       "1\n",
		`name = "髙橋 花子"`:                                                       "1\n",
		`unsubscribeEmail = true`:                                              "1\n",
		`tags HAS "vip"`:                                                       "1\n",
		`profile.mobileNumber = "+81 90 1234 5678"`:                            "1\n",
		`lastSeenAt >= 2026-11-21`:                                             "2\n",
		`lastSeenAt > now-36h`:                                                 "1\n",
		`profile.email IS UNSET`:                                               "1\n",
	} {
		r := meibo(t, "query", "--data", dir, "--count", "--now", "2026-11-23T00:00:00+09:00", filter)
		if out := r.must(t); out != want || r.err != "" {
			t.Errorf("%s: %q, want %q; stderr %q", filter, out, want, r.err)
		}
	}
	if out := meibo(t, "query", "--data", dir, "--count", "--q", "高橋 花子").must(t); out != "1\n" {
		t.Errorf("quick search: %q", out)
	}
}

func TestAFilterThatDoesNotCompileExitsWith2(t *testing.T) {
	dir := shop(t)
	r := meibo(t, "query", "--data", dir, "sessionCount > 5")
	r.wants(t, exitUsage, "sessionsCount", "error:")
	lines := strings.Split(r.err, "\n")
	text, carets := lines[0], lines[1]
	start := strings.Index(carets, "^")
	if start < 0 || text[start:start+strings.Count(carets, "^")] != "sessionCount" {
		t.Errorf("the carets do not stand under the word:\n%s", r.err)
	}
	if r.out != "" {
		t.Errorf("stdout: %q", r.out)
	}
	japanese := meiboWith(t, "", map[string]string{"LANG": "ja_JP.UTF-8"}, "query", "--data", dir, "--count", "会員 = true")
	japanese.wants(t, exitUsage, "エラー: ", "^^^^")
	for _, filter := range []string{"tags = \"x\"", "name > \"a\"", "member = 1", "(", `profile.email ~ ""`, "lastSeenAt > now-5m"} {
		meibo(t, "query", "--data", dir, "--count", filter).wants(t, exitUsage, "^")
		meibo(t, "explain", "--data", dir, filter).wants(t, exitUsage, "^")
	}
}

func TestIDsAndSort(t *testing.T) {
	dir := shop(t)
	for _, c := range []struct{ sort, want string }{
		{"", "b c a"}, {"-lastSeenAt,name", "b c a"}, {"lastSeenAt", "a c b"}, {"web.sessionsCount", "b a c"}, {"-web.sessionsCount", "a b c"}, {"id", "a b c"},
	} {
		out := meibo(t, "query", "--data", dir, "--ids", "--sort="+c.sort).must(t)
		if got := strings.Join(strings.Fields(out), " "); got != c.want {
			t.Errorf("--sort=%s: %s, want %s", c.sort, got, c.want)
		}
	}
	if out := meibo(t, "query", "--data", dir, "--ids", "--limit", "2").must(t); out != "b\nc\n" {
		t.Errorf("--limit 2: %q", out)
	}
	if out := meibo(t, "query", "--data", dir, "--ids", "--limit", "0").must(t); out != "" {
		t.Errorf("--limit 0: %q", out)
	}
	meibo(t, "query", "--data", dir, "--sort=-lastSeen").wants(t, exitUsage, "lastSeen")
	meibo(t, "query", "--data", dir, "--sort=tags").wants(t, exitUsage, "tags")
	meibo(t, "query", "--data", dir, "--fields", "nope").wants(t, exitUsage, "nope")
	meibo(t, "query", "--data", dir, "--tz", "Mars/Olympus").wants(t, exitUsage)
	meibo(t, "query", "--data", dir, "--now", "soon").wants(t, exitUsage)
}

func TestTableIsAlignedAndHarmless(t *testing.T) {
	dir := shop(t)
	r := meibo(t, "query", "--data", dir, "--tz", "Asia/Tokyo")
	want := `id  name       profile.name  profile.email       profile.mobileNumber  tags  lastSeenAt
b   佐藤                     sato@gmail.example                              2026-11-22 10:00
c              a b·[31m                                                      2026-11-21 10:00
a   髙橋 花子                hana@x.jp           090-1234-5678         VIP   2026-11-20 10:00
`
	if r.must(t) != want {
		t.Errorf("got\n%s", r.out)
	}
	r.wants(t, exitDone, "3 of 3")
	out := meibo(t, "query", "--data", dir, "--fields", "web,member", "member = true").must(t)
	if !strings.Contains(out, "web.sessionsCount") || !strings.Contains(out, "true") || strings.Contains(out, "profile") {
		t.Errorf("got\n%s", out)
	}
	japanese := meibo(t, "query", "--data", dir, "--lang", "ja", "--fields", "member", "member = true").must(t)
	if !strings.Contains(japanese, "はい") {
		t.Errorf("got\n%s", japanese)
	}
}

func TestJSONFormats(t *testing.T) {
	dir := shop(t)
	var answer struct {
		Total     int
		Customers []struct {
			ID      string
			Profile map[string]any
		}
	}
	if err := json.Unmarshal([]byte(meibo(t, "query", "--data", dir, "--format", "json", "--limit", "2").must(t)), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Total != 3 || len(answer.Customers) != 2 || answer.Customers[0].ID != "b" || answer.Customers[0].Profile["email"] != "sato@gmail.example" {
		t.Errorf("%+v", answer)
	}
	lines := strings.Split(strings.TrimSpace(meibo(t, "query", "--data", dir, "--format", "ndjson", "--fields", "profile.email").must(t)), "\n")
	if len(lines) != 3 || lines[2] != `{"id":"a","profile":{"email":"hana@x.jp"}}` {
		t.Errorf("%q", lines)
	}
}

func TestCSVComesBackTheSame(t *testing.T) {
	dir := shop(t)
	out := meibo(t, "query", "--data", dir, "--format", "csv", "--fields", "profile,tags").must(t)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%v\n%s", err, out)
	}
	meibo(t, "import", "--data", dir, writeFile(t, "again.csv", out)).wants(t, exitDone, "0 created, 0 updated, 3 unchanged, 0 bad")
}

// lazyPipe fails as a pipe does that nobody reads.
func TestNobodyReadsIsNoError(t *testing.T) {
	dir := shop(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"query", "--data", dir, "--ids"}, {"query", "--data", dir}, {"query", "--data", dir, "--format", "csv"}, {"demo", "--customers", "1000"}} {
		var errOut strings.Builder
		if code := run(t.Context(), args, strings.NewReader(""), w, &errOut, func(string) string { return "" }); code != exitDone || errOut.Len() > 0 {
			t.Errorf("%q: exit %d, %s", args, code, errOut.String())
		}
	}
	if code := run(t.Context(), []string{"query", "--data", dir, "--ids"}, strings.NewReader(""), failingWriter{}, io.Discard, func(string) string { return "" }); code != exitFailed {
		t.Errorf("a full disk: exit %d", code)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, os.ErrPermission }

func TestExplain(t *testing.T) {
	dir := shop(t)
	out := meibo(t, "explain", "--data", dir, "--now", "2026-11-23T00:00:00+09:00", "lastSeenAt > now-36h AND member != true").must(t)
	for _, want := range []string{"expression", "count       1 ", "2026-11-21T12:00:00", "Asia/Tokyo", "plan"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}
