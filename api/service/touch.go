package service

import (
	"context"
	"slices"

	"meibo/dsl/schema"
	"meibo/store"
)

// A TouchRequest says that a customer is there.
type TouchRequest struct {
	ID   string
	Body []byte
}

// Touch is a visit of a customer that exists. One that is late or told again
// changes nothing.
func (s *Service) Touch(ctx context.Context, r TouchRequest) (IngestAnswer, error) {
	g, err := s.readSignal(r.Body, touchKeys, true)
	if err != nil {
		return IngestAnswer{}, err
	}
	if g.platform == "" && !slices.ContainsFunc(g.faults, func(f schema.ValueError) bool { return f.Field == "platform" }) {
		g.faults = append(g.faults, fieldFault("platform", codeNoPlatform, "%s は必須です（web か mobile）。", "%s is required: web or mobile"))
	}
	if len(g.faults) > 0 {
		return IngestAnswer{}, refuseValues(g.faults)
	}
	return s.ofVisitor(ctx, g, r.ID, func(tx *store.Tx, who schema.Record) (Outcome, error) {
		v := visit{g.platform, g.instant(s.clock().UnixMilli())}
		w := Write{ID: who.ID(), Present: true, Policy: IngestPolicy(s.publishable()), Cause: CauseTouch, change: v.pay}
		if !v.isLate(who) {
			w.Edits = g.device
		}
		return s.Apply(tx, w)
	})
}

// Form takes a bot's answers: profile fields of a customer that exists, who is
// named by an id, a memberId or a visitor token. It is no visit.
func (s *Service) Form(ctx context.Context, body []byte) (IngestAnswer, error) {
	g, err := s.readSignal(body, formKeys, false)
	if err != nil {
		return IngestAnswer{}, err
	}
	if len(g.faults) > 0 {
		return IngestAnswer{}, refuseValues(g.faults)
	}
	if err := s.checkNamed(g); err != nil {
		return IngestAnswer{}, err
	}
	return s.ofVisitor(ctx, g, g.id, func(tx *store.Tx, who schema.Record) (Outcome, error) {
		return s.Apply(tx, Write{ID: who.ID(), Present: true, Policy: IngestPolicy(s.publishable()), Cause: CauseForm, Edits: g.data})
	})
}

// checkNamed wants a form to name one customer. A publishable key names nobody
// by a memberId, not even to be told that this is not allowed for this one.
func (s *Service) checkNamed(g signal) error {
	if s.publishable() {
		if g.memberID == "" {
			return nil
		}
		return refuseParameter("memberId", "not_taken", "公開キーでは memberId を指定できません。visitorToken を使ってください。",
			"a publishable key cannot name a memberId: use visitorToken")
	}
	names := 0
	for _, name := range []string{g.id, g.memberID, g.visitorToken} {
		if name != "" {
			names++
		}
	}
	if names == 1 {
		return nil
	}
	return refuseParameter("id", "one_of", "id、memberId、visitorToken のうち 1 つで顧客を指定してください。",
		"name the customer by one of id, memberId and visitorToken")
}

// ofVisitor is ingest for a customer that exists. A publishable key has to
// prove by the visitor token that it is the customer named, before it is told
// anything about it.
func (s *Service) ofVisitor(ctx context.Context, g signal, id string, change func(*store.Tx, schema.Record) (Outcome, error)) (IngestAnswer, error) {
	key, err := s.visitorKey(ctx)
	if err != nil {
		return IngestAnswer{}, err
	}
	visitor := key.open(g.visitorToken)
	if s.publishable() && visitor == "" {
		return IngestAnswer{}, refuseVisitor()
	}
	answer, err := s.ingest(ctx, key, func(tx *store.Tx) (Outcome, error) {
		who, err := s.named(tx, g, id, visitor)
		if err != nil {
			return Outcome{}, err
		}
		return change(tx, who)
	})
	if !s.publishable() {
		answer.VisitorToken = ""
	}
	return answer, err
}

// named finds the customer that a touch or a form is about.
func (s *Service) named(tx *store.Tx, g signal, id, visitor string) (who schema.Record, err error) {
	var w Write
	switch {
	case id != "":
		w.ID = id
	case g.memberID != "":
		err = byMember(tx, &w, g.memberID)
	default:
		w.ID = visitor
	}
	if err != nil {
		return schema.Record{}, err
	}
	who, there, err := follow(tx, w.ID)
	if err != nil {
		return schema.Record{}, err
	}
	if s.publishable() && visitor != w.ID {
		browser, known, err := follow(tx, visitor)
		switch {
		case err != nil:
			return schema.Record{}, err
		case !known || browser.ID() != who.ID():
			return schema.Record{}, refuseVisitor()
		}
	}
	if !there {
		_, err := tx.Customer(w.ID)
		return schema.Record{}, goneFor(err)
	}
	return who, nil
}
