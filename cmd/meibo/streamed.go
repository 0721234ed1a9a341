package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

type streamingKey struct{}

// streaming marks the request of a large answer: in this process it is handed
// on as it is written, where others are buffered whole.
func streaming(ctx context.Context) context.Context {
	return context.WithValue(ctx, streamingKey{}, true)
}

// streamed serves a request in a goroutine, which ends with the answer's body:
// Close waits for it.
func (p inProcess) streamed(r *http.Request) *http.Response {
	reader, writer := io.Pipe()
	answer := &streamedAnswer{header: http.Header{}, body: writer, begun: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if broken := recover(); broken != nil { // as a server cuts the connection
				answer.begin(http.StatusInternalServerError)
				writer.CloseWithError(io.ErrUnexpectedEOF)
			}
		}()
		p.handler.ServeHTTP(answer, r)
		answer.begin(http.StatusOK)
		writer.Close()
	}()
	<-answer.begun
	length, err := strconv.ParseInt(answer.sent.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	return &http.Response{StatusCode: answer.status, Status: http.StatusText(answer.status), Header: answer.sent, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: length, Body: &streamedBody{reader, ended}}
}

// A streamedAnswer is an answer while it is written.
type streamedAnswer struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	begun  chan struct{} // closed when status and sent are there
	status int
	sent   http.Header
}

func (s *streamedAnswer) begin(status int) {
	s.once.Do(func() {
		s.status, s.sent = status, s.header.Clone()
		close(s.begun)
	})
}

func (s *streamedAnswer) Header() http.Header { return s.header }

func (s *streamedAnswer) WriteHeader(status int) { s.begin(status) }

func (s *streamedAnswer) Write(p []byte) (int, error) {
	s.begin(http.StatusOK)
	return s.body.Write(p)
}

// SetReadDeadline and SetWriteDeadline have nothing to bound: both ends are in
// this process.
func (s *streamedAnswer) SetReadDeadline(time.Time) error { return nil }

func (s *streamedAnswer) SetWriteDeadline(time.Time) error { return nil }

type streamedBody struct {
	*io.PipeReader
	ended <-chan struct{}
}

// Close makes the handler's next write fail and waits until it has ended.
func (b *streamedBody) Close() error {
	err := b.PipeReader.Close()
	<-b.ended
	return err
}
