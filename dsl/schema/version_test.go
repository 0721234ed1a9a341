package schema

import "testing"

func parseVersion(t *testing.T, s string) Version {
	t.Helper()
	v, ok := ParseVersion(s)
	if !ok {
		t.Fatalf("ParseVersion(%q) fails", s)
	}
	return v
}

// Each group is equal within itself and comes before the next.
func orderedVersions() [][]string {
	return [][]string{
		{"0-alpha"}, {"0", "0.0", "v0", "00.000", "0+build"}, {"0.0.1"}, {"0.1-rc.1"}, {"0.1"}, {"0.9"}, {"0.10", "0.010"},
		{"1", "v1", "V1", "1.0.0", "１．０"}, {"1.0.0.1"}, {"2.9.1"}, {"2.10.0-alpha"}, {"2.10.0-beta.1", "2.10-BETA.1"}, {"2.10.0-beta.2", "2.10.0-beta.02"}, {"2.10.0-beta.10"}, {"2.10.0-beta.x"}, {"2.10.0-beta2"},
		{"2.10.0", "2.10", "2.10.0+5", "v2.10"}, {"2.10.1"}, {"10"}, {"99999999999999999999.1"}, {"100000000000000000000"},
	}
}

func TestVersionOrder(t *testing.T) {
	groups := orderedVersions()
	for i, group := range groups {
		for _, a := range group {
			v := parseVersion(t, a)
			for j, other := range groups {
				for _, b := range other {
					want := 0
					if i < j {
						want = -1
					} else if i > j {
						want = 1
					}
					if got := v.Compare(parseVersion(t, b)); got < 0 != (want < 0) || got > 0 != (want > 0) {
						t.Errorf("%s against %s is %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func TestNoVersions(t *testing.T) {
	for _, s := range []string{"", "v", "latest", "2..1", ".1", "1.", "2.x", "1.0-", "-1", "1,0", "vv1", "1 .0", "+1", "1.0 beta"} {
		if v, ok := ParseVersion(s); ok {
			t.Errorf("ParseVersion(%q) = %+v", s, v)
		}
	}
}
