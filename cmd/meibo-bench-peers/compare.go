package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"meibo/index/bleveindex"
)

// compare loads and asks every engine in turn: each is alone while it is timed.
func (w *workshop) compare(ctx context.Context) (report, error) {
	loads, err := w.loadAll(ctx)
	if err != nil {
		return report{}, err
	}
	r := report{Machine: machine(), Customers: loads[0].Customers, Now: roundUp(loads[0].Latest), Runs: w.runs, Loads: loads}
	folder := w.database(meiboName)
	if w.data != "" {
		if folder, err = workspaceIndex(w.data); err != nil {
			return r, err
		}
	}
	questions, want, err := w.askMeibo(ctx, folder, &r)
	if err != nil {
		return r, err
	}
	for _, name := range w.only {
		if err := w.askPeer(ctx, name, questions, want, &r); err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
	}
	return r, nil
}

// roundUp is the first midnight in UTC at or after an instant: what "now" means.
func roundUp(millis int64) time.Time {
	const day = 24 * time.Hour
	return time.UnixMilli(millis).Add(day - time.Millisecond).UTC().Truncate(day)
}

// askMeibo asks twice: as it is, and with nothing remembered but the columns.
func (w *workshop) askMeibo(ctx context.Context, folder string, r *report) ([]question, []answer, error) {
	asked, answers, err := w.openAndTime(ctx, folder, false, r)
	if err != nil {
		return nil, nil, err
	}
	_, again, err := w.openAndTime(ctx, folder, true, r)
	if err != nil {
		return nil, nil, err
	}
	for i, q := range asked {
		if answers[i].total != again[i].total || !slices.Equal(answers[i].ids, again[i].ids) {
			r.Faults = append(r.Faults, fmt.Sprintf("%s: meibo answers otherwise where it remembers nothing", q.title))
		}
	}
	return asked, answers, nil
}

func (w *workshop) openAndTime(ctx context.Context, folder string, forgetful bool, r *report) ([]question, []answer, error) {
	m, err := openMeibo(folder, w.fields, bleveindex.Options{Warm: true, Forgetful: forgetful})
	if err != nil {
		return nil, nil, err
	}
	asked, answers, err := w.timeMeibo(ctx, m, forgetful, r)
	return asked, answers, errors.Join(err, m.close())
}

func (w *workshop) timeMeibo(ctx context.Context, m *meibo, forgetful bool, r *report) ([]question, []answer, error) {
	s, err := m.backend.Snapshot(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("ask meibo: %w", err)
	}
	defer s.Release()
	p, err := m.place(ctx, s, r.Now)
	if err != nil {
		return nil, nil, err
	}
	all := questions(p)
	answers := make([]answer, len(all))
	if r.Rows == nil {
		r.Rows = make([]row, len(all))
	}
	for i, q := range all {
		query, err := m.compile(q, r.Now)
		if err != nil {
			return nil, nil, err
		}
		ask := func() error {
			page, err := s.Search(ctx, query)
			answers[i] = answerOf(page)
			return err
		}
		// The first asks make meibo decode columns in the background, as a server
		// does: what counts is how it answers once they are there.
		for range warmUps {
			if err := ask(); err != nil {
				return nil, nil, fmt.Errorf("ask meibo %s: %w", q.title, err)
			}
		}
		if err := m.settle(ctx); err != nil {
			return nil, nil, err
		}
		took, err := median(w.runs, ask)
		if err != nil {
			return nil, nil, fmt.Errorf("ask meibo %s: %w", q.title, err)
		}
		r.Rows[i].Question, r.Rows[i].Matches = q.title, answers[i].total
		if forgetful {
			r.Rows[i].Forgetful = took
		} else {
			r.Rows[i].Meibo = took
		}
	}
	return all, answers, nil
}

func (w *workshop) askPeer(ctx context.Context, name string, asked []question, want []answer, r *report) (err error) {
	p, err := openPeer(name, w.database(name), w.fields)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	version, err := p.version(ctx)
	if err != nil {
		return err
	}
	r.Versions = append(r.Versions, version)
	for i, q := range asked {
		times, err := w.timePeer(ctx, p, q, want[i], func(fault string) {
			r.Faults = append(r.Faults, fmt.Sprintf("%s, %s: %s", q.title, name, fault))
		})
		if err != nil {
			return err
		}
		times.Peer = name
		r.Rows[i].Peers = append(r.Rows[i].Peers, times)
	}
	return nil
}

// timePeer checks the peer's answers to one question and times them.
func (w *workshop) timePeer(ctx context.Context, p peer, q question, want answer, disagrees func(string)) (times peerTimes, err error) {
	ways, err := p.ask(ctx, q)
	if err != nil {
		return times, err
	}
	defer func() { err = errors.Join(err, ways.close()) }()
	faults, err := ways.check(ctx, want)
	if err != nil {
		return times, err
	}
	for _, fault := range faults {
		disagrees(fault)
	}
	return ways.time(ctx, w.runs)
}
