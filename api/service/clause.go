package service

import (
	"encoding/json"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// A Clause is a part of a filter: a condition with the NOTs in front of it, or
// an AND or OR with them.
type Clause struct {
	Kind    string       `json:"kind" enum:"and,or,condition,search,segment"`
	Negated bool         `json:"negated,omitempty" doc:"An odd number of NOTs stand in front of it; they belong to the clause."`
	Text    string       `json:"text" doc:"Canonical, on one line; cut off after 300 characters."`
	Meaning schema.Words `json:"meaning" doc:"The clause in words."`
	Span    dsl.Span     `json:"span" doc:"Where it stands in the filter, or in the filter of the segment that it belongs to."`
	Depth   int          `json:"depth" doc:"Clauses above it."`
	Parent  int          `json:"parent" doc:"Place of the clause above in the list; -1 for the first."`
	In      string       `json:"in,omitempty" doc:"Key of the segment whose filter the clause belongs to; left out for the filter itself."`
	Segment string       `json:"segment,omitempty" doc:"Key of the segment that the clause refers to."`
	Count   *int         `json:"count,omitempty" doc:"Customers that match the clause alone."`
	Without *int         `json:"without,omitempty" doc:"Customers that the whole question matches when the clause is left out of its AND or OR; of the first clause, without any filter. Left out for the clauses of a segment."`
	Matches *bool        `json:"matches,omitempty" doc:"With customer: whether the clause is true of the customer."`
	Found   *Found       `json:"found,omitempty" doc:"With customer, of a condition: the value that was compared."`
	Terms   []FoundTerm  `json:"terms,omitempty" nullable:"false" doc:"With customer, of a quick search: where each of its terms was found."`
}

// Found is what a customer has in a field.
type Found struct {
	Field   string          `json:"field"`
	Label   schema.Words    `json:"label"`
	Value   json.RawMessage `json:"value" doc:"As the customer travels; null where it is missing or hidden."`
	Missing bool            `json:"missing" doc:"The customer has no value in the field."`
	Hidden  bool            `json:"hidden,omitempty" doc:"The field is hidden: its value is not shown."`
	Time    string          `json:"time,omitempty" doc:"Of a date, in the zone that rules the clause."`
}

// A FoundTerm is a term of a quick search, folded, and the fields that it
// occurs in; none where it was not found.
type FoundTerm struct {
	Term  string  `json:"term"`
	Found []Found `json:"found" nullable:"false"`
}

// Bounds of an explanation.
const (
	countedClauses   = 50  // with counts and values
	listedClauses    = 500 // with what they mean
	listedSegments   = 100
	clauseTextLength = 300 // characters

	countingTime = 10 * time.Second // a large filter over many customers has counts for its first clauses only
)
