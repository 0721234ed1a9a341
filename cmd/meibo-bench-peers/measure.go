package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// warmUps are runs before the timed ones: the first reads from disk, and meibo
// decodes columns in it.
const warmUps = 2

// milliseconds with their fraction.
type milliseconds float64

// median of the warm runs.
func median(runs int, run func() error) (milliseconds, error) {
	runtime.GC() // what is left over from loading is not to be collected in a run
	times := make([]time.Duration, runs)
	for i := range warmUps + runs {
		start := time.Now()
		if err := run(); err != nil {
			return 0, err
		}
		times[max(0, i-warmUps)] = time.Since(start) // the first timed run overwrites the last of the warm-ups
	}
	slices.Sort(times)
	return milliseconds(times[runs/2].Nanoseconds()) / 1e6, nil
}

// peerTimes are those of the fastest ways of one peer to answer one question.
type peerTimes struct {
	Peer     string       `json:"peer"`
	Count    milliseconds `json:"countMs"`
	Page     milliseconds `json:"pageMs"`
	Both     milliseconds `json:"bothMs"` // one after the other
	CountSQL string       `json:"countSql"`
	PageSQL  string       `json:"pageSql"`
}

// check runs every way once and says where its answer is another than wanted.
func (w ways) check(ctx context.Context, want answer) (faults []string, err error) {
	for _, q := range w.counts {
		n, err := q.count(ctx)
		if err != nil {
			return nil, err
		}
		if n != want.total {
			faults = append(faults, fmt.Sprintf("counts %d, meibo %d, by %s", n, want.total, q.text))
		}
	}
	for _, q := range w.pages {
		ids, err := q.page(ctx)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(ids, want.ids) {
			faults = append(faults, fmt.Sprintf("has other ids (%s), by %s", firstDifference(ids, want.ids), q.text))
		}
	}
	return faults, nil
}

func firstDifference(ids, want []string) string {
	for i := range min(len(ids), len(want)) {
		if ids[i] != want[i] {
			return fmt.Sprintf("at %d %s, meibo %s", i+1, ids[i], want[i])
		}
	}
	return fmt.Sprintf("%d of them, meibo %d", len(ids), len(want))
}

// time finds the fastest way to count and the fastest way to the page, then
// times these two together.
func (w ways) time(ctx context.Context, runs int) (t peerTimes, err error) {
	count := func(q query) error { _, err := q.count(ctx); return err }
	page := func(q query) error { _, err := q.page(ctx); return err }
	counted, countTime, err := fastest(w.counts, runs, count)
	if err != nil {
		return t, err
	}
	paged, pageTime, err := fastest(w.pages, runs, page)
	if err != nil {
		return t, err
	}
	both, err := median(runs, func() error {
		if err := count(counted); err != nil {
			return err
		}
		return page(paged)
	})
	return peerTimes{Count: countTime, Page: pageTime, Both: both, CountSQL: counted.text, PageSQL: paged.text}, err
}

func fastest(list []query, runs int, run func(query) error) (best query, least milliseconds, err error) {
	for i, q := range list {
		took, err := median(runs, func() error { return run(q) })
		if err != nil {
			return best, 0, err
		}
		if i == 0 || took < least {
			best, least = q, took
		}
	}
	return best, least, nil
}
