package dsl

import (
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// MaxQuickLines bounds a quick search that is a list.
const MaxQuickLines = 10_000

// Quick is a quick search, ready to run.
type Quick struct {
	Expr  expr.Expr
	Lines []string // the distinct lines when it was a list, in order, else nil
}

// QuickSearch reads what a person types or pastes into the search field: one
// line is terms, several are a list in which a line stands for the customer
// with that e-mail address, phone number, member id or id. Blank lines do not
// count; a blank text is everyone.
func QuickSearch(q string, env Env) (Quick, []Diagnostic) {
	var found faults
	if i := invalidUTF8(q); i >= 0 {
		found.add(fault{code: "bad_utf8", at: Extent{i, i + 1}, message: say("UTF-8 ではない文字があります。", "the text is not valid UTF-8 here")})
		return Quick{}, found.diagnostics(strings.ToValidUTF8(q, "?"))
	}
	if len(q) > MaxText {
		found.add(*limit("too_long", Extent{MaxText, len(q)}, say("検索の文字列は %d バイトまでです（%d バイトあります）。", "a search has at most %d bytes, not %d", MaxText, len(q))))
		return Quick{}, found.diagnostics(q)
	}
	c := newCompiler(env)
	lines := quickLines(q, &found)
	if found.errors() {
		return Quick{}, found.diagnostics(q)
	}
	if len(lines) > 1 {
		lines = distinct(lines)
		return Quick{Expr: expr.Simplify(quickList(lines, c.env.Fields)), Lines: textsOf(lines)}, nil
	}
	terms := QuickTerms(q)
	if len(terms) == 0 {
		return Quick{Expr: expr.Everyone()}, nil
	}
	return Quick{Expr: expr.Simplify(quickSearch(terms, c.env.Fields))}, nil
}

// quickSearch looks for terms in the fields that there are: whoever may not see
// one does not find by it.
func quickSearch(terms []string, fields *schema.Fields) expr.Expr {
	q := expr.Quick{Terms: terms, Region: fields.Region}
	all := schema.QuickFields()
	there := slices.DeleteFunc(slices.Clone(all), func(key string) bool { _, ok := fields.Lookup(key); return !ok })
	if len(there) < len(all) {
		q.Fields = there
	}
	return q
}

// A quickLine is a line of a list as it was written and as it is compared.
type quickLine struct{ text, folded string }

// quickLines are the lines that are not blank.
func quickLines(q string, found *faults) []quickLine {
	var lines []quickLine
	offset, slow := 0, 0
	for line := range strings.Lines(q) {
		at := Extent{offset, offset + len(line)}
		offset = at.End
		line = strings.TrimSpace(line)
		if len(line) > MaxLiteral {
			found.add(*limit("literal_too_long", at, say("1 行は %d バイトまでです（%d バイトあります）。", "one line has at most %d bytes, not %d", MaxLiteral, len(line))))
			continue
		}
		if !schema.FoldsPlainly(line) {
			slow += len(line)
		}
		if slow > MaxSlowText {
			found.add(*limit("too_complex", at, say("結合文字などを含む行は、合わせて %d バイトまでです。", "lines with combining marks and the like have at most %d bytes together", MaxSlowText)))
			return lines
		}
		folded := schema.Fold(line)
		if folded == "" {
			continue
		}
		lines = push(lines, quickLine{line, folded})
		if len(lines) > MaxQuickLines {
			found.add(*limit("too_many_lines", at, say("一度に探せるのは %d 行までです。", "a list has at most %d lines", MaxQuickLines)))
			return lines
		}
	}
	return lines
}

// distinct keeps the first of lines that are the same when folded.
func distinct(lines []quickLine) []quickLine {
	seen := make(map[string]bool, len(lines))
	return slices.DeleteFunc(lines, func(line quickLine) bool {
		repeated := seen[line.folded]
		seen[line.folded] = true
		return repeated
	})
}

func textsOf(lines []quickLine) []string {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.text
	}
	return texts
}

// quickList is true for a customer whom any line names.
func quickList(lines []quickLine, fields *schema.Fields) expr.Expr {
	texts, folded := textsOf(lines), make([]string, len(lines))
	for i, line := range lines {
		folded[i] = line.folded
	}
	var any []expr.Expr
	for _, key := range []string{schema.EmailField, schema.MobileNumberField, schema.MemberIDField, schema.IDField} {
		field, ok := fields.Lookup(key)
		if !ok || field.Kind != schema.String {
			continue
		}
		text := expr.Text{Field: key, Kind: schema.String, Needles: folded}
		if field.Format == schema.FormatPhone {
			text.Form, text.Region, text.Needles = expr.Phone, fields.Region, texts
		}
		any = append(any, text)
	}
	return oneOf(any)
}

// QuickTerms are the distinct folded words of a text, each of which a quick
// search looks for.
func QuickTerms(text string) []string {
	var terms []string
	seen := map[string]bool{}
	for _, term := range strings.Fields(schema.FoldQuick(text)) {
		if !seen[term] {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	return terms
}
