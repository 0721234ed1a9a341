package main

import (
	"strings"
	"testing"

	"meibo/dsl/schema"
	"meibo/store"
)

// section is what stands under a title of explain's output.
func section(out, title string) string {
	_, rest, _ := strings.Cut("\n"+out, "\n"+title+"\n")
	var b strings.Builder
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "  ") {
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// explainedShop is the shop with two segments.
func explainedShop(t *testing.T) string {
	t.Helper()
	dir := shop(t)
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, seg := range []store.Segment{
		{Key: "vip", Name: schema.Words{JA: "優良顧客", EN: "VIP customers"}, Filter: "tags has 'VIP' # ours"},
		{Key: "active", Filter: `segment("vip") OR lastSeenAt > now-36h`, Zone: "UTC"},
	} {
		if err := s.PutSegment(seg); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

const explainedNow = "2026-11-23T00:00:00+09:00"

func TestExplainShowsClauses(t *testing.T) {
	dir := explainedShop(t)
	out := meibo(t, "explain", "--data", dir, "--now", explainedNow, `profile.email IS SET AND (tags HAS "VIP" OR NOT name ~ "佐藤") AND segment("active")`).must(t)
	for _, want := range []string{
		`meaning     Customers for whom Email has a value, and either Tags includes "VIP" or Name does not contain "佐藤" (or has no value), and the segment "active" applies` + "\n",
		"segment     active (UTC)\n  segment(\"vip\") OR lastSeenAt > now-36h\n",
		"segment     vip VIP customers (Asia/Tokyo)\n  tags HAS \"VIP\"  # ours\n",
		"now         2026-11-23T00:00:00.000+09:00 (Asia/Tokyo)\n",
		"date        now-36h = 2026-11-21T03:00:00Z (segment active)\n",
		"count       1 (",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	want := `  alone  without  clause
      1        3  AND
      2        1    profile.email IS SET
      2        2    OR
      1        1      tags HAS "VIP"
      2        1      NOT name ~ "佐藤"
      2        1    segment("active")
      2               OR
      1                 segment("vip")
      1                   tags HAS "VIP"
      1                 lastSeenAt > now-36h
`
	if got := section(out, "clauses"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if plan := section(out, "plan"); !strings.HasPrefix(plan, "  and  1 rows, ") || !strings.Contains(plan, "    presence: set profile.email  2 rows, ") {
		t.Errorf("plan\n%s", plan)
	}
}

func TestExplainShowsOneCustomer(t *testing.T) {
	dir := explainedShop(t)
	const filter = `name ~ "髙橋" AND NOT (profile.name IS SET OR lastSeenAt > 2026-11-21) AND "花子 5678 nobody"`
	japanese := meibo(t, "explain", "--lang", "ja", "--data", dir, "--customer", "a", filter).must(t)
	want := `     単独  除くと  条件                         値
  ✗     0       3  AND
  ✓     1       0    name ~ "髙橋"              髙橋 花子
  ✓     1       0    NOT (OR)
  ✗     1       0      profile.name IS SET      値なし
  ✗     1       0      lastSeenAt > 2026-11-21  2026-11-20T10:00:00.000+09:00
  ✗     0       1    "花子 5678 nobody"         花子: name; 5678: profile.mobileNumber; nobody: なし
`
	if got := section(japanese, "条件ごとの結果"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(japanese, "顧客        a ✗ 当てはまらない\n") || !strings.Contains(japanese, "意味        名前（name）が「髙橋」を含み、かつ、") {
		t.Errorf("%s", japanese)
	}
	one := meibo(t, "explain", "--data", dir, "--customer", "c", "--q", "a", "unsubscribeEmail").must(t)
	if !strings.Contains(one, "customer    c ✓ matches  --q ✓\n") || !strings.HasSuffix(section(one, "clauses"), "unsubscribeEmail  true\n") {
		t.Errorf("%s", one)
	}
	meibo(t, "explain", "--data", dir, "--customer", "nobody", "member").wants(t, exitFailed, "no customer with this id")
}

func TestExplainThroughAServer(t *testing.T) {
	dir := explainedShop(t)
	args := []string{"explain", "--now", explainedNow, "--customer", "b", `segment("active") OR tags HAS "x"`}
	here := meibo(t, append(args, "--data", dir)...).must(t)
	url, _, stop := serving(t, "--data", dir)
	there := meibo(t, append(args, "--server", url, "--data", dir)...).must(t)
	meibo(t, "explain", "--server", url, "--data", dir, "--customer", "nobody").wants(t, exitFailed, "no customer with this id")
	stop()
	before := func(out string) string { s, _, _ := strings.Cut(out, "\nplan\n"); return s } // it has times
	if before(here) != before(there) || !strings.Contains(there, "customer    b ✓ matches\n") {
		t.Errorf("here\n%s\nthere\n%s", here, there)
	}
}
