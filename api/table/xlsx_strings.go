package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Shared strings are held in memory up to stringsInMemory, beyond that in a
// temporary file with blocks of it in memory: a sheet mostly names them in
// their order.
const (
	stringsInMemory = 32 << 20
	stringsBlock    = 64 << 10
	stringsBlocks   = 128
)

// sharedStrings are the texts that a workbook's cells name by their number.
// Their bytes stand one after another in text, and where each ends in ends,
// eight bytes a text.
type sharedStrings struct {
	text, ends pagedBytes
	count      int
	buf        []byte
}

// readSharedStrings reads them all; tempDir is where large ones go.
func readSharedStrings(in io.Reader, tempDir string) (*sharedStrings, error) {
	s := &sharedStrings{text: pagedBytes{tempDir: tempDir}, ends: pagedBytes{tempDir: tempDir}}
	if err := s.read(newXMLScanner(in)); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *sharedStrings) read(x *xmlScanner) error {
	for {
		if err := x.skipText(); err != nil {
			return ended(err)
		}
		if _, err := x.next(); err != nil {
			return err
		}
		switch {
		case x.name == "sst" && (x.closing || x.empty):
			return x.end()
		case x.name != "si" || x.closing:
			continue
		}
		s.buf = s.buf[:0]
		length := 0
		if !x.empty {
			var err error
			if length, err = x.collect(&s.buf, "t", "si", MaxRowBytes); err != nil {
				return err
			}
		}
		if length > MaxRowBytes {
			return fmt.Errorf("%w: the shared string %d is longer than a row may be", errBadXML, s.count)
		}
		if err := s.add(unescapeCell(s.buf)); err != nil {
			return err
		}
	}
}

func (s *sharedStrings) add(text []byte) error {
	if err := s.text.append(text); err != nil {
		return err
	}
	s.count++
	return s.ends.append(binary.LittleEndian.AppendUint64(nil, uint64(s.text.size)))
}

// get is a text; it is valid until the next call.
func (s *sharedStrings) get(i int) ([]byte, error) {
	if i < 0 || i >= s.count {
		return nil, fmt.Errorf("%w: there is no shared string %d, only %d of them", errBadXML, i, s.count)
	}
	var from, end int64
	var number [8]byte
	if i > 0 {
		if err := s.ends.read(number[:], int64(i-1)*8); err != nil {
			return nil, err
		}
		from = int64(binary.LittleEndian.Uint64(number[:]))
	}
	if err := s.ends.read(number[:], int64(i)*8); err != nil {
		return nil, err
	}
	end = int64(binary.LittleEndian.Uint64(number[:]))
	if n := int(end - from); cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	s.buf = s.buf[:end-from]
	return s.buf, s.text.read(s.buf, from)
}

func (s *sharedStrings) close() error { return errors.Join(s.text.close(), s.ends.close()) }

// pagedBytes is a text that is written once and read in any order; what is
// large lies in a temporary file, which is removed when it is closed.
type pagedBytes struct {
	tempDir string
	memory  []byte // all of it, or what is not yet in the file
	file    *os.File
	size    int64
	blocks  map[int64][]byte
}

func (p *pagedBytes) append(b []byte) error {
	p.size += int64(len(b))
	p.memory = append(p.memory, b...)
	if len(p.memory) < stringsInMemory && p.file == nil || len(p.memory) < stringsBlock {
		return nil
	}
	return p.spill()
}

func (p *pagedBytes) spill() error {
	if p.file == nil {
		f, err := os.CreateTemp(p.tempDir, TempPrefix)
		if err != nil {
			return fmt.Errorf("a temporary file for shared strings: %w", err)
		}
		p.file, p.blocks = f, map[int64][]byte{}
	}
	_, err := p.file.Write(p.memory)
	if cap(p.memory) > 1<<20 {
		p.memory = nil
	}
	p.memory = p.memory[:0]
	return err
}

func (p *pagedBytes) read(b []byte, at int64) error {
	if p.file == nil {
		copy(b, p.memory[at:])
		return nil
	}
	for len(b) > 0 {
		block, err := p.block(at / stringsBlock)
		if err != nil {
			return err
		}
		n := copy(b, block[at%stringsBlock:])
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		b, at = b[n:], at+int64(n)
	}
	return nil
}

// block is a piece of the file, from memory where it is there.
func (p *pagedBytes) block(i int64) ([]byte, error) {
	if block, ok := p.blocks[i]; ok {
		return block, nil
	}
	if len(p.memory) > 0 {
		if err := p.spill(); err != nil {
			return nil, err
		}
	}
	var block []byte
	for old, b := range p.blocks { // any of them: the order of a map is random enough
		if len(p.blocks) < stringsBlocks {
			break
		}
		delete(p.blocks, old)
		block = b[:cap(b)]
	}
	if block == nil {
		block = make([]byte, stringsBlock)
	}
	n, err := p.file.ReadAt(block, i*stringsBlock)
	if err != nil && err != io.EOF {
		return nil, err
	}
	p.blocks[i] = block[:n]
	return p.blocks[i], nil
}

func (p *pagedBytes) close() error {
	if p.file == nil {
		return nil
	}
	return errors.Join(p.file.Close(), os.Remove(p.file.Name()))
}
