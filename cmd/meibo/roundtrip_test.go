package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// roundTripFormats are the formats of exports, each with which headers of
// columns it is tried.
var roundTripFormats = []struct{ format, headers, language string }{
	{"ndjson", "keys", "ja"}, {"csv", "keys", "ja"}, {"xlsx", "keys", "en"}, {"csv", "labels", "ja"}, {"xlsx", "labels", "ja"}, {"xlsx", "labels", "en"},
}

// newRegister serves an empty data folder.
func newRegister(t *testing.T) *shopClient {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	url, _, _ := serving(t, "--data", dir)
	return ownerClient(t, url, dir)
}

// The file of another system, in and out in every format and in again into an
// empty register, is the same customers with the same fields.
func TestTelcoMakesTheRoundTrip(t *testing.T) {
	tooMuchForTheRaceDetector(t)
	first := newRegister(t)
	content, err := os.ReadFile(telcoFile)
	if err != nil {
		t.Fatal(err)
	}
	first.importFile("telco.csv", bytes.NewReader(content), map[string]any{"system": false, "key": "auto"})
	want := first.customers("updatedAt") // the rest comes along, createdAt too
	if len(want) != 7043 {
		t.Fatalf("%d customers", len(want))
	}
	for _, f := range roundTripFormats {
		t.Run(f.format+" "+f.headers+" "+f.language, func(t *testing.T) {
			file := first.export(f.format, map[string]any{"headers": f.headers, "language": f.language})
			second := newRegister(t)
			if f.headers == "labels" { // a label finds its field where there is one
				copyFields(t, first, second)
			}
			second.importFile("back."+f.format, bytes.NewReader(file), nil)
			wantSame(t, "after the round trip", second.customers("updatedAt"), want)
		})
	}
}

// Customers with the values that files mangle, of every kind of field.
func TestRandomRegistersMakeTheRoundTrip(t *testing.T) {
	tooMuchForTheRaceDetector(t)
	customers, registers := 300, 1
	if os.Getenv("MEIBO_LONG") != "" {
		customers, registers = 3000, 10
	}
	seed := randomSeed(t)
	for i := range registers {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		first := newRegister(t)
		addFields(first, nastyFields())
		var lines bytes.Buffer
		for n := range customers {
			lines.Write(nastyCustomer(random, n))
		}
		first.importFile("first.ndjson", &lines, nil)
		want := first.customers()
		if len(want) != customers {
			t.Fatalf("%d customers", len(want))
		}
		for _, f := range roundTripFormats {
			file := first.export(f.format, map[string]any{"headers": f.headers, "language": f.language})
			second := newRegister(t)
			copyFields(t, first, second)
			second.importFile("back."+f.format, bytes.NewReader(file), map[string]any{"createFields": false})
			wantSame(t, fmt.Sprintf("%s with %s in %s", f.format, f.headers, f.language), second.customers(), want)
		}
		if t.Failed() {
			t.Fatalf("register %d of MEIBO_SEED=%d", i, seed)
		}
	}
}

// A fieldMade is a field as a client adds it.
type fieldMade struct {
	Key    string `json:"key"`
	Kind   string `json:"kind"`
	Format string `json:"format,omitempty"`
	Labels struct {
		JA string `json:"ja"`
		EN string `json:"en"`
	} `json:"labels"`
}

func addFields(c *shopClient, fields []fieldMade) {
	c.t.Helper()
	for _, f := range fields {
		c.ask(http.MethodPost, "/v1/fields", f, nil)
	}
}

// copyFields gives a register the profile fields of another that it lacks.
func copyFields(t testing.TB, from, to *shopClient) {
	t.Helper()
	var of, known struct {
		Fields []fieldMade `json:"fields"`
	}
	from.ask(http.MethodGet, "/v1/fields", nil, &of)
	to.ask(http.MethodGet, "/v1/fields", nil, &known)
	there := map[string]bool{}
	for _, f := range known.Fields {
		there[f.Key] = true
	}
	for _, f := range of.Fields {
		if !there[f.Key] {
			addFields(to, []fieldMade{f})
		}
	}
}

// nastyFields are one or two of each kind, with labels that a spreadsheet would
// take for something else.
func nastyFields() []fieldMade {
	var list []fieldMade
	for _, f := range []struct{ key, kind, format, ja, en string }{
		{"profile.text", "String", "", "文字, \"引用\"", "Text, \"quoted\""}, {"profile.text2", "String", "", "=SUM(A1)", "=SUM(A1)"},
		{"profile.web", "String", "url", "ウェブ", "Site"}, {"profile.version", "String", "version", "版", "Version"}, {"profile.phone2", "String", "phone", "電話２", "Second phone"},
		{"profile.points", "Number", "", "点", "Points"}, {"profile.at", "Date", "", "日時", "When"},
		{"profile.yes", "Boolean", "", "はい？", "Yes?"}, {"profile.words", "List", "", "言葉", "Words"},
	} {
		made := fieldMade{Key: f.key, Kind: f.kind, Format: f.format}
		made.Labels.JA, made.Labels.EN = f.ja, f.en
		list = append(list, made)
	}
	return list
}

// nastyTexts are what files mangle: formulas, quotes, ends of lines, numbers
// that are none, what a format uses for itself.
var nastyTexts = []string{
	"=1+1", "=cmd|' /C calc'!A0", "+81 90", "-1", "@home", "\ttab", "\rreturn", "＝１", "＋１", "－１", "＠家", "'=1", "''=1", "'", "'plain", "'ﾊﾝｶｸ",
	`say "hi"`, `"`, `""`, "a,b", "a;b", "line\nbreak", "line\r\nbreak", "end\n", "cr\rmid", " lead", "trail ", "　全角　", "\u00a0nbsp",
	"007", "1e5", "1,234", "￥1,234", "2026/11/23", "2026-11-23", "true", "TRUE", "false", "はい", "いいえ", "null", "NULL", "NaN", "#N/A", "#REF!", "0x10", "12345678901234567890",
	"髙橋", "渡邉", "渡邊", "﨑", "か\u3099", "が", "葛\U000E0100", "👩‍👩‍👧‍👦", "🇯🇵", "e\u0301", "ﾊﾝｶｸ", "zero\u200bwidth", "\ufeffbom", "right\u202eleft",
	"_x0041_", "_x005F_", "_x000D_", "a\x01b", "a\x0bb", "bell\a", "esc\x1b[31m", "del\x7f", "\u0085next", "\u2028line", "\ufffe", "\uffff",
	`["a","b"]`, `{"a":1}`, "[]", `\`, `\n`, "</t>", "<b>&amp;</b>", "&#13;", "]]>", "#comment", "--", "- - -", "％", "100%", "1/2", "10:30", "+", "=", "-", "@",
}

func nastyText(r *rand.Rand) string {
	text := nastyTexts[r.IntN(len(nastyTexts))]
	switch r.IntN(12) {
	case 0:
		text += nastyTexts[r.IntN(len(nastyTexts))]
	case 1:
		text = strings.Repeat("長い文", 1+r.IntN(400)) + text // up to 3,600 bytes
	}
	return text
}

// nastyNumbers and nastyDates lie at the ends of what their kinds, Excel's
// calendar and its numbers know.
var (
	nastyNumbers = []float64{0, 1, -1, 0.1, 0.30000000000000004, 1e-7, 1.5e-300, 1234567.891, 9007199254740992, -9007199254740992, 1e15, 123456789012345, 1.7976931348623157e-10}
	nastyDates   = []int64{0, 1, -1, 999, 1_795_391_999_999, 1_795_392_000_000, 1_795_392_000_123, -2_209_075_200_000, -2_208_988_800_000, -2_203_891_200_001,
		-2_203_977_600_000, -62_135_596_800_000, 253_402_214_400_000, 253_402_300_799_999, 951_782_400_000, 1_774_710_000_000, -777_600_000_001}
)

// nastyCustomer is one line of NDJSON, each field set or not.
func nastyCustomer(r *rand.Rand, n int) []byte {
	profile, c := map[string]any{}, map[string]any{}
	maybe := func(into map[string]any, key string, value any) {
		if r.IntN(3) > 0 {
			into[key] = value
		}
	}
	for _, key := range []string{"text", "text2", "name", "description", "web", "version", "phone2", "utmSource", "referrer"} {
		maybe(profile, key, nastyText(r))
	}
	maybe(profile, "mobileNumber", []string{"090-1234-5678", "０９０１２３４５６７８", "+81 90 1234 5678", "090", "内線12"}[r.IntN(5)])
	maybe(profile, "points", nastyNumbers[r.IntN(len(nastyNumbers))])
	maybe(profile, "at", nastyDates[r.IntN(len(nastyDates))])
	maybe(profile, "lastCheckoutCompletedAt", 10_000_000_000+r.Int64N(4_000_000_000_000)) // ten digits would be taken for seconds
	maybe(profile, "yes", r.IntN(2) == 0)
	maybe(profile, "words", nastyList(r, 4, nastyText))
	c["profile"] = profile
	c["id"] = fmt.Sprintf("%s%d", []string{"c", "=", "00", "-", "顧客 ", "+8190", "＠", "1e"}[r.IntN(8)], 100_000+n)
	if r.IntN(2) == 0 {
		c["memberId"] = fmt.Sprintf("%s%d", []string{"m", "0", "=m", "'"}[r.IntN(4)], 200_000+n)
		maybe(c, "name", nastyText(r))
	}
	maybe(c, "tags", nastyList(r, 3, func(r *rand.Rand) string { return nastyTexts[r.IntN(len(nastyTexts))] }))
	maybe(c, "city", nastyText(r))
	maybe(c, "unsubscribeEmail", r.IntN(2) == 0)
	maybe(c, "hasPushToken", r.IntN(2) == 0)
	maybe(c, "web", map[string]any{"sessionsCount": r.IntN(1000), "lastSeenAt": 1_700_000_000_000 + r.Int64N(1e11), "browser": nastyText(r)})
	c["createdAt"], c["updatedAt"] = 1_600_000_000_000+r.Int64N(1e11), 1_700_000_000_000+r.Int64N(1e11)
	line, err := json.Marshal(c)
	if err != nil {
		panic(err) // only kinds that JSON has
	}
	return append(line, '\n')
}

func nastyList(r *rand.Rand, most int, text func(*rand.Rand) string) []string {
	list := make([]string, 1+r.IntN(most))
	for i := range list {
		list[i] = text(r)
	}
	return list
}
