package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding/japanese"

	"meibo/api/job"
	"meibo/store"
)

// search removes what names the customers outside of their records: kept
// answers, audit entries, jobs, and files in the service's folder.
func (e *eraser) search(ctx context.Context) error {
	if err := e.awaitExports(ctx); err != nil {
		return err
	}
	if err := e.removeExports(ctx); err != nil {
		return err
	}
	for done := false; !done; {
		records, last, all, err := e.store.Hidden(e.erasing(erasePeople))
		if err != nil {
			return err
		}
		settings := e.store.Settings()
		texts := store.TextsOf(records, e.store.Fields(), settings.Region)
		found, err := e.scrub(ctx, texts)
		if err != nil {
			return err
		}
		done = all
		err = e.commit(ctx, func(tx *store.Tx, next *erasure) error {
			next.After, next.Done = last, next.Done+int64(len(records))
			next.Result.Answers += found.Answers
			next.Result.Audit += found.Audit
			next.Result.Jobs += found.Jobs
			next.Result.Files += found.Files
			next.Result.Imports += found.Imports
			return nil
		})
		if err != nil {
			return err
		}
	}
	return e.enter(ctx, eraseWipe)
}

// scrub goes once through everything that could name persons.
func (e *eraser) scrub(ctx context.Context, texts *store.Texts) (found EraseResult, err error) {
	removed, err := e.removeFiles(ctx, inFiles(texts))
	found.Files = len(removed)
	if err == nil && len(removed) > 0 {
		found.Imports, err = e.failImports(ctx, removed)
	}
	for _, part := range []struct {
		name  store.ScrubPart
		count *int
	}{{store.ScrubAnswers, &found.Answers}, {store.ScrubJobs, &found.Jobs}, {store.ScrubAudit, &found.Audit}} {
		if err == nil {
			*part.count, err = e.store.ScrubAll(ctx, part.name, texts, e.job())
		}
	}
	return found, err
}

// inFiles adds the texts as files in other encodings have them.
func inFiles(texts *store.Texts) *store.Texts {
	for _, text := range texts.Plain() {
		if strings.IndexFunc(text, func(r rune) bool { return r > 127 }) < 0 {
			continue
		}
		for _, encoding := range []interface{ String(string) (string, error) }{japanese.ShiftJIS.NewEncoder(), japanese.EUCJP.NewEncoder()} {
			if encoded, err := encoding.String(text); err == nil { // else no file in it has the text
				texts.Add(encoded)
			}
		}
	}
	return texts
}

// awaitExports waits for an export that has begun: it may have the customers in
// its file already, and its file is not one yet. Those that begin now do not
// see them.
func (e *eraser) awaitExports(ctx context.Context) error {
	for {
		changed := e.jobs.Changed()
		running := false
		err := e.store.Jobs(0, func(j store.Job) bool {
			running = running || j.Kind == JobExport && j.State == job.Running
			return !running
		})
		if err != nil || !running {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// removeExports deletes the files of exports that have any of the customers,
// which the exports' selections say.
func (e *eraser) removeExports(ctx context.Context) error {
	var exports []store.Job
	err := e.store.Jobs(0, func(j store.Job) bool {
		if j.Kind == JobExport && job.Ended(j.State) {
			exports = append(exports, j)
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, j := range exports {
		meet, err := e.store.Meet(j.Number, e.job())
		if err != nil {
			return err
		}
		if !meet {
			continue
		}
		removed, err := e.removeExportFile(j)
		if err != nil {
			return err
		}
		if !removed {
			continue
		}
		err = e.commit(ctx, func(tx *store.Tx, next *erasure) error {
			next.Result.Exports++
			return noteErased(tx, j.Number)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// noteErased says in an export's result why it has no file any more.
func noteErased(tx *store.Tx, number uint64) error {
	j, err := tx.Job(number)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	result := map[string]json.RawMessage{}
	if len(j.Result) > 0 {
		if err := json.Unmarshal(j.Result, &result); err != nil {
			return fmt.Errorf("read the result of the job %d: %w", number, err)
		}
	}
	result["erased"] = json.RawMessage("true")
	if j.Result, err = json.Marshal(result); err != nil {
		return fmt.Errorf("keep the result of the job %d: %w", number, err)
	}
	return tx.PutJob(j)
}

// failImports ends the imports that wait for a file which is gone.
func (e *eraser) failImports(ctx context.Context, removed []string) (failed int, err error) {
	var waiting []uint64
	err = e.store.Jobs(0, func(j store.Job) bool {
		reads := func(name string) bool { return strings.Contains(string(j.Request), name) }
		if j.Kind == JobImport && !job.Ended(j.State) && slices.ContainsFunc(removed, reads) {
			waiting = append(waiting, j.Number)
		}
		return true
	})
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	_, err = e.store.Update(ctx, func(tx *store.Tx) error {
		failed = 0
		for _, number := range waiting {
			j, err := tx.Job(number)
			if err != nil {
				return err
			}
			if job.Ended(j.State) {
				continue
			}
			failed++
			j.State, j.EndedAt = job.Failed, e.clock().UnixMilli()
			j.Error = &store.JobError{Code: string(CodeGone),
				JA: "このジョブのファイルには消去された顧客が含まれていたため、ファイルは削除されました。その顧客を除いたファイルをアップロードし直してください。",
				EN: "the file of this import had a customer that was erased, so the file was deleted; upload a file without that customer"}
			if err := tx.PutJob(j); err != nil {
				return err
			}
		}
		return nil
	})
	e.jobs.Wake()
	return failed, err
}
