package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
)

// An Encoding is how a text file writes its characters.
type Encoding string

// The encodings that are read. Shift_JIS is Windows-31J, so ①, 髙, ～ and
// half-width kana are read; EUC-KR is what Korean Excel writes (code page 949).
const (
	UTF8     Encoding = "utf-8"
	ShiftJIS Encoding = "shift_jis"
	EUCJP    Encoding = "euc-jp"
	EUCKR    Encoding = "euc-kr"
	UTF16LE  Encoding = "utf-16le"
	UTF16BE  Encoding = "utf-16be"
)

// ParseEncoding reads the name of an encoding as people write it.
func ParseEncoding(name string) (Encoding, error) {
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name)) {
	case "utf8", "utf8bom", "utf8sig", "ascii":
		return UTF8, nil
	case "shiftjis", "sjis", "windows31j", "cp932", "ms932":
		return ShiftJIS, nil
	case "eucjp", "ujis":
		return EUCJP, nil
	case "euckr", "cp949", "ms949", "uhc":
		return EUCKR, nil
	case "utf16", "utf16le":
		return UTF16LE, nil
	case "utf16be":
		return UTF16BE, nil
	}
	return "", refuseFile(name, "この文字コードは読めません。utf-8、shift_jis、euc-jp、euc-kr、utf-16le、utf-16be のどれかを指定してください。",
		"there is no such encoding: one of utf-8, shift_jis, euc-jp, euc-kr, utf-16le, utf-16be")
}

// decoder is nil for UTF-8, which is not decoded, and for UTF-16, which is
// decoded before lines are.
func (e Encoding) decoder() *encoding.Decoder {
	switch e {
	case ShiftJIS:
		return japanese.ShiftJIS.NewDecoder()
	case EUCJP:
		return japanese.EUCJP.NewDecoder()
	case EUCKR:
		return korean.EUCKR.NewDecoder()
	}
	return nil
}

// characterLength is how many bytes the character at the beginning of a text
// has, as far as its first byte tells.
func (e Encoding) characterLength(text []byte) int {
	n := 1
	switch c := text[0]; {
	case e == ShiftJIS && (c >= 0x81 && c <= 0x9f || c >= 0xe0 && c <= 0xfc), e != ShiftJIS && c >= 0x81:
		n = 2
		if e == EUCJP && c == 0x8f {
			n = 3
		}
	}
	return min(n, len(text))
}

// decode appends a line's text in UTF-8. bad is the first byte that is no
// character of the encoding, -1 when all are.
func (e Encoding) decode(d *encoding.Decoder, into, raw []byte) (text []byte, bad int) {
	if ascii(raw) {
		return append(into, raw...), -1
	}
	d.Reset()
	at := len(into)
	into = append(into, make([]byte, 3*len(raw))...)
	n, _, err := d.Transform(into[at:], raw, true)
	text = into[:at+n]
	if err == nil && !bytes.Contains(text[at:], []byte("\ufffd")) {
		return text, -1
	}
	for i := 0; i < len(raw); {
		n := e.characterLength(raw[i:])
		if one, err := d.Bytes(raw[i : i+n]); err != nil || bytes.Contains(one, []byte("\ufffd")) {
			return text, i
		}
		i += n
	}
	return text, len(raw) - 1
}

func ascii(text []byte) bool {
	for len(text) >= 8 {
		if (text[0]|text[1]|text[2]|text[3]|text[4]|text[5]|text[6]|text[7])&0x80 != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// badUTF8 is the first byte that is no UTF-8, -1 when all are.
func badUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// utf16Reader gives UTF-16 as UTF-8. Half a pair, which is no character,
// becomes the byte 0xff, which is no UTF-8.
type utf16Reader struct {
	in    io.Reader
	big   bool
	raw   [4096]byte
	from  int
	to    int
	ready []byte // decoded, not yet given
	buf   []byte
	err   error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.ready) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.ready)
	u.ready = u.ready[n:]
	return n, nil
}

func (u *utf16Reader) fill() {
	u.to = copy(u.raw[:], u.raw[u.from:u.to])
	u.from, u.buf = 0, u.buf[:0]
	n, err := u.in.Read(u.raw[u.to:])
	u.to, u.err = u.to+n, err
	for u.from+2 <= u.to {
		unit := u.unit(u.from)
		switch {
		case unit < 0xd800 || unit > 0xdfff:
			u.buf = utf8.AppendRune(u.buf, unit)
		case unit < 0xdc00 && u.from+4 > u.to && err == nil:
			u.ready = u.buf
			return // its other half comes with the next bytes
		case unit < 0xdc00 && u.from+4 <= u.to && u.unit(u.from+2)&0xfc00 == 0xdc00:
			u.buf = utf8.AppendRune(u.buf, 0x10000+(unit-0xd800)<<10+(u.unit(u.from+2)-0xdc00))
			u.from += 2
		default:
			u.buf = append(u.buf, 0xff)
		}
		u.from += 2
	}
	if err != nil && u.from < u.to {
		u.buf = append(u.buf, 0xff) // half a unit at the end
		u.from = u.to
	}
	u.ready = u.buf
}

func (u *utf16Reader) unit(at int) rune {
	if u.big {
		return rune(u.raw[at])<<8 | rune(u.raw[at+1])
	}
	return rune(u.raw[at]) | rune(u.raw[at+1])<<8
}

// rawLength is how many bytes a decoded text had in the file.
func (e Encoding) rawLength(text []byte) int64 {
	if e != UTF16LE && e != UTF16BE {
		return int64(len(text))
	}
	units := int64(0)
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRune(text[at:])
		if units++; size == 4 {
			units++
		}
		at += size
	}
	return 2 * units
}

// refuseEncoding is the answer to a file whose bytes are text in no encoding
// that is known.
func refuseEncoding(name string, at int64, b byte) error {
	return refuseFile(name,
		fmt.Sprintf("文字コードが分かりません（ファイルの %d バイト目が 0x%02X）。UTF-8 で保存し直すか、文字コードを指定してください。", at+1, b),
		fmt.Sprintf("the encoding is not recognised: byte %d of the file is 0x%02X; save the file as UTF-8 or state its encoding", at+1, b))
}
