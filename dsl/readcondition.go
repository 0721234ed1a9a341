package dsl

import (
	"slices"
	"strings"

	"meibo/dsl/jsondoc"
)

// NewPath is the path of a field's key; false when no text can name it.
func NewPath(key string) (Path, bool) {
	names := strings.Split(key, ".")
	for _, name := range names {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return foldRune(r) == '`' || r == '\n' }) {
			return Path{}, false
		}
	}
	return Path{Names: names}, true
}

func (r *treeReader) condition(v *jsondoc.Value, at string) Node {
	p := &Pred{Path: r.path(v, at), Values: r.values(v, at)}
	operator, ok := r.faults.Needs(v, at, "operator", jsondoc.String)
	if !ok || !r.faults.Word(operator.Text, jsondoc.Child(at, "operator"), operatorNames()...) {
		return p
	}
	p.Op = Op(slices.Index(operatorNames(), operator.Text))
	p.Negated, _ = r.flag(v, at, "negated")
	if p.Negated && p.Op >= Greater && p.Op <= LessEqual {
		r.faults.Add(jsondoc.Child(at, "negated"), jsondoc.CodeUnknownMember,
			"%[1]s に否定の形はありません。外側に not を置いてください。", "there is no negated %[1]s: put a not around the condition", operator.Text)
	}
	r.quantifier(v, at, p)
	r.list(v, at, p)
	r.count(at, p)
	return p
}

// operatorNames are those of a tree in the order of Op.
func operatorNames() []string {
	names := make([]string, HasAll+1)
	for op := range names {
		names[op] = opText(Op(op), false)
	}
	return names
}

func (r *treeReader) quantifier(v *jsondoc.Value, at string, p *Pred) {
	word, there := r.text(v, at, "quantifier")
	if !there {
		return
	}
	here := jsondoc.Child(at, "quantifier")
	if !r.faults.Word(word, here, "ANY", "ALL") {
		return
	}
	p.Quantifier = Quantifier(slices.Index(quantifierNames[:], word))
	switch {
	case !quantifiable(p.Op):
		r.faults.Add(here, "quantifier_operator", "ANY と ALL は = ~ ^= $= IN と使います。%s とは使えません。", "ANY and ALL go with = ~ ^= $= and IN, not with %s", opText(p.Op, false))
	case p.Negated:
		r.faults.Add(here, "quantifier_operator", "ANY と ALL は否定の演算子と使えません。外側に not を置いてください。", "ANY and ALL take no negated operator: put a not around the condition")
	}
}

// list: some operators have one by nature, with others it says something.
func (r *treeReader) list(v *jsondoc.Value, at string, p *Pred) {
	list, there := r.flag(v, at, "list")
	p.List = list
	here := jsondoc.Child(at, "list")
	switch {
	case p.Op == In || p.Op == HasAny || p.Op == HasAll:
		p.List = true
		if there && !list {
			r.faults.Add(here, jsondoc.CodeUnknownWord, "%[1]s の値はいつもリストです。", "the values of %[1]s are always a list", opText(p.Op, false))
		}
	case list && (p.Op != Equal || p.Quantifier != NoQuantifier):
		r.faults.Add(here, "list_value", "ここの値はリストにできません。", "the values cannot be a list here")
	}
}

// count holds the number of values against the operator.
func (r *treeReader) count(at string, p *Pred) {
	want := 1
	switch {
	case p.List:
		return
	case p.Op == Set:
		want = 0
	case p.Op == Between:
		want = 2
	}
	if len(p.Values) != want {
		r.faults.Add(jsondoc.Child(at, "values"), jsondoc.CodeWrongCount, "%[1]s の値は %[2]d 個です（%[3]d 個あります）。", "%[1]s has %[2]d values, not %[3]d", opText(p.Op, false), want, len(p.Values))
	}
}
