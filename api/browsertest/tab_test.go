package browsertest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

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
	return newTab(b.t, b.ctx, chromedp.WithExistingBrowserContext(chromedp.FromContext(b.ctx).BrowserContextID))
}

func newTab(t *testing.T, of context.Context, option chromedp.ContextOption) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(of, option)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.hear)
	b.run(chromedp.Navigate("about:blank"))
	return b
}

func (b *tab) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.t.Errorf("an exception in the page: %v", e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		var text []string
		for _, part := range e.Args {
			text = append(text, strings.Trim(string(part.Value), `"`))
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.warnings = append(b.warnings, string(e.Type)+": "+strings.Join(text, " "))
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

func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	// The first Run of a context makes its tab, which must outlive the time limit.
	if chromedp.FromContext(b.ctx).Target == nil {
		if err := chromedp.Run(b.ctx); err != nil {
			b.t.Fatal(err)
		}
	}
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// before runs JavaScript in every page of the tab before the page's own.
func (b *tab) before(script string) {
	b.t.Helper()
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

func (b *tab) open(url string) {
	b.t.Helper()
	b.run(chromedp.Navigate(url))
}

// eval is what JavaScript comes out as, a promise once it is kept; nil for
// who does not want to know. An exception fails the test.
func (b *tab) eval(script string, result any) {
	b.t.Helper()
	var raw json.RawMessage
	b.run(chromedp.Evaluate("Promise.resolve("+script+").then(v => v === undefined ? null : v)", &raw, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true).WithReturnByValue(true)
	}))
	if result == nil {
		return
	}
	if err := json.Unmarshal(raw, result); err != nil {
		b.t.Fatalf("%s: %s: %v", script, raw, err)
	}
}
