package api

import (
	"bufio"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const (
	// streamPause is how long a client may take for a part of a stream.
	streamPause = 30 * time.Second
	// streamPart is how many bytes are sent at a time, and streamWait how long
	// a row waits for that many, looked at when the next one comes.
	streamPart = 32 << 10
	streamWait = 50 * time.Millisecond
)

// stream sends the whole match. Until the first row a refusal is a problem as
// usual; after it the connection is cut, because the status is out.
func (h *handler) stream(ctx huma.Context, r service.SearchRequest) {
	writer := humagin.Unwrap(ctx).Writer
	start := func() {
		ctx.SetHeader("Content-Type", ndjson)
		ctx.SetStatus(http.StatusOK)
	}
	lines := newLineSender(writer)
	rows := 0
	err := h.as(ctx.Context()).Stream(ctx.Context(), r, func(_ schema.Record, row json.RawMessage) error {
		if rows++; rows == 1 {
			start()
		}
		return lines.line(row)
	})
	if err == nil && rows > 0 {
		err = lines.send()
	}
	switch {
	case err == nil && rows == 0:
		start()
		writer.WriteHeaderNow()
	case err != nil && rows == 0:
		send(ctx, h.problemOf(ctx.Context(), err))
	case err != nil:
		if ctx.Context().Err() == nil { // it is not the client that went away
			h.problemOf(ctx.Context(), err) // for the log
		}
		panic(http.ErrAbortHandler)
	}
}

// A lineSender sends lines: the first at once, the others as streamPart and streamWait
// say. A client that takes longer than streamPause for one is given up.
type lineSender struct {
	slow   *http.ResponseController
	buffer *bufio.Writer
	sent   time.Time // of the last part
}

func newLineSender(out gin.ResponseWriter) *lineSender {
	return &lineSender{slow: http.NewResponseController(out), buffer: bufio.NewWriterSize(out, streamPart)}
}

func (l *lineSender) line(row []byte) error {
	if l.buffer.Available() <= len(row) {
		if err := l.send(); err != nil {
			return err
		}
	}
	l.buffer.Write(row)
	if err := l.buffer.WriteByte('\n'); err != nil { // the first error of the buffer stays
		return err
	}
	if time.Since(l.sent) < streamWait {
		return nil
	}
	return l.send()
}

func (l *lineSender) send() error {
	l.sent = time.Now()
	if err := l.slow.SetWriteDeadline(l.sent.Add(streamPause)); err != nil {
		return err
	}
	if err := l.buffer.Flush(); err != nil {
		return err
	}
	return l.slow.Flush()
}
