package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"meibo/dsl/schema"
	"meibo/store"
)

// Boot is how a site or an app begins: it tells who is there, as far as it
// knows, and gets the customer's id and a token by which the browser is the
// same customer the next time. See the package documentation for who is meant.
func (s *Service) Boot(ctx context.Context, body []byte) (IngestAnswer, error) {
	g, err := s.readSignal(body, bootKeys, true)
	if err != nil {
		return IngestAnswer{}, err
	}
	if err := s.proveMember(ctx, g); err != nil {
		return IngestAnswer{}, err
	}
	if g.memberID == "" && slices.ContainsFunc(g.data, func(e Edit) bool { return e.Key == schema.NameField }) {
		g.faults = append(g.faults, fieldFault(schema.NameField, CodeReadOnly,
			"%s は会員の情報です。memberId（公開キーでは memberHash も）と一緒に送ってください。お客様が入力した名前は profile.name に入れます。",
			"%s is of the site's member data: send it with a memberId (and with a publishable key its memberHash). What a customer typed goes into profile.name"))
	}
	if len(g.faults) > 0 {
		return IngestAnswer{}, refuseValues(g.faults)
	}
	if g.platform == "" && s.publishable() {
		g.platform = PlatformWeb
	}
	key, err := s.visitorKey(ctx)
	if err != nil {
		return IngestAnswer{}, err
	}
	visitor := key.open(g.visitorToken)
	return s.ingest(ctx, key, func(tx *store.Tx) (Outcome, error) { return s.boot(tx, g, visitor) })
}

func (s *Service) boot(tx *store.Tx, g signal, visitor string) (Outcome, error) {
	target, merged, err := s.whoBoots(tx, g.memberID, visitor)
	if err != nil {
		return Outcome{}, err
	}
	w := Write{ID: target.ID(), MemberID: g.memberID, Policy: IngestPolicy(s.publishable()), Cause: CauseBoot, Edits: slices.Concat(g.data, g.device)}
	if v := (visit{g.platform, g.instant(s.clock().UnixMilli())}); v.platform != "" {
		w.change = v.pay
		if v.isLate(target) {
			w.Edits = g.data
		}
	}
	out, err := s.Apply(tx, w)
	if merged && out.Status == Unchanged {
		out.Status = Updated
	}
	return out, err
}

// whoBoots finds the customer whom a boot is about; the zero record for a new
// one. An anonymous customer whose browser proves to be a member's is merged
// into the member, or becomes it where there is none yet. The browser of a
// member who is not the one named says nothing: two members never merge.
func (s *Service) whoBoots(tx *store.Tx, memberID, visitor string) (who schema.Record, merged bool, err error) {
	browser, known, err := follow(tx, visitor)
	if err != nil || memberID == "" {
		return browser, false, err
	}
	anonymous := known && browser.Get(schema.MemberIDField).IsMissing()
	id, err := tx.MemberCustomer(memberID)
	switch {
	case errors.Is(err, store.ErrNotFound) && anonymous:
		return browser, false, nil
	case errors.Is(err, store.ErrNotFound):
		return schema.Record{}, false, nil
	case err != nil:
		return schema.Record{}, false, fmt.Errorf("find the customer of a memberId: %w", err)
	}
	if anonymous {
		if err := s.merge(tx, browser, id); err != nil {
			return schema.Record{}, false, err
		}
	}
	member, _, err := follow(tx, id)
	return member, anonymous, err
}
