package service

import (
	"context"
	"errors"

	"meibo/api/job"
)

// runBulk does the job; see JobX.
func (s *register) runBulk(context.Context, *job.Run) error { return errors.New("not built yet") }
