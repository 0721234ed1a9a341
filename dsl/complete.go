package dsl

import (
	"cmp"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// MaxCandidates bounds what one completion offers.
const MaxCandidates = 50

// The kinds of a Candidate.
const (
	FieldCandidate    = "field"
	OperatorCandidate = "operator"
	ValueCandidate    = "value"
	DateCandidate     = "date"
	SegmentCandidate  = "segment"
	KeywordCandidate  = "keyword"  // AND, OR, NOT, brackets, commas
	FunctionCandidate = "function" // exact("…") and the like, to be filled in
	UnitCandidate     = "unit"     // of time, and durations
)

// A Completion is what can be put where the cursor stands. Range holds the
// cursor; its Line and Column are 0.
type Completion struct {
	Range      Span        `json:"range"`
	Candidates []Candidate `json:"candidates" nullable:"false" doc:"The most useful first, at most 50."`
}

// A Candidate is a text that may replace the range.
type Candidate struct {
	Kind   string       `json:"kind" enum:"field,operator,value,date,segment,keyword,function,unit"`
	Label  string       `json:"label" doc:"What a person picks."`
	Insert string       `json:"insert" doc:"What replaces the range, with spaces where the neighbours need them."`
	Cursor *int         `json:"cursor,omitempty" doc:"Where in insert typing goes on; at its end when left out."` // what stands before it is ASCII: bytes and UTF-16 units are the same
	Detail schema.Words `json:"detail" doc:"What it is or means."`
	Count  *int         `json:"count,omitempty" doc:"Customers that have the value."`
}

// A ValueCount is a value of a field as it is written in a record, and how
// many customers have it: Text for String and for the elements of a List, Num,
// or Bool.
type ValueCount struct {
	Value schema.Value
	Count int
}

// Values lists at most limit values of a field, the most useful first: of a
// String or List those that begin with a prefix, both folded; prefix is "" for
// any other kind. It is not asked for dates, nor for fields that are hidden.
type Values func(field schema.Field, prefix string, limit int) []ValueCount

// Complete says what may stand at the cursor, a byte offset, of any text, be
// it half-written, wrong or not even UTF-8; the cursor is brought into the text
// and to the beginning of its character. It reads the tokens before the cursor,
// not a tree, and so goes on behind mistakes.
//
//   - The range is the path, word, operator (of several words, too), string or
//     unit of a duration that the cursor is in or at the end of, or at the
//     beginning of where it stands right; else it is empty. A string that is
//     closed is replaced whole, one that is not up to the end of its word.
//   - Where a condition may stand there are fields, NOT, a bracket, segments
//     and a string for quick search; behind a field the operators of its kind,
//     and AND, OR and a bracket behind a Boolean one; then values of that kind,
//     those that a list holds already left out; and so on.
//   - Fields are found by their key, its last part and their labels, folded,
//     from the beginning or within; behind a dot, among the fields of that
//     group if it exists. Hidden ones are not offered, archived ones come last.
//     They are ordered by how they were found (the key itself, its beginning,
//     the beginning of its last part, of a label, within), then as displayed.
//   - Operators are found by their text, each of their words, and what they
//     are called: 含む and LIKE find ~.
//   - Values are found by how they begin, folded, and written as in the record.
//   - A candidate never breaks what was right: where the text behind the range
//     could follow what stood there, it can follow the candidate. The end of
//     the text and of brackets hold nobody to that: more will be typed. Types
//     are not looked at.
//   - In a comment, behind a broken limit, and in a text beyond MaxText nothing
//     is offered.
//
// values may be nil; it is called at most once. Cost: as scanning the text,
// and a few microseconds a candidate.
func Complete(text string, cursor int, env Env, values Values) Completion {
	env = newCompiler(env).env
	text = valid(text)
	cursor = snap(text, cursor)
	at, found := Extent{cursor, cursor}, []Candidate{}
	if s, ok := spotAt(text, cursor, env.Fields); ok {
		p := &prompt{spot: s, env: env, values: values}
		if s.part == inString {
			p.content()
		} else {
			p.offer(s.trail.place)
		}
		at, found = s.at, p.best()
	}
	span := newLocator(text).span(at)
	span.Line, span.Column = 0, 0
	return Completion{span, found}
}

// A prompt gathers the candidates of one spot.
type prompt struct {
	*spot
	env    Env
	values Values
	list   []ranked
}

// ranked is a candidate before it is chosen.
type ranked struct {
	Candidate
	rank  int    // the lower the better
	probe string // what fits, in place of Insert; "" for Insert itself
}

// The ranks of candidates: how they were found.
const (
	notFound     = -1
	rankExact    = 0
	rankPrefix   = 1
	rankLastPart = 2
	rankLabel    = 3
	rankWithin   = 4
	rankAfter    = 5 // offered behind everything that was found
	rankLast     = 6
	rankArchived = 10 // added
)

func (p *prompt) add(rank int, c Candidate) {
	p.list = append(p.list, ranked{Candidate: c, rank: rank})
}

// offer gathers what may stand at a place.
func (p *prompt) offer(at place) {
	switch at {
	case atCondition:
		p.conditions()
	case afterPath, afterQuantifier, afterIs, afterIsNot, afterNot:
		p.operators(at)
	case afterHas:
		p.quantifiers()
		p.valuesHere()
	case atList:
		p.brackets()
	case atValue, atElement:
		p.valuesHere()
	case afterElement:
		p.keyword(",")
		p.keyword(")")
	case afterLow:
		p.keyword("AND")
	case afterCondition:
		p.connectives()
	case atText:
		p.texts()
	case atUnit:
		p.units()
	case atDuration:
		p.durations()
	case afterArgument:
		p.keyword(")")
	case afterDate: // a shift, or what follows the date
		w := p.trail
		w.done(true)
		p.offer(w.place)
	}
}

// best are the first candidates that fit, none twice.
func (p *prompt) best() []Candidate {
	slices.SortStableFunc(p.list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	list := make([]Candidate, 0, min(len(p.list), MaxCandidates))
	seen := map[string]bool{}
	for _, c := range p.list {
		if len(list) == MaxCandidates {
			break
		}
		if c.probe == "" {
			c.probe = c.Insert
		}
		if !seen[c.Insert] && p.fits(c.probe) {
			seen[c.Insert] = true
			list = append(list, c.Candidate)
		}
	}
	return list
}

// next is the kind of the first token behind the range.
func (p *prompt) next() tokenKind { return p.tokens[p.to].kind }

// spaced puts spaces where text would run into its neighbours. What replaces a
// word stands apart from them already, as long as it does not become one word
// with the next.
func (p *prompt) spaced(text string) string {
	before, after := foldRune(lastRune(p.text[:p.at.Start])), rune(0)
	if r, n := runeAt(p.text, p.at.End); n > 0 {
		after = foldRune(r)
	}
	first, _ := runeAt(text, 0)
	last := lastRune(text)
	if p.at.Start > 0 && first != ',' && first != ')' && p.apart(before, first, " \n\t\r(") {
		text = " " + text
	}
	if after != 0 && p.apart(after, last, " \n\t\r),") {
		text += " "
	}
	return text
}

func (p *prompt) apart(neighbour, end rune, fine string) bool {
	if p.part == inGap {
		return !strings.ContainsRune(fine, neighbour)
	}
	return wordRune(neighbour) && wordRune(end)
}

func wordRune(r rune) bool { return namePart('0', r) || nameStart(r) }

// put fills in a candidate's text, with spaces; typing goes on back bytes
// before its end.
func (p *prompt) put(c Candidate, text string, back int) Candidate {
	c.Insert = p.spaced(text)
	if back > 0 {
		at := strings.LastIndex(c.Insert, text) + len(text) - back
		c.Cursor = &at
	}
	return c
}

// rankOf says how a folded name is found by what is typed.
func (p *prompt) rankOf(name string) int {
	switch {
	case p.typed == "":
		return rankPrefix
	case name == p.typed:
		return rankExact
	case strings.HasPrefix(name, p.typed):
		return rankPrefix
	}
	return notFound
}
