package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// errBadXML is a part of a workbook that is no well-formed XML.
var errBadXML = errors.New("bad XML")

// xmlScanner splits a part of a workbook into tags and texts, as far as sheets
// need it: no entities but XML's own, names without their prefix. It holds one
// tag, or the first bytes of a text, and never a part.
type xmlScanner struct {
	in      *bufio.Reader
	tag     []byte // of the last start or end: what stands between < and >
	name    string // without a prefix; interned
	closing bool   // </name>
	empty   bool   // <name/>
	names   map[string]string
	scratch []byte
}

func newXMLScanner(in io.Reader) *xmlScanner {
	return &xmlScanner{in: bufio.NewReaderSize(in, 64<<10), names: map[string]string{}}
}

// maxXMLText bounds what is read before a tag comes, also of what is skipped.
const maxXMLText = 64 << 20

// text reads up to the next tag and appends to b what it says, up to most
// bytes in all; length is how much there was.
func (x *xmlScanner) text(b []byte, most int) (all []byte, length int, err error) {
	raw := x.scratch[:0]
	for {
		part, err := x.in.ReadSlice('<')
		length += len(part)
		if room := most - len(b) - len(raw); room > 0 {
			raw = append(raw, part[:min(len(part), room+1)]...)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return b, length, err
		}
		if length > maxXMLText {
			return b, length, fmt.Errorf("%w: a text without end", errBadXML)
		}
	}
	x.scratch = raw
	if length--; length > most-len(b) { // the "<"
		return b, length, nil
	}
	raw = raw[:length]
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return append(b, raw...), length, nil
	}
	from := len(b)
	b, err = unescapeXML(b, raw)
	return b, len(b) - from, err
}

// end reads what is behind the last tag that is of interest, so that the
// checksum of the part is looked at.
func (x *xmlScanner) end() error {
	_, err := io.Copy(io.Discard, x.in)
	return err
}

// skipText reads up to the next tag.
func (x *xmlScanner) skipText() error {
	for length := 0; ; {
		part, err := x.in.ReadSlice('<')
		if err == nil {
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if length += len(part); length > maxXMLText {
			return fmt.Errorf("%w: a text without end", errBadXML)
		}
	}
}

// next reads a tag whose "<" has been read. Comments, instructions and
// declarations give no tag: name is "" then. cdata is what such a section says.
func (x *xmlScanner) next() (cdata []byte, err error) {
	tag, err := x.in.ReadSlice('>')
	end := func() []byte {
		switch {
		case bytes.HasPrefix(tag, []byte("!--")):
			return []byte("-->")
		case bytes.HasPrefix(tag, []byte("![CDATA[")):
			return []byte("]]>")
		}
		return nil
	}()
	if err == nil && (end != nil && !bytes.HasSuffix(tag, end) || end == nil && openQuote(tag)) {
		whole := bytes.Clone(tag)
		for err == nil && (end != nil && !bytes.HasSuffix(whole, end) || end == nil && openQuote(whole)) {
			tag, err = x.in.ReadSlice('>')
			if whole = append(whole, tag...); len(whole) > MaxRowBytes {
				return nil, fmt.Errorf("%w: a tag without end", errBadXML)
			}
		}
		tag = whole
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("%w: a tag without end", errBadXML)
	}
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	tag = tag[:len(tag)-1]
	x.name, x.closing, x.empty = "", false, false
	switch {
	case bytes.HasPrefix(tag, []byte("![CDATA[")):
		return tag[8 : len(tag)-2], nil
	case len(tag) > 0 && (tag[0] == '!' || tag[0] == '?'):
		if bytes.HasPrefix(tag, []byte("!DOCTYPE")) || bytes.HasPrefix(tag, []byte("!ENTITY")) {
			return nil, fmt.Errorf("%w: a document type, which no workbook has", errBadXML)
		}
		return nil, nil
	}
	return nil, x.take(tag)
}

// take splits a tag into its name and what it is.
func (x *xmlScanner) take(tag []byte) error {
	if len(tag) > 0 && tag[0] == '/' {
		x.closing, tag = true, tag[1:]
	}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		x.empty, tag = true, tag[:len(tag)-1]
	}
	end := bytes.IndexAny(tag, " \t\r\n")
	if end < 0 {
		end = len(tag)
	}
	local := tag[:end]
	if colon := bytes.IndexByte(local, ':'); colon >= 0 {
		local = local[colon+1:]
	}
	if len(local) == 0 {
		return fmt.Errorf("%w: a tag without a name", errBadXML)
	}
	name, known := x.names[string(local)]
	if !known {
		name = string(local)
		if len(x.names) < 1000 {
			x.names[name] = name
		}
	}
	x.name, x.tag = name, tag[end:]
	return nil
}

func openQuote(tag []byte) bool {
	var quote byte
	for _, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote != 0
}

// attribute is the raw value of an attribute of the last tag, nil without it.
// Only plain values are asked for: numbers, names of cells, types.
func (x *xmlScanner) attribute(name string) []byte {
	rest := x.tag
	for {
		equals := bytes.IndexByte(rest, '=')
		if equals < 0 {
			return nil
		}
		key := bytes.TrimSpace(rest[:equals])
		rest = bytes.TrimLeft(rest[equals+1:], " \t\r\n")
		if len(rest) < 2 {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : end+1]
		}
		rest = rest[end+2:]
	}
}
