package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"meibo/api"
	"meibo/api/service"
	"meibo/dsl/schema"
)

// lines are the lines of a text without the width of their columns.
func lines(text string) string {
	return regexp.MustCompile(`  +`).ReplaceAllString(strings.TrimSpace(text), " | ")
}

var japanese = map[string]string{"LANG": "ja_JP.UTF-8"}

// What a customer is, goes through and has gone through shows the same on a
// data folder and through a server.
func TestOneCustomerFromTheCommandLine(t *testing.T) {
	t.Run("data", func(t *testing.T) { testOneCustomer(t, "cli（owner）", "--data", shop(t)) })
	t.Run("server", func(t *testing.T) {
		dir := shop(t)
		url, _, _ := serving(t, "--data", dir)
		testOneCustomer(t, "owner", "--server", url, "--data", dir)
	})
}

func testOneCustomer(t *testing.T, who string, place ...string) {
	do := func(stdin string, env map[string]string, args ...string) result {
		t.Helper()
		return meiboWith(t, stdin, env, append(append([]string{"customer"}, args...), place...)...)
	}
	times := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)
	showed := do("", japanese, "show", "a")
	out := lines(showed.must(t))
	for _, line := range []string{"最新アクセス時間 | 2026-11-20 10:00 | lastSeenAt", "会員 | はい | member", "顧客タグ | VIP | tags",
		"ウェブのセッション数 | 7 | web.sessionsCount", "携帯番号 | 090-1234-5678 | profile.mobileNumber"} {
		if !strings.Contains("\n"+out+"\n", "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if out := lines(do("", nil, "show", "b").must(t)); !strings.Contains(out, "Member | false | member") {
		t.Error(out)
	}
	tag := regexp.MustCompile(`ETag: ("[0-9a-f]+")`).FindStringSubmatch(showed.err)
	if tag == nil {
		t.Fatal(showed.err)
	}

	// A body comes as an argument, from a file or from standard input; its
	// warnings are told.
	file := writeFile(t, "body.json", `{"tags":["VIP","<新>"],"profile":{"mobileNumber":"あとで"}}`)
	patched := do("", nil, "patch", "a", "@"+file, "--if-match", tag[1])
	patched.wants(t, exitDone, "updated, seq", "warning: profile.mobileNumber")
	if out := lines(patched.out); !strings.Contains(out, "Tags | VIP, <新> | tags") {
		t.Error(out)
	}
	do("", nil, "patch", "a", `{"profile":{"name":"x"}}`, "--if-match", strings.Trim(tag[1], `"`)).wants(t, exitFailed, "If-Match")
	do(`{"unsubscribeEmail":true,"profileOnce":{"email":"x@x.jp","utmSource":"mail"}}`, nil, "patch", "a", "-").wants(t, exitDone)
	do("", nil, "put", "new", `{"profile":{"name":"新人"}}`, "--format", "json").wants(t, exitDone, "created")

	// Deleted, looked at, brought back.
	do("", nil, "delete", "a", "--if-match", tag[1]).wants(t, exitFailed, "If-Match")
	if r := do("", nil, "delete", "a"); r.code != exitDone || r.out != "" || !strings.Contains(r.err, "deleted, seq") {
		t.Errorf("%+v", r)
	}
	do("", nil, "show", "a").wants(t, exitFailed, "no customer")
	do("", nil, "history", "a", "--limit", "1").wants(t, exitDone, "there is more: --cursor", "deleted on", "until")
	var back service.EditAnswer
	if err := json.Unmarshal([]byte(do("", nil, "restore", "a", "--format", "json").must(t)), &back); err != nil || back.Status != service.Restored {
		t.Errorf("%+v %v", back, err)
	}
	do("", nil, "restore", "a").wants(t, exitFailed, "not deleted")

	got := times.ReplaceAllString(do("", japanese, "history", "a").must(t), "T")
	want := `T  復元  NAME
  会員ID (memberId): （なし） → m1
  名前 (name): （なし） → 髙橋 花子
  メール (profile.email): （なし） → hana@x.jp
  携帯番号 (profile.mobileNumber): （なし） → あとで
  UTM Source (profile.utmSource): （なし） → mail
  顧客タグ (tags): （なし） → VIP, <新>
  メール受信拒否 (unsubscribeEmail): （なし） → はい
T  削除  NAME
  会員ID (memberId): m1 → （なし）
  名前 (name): 髙橋 花子 → （なし）
  メール (profile.email): hana@x.jp → （なし）
  携帯番号 (profile.mobileNumber): あとで → （なし）
  UTM Source (profile.utmSource): mail → （なし）
  顧客タグ (tags): VIP, <新> → （なし）
  メール受信拒否 (unsubscribeEmail): はい → （なし）
T  変更  NAME
  UTM Source (profile.utmSource): （なし） → mail
  メール受信拒否 (unsubscribeEmail): （なし） → はい
T  変更  NAME
  携帯番号 (profile.mobileNumber): 090-1234-5678 → あとで
  顧客タグ (tags): VIP → VIP, <新>
`
	if want = strings.ReplaceAll(want, "NAME", who); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	do("", nil, "history", "b").wants(t, exitDone, "no history")
	var page service.HistoryAnswer
	if err := json.Unmarshal([]byte(do("", nil, "history", "new", "--format", "json").must(t)), &page); err != nil || len(page.Entries) != 1 || page.Entries[0].Action != service.Created {
		t.Errorf("%+v %v", page, err)
	}
}

// Every fault of a body is told, each with its field, and nothing is written.
func TestEveryFaultOfABodyIsTold(t *testing.T) {
	dir := shop(t)
	before := meibo(t, "customer", "show", "a", "--data", dir, "--format", "json").must(t)
	r := meibo(t, "customer", "patch", "--data", dir, "a", `{"city":"x","tags":"VIP","profile":{"emial":"x","name":5}}`)
	r.wants(t, exitUsage, "city is kept by the system", "tags takes a list", "did you mean profile.email?", "profile.name takes a string")
	if n := strings.Count(r.err, "meibo: "); n != 4 || r.out != "" {
		t.Errorf("%d lines, stdout %q", n, r.out)
	}
	for _, body := range []string{"{", "", "@" + filepath.Join(dir, "none.json")} {
		if r := meibo(t, "customer", "put", "--data", dir, "a", body); r.code == exitDone || r.err == "" || r.out != "" {
			t.Errorf("%q: %+v", body, r)
		}
	}
	meibo(t, "customer", "history", "--data", dir, "a", "--limit", "0").wants(t, exitUsage, "limit")
	if after := meibo(t, "customer", "show", "a", "--data", dir, "--format", "json").must(t); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
}

// Reading goes on at the customer that another is part of now, and says so;
// writing only says so.
func TestAMergedCustomerIsSaidToBe(t *testing.T) {
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.EscapedPath(); {
		case path == "/v1/fields":
			_ = json.NewEncoder(w).Encode(map[string]any{"fields": schema.InitialFields()})
		case path == "/v1/settings":
			_ = json.NewEncoder(w).Encode(service.Settings{Zone: "Asia/Tokyo"})
		case strings.HasPrefix(path, "/v1/customers/old"):
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Location", "/v1/customers/new")
			w.WriteHeader(http.StatusPermanentRedirect)
			_ = json.NewEncoder(w).Encode(api.Problem{Code: string(service.CodeMerged), Status: 308, Detail: "merged", Target: "new/1"})
		case path == "/v1/customers/new%2F1" && r.Method == http.MethodGet:
			_, _ = w.Write([]byte(`{"id":"new/1"}`))
		case path == "/v1/customers/new%2F1/history":
			_, _ = w.Write([]byte(`{"entries":[],"times":{}}`))
		case path == "/v1/customers/new%2F1/segments":
			_, _ = w.Write([]byte(`{"segments":[]}`))
		default:
			t.Errorf("%s %s", r.Method, path)
		}
	}))
	defer stub.Close()
	place := []string{"--server", stub.URL, "--token", "t"}
	for _, command := range []string{"show", "history", "segments"} {
		meibo(t, append([]string{"customer", command, "old"}, place...)...).wants(t, exitDone, "old is part of new/1 now")
	}
	for _, args := range [][]string{{"patch", "old", "{}"}, {"put", "old", "{}"}, {"delete", "old"}, {"restore", "old"}, {"touch", "old"}} {
		r := meibo(t, append(append([]string{"customer"}, args...), place...)...)
		if r.wants(t, exitFailed, "part of new/1 now"); r.out != "" {
			t.Errorf("%q: %s", args, r.out)
		}
	}
}
