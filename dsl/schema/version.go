package schema

import (
	"cmp"
	"slices"
	"strings"
)

// A Version is a dotted version number in comparable form.
type Version struct {
	numbers []string // decimal digits, no leading zeros; trailing zero parts dropped
	suffix  string   // pre-release after "-", folded; "" is the release itself
}

// MaxVersion is how many bytes a version has at most.
const MaxVersion = 128

// ParseVersion reads "2.10.0", "v2.10", "2.10.0-beta.1" or "2.10.0+build":
// an optional v, numbers with dots between, an optional pre-release after "-",
// a build after "+" that is ignored. Anything else, and what is longer than
// MaxVersion, is not a version and matches no version comparison.
func ParseVersion(s string) (Version, bool) {
	if len(s) > MaxVersion {
		return Version{}, false
	}
	s, _, _ = strings.Cut(Fold(s), "+")
	core, suffix, pre := strings.Cut(strings.TrimPrefix(s, "v"), "-")
	if pre && suffix == "" {
		return Version{}, false
	}
	numbers := strings.Split(core, ".")
	for i, n := range numbers {
		if !isDigits(n) {
			return Version{}, false
		}
		numbers[i] = strings.TrimLeft(n, "0")
	}
	for len(numbers) > 0 && numbers[len(numbers)-1] == "" {
		numbers = numbers[:len(numbers)-1]
	}
	return Version{numbers, suffix}, true
}

// Compare orders versions number by number; a part that is not there counts
// as 0 (2.10 equals 2.10.0) and a pre-release comes before its release. Two
// pre-releases compare as Semantic Versioning 2.0.0 has it (item 11): part by
// part between the dots, digits as numbers and before words, words by their
// bytes, and the shorter first where all else is equal.
func (v Version) Compare(w Version) int {
	for i := range max(len(v.numbers), len(w.numbers)) {
		a, b := v.part(i), w.part(i)
		if c := compareDigits(a, b); c != 0 {
			return c
		}
	}
	switch {
	case v.suffix == w.suffix:
		return 0
	case v.suffix == "":
		return 1
	case w.suffix == "":
		return -1
	}
	return slices.CompareFunc(strings.Split(v.suffix, "."), strings.Split(w.suffix, "."), comparePreRelease)
}

// compareDigits compares digits without leading zeros as numbers.
func compareDigits(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func comparePreRelease(a, b string) int {
	switch x, y := isDigits(a), isDigits(b); {
	case x && y:
		return compareDigits(strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0"))
	case x:
		return -1
	case y:
		return 1
	}
	return strings.Compare(a, b)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (v Version) part(i int) string {
	if i < len(v.numbers) {
		return v.numbers[i]
	}
	return ""
}
