package service

import (
	"context"
	"errors"

	"meibo/api/job"
)

// runUndo does the job; see JobX.
func (s *register) runUndo(context.Context, *job.Run) error { return errors.New("not built yet") }
