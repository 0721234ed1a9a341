package dsl

import "unicode/utf8"

// Snippet is the canonical text of a node on one line; one that is longer than
// so many characters is cut off there and ends with an ellipsis.
// Cost: does not grow with what is cut off.
func Snippet(n Node, most int) string {
	text := beginning(n, utf8.UTFMax*most)
	count := 0
	for i := range text {
		if count++; count > most {
			return text[:i] + "…"
		}
	}
	return text
}
