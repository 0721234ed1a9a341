package service

import (
	"slices"

	"meibo/dsl/schema"
)

// Fields are the workspace's fields in their display order.
func (s *Service) Fields() []schema.Field { return slices.Collect(s.store.Fields().All()) }

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
