package schema

import (
	"bytes"
	"encoding/json"
	"testing"
)

// Every text is written as encoding/json writes it.
func TestTextsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	texts := []string{"", "a", "髙橋 花子", "\"", "\\", "<a&b>", "\x7f", "a\u2028b", "\u2029", "\xff", "é\xe3\x81", "😀", "\u0085"}
	for c := range rune(0x30) {
		texts = append(texts, string(c), "あ"+string(c))
	}
	for _, text := range texts {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(text); err != nil {
			t.Fatal(err)
		}
		if got := appendString(nil, text); string(got)+"\n" != want.String() {
			t.Errorf("%q: %s, want %s", text, got, want.String())
		}
	}
}
