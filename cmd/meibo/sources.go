package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"meibo/api/service"
)

// An importedFile is one of the files that an import is called with.
type importedFile struct {
	path string // "-": standard input
	name string // what reports call it
	size int64  // bytes; 0: not known
}

// importedFiles looks whether all files are there before the first is sent.
func (a *app) importedFiles(paths []string) ([]importedFile, error) {
	var files []importedFile
	stdin := false
	for _, path := range paths {
		if path == "-" && stdin {
			return nil, misused("標準入力は 1 回だけ指定できます。", "standard input can be given once only")
		}
		stdin = stdin || path == "-"
		f, err := a.importedFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (a *app) importedFile(path string) (importedFile, error) {
	if path == "-" {
		return importedFile{path: path, name: a.words(say("標準入力", "standard input"))}, nil
	}
	f := importedFile{path: path, name: filepath.Base(path)}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, failed("%s というファイルはありません。", "there is no file %s", path)
	case err != nil:
		return f, err
	case info.IsDir():
		return f, failed("%s はフォルダーです。ファイルを指定してください。", "%s is a folder; name a file", path)
	case info.Mode().IsRegular():
		f.size = info.Size()
	}
	return f, nil
}

// sendFile sends a file, or what comes from a pipe, as it is read.
func (a *app) sendFile(ctx context.Context, d *desk, f importedFile) (upload service.Upload, err error) {
	in := io.NopCloser(a.stdin)
	if f.path != "-" {
		file, err := os.Open(f.path)
		if err != nil {
			return upload, err
		}
		in = file
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	shown := a.newProgress(say("ファイルを送っています", "sending the file"))
	defer shown.end()
	sent := int64(0)
	body := stream{size: f.size, Reader: &counted{from: in, tell: func(n int) {
		sent += int64(n)
		shown.set(sent, f.size, 0)
	}}}
	response, err := d.request(ctx, http.MethodPost, uploadsPath+"?name="+url.QueryEscape(f.name), "application/json", http.Header{"Content-Type": {"application/octet-stream"}}, body)
	if err != nil {
		return upload, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&upload); err != nil {
		return upload, fmt.Errorf("read the server's answer: %w", err)
	}
	return upload, nil
}

// A stream is a body that is sent as it is read.
type stream struct {
	io.Reader
	size int64 // bytes; 0: not known
}

type counted struct {
	from io.Reader
	tell func(n int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.tell(n)
	return n, err
}
