package service

import (
	"errors"
	"slices"

	"meibo/dsl/schema"
)

// maxTallyKinds bounds the reasons that a job lists; more are only counted as
// refused.
const maxTallyKinds = 50

// A Tally is what a job on many customers came to. A customer is in one of
// Changed, Unchanged, Gone and Refused.
type Tally struct {
	Total     int          `json:"total" doc:"Customers of the selection."`
	Changed   int          `json:"changed"`
	Unchanged int          `json:"unchanged" doc:"They were as they should be."`
	Gone      int          `json:"gone" doc:"Deleted or merged since the selection was made."`
	Refused   int          `json:"refused" doc:"See faults."`
	Missing   int          `json:"missing,omitempty" doc:"Of a selection by ids: ids that are no customer's."`
	Faults    []TallyFault `json:"faults" nullable:"false" doc:"Why customers, or single fields of them, were refused: the first 50 kinds of reason."`
	Seq       uint64       `json:"seq,omitempty" doc:"Of the last write; a search with it as minSeq sees all of the job."`
}

// A TallyFault is one reason with how often it was met.
type TallyFault struct {
	Code    Code         `json:"code" doc:"As of a problem or of one of its errors."`
	Field   string       `json:"field,omitempty"`
	Message schema.Words `json:"message" doc:"Of the first customer."`
	Count   int          `json:"count"`
	Example string       `json:"example,omitempty" doc:"Id of the first customer."`
}

// seen is how many customers a job has been at.
func (t *Tally) seen() int64 { return int64(t.Changed + t.Unchanged + t.Gone + t.Refused) }

// count adds one customer. An error that is no refusal is given back.
func (t *Tally) count(id string, out Outcome, err error) error {
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		t.Refused++
		t.refuse(id, refusal)
	case err != nil:
		return err
	case out.Status == Unchanged:
		t.Unchanged++
	default:
		t.Changed++
		t.Seq = max(t.Seq, out.Seq)
	}
	return nil
}

// refuse adds the reasons of a refusal.
func (t *Tally) refuse(id string, e *Error) {
	if len(e.Values) == 0 {
		t.fault(id, valueFault("", string(e.Code), e.Message.JA, e.Message.EN))
	}
	for _, v := range e.Values {
		t.fault(id, v)
	}
}

// fault adds one reason.
func (t *Tally) fault(id string, v schema.ValueError) {
	at := slices.IndexFunc(t.Faults, func(f TallyFault) bool { return string(f.Code) == v.Code && f.Field == v.Field })
	switch {
	case at >= 0:
		t.Faults[at].Count++
	case len(t.Faults) < maxTallyKinds:
		t.Faults = append(t.Faults, TallyFault{Code: Code(v.Code), Field: v.Field, Message: v.Message, Count: 1, Example: id})
	}
}
