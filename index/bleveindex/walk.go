package bleveindex

import (
	"context"
	"slices"

	"meibo/index"
)

// Walk searches page by page.
func (s *snapshot) Walk(ctx context.Context, q index.Query, yield func(index.Hit) bool) error {
	for q.Limit = 1000; ; q.Limit = index.MaxLimit {
		page, err := s.Search(ctx, q)
		if err != nil {
			return err
		}
		for _, h := range page.Hits {
			if !yield(h) {
				return nil
			}
		}
		if len(page.Hits) < q.Limit {
			return nil
		}
		last := page.Hits[len(page.Hits)-1].Key
		last.Values = slices.Clone(last.Values)
		q.After, q.Offset = &last, 0
	}
}
