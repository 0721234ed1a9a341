package store

import (
	"context"
	"errors"
	"fmt"
)

// maxFindings bounds what one Check reports.
const maxFindings = 50

// Check reads the whole file and compares everything in it that says the same
// twice: bbolt's pages, every checksum, ids and member ids with the records,
// the log with the records' seqs, the counters. It returns all that it finds,
// joined, up to 50. Writes wait while the pages are looked at.
func (s *Store) Check(ctx context.Context) error {
	if err := s.checkPages(ctx); err != nil {
		return err // what else is found then says little
	}
	c := &checker{ctx: ctx}
	err := s.view(func(v *view) error {
		c.view = v
		return c.run()
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return errors.Join(append(c.findings, err)...)
}

// checkPages asks bbolt about the file's structure, which needs the writers to
// stand still.
func (s *Store) checkPages(ctx context.Context) error {
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writer }()
	return s.view(func(v *view) error {
		var findings []error
		for err := range v.bolt.Check() { // to the end: a goroutine sends
			if len(findings) < maxFindings {
				findings = append(findings, &CorruptError{Reason: err.Error()})
			}
		}
		return errors.Join(findings...)
	})
}

var errEnough = errors.New("store: enough findings")

type checker struct {
	*view
	ctx      context.Context
	findings []error
	looked   int

	seq, trimmed uint64
	live         uint64 // customers that are not deleted
	anonymous    uint64 // customers that were erased and have no id any more
	members      uint64 // of those, with a memberId
	counted      map[string]uint64
	active       []activeCount
}

// found notes a finding, and ends the check after too many.
func (c *checker) found(err error) error {
	if err == nil {
		return nil
	}
	c.findings = append(c.findings, err)
	if len(c.findings) >= maxFindings {
		return errEnough
	}
	return nil
}

func (c *checker) run() error {
	meta, err := c.table(bucketMeta)
	if err != nil {
		return err
	}
	if c.seq, err = meta.must(metaSeq); err != nil {
		return err
	}
	if c.trimmed, err = meta.must(metaTrimmed); err != nil {
		return err
	}
	c.counted = map[string]uint64{}
	looks := map[string]func(t table, key, body []byte) error{
		bucketCustomers:   c.customer,
		bucketLog:         c.logEntry,
		bucketTokens:      func(t table, key, _ []byte) error { return t.decodeJSON(key, &Token{}) },
		bucketSessions:    func(t table, key, _ []byte) error { return t.decodeJSON(key, &Session{}) },
		bucketSegments:    c.segment,
		bucketVersions:    c.version,
		bucketIdempotency: c.answer,
		bucketActive:      c.activeMonth,
		bucketSecrets:     func(t table, key, _ []byte) error { return t.decodeJSON(key, &Secret{}) },
		bucketHistory:     c.history,
		bucketJobs:        func(t table, key, _ []byte) error { return t.decodeJSON(key, &Job{}) },
		bucketSelections:  c.selection,
		bucketAudit:       func(t table, key, _ []byte) error { return t.decodeJSON(key, &AuditEntry{}) },
		bucketErased:      c.erasedID,
	}
	for _, name := range bucketNames() {
		if err := c.values(name, looks[name]); err != nil {
			return err
		}
	}
	if err := c.activeCounts(); err != nil {
		return err
	}
	return c.counters(meta)
}

// values verifies each checksum of a bucket, then has a look at what it seals.
func (c *checker) values(name string, look func(t table, key, body []byte) error) error {
	t, err := c.table(name)
	if err != nil {
		return c.found(err)
	}
	cursor := t.bucket.Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		if c.looked++; c.looked%scanCheck == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		c.counted[name]++
		body, err := t.unseal(key, value)
		if err == nil && look != nil {
			err = look(t, key, body)
		}
		if err := c.found(err); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) customer(t table, key, body []byte) error {
	number, ok := keyNumber(key)
	if !ok {
		return t.corrupt(key, "the key is no number")
	}
	s, err := c.view.customer(t, key, body)
	if err != nil {
		return err
	}
	if s.erased && s.record.Len() == 0 {
		c.anonymous++
		return c.logged(t, key, number, s)
	}
	if err := c.leadsTo(bucketIDs, s.record.ID(), number); err != nil {
		return err
	}
	if err := c.notErased(t, key, s); err != nil {
		return err
	}
	if !s.deleted {
		c.live++
		if member := memberOf(s.record); member != "" {
			c.members++
			if err := c.leadsTo(bucketMembers, member, number); err != nil {
				return err
			}
		}
	}
	if s.merged != 0 {
		if err := c.mergedInto(t, key, s.merged); err != nil {
			return err
		}
	}
	return c.logged(t, key, number, s)
}

// leadsTo checks that a key of ids or members names the customer's number.
func (c *checker) leadsTo(bucket, key string, number uint64) error {
	t, err := c.table(bucket)
	if err != nil {
		return err
	}
	if key == "" {
		return &CorruptError{Bucket: bucketCustomers, Key: numberKey(number), Reason: "the record has no id"}
	}
	n, found, err := t.number([]byte(key))
	if err != nil {
		return nil // told where that bucket's own checksums are looked at
	}
	if !found || n != number {
		return t.corrupt([]byte(key), fmt.Sprintf("it should lead to the customer number %d", number))
	}
	return nil
}

// logged checks that the log has a customer's last write.
func (c *checker) logged(t table, key []byte, number uint64, s stored) error {
	switch {
	case s.seq == 0 || s.seq > c.seq:
		return t.corrupt(key, fmt.Sprintf("its seq %d is not among the store's %d", s.seq, c.seq))
	case s.seq <= c.trimmed:
		return nil
	}
	log, err := c.table(bucketLog)
	if err != nil {
		return err
	}
	value := log.bucket.Get(numberKey(s.seq))
	if value == nil {
		return log.corrupt(numberKey(s.seq), "missing")
	}
	e, err := log.logEntry(numberKey(s.seq), value)
	if err != nil {
		return nil // told with the log
	}
	if e.number != number || (e.op == opDelete) != s.deleted {
		return log.corrupt(numberKey(s.seq), fmt.Sprintf("it should tell of the customer number %d", number))
	}
	return nil
}

func (c *checker) logEntry(t table, key, body []byte) error {
	e, err := t.decodeLogEntry(key, body)
	if err != nil {
		return err
	}
	if e.seq <= c.trimmed || e.seq > c.seq {
		return t.corrupt(key, fmt.Sprintf("outside of the log, which is %d to %d", c.trimmed+1, c.seq))
	}
	customers, err := c.table(bucketCustomers)
	if err != nil {
		return err
	}
	if customers.bucket.Get(numberKey(e.number)) == nil {
		return t.corrupt(key, fmt.Sprintf("there is no customer number %d", e.number))
	}
	return nil
}

// segment checks that the newest version of a segment is what it is now; none
// is kept of one from before there were versions.
func (c *checker) segment(t table, key, _ []byte) error {
	seg, err := t.segment(key)
	if err != nil {
		return err
	}
	versions, err := c.table(bucketVersions)
	if err != nil {
		return err
	}
	body, err := versions.get(versionKey(seg.Key, seg.Version))
	if err != nil || body == nil && seg.Version == 1 {
		return nil // told with the versions
	}
	newest, err := versions.version(versionKey(seg.Key, seg.Version), body)
	if err != nil || newest.Segment != seg {
		return t.corrupt(key, fmt.Sprintf("its version %d is not kept as it is", seg.Version))
	}
	return nil
}

func (c *checker) version(t table, key, body []byte) error {
	v, err := t.version(key, body)
	if err != nil {
		return err
	}
	segments, err := c.table(bucketSegments)
	if err != nil {
		return err
	}
	if segments.bucket.Get([]byte(v.Key)) == nil {
		return t.corrupt(key, "there is no such segment")
	}
	return nil
}

func (c *checker) answer(t table, key, body []byte) error {
	ages, err := c.table(bucketAges)
	if err != nil {
		return err
	}
	if len(body) < answerHead || ages.bucket.Get(ageKey(body[:8], string(key))) == nil {
		return t.corrupt(key, "its age is not kept")
	}
	return nil
}

// history checks that an entry reads, and that its customer had that write.
func (c *checker) history(t table, key, body []byte) error {
	if _, err := c.view.history(t, key, body); err != nil {
		return err
	}
	number, seq, _ := historyPlace(key)
	s, there, err := c.get(number)
	switch {
	case err != nil:
		return nil // told with the customers
	case !there:
		return t.corrupt(key, fmt.Sprintf("there is no customer number %d", number))
	case seq == 0 || seq > s.seq:
		return t.corrupt(key, fmt.Sprintf("the last write of its customer is %d", s.seq))
	}
	return nil
}

// counters compares what the store counts with what is there, and reads what
// it keeps in memory.
func (c *checker) counters(meta table) error {
	live, err := meta.must(metaCustomers)
	if err != nil {
		return err
	}
	for _, pair := range []struct {
		what        string
		kept, there uint64
	}{
		{"customers", live, c.live},
		{"entries of ids", c.counted[bucketIDs], c.counted[bucketCustomers] - c.anonymous},
		{"entries of members", c.counted[bucketMembers], c.members},
		{"log entries", c.counted[bucketLog], c.seq - c.trimmed},
		{"ages of kept answers", c.counted[bucketAges], c.counted[bucketIdempotency]},
	} {
		if pair.kept == pair.there {
			continue
		}
		if err := c.found(&CorruptError{Bucket: bucketMeta, Key: []byte(pair.what), Reason: fmt.Sprintf("%d where there should be %d", pair.kept, pair.there)}); err != nil {
			return err
		}
	}
	settings, err := readSettings(c.bolt)
	if err == nil {
		_, _, err = readFields(c.bolt, settings.Region)
	}
	return c.found(err)
}
