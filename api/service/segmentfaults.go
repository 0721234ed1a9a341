package service

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"meibo/dsl/schema"
	"meibo/store"
)

// Bounds of a segment's texts, in characters.
const (
	MaxSegmentName        = 200
	MaxSegmentDescription = 2000
	MaxSegmentFolder      = 200
)

// SegmentColours are the colours that have names; any other is #rrggbb.
func SegmentColours() []string {
	return []string{"red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "gray"}
}

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// faultsOf are those of a segment beside its filter. "graph" is a path of the
// API, so no segment can have it as its key.
func faultsOf(seg store.Segment) []schema.ValueError {
	var faults []schema.ValueError
	fault := func(field, code, ja, en string) {
		faults = append(faults, schema.ValueError{Field: field, Code: code, Message: schema.Words{JA: ja, EN: en}})
	}
	unreadable := strings.ContainsFunc(seg.Key, unicode.IsControl) || !utf8.ValidString(seg.Key) || schema.Fold(seg.Key) == ""
	if unreadable || len(seg.Key) > store.MaxSegmentKey || seg.Key == "graph" {
		fault("key", "bad_key", fmt.Sprintf("セグメントのキーは 1～%d バイトの文字列で、制御文字は使えません。graph は予約されています。", store.MaxSegmentKey),
			fmt.Sprintf("a segment's key is a text of 1 to %d bytes without control characters, and not graph", store.MaxSegmentKey))
	}
	for _, text := range []struct {
		field, text string
		most        int
	}{{"name.ja", seg.Name.JA, MaxSegmentName}, {"name.en", seg.Name.EN, MaxSegmentName}, {"folder", seg.Folder, MaxSegmentFolder},
		{"description.ja", seg.Description.JA, MaxSegmentDescription}, {"description.en", seg.Description.EN, MaxSegmentDescription}} {
		if n := utf8.RuneCountInString(text.text); n > text.most {
			fault(text.field, "too_long", fmt.Sprintf("%s は %d 文字までです（%d 文字あります）。", text.field, text.most, n),
				fmt.Sprintf("%s has at most %d characters, not %d", text.field, text.most, n))
		}
	}
	if strings.ContainsFunc(seg.Folder, unicode.IsControl) {
		fault("folder", "bad_text", "フォルダー名に制御文字は使えません。", "a folder's name has no control characters")
	}
	if seg.Colour != "" && !colourForm.MatchString(seg.Colour) && !slices.Contains(SegmentColours(), seg.Colour) {
		names := strings.Join(SegmentColours(), ", ")
		fault("colour", "bad_colour", "色は #1a2b3c のように書くか、次の名前で指定してください: "+names, "a colour is written like #1a2b3c or is one of "+names)
	}
	if _, err := time.LoadLocation(seg.Zone); err != nil || seg.Zone == "Local" {
		fault("timeZone", "unknown_zone", "そのタイムゾーンはありません。Asia/Tokyo のように書いてください。", "there is no such time zone; write one like Asia/Tokyo")
	}
	return faults
}
