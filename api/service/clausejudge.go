package service

import (
	"encoding/json"
	"time"

	"meibo/dsl"
	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// judge holds every clause against a record.
func (o *outline) judge(r schema.Record, fields *schema.Fields) {
	for i := range o.clauses {
		c := &o.clauses[i]
		matches := eval.Match(c.expr, r)
		c.Matches = &matches
		if i < countedClauses {
			c.find(r, fields)
		}
	}
}

// find looks up what the clause was held against.
func (c *clause) find(r schema.Record, fields *schema.Fields) {
	switch n := c.node.(type) {
	case *dsl.Flag:
		c.Found = foundIn(n.Path.Key(), r, fields, c.zone)
	case *dsl.Pred:
		c.Found = foundIn(n.Path.Key(), r, fields, c.zone)
	case *dsl.Search:
		c.Terms = foundTerms(dsl.QuickTerms(n.Text), r, fields)
	}
}

func foundIn(key string, r schema.Record, fields *schema.Fields, zone *time.Location) *Found {
	field, _ := fields.Lookup(key)
	value := r.Get(key)
	found := &Found{Field: key, Label: field.Labels, Value: json.RawMessage("null"), Missing: value.IsMissing(), Hidden: field.Hidden}
	if field.Hidden {
		found.Missing = false
		return found
	}
	found.Value = value.AppendJSON(nil)
	if value.Kind() == schema.Date {
		found.Time = time.UnixMilli(value.Millis()).In(zone).Format(instantForm)
	}
	return found
}

// foundTerms looks for each term in each field by itself.
func foundTerms(terms []string, r schema.Record, fields *schema.Fields) []FoundTerm {
	list := make([]FoundTerm, len(terms))
	for i, term := range terms {
		list[i] = FoundTerm{Term: term, Found: []Found{}}
		one := expr.Quick{Terms: []string{term}, Region: fields.Region}
		for _, key := range schema.QuickFields() {
			if _, ok := fields.Lookup(key); !ok {
				continue
			}
			var alone schema.Record
			alone.Set(key, r.Get(key))
			if eval.Match(one, alone) {
				list[i].Found = append(list[i].Found, *foundIn(key, r, fields, time.UTC))
			}
		}
	}
	return list
}
