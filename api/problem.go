package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl"
	"meibo/dsl/schema"
)

// Codes that only HTTP has; the others are the service's.
const (
	codeTooLarge                      = service.CodeTooLarge
	codeMethodNotAllowed service.Code = "method_not_allowed"
	codeMediaType        service.Code = "unsupported_media_type"
	codeNotAcceptable    service.Code = "not_acceptable"
	codeSlowRequest      service.Code = "request_timeout"
	codeBadRange         service.Code = "bad_range"  // of a file
	codeCrossSite        service.Code = "cross_site" // a page of another site tried to act for who is signed in
)

// A kindOfProblem is what a code means over HTTP.
type kindOfProblem struct {
	status int
	title  schema.Words
}

// problems is the one table from code to status and title. It is never
// changed.
var problems = map[service.Code]kindOfProblem{
	service.CodeBadRequest:         {400, schema.Words{JA: "リクエストが正しくありません", EN: "Bad request"}},
	service.CodeUnauthorized:       {401, schema.Words{JA: "認証が必要です", EN: "Unauthorized"}},
	service.CodeTokenExpired:       {401, schema.Words{JA: "トークンの期限が切れています", EN: "Token expired"}},
	service.CodeForbidden:          {403, schema.Words{JA: "権限がありません", EN: "Forbidden"}},
	codeCrossSite:                  {403, schema.Words{JA: "別のサイトからのリクエストです", EN: "Cross-site request"}},
	service.CodeReadOnly:           {403, schema.Words{JA: "変更できない項目です", EN: "Read-only field"}},
	service.CodeBadMemberHash:      {403, schema.Words{JA: "会員ハッシュが正しくありません", EN: "Bad member hash"}},
	service.CodeBadVisitorToken:    {403, schema.Words{JA: "訪問者トークンが正しくありません", EN: "Bad visitor token"}},
	service.CodeOriginNotAllowed:   {403, schema.Words{JA: "許可されていないサイトです", EN: "Origin not allowed"}},
	service.CodeNotFound:           {404, schema.Words{JA: "見つかりません", EN: "Not found"}},
	codeMethodNotAllowed:           {405, schema.Words{JA: "そのメソッドは使えません", EN: "Method not allowed"}},
	codeNotAcceptable:              {406, schema.Words{JA: "その形式では返せません", EN: "Not acceptable"}},
	codeSlowRequest:                {408, schema.Words{JA: "リクエストの受信に時間がかかりすぎました", EN: "Request timeout"}},
	service.CodeWriteOnce:          {409, schema.Words{JA: "一度だけ書ける項目です", EN: "Write-once field"}},
	service.CodeMemberTaken:        {409, schema.Words{JA: "会員IDが重複しています", EN: "Member id taken"}},
	service.CodeKeyReused:          {409, schema.Words{JA: "Idempotency-Key が再利用されています", EN: "Idempotency key reused"}},
	service.CodeKindFixed:          {409, schema.Words{JA: "種類は変えられません", EN: "Kind is fixed"}},
	service.CodeTooManyFields:      {409, schema.Words{JA: "項目が多すぎます", EN: "Too many fields"}},
	service.CodeLastOwner:          {409, schema.Words{JA: "オーナーの最後のトークンです", EN: "The last owner's token"}},
	service.CodeInUse:              {409, schema.Words{JA: "使われています", EN: "In use"}},
	service.CodeNotFinished:        {409, schema.Words{JA: "まだ終わっていません", EN: "Not finished"}},
	service.CodeExists:             {409, schema.Words{JA: "すでにあります", EN: "Already exists"}},
	service.CodeMerged:             {308, schema.Words{JA: "別の顧客に統合されています", EN: "Merged into another customer"}},
	service.CodeGone:               {410, schema.Words{JA: "すでにありません", EN: "Gone"}},
	service.CodePreconditionFailed: {412, schema.Words{JA: "前提条件を満たしていません", EN: "Precondition failed"}},
	codeTooLarge:                   {413, schema.Words{JA: "本文が大きすぎます", EN: "Body too large"}},
	service.CodeRecordTooLarge:     {413, schema.Words{JA: "顧客の記録が大きすぎます", EN: "Record too large"}},
	codeMediaType:                  {415, schema.Words{JA: "その Content-Type は扱えません", EN: "Unsupported media type"}},
	codeBadRange:                   {416, schema.Words{JA: "その範囲はありません", EN: "No such range"}},
	service.CodeUnknownField:       {422, schema.Words{JA: "項目がありません", EN: "Unknown field"}},
	service.CodeHiddenField:        {422, schema.Words{JA: "非表示の項目です", EN: "Hidden field"}},
	service.CodeInvalidFilter:      {422, schema.Words{JA: "フィルターに誤りがあります", EN: "Invalid filter"}},
	service.CodeInvalidValue:       {422, schema.Words{JA: "値が正しくありません", EN: "Invalid value"}},
	service.CodeInternal:           {500, schema.Words{JA: "サーバーの内部エラー", EN: "Internal error"}},
	service.CodeIndexing:           {503, schema.Words{JA: "検索の準備中です", EN: "Indexing"}},
	service.CodeTimeout:            {503, schema.Words{JA: "時間がかかりすぎました", EN: "Timed out"}},
	service.CodeNoSpace:            {507, schema.Words{JA: "ディスクの空きがありません", EN: "Insufficient storage"}},
	service.CodeStoreReadOnly:      {503, schema.Words{JA: "書き込みを停止しています", EN: "Writing is stopped"}},
}

// A Problem is an RFC 9457 document. Its type is "about:blank" and so left
// out; programs go by Code.
type Problem struct {
	Title       string              `json:"title"`
	Status      int                 `json:"status"`
	Code        string              `json:"code" doc:"Stable: tell problems apart by it."`
	Detail      string              `json:"detail" doc:"What is wrong and how to mend it; in Japanese where Accept-Language prefers it."`
	RequestID   string              `json:"requestId,omitempty" doc:"Names the request in the server's log."`
	Diagnostics []dsl.Diagnostic    `json:"diagnostics,omitempty" doc:"All faults of a filter, with their place and fixes."`
	Errors      []schema.ValueError `json:"errors,omitempty" doc:"All faults of a body's fields or of parameters."`
	UsedBy      []service.Use       `json:"usedBy,omitempty" doc:"Of in_use: what refers to it."`
	Target      string              `json:"target,omitempty" doc:"Of merged: the id of the customer that this one is part of now."`

	above, below string // of merged: the path around the id of what was asked for, "/v1/customers/" where above is "", and "/history"
}

// Error is for logs of the program itself; it holds no value of a customer.
func (p *Problem) Error() string { return p.Code }

// GetStatus is huma's way to ask for the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is huma's way to ask for the media type.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders is huma's way to ask what else belongs to the answer.
func (p *Problem) GetHeaders() http.Header {
	switch p.Status {
	case http.StatusPermanentRedirect:
		return http.Header{"Location": {cmp.Or(p.above, "/v1/customers/") + url.PathEscape(p.Target) + p.below}}
	case http.StatusUnauthorized:
		return http.Header{"WWW-Authenticate": {`Bearer realm="meibo"`}}
	case http.StatusServiceUnavailable:
		return http.Header{"Retry-After": {"1"}} // seconds
	}
	return nil
}

const problemType = "application/problem+json"

// newProblem is a problem of the table, in the language of the request.
func newProblem(ctx context.Context, code service.Code, detail schema.Words) *Problem {
	kind, ok := problems[code]
	if !ok {
		code, kind = service.CodeInternal, problems[service.CodeInternal]
	}
	r := requestOf(ctx)
	return &Problem{Title: r.words(kind.title), Status: kind.status, Code: string(code), Detail: r.words(detail), RequestID: r.id}
}

// problemOf tells a use case's error. What is none of its refusals is logged
// and told as internal, without its text.
func (h *handler) problemOf(ctx context.Context, err error) *Problem {
	var e *service.Error
	switch {
	case errors.As(err, &e):
		p := newProblem(ctx, e.Code, e.Message)
		p.Diagnostics, p.Errors, p.UsedBy, p.Target = e.Diagnostics, e.Values, e.UsedBy, e.Target
		return p
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return newProblem(ctx, service.CodeTimeout, schema.Words{JA: "時間内に終わりませんでした。", EN: "the request did not end in time"})
	}
	h.log.ErrorContext(ctx, "request failed", "request", requestOf(ctx).id, "error", err)
	return newProblem(ctx, service.CodeInternal, schema.Words{
		JA: "サーバーで問題が起きました。requestId を添えて管理者に知らせてください。",
		EN: "something went wrong in the server; tell its administrator the requestId"})
}

// frameworkProblem tells what huma found wrong before a handler ran. Values
// of the request are left out: they could be a customer's.
func frameworkProblem(ctx context.Context, status int, message string, faults []error) *Problem {
	code, ja := service.CodeBadRequest, "リクエストの形が正しくありません。"
	switch status {
	case http.StatusRequestEntityTooLarge:
		code, ja = codeTooLarge, "本文が上限を超えています。"
	case http.StatusRequestTimeout:
		code, ja = codeSlowRequest, "本文が時間内に届きませんでした。"
	case http.StatusUnsupportedMediaType:
		code, ja = codeMediaType, "Content-Type を application/json にしてください。"
	case http.StatusInternalServerError:
		if !strings.HasPrefix(message, "cannot read request body") { // the client broke off
			code, ja = service.CodeInternal, "サーバーで問題が起きました。"
		}
	case http.StatusNotAcceptable:
		code, ja = codeNotAcceptable, "application/json で返せます。"
	}
	p := newProblem(ctx, code, schema.Words{JA: ja, EN: message})
	for _, f := range faults {
		var d *huma.ErrorDetail
		if !errors.As(f, &d) {
			continue
		}
		if strings.HasPrefix(d.Message, "unknown content type") {
			return newProblem(ctx, codeMediaType, schema.Words{JA: "Content-Type を application/json にしてください。", EN: "send Content-Type: application/json"})
		}
		p.Errors = append(p.Errors, shapeFault(d, ja))
	}
	if len(p.Errors) > 0 { // huma's own is "validation failed", which helps nobody
		p.Detail = requestOf(ctx).words(p.Errors[0].Message)
	}
	return p
}

// huma makes its own errors through these two variables; there is no other
// way to give them our form. They are set once, before anything is served.
func init() {
	huma.NewError = func(status int, message string, faults ...error) huma.StatusError {
		return frameworkProblem(context.Background(), status, message, faults)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, faults ...error) huma.StatusError {
		return frameworkProblem(ctx.Context(), status, message, faults)
	}
}

// write sends a problem through net/http, for what happens outside huma.
func (p *Problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{"title":"Internal error","status":500,"code":"internal","detail":""}`)
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the client may be gone; nobody is left to tell
}
