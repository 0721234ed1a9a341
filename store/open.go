package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// FileName is the store's file within the data folder.
const FileName = "meibo.db"

// FormatVersion is the newest format of FORMAT.md that this program reads, and
// the one that it writes.
const FormatVersion = 3

// lockTimeout is how long Open tries to get a file that is in use: long enough
// for a process that is just ending, short enough not to look like a hang.
const lockTimeout = 400 * time.Millisecond

// mapBytes is the address space that the file is mapped into at once. bbolt
// has to stop all readers to map a file that has outgrown its mapping; a scan
// that rebuilds the index would hold up every write meanwhile. Address space
// costs no memory.
const mapBytes = 64 << 30

// Keys of the bucket meta.
const (
	metaFormat    = "format"
	metaEpoch     = "epoch"
	metaSeq       = "seq"
	metaCustomers = "customers"
	metaTrimmed   = "trimmed" // log entries up to this seq are gone
	metaSettings  = "settings"
)

// Open opens the store of a data folder and creates both when they are
// missing. It fails with a *LockedError when another process has it open, with
// a *FormatError when a newer meibo wrote it, with a *CorruptError when it is
// damaged.
func Open(dir string, o Options) (s *Store, err error) {
	o = o.withDefaults()
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	db, err := openFile(dir, o)
	if err != nil {
		return nil, err
	}
	s = &Store{folder: dir, clock: o.Clock, newID: o.NewID, random: o.Random, db: db, known: newKnown(), recent: newRecent(),
		writer: make(chan struct{}, 1), wake: make(chan struct{})}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("store: make the data folder: %w", err)
	}
	return syncFolder(filepath.Dir(filepath.Clean(dir)))
}

// syncFolder makes new names in a folder durable. Windows cannot and need not.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return nil // a parent that may not be read: the folder was there before
		}
		return fmt.Errorf("store: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("store: sync the folder %s: %w", dir, err)
	}
	return nil
}

// openFile opens the file with bbolt. A damaged file can make bbolt panic or
// read past the file's end, which is a fault of memory: both become errors.
func openFile(dir string, o Options) (db *bolt.DB, err error) {
	path := filepath.Join(dir, FileName)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &CorruptError{Reason: fmt.Sprintf("%s cannot be opened: %v", path, p)}
		}
	}()
	options := &bolt.Options{Timeout: lockTimeout, FreelistType: bolt.FreelistMapType, NoFreelistSync: true, OpenFile: o.openFile, NoStatistics: true, NoSync: o.Scratch, NoGrowSync: o.Scratch}
	if strconv.IntSize == 64 && runtime.GOOS != "windows" { // Windows would grow the file to it
		options.InitialMmapSize = mapBytes
	}
	db, err = openRead(path, options)
	if errors.Is(err, syscall.ENOMEM) { // the address space is limited (ulimit -v)
		options.InitialMmapSize = 0
		db, err = openRead(path, options)
	}
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, &LockedError{Folder: dir}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, &FormatError{File: path, Known: FormatVersion}
	case errors.Is(err, berrors.ErrChecksum):
		return nil, &CorruptError{Reason: fmt.Sprintf("%s: %v", path, err)}
	case err != nil:
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	return db, syncFolder(dir)
}

// load reads what the store keeps in memory, having created it in a new file.
func (s *Store) load() error {
	fresh := false
	err := s.view(func(v *view) error {
		if err := s.checkSize(v.bolt); err != nil {
			return err
		}
		fresh = v.bolt.Bucket([]byte(bucketMeta)) == nil
		return s.checkFormat(v.bolt, fresh)
	})
	if err != nil {
		return err
	}
	lay := s.extend
	if fresh {
		lay = s.create
	}
	if err := lay(); err != nil {
		return err
	}
	return s.view(s.loadFrom)
}

// checkSize notices a file that was cut short before anything reads past it.
func (s *Store) checkSize(btx *bolt.Tx) error {
	info, err := os.Stat(s.db.Path())
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if info.Size() < btx.Size() {
		return &CorruptError{Reason: fmt.Sprintf("%s was cut short: it has %d bytes of %d", s.db.Path(), info.Size(), btx.Size())}
	}
	return nil
}

func (s *Store) checkFormat(btx *bolt.Tx, fresh bool) error {
	if fresh {
		if name, _ := btx.Cursor().First(); name != nil {
			return &FormatError{File: s.db.Path(), Known: FormatVersion} // somebody else's bbolt file
		}
		return nil
	}
	meta, err := tableOf(btx, bucketMeta)
	if err != nil {
		return err
	}
	version, found, err := meta.number([]byte(metaFormat))
	switch {
	case err != nil:
		return err
	case !found || version == 0:
		return &FormatError{File: s.db.Path(), Known: FormatVersion}
	case version > FormatVersion:
		return &FormatError{File: s.db.Path(), Found: version, Known: FormatVersion}
	}
	return nil
}

// create lays out a new file.
func (s *Store) create() error {
	if err := s.db.Update(s.layOut); err != nil {
		return fmt.Errorf("store: create %s: %w", s.db.Path(), err)
	}
	return nil
}

// extend brings a file of an older version to this one: it gets the buckets
// that it lacks. Everything else that a newer version adds is read from an
// older file as what is not there.
func (s *Store) extend() error {
	complete := false
	err := s.view(func(v *view) error {
		meta, err := v.table(bucketMeta)
		if err != nil {
			return err
		}
		version, err := meta.must(metaFormat)
		complete = version == FormatVersion
		return err
	})
	if err != nil || complete {
		return err
	}
	err = s.db.Update(func(btx *bolt.Tx) error {
		for _, name := range bucketNames() {
			if _, err := btx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return fmt.Errorf("bucket %s: %w", name, err)
			}
		}
		meta, err := tableOf(btx, bucketMeta)
		if err != nil {
			return err
		}
		return meta.putNumber([]byte(metaFormat), FormatVersion)
	})
	if err != nil {
		return fmt.Errorf("store: bring %s to format %d: %w", s.db.Path(), FormatVersion, err)
	}
	return nil
}

func (s *Store) layOut(btx *bolt.Tx) error {
	for _, name := range bucketNames() {
		if _, err := btx.CreateBucket([]byte(name)); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	meta, err := tableOf(btx, bucketMeta)
	if err != nil {
		return err
	}
	for key, n := range map[string]uint64{metaFormat: FormatVersion, metaSeq: 0, metaCustomers: 0, metaTrimmed: 0} {
		if err := meta.putNumber([]byte(key), n); err != nil {
			return err
		}
	}
	var epoch [16]byte
	fill(s.random, epoch[:])
	if err := meta.put([]byte(metaEpoch), hex.AppendEncode(nil, epoch[:])); err != nil {
		return err
	}
	if err := putSettings(btx, DefaultSettings()); err != nil {
		return err
	}
	return createFields(btx)
}

func (s *Store) loadFrom(v *view) error {
	meta, err := v.table(bucketMeta)
	if err != nil {
		return err
	}
	epoch, err := meta.get([]byte(metaEpoch))
	if err != nil {
		return err
	}
	seq, err := meta.must(metaSeq)
	if err != nil {
		return err
	}
	customers, err := meta.must(metaCustomers)
	if err != nil {
		return err
	}
	settings, err := readSettings(v.bolt)
	if err != nil {
		return err
	}
	fields, leaving, err := readFields(v.bolt, settings.Region)
	if err != nil {
		return err
	}
	segments, err := readSegments(v.bolt)
	if err != nil {
		return err
	}
	numbers, err := readNumbering(v.bolt)
	if err != nil {
		return err
	}
	s.epoch = string(epoch)
	s.seq.Store(seq)
	s.customers.Store(int64(customers))
	s.settings.Store(&settings)
	s.fields.Store(fields)
	s.leaving.Store(&leaving)
	s.segments.Store(segments)
	s.numbers.Store(numbers)
	return nil
}

// must is a number that every file has.
func (t table) must(key string) (uint64, error) {
	n, found, err := t.number([]byte(key))
	if err == nil && !found {
		err = t.corrupt([]byte(key), "missing")
	}
	return n, err
}
