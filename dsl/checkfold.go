package dsl

import (
	"strings"

	"meibo/dsl/schema"
)

// fold is the folded text of a value; false when it is too long, or one too
// many of those that take long.
func (c *checker) fold(v Value) (string, bool) {
	if !schema.FoldsPlainly(v.Text) && !c.spendSlow(len(v.Text), v.At) {
		return "", false
	}
	folded := schema.Fold(v.Text)
	return folded, c.foldedFits(folded, v.At)
}

// terms are the words of a quick search.
func (c *checker) terms(n *Search) []string {
	if !schema.FoldsPlainly(n.Text) && !c.spendSlow(len(n.Text), n.At) {
		return nil
	}
	terms := QuickTerms(n.Text)
	if len(terms) == 0 {
		c.faults.add(fault{code: "blank_text", at: n.At, expected: []string{"string"}, message: say("検索する文字がありません。", "there is nothing to search for")})
	}
	c.foldedFits(strings.Join(terms, " "), n.At)
	return terms
}

// foldedFits reports a text that folding makes longer than a literal may be:
// what it means could not be written down.
func (c *checker) foldedFits(folded string, at Extent) bool {
	if len(folded) > MaxLiteral {
		c.faults.add(*limit("literal_too_long", at, say("1 つの値は、表記を揃えた形でも %d バイトまでです（%d バイトになります）。", "one value has at most %d bytes in its folded form too, not %d", MaxLiteral, len(folded))))
		return false
	}
	return true
}

// spendSlow counts bytes of text that folds slowly; false when there are too
// many, which is reported.
func (c *checker) spendSlow(bytes int, at Extent) bool {
	if c.slow += bytes; c.slow > MaxSlowText && !c.over {
		c.over = true
		c.faults.add(fault{code: "too_complex", at: at, message: say("結合文字などを含む文字列は、合わせて %d バイトまでです。", "texts with combining marks and the like have at most %d bytes together", MaxSlowText)})
	}
	return !c.over
}
