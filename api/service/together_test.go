package service

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"meibo/dsl/schema"
)

// together sends patches from many goroutines at once, which the store
// may put into one transaction.
func together(t *testing.T, s *Service, requests []EditRequest) ([]EditAnswer, []error) {
	t.Helper()
	answers, errs := make([]EditAnswer, len(requests)), make([]error, len(requests))
	var running sync.WaitGroup
	for i, r := range requests {
		running.Go(func() { answers[i], errs[i] = s.Patch(t.Context(), r) })
	}
	running.Wait()
	return answers, errs
}

// A request that is sent again before its answer is there is written once.
func TestTheSameRequestManyTimesAtOnce(t *testing.T) {
	s, _ := newWriter(t)
	mustApply(t, s, Write{ID: "c1", Policy: ImportPolicy(true), Edits: []Edit{{Key: "profile.name", Value: schema.Text("田中")}}})
	requests := make([]EditRequest, 20)
	for i := range requests {
		requests[i] = EditRequest{ID: "c1", Body: []byte(`{"profile":{"name":"佐藤"}}`), Policy: ImportPolicy(true), Repeat: Repeat{Caller: "bot", Key: "k"}}
	}
	answers, errs := together(t, s, requests)
	for i, a := range answers {
		if errs[i] != nil || a.Status != Updated || a.Seq != 2 || a.ETag != answers[0].ETag {
			t.Errorf("request %d: %+v, %v", i, a, errs[i])
		}
	}
	if s.store.Seq() != 2 {
		t.Errorf("%d writes", s.store.Seq())
	}
}

// Of many who all edit what they have read, one saves; the others are told.
func TestOneOfManyEditsOfTheSameStateIsSaved(t *testing.T) {
	s, _ := newWriter(t)
	r := mustApply(t, s, Write{ID: "c1", Policy: ImportPolicy(true), Edits: []Edit{{Key: "profile.name", Value: schema.Text("田中")}}})
	requests := make([]EditRequest, 20)
	for i := range requests {
		requests[i] = EditRequest{ID: "c1", Body: fmt.Appendf(nil, `{"profile":{"name":"佐藤 %d"}}`, i), Policy: ImportPolicy(true),
			Condition: Condition{IfMatch: s.ETag(r)}}
	}
	_, errs := together(t, s, requests)
	saved := 0
	for i, err := range errs {
		var refusal *Error
		switch {
		case err == nil:
			saved++
		case !errors.As(err, &refusal) || refusal.Code != CodePreconditionFailed:
			t.Errorf("request %d: %v", i, err)
		}
	}
	if saved != 1 || s.store.Seq() != 2 {
		t.Errorf("%d were saved, seq %d", saved, s.store.Seq())
	}
}
