package bleveindex

import (
	"context"
	"errors"

	"meibo/index"
)

// Values is still to be written.
func (s *snapshot) Values(context.Context, index.ValuesQuery) (index.ValuesPage, error) {
	return index.ValuesPage{}, errors.New("bleveindex: Values is not written yet")
}
