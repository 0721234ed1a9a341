package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"testing"
)

// bombSize is the size of a sheet that is unpacked from 300 KB.
const bombSize = 300 << 20

// sheetBomb is an Excel file whose sheet repeats a text for bombSize bytes.
func sheetBomb(t *testing.T, head, repeated string) io.Reader {
	return excelFile(t, map[string]func(io.Writer) error{"xl/worksheets/sheet1.xml": func(w io.Writer) error {
		return writeRepeated(w, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`+head, repeated)
	}})
}

// textsBomb is an Excel file whose texts are a bomb.
func textsBomb(t *testing.T) io.Reader {
	return excelFile(t, map[string]func(io.Writer) error{
		"xl/worksheets/sheet1.xml": func(w io.Writer) error {
			_, err := io.WriteString(w, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row></sheetData></worksheet>`)
			return err
		},
		"xl/sharedStrings.xml": func(w io.Writer) error {
			return writeRepeated(w, `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>id</t></si>`, `<si><t>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</t></si>`)
		},
	})
}

// writeRepeated writes a head and then a text again and again.
func writeRepeated(w io.Writer, head, repeated string) error {
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	many := strings.Repeat(repeated, 1+64<<10/len(repeated))
	for written := 0; written < bombSize; written += len(many) {
		if _, err := io.WriteString(w, many); err != nil {
			return err
		}
	}
	return nil
}

// excelFile packs the parts that a reader needs, and those that are given.
func excelFile(t *testing.T, parts map[string]func(io.Writer) error) io.Reader {
	t.Helper()
	const head, office = `<?xml version="1.0" encoding="UTF-8"?>`, "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	all := map[string]string{
		"[Content_Types].xml":        head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`,
		"_rels/.rels":                head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            head + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + office + `"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + office + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for name, text := range all {
		parts[name] = func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	for name, write := range parts {
		w, err := z.Create(name)
		if err == nil {
			err = write(w)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func otherZip(t *testing.T) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("readme.txt"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func manyColumns(n int) string {
	var b strings.Builder
	b.WriteString("id")
	for i := range n - 1 {
		fmt.Fprintf(&b, ",c%d", i)
	}
	return b.String() + "\n1\n"
}
