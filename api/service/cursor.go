package service

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"meibo/dsl/schema"
	"meibo/index"
)

// cursorVersion is renewed when the form below changes: an older cursor is
// then refused instead of misread.
const cursorVersion = 1

// A cursor says where the next page begins and what question it belongs to.
// It holds the sort values of the last row, which its reader has seen, and
// nothing secret; a made-up one can only begin a page somewhere else.
type cursor struct {
	Version int           `json:"v"`
	Epoch   string        `json:"e"`
	Query   []byte        `json:"h"` // hash of filter, q and sort
	Now     int64         `json:"n"` // the first page's now, epoch milliseconds
	Zone    string        `json:"z"`
	State   string        `json:"s,omitempty"` // the snapshot to stay on; left out where the request named none
	ID      string        `json:"i"`
	Values  []cursorValue `json:"k"`
}

// A cursorValue is one sort value. Kind is a schema.Kind as a number, because
// None, which stands for a missing value, has no name to be read back by.
type cursorValue struct {
	Kind uint8   `json:"k"`
	Num  float64 `json:"n,omitempty"`
	Text string  `json:"t,omitempty"`
}

// sameQuery is what two requests must share for a cursor of one to continue
// the other. Fields and limit may differ from page to page.
func sameQuery(filter, q, sort string) []byte {
	sum := fingerprint([]byte(filter), []byte(q), []byte(sort))
	return sum[:sha256.Size/2]
}

func (s *Service) writeCursor(r SearchRequest, a asked, last index.Key) string {
	c := cursor{Version: cursorVersion, Epoch: s.store.Epoch(), Query: sameQuery(r.Filter, r.Q, r.Sort),
		Now: a.now.UnixMilli(), Zone: a.zone.String(), State: r.Snapshot, ID: last.ID}
	for _, v := range last.Values {
		c.Values = append(c.Values, cursorValue{uint8(v.Kind()), v.Num(), v.Text()})
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic("service: a cursor holds plain values: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// readCursor gives the place to continue from and puts the first page's now,
// zone and, where it named one, snapshot into the request. Without a snapshot
// the next page is of the newest state: the rows after that place by now.
func (s *Service) readCursor(r *SearchRequest, keys []index.SortKey) (*index.Key, error) {
	if r.Cursor == "" {
		return nil, nil
	}
	c, ok := decodeCursor(r.Cursor)
	if !ok || len(c.Values) != len(keys) && c.Epoch == s.store.Epoch() {
		return nil, refuseCursor("invalid", "カーソルが正しくありません。", "the cursor is not one of this server's")
	}
	if c.Epoch != s.store.Epoch() {
		return nil, refuse(CodeGone, "データが復元されたため、このカーソルは使えません。最初のページからやり直してください。",
			"the data was restored since this cursor was given; start again from the first page")
	}
	if string(c.Query) != string(sameQuery(r.Filter, r.Q, r.Sort)) ||
		r.TimeZone != "" && r.TimeZone != c.Zone || r.Now != "" && !s.sameInstant(r.Now, c.Zone, c.Now) ||
		r.Snapshot != "" && c.State != "" && r.Snapshot != c.State {
		return nil, refuseCursor("other_query", "カーソルは別の検索のものです。filter、q、sort、timeZone、now、snapshot を変えずに送ってください。",
			"the cursor belongs to another search; send it with the same filter, q, sort, timeZone, now and snapshot")
	}
	key := &index.Key{ID: c.ID}
	for i, v := range c.Values {
		kind := schema.Kind(v.Kind)
		if kind != schema.None && kind != keys[i].Kind {
			return nil, refuseCursor("invalid", "カーソルが正しくありません。", "the cursor is not one of this server's")
		}
		key.Values = append(key.Values, schema.Stored(kind, v.Num, v.Text, nil))
	}
	r.TimeZone, r.Now = c.Zone, instantText(c.Now)
	if c.State != "" {
		r.Snapshot = c.State
	}
	return key, nil
}

func decodeCursor(text string) (cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return cursor{}, false
	}
	var c cursor
	err = json.Unmarshal(raw, &c)
	return c, err == nil && c.Version == cursorVersion && schema.CheckID(c.ID) == nil
}

func refuseCursor(code, ja, en string) error { return refuseParameter("cursor", code, ja, en) }
