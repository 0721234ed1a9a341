package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/dsl/schema"
)

const (
	uploadsPath = "/v1/uploads"
	importsPath = "/v1/imports"
)

// importFiles sends the files, asks for the import and waits for its end. A
// data folder takes it as a server does.
func (a *app) importFiles(ctx context.Context, at place, c importCommand) (err error) {
	body, err := importBody(c)
	if err != nil {
		return err
	}
	files, err := a.importedFiles(c.Files)
	if err != nil {
		return err
	}
	d, err := a.openImportDesk(ctx, at, c.DryRun)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	defer a.collectLess()()
	began := a.clock()
	defer func() { err = errors.Join(err, a.dropUploads(ctx, d, body.Uploads, err != nil || c.DryRun)) }()
	for _, f := range files {
		upload, err := a.sendFile(ctx, d, f)
		if err != nil {
			return importFailure(err)
		}
		body.Uploads = append(body.Uploads, upload.ID)
	}
	var asked service.Job
	if err := d.do(ctx, http.MethodPost, importsPath, body, &asked); err != nil {
		return importFailure(err)
	}
	done, err := a.awaitJob(ctx, d, asked.ID, say("取り込んでいます", "importing"))
	return a.imported(ctx, d, c, files, done, a.clock().Sub(began), err)
}

// importBody is what the flags ask for.
func importBody(c importCommand) (service.ImportBody, error) {
	body := service.ImportBody{Format: c.Format, CreateFields: c.CreateFields, System: c.System, DryRun: c.DryRun, Map: map[string]string{},
		Key: service.ImportKey(c.Key), Conflict: service.ImportConflict(c.Conflict), DateFormat: c.DateFormat, NumberFormat: c.NumberFormat, TimeZone: c.TZ}
	for _, text := range c.Map {
		if _, err := service.ParseColumnMapping(text); err != nil {
			return body, err
		}
		i := strings.LastIndexByte(text, '=')
		column := strings.TrimSpace(text[:i])
		if _, twice := body.Map[column]; twice {
			return body, misused("列「%s」の割り当てが 2 回あります。", "column %q is mapped twice", column)
		}
		body.Map[column] = strings.TrimSpace(text[i+1:])
	}
	if c.TZ != "" {
		if _, err := time.LoadLocation(c.TZ); err != nil || c.TZ == "Local" {
			return body, misused("タイムゾーン「%s」はありません。Asia/Tokyo のように書いてください。", "there is no time zone %q; write one like Asia/Tokyo", c.TZ)
		}
	}
	return body, nil
}

// openImportDesk opens a server or a data folder, which it creates unless
// nothing is to be written: then a folder that is not there yet is made in a
// temporary place. It waits for the index before anything is written, rather
// than after.
func (a *app) openImportDesk(ctx context.Context, at place, dryRun bool) (*desk, error) {
	if at.server != "" {
		return a.openDesk(at)
	}
	w, err := a.openForImport(at.data, dryRun)
	if err != nil {
		return nil, err
	}
	if err := a.awaitIndex(ctx, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return a.deskOf(w), nil
}

func (a *app) openForImport(dir string, dryRun bool) (*workspace, error) {
	if !dryRun {
		return a.openWorkspace(dir, true, nil)
	}
	if _, err := os.Stat(filepath.Join(dir, storeFile)); err == nil {
		return a.openWorkspace(dir, false, nil)
	}
	temporary, err := os.MkdirTemp("", "meibo-dry-run-")
	if err != nil {
		return nil, err
	}
	w, err := a.openWorkspace(temporary, true, nil)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(temporary))
	}
	w.temporary = true
	return w, nil
}

// dropUploads deletes what was sent for an import that did not come about, or
// only tried. What is gone already is no fault.
func (a *app) dropUploads(ctx context.Context, d *desk, ids []string, needed bool) error {
	if !needed {
		return nil
	}
	var errs []error
	for _, id := range ids {
		err := d.do(context.WithoutCancel(ctx), http.MethodDelete, uploadsPath+"/"+url.PathEscape(id), nil, nil)
		if code := service.CodeOf(err); err != nil && code != service.CodeNotFound && code != service.CodeInUse {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// imported tells what came of an import and fetches its refused rows.
func (a *app) imported(ctx context.Context, d *desk, c importCommand, files []importedFile, done service.Job, took time.Duration, failure error) error {
	if done.ID == "" {
		return failure // nothing is known of it
	}
	var report service.ImportReport
	if len(done.Result) > 0 {
		if err := json.Unmarshal(done.Result, &report); err != nil {
			return fmt.Errorf("read what came of the import: %w", err)
		}
	}
	report.DryRun = c.DryRun
	a.tellImport(report, took)
	if err := a.fetchErrors(context.WithoutCancel(ctx), d, c, files, done.ID, report); err != nil {
		return errors.Join(failure, err)
	}
	switch {
	case failure != nil:
		return failure
	case done.State == job.Cancelled && c.DryRun:
		return failed("中断しました。何も書き込まれていません。", "interrupted; nothing is written")
	case done.State == job.Cancelled:
		return failed("中断しました。ここまでの %s 件は書き込まれています。", "interrupted; the %s rows counted above are written", grouped(report.Rows))
	case report.Rows > 0 && report.Bad == report.Rows:
		return failed("取り込めた行がありません。", "no row could be taken")
	case c.DryRun || d.workspace == nil:
		return nil
	}
	return d.workspace.trimLog(ctx)
}

// importFailure makes a refusal end with 1: it is about what the files hold,
// not about how the program was called.
func importFailure(err error) error {
	var refusal *service.Error
	if errors.As(err, &refusal) {
		return &failure{code: exitFailed, words: refusal.Message, cause: err}
	}
	return err
}

// tellImport sums an import up.
func (a *app) tellImport(r service.ImportReport, took time.Duration) {
	a.tellColumns(r)
	for _, f := range r.Fields {
		a.tell("新しい項目: %s（%s）%s", "new field: %s (%s)%s", f.Key, f.Kind, labelNote(f))
	}
	for _, f := range r.Faults {
		place := strings.TrimSuffix(f.First.File+", "+f.First.Column, ", ")
		a.tell("取り込めない行: %s 件（最初は %s の %d 行目）%s", "bad: %s (first in %s, line %d) %s",
			grouped(f.Count), place, f.First.Line, a.words(f.First.Reason))
	}
	if r.Rows == 0 && len(r.Columns) == 0 {
		return
	}
	rate := ""
	if seconds := took.Seconds(); seconds >= 1 {
		rate = a.words(say("、%s 件/秒", ", %s rows/s", grouped(int(float64(r.Rows)/seconds))))
	}
	prefix, kept := schema.Words{}, schema.Words{}
	if r.DryRun {
		prefix = say("（試しただけで書き込んでいません）", "(dry run, nothing is written) ")
	}
	if r.Kept > 0 {
		kept = say("、そのまま %s", ", %s kept", grouped(r.Kept))
	}
	a.tell("%s%s 行: 新規 %s、更新 %s、変更なし %s%s、取り込めず %s（%.1f 秒%s）",
		"%s%s rows: %s created, %s updated, %s unchanged%s, %s bad (%.1f s%s)",
		a.words(prefix), grouped(r.Rows), grouped(r.Created), grouped(r.Updated), grouped(r.Unchanged), a.words(kept), grouped(r.Bad), took.Seconds(), rate)
}

// tellColumns names the columns whose way is not plain from their name.
func (a *app) tellColumns(r service.ImportReport) {
	for _, c := range r.Columns {
		switch {
		case c.Field == "":
			a.tell("列「%s」は取り込みません。", "column %q is left out", c.Column)
		case c.Field != c.Column && c.Field != schema.ProfilePrefix+c.Column:
			a.tell("列「%s」→ %s", "column %q → %s", c.Column, c.Field)
		}
	}
}

func labelNote(f schema.Field) string {
	if schema.ProfilePrefix+f.Labels.EN == f.Key {
		return ""
	}
	return fmt.Sprintf(" %q", f.Labels.EN)
}
