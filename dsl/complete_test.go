package dsl

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// endings complete a filter from each place, for the grammar to judge.
var endings = map[place]string{
	atCondition: ` "x"`, inPath: `x`, afterPath: ``, afterQuantifier: ` = "x"`, afterIs: ` SET`, afterIsNot: ` SET`, afterNot: ` IN ()`, afterHas: ` "x"`,
	atList: ` ()`, atValue: ` 5`, atElement: ` 5`, afterElement: ``, afterLow: ` AND 5`, afterCondition: ``, atNumber: `5`, atCall: `(`,
	atText: `"x"`, atUnit: `mo`, afterArgument: ``, afterDate: ``, atDuration: `5d`,
}

// ended is a text with what its end lacks; false where it cannot become a
// filter, whatever follows. Without brackets, those that are open stay open.
func ended(text string, env Env, brackets bool) (string, bool) {
	tokens, _, ok := tokensOf(text)
	if !ok {
		return "", false
	}
	w := &trail{fields: env.Fields, lenient: true}
	for _, t := range tokens[:len(tokens)-1] {
		if !w.step(t) {
			return "", false
		}
	}
	text += endings[w.place]
	if w.place == atCall {
		text += map[string]string{"startof": `mo`, "endof": `mo`, "exact": `"x"`, "version": `"1"`}[w.call]
	}
	if w.place >= atCall && w.place <= afterArgument {
		text += `)`
	}
	inValue := w.place == atValue || w.place >= atNumber
	if w.slot == asLow && inValue {
		text += ` AND 5`
	}
	if !brackets {
		return text, true
	}
	if w.slot == asElement && (inValue || w.place == atElement || w.place == afterElement) {
		text += `)`
	}
	return text + strings.Repeat(")", w.depth), true
}

func parses(text string) bool {
	var found faults
	parse(text, &found)
	return !found.errors()
}

// TestCandidatesGoOn: a beginning of a filter which can still become one can
// become one too when any candidate at its end has been accepted.
func TestCandidatesGoOn(t *testing.T) {
	env := completionEnv(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	checked := 0
	for _, whole := range corpus(t) {
		for _, text := range beginnings(whole) {
			if random.IntN(4) > 0 || deep(text) {
				continue
			}
			if end, ok := ended(text, env.Env, true); !ok || !parses(end) {
				continue
			}
			completion := Complete(text, len(text), env.Env, env.values)
			for _, c := range completion.Candidates {
				after := applied(text, completion, c)
				end, ok := ended(withFilled(after, c), env.Env, true)
				if !ok || !parses(end) {
					t.Fatalf("seed %d: %q can become a filter, but with %q not: %q, %q", seed, text, c.Insert, after, end)
				}
				checked++
			}
		}
	}
	if checked < 10_000 {
		t.Errorf("seed %d: only %d candidates were checked", seed, checked)
	}
}

// deep: at the limit of depth a candidate with a bracket, or NOT, is one too
// many.
func deep(text string) bool {
	return strings.Count(text, "(")+strings.Count(strings.ToUpper(text), "NOT") >= MaxDepth
}

// withFilled puts a condition into the brackets of a candidate that has them
// empty: () is no condition, but ("x") is.
func withFilled(text string, c Candidate) string {
	if trimmed := strings.TrimRight(text, " "); c.Label == "( )" && strings.HasSuffix(trimmed, "()") {
		return strings.TrimSuffix(trimmed, "()") + `("x") `
	}
	return text
}

func applied(text string, completion Completion, c Candidate) string {
	return text[:completion.Range.Start] + c.Insert + text[completion.Range.End:]
}

// TestCandidatesBreakNothing: in a filter that parses, with the cursor
// anywhere before its last token, it still parses whichever candidate is
// accepted.
func TestCandidatesBreakNothing(t *testing.T) {
	env := completionEnv(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	checked := 0
	for _, text := range corpus(t) {
		if len(text) > 400 || !parses(text) || text == "" {
			continue
		}
		for cursor := range text {
			if random.IntN(3) > 0 || deep(text) {
				continue
			}
			completion := Complete(text, cursor, env.Env, env.values)
			tokens, _, _ := tokensOf(text[completion.Range.End:])
			if len(tokens) < 2 || bareString(text, env.Env) {
				continue
			}
			for _, c := range completion.Candidates {
				if after := applied(text, completion, c); !parses(after) && !parsesFilled(text, completion, c, env.Env) {
					t.Fatalf("seed %d: %q parses, but with %q in place of %q not: %q", seed, text, c.Insert, text[completion.Range.Start:completion.Range.End], after)
				}
				checked++
			}
		}
	}
	if checked < 10_000 {
		t.Errorf("seed %d: only %d candidates were checked", seed, checked)
	}
}

// parsesFilled: a condition goes into the brackets of a candidate, and before
// a closing bracket what the candidate asks for.
func parsesFilled(text string, completion Completion, c Candidate, env Env) bool {
	head := withFilled(text[:completion.Range.Start]+c.Insert, c)
	rest := text[completion.Range.End:]
	if tokens, _, _ := tokensOf(rest); tokens[0].kind == tokClose {
		head, _ = ended(head, env, false)
	}
	return parses(head + rest)
}

// bareString reports whether a bare path is no Boolean field: such a filter
// parses but says nothing, and the cursor behind it asks for an operator.
func bareString(text string, env Env) bool {
	_, list := Compile(text, env)
	for _, d := range list {
		if d.Code == "missing_operator" || d.Code == "unknown_field" {
			return true
		}
	}
	return false
}

// checkCompletion holds what every completion promises.
func checkCompletion(t *testing.T, text string, cursor int, completion Completion) {
	t.Helper()
	r := completion.Range
	at := snap(valid(text), cursor)
	if r.Start < 0 || r.Start > at || r.End < at || r.End > len(text) {
		t.Fatalf("range %+v of %d bytes is not around %d", r, len(text), at)
	}
	if utf8.ValidString(text) && (!boundary(text, r.Start) || !boundary(text, r.End)) {
		t.Fatalf("range %+v cuts a character", r)
	}
	if len(completion.Candidates) > MaxCandidates || completion.Candidates == nil {
		t.Fatalf("%d candidates", len(completion.Candidates))
	}
	seen := map[string]bool{}
	for _, c := range completion.Candidates {
		if seen[c.Insert] || c.Label == "" || c.Insert == "" || !utf8.ValidString(c.Insert) {
			t.Fatalf("candidate %+v", c)
		}
		if c.Cursor != nil && (*c.Cursor < 0 || *c.Cursor > len(c.Insert)) {
			t.Fatalf("candidate %+v", c)
		}
		seen[c.Insert] = true
	}
}

func boundary(text string, at int) bool { return at == len(text) || utf8.RuneStart(text[at]) }

// TestCompleteAnywhere: a cursor anywhere in any text of the corpus has a sound
// answer, and candidates say what they are in both languages.
func TestCompleteAnywhere(t *testing.T) {
	env := completionEnv(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	for _, text := range corpus(t) {
		if len(text) > 400 {
			text = text[:400]
		}
		for cursor := -1; cursor <= len(text)+1; cursor += 1 + random.IntN(4) {
			completion := Complete(text, cursor, env.Env, env.values)
			checkCompletion(t, text, cursor, completion)
			for _, c := range completion.Candidates {
				if c.Kind != ValueCandidate && (c.Detail.JA == "" || c.Detail.EN == "") || strings.Contains(fmt.Sprint(c.Detail), "%!") {
					t.Fatalf("%q at %d: %+v has no detail", text, cursor, c)
				}
			}
			Hover(text, cursor, env.Env, env.hover(t))
		}
	}
}

// hostileCompletions are the hostile texts, and some that are so to completion
// alone, most of them right.
func hostileCompletions() map[string]string {
	list := hostile()
	list["long paths"] = strings.Repeat("a"+strings.Repeat(".b", 248)+" AND ", 999) + "mem"
	list["long names"] = strings.Repeat(strings.Repeat("x", 1000)+".", 1000)
	list["half-width list"] = "country IN (" + strings.Repeat(`"ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ", `, 9_990)
	list["a long list"] = "member AND (country IN (" + strings.Repeat(`"x", `, 9_990) + `"y") `
	list["right and open"] = "(" + strings.Repeat("member = TRUE AND ", 990) + "member "
	list["one line of strings"] = strings.Repeat(`name = "a" OR `, 990) + `name = "`
	return list
}

func TestCompleteHostileTexts(t *testing.T) {
	env := completionEnv(t)
	for name, text := range hostileCompletions() {
		t.Run(name, func(t *testing.T) {
			for _, cursor := range []int{0, 7, len(text) / 2, len(text)} {
				checkCompletion(t, text, cursor, Complete(text, cursor, env.Env, env.values))
				Hover(text, cursor, env.Env, env.hover(t))
			}
		})
	}
}

func TestCompleteBadUTF8(t *testing.T) {
	env := completionEnv(t)
	text := "name = \"\xff\xfe\" AND \xff mem"
	completion := Complete(text, len(text), env.Env, nil)
	if got := text[completion.Range.Start:completion.Range.End]; got != "mem" || completion.Candidates[0].Insert != "memberId" {
		t.Errorf("%q, %+v", got, completion.Candidates)
	}
	if completion = Complete(strings.Repeat("a ", MaxText), 5, env.Env, nil); len(completion.Candidates) != 0 {
		t.Error("a text beyond MaxText is completed")
	}
}

func TestByteOffset(t *testing.T) {
	for _, test := range []struct{ utf16, want int }{{-1, 0}, {0, 0}, {1, 1}, {2, 1}, {3, 5}, {4, 8}, {5, 9}, {6, 9}, {100, 9}} {
		if got := ByteOffset("a😀あb", test.utf16); got != test.want {
			t.Errorf("%d is at byte %d, not %d", test.utf16, got, test.want)
		}
	}
}

func BenchmarkComplete(b *testing.B) {
	env := completionEnv(b)
	for b.Loop() {
		if c := Complete(sample+" AND mem", len(sample)+8, env.Env, nil); len(c.Candidates) == 0 {
			b.Fatal("no candidate")
		}
	}
}

func BenchmarkCompleteEmpty(b *testing.B) {
	env := completionEnv(b)
	for b.Loop() {
		if c := Complete("", 0, env.Env, nil); len(c.Candidates) == 0 {
			b.Fatal("no candidate")
		}
	}
}

func BenchmarkCompleteHostile(b *testing.B) {
	env := completionEnv(b)
	for name, text := range hostileCompletions() {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				Complete(text, len(text), env.Env, nil)
			}
		})
	}
}
