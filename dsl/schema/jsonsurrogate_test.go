package schema

import (
	"strings"
	"testing"
)

// Half of a surrogate pair is no character: it is refused, and not stored as
// another one.
func TestALoneSurrogateIsRefused(t *testing.T) {
	for text, lone := range map[string]string{
		`\ud83d\ude00`: "", `\uD842\uDFB7野家`: "", `\\ud800`: "", `\\\\ud800`: "", `\u3042`: "", `\ufffd`: "", `a\"\n`: "",
		`\ud800`: `\ud800`, `\udc00`: `\udc00`, `a\ud800b`: `\ud800`, `\ud800\n`: `\ud800`, `\ud800\ud800\udc00`: `\ud800`, `\ud83d\ude00\ude00`: `\ude00`,
		`\\\ud800`: `\ud800`, `\uDBFF\u0041`: `\uDBFF`,
	} {
		found, err := ParseCustomer([]byte(`{"profile":{"name":"` + text + `"}}`))
		if lone == "" && (err != nil || len(found) != 1) {
			t.Errorf("%s: %v", text, err)
		}
		if lone != "" && (err == nil || !strings.Contains(err.Error(), lone)) {
			t.Errorf("%s: %v, want a word of %s", text, err, lone)
		}
	}
}
