package table

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
)

// detectEncoding decides how a file writes its characters: by a mark at its
// beginning, else from all its bytes. Nearly no text of another encoding is
// UTF-8 by chance, so a file where good characters outnumber bad bytes is UTF-8
// with bad rows. Otherwise the encoding whose reading has the fewest errors and
// the most of what Japanese or Korean text consists of is taken, and none when
// none has.
func detectEncoding(s Source, head []byte) (Encoding, error) {
	switch {
	case bytes.HasPrefix(head, utf8BOM):
		return UTF8, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return UTF16LE, nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16BE, nil
	}
	var unicode utf8Count
	if err := s.scan(unicode.see); err != nil {
		return "", err
	}
	if unicode.finish(); unicode.bad == 0 || unicode.good > unicode.bad {
		return UTF8, nil
	}
	votes := []*vote{{encoding: ShiftJIS}, {encoding: EUCJP}, {encoding: EUCKR, hangul: commonHangul()}}
	err := s.scan(func(chunk []byte) {
		for _, v := range votes {
			v.see(chunk)
		}
	})
	if err != nil {
		return "", err
	}
	best := votes[0]
	for _, v := range votes[1:] {
		if v.score() > best.score() {
			best = v
		}
	}
	if best.score() <= 0 {
		return "", refuseEncoding(s.Name, unicode.at, unicode.first)
	}
	return best.encoding, nil
}

// scan shows all bytes of a file, piece by piece.
func (s Source) scan(see func(chunk []byte)) error {
	f, err := s.open()
	if err != nil {
		return refuseOpen(s.Name, err)
	}
	chunk := make([]byte, 256<<10)
	for {
		n, err := io.ReadFull(f, chunk)
		see(chunk[:n])
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return f.Close()
		case err != nil:
			return errors.Join(err, f.Close())
		}
	}
}

// utf8Count counts what a reading as UTF-8 finds beyond ASCII.
type utf8Count struct {
	good, bad int64
	first     byte  // the first bad byte
	at        int64 // and where it stands
	seen      int64
	rest      []byte // the beginning of a character at the end of the last piece
}

func (u *utf8Count) see(chunk []byte) {
	if len(u.rest) > 0 {
		chunk = append(u.rest, chunk...)
		u.rest = nil
	}
	end := len(chunk)
	for back := 1; back <= min(3, len(chunk)); back++ {
		if c := chunk[len(chunk)-back]; c >= 0xc0 {
			if !utf8.FullRune(chunk[len(chunk)-back:]) {
				end = len(chunk) - back
			}
			break
		}
	}
	u.rest = bytes.Clone(chunk[end:])
	u.count(chunk[:end])
}

func (u *utf8Count) finish() { u.count(u.rest) }

func (u *utf8Count) count(text []byte) {
	if utf8.Valid(text) {
		u.good += int64(len(text)-utf8.RuneCount(text)) / 2
		u.seen += int64(len(text))
		return
	}
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			if u.bad++; u.bad == 1 {
				u.first, u.at = text[at], u.seen+int64(at)
			}
		case size > 1:
			u.good++
		}
		at += size
	}
	u.seen += int64(len(text))
}

// A vote counts what speaks for an encoding of two bytes a character.
type vote struct {
	encoding  Encoding
	errors    int64
	plausible int64
	common    int64 // Hangul that most Korean text consists of
	wide      int64 // characters of two bytes
	kana      int64 // of half width in Shift_JIS, of full width in EUC-KR
	lead      byte  // the first byte of a character whose second comes next
	before    byte  // the last byte that was a character; 0x80 for a wide one
	hangul    *[1 << 16]bool
}

// score weighs an error more than a few characters say. Kanji of EUC-JP may be
// half-width kana of Shift_JIS, two for one: then kanji are the better guess,
// since kana of an odd number would have been errors. Korean text and a Japanese
// one of kanji alone have the same bytes: only common Hangul tell them apart.
func (v *vote) score() int64 {
	if v.encoding == EUCKR {
		if v.common*4 < v.wide || v.kana > 0 {
			return -1
		}
		return 4*v.common + v.plausible - 8*v.errors
	}
	return v.plausible + (v.kana+1)/2 - 8*v.errors
}

func (v *vote) see(chunk []byte) {
	for _, c := range chunk {
		switch {
		case v.lead != 0:
			lead := v.lead
			v.lead = 0
			v.pair(lead, c)
			continue
		case c < 0x80:
		case v.encoding == ShiftJIS && c >= 0xa1 && c <= 0xdf:
			v.kana++
		case c == 0x80 || c == 0xa0 || c >= 0xfd && (v.encoding == ShiftJIS || c == 0xff):
			v.errors++
		case v.encoding == EUCJP && c < 0xa1 && c != 0x8e && c != 0x8f:
			v.errors++
		default:
			v.lead = c
			continue
		}
		v.before = c
	}
}

// pair counts a character of two bytes. What is a common character of
// Japanese is worth more than a rare kanji, and one behind a Latin letter
// speaks for an encoding of Europe.
func (v *vote) pair(lead, trail byte) {
	v.wide++
	latin := v.before|0x20 >= 'a' && v.before|0x20 <= 'z'
	worth := int64(1)
	switch v.encoding {
	case ShiftJIS:
		switch {
		case trail < 0x40 || trail == 0x7f || trail > 0xfc || lead >= 0xf0 && lead < 0xfa:
			v.fail(trail)
			return
		case lead == 0x82 && trail >= 0x9f, lead == 0x83 && trail <= 0x96:
			worth = 3
		case lead >= 0x88 && lead <= 0x97:
			worth = 2
		}
	case EUCJP:
		switch {
		case trail < 0xa1 || trail == 0xff || lead == 0x8e && trail > 0xdf:
			v.fail(trail)
			return
		case lead == 0x8f:
			v.lead = trail // a third byte follows
			return
		case lead == 0xa4 || lead == 0xa5:
			worth = 3
		case lead >= 0xb0 && lead <= 0xcf:
			worth = 2
		case lead >= 0xd0:
			worth = 0
		}
	case EUCKR:
		switch {
		case trail < 0x41:
			v.fail(trail)
			return
		case lead == 0xa4 && trail < 0xa1, lead == 0xaa, lead == 0xab:
			v.kana++
		}
		if v.hangul[int(lead)<<8|int(trail)] {
			v.common++
		}
	}
	if latin && worth < 2 {
		worth = -2
	}
	v.plausible += worth
	v.before = 0x80
}

func (v *vote) fail(trail byte) {
	if v.errors++; trail < 0x80 {
		v.before = trail
	}
}

// commonHangul are the syllables that names, addresses and headings of Korean
// shops mostly consist of, by the two bytes of EUC-KR.
func commonHangul() *[1 << 16]bool {
	const common = "이김박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지영수현준연은경미희선동대시도군읍면리로길원회명일자화소등급별생년월휴가입메아디호번여부적립금총매횟다는에의을를인사용기상해제건물그나니"
	set := new([1 << 16]bool)
	encoder := korean.EUCKR.NewEncoder()
	for _, syllable := range common {
		if pair, err := encoder.String(string(syllable)); err == nil {
			set[int(pair[0])<<8|int(pair[1])] = true
		}
	}
	return set
}
