package schema

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// Where the fast scanner answers at all, it answers as the full parser does.
func holdScannerToParser(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		return
	}
	fast, ok := scanCustomer(text)
	if !ok {
		return
	}
	full, err := parseCustomer([]byte(text))
	if err != nil {
		t.Fatalf("%q: the scanner takes it, the parser says %v", text, err)
	}
	if len(full)+len(fast) > 0 {
		if diff := cmp.Diff(full, fast); diff != "" {
			t.Fatalf("%q:\n%s", text, diff)
		}
	}
}

func TestScannerTakesTheCommonCases(t *testing.T) {
	for _, text := range []string{
		`{}`, ` { } `, `{"id":"a"}`, `{"a":1,"b":-2.5e+3,"c":0,"d":-0,"e":true,"f":false,"g":null}`,
		`{"tags":[],"profile":{"name":"髙橋 花子","e":{}},"x":["a",1,null]}`, "{\"a\":\"x\\\"y\\u3042\\ud83d\\ude00\\n\"}\r\n",
	} {
		if _, ok := scanCustomer(text); !ok {
			t.Errorf("%q is left to the parser", text)
		}
		holdScannerToParser(t, text)
	}
}

func TestScannerLeavesTheRestToTheParser(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9)
	for _, text := range []string{
		"", "1", "[]", "{", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":+1}`, `{"a":1e}`, `{"a":tru}`, `{"a":"x}`,
		"{\"a\":\"\n\"}", `{"a":1}{`, `{"a":1,"a":2}`, `{"a":{"b":1},"a.b":2}`, `{"a":[[]]}`, `{"a":[1,]}`, `{"a":"\x"}`, `{"\u0061":1}`, deep, `{'a':1}`, `{"a":1 2}`,
	} {
		if found, ok := scanCustomer(text); ok {
			t.Errorf("%q: %v", text, found)
		}
	}
}

func TestScannerAgreesOnRandomText(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	parts := []string{`{`, `}`, `[`, `]`, `:`, `,`, `"a"`, `"b"`, `"profile"`, `"a.b"`, `1`, `-0.5`, `1e9`, `0`, `null`, `true`, `false`, ` `, `"\n"`, `"あ"`, `"`, `\`}
	taken := 0
	for range 100_000 {
		text := "{"
		for range r.IntN(8) {
			text += `"` + string(rune('a'+r.IntN(6))) + `":` + parts[r.IntN(len(parts))] + ","
		}
		text = strings.TrimSuffix(text, ",")
		for range r.IntN(3) {
			text += parts[r.IntN(len(parts))]
		}
		text += "}"
		if _, ok := scanCustomer(text); ok {
			taken++
		}
		holdScannerToParser(t, text)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if taken < 1000 {
		t.Errorf("only %d texts were taken: the test says little", taken)
	}
}

func FuzzScannerAgreesWithParser(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":[1,"x"],"b":{"c":null}}`, `{"a":"\u3042"}`, `{"a":-1.5e+7}`} {
		f.Add(seed)
	}
	f.Fuzz(holdScannerToParser)
}

func BenchmarkParseCustomer(b *testing.B) {
	raw := []byte(`{"id":"5692161d100b05e5","memberId":"M100000","name":"山口　香織","member":true,"tags":["店舗"],"country":"JP","city":"神戸市","language":"ja","sessionsCount":1,"lastSeenAt":1690149612237,"createdAt":1690149612237,"updatedAt":1690149612237,"unsubscribeEmail":false,"web":{"sessionsCount":1,"lastSeenAt":1690149612237,"device":"mobile","os":"Android 16","osName":"Android","browser":"Chrome 132","browserName":"Chrome"},"profile":{"email":"kaoriy8139@gmail.example","referrer":"https://www.google.com/"}}`)
	for b.Loop() {
		if _, err := ParseCustomer(raw); err != nil {
			b.Fatal(err)
		}
	}
}
