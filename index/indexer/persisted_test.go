package indexer_test

import (
	"os"
	"path/filepath"
	"testing"

	"meibo/index"
	"meibo/index/indexer"
)

// The log may be trimmed up to what is on disk, not to what is applied.
func TestPersistedIsWhatIsOnDisk(t *testing.T) {
	r := newRig(t)
	r.start()
	r.source.put("a")
	r.want()
	r.disk.set(func() { r.disk.behind = true })
	r.source.put("b")
	r.want()
	if r.x.Persisted() != 0 {
		t.Errorf("seq %d is on disk, want none", r.x.Persisted())
	}
	r.disk.set(func() { r.disk.behind = false })
	if r.x.Persisted() != 2 {
		t.Errorf("seq %d is on disk, want 2", r.x.Persisted())
	}
}

// A generation that a crash could take back is not named as current.
func TestARebuildIsCurrentOnceItIsOnDisk(t *testing.T) {
	r := newRig(t)
	r.source.put("a", "b")
	r.disk.behind = true
	applied := make(chan struct{}, 100)
	r.disk.hook = func(index.Batch) error { applied <- struct{}{}; return nil }
	r.start()
	<-applied
	current := filepath.Join(r.dir, "CURRENT")
	if _, err := os.Stat(current); !os.IsNotExist(err) {
		t.Errorf("CURRENT names a generation that is not on disk: %v", err)
	}
	r.disk.set(func() { r.disk.snapshot = index.ErrBroken }) // the disk is full, say
	r.eventually("the build fails", func() bool { return r.x.Status().State == indexer.StateFailed })
	r.disk.set(func() { r.disk.snapshot, r.disk.behind = nil, false })
	r.want()
	if _, err := os.Stat(current); err != nil {
		t.Error(err)
	}
}
