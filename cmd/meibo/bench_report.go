package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"
)

// benchVersion is renewed when the meaning of a figure changes: reports of
// different versions are not compared.
const benchVersion = 1

// A benchReport is what bench measured. It is the form of --json; members are
// only added within a version. Times are in milliseconds.
type benchReport struct {
	Version      int              `json:"version"`
	Date         string           `json:"date"` // UTC
	Program      string           `json:"program"`
	Go           string           `json:"go"`
	Machine      benchMachine     `json:"machine"`
	Customers    int              `json:"customers"`
	Load         *benchLoad       `json:"load,omitempty"`
	Restart      *benchRestart    `json:"restart,omitempty"`
	Questions    []benchLine      `json:"questions,omitempty"`
	Updates      *benchUpdates    `json:"updates,omitempty"`
	Server       *benchServerLoad `json:"server,omitempty"`
	Verified     *benchVerified   `json:"verified,omitempty"`
	Jobs         *benchJobs       `json:"jobs,omitempty"`
	RSSAnonBytes int64            `json:"rssAnonBytes,omitempty"` // of this process at the end; 0 where the system does not tell
}

// A benchLine is one question: with nothing of an answer kept for the next
// time, and as usual.
type benchLine struct {
	Name     string      `json:"name"`
	Question string      `json:"question"`
	Rows     int         `json:"rows"`
	ReachMs  float64     `json:"reachMs,omitempty"`      // fresh, for 1,000,000 customers
	AgainMs  float64     `json:"reachAgainMs,omitempty"` // where the design has another figure for it
	Fresh    *benchTimes `json:"fresh,omitempty"`
	Again    *benchTimes `json:"again,omitempty"`
	Plan     string      `json:"plan,omitempty"`
}

// A benchVerified is the comparison of answers with brute force.
type benchVerified struct {
	Answers   int      `json:"answers"`
	Different []string `json:"different,omitempty"` // which of them
}

// A benchLoad is an import of demo customers into an empty folder.
type benchLoad struct {
	Seconds      float64 `json:"seconds"`
	PerSecond    float64 `json:"customersPerSecond"`
	DiskBytes    int64   `json:"diskBytes"`
	RSSAnonBytes int64   `json:"rssAnonBytes,omitempty"` // right after it
}

// A benchRestart is the opening of a closed folder, in milliseconds from its
// beginning: until the index had everything, and until the sample question was
// answered.
type benchRestart struct {
	ReadyMs  float64 `json:"readyMs"`
	AnswerMs float64 `json:"answerMs"`
	WarmMs   float64 `json:"warmMs"` // until the columns that were in use before are decoded again
}

func (a *app) newBenchReport() *benchReport {
	return &benchReport{Version: benchVersion, Date: a.clock().UTC().Format(time.RFC3339), Program: versionText(),
		Go: runtime.Version(), Machine: thisMachine()}
}

// line finds the item's line, or begins it.
func (r *benchReport) line(item benchItem) *benchLine {
	for i := range r.Questions {
		if r.Questions[i].Name == item.name {
			return &r.Questions[i]
		}
	}
	r.Questions = append(r.Questions, benchLine{Name: item.name, Question: item.text, ReachMs: item.reach, AgainMs: item.again})
	return &r.Questions[len(r.Questions)-1]
}

// wrong is what makes a run a failure, whatever its times: a write that was
// acknowledged and not seen, or a question that a server did not answer.
func (r *benchReport) wrong() error {
	switch {
	case r.Verified != nil && len(r.Verified.Different) > 0:
		return failed("総当たりと違う答えがありました: %s", "answers differ from a look at every customer: %s", strings.Join(r.Verified.Different, "; "))
	case r.Updates != nil && r.Updates.Misses+r.Updates.Lost > 0:
		return failed("確認された書き込みのうち、見えないものがありました。", "acknowledged writes were not seen")
	case r.Server != nil && r.Server.Errors > 0:
		return failed("%d 回の問い合わせに答えがありませんでした。", "%d requests were not answered", r.Server.Errors)
	}
	return nil
}

func (r *benchReport) writeTo(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the figures as JSON: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return failed("結果を書けません: %v", "cannot write the figures: %v", err)
	}
	return nil
}

func readBenchReport(path string) (*benchReport, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed("%s というファイルはありません。", "there is no file %s", path)
	case err != nil:
		return nil, err
	}
	var r benchReport
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, failed("%s は bench --json のファイルではありません: %v", "%s is not a file that bench --json wrote: %v", path, err)
	}
	if r.Version != benchVersion {
		return nil, failed("%s の形式は %d 版で、このプログラムの %d 版とは比べられません。測り直してください。",
			"%s has version %d and cannot be compared with this program's %d; measure it anew", path, r.Version, benchVersion)
	}
	return &r, nil
}
