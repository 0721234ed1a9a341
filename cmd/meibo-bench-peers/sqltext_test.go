package main

import (
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/index"
)

func TestStatements(t *testing.T) {
	p := place{now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), middle: 7,
		cursor: index.Key{Values: []schema.Value{schema.At(1_790_000_000_000)}, ID: "o'neill"}}
	want := map[string][4]string{ // SQLite's count and page, DuckDB's count and page
		"everyone": {
			"SELECT count(*) FROM customers",
			"SELECT id FROM customers ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
			"SELECT count(*) FROM customers",
			"SELECT id FROM customers ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
		},
		"recent": {
			"SELECT count(*) FROM customers WHERE lastSeenAt > 1792886400000",
			"SELECT id FROM customers WHERE lastSeenAt > 1792886400000 ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
			"SELECT count(*) FROM customers WHERE lastSeenAt > TIMESTAMP '2026-10-25 00:00:00.000'",
			"SELECT id FROM customers WHERE lastSeenAt > TIMESTAMP '2026-10-25 00:00:00.000' ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
		},
		"between": {
			"SELECT count(*) FROM customers WHERE web_sessionsCount BETWEEN 5 AND 20 AND country_folded IN ('us', 'kr')",
			"SELECT id FROM customers WHERE web_sessionsCount BETWEEN 5 AND 20 AND country_folded IN ('us', 'kr') ORDER BY web_sessionsCount NULLS LAST, id LIMIT 50",
			"SELECT count(*) FROM customers WHERE web_sessionsCount BETWEEN 5 AND 20 AND country_folded IN ('us', 'kr')",
			"SELECT id FROM customers WHERE web_sessionsCount BETWEEN 5 AND 20 AND country_folded IN ('us', 'kr') ORDER BY web_sessionsCount NULLS LAST, id LIMIT 50",
		},
		"mixed": {
			"SELECT count(*) FROM customers WHERE member = 1 AND (web_sessionsCount > 5 OR instr(profile_email_folded, '@x.jp') > 0)",
			"SELECT id FROM customers WHERE member = 1 AND (web_sessionsCount > 5 OR instr(profile_email_folded, '@x.jp') > 0) ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
			"SELECT count(*) FROM customers WHERE member AND (web_sessionsCount > 5 OR contains(profile_email_folded, '@x.jp'))",
			"SELECT id FROM customers WHERE member AND (web_sessionsCount > 5 OR contains(profile_email_folded, '@x.jp')) ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
		},
		"cursor": {
			"SELECT count(*) FROM customers",
			"SELECT id FROM customers WHERE lastSeenAt <= 1790000000000 AND (lastSeenAt < 1790000000000 OR id > 'o''neill') ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
			"SELECT count(*) FROM customers",
			"SELECT id FROM customers WHERE lastSeenAt <= TIMESTAMP '2026-09-21 14:13:20.000' AND (lastSeenAt < TIMESTAMP '2026-09-21 14:13:20.000' OR id > 'o''neill') ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50",
		},
		"offset": {
			"SELECT count(*) FROM customers",
			"SELECT id FROM customers ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50 OFFSET 7",
			"SELECT count(*) FROM customers",
			"SELECT id FROM customers ORDER BY lastSeenAt DESC NULLS LAST, id LIMIT 50 OFFSET 7",
		},
	}
	found := 0
	for _, q := range questions(p) {
		texts, ok := want[q.key]
		if !ok {
			continue
		}
		found++
		for i, d := range []dialect{sqliteDialect, duckDialect} {
			if got := countText(table, q.where(d)); got != texts[2*i] {
				t.Errorf("%s counts by\n%s, not by\n%s", q.key, got, texts[2*i])
			}
			if got := pageText(d, q, table, q.where(d)); got != texts[2*i+1] {
				t.Errorf("%s pages by\n%s, not by\n%s", q.key, got, texts[2*i+1])
			}
		}
	}
	if found != len(want) {
		t.Errorf("%d of %d questions exist", found, len(want))
	}
}

func TestConditions(t *testing.T) {
	for got, want := range map[string]string{
		allOf("", "a"):     "a",
		allOf("a", "b"):    "a AND b",
		anyOf("a", "b"):    "(a OR b)",
		quoted("it's"):     "'it''s'",
		trigrams("c", "x"): `texts MATCH 'c : "x"'`,
		trigrams("", "x"):  `texts MATCH '"x"'`,
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestNowIsRoundedUp(t *testing.T) {
	midnight := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for millis, want := range map[int64]time.Time{
		midnight.UnixMilli():     midnight,
		midnight.UnixMilli() - 1: midnight,
		midnight.UnixMilli() + 1: midnight.AddDate(0, 0, 1),
	} {
		if got := roundUp(millis); !got.Equal(want) {
			t.Errorf("%d is %v, not %v", millis, got, want)
		}
	}
}
