package dsl

import "testing"

// TestFixOfARepeatedSegmentLeavesNoOther: where a part repeats a segment that
// stands beside it too, the part is told as a whole. Once the repetition inside
// was told and, with that taken out, what was left of the part. Both filters
// are what random comparison found.
func TestFixOfARepeatedSegmentLeavesNoOther(t *testing.T) {
	env := testEnv(t)
	env.Segments = savedAs(map[string]string{"few": `sessionsCount = 1 AND city = "a"`, "nobody": "id IN ()"})
	for _, test := range []struct {
		name, text string
		told       int // repetitions
	}{
		{"seed 1795533822983737974", `segment("few") OR segment("few") OR (sessionsCount >= 0) OR segment("few") AND segment("few") OR segment("few") OR (sessionsCount >= 0) OR segment("few") AND # why
id IS SET AND # why
((( (member = FALSE)) OR ( (member = FALSE)) OR ( (segment("nobody"))) OR (sessionsCount BETWEEN 4 AND 1)) OR (( (sessionsCount > 2)) AND tags ANY $= "a" AND ( (mobile.appVersion > version("2.1"))) AND ( (sessionsCount < 3))))`, 4},
		{"seed 77783", `( (( (segment("few") AND segment("few"))) and	( (segment("few")  OR
segment("few"))) and	( (segment("few")  OR
segment("few"))) and	(city ~ exact("Ab")))) AND ( (( (segment("few") AND segment("few"))) and	( (segment("few")  OR
segment("few"))) and	( (segment("few")  OR
segment("few"))) and	(city ~ exact("Ab"))))`, 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			told := 0
			for _, d := range lintWarnings(test.text, env, nil) {
				if d.Code == "duplicate_condition" {
					told++
				}
				checkWarning(t, test.text, d, env)
			}
			if told != test.told {
				t.Errorf("%d repetitions were told, want %d", told, test.told)
			}
		})
	}
}
