package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// bulkCommand does something to many customers.
type bulkCommand struct {
	Filter  *string `arg:"" optional:"" help:"bulk_filter"`
	Q       string  `name:"q" placeholder:"TEXT" help:"q"`
	TZ      string  `name:"tz" placeholder:"ZONE" help:"tz"`
	IDsFrom string  `name:"ids-from" placeholder:"FILE" help:"bulk_ids"`

	AddTag    []string `name:"add-tag" sep:"none" placeholder:"TAG" help:"bulk_add"`
	RemoveTag []string `name:"remove-tag" sep:"none" placeholder:"TAG" help:"bulk_remove"`
	Set       []string `sep:"none" placeholder:"FIELD=VALUE" help:"bulk_set"`
	Clear     []string `placeholder:"FIELD" help:"bulk_clear"`
	Delete    bool     `help:"bulk_delete"`

	DryRun bool `help:"bulk_dry"`
	Yes    bool `short:"y" help:"bulk_yes"`
}

func bulkHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"bulk":        {JA: "条件に合う顧客をまとめて変更する。先に人数を示し、確かめてから行う。", EN: "Change all customers that match; shows how many first, and asks."},
		"bulk_filter": {JA: "フィルター。全員なら '' と書く。", EN: "A filter; for everyone write ''."},
		"bulk_ids":    {JA: "1 行に 1 つずつ ID を書いたファイル。- は標準入力。", EN: "A file with an id on each line; - is standard input."},
		"bulk_add":    {JA: "タグを付ける。", EN: "Add a tag."},
		"bulk_remove": {JA: "タグを外す。", EN: "Take a tag away."},
		"bulk_set":    {JA: "項目に値を入れる（プロフィール項目と配信停止）。", EN: "Give a field a value: profile fields and opt-outs."},
		"bulk_clear":  {JA: "項目の値を消す。", EN: "Clear a field."},
		"bulk_delete": {JA: "顧客を削除する。履歴が残っている間は取り消せる。", EN: "Delete the customers; it can be undone while the history lasts."},
		"bulk_dry":    {JA: "何人が変わるかだけを数える。", EN: "Only count what would change."},
		"bulk_yes":    {JA: "確かめずに行う。", EN: "Do it without asking."},
		"jobs_undo":   {JA: "一括操作が行ったことを元に戻す。", EN: "Take back what a bulk job did."},
	}
}

// A bulkToSend is how the request travels.
type bulkToSend struct {
	Selection service.Selection    `json:"selection"`
	Actions   []service.BulkAction `json:"actions"`
	DryRun    bool                 `json:"dryRun,omitempty"`
}

func (c *bulkCommand) run(ctx context.Context, a *app, at place) error {
	selection, err := c.selection(a)
	if err != nil {
		return err
	}
	if !c.DryRun && !c.Yes && a.terminal() == nil {
		return misused("端末ではないため確かめられません。--yes を付けるか、--dry-run で人数だけを見てください。", "there is no terminal to ask on: give --yes, or --dry-run to see the numbers alone")
	}
	return a.withDesk(at, func(d *desk) error {
		if err := a.awaitDesk(ctx, d); err != nil {
			return err
		}
		actions, err := c.actions(ctx, d)
		if err != nil {
			return err
		}
		body := bulkToSend{Selection: selection, Actions: actions, DryRun: true}
		if c.DryRun || !c.Yes {
			foreseen, err := a.sendBulk(ctx, d, body, say("数えています", "counting"))
			if err != nil {
				return err
			}
			if err := a.tellForeseen(foreseen, c.Delete); err != nil || c.DryRun || foreseen.Changed == 0 {
				return err
			}
			if !a.confirm(say("続けますか。", "Go on?")) {
				return failed("何も変更していません。", "nothing was changed")
			}
		}
		body.DryRun = false
		_, err = a.sendBulk(ctx, d, body, say("変更しています", "changing"))
		return err
	})
}

// selection is for whom it is. Without a word nobody is meant.
func (c *bulkCommand) selection(a *app) (service.Selection, error) {
	switch {
	case c.IDsFrom != "" && (c.Filter != nil || c.Q != ""):
		return service.Selection{}, misused("--ids-from は条件と一緒に使えません。", "--ids-from does not go with a filter or --q")
	case c.IDsFrom == "" && c.Filter == nil && c.Q == "":
		return service.Selection{}, misused("対象がありません。フィルターを書いてください。全員なら '' と書きます。", "nobody is selected: write a filter; for everyone write ''")
	case c.IDsFrom == "":
		return service.Selection{Filter: c.Filter, Q: c.Q, TimeZone: c.TZ}, nil
	}
	from := a.stdin
	if c.IDsFrom != "-" {
		file, err := os.Open(c.IDsFrom)
		if err != nil {
			return service.Selection{}, failed("ファイル「%s」を開けません。", "the file %q cannot be opened", c.IDsFrom)
		}
		defer file.Close()
		from = file
	}
	ids, err := linesOf(from)
	if err == nil && len(ids) == 0 {
		err = misused("「%s」に ID がありません。", "there are no ids in %q", c.IDsFrom)
	}
	return service.Selection{IDs: ids, TimeZone: c.TZ}, err
}

// linesOf are the lines that are not blank.
func linesOf(from io.Reader) (lines []string, err error) {
	scanner := bufio.NewScanner(from)
	for scanner.Scan() {
		if line := strings.TrimSpace(strings.TrimPrefix(scanner.Text(), "\ufeff")); line != "" {
			lines = append(lines, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read the ids: %w", err)
	}
	return lines, nil
}

// actions are what is done, in the order: values, cleared fields, tags taken
// away, tags added.
func (c *bulkCommand) actions(ctx context.Context, d *desk) (list []service.BulkAction, err error) {
	if len(c.Set) > 0 {
		set, err := c.values(ctx, d)
		if err != nil {
			return nil, err
		}
		list = append(list, service.BulkAction{Set: set})
	}
	if len(c.Clear) > 0 {
		list = append(list, service.BulkAction{Clear: c.Clear})
	}
	if len(c.RemoveTag) > 0 {
		list = append(list, service.BulkAction{RemoveTags: c.RemoveTag})
	}
	if len(c.AddTag) > 0 {
		list = append(list, service.BulkAction{AddTags: c.AddTag})
	}
	if c.Delete {
		list = append(list, service.BulkAction{Delete: true})
	}
	if len(list) == 0 {
		return nil, misused("何をするかを指定してください（--add-tag、--remove-tag、--set、--clear、--delete）。", "say what to do: --add-tag, --remove-tag, --set, --clear or --delete")
	}
	return list, nil
}

// values reads FIELD=VALUE as cells of a file are read, for the field's kind.
func (c *bulkCommand) values(ctx context.Context, d *desk) (json.RawMessage, error) {
	fields, err := d.FieldSet(ctx)
	if err != nil {
		return nil, err
	}
	zone := d.zoneOf(ctx)
	set := map[string]json.RawMessage{}
	for _, text := range c.Set {
		key, cell, ok := strings.Cut(text, "=")
		if !ok {
			return nil, misused("--set は 項目=値 のように書いてください（「%s」に = がありません）。", "--set has the form FIELD=VALUE; %q has no =", text)
		}
		f, known := fields.Lookup(strings.TrimSpace(key))
		if !known { // the server tells, with the nearest one
			f = schema.Field{Key: strings.TrimSpace(key), Kind: schema.String}
		}
		v, fault := schema.ParseText(f, cell, zone)
		if fault != nil {
			return nil, &failure{code: exitUsage, words: fault.Message}
		}
		set[f.Key] = v.AppendJSON(nil)
	}
	return json.Marshal(set)
}
