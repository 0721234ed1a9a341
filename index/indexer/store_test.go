package indexer_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/bleveindex"
	"meibo/index/indexer"
	"meibo/index/memindex"
	"meibo/store"
)

// The real store satisfies Source and says in the agreed way that its log was
// trimmed.
var _ indexer.Source = (*store.Store)(nil)

func backends() map[string]func() func(string) (index.Backend, error) {
	return map[string]func() func(string) (index.Backend, error){
		"memory, empty after each start": func() func(string) (index.Backend, error) {
			return func(string) (index.Backend, error) { return memindex.New(), nil }
		},
		"memory, kept": func() func(string) (index.Backend, error) { return (&disk{}).Open },
		"bleve": func() func(string) (index.Backend, error) {
			return func(dir string) (index.Backend, error) { return bleveindex.Open(dir, bleveindex.Options{}) }
		},
	}
}

func TestWithTheStore(t *testing.T) {
	for name, open := range backends() {
		t.Run(name, func(t *testing.T) {
			p := &pair{T: t, dir: t.TempDir(), openIndex: open()}
			p.start()
			p.put("a", 1)
			p.put("b", 2)
			p.find(1, 1)
			p.stop()

			p.openStore() // written while nobody follows
			p.put("a", 3)
			p.delete("b")
			p.must(p.store.Close())

			p.start()
			p.find(3, 1)
			p.find(1, 0)
			p.find(2, 0)
			p.stop()

			p.openStore() // trimmed past the index
			p.put("c", 4)
			p.must(p.store.TrimLog(t.Context(), p.store.Seq()))
			p.must(p.store.Close())
			p.start()
			p.put("d", 4)
			p.must(p.indexer.Ready(t.Context()))
			p.find(4, 2)
			p.find(3, 1)
			p.must(p.store.TrimLog(t.Context(), p.indexer.Persisted()))
			p.put("e", 4)
			p.find(4, 3)
			p.must(p.store.Check(t.Context()))
			p.stop()
		})
	}
}

// A pair is a real store and the index that follows it.
type pair struct {
	*testing.T
	dir       string
	openIndex func(string) (index.Backend, error)
	store     *store.Store
	indexer   *indexer.Indexer
}

func (p *pair) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *pair) openStore() {
	p.Helper()
	s, err := store.Open(p.dir, store.Options{})
	p.must(err)
	p.store = s
}

func (p *pair) start() {
	p.Helper()
	p.openStore()
	x, err := indexer.Start(indexer.Config{Source: p.store, Dir: filepath.Join(p.dir, "index"), Open: p.openIndex, Fields: p.store.Fields})
	p.must(err)
	p.indexer = x
}

func (p *pair) stop() {
	p.Helper()
	p.must(p.indexer.Close())
	p.must(p.store.Close())
}

func (p *pair) put(id string, n float64) {
	p.Helper()
	r := schema.NewRecord(id)
	r.Set("web.sessionsCount", schema.Num(n))
	_, err := p.store.Update(p.Context(), func(tx *store.Tx) error { _, err := tx.Put(r); return err })
	p.must(err)
}

// putMany writes customers in one transaction.
func (p *pair) putMany(prefix string, customers int, n float64) {
	p.Helper()
	_, err := p.store.Update(p.Context(), func(tx *store.Tx) error {
		for i := range customers {
			r := schema.NewRecord(prefix + strconv.Itoa(i))
			r.Set("web.sessionsCount", schema.Num(n))
			if _, err := tx.Put(r); err != nil {
				return err
			}
		}
		return nil
	})
	p.must(err)
}

func (p *pair) delete(id string) {
	p.Helper()
	_, err := p.store.Update(p.Context(), func(tx *store.Tx) error { _, err := tx.Delete(id); return err })
	p.must(err)
}

// find counts the customers with a number, once all writes are applied.
func (p *pair) find(n float64, want int) {
	p.Helper()
	p.must(p.indexer.Ready(p.Context()))
	s, err := p.indexer.Snapshot(p.Context(), p.store.Seq())
	p.must(err)
	defer s.Release()
	e := expr.Among{Field: "web.sessionsCount", Kind: schema.Number, Values: []float64{n}}
	got, err := s.Count(context.Background(), e)
	p.must(err)
	if got != want {
		p.Errorf("%v customers with %v, want %d", got, n, want)
	}
}
