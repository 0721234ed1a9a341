package main

import (
	"cmp"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"meibo/api/service"
)

// A benchServerLoad is what clients of a server saw. All times are from the
// sending of a question to the last byte of its answer.
type benchServerLoad struct {
	Clients   int             `json:"clients"`
	Seconds   float64         `json:"seconds"`
	ThinkMs   float64         `json:"thinkMs"` // mean, between an answer and the next question
	Requests  int             `json:"requests"`
	Errors    int             `json:"errors"`
	PerSecond float64         `json:"requestsPerSecond"`
	All       *benchTimes     `json:"all,omitempty"`
	Questions []benchHTTPLine `json:"questions"`
	FirstFail string          `json:"firstError,omitempty"`
}

// A benchHTTPLine is one question of the load. Overhead is the part of the
// response time that the engine's tookMs does not explain: HTTP, JSON, and
// waiting for a processor.
type benchHTTPLine struct {
	Name     string      `json:"name"`
	Requests int         `json:"requests"`
	Errors   int         `json:"errors"`
	Response *benchTimes `json:"response,omitempty"`
	Engine   *benchTimes `json:"engine,omitempty"`
	Overhead *benchTimes `json:"overhead,omitempty"`
}

// benchServer puts load on a running server.
func (a *app) benchServer(ctx context.Context, at place, c benchCommand, report *benchReport) error {
	r, err := a.openRemote(at)
	if err != nil {
		return err
	}
	defer r.Close()
	everyone, err := r.Count(ctx, service.Question{})
	if err != nil {
		return err
	}
	report.Customers = everyone.Total
	load := &serverLoad{base: r.base, token: r.token, mix: httpMix(), clients: value(c.Clients, benchClients),
		length: time.Duration(value(c.Seconds, benchSeconds) * float64(time.Second)), think: value(c.Think, benchThink)}
	a.tell("%s に %d 個のクライアントから %g 秒間問い合わせます…", "asking %s from %d clients for %g seconds…", at.server, load.clients, load.length.Seconds())
	report.Server, err = load.run(ctx)
	return err
}

// A serverLoad is many clients that ask one server.
type serverLoad struct {
	base, token string
	mix         []httpQuestion
	clients     int
	length      time.Duration
	think       time.Duration
}

// run has every client ask until the time is over and its last answer came.
func (l *serverLoad) run(ctx context.Context) (*benchServerLoad, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: l.clients, DisableCompression: true, ResponseHeaderTimeout: remoteWait}
	defer transport.CloseIdleConnections()
	first := l.client(transport, 0)
	for range warmUps { // columns are decoded then, as before every other measurement
		for i := range l.mix {
			if _, err := first.ask(ctx, i); err != nil {
				return nil, err
			}
		}
	}
	clients := make([]*loadClient, l.clients)
	began := time.Now()
	var running sync.WaitGroup
	for i := range clients {
		clients[i] = l.client(transport, uint64(i)+1)
		running.Go(func() { clients[i].run(ctx, began.Add(l.length)) })
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.sum(clients, time.Since(began)), nil
}

func (l *serverLoad) client(transport *http.Transport, seed uint64) *loadClient {
	return &loadClient{load: l, http: &http.Client{Transport: transport}, random: rand.New(rand.NewPCG(seed, 0)),
		cursors: make([]string, len(l.mix)), seen: make([]httpSamples, len(l.mix))}
}

// httpSamples are one client's times of one question, in milliseconds.
type httpSamples struct {
	response, engine, overhead []float64
	errors                     int
}

func (s *httpSamples) add(more httpSamples) {
	s.response = append(s.response, more.response...)
	s.engine = append(s.engine, more.engine...)
	s.overhead = append(s.overhead, more.overhead...)
	s.errors += more.errors
}

// sum puts the clients' samples together.
func (l *serverLoad) sum(clients []*loadClient, took time.Duration) *benchServerLoad {
	result := &benchServerLoad{Clients: l.clients, Seconds: rounded(took.Seconds()), ThinkMs: float64(l.think) / float64(time.Millisecond)}
	var all []float64
	for i, q := range l.mix {
		var s httpSamples
		for _, c := range clients {
			s.add(c.seen[i])
		}
		all = append(all, s.response...)
		line := benchHTTPLine{Name: q.name, Requests: len(s.response) + s.errors, Errors: s.errors,
			Response: timesOf(s.response), Engine: timesOf(s.engine), Overhead: timesOf(s.overhead)}
		result.Requests += line.Requests
		result.Errors += line.Errors
		result.Questions = append(result.Questions, line)
	}
	for _, c := range clients {
		if c.failure != nil && result.FirstFail == "" {
			result.FirstFail = c.failure.Error()
		}
	}
	result.All, result.PerSecond = timesOf(all), rounded(float64(result.Requests)/took.Seconds())
	return result
}

// A loadClient asks one question after the other. It has a client's state: the
// cursor of the last page of each search.
type loadClient struct {
	load    *serverLoad
	http    *http.Client
	random  *rand.Rand
	cursors []string // by place in the mix
	seen    []httpSamples
	failure error // the first one
	body    []byte
}

// run asks until a moment. The first question comes within a think time, so
// that clients do not march in step.
func (c *loadClient) run(ctx context.Context, until time.Time) {
	rest := time.Duration(c.random.Float64() * float64(c.load.think))
	for pause(ctx, rest) && time.Now().Before(until) {
		i := c.random.IntN(len(c.load.mix))
		if c.load.mix[i].pageOf >= 0 && c.cursors[c.load.mix[i].pageOf] == "" {
			i = c.load.mix[i].pageOf // there is no page before it yet
		}
		answer, err := c.ask(ctx, i)
		switch s := &c.seen[i]; {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.errors++
			c.failure = cmp.Or(c.failure, err)
		default:
			s.response = append(s.response, answer.response)
			if answer.timed {
				s.engine = append(s.engine, answer.engine)
				s.overhead = append(s.overhead, answer.response-answer.engine)
			}
		}
		rest = min(time.Duration(c.random.ExpFloat64()*float64(c.load.think)), time.Until(until))
	}
}

// readAll reads a body into the client's own memory.
func (c *loadClient) readAll(r io.Reader) error {
	c.body = c.body[:0]
	for {
		if len(c.body) == cap(c.body) {
			c.body = append(c.body, 0)[:len(c.body)]
		}
		n, err := r.Read(c.body[len(c.body):cap(c.body)])
		c.body = c.body[:len(c.body)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
