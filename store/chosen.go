package store

import "errors"

// Has reports whether a customer, by number, is in the selection.
func (s *Selection) Has(number uint64) bool {
	chunk := s.chunks[number>>activeBits]
	return chunk != nil && chunk[number>>3&(activeBytes-1)]&(1<<(number&7)) != 0
}

// Selection reads for whom a job is; the empty one where none was kept.
func (s *Store) Selection(job uint64) (*Selection, error) {
	selection := &Selection{}
	err := s.view(func(v *view) error {
		numbers, _, err := v.selectedNumbers(job, 0, 1<<62)
		for _, number := range numbers {
			selection.add(number)
		}
		return err
	})
	return selection, err
}

// Chosen reads the customers of ids at one moment, in the order of ids: only
// those that are in the selection and still there. Cost: as Customers, of all.
func (s *Store) Chosen(selection *Selection, ids []string) (list []Customer, err error) {
	list = make([]Customer, 0, len(ids))
	err = s.view(func(v *view) error {
		for _, id := range ids {
			number, c, err := v.find(id)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if number != 0 && err == nil && !c.deleted && selection.Has(number) {
				list = append(list, Customer{Record: c.record, Seq: c.seq})
			}
		}
		return nil
	})
	return list, err
}
