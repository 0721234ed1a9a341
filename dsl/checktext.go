package dsl

import (
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// string checks a predicate on a String field.
func (c *checker) string(p *Pred, field schema.Field) expr.Expr {
	switch p.Op {
	case Greater, GreaterEqual, Less, LessEqual:
		if v := p.Values[0]; c.orderedText(field, v) {
			return versionRange(field, p.Op, v.Text)
		}
		return expr.NoOne()
	case Between:
		return c.versionBetween(p, field)
	}
	g := c.needles(p.Values, field, p.Op)
	var any []expr.Expr
	match := matchOf(p.Op)
	if len(g.plain) > 0 {
		text := expr.Text{Field: field.Key, Kind: schema.String, Match: match, Needles: g.plain}
		if field.Format == schema.FormatPhone {
			text.Form, text.Region = expr.Phone, c.fields.Region
		}
		any = append(any, text)
	}
	if len(g.exact) > 0 {
		any = append(any, expr.Text{Field: field.Key, Kind: schema.String, Match: match, Form: expr.Exact, Needles: g.exact})
	}
	for _, v := range g.versions {
		any = append(any, expr.Version{Field: field.Key, Min: v, Max: v})
	}
	return oneOf(any)
}

func matchOf(op Op) expr.Match {
	switch op {
	case Contains:
		return expr.Contains
	case Prefix:
		return expr.Prefix
	case Suffix:
		return expr.Suffix
	}
	return expr.Equal
}

// grouped are the needles of one predicate by their form, without repetition.
type grouped struct{ plain, exact, versions []string }

// needles checks the values of a text predicate.
func (c *checker) needles(values []Value, field schema.Field, op Op) grouped {
	var g grouped
	var seen [3]map[string]bool
	add := func(to *[]string, form int, needle string) {
		if seen[form] == nil {
			seen[form] = make(map[string]bool, len(values))
		}
		if !seen[form][needle] {
			seen[form][needle] = true
			*to = append(*to, needle)
		}
	}
	phone := field.Format == schema.FormatPhone
	for _, v := range values {
		if c.faults.full {
			break
		}
		switch {
		case v.Kind != StringValue && v.Kind != ExactValue && v.Kind != VersionValue:
			c.wrongText(field, v)
		case v.Kind == VersionValue:
			if c.versionFits(field, v, op) {
				add(&g.versions, 2, v.Text)
			}
		case schema.IsBlank(v.Text):
			c.blank(v)
		case v.Kind == ExactValue:
			add(&g.exact, 1, v.Text)
		case phone:
			add(&g.plain, 0, v.Text)
		default:
			if folded, ok := c.fold(v); ok {
				add(&g.plain, 0, folded)
			}
		}
	}
	return g
}

// wrongText: a number, date or truth value where a text belongs.
func (c *checker) wrongText(field schema.Field, v Value) {
	c.faults.add(fault{code: "type_value", at: v.At, expected: []string{"string"},
		message: say("%[1]s は%[2]sの項目です。値は引用符で囲みます。", "%[1]s is %[3]s: put the value in quotes", field.Key, kindName(field.Kind).JA, kindName(field.Kind).EN),
		fixes:   []change{replace(v.At, expr.Quote(c.text[v.At.Start:v.At.End]))}})
}

// orderedText reports an order comparison with anything but a version.
func (c *checker) orderedText(field schema.Field, v Value) bool {
	if v.Kind == VersionValue {
		return c.versionFits(field, v, Greater)
	}
	if v.Kind != StringValue && v.Kind != ExactValue && v.Kind != NumberValue {
		c.wrongText(field, v)
		return false
	}
	wrong := fault{code: "unordered_string", at: v.At, expected: []string{`version("…")`},
		message: say(`文字列の大小は比べられません。バージョン番号なら version("2.10.0") と書きます。`, `strings have no order; for version numbers write version("2.10.0")`)}
	if _, ok := schema.ParseVersion(v.Text); ok {
		wrong.fixes = []change{replace(v.At, "version("+expr.Quote(v.Text)+")")}
	}
	c.faults.add(wrong)
	return false
}

// versionFits reports a version that is none, or that stands where versions
// do not go.
func (c *checker) versionFits(field schema.Field, v Value, op Op) bool {
	switch {
	case field.Kind != schema.String || op == Contains || op == Prefix || op == Suffix:
		c.faults.add(fault{code: "type_value", at: v.At, expected: []string{"string"},
			message: say("version() は文字列の項目の = != < <= > >= IN BETWEEN で使います。", "version() goes with = != < <= > >= IN and BETWEEN of a String field"),
			fixes:   []change{replace(v.At, expr.Quote(v.Text))}})
		return false
	case !isVersion(v.Text):
		c.faults.add(fault{code: "bad_version", at: v.At, expected: []string{`version("2.10.0")`, `version("2.10.0-beta.1")`},
			message: say("「%s」はバージョン番号として読めません。2.10.0 のような数字とドットの並びにしてください。", "%s is no version; write numbers with dots, as in 2.10.0", clip(v.Text))})
		return false
	}
	return true
}

func isVersion(text string) bool {
	_, ok := schema.ParseVersion(text)
	return ok
}

func versionRange(field schema.Field, op Op, version string) expr.Expr {
	switch op {
	case Greater:
		return expr.Version{Field: field.Key, Min: version, MinOpen: true}
	case GreaterEqual:
		return expr.Version{Field: field.Key, Min: version}
	case Less:
		return expr.Version{Field: field.Key, Max: version, MaxOpen: true}
	}
	return expr.Version{Field: field.Key, Max: version}
}

func (c *checker) versionBetween(p *Pred, field schema.Field) expr.Expr {
	low, high := p.Values[0], p.Values[1]
	lowFits, highFits := c.orderedText(field, low), c.orderedText(field, high)
	if !lowFits || !highFits {
		return expr.NoOne()
	}
	a, _ := schema.ParseVersion(low.Text)
	b, _ := schema.ParseVersion(high.Text)
	if a.Compare(b) > 0 {
		return c.reversed(p)
	}
	return expr.Version{Field: field.Key, Min: low.Text, Max: high.Text}
}

// reversed is BETWEEN with its bounds the wrong way round.
func (c *checker) reversed(p *Pred) expr.Expr {
	low, high := p.Values[0].At, p.Values[1].At
	c.faults.add(fault{code: "between_reversed", warning: true, at: low.join(high),
		message: say("BETWEEN の下限が上限より大きいので、誰も当てはまりません。", "the lower bound of BETWEEN is above the upper one, so no one matches"),
		fixes: []change{replaceAll(say("2 つの値を入れ替える", "swap the two values"),
			replacement{low, c.text[high.Start:high.End]}, replacement{high, c.text[low.Start:low.End]})}})
	return expr.NoOne()
}
