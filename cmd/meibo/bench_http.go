package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// An httpQuestion is one kind of request of the load.
type httpQuestion struct {
	name   string
	path   string
	ask    any // its body as JSON
	pageOf int // place in the mix of the search whose next page it is; -1: of none
}

// httpMix is what clients ask: every search of the design, its counts, next
// pages, and completion, each as often as any other.
func httpMix() []httpQuestion {
	const search, count, complete = "/v1/customers/search", "/v1/customers/count", "/v1/filter/complete"
	var mix []httpQuestion
	for _, q := range benchQuestions() {
		mix = append(mix, httpQuestion{q.name, search, searchBody(q.ask), -1})
	}
	for i, q := range benchQuestions() {
		switch q.name {
		case "member", "sample", "everyone":
			mix = append(mix, httpQuestion{"count " + q.name, count, questionBody(q.ask.Question), -1},
				httpQuestion{"next page of " + q.name, search, searchBody(q.ask), i})
		}
	}
	for _, typed := range []string{`member = true AND web.s`, `city = "`} {
		mix = append(mix, httpQuestion{"complete " + typed, complete, struct {
			Filter string `json:"filter"`
		}{typed}, -1})
	}
	return mix
}

// body is the question's, continued where a page has a cursor.
func (q httpQuestion) body(cursor string) ([]byte, error) {
	ask := q.ask
	if page, ok := ask.(remoteQuestion); ok && q.pageOf >= 0 {
		page.Cursor = cursor
		ask = page
	}
	return json.Marshal(ask)
}

// An httpAnswer is what a client remembers of an answer. timed says that it
// told its engine time.
type httpAnswer struct {
	response, engine float64 // milliseconds
	timed            bool
}

// ask sends one question of the mix and reads all of the answer.
func (c *loadClient) ask(ctx context.Context, i int) (httpAnswer, error) {
	q := c.load.mix[i]
	place := i // of the search that the next page belongs to
	if q.pageOf >= 0 {
		place = q.pageOf
	}
	body, err := q.body(c.cursors[place])
	if err != nil {
		return httpAnswer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.load.base+q.path, bytes.NewReader(body))
	if err != nil {
		return httpAnswer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+c.load.token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	began := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return httpAnswer{}, err
	}
	defer response.Body.Close()
	if err := c.readAll(response.Body); err != nil {
		return httpAnswer{}, fmt.Errorf("%s: the answer broke off: %w", q.name, err)
	}
	answer := httpAnswer{response: since(began)}
	if response.StatusCode != http.StatusOK {
		return answer, fmt.Errorf("%s: %s: %.200s", q.name, response.Status, c.body)
	}
	c.cursors[place] = c.lastText("nextCursor") // "" behind the last page: from the start again
	answer.engine, answer.timed = c.lastNumber("tookMs")
	if _, asks := q.ask.(remoteQuestion); asks && !answer.timed {
		return answer, fmt.Errorf("%s: the answer lacks tookMs: %.200s", q.name, c.body)
	}
	return answer, nil
}

// lastText and lastNumber find a member near the end of the answer. The body
// is not decoded: on the same machine that would take the time that is
// measured, and a quote inside of a value is escaped, so no value looks like one.
func (c *loadClient) lastText(name string) string {
	_, rest, found := cutLast(c.body, `"`+name+`":"`)
	end := bytes.IndexByte(rest, '"')
	if !found || end < 0 {
		return ""
	}
	return string(rest[:end])
}

func (c *loadClient) lastNumber(name string) (float64, bool) {
	_, rest, found := cutLast(c.body, `"`+name+`":`)
	end := bytes.IndexAny(rest, ",}\n")
	if !found || end < 0 {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(rest[:end]), 64)
	return x, err == nil
}

func cutLast(b []byte, sep string) (before, after []byte, found bool) {
	i := bytes.LastIndex(b, []byte(sep))
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+len(sep):], true
}
