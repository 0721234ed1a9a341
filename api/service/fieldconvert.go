package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// Bounds of what a conversion remembers of values that did not convert. Beyond
// the first they are counted together.
const (
	maxFailuresKept = 10_000
	maxFailuresTold = 100
)

// A ConvertRequest asks for a new field that is filled from another one's
// values.
type ConvertRequest struct {
	From   string
	To     NewField
	DryRun bool // tells what would come of it and changes nothing
}

// A FieldConversion says what came of it. Every customer that has a value of the
// source is in one of the four counts.
type FieldConversion struct {
	Field     schema.Field
	DryRun    bool
	Converted int
	Kept      int              // had a value of the new field already
	Failed    int              // of which Failures tells
	Failures  []ConvertFailure // the most frequent ones first, at most 100
	Untold    int              // customers whose value is not among Failures
	Seq       uint64           // a read with this minSeq sees everything
}

// A ConvertFailure is a value that did not convert.
type ConvertFailure struct {
	Value  string       `json:"value" doc:"As text, cut after 40 characters."`
	Count  int          `json:"count" doc:"How many customers have it."`
	Reason schema.Words `json:"reason"`
}

// ConvertField makes a profile field and fills it from the values of another:
// text that reads as a number, as a date (in the workspace's zone), as true,
// false, はい or いいえ, or as a list with commas becomes that; everything can
// become text. The source keeps its values, and updatedAt, the history and the
// months' active customers do not move: nobody said anything new about a
// customer. The new field is seen by those who see the source.
//
// It goes on in steps of a few thousand customers, between which other writes
// come in. After it was broken off, the same request goes on where the new
// field has no value. Cost: some 20 µs a customer.
func (s *Service) ConvertField(ctx context.Context, r ConvertRequest) (FieldConversion, error) {
	from, err := s.convertible(r.From)
	if err != nil {
		return FieldConversion{}, err
	}
	to, err := s.convertTarget(ctx, from, r)
	if err != nil {
		return FieldConversion{}, err
	}
	c := &converter{from: from, to: to, zone: s.zone(), failures: map[string]*ConvertFailure{}}
	if r.DryRun {
		_, err = s.store.Scan(ctx, func(record schema.Record) error { c.convert(&record); return nil })
	} else {
		err = s.fill(ctx, c)
	}
	if err != nil {
		return FieldConversion{}, fmt.Errorf("convert the values of %s: %w", from.Key, err)
	}
	return c.report(r.DryRun, s.store.Seq()), nil
}

func (s *Service) convertible(key string) (schema.Field, error) {
	f, ok := s.fields().Lookup(key)
	switch {
	case !ok:
		return f, s.noField(key)
	case !f.IsProfile():
		return f, refuse(CodeReadOnly, key+" はシステムの項目なので変換できません。profile. の項目だけを変換できます。",
			key+" is kept by the system; only profile fields can be converted")
	case f.Hidden:
		return f, refuse(CodeHiddenField, key+" は非表示です。変換する前に表示に戻してください。", key+" is hidden; show it again before you convert its values")
	}
	return f, nil
}

// convertTarget is the field to fill: a new one, or the one that an earlier
// request of the same conversion made.
func (s *Service) convertTarget(ctx context.Context, from schema.Field, r ConvertRequest) (schema.Field, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	if begun, ok := s.fields().Lookup(r.To.Key); ok && begun.ConvertedFrom == from.Key && begun.Kind.String() == r.To.Kind {
		return begun, nil
	}
	to, err := s.definition(r.To)
	if err != nil {
		return to, convertFault(err)
	}
	if to.ConvertedFrom = from.Key; len(to.Roles) == 0 {
		to.Roles = from.Roles // or others would learn the values by the new field
	}
	if r.DryRun {
		return to, nil
	}
	answer, err := s.putField(ctx, to, nil)
	return answer.Field, err
}

// convertFault names the members of a body where they stand: in "to".
func convertFault(err error) error {
	var e *Error
	if errors.As(err, &e) {
		for i := range e.Values {
			e.Values[i].Field = "to." + e.Values[i].Field
		}
	}
	return err
}

// fill goes through all customers.
func (s *Service) fill(ctx context.Context, c *converter) error {
	for after, done := uint64(0), false; !done; {
		_, err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			// The field may be gone, or another, since the last step.
			if f, ok := tx.Fields().Lookup(c.to.Key); !ok || f.Kind != c.to.Kind {
				return refuse(CodeNotFound, c.to.Key+" は変換の途中で削除されたか変更されました。", c.to.Key+" was deleted or changed during the conversion")
			}
			if after, done, err = tx.Step(after, c.convert); err != nil || !done || c.converted == 0 {
				return err
			}
			return s.audit(tx, act{action: "field.converted", kind: "field", key: c.to.Key, detail: conversion{c.from.Key, c.converted, c.kept, c.failed}})
		})
		if err != nil {
			return refuseStore(err)
		}
	}
	return nil
}

// A conversion is what the audit log tells of one that came to its end: the
// counts are of its last request, where it was broken off before.
type conversion struct {
	From      string `json:"from"`
	Converted int    `json:"converted"`
	Kept      int    `json:"kept"`
	Failed    int    `json:"failed"`
}

// A converter converts records and counts.
type converter struct {
	from, to                schema.Field
	zone                    *time.Location
	converted, kept, failed int
	failures                map[string]*ConvertFailure // by value
}

// convert gives one record the new value, where there is one to give.
func (c *converter) convert(r *schema.Record) bool {
	value := r.Get(c.from.Key)
	if value.IsMissing() {
		return false
	}
	if !r.Get(c.to.Key).IsMissing() {
		c.kept++
		return false
	}
	converted, fault := convertValue(value, c.to, c.zone)
	switch {
	case fault != nil:
		c.fail(value, fault.Message)
		return false
	case converted.IsMissing():
		c.fail(value, schema.Words{JA: "変換すると空になります。", EN: "nothing is left of it"})
		return false
	}
	next := r.Clone()
	next.Set(c.to.Key, converted)
	if size := recordBytes(next); size > schema.MaxRecordBytes {
		c.fail(value, schema.Words{JA: fmt.Sprintf("顧客の記録が %d バイトを超えます。", schema.MaxRecordBytes),
			EN: fmt.Sprintf("the customer's record would be over %d bytes", schema.MaxRecordBytes)})
		return false
	}
	*r = next
	c.converted++
	return true
}

func (c *converter) fail(value schema.Value, reason schema.Words) {
	c.failed++
	text := strings.Clone(textOf(value, schema.String, c.zone))
	known := c.failures[text]
	if known == nil {
		if len(c.failures) == maxFailuresKept {
			return
		}
		known = &ConvertFailure{Value: excerptOf(text), Reason: reason}
		c.failures[text] = known
	}
	known.Count++
}

func (c *converter) report(dryRun bool, seq uint64) FieldConversion {
	told := slices.SortedFunc(maps.Values(c.failures), func(a, b *ConvertFailure) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value))
	})
	done := FieldConversion{Field: c.to, DryRun: dryRun, Converted: c.converted, Kept: c.kept, Failed: c.failed, Untold: c.failed, Failures: []ConvertFailure{}, Seq: seq}
	for _, f := range told[:min(len(told), maxFailuresTold)] {
		done.Failures = append(done.Failures, *f)
		done.Untold -= f.Count
	}
	return done
}

// convertValue reads a value as one of another field.
func convertValue(v schema.Value, to schema.Field, zone *time.Location) (schema.Value, *schema.ValueError) {
	if v.Kind() == to.Kind {
		return v, nil
	}
	text := textOf(v, to.Kind, zone)
	if digits := schema.Fold(text); to.Kind == schema.Date && len(digits) < 10 && strings.Trim(digits, "0123456789") == "" {
		// 20261123 is hardly meant as the sixth hour of 1970.
		return schema.Value{}, &schema.ValueError{Field: to.Key, Code: schema.CodeBadDate, Message: schema.Words{
			JA: fmt.Sprintf("「%s」はミリ秒の日時には小さすぎます。日付なら 2026-11-23 の形です。", excerptOf(text)),
			EN: fmt.Sprintf("%q is too small for milliseconds; a day is written 2026-11-23", excerptOf(text))}}
	}
	if to.Kind == schema.Boolean {
		switch schema.Fold(text) { // what people write for a Boolean elsewhere; asked for by name, nothing is guessed
		case "yes", "y", "1":
			return schema.Bool(true), nil
		case "no", "n", "0":
			return schema.Bool(false), nil
		}
	}
	return schema.ParseText(to, text, zone)
}

// textOf writes a value so that a field of the other kind may read it: a Date
// as milliseconds for a Number, else in ISO 8601 with the zone's offset.
func textOf(v schema.Value, kind schema.Kind, zone *time.Location) string {
	switch v.Kind() {
	case schema.Boolean:
		return strconv.FormatBool(v.Bool())
	case schema.Number:
		return schema.FormatNumber(v.Num())
	case schema.Date:
		if kind == schema.Number {
			return strconv.FormatInt(v.Millis(), 10)
		}
		return time.UnixMilli(v.Millis()).In(zone).Format("2006-01-02T15:04:05.999Z07:00")
	case schema.List:
		return strings.Join(v.Elements(), ", ")
	}
	return v.Text()
}
