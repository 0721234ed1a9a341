package service

import (
	"errors"
	"fmt"

	"meibo/dsl/schema"
	"meibo/store"
)

// memberIDOf is the memberId that a write names in place of an id; "" for none.
func memberIDOf(w Write) string {
	if w.ID != "" {
		return ""
	}
	for _, e := range w.Edits {
		if e.Key == schema.MemberIDField {
			return e.Value.Text()
		}
	}
	return ""
}

// byMember makes a write be for the customer who has a memberId, or for a new
// one who gets it. Without a memberId the write stays as it is.
func byMember(tx *store.Tx, w *Write, memberID string) error {
	if memberID == "" {
		return nil
	}
	id, err := tx.MemberCustomer(memberID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		w.MemberID = memberID
		return nil
	case err != nil:
		return fmt.Errorf("find the customer of a memberId: %w", err)
	}
	w.ID = id
	return nil
}

// checkTarget says why a request can be for no customer.
func (s *Service) checkTarget(r EditRequest) *schema.ValueError {
	if r.MemberID == "" {
		return schema.CheckID(r.ID)
	}
	memberID, fault := s.readMemberID(r.MemberID)
	if fault == nil && memberID == "" {
		blank := fieldFault(schema.MemberIDField, schema.CodeBadText, "%s が空白です。", "%s is blank")
		fault = &blank
	}
	return fault
}

// readMemberID checks a memberId that stands outside of a customer's fields.
func (s *Service) readMemberID(text any) (memberID string, fault *schema.ValueError) {
	f, ok := s.collected(s.store.Fields()).Lookup(schema.MemberIDField)
	if !ok {
		unknown := UnknownField(schema.MemberIDField, s.fields())
		return "", &unknown
	}
	v, fault := schema.Coerce(f, text, s.zone())
	return v.Text(), fault
}
