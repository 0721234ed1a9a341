package service

import (
	"context"

	"meibo/dsl"
	"meibo/dsl/expr"
)

// An Analysis is everything the one parser knows about a filter's text.
type Analysis struct {
	Diagnostics []dsl.Diagnostic `json:"diagnostics" doc:"Errors, and warnings of what is doubtful about the filter, in the order of the text. Warnings tell numbers of customers when the index answers."`
	AST         *dsl.Tree        `json:"ast,omitempty"` // left out when the text is empty or does not parse
	Formatted   string           `json:"formatted,omitempty"`
	Expression  string           `json:"expression,omitempty"` // the checked, simplified form
	Bound       []dsl.Binding    `json:"bound"`
}

// An AnalyzeRequest is a filter to look at; the zone and now as in Question.
type AnalyzeRequest struct {
	Filter   string
	TimeZone string
	Now      string
}

// Analyze never refuses a filter: its faults are the answer. It does not wait
// for an index that is not ready.
func (s *Service) Analyze(ctx context.Context, r AnalyzeRequest) (Analysis, error) {
	a := asked{fields: s.fields()}
	var err error
	if a.zone, err = s.zoneNamed(r.TimeZone); err != nil {
		return Analysis{}, err
	}
	if a.now, err = s.instant(r.Now, a.zone); err != nil {
		return Analysis{}, err
	}
	env := s.env(a)
	segments := &segmentReader{find: env.Segments}
	env.Segments = segments.segment
	compiled, diagnostics := dsl.Compile(r.Filter, env)
	a.compiled = compiled
	result := Analysis{Diagnostics: orEmpty(diagnostics), Bound: orEmpty(compiled.Bound)}
	if !segments.veiled() { // what is doubtful tells of a segment's filter, and so does the expression
		result.Diagnostics = orEmpty(s.advised(ctx, a, diagnostics))
	}
	if query, faults := dsl.Parse(r.Filter); !dsl.HasErrors(faults) {
		result.AST = query.Tree()
		result.Formatted, _ = dsl.Format(r.Filter)
	}
	if !dsl.HasErrors(diagnostics) && !segments.veiled() {
		result.Expression = expr.String(compiled.Expr)
	}
	return result, nil
}

// Format writes a filter in its canonical form, comments kept.
func (s *Service) Format(filter string) (string, error) {
	text, diagnostics := dsl.Format(filter)
	if dsl.HasErrors(diagnostics) {
		return "", refuseFilter(diagnostics)
	}
	return text, nil
}
