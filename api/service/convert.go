package service

import (
	"meibo/dsl"
	"meibo/dsl/channel"
	"meibo/dsl/jsondoc"
	"meibo/dsl/schema"
)

// A Conversion is one filter in all of its forms. Spans and positions are
// those of Filter.
type Conversion struct {
	Filter             string           // canonical
	AST                *dsl.Tree        // nil: the empty filter
	Channel            *channel.Query   // nil: it cannot be said in that form, or does not compile
	ChannelDiagnostics []dsl.Diagnostic // why it cannot be said
	Diagnostics        []dsl.Diagnostic // what the filter compiles with
}

// Convert reads {filter | ast | channel, timeZone, now} and answers with the
// other forms. A body that is no such thing is a bad_request; a form that
// cannot be read is an invalid_filter: the text's diagnostics, or Values whose
// Field is the JSON pointer of the fault in the body. That the filter does not
// compile is no refusal but part of the answer.
func (s *Service) Convert(body []byte) (Conversion, error) {
	r, err := readConversion(body)
	if err != nil {
		return Conversion{}, err
	}
	a := asked{fields: s.fields()}
	if a.zone, err = s.zoneNamed(r.timeZone); err != nil {
		return Conversion{}, err
	}
	if a.now, err = s.instant(r.now, a.zone); err != nil {
		return Conversion{}, err
	}
	env := s.env(a)
	query, err := r.query(env)
	if err != nil {
		return Conversion{}, err
	}
	compiled, diagnostics := dsl.Compile(query.Text, env)
	c := Conversion{Filter: query.Text, AST: query.Tree(), Diagnostics: orEmpty(diagnostics)}
	if !dsl.HasErrors(diagnostics) {
		c.Channel, c.ChannelDiagnostics = channel.Export(compiled, env)
	}
	c.ChannelDiagnostics = orEmpty(c.ChannelDiagnostics)
	return c, nil
}

// A conversionRequest holds exactly one of the three forms.
type conversionRequest struct {
	filter, ast, channel *jsondoc.Value
	timeZone, now        string
}

func readConversion(body []byte) (conversionRequest, error) {
	v, fault := jsondoc.Parse(body)
	if fault != nil {
		return conversionRequest{}, refuseForm(CodeBadRequest, []schema.ValueError{*fault})
	}
	var f jsondoc.Faults
	f.Object(v, "", "filter", "ast", "channel", "timeZone", "now")
	text := func(name string) (*jsondoc.Value, string) {
		m := v.Member(name)
		if m == nil || !f.Is(m, jsondoc.Child("", name), jsondoc.String) {
			return nil, ""
		}
		return m, m.Text
	}
	r := conversionRequest{ast: v.Member("ast"), channel: v.Member("channel")}
	r.filter, _ = text("filter")
	_, r.timeZone = text("timeZone")
	_, r.now = text("now")
	given := 0
	for _, form := range []string{"filter", "ast", "channel"} {
		if v.Member(form) != nil {
			given++
		}
	}
	if given != 1 && v.Kind == jsondoc.Object {
		f.Add("", jsondoc.CodeWrongCount, "filter、ast、channel のどれか 1 つを送ってください。", "send exactly one of filter, ast and channel")
	}
	if len(f.List) > 0 {
		return conversionRequest{}, refuseForm(CodeBadRequest, f.List)
	}
	return r, nil
}

// query is the filter with its canonical text.
func (r conversionRequest) query(env dsl.Env) (*dsl.Query, error) {
	var query *dsl.Query
	var faults []schema.ValueError
	switch {
	case r.ast != nil:
		query, faults = dsl.ReadTree(r.ast, "/ast")
	case r.channel != nil:
		query, faults = channel.Import(r.channel, "/channel", env)
	default:
		return canonical(r.filter.Text)
	}
	if query == nil {
		return nil, refuseForm(CodeInvalidFilter, faults)
	}
	return query, nil
}

func canonical(filter string) (*dsl.Query, error) {
	text, diagnostics := dsl.Format(filter)
	if dsl.HasErrors(diagnostics) {
		return nil, refuseFilter(diagnostics)
	}
	query, diagnostics := dsl.Parse(text) // the canonical text of a very long one may be beyond the limit
	if dsl.HasErrors(diagnostics) {
		return nil, refuseFilter(diagnostics)
	}
	return query, nil
}

func refuseForm(code Code, faults []schema.ValueError) *Error {
	return &Error{Code: code, Message: faults[0].Message, Values: faults}
}
