package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer is standard error of a program that still runs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

// serving runs meibo serve until the test ends, and gives its address.
func serving(t *testing.T, args ...string) (url string, stderr *lockedBuffer, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stderr = &lockedBuffer{}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), strings.NewReader(""), &bytes.Buffer{}, stderr, func(string) string { return "" })
	}()
	code := -1
	stop = func() int {
		cancel()
		if code < 0 {
			code = <-ended
		}
		return code
	}
	t.Cleanup(func() { stop() })
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if m := listening.FindStringSubmatch(stderr.String()); m != nil {
			return m[1], stderr, stop
		}
		select {
		case code = <-ended:
			t.Fatalf("exit %d: %s", code, stderr.String())
		default:
		}
	}
	t.Fatalf("never listens: %s", stderr.String())
	return "", nil, nil
}

func TestServeAnswersTheCommandLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	url, stderr, stop := serving(t, "--data", dir, "--demo", "1500")
	token, err := os.Stat(filepath.Join(dir, tokenFile))
	if err != nil || token.Mode().Perm() != 0o600 {
		t.Fatalf("the owner's token: %v %v", token, err)
	}
	if !strings.Contains(stderr.String(), "meibo query --server "+url) {
		t.Errorf("no ready-made query: %s", stderr.String())
	}
	at := []string{"--server", url, "--data", dir}
	ask := func(args ...string) result { return meibo(t, append(args, at...)...) }
	if out := ask("query", "--count").must(t); out != "1500\n" {
		t.Errorf("count %q", out)
	}
	ids := strings.Fields(ask("query", "--ids").must(t))
	if len(ids) != 1500 {
		t.Errorf("%d ids", len(ids))
	}
	if out := ask("query", "--limit", "1100", "--format", "json", "--fields", "member").must(t); strings.Count(out, `{"id"`) != 1100 {
		t.Errorf("%d customers", strings.Count(out, `{"id"`))
	}
	if out := ask("query", "--format", "csv", "--limit", "3", "--fields", "name").must(t); !strings.HasPrefix(out, "id,name\n"+ids[0]+",") {
		t.Errorf("got %q", out)
	}
	if out := ask("explain", "member = true").must(t); !strings.Contains(out, "plan") {
		t.Errorf("got %q", out)
	}
	ask("query", "sessionCount > 5").wants(t, exitUsage, "sessionsCount", "^^^^")
	meibo(t, "query", "--server", url, "--token", "wrong", "--count").wants(t, exitFailed, "token")
	meibo(t, "query", "--count", "--data", dir).wants(t, exitFailed, dir) // the server has the folder
	if code := stop(); code != exitDone {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	local := strings.Fields(meibo(t, "query", "--ids", "--data", dir).must(t))
	if strings.Join(local, " ") != strings.Join(ids, " ") {
		t.Error("the folder answers in another order than the server did")
	}
	meibo(t, append([]string{"query", "--count"}, at...)...).wants(t, exitFailed, "cannot reach")
}

func TestServeKeepsWhatIsThere(t *testing.T) {
	dir := shop(t)
	url, stderr, stop := serving(t, "--data", dir, "--demo", "100")
	if out := meibo(t, "query", "--server", url, "--data", dir, "--count").must(t); out != "3\n" {
		t.Errorf("count %q", out)
	}
	if !strings.Contains(stderr.String(), "no demo customers are added") {
		t.Error(stderr.String())
	}
	stop()
	// A second start makes no second owner token.
	before, _ := os.ReadFile(filepath.Join(dir, tokenFile))
	_, _, stop = serving(t, "--data", dir)
	stop()
	after, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if err != nil || string(before) != string(after) {
		t.Errorf("the owner's token changed: %v", err)
	}
}

func TestServeOnATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	meibo(t, "serve", "--addr", l.Addr().String(), "--data", filepath.Join(t.TempDir(), "data")).wants(t, exitFailed, "in use", "--addr")
}

func TestTokenCreatePrintsTheTokenAlone(t *testing.T) {
	dir := shop(t)
	out := meibo(t, "token", "create", "--data", dir, "--role", "viewer").must(t)
	if len(strings.Fields(out)) != 1 || !strings.HasSuffix(out, "\n") {
		t.Fatalf("got %q", out)
	}
	url, _, _ := serving(t, "--data", dir)
	env := map[string]string{"MEIBO_TOKEN": strings.TrimSpace(out)}
	if out := meiboWith(t, "", env, "query", "--server", url, "--count").must(t); out != "3\n" {
		t.Errorf("got %q", out)
	}
}
