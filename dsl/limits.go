package dsl

import "meibo/dsl/schema"

// The limits of one filter. They are enforced while tokens are made, before
// anything recursive sees them.
const (
	MaxText         = 1 << 20 // bytes
	MaxDepth        = 64      // brackets and NOTs inside one another
	MaxPredicates   = 1_000
	MaxListValues   = 10_000
	MaxValues       = 50_000  // of all lists together
	MaxLiteral      = 1 << 10 // bytes of a string, number or name
	MaxCondition    = 500     // tokens of one condition, or of one value in a list
	MaxComments     = 10_000
	MaxGroups       = 2_000 // brackets and NOTs before conditions, altogether
	MaxSegmentDepth = 8
	MaxNodes        = 5_000     // of the expression, segments expanded
	MaxSlowText     = 256 << 10 // bytes of strings that schema.FoldsPlainly refuses, segments expanded
)

// A limiter follows the tokens of one text. It holds what a bounded number of
// open brackets needs and nothing more.
type limiter struct {
	depth, nots int
	brackets    []bracket
	between     bool // the next AND belongs to a BETWEEN
	groups      int
	condition   bool // a condition may begin here
	predicates  int  // connectives so far
	comma       bool // the last token was a comma
	values      int  // behind commas, so far
	tokens      int  // since the last connective, or comma of a list
}

type bracket struct{ levels, values int }

func newLimiter() limiter { return limiter{condition: true} }

// see counts a token and returns the limit that it breaks, or nil.
func (l *limiter) see(t token) *fault {
	comma := l.comma
	l.comma = t.kind == tokComma
	if comma && t.kind != tokClose && len(l.brackets) > 0 {
		if broken := l.value(t.at); broken != nil {
			return broken
		}
	}
	if broken := l.token(t); broken != nil {
		return broken
	}
	if broken := l.group(t); broken != nil {
		return broken
	}
	if len(t.text) > MaxLiteral {
		return limit("literal_too_long", t.at, say("1 つの値は %d バイトまでです（%d バイトあります）。", "one value has at most %d bytes, not %d", MaxLiteral, len(t.text)))
	}
	return nil
}

// value counts one behind a comma: the first of a list has none before it.
func (l *limiter) value(at Extent) *fault {
	top := &l.brackets[len(l.brackets)-1]
	top.values++
	if l.values++; l.values > MaxValues {
		return limit("too_many_values", at, say("リストの値は全部で %d 個までです。", "the lists of a filter have at most %d values together", MaxValues))
	}
	if top.values >= MaxListValues {
		return limit("too_many_values", at, say("リストの値は %d 個までです。条件を分けるか、q に 1 行ずつ書いてください。", "a list has at most %d values; split it, or use quick search with one value a line", MaxListValues))
	}
	return nil
}

// token counts the tokens of a condition and, by the connectives between them,
// the conditions.
func (l *limiter) token(t token) *fault {
	ofBetween := l.between && t.kind == tokAnd
	l.between = t.kind == tokBetween || l.between && t.kind != tokAnd && t.kind != tokOr
	switch {
	case t.kind == tokComma && len(l.brackets) > 0:
		l.tokens = 0
	case (t.kind == tokAnd || t.kind == tokOr) && !ofBetween:
		l.tokens = 0
		if l.predicates++; l.predicates >= MaxPredicates {
			return limit("too_many_predicates", t.at, say("条件は %d 個までです。値の並びなら IN (…) にまとめてください。", "a filter has at most %d conditions; gather values of one field in IN (…)", MaxPredicates))
		}
	case t.kind != tokEnd:
		if l.tokens++; l.tokens > MaxCondition {
			return limit("condition_too_long", t.at, say("1 つの条件が長すぎます。AND や OR が抜けていませんか？", "one condition is too long; is an AND or OR missing?"))
		}
	}
	return nil
}

// group counts brackets and NOTs: how deep they are, and how many there are
// where a condition may begin.
func (l *limiter) group(t token) *fault {
	nots, starts := l.nots, l.condition
	l.nots = 0
	opens := t.kind == tokNot || t.kind == tokOpen
	l.condition = starts && opens || l.tokens == 0 && (t.kind == tokAnd || t.kind == tokOr)
	if starts && opens {
		if l.groups++; l.groups > MaxGroups {
			return limit("too_many_brackets", t.at, say("括弧と NOT は全部で %d 個までです。", "a filter has at most %d brackets and NOTs before conditions", MaxGroups))
		}
	}
	switch t.kind {
	case tokNot:
		l.nots = nots + 1
	case tokOpen:
		l.brackets = append(l.brackets, bracket{levels: nots + 1})
		l.depth += nots + 1
	case tokClose:
		if n := len(l.brackets); n > 0 {
			l.depth -= l.brackets[n-1].levels
			l.brackets = l.brackets[:n-1]
		}
	}
	if l.depth+l.nots > MaxDepth {
		return limit("too_deep", t.at, say("括弧と NOT の入れ子は %d 段までです。", "brackets and NOTs nest at most %d deep", MaxDepth))
	}
	return nil
}

func limit(code string, at Extent, message schema.Words) *fault {
	return &fault{code: code, at: at, message: message}
}
