package bleveindex

import (
	"context"
	"fmt"

	"meibo/dsl/expr"
	"meibo/index"
)

// fewFirst is how many first hits are found one after the other; a page that
// begins later is cut out of the order of the whole result.
const fewFirst = 2048

// Search orders only what the page needs.
func (s *snapshot) Search(ctx context.Context, q index.Query) (index.Page, error) {
	if err := index.CheckQuery(q); err != nil {
		return index.Page{}, err
	}
	n, err := s.compile(ctx, q.Where)
	if err != nil {
		return index.Page{}, err
	}
	page, _, err := s.search(ctx, q, n)
	return page, err
}

// search answers with a compiled node, and says how it put the page in order.
func (s *snapshot) search(ctx context.Context, q index.Query, n node) (page index.Page, how string, err error) {
	defer recovered(&err)
	if q.Limit == 0 {
		page.Total, err = s.view.count(ctx, n)
		return page, "", err
	}
	if q.After == nil && (q.Offset+q.Limit > fewFirst || s.options.force == orderWhole) {
		return s.cut(ctx, q, n)
	}
	r, err := s.view.result(ctx, q, n, q.Offset+q.Limit)
	if err != nil {
		return page, "", err
	}
	page.Total = r.total
	rows := merge(r.order, r.sequences)
	for i := 0; i < q.Offset+q.Limit; i++ {
		if i%1024 == 1023 && ctx.Err() != nil {
			return index.Page{}, "", ctx.Err()
		}
		a, ok := rows.next()
		if !ok {
			break
		}
		if i >= q.Offset {
			page.Hits = append(page.Hits, r.order.hit(a))
		}
	}
	return page, r.told(), nil
}

// Walk yields the matches as they come out of the segments' sorted rows; what
// is in memory is the sets of matches, a bit a customer, and where a segment's
// rows are not sorted by the key, 4 bytes a match.
func (s *snapshot) Walk(ctx context.Context, q index.Query, yield func(index.Hit) bool) (err error) {
	defer recovered(&err)
	if err := index.CheckQuery(q); err != nil {
		return err
	}
	n, err := s.compile(ctx, q.Where)
	if err != nil {
		return err
	}
	r, err := s.view.result(ctx, q, n, -1)
	if err != nil {
		return err
	}
	rows := merge(r.order, r.sequences)
	for i := 0; ; i++ {
		a, ok := rows.next()
		switch {
		case !ok:
			return nil
		case i%1024 == 1023 && ctx.Err() != nil:
			return ctx.Err()
		case i < q.Offset:
			continue
		}
		if !yield(r.order.hit(a)) {
			return nil
		}
	}
}

// resultName tells a query's order from every other of the view. It has all
// that an expression holds: as text, a number compared as a phone number and
// the same compared as it stands look alike.
func resultName(q index.Query) string {
	name := fmt.Sprintf("%s%#v", formResult, expr.Simplify(q.Where))
	for _, k := range q.Sort {
		name += "\n" + k.Kind.String() + " " + k.Field
		if k.Desc {
			name += " desc"
		}
	}
	return name
}
