package service

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"meibo/dsl/schema"
	"meibo/index"
)

// A page has DefaultLimit customers when it asks for no other number, and at
// most MaxLimit.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// MaxOffset bounds Offset; beyond it, page by cursor.
const MaxOffset = 100_000_000

// A SearchRequest asks for one page of customers.
type SearchRequest struct {
	Question
	Sort     string // "-lastSeenAt,name"; "" is the latest seen first
	Limit    *int   // nil: DefaultLimit; 0 to MaxLimit
	Offset   int
	Cursor   string   // of the page before; not together with Offset
	Snapshot string   // of an answer to the same question: see that state again; "": the newest, or the cursor's
	Fields   []string // keys or groups to answer with; nil: all
	Facets   []FacetRequest
}

// A SearchAnswer is one page. Which customers match and where each stands is of
// one state of the index, the one that Snapshot names; their records are read
// as they are stored now. Customers that were deleted since that state are left
// out of the page, not of Total.
type SearchAnswer struct {
	Total      int               `json:"total"`
	Customers  []json.RawMessage `json:"customers"`
	NextCursor string            `json:"nextCursor,omitempty"`
	Snapshot   string            `json:"snapshot"` // names the state, see held
	Seq        uint64            `json:"seq"`
	Stale      bool              `json:"stale,omitempty"` // the index that answered is being replaced
	TookMs     float64           `json:"tookMs"`
	Facets     []Facet           `json:"facets,omitempty"` // of all matches, one for each that was asked
	Unmatched  []string          `json:"unmatched,omitempty"`

	Records []schema.Record `json:"-"` // the same customers, whole; where only ids are asked for, no more than these
}

// Search answers a page. Where Q is a list, pages without a cursor also name
// its lines that no customer matches, whatever Filter says.
func (s *Service) Search(ctx context.Context, r SearchRequest) (SearchAnswer, error) {
	p, err := s.plan(&r)
	if err != nil {
		return SearchAnswer{}, err
	}
	snap, err := s.state(ctx, r, p)
	if err != nil {
		return SearchAnswer{}, err
	}
	defer snap.Release()
	began := time.Now()
	// One hit more than asked for tells whether there is a next page.
	query := p.query
	query.Limit = p.limit + 1
	page, err := snap.Search(ctx, query)
	if err != nil {
		return SearchAnswer{}, refuseEngine(err)
	}
	hits := page.Hits[:min(p.limit, len(page.Hits))]
	facets, err := s.facets(ctx, snap, p.where, p.facets)
	if err != nil {
		return SearchAnswer{}, err
	}
	records, err := s.rows(hits, p.chosen)
	if err != nil {
		return SearchAnswer{}, err
	}
	seq := snap.Position().Seq
	answer := SearchAnswer{Total: page.Total, Snapshot: s.nameState(r, p.asked, seq), Seq: seq, Stale: s.status().Stale, TookMs: milliseconds(time.Since(began)),
		Facets: facets, Records: records, Customers: s.rowsJSON(records, p.chosen)}
	if len(hits) > 0 && len(page.Hits) > len(hits) {
		answer.NextCursor = s.writeCursor(r, p.asked, hits[len(hits)-1].Key)
	}
	if p.lines != nil && r.Cursor == "" {
		answer.Unmatched, err = s.unmatched(ctx, snap, p.asked)
	}
	return answer, err
}

// A planned search is checked and ready to be asked.
type planned struct {
	asked
	query  index.Query // Limit is not set
	state  *stateName  // nil: the newest
	limit  int
	chosen map[string]bool
	facets []facetPlan
}

// plan checks a request. With a cursor or a snapshot, the request's zone and
// now become those of the answer that gave it.
func (s *Service) plan(r *SearchRequest) (planned, error) {
	p := planned{limit: DefaultLimit}
	if r.Limit != nil {
		p.limit = *r.Limit
	}
	if err := checkPage(*r, p.limit); err != nil {
		return planned{}, err
	}
	fields := s.fields()
	keys, err := readSort(r.Sort, fields)
	if err != nil {
		return planned{}, err
	}
	if p.chosen, err = chosenFields(r.Fields, fields); err != nil {
		return planned{}, err
	}
	after, err := s.readCursor(r, keys)
	if err != nil {
		return planned{}, err
	}
	if p.state, err = s.readState(r); err != nil {
		return planned{}, err
	}
	if p.asked, err = s.ask(r.Question); err != nil {
		return planned{}, err
	}
	if p.facets, err = s.planFacets(r.Facets, p.asked); err != nil {
		return planned{}, err
	}
	p.query = index.Query{Where: p.where, Sort: keys, Offset: r.Offset, After: after}
	return p, nil
}

func checkPage(r SearchRequest, limit int) error {
	switch {
	case limit < 0 || limit > MaxLimit:
		return refuseParameter("limit", "out_of_range",
			fmt.Sprintf("limit は 0～%d です。", MaxLimit), fmt.Sprintf("limit is 0 to %d", MaxLimit))
	case r.Offset < 0 || r.Offset > MaxOffset:
		return refuseParameter("offset", "out_of_range",
			fmt.Sprintf("offset は 0～%d です。", MaxOffset), fmt.Sprintf("offset is 0 to %d", MaxOffset))
	case r.Offset != 0 && r.Cursor != "":
		return refuseParameter("offset", "conflict",
			"cursor と offset は一緒に使えません。", "send cursor or offset, not both")
	}
	return nil
}

// rows reads the records of hits in one read transaction, skipping customers
// that are gone meanwhile. Where only ids are asked for, nothing is read.
func (s *Service) rows(hits []index.Hit, chosen map[string]bool) ([]schema.Record, error) {
	if onlyIDs(chosen) {
		records := make([]schema.Record, len(hits))
		for i, h := range hits {
			records[i] = schema.NewRecord(h.ID)
		}
		return records, nil
	}
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	customers, err := s.store.Customers(ids)
	if err != nil {
		return nil, fmt.Errorf("read the customers of a page: %w", err)
	}
	records := make([]schema.Record, 0, len(customers))
	for _, c := range customers {
		if c.Record.Len() > 0 {
			records = append(records, c.Record)
		}
	}
	return records, nil
}

func onlyIDs(chosen map[string]bool) bool { return len(chosen) == 1 && chosen[schema.IDField] }

// rowsJSON writes the customers of a page, one behind the other in one buffer.
func (s *Service) rowsJSON(records []schema.Record, chosen map[string]bool) []json.RawMessage {
	const usual = 1 << 10 // bytes of a customer
	layout := s.layout(chosen)
	all, ends := make([]byte, 0, len(records)*usual), make([]int, len(records))
	for i, r := range records {
		all = layout.Append(all, r)
		ends[i] = len(all)
	}
	rows, from := make([]json.RawMessage, len(records)), 0
	for i, end := range ends {
		rows[i], from = all[from:end:end], end
	}
	return rows
}

// milliseconds is a duration as a decimal with microseconds.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
