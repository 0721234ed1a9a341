package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"meibo/index"
)

// awaitIndex waits until searches see the import, also while the index is being
// rebuilt. It gives up when the index has failed and does not recover.
func (im *importer) awaitIndex(ctx context.Context) error {
	im.report.Seq = im.service.store.Seq()
	failing := 0
	for {
		im.progressOfIndex()
		snapshot, err := im.snapshot(ctx)
		if err == nil {
			snapshot.Release()
			return nil
		}
		if errors.Is(err, context.DeadlineExceeded) || im.service.status().State == stateRebuilding {
			failing = 0 // it is under way
		} else {
			failing++
		}
		if ctx.Err() != nil || failing > indexPatience {
			im.report.Cancelled = ctx.Err() != nil
			return fmt.Errorf("all rows are stored, but the index has not followed: %w", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(indexPause):
		}
	}
}

func (im *importer) progressOfIndex() {
	p := ImportProgress{Stage: StageIndex, Bad: im.report.Bad, Total: int64(im.report.Seq - im.began)}
	if applied := im.service.status().Applied; applied > im.began {
		p.Bytes = int64(applied - im.began)
	}
	im.tell(p)
}

// An index that has failed is asked again so many times, so long apart.
const (
	stateRebuilding = "rebuilding"

	indexPatience = 50
	indexPause    = 100 * time.Millisecond
)

// snapshot waits for a while only, so that progress is told meanwhile.
func (im *importer) snapshot(ctx context.Context) (index.Snapshot, error) {
	step, stop := context.WithTimeout(ctx, 5*indexPause)
	defer stop()
	return im.service.index.Snapshot(step, im.report.Seq)
}
