package dsl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// The severities of a diagnostic.
const (
	Error   = "error"
	Warning = "warning"
)

// A Diagnostic is one thing that is wrong, or doubtful, with a filter.
// Its code is stable; SPEC.md lists them all.
type Diagnostic struct {
	Code     string       `json:"code"`
	Severity string       `json:"severity"`
	Message  schema.Words `json:"message"`
	Span     Span         `json:"span"`
	Expected []string     `json:"expected,omitempty"`
	Fixes    []Fix        `json:"fixes,omitempty"`
	Rendered string       `json:"rendered"` // Render in English
}

// A Span is a stretch of the original text, its end excluded: in bytes and in
// UTF-16 code units (which browsers count). Line and Column say where it
// begins, from 1; the column counts characters (code points). An edit's span
// leaves them 0.
type Span struct {
	Start  int    `json:"start"`
	End    int    `json:"end"`
	UTF16  [2]int `json:"utf16"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// A Fix is a change of the text that mends the error; when it is the only one,
// the text then compiles.
type Fix struct {
	Title schema.Words `json:"title"`
	Edits []Edit       `json:"edits"`
}

// An Edit puts Text where Span is. The edits of a fix do not overlap and all
// refer to the original text.
type Edit struct {
	Span Span   `json:"span"`
	Text string `json:"text"`
}

// HasErrors reports whether any diagnostic is an error.
func HasErrors(list []Diagnostic) bool { return errorCount(list) > 0 }

func errorCount(list []Diagnostic) int {
	n := 0
	for _, d := range list {
		if d.Severity == Error {
			n++
		}
	}
	return n
}

// Apply is the text after a fix.
func (f Fix) Apply(text string) string {
	edits := slices.Clone(f.Edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { // from the end; what is inserted before a word goes in after the word is changed
		return cmp.Or(cmp.Compare(b.Span.Start, a.Span.Start), cmp.Compare(b.Span.End, a.Span.End))
	})
	for _, e := range edits {
		text = text[:e.Span.Start] + e.Text + text[e.Span.End:]
	}
	return text
}

// maxDiagnostics bounds what one filter can make us say: beyond it nobody
// reads on, and a hostile text must not cost more than its length.
const maxDiagnostics = 50

// A fault is a diagnostic before its position is worked out.
type fault struct {
	code     string
	warning  bool
	at       Extent
	message  schema.Words
	expected []string
	fixes    []change
	named    bool // the message names the segment whose fault it is
}

// A change is a fix before its positions are worked out.
type change struct {
	title schema.Words
	edits []replacement
}

type replacement struct {
	at   Extent
	text string
}

// say formats a message in both languages with the same arguments.
func say(ja, en string, args ...any) schema.Words {
	if len(args) == 0 {
		return schema.Words{JA: ja, EN: en}
	}
	return schema.Words{JA: fmt.Sprintf(ja, args...), EN: fmt.Sprintf(en, args...)}
}

// replace is the fix that puts text where at is.
func replace(at Extent, text string) change {
	title := say("「%s」に置き換える", "replace with %s", clip(text))
	if at.Start == at.End {
		title = say("「%s」を入れる", "insert %s", clip(text))
	} else if text == "" {
		title = say("取り除く", "remove it")
	}
	return change{title, []replacement{{at, text}}}
}

// remove is the fix that takes at out, with the space behind it where one
// stands before it too.
func remove(text string, at Extent) change {
	if at.Start == 0 || strings.ContainsRune(" \n(", foldRune(lastRune(text[:at.Start]))) {
		rest := text[at.End:]
		at.End += len(rest) - len(strings.TrimLeftFunc(rest, func(r rune) bool { return foldRune(r) == ' ' }))
	}
	return replace(at, "")
}

// replaceAll is replace for several places at once.
func replaceAll(title schema.Words, edits ...replacement) change { return change{title, edits} }

// faults collects what is found in one text, at most maxDiagnostics of it.
type faults struct {
	list  []fault
	count int  // of what was found, kept or not
	full  bool // there are maxDiagnostics errors and more: stop looking
	work  int  // spent on reading the text, see fixes.go
}

// add keeps a fault while there is room. An error takes the place of a
// warning; warnings alone never stop the search, since the filter may run.
func (f *faults) add(one fault) {
	f.count++
	if len(f.list) < maxDiagnostics {
		f.list = append(f.list, one)
		return
	}
	if one.warning {
		return
	}
	i := slices.IndexFunc(f.list, func(kept fault) bool { return kept.warning })
	if i < 0 {
		f.full = true
		return
	}
	f.list = append(slices.Delete(f.list, i, i+1), one)
}

// has reports whether a code was found already.
func (f *faults) has(code string) bool {
	return slices.ContainsFunc(f.list, func(one fault) bool { return one.code == code })
}

// errors reports whether any fault is an error.
func (f *faults) errors() bool { return f.errorCount() > 0 }

// errorCount is how many errors diagnostics would give.
func (f *faults) errorCount() int {
	n := 0
	for _, one := range f.list {
		if !one.warning {
			n++
		}
	}
	return n
}

// diagnostics locates the faults in the text, in the order of the text.
func (f *faults) diagnostics(text string) []Diagnostic {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b fault) int { return cmp.Compare(a.at.Start, b.at.Start) })
	where := newLocator(text)
	list := make([]Diagnostic, 0, len(f.list))
	for _, one := range f.list {
		list = append(list, one.diagnostic(text, where))
	}
	return list
}

func (one fault) diagnostic(text string, where *locator) Diagnostic {
	d := Diagnostic{Code: one.code, Severity: Error, Message: one.message, Span: where.span(one.at), Expected: one.expected}
	if one.warning {
		d.Severity = Warning
	}
	for _, c := range one.fixes {
		fix := Fix{Title: c.title}
		for _, r := range c.edits {
			span := where.span(r.at)
			span.Line, span.Column = 0, 0
			fix.Edits = append(fix.Edits, Edit{span, r.text})
		}
		d.Fixes = append(d.Fixes, fix)
	}
	d.Rendered = Render(text, d, "en")
	return d
}

// clip is the beginning of a text, for messages.
func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > 40 {
			return s[:i] + "…"
		}
	}
	return s
}
