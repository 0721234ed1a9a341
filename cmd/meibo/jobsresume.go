package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"meibo/api/job"
	"meibo/api/service"
)

func (c *jobsResume) run(ctx context.Context, a *app, at place) error {
	if at.server != "" {
		return misused("jobs resume はデータフォルダー用です。サーバーは自分でジョブを続けます。", "jobs resume is for a data folder; a server goes on with its jobs itself")
	}
	return a.withDesk(at, func(d *desk) error {
		if err := a.awaitIndex(ctx, d.workspace); err != nil {
			return err
		}
		waiting, err := waitingJobs(ctx, d)
		if err != nil {
			return err
		}
		if len(waiting) == 0 {
			a.tell("続けるジョブはありません。", "no job waits")
			return nil
		}
		d.workspace.StartJobs()
		return errors.Join(a.resumeJobs(ctx, d, waiting), d.workspace.trimLog(ctx))
	})
}

// resumeJobs waits for jobs that run, one after the other. One that fails is no
// reason to leave the others.
func (a *app) resumeJobs(ctx context.Context, d *desk, waiting []service.Job) error {
	bad := 0
	for _, w := range waiting {
		j, err := a.watchJob(ctx, d, w.ID, func(context.Context, string) error {
			return failed("中断しました。残りのジョブは meibo jobs resume で続けられます。", "interrupted; meibo jobs resume goes on with what is left")
		})
		if !job.Ended(j.State) {
			return err
		}
		if err != nil {
			bad++
		}
		a.tell("ジョブ %s（%s）: %s", "job %s (%s): %s", j.ID, j.Kind, a.endOf(j))
	}
	if bad > 0 {
		return failed("%d 個のジョブが失敗しました。理由は meibo jobs show で見られます。", "%d jobs failed; meibo jobs show tells why", bad)
	}
	return nil
}

// endOf is how a job ended, in a few words.
func (a *app) endOf(j service.Job) string {
	if j.Error == nil {
		return j.State
	}
	return j.State + ": " + a.words(j.Error.Message)
}

// waitingJobs are those that have not ended, the oldest first.
func waitingJobs(ctx context.Context, d *desk) (list []service.Job, err error) {
	for _, state := range []string{job.Queued, job.Running} {
		for cursor := ""; ; {
			var page service.JobsAnswer
			query := url.Values{"state": {state}, "limit": {strconv.Itoa(service.MaxJobsLimit)}, "cursor": {cursor}}
			if err := d.do(ctx, http.MethodGet, jobsPath+"?"+query.Encode(), nil, &page); err != nil {
				return nil, err
			}
			list = append(list, page.Jobs...)
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
	}
	slices.Reverse(list) // those that run were asked for before those that wait
	return list, nil
}
