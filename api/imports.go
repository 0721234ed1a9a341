package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const (
	uploadsPath = "/v1/uploads"
	importsPath = "/v1/imports"
	octets      = "application/octet-stream"

	// uploadPause is how long a client may take for a part of an upload.
	uploadPause = 30 * time.Second
)

// An UploadID names an upload in the path.
type UploadID struct {
	ID string `path:"upload" doc:"The upload's id."`
}

type uploadInput struct {
	Name string `query:"name" doc:"Required. What the file is called; its end says the format." example:"customers.csv"`

	body *uploadBody
	size int64
}

// Resolve takes the body as it comes, which huma would read whole.
func (in *uploadInput) Resolve(ctx huma.Context) []error {
	c := humagin.Unwrap(ctx)
	in.body, in.size = &uploadBody{c.Request.Body, http.NewResponseController(c.Writer)}, c.Request.ContentLength
	return nil
}

type uploadOutput struct{ Body service.Upload }

type uploadIDInput struct{ UploadID }

type importInput struct{ Body service.ImportBody }

type previewOutput struct{ Body service.ImportPreview }

type importErrorsInput struct {
	JobID
	File int `query:"file" minimum:"1" maximum:"100" default:"1" doc:"Which of the import's files, from 1."`
}

func (h *handler) registerImports(routes huma.API) {
	send := operation(http.MethodPost, uploadsPath, "sendUpload", "Send a file to be imported", service.RunJobs, 400, 408, 413, 415, 503, 507)
	send.Description = "The body is the file as it is, 4 GiB at most. It is kept for 24 hours, or until its import ends. The answer is what the file looks like."
	send.DefaultStatus = http.StatusCreated
	send.Metadata[unhurried] = true
	send.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{octets: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	send.SkipValidateBody = true
	register(routes, send, h.sendUpload)
	register(routes, operation(http.MethodGet, uploadsPath+"/{upload}", "getUpload", "What a file that was sent looks like", service.RunJobs, 404), h.getUpload)
	remove := operation(http.MethodDelete, uploadsPath+"/{upload}", "deleteUpload", "Delete a file that was sent", service.RunJobs, 404, 409)
	remove.DefaultStatus = http.StatusNoContent
	register(routes, remove, h.deleteUpload)

	start := withBody(operation(http.MethodPost, importsPath, "startImport", "Import files that were sent", service.RunJobs, 404, 409, 422, 503), maxBatchBody>>6, bodyTime)
	start.Description = "Answers the job that does it. A row that cannot be taken stops no other and comes back in the import's error file. Owners alone may ask for system."
	start.DefaultStatus = http.StatusAccepted
	register(routes, start, h.startImport)
	preview := withBody(operation(http.MethodPost, importsPath+"/preview", "previewImport", "How the first rows of an import would land", service.RunJobs, 404, 422, 503), maxBatchBody>>6, bodyTime)
	preview.Description = "Nothing is written, and no job is made."
	register(routes, preview, h.previewImport)

	refused := operation(http.MethodGet, importsPath+"/{job}/errors", "importErrors", "The refused rows of an import", service.RunJobs, 400, 404, 410)
	refused.Description = "Of a table a CSV file in UTF-8 with its columns and meibo:line, meibo:error and meibo:raw; of NDJSON an NDJSON file with these members. Corrected, it can be imported as it is."
	refused.Metadata[unhurried] = true
	register(routes, refused, h.importErrors)
	operationAt(routes, refused).Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: "string"}}, ndjson: {Schema: &huma.Schema{Type: "string"}}}}
}

// unhurried marks an operation that lasts as long as its file takes: each part
// of it has to come or go in time, see uploadPause and streamPause.
const unhurried = "unhurried"

// uploadBody moves the deadlines on with what arrives.
type uploadBody struct {
	from io.Reader
	slow *http.ResponseController
}

func (b *uploadBody) Read(p []byte) (int, error) {
	until := time.Now().Add(uploadPause)
	if err := b.slow.SetReadDeadline(until); err != nil {
		return 0, fmt.Errorf("receive an upload: %w", err)
	}
	if err := b.slow.SetWriteDeadline(until.Add(writeTime)); err != nil {
		return 0, fmt.Errorf("receive an upload: %w", err)
	}
	return b.from.Read(p)
}

func (h *handler) sendUpload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	answer, err := h.as(ctx).Upload(ctx, in.Name, in.size, in.body)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, newProblem(ctx, codeSlowRequest, schema.Words{JA: "ファイルが途中で届かなくなりました。もう一度送ってください。", EN: "the file stopped arriving; send it again"})
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, newProblem(ctx, service.CodeBadRequest, schema.Words{JA: "ファイルが途中で切れました。もう一度送ってください。", EN: "the file broke off; send it again"})
	case err != nil:
		return nil, h.problemOf(ctx, err)
	}
	return &uploadOutput{answer}, nil
}

func (h *handler) getUpload(ctx context.Context, in *uploadIDInput) (*uploadOutput, error) {
	answer, err := h.as(ctx).LookUpload(ctx, in.ID)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &uploadOutput{answer}, nil
}

func (h *handler) deleteUpload(ctx context.Context, in *uploadIDInput) (*struct{}, error) {
	if err := h.as(ctx).DeleteUpload(in.ID); err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return nil, nil
}

func (h *handler) startImport(ctx context.Context, in *importInput) (*jobOutput, error) {
	j, err := h.as(ctx).StartImport(ctx, in.Body)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &jobOutput{j}, nil
}

func (h *handler) previewImport(ctx context.Context, in *importInput) (*previewOutput, error) {
	answer, err := h.as(ctx).PreviewImport(ctx, in.Body)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &previewOutput{answer}, nil
}

func (h *handler) importErrors(ctx context.Context, in *importErrorsInput) (*huma.StreamResponse, error) {
	file, err := h.as(ctx).ImportErrors(in.Job, in.File)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	f, err := os.Open(file.Path)
	if err != nil {
		return nil, h.problemOf(ctx, fmt.Errorf("read refused rows: %w", err))
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer f.Close()
		kind := "text/csv; charset=utf-8"
		if file.Format == "ndjson" {
			kind = ndjson
		}
		hc.SetHeader("Content-Type", kind)
		hc.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
		hc.SetStatus(http.StatusOK)
		h.sendFile(hc, io.LimitReader(f, file.Size))
	}}, nil
}

// sendFile sends a file, each part in time; one that cannot be sent whole ends
// with the connection cut.
func (h *handler) sendFile(hc huma.Context, from io.Reader) {
	writer := humagin.Unwrap(hc).Writer
	slow := http.NewResponseController(writer)
	part := make([]byte, 256<<10)
	for {
		n, err := from.Read(part)
		if n > 0 {
			if slow.SetWriteDeadline(time.Now().Add(streamPause)) != nil {
				panic(http.ErrAbortHandler)
			}
			if _, err := writer.Write(part[:n]); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			h.problemOf(hc.Context(), fmt.Errorf("send a file: %w", err)) // for the log
			panic(http.ErrAbortHandler)
		}
	}
}
