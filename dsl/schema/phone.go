package schema

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// PhoneForms are the two ways in which the digits of a phone number are
// written: "+819012345678" (E.164) and "09012345678" (as dialled at home).
type PhoneForms struct {
	International string
	National      string
}

// ParsePhone reads a phone number as people type it: 090-1234-5678, ０９０…,
// +81 90 … and +81 (0)90 … all give the same forms. region is the country of
// numbers without a country code. false means that the text is no possible
// number; it is then compared as text. Cost: 0.1 µs for a Japanese mobile number,
// about 17 µs for another.
func ParsePhone(text, region string) (PhoneForms, bool) {
	folded := Fold(text)
	if !looksLikePhone(folded) {
		return PhoneForms{}, false
	}
	if forms, ok := japaneseMobile(folded, region); ok {
		return forms, true
	}
	return parseAnyPhone(folded, region)
}

// KnownRegion reports whether a two-letter code, in capitals, is a country
// whose phone numbers can be read.
func KnownRegion(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

func parseAnyPhone(folded, region string) (PhoneForms, bool) {
	n, err := phonenumbers.Parse(folded, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return PhoneForms{}, false
	}
	return PhoneForms{
		International: phonenumbers.Format(n, phonenumbers.E164),
		National:      digitsOf(phonenumbers.Format(n, phonenumbers.NATIONAL)),
	}, true
}

// japaneseMobile reads what most phone numbers here are, 0A0 and eight digits
// with A 5, 7, 8 or 9, or the same behind +81, in a hundredth of the time that the
// library takes. It gives what parseAnyPhone gives; a test holds that.
func japaneseMobile(folded, region string) (PhoneForms, bool) {
	var digits [12]byte
	n := 0
	for i := 0; i < len(folded); i++ {
		switch c := folded[i]; {
		case c >= '0' && c <= '9' && n < len(digits):
			digits[n] = c
			n++
		case (c == '-' || c == ' ') && i > 0 && i < len(folded)-1:
		case c == '+' && i == 0:
		default:
			return PhoneForms{}, false
		}
	}
	number := string(digits[:n]) // 819012345678 or 09012345678
	switch {
	case folded[0] == '+' && strings.HasPrefix(number, "81"):
		number = "0" + number[2:]
	case folded[0] == '+' || region != DefaultRegion:
		return PhoneForms{}, false
	}
	if len(number) != 11 || number[0] != '0' || !strings.Contains("5789", number[1:2]) || number[2] != '0' {
		return PhoneForms{}, false
	}
	return PhoneForms{International: "+81" + number[1:], National: number}, true
}

// PhoneDigits is what is left of a needle when the punctuation of phone
// numbers is taken out: digits, with a leading + kept. false means that the
// text holds anything else, or no digit, and so is not part of a number.
func PhoneDigits(needle string) (string, bool) {
	folded := Fold(needle)
	if !looksLikePhone(folded) {
		return "", false
	}
	digits := digitsOf(folded)
	if digits == "" {
		return "", false
	}
	if strings.HasPrefix(folded, "+") {
		// The (0) of +81 (0)90 is dialled at home only.
		return "+" + digitsOf(strings.Replace(folded, "(0)", "", 1)), true
	}
	return digits, true
}

// Every form in which a number matches a needle of PhoneDigits: with the plus,
// international digits without it, and national.
func (p PhoneForms) all() [3]string {
	return [3]string{p.International, strings.TrimPrefix(p.International, "+"), p.National}
}

// Contains, HasPrefix and HasSuffix hold when any form of the number does.
func (p PhoneForms) Contains(digits string) bool {
	return strings.Contains(p.International, digits) || strings.Contains(p.National, digits)
}

// HasPrefix: see Contains. "81" and "+81" both begin +8190….
func (p PhoneForms) HasPrefix(digits string) bool {
	for _, form := range p.all() {
		if strings.HasPrefix(form, digits) {
			return true
		}
	}
	return false
}

// HasSuffix: see Contains.
func (p PhoneForms) HasSuffix(digits string) bool {
	return strings.HasSuffix(p.International, digits) || strings.HasSuffix(p.National, digits)
}

func looksLikePhone(folded string) bool {
	digit := false
	for i, r := range folded {
		switch {
		case r >= '0' && r <= '9':
			digit = true
		case r == '+' && i == 0:
		case strings.ContainsRune(" -().‐‑‒–—―−ー/", r):
		default:
			return false
		}
	}
	return digit
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// MinQuickDigits is how many digits a quick-search term needs before it also
// matches phone numbers by digits.
const MinQuickDigits = 4
