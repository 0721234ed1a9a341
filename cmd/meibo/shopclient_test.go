package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A shopClient works with a running server as the owner's program does, over
// HTTP alone.
type shopClient struct {
	t           testing.TB
	base, token string
}

// ownerClient is the owner of the data folder that a server has open.
func ownerClient(t testing.TB, base, dir string) *shopClient {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	return &shopClient{t: t, base: base, token: strings.TrimSpace(string(token))}
}

// A jobSeen is a job as the server tells it.
type jobSeen struct {
	ID     string          `json:"id"`
	Kind   string          `json:"kind"`
	State  string          `json:"state"`
	Done   int64           `json:"done"`
	Total  int64           `json:"total"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    string `json:"code"`
		Message struct {
			JA string `json:"ja"`
			EN string `json:"en"`
		} `json:"message"`
	} `json:"error"`
}

func (j jobSeen) ended() bool {
	return j.State == "done" || j.State == "failed" || j.State == "cancelled"
}

// why is what a failed job says.
func (j jobSeen) why() string {
	if j.Error == nil {
		return ""
	}
	return j.Error.Code + ": " + j.Error.Message.EN
}

// send makes one request; an error is one of the connection.
func (c *shopClient) send(method, path, accept string, body any) (status int, answer []byte, err error) {
	var content io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case io.Reader:
		content, kind = b, "application/octet-stream"
	default:
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, content)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", accept)
	if content != nil {
		request.Header.Set("Content-Type", kind)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// ask wants an answer with one of the statuses 200 to 299.
func (c *shopClient) ask(method, path string, body, into any) {
	c.t.Helper()
	status, answer, err := c.send(method, path, "application/json", body)
	if err != nil {
		c.t.Fatal(err)
	}
	if status < 200 || status > 299 {
		c.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		c.t.Fatalf("%s %s: %v in %.500s", method, path, err, answer)
	}
}

// upload hands a file over and gives its id.
func (c *shopClient) upload(name string, content io.Reader) string {
	c.t.Helper()
	var u struct {
		ID string `json:"id"`
	}
	c.ask(http.MethodPost, "/v1/uploads?name="+name, content, &u)
	return u.ID
}

// start asks for a job and gives its id.
func (c *shopClient) start(path string, body any) string {
	c.t.Helper()
	var j jobSeen
	c.ask(http.MethodPost, path, body, &j)
	if j.ID == "" {
		c.t.Fatalf("%s: no job", path)
	}
	return j.ID
}

// await waits until a job has ended.
func (c *shopClient) await(id string) (j jobSeen) {
	c.t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		j = jobSeen{}
		if c.ask(http.MethodGet, "/v1/jobs/"+id, nil, &j); j.ended() {
			return j
		}
	}
	c.t.Fatalf("the job never ends: %+v", j)
	return j
}

// done runs a job to its good end.
func (c *shopClient) done(path string, body any) jobSeen {
	c.t.Helper()
	return c.well(c.start(path, body))
}

// well waits for the good end of a job.
func (c *shopClient) well(id string) jobSeen {
	c.t.Helper()
	j := c.await(id)
	if j.State != "done" {
		c.t.Fatalf("job %s (%s) is %s: %s", id, j.Kind, j.State, j.why())
	}
	return j
}

// importFile uploads a file and imports it as it says, and as an export of this
// program is meant.
func (c *shopClient) importFile(name string, content io.Reader, more map[string]any) jobSeen {
	c.t.Helper()
	j := c.done("/v1/imports", importAsked(c.upload(name, content), more))
	var counted struct {
		Refused int             `json:"refused"`
		Faults  json.RawMessage `json:"faults"`
	}
	if err := json.Unmarshal(j.Result, &counted); err != nil || counted.Refused > 0 {
		c.t.Fatalf("%s: %v, %d rows are refused: %s", name, err, counted.Refused, counted.Faults)
	}
	return j
}

func importAsked(upload string, more map[string]any) map[string]any {
	asked := map[string]any{"uploads": []string{upload}, "system": true, "createFields": true, "key": "id", "conflict": "overwrite"}
	for key, value := range more {
		asked[key] = value
	}
	return asked
}

// export gives the file that an export of every customer makes. The filter is
// there because an export without one is cut at 30,000.
func (c *shopClient) export(format string, more map[string]any) []byte {
	c.t.Helper()
	asked := map[string]any{"filter": "id IS SET", "format": format, "headers": "keys"}
	for key, value := range more {
		asked[key] = value
	}
	return c.file(c.done("/v1/exports", asked).ID)
}

func (c *shopClient) file(job string) []byte {
	c.t.Helper()
	status, content, err := c.send(http.MethodGet, "/v1/exports/"+job+"/file", "*/*", nil)
	if err != nil || status != http.StatusOK {
		c.t.Fatalf("the file of job %s: %d %v %.500s", job, status, err, content)
	}
	return content
}

// customers are all customers as JSON, by id, without the members that say when
// something was written: those differ from run to run.
func (c *shopClient) customers(without ...string) map[string]string {
	c.t.Helper()
	var seq struct {
		Seq uint64 `json:"seq"`
	}
	c.ask(http.MethodPost, "/v1/customers/count", map[string]any{}, &seq)
	status, lines, err := c.send(http.MethodPost, "/v1/customers/search", "application/x-ndjson", map[string]any{"sort": "id"})
	if err != nil || status != http.StatusOK {
		c.t.Fatalf("all customers: %d %v %.500s", status, err, lines)
	}
	all := map[string]string{}
	for line := range bytes.Lines(lines) {
		var members map[string]any
		if err := json.Unmarshal(line, &members); err != nil {
			c.t.Fatalf("%v in %q", err, line)
		}
		for _, key := range without {
			delete(members, key)
		}
		text, err := json.Marshal(members) // sorted by key
		if err != nil {
			c.t.Fatal(err)
		}
		all[fmt.Sprint(members["id"])] = string(text)
	}
	return all
}

// wantSame compares two registers and shows the first customers that differ.
func wantSame(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	const shown = 3
	var different []string
	for id, text := range want {
		if got[id] != text {
			different = append(different, id)
		}
	}
	for id := range got {
		if _, known := want[id]; !known {
			different = append(different, id)
		}
	}
	if len(different) == 0 {
		return
	}
	slices.Sort(different)
	var b strings.Builder
	for _, id := range different[:min(shown, len(different))] {
		fmt.Fprintf(&b, "\n%q\n got  %s\n want %s", id, cmp.Or(got[id], "nobody"), cmp.Or(want[id], "nobody"))
	}
	t.Errorf("%s: %d of %d customers differ (%d are there):%s", what, len(different), len(want), len(got), b.String())
}
