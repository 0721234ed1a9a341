package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// An interrupter is a terminal at which somebody presses Ctrl-C as soon as
// something is shown.
type interrupter struct {
	bytes.Buffer
	press context.CancelFunc
}

func (i *interrupter) Write(p []byte) (int, error) {
	i.press()
	return i.Buffer.Write(p)
}

// The first row is shown before the others are read, and Ctrl-C ends a stream
// in its midst.
func TestAStreamShowsItsFirstRowAndCanBeInterrupted(t *testing.T) {
	const customers = 3000
	var rows strings.Builder
	for i := range customers {
		fmt.Fprintf(&rows, "{\"id\":\"c%04d\"}\n", i)
	}
	dir := filepath.Join(t.TempDir(), "data")
	meibo(t, "import", "--data", dir, writeFile(t, "many.ndjson", rows.String())).must(t)
	for _, form := range [][]string{{"--ids"}, {"--format", "ndjson"}, {"--format", "csv", "--fields", "id"}} {
		ctx, press := context.WithCancel(t.Context())
		out := &interrupter{press: press}
		var told bytes.Buffer
		args := append([]string{"query", "--data", dir, "--sort", "id"}, form...)
		code := run(ctx, args, strings.NewReader(""), out, &told, func(string) string { return "" })
		if code != exitFailed || !strings.Contains(told.String(), "interrupted") {
			t.Errorf("%v: exit %d: %s", form, code, told.String())
		}
		if n := strings.Count(out.String(), "\n"); !strings.Contains(out.String(), "c0000") || n >= customers {
			t.Errorf("%v: %d lines", form, n)
		}
	}
}

// A conversion that is interrupted says so, once, and that it can go on.
func TestAConversionCanBeInterrupted(t *testing.T) {
	dir := shop(t)
	ctx, press := context.WithCancel(t.Context())
	press()
	var told bytes.Buffer
	args := []string{"fields", "convert", "profile.email", "mails", "--kind", "List", "--data", dir}
	code := run(ctx, args, strings.NewReader(""), &bytes.Buffer{}, &told, func(string) string { return "" })
	if code != exitFailed || !strings.Contains(told.String(), "interrupted") || !strings.Contains(told.String(), "the same command goes on") {
		t.Errorf("exit %d: %s", code, told.String())
	}
	if strings.Contains(told.String(), "round") || strings.Contains(told.String(), "in time") {
		t.Error(told.String())
	}
	meibo(t, args...).wants(t, exitDone, "made the field profile.mails")
}
