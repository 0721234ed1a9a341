package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const exportsPath = "/v1/exports"

// maxExportBody holds service.MaxExportIDs ids of usual length.
const maxExportBody = 8 << 20

type exportBody struct {
	Filter   string   `json:"filter,omitempty" doc:"Every customer that matches. It is compiled, and its now bound, when the export is asked for." example:"member = true"`
	Q        string   `json:"q,omitempty" doc:"Quick search, as of a search."`
	TimeZone string   `json:"timeZone,omitempty" doc:"IANA name in which the filter's days are meant; the workspace's when left out."`
	IDs      []string `json:"ids,omitempty" nullable:"false" doc:"Exactly these customers, at most 100,000; not together with filter or q. One that was merged means its target."`
	Sort     string   `json:"sort,omitempty" doc:"As of a search." example:"-lastSeenAt,name"`
	Fields   []string `json:"fields,omitempty" nullable:"false" doc:"Keys, or groups such as profile; all that are not hidden when left out. They come in the workspace's order, and the id always."`
	Format   string   `json:"format" enum:"xlsx,csv,ndjson"`
	Language string   `json:"language,omitempty" enum:"ja,en" doc:"Of headers and file name; the workspace's when left out."`
	Headers  string   `json:"headers,omitempty" enum:"labels,keys" doc:"What stands above the columns: labels, which people read, or keys, which another workspace understands. Left out: labels. A label that another field has or would be taken for stands there as \"label (key)\"."`
}

type exportInput struct{ Body exportBody }

type exportFileInput struct {
	JobID
	Range   string `header:"Range" doc:"Part of the file, to go on with a download: bytes=1000-."`
	IfRange string `header:"If-Range" doc:"The ETag that the part belongs to: the whole file comes when it is another one."`
}

func (h *handler) registerExports(routes huma.API) {
	create := withBody(operation(http.MethodPost, exportsPath, "createExport", "Export customers into a file", service.Export, 422, 503), maxExportBody, bodyTime)
	create.DefaultStatus = http.StatusAccepted
	create.Description = "Without filter, q and ids it is everyone, at most 30,000 customers: the result says truncated and the total. With a filter or q it is every match, with ids exactly those. Who is in it is fixed when the job begins. The job's result is {rows, total, truncated, missing, bytes, file, cutCells, expiresAt}: missing ids, and cells too long for a sheet, are counted. XLSX continues on a next sheet beyond 1,048,575 rows. Cells that a spreadsheet would run are texts; CSV has ' before them, which an import takes away again."
	register(routes, create, h.createExport)

	file := operation(http.MethodGet, exportsPath+"/{job}/file", "downloadExport", "Download the file of an export", service.Export, 404, 409, 410, 416, 503)
	file.Description = "Can be resumed with Range and If-Range. Each download is in the audit log. After expiresAt, or once it is deleted, the file is gone."
	register(routes, file, h.downloadExport)
	content := map[string]*huma.MediaType{}
	for _, format := range []string{"xlsx", "csv", "ndjson"} {
		content[exportMediaType(format)] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	operationAt(routes, file).Responses["200"] = &huma.Response{Description: "The file", Content: content}
	operationAt(routes, file).Responses["206"] = &huma.Response{Description: "The part", Content: content}

	remove := operation(http.MethodDelete, exportsPath+"/{job}", "deleteExport", "Delete the file of an export", service.Export, 404, 409, 410, 503)
	remove.DefaultStatus = http.StatusNoContent
	remove.Description = "The job stays, to tell of it."
	register(routes, remove, h.deleteExport)
}

func exportMediaType(format string) string {
	switch format {
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "csv":
		return "text/csv"
	}
	return ndjson
}

func (h *handler) createExport(ctx context.Context, in *exportInput) (*jobOutput, error) {
	b := in.Body
	j, err := h.as(ctx).StartExport(ctx, service.ExportRequest{Question: service.Question{Filter: b.Filter, Q: b.Q, TimeZone: b.TimeZone}, IDs: b.IDs,
		Sort: b.Sort, Fields: b.Fields, Format: service.ExportFormat(b.Format), Language: b.Language, Headers: b.Headers})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &jobOutput{j}, nil
}

func (h *handler) deleteExport(ctx context.Context, in *jobInput) (*struct{}, error) {
	if err := h.as(ctx).DeleteExport(ctx, in.Job); err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return nil, nil
}

func (h *handler) downloadExport(ctx context.Context, in *exportFileInput) (*bodyOutput, error) {
	file, err := h.as(ctx).OpenExport(ctx, in.Job, in.Range)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &bodyOutput{func(ctx huma.Context) { sendExport(ctx, file) }}, nil
}

// sendExport sends a file or the part of it that is asked for. (What the
// standard library knows beside ranges, conditions by date and the like, is not
// documented and not heeded.)
func sendExport(ctx huma.Context, file *service.ExportFile) {
	defer file.Close() // it was only read
	c := humagin.Unwrap(ctx)
	request := c.Request.Clone(ctx.Context())
	for _, condition := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		request.Header.Del(condition)
	}
	header := c.Writer.Header()
	header.Set("Content-Type", exportMediaType(file.Format))
	header.Set("Content-Disposition", disposition(file.Name))
	header.Set("ETag", `"`+file.Tag+`"`)
	header.Set("Cache-Control", "private, no-cache")
	http.ServeContent(newFileSender(ctx, c.Writer), request, "", time.Time{}, file)
}

// disposition names a file for whoever keeps it: in full where RFC 5987 is
// understood, else without what is not ASCII.
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, name)
	if strings.HasPrefix(plain, "_") {
		plain = "customers" + plain
	}
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, url.PathEscape(name))
}

// A fileSender gives a client streamPause for each part of a file, however long
// the whole takes, and makes a problem of a range that is not in the file.
type fileSender struct {
	http.ResponseWriter
	ctx    huma.Context
	slow   *http.ResponseController
	failed bool // what else is written is not of the problem
}

func newFileSender(ctx huma.Context, out gin.ResponseWriter) *fileSender {
	return &fileSender{ResponseWriter: out, ctx: ctx, slow: http.NewResponseController(out)}
}

func (s *fileSender) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		s.ResponseWriter.WriteHeader(status)
		return
	}
	s.failed = true
	for _, name := range []string{"Content-Disposition", "ETag", "Cache-Control"} {
		s.Header().Del(name)
	}
	newProblem(s.ctx.Context(), codeBadRange, schema.Words{
		JA: "その範囲はファイルにありません。Range なしで送ってください。", EN: "the file has no such range; send the request without Range"}).write(s.ResponseWriter)
}

func (s *fileSender) Write(p []byte) (int, error) {
	if s.failed {
		return len(p), nil
	}
	if err := s.slow.SetWriteDeadline(time.Now().Add(streamPause)); err != nil {
		return 0, err
	}
	return s.ResponseWriter.Write(p)
}
