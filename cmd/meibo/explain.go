package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"meibo/api/service"
	"meibo/dsl"
)

func (a *app) explain(ctx context.Context, at place, c explainCommand) (err error) {
	r, err := a.ask(ctx, at, c.asking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	answer, err := r.Explain(ctx, service.ExplainRequest{Question: c.question(), Customer: c.Customer})
	if err != nil {
		return err
	}
	a.diagnose(answer.Warnings)
	out := bufio.NewWriter(a.stdout)
	a.writeExplanation(out, answer)
	return out.Flush()
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
