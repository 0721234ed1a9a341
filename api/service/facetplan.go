package service

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"meibo/dsl/schema"
	"meibo/index"
)

// A facetPlan is a FacetRequest that was checked.
type facetPlan struct {
	name     string // of the request, as facets[0]
	field    schema.Field
	top      int
	steps    steps   // of buckets; nil: there are none
	from, to float64 // what buckets must hold, to itself only where toIn; NaN: not known yet
	toIn     bool
}

// planFacets checks the facets of a search.
func (s *Service) planFacets(requests []FacetRequest, a asked) ([]facetPlan, error) {
	if len(requests) > index.MaxFacets {
		return nil, refuseParameter("facets", "too_many",
			fmt.Sprintf("facets は %d 個までです。", index.MaxFacets), fmt.Sprintf("at most %d facets", index.MaxFacets))
	}
	plans := make([]facetPlan, len(requests))
	for i, r := range requests {
		p, err := s.planFacet(fmt.Sprintf("facets[%d]", i), r, a)
		if err != nil {
			return nil, err
		}
		plans[i] = p
	}
	return plans, nil
}

func (s *Service) planFacet(name string, r FacetRequest, a asked) (facetPlan, error) {
	f, ok := a.fields.Lookup(r.Field)
	if !ok {
		return facetPlan{}, refuseField(r.Field, name+".field", a.fields)
	}
	if f.Hidden {
		e := refuseParameter(name+".field", string(CodeHiddenField),
			f.Key+" は非表示なので集計できません。", f.Key+" is hidden: its values are not told")
		e.Code = CodeHiddenField
		return facetPlan{}, e
	}
	p := facetPlan{name: name, field: f, from: math.NaN(), to: math.NaN()}
	if err := p.choose(r, a, s.store.Settings().WeekStart); err != nil {
		return facetPlan{}, err
	}
	return p, p.limit(r, a.zone)
}

// choose takes the one form that is asked for.
func (p *facetPlan) choose(r FacetRequest, a asked, weekStart time.Weekday) error {
	kind := p.field.Kind
	switch {
	case r.Top != nil && (r.Interval != nil || r.Calendar != "") || r.Interval != nil && r.Calendar != "":
		return refuseParameter(p.name, "conflict", "top、interval、calendar は 1 つだけ指定してください。", "send one of top, interval and calendar")
	case r.Top != nil:
		return p.chooseTop(*r.Top)
	case r.Interval != nil && kind != schema.Number:
		return p.refuseKind("interval", "は数値ではないので interval では区切れません。", "is not a Number: it has no interval")
	case r.Interval != nil:
		if !(*r.Interval >= leastInterval && *r.Interval <= schema.MaxNumber) {
			return refuseParameter(p.name+".interval", "out_of_range", "interval は 0.000000001～2^53 です。", "interval is 0.000000001 to 2^53")
		}
		p.steps = newInterval(*r.Interval)
	case r.Calendar != "" && kind != schema.Date:
		return p.refuseKind("calendar", "は日時ではないので calendar では区切れません。", "is not a Date: it has no calendar")
	case r.Calendar != "":
		unit, ok := calendarUnits[r.Calendar]
		if !ok {
			return refuseParameter(p.name+".calendar", "unknown_unit", "calendar は min、h、d、w、mo、y のどれかです。", "calendar is one of min, h, d, w, mo and y")
		}
		p.steps = calendarSteps{unit: unit, zone: a.zone, weekStart: weekStart}
	case kind != schema.Number && kind != schema.Date:
		p.top = DefaultTop
	}
	return nil
}

func (p *facetPlan) chooseTop(top int) error {
	if p.field.Kind == schema.Date {
		return p.refuseKind("top", "は日時なので top では数えられません。calendar を使ってください。", "is a Date: use calendar in place of top")
	}
	if top < 1 || top > index.MaxFacetValues {
		return refuseParameter(p.name+".top", "out_of_range",
			fmt.Sprintf("top は 1～%d です。", index.MaxFacetValues), fmt.Sprintf("top is 1 to %d", index.MaxFacetValues))
	}
	p.top = top
	return nil
}

func (p *facetPlan) refuseKind(part, ja, en string) error {
	return refuseParameter(p.name+"."+part, schema.CodeWrongKind, p.field.Key+" "+ja, p.field.Key+" "+en)
}

// limit reads from and to.
func (p *facetPlan) limit(r FacetRequest, zone *time.Location) (err error) {
	if (r.From != nil || r.To != nil) && p.steps == nil {
		return refuseParameter(p.name, "conflict", "from と to は interval か calendar と一緒に使います。", "from and to go with interval or calendar")
	}
	if p.from, err = p.bound("from", r.From, zone); err != nil {
		return err
	}
	if p.to, err = p.bound("to", r.To, zone); err != nil {
		return err
	}
	if p.from >= p.to {
		return refuseParameter(p.name+".to", "out_of_range", "to は from より後にしてください。", "to must come after from")
	}
	return nil
}

// bound reads a number or date as a body of a customer holds it; a date
// without a time is the beginning of its day.
func (p *facetPlan) bound(part string, raw any, zone *time.Location) (float64, error) {
	if n, ok := raw.(float64); ok {
		raw = json.Number(schema.FormatNumber(n))
	}
	v, fault := schema.Coerce(p.field, raw, zone)
	if fault != nil {
		return 0, refuseParameter(p.name+"."+part, fault.Code, fault.Message.JA, fault.Message.EN)
	}
	if v.IsMissing() {
		return math.NaN(), nil
	}
	return v.Num(), nil
}

// within sets the bounds that the request left out to those of the matches;
// they stay NaN where nobody has a value. Where all values lie beyond the bound
// that was given, there is one bucket at it.
func (p *facetPlan) within(low, high float64) {
	switch {
	case math.IsNaN(low):
	case math.IsNaN(p.from) && math.IsNaN(p.to):
		p.from, p.to, p.toIn = low, high, true
	case math.IsNaN(p.from):
		p.from = min(low, math.Nextafter(p.to, math.Inf(-1)))
	default:
		p.to, p.toIn = max(high, p.from), true
	}
}

// query is what the index is asked. Where the matches have nothing to put into
// buckets, there are none.
func (p *facetPlan) query() (index.FacetQuery, error) {
	q := index.FacetQuery{Field: p.field.Key, Kind: p.field.Kind, Top: p.top}
	if p.steps == nil || math.IsNaN(p.from) || math.IsNaN(p.to) {
		return q, nil
	}
	edges, ok := p.steps.edges(p.from, p.to, p.toIn)
	if !ok {
		return q, p.refuseBuckets()
	}
	q.Edges = edges
	return q, nil
}

func (p *facetPlan) refuseBuckets() error {
	const most = index.MaxFacetEdges - 1
	e := refuseParameter(p.name, "too_many", fmt.Sprintf("区間が %d を超えます。", most), fmt.Sprintf("there would be more than %d buckets", most))
	if name, wider := p.steps.wider(p.from, p.to); wider != "" {
		e.Message.JA += fmt.Sprintf("%s を %s にするか、from と to で範囲を狭めてください。", name, wider)
		e.Message.EN += fmt.Sprintf("; %s %s would do, or narrow it with from and to", name, wider)
	} else {
		e.Message.JA += "from と to で範囲を狭めてください。"
		e.Message.EN += "; narrow it with from and to"
	}
	e.Values[0].Message = e.Message
	return e
}
