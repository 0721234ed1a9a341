package service

import (
	"context"
	"errors"

	"meibo/api/job"
)

// runErase does the job; see JobX.
func (s *register) runErase(context.Context, *job.Run) error { return errors.New("not built yet") }
