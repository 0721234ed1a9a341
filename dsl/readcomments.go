package dsl

import (
	"strings"

	"meibo/dsl/jsondoc"
)

// comments reads the comments of a leaf; those below everything are the
// whole's.
func (r *treeReader) comments(v *jsondoc.Value, at string, leaf Node, whole bool) {
	m := v.Member("comments")
	if m == nil {
		return
	}
	at = jsondoc.Child(at, "comments")
	var allowed []string
	if leaf != nil {
		allowed = append(allowed, "before", "behind")
	}
	if whole {
		allowed = append(allowed, "after")
	}
	if !r.faults.Object(m, at, allowed...) {
		return
	}
	if before := r.lines(m, at, "before"); len(before) > 0 && leaf != nil {
		r.notes.before[leaf] = before
	}
	if behind, there := r.text(m, at, "behind"); there && leaf != nil {
		r.notes.behind[leaf] = []string{r.line(behind, jsondoc.Child(at, "behind"))}
	}
	if after := r.lines(m, at, "after"); whole {
		r.notes.last = after
	}
}

func (r *treeReader) lines(v *jsondoc.Value, at, name string) []string {
	m := v.Member(name)
	at = jsondoc.Child(at, name)
	if m == nil || !r.faults.Is(m, at, jsondoc.Array) {
		return nil
	}
	var lines []string
	for i := range m.Items {
		if here := jsondoc.Element(at, i); r.faults.Is(&m.Items[i], here, jsondoc.String) {
			lines = append(lines, r.line(m.Items[i].Text, here))
		}
	}
	return lines
}

func (r *treeReader) line(text, at string) string {
	if strings.Contains(text, "\n") {
		r.faults.Add(at, jsondoc.CodeUnknownWord, "コメントは 1 行に書きます。", "a comment is one line")
	}
	return strings.TrimSpace(text)
}
