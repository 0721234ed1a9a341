package dsl

import (
	"strings"

	"meibo/dsl/schema"
)

// operatorsOf are the operators that a kind takes, for messages.
func operatorsOf(k schema.Kind) []string {
	switch k {
	case schema.Boolean:
		return []string{"=", "!=", "IN", "IS SET", "IS UNSET"}
	case schema.Number, schema.Date:
		return []string{"=", "!=", ">", ">=", "<", "<=", "IN", "BETWEEN", "IS SET", "IS UNSET"}
	case schema.List:
		return []string{"HAS", "HAS ANY", "HAS ALL", "= (…)", "~", "^=", "$=", "IS SET", "IS UNSET"}
	}
	return []string{"=", "!=", "~", "!~", "^=", "!^=", "$=", "!$=", "IN", "IS SET", "IS UNSET"}
}

// takes is the table of operators and kinds. Whether a String is ordered
// depends on its value: see orderedText.
func takes(k schema.Kind, p *Pred) bool {
	ordered := p.Op == Greater || p.Op == GreaterEqual || p.Op == Less || p.Op == LessEqual || p.Op == Between
	switch k {
	case schema.Boolean:
		return p.Op == Equal || p.Op == In
	case schema.Number, schema.Date:
		return p.Op == Equal || p.Op == In || ordered
	case schema.String:
		return p.Op == Equal || p.Op == In || ordered || p.Op == Contains || p.Op == Prefix || p.Op == Suffix
	}
	switch p.Op {
	case Contains, Prefix, Suffix, Has, HasAny, HasAll:
		return true
	case In:
		return p.Quantifier != NoQuantifier
	case Equal:
		return p.Quantifier != NoQuantifier || p.List
	}
	return false
}

// operator reports an operator that the field does not take.
func (c *checker) operator(p *Pred, field schema.Field) {
	switch {
	case p.Quantifier != NoQuantifier && field.Kind != schema.List:
		c.faults.add(fault{code: "type_quantifier", at: c.quantifierAt(p), expected: operatorsOf(field.Kind),
			message: say("ANY と ALL はリストの項目にだけ使えます。%[1]s は%[2]sです。", "ANY and ALL are for lists; %[1]s is %[3]s", field.Key, kindName(field.Kind).JA, kindName(field.Kind).EN),
			fixes:   []change{remove(c.text, c.quantifierAt(p))}})
	case p.Quantifier != NoQuantifier && (p.Negated || !quantifiable(p.Op)):
		c.badQuantifier(p)
	case p.Op == Set:
	case !takes(field.Kind, p):
		c.typeOperator(p, field)
	case p.List && !c.takesList(p, field):
		c.listValue(p)
	}
}

func quantifiable(op Op) bool {
	return op == Equal || op == Contains || op == Prefix || op == Suffix || op == In
}

// quantifierAt is the word between the path and the operator.
func (c *checker) quantifierAt(p *Pred) Extent {
	between := c.text[p.Path.At.End:p.OpAt.Start]
	left := strings.TrimLeftFunc(between, isSpace)
	start := p.Path.At.End + len(between) - len(left)
	return Extent{start, start + len(strings.TrimRightFunc(left, isSpace))}
}

func isSpace(r rune) bool { return foldRune(r) == ' ' || r == '\n' || r == '\t' || r == '\r' }

// badQuantifier: tags ANY != "x" is meant as NOT tags ANY = "x" or as
// tags ALL !=; the language has one way to say it.
func (c *checker) badQuantifier(p *Pred) {
	wrong := fault{code: "quantifier_operator", at: p.OpAt, expected: []string{"=", "~", "^=", "$=", "IN"},
		message: say("ANY と ALL の後に使えるのは = ~ ^= $= IN です。否定は前に NOT を置きます。", "ANY and ALL take = ~ ^= $= and IN; to negate, put NOT in front")}
	if p.Negated && quantifiable(p.Op) {
		wrong.fixes = []change{replaceAll(say("前に NOT を置く", "put NOT in front"),
			replacement{Extent{p.At.Start, p.At.Start}, "NOT "}, replacement{p.OpAt, opText(p.Op, false)})}
	}
	if p.Op == Set {
		wrong.fixes = []change{remove(c.text, c.quantifierAt(p))}
	}
	c.faults.add(wrong)
}

func (c *checker) typeOperator(p *Pred, field schema.Field) {
	wrong := fault{code: "type_operator", at: p.OpAt, expected: operatorsOf(field.Kind),
		message: say("%[1]s は%[2]sの項目なので「%[4]s」は使えません。", "%[1]s is %[3]s, which does not take %[4]s", field.Key, kindName(field.Kind).JA, kindName(field.Kind).EN, opText(p.Op, p.Negated))}
	if field.Kind == schema.List && p.Op == Equal {
		wrong.message = say("%s はリストの項目です。要素を調べるには HAS、全体を比べるには = (…) と書きます。", "%s is a list: HAS asks for an element, = (…) compares the whole", field.Key)
	}
	for _, op := range instead(field.Kind, p.Op) {
		wrong.fixes = append(wrong.fixes, replace(p.OpAt, spacedAround(c.text, p.OpAt, opText(op, p.Negated))))
	}
	c.faults.add(wrong)
}

// instead are operators that may be meant where one does not fit the kind.
func instead(k schema.Kind, op Op) []Op {
	switch {
	case k == schema.List && op == Equal:
		return []Op{Has}
	case k == schema.List && op == In:
		return []Op{HasAny}
	case op == HasAny || op == HasAll:
		return []Op{In}
	case op == Has && k == schema.String:
		return []Op{Contains, Equal}
	case op == Has || op == Contains || op == Prefix || op == Suffix:
		return []Op{Equal}
	}
	return nil
}

func (c *checker) takesList(p *Pred, field schema.Field) bool {
	return p.Op == In || p.Op == HasAny || p.Op == HasAll || p.Op == Equal && field.Kind == schema.List && p.Quantifier == NoQuantifier
}

// listValue: = ("a", "b") on anything but a list.
func (c *checker) listValue(p *Pred) {
	wrong := fault{code: "list_value", at: p.OpAt, expected: []string{"value", "IN (…)"},
		message: say("「%s」の後に書ける値は 1 つです。どれかと等しいことは IN (…) と書きます。", "%s takes one value; write IN (…) for any of several", opText(p.Op, p.Negated))}
	if p.Op == Equal {
		wrong.fixes = []change{replace(p.OpAt, spacedAround(c.text, p.OpAt, opText(In, p.Negated)))}
	} else if len(p.Values) == 1 {
		v := p.Values[0].At
		wrong.fixes = []change{replace(Extent{p.OpAt.End, p.At.End}, " "+c.text[v.Start:v.End])}
	}
	c.faults.add(wrong)
}

// kindName is a kind within a sentence.
func kindName(k schema.Kind) schema.Words {
	switch k {
	case schema.Boolean:
		return schema.Words{JA: "真偽値", EN: "true or false"}
	case schema.Number:
		return schema.Words{JA: "数値", EN: "a number"}
	case schema.Date:
		return schema.Words{JA: "日時", EN: "a date"}
	case schema.List:
		return schema.Words{JA: "リスト", EN: "a list"}
	}
	return schema.Words{JA: "文字列", EN: "a string"}
}
