package main

import (
	"encoding/csv"
	"errors"
	"os"
	"strconv"
	"strings"

	"meibo/api/service"
)

// badRowReport is the CSV file of an import's bad rows. It is made with the
// first of them.
type badRowReport struct {
	path string
	lang string
	file *os.File
	w    *csv.Writer
	rows int
}

func (r *badRowReport) add(b service.BadRow) error {
	if r.file == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	r.rows++
	reason := b.Reason.EN
	if r.lang == "ja" && b.Reason.JA != "" {
		reason = b.Reason.JA
	}
	return r.w.Write([]string{harmless(b.File), strconv.Itoa(b.Line), harmless(b.Column), b.Field, harmless(reason), harmless(b.Raw)})
}

func (r *badRowReport) create() error {
	f, err := os.Create(r.path)
	if err != nil {
		return err
	}
	r.file, r.w = f, csv.NewWriter(f)
	// Without the mark, spreadsheets on Japanese Windows read Shift_JIS.
	if _, err := f.WriteString("\uFEFF"); err != nil {
		return err
	}
	return r.w.Write([]string{"file", "line", "column", "field", "reason", "raw"})
}

func (r *badRowReport) close() error {
	if r.file == nil {
		return nil
	}
	r.w.Flush()
	return errors.Join(r.w.Error(), r.file.Close())
}

// harmless keeps a spreadsheet from taking a value for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
