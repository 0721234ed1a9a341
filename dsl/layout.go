package dsl

import "strings"

// formatWidth is the column at which a filter breaks into lines.
const formatWidth = 80

// Format is the canonical text of a filter: keywords in capitals, as few
// brackets as its meaning allows, one condition a line when it is long or has
// comments, which are kept. Format of its own result changes nothing. The
// text is "" when there are errors.
func Format(text string) (string, []Diagnostic) {
	query, list := Parse(text)
	if query == nil {
		return "", list
	}
	return Print(query), list
}

// Print writes a query as Format does.
func Print(q *Query) string { return printed(q.Root, attach(q)) }

func printed(root Node, notes notes) string {
	p := &layout{notes: notes}
	if root != nil {
		p.node(root, 0, "")
	}
	for _, text := range p.notes.last {
		p.line(0, comment(text))
	}
	return strings.Join(p.lines, "\n")
}

// A layout writes a tree in lines.
type layout struct {
	notes notes
	lines []string
}

func (p *layout) line(indent int, text string) {
	p.lines = append(p.lines, strings.Repeat("  ", indent)+text)
}

// node writes a node behind a prefix such as "AND NOT ".
func (p *layout) node(n Node, indent int, prefix string) {
	if text, ok := p.short(n, indent, prefix, ""); ok {
		p.line(indent, text)
		return
	}
	switch n := n.(type) {
	case *And:
		p.parts(n.Parts, indent, prefix, "AND ")
	case *Or:
		p.parts(n.Parts, indent, prefix, "OR ")
	case *Not:
		p.bracketed(n.Part, indent, prefix+"NOT ", isJoined(n.Part))
	default:
		p.leaf(n, indent, prefix)
	}
}

// short is a node on one line, between a prefix and what closes it; false when
// it does not fit or has comments.
func (p *layout) short(n Node, indent int, open string, shut string) (string, bool) {
	if p.notes.any(n) {
		return "", false
	}
	text := open + beginning(n, measured) + shut
	return text, narrow(2*indent, text)
}

// measured is the length in bytes from which a text is too wide without being
// measured.
const measured = 8 * formatWidth

// narrow reports whether the text fits behind so many columns.
func narrow(indent int, text string) bool {
	return indent+len(text) <= formatWidth || len(text) < measured && indent+columns(text) <= formatWidth
}

// parts writes the parts of an AND or OR a line each. A prefix stands before
// the first one; the AND inside an OR that begins with it is indented.
func (p *layout) parts(parts []Node, indent int, prefix, word string) {
	rest := indent
	if prefix != "" {
		rest++
	}
	for i, part := range parts {
		own, at := prefix, indent
		if i > 0 {
			own, at = word, rest
		}
		p.bracketed(part, at, own, word == "AND " && isOr(part))
	}
}

func (p *layout) bracketed(n Node, indent int, prefix string, brackets bool) {
	if !brackets {
		p.node(n, indent, prefix)
		return
	}
	if text, ok := p.short(n, indent, prefix+"(", ")"); ok {
		p.line(indent, text)
		return
	}
	p.line(indent, prefix+"(")
	p.node(n, indent+1, "")
	p.line(indent, ")")
}

// leaf writes a condition with its comments.
func (p *layout) leaf(n Node, indent int, prefix string) {
	for _, text := range p.notes.before[n] {
		p.line(indent, comment(text))
	}
	behind := ""
	if text, ok := p.notes.behindText(n); ok {
		behind = "  " + comment(text)
	}
	pred, ok := n.(*Pred)
	if !ok || !pred.List || len(pred.Values) < 2 || narrow(2*indent, prefix+beginning(n, measured)) {
		p.line(indent, prefix+flat(n)+behind)
		return
	}
	p.line(indent, prefix+predHead(pred)+" (")
	p.values(pred.Values, indent+1)
	p.line(indent, ")"+behind)
}

// values fills lines with the values of a long list.
func (p *layout) values(values []Value, indent int) {
	line, width := "", 2*indent
	for i, v := range values {
		text := valueText(v)
		if i < len(values)-1 {
			text += ","
		}
		w := columns(text)
		if line != "" && width+1+w > formatWidth {
			p.line(indent, line)
			line, width = "", 2*indent
		}
		if line != "" {
			line, width = line+" ", width+1
		}
		line, width = line+text, width+w
	}
	p.line(indent, line)
}
