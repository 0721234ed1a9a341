package schema

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestParsePhone(t *testing.T) {
	mobile := PhoneForms{International: "+819012345678", National: "09012345678"}
	office := PhoneForms{International: "+81312345678", National: "0312345678"}
	tests := []struct {
		in   string
		want PhoneForms
	}{
		{"090-1234-5678", mobile},
		{"09012345678", mobile},
		{"０９０－１２３４－５６７８", mobile},
		{"０９０ー１２３４ー５６７８", mobile},
		{"090 1234 5678", mobile},
		{" 090.1234.5678 ", mobile},
		{"090−1234−5678", mobile}, // U+2212
		{"090‐1234‐5678", mobile}, // U+2010
		{"+819012345678", mobile},
		{"+81 90 1234 5678", mobile},
		{"+81 (0)90 1234 5678", mobile},
		{"＋８１ 90-1234-5678", mobile},
		{"03-1234-5678", office},
		{"(03) 1234-5678", office},
		{"+81-3-1234-5678", office},
		{"+1 415 555 2671", PhoneForms{"+14155552671", "4155552671"}},
		{"+44 20 7946 0958", PhoneForms{"+442079460958", "02079460958"}},
	}
	for _, test := range tests {
		got, ok := ParsePhone(test.in, "JP")
		if !ok || got != test.want {
			t.Errorf("ParsePhone(%q) = %+v, %v, want %+v", test.in, got, ok, test.want)
		}
	}
	for _, in := range []string{"", "-", "+", "番号なし", "090-xxxx", "12", "090-1234-5678 内線 3", "12345678901234567890", "a09012345678", "tel:09012345678"} {
		if got, ok := ParsePhone(in, "JP"); ok {
			t.Errorf("ParsePhone(%q) = %+v", in, got)
		}
	}
	if got, ok := ParsePhone("(415) 555-2671", "US"); !ok || got.International != "+14155552671" {
		t.Errorf("in the US: %+v, %v", got, ok)
	}
}

// The forms of a number are numbers themselves, and the same ones.
func TestPhoneFormsAreStable(t *testing.T) {
	for _, in := range []string{"090-1234-5678", "03-1234-5678", "0120-123-456", "+1 415 555 2671", "+81 (0)90 1234 5678", "050-1234-5678", "0570-012-345"} {
		forms, ok := ParsePhone(in, "JP")
		if !ok {
			t.Errorf("%q is no number", in)
			continue
		}
		if again, ok := ParsePhone(forms.International, "JP"); !ok || again != forms {
			t.Errorf("%q: %+v, its international form %+v, %v", in, forms, again, ok)
		}
	}
}

// The short way reads every number as the library does.
func TestJapaneseMobileIsParsePhone(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, seed))
	separators := []string{"", "", "-", " ", "--", " - "}
	short := 0
	for range 20_000 {
		number := "0" + string("5789"[random.IntN(4)]) + "0"
		if random.IntN(2) == 0 {
			number = "+81" + number[random.IntN(2):]
		}
		for range 8 - random.IntN(2)*random.IntN(2) + random.IntN(2)*random.IntN(2) {
			number += separators[random.IntN(len(separators))] + strconv.Itoa(random.IntN(10))
		}
		for _, region := range []string{"JP", "US"} {
			got, ok := japaneseMobile(number, region)
			if !ok {
				continue
			}
			short++
			if want, possible := parseAnyPhone(number, region); !possible || got != want {
				t.Fatalf("seed %d: %q in %s is %+v, by the library %+v, %v", seed, number, region, got, want, possible)
			}
		}
	}
	if short < 5000 {
		t.Errorf("only %d numbers went the short way", short)
	}
}

func TestPhoneDigits(t *testing.T) {
	tests := []struct{ in, want string }{
		{"090", "090"}, {"０９０－", "090"}, {"(03) 12", "0312"}, {"+81", "+81"}, {"+81 (0)90", "+8190"}, {"＋８１－９０", "+8190"}, {"-1234", "1234"},
	}
	for _, test := range tests {
		if got, ok := PhoneDigits(test.in); !ok || got != test.want {
			t.Errorf("PhoneDigits(%q) = %q, %v, want %q", test.in, got, ok, test.want)
		}
	}
	for _, in := range []string{"", "-", "+", "abc", "09a", "1+2", "九"} {
		if got, ok := PhoneDigits(in); ok {
			t.Errorf("PhoneDigits(%q) = %q", in, got)
		}
	}
}

func TestPhoneFormsAreSearched(t *testing.T) {
	p, _ := ParsePhone("090-1234-5678", "JP")
	type search func(string) bool
	for _, test := range []struct {
		name   string
		search search
		yes    []string
		no     []string
	}{
		{"Contains", p.Contains, []string{"090", "8190", "+8190", "1234", "45678", "09012345678"}, []string{"81090", "999", "+90"}},
		{"HasPrefix", p.HasPrefix, []string{"0", "090", "81", "+81", "+8190123"}, []string{"90", "1", "+90"}},
		{"HasSuffix", p.HasSuffix, []string{"8", "5678", "09012345678", "+819012345678"}, []string{"567", "81"}},
	} {
		for _, digits := range test.yes {
			if !test.search(digits) {
				t.Errorf("%s(%q) is false", test.name, digits)
			}
		}
		for _, digits := range test.no {
			if test.search(digits) {
				t.Errorf("%s(%q) is true", test.name, digits)
			}
		}
	}
}

func BenchmarkParsePhone(b *testing.B) {
	for name, s := range map[string]string{"mobile": "090-1234-5678", "digits": "09012345678", "international": "+819012345678", "text": "番号なし", "too short": "12"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParsePhone(s, "JP")
			}
		})
	}
}
