package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"meibo/api/service"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// segmentsCommands manage and use the saved filters.
type segmentsCommands struct {
	List     segmentsList     `cmd:"" help:"segments_list"`
	Show     segmentsShow     `cmd:"" help:"segments_show"`
	Save     segmentsSave     `cmd:"" help:"segments_save"`
	Delete   segmentsDelete   `cmd:"" help:"segments_delete"`
	Count    segmentsCount    `cmd:"" help:"segments_count"`
	Members  segmentsMembers  `cmd:"" help:"segments_members"`
	Contains segmentsContains `cmd:"" help:"segments_contains"`
	Of       segmentsOf       `cmd:"" help:"segments_of"`
	Versions segmentsVersions `cmd:"" help:"segments_versions"`
	Restore  segmentsRestore  `cmd:"" help:"segments_restore"`
	Graph    segmentsGraph    `cmd:"" help:"segments_graph"`
}

func segmentsHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"segments_group":       {JA: "セグメントを管理する。", EN: "Manage the segments."},
		"segments_list":        {JA: "セグメントの一覧。", EN: "List the segments."},
		"segments_show":        {JA: "セグメントを表示する。", EN: "Show a segment."},
		"segments_save":        {JA: "セグメントを作る、または変更する。指定しなかったものはそのまま残る。", EN: "Create or change a segment; what is not given stays as it is."},
		"segments_delete":      {JA: "セグメントを版ごと削除する。", EN: "Delete a segment with its versions."},
		"segments_count":       {JA: "セグメントの人数だけを表示する。", EN: "Print the number of customers in a segment alone."},
		"segments_members":     {JA: "セグメントの顧客を表示する。", EN: "Show the customers in a segment."},
		"segments_contains":    {JA: "顧客がセグメントに入っているかを表示する。", EN: "Say whether customers are in a segment."},
		"segments_of":          {JA: "顧客が入っているすべてのセグメント。", EN: "All segments that a customer is in."},
		"segments_versions":    {JA: "セグメントの版と、それぞれの変更点。", EN: "A segment's versions and what each changed."},
		"segments_restore":     {JA: "セグメントを前の版に戻す。", EN: "Make a segment what it was in a version."},
		"segments_graph":       {JA: "セグメントどうしの参照と、使っている項目。", EN: "Which segment refers to which, and what each reads."},
		"segment_key":          {JA: "セグメントのキー。", EN: "The segment's key."},
		"segment_filter":       {JA: "フィルター。- は標準入力。", EN: "The filter; - is standard input."},
		"segment_name_ja":      {JA: "日本語の名前。", EN: "Its name in Japanese."},
		"segment_name_en":      {JA: "英語の名前。", EN: "Its name in English."},
		"segment_describe_ja":  {JA: "日本語の説明。", EN: "Its description in Japanese."},
		"segment_describe_en":  {JA: "英語の説明。", EN: "Its description in English."},
		"segment_folder":       {JA: "フォルダー。A/B は A の中の B。", EN: "A folder; A/B is in A."},
		"segment_colour":       {JA: "色（#rrggbb または red など）。", EN: "A colour: #rrggbb, or a name such as red."},
		"segment_tz":           {JA: "日付のタイムゾーン。空文字ならワークスペースのもの。", EN: "Zone of its days; empty is the workspace's."},
		"segment_canonical":    {JA: "フィルターを整形して保存する。", EN: "Keep the filter in canonical form."},
		"segment_output":       {JA: "形式（table、json）。", EN: "table or json."},
		"segment_customer_ids": {JA: "顧客の ID。", EN: "Ids of customers."},
		"segment_customer_id":  {JA: "顧客の ID。", EN: "The customer's id."},
		"segment_version":      {JA: "版の番号。", EN: "The version's number."},
		"segment_in":           {JA: "このフォルダーとその中だけ。", EN: "Only this folder and those in it."},
	}
}

// segmentPath is the path of a segment, or of something of it.
func segmentPath(key string, more ...string) string {
	path := "/v1/segments/" + url.PathEscape(key)
	for _, part := range more {
		path += "/" + url.PathEscape(part)
	}
	return path
}

type segmentsSave struct {
	Key    string `arg:"" help:"segment_key"`
	Filter string `arg:"" help:"segment_filter"`

	NameJA        *string `name:"name-ja" placeholder:"TEXT" help:"segment_name_ja"`
	NameEN        *string `name:"name-en" placeholder:"TEXT" help:"segment_name_en"`
	DescriptionJA *string `name:"description-ja" placeholder:"TEXT" help:"segment_describe_ja"`
	DescriptionEN *string `name:"description-en" placeholder:"TEXT" help:"segment_describe_en"`
	Folder        *string `placeholder:"NAME" help:"segment_folder"`
	Colour        *string `placeholder:"COLOUR" help:"segment_colour"`
	TZ            *string `name:"tz" placeholder:"ZONE" help:"segment_tz"`
	Canonical     bool    `help:"segment_canonical"`
}

// A segmentToSave is how a segment travels to the server.
type segmentToSave struct {
	Key         string       `json:"key,omitempty"`
	Name        schema.Words `json:"name"`
	Description schema.Words `json:"description"`
	Filter      string       `json:"filter"`
	TimeZone    string       `json:"timeZone,omitempty"`
	Folder      string       `json:"folder,omitempty"`
	Colour      string       `json:"colour,omitempty"`
	Format      bool         `json:"format,omitempty"`
}

// run changes what is there, if anything: a save by somebody else in between is
// not overwritten.
func (c *segmentsSave) run(ctx context.Context, a *app, at place) error {
	if c.Filter == "-" {
		text, err := io.ReadAll(a.stdin)
		if err != nil {
			return fmt.Errorf("read the filter: %w", err)
		}
		if c.Filter = strings.TrimRight(string(text), "\n"); strings.TrimSpace(c.Filter) == "" { // more likely a file that was not there
			return misused("標準入力に条件がありません。全員のセグメントなら、引数に '' と書いてください。", "standard input has no filter; for a segment of everyone write '' as the argument")
		}
	}
	return a.withDesk(at, func(d *desk) error {
		var old, saved service.SegmentAnswer
		header, err := d.exchange(ctx, http.MethodGet, segmentPath(c.Key), nil, nil, &old)
		switch {
		case service.CodeOf(err) == service.CodeNotFound:
			body := c.changed(service.SegmentAnswer{})
			body.Key = c.Key
			err = d.do(ctx, http.MethodPost, "/v1/segments", body, &saved)
		case err != nil:
			return err
		default:
			_, err = d.exchange(ctx, http.MethodPut, segmentPath(c.Key), http.Header{"If-Match": {header.Get("ETag")}}, c.changed(old), &saved)
		}
		if err != nil {
			a.tellFaults(err)
			return err
		}
		a.diagnose(saved.Warnings)
		a.tellSaved(saved)
		return nil
	})
}

// changed is a segment with what was given in the place of what it had.
func (c *segmentsSave) changed(old service.SegmentAnswer) segmentToSave {
	body := segmentToSave{Name: old.Name, Filter: c.Filter, TimeZone: old.TimeZone, Folder: old.Folder, Colour: old.Colour, Format: c.Canonical}
	if old.Description != nil {
		body.Description = *old.Description
	}
	for given, into := range map[**string]*string{&c.NameJA: &body.Name.JA, &c.NameEN: &body.Name.EN, &c.DescriptionJA: &body.Description.JA,
		&c.DescriptionEN: &body.Description.EN, &c.Folder: &body.Folder, &c.Colour: &body.Colour, &c.TZ: &body.TimeZone} {
		if *given != nil {
			*into = **given
		}
	}
	return body
}

// tellFaults tells the faults of a body that stand beside those of its filter,
// or beside the one that is told of it.
func (a *app) tellFaults(err error) {
	var refusal *service.Error
	if !errors.As(err, &refusal) || len(refusal.Values) < 2 && len(refusal.Diagnostics) == 0 {
		return
	}
	for _, v := range refusal.Values {
		fmt.Fprintln(a.stderr, "meibo: "+v.Field+": "+a.words(v.Message))
	}
}

func (a *app) tellSaved(s service.SegmentAnswer) {
	switch s.Status {
	case service.Created:
		a.tell("セグメント「%s」を作りました。", "created the segment %s", s.Key)
	case service.Unchanged:
		a.tell("変更はありません（版 %d）。", "nothing changed (version %d)", s.Version)
	default:
		a.tell("セグメント「%[1]s」を版 %[2]d として保存しました。", "saved the segment %[1]s as version %[2]d", s.Key, s.Version)
	}
}

type segmentsDelete struct {
	Key string `arg:"" help:"segment_key"`
}

func (c *segmentsDelete) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		if err := d.do(ctx, http.MethodDelete, segmentPath(c.Key), nil, nil); err != nil {
			return err
		}
		a.tell("セグメント「%s」を削除しました。", "deleted the segment %s", c.Key)
		return nil
	})
}

type segmentsRestore struct {
	Key     string `arg:"" help:"segment_key"`
	Version int    `arg:"" help:"segment_version"`
}

func (c *segmentsRestore) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var saved service.SegmentAnswer
		if err := d.do(ctx, http.MethodPost, segmentPath(c.Key, "restore"), map[string]int{"version": c.Version}, &saved); err != nil {
			return err
		}
		a.diagnose(saved.Warnings)
		a.tellSaved(saved)
		return nil
	})
}

type segmentsCount struct {
	Key string `arg:"" help:"segment_key"`
}

func (c *segmentsCount) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		if err := a.awaitDesk(ctx, d); err != nil {
			return err
		}
		var answer service.SegmentCount
		if err := d.do(ctx, http.MethodGet, segmentPath(c.Key, "count"), nil, &answer); err != nil {
			return err
		}
		_, err := fmt.Fprintln(a.stdout, answer.Total)
		return err
	})
}

// awaitDesk waits for the index of a data folder; a server's is its own affair.
func (a *app) awaitDesk(ctx context.Context, d *desk) error {
	if d.workspace == nil {
		return nil
	}
	return a.awaitIndex(ctx, d.workspace)
}

type segmentsMembers struct {
	Key    string   `arg:"" help:"segment_key"`
	Sort   string   `placeholder:"KEYS" help:"sort"`
	Limit  *int     `placeholder:"N" help:"limit"`
	Fields []string `placeholder:"KEYS" help:"fields"`
	IDs    bool     `name:"ids" help:"ids"`
	Format string   `enum:"table,json,ndjson,csv" default:"table" help:"format"`
}

// run asks as `query 'segment("KEY")'` does. Ids alone come by the segment's
// own route, which a token that may only use segments can take.
func (c *segmentsMembers) run(ctx context.Context, a *app, at place) error {
	if !c.IDs {
		return a.query(ctx, at, queryCommand{asking: asking{Filter: "segment(" + expr.Quote(c.Key) + ")"},
			Sort: c.Sort, Limit: c.Limit, Fields: c.Fields, Format: c.Format})
	}
	if c.Limit != nil && *c.Limit < 0 {
		return misused("--limit は 0 以上です。", "--limit must not be negative")
	}
	return a.withDesk(at, func(d *desk) error {
		if err := a.awaitDesk(ctx, d); err != nil {
			return err
		}
		return a.memberIDs(ctx, d, c)
	})
}

// memberIDs prints ids, page by page of the state that the first one saw.
func (a *app) memberIDs(ctx context.Context, d *desk, c *segmentsMembers) error {
	query := url.Values{"fields": {schema.IDField}, "sort": {c.Sort}}
	if c.Sort == "" {
		query.Set("sort", schema.IDField)
	}
	for rows := 0; c.Limit == nil || rows < *c.Limit; {
		limit := service.MaxLimit
		if c.Limit != nil {
			limit = min(limit, *c.Limit-rows)
		}
		query.Set("limit", strconv.Itoa(limit))
		var page struct {
			Customers  []struct{ ID string }
			NextCursor string
			Snapshot   string
		}
		if err := d.do(ctx, http.MethodGet, segmentPath(c.Key, "customers")+"?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		for _, customer := range page.Customers {
			if _, err := fmt.Fprintln(a.stdout, customer.ID); err != nil {
				return err
			}
		}
		if rows += len(page.Customers); page.NextCursor == "" {
			return nil
		}
		query.Set("cursor", page.NextCursor)
		query.Set("snapshot", page.Snapshot)
	}
	return nil
}
