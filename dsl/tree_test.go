package dsl

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/jsondoc"
	"meibo/dsl/schema"
)

func readTree(text string) (*Query, []schema.ValueError) {
	v, fault := jsondoc.Parse([]byte(text))
	if fault != nil {
		return nil, []schema.ValueError{*fault}
	}
	return ReadTree(v, "")
}

func treeJSON(t testing.TB, q *Query) string {
	t.Helper()
	b, err := json.Marshal(q.Tree())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// placeless is a tree without its positions. Trees are compared by
// reflect.DeepEqual: cmp takes a time that doubles with each level.
func placeless(tree *Tree) *Tree {
	if tree == nil {
		return nil
	}
	plain := *tree
	plain.Start, plain.End, plain.Parts = 0, 0, nil
	for _, part := range tree.Parts {
		plain.Parts = append(plain.Parts, placeless(part))
	}
	return &plain
}

// holdTree: text to JSON to text is what Format gives, and JSON to text to
// JSON is the same but for positions. Trees that ReadTree refuses, because no
// field could take them, are told apart by the caller.
func holdTree(t testing.TB, query *Query) {
	t.Helper()
	before := treeJSON(t, query)
	again, faults := readTree(before)
	if again == nil {
		t.Fatalf("%s\n%s\n%+v", query.Text, before, faults)
	}
	if want := Print(query); again.Text != want {
		t.Fatalf("%s\nis printed as\n%s\nand by its tree as\n%s", before, want, again.Text)
	}
	if !reflect.DeepEqual(placeless(query.Tree()), placeless(again.Tree())) {
		t.Fatalf("%s\n%s\n%s", query.Text, before, treeJSON(t, again))
	}
}

// unreadable: a tree of a text that parses and that ReadTree refuses all the
// same, because the checker does so for every field.
func unreadable(n Node) bool {
	for _, leaf := range leavesOf(n, nil) {
		p, ok := leaf.(*Pred)
		if !ok {
			continue
		}
		if p.Quantifier != NoQuantifier && (p.Negated || !quantifiable(p.Op)) {
			return true
		}
		lists := p.Op == In || p.Op == HasAny || p.Op == HasAll || p.Op == Equal && p.Quantifier == NoQuantifier
		if p.List && !lists {
			return true
		}
	}
	return false
}

func TestTreeOfTheCorpus(t *testing.T) {
	held := 0
	for _, text := range corpus(t) {
		query, _ := Parse(text)
		if query == nil || query.Root != nil && unreadable(query.Root) {
			continue
		}
		holdTree(t, query)
		held++
	}
	if held < 300 {
		t.Errorf("only %d filters of the corpus have a tree", held)
	}
}

func TestEveryNodeHasATree(t *testing.T) {
	for _, n := range sampleNodes() {
		query, list := Parse(flat(n))
		if query == nil {
			t.Fatal(codes(list))
		}
		holdTree(t, query)
	}
}

func TestTreeOfRandomTrees(t *testing.T) {
	m := treeMaker{rand.New(rand.NewPCG(seed(t), 3))}
	held := 0
	for range cases(2000) {
		root := m.tree(m.IntN(6))
		query, list := Parse(Print(&Query{Root: root}))
		if query == nil {
			t.Fatal(codes(list))
		}
		if _, faults := readTree(treeJSON(t, query)); unreadable(root) {
			if len(faults) == 0 {
				t.Fatalf("%s\nwas read, though no field takes it", query.Text)
			}
			continue
		}
		holdTree(t, query)
		held++
	}
	if held < cases(2000)/20 {
		t.Errorf("only %d trees were readable", held)
	}
}

func TestTreeKeepsComments(t *testing.T) {
	m := treeMaker{rand.New(rand.NewPCG(seed(t), 4))}
	for range cases(2000) {
		text, _ := m.commented(flat(m.tree(2)))
		if query, _ := Parse(text); !unreadable(query.Root) {
			holdTree(t, query)
		}
	}
	for _, text := range []string{"#", "# a\n#\n# b", "a #", "a # b # c", "#\n a #\n#", "a = 1 # x\n# y\nAND # z\nb"} {
		query, _ := Parse(text)
		holdTree(t, query)
	}
}

// The tree of one filter, written by hand.
func TestTreeIsAsDescribed(t *testing.T) {
	const text = "# first\nmember # why\nAND NOT tags ANY ^= \"v\" AND `profile`.in BETWEEN startOf(mo)-1mo+2h AND now\n# last"
	const want = `{"type":"and","start":8,"end":96,"parts":[
		{"type":"flag","start":8,"end":14,"field":"member","comments":{"before":["first"],"behind":"why"}},
		{"type":"not","start":25,"end":44,"parts":[{"type":"condition","start":29,"end":44,"field":"tags","quantifier":"ANY","operator":"^=","values":[{"kind":"string","text":"v"}]}]},
		{"type":"condition","start":49,"end":96,"field":"profile.in","operator":"BETWEEN","values":[
			{"kind":"date","text":"startOf","unit":"mo","shifts":[{"amount":-1,"unit":"mo"},{"amount":2,"unit":"h"}]},{"kind":"date","text":"now"}]}
		],"comments":{"after":["last"]}}`
	query, list := Parse(text)
	if query == nil {
		t.Fatal(codes(list))
	}
	var got, expected any
	if err := json.Unmarshal([]byte(treeJSON(t, query)), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &expected); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Error(diff)
	}
}

// The example of SPEC.md, both ways.
func TestSpecTree(t *testing.T) {
	_, section, _ := strings.Cut(readSpec(t), "\n### The tree\n")
	block := func(language string) string {
		_, rest, _ := strings.Cut(section, "```"+language+"\n")
		text, _, found := strings.Cut(rest, "\n```")
		if !found {
			t.Fatalf("SPEC.md has no tree in %s", language)
		}
		return text
	}
	query, faults := readTree(block("json"))
	if query == nil || query.Text != block("text") {
		t.Fatalf("%+v %+v", query, faults)
	}
	if _, list := Compile(query.Text, testEnv(t)); len(list) > 0 {
		t.Error(codes(list))
	}
	parsed, _ := Parse(block("text"))
	if diff := cmp.Diff(placeless(query.Tree()), placeless(parsed.Tree())); diff != "" {
		t.Error(diff)
	}
}

const (
	aFlag = `{"type":"flag","field":"a"}`
	bFlag = `{"type":"flag","field":"b"}`
)

func one(members string) string { return `{"type":"condition","field":"a",` + members + `}` }

func val(v string) string { return one(`"operator":"=","values":[` + v + `]`) }

func TestReadTree(t *testing.T) {
	for _, test := range []struct{ json, want string }{
		{`null`, ``},
		{`{"type":"empty"}`, ``},
		{`{"type":"empty","comments":{"after":["a",""]}}`, "# a\n#"},
		{`{"start":"ignored","end":{},` + aFlag[1:], `a`},
		{`{"type":"and","parts":[` + aFlag + `]}`, `a`},
		{`{"type":"or","parts":[{"type":"and","parts":[` + aFlag + `]}]}`, `a`},
		{`{"type":"and","parts":[` + aFlag + `,{"type":"and","parts":[` + bFlag + `,` + aFlag + `]}]}`, `a AND b AND a`},
		{`{"type":"and","parts":[` + aFlag + `,{"type":"or","parts":[` + bFlag + `,` + aFlag + `]}]}`, `a AND (b OR a)`},
		{`{"type":"not","parts":[{"type":"not","parts":[` + aFlag + `]}]}`, `NOT NOT a`},
		{`{"type":"search"}`, `""`},
		{`{"type":"search","text":"a\n\"b\"\u3042"}`, `"a\n\"b\"あ"`},
		{`{"type":"call","field":"segment","values":[{"kind":"string","text":"vip"}]}`, `segment("vip")`},
		{`{"type":"flag","field":"not.in.1st.a b"}`, "`not`.in.`1st`.`a b`"},
		{one(`"operator":"IS SET"`), `a IS SET`},
		{one(`"operator":"IS SET","negated":true,"values":[]`), `a IS UNSET`},
		{one(`"operator":"IN"`), `a IN ()`},
		{one(`"operator":"IN","list":true,"negated":true,"values":[{"kind":"number","text":"-1.50"},{"kind":"boolean","text":"TRUE"}]`), `a NOT IN (-1.50, TRUE)`},
		{one(`"operator":"=","list":true,"values":[{"text":"x","kind":"exact"}]`), `a = (exact("x"))`},
		{one(`"operator":"BETWEEN","values":[{"kind":"number","text":"1"},{"kind":"number","text":"2"}]`), `a BETWEEN 1 AND 2`},
		{one(`"operator":"HAS ALL","negated":true,"values":[{"kind":"version","text":"2"}]`), `a NOT HAS ALL (version("2"))`},
		{one(`"quantifier":"ALL","operator":"IN","values":[{"kind":"string","text":"x"}]`), `a ALL IN ("x")`},
		{val(`{"kind":"date","text":"2026-11-23T10:00Z","shifts":[{"amount":-0,"unit":"d"},{"amount":5,"unit":"min"}]}`), `a = 2026-11-23T10:00Z+0d+5min`},
		{`{"type":"flag","field":"a","comments":{"before":[" x ",""],"behind":"y # z","after":["end"]}}`, "# x\n#\na  # y # z\n# end"},
		{`{"type":"flag","field":"a","comments":{"before":[],"behind":""}}`, "a  #"},
	} {
		query, faults := readTree(test.json)
		if query == nil {
			t.Errorf("%s\n%+v", test.json, faults)
			continue
		}
		if query.Text != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.json, query.Text, test.want)
		}
	}
}

func TestReadTreeRefuses(t *testing.T) {
	_, listed, _ := strings.Cut(readSpec(t), "\nCodes: `bad_json`")
	listed, _, _ = strings.Cut("`bad_json`"+listed, "\n\n")
	for _, test := range []struct{ json, want string }{ // the codes, each with its pointer
		{`[]`, "wrong_kind @"},
		{`{"type":"flag","field":"a"`, "bad_json @"},
		{`{}`, "missing_member @"},
		{`{"type":1}`, "wrong_kind @/type"},
		{`{"type":"xor"}`, "unknown_word @/type"},
		{`{"type":"empty","parts":[]}`, "unknown_member @/parts"},
		{`{"type":"not","parts":[{"type":"empty"}]}`, "unknown_word @/parts/0/type"},
		{`{"type":"and"}`, "missing_member @"},
		{`{"type":"and","parts":{}}`, "wrong_kind @/parts"},
		{`{"type":"and","parts":[]}`, "wrong_count @/parts"},
		{`{"type":"not","parts":[` + aFlag + `,` + bFlag + `]}`, "wrong_count @/parts"},
		{`{"type":"and","parts":[null,` + aFlag + `,{"type":"flag"}]}`, "wrong_kind @/parts/0 missing_member @/parts/2"},
		{`{"type":"and","parts":[` + aFlag + `],"negated":true}`, "unknown_member @/negated"},
		{`{"type":"and","parts":[{"type":"or","parts":[` + aFlag + `],"comments":{}}]}`, "unknown_member @/parts/0/comments"},
		{`{"type":"and","parts":[` + aFlag + `],"comments":{"behind":"x"}}`, "unknown_member @/comments/behind"},
		{`{"type":"and","parts":[{"type":"flag","field":"a","comments":{"after":[]}}]}`, "unknown_member @/parts/0/comments/after"},
		{`{"type":"flag","field":"a","comments":{"before":["a\nb"],"behind":1}}`, "unknown_word @/comments/before/0 wrong_kind @/comments/behind"},
		{`{"type":"search","text":null}`, "wrong_kind @/text"},
		{`{"type":"search","field":"a"}`, "unknown_member @/field"},
		{`{"type":"flag","field":""}`, "expected_field @/field"},
		{`{"type":"flag","field":"a..b"}`, "expected_field @/field"},
		{"{\"type\":\"flag\",\"field\":\"a`b\"}", "expected_field @/field"},
		{`{"type":"flag","field":"a｀b"}`, "expected_field @/field"},
		{`{"type":"flag","field":"a\nb"}`, "expected_field @/field"},
		{`{"type":"flag","field":"a","a/b~c":1}`, "unknown_member @/a~1b~0c"},
		{`{"type":"call","field":"segment"}`, "wrong_count @/values"},
		{`{"type":"call","field":"segment","values":[{"kind":"exact","text":"x"}]}`, "wrong_count @/values"},
		{`{"type":"condition","operator":"="}`, "missing_member @ wrong_count @/values"},
		{one(`"operator":"!="`), "unknown_word @/operator"},
		{one(`"operator":">","negated":true,"values":[{"kind":"number","text":"1"}]`), "unknown_member @/negated"},
		{one(`"operator":"=","negated":"yes","values":[{"kind":"number","text":"1"}]`), "wrong_kind @/negated"},
		{one(`"operator":"IS SET","values":[{"kind":"number","text":"1"}]`), "wrong_count @/values"},
		{one(`"operator":"~"`), "wrong_count @/values"},
		{one(`"operator":"BETWEEN","values":[{"kind":"number","text":"1"}]`), "wrong_count @/values"},
		{one(`"operator":"BETWEEN","list":true,"values":[{"kind":"number","text":"1"},{"kind":"number","text":"1"}]`), "list_value @/list"},
		{one(`"operator":"IN","list":false`), "unknown_word @/list"},
		{one(`"operator":"=","list":true,"quantifier":"ANY"`), "list_value @/list"},
		{one(`"operator":"=","quantifier":"ALL","negated":true,"values":[{"kind":"string","text":"x"}]`), "quantifier_operator @/quantifier"},
		{one(`"operator":"IS SET","quantifier":"ANY"`), "quantifier_operator @/quantifier"},
		{one(`"operator":"=","quantifier":"SOME","values":[{"kind":"string","text":"x"}]`), "unknown_word @/quantifier"},
		{val(`"x"`), "wrong_kind @/values/0"},
		{val(`{"kind":"string"}`), "missing_member @/values/0"},
		{val(`{"kind":"string","text":5}`), "wrong_kind @/values/0/text"},
		{val(`{"kind":"bad","text":""}`), "unknown_word @/values/0/kind"},
		{val(`{"kind":"string","text":"x","unit":"d"}`), "unknown_member @/values/0/unit"},
		{val(`{"kind":"boolean","text":"true"}`), "unknown_word @/values/0/text"},
		{val(`{"kind":"number","text":""}`), "bad_number @/values/0/text"},
		{val(`{"kind":"number","text":"+1"}`), "bad_number @/values/0/text"},
		{val(`{"kind":"number","text":"1 # x"}`), "bad_number @/values/0/text"},
		{val(`{"kind":"number","text":"１"}`), "bad_number @/values/0/text"},
		{val(`{"kind":"number","text":"NaN"}`), "bad_number @/values/0/text"},
		{val(`{"kind":"number","text":"` + strings.Repeat("1", MaxLiteral+1) + `"}`), "literal_too_long @/values/0"},
		{val(`{"kind":"date","text":"2026-02-30"}`), "bad_date @/values/0"},
		{val(`{"kind":"date","text":"2026-11-23 10:00"}`), "bad_date @/values/0/text"},
		{val(`{"kind":"date","text":"now-1d"}`), "bad_date @/values/0/text"},
		{val(`{"kind":"date","text":"NOW"}`), "bad_date @/values/0/text"},
		{val(`{"kind":"date","text":"5"}`), "bad_date @/values/0/text"},
		{val(`{"kind":"date","text":"startOf"}`), "missing_member @/values/0"},
		{val(`{"kind":"date","text":"startOf","unit":"h"}`), "unknown_word @/values/0/unit"},
		{val(`{"kind":"date","text":"now","unit":"d"}`), "unknown_member @/values/0/unit"},
		{val(`{"kind":"date","text":"now","shifts":[{"amount":1.5,"unit":"d"}]}`), "bad_duration @/values/0/shifts/0/amount"},
		{val(`{"kind":"date","text":"now","shifts":[{"amount":1,"unit":"d"},{"amount":-1000000000,"unit":"d"}]}`), "bad_duration @/values/0/shifts/1/amount"},
		{val(`{"kind":"date","text":"now","shifts":[{"amount":1,"unit":"m"}]}`), "unknown_word @/values/0/shifts/0/unit"},
		{val(`{"kind":"date","text":"now","shifts":[{"amount":"1","unit":"d","x":0}]}`), "unknown_member @/values/0/shifts/0/x wrong_kind @/values/0/shifts/0/amount"},
	} {
		query, faults := readTree(test.json)
		got := make([]string, len(faults))
		for i, f := range faults {
			got[i] = f.Code + " @" + f.Field
			if !strings.Contains(listed, "`"+f.Code+"`") && f.Code != "literal_too_long" { // of the limits
				t.Errorf("SPEC.md does not list %s", f.Code)
			}
			if f.Message.JA == "" || f.Message.EN == "" || strings.Contains(f.Message.JA+f.Message.EN, "%!") {
				t.Errorf("%s: message %+v", test.json, f.Message)
			}
		}
		if query != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%.200s\n got %s\nwant %s", test.json, strings.Join(got, " "), test.want)
		}
	}
}

// Each limit of the language holds for a tree: at the bound it is read, one
// above it is refused, with the pointer of where.
func TestReadTreeHoldsTheLimits(t *testing.T) {
	not := func(n int) string {
		return strings.Repeat(`{"type":"not","parts":[`, n) + aFlag + strings.Repeat(`]}`, n)
	}
	alternating := func(n int) string { // a AND (a OR a AND (…))
		tree := aFlag
		for range n {
			tree = `{"type":"and","parts":[` + aFlag + `,{"type":"or","parts":[` + aFlag + `,` + tree + `]}]}`
		}
		return tree
	}
	list := func(n int, value string) string {
		return one(`"operator":"IN","values":[` + strings.TrimSuffix(strings.Repeat(value+",", n), ",") + `]`)
	}
	number := `{"kind":"number","text":"1"}`
	and := func(n int) string {
		return `{"type":"and","parts":[` + strings.TrimSuffix(strings.Repeat(aFlag+",", n), ",") + `]}`
	}
	date := func(shifts int) string {
		return val(`{"kind":"date","text":"now","shifts":[` + strings.TrimSuffix(strings.Repeat(`{"amount":1,"unit":"d"},`, shifts), ",") + `]}`)
	}
	for _, test := range []struct{ name, fits, beyond, want string }{
		{"NOTs", not(MaxDepth), not(MaxDepth + 1), "too_deep @" + strings.Repeat("/parts/0", MaxDepth+1)},
		{"brackets", alternating(MaxDepth), alternating(MaxDepth + 1), "too_deep @" + strings.Repeat("/parts/1/parts/1", MaxDepth) + "/parts/1/parts/0"},
		{"nesting that says nothing", strings.Repeat(`{"type":"and","parts":[`, maxTreeDepth) + aFlag + strings.Repeat(`]}`, maxTreeDepth),
			strings.Repeat(`{"type":"and","parts":[`, maxTreeDepth+1) + aFlag + strings.Repeat(`]}`, maxTreeDepth+1), "too_deep @" + strings.Repeat("/parts/0", maxTreeDepth+1)},
		{"a document without end", aFlag, strings.Repeat(`{"type":"not","parts":[`, 30_000), "too_deep @" + strings.Repeat("/parts/0", jsondoc.MaxDepth/2)},
		{"values", list(MaxListValues, number), list(MaxListValues+1, number), "too_many_values @"},
		{"predicates", and(MaxPredicates), and(MaxPredicates + 1), fmt.Sprintf("too_many_predicates @/parts/%d", MaxPredicates)},
		{"literals", val(`{"kind":"string","text":"` + strings.Repeat("x", MaxLiteral) + `"}`),
			`{"type":"and","parts":[` + aFlag + `,` + val(`{"kind":"string","text":"`+strings.Repeat("x", MaxLiteral+1)+`"}`) + `]}`, "literal_too_long @/parts/1"},
		{"shifts", date(240), date(250), "condition_too_long @/values/0"},
		{"bytes", `{"type":"empty","comments":{"after":["` + strings.Repeat("x", MaxText-2) + `"]}}`,
			`{"type":"empty","comments":{"after":["` + strings.Repeat("x", MaxText-1) + `"]}}`, "too_long @"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			if query, faults := readTree(test.fits); query == nil {
				t.Errorf("refused at the bound: %+v", faults)
			}
			query, faults := readTree(test.beyond)
			if query != nil || len(faults) != 1 || faults[0].Code+" @"+faults[0].Field != test.want {
				t.Errorf("%v %.1000v, want %s", query, faults, test.want)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// A name in backticks is divided at its dots, so that the tree's one text for
// a field and the path of the text agree.
func TestDotsInBackticks(t *testing.T) {
	query, list := Parse("`profile.in` = \"x\" AND `a b.c`.d IS SET")
	if query == nil {
		t.Fatal(codes(list))
	}
	if want := "profile.in = \"x\" AND `a b`.c.d IS SET"; Print(query) != want {
		t.Errorf("%s, want %s", Print(query), want)
	}
	path := query.Root.(*And).Parts[0].(*Pred).Path
	if len(path.Names) != 2 || query.Text[path.At.Start:path.At.End] != "`profile.in`" {
		t.Errorf("%+v", path)
	}
	for _, text := range []string{"`a.` = 1", "`.a` = 1", "`a..b` = 1", "`.` = 1", "``.a = 1"} {
		if query, list := Parse(text); query != nil || len(list) != 1 || list[0].Code != "expected_field" {
			t.Errorf("%s: %s", text, codes(list))
		}
	}
	long := "`" + strings.Repeat("a.", 400) + "a` = 1"
	if query, list := Parse(long); query != nil || list[0].Code != "condition_too_long" {
		t.Errorf("a name of 401 parts: %s", codes(list))
	}
}

// FuzzTree: JSON that is read prints, parses and comes back equal.
func FuzzTree(f *testing.F) {
	for _, text := range corpus(f) {
		if query, _ := Parse(text); query != nil {
			f.Add(treeJSON(f, query))
		}
	}
	for _, inputs := range keptInputs(f) {
		f.Add(inputs[0])
	}
	f.Fuzz(func(t *testing.T, text string) {
		query, faults := readTree(text)
		if (query == nil) == (len(faults) == 0) {
			t.Fatalf("%v with %v", query, faults)
		}
		for _, fault := range faults {
			if fault.Code == "" || fault.Message.JA == "" || fault.Message.EN == "" {
				t.Fatalf("%+v", fault)
			}
		}
		if query != nil {
			holdTree(t, query)
		}
	})
}
