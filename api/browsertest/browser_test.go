// Package browsertest shows in a real browser what the server's pages and
// scripts do there: on pages of other origins than the server's, with the
// server as it is shipped behind them.
//
// It hides how a Chromium is found, started and ended, how pages are served
// and read, and how requests are watched on their way. It has tests only, and
// never tests what can be seen without a browser.
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience bounds what a test waits for: a busy machine, not a wrong program.
const patience = time.Minute

// chromium is the browser of all tests, each of which has a context of its
// own in it: storage and cookies are not shared. TestMain sets it.
var chromium context.Context

func TestMain(m *testing.M) {
	code, err := withChromium(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// withChromium runs something with a browser, whose processes have ended and
// whose folder is gone when it returns.
func withChromium(run func() int) (code int, err error) {
	program, err := findChromium()
	if err != nil {
		return 0, err
	}
	profile, err := os.MkdirTemp("", "meibo-chromium-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(profile)) }()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.DisableGPU, chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("accept-lang", "ja"),
		// Hosts that end in .test are this machine under a name that browsers do not trust.
		chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox does not start as root
	}
	allocated, end := chromedp.NewExecAllocator(context.Background(), options...)
	defer end()
	var stop context.CancelFunc
	chromium, stop = chromedp.NewContext(allocated)
	defer stop()
	if err := chromedp.Do(chromium); err != nil {
		return 0, fmt.Errorf("start %s: %w", program, err)
	}
	defer func() { err = errors.Join(err, chromedp.Cancel(chromium)) }() // closes it and waits
	return run(), nil
}

// findChromium looks for the names that the Makefile looks for.
func findChromium() (string, error) {
	if named := os.Getenv("MEIBO_CHROMIUM"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			err = fmt.Errorf("MEIBO_CHROMIUM is no program: %w", err)
		}
		return path, err
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("these tests need Chromium: run make browser, or set MEIBO_CHROMIUM to its path")
}
