package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// customerCommands show and change one customer, by the same requests that
// programs send.
type customerCommands struct {
	Show     customerShow     `cmd:"" help:"customer_show"`
	Put      customerPut      `cmd:"" help:"customer_put"`
	Patch    customerPatch    `cmd:"" help:"customer_patch"`
	Delete   customerDelete   `cmd:"" help:"customer_delete"`
	Restore  customerRestore  `cmd:"" help:"customer_restore"`
	History  customerHistory  `cmd:"" help:"customer_history"`
	Segments customerSegments `cmd:"" help:"customer_segments"`
	Touch    customerTouch    `cmd:"" help:"customer_touch"`
}

type customerArg struct {
	ID string `arg:"" name:"id" help:"customer_id"`
}

type customerShow struct {
	customerArg
	Format string `enum:"table,json" default:"table" help:"customer_format"`
}

type customerEdit struct {
	customerArg
	Body    string `arg:"" name:"json" help:"customer_body"`
	IfMatch string `placeholder:"ETAG" help:"customer_if_match"`
	Format  string `enum:"table,json" default:"table" help:"customer_format"`
}

type customerPut struct{ customerEdit }

type customerPatch struct{ customerEdit }

type customerDelete struct {
	customerArg
	IfMatch string `placeholder:"ETAG" help:"customer_if_match"`
}

type customerRestore struct {
	customerArg
	Format string `enum:"table,json" default:"table" help:"customer_format"`
}

type customerSegments struct{ customerArg }

type customerTouch struct {
	customerArg
	Body string `arg:"" name:"json" optional:"" default:"{\"platform\":\"web\"}" help:"customer_touch_body"`
}

func customerHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"customer_group":      {JA: "顧客 1 人を見る、変更する。", EN: "Show or change one customer."},
		"customer_id":         {JA: "顧客の ID。", EN: "The customer's id."},
		"customer_format":     {JA: "出力の形式（table、json）。", EN: "table or json."},
		"customer_show":       {JA: "顧客を表示する。ETag は標準エラー出力に出す。", EN: "Show a customer; its ETag goes to standard error."},
		"customer_put":        {JA: "編集できる項目を、すべて JSON の内容で置き換える。いなければ作る。", EN: "Replace all that can be edited by the JSON, or create the customer."},
		"customer_patch":      {JA: "JSON にある項目だけを変更する。null は値を消す。", EN: "Change what the JSON names; null clears."},
		"customer_body":       {JA: "JSON。@ファイル、または - で標準入力。", EN: "The JSON, @FILE, or - for standard input."},
		"customer_if_match":   {JA: "この ETag のままのときだけ実行する。", EN: "Only while the customer still has this ETag."},
		"customer_delete":     {JA: "顧客を削除する。履歴の残っている間は元に戻せる。", EN: "Delete a customer; it can be restored while its history lasts."},
		"customer_restore":    {JA: "削除した顧客を元に戻す。", EN: "Bring a deleted customer back."},
		"customer_history":    {JA: "誰がいつ何を変更したかを、新しい順に表示する。", EN: "Show who changed what and when, newest first."},
		"customer_limit":      {JA: "件数（1～200）。", EN: "How many entries (1 to 200)."},
		"customer_cursor":     {JA: "前のページの続きから。", EN: "Go on where the page before ended."},
		"customer_segments":   {JA: "顧客の入っているセグメントを JSON で表示する。", EN: "Print the segments that the customer is in, as JSON."},
		"customer_touch":      {JA: "訪問を 1 回記録し、応答の JSON を表示する。", EN: "Record a visit and print the answer's JSON."},
		"customer_touch_body": {JA: `訪問の JSON（なければ {"platform":"web"}）。@ファイル、または - で標準入力。`, EN: `The visit's JSON, else {"platform":"web"}; @FILE, or - for standard input.`},
	}
}

// path is the customer's place in the API. Ids may hold a slash.
func (c customerArg) path() string { return "/v1/customers/" + url.PathEscape(c.ID) }

func (c *customerPut) run(ctx context.Context, a *app, at place) error {
	return c.edit(ctx, a, at, http.MethodPut)
}

func (c *customerPatch) run(ctx context.Context, a *app, at place) error {
	return c.edit(ctx, a, at, http.MethodPatch)
}

func (c *customerEdit) edit(ctx context.Context, a *app, at place, method string) error {
	body, err := a.jsonOf(c.Body)
	if err != nil {
		return err
	}
	return a.withDesk(at, func(d *desk) error {
		return a.write(ctx, d, method, c.path(), ifMatch(c.IfMatch), body, c.Format)
	})
}

func (c *customerRestore) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		return a.write(ctx, d, http.MethodPost, c.path()+"/restore", nil, nil, c.Format)
	})
}

func (c *customerDelete) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer service.DeleteAnswer
		if _, err := d.exchange(ctx, http.MethodDelete, c.path(), ifMatch(c.IfMatch), nil, &answer); err != nil {
			return a.merged(err)
		}
		a.tell("削除しました（seq %d）。meibo customer restore で元に戻せます。", "deleted, seq %d; meibo customer restore brings it back", answer.Seq)
		return nil
	})
}

func (c *customerSegments) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer json.RawMessage
		if _, err := a.read(ctx, d, c.ID, "/segments", &answer); err != nil {
			return err
		}
		return a.printJSON(answer)
	})
}

func (c *customerTouch) run(ctx context.Context, a *app, at place) error {
	body, err := a.jsonOf(c.Body)
	if err != nil {
		return err
	}
	return a.withDesk(at, func(d *desk) error {
		var answer json.RawMessage
		if err := d.do(ctx, http.MethodPost, c.path()+"/touch", body, &answer); err != nil {
			return a.merged(err)
		}
		return a.printJSON(answer)
	})
}

// ifMatch is the header for an ETag; a shell may have taken its quotes.
func ifMatch(tag string) http.Header {
	if tag == "" {
		return nil
	}
	if !strings.ContainsAny(tag, `"*`) {
		tag = `"` + tag + `"`
	}
	return http.Header{"If-Match": {tag}}
}

// jsonOf is the JSON that an argument gives or names.
func (a *app) jsonOf(argument string) (json.RawMessage, error) {
	text := []byte(argument)
	var err error
	if file, named := strings.CutPrefix(argument, "@"); named {
		text, err = os.ReadFile(file)
	} else if argument == "-" {
		text, err = io.ReadAll(a.stdin)
	}
	if err != nil {
		return nil, failed("JSON を読めません: %v", "cannot read the JSON: %v", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors begin a file so
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, misused("JSON が空です。", "the JSON is empty")
	}
	var body json.RawMessage
	if err := json.Unmarshal(text, &body); err != nil {
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) && strings.HasPrefix(syntax.Error(), "unexpected end") {
			return nil, misused("JSON が途中で終わっています。", "the JSON ends too early")
		}
		return nil, misused("JSON が正しくありません: %v", "this is not valid JSON: %v", err)
	}
	return body, nil
}

func (a *app) printJSON(raw json.RawMessage) error {
	_, err := fmt.Fprintf(a.stdout, "%s\n", raw)
	return err
}

// read gets what the API has of a customer, or of the one that it is part of
// now, and then says so.
func (a *app) read(ctx context.Context, d *desk, id, below string, answer any) (http.Header, error) {
	header, err := d.exchange(ctx, http.MethodGet, customerArg{id}.path()+below, nil, nil, answer)
	target := mergedInto(err)
	if target == "" {
		return header, err
	}
	a.tell("%s は %s に統合されています。", "%s is part of %s now", id, target)
	return d.exchange(ctx, http.MethodGet, customerArg{target}.path()+below, nil, nil, answer)
}

// merged says of a refused write which customer is meant now. It does not go
// on there by itself: who writes has not seen that customer.
func (a *app) merged(err error) error {
	target := mergedInto(err)
	if target == "" {
		return err
	}
	return &failure{code: exitFailed, cause: err, words: say("この顧客は %s に統合されています。", "this customer is part of %s now", target)}
}

// mergedInto is the customer that a refusal points to; "" for any other.
func mergedInto(err error) string {
	var e *service.Error
	if errors.As(err, &e) && e.Code == service.CodeMerged {
		return e.Target
	}
	return ""
}
