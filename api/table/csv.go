package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"meibo/dsl/schema"
)

// csvRows reads a table of RFC 4180 as encoding/csv does, but in bounded
// memory, with the line ends inside of cells as they are, and going on behind a
// bad row: when a quote is stray or never closed,
// the row that it stands in is reported and reading resumes at the next
// physical line, so that one typing error does not swallow the rows below it.
type csvRows struct {
	name    string
	lines   lineQueue
	file    io.Closer
	comma   byte
	columns []string

	text     []byte // the cells of the record, one after another
	ends     []int  // where each cell ends in text
	inQuotes bool   // the record goes on in the next line
	lineEnd  string // of the line that was fed last
}

func (c *csvRows) Columns() []string { return c.columns }

func (c *csvRows) Close() error { return c.file.Close() }

func (c *csvRows) Next() (Row, error) {
	r, err := c.readRecord()
	if err != nil {
		return Row{}, err
	}
	if fault := repeatedHeader(c.columns, r); fault != nil {
		return Row{}, fault
	}
	if len(r.Cells) != len(c.columns) {
		return Row{}, &Fault{Line: r.Line, Code: codeCellCount,
			Raw: Shorten([]byte(strings.Join(r.Cells, string(c.comma)))), Reason: schema.Words{
				JA: fmt.Sprintf("セルが %d 個あります。見出しは %d 列です。", len(r.Cells), len(c.columns)),
				EN: fmt.Sprintf("the row has %d cells, the header %d", len(r.Cells), len(c.columns))}}
	}
	return r, nil
}

// readRecord reads the next record that is not a blank line.
func (c *csvRows) readRecord() (Row, error) {
	for {
		c.text, c.ends, c.inQuotes = c.text[:0], c.ends[:0], false
		c.lines.mark()
		first, err := c.lines.next()
		if err != nil {
			return Row{}, err
		}
		if len(first.text) == 0 {
			continue
		}
		opened := first.number // the line itself is overwritten by the next
		if err := c.record(first); err != nil {
			return Row{}, err
		}
		return Row{Line: opened, Cells: c.cells()}, nil
	}
}

// record feeds lines until the record is complete. After a fault reading goes
// on behind the record's first line.
func (c *csvRows) record(line textLine) error {
	opened, size := line.number, 0
	for {
		size += len(line.text)
		fault := c.take(line, size)
		if fault == nil && !c.inQuotes {
			return nil
		}
		if fault == nil {
			next, err := c.lines.next()
			if err == nil {
				line = next
				continue
			}
			if err != io.EOF {
				return err
			}
			fault = unclosed(line)
		}
		c.lines.rewind()
		fault.Line = opened
		return fault
	}
}

// take feeds one line, unless it or the record is too long.
func (c *csvRows) take(line textLine, size int) *Fault {
	switch {
	case line.tooLong():
		return longLineFault(line)
	case size > MaxRowBytes:
		return unclosed(line)
	}
	return c.feed(line)
}

// feed takes a line into the record. It is encoding/csv's grammar: a quote
// opens a cell only at its beginning, "" inside is one quote, and behind the
// closing quote comes a delimiter or the end of the line.
func (c *csvRows) feed(l textLine) *Fault {
	if fault := c.lines.reader.encodingFault(l); fault != nil {
		return fault
	}
	text, at := l.text, 0
	if c.inQuotes {
		c.text = append(c.text, c.lineEnd...) // as it stands in the file
	}
	c.lineEnd = l.end
	for {
		if !c.inQuotes {
			if at < len(text) && text[at] == '"' {
				c.inQuotes = true
				at++
			} else {
				var done bool
				var fault *Fault
				if at, done, fault = c.plain(l, at); done || fault != nil {
					return fault
				}
				continue
			}
		}
		quote := bytes.IndexByte(text[at:], '"')
		if quote < 0 {
			c.text = append(c.text, text[at:]...)
			return nil // the cell goes on in the next line
		}
		c.text = append(c.text, text[at:at+quote]...)
		at += quote + 1
		switch {
		case at < len(text) && text[at] == '"':
			c.text = append(c.text, '"')
			at++
		case at == len(text):
			c.inQuotes = false
			c.ends = append(c.ends, len(c.text))
			return nil
		case text[at] == c.comma:
			c.inQuotes = false
			c.ends = append(c.ends, len(c.text))
			at++
		default:
			return c.stray(l, at)
		}
	}
}

// plain takes a cell without quotes that begins at a byte of the line.
func (c *csvRows) plain(l textLine, at int) (next int, done bool, fault *Fault) {
	cell := l.text[at:]
	end := bytes.IndexByte(cell, c.comma)
	if end >= 0 {
		cell = cell[:end]
	}
	if quote := bytes.IndexByte(cell, '"'); quote >= 0 {
		return at, false, c.stray(l, at+quote+1)
	}
	c.text = append(c.text, cell...)
	c.ends = append(c.ends, len(c.text))
	return at + len(cell) + 1, end < 0, nil
}

// stray reports a quote, the byte before at, where none can stand.
func (c *csvRows) stray(l textLine, at int) *Fault {
	column := fmt.Sprint(len(c.ends) + 1)
	if len(c.ends) < len(c.columns) {
		column = c.columns[len(c.ends)]
	}
	position := len([]rune(string(l.text[:at])))
	return &Fault{Line: l.number, Column: column, Code: codeStrayQuote, Raw: Shorten(l.text), Reason: schema.Words{
		JA: fmt.Sprintf("%d 行目 %d 文字目の引用符が余分です。引用符を含むセルは全体を \" で囲み、中の \" は \"\" と書いてください。", l.number, position),
		EN: fmt.Sprintf("stray quote at character %d of line %d; a cell that contains quotes is put in quotes, and each inside is doubled", position, l.number)}}
}

// unclosed reports a record that had not ended at its last line.
func unclosed(last textLine) *Fault {
	return &Fault{Code: codeStrayQuote, Raw: Shorten(last.text), Reason: schema.Words{
		JA: fmt.Sprintf("この行で開いた引用符が %d 行目までに閉じられていません。", last.number),
		EN: fmt.Sprintf("a quote that opens here is still not closed in line %d", last.number)}}
}

// cells cuts the record's text, one allocation for all of them.
func (c *csvRows) cells() []string {
	all := string(c.text)
	cells := make([]string, len(c.ends))
	from := 0
	for i, end := range c.ends {
		cells[i] = plainText(all[from:end])
		from = end
	}
	return cells
}
