package service

import (
	"context"
	"errors"

	"meibo/api/job"
)

// runExport does the job; see JobX.
func (s *register) runExport(context.Context, *job.Run) error { return errors.New("not built yet") }
