package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"meibo/dsl/schema"
)

// utf8BOM is what some programs put before UTF-8 text.
var utf8BOM = []byte("\xef\xbb\xbf")

// A textLine is a physical line of a file without its end ("\n" or "\r\n").
type textLine struct {
	number int   // from 1
	offset int64 // of its first byte in the file, from 0
	text   []byte
	end    string // "\n" or "\r\n"; "" of the last line, or of one that was cut
	length int64  // of the whole line; more than len(text) when it was cut at MaxRowBytes
}

func (l textLine) tooLong() bool { return l.length > int64(len(l.text)) }

// lineReader reads lines of any length in bounded memory: what is longer than
// MaxRowBytes is skipped, and its length told.
type lineReader struct {
	r      *bufio.Reader
	number int
	offset int64
	buf    []byte // of a line that is longer than the reader's own buffer
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: bufio.NewReaderSize(r, 64<<10)} }

// peek is the beginning of what is still unread, at most 8 KiB.
func (l *lineReader) peek() []byte {
	head, _ := l.r.Peek(8 << 10)
	return head
}

// skip drops bytes that peek has shown.
func (l *lineReader) skip(n int) {
	dropped, _ := l.r.Discard(n)
	l.offset += int64(dropped)
}

// next reads a line; its text is valid until the next call.
func (l *lineReader) next() (textLine, error) {
	line := textLine{number: l.number + 1, offset: l.offset}
	part, err := l.r.ReadSlice('\n')
	text := part
	if errors.Is(err, bufio.ErrBufferFull) {
		l.buf = append(l.buf[:0], part...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line.length += int64(len(part))
			part, err = l.r.ReadSlice('\n')
			if room := MaxRowBytes + 2 - len(l.buf); room > 0 {
				l.buf = append(l.buf, part[:min(room, len(part))]...)
			}
		}
		text = l.buf
	}
	line.length += int64(len(part))
	l.offset += line.length
	if err != nil && !errors.Is(err, io.EOF) {
		return line, fmt.Errorf("reading line %d: %w", line.number, err)
	}
	if line.length == 0 {
		return line, io.EOF
	}
	l.number++
	if line.length <= MaxRowBytes+2 {
		text, line.end = withoutEnd(text)
		line.length = int64(len(text))
	} else {
		text = text[:MaxRowBytes]
	}
	line.text = text
	return line, nil
}

// withoutEnd divides a line from its end. A "\r" at the end of the file is one
// too, or half of one.
func withoutEnd(line []byte) (text []byte, end string) {
	text, ended := bytes.CutSuffix(line, []byte("\n"))
	text, returned := bytes.CutSuffix(text, []byte("\r"))
	switch {
	case ended && returned:
		return text, "\r\n"
	case ended:
		return text, "\n"
	}
	return text, ""
}

// A lineQueue gives lines one by one and can go back to the second line since
// the last mark. It copies nothing as long as there is one line between marks,
// which is the common case.
type lineQueue struct {
	reader *lineReader
	taken  []textLine // read since the mark, then those to be read again
	n      int        // how many of taken were read since the mark
	loose  bool       // the text of taken[n-1] still belongs to the reader
}

// mark forgets what has been read.
func (q *lineQueue) mark() {
	if q.n == len(q.taken) {
		q.taken = q.taken[:0]
	} else {
		q.taken = q.taken[q.n:]
	}
	q.n, q.loose = 0, false
}

func (q *lineQueue) next() (textLine, error) {
	if q.n < len(q.taken) {
		q.n++
		return q.taken[q.n-1], nil
	}
	q.own()
	line, err := q.reader.next()
	if err != nil {
		return line, err
	}
	q.taken = append(q.taken, line)
	q.n++
	q.loose = true
	return line, nil
}

// rewind makes all lines since the mark but the first come again.
func (q *lineQueue) rewind() {
	if q.n > 1 {
		q.own()
		q.n = 1
	}
}

func (q *lineQueue) own() {
	if q.loose {
		q.taken[q.n-1].text = bytes.Clone(q.taken[q.n-1].text)
		q.loose = false
	}
}

// longLineFault reports a line that was cut.
func longLineFault(l textLine) *Fault {
	return &Fault{Line: l.number, Code: codeRowTooLong, Raw: Shorten(l.text), Reason: schema.Words{
		JA: fmt.Sprintf("行が長すぎます（%d バイト）。1 行は %d バイトまでです。", l.length, MaxRowBytes),
		EN: fmt.Sprintf("the row has %d bytes; at most %d are read", l.length, MaxRowBytes)}}
}

// encodingFault reports the first byte of a line that is not UTF-8, or nil.
func encodingFault(l textLine) *Fault {
	if utf8.Valid(l.text) {
		return nil
	}
	at := 0
	for at < len(l.text) {
		r, size := utf8.DecodeRune(l.text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return &Fault{Line: l.number, Code: schema.CodeBadText, Raw: Shorten(l.text), Reason: schema.Words{
		JA: fmt.Sprintf("UTF-8 ではありません（%d 行目、ファイルの %d バイト目が 0x%02X）。UTF-8 で保存し直してください。", l.number, l.offset+int64(at)+1, l.text[at]),
		EN: fmt.Sprintf("not UTF-8: byte %d of the file (line %d) is 0x%02X; save the file as UTF-8", l.offset+int64(at)+1, l.number, l.text[at])}}
}

// Shorten is the beginning of a raw text for a report.
func Shorten(text []byte) string {
	const most = 200
	cut := ""
	if len(text) > most {
		text, cut = text[:most], "…"
	}
	return string(bytes.ToValidUTF8(text, []byte("�"))) + cut
}
