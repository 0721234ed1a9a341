package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"meibo/dsl/schema"
)

func newCSVRows(s Source, lines *lineReader, file io.Closer) (Reader, error) {
	head := lines.head()
	if bytes.HasPrefix(head, utf8BOM) {
		lines.skip(len(utf8BOM))
		head = head[len(utf8BOM):]
	}
	if trimmed := bytes.TrimSpace(head); bytes.HasPrefix(trimmed, []byte("{\"")) || bytes.HasPrefix(trimmed, []byte("[{")) {
		return nil, refuseFile(s.Name, "CSV ではなく JSON です。--format ndjson を指定してください。", "this is JSON, not CSV; use --format ndjson")
	}
	c := &csvRows{name: s.Name, lines: lineQueue{reader: lines}, file: file}
	var err error
	if c.comma, err = c.delimiter(s, head); err != nil {
		return nil, err
	}
	header, err := c.readRecord()
	if err != nil {
		return nil, refuseHeader(s.Name, err)
	}
	c.columns, err = headerNames(s.Name, header.Line, header.Cells)
	return c, err
}

// delimiter is the one that is stated, that Excel's line "sep=;" names, or that
// the header shows.
func (c *csvRows) delimiter(s Source, head []byte) (byte, error) {
	if rest, ok := bytes.CutPrefix(head, []byte("sep=")); ok && len(rest) > 1 && (rest[1] == '\r' || rest[1] == '\n') && s.Delimiter == "" {
		_, err := c.lines.reader.next()
		return rest[0], err
	}
	switch s.Delimiter {
	case "":
		return delimiterOf(head), nil
	case ",", ";", "\t", "|":
		return s.Delimiter[0], nil
	}
	return 0, refuseFile(s.Name,
		fmt.Sprintf("区切り文字「%s」は使えません。コンマ、セミコロン、タブ、縦棒のどれかです。", s.Delimiter),
		fmt.Sprintf("%q cannot be a delimiter: one of comma, semicolon, tab, vertical bar", s.Delimiter))
}

func refuseHeader(name string, err error) error {
	fault, ok := err.(*Fault)
	if !ok {
		return err
	}
	return refuseFile(name,
		fmt.Sprintf("見出し行（%d 行目）を読めません: %s", fault.Line, fault.Reason.JA),
		fmt.Sprintf("the header (line %d) cannot be read: %s", fault.Line, fault.Reason.EN))
}

// headerNames trims the names of a table's columns and refuses one that stands
// there twice, because no one could say which of the two is meant.
func headerNames(name string, line int, cells []string) ([]string, error) {
	if len(cells) > MaxColumns {
		return nil, refuseFile(name,
			fmt.Sprintf("列が %d 個あります。%d 個までです。", len(cells), MaxColumns),
			fmt.Sprintf("the header has %d columns; at most %d are read", len(cells), MaxColumns))
	}
	columns := make([]string, len(cells))
	first := make(map[string]int, len(cells))
	for i, cell := range cells {
		columns[i] = strings.TrimSpace(cell)
		if columns[i] == "" {
			continue
		}
		if j, twice := first[columns[i]]; twice {
			return nil, refuseFile(name,
				fmt.Sprintf("%d 行目の見出しに「%s」が 2 回あります（%d 列目と %d 列目）。片方の名前を変えてください。", line, columns[i], j+1, i+1),
				fmt.Sprintf("line %d: the header has %q twice, as columns %d and %d; rename one of them", line, columns[i], j+1, i+1))
		}
		first[columns[i]] = i
	}
	if len(first) == 0 {
		return nil, refuseFile(name, fmt.Sprintf("%d 行目に見出しがありません。", line), fmt.Sprintf("line %d: the header names no column", line))
	}
	return columns, nil
}

// repeatedHeader reports a row that is the header again, as in files that were
// joined; nobody is called "name".
func repeatedHeader(columns []string, r Row) *Fault {
	if len(r.Cells) != len(columns) {
		return nil
	}
	for i, cell := range r.Cells {
		if cell != columns[i] && strings.TrimSpace(cell) != columns[i] {
			return nil
		}
	}
	return &Fault{Line: r.Line, Code: codeHeaderAgain, Raw: Shorten([]byte(strings.Join(r.Cells, ","))), Reason: schema.Words{
		JA: "見出し行がもう一度あります。取り除いてください。",
		EN: "the header stands here again; remove the row"}}
}

// delimiterOf is the one of comma, semicolon, tab and vertical bar that the
// header has most of, outside quotes; the comma when there is none.
func delimiterOf(head []byte) byte {
	const candidates = ",;\t|"
	var counts [len(candidates)]int
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if (b == '\n' || b == '\r') && !quoted {
			break
		}
		if i := strings.IndexByte(candidates, b); i >= 0 && !quoted {
			counts[i]++
		}
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return candidates[best]
}
