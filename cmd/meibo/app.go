package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"meibo/api/service"
	"meibo/dsl"
	"meibo/dsl/schema"
)

// app is what a command works with: everything of the outside world.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	clock          func() time.Time
	lang           string // "ja" or "en"
}

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// languageOf is the language of messages: --lang, else what the environment
// says as for every program (LC_ALL before LC_MESSAGES before LANG).
func languageOf(args []string, env func(string) string) string {
	for i, arg := range args {
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
		if lang, ok := strings.CutPrefix(arg, "--lang="); ok {
			return lang
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := env(name); value != "" {
			if strings.HasPrefix(value, "ja") {
				return "ja"
			}
			return "en"
		}
	}
	return "en"
}

func (a *app) words(w schema.Words) string {
	if a.lang == "ja" && w.JA != "" {
		return w.JA
	}
	return w.EN
}

// tell writes a line for a person.
func (a *app) tell(ja, en string, args ...any) {
	fmt.Fprintln(a.stderr, a.words(say(ja, en, args...)))
}

func say(ja, en string, args ...any) schema.Words {
	if len(args) == 0 {
		return schema.Words{JA: ja, EN: en}
	}
	return schema.Words{JA: fmt.Sprintf(ja, args...), EN: fmt.Sprintf(en, args...)}
}

func (a *app) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// A failure ends a command with a message and an exit code.
type failure struct {
	code  int
	words schema.Words
	cause error
}

func (f *failure) Error() string { return f.words.EN }
func (f *failure) Unwrap() error { return f.cause }

func failed(ja, en string, args ...any) error {
	return &failure{code: exitFailed, words: say(ja, en, args...)}
}

func misused(ja, en string, args ...any) error {
	return &failure{code: exitUsage, words: say(ja, en, args...)}
}

// exitCode tells what went wrong and says how the program ends.
func (a *app) exitCode(ctx context.Context, err error) int {
	var f *failure
	var refusal *service.Error
	var worded interface{ Words() schema.Words } // the store's errors for people
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return exitDone // who reads has seen enough
	case errors.As(err, &f):
		if f != errDiagnosed {
			fmt.Fprintln(a.stderr, "meibo: "+a.words(f.words))
		}
		return f.code
	case errors.As(err, &refusal):
		return a.refused(refusal)
	case errors.As(err, &worded):
		fmt.Fprintln(a.stderr, "meibo: "+a.words(worded.Words()))
		return exitFailed
	case ctx.Err() != nil:
		a.tell("meibo: 中断しました。", "meibo: interrupted")
		return exitFailed
	}
	fmt.Fprintln(a.stderr, "meibo: "+err.Error())
	return exitFailed
}

// refused shows a refusal of the service with all of its diagnostics.
func (a *app) refused(e *service.Error) int {
	if len(e.Diagnostics) > 0 {
		a.diagnose(e.Diagnostics)
		return exitUsage
	}
	for _, line := range a.faults(e) {
		fmt.Fprintln(a.stderr, "meibo: "+line)
	}
	if e.Code == service.CodeBadRequest || e.Code == service.CodeUnknownField {
		return exitUsage
	}
	return exitFailed
}

// faults are the lines of a refusal: all of a body's, each with its field.
func (a *app) faults(e *service.Error) []string {
	if len(e.Values) == 0 {
		return []string{a.words(e.Message)}
	}
	lines := make([]string, len(e.Values))
	for i, v := range e.Values {
		lines[i] = named(v.Field, a.words(v.Message))
	}
	return lines
}

// named is a message with the field that it is about, which most say already.
func named(field, message string) string {
	if strings.Contains(message, field) {
		return message
	}
	return field + ": " + message
}

// diagnose shows diagnostics with their carets and fixes.
func (a *app) diagnose(list []dsl.Diagnostic) {
	for i, d := range list {
		if i > 0 {
			fmt.Fprintln(a.stderr)
		}
		fmt.Fprintln(a.stderr, a.rendered(d))
		for _, fix := range d.Fixes {
			a.tell("  修正案: %s", "  fix: %s", a.words(fix.Title))
		}
	}
}

// rendered is a diagnostic's caret rendering, which is in English, with the
// message in the user's language. The carets stand in the first two lines.
func (a *app) rendered(d dsl.Diagnostic) string {
	lines := strings.SplitN(d.Rendered, "\n", 3)
	if a.lang != "ja" || len(lines) < 3 || d.Message.JA == "" {
		return d.Rendered
	}
	severity := "エラー: "
	if d.Severity == dsl.Warning {
		severity = "注意: "
	}
	return lines[0] + "\n" + lines[1] + "\n" + severity + d.Message.JA
}
