package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"meibo/api/table"
	"meibo/store"
)

// MaxExportWithoutFilter bounds an export of everyone: whoever wants more says
// so with a filter, or names them.
const MaxExportWithoutFilter = 30_000

// MaxExportIDs bounds the ids of one export.
const MaxExportIDs = 100_000

// How an export's columns are headed.
const (
	HeadersLabels = "labels"
	HeadersKeys   = "keys"
)

// An ExportFormat is xlsx, csv or ndjson.
type ExportFormat = table.Format

// An ExportRequest asks for a file of customers: of everyone, at most
// MaxExportWithoutFilter; with a filter or quick search of all that match; with
// ids of exactly those.
type ExportRequest struct {
	Question
	IDs      []string // nil: not by ids
	Sort     string   // as of a search
	Fields   []string // keys or groups; nil: all that are not hidden
	Format   table.Format
	Language string // of headers and file name, "ja" or "en"; "": the workspace's
	Headers  string // HeadersLabels, which "" is too, or HeadersKeys
}

// A keptExport is what an export's job keeps of its request. The ids are kept
// as the job's selection only.
type keptExport struct {
	Filter   string       `json:"filter,omitempty"`
	Q        string       `json:"q,omitempty"`
	TimeZone string       `json:"timeZone,omitempty"`
	Now      string       `json:"now,omitempty"`
	IDs      int          `json:"ids,omitempty"`     // how many were named
	Missing  int          `json:"missing,omitempty"` // of them not there
	Sort     string       `json:"sort,omitempty"`
	Fields   []string     `json:"fields,omitempty"`
	Format   table.Format `json:"format"`
	Language string       `json:"language"`
	Headers  string       `json:"headers"`
	Segments []byte       `json:"segments,omitempty"` // which versions the filter refers to, see asked
}

// everyone reports whether nothing narrows the export.
func (k keptExport) everyone() bool {
	return k.IDs == 0 && strings.TrimSpace(k.Filter) == "" && strings.TrimSpace(k.Q) == ""
}

func (k keptExport) search() SearchRequest {
	return SearchRequest{Question: Question{Filter: k.Filter, Q: k.Q, TimeZone: k.TimeZone, Now: k.Now}, Sort: k.Sort, Fields: k.Fields}
}

// StartExport queues an export. Whatever is wrong with it is told here: the
// filter is compiled, and what now means is bound.
func (s *Service) StartExport(ctx context.Context, r ExportRequest) (Job, error) {
	kept, err := s.keepExport(r)
	if err != nil {
		return Job{}, err
	}
	selection := &store.Selection{}
	if kept.IDs > 0 {
		missing, err := s.store.Select(selection, r.IDs)
		if err != nil {
			return Job{}, refuseStore(fmt.Errorf("find the customers of an export: %w", err))
		}
		kept.Missing = len(missing)
	}
	var number uint64
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		if number, err = s.addJob(tx, JobExport, kept); err != nil || kept.IDs == 0 {
			return err
		}
		return tx.PutSelection(number, selection)
	})
	if err != nil {
		return Job{}, refuseStore(err)
	}
	s.jobs.Wake()
	return s.Job(jobID(number))
}

func (s *Service) keepExport(r ExportRequest) (keptExport, error) {
	if s.folder == "" {
		return keptExport{}, refuse(CodeBadRequest, "ファイルを置くフォルダーがないため、書き出せません。", "there is no folder for files, so nothing can be exported")
	}
	if err := checkExport(&r, s.store.Settings().Language); err != nil {
		return keptExport{}, err
	}
	search := SearchRequest{Question: r.Question, Sort: r.Sort, Fields: r.Fields}
	p, err := s.plan(&search)
	if err != nil {
		return keptExport{}, err
	}
	return keptExport{Filter: r.Filter, Q: r.Q, TimeZone: p.zone.String(), Now: p.now.Format(time.RFC3339Nano), IDs: len(r.IDs), Sort: r.Sort, Fields: r.Fields,
		Format: r.Format, Language: r.Language, Headers: r.Headers, Segments: p.segments}, nil
}

// checkExport fills in what is left out and refuses what does not go together.
func checkExport(r *ExportRequest, language string) error {
	if r.Language == "" {
		r.Language = language
	}
	if r.Headers == "" {
		r.Headers = HeadersLabels
	}
	switch {
	case !slices.Contains([]table.Format{table.XLSX, table.CSV, table.NDJSON}, r.Format):
		return refuseParameter("format", "unknown_format", "format は xlsx、csv、ndjson のどれかです。", "format is xlsx, csv or ndjson")
	case r.Language != "ja" && r.Language != "en":
		return refuseParameter("language", "unknown_language", "language は ja か en です。", "language is ja or en")
	case r.Headers != HeadersLabels && r.Headers != HeadersKeys:
		return refuseParameter("headers", "unknown_headers", "headers は labels か keys です。", "headers is labels or keys")
	case r.IDs != nil && (strings.TrimSpace(r.Filter) != "" || strings.TrimSpace(r.Q) != ""):
		return refuseParameter("ids", "conflict", "ids は filter や q と一緒に使えません。", "send ids, or a filter and q, not both")
	case r.IDs != nil && len(r.IDs) == 0:
		return refuseParameter("ids", "empty", "ids が空です。全員なら ids を付けずに送ってください。", "ids is empty; leave it out to export everyone")
	case len(r.IDs) > MaxExportIDs:
		return refuseParameter("ids", "too_many", fmt.Sprintf("ids は %d 個までです。フィルターで指定してください。", MaxExportIDs),
			fmt.Sprintf("at most %d ids; use a filter", MaxExportIDs))
	}
	return nil
}
