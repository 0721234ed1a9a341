package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/dsl/schema"
)

type exportCommand struct {
	Filter   string   `arg:"" optional:"" help:"filter"`
	Output   string   `short:"o" required:"" placeholder:"FILE" help:"export_output"`
	Format   string   `enum:"xlsx,csv,ndjson," default:"" placeholder:"FORMAT" help:"export_format"`
	Q        string   `name:"q" placeholder:"TEXT" help:"q"`
	TZ       string   `name:"tz" placeholder:"ZONE" help:"tz"`
	IDsFrom  string   `name:"ids-from" placeholder:"FILE" help:"export_ids"`
	Sort     string   `placeholder:"KEYS" help:"sort"`
	Fields   []string `placeholder:"KEYS" help:"fields"`
	Language string   `enum:"ja,en," default:"" placeholder:"ja|en" help:"export_language"`
	Headers  string   `enum:"labels,keys," default:"" placeholder:"labels|keys" help:"export_headers"`
}

func exportHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"export":          {JA: "顧客をファイルに書き出す。", EN: "Export customers into a file."},
		"export_output":   {JA: "書き出すファイル。形式は拡張子（.xlsx、.csv、.ndjson）で決まる。- は標準出力。", EN: "The file; its ending (.xlsx, .csv, .ndjson) is the format. - is standard output."},
		"export_format":   {JA: "形式。拡張子と違うときや -o - のときに指定する。", EN: "The format, where the file's name does not say it."},
		"export_ids":      {JA: "書き出す顧客の ID を 1 行に 1 つ書いたファイル。- は標準入力。", EN: "A file with the ids of the customers, one a line; - is standard input."},
		"export_language": {JA: "見出しの言語。省くとワークスペースの言語。", EN: "Language of the headers; the workspace's when left out."},
		"export_headers":  {JA: "見出し。labels は項目名、keys は項目のキー。", EN: "Headers: labels for people, keys for another workspace."},
	}
}

// An exportBody is how an export is asked for.
type exportBody struct {
	Filter   string   `json:"filter,omitempty"`
	Q        string   `json:"q,omitempty"`
	TimeZone string   `json:"timeZone,omitempty"`
	IDs      []string `json:"ids,omitempty"`
	Sort     string   `json:"sort,omitempty"`
	Fields   []string `json:"fields,omitempty"`
	Format   string   `json:"format"`
	Language string   `json:"language,omitempty"`
	Headers  string   `json:"headers,omitempty"`
}

func (c exportCommand) run(ctx context.Context, a *app, at place) error {
	format, err := c.format()
	if err != nil {
		return err
	}
	body := exportBody{Filter: c.Filter, Q: c.Q, TimeZone: c.TZ, Sort: c.Sort, Fields: c.Fields, Format: format, Language: c.Language, Headers: c.Headers}
	if body.IDs, err = a.idsFrom(c.IDsFrom); err != nil {
		return err
	}
	return a.withDesk(at, func(d *desk) error {
		out, err := newReplacement(c.Output)
		if err != nil {
			return err
		}
		defer out.abandon()
		return a.export(ctx, d, body, c.Output, out)
	})
}

// format is what the file is to be.
func (c exportCommand) format() (string, error) {
	format := c.Format
	if format == "" {
		format = strings.ToLower(strings.TrimPrefix(filepath.Ext(c.Output), "."))
	}
	switch {
	case c.Output == "-" && format != "csv" && format != "ndjson":
		return "", misused("標準出力には --format csv か --format ndjson を指定してください。", "for standard output give --format csv or --format ndjson")
	case !slices.Contains([]string{"xlsx", "csv", "ndjson"}, format):
		return "", misused("「%s」の形式が分かりません。.xlsx、.csv、.ndjson のどれかにするか、--format で指定してください。",
			"%q does not say its format: name it .xlsx, .csv or .ndjson, or give --format", c.Output)
	}
	return format, nil
}

// idsFrom reads the ids of a file; nil where none is named.
func (a *app) idsFrom(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	in := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, failed("ID のファイルを開けません: %v", "cannot open the file of ids: %v", err)
		}
		defer f.Close() // it was only read
		in = f
	}
	var ids []string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if id := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")); id != "" {
			ids = append(ids, id)
		}
	}
	switch {
	case lines.Err() != nil:
		return nil, failed("ID のファイルを読めません: %v", "cannot read the file of ids: %v", lines.Err())
	case len(ids) == 0:
		return nil, failed("ID のファイルが空です。", "the file of ids is empty")
	}
	return ids, nil
}

// export has the file made, fetches it, and leaves no copy of it behind.
func (a *app) export(ctx context.Context, d *desk, body exportBody, name string, out *replacement) error {
	if d.workspace != nil {
		if err := a.awaitIndex(ctx, d.workspace); err != nil {
			return err
		}
	}
	var j service.Job
	if err := d.do(ctx, http.MethodPost, "/v1/exports", body, &j); err != nil {
		return err
	}
	j, err := a.awaitJob(ctx, d, j.ID, say("書き出しています", "exporting"))
	switch {
	case err != nil:
		return err
	case j.State != job.Done:
		return failed("中断しました。ファイルは書き出していません。", "interrupted; no file was written")
	}
	var result service.ExportResult
	if err := json.Unmarshal(j.Result, &result); err != nil {
		return fmt.Errorf("read the result of the export: %w", err)
	}
	to := a.stdout
	if out.file != nil {
		to = out.file
	}
	if err := a.fetchExport(ctx, d, j.ID, to); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return failed("ファイルを書けません: %v", "cannot write the file: %v", err)
	}
	a.tellExport(result, name)
	return d.do(context.WithoutCancel(ctx), http.MethodDelete, "/v1/exports/"+j.ID, nil, nil)
}

func (a *app) fetchExport(ctx context.Context, d *desk, id string, to io.Writer) error {
	response, err := d.request(streaming(ctx), http.MethodGet, "/v1/exports/"+id+"/file", "*/*", nil, nil)
	if err != nil {
		return err
	}
	shown := a.newProgress(say("受け取っています", "downloading"))
	defer shown.end()
	copied, err := io.Copy(to, &watchedReader{response.Body, func(n int64) { shown.set(n, response.ContentLength, 0) }, 0})
	closeErr := response.Body.Close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return failed("ファイルを最後まで受け取れませんでした: %v", "the file broke off: %v", err)
	case response.ContentLength >= 0 && copied != response.ContentLength:
		return failed("ファイルを最後まで受け取れませんでした。", "the file broke off after %d bytes", copied)
	}
	return closeErr
}

// A watchedReader tells how much was read of it.
type watchedReader struct {
	io.Reader
	tell func(n int64)
	n    int64
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += int64(n)
	r.tell(r.n)
	return n, err
}

// tellExport sums an export up.
func (a *app) tellExport(r service.ExportResult, name string) {
	if name == "-" {
		name = a.words(say("標準出力", "standard output"))
	}
	a.tell("%s 人を %s に書き出しました。", "%s customers exported to %s", grouped(r.Rows), name)
	if r.Truncated {
		a.tell("全員（%s 人）のうち %s 人までです。全員を書き出すには、フィルターを付けてください（例: 'id IS SET'）。",
			"of everyone (%s) the first %s only; to export all of them give a filter, such as 'id IS SET'", grouped(r.Total), grouped(r.Rows))
	}
	if r.Missing > 0 {
		a.tell("%s 個の ID の顧客はいません。", "there is no customer for %s of the ids", grouped(r.Missing))
	}
	if r.CutCells > 0 {
		a.tell("%s 個のセルは長すぎるため、途中までです。", "%s cells were too long for a sheet and are cut", grouped(r.CutCells))
	}
}

// A replacement takes the place of a file only when it is whole.
type replacement struct {
	path string
	file *os.File // beside it; nil: there is none, the output is no file
}

func newReplacement(path string) (*replacement, error) {
	if path == "-" {
		return &replacement{}, nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, failed("「%s」はファイルではありません。", "%q is not a file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, failed("「%s」に書けません: %v", "cannot write to %q: %v", path, err)
	}
	return &replacement{path: path, file: f}, nil
}

// keep puts the file in its place.
func (r *replacement) keep() error {
	if r.file == nil {
		return nil
	}
	err := errors.Join(r.file.Sync(), r.file.Close())
	if err == nil {
		err = os.Rename(r.file.Name(), r.path)
	}
	if err == nil {
		r.file = nil
	}
	return err
}

// abandon removes what was not kept.
func (r *replacement) abandon() {
	if r.file != nil {
		_ = r.file.Close()           // nothing of it is wanted
		_ = os.Remove(r.file.Name()) // the next export does not need the name
	}
}
