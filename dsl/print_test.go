package dsl

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// withoutPlaces compares trees by what they say, not by where it stood.
var withoutPlaces = cmp.Comparer(func(a, b Extent) bool { return true })

// seed is printed by tests that use it; MEIBO_SEED repeats a run.
func seed(t *testing.T) uint64 {
	n := uint64(time.Now().UnixNano())
	if s := os.Getenv("MEIBO_SEED"); s != "" {
		n, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("MEIBO_SEED=%d", n)
	return n
}

func cases(least int) int {
	if n, err := strconv.Atoi(os.Getenv("MEIBO_CASES")); err == nil {
		return n
	}
	return least
}

// A treeMaker makes random trees as the parser could have built them.
type treeMaker struct{ *rand.Rand }

func pick[T any](m treeMaker, of ...T) T { return of[m.IntN(len(of))] }

func (m treeMaker) tree(depth int) Node {
	if depth == 0 {
		return m.leaf()
	}
	switch m.IntN(5) {
	case 0:
		return joinAnd(m.trees(depth))
	case 1:
		return joinOr(m.trees(depth))
	case 2:
		return &Not{Part: m.tree(depth - 1)}
	}
	return m.leaf()
}

func (m treeMaker) trees(depth int) []Node {
	list := make([]Node, 2+m.IntN(3))
	for i := range list {
		list[i] = m.tree(depth - 1)
	}
	return list
}

func (m treeMaker) leaf() Node {
	path := m.path()
	switch m.IntN(8) {
	case 0:
		return &Search{Text: m.text()}
	case 1:
		return &Flag{Path: path}
	case 2:
		return &Call{Path: Path{Names: []string{"segment"}}, Arg: Value{Kind: StringValue, Text: m.text()}}
	}
	p := &Pred{Path: path, Op: Op(m.IntN(int(HasAll) + 1)), Quantifier: Quantifier(m.IntN(3))}
	p.Negated = m.IntN(2) == 0 && (p.Op < Greater || p.Op > LessEqual)
	switch p.Op {
	case Set:
	case In, HasAny, HasAll:
		p.List, p.Values = true, m.values(m.IntN(30))
	case Between:
		p.Values = m.values(2)
	case Has:
		p.Values = m.values(1)
	default:
		if p.List = m.IntN(5) == 0; p.List {
			p.Values = m.values(m.IntN(4))
		} else {
			p.Values = m.values(1)
		}
	}
	return p
}

func (m treeMaker) path() Path {
	names := []string{pick(m, "name", "tags", "profile", "in", "and", "AND", "会員", "キー", "has space", "not", "now", "true", "a1_b", "1st", "version", "exact", "－")}
	for m.IntN(3) == 0 {
		names = append(names, pick(m, "in", "email", "x", "between", "10", "メール", "a-b"))
	}
	return Path{Names: names}
}

func (m treeMaker) text() string {
	return pick(m, "", "x", "田中 太郎", `"`, `'`, `\`, "a\nb", "\t\r", "“引用”", "#", "AND", "ＶＩＰ", "\u0000", "\u2028", "👪", "long text that makes lines break somewhere", "」")
}

func (m treeMaker) values(n int) []Value {
	var list []Value
	for range n {
		list = append(list, m.value())
	}
	return list
}

func (m treeMaker) value() Value {
	switch m.IntN(7) {
	case 0:
		return Value{Kind: NumberValue, Text: pick(m, "0", "-5", "1.50", "1e10", "2.5e-3", "9007199254740993")}
	case 1:
		return Value{Kind: BoolValue, Text: pick(m, "TRUE", "FALSE")}
	case 2:
		return Value{Kind: ExactValue, Text: m.text()}
	case 3:
		return Value{Kind: VersionValue, Text: m.text()}
	case 4:
		v := Value{Kind: DateValue, Text: pick(m, "2026-11-23", "2026-11-23T10:00", "2026-11-23T10:00:30.5+09:00", "2026-11-23T10:00Z", "now", "today", "yesterday", "tomorrow", "startOf", "endOf")}
		if v.Text == "startOf" || v.Text == "endOf" {
			v.Unit = pick(m, Day, Week, Month, Year)
		}
		for m.IntN(3) == 0 {
			v.Shifts = append(v.Shifts, Shift{m.IntN(200) - 100, pick(m, Second, Minute, Hour, Day, Week, Month, Year)})
		}
		return v
	}
	return Value{Kind: StringValue, Text: m.text()}
}

// TestPrintParse: what is printed is read again as the same tree.
func TestPrintParse(t *testing.T) {
	m := treeMaker{rand.New(rand.NewPCG(seed(t), 1))}
	for range cases(2000) {
		tree := m.tree(m.IntN(6))
		text := Print(&Query{Root: tree})
		again, list := Parse(text)
		if again == nil {
			t.Fatalf("%s\n%v", text, list)
		}
		if diff := cmp.Diff(tree, again.Root, withoutPlaces); diff != "" {
			t.Fatalf("%s\n%s", text, diff)
		}
		if twice := Print(again); twice != text {
			t.Fatalf("first:\n%s\nthen:\n%s", text, twice)
		}
	}
}

// TestFormatKeepsComments: random comments between the words of random trees
// survive, and formatting again changes nothing.
func TestFormatKeepsComments(t *testing.T) {
	m := treeMaker{rand.New(rand.NewPCG(seed(t), 2))}
	for range cases(1000) {
		text, comments := m.commented(flat(m.tree(3)))
		once, list := Format(text)
		if HasErrors(list) {
			t.Fatalf("%s\n%v", text, list)
		}
		query, _ := Parse(once)
		if got := fmt.Sprint(commentWords(query)); len(commentWords(query)) != comments {
			t.Fatalf("%d comments in\n%s\nnow %s in\n%s", comments, text, got, once)
		}
		if twice, _ := Format(once); twice != once {
			t.Fatalf("of:\n%s\nfirst:\n%s\nthen:\n%s", text, once, twice)
		}
	}
}

// commented puts numbered comments behind some tokens.
func (m treeMaker) commented(text string) (string, int) {
	var found faults
	tokens, _, _ := scan(text, &found)
	out, from, n := "", 0, 0
	for _, tok := range tokens {
		out += text[from:tok.at.End]
		from = tok.at.End
		if m.IntN(8) == 0 {
			n++
			out += pick(m, " ", "\n", "\n\n  ") + fmt.Sprintf("#comment%d\n", n)
		}
	}
	return out + text[from:], n
}

func commentWords(q *Query) []string {
	var words []string
	for _, c := range q.Comments {
		for i := 0; i+8 <= len(c.Text); i++ {
			if c.Text[i:i+7] == "comment" {
				words = append(words, c.Text[i:])
			}
		}
	}
	return words
}

func TestFormat(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{``, ``},
		{`member=true and(web.sessionsCount>5 or profile.email~'@x.jp')`, `member = TRUE AND (web.sessionsCount > 5 OR profile.email ~ "@x.jp")`},
		{`((a) and ((b)))`, `a AND b`},
		{`(a and b) or c`, `a AND b OR c`},
		{`not (a or b)`, `NOT (a OR b)`},
		{`not (a) and b`, `NOT a AND b`},
		{`x is not set`, `x IS UNSET`},
		{`x in (1,2,)`, `x IN (1, 2)`},
		{`x > NOW - 30D + STARTOF`, ``},
		{`x > NOW - 30D`, `x > now-30d`},
		{`x = endof( MO )`, `x = endOf(mo)`},
		{`x = endOf(mo) + 1d`, `x = endOf(mo)+1d`},
		{"profile.in = 1 # why\n", "profile.in = 1  # why"},
		{"# top\na=1\n# middle\nand b=2 # end", "# top\na = 1\n# middle\nAND b = 2  # end"},
		{`profile.lastCheckoutCompletedAt > now-30d and (web.sessionsCount > 5 or mobile.sessionsCount > 5)`,
			"profile.lastCheckoutCompletedAt > now-30d\nAND (web.sessionsCount > 5 OR mobile.sessionsCount > 5)"},
	} {
		if got, _ := Format(test.text); got != test.want {
			t.Errorf("Format(%s)\n got %q\nwant %q", test.text, got, test.want)
		}
	}
}
