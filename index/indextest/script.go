package indextest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// A script is one file of testdata/language; its README says what it looks
// like.
type script struct {
	now      time.Time
	zone     *time.Location
	region   string
	fields   []schema.Field
	segments map[string]dsl.Segment
	records  []string // JSON
	cases    []scriptCase
}

// A scriptCase is a filter and what is expected of it.
type scriptCase struct {
	line    int
	filter  string
	ids     []string // expected, unless code is set
	ordered bool
	all     bool     // everyone
	code    string   // of the error
	at      string   // the text that the error points at; "" is not compared
	warn    []string // codes of the warnings
}

func readScript(path string) (*script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := scriptReader{script: &script{
		now: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC), zone: time.FixedZone("JST", 9*60*60), region: schema.DefaultRegion, segments: map[string]dsl.Segment{},
	}}
	for i, line := range strings.Split(string(text), "\n") {
		if err := r.line(i+1, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	if err := r.finish(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r.script, nil
}

// A scriptReader reads a script line by line.
type scriptReader struct {
	*script
	open     *scriptCase // the case whose expectation has not come yet
	expected bool
}

func (r *scriptReader) line(n int, line string) error {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	if strings.HasPrefix(line, "  ") {
		return r.indented(trimmed)
	}
	word, rest, _ := strings.Cut(trimmed, " ")
	rest = strings.TrimSpace(rest)
	if word == "query" {
		if err := r.finish(); err != nil {
			return err
		}
		r.open = &scriptCase{line: n, filter: rest}
		return nil
	}
	if len(r.cases) > 0 || r.open != nil {
		return fmt.Errorf("%q stands before the first query", word)
	}
	return r.setting(word, rest)
}

func (r *scriptReader) setting(word, rest string) (err error) {
	switch word {
	case "now":
		r.now, err = time.Parse(time.RFC3339Nano, rest)
	case "zone":
		r.zone, err = time.LoadLocation(rest)
	case "region":
		r.region = rest
	case "field":
		return r.field(strings.Fields(rest))
	case "segment":
		key, filter, ok := strings.Cut(rest, " ")
		if !ok {
			return errors.New("segment KEY FILTER")
		}
		r.segments[key] = dsl.Segment{Filter: filter}
	case "segmentZone":
		key, zone, _ := strings.Cut(rest, " ")
		saved, ok := r.segments[key]
		if !ok {
			return errors.New("segmentZone KEY ZONE comes behind the segment")
		}
		saved.Zone, err = time.LoadLocation(zone)
		r.segments[key] = saved
	case "record":
		if !json.Valid([]byte(rest)) {
			return errors.New("the record is not valid JSON")
		}
		r.records = append(r.records, rest)
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return err
}

func (r *scriptReader) field(words []string) error {
	if len(words) < 2 || len(words) > 3 {
		return errors.New("field KEY KIND [FORMAT]")
	}
	kind, err := schema.ParseKind(words[1])
	if err != nil {
		return err
	}
	f := schema.Field{Key: words[0], Kind: kind}
	if len(words) == 3 {
		f.Format = schema.Format(words[2])
	}
	r.fields = append(r.fields, f)
	return nil
}

// indented is a continued filter or an expectation.
func (r *scriptReader) indented(line string) error {
	if r.open == nil {
		return errors.New("an indented line belongs to a query")
	}
	if more, ok := strings.CutPrefix(line, "| "); ok && !r.expected {
		r.open.filter += "\n" + more
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if word == "warning" {
		r.open.warn = append(r.open.warn, rest)
		return nil
	}
	if r.expected {
		return errors.New("a second expectation")
	}
	r.expected = true
	switch word {
	case "error":
		r.open.code, r.open.at, _ = strings.Cut(rest, " at ")
		return nil
	case "none", "everyone":
		r.open.all = word == "everyone"
		if rest != "" {
			return fmt.Errorf("%q stands alone", word)
		}
		return nil
	case "ordered":
		r.open.ordered = true
		line = rest
	}
	r.open.ids = strings.Fields(line)
	return nil
}

// finish closes the case before.
func (r *scriptReader) finish() error {
	if r.open == nil {
		return nil
	}
	if !r.expected {
		return fmt.Errorf("the query of line %d expects nothing: say ids, none, everyone or error", r.open.line)
	}
	r.cases = append(r.cases, *r.open)
	r.open, r.expected = nil, false
	return nil
}
