package service

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// evidence is what has been seen in all values of one column. Kinds of values
// do not overlap, so the column has a kind when exactly one was seen.
type evidence uint8

const (
	seenBoolean evidence = 1 << iota
	seenNumber
	seenDate
	seenText
	seenList
)

// kind is the narrowest kind that takes every value seen; None when there was
// none. Mixed values are text; a list beside single values is a list.
func (e evidence) kind() schema.Kind {
	switch {
	case e == 0:
		return schema.None
	case e == seenBoolean:
		return schema.Boolean
	case e == seenNumber:
		return schema.Number
	case e == seenDate:
		return schema.Date
	case e&seenList != 0:
		return schema.List
	}
	return schema.String
}

// plainNumber is a number that keeps all its digits as one: no leading zero
// (phone numbers, postal codes, ids), no sign but minus, no exponent (1E5 is
// more often a product code), no thousands separator.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,17})?$`)

// seenInCell classes a cell of a table. A cell is never a list: a comma or a
// semicolon in a text is more often just that.
func seenInCell(cell string, zone *time.Location) evidence {
	cell = strings.TrimSpace(cell)
	switch {
	case cell == "" || schema.Fold(cell) == "":
		return 0
	case strings.EqualFold(cell, "true"), strings.EqualFold(cell, "false"):
		return seenBoolean
	case isPlainNumber(cell):
		return seenNumber
	}
	return seenInText(cell, zone)
}

// seenInJSON classes a member of an NDJSON row. A JSON string is a date or
// text, whatever it looks like: who wrote it had numbers and booleans too.
func seenInJSON(raw any, zone *time.Location) evidence {
	switch raw := raw.(type) {
	case bool:
		return seenBoolean
	case json.Number:
		if n, err := raw.Float64(); err == nil && math.Abs(n) < schema.MaxNumber {
			return seenNumber
		}
		return seenText // digits of an id that a number would not keep
	case string:
		if schema.Fold(raw) == "" {
			return 0
		}
		return seenInText(raw, zone)
	case []any:
		if len(raw) == 0 {
			return 0
		}
		return seenList
	}
	return 0
}

func seenInText(text string, zone *time.Location) evidence {
	// A date begins with its year; asking that first spares the pattern.
	if len(text) >= 10 && text[4] == '-' && text[7] == '-' {
		if _, ok := schema.ParseDate(text, zone); ok {
			return seenDate
		}
	}
	return seenText
}

func isPlainNumber(cell string) bool {
	if c := cell[0]; c != '-' && (c < '0' || c > '9') || !plainNumber.MatchString(cell) {
		return false
	}
	n, err := strconv.ParseFloat(cell, 64)
	return err == nil && math.Abs(n) < schema.MaxNumber
}
