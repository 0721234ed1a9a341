package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

const jobsPath = "/v1/jobs"

type listJobsInput struct {
	Kind   string `query:"kind" doc:"Only jobs of this kind: import, export, bulk, undo or erase."`
	State  string `query:"state" doc:"Only jobs in this state: queued, running, done, failed or cancelled."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Jobs of a page."`
	Cursor string `query:"cursor" doc:"nextCursor of the page before."`
}

type jobsOutput struct{ Body service.JobsAnswer }

// A JobID names a job in the path.
type JobID struct {
	Job string `path:"job" doc:"The job's id."`
}

type jobInput struct{ JobID }

type jobOutput struct{ Body service.Job }

func (h *handler) registerJobs(routes huma.API) {
	list := operation(http.MethodGet, jobsPath, "listJobs", "The jobs, the newest first", service.RunJobs, 400, 410)
	list.Description = "Owners see all jobs, everybody else those that the same token asked for. Jobs that ended are forgotten when they are older than the workspace keeps its history."
	register(routes, list, h.jobs)

	register(routes, operation(http.MethodGet, jobsPath+"/{job}", "getJob", "How far a job is, and what came of it", service.RunJobs, 404), h.job)

	cancel := operation(http.MethodPost, jobsPath+"/{job}/cancel", "cancelJob", "End a job early", service.RunJobs, 404, 503)
	cancel.Description = "One that waits has ended with the answer; one that runs ends after its step, see cancelling. What it has done stays. One that has ended is answered as it is."
	register(routes, cancel, h.cancelJob)
}

func (h *handler) jobs(ctx context.Context, in *listJobsInput) (*jobsOutput, error) {
	answer, err := h.as(ctx).Jobs(ctx, service.JobsRequest{Kind: in.Kind, State: in.State, Limit: &in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &jobsOutput{answer}, nil
}

func (h *handler) job(ctx context.Context, in *jobInput) (*jobOutput, error) {
	j, err := h.as(ctx).Job(in.Job)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &jobOutput{j}, nil
}

func (h *handler) cancelJob(ctx context.Context, in *jobInput) (*jobOutput, error) {
	j, err := h.as(ctx).CancelJob(ctx, in.Job)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &jobOutput{j}, nil
}
