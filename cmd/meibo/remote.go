package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"meibo/api"
	"meibo/api/service"
	"meibo/dsl/schema"
)

// remote is a running server as a register, by its HTTP API.
type remote struct {
	base   string
	token  string
	lang   string
	client *http.Client
	fields *schema.Fields // once read
}

// remoteWait bounds the wait for an answer's first byte.
const remoteWait = 60 * time.Second

func (a *app) openRemote(at place) (*remote, error) {
	base, err := url.Parse(at.server)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, misused("--server は http://127.0.0.1:8080 のように書いてください。", "--server has the form http://127.0.0.1:8080, not %q", at.server)
	}
	token := a.tokenOf(at)
	if token == "" {
		return nil, misused("トークンがありません。--token か環境変数 MEIBO_TOKEN で渡すか、--data にサーバーのデータフォルダーを指定してください。",
			"there is no token: give --token or MEIBO_TOKEN, or the server's data folder as --data")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = remoteWait
	return &remote{base: strings.TrimSuffix(at.server, "/"), token: token, lang: a.lang, client: &http.Client{Transport: transport, CheckRedirect: stay}}, nil
}

func (r *remote) Close() error {
	r.client.CloseIdleConnections()
	return nil
}

// Zone is the zone of a new workspace; --tz says another.
func (r *remote) Zone() *time.Location {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		return time.UTC
	}
	return zone
}

// A remoteQuestion is how a question travels.
type remoteQuestion struct {
	Filter   string   `json:"filter,omitempty"`
	Q        string   `json:"q,omitempty"`
	TimeZone string   `json:"timeZone,omitempty"`
	Now      string   `json:"now,omitempty"`
	Sort     string   `json:"sort,omitempty"`
	Limit    *int     `json:"limit,omitempty"`
	Cursor   string   `json:"cursor,omitempty"`
	Snapshot string   `json:"snapshot,omitempty"`
	Fields   []string `json:"fields,omitempty"`
	Customer string   `json:"customer,omitempty"`
}

func questionBody(q service.Question) remoteQuestion {
	return remoteQuestion{Filter: q.Filter, Q: q.Q, TimeZone: q.TimeZone, Now: q.Now}
}

func searchBody(s service.SearchRequest) remoteQuestion {
	body := questionBody(s.Question)
	body.Sort, body.Limit, body.Cursor, body.Snapshot, body.Fields = s.Sort, s.Limit, s.Cursor, s.Snapshot, s.Fields
	return body
}

func (r *remote) Count(ctx context.Context, q service.Question) (answer service.CountAnswer, err error) {
	return answer, r.ask(ctx, "/v1/customers/count", questionBody(q), &answer)
}

func (r *remote) Explain(ctx context.Context, e service.ExplainRequest) (answer service.ExplainAnswer, err error) {
	body := questionBody(e.Question)
	body.Customer = e.Customer
	return answer, r.ask(ctx, "/v1/customers/explain", body, &answer)
}

func (r *remote) Search(ctx context.Context, s service.SearchRequest) (answer service.SearchAnswer, err error) {
	if err := r.ask(ctx, "/v1/customers/search", searchBody(s), &answer); err != nil {
		return answer, err
	}
	for _, raw := range answer.Customers {
		record, err := r.record(ctx, raw)
		if err != nil {
			return answer, err
		}
		answer.Records = append(answer.Records, record)
	}
	return answer, nil
}

func (r *remote) Stream(ctx context.Context, s service.SearchRequest, yield func(schema.Record, json.RawMessage) error) error {
	s.Limit = nil
	body, err := r.send(ctx, http.MethodPost, "/v1/customers/search", "application/x-ndjson", searchBody(s))
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the server's answer broke off: %w", err)
		}
		raw := bytes.TrimSpace(line)
		record, err := r.record(ctx, raw)
		if err != nil {
			return err
		}
		if err := yield(record, raw); err != nil {
			return err
		}
	}
}

// FieldSet reads the fields once.
func (r *remote) FieldSet(ctx context.Context) (*schema.Fields, error) {
	if r.fields != nil {
		return r.fields, nil
	}
	body, err := r.send(ctx, http.MethodGet, "/v1/fields", "application/json", nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var answer struct {
		Fields []schema.Field `json:"fields"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the server's fields: %w", err)
	}
	r.fields, err = schema.NewFields(schema.DefaultRegion, answer.Fields)
	return r.fields, err
}

// record reads a customer as it travels. What the fields do not know (one was
// added this moment) is left out.
func (r *remote) record(ctx context.Context, raw []byte) (schema.Record, error) {
	fields, err := r.FieldSet(ctx)
	if err != nil {
		return schema.Record{}, err
	}
	members, err := schema.ParseCustomer(raw)
	if err != nil {
		return schema.Record{}, fmt.Errorf("read a customer of the server's answer: %w", err)
	}
	var record schema.Record
	for _, m := range members {
		f, ok := fields.Lookup(m.Key)
		if !ok {
			continue
		}
		if v, ok := answered(f, m.Raw); ok {
			record.Set(m.Key, v)
		}
	}
	return record, nil
}

// answered is a value as a server answers it. A date is milliseconds, also
// where they have ten digits and would be refused as somebody's seconds.
func answered(f schema.Field, raw any) (schema.Value, bool) {
	if n, ok := raw.(json.Number); ok && f.Kind == schema.Date {
		ms, err := n.Int64()
		return schema.At(ms), err == nil
	}
	v, fault := schema.Coerce(f, raw, time.UTC)
	return v, fault == nil
}

// ask posts a question and reads the answer.
func (r *remote) ask(ctx context.Context, path string, question, answer any) error {
	body, err := r.send(ctx, http.MethodPost, path, "application/json", question)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(answer); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// send is request for who wants the body alone.
func (r *remote) send(ctx context.Context, method, path, accept string, question any) (io.ReadCloser, error) {
	response, err := r.request(ctx, method, path, accept, nil, question)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// request makes a request; the caller closes the answer's body. A problem
// document comes back as the refusal that the service would have given here.
func (r *remote) request(ctx context.Context, method, path, accept string, header http.Header, question any) (*http.Response, error) {
	var content io.Reader
	sent, streams := question.(stream)
	if streams {
		content = sent.Reader
	} else if question != nil {
		encoded, err := json.Marshal(question)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, r.base+path, content)
	if err != nil {
		return nil, err
	}
	if streams && sent.size > 0 {
		request.ContentLength = sent.size
	}
	maps.Copy(request.Header, header)
	request.Header.Set("Accept", accept)
	request.Header.Set("Accept-Language", r.lang)
	request.Header.Set("Authorization", "Bearer "+r.token)
	if question != nil && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := r.client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, failed("サーバー %s に接続できません: %v", "cannot reach the server %s: %v", r.base, err)
	}
	if response.StatusCode/100 == 2 {
		return response, nil
	}
	defer response.Body.Close()
	return nil, r.problem(response)
}

func (r *remote) problem(response *http.Response) error {
	const most = 1 << 20
	body, _ := io.ReadAll(io.LimitReader(response.Body, most)) // what is there is shown
	var p api.Problem
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.Unmarshal(body, &p) != nil {
		return failed("サーバー %s の応答が meibo のものではありません（%s）。", "%s does not answer as a meibo server (%s)", r.base, response.Status)
	}
	return &service.Error{Code: service.Code(p.Code), Message: schema.Words{JA: p.Detail, EN: p.Detail}, Diagnostics: p.Diagnostics, Values: p.Errors, UsedBy: p.UsedBy, Target: p.Target}
}
