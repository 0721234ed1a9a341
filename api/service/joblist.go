package service

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"meibo/api/job"
	"meibo/dsl/schema"
	"meibo/store"
)

// A Job is long work as it travels. Times are epoch milliseconds.
type Job struct {
	ID          string          `json:"id"`
	Kind        string          `json:"kind" enum:"import,export,bulk,undo,erase"`
	DryRun      bool            `json:"dryRun,omitempty" doc:"It only counts and changes nothing."`
	State       string          `json:"state" enum:"queued,running,done,failed,cancelled"`
	Cancelling  bool            `json:"cancelling,omitempty" doc:"It was asked to end and does so after its step."`
	Stage       string          `json:"stage,omitempty" doc:"What it does at the moment; the kind of job says which there are."`
	Done        int64           `json:"done" doc:"Of the stage, in what the stage counts: rows, customers or bytes."`
	Total       int64           `json:"total" doc:"Of the stage; 0 while nobody knows."`
	SecondsLeft *int            `json:"secondsLeft,omitempty" doc:"About how long the stage still takes; left out while nobody knows."`
	Actor       store.Actor     `json:"actor" doc:"Who asked for it."`
	CreatedAt   int64           `json:"createdAt"`
	StartedAt   int64           `json:"startedAt,omitempty"`
	EndedAt     int64           `json:"endedAt,omitempty"`
	Of          string          `json:"of,omitempty" doc:"The job that this one undoes."`
	Request     json.RawMessage `json:"request,omitempty" doc:"What was asked for."`
	Result      json.RawMessage `json:"result,omitempty" doc:"What came of it, so far or in the end; the kind of job says of which form."`
	Error       *JobError       `json:"error,omitempty" doc:"Why it failed."`
}

// A JobError is why a job failed.
type JobError struct {
	Code    string       `json:"code" doc:"As of a problem."`
	Message schema.Words `json:"message"`
}

// Bounds of a page of jobs.
const (
	DefaultJobsLimit = 50
	MaxJobsLimit     = 200
)

// A JobsRequest asks for a page of jobs, the newest first.
type JobsRequest struct {
	Kind   string // "": any
	State  string // "": any
	Limit  *int   // nil: DefaultJobsLimit
	Cursor string
}

// A JobsAnswer is a page of jobs.
type JobsAnswer struct {
	Jobs       []Job  `json:"jobs" nullable:"false" doc:"The newest first."`
	NextCursor string `json:"nextCursor,omitempty" doc:"Where the next page begins; left out on the last one."`
}

// JobKinds and JobStates are what jobs can be.
func JobKinds() []string { return []string{JobImport, JobExport, JobBulk, JobUndo, JobErase} }

// JobStates are the states of a job, in the order of a job's life.
func JobStates() []string {
	return []string{job.Queued, job.Running, job.Done, job.Failed, job.Cancelled}
}

// seesJob reports whether a job is the caller's to see: owners see all, others
// those of their own token.
func (s *Service) seesJob(j store.Job) bool {
	return s.caller.Role == RoleOwner || s.caller.TokenID != "" && j.Actor.TokenID == s.caller.TokenID
}

// Jobs answers a page of the jobs that the caller may see.
func (s *Service) Jobs(ctx context.Context, r JobsRequest) (JobsAnswer, error) {
	limit, before, err := s.checkJobsRequest(r)
	if err != nil {
		return JobsAnswer{}, err
	}
	answer := JobsAnswer{Jobs: []Job{}}
	err = s.store.Jobs(before, func(j store.Job) bool {
		if !s.seesJob(j) || r.Kind != "" && j.Kind != r.Kind || r.State != "" && j.State != r.State {
			return ctx.Err() == nil
		}
		if len(answer.Jobs) == limit {
			answer.NextCursor = s.writeJobsCursor(answer.Jobs[limit-1].ID)
			return false
		}
		answer.Jobs = append(answer.Jobs, s.job(j))
		return true
	})
	if err := errors.Join(err, ctx.Err()); err != nil {
		return JobsAnswer{}, fmt.Errorf("read the jobs: %w", err)
	}
	return answer, nil
}

func (s *Service) checkJobsRequest(r JobsRequest) (limit int, before uint64, err error) {
	limit = DefaultJobsLimit
	if r.Limit != nil {
		limit = *r.Limit
	}
	switch {
	case limit < 1 || limit > MaxJobsLimit:
		return 0, 0, refuseParameter("limit", "out_of_range",
			fmt.Sprintf("limit は 1～%d です。", MaxJobsLimit), fmt.Sprintf("limit is 1 to %d", MaxJobsLimit))
	case r.Kind != "" && !slices.Contains(JobKinds(), r.Kind):
		kinds := strings.Join(JobKinds(), ", ")
		return 0, 0, refuseParameter("kind", "unknown_kind", "kind は "+kinds+" のどれかです。", "kind is one of "+kinds)
	case r.State != "" && !slices.Contains(JobStates(), r.State):
		states := strings.Join(JobStates(), ", ")
		return 0, 0, refuseParameter("state", "unknown_state", "state は "+states+" のどれかです。", "state is one of "+states)
	}
	before, err = s.readJobsCursor(r.Cursor)
	return limit, before, err
}

// Job answers one job; CodeNotFound also where it is not the caller's to see.
func (s *Service) Job(id string) (Job, error) {
	j, err := s.storedJob(id)
	if err != nil {
		return Job{}, err
	}
	return s.job(j), nil
}

// storedJob is a job that the caller may see; CodeNotFound.
func (s *Service) storedJob(id string) (store.Job, error) {
	number, ok := jobNumber(id)
	if !ok {
		return store.Job{}, refuseNoJob()
	}
	j, err := s.store.Job(number)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !s.seesJob(j):
		return store.Job{}, refuseNoJob()
	case err != nil:
		return store.Job{}, fmt.Errorf("read a job: %w", err)
	}
	return j, nil
}

// CancelJob asks a job to end. One that waits has ended then, one that runs
// ends after its step: what it has done stays. One that has ended stays as it is.
func (s *Service) CancelJob(ctx context.Context, id string) (Job, error) {
	j, err := s.storedJob(id)
	if err != nil {
		return Job{}, err
	}
	err = s.jobs.Cancel(ctx, j.Number)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Job{}, refuseNoJob()
	case err != nil:
		return Job{}, refuseStore(fmt.Errorf("cancel a job: %w", err))
	}
	return s.Job(id)
}

// job is a job as it travels, as far as it is at this moment.
func (s *register) job(stored store.Job) Job {
	j, left := s.jobs.Live(stored)
	shown := Job{ID: jobID(j.Number), Kind: j.Kind, State: j.State, Cancelling: j.Cancel && !job.Ended(j.State), Stage: j.Stage, Done: j.Done, Total: j.Total,
		Actor: j.Actor, CreatedAt: j.CreatedAt, StartedAt: j.StartedAt, EndedAt: j.EndedAt, Request: j.Request, Result: j.Result}
	shown.DryRun = isDryRun(j.Request)
	if j.Of != 0 {
		shown.Of = jobID(j.Of)
	}
	if j.Error != nil {
		shown.Error = &JobError{Code: j.Error.Code, Message: schema.Words{JA: j.Error.JA, EN: j.Error.EN}}
	}
	if left > 0 {
		seconds := int(math.Ceil(min(left, maxTimeLeft).Seconds()))
		shown.SecondsLeft = &seconds
	}
	return shown
}

// isDryRun reports whether a request, of whatever kind of job, is for numbers
// alone: all call it the same.
func isDryRun(request json.RawMessage) bool {
	var asked struct {
		DryRun bool `json:"dryRun"`
	}
	return json.Unmarshal(request, &asked) == nil && asked.DryRun
}

// decodeResult reads what a job came to so far.
func decodeResult(j store.Job, into any) error {
	if err := json.Unmarshal(j.Result, into); err != nil {
		return fmt.Errorf("read the result of the job %d: %w", j.Number, err)
	}
	return nil
}

// maxTimeLeft is longer than anybody waits for a bar.
const maxTimeLeft = 1000 * time.Hour

// jobID is a job's number as it travels.
func jobID(number uint64) string { return strconv.FormatUint(number, 10) }

// jobNumber reads what jobID wrote, in that one form.
func jobNumber(id string) (uint64, bool) {
	number, err := strconv.ParseUint(id, 10, 64)
	return number, err == nil && number > 0 && jobID(number) == id
}

func refuseNoJob() *Error {
	return refuse(CodeNotFound, "その ID のジョブはありません。", "there is no job with this id")
}

// A jobsCursor says after which job the next page begins.
type jobsCursor struct {
	Epoch string `json:"e"`
	Job   uint64 `json:"j"`
}

func (s *Service) writeJobsCursor(id string) string {
	number, _ := jobNumber(id) // one of ours
	text, err := json.Marshal(jobsCursor{s.store.Epoch(), number})
	if err != nil {
		panic("service: a cursor holds plain values: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (s *Service) readJobsCursor(cursor string) (before uint64, err error) {
	if cursor == "" {
		return 0, nil
	}
	var c jobsCursor
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(text, &c) != nil || c.Job == 0 {
		return 0, refuseCursor("invalid", "カーソルが、ジョブの一覧のものではありません。", "the cursor is not one of the list of jobs")
	}
	if c.Epoch != s.store.Epoch() {
		return 0, refuse(CodeGone, "データが復元されたため、このカーソルは使えません。最初のページからやり直してください。",
			"the data was restored since this cursor was given; start again from the first page")
	}
	return c.Job, nil
}
