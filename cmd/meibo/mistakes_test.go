package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A filter that is wrong in every workspace is told even where there is none.
func TestAMistakeIsToldWithoutData(t *testing.T) {
	for _, command := range []string{"query", "explain"} {
		meibo(t, command, "--data", "nowhere", "sessionCount > 5").wants(t, exitUsage, "sessionsCount", "^^^^", "nowhere")
		// This one may be right where the data is.
		meibo(t, command, "--data", "nowhere", `profile.Churn = "Yes" OR segment("vip")`).wants(t, exitFailed, "nowhere")
		meibo(t, command, "--data", "nowhere", "member").wants(t, exitFailed, "nowhere")
	}
}

// Every mistake in the language's list of errors ends the program with 2, a
// message and carets under the place, on a terminal as anywhere.
func TestEveryListedMistakeExitsWith2(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(moduleRoot, "dsl/SPEC.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, mistakes, _ := strings.Cut(string(text), "\n## Errors\n")
	mistakes, _, _ = strings.Cut(mistakes, "\n## ") // warnings compile
	dir := shop(t)
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| `(.+?)` \\| ")
	rows := row.FindAllStringSubmatch(mistakes, -1)
	if len(rows) < 100 {
		t.Fatalf("only %d mistakes were found in dsl/SPEC.md", len(rows))
	}
	for _, m := range rows {
		filter := strings.ReplaceAll(m[2], `\|`, "|")
		// A filter that begins with a dash would be read as a flag.
		r := meibo(t, "query", "--data", dir, "--count", "--", filter)
		if r.code != exitUsage || !strings.Contains(r.err, "^") || !strings.Contains(r.err, "error: ") || r.out != "" {
			t.Errorf("%s: %s: exit %d, out %q\n%s", m[1], filter, r.code, r.out, r.err)
		}
	}
}

// What is wrong with the arguments is told in the language of the messages,
// with the command whose help says more.
func TestWrongArgumentsAreToldInBothLanguages(t *testing.T) {
	for _, c := range []struct{ args, ja, en, help string }{
		{"fields add plan", "次の指定が必要です: --kind=KIND", "missing flags: --kind=KIND", "meibo fields add --help"},
		{"customer show", "引数がありません: <id>", "an argument is missing: <id>", "meibo customer show --help"},
		{"fields order", "引数がありません: <key> ...", "an argument is missing: <key> ...", "meibo fields order --help"},
		{"customer", "続けてコマンドを書いてください: ", `expected one of "show"`, "meibo customer --help"},
		{"segments save c member --color blue", `--color は使えません。"--colour" のことですか。`, `unknown flag --color, did you mean "--colour"?`, "meibo segments save --help"},
		{"toke list", `toke は使えません。"token" のことですか。`, `unexpected argument toke, did you mean "token"?`, "meibo --help"},
		{"fields list --zzzzzz", "--zzzzzz という指定はありません。", "unknown flag --zzzzzz", "meibo fields list --help"},
		{"fields set profile.a --hide --show", "--hide と --show は同時に使えません。", "--hide and --show can't be used together", "meibo fields set --help"},
		{"token create --role king", `--role は "owner",`, `--role is one of "owner",`, "meibo token create --help"},
		{"segments restore vip abc", `<version> は整数で書いてください（"abc" は整数ではありません）。`, `<version> takes a whole number, not "abc"`, "meibo segments restore --help"},
		{"fields list --data", "--data の値がありません。", "--data needs a value", "meibo fields list --help"},
		{"token create --role viewer --expires -5d", `--expires の値が - で始まるときは --expires="-5d" のように書いてください。`, `a value of --expires that begins with a dash is written --expires="-5d"`, "meibo token create --help"},
	} {
		for lang, want := range map[string]string{"ja": c.ja, "en": c.en} {
			meibo(t, append([]string{"--lang", lang}, strings.Fields(c.args)...)...).wants(t, exitUsage, "meibo: "+want, c.help)
		}
	}
	meibo(t, "--lang", "xx", "version").wants(t, exitUsage, `--lang is one of "ja","en", not "xx"`)
	for _, args := range [][]string{{"customer", "put", "", "{}"}, {"fields", "set", "", "--hide"}, {"segments", "count", ""}} {
		meibo(t, append(args, "--data", "nowhere")...).wants(t, exitUsage, "is empty", "see meibo "+args[0]+" "+args[1]+" --help")
	}
	file := writeFile(t, "x.ndjson", "")
	meibo(t, "fields", "list", "--data", file).wants(t, exitFailed, "is a file; --data names a data folder")
	meibo(t, "import", "--data", file, file).wants(t, exitFailed, "is a file; --data names a data folder")
	meibo(t, "customer", "put", "a", `{"tags":`, "--data", shop(t)).wants(t, exitUsage, "the JSON ends too early")
	meibo(t, "customer", "put", "a", `{"tags":}`, "--data", shop(t)).wants(t, exitUsage, "this is not valid JSON: invalid character '}'")
	meibo(t, "customer", "put", "a", " ", "--data", shop(t)).wants(t, exitUsage, "the JSON is empty")
	meiboWith(t, "\ufeff{\"tags\":[\"x\"]}", nil, "customer", "put", "bom", "-", "--data", shop(t)).must(t)
	meiboWith(t, " \n", nil, "segments", "save", "a", "-", "--data", "nowhere").wants(t, exitUsage, "standard input has no filter")
}
