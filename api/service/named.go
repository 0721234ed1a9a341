package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"meibo/dsl/schema"
	"meibo/index"
)

// stateVersion is renewed when the form below changes, as cursorVersion is.
const stateVersion = 1

// A stateName is what an answer's snapshot says: a state of the index and what
// was asked of it. Sort, offset, limit and fields are not part of it: the same
// match can be looked at in any order. Rows are the customers as they are
// stored now; which of them match, and in what order, is of the state.
type stateName struct {
	Version  int    `json:"v"`
	Epoch    string `json:"e"`
	Seq      uint64 `json:"q"`
	Now      int64  `json:"n"` // epoch milliseconds
	Zone     string `json:"z"`
	Match    []byte `json:"h"`           // hash of filter and q
	Segments []byte `json:"g,omitempty"` // those that the filter refers to, as they were
}

// sameMatch is what two requests must share to look at the same match.
func sameMatch(filter, q string) []byte {
	sum := fingerprint([]byte(filter), []byte(q))
	return sum[:sha256.Size/2]
}

// nameState writes the name that an answer carries.
func (s *Service) nameState(r SearchRequest, a asked, seq uint64) string {
	if r.Snapshot != "" {
		return r.Snapshot
	}
	text, err := json.Marshal(stateName{Version: stateVersion, Epoch: s.store.Epoch(), Seq: seq,
		Now: a.now.UnixMilli(), Zone: a.zone.String(), Match: sameMatch(r.Filter, r.Q), Segments: a.segments})
	if err != nil {
		panic("service: the name of a state holds plain values: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// readState reads the snapshot that a request names, nil where it names none,
// and puts the named state's now and zone into the question.
func (s *Service) readState(r *SearchRequest) (*stateName, error) {
	if r.Snapshot == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(r.Snapshot)
	var n stateName
	if err != nil || json.Unmarshal(raw, &n) != nil || n.Version != stateVersion {
		return nil, refuseParameter("snapshot", "invalid", "snapshot が正しくありません。", "the snapshot is not one of this server's")
	}
	switch {
	case n.Epoch != s.store.Epoch():
		return nil, refuse(CodeGone, "データが復元されたため、この snapshot は使えません。snapshot なしで検索し直してください。",
			"the data was restored since this snapshot was given; search again without it")
	case !bytes.Equal(n.Match, sameMatch(r.Filter, r.Q)) || r.TimeZone != "" && r.TimeZone != n.Zone || r.Now != "" && !s.sameInstant(r.Now, n.Zone, n.Now):
		return nil, refuseParameter("snapshot", "other_query", "snapshot は別の検索のものです。filter、q、timeZone、now を変えずに送ってください。",
			"the snapshot belongs to another search; send it with the same filter, q, timeZone and now")
	case r.MinSeq > n.Seq:
		return nil, refuseParameter("snapshot", "conflict", "snapshot は minSeq の書き込みより前のものです。どちらかを外してください。",
			"the snapshot is from before the write that minSeq names; leave out one of them")
	}
	r.TimeZone, r.Now = n.Zone, instantText(n.Now)
	return &n, nil
}

// state gives the state of the index that a search is to see: the named one,
// or the newest, which is then held for the next request. The caller releases it.
func (s *Service) state(ctx context.Context, r SearchRequest, p planned) (index.Snapshot, error) {
	if p.state == nil {
		generation := s.held.generation()
		snap, err := s.snapshot(ctx, r.MinSeq)
		if err != nil {
			return nil, err
		}
		return s.held.keep(snap, generation, false), nil
	}
	if !bytes.Equal(p.state.Segments, p.segments) {
		return nil, refuse(CodeGone, "フィルターが使うセグメントが変わったため、この snapshot は使えません。snapshot なしで検索し直してください。",
			"a segment of the filter was changed since this snapshot was given; search again without it")
	}
	if snap, ok := s.held.find(p.state.Seq); ok {
		return snap, nil
	}
	// Nothing may have been written since: then it is the newest state again.
	generation := s.held.generation()
	snap, err := s.snapshot(ctx, 0)
	if err != nil {
		return nil, err
	}
	if snap.Position().Seq == p.state.Seq {
		return s.held.keep(snap, generation, true), nil
	}
	snap.Release()
	return nil, refuse(CodeGone, "この snapshot はもう残っていません。snapshot なしで検索し直してください。",
		"this snapshot is no longer held; search again without it")
}

// sameInstant reports whether a text means an instant in a zone.
func (s *Service) sameInstant(text, zone string, instant int64) bool {
	z, err := s.zones.load(zone)
	if err != nil {
		return false
	}
	span, ok := schema.ParseDate(text, z)
	return ok && span.Start == instant
}

// instantText is an instant as a request's now holds it.
func instantText(milliseconds int64) string {
	return time.UnixMilli(milliseconds).UTC().Format(instantForm)
}
