package service

import (
	"context"
	"time"

	"meibo/dsl"
	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// An ExplainRequest is a question to explain, and perhaps a customer to
// explain it for.
type ExplainRequest struct {
	Question
	Customer string // id; "": for nobody in particular
}

// An ExplainAnswer tells how a question is understood and answered.
type ExplainAnswer struct {
	Sentence   schema.Words     `json:"sentence" doc:"What the filter says, in words. q is not part of it."`
	Expression string           `json:"expression"` // the checked, simplified form
	Bound      []dsl.Binding    `json:"bound"`      // what relative dates came to
	Now        string           `json:"now"`
	TimeZone   string           `json:"timeZone"`
	Segments   []UsedSegment    `json:"segments" nullable:"false" doc:"Every segment that the filter refers to, also through others, in the order in which they first come."`
	Clauses    []Clause         `json:"clauses" nullable:"false" doc:"The filter's parts, each before its own, in the order of the text. Below the first clause that refers to a segment stand those of its filter."`
	Cut        bool             `json:"cut" doc:"The filter has more than 50 clauses: only the first 50 have counts and values; of more than 500, the rest is left out. Or counting took more than 10 seconds, and the last clauses have no counts."`
	Customer   *Verdict         `json:"customer,omitempty"`
	Plan       string           `json:"plan"` // the engine's own, lines for a person
	Total      int              `json:"total"`
	Seq        uint64           `json:"seq"`
	TookMs     float64          `json:"tookMs"`
	Warnings   []dsl.Diagnostic `json:"warnings" doc:"What is doubtful about the filter, as analyze tells it."`
}

// A Verdict says whether the whole question is true of one customer, as the
// record is stored now.
type Verdict struct {
	ID      string `json:"id"`
	Matches bool   `json:"matches" doc:"Whether the filter, and q where there is one, match the customer as it is stored now."`
	Q       *bool  `json:"q,omitempty" doc:"Whether q does; left out without q."`
}

// Explain answers how a question would be answered, with its count and that of
// each clause, all from one state of the index; for a customer, from the
// record, which clauses are true. Cost: two counts a clause, at most 100, and
// no new one after countingTime; and those of Lint.
func (s *Service) Explain(ctx context.Context, r ExplainRequest) (ExplainAnswer, error) {
	a, err := s.ask(r.Question)
	if err != nil {
		return ExplainAnswer{}, err
	}
	o := newOutline(r.Filter, a.env)
	answer := ExplainAnswer{
		Sentence: o.sentence, Expression: expr.String(a.where), Bound: orEmpty(a.bound),
		Now: a.now.Format(instantForm), TimeZone: a.zone.String(), Segments: orEmpty(o.segments),
	}
	if o.veiled { // its clauses stand in the whole expression, and in the plan
		answer.Expression, _ = dsl.Format(r.Filter)
	}
	if r.Customer != "" {
		if answer.Customer, err = s.judge(r.Customer, a, o); err != nil {
			return ExplainAnswer{}, err
		}
	}
	if err := s.measure(ctx, r.MinSeq, a, o, &answer); err != nil {
		return ExplainAnswer{}, err
	}
	answer.Clauses, answer.Cut = o.answer(), o.cut
	return answer, nil
}

// measure asks the index: the total, the plan, the numbers of warnings, and
// the counts of the clauses.
func (s *Service) measure(ctx context.Context, minSeq uint64, a asked, o *outline, answer *ExplainAnswer) error {
	snap, err := s.snapshot(ctx, minSeq)
	if err != nil {
		return err
	}
	defer snap.Release()
	began := time.Now()
	if answer.Total, err = snap.Count(ctx, a.where); err != nil {
		return refuseEngine(err)
	}
	answer.TookMs, answer.Seq = milliseconds(time.Since(began)), snap.Position().Seq
	if o.veiled {
		answer.Warnings = orEmpty(a.warnings)
		return o.count(ctx, snap, a.search, countingTime)
	}
	if answer.Plan, err = snap.Explain(ctx, index.Query{Where: a.where, Limit: DefaultLimit, Sort: defaultSort(a.fields)}); err != nil {
		return refuseEngine(err)
	}
	answer.Warnings = orEmpty(inOrder(a.warnings, s.lint(ctx, a, snap)))
	return o.count(ctx, snap, a.search, countingTime)
}

// judge holds the question and each clause against one customer.
func (s *Service) judge(id string, a asked, o *outline) (*Verdict, error) {
	c, err := s.stored(id)
	if target := mergedTarget(err); target != "" {
		c, err = s.stored(target)
	}
	if err != nil {
		return nil, err
	}
	o.judge(c.Record, a.fields)
	verdict := &Verdict{ID: id, Matches: eval.Match(a.where, c.Record)}
	if a.search != nil {
		q := eval.Match(a.search, c.Record)
		verdict.Q = &q
	}
	return verdict, nil
}
