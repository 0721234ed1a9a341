package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// tokenCommands manage the tokens by which programs and people get in.
type tokenCommands struct {
	Create tokenCreate  `cmd:"" help:"token_create"`
	List   tokenList    `cmd:"" help:"token_list"`
	Revoke tokenRevoke  `cmd:"" help:"token_revoke"`
	SignIn tokenSignIn  `cmd:"" name:"signin" help:"token_signin"`
	Secret memberSecret `cmd:"" name:"member-secret" help:"token_secret"`
}

type tokenCreate struct {
	Role    string   `enum:"owner,manager,viewer,service,publishable" required:"" help:"token_role"`
	Name    string   `default:"cli" help:"token_name"`
	Scopes  []string `name:"scope" help:"token_scope"`
	Origins []string `name:"origin" placeholder:"ORIGIN" help:"token_origin"`
	Expires string   `placeholder:"TIME" help:"token_expires"`
}

type tokenList struct {
	Format string `enum:"table,json" default:"table" help:"token_format"`
}

type tokenRevoke struct {
	IDs []string `arg:"" name:"id" help:"token_id"`
}

func tokenHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"tokens":          {JA: "API のトークンを管理する。", EN: "Manage API tokens."},
		"token_create":    {JA: "トークンを作り、それだけを表示する。", EN: "Create a token and print it alone."},
		"token_role":      {JA: "権限（owner、manager、viewer、service、publishable）。", EN: "owner, manager, viewer, service or publishable."},
		"token_name":      {JA: "トークンの名前。", EN: "A name to know it by."},
		"token_scope":     {JA: "service トークンに許すこと（search、write、ingest、segment:use、metrics）。", EN: "What a service token may do (search, write, ingest, segment:use, metrics)."},
		"token_origin":    {JA: "publishable トークンを使えるサイト（https://www.example.jp、https://*.example.jp）。", EN: "A site that may use a publishable token: https://www.example.jp, https://*.example.jp."},
		"token_expires":   {JA: "期限。90d や 12h のような期間、または 2027-01-01 のような日時。なければ無期限。", EN: "When it expires: a time from now as 90d or 12h, or a date as 2027-01-01; else never."},
		"token_list":      {JA: "トークンを一覧する。", EN: "List the tokens."},
		"token_format":    {JA: "出力の形式（table、json）。", EN: "table or json."},
		"token_revoke":    {JA: "トークンと、それで始まったサインインを無効にする。", EN: "End tokens, and the sessions that they began."},
		"token_id":        {JA: "トークンの ID（token list で表示される）。", EN: "Ids of tokens, as token list shows them."},
		"token_signin":    {JA: "1 回だけ使えるサインインのリンクを表示する（15 分間有効）。", EN: "Print a link to sign in with once, within 15 minutes."},
		"token_signin_id": {JA: "サインインするトークンの ID。なければ自分のトークン、--data ではオーナーのトークン。", EN: "The token to sign in as; else your own, or with --data the owner's."},
		"token_secret":    {JA: "会員 ID の署名に使う秘密鍵を表示する。サイトのサーバーだけに置く。", EN: "Print the secret that signs member ids; only the site's server may have it."},
		"token_renew":     {JA: "新しい秘密鍵に替える。古い署名は使えなくなる。", EN: "Replace it by a new one; signatures of the old end."},
	}
}

const tokensPath = "/v1/tokens"

// run prints the secret alone, for a script to take. It is shown this
// once: the store keeps a hash.
func (c *tokenCreate) run(ctx context.Context, a *app, at place) error {
	if err := c.check(); err != nil {
		return err
	}
	expires, err := a.expiry(c.Expires)
	if err != nil {
		return err
	}
	body := map[string]any{"name": c.Name, "role": c.Role, "scopes": c.Scopes, "origins": c.Origins, "expiresAt": expires}
	for _, part := range []string{"scopes", "origins"} {
		if list, ok := body[part].([]string); ok && len(list) == 0 {
			delete(body, part)
		}
	}
	return a.withDesk(at, func(d *desk) error {
		var made struct {
			Secret string `json:"secret"`
		}
		if err := d.do(ctx, http.MethodPost, tokensPath, body, &made); err != nil {
			return a.misusedToken(err)
		}
		_, err := fmt.Fprintln(a.stdout, made.Secret)
		return err
	})
}

// check finds what is wrong with the command whatever the register.
func (c *tokenCreate) check() error {
	known := service.Scopes()
	switch i := slices.IndexFunc(c.Scopes, func(scope string) bool { return !slices.Contains(known, scope) }); {
	case len(c.Scopes) > 0 && c.Role != service.RoleService:
		return misused("--scope は role が service のときだけ使えます。", "--scope is for the role service only")
	case i >= 0:
		return misused("scope「%s」はありません。%s のどれかです。", "there is no scope %q: one of %s", c.Scopes[i], strings.Join(known, ", "))
	case len(c.Scopes) == 0 && c.Role == service.RoleService:
		return misused("service のトークンには --scope が 1 つ以上必要です: %s", "a service token needs at least one --scope: %s", strings.Join(known, ", "))
	case len(c.Origins) > 0 && c.Role != service.RolePublishable:
		return misused("--origin は role が publishable のときだけ使えます。", "--origin is for the role publishable only")
	}
	return nil
}

// misusedToken shows every fault of what was asked for; each came from the
// command line.
func (a *app) misusedToken(err error) error {
	var refusal *service.Error
	if !errors.As(err, &refusal) || refusal.Code != service.CodeInvalidValue || len(refusal.Values) == 0 {
		return err
	}
	for _, v := range refusal.Values {
		fmt.Fprintln(a.stderr, "meibo: "+a.words(v.Message))
	}
	return errDiagnosed
}

var fromNow = regexp.MustCompile(`^([0-9]{1,5})(min|h|d|w|mo|y)$`)

// expiry is a time from now, in milliseconds, or a date as it is: the server
// knows its zone.
func (a *app) expiry(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	if m := fromNow.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1]) // digits, and few of them
		now := a.clock()
		at := map[string]time.Time{
			"min": now.Add(time.Duration(n) * time.Minute), "h": now.Add(time.Duration(n) * time.Hour),
			"d": now.AddDate(0, 0, n), "w": now.AddDate(0, 0, 7*n), "mo": now.AddDate(0, n, 0), "y": now.AddDate(n, 0, 0),
		}[m[2]]
		return at.UnixMilli(), nil
	}
	if _, ok := schema.ParseDate(text, time.UTC); !ok {
		return nil, misused("--expires は 90d、12h のような期間か、2027-01-01 のような日時です。", "--expires is a time from now as 90d or 12h, or a date as 2027-01-01; not %q", text)
	}
	return text, nil
}

func (c *tokenList) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer struct {
			Tokens []service.Token `json:"tokens"`
		}
		if err := d.do(ctx, http.MethodGet, tokensPath, nil, &answer); err != nil {
			return err
		}
		if c.Format == "json" {
			out := json.NewEncoder(a.stdout)
			out.SetIndent("", "  ")
			return out.Encode(answer)
		}
		return a.tableOfTokens(answer.Tokens, d.Zone())
	})
}

func (a *app) tableOfTokens(tokens []service.Token, zone *time.Location) error {
	columns := []schema.Field{{Key: "id"}, {Key: "name"}, {Key: "role"}, {Key: "scopes"}, {Key: "state"}, {Key: "token"}, {Key: "createdAt"}, {Key: "expiresAt"}, {Key: "lastUsedAt"}}
	date := func(millis *int64) schema.Value {
		if millis == nil {
			return schema.Value{}
		}
		return schema.At(*millis)
	}
	rows := make([]schema.Record, len(tokens))
	for i, t := range tokens {
		shown := t.Prefix + "…"
		if t.Key != "" {
			shown = t.Key
		}
		for key, v := range map[string]schema.Value{"id": schema.Text(t.ID), "name": schema.Text(t.Name), "role": schema.Text(t.Role),
			"scopes": schema.Text(strings.Join(slices.Concat(t.Scopes, t.Origins), ", ")), "state": schema.Text(t.State), "token": schema.Text(shown),
			"createdAt": schema.At(t.CreatedAt), "expiresAt": date(t.ExpiresAt), "lastUsedAt": date(t.LastUsedAt)} {
			rows[i].Set(key, v)
		}
	}
	return writeTable(a.stdout, columns, rows, zone, a.lang)
}

func (c *tokenRevoke) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		for _, id := range c.IDs {
			if err := d.do(ctx, http.MethodDelete, tokensPath+"/"+url.PathEscape(id), nil, nil); err != nil {
				return err
			}
			a.tell("トークン %s を無効にしました。", "the token %s lets nobody in any more", id)
		}
		return nil
	})
}
