package dsl

import "meibo/dsl/schema"

// A Finding is what another package has to say about a part of a filter, such
// as why a form of another system has no room for it.
type Finding struct {
	Code     string
	At       Extent
	Message  schema.Words
	Expected []string
}

// Diagnose makes errors of findings about one text, in the order of the text;
// of too many, the first.
func Diagnose(text string, list []Finding) []Diagnostic {
	var found faults
	for _, f := range list {
		found.add(fault{code: f.Code, at: f.At, message: f.Message, expected: f.Expected})
	}
	return found.diagnostics(text)
}

// Resolve is the time that a date value means in an environment; false when it
// is no date or lies outside the years 1 to 9999. A number is epoch
// milliseconds.
func Resolve(v Value, env Env) (schema.Span, bool) {
	c := newCompiler(env)
	var found faults
	k := c.checker("", &found, c.env.Zone, nil)
	switch v.Kind {
	case NumberValue:
		return k.millis(v)
	case DateValue:
		return k.resolve(v)
	}
	return schema.Span{}, false
}
