package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/api/table"
	"meibo/dsl/schema"
)

func (a *app) importFiles(ctx context.Context, at place, c importCommand) (err error) {
	if at.server != "" {
		return misused("import は --server では使えません。サーバーを止めて --data で取り込むか、POST /v1/customers/batch を使ってください。",
			"import works on a data folder, not through --server; stop the server and use --data, or POST /v1/customers/batch")
	}
	request, err := a.importRequest(c)
	if err != nil {
		return err
	}
	sources, cleanUp, err := a.sources(c.Files)
	defer cleanUp()
	if err != nil {
		return err
	}
	request.Sources = sources
	w, err := a.openForImport(at.data, c.DryRun)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := a.awaitIndex(ctx, w); err != nil {
		return err // before anything is written, rather than after
	}
	defer a.collectLess()()
	return a.runImport(ctx, w, request, c)
}

// openForImport opens the data folder, creating it unless nothing is to be
// written: then a folder that is not there yet is made in a temporary place.
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

func (a *app) importRequest(c importCommand) (service.ImportRequest, error) {
	r := service.ImportRequest{Format: table.Format(c.Format), CreateFields: c.CreateFields, System: c.System, DryRun: c.DryRun}
	for _, text := range c.Map {
		m, err := service.ParseColumnMapping(text)
		if err != nil {
			return r, err
		}
		r.Map = append(r.Map, m)
	}
	if c.TZ != "" {
		zone, err := time.LoadLocation(c.TZ)
		if err != nil || c.TZ == "Local" {
			return r, misused("タイムゾーン「%s」はありません。Asia/Tokyo のように書いてください。", "there is no time zone %q; write one like Asia/Tokyo", c.TZ)
		}
		r.Zone = zone
	}
	return r, nil
}

func (a *app) runImport(ctx context.Context, w *workspace, r service.ImportRequest, c importCommand) error {
	report := &badRowReport{path: c.Report, lang: a.lang}
	if report.path == "" {
		report.path = defaultReport(c.Files[0])
	}
	r.BadRow = report.add
	began := a.clock()
	shown := a.showImport(&r)
	result, err := w.Import(ctx, r)
	shown.end()
	if closeErr := report.close(); closeErr != nil {
		err = errors.Join(err, failed("報告ファイルを書けません: %v", "cannot write the report: %v", closeErr))
	}
	a.tellImport(result, r.DryRun, a.clock().Sub(began))
	if report.rows > 0 {
		a.tell("詳しくは %s を見てください。", "see %s for every fault", report.path)
	}
	switch {
	case result.Cancelled:
		return failed("中断しました。ここまでの %s 件は書き込まれています。", "interrupted; the %s rows counted above are written", grouped(result.Rows))
	case err != nil:
		return importFailure(err)
	case result.Rows > 0 && result.Bad == result.Rows:
		return failed("取り込めた行がありません。", "no row could be taken")
	case r.DryRun:
		return nil
	}
	return w.trimLog(ctx)
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

func defaultReport(file string) string {
	if file == "-" {
		return "import.errors.csv"
	}
	return filepath.Base(file) + ".errors.csv"
}

// showImport makes the request tell its progress.
func (a *app) showImport(r *service.ImportRequest) *importProgress {
	p := &importProgress{a: a}
	r.Progress = p.tell
	return p
}

// importProgress shows each stage of an import in turn.
type importProgress struct {
	a     *app
	stage string
	shown *progress
}

func (p *importProgress) tell(i service.ImportProgress) {
	if i.Stage != p.stage {
		p.end()
		p.stage, p.shown = i.Stage, p.a.newProgress(stageWords(i.Stage))
	}
	p.shown.set(i.Bytes, i.Total, i.Rows)
}

func (p *importProgress) end() {
	if p.shown != nil {
		p.shown.end()
	}
}

func stageWords(stage string) schema.Words {
	switch stage {
	case service.StageInfer:
		return say("項目の種類を調べています", "inferring kinds")
	case service.StageIndex:
		return say("検索インデックスに反映しています", "waiting for the index")
	}
	return say("取り込んでいます", "importing")
}

// tellImport sums an import up.
func (a *app) tellImport(r service.ImportReport, dryRun bool, took time.Duration) {
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
	prefix := schema.Words{}
	if dryRun {
		prefix = say("（試しただけで書き込んでいません）", "(dry run, nothing is written) ")
	}
	a.tell("%s%s 行: 新規 %s、更新 %s、変更なし %s、取り込めず %s（%.1f 秒%s）",
		"%s%s rows: %s created, %s updated, %s unchanged, %s bad (%.1f s%s)",
		a.words(prefix), grouped(r.Rows), grouped(r.Created), grouped(r.Updated), grouped(r.Unchanged), grouped(r.Bad), took.Seconds(), rate)
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
