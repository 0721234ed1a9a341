package main

import (
	"context"
	"errors"
	"time"
)

// benchCommand measures. Flags without a value have the default that is
// stated with withDefaults: those of the other way of measuring are refused.
type benchCommand struct {
	Customers *int           `placeholder:"N" help:"bench_customers"`
	Runs      *int           `placeholder:"N" help:"bench_runs"`
	Only      []string       `placeholder:"WORDS" help:"bench_only"`
	Mixed     *float64       `placeholder:"SECONDS" help:"bench_mixed"`
	Updates   *int           `name:"updates-per-second" placeholder:"N" help:"bench_updates"`
	Write     bool           `help:"bench_write"`
	Verify    bool           `help:"bench_verify"`
	Jobs      bool           `help:"bench_jobs"`
	Clients   *int           `placeholder:"N" help:"bench_clients"`
	Seconds   *float64       `placeholder:"SECONDS" help:"bench_seconds"`
	Think     *time.Duration `placeholder:"TIME" help:"bench_think"`
	JSON      string         `name:"json" placeholder:"FILE" help:"bench_json"`
	Against   string         `placeholder:"FILE" help:"bench_against"`
}

// Defaults of benchCommand.
const (
	benchCustomers = 100_000
	benchRuns      = 25
	benchMixed     = 10.0 // seconds
	benchClients   = 200
	benchSeconds   = 20.0
	benchThink     = time.Second
)

// value is what a flag says, or its default.
func value[T any](flag *T, otherwise T) T {
	if flag == nil {
		return otherwise
	}
	return *flag
}

func (a *app) bench(ctx context.Context, at place, c benchCommand) error {
	if err := c.check(at); err != nil {
		return err
	}
	var earlier *benchReport
	if c.Against != "" {
		var err error
		if earlier, err = readBenchReport(c.Against); err != nil { // before minutes of work
			return err
		}
	}
	report := a.newBenchReport()
	measure := a.benchFolder
	switch {
	case at.server != "":
		measure = a.benchServer
	case c.Jobs:
		measure = a.benchLongWork
	}
	if err := measure(ctx, at, c, report); err != nil {
		return err
	}
	if report.RSSAnonBytes == 0 {
		report.RSSAnonBytes = anonymousMemory()
	}
	if c.JSON != "" {
		if err := report.writeTo(c.JSON); err != nil {
			return err
		}
	}
	return errors.Join(a.writeBench(a.stdout, report, earlier), report.wrong())
}

// check refuses flags that do not fit together.
func (c benchCommand) check(at place) error {
	ofFolder := c.Customers != nil || c.Runs != nil || c.Mixed != nil || c.Updates != nil || c.Write || c.Verify || len(c.Only) > 0
	ofServer := c.Clients != nil || c.Seconds != nil || c.Think != nil
	switch {
	case c.Jobs && (at.chosen || at.server != "" || ofServer || c.Mixed != nil || c.Updates != nil || c.Write || c.Verify || len(c.Only) > 0):
		return misused("--jobs と使えるのは --customers、--runs、--json、--against です。データは自分で作り、終わったら消します。",
			"with --jobs there are only --customers, --runs, --json and --against; it makes its data and removes it")
	case at.server != "" && ofFolder:
		return misused("--server と使えるのは --clients、--seconds、--think、--json、--against です。",
			"with --server there are only --clients, --seconds, --think, --json and --against")
	case at.server == "" && ofServer:
		return misused("--clients、--seconds、--think は --server と使います。", "--clients, --seconds and --think are for --server")
	case at.chosen && c.Customers != nil:
		return misused("--customers は --data と一緒に使えません。--data を外すとデモ顧客を作って測ります。",
			"--customers is for generated data; leave out --data, or --customers to measure that folder")
	case !at.chosen && c.Write:
		return misused("--write は --data のフォルダーを書き換えてよいというしるしです。--data を指定してください。", "--write allows changes of the folder that --data names; give --data")
	case at.chosen && value(c.Mixed, 0) > 0 && !c.Write:
		return misused("--mixed は %s の顧客を書き換えます（sessionsCount と lastSeenAt）。コピーを使うか、書き換えてよければ --write を付けてください。",
			"--mixed changes customers of %s (their sessionsCount and lastSeenAt): work on a copy, or add --write if they may change", at.data)
	}
	return c.checkNumbers()
}

func (c benchCommand) checkNumbers() error {
	switch {
	case value(c.Customers, 1) < 1:
		return misused("--customers は 1 以上です。", "--customers must be at least 1")
	case value(c.Runs, 1) < 1:
		return misused("--runs は 1 以上です。", "--runs must be at least 1")
	case value(c.Mixed, 0) < 0:
		return misused("--mixed は 0 以上です。", "--mixed must not be negative")
	case value(c.Updates, 1) < 1:
		return misused("--updates-per-second は 1 以上です。", "--updates-per-second must be at least 1")
	case value(c.Clients, 1) < 1:
		return misused("--clients は 1 以上です。", "--clients must be at least 1")
	case value(c.Seconds, 1) <= 0:
		return misused("--seconds は 0 より大きくしてください。", "--seconds must be more than 0")
	case value(c.Think, 0) < 0:
		return misused("--think は 0 以上です。", "--think must not be negative")
	}
	if unknown := unknownBenchWord(c.Only); unknown != "" {
		return misused("--only の「%s」に当てはまるものがありません。%s のどれかを書いてください。", "--only: nothing is called %q; write some of %s", unknown, benchNames())
	}
	return nil
}

// benchFolder measures a data folder in this process: the one that was given,
// or one with demo customers that is removed at the end, also when
// interrupted.
func (a *app) benchFolder(ctx context.Context, at place, c benchCommand, report *benchReport) (err error) {
	dir := at.data
	if !at.chosen {
		var remove func() error
		if dir, remove, err = a.generateBench(ctx, value(c.Customers, benchCustomers), report); remove != nil {
			defer func() { err = errors.Join(err, remove()) }()
		}
		if err != nil {
			return err
		}
	}
	processors, restore := a.shareProcessors() // as serve does
	defer restore()
	b := &engineBench{app: a, dir: dir, processors: processors, runs: value(c.Runs, benchRuns), only: c.Only, verified: c.Verify, mayWrite: !at.chosen || c.Write, report: report}
	if err := b.measureFresh(ctx); err != nil {
		return err
	}
	seconds := value(c.Mixed, 0)
	if c.Mixed == nil && !at.chosen && b.wants(updatesBench) {
		seconds = benchMixed
	}
	return b.measureAgain(ctx, mixedLoad{seconds: seconds, perSecond: value(c.Updates, 0)})
}
