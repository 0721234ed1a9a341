package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// A BackupError says why a file is no backup that can be restored. Nothing has
// been changed.
type BackupError struct{ words schema.Words }

func (e *BackupError) Error() string { return e.words.EN }

// Words is the error for people, one line in each language.
func (e *BackupError) Words() schema.Words { return e.words }

func badBackup(ja, en string) error {
	return &BackupError{schema.Words{JA: ja, EN: en}}
}

// A Restoration is a backup that is ready to take the place of a folder's
// store. It has to be closed; without Commit nothing is changed then.
type Restoration struct {
	Manifest  Manifest
	Customers int // that are there now
	Erased    int // customers of the backup that were erased since, and so again

	dir, work string
	present   *Store // locked; nil: there is none, or it cannot be read
	known     Erasures
}

// PrepareRestore unpacks a backup beside the store of a folder, verifies all
// of it, erases again whoever was erased since by what this store, the file of
// erasures and the backup know, and gives it a new epoch, so that nobody takes
// its seqs for the old ones. prepare, when set, may change the store before it
// is written a last time. Nobody may have the folder's store open.
func PrepareRestore(ctx context.Context, dir string, backup io.Reader, o Options, prepare func(*Store) error) (ready *Restoration, err error) {
	r := &Restoration{dir: dir, work: filepath.Join(dir, workFolder), known: Erasures{}}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	if err := r.lock(o); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	unpacked := filepath.Join(r.work, "unpacked")
	if err := os.RemoveAll(r.work); err != nil {
		return nil, fmt.Errorf("store: restore: %w", err)
	}
	if err := makeFolder(unpacked); err != nil {
		return nil, err
	}
	if err := r.unpack(ctx, backup, unpacked); err != nil {
		return nil, err
	}
	if err := r.learnErasures(unpacked); err != nil {
		return nil, err
	}
	return r, r.revise(ctx, unpacked, o, prepare)
}

// lock opens the store that is there. One that is damaged is no reason not to
// restore; one that is not ours is.
func (r *Restoration) lock(o Options) error {
	_, err := os.Stat(filepath.Join(r.dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r.present, err = Open(r.dir, o)
	var damaged *CorruptError
	if errors.As(err, &damaged) {
		return nil
	}
	return err
}

// learnErasures collects whom anybody knows to be erased.
func (r *Restoration) learnErasures(unpacked string) error {
	var lists []Erasures
	for _, dir := range []string{r.dir, unpacked} {
		list, err := ReadErasures(dir)
		if err != nil {
			return err
		}
		lists = append(lists, list)
	}
	if r.present != nil {
		list, err := r.present.Erasures()
		if err != nil {
			return err
		}
		lists = append(lists, list)
	}
	for _, list := range lists {
		r.known.join(list)
	}
	return nil
}

// join adds what another list knows.
func (e Erasures) join(other Erasures) {
	for key, list := range other {
		seen := map[string]bool{}
		for _, h := range e[key] {
			seen[h.Hash] = true
		}
		for _, h := range list {
			if !seen[h.Hash] {
				seen[h.Hash] = true
				e[key] = append(e[key], h)
			}
		}
	}
}

// revise brings the backup's store up to date and writes it into the work
// folder without what was freed in it.
func (r *Restoration) revise(ctx context.Context, unpacked string, o Options, prepare func(*Store) error) (err error) {
	s, err := Open(unpacked, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return err
	}
	if s.Epoch() != r.Manifest.Epoch || s.Seq() != r.Manifest.Seq || s.Len() != r.Manifest.Customers {
		return refuseDamaged()
	}
	if r.Erased, err = s.EraseAgain(ctx, r.known); err != nil {
		return err
	}
	r.Customers = s.Len()
	if err := s.renewEpoch(); err != nil {
		return err
	}
	if prepare != nil {
		if err := prepare(s); err != nil {
			return err
		}
	}
	return s.compactInto(ctx, filepath.Join(r.work, "ready"), o)
}

// renewEpoch makes the store another one to whoever remembers its seqs.
func (s *Store) renewEpoch() error {
	var epoch [16]byte
	fill(s.random, epoch[:])
	text := hex.AppendEncode(nil, epoch[:])
	err := s.db.Update(func(btx *bolt.Tx) error {
		meta, err := tableOf(btx, bucketMeta)
		if err != nil {
			return err
		}
		return meta.put([]byte(metaEpoch), append([]byte(nil), text...))
	})
	if err != nil {
		return fmt.Errorf("store: renew the epoch: %w", err)
	}
	s.epoch = string(text)
	return nil
}

// Commit puts the restored store in the place of the one that is there, in one
// rename. The folder's index, of another epoch, is then made anew.
func (r *Restoration) Commit() error {
	path := filepath.Join(r.dir, ErasuresFile)
	noted, err := ReadErasures(r.dir)
	if err != nil {
		return err
	}
	for key, list := range r.known {
		missing := Erasures{key: noted[key]}
		before := len(missing[key])
		missing.join(Erasures{key: list})
		if more := missing[key][before:]; len(more) > 0 {
			if err := appendErasures(path, key, more); err != nil {
				return err
			}
		}
	}
	ready := filepath.Join(r.work, "ready")
	if r.present != nil {
		return r.present.replaceBy(ready)
	}
	return moveFile(ready, r.dir)
}

// Close lets go of the folder and removes what is left over.
func (r *Restoration) Close() error {
	var err error
	if r.present != nil {
		err = r.present.Close()
	}
	return errors.Join(err, os.RemoveAll(r.work))
}
