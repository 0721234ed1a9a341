package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/index"
)

// waiting is an index that lets a request pass only when told.
type waiting struct {
	service.Index
	entered, pass chan struct{}
}

func (w waiting) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	close(w.entered)
	select {
	case <-w.pass:
		return w.Index.Snapshot(ctx, minSeq)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func heldRequest(t *testing.T) (*fixture, waiting, chan answer, chan error) {
	w := waiting{entered: make(chan struct{}), pass: make(chan struct{})}
	f := newFixture(t, func(s *service.Config, _ *Config) { w.Index = s.Index; s.Index = w })
	answers, failures := make(chan answer, 1), make(chan error, 1)
	request := f.request(call{method: "POST", path: "/v1/customers/count", body: `{}`})
	go func() {
		response, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
		if err != nil {
			failures <- err
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			failures <- err
			return
		}
		answers <- answer{t, response.StatusCode, response.Header, body}
	}()
	<-w.entered
	return f, w, answers, failures
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	f, w, answers, failures := heldRequest(t)
	down := make(chan error, 1)
	go func() { down <- f.server.Shutdown(context.Background()) }()
	for { // no new connection is taken from now on
		c, err := net.Dial("tcp", f.server.Addr().String())
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-down:
		t.Fatalf("shut down before the request had its answer: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(w.pass)
	select {
	case a := <-answers:
		a.is(200)
	case err := <-failures:
		t.Fatal(err)
	}
	f.must(<-down)
	<-f.server.Ended()
}

func TestASecondSignalCutsWhatIsUnderWay(t *testing.T) {
	f, _, answers, failures := heldRequest(t)
	ctx, second := context.WithCancel(context.Background())
	second()
	if err := f.server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	select {
	case a := <-answers:
		t.Errorf("answered %d", a.status)
	case <-failures:
	}
}

func TestAnAddressInUseIsSaid(t *testing.T) {
	f := newFixture(t)
	if _, err := Start(f.server.Addr().String(), http.NotFoundHandler(), nil); err == nil || !strings.Contains(err.Error(), f.server.Addr().String()) {
		t.Errorf("%v", err)
	}
}

// A client that sends its body too slowly holds neither a goroutine nor a
// connection for long.
func TestASlowBodyIsGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("waits 10 seconds for a body")
	}
	t.Parallel()
	f := newFixture(t)
	c, err := net.Dial("tcp", f.server.Addr().String())
	f.must(err)
	defer c.Close()
	_, err = io.WriteString(c, "POST /v1/customers/count HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+f.tokens[service.RoleOwner]+
		"\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
	f.must(err)
	f.must(c.SetReadDeadline(time.Now().Add(2 * bodyTime)))
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	f.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	f.must(err)
	answer{t, response.StatusCode, response.Header, body}.problem(408, codeSlowRequest)
}
