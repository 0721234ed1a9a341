package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"golang.org/x/term"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/dsl/schema"
)

// sendBulk makes a job, waits for it and tells what it came to.
func (a *app) sendBulk(ctx context.Context, d *desk, body bulkToSend, title schema.Words) (tally service.Tally, err error) {
	var made service.Job
	if err := d.do(ctx, http.MethodPost, "/v1/customers/bulk", body, &made); err != nil {
		a.tellFaults(err)
		return tally, err
	}
	return a.awaitTally(ctx, d, made, title, body.DryRun)
}

// awaitTally waits for a job on many customers.
func (a *app) awaitTally(ctx context.Context, d *desk, made service.Job, title schema.Words, quiet bool) (tally service.Tally, err error) {
	ended, err := a.awaitJob(ctx, d, made.ID, title)
	if d.workspace != nil {
		err = errors.Join(err, d.workspace.trimLog(context.WithoutCancel(ctx)))
	}
	if len(ended.Result) > 0 {
		err = errors.Join(err, json.Unmarshal(ended.Result, &tally))
	}
	if !quiet && len(ended.Result) > 0 {
		a.tellTally(ended, tally)
	}
	if err == nil && ended.State == job.Cancelled {
		err = failed("途中で止めました。", "ended early")
	}
	return tally, err
}

// tellForeseen shows on stdout what a dry run counted.
func (a *app) tellForeseen(t service.Tally, deletes bool) error {
	words := say("対象 %[1]s 人: 変更 %[2]s、変更なし %[3]s、拒否 %[4]s", "%[1]s customers: %[2]s to change, %[3]s unchanged, %[4]s refused",
		grouped(t.Total), grouped(t.Changed), grouped(t.Unchanged), grouped(t.Refused))
	if deletes {
		words = say("対象 %[1]s 人: 削除 %[2]s", "%[1]s customers: %[2]s to delete", grouped(t.Total), grouped(t.Changed))
	}
	_, err := fmt.Fprintln(a.stdout, a.words(words))
	a.tellTallyFaults(t)
	return err
}

// tellTally is the summary of a job that has ended.
func (a *app) tellTally(j service.Job, t service.Tally) {
	a.tell("変更 %[1]s、変更なし %[2]s、いなくなった顧客 %[3]s、拒否 %[4]s（対象 %[5]s 人）", "%[1]s changed, %[2]s unchanged, %[3]s gone, %[4]s refused, of %[5]s customers",
		grouped(t.Changed), grouped(t.Unchanged), grouped(t.Gone), grouped(t.Refused), grouped(t.Total))
	a.tellTallyFaults(t)
	if j.Kind == service.JobBulk && t.Changed > 0 {
		a.tell("元に戻すには: meibo jobs undo %s", "to take it back: meibo jobs undo %s", j.ID)
	}
}

func (a *app) tellTallyFaults(t service.Tally) {
	if t.Missing > 0 {
		a.tell("見つからない ID: %s", "ids of nobody: %s", grouped(t.Missing))
	}
	for _, f := range t.Faults {
		a.tell("  %[1]s 人: %[2]s（例: %[3]s）", "  %[1]s customers: %[2]s (one of them: %[3]s)", grouped(f.Count), a.words(f.Message), cmp.Or(f.Example, "-"))
	}
}

// terminal is where a person can be asked; nil: nowhere.
func (a *app) terminal() *os.File {
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// confirm asks a person; anything but a yes is a no.
func (a *app) confirm(question schema.Words) bool {
	fmt.Fprint(a.stderr, a.words(question)+" [y/N] ")
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && line == "" {
		return false
	}
	switch strings.ToLower(schema.Fold(line)) {
	case "y", "yes", "ハイ":
		return true
	}
	return false
}

type jobsUndo struct {
	ID string `arg:"" name:"id" help:"jobs_id"`
}

func (c *jobsUndo) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var made service.Job
		if err := d.do(ctx, http.MethodPost, jobPath(c.ID)+"/undo", nil, &made); err != nil {
			return err
		}
		_, err := a.awaitTally(ctx, d, made, say("元に戻しています", "taking it back"), false)
		return err
	})
}
