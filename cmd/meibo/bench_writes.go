package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/expr"
)

// writeAll measures what changes records, where it may.
func (p *benchPhase) writeAll(ctx context.Context, load mixedLoad) error {
	if !p.mayWrite {
		p.tell("書き込みは測りません（--data のフォルダーを書き換えるため）。--write を付けると測ります。", "writes are not measured, because they would change the folder; --write allows them")
		return nil
	}
	if load.seconds == 0 && !p.wants(writeBench) {
		return nil
	}
	ids, err := p.someIDs(ctx, updatedPeople)
	if err != nil || len(ids) == 0 {
		return err
	}
	visits := &benchVisits{ids: ids, at: p.clock().UnixMilli()}
	if p.wants(writeBench) {
		if err := p.durableWrite(ctx, visits); err != nil {
			return err
		}
	}
	if load.seconds == 0 {
		return nil
	}
	p.tell("%g 秒間、更新しながら質問しています…", "updating and asking for %g seconds…", load.seconds)
	m := &mixedRun{phase: p, load: load, visits: visits, acknowledged: make(chan acknowledgement, 100)}
	if p.report.Updates, err = m.run(ctx); err != nil {
		return err
	}
	return p.trimLog(ctx)
}

// durableWrite measures one write and the next count, which sees it.
func (p *benchPhase) durableWrite(ctx context.Context, visits *benchVisits) error {
	times, err := repeat(ctx, p.runs, p.settle, func(int) (float64, error) {
		id, body, at := visits.one()
		began := time.Now()
		wrote, err := p.Patch(ctx, service.EditRequest{ID: id, Body: body, Policy: service.ImportPolicy(true)})
		if err != nil {
			return 0, err
		}
		seen, err := p.Count(ctx, service.Question{Filter: seenFilter([]string{id}, at), MinSeq: wrote.Seq})
		took := since(began)
		if err == nil && seen.Total != 1 {
			err = fmt.Errorf("the write with seq %d is not seen by a count that asks for it", wrote.Seq)
		}
		return took, err
	})
	if err != nil {
		return err
	}
	p.put(writeBench, 1, times)
	return nil
}

// seenFilter asks for those of some customers who were here at a time, in
// epoch milliseconds, or later.
func seenFilter(ids []string, at int64) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = expr.Quote(id)
	}
	return fmt.Sprintf("id IN (%s) AND lastSeenAt >= %d", strings.Join(quoted, ", "), at)
}

// benchVisits makes updates: customers come back, in turn, each time a
// millisecond or more after the time before.
type benchVisits struct {
	ids  []string
	next int
	at   int64 // epoch milliseconds of the last one
}

// one is the next customer's update, as JSON.
func (v *benchVisits) one() (id string, body []byte, at int64) {
	id = v.ids[v.next%len(v.ids)]
	v.next++
	v.at++
	return id, fmt.Appendf(nil, `{"sessionsCount":%d,"lastSeenAt":%d}`, v.next%50+1, v.at), v.at
}

// batch is the next customers' update, as NDJSON: everyone of it at one time,
// nobody twice.
func (v *benchVisits) batch() (ids []string, body []byte, at int64) {
	v.at++
	for range min(updateBatch, len(v.ids)) {
		id := v.ids[v.next%len(v.ids)]
		v.next++
		ids = append(ids, id)
		quoted, _ := json.Marshal(id) // a string always can be
		body = fmt.Appendf(body, `{"id":%s,"sessionsCount":%d,"lastSeenAt":%d}`+"\n", quoted, v.next%50+1, v.at)
	}
	return ids, body, v.at
}
