package dsl

import (
	"slices"
	"strconv"

	"meibo/dsl/jsondoc"
	"meibo/dsl/schema"
)

// argument is the one string of a call.
func (r *treeReader) argument(v *jsondoc.Value, at string) Value {
	before := len(r.faults.List)
	values := r.values(v, at)
	if len(r.faults.List) == before && (len(values) != 1 || values[0].Kind != StringValue) {
		r.faults.Add(jsondoc.Child(at, "values"), jsondoc.CodeWrongCount, "call の値は文字列 1 つです。", "a call has one value, a string")
	}
	if len(r.faults.List) > before {
		return Value{}
	}
	return values[0]
}

func (r *treeReader) values(v *jsondoc.Value, at string) []Value {
	m := v.Member("values")
	here := jsondoc.Child(at, "values")
	if m == nil || !r.faults.Is(m, here, jsondoc.Array) {
		return nil
	}
	var values []Value
	for i := range m.Items {
		if r.faults.Full() {
			break
		}
		values = append(values, r.value(&m.Items[i], here, i))
	}
	return values
}

func (r *treeReader) value(v *jsondoc.Value, list string, i int) Value {
	at := ""
	here := func() string { // written only where it is needed: there may be ten thousand
		if at == "" {
			at = jsondoc.Element(list, i)
		}
		return at
	}
	if v.Kind != jsondoc.Object {
		r.faults.Is(v, here(), jsondoc.Object)
		return Value{}
	}
	kind, text := v.Member("kind"), v.Member("text")
	if kind == nil || text == nil || kind.Kind != jsondoc.String || text.Kind != jsondoc.String {
		r.faults.Needs(v, here(), "kind", jsondoc.String)
		r.faults.Needs(v, here(), "text", jsondoc.String)
		return Value{}
	}
	value := Value{Kind: ValueKind(max(0, slices.Index(valueKindNames[1:], kind.Text)+1)), Text: text.Text}
	if value.Kind == BadValue {
		r.faults.Word(kind.Text, jsondoc.Child(here(), "kind"), valueKindNames[1:]...)
		return value
	}
	if value.Kind != DateValue && len(v.Items) > 2 {
		r.faults.Object(v, here(), "kind", "text")
	}
	switch value.Kind {
	case BoolValue:
		if value.Text != "TRUE" && value.Text != "FALSE" {
			r.faults.Word(value.Text, jsondoc.Child(here(), "text"), "TRUE", "FALSE")
		}
	case NumberValue:
		r.lone(value, here, "bad_number", "「%s」は数値として書けません。5、-1.5、1e3 のように書きます。", "%s is no number of the language; write one like 5, -1.5 or 1e3")
	case DateValue:
		r.date(v, here(), &value)
	}
	return value
}

func (r *treeReader) date(v *jsondoc.Value, at string, value *Value) {
	before := len(r.faults.List)
	r.faults.Object(v, at, "kind", "text", "unit", "shifts")
	unit, there := r.text(v, at, "unit")
	wants := value.Text == "startOf" || value.Text == "endOf"
	switch {
	case there && !wants:
		r.faults.Add(jsondoc.Child(at, "unit"), jsondoc.CodeUnknownMember, "unit は startOf と endOf にだけ付きます。", "only startOf and endOf have a unit")
	case there:
		r.faults.Word(unit, jsondoc.Child(at, "unit"), string(Day), string(Week), string(Month), string(Year))
	case wants:
		r.faults.Needs(v, at, "unit", jsondoc.String)
	}
	value.Unit = Unit(unit)
	r.shifts(v, at, value)
	if len(r.faults.List) == before {
		r.lone(*value, func() string { return at }, "bad_date", "「%s」は日付として書けません。2026-11-23、2026-11-23T10:00、now、today、startOf のように書きます。",
			"%s is no date of the language; write one like 2026-11-23, 2026-11-23T10:00, now, today or startOf")
	}
}

func (r *treeReader) shifts(v *jsondoc.Value, at string, value *Value) {
	list := v.Member("shifts")
	here := jsondoc.Child(at, "shifts")
	if list == nil || !r.faults.Is(list, here, jsondoc.Array) {
		return
	}
	for i := range list.Items {
		one, at := &list.Items[i], jsondoc.Element(here, i)
		if r.faults.Full() || !r.faults.Object(one, at, "amount", "unit") {
			return
		}
		amount, hasAmount := r.faults.Needs(one, at, "amount", jsondoc.Number)
		unit, hasUnit := r.faults.Needs(one, at, "unit", jsondoc.String)
		if !hasAmount || !hasUnit || !r.faults.Word(unit.Text, jsondoc.Child(at, "unit"), units()...) {
			continue
		}
		n, err := strconv.Atoi(amount.Text)
		if err != nil || len(strconv.Itoa(max(n, -n))) > maxAmountDigits {
			r.faults.Add(jsondoc.Child(at, "amount"), "bad_duration", "期間は %d 桁までの整数です。", "a duration is a whole number of at most %d digits", maxAmountDigits)
		}
		value.Shifts = append(value.Shifts, Shift{n, Unit(unit.Text)})
	}
}

// lone tells a number or date that the language would not read as itself.
func (r *treeReader) lone(v Value, at func() string, code, ja, en string) {
	var found faults
	again, ok := loneValue(valueText(v), &found)
	if ok && again.Kind == v.Kind && again.Text == v.Text && again.Unit == v.Unit && slices.Equal(again.Shifts, v.Shifts) {
		return
	}
	for _, f := range found.list {
		if f.code == code || f.code == "literal_too_long" || f.code == "condition_too_long" {
			r.faults.Tell(schema.ValueError{Field: at(), Code: f.code, Message: f.message})
			return
		}
	}
	r.faults.Add(jsondoc.Child(at(), "text"), code, ja, en, jsondoc.Clip(v.Text))
}

// loneValue reads a text that is one value and nothing else.
func loneValue(text string, found *faults) (Value, bool) {
	tokens, _, ok := scan(text, found)
	if !ok {
		return Value{}, false
	}
	a := &assembler{text: text, tokens: tokens, faults: found}
	v := a.readValue(token{})
	return v, len(found.list) == 0 && a.peek().kind == tokEnd
}
