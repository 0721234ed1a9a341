package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// A jobDesk is a service with a folder and a clock to set; its runner is not started.
type jobDesk struct {
	*Service
	t   *testing.T
	now *time.Time
}

func newJobDesk(t *testing.T) jobDesk {
	t.Helper()
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s, err := store.Open(t.TempDir(), store.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	d := jobDesk{New(Config{Store: s, Folder: filepath.Join(t.TempDir(), "files"), Index: scannedIndex{s}, Clock: clock}), t, &now}
	t.Cleanup(func() {
		d.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d jobDesk) ask(as Caller, kind string, request any) (number uint64) {
	d.t.Helper()
	_, err := d.store.Update(d.t.Context(), func(tx *store.Tx) (err error) {
		number, err = d.As(as).addJob(tx, kind, request)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return number
}

func (d jobDesk) put(number uint64, change func(*store.Job)) {
	d.t.Helper()
	_, err := d.store.Update(d.t.Context(), func(tx *store.Tx) error {
		j, err := tx.Job(number)
		if err != nil {
			return err
		}
		change(&j)
		return tx.PutJob(j)
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d jobDesk) ended(number uint64, at time.Time) {
	d.t.Helper()
	d.put(number, func(j *store.Job) { j.State, j.EndedAt = job.Done, at.UnixMilli() })
}

func (d jobDesk) file(name string) {
	d.t.Helper()
	if err := errors.Join(os.MkdirAll(d.folder, 0o700), os.WriteFile(filepath.Join(d.folder, name), []byte("x"), 0o600)); err != nil {
		d.t.Fatal(err)
	}
}

func (d jobDesk) files() (names []string) {
	d.t.Helper()
	list, err := os.ReadDir(d.folder)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

var manager = Caller{TokenID: "t1", Name: "店舗", Role: RoleManager, Scopes: []string{"x"}, ExpiresAt: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}

// A job acts for who asked for it, also in a later process.
func TestAJobIsForWhoAskedForIt(t *testing.T) {
	d := newJobDesk(t)
	number := d.ask(manager, JobBulk, map[string]int{"a": 1})
	j, err := d.store.Job(number)
	if err != nil || j.State != job.Queued || j.Kind != JobBulk || string(j.Request) != `{"a":1}` || j.Actor != (store.Actor{TokenID: "t1", Name: "店舗", Role: RoleManager}) || j.CreatedAt != d.now.UnixMilli() {
		t.Errorf("%+v, %v", j, err)
	}
	s, err := d.forJob(j)
	if err != nil || s.caller.Role != RoleManager || s.caller.TokenID != "t1" || !s.caller.ExpiresAt.Equal(manager.ExpiresAt) || !slices.Equal(s.caller.Scopes, manager.Scopes) {
		t.Errorf("%+v, %v", s, err)
	}
	j.Caller = json.RawMessage(`"nobody"`)
	if _, err := d.forJob(j); err == nil {
		t.Error("a caller that does not read acts for somebody")
	}
}

// The upkeep forgets jobs that ended before the history begins, with their
// selections and files: no other's, and none that could still do something.
func TestTheUpkeepForgetsOldJobs(t *testing.T) {
	d := newJobDesk(t)
	old, atEdge, running, waiting := d.ask(manager, JobExport, nil), d.ask(manager, JobBulk, nil), d.ask(manager, JobBulk, nil), d.ask(manager, JobBulk, nil)
	for range 10 { // so that there is a job 11 and more
		d.ended(d.ask(manager, JobImport, nil), d.now.Add(time.Hour))
	}
	d.ended(old, *d.now)
	d.ended(atEdge, d.now.Add(time.Millisecond))
	d.put(running, func(j *store.Job) { j.State, j.StartedAt = job.Running, d.now.UnixMilli() })
	for _, name := range []string{"job-1-rows.csv", "job-1-errors.csv", "job-11-rows.csv", "job-2-rows.csv", "upload-1", "job-1"} {
		d.file(name)
	}
	*d.now = d.now.Add(d.historyAge() + time.Millisecond)
	d.Upkeep(t.Context())
	list, err := d.Jobs(t.Context(), JobsRequest{})
	if err != nil || len(list.Jobs) != 13 {
		t.Fatalf("%d jobs, %v", len(list.Jobs), err)
	}
	if _, err := d.Job("1"); CodeOf(err) != CodeNotFound {
		t.Errorf("the old one: %v", err)
	}
	if got := strings.Join(d.files(), " "); got != "job-1 job-11-rows.csv job-2-rows.csv upload-1" {
		t.Errorf("files %s", got)
	}
	*d.now = d.now.Add(2 * time.Hour)
	d.Upkeep(t.Context())
	list, err = d.Jobs(t.Context(), JobsRequest{})
	if err != nil || len(list.Jobs) != 2 || list.Jobs[0].ID != jobID(waiting) || list.Jobs[1].ID != jobID(running) {
		t.Errorf("%+v, %v", list.Jobs, err)
	}
}

// More jobs than one transaction forgets are forgotten too; where files cannot
// be removed the job stays, for the next time.
func TestForgettingGoesOnUntilAllIsForgotten(t *testing.T) {
	d := newJobDesk(t)
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		for range 2*forgottenAtOnce + 1 {
			if _, err := tx.AddJob(store.Job{Kind: JobBulk, State: job.Failed, EndedAt: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.folder, nil, 0o600); err != nil { // not a folder
		t.Fatal(err)
	}
	if err := d.forgetJobs(t.Context()); err == nil {
		t.Fatal("files that cannot be looked for are taken for removed")
	}
	if err := os.Remove(d.folder); err != nil {
		t.Fatal(err)
	}
	if err := d.forgetJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Jobs(t.Context(), JobsRequest{}); err != nil || len(list.Jobs) != 0 {
		t.Errorf("%d left, %v", len(list.Jobs), err)
	}
}

// What is told of jobs does not grow with those that have ended.
func TestAWatchKeepsNothingOfWhatHasEnded(t *testing.T) {
	d := newJobDesk(t)
	look := func(w *JobWatch) string {
		t.Helper()
		jobs, _, err := w.Look()
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, j := range jobs {
			told = append(told, j.ID+j.State)
		}
		return fmt.Sprint(told)
	}
	d.ended(d.ask(manager, JobBulk, nil), *d.now)
	two := d.ask(manager, JobBulk, nil)
	w, err := d.WatchJobs("")
	if err != nil {
		t.Fatal(err)
	}
	if got := look(w); got != "[2queued]" {
		t.Error(got)
	}
	three := d.ask(Caller{TokenID: "t2", Role: RoleManager}, JobBulk, nil)
	d.ended(three, *d.now)
	if got := look(w); got != "[3done]" {
		t.Error(got)
	}
	if got := look(w); got != "[]" {
		t.Errorf("nothing has changed: %s", got)
	}
	d.ended(two, *d.now)
	if got := look(w); got != "[2done]" || len(w.told) != 0 || w.upTo != 3 {
		t.Errorf("%s, %d kept, up to %d", got, len(w.told), w.upTo)
	}
	if got := look(w); got != "[]" {
		t.Error(got)
	}
}

func TestAWatchOfAForgottenJobIsOver(t *testing.T) {
	d := newJobDesk(t)
	number := d.ask(manager, JobBulk, nil)
	w, err := d.WatchJobs(jobID(number))
	if err != nil {
		t.Fatal(err)
	}
	if jobs, over, err := w.Look(); len(jobs) != 1 || over || err != nil {
		t.Errorf("%v %v %v", jobs, over, err)
	}
	if _, err := d.store.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteJob(number) }); err != nil {
		t.Fatal(err)
	}
	if jobs, over, err := w.Look(); len(jobs) != 0 || !over || err != nil {
		t.Errorf("%v %v %v", jobs, over, err)
	}
}

// A refusal tells its reason; any other error nothing of what it says, which
// goes to the log.
func TestWhyAJobFailed(t *testing.T) {
	var log bytes.Buffer
	s := &register{log: slog.New(slog.NewTextHandler(&log, nil))}
	for _, c := range []struct {
		err  error
		code Code
		en   string
	}{
		{fmt.Errorf("import: %w", refuse(CodeUnknownField, "項目", "field")), CodeUnknownField, "field"},
		{fmt.Errorf("import: %w", &table.FileError{Name: "a.csv", Words: schema.Words{JA: "空", EN: "empty"}}), CodeBadRequest, "a.csv: empty"},
		{job.ErrDeadly, CodeInternal, "again and again"},
		{errors.New("disk on fire"), CodeInternal, "something went wrong"},
	} {
		code, why := s.explainJob(c.err)
		if code != string(c.code) || !strings.Contains(why.EN, c.en) || why.JA == "" || strings.Contains(why.EN+why.JA, "disk") {
			t.Errorf("%v: %s %+v", c.err, code, why)
		}
	}
	if got := strings.Count(log.String(), "disk on fire"); got != 1 || strings.Contains(log.String(), "field") {
		t.Errorf("log: %s", log.String())
	}
}

// A full disk and a dry run are told as such, whatever kind of job it is.
func TestAFullDiskAndADryRunAreToldAsSuch(t *testing.T) {
	d := newJobDesk(t)
	code, why := d.explainJob(fmt.Errorf("export: %w", &os.PathError{Op: "write", Err: syscall.ENOSPC}))
	if code != string(CodeNoSpace) || !strings.Contains(why.EN, "full") || why.JA == "" {
		t.Errorf("%s %+v", code, why)
	}
	for request, want := range map[string]bool{`{"dryRun":true}`: true, `{"dryRun":false,"ids":1}`: false, `{}`: false, ``: false, `"x"`: false} {
		if got := d.job(store.Job{Request: json.RawMessage(request)}).DryRun; got != want {
			t.Errorf("%s: %t", request, got)
		}
	}
}

// What a process that was killed left half done goes at the next start;
// anything else in the folder stays.
func TestWhatAKilledProcessLeftIsCleared(t *testing.T) {
	d := newJobDesk(t)
	if err := os.MkdirAll(filepath.Join(d.folder, scratchPrefix+"1"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{table.TempPrefix + "2", "export-3.csv"} {
		if err := os.WriteFile(filepath.Join(d.folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.ClearUnfinished(); err != nil {
		t.Fatal(err)
	}
	if names, err := namesIn(d.folder); err != nil || !slices.Equal(names, []string{"export-3.csv"}) {
		t.Errorf("%v %v", names, err)
	}
	if got := d.sourceOf(storedUpload{}).TempDir; got != d.folder {
		t.Errorf("a workbook's temporary files would lie in %q", got)
	}
}
