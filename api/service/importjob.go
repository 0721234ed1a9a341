package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// An importCheckpoint is where a job of an import goes on, and all that was
// decided before the first row: done again, it could come out otherwise.
type importCheckpoint struct {
	Place importPlace   `json:"place"`
	Began uint64        `json:"began"` // the store's seq before the import
	Files []plannedFile `json:"files"`
}

// runImport does the job.
func (s *register) runImport(ctx context.Context, r *job.Run) error {
	var asked importAsked
	if err := r.Request(&asked); err != nil {
		return err
	}
	caller, err := s.forJob(r.Job())
	if err != nil {
		return err
	}
	err = caller.importFor(ctx, r, asked)
	if over, overErr := s.importOver(ctx, r, err); over && !asked.DryRun {
		for _, f := range asked.Files {
			overErr = errors.Join(overErr, s.dropUpload(f.ID))
		}
		if overErr != nil {
			s.log.WarnContext(ctx, "the files of an import stay", "job", r.Job().Number, "error", overErr)
		}
	}
	return err
}

// importOver reports whether a job's work has ended, for good and not because
// the process does.
func (s *register) importOver(ctx context.Context, r *job.Run, failure error) (bool, error) {
	if failure == nil || ctx.Err() == nil {
		return true, nil
	}
	j, err := s.store.Job(r.Job().Number)
	return err == nil && j.Cancel, err
}

func (s *Service) importFor(ctx context.Context, r *job.Run, asked importAsked) error {
	request, _, err := s.importRequestOf(asked)
	if err != nil {
		return err
	}
	number := r.Job().Number
	refused := s.errorFilesOf(number)
	request.Progress = func(p ImportProgress) {
		if p.Stage != StageImport || asked.DryRun {
			done, total := p.rows()
			r.Tell(job.Progress{Stage: p.Stage, Done: done, Total: total})
		}
	}
	if asked.DryRun {
		return s.rehearseFor(ctx, r, request, refused)
	}
	im, err := s.newImporter(request)
	if err != nil {
		return err
	}
	im.job, im.errors = number, refused
	im.commit = im.commitFor(r)
	if err := im.begin(ctx, r); err != nil {
		return err
	}
	if err := im.load(ctx); err != nil {
		return err
	}
	return im.finish(ctx, r)
}

// importRequestOf is what a job's engine is to do: its uploads are its own.
func (s *Service) importRequestOf(asked importAsked) (ImportRequest, []importedFile, error) {
	body := asked.ImportBody
	body.Uploads = nil
	r, _, err := s.importRequest(body)
	for _, f := range asked.Files {
		r.Sources = append(r.Sources, s.sourceOf(storedUpload{ID: f.ID, Name: f.Name, Size: f.Size}))
	}
	return r, asked.Files, err
}

func (s *register) errorFilesOf(number uint64) *errorFiles {
	return &errorFiles{folder: s.folder, job: number, japanese: s.store.Settings().Language != "en"}
}

// begin plans, or takes the plan of an earlier process.
func (im *importer) begin(ctx context.Context, r *job.Run) error {
	var kept importCheckpoint
	found, err := r.Checkpoint(&kept)
	if err != nil {
		return err
	}
	if !found {
		return im.prepare(ctx)
	}
	if err := json.Unmarshal(r.Job().Result, &im.report); err != nil {
		return fmt.Errorf("read how far an import is: %w", err)
	}
	im.place, im.began = kept.Place, kept.Began
	im.replan(kept.Files)
	return nil
}

// commitFor commits a step of the import as one of its job.
func (im *importer) commitFor(r *job.Run) func(context.Context, func(*store.Tx) (importMoment, error)) error {
	return func(ctx context.Context, change func(*store.Tx) (importMoment, error)) error {
		_, err := r.Commit(ctx, func(step *job.Step) error {
			moment, err := change(step.Tx)
			if err != nil {
				return err
			}
			done, total := moment.done.rows()
			step.Progress = job.Progress{Stage: StageImport, Done: done, Total: total}
			step.Checkpoint = importCheckpoint{Place: moment.place, Began: im.began, Files: im.planned()}
			step.Result = moment.report
			return nil
		})
		return err
	}
}

// finish waits until searches see the import, and keeps what came of it. An
// index that fails is no fault of the rows: they are stored.
func (im *importer) finish(ctx context.Context, r *job.Run) error {
	if err := im.awaitIndex(ctx); err != nil && ctx.Err() == nil {
		im.service.log.WarnContext(ctx, "the index has not followed an import", "job", im.job, "error", err)
	}
	im.report.Seq = max(im.report.Seq, im.service.store.Seq())
	_, err := r.Commit(context.WithoutCancel(ctx), func(step *job.Step) error {
		rows := int64(im.report.Rows)
		step.Progress = job.Progress{Stage: StageImport, Done: rows, Total: rows}
		step.Result = im.report
		return nil
	})
	return err
}

// rehearseFor is a dry run as a job. One that an earlier process had begun
// begins again: nothing is left of it.
func (s *Service) rehearseFor(ctx context.Context, r *job.Run, request ImportRequest, refused *errorFiles) error {
	if err := refused.remove(); err != nil {
		return err
	}
	report, err := s.rehearse(ctx, request, refused)
	if err != nil {
		return err
	}
	_, err = r.Commit(context.WithoutCancel(ctx), func(step *job.Step) error {
		rows := int64(report.Rows)
		step.Progress = job.Progress{Stage: StageImport, Done: rows, Total: rows}
		step.Result = report
		return nil
	})
	return err
}

// An ErrorFile is the file of the refused rows of one of an import's files.
type ErrorFile struct {
	Name   string // as it is to be called
	Format table.Format
	Path   string
	Size   int64 // that are committed
}

// ImportErrors is where the refused rows of the file of an import are; number
// is the file's, from 1. CodeNotFound where none were refused, CodeGone where they are deleted.
func (s *Service) ImportErrors(id string, number int) (ErrorFile, error) {
	j, err := s.storedJob(id)
	if err != nil {
		return ErrorFile{}, err
	}
	var report ImportReport
	if j.Kind == JobImport && len(j.Result) > 0 {
		if err := json.Unmarshal(j.Result, &report); err != nil {
			return ErrorFile{}, fmt.Errorf("read what came of an import: %w", err)
		}
	}
	if number < 1 || number > len(report.Files) || report.Files[number-1].Bad == 0 {
		return ErrorFile{}, refuse(CodeNotFound, "取り込めなかった行はありません。", "there are no refused rows")
	}
	file := report.Files[number-1]
	format := errorFormat(table.Format(file.Format))
	found := ErrorFile{Name: file.Name + ".errors." + string(format), Format: format, Path: s.errorFilesOf(j.Number).path(number-1, format)}
	info, err := os.Stat(found.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return ErrorFile{}, refuse(CodeGone, "取り込めなかった行のファイルは、期限が過ぎたため消えています。", "the file of refused rows was deleted, as it was too old")
	case err != nil:
		return ErrorFile{}, fmt.Errorf("read refused rows: %w", err)
	}
	found.Size = info.Size()
	var at importCheckpoint
	if len(j.Checkpoint) > 0 && json.Unmarshal(j.Checkpoint, &at) == nil && number <= len(at.Place.Errors) {
		found.Size = min(found.Size, at.Place.Errors[number-1]) // more may be on its way
	}
	return found, nil
}

// A plannedFile is what was decided about one file.
type plannedFile struct {
	Format    table.Format   `json:"format"`
	Encoding  table.Encoding `json:"encoding,omitempty"`
	Delimiter string         `json:"delimiter,omitempty"`
	Preset    string         `json:"preset,omitempty"`

	Columns []plannedColumn `json:"columns,omitempty"`
	Keys    []plannedColumn `json:"keys,omitempty"` // of NDJSON whose fields were created
}

type plannedColumn struct {
	Name   string        `json:"name"`
	Header string        `json:"header,omitempty"`
	Field  *schema.Field `json:"field,omitempty"`
	New    bool          `json:"new,omitempty"`
	Fixed  bool          `json:"fixed,omitempty"`
	Skip   bool          `json:"skip,omitempty"`
	Own    bool          `json:"own,omitempty"`
	Raw    bool          `json:"raw,omitempty"`
	Alien  bool          `json:"alien,omitempty"` // it names no field
	Format cellFormat    `json:"format,omitzero"`
}
