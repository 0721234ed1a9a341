package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"meibo/api/service"
)

const (
	eventsPath  = "/v1/events"
	eventStream = "text/event-stream"
	// eventPause lies between two looks at what has changed: more often, no bar
	// moves.
	eventPause = 200 * time.Millisecond
)

type eventsInput struct {
	Job string `query:"job" doc:"The id of the job to watch. Left out: every job that the caller may see."`
}

func (h *handler) registerEvents(routes huma.API) {
	op := operation(http.MethodGet, eventsPath, "watchJobs", "Watch jobs as server-sent events", service.RunJobs, 404)
	op.Description = "Each event is named `job`; its data is a Job. First come those that have not ended, then each that has changed, at most every 200 ms. With `job` the stream begins with that one and ends when it has ended (an EventSource is to be closed then: it would ask again). A comment comes every 15 seconds where there is nothing to tell. The stream ends when the server stops and when the token or session is over."
	op.Metadata[unbounded] = true
	register(routes, op, h.events)
	operationAt(routes, op).Responses["200"].Content = map[string]*huma.MediaType{
		eventStream: {Schema: &huma.Schema{Type: "string", Description: "Lines `event: job` and `data: ` with a Job in JSON, and an empty line after each."}}}
}

func (h *handler) events(ctx context.Context, in *eventsInput) (*bodyOutput, error) {
	watch, err := h.as(ctx).WatchJobs(in.Job)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &bodyOutput{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", eventStream)
		ctx.SetHeader("X-Accel-Buffering", "no") // a proxy is to pass each event on at once
		ctx.SetStatus(http.StatusOK)
		if err := h.sendEvents(ctx, watch); err != nil && ctx.Context().Err() == nil {
			h.log.WarnContext(ctx.Context(), "a stream of events broke off", "request", requestOf(ctx.Context()).id, "error", err)
		}
	}}, nil
}

// sendEvents tells what changes until the job that is watched has ended, the
// client is gone or the server stops. While a client is slow to take what was
// sent nothing is kept for it: it gets the next state of things.
func (h *handler) sendEvents(ctx huma.Context, watch *service.JobWatch) error {
	out := newEventSender(humagin.Unwrap(ctx).Writer)
	alive := time.NewTicker(h.heartbeat)
	defer alive.Stop()
	if err := out.comment(); err != nil { // the client sees that it is heard
		return err
	}
	for {
		changed := watch.Changed()
		jobs, over, err := watch.Look()
		if err == nil {
			err = out.jobs(jobs)
		}
		if err != nil || over {
			return err
		}
		if !h.awaitChange(ctx, out, changed, alive.C) {
			return nil
		}
	}
}

// awaitChange waits until something has changed, and the pause is over, and
// lets the client know meanwhile that it is not forgotten. It reports whether
// there is somebody to tell.
func (h *handler) awaitChange(ctx huma.Context, out *eventSender, changed <-chan struct{}, alive <-chan time.Time) bool {
	stopping, gone := stoppingOf(ctx.Context()), ctx.Context().Done()
	pause := time.NewTimer(eventPause)
	defer pause.Stop()
	for due := pause.C; changed != nil || due != nil; {
		select {
		case <-changed:
			changed = nil
		case <-due:
			due = nil
		case <-alive:
			if !h.stillIn(ctx) || out.comment() != nil {
				return false
			}
		case <-stopping:
			return false
		case <-gone:
			return false
		}
	}
	return true
}

// An eventSender sends events. A client that takes longer than streamPause for
// one is given up.
type eventSender struct {
	slow *http.ResponseController
	out  gin.ResponseWriter
}

func newEventSender(out gin.ResponseWriter) *eventSender {
	return &eventSender{slow: http.NewResponseController(out), out: out}
}

func (s *eventSender) comment() error { return s.send([]byte(":\n\n")) }

func (s *eventSender) jobs(jobs []service.Job) error {
	var text []byte
	for _, j := range jobs {
		body, err := json.Marshal(j) // of one line, as JSON is
		if err != nil {
			return fmt.Errorf("send a job: %w", err)
		}
		text = fmt.Appendf(text, "event: job\ndata: %s\n\n", body)
	}
	if len(text) == 0 {
		return nil
	}
	return s.send(text)
}

func (s *eventSender) send(text []byte) error {
	if err := s.slow.SetWriteDeadline(time.Now().Add(streamPause)); err != nil {
		return err
	}
	if _, err := s.out.Write(text); err != nil {
		return err
	}
	return s.slow.Flush()
}
