package dsl

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

func (c *checker) number(p *Pred, field schema.Field) expr.Expr {
	values := make([]float64, 0, len(p.Values))
	for _, v := range p.Values {
		if n, ok := c.numberValue(field, v); ok && !c.faults.full {
			values = append(values, n)
		}
	}
	if len(values) < len(p.Values) {
		return expr.NoOne()
	}
	switch p.Op {
	case Equal, In:
		return among(field, values)
	case Between:
		if values[0] > values[1] {
			return c.reversed(p)
		}
		return expr.Range{Field: field.Key, Kind: schema.Number, Min: values[0], Max: values[1]}
	}
	return orderedRange(field, p.Op, values[0], values[0])
}

func among(field schema.Field, values []float64) expr.Expr {
	if len(values) == 0 {
		return expr.NoOne()
	}
	slices.Sort(values)
	return expr.Among{Field: field.Key, Kind: field.Kind, Values: slices.Compact(values)}
}

// orderedRange is everything beyond first (below it) or last (above it): the
// two are the same for a number, the ends of the day for a date.
func orderedRange(field schema.Field, op Op, first, last float64) expr.Expr {
	r := expr.Range{Field: field.Key, Kind: field.Kind, Min: math.Inf(-1), Max: math.Inf(1)}
	switch op {
	case Greater:
		r.Min, r.MinOpen = last, true
	case GreaterEqual:
		r.Min = first
	case Less:
		r.Max, r.MaxOpen = first, true
	case LessEqual:
		r.Max = last
	}
	return r
}

func (c *checker) numberValue(field schema.Field, v Value) (float64, bool) {
	if v.Kind != NumberValue {
		c.wrongValue(field, v, "number")
		return 0, false
	}
	n, ok := parseNumber(v.Text)
	if !ok {
		c.faults.add(fault{code: "bad_number", at: v.At, expected: []string{"number"},
			message: say("%s は大きすぎます。数値は ±2^53 までです。長い番号は文字列の項目で比べます。", "%s is too large: numbers go up to ±2^53; long ids belong in String fields", clip(v.Text))})
	}
	if n == 0 {
		n = 0 // drops the sign
	}
	return n, ok
}

// parseNumber refuses what a float64 cannot keep apart.
func parseNumber(digits string) (float64, bool) {
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.Abs(n) > schema.MaxNumber {
		return 0, false
	}
	if whole, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return n, whole >= -schema.MaxNumber && whole <= schema.MaxNumber
	}
	if math.Abs(n) == schema.MaxNumber { // 2^53+0.5 rounds to 2^53
		exact, ok := new(big.Rat).SetString(digits)
		return n, ok && exact.Cmp(new(big.Rat).SetFloat64(n)) == 0
	}
	return n, true
}

// wrongValue reports a value of another type, with what the same value would
// be in the field's type where there is one.
func (c *checker) wrongValue(field schema.Field, v Value, expected ...string) {
	wrong := fault{code: "type_value", at: v.At, expected: expected,
		message: say("%[1]s は%[2]sの項目です。%[4]s とは比べられません。", "%[1]s is %[3]s and does not compare with %[4]s", field.Key, kindName(field.Kind).JA, kindName(field.Kind).EN, clip(c.text[v.At.Start:v.At.End]))}
	if text, ok := converted(field, v); ok {
		wrong.fixes = []change{replace(v.At, text)}
	}
	c.faults.add(wrong)
}

// isDate reports whether a text is one date of the language, such as now-30d.
func isDate(text string) bool {
	if len(text) > maxDateRunes {
		return false
	}
	var found faults
	query := parse("x = "+text, &found)
	if len(found.list) > 0 {
		return false
	}
	p, ok := query.Root.(*Pred)
	return ok && p.Op == Equal && !p.List && p.Values[0].Kind == DateValue
}

// converted says "5" as 5, "true" and 1 as TRUE, "2026-11-23" as 2026-11-23.
func converted(field schema.Field, v Value) (string, bool) {
	text := strings.ToLower(schema.Fold(v.Text))
	switch field.Kind {
	case schema.Boolean:
		switch text {
		case "true", "yes", "1", "ハイ", "on":
			return "TRUE", true
		case "false", "no", "0", "イイエ", "off":
			return "FALSE", true
		}
	case schema.Number:
		_, err := strconv.ParseFloat(text, 64)
		return text, err == nil && v.Kind == StringValue && strings.Trim(text, "0123456789.-") == ""
	case schema.Date:
		if _, ok := schema.ParseDate(text, time.UTC); ok && v.Kind == StringValue {
			return strings.ToUpper(strings.Replace(text, " ", "T", 1)), true
		}
		return v.Text, v.Kind == StringValue && isDate(v.Text)
	}
	return "", false
}
