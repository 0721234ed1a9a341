package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Codes of a value that a field does not take.
const (
	CodeWrongKind   = "wrong_kind"   // a value of another JSON type
	CodeBadNumber   = "bad_number"   // not finite, or beyond 2^53
	CodeBadDate     = "bad_date"     // neither milliseconds nor ISO 8601
	CodeSecondsDate = "seconds_date" // ten digits: seconds where milliseconds belong
	CodeBadText     = "bad_text"     // not UTF-8
	CodeTextTooLong = "text_too_long"
	CodeTooManyTags = "too_many_tags"
	CodeTagTooLong  = "tag_too_long"
)

// A ValueError says why a field does not take a value.
type ValueError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message Words  `json:"message"`
}

func (e *ValueError) Error() string { return e.Field + ": " + e.Message.EN }

func refuse(f Field, code, ja, en string) (Value, *ValueError) {
	return Value{}, &ValueError{Field: f.Key, Code: code, Message: Words{JA: ja, EN: en}}
}

// Coerce checks what a program sent for a field: nil, bool, json.Number,
// string, []any, as encoding/json decodes with UseNumber. nil, a blank string
// and an empty list give the missing Value. Nothing is converted but a Date's
// ISO 8601 text, read in zone.
func Coerce(f Field, raw any, zone *time.Location) (Value, *ValueError) {
	if raw == nil {
		return Value{}, nil
	}
	switch f.Kind {
	case Boolean:
		if b, ok := raw.(bool); ok {
			return Bool(b), nil
		}
	case Number:
		if n, ok := raw.(json.Number); ok {
			return coerceNumber(f, string(n))
		}
	case Date:
		switch d := raw.(type) {
		case json.Number:
			return coerceMillis(f, string(d))
		case string:
			return coerceDate(f, d, zone)
		}
	case String:
		if s, ok := raw.(string); ok {
			return coerceText(f, s)
		}
	case List:
		if elements, ok := raw.([]any); ok {
			return coerceList(f, elements)
		}
	}
	return refuse(f, CodeWrongKind,
		fmt.Sprintf("%s は%sの項目です。%sは入れられません。", f.Key, kindJA(f.Kind), jsonTypeJA(raw)),
		fmt.Sprintf("%s takes %s, not %s", f.Key, kindEN(f.Kind), jsonTypeEN(raw)))
}

// ParseText reads a field's value from a cell of a file: true/false in any
// case, はい/いいえ; a number; a date in ISO 8601 or milliseconds; a list with
// its elements separated by commas, semicolons or line ends, see ListText.
func ParseText(f Field, cell string, zone *time.Location) (Value, *ValueError) {
	if !utf8.ValidString(cell) {
		return refuse(f, CodeBadText, f.Key+" の文字列は UTF-8 ではありません。", f.Key+": the text is not valid UTF-8")
	}
	folded := Fold(cell)
	if folded == "" {
		return Value{}, nil
	}
	switch f.Kind {
	case Boolean:
		switch folded {
		case "true", "ハイ":
			return Bool(true), nil
		case "false", "イイエ":
			return Bool(false), nil
		}
		return refuse(f, CodeWrongKind,
			fmt.Sprintf("%s は true か false です。「%s」は読めません。", f.Key, excerpt(cell)),
			fmt.Sprintf("%s takes true or false, not %q", f.Key, excerpt(cell)))
	case Number:
		return coerceNumber(f, folded)
	case Date:
		if _, err := strconv.ParseInt(folded, 10, 64); err == nil {
			return coerceMillis(f, folded)
		}
		return coerceDate(f, folded, zone)
	case List:
		elements := listElements(cell)
		return coerceList(f, elements)
	default:
		return coerceText(f, cell)
	}
}

func coerceNumber(f Field, digits string) (Value, *ValueError) {
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil && !math.IsInf(n, 0) || strings.Trim(digits, "0123456789.eE+-") != "" { // also Inf, NaN, 0x10, 1_000
		return refuse(f, CodeWrongKind,
			fmt.Sprintf("%s は数値です。「%s」は読めません。", f.Key, excerpt(digits)),
			fmt.Sprintf("%s takes a number, not %q", f.Key, excerpt(digits)))
	}
	if math.Abs(n) > MaxNumber || math.Abs(n) == MaxNumber && roundedDown(digits) {
		return refuse(f, CodeBadNumber,
			fmt.Sprintf("%s の %s は大きすぎます。±2^53 までです。長い番号は文字列の項目に入れてください。", f.Key, excerpt(digits)),
			fmt.Sprintf("%s: %s is beyond ±2^53; keep long numbers (ids, card numbers) in a String field", f.Key, excerpt(digits)))
	}
	return Num(n), nil
}

// roundedDown catches 2^53+1, however it is written, which rounds to 2^53.
func roundedDown(digits string) bool {
	exact, ok := new(big.Rat).SetString(digits)
	return !ok || exact.Abs(exact).Cmp(new(big.Rat).SetInt64(MaxNumber)) > 0
}

func coerceMillis(f Field, digits string) (Value, *ValueError) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		if f, bad := strconv.ParseFloat(digits, 64); bad == nil && f == math.Trunc(f) && math.Abs(f) <= MaxMillis {
			n, err = int64(f), nil // 1.7e12
		}
	}
	if err != nil || n < MinMillis || n > MaxMillis {
		return refuse(f, CodeBadDate,
			fmt.Sprintf("%s の %s はミリ秒の日時ではありません。", f.Key, excerpt(digits)),
			fmt.Sprintf("%s: %s is not an instant in milliseconds between the years 1 and 9999", f.Key, excerpt(digits)))
	}
	if TenDigits(n) {
		return refuse(f, CodeSecondsDate,
			fmt.Sprintf("%s の %d は秒のようです。ミリ秒なら %d000 です。", f.Key, n, n),
			fmt.Sprintf("%s: %d looks like seconds; in milliseconds it is %d000 (%s)", f.Key, n, n, time.Unix(n, 0).UTC().Format(time.RFC3339)))
	}
	return At(n), nil
}

// TenDigits reports whether a bare integer is probably seconds since the
// epoch: it has exactly ten digits (years 2001 to 2286 as seconds).
func TenDigits(n int64) bool {
	return n >= 1_000_000_000 && n <= 9_999_999_999
}

func coerceDate(f Field, text string, zone *time.Location) (Value, *ValueError) {
	if Fold(text) == "" {
		return Value{}, nil
	}
	span, ok := ParseDate(text, zone)
	if !ok || span.Start < MinMillis || span.Start > MaxMillis {
		return refuse(f, CodeBadDate,
			fmt.Sprintf("%s の「%s」は日時として読めません。2026-11-23 や 2026-11-23T10:00:00+09:00、ミリ秒の形にしてください。", f.Key, excerpt(text)),
			fmt.Sprintf("%s: %q is not a date; write 2026-11-23, 2026-11-23T10:00:00+09:00 or milliseconds", f.Key, excerpt(text)))
	}
	return At(span.Start), nil
}

func coerceText(f Field, s string) (Value, *ValueError) {
	if err := checkText(f, s); err != nil {
		return Value{}, err
	}
	return Text(s), nil
}

func coerceList(f Field, raw []any) (Value, *ValueError) {
	elements := make([]string, 0, len(raw))
	for _, r := range raw {
		s, ok := r.(string)
		if !ok {
			return refuse(f, CodeWrongKind,
				fmt.Sprintf("%s は文字列のリストです。%sは入れられません。", f.Key, jsonTypeJA(r)),
				fmt.Sprintf("%s takes a list of strings; an element is %s", f.Key, jsonTypeEN(r)))
		}
		if err := checkText(f, s); err != nil {
			return Value{}, err
		}
		if f.Key == TagsField && utf8.RuneCountInString(s) > MaxTagLength {
			return refuse(f, CodeTagTooLong,
				fmt.Sprintf("タグ「%s」は %d 文字を超えています。", excerpt(s), MaxTagLength),
				fmt.Sprintf("the tag %q is longer than %d characters", excerpt(s), MaxTagLength))
		}
		elements = append(elements, s)
	}
	v := Strings(elements...)
	if f.Key == TagsField && len(v.list) > MaxTags {
		return refuse(f, CodeTooManyTags,
			fmt.Sprintf("タグは %d 個までです（%d 個あります）。", MaxTags, len(v.list)),
			fmt.Sprintf("a customer has at most %d tags, not %d", MaxTags, len(v.list)))
	}
	return v, nil
}

func checkText(f Field, s string) *ValueError {
	if !utf8.ValidString(s) {
		_, err := refuse(f, CodeBadText, f.Key+" の文字列は UTF-8 ではありません。", f.Key+": the text is not valid UTF-8")
		return err
	}
	if len(s) > MaxTextBytes {
		_, err := refuse(f, CodeTextTooLong,
			fmt.Sprintf("%s の文字列は %d バイトを超えています（%d バイト）。", f.Key, MaxTextBytes, len(s)),
			fmt.Sprintf("%s: the text has %d bytes; at most %d are kept", f.Key, len(s), MaxTextBytes))
		return err
	}
	return nil
}

// MaxIDBytes bounds a customer id.
const MaxIDBytes = 256

// CheckID says why a text cannot be a customer's id, or nil: 1 to 256 bytes of
// UTF-8 without control characters, not blank, no space at either end, and no
// "@" first (which names a memberId in the API).
func CheckID(id string) *ValueError {
	f := Field{Key: IDField}
	ok := id != "" && len(id) <= MaxIDBytes && utf8.ValidString(id) && !strings.HasPrefix(id, "@") &&
		strings.TrimSpace(id) == id && !strings.ContainsFunc(id, isControl) && Fold(id) != ""
	if ok {
		return nil
	}
	_, err := refuse(f, CodeBadText,
		fmt.Sprintf("ID「%s」は使えません。制御文字や前後の空白を含まず、@ で始まらない 1～%d バイトの文字列にしてください。", excerpt(id), MaxIDBytes),
		fmt.Sprintf("the id %q cannot be used: 1 to %d bytes, no control characters, no space at either end, not starting with @", excerpt(id), MaxIDBytes))
	return err
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// excerpt is the beginning of a text, for messages.
func excerpt(s string) string {
	const most = 40
	s = strings.ToValidUTF8(s, "�")
	for i, n := 0, 0; i < len(s); n++ {
		if n == most {
			return s[:i] + "…"
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s
}

func kindEN(k Kind) string {
	switch k {
	case Boolean:
		return "true or false"
	case Number:
		return "a number"
	case Date:
		return "a date (milliseconds or ISO 8601 text)"
	case List:
		return "a list of strings"
	}
	return "a string"
}

func kindJA(k Kind) string {
	switch k {
	case Boolean:
		return "真偽値（true か false）"
	case Number:
		return "数値"
	case Date:
		return "日時（ミリ秒または ISO 8601）"
	case List:
		return "文字列のリスト"
	}
	return "文字列"
}

func jsonTypeEN(raw any) string {
	switch raw.(type) {
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "a list"
	case nil:
		return "null"
	}
	return "an object"
}

func jsonTypeJA(raw any) string {
	switch raw.(type) {
	case bool:
		return "真偽値"
	case json.Number:
		return "数値"
	case string:
		return "文字列"
	case []any:
		return "リスト"
	case nil:
		return "null"
	}
	return "オブジェクト"
}
