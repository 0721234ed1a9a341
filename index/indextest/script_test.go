package indextest

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func readText(t *testing.T, text string) (*script, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readScript(path)
}

func TestReadScript(t *testing.T) {
	s, err := readText(t, `# head
now 2026-01-02T03:04:05Z
zone America/New_York
region US
field profile.x String phone
segment vip tags HAS "a"
record {"id":"a"}

query name = "x"  # the filter's comment
  | OR
  | member
  warning one
  ordered b a
query
  everyone
# between
query bad
  error unknown_field at bad
query z
  none
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []scriptCase{
		{line: 9, filter: "name = \"x\"  # the filter's comment\nOR\nmember", warn: []string{"one"}, ordered: true, ids: []string{"b", "a"}},
		{line: 14, all: true},
		{line: 17, filter: "bad", code: "unknown_field", at: "bad"},
		{line: 19, filter: "z"},
	}
	for i := range s.cases {
		if len(s.cases[i].ids) == 0 {
			s.cases[i].ids = nil
		}
	}
	if !reflect.DeepEqual(s.cases, want) {
		t.Errorf("cases\n got %+v\nwant %+v", s.cases, want)
	}
	if s.now.Year() != 2026 || s.zone.String() != "America/New_York" || s.region != "US" || len(s.fields) != 1 || s.fields[0].Format != "phone" ||
		s.segments["vip"].Filter != `tags HAS "a"` || len(s.records) != 1 {
		t.Errorf("settings: %+v", s)
	}
}

func TestReadScriptRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown word":           "fields a b\n",
		"a bad kind":                "field a Text\n",
		"a field without a kind":    "field a\n",
		"a bad time":                "now today\n",
		"a bad zone":                "zone Mars/Olympus\n",
		"a bad record":              "record {\n",
		"a segment without filter":  "segment a\n",
		"a zone of no segment":      "segmentZone a UTC\n",
		"a segment in a bad zone":   "segment a member\nsegmentZone a Mars/Olympus\n",
		"an expectation alone":      "  none\n",
		"no expectation":            "query a\n",
		"no expectation in between": "query a\nquery b\n  none\n",
		"two expectations":          "query a\n  none\n  everyone\n",
		"none and an id":            "query a\n  none b\n",
		"a record after a query":    "query a\n  none\nrecord {\"id\":\"a\"}\n",
	} {
		if s, err := readText(t, text); err == nil || !strings.Contains(err.Error(), "script.txt") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
