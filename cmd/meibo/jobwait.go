package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/dsl/schema"
)

const jobsPath = "/v1/jobs"

func jobPath(id string) string { return jobsPath + "/" + url.PathEscape(id) }

// Pauses between two looks at a job: the first are short, because most jobs are.
const (
	firstLook = 5 * time.Millisecond
	lookPause = 250 * time.Millisecond
)

// awaitJob shows how far a job is until it has ended. On a data folder it is
// this process that runs it. When ctx ends, the job is cancelled and its end
// awaited: a cancelled job comes back without an error, its result tells what it
// did. One that failed is an error with the job's words.
func (a *app) awaitJob(ctx context.Context, d *desk, id string, title schema.Words) (service.Job, error) {
	if d.workspace != nil {
		d.workspace.StartJobs()
	}
	shown := &jobProgress{a: a, title: title}
	defer shown.end()
	return a.followJob(ctx, d, id, shown, d.cancelJob)
}

// followJob looks at a job until it has ended. When ctx ends, interrupted is
// called, once; its error ends the wait, without one it goes on.
func (a *app) followJob(ctx context.Context, d *desk, id string, shown *jobProgress, interrupted func(context.Context, string) error) (service.Job, error) {
	asking, ended := context.WithoutCancel(ctx), ctx.Done()
	for pause := firstLook; ; pause = min(2*pause, lookPause) {
		var j service.Job
		if err := d.do(asking, http.MethodGet, jobPath(id), nil, &j); err != nil {
			return j, err
		}
		if job.Ended(j.State) {
			return j, jobFailure(j)
		}
		shown.tell(j)
		select {
		case <-ended:
			ended = nil
			if err := interrupted(asking, id); err != nil {
				return j, err
			}
		case <-time.After(pause):
		}
	}
}

// cancelJob asks a job to end.
func (d *desk) cancelJob(ctx context.Context, id string) error {
	return d.do(ctx, http.MethodPost, jobPath(id)+"/cancel", nil, nil)
}

// jobFailure is the error of a job that failed.
func jobFailure(j service.Job) error {
	if j.State != job.Failed {
		return nil
	}
	if j.Error == nil {
		return errors.New("the job failed and does not say why")
	}
	cause := &service.Error{Code: service.Code(j.Error.Code), Message: j.Error.Message}
	return &failure{code: exitFailed, words: j.Error.Message, cause: cause}
}

// jobProgress shows each stage of a job in turn.
type jobProgress struct {
	a     *app
	title schema.Words
	stage string
	shown *progress
}

func (p *jobProgress) tell(j service.Job) {
	if j.State != job.Running {
		return // it waits behind others
	}
	if p.shown == nil || j.Stage != p.stage {
		p.end()
		p.stage, p.shown = j.Stage, p.a.newProgress(p.title)
	}
	p.shown.set(j.Done, j.Total, int(j.Done))
}

func (p *jobProgress) end() {
	if p.shown != nil {
		p.shown.end()
		p.shown = nil
	}
}
