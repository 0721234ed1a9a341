package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// The kinds of jobs.
const (
	JobImport = "import"
	JobExport = "export"
	JobBulk   = "bulk"
	JobUndo   = "undo"
	JobErase  = "erase"
)

func (s *register) newRunner() *job.Runner {
	return job.NewRunner(job.Config{Store: s.store, Clock: s.clock, Log: s.log, Explain: s.explainJob, Kinds: map[string]job.Kind{
		JobImport: {Lane: job.LaneWrite, Do: s.runImport},
		JobExport: {Lane: job.LaneRead, Do: s.runExport},
		JobBulk:   {Lane: job.LaneWrite, Do: s.runBulk},
		JobUndo:   {Lane: job.LaneWrite, Do: s.runUndo},
		JobErase:  {Lane: job.LaneWrite, Do: s.runErase, Final: true},
	}})
}

// explainJob says why a job failed: a refusal its reason, anything else no more
// than that something went wrong, as over HTTP, and the rest to the log.
func (s *register) explainJob(err error) (code string, why schema.Words) {
	var refusal *Error
	var file *table.FileError
	switch {
	case errors.As(err, &refusal):
		return string(refusal.Code), refusal.Message
	case errors.As(err, &file):
		return string(CodeBadRequest), schema.Words{JA: file.Name + ": " + file.Words.JA, EN: file.Name + ": " + file.Words.EN}
	case errors.Is(err, syscall.ENOSPC):
		return string(CodeNoSpace), schema.Words{JA: "ディスクがいっぱいです。空きを増やしてからもう一度実行してください。", EN: "the disk is full; make room and try again"}
	case errors.Is(err, job.ErrDeadly):
		return string(CodeInternal), schema.Words{JA: "このジョブの途中でサーバーが何度も異常終了したため、中止しました。ログとメモリーを確かめてください。",
			EN: "the server broke down in the midst of this job again and again, so it was given up; look at the log and at the memory"}
	}
	s.log.Error("a job failed", "error", err)
	return string(CodeInternal), schema.Words{JA: "サーバーで問題が起きました。", EN: "something went wrong in the server"}
}

// StartJobs goes on with the jobs that an earlier process left and runs what
// is asked from now on, until Close. Without it jobs only wait.
func (s *Service) StartJobs() { s.jobs.Start() }

// JobLoad counts the jobs that run and those that wait to, by state. It reads
// every job that is kept: some microseconds each.
func (s *Service) JobLoad() (map[string]int, error) {
	load := map[string]int{job.Queued: 0, job.Running: 0}
	err := s.store.Jobs(0, func(j store.Job) bool {
		if !job.Ended(j.State) {
			load[j.State]++
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	return load, nil
}

// addJob keeps a job that the caller asks for, in a transaction; s.jobs.Wake is
// to be called after the commit. request is kept as JSON.
func (s *Service) addJob(tx *store.Tx, kind string, request any) (number uint64, err error) {
	asked, err := json.Marshal(request)
	if err != nil {
		return 0, fmt.Errorf("keep a job: %w", err)
	}
	caller, err := json.Marshal(s.caller)
	if err != nil {
		return 0, fmt.Errorf("keep a job: %w", err)
	}
	return tx.AddJob(store.Job{Kind: kind, State: job.Queued, Actor: s.actor(), Caller: caller, Request: asked, CreatedAt: s.clock().UnixMilli()})
}

// forJob is the service for whoever asked for a job, who may be gone.
func (s *register) forJob(j store.Job) (*Service, error) {
	var c Caller
	if err := json.Unmarshal(j.Caller, &c); err != nil {
		return nil, fmt.Errorf("read who asked for the job %d: %w", j.Number, err)
	}
	return &Service{register: s, caller: c}, nil
}
