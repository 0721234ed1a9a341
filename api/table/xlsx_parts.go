package table

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Bounds on a workbook. Parts that are not needed (pictures, macros, other
// sheets, files within the file) are never unpacked.
const (
	maxDirectory = 4 << 20  // bytes of the list of parts
	maxPart      = 16 << 20 // unpacked bytes of a part that is held whole
	maxUnpacked  = 16 << 30 // of a part that is streamed: a sheet or its strings
	bombSize     = 64 << 20 // above this a part must not be packed better than
	bombRatio    = 250      // this; sheets reach about 60
	deflateRatio = 1040     // nothing honest is packed better
)

// workbookParts are the parts of a workbook that are needed to read its visible
// sheets.
type workbookParts struct {
	file     *os.File
	parts    map[string]*zip.File // by name in lower case
	tempDir  string
	sheet    string   // the part of the first that is read
	more     []string // those of the visible ones behind it
	strings  string   // "" when there are no shared strings
	date1904 bool
	styles   *excelize.File
	shared   *sharedStrings
}

func openWorkbook(s Source, consumed func(int)) (*workbookParts, error) {
	f, err := os.Open(s.Path)
	if err != nil {
		return nil, err
	}
	w := &workbookParts{file: f, parts: map[string]*zip.File{}, tempDir: s.TempDir}
	if err := w.open(consumed); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *workbookParts) open(consumed func(int)) error {
	info, err := w.file.Stat()
	if err != nil {
		return err
	}
	if err := checkDirectory(w.file, info.Size()); err != nil {
		return err
	}
	in := io.ReaderAt(w.file)
	if consumed != nil {
		in = &countingReaderAt{in, consumed}
	}
	archive, err := zip.NewReader(in, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written by these names
		return err
	}
	for _, part := range archive.File {
		name := strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/")), "/")
		if _, twice := w.parts[name]; !twice {
			w.parts[name] = part
		}
	}
	return w.readModel()
}

// checkDirectory refuses a list of parts that would take much memory to read.
func checkDirectory(in io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 22+65535))
	if _, err := in.ReadAt(tail, size-int64(len(tail))); err != nil {
		return err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || at+22 > len(tail) {
		return fmt.Errorf("%w: its list of parts is missing", zip.ErrFormat)
	}
	directory := uint64(le32(tail[at+12:]))
	if directory == 1<<32-1 && at >= 20 {
		var end [56]byte
		if _, err := in.ReadAt(end[:], int64(le64(tail[at-20+8:]))); err != nil {
			return zip.ErrFormat
		}
		directory = le64(end[40:])
	}
	if directory > maxDirectory {
		return refuseFile("", "ZIP の中のファイルが多すぎます。Excel のファイルではありません。", "the ZIP lists too many files; this is no workbook")
	}
	return nil
}

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
func le64(b []byte) uint64 { return uint64(le32(b)) | uint64(le32(b[4:]))<<32 }

// part opens a part for streaming. What its header says is not believed: the
// size cannot be beyond what packing can do, and reading ends behind it.
func (w *workbookParts) part(name string, most uint64) (io.ReadCloser, error) {
	p, ok := w.parts[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s is missing", zip.ErrFormat, name)
	}
	unpacked, packed := p.UncompressedSize64, p.CompressedSize64
	switch {
	case p.Flags&1 != 0:
		return nil, refuseFile("", "ZIP がパスワードで保護されています。", "the ZIP is protected by a password")
	case unpacked > most, unpacked > bombSize && unpacked/bombRatio > packed, unpacked/deflateRatio > packed+1:
		return nil, refuseFile("",
			fmt.Sprintf("%s が %d バイトから %d バイトに膨らみます（ZIP 爆弾の疑い）。Excel で保存し直すか、CSV にしてください。", name, packed, unpacked),
			fmt.Sprintf("%s unpacks from %d to %d bytes, like a zip bomb; save the workbook again or send CSV", name, packed, unpacked))
	}
	return p.Open()
}

// whole reads a small part.
func (w *workbookParts) whole(name string) ([]byte, error) {
	in, err := w.part(name, maxPart)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(in, maxPart+1))
	if err == nil && len(content) > maxPart {
		err = zip.ErrFormat
	}
	return content, errors.Join(err, in.Close())
}

func (w *workbookParts) close() error {
	var errs []error
	if w.shared != nil {
		errs = append(errs, w.shared.close())
	}
	if w.styles != nil {
		errs = append(errs, w.styles.Close())
	}
	return errors.Join(append(errs, w.file.Close())...)
}

func isDeflateError(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt)
}

type countingReaderAt struct {
	io.ReaderAt
	consumed func(int)
}

func (c *countingReaderAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.consumed(n)
	return n, err
}
