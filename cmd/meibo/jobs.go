package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/dsl/schema"
)

// jobsCommands tell of long work and steer it.
type jobsCommands struct {
	List   jobsList   `cmd:"" help:"jobs_list"`
	Show   jobsShow   `cmd:"" help:"jobs_show"`
	Watch  jobsWatch  `cmd:"" help:"jobs_watch"`
	Cancel jobsCancel `cmd:"" help:"jobs_cancel"`
	Undo   jobsUndo   `cmd:"" help:"jobs_undo"`
	Resume jobsResume `cmd:"" help:"jobs_resume"`
}

type jobsList struct {
	Kind   string `enum:"import,export,bulk,undo,erase," default:"" placeholder:"KIND" help:"jobs_kind"`
	State  string `enum:"queued,running,done,failed,cancelled," default:"" placeholder:"STATE" help:"jobs_state"`
	Limit  int    `default:"50" placeholder:"N" help:"jobs_limit"`
	Cursor string `placeholder:"CURSOR" help:"jobs_cursor"`
	answerForm
}

type jobsShow struct {
	ID string `arg:"" name:"id" help:"jobs_id"`
	answerForm
}

type jobsWatch struct {
	ID string `arg:"" name:"id" help:"jobs_id"`
}

type jobsCancel struct {
	IDs []string `arg:"" name:"id" help:"jobs_ids"`
}

type jobsResume struct{}

func jobsHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"jobs_group":  {JA: "取り込みや一括操作などのジョブを見る、止める、続ける。", EN: "See, cancel and go on with jobs: imports, exports, bulk actions."},
		"jobs_list":   {JA: "ジョブを新しい順に一覧する。", EN: "List the jobs, the newest first."},
		"jobs_show":   {JA: "ジョブの内容と結果を表示する。", EN: "Show what a job was to do and what came of it."},
		"jobs_watch":  {JA: "サーバーのジョブの進み具合を、終わるまで表示する。", EN: "Show how far a server's job is until it ends."},
		"jobs_cancel": {JA: "ジョブを止める。そこまでに行ったことは残る。", EN: "End jobs early; what they have done stays."},
		"jobs_resume": {JA: "データフォルダーに残っているジョブを続け、終わるまで待つ。サーバーは自分で続ける。", EN: "Go on with the jobs that wait in a data folder until they have ended; a server does so itself."},
		"jobs_kind":   {JA: "この種類だけ（import、export、bulk、undo、erase）。", EN: "Only of this kind: import, export, bulk, undo or erase."},
		"jobs_state":  {JA: "この状態だけ（queued、running、done、failed、cancelled）。", EN: "Only in this state: queued, running, done, failed or cancelled."},
		"jobs_limit":  {JA: "件数（1～200）。", EN: "How many, 1 to 200."},
		"jobs_cursor": {JA: "前のページの続きから。", EN: "Go on where a page ended."},
		"jobs_id":     {JA: "ジョブの ID（jobs list で表示される）。", EN: "The job's id, as jobs list shows it."},
		"jobs_ids":    {JA: "ジョブの ID（jobs list で表示される）。", EN: "Ids of jobs, as jobs list shows them."},
	}
}

func (c *jobsList) run(ctx context.Context, a *app, at place) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for name, value := range map[string]string{"kind": c.Kind, "state": c.State, "cursor": c.Cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return a.withDesk(at, func(d *desk) error {
		var answer service.JobsAnswer
		if err := d.do(ctx, http.MethodGet, jobsPath+"?"+query.Encode(), nil, &answer); err != nil {
			return err
		}
		return c.show(a, answer, func() error { return a.tableOfJobs(answer, d.zoneOf(ctx)) })
	})
}

// kindOf is a job's kind, as people are to see it.
func (a *app) kindOf(j service.Job) string {
	if !j.DryRun {
		return j.Kind
	}
	return a.words(say("%s（試行）", "%s (dry run)", j.Kind))
}

func (a *app) tableOfJobs(answer service.JobsAnswer, zone *time.Location) error {
	if len(answer.Jobs) == 0 {
		a.tell("ジョブはありません。", "there are no jobs")
		return nil
	}
	rows := [][]string{{"id", "kind", "state", "progress", "createdAt", "actor"}}
	for _, j := range answer.Jobs {
		rows = append(rows, []string{j.ID, a.kindOf(j), jobState(j), jobProgressText(j), minuteOf(j.CreatedAt, zone), a.nameOf(j.Actor)})
	}
	if err := a.writeCells(rows); err != nil {
		return err
	}
	if answer.NextCursor != "" {
		a.tell("続きは --cursor %s", "there is more: --cursor %s", answer.NextCursor)
	}
	return nil
}

// jobState says also that a job is about to end.
func jobState(j service.Job) string {
	if j.Cancelling {
		return j.State + ", cancelling"
	}
	return j.State
}

func jobProgressText(j service.Job) string {
	switch {
	case j.Total > 0:
		return fmt.Sprintf("%s / %s", grouped(int(j.Done)), grouped(int(j.Total)))
	case j.Done > 0:
		return grouped(int(j.Done))
	}
	return ""
}

func (c *jobsShow) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var j service.Job
		if err := d.do(ctx, http.MethodGet, jobPath(c.ID), nil, &j); err != nil {
			return err
		}
		return c.show(a, j, func() error { return a.writeJob(j, d.zoneOf(ctx)) })
	})
}

// writeJob shows what is known of a job, a line each.
func (a *app) writeJob(j service.Job, zone *time.Location) error {
	rows := [][]string{{"id", j.ID}, {"kind", a.kindOf(j)}, {"state", jobState(j)}, {"actor", a.nameOf(j.Actor)}, {"createdAt", minuteOf(j.CreatedAt, zone)}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	for _, time := range []struct {
		name   string
		millis int64
	}{{"startedAt", j.StartedAt}, {"endedAt", j.EndedAt}} {
		if time.millis != 0 {
			add(time.name, minuteOf(time.millis, zone))
		}
	}
	add("stage", j.Stage)
	add("progress", jobProgressText(j))
	if j.SecondsLeft != nil {
		add("left", (time.Duration(*j.SecondsLeft) * time.Second).String())
	}
	add("undoes", j.Of)
	add("request", string(j.Request))
	add("result", string(j.Result))
	if j.Error != nil {
		add("error", a.words(j.Error.Message)+" ("+j.Error.Code+")")
	}
	return writeColumns(a.stdout, rows)
}

func (c *jobsCancel) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		for _, id := range c.IDs {
			var j service.Job
			if err := d.do(ctx, http.MethodPost, jobPath(id)+"/cancel", nil, &j); err != nil {
				return err
			}
			switch {
			case j.State == job.Cancelled:
				a.tell("ジョブ %s を止めました。", "the job %s is cancelled", j.ID)
			case job.Ended(j.State):
				a.tell("ジョブ %s はもう終わっています（%s）。", "the job %s has ended already: %s", j.ID, j.State)
			default:
				a.tell("ジョブ %s は、いまのステップを終えて止まります。", "the job %s ends after its step", j.ID)
			}
		}
		return nil
	})
}

// run shows a server's job. Nobody runs one of a data folder that could be
// watched: a process that does has the folder for itself.
func (c *jobsWatch) run(ctx context.Context, a *app, at place) error {
	if at.server == "" {
		return misused("jobs watch は --server で使います。データフォルダーに残っているジョブは meibo jobs resume で続けられます。",
			"jobs watch is for a --server; meibo jobs resume goes on with the jobs that wait in a data folder")
	}
	return a.withDesk(at, func(d *desk) error {
		j, err := a.watchJob(ctx, d, c.ID, func(context.Context, string) error {
			return failed("表示をやめます。ジョブ %s はサーバーで続きます。", "the job %s goes on in the server", c.ID)
		})
		if err != nil {
			return err
		}
		return a.writeJob(j, d.zoneOf(ctx))
	})
}

func (a *app) watchJob(ctx context.Context, d *desk, id string, interrupted func(context.Context, string) error) (service.Job, error) {
	shown := &jobProgress{a: a, title: say("ジョブ %s", "job %s", id)}
	defer shown.end()
	return a.followJob(ctx, d, id, shown, interrupted)
}
