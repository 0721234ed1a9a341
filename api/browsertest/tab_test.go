package browsertest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A tab is one page of the browser. What its console warns of is kept, and an
// exception that nobody caught fails the test.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	warnings []string
}

// openTab opens a tab with a storage of its own, as on another machine.
func openTab(t *testing.T) *tab {
	t.Helper()
	return newTab(t, chromium, chromedp.WithNewBrowserContext())
}

// another opens a second tab of the same person.
func (b *tab) another() *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx)
}

func newTab(t *testing.T, of context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(of, options...)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx}
	// This makes the tab, which lives as long as the context.
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	return b
}

// nothing is a call that the script does not know. What it says of that is not
// kept.
const nothing = "nothing"

func (b *tab) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.t.Errorf("an exception in the page: %v", e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		var text []string
		for _, part := range e.Args {
			text = append(text, strings.Trim(string(part.Value), `"`))
		}
		line := string(e.Type) + ": " + strings.Join(text, " ")
		b.mu.Lock()
		defer b.mu.Unlock()
		if !strings.HasPrefix(line, "warning: meibo: "+nothing+": ") {
			b.warnings = append(b.warnings, line)
		}
	}
}

// warned are the console's lines so far. Chromium tells of them in order and
// before it answers what was asked later.
func (b *tab) warned() []string {
	b.eval(`0`, nil)
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.warnings...)
}

// run runs an action within the tests' patience.
func run[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

// before runs JavaScript in every page of the tab before the page's own.
func (b *tab) before(script string) {
	b.t.Helper()
	run(b, func(ctx context.Context, at *chromedp.Target) (page.AddScriptToEvaluateOnNewDocumentResult, error) {
		return cdp.Call(ctx, at, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	})
}

func (b *tab) open(url string) {
	b.t.Helper()
	run(b, chromedp.Navigate(url))
}

// eval is what JavaScript comes out as, a promise once it is kept; nil for
// who does not want to know. An exception fails the test.
func (b *tab) eval(script string, result any) {
	b.t.Helper()
	raw := run(b, chromedp.Evaluate[[]byte]("Promise.resolve("+script+").then(v => v === undefined ? null : v)", chromedp.EvalAwaitPromise))
	if result == nil {
		return
	}
	if err := json.Unmarshal(raw, result); err != nil {
		b.t.Fatalf("%s: %s: %v", script, raw, err)
	}
}

// follow clicks a link and waits until the page behind it is loaded.
func (b *tab) follow(link string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(link))); err != nil {
		b.t.Fatal(err)
	}
}
