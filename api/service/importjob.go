package service

import (
	"context"
	"errors"

	"meibo/api/job"
)

// runImport does the job; see JobX.
func (s *register) runImport(context.Context, *job.Run) error { return errors.New("not built yet") }
