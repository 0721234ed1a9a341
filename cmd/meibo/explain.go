package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl"
)

func (a *app) explain(ctx context.Context, at place, c explainCommand) (err error) {
	r, err := a.ask(ctx, at, c.asking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	answer, err := r.Explain(ctx, c.question())
	if err != nil {
		return err
	}
	a.diagnose(answer.Warnings)
	out := bufio.NewWriter(a.stdout)
	writeExplanation(out, answer)
	return out.Flush()
}

// writeExplanation shows the checked form, the dates as bound, the engine's
// plan and the count. Errors stay in the writer until it is flushed.
func writeExplanation(w io.Writer, e service.ExplainAnswer) {
	fmt.Fprintf(w, "expression  %s\n", e.Expression)
	fmt.Fprintf(w, "now         %s (%s)\n", e.Now, e.TimeZone)
	for _, b := range e.Bound {
		fmt.Fprintf(w, "date        %s = %s\n", b.Text, boundText(b))
	}
	fmt.Fprintln(w, "plan")
	for line := range strings.SplitSeq(strings.TrimRight(e.Plan, "\n"), "\n") {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintf(w, "count       %d (%g ms, seq %d)\n", e.Total, e.TookMs, e.Seq)
}

func boundText(b dsl.Binding) string {
	text := b.Start.Format(time.RFC3339Nano)
	if b.Day {
		text += " until " + b.End.Format(time.RFC3339Nano)
	}
	if b.Segment != "" {
		text += " (segment " + b.Segment + ")"
	}
	return text
}

// format writes a filter in its canonical form. It needs no data.
func (a *app) format(c fmtCommand) error {
	var text string
	if c.Filter != nil {
		text = *c.Filter
	} else {
		const most = 2 << 20 // beyond the language's own limit, which then says so
		in, err := io.ReadAll(io.LimitReader(a.stdin, most))
		if err != nil {
			return fmt.Errorf("read the filter from standard input: %w", err)
		}
		text = string(in)
	}
	formatted, diagnostics := dsl.Format(text)
	a.diagnose(diagnostics)
	if dsl.HasErrors(diagnostics) {
		return errDiagnosed
	}
	_, err := fmt.Fprintln(a.stdout, strings.TrimRight(formatted, "\n"))
	return err
}

// errDiagnosed is a filter that does not compile, told already.
var errDiagnosed = &failure{code: exitUsage}
