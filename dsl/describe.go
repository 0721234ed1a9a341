package dsl

import (
	"cmp"
	"strconv"
	"unicode/utf8"

	"meibo/dsl/schema"
)

// Describe says in a sentence which customers a filter matches: the tree of
// one that compiles in env, nil for the empty filter. See Describer.
func Describe(root Node, env Env) schema.Words { return NewDescriber(env).Sentence(root) }

// A Describer puts filters into words of Japanese and English: fields by their
// labels, dates resolved, segments by their names, and what a negation means
// for customers without a value. What stands inside something else stands in
// brackets, so that there is one way to read it. It is for one goroutine.
type Describer struct {
	env      Env
	calendar calendar
	labels   map[schema.Words]int // fields by their labels in one language, see label; nil until needed
	names    map[string]schema.Words
	left     int // characters that may still be said
}

// How long a text gets, in characters, before conditions are counted instead
// of told. One condition and what closes the brackets come on top of that:
// a sentence has at most 2,000 characters, a phrase at most 1,000.
const (
	sentenceLength = 1200
	phraseLength   = 200
)

// NewDescriber makes a Describer for filters that compile in env.
func NewDescriber(env Env) *Describer {
	c := newCompiler(env)
	return &Describer{env: c.env, calendar: calendar{now: c.env.Now, zone: c.env.Zone, weekStart: c.env.WeekStart}}
}

// Sentence says which customers a filter matches; of nil, all of them.
func (d *Describer) Sentence(root Node) schema.Words {
	if everyone, constant := constantFilter(root); constant {
		if everyone {
			return schema.Words{JA: "すべての顧客", EN: "All customers"}
		}
		return schema.Words{JA: "該当する顧客なし", EN: "No customers"}
	}
	d.left = sentenceLength
	p := d.node(root, false, true)
	return schema.Words{JA: p.ja.beforeNoun() + "顧客", EN: "Customers for whom " + p.en}
}

// Phrase says a part of a filter as a condition by itself, shorter than
// Sentence would.
func (d *Describer) Phrase(n Node) schema.Words {
	d.left = phraseLength
	p := d.node(n, false, true)
	return schema.Words{JA: p.ja.plain(), EN: p.en}
}

// constantFilter: a filter that says nothing about customers at all.
func constantFilter(n Node) (everyone, constant bool) {
	n, negated := withoutNots(n)
	if n == nil {
		return true, true
	}
	p, ok := n.(*Pred)
	return negated != (ok && p.Negated), ok && isEmptyList(p)
}

// isEmptyList reports a predicate that no value can fulfil.
func isEmptyList(p *Pred) bool { return (p.Op == In || p.Op == HasAny) && len(p.Values) == 0 }

func withoutNots(n Node) (inner Node, negated bool) {
	for {
		not, ok := n.(*Not)
		if !ok {
			return n, negated
		}
		n, negated = not.Part, !negated
	}
}

// A phrase is a condition in both languages.
type phrase struct {
	ja japanese
	en string
}

// node says a part; top means that nothing stands around it.
func (d *Describer) node(n Node, negated, top bool) phrase {
	n, flipped := withoutNots(n)
	negated = negated != flipped
	parts, and := partsOf(n)
	switch {
	case parts == nil:
		p := d.leaf(n, negated)
		d.left -= max(utf8.RuneCountInString(p.en), utf8.RuneCountInString(p.ja.plain())) + len(", and ")
		return p
	case d.left <= 0:
		return conditionCount(len(parts), negated)
	case top && !negated:
		return d.chain(parts, and)
	}
	return d.group(parts, and, negated)
}

// partsOf are the parts of an And (and is true) or Or; nil of anything else.
func partsOf(n Node) (parts []Node, and bool) {
	switch n := n.(type) {
	case *And:
		return n.Parts, true
	case *Or:
		return n.Parts, false
	}
	return nil, false
}

// chain joins the outermost conditions, without brackets.
func (d *Describer) chain(parts []Node, and bool) phrase {
	all := d.each(parts, and)
	joined := all[0]
	for _, p := range all[1:] {
		before := joined.ja.and()
		en := ", and "
		if !and {
			before, en = joined.ja.or(), ", or "
		}
		p.ja.stem = before + p.ja.stem
		joined = phrase{p.ja, joined.en + en + p.en}
	}
	return joined
}

// each says the parts until what may be said is used up, and how many more
// there are.
func (d *Describer) each(parts []Node, and bool) []phrase {
	d.left -= len("any of []; and 1,000 more conditions")
	var all []phrase
	for i, part := range parts {
		if i > 0 && d.left <= 0 {
			return append(all, moreConditions(len(parts)-i, and))
		}
		all = append(all, d.node(part, false, false))
	}
	return all
}

func moreConditions(n int, and bool) phrase {
	count := strconv.Itoa(n)
	if and {
		return phrase{japanese{"ほか " + count + " 個の条件すべてに", endApplies, ""}, count + " more " + plural(n, "condition holds", "conditions hold")}
	}
	return phrase{japanese{"ほか " + count + " 個の条件のいずれかに", endApplies, ""}, "one of " + count + " more " + plural(n, "condition holds", "conditions holds")}
}

func conditionCount(n int, negated bool) phrase {
	count := strconv.Itoa(n)
	if negated {
		return phrase{japanese{count + " 個の条件の組に", endAppliesNot, ""}, "a group of " + count + " conditions does not hold"}
	}
	return phrase{japanese{count + " 個の条件の組に", endApplies, ""}, "a group of " + count + " conditions holds"}
}

// leaf says a condition without parts.
func (d *Describer) leaf(n Node, negated bool) phrase {
	switch n := n.(type) {
	case *Search:
		text := shown(n.Text)
		if negated {
			return phrase{japanese{"簡易検索で" + quoteJA(text) + "が", endFoundNot, ""}, "quick search does not find " + quoteEN(text)}
		}
		return phrase{japanese{"簡易検索で" + quoteJA(text) + "が", endFound, ""}, "quick search finds " + quoteEN(text)}
	case *Flag:
		is := Pred{Path: n.Path, Op: Equal, Values: []Value{{Kind: BoolValue, Text: "TRUE"}}}
		return d.pred(&is, negated)
	case *Call:
		return d.segment(n, negated)
	case *Pred:
		return d.pred(n, negated != n.Negated)
	}
	return phrase{} // the set of nodes is closed: a test holds that
}

func (d *Describer) segment(n *Call, negated bool) phrase {
	name, key := d.segmentName(n.Arg.Text), shown(n.Arg.Text)
	ja, en := "セグメント"+quoteJA(cmp.Or(name.JA, name.EN, key)), "the segment "+quoteEN(cmp.Or(name.EN, name.JA, key))
	if name != (schema.Words{}) {
		ja, en = ja+"（"+key+"）", en+" ("+key+")"
	}
	if negated {
		return phrase{japanese{ja + "に", endAppliesNot, ""}, en + " does not apply"}
	}
	return phrase{japanese{ja + "に", endApplies, ""}, en + " applies"}
}

func (d *Describer) segmentName(key string) schema.Words {
	if d.names == nil {
		d.names = map[string]schema.Words{}
		if d.env.SegmentNames != nil {
			for _, s := range d.env.SegmentNames() {
				d.names[s.Key] = schema.Words{JA: shown(s.Name.JA), EN: shown(s.Name.EN)}
			}
		}
	}
	return d.names[key]
}
