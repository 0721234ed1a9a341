package table

import (
	"bufio"
	"io"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// writeBuffer is how much of a text file is written at a time.
const writeBuffer = 64 << 10

// csvWriter writes RFC 4180 in UTF-8 behind a byte order mark, without which
// spreadsheets take it for another encoding.
type csvWriter struct {
	out  *bufio.Writer
	zone *time.Location
	line []byte
}

func newCSVWriter(out io.Writer, l Layout) (Writer, error) {
	c := &csvWriter{out: bufio.NewWriterSize(out, writeBuffer), zone: l.Zone, line: append([]byte(nil), utf8BOM...)}
	for i, column := range l.Columns {
		c.next(i)
		c.text(column.Header)
	}
	return c, c.end()
}

func (c *csvWriter) WriteRow(cells []schema.Value) error {
	c.line = c.line[:0]
	for i, v := range cells {
		c.next(i)
		switch v.Kind() {
		case schema.None:
		case schema.String:
			c.text(v.Text())
		case schema.List:
			c.text(schema.ListText(v.Elements()))
		case schema.Date:
			c.line = appendDate(c.line, v.Millis(), c.zone)
		default:
			c.line = v.AppendJSON(c.line)
		}
	}
	return c.end()
}

func (c *csvWriter) next(i int) {
	if i > 0 {
		c.line = append(c.line, ',')
	}
}

// text writes a cell that somebody typed. Semicolons and tabs are quoted too:
// readers may guess at the delimiter.
func (c *csvWriter) text(text string) {
	text = escapeText(text)
	if !strings.ContainsAny(text, "\",;\t\r\n") && strings.TrimSpace(text) == text {
		c.line = append(c.line, text...)
		return
	}
	c.line = append(c.line, '"')
	for {
		quote := strings.IndexByte(text, '"')
		if quote < 0 {
			break
		}
		c.line = append(append(c.line, text[:quote]...), `""`...)
		text = text[quote+1:]
	}
	c.line = append(append(c.line, text...), '"')
}

func (c *csvWriter) end() error {
	_, err := c.out.Write(append(c.line, "\r\n"...))
	return err
}

func (c *csvWriter) Close() (cut int, err error) { return 0, c.out.Flush() }
