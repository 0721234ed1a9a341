package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
)

// importFrom measures an import of an upload; handing the file over is not
// part of it.
func (b *jobsBench) importFrom(ctx context.Context, d *desk, format, name string, content io.Reader) error {
	b.tell("%s のファイルを渡しています…", "handing over the %s file…", format)
	size := &countedReader{Reader: content}
	id, err := b.handOver(ctx, d, name, size)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // the upload's garbage is no part of what follows
	asked := map[string]any{"uploads": []string{id}, "system": true, "key": "id", "conflict": "overwrite"}
	line, _, err := b.measure(ctx, d, "import "+format, b.customers, "/v1/imports", asked)
	if err != nil {
		return err
	}
	line.FileBytes = size.read
	if there := d.workspace.store.Len(); there != b.customers {
		return fmt.Errorf("the import of %s leaves %d customers, not %d", format, there, b.customers)
	}
	return d.workspace.trimLog(ctx) // as serve does
}

// handOver uploads a file and gives its id.
func (b *jobsBench) handOver(ctx context.Context, d *desk, name string, content io.Reader) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+"/v1/uploads?name="+url.QueryEscape(name), content)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	response, err := d.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return "", d.problem(response)
	}
	var upload struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(response.Body).Decode(&upload); err != nil {
		return "", fmt.Errorf("read the answer to an upload: %w", err)
	}
	return upload.ID, nil
}

type countedReader struct {
	io.Reader
	read int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += int64(n)
	return n, err
}

// exportTo measures an export of everybody with all fields and keeps the file
// for the import that follows.
func (b *jobsBench) exportTo(ctx context.Context, d *desk, format string) (err error) {
	line, job, err := b.measure(ctx, d, "export "+formatName(format), b.customers, "/v1/exports",
		map[string]any{"filter": everyoneFilter, "format": format, "headers": "keys"})
	if err != nil {
		return err
	}
	body, err := d.send(ctx, http.MethodGet, "/v1/exports/"+url.PathEscape(job.ID)+"/file", "*/*", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	file, err := os.Create(b.exported(format))
	if err != nil {
		return err
	}
	line.FileBytes, err = io.Copy(file, body)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return d.do(ctx, http.MethodDelete, "/v1/exports/"+url.PathEscape(job.ID), nil, nil)
}

func (b *jobsBench) exported(format string) string { return filepath.Join(b.dir, "exported."+format) }

func formatName(format string) string {
	return map[string]string{"xlsx": "XLSX", "csv": "CSV", "ndjson": "NDJSON"}[format]
}

// importExported measures the import of a file that an export made.
func (b *jobsBench) importExported(ctx context.Context, d *desk, format string) error {
	file, err := os.Open(b.exported(format))
	if err != nil {
		return err
	}
	defer file.Close()
	return b.importFrom(ctx, d, formatName(format), "exported."+format, file)
}
