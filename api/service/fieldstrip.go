package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"meibo/store"
)

// A DeletedField says what became of a field that was to be deleted.
type DeletedField struct {
	Key    string
	UsedBy []Use // segments that do not compile any more
}

// DeleteField takes a profile field away: from this moment nobody sees it, and
// its values leave the records in the background, those of deleted customers
// too; until they all have, the key cannot be used again. One that is being
// deleted already is no fault. A field that segments use needs force.
// ifMatch as in PatchField.
func (s *Service) DeleteField(ctx context.Context, key string, force bool, ifMatch string) (DeletedField, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	f, err := s.fieldToChange(key, ifMatch)
	if err != nil {
		return s.deletedBefore(key, err)
	}
	if !f.IsProfile() {
		return DeletedField{}, refuse(CodeReadOnly, key+" はシステムの項目なので削除できません。非表示にすることはできます。",
			key+" is kept by the system and cannot be deleted; it can be hidden")
	}
	uses, err := s.usesOfField(key)
	switch {
	case err != nil:
		return DeletedField{}, err
	case len(uses) > 0 && !force:
		return DeletedField{}, refuseUsed(key, uses)
	}
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		return s.auditField(tx, key, forcedOn(uses), func() error { return tx.DeleteField(key) })
	})
	if err != nil {
		return DeletedField{}, refuseStore(err)
	}
	s.askUpkeep()
	return DeletedField{Key: key, UsedBy: uses}, nil
}

func (s *Service) deletedBefore(key string, notFound error) (DeletedField, error) {
	leaving, err := s.Leaving()
	if err != nil {
		return DeletedField{}, err
	}
	for _, l := range leaving {
		if l.Key == key && CodeOf(notFound) == CodeNotFound {
			return DeletedField{Key: key}, nil
		}
	}
	return DeletedField{}, notFound
}

// Leaving are the fields that were deleted and whose values are on their way
// out of the records; of these, the ones that the caller saw.
func (s *Service) Leaving() ([]store.Leaving, error) {
	leaving, err := s.store.Leaving()
	if err != nil {
		return nil, fmt.Errorf("read the fields: %w", err)
	}
	return slices.DeleteFunc(leaving, func(l store.Leaving) bool { return !sees(s.caller.Role, l.Field) }), nil
}

func (s *Service) leavingKeys() ([]string, error) {
	leaving, err := s.store.Leaving()
	if err != nil {
		return nil, fmt.Errorf("read the fields: %w", err)
	}
	var keys []string
	for _, l := range leaving {
		keys = append(keys, l.Key)
	}
	return keys, nil
}

// StripFields takes the values of deleted fields out of the records and frees
// the keys. tell, when set, hears how far it is. It goes on where an earlier
// call, or process, was broken off. Other writes come in between its steps of
// a few thousand customers. A key is free once searches do not see its values
// any more either, so it waits for the index.
func (s *register) StripFields(ctx context.Context, tell func(store.Leaving)) error {
	leaving, err := s.store.Leaving()
	if err != nil {
		return fmt.Errorf("read the fields: %w", err)
	}
	for _, field := range leaving {
		if err := s.strip(ctx, field, tell); err != nil {
			return fmt.Errorf("strip the values of the deleted field %s: %w", field.Key, err)
		}
	}
	return nil
}

func (s *register) strip(ctx context.Context, field store.Leaving, tell func(store.Leaving)) error {
	for done := false; !done; {
		if tell != nil {
			now, err := s.store.Leaving()
			if err != nil {
				return err
			}
			for _, l := range now {
				if l.Key == field.Key {
					tell(l)
				}
			}
		}
		_, err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			done, err = tx.Strip(field.Key)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil // another call was faster
		}
		if err != nil {
			return err
		}
	}
	snapshot, err := s.index.Snapshot(ctx, s.store.Seq())
	if err != nil {
		return fmt.Errorf("wait for the index: %w", err)
	}
	snapshot.Release()
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetField(field.Key); err != nil {
			return err
		}
		return audit(tx, systemActor(), act{action: "field.stripped", kind: "field", key: field.Key})
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// stripFields is the chore.
func (s *register) stripFields(ctx context.Context) error { return s.StripFields(ctx, nil) }
