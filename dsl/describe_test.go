package dsl

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"meibo/dsl/schema"
)

// A describeCase is a filter with its two sentences.
type describeCase struct {
	filter string
	want   schema.Words
}

// A describeScript is a file of testdata/describe; its README says how to read one.
type describeScript struct {
	t     *testing.T
	path  string
	env   Env
	names []SegmentName
	saved map[string]Segment
	cases []describeCase
}

func describeScripts(t *testing.T) []*describeScript {
	t.Helper()
	paths, err := filepath.Glob("../testdata/describe/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var list []*describeScript
	for _, path := range paths {
		s := &describeScript{t: t, path: path, env: testEnv(t), saved: map[string]Segment{}}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(strings.NewReader(string(content))); lines.Scan(); {
			s.line(lines.Text())
		}
		s.env.SegmentNames = func() []SegmentName { return s.names }
		s.env.Segments = func(key string) (Segment, bool) { one, ok := s.saved[key]; return one, ok }
		list = append(list, s)
	}
	return list
}

func (s *describeScript) line(line string) {
	s.t.Helper()
	word, rest, _ := strings.Cut(strings.TrimPrefix(line, "  "), " ")
	var err error
	switch last := len(s.cases) - 1; {
	case line == "" || strings.HasPrefix(line, "#"):
	case word == "now":
		s.env.Now, err = time.Parse(time.RFC3339, rest)
	case word == "zone":
		s.env.Zone, err = time.LoadLocation(rest)
	case word == "field":
		key, more, _ := strings.Cut(rest, " ")
		kindName, labels, _ := strings.Cut(more, " ")
		f := schema.Field{Key: key, Labels: twoWords(labels)}
		if f.Kind, err = schema.ParseKind(kindName); err == nil {
			s.env.Fields, err = s.env.Fields.With(f)
		}
	case word == "segment":
		names, filter, _ := strings.Cut(rest, " = ")
		key, labels, _ := strings.Cut(names, " ")
		s.names = append(s.names, SegmentName{Key: key, Name: twoWords(labels)})
		s.saved[key] = Segment{Filter: filter}
	case word == "query":
		s.cases = append(s.cases, describeCase{filter: rest})
	case word == "|":
		s.cases[last].filter += "\n" + rest
	case word == "ja":
		s.cases[last].want.JA = rest
	case word == "en":
		s.cases[last].want.EN = rest
	default:
		s.t.Fatalf("%s: %q is no line of a script", s.path, line)
	}
	if err != nil {
		s.t.Fatalf("%s: %s: %v", s.path, line, err)
	}
}

func twoWords(text string) schema.Words {
	ja, en, _ := strings.Cut(text, "|")
	return schema.Words{JA: strings.TrimSpace(ja), EN: strings.TrimSpace(en)}
}

func TestDescribe(t *testing.T) {
	count := 0
	for _, s := range describeScripts(t) {
		for _, c := range s.cases {
			count++
			compiled, list := Compile(c.filter, s.env)
			if HasErrors(list) {
				t.Errorf("%s: %s\n%s", s.path, c.filter, codes(list))
				continue
			}
			got := Describe(compiled.Query.Root, s.env)
			if got.JA != c.want.JA {
				t.Errorf("%s: %s\n got %s\nwant %s", s.path, c.filter, got.JA, c.want.JA)
			}
			if got.EN != c.want.EN {
				t.Errorf("%s: %s\n got %s\nwant %s", s.path, c.filter, got.EN, c.want.EN)
			}
		}
	}
	if count < 80 {
		t.Errorf("only %d filters", count)
	}
}

// The bounds that a Describer promises, in characters.
const (
	maxSentence = 2000
	maxPhrase   = 1000
)

func checkWords(t *testing.T, filter string, words schema.Words, most int) {
	t.Helper()
	for _, text := range []string{words.JA, words.EN} {
		n := utf8.RuneCountInString(text)
		switch {
		case n == 0 || n > most:
			t.Errorf("%s: %d characters: %s", clip(filter), n, text)
		case !utf8.ValidString(text) || strings.ContainsAny(text, "\n\t\r\x00"):
			t.Errorf("%s: %q", clip(filter), text)
		case strings.Count(text, "［") != strings.Count(text, "］"):
			t.Errorf("%s: a bracket is not closed: %s", clip(filter), text)
		}
	}
}

// TestDescribeCorpus describes everything that can be read, also what does not
// compile: every part of it by itself too.
func TestDescribeCorpus(t *testing.T) {
	d := NewDescriber(testEnv(t))
	for _, text := range corpus(t) {
		var found faults
		query := parse(text, &found)
		checkWords(t, text, d.Sentence(query.Root), maxSentence)
		parts, _ := Parts(text, testEnv(t))
		for _, p := range parts {
			checkWords(t, text, d.Phrase(p.Node), maxPhrase)
		}
	}
}

// TestDescribeIsBounded describes filters at the limits of the language.
func TestDescribeIsBounded(t *testing.T) {
	d := NewDescriber(testEnv(t))
	long := strings.Repeat(`\"`, 500)
	dates := `lastSeenAt IN (` + strings.Repeat(`endOf(mo)-999999999mo+999999999d, `, 9) + `now)`
	for name, text := range map[string]string{
		"many conditions":  strings.Repeat(`profile.email !~ "`+long+`" AND `, 999) + "member",
		"many values":      `country IN (` + strings.Repeat(`exact("`+long+`"), `, 500) + `"x")`,
		"deep":             strings.Repeat(`(member AND (profile.email ~ "`+long+`" OR `, 31) + "member" + strings.Repeat("))", 31),
		"deep on the left": strings.Repeat("(", 62) + "member" + strings.Repeat(` OR city = "a") AND country = "b")`, 31),
		"many nots":        strings.Repeat("NOT ", 63) + "member",
		"long dates":       strings.Repeat(dates+" OR ", 400) + dates,
		"deep negations":   strings.Repeat("NOT (member AND ", 31) + dates + strings.Repeat(")", 31),
		"many shifts":      "lastSeenAt > now" + strings.Repeat("+1d", 150),
	} {
		var found faults
		query := parse(text, &found)
		if query.Root == nil {
			t.Errorf("%s: %v", name, found.list)
			continue
		}
		start := time.Now()
		checkWords(t, name, d.Sentence(query.Root), maxSentence)
		checkWords(t, name, d.Phrase(query.Root), maxPhrase)
		if took := time.Since(start); took > 500*time.Millisecond {
			t.Errorf("%s: %v", name, took)
		}
	}
}

func TestDescribeShortensCleanly(t *testing.T) {
	d := NewDescriber(testEnv(t))
	all := func(word string) schema.Words {
		query, _ := Parse(strings.TrimSuffix(strings.Repeat(`city ~ "a" `+word+" ", 200), " "+word+" "))
		return d.Sentence(query.Root)
	}
	if and := all("AND"); !strings.Contains(and.JA, "、かつ、ほか ") || !strings.HasSuffix(and.JA, " 個の条件すべてに当てはまる顧客") || !strings.HasSuffix(and.EN, " more conditions hold") {
		t.Errorf("%s\n%s", and.JA, and.EN)
	}
	if or := all("OR"); !strings.HasSuffix(or.JA, " 個の条件のいずれかに当てはまる顧客") || !strings.HasSuffix(or.EN, " more conditions holds") {
		t.Errorf("%s\n%s", or.JA, or.EN)
	}
}

// TestDescribeSaysEverything: every operator, quantifier, kind of value, unit
// and node of the language has words of its own, negated ones others.
func TestDescribeSaysEverything(t *testing.T) {
	env := testEnv(t)
	d := NewDescriber(env)
	for _, n := range sampleNodes() {
		checkWords(t, flat(n), d.Phrase(n), maxPhrase)
		if plain, not := d.Phrase(n), d.Phrase(&Not{Part: n}); plain.JA == not.JA || plain.EN == not.EN {
			t.Errorf("%s and its negation are both %q", flat(n), plain.EN)
		}
	}
	keys := []string{"member", "city", "sessionsCount", "lastSeenAt", "tags", "profile.nowhere"}
	for op := Equal; op <= HasAll; op++ {
		for _, key := range keys {
			for quantifier := NoQuantifier; quantifier <= All; quantifier++ {
				for kind := BadValue; kind <= DateValue; kind++ {
					for n := range 3 {
						p := &Pred{Path: Path{Names: strings.Split(key, ".")}, Op: op, Quantifier: quantifier}
						for range n {
							p.Values = append(p.Values, Value{Kind: kind, Text: "2"})
						}
						plain, not := d.Phrase(p), d.Phrase(&Not{Part: p})
						checkWords(t, flat(p), plain, maxPhrase)
						if plain.JA == not.JA || plain.EN == not.EN {
							t.Errorf("%s and its negation are both %q", flat(p), plain.EN)
						}
					}
				}
			}
		}
	}
	seen := map[string]Unit{}
	for _, u := range []Unit{Second, Minute, Hour, Day, Week, Month, Year} {
		if other, twice := seen[unitName(u, 2).EN]; twice || unitName(u, 2).EN == string(u) {
			t.Errorf("the unit %s has no name of its own: %s", u, other)
		}
		seen[unitName(u, 2).EN] = u
	}
	opened := map[string]bool{}
	for e := endNoun; e <= endBelongsNot; e++ {
		plain, and := e.forms()
		if and == "" || opened[plain+"|"+and] {
			t.Errorf("ending %d: %q %q", e, plain, and)
		}
		opened[plain+"|"+and] = true
	}
}

// TestDescribeAnyTree: random trees, as broken as the types allow.
func TestDescribeAnyTree(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	d := NewDescriber(testEnv(t))
	texts := []string{"", "x", "2026-11-23", "now", "startOf", "「", "\u202e\n", strings.Repeat("長", 300), "5", "-1e9", "TRUE"}
	pick := func() string { return texts[random.IntN(len(texts))] }
	var tree func(depth int) Node
	tree = func(depth int) Node {
		switch kind := random.IntN(9); {
		case kind < 2 && depth > 0:
			return &And{Parts: []Node{tree(depth - 1), tree(depth - 1)}}
		case kind < 4 && depth > 0:
			return &Or{Parts: []Node{tree(depth - 1), tree(depth - 1), tree(depth - 1)}}
		case kind < 5 && depth > 0:
			return &Not{Part: tree(depth - 1)}
		case kind == 5:
			return &Search{Text: pick()}
		case kind == 6:
			return &Call{Arg: Value{Text: pick()}}
		}
		p := &Pred{Path: Path{Names: strings.Split([]string{"tags", "city", "lastSeenAt", "sessionsCount", "", pick()}[random.IntN(6)], ".")},
			Op: Op(random.IntN(int(HasAll) + 1)), Quantifier: Quantifier(random.IntN(3)), Negated: random.IntN(2) == 0}
		for range random.IntN(8) {
			p.Values = append(p.Values, Value{Kind: ValueKind(random.IntN(int(DateValue) + 1)), Text: pick(), Unit: Unit(pick()),
				Shifts: []Shift{{random.IntN(2000) - 1000, Month}}[:random.IntN(2)]})
		}
		return p
	}
	for range 3000 {
		checkWords(t, "a random tree", d.Sentence(tree(5)), maxSentence)
	}
}

// FuzzDescribe: whatever can be read can be said, within bounds.
func FuzzDescribe(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		var found faults
		query := parse(text, &found)
		d := NewDescriber(testEnv(t))
		checkWords(t, text, d.Sentence(query.Root), maxSentence)
		if query.Root != nil {
			checkWords(t, text, d.Phrase(query.Root), maxPhrase)
			if snippet := Snippet(query.Root, 40); utf8.RuneCountInString(snippet) > 41 {
				t.Errorf("%q", snippet)
			}
		}
	})
}
