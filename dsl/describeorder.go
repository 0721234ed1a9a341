package dsl

import (
	"meibo/dsl/schema"
)

// ordered says > >= < <=. A negation of numbers and dates is said as the
// opposite: what is not greater than 5 is 5 or less, or nothing.
func (d *Describer) ordered(p *Pred, field schema.Field, label schema.Words, negated bool) phrase {
	v, note := p.Values[0], orNone(negated)
	if v.Kind == VersionValue {
		return d.versionOrder(p, label, negated)
	}
	op := p.Op
	if negated {
		op = opposite(op)
	}
	if field.Kind == schema.Date {
		return dateOrder(op, d.date(v), label, note)
	}
	w := d.value(v, field)
	value := spaced(w.JA)
	switch op {
	case Greater:
		return said(label, "が"+value, endLarger, note, "is greater than "+w.EN)
	case GreaterEqual:
		return said(label, "が"+value+"以上", endNoun, note, "is "+w.EN+" or more")
	case Less:
		return said(label, "が"+value+"未満", endNoun, note, "is less than "+w.EN)
	}
	return said(label, "が"+value+"以下", endNoun, note, "is "+w.EN+" or less")
}

func opposite(op Op) Op {
	switch op {
	case Greater:
		return LessEqual
	case GreaterEqual:
		return Less
	case Less:
		return GreaterEqual
	}
	return Greater
}

func dateOrder(op Op, when saidDate, label, note schema.Words) phrase {
	value, on := spaced(when.words.JA), "at"
	if when.day {
		on = "on"
	}
	switch op {
	case Greater:
		return said(label, "が"+value+"より後", endNoun, note, "is after "+when.words.EN)
	case GreaterEqual:
		return said(label, "が"+value+"以降", endNoun, note, "is "+on+" or after "+when.words.EN)
	case Less:
		return said(label, "が"+value+"より前", endNoun, note, "is before "+when.words.EN)
	}
	return said(label, "が"+value+"以前", endNoun, note, "is "+on+" or before "+when.words.EN)
}

// versionOrder has no opposite to say: a text that is no version is neither
// above nor below one.
func (d *Describer) versionOrder(p *Pred, label schema.Words, negated bool) phrase {
	v := d.value(p.Values[0], schema.Field{Kind: schema.String})
	value := "が" + spaced(v.JA)
	var ja string
	end, en := endNoun, ""
	switch p.Op {
	case Greater:
		ja, end, en = value, endNewer, "above "+v.EN
	case GreaterEqual:
		ja, en = value+"以上", v.EN+" or above"
	case Less:
		ja, end, en = value, endOlder, "below "+v.EN
	case LessEqual:
		ja, en = value+"以下", v.EN+" or below"
	}
	if !negated {
		return said(label, ja, end, schema.Words{}, "is "+en)
	}
	plain, _ := end.forms()
	if end != endNoun {
		plain += "もの"
	}
	return said(label, ja+plain, endNot, orNoVersion(), "is not "+en)
}

func orNoVersion() schema.Words {
	return schema.Words{JA: "（バージョン番号でない場合、値がない場合も含む）", EN: " (or is no version, or has no value)"}
}

// between says both bounds, which belong to it.
func (d *Describer) between(p *Pred, field schema.Field, label schema.Words, negated bool) phrase {
	low, high := d.value(p.Values[0], field), d.value(p.Values[len(p.Values)-1], field)
	note, end, is := orNone(negated), endNoun, "is from "
	if negated {
		end, is = endNot, "is not from "
	}
	if p.Values[0].Kind == VersionValue && negated {
		note = orNoVersion()
	}
	if d.reversed(p, field) {
		note = schema.Words{JA: "（範囲が逆なので該当者なし）", EN: " (the wrong way round, so no one)"}
		if negated {
			note = schema.Words{JA: "（範囲が逆なので全員）", EN: " (the wrong way round, so everyone)"}
		}
	}
	ja := "が" + spaced(low.JA) + "以上" + spaced(high.JA) + "以下"
	if field.Kind == schema.Date {
		ja = "が" + spaced(low.JA) + "から" + spaced(high.JA) + "まで"
		if negated {
			ja += "の範囲"
		}
	}
	return said(label, ja, end, note, is+low.EN+" to "+high.EN)
}

// reversed reports bounds that no value lies between, as the checker does.
func (d *Describer) reversed(p *Pred, field schema.Field) bool {
	low, high := p.Values[0], p.Values[len(p.Values)-1]
	switch field.Kind {
	case schema.Number:
		a, _ := parseNumber(low.Text)
		b, _ := parseNumber(high.Text)
		return a > b
	case schema.Date:
		return d.date(low).span.Start >= d.date(high).span.End
	}
	a, okA := schema.ParseVersion(low.Text)
	b, okB := schema.ParseVersion(high.Text)
	return okA && okB && a.Compare(b) > 0
}
