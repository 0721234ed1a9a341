package schema

import (
	"cmp"
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
		if n == "" || strings.Trim(n, "0123456789") != "" {
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
// as 0 (2.10 equals 2.10.0) and a pre-release comes before its release, two
// pre-releases by the bytes of their folded text.
func (v Version) Compare(w Version) int {
	for i := range max(len(v.numbers), len(w.numbers)) {
		a, b := v.part(i), w.part(i)
		if c := cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)); c != 0 {
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
	return strings.Compare(v.suffix, w.suffix)
}

func (v Version) part(i int) string {
	if i < len(v.numbers) {
		return v.numbers[i]
	}
	return ""
}
