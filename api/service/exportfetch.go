package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"meibo/api/job"
	"meibo/store"
)

// An ExportFile is a finished export to read. It must be closed.
type ExportFile struct {
	*os.File
	Name   string // for people
	Format string
	Tag    string // names its bytes
}

func exportResult(j store.Job) (result ExportResult, err error) {
	if len(j.Result) == 0 {
		return result, nil
	}
	if err := json.Unmarshal(j.Result, &result); err != nil {
		return result, fmt.Errorf("read the result of an export: %w", err)
	}
	return result, nil
}

// finishedExport is an export with a file; CodeNotFound, CodeNotFinished,
// CodeGone.
func (s *Service) finishedExport(id string) (store.Job, keptExport, ExportResult, error) {
	j, err := s.storedJob(id)
	var kept keptExport
	switch {
	case err != nil:
		return j, kept, ExportResult{}, err
	case j.Kind != JobExport:
		return j, kept, ExportResult{}, refuse(CodeNotFound, "そのジョブは書き出しではありません。", "that job is no export")
	case !job.Ended(j.State):
		return j, kept, ExportResult{}, refuse(CodeNotFinished, "書き出しはまだ終わっていません。GET /v1/jobs/"+id+" で進み具合を確かめるか、POST /v1/jobs/"+id+"/cancel で中止できます。",
			"the export has not finished; GET /v1/jobs/"+id+" tells how far it is, POST /v1/jobs/"+id+"/cancel ends it")
	}
	result, err := exportResult(j)
	if err == nil {
		if err = json.Unmarshal(j.Request, &kept); err != nil {
			err = fmt.Errorf("read the request of an export: %w", err)
		}
	}
	switch {
	case err != nil:
	case result.Erased:
		err = refuse(CodeGone, "このファイルには消去された顧客が含まれていたため、削除されました。もう一度書き出してください。", "the file was deleted because it held a customer who was erased; export again")
	case result.Deleted:
		err = refuse(CodeGone, "このファイルは削除されました。もう一度書き出してください。", "the file was deleted; export again")
	case j.State != job.Done:
		err = refuse(CodeGone, "この書き出しは最後まで終わらなかったため、ファイルがありません。", "this export did not get to its end and has no file")
	case s.clock().UnixMilli() >= result.ExpiresAt:
		err = refuseExpiredExport()
	}
	return j, kept, result, err
}

func refuseExpiredExport() *Error {
	return refuse(CodeGone, "このファイルは期限が切れました。もう一度書き出してください。", "the file has expired; export again")
}

// OpenExport opens the file of an export and notes in the audit log that the
// caller has it. part is what is asked of it, "" the whole.
func (s *Service) OpenExport(ctx context.Context, id, part string) (*ExportFile, error) {
	j, kept, result, err := s.finishedExport(id)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(s.exportPath(j.Number, string(kept.Format)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuseExpiredExport()
	}
	if err != nil {
		return nil, fmt.Errorf("open an export: %w", err)
	}
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		detail := map[string]any{"file": result.File, "rows": result.Rows}
		if part != "" {
			detail["range"] = part
		}
		return s.audit(tx, act{action: "export.downloaded", kind: "export", key: id, job: j.Number, detail: detail})
	})
	if err != nil {
		return nil, errors.Join(refuseStore(err), f.Close())
	}
	return &ExportFile{File: f, Name: result.File, Format: string(kept.Format), Tag: fmt.Sprintf("%d-%d-%d", j.Number, j.EndedAt, result.Bytes)}, nil
}

// DeleteExport deletes the file of an export before it expires. The job stays,
// to tell of it.
func (s *Service) DeleteExport(ctx context.Context, id string) error {
	j, kept, _, err := s.finishedExport(id)
	if err != nil {
		return err
	}
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Job(j.Number)
		if err != nil {
			return err
		}
		result, err := exportResult(now)
		if err != nil {
			return err
		}
		result.Deleted = true
		if now.Result, err = json.Marshal(result); err != nil {
			return fmt.Errorf("keep the result of an export: %w", err)
		}
		return errors.Join(tx.PutJob(now), s.audit(tx, act{action: "export.deleted", kind: "export", key: id, job: j.Number}))
	})
	if err != nil {
		return refuseStore(err)
	}
	return removeFile(s.exportPath(j.Number, string(kept.Format)))
}
