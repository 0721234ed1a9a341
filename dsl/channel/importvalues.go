package channel

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/jsondoc"
	"meibo/dsl/schema"
)

// values reads those of a condition as the operator and the type want them.
func (r *importer) values(v *jsondoc.Value, at, declared string, op operator) []dsl.Value {
	presence := op.op == dsl.Set && op.list == dsl.Set
	if presence && v.Member("values") == nil {
		return nil
	}
	list, ok := r.faults.Needs(v, at, "values", jsondoc.Array)
	if !ok {
		return nil
	}
	at = jsondoc.Child(at, "values")
	if presence {
		r.presence(list, at, op)
		return nil
	}
	var values []dsl.Value
	for i := range list.Items {
		one := &list.Items[i]
		value, ok := r.value(one, declared, op)
		if !ok {
			r.wrongValue(one, jsondoc.Element(at, i), declared, op)
		}
		if r.faults.Full() {
			break
		}
		values = append(values, value)
	}
	return values
}

// presence: $exist and $nexist come with true, as text or not, or nothing.
func (r *importer) presence(list *jsondoc.Value, at string, op operator) {
	for i := range list.Items {
		if one := list.Items[i]; len(list.Items) > 1 || one.Text != "true" || one.Kind != jsondoc.Bool && one.Kind != jsondoc.String {
			r.faults.Add(at, "channel_value", "%[1]s の values は空か [true] です。", "the values of %[1]s are empty or [true]", op.name)
			return
		}
	}
}

func (r *importer) value(v *jsondoc.Value, declared string, op operator) (dsl.Value, bool) {
	switch {
	case op.ago:
		return daysAgo(v)
	case declared == typeNumber:
		return numberValue(v)
	case declared == typeBoolean:
		word := strings.ToUpper(v.Text)
		return dsl.Value{Kind: dsl.BoolValue, Text: word}, (v.Kind == jsondoc.Bool || v.Kind == jsondoc.String) && (v.Text == "true" || v.Text == "false")
	case declared == typeDate, declared == typeDatetime:
		return r.date(v, declared == typeDate)
	}
	return dsl.Value{Kind: dsl.StringValue, Text: v.Text}, v.Kind == jsondoc.String
}

var numberForm = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// numberValue takes digits as JSON has them or as text.
func numberValue(v *jsondoc.Value) (dsl.Value, bool) {
	digits := strings.Replace(strings.ToLower(v.Text), "e+", "e", 1)
	return dsl.Value{Kind: dsl.NumberValue, Text: digits}, v.Kind == jsondoc.Number || v.Kind == jsondoc.String && numberForm.MatchString(v.Text)
}

// maxDays is the longest shift that the language has.
const maxDays = 999_999_999

func daysAgo(v *jsondoc.Value) (dsl.Value, bool) {
	days, err := strconv.Atoi(v.Text)
	ok := err == nil && days >= 0 && days <= maxDays && (v.Kind == jsondoc.Number || v.Kind == jsondoc.String && numberForm.MatchString(v.Text))
	value := dsl.Value{Kind: dsl.DateValue, Text: "today"}
	if days > 0 {
		value.Shifts = []dsl.Shift{{Amount: -days, Unit: dsl.Day}}
	}
	return value, ok
}

// instantForm is an instant in UTC as the language and ISO 8601 have it.
const instantForm = "2006-01-02T15:04:05.999Z"

// date reads milliseconds or ISO 8601. As a day it is the one in which the
// instant lies. What the language takes for seconds stays a number, so that
// compiling it says so.
func (r *importer) date(v *jsondoc.Value, day bool) (dsl.Value, bool) {
	zone := zoneOf(r.env)
	if value, ok := numberValue(v); ok {
		millis, err := strconv.ParseInt(value.Text, 10, 64)
		if !day || err != nil || schema.TenDigits(millis) {
			return value, true
		}
		return dayValue(time.UnixMilli(millis).In(zone), value), true
	}
	span, ok := schema.ParseDate(v.Text, zone)
	if !ok || v.Kind != jsondoc.String {
		return dsl.Value{}, false
	}
	start := time.UnixMilli(span.Start)
	if span.Start < schema.MinMillis || span.Start > schema.MaxMillis {
		return dsl.Value{}, false
	}
	literal := dsl.Value{Kind: dsl.DateValue, Text: start.UTC().Format(instantForm)}
	if day || span.IsDay() {
		return dayValue(start.In(zone), literal), true
	}
	return literal, true
}

// dayValue is the day of an instant; where the language has none (the year
// 10000), what it was.
func dayValue(t time.Time, otherwise dsl.Value) dsl.Value {
	if t.Year() < 1 || t.Year() > 9999 {
		return otherwise
	}
	return dsl.Value{Kind: dsl.DateValue, Text: t.Format(time.DateOnly)}
}

func zoneOf(env dsl.Env) *time.Location {
	if env.Zone == nil {
		return time.UTC
	}
	return env.Zone
}

func (r *importer) wrongValue(v *jsondoc.Value, at, declared string, op operator) {
	want := schema.Words{JA: "文字列", EN: "strings"}
	switch {
	case op.ago:
		want = schema.Words{JA: "何日前かを表す 0 以上の整数", EN: "whole numbers of days, 0 or more"}
	case declared == typeNumber:
		want = schema.Words{JA: "数値", EN: "numbers"}
	case declared == typeBoolean:
		want = schema.Words{JA: "true か false", EN: "true or false"}
	case declared == typeDate, declared == typeDatetime:
		want = schema.Words{JA: "1970 年からのミリ秒か ISO 8601 の日時", EN: "milliseconds since 1970 or dates in ISO 8601"}
	}
	r.faults.Add(at, "channel_value", "%[1]s の値は%[2]sです。", "the values of %[1]s are %[3]s", declared+" "+op.name, want.JA, want.EN)
}
