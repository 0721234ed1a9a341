package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"meibo/dsl/schema"
)

// progress shows how far something is: a bar on a terminal, a plain line every
// few seconds anywhere else, so that logs stay readable.
type progress struct {
	a     *app
	title schema.Words
	bar   *progressbar.ProgressBar // nil without a terminal
	began time.Time
	told  time.Time
}

// Times between two updates of the bar, and between two lines.
const (
	barPause  = 100 * time.Millisecond
	linePause = 3 * time.Second
)

func (a *app) newProgress(title schema.Words) *progress {
	p := &progress{a: a, title: title, began: a.clock(), told: a.clock()}
	if f, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription(a.words(title)),
			progressbar.OptionSetWidth(30), progressbar.OptionThrottle(barPause), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true))
	}
	return p
}

// set tells how much of total is done (total 0: nobody knows) and how many
// rows that is (0: not counted).
func (p *progress) set(done, total int64, rows int) {
	if p.bar != nil {
		if total > 0 && p.bar.GetMax64() != total {
			p.bar.ChangeMax64(total)
		}
		if rows > 0 {
			p.bar.Describe(fmt.Sprintf("%s %s", p.a.words(p.title), grouped(rows)))
		}
		if total > 0 {
			_ = p.bar.Set64(min(done, total-1)) // the bar ends itself at its maximum; a failing terminal is no reason to stop
		} else {
			_ = p.bar.Add(1)
		}
		return
	}
	now := p.a.clock()
	if now.Sub(p.told) < linePause {
		return
	}
	p.told = now
	line := p.a.words(p.title)
	if total > 0 {
		line += fmt.Sprintf(" %d%%", min(100, done*100/total))
	}
	if rows > 0 {
		line += " " + p.a.words(say("%s 件（%s 件/秒）", "%s rows (%s/s)", grouped(rows), grouped(int(float64(rows)/now.Sub(p.began).Seconds()))))
	}
	fmt.Fprintln(p.a.stderr, line)
}

// end removes the bar.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // nothing depends on it
	}
}
