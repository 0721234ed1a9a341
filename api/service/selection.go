package service

import (
	"context"
	"fmt"
	"strings"

	"meibo/dsl/schema"
	"meibo/store"
)

// MaxSelectionIDs bounds the ids of one selection.
const MaxSelectionIDs = 100_000

// A Selection says for whom an action on many customers is: those who match,
// or those of the ids. An empty one is refused, so that everyone is meant only
// by a filter that is there and empty.
type Selection struct {
	Filter   *string  `json:"filter,omitempty" doc:"Who matches this filter; \"\" is everyone. Together with q: who matches both."`
	Q        string   `json:"q,omitempty" doc:"Quick search; several lines are a list of people."`
	TimeZone string   `json:"timeZone,omitempty" doc:"IANA name in which the days of the filter, and dates without an offset in the actions, are meant; the workspace's when left out."`
	IDs      []string `json:"ids,omitempty" nullable:"false" maxItems:"100000" doc:"Exactly these customers, and nothing beside it. An id that was merged means the customer that it is part of."`
}

// A selected set is fixed: whatever changes afterwards, it is for these.
type selected struct {
	customers *store.Selection
	missing   []string // ids that are no customer's
	ids       int      // that were given
	zone      string   // in which it was asked
	now       string   // what now and today meant; "" for ids
	seq       uint64   // the last write that it has seen, at least
}

// checkSelection finds what is wrong with the form of a selection.
func checkSelection(r Selection) []schema.ValueError {
	matching := r.Filter != nil || strings.TrimSpace(r.Q) != ""
	const at = "selection"
	switch {
	case r.IDs != nil && (r.Filter != nil || r.Q != ""):
		return []schema.ValueError{valueFault(at, "conflict", "selection には ids か、filter と q か、どちらか一方を指定してください。", "a selection has ids, or a filter and q, not both")}
	case r.IDs != nil && len(r.IDs) == 0:
		return []schema.ValueError{valueFault(at+".ids", "empty", "ids が空です。対象の顧客の ID を入れてください。", "ids is empty: name the customers")}
	case len(r.IDs) > MaxSelectionIDs:
		return []schema.ValueError{valueFault(at+".ids", "too_many", fmt.Sprintf("ids は %d 個までです（%d 個あります）。", MaxSelectionIDs, len(r.IDs)),
			fmt.Sprintf("a selection has at most %d ids, not %d", MaxSelectionIDs, len(r.IDs)))}
	case r.IDs == nil && !matching:
		return []schema.ValueError{valueFault(at, "empty", `対象が指定されていません。全員を対象にするときは "filter": "" と書いてください。`,
			`nobody is selected: send a filter, q or ids; for everyone, write "filter": ""`)}
	}
	return nil
}

func valueFault(field, code, ja, en string) schema.ValueError {
	return schema.ValueError{Field: field, Code: code, Message: schema.Words{JA: ja, EN: en}}
}

// prepareSelection checks who is asked for. fix then finds them, from a state
// that has seen every write before the call; it takes some 3 µs a customer.
func (s *Service) prepareSelection(r Selection) (fix func(context.Context) (selected, error), err error) {
	if faults := checkSelection(r); len(faults) > 0 {
		return nil, refuseBad(faults)
	}
	if r.IDs != nil {
		zone, err := s.zoneNamed(r.TimeZone)
		if err != nil {
			return nil, err
		}
		return func(context.Context) (selected, error) {
			found := selected{customers: &store.Selection{}, ids: len(r.IDs), zone: zone.String(), seq: s.store.Seq()}
			var err error
			if found.missing, err = s.store.Select(found.customers, r.IDs); err != nil {
				return selected{}, fmt.Errorf("find the customers of a selection: %w", err)
			}
			return found, nil
		}, nil
	}
	if err := s.caller.Require(Read); err != nil {
		return nil, err // a dry run would answer what a search may not
	}
	q := Question{Q: r.Q, TimeZone: r.TimeZone}
	if r.Filter != nil {
		q.Filter = *r.Filter
	}
	a, err := s.ask(q)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (selected, error) { return s.matching(ctx, a) }, nil
}

// refuseBad refuses a request for its form, with all of its faults.
func refuseBad(faults []schema.ValueError) *Error {
	return &Error{Code: CodeBadRequest, Message: faults[0].Message, Values: faults}
}

// matching are the customers that match at this moment.
func (s *Service) matching(ctx context.Context, a asked) (selected, error) {
	found := selected{customers: &store.Selection{}, zone: a.zone.String(), now: a.now.Format(instantForm), seq: s.store.Seq()}
	snap, err := s.snapshot(ctx, found.seq)
	if err != nil {
		return selected{}, err
	}
	defer snap.Release()
	const group = 10_000 // ids that are looked up in one read of the store
	ids := make([]string, 0, group)
	var failed error
	look := func() bool {
		_, failed = s.store.Select(found.customers, ids) // who is deleted by now is not selected
		ids = ids[:0]
		return failed == nil
	}
	err = snap.IDs(ctx, a.where, func(id string) bool {
		ids = append(ids, id)
		return len(ids) < group || look()
	})
	if err == nil && failed == nil {
		look()
	}
	switch {
	case failed != nil:
		return selected{}, fmt.Errorf("find the customers of a selection: %w", failed)
	case err != nil:
		return selected{}, refuseEngine(err)
	}
	return found, nil
}
