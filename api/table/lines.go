package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding"

	"meibo/dsl/schema"
)

// utf8BOM is what some programs put before UTF-8 text.
var utf8BOM = []byte("\xef\xbb\xbf")

// A textLine is a physical line of a file in UTF-8.
type textLine struct {
	number int   // from 1
	offset int64 // of its first byte in the file, from 0
	text   []byte
	end    string // "\n", "\r\n", "\r" or, at the end of the file, ""
	length int64  // of the whole line; more than len(text) when it was cut at MaxRowBytes
	bad    int64  // the byte of the file that is no text, -1 when all are
	what   byte   // the value of that byte
}

func (l textLine) tooLong() bool { return l.length > int64(len(l.text)) }

// lineReader reads lines of any length in bounded memory: what is longer than
// MaxRowBytes is skipped, and its length told. Lines end with "\n", "\r\n" or,
// as on old Macs, "\r", in one file too. No encoding that is read has these
// bytes within a character, UTF-16 apart, which is decoded before.
type lineReader struct {
	in       io.Reader
	encoding Encoding
	decoder  *encoding.Decoder // nil for UTF-8
	buf      []byte            // buf[from:to] is unread
	from, to int
	err      error // of the last read
	nulls    bool  // NUL is a character like others
	number   int
	offset   int64
	long     []byte // of a line that is longer than buf
	decoded  []byte
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{in: r, buf: make([]byte, 64<<10), encoding: UTF8}
}

// decode sets the encoding; nothing but peek may have been called.
func (l *lineReader) decode(e Encoding) {
	l.encoding, l.decoder = e, e.decoder()
	// Text behind a mark is text, whatever a cell of it holds: exports have one.
	l.nulls = e == UTF8 && bytes.HasPrefix(l.peek(), utf8BOM)
	if e != UTF16LE && e != UTF16BE {
		return
	}
	head := bytes.Clone(l.buf[l.from:l.to])
	mark := []byte("\xff\xfe")
	if e == UTF16BE {
		mark = []byte("\xfe\xff")
	}
	if bytes.HasPrefix(head, mark) {
		head = head[2:]
		l.offset = 2
	}
	l.in = &utf16Reader{in: io.MultiReader(bytes.NewReader(head), l.in), big: e == UTF16BE}
	l.from, l.to, l.err = 0, 0, nil
}

// peek is the beginning of what is still unread, at most 8 KiB, as it stands
// in the file.
func (l *lineReader) peek() []byte {
	const most = 8 << 10
	for l.to-l.from < most && l.err == nil {
		l.fill()
	}
	return l.buf[l.from:min(l.to, l.from+most)]
}

// head is what peek gives, as text.
func (l *lineReader) head() []byte {
	head := l.peek()
	if l.decoder != nil {
		head, _ = l.encoding.decode(l.decoder, nil, head)
	}
	return head
}

// skip drops bytes that peek has shown.
func (l *lineReader) skip(n int) {
	n = min(n, l.to-l.from)
	l.from += n
	l.offset += int64(n)
}

func (l *lineReader) fill() {
	if l.from > 0 {
		l.to = copy(l.buf, l.buf[l.from:l.to])
		l.from = 0
	}
	n, err := l.in.Read(l.buf[l.to:])
	l.to, l.err = l.to+n, err
}

// next reads a line; its text is valid until the next call.
func (l *lineReader) next() (textLine, error) {
	line := textLine{number: l.number + 1, offset: l.offset, bad: -1}
	raw, err := l.raw(&line)
	if err != nil {
		return line, err
	}
	l.number++
	l.offset += line.length + int64(len(line.end))
	if line.length > MaxRowBytes {
		line.text = raw[:MaxRowBytes]
		return line, nil
	}
	line.text = raw
	bad := -1
	switch {
	case l.decoder != nil:
		line.text, bad = l.encoding.decode(l.decoder, l.decoded[:0], raw)
		l.decoded = line.text
		line.length = int64(len(line.text))
	default:
		bad = badUTF8(raw)
		if extra := l.encoding.rawLength(raw) - int64(len(raw)); l.encoding != UTF8 {
			l.offset += extra + int64(len(line.end))
		}
	}
	if null := bytes.IndexByte(raw, 0); null >= 0 && !l.nulls && (bad < 0 || null < bad) {
		bad = null
	}
	if bad >= 0 {
		line.bad, line.what = line.offset+l.encoding.rawLength(raw[:bad]), raw[bad]
	}
	return line, nil
}

// raw finds the end of a line and gives its bytes, at most MaxRowBytes of
// them; line gets its length and its end.
func (l *lineReader) raw(line *textLine) ([]byte, error) {
	l.long = l.long[:0]
	seen := 0 // bytes from l.from on that hold no end
	for {
		rest := l.buf[l.from+seen : l.to]
		if i := lineEnd(rest); i >= 0 && (rest[i] == '\n' || i+1 < len(rest) || l.err != nil) {
			text := l.buf[l.from : l.from+seen+i]
			line.end = "\n"
			if rest[i] == '\r' {
				line.end = "\r"
				if i+1 < len(rest) && rest[i+1] == '\n' {
					line.end = "\r\n"
				}
			}
			l.from += len(text) + len(line.end)
			return l.joined(line, text), nil
		} else if seen = l.to - l.from; i >= 0 {
			seen = seen - len(rest) + i // the "\r" may be half of an end
		}
		if l.err != nil {
			if !errors.Is(l.err, io.EOF) {
				return nil, fmt.Errorf("reading line %d: %w", line.number, l.err)
			}
			text := l.buf[l.from:l.to]
			if l.from = l.to; len(text) == 0 && line.length == 0 {
				return nil, io.EOF
			}
			return l.joined(line, text), nil
		}
		if seen >= len(l.buf)-1 {
			l.long = l.joined(line, l.buf[l.from:l.from+seen])
			l.from, seen = l.from+seen, 0
		}
		l.fill()
	}
}

// joined is a line of which a piece is already in l.long.
func (l *lineReader) joined(line *textLine, piece []byte) []byte {
	line.length += int64(len(piece))
	if line.length == int64(len(piece)) && len(piece) < len(l.buf)-1 {
		return piece
	}
	if room := MaxRowBytes - len(l.long); room > 0 {
		l.long = append(l.long, piece[:min(room, len(piece))]...)
	}
	return l.long
}

// lineEnd is where the first "\n" or "\r" stands, -1 without one.
func lineEnd(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return bytes.IndexByte(b, '\r')
	}
	if i := bytes.IndexByte(b[:end], '\r'); i >= 0 {
		return i
	}
	return end
}

// longLineFault reports a line that was cut.
func longLineFault(l textLine) *Fault {
	return &Fault{Line: l.number, Code: codeRowTooLong, Raw: Shorten(l.text), Reason: schema.Words{
		JA: fmt.Sprintf("行が長すぎます（%d バイト）。1 行は %d バイトまでです。", l.length, MaxRowBytes),
		EN: fmt.Sprintf("the row has %d bytes; at most %d are read", l.length, MaxRowBytes)}}
}

// encodingFault reports the first byte of a line that is no text, or nil.
func (l *lineReader) encodingFault(line textLine) *Fault {
	if line.bad < 0 {
		return nil
	}
	if line.what == 0 {
		return &Fault{Line: line.number, Code: schema.CodeBadText, Raw: Shorten(line.text), Reason: schema.Words{
			JA: fmt.Sprintf("%d 行目、ファイルの %d バイト目が NUL です。取り除いてください。", line.number, line.bad+1),
			EN: fmt.Sprintf("byte %d of the file (line %d) is NUL; remove it", line.bad+1, line.number)}}
	}
	if l.encoding == UTF16LE || l.encoding == UTF16BE {
		return &Fault{Line: line.number, Code: schema.CodeBadText, Raw: Shorten(line.text), Reason: schema.Words{
			JA: fmt.Sprintf("%s ではありません（%d 行目、ファイルの %d バイト目からが半分の文字です）。", l.encoding, line.number, line.bad+1),
			EN: fmt.Sprintf("not %s: at byte %d of the file (line %d) stands half a character", l.encoding, line.bad+1, line.number)}}
	}
	return &Fault{Line: line.number, Code: schema.CodeBadText, Raw: Shorten(line.text), Reason: schema.Words{
		JA: fmt.Sprintf("%s ではありません（%d 行目、ファイルの %d バイト目が 0x%02X）。UTF-8 で保存し直すか、文字コードを指定してください。", l.encoding, line.number, line.bad+1, line.what),
		EN: fmt.Sprintf("not %s: byte %d of the file (line %d) is 0x%02X; save the file as UTF-8 or state its encoding", l.encoding, line.bad+1, line.number, line.what)}}
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
