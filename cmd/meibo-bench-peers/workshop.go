package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"meibo/dsl/schema"
	"meibo/index/bleveindex"
)

// A workshop is the folder in which each engine has a folder of its own, with
// what was loaded into it.
type workshop struct {
	options
	folder   string
	fields   *schema.Fields
	progress io.Writer
	clock    func() time.Time
}

// loadedFile says in an engine's folder that it was loaded to the end.
const loadedFile = "loaded.json"

const meiboName = "meibo"

// A loaded engine.
type loaded struct {
	Engine    string  `json:"engine"`
	Customers int     `json:"customers"`
	Seconds   float64 `json:"seconds"` // without the reading of the file
	Latest    int64   `json:"latest"`  // the latest lastSeenAt, epoch milliseconds
	Bytes     int64   `json:"bytes"`   // on disk
}

func openWorkshop(o options, progress io.Writer) (*workshop, error) {
	fields, err := newFields()
	if err != nil {
		return nil, err
	}
	w := &workshop{options: o, folder: o.keep, fields: fields, progress: progress, clock: time.Now}
	if o.keep == "" {
		w.folder, err = os.MkdirTemp("", "meibo-bench-peers-")
	} else {
		err = os.MkdirAll(o.keep, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("make a folder for the databases: %w", err)
	}
	return w, nil
}

// close removes what nobody asked to keep.
func (w *workshop) close() error {
	if w.keep != "" {
		return nil
	}
	if err := os.RemoveAll(w.folder); err != nil {
		return fmt.Errorf("remove the databases: %w", err)
	}
	return nil
}

// loadAll loads every engine that was not kept, one after the other so that
// none takes time from another.
func (w *workshop) loadAll(ctx context.Context) ([]loaded, error) {
	var all []loaded
	engines := w.only
	if w.data == "" {
		engines = append([]string{meiboName}, engines...)
	}
	for _, engine := range engines {
		l, err := w.kept(engine)
		if errors.Is(err, fs.ErrNotExist) {
			l, err = w.loadOne(ctx, engine)
		}
		if err != nil {
			return nil, err
		}
		if len(all) > 0 && (l.Customers != all[0].Customers || l.Latest != all[0].Latest) {
			return nil, fmt.Errorf("%s was loaded with other customers (%d) than %s (%d): delete %s to load it again",
				engine, l.Customers, all[0].Engine, all[0].Customers, filepath.Join(w.folder, engine))
		}
		all = append(all, l)
	}
	return all, nil
}

func (w *workshop) kept(engine string) (loaded, error) {
	text, err := os.ReadFile(filepath.Join(w.folder, engine, loadedFile))
	if err != nil {
		return loaded{}, fmt.Errorf("find out what was loaded: %w", err)
	}
	var l loaded
	if err := json.Unmarshal(text, &l); err != nil {
		return l, fmt.Errorf("read what was loaded into %s: %w", engine, err)
	}
	if w.customers != 0 && w.customers != l.Customers {
		return l, fmt.Errorf("the %s that was kept has %d customers, not %d: name another --keep folder", engine, l.Customers, w.customers)
	}
	return l, nil
}

func (w *workshop) loadOne(ctx context.Context, engine string) (loaded, error) {
	l := loaded{Engine: engine}
	if w.file == "" {
		return l, fmt.Errorf("%s is not in %s yet: name a file to load", engine, w.folder)
	}
	folder := filepath.Join(w.folder, engine)
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(w.database(engine), 0o700)); err != nil {
		return l, fmt.Errorf("make a folder for %s: %w", engine, err)
	}
	if err := w.fill(ctx, engine, &l); err != nil {
		return l, err
	}
	var err error
	if l.Bytes, err = folderBytes(folder); err != nil {
		return l, err
	}
	text, err := json.Marshal(l)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, loadedFile), text, 0o600)
	}
	if err != nil {
		return l, fmt.Errorf("note what was loaded: %w", err)
	}
	fmt.Fprintf(w.progress, "%s: %d customers in %.1f s\n", engine, l.Customers, l.Seconds)
	return l, nil
}

// database is where an engine's files are: beside the note of what was loaded,
// since an index wants a folder for itself.
func (w *workshop) database(engine string) string { return filepath.Join(w.folder, engine, "database") }

// fill loads the file into an engine and closes it. Reading the file is not
// in the time.
func (w *workshop) fill(ctx context.Context, engine string, l *loaded) error {
	to, finished, err := w.openLoader(engine)
	if err != nil {
		return err
	}
	timed := func(step func() error) error {
		start := w.clock()
		defer func() { l.Seconds += w.clock().Sub(start).Seconds() }()
		return step()
	}
	err = eachBatch(ctx, w.file, w.customers, w.fields, func(batch []schema.Record) error {
		l.Customers += len(batch)
		for _, r := range batch {
			l.Latest = max(l.Latest, r.Get(schema.LastSeenField).Millis())
		}
		return timed(func() error { return to.load(ctx, batch) })
	})
	if err == nil {
		err = timed(func() error { return to.finish(ctx) })
	}
	return errors.Join(err, finished())
}

func (w *workshop) openLoader(engine string) (to loader, closeIt func() error, err error) {
	if engine == meiboName {
		m, err := openMeibo(w.database(engine), w.fields, bleveindex.Options{})
		if err != nil {
			return nil, nil, err
		}
		return m, m.close, nil
	}
	p, err := openPeer(engine, w.database(engine), w.fields)
	if err != nil {
		return nil, nil, err
	}
	return p, p.close, nil
}

func folderBytes(folder string) (total int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", folder, err)
	}
	return total, nil
}
