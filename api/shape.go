package api

import (
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"meibo/dsl/schema"
)

// What huma says of a body or a parameter that has not the form of the
// document, for people in both languages. $1 in the words is what the group of
// the pattern caught.
var shapeFaults = []struct {
	pattern *regexp.Regexp
	ja, en  string
}{
	{regexp.MustCompile(`^unexpected property$`), "この名前の項目は受け取りません。綴りを確かめてください。", "nothing of this name is taken here; see the spelling"},
	{regexp.MustCompile(`^expected required property (\S+) to be present$`), "$1 は必須です。", "$1 is required"},
	{regexp.MustCompile(`^required \w+ parameter is missing$`), "必須です。", "it is required"},
	{regexp.MustCompile(`^(?:expected|invalid) boolean$`), "true か false にしてください。", "it takes true or false"},
	{regexp.MustCompile(`^(?:expected|invalid) integer$`), "範囲内の整数にしてください。", "it takes a whole number within its range"},
	{regexp.MustCompile(`^(?:expected number|invalid float)$`), "数値にしてください。", "it takes a number"},
	{regexp.MustCompile(`^expected string$`), "文字列にしてください。", "it takes a string"},
	{regexp.MustCompile(`^expected array$`), "リストにしてください。", "it takes a list"},
	{regexp.MustCompile(`^expected object$`), "オブジェクトにしてください。", "it takes an object"},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "$1 以上にしてください。", "it is at least $1"},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "$1 以下にしてください。", "it is at most $1"},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "$1 文字以上にしてください。", "it has at least $1 characters"},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "$1 文字までです。", "it has at most $1 characters"},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "$1 個以上にしてください。", "it has at least $1 elements"},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "$1 個までです。", "it has at most $1 elements"},
	{regexp.MustCompile(`^expected value to be one of "(.+)"$`), "$1 のどれかにしてください。", "it is one of $1"},
	{regexp.MustCompile(`^unexpected end of JSON input$`), "JSON が途中で終わっています。", "the JSON ends too early"},
	{regexp.MustCompile(`^(invalid character .+)$`), "JSON として読めません（$1）。", "this is not JSON: $1"},
}

// shapeWords are huma's words in both languages; what the table does not have
// stays as it is, behind ja.
func shapeWords(message, ja string) schema.Words {
	for _, f := range shapeFaults {
		if f.pattern.MatchString(message) {
			return schema.Words{JA: f.pattern.ReplaceAllString(message, f.ja), EN: f.pattern.ReplaceAllString(message, f.en)}
		}
	}
	return schema.Words{JA: ja + " " + message, EN: message}
}

// shapeFault tells a fault with its place: of the body's whole, none.
func shapeFault(d *huma.ErrorDetail, ja string) schema.ValueError {
	fault := schema.ValueError{Field: strings.TrimPrefix(strings.TrimPrefix(d.Location, "body."), "query."), Code: "invalid", Message: shapeWords(d.Message, ja)}
	if fault.Field != "body" {
		fault.Message = schema.Words{JA: fault.Field + ": " + fault.Message.JA, EN: fault.Field + ": " + fault.Message.EN}
	}
	return fault
}
