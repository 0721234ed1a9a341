package service

import (
	"slices"

	"meibo/dsl/schema"
	"meibo/index"
)

// Fields are the workspace's fields in their display order.
func (s *Service) Fields() []schema.Field { return slices.Collect(s.fields().All()) }

// Stats are the figures that a monitor watches. They hold nothing personal.
type Stats struct {
	Customers int
	Seq       uint64
	Index     IndexStatus
}

// Stats reads the figures. Cost: a look-up each.
func (s *Service) Stats() Stats {
	return Stats{Customers: s.store.Len(), Seq: s.store.Seq(), Index: s.status()}
}

// Figures are what the index, if it counts anything, and the service tell a
// monitor, with names as index.Figure has them.
func (s *Service) Figures() []index.Figure {
	var all []index.Figure
	if f, ok := s.index.(figured); ok {
		for _, figure := range f.Figures() {
			figure.Name = "index_" + figure.Name
			all = append(all, figure)
		}
	}
	return append(all,
		index.Figure{Name: "snapshots_held", Help: "States of the index that are held for requests that name them.", Value: float64(s.held.len())},
		index.Figure{Name: "filters_cached", Help: "Compiled filters that are kept.", Value: float64(s.filters.Len())})
}
