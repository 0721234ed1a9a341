package service

import "slices"

// usesOfField says which segments use a field, directly or through others, in
// the order of their keys. A bare string in a segment uses the fields of quick
// search. It costs a look at each segment, and takes no lock that a save holds.
func (s *Service) usesOfField(key string) ([]Use, error) {
	var uses []Use
	for _, e := range s.catalog().list {
		if slices.Contains(e.reads, key) {
			uses = append(uses, Use{Kind: "segment", Key: e.Key})
		}
	}
	return uses, nil
}
