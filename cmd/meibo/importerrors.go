package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"meibo/api/service"
)

// fetchErrors writes the refused rows of each file beside where the program
// runs, or where --report says.
func (a *app) fetchErrors(ctx context.Context, d *desk, c importCommand, files []importedFile, id string, r service.ImportReport) error {
	for i, file := range r.Files {
		if file.Bad == 0 || i >= len(files) {
			continue
		}
		path := errorPath(c.Report, files[i], file.Format, i)
		if err := d.fetch(ctx, importsPath+"/"+url.PathEscape(id)+"/errors?file="+strconv.Itoa(i+1), path); err != nil {
			return failed("取り込めなかった行を %s に書けません: %v", "cannot write the refused rows to %s: %v", path, err)
		}
		a.tell("取り込めなかった行は %s にあります。直して、もう一度取り込めます。", "the refused rows are in %s: mend them and import that file", path)
	}
	return nil
}

// errorPath is FILE.errors.csv or .ndjson; --report is the first file's, and
// has a number for each further one.
func errorPath(report string, file importedFile, format string, number int) string {
	if format != "ndjson" {
		format = "csv" // also for sheets
	}
	switch {
	case report == "" && file.path == "-":
		return "import.errors." + format
	case report == "":
		return filepath.Base(file.path) + ".errors." + format
	case number == 0:
		return report
	}
	end := filepath.Ext(report)
	return fmt.Sprintf("%s-%d%s", report[:len(report)-len(end)], number+1, end)
}

// fetch writes an answer to a file, as it comes.
func (d *desk) fetch(ctx context.Context, path, to string) (err error) {
	response, err := d.request(ctx, http.MethodGet, path, "*/*", nil, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // it holds customers' data
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, response.Body)
	return err
}
