package channel_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/channel"
	"meibo/dsl/schema"
)

// The oracle decides a query on a record straight from what the package's
// comment says of the form, without the language.
type oracle struct{ env dsl.Env }

func (o oracle) matches(q channel.Query, r schema.Record) bool {
	for _, group := range q.And {
		if !slices.ContainsFunc(group.Or, func(c channel.Condition) bool { return o.condition(c, r) }) {
			return false
		}
	}
	return true
}

func plainKey(key string) string {
	return strings.TrimPrefix(strings.TrimPrefix(key, "context."), "user.")
}

func (o oracle) condition(c channel.Condition, r schema.Record) bool {
	if positive, ok := map[string]string{"$ne": "$eq", "$nin": "$in", "$nexist": "$exist", "$notContains": "$contains", "$nStartWith": "$startWith"}[c.Operator]; ok {
		c.Operator = positive
		return !o.condition(c, r)
	}
	v := r.Get(plainKey(c.Key))
	elements := folded(v.Elements())
	switch c.Operator {
	case "$exist":
		return !v.IsMissing()
	case "$containsAll":
		return !v.IsMissing() && !slices.ContainsFunc(folded(texts(c.Values)), func(want string) bool { return !slices.Contains(elements, want) })
	case "$setEqual":
		wanted := folded(texts(c.Values))
		within := func(a, b []string) bool {
			return !slices.ContainsFunc(a, func(x string) bool { return !slices.Contains(b, x) })
		}
		return within(elements, wanted) && within(wanted, elements)
	}
	if v.IsMissing() {
		return false
	}
	return slices.ContainsFunc(c.Values, func(value any) bool { return o.holds(c, v, value) })
}

// holds decides one value of a condition.
func (o oracle) holds(c channel.Condition, v schema.Value, value any) bool {
	switch c.Type {
	case "string":
		return compareText(c.Operator, schema.Fold(v.Text()), schema.Fold(value.(string)))
	case "list":
		every := strings.HasPrefix(c.Operator, "$all")
		for _, element := range folded(v.Elements()) {
			if compareElement(c.Operator, element, schema.Fold(value.(string))) != every {
				return !every
			}
		}
		return every
	case "boolean":
		return v.Bool() == (value == true || value == "true")
	case "number":
		n := number(value)
		return inSpan(c.Operator, v.Num(), n, n)
	}
	span := o.span(c, value)
	return inSpan(c.Operator, v.Num(), float64(span.Start), float64(span.End-1))
}

func compareText(operator, text, needle string) bool {
	switch operator {
	case "$contains":
		return strings.Contains(text, needle)
	case "$startWith":
		return strings.HasPrefix(text, needle)
	}
	return text == needle
}

func compareElement(operator, element, needle string) bool {
	switch operator {
	case "$anyContainsSubstring", "$allContainsSubstring":
		return strings.Contains(element, needle)
	case "$startWith", "$anyStartWith", "$allStartWith":
		return strings.HasPrefix(element, needle)
	}
	return element == needle
}

func inSpan(operator string, n, first, last float64) bool {
	switch operator {
	case "$gt", "$gtAgo":
		return n > last
	case "$gte":
		return n >= first
	case "$lt", "$ltAgo":
		return n < first
	case "$lte":
		return n <= last
	}
	return n >= first && n <= last
}

// span is the time that a date's value means.
func (o oracle) span(c channel.Condition, value any) schema.Span {
	if strings.HasSuffix(c.Operator, "Ago") {
		day := o.env.Now.In(o.env.Zone).AddDate(0, 0, -int(number(value)))
		return schema.Day(day.Year(), day.Month(), day.Day(), o.env.Zone)
	}
	text, isText := value.(string)
	span, isISO := schema.ParseDate(text, o.env.Zone)
	if !isText || !isISO {
		span = schema.Instant(int64(number(value)))
	}
	if c.Type == "date" {
		t := time.UnixMilli(span.Start).In(o.env.Zone)
		return schema.Day(t.Year(), t.Month(), t.Day(), o.env.Zone)
	}
	return span
}

func number(value any) float64 {
	switch value := value.(type) {
	case float64:
		return value
	case int64:
		return float64(value)
	case int:
		return float64(value)
	}
	n, err := strconv.ParseFloat(value.(string), 64)
	if err != nil {
		panic(err)
	}
	return n
}

func texts(values []any) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.(string)
	}
	return list
}

func folded(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = schema.Fold(text)
	}
	return out
}

// normal is how a condition that was read is written again, as the package's
// comment lists it: the conditions of its OR.
func (o oracle) normal(c channel.Condition) []channel.Condition {
	c.Key = plainKey(c.Key)
	if c.Operator == "$exist" || c.Operator == "$nexist" {
		c.Values = []any{}
		if c.Type == "date" {
			c.Type = "datetime"
		}
		return []channel.Condition{c}
	}
	c.Values = o.normalValues(c)
	if strings.HasSuffix(c.Operator, "Ago") || len(c.Values) == 0 && c.Type == "date" {
		c.Type = "datetime"
	}
	c.Operator = normalOperator(c)
	if !oneByOne(c) {
		return []channel.Condition{c}
	}
	var each []channel.Condition
	for _, v := range c.Values {
		one := c
		one.Values = []any{v}
		each = append(each, one)
	}
	return each
}

func normalOperator(c channel.Condition) string {
	list, single := c.Type == "list", len(c.Values) == 1
	among, none := "$in", "$nin"
	if list {
		among, none = "$containsAny", "$notContains"
	}
	switch c.Operator {
	case "$in":
		return among
	case "$nin":
		return none
	case "$eq":
		switch {
		case !single:
			return among
		case list:
			return "$contains"
		}
	case "$ne":
		if list || !single {
			return none
		}
	case "$notContains", "$nStartWith":
		if len(c.Values) == 0 {
			return none
		}
	case "$contains":
		if list && !single || len(c.Values) == 0 {
			return among
		}
	case "$containsAll", "$setEqual":
		if c.Operator == "$setEqual" && len(c.Values) == 0 {
			return "$nexist"
		}
	default:
		switch {
		case len(c.Values) == 0:
			return among
		case list && c.Operator == "$startWith":
			return "$anyStartWith"
		}
	}
	return c.Operator
}

// oneByOne: a condition for each value.
func oneByOne(c channel.Condition) bool {
	switch c.Operator {
	case "$contains":
		return c.Type != "list"
	case "$startWith", "$gt", "$gte", "$lt", "$lte", "$gtAgo", "$ltAgo", "$anyContainsSubstring", "$allContainsSubstring", "$anyStartWith", "$allStartWith":
		return true
	}
	return false
}

func (o oracle) normalValues(c channel.Condition) []any {
	values := make([]any, len(c.Values))
	for i, v := range c.Values {
		switch {
		case strings.HasSuffix(c.Operator, "Ago"), c.Type == "number":
			values[i] = number(v)
		case c.Type == "boolean":
			values[i] = v == true || v == "true"
		case c.Type == "date", c.Type == "datetime":
			start := o.span(c, v).Start
			values[i] = float64(start)
			if day := time.UnixMilli(start).In(o.env.Zone); schema.TenDigits(start) && c.Type == "date" {
				values[i] = day.Format(time.DateOnly)
			} else if schema.TenDigits(start) {
				values[i] = day.UTC().Format("2006-01-02T15:04:05.999Z")
			}
		default:
			values[i] = v
		}
	}
	return values
}
