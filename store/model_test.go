package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"meibo/dsl/schema"
)

// A model is what a store should hold, in plain maps.
type model struct {
	seq     uint64
	records map[string]schema.Record
	gone    map[string]schema.Record // what deleted ones were
	seqs    map[string]uint64        // of each id's last write, deleted ones too
	log     []string                 // id by seq-1
	merged  map[string]string        // what each id was merged into
	active  map[string]bool          // "month id"
}

// target is where a merged id leads; "" for one that was not merged.
func (m model) target(id string) (target string) {
	for next, ok := m.merged[id]; ok; next, ok = m.merged[next] {
		target = next
	}
	return target
}

func (m model) clone() model {
	m.records, m.seqs, m.log = maps.Clone(m.records), maps.Clone(m.seqs), m.log[:len(m.log):len(m.log)]
	m.merged, m.active = maps.Clone(m.merged), maps.Clone(m.active)
	m.gone = maps.Clone(m.gone)
	return m
}

func (m *model) wrote(id string) uint64 {
	m.seq++
	m.seqs[id] = m.seq
	m.log = append(m.log, id)
	return m.seq
}

func (m *model) holder(member string) string {
	for id, r := range m.records {
		if memberOf(r) == member {
			return id
		}
	}
	return ""
}

// Random writes, rollbacks and restarts, compared with plain maps throughout.
func TestModel(t *testing.T) {
	cases := 300
	if n, err := strconv.Atoi(os.Getenv("MEIBO_CASES")); err == nil {
		cases = min(n, 20_000)
	}
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("MEIBO_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("MEIBO_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	s := open(t, dir, Options{})
	m := model{records: map[string]schema.Record{}, gone: map[string]schema.Record{}, seqs: map[string]uint64{}, merged: map[string]string{}, active: map[string]bool{}}
	rollback := errors.New("rolled back")
	for i := range cases {
		next := m.clone()
		abandon := rnd.IntN(6) == 0
		seq, err := s.Update(t.Context(), func(tx *Tx) error {
			for range rnd.IntN(12) {
				step(t, rnd, tx, &next)
			}
			if abandon {
				return rollback
			}
			return nil
		})
		switch {
		case abandon && !errors.Is(err, rollback):
			t.Fatalf("case %d: %v", i, err)
		case !abandon && (err != nil || seq != next.seq):
			t.Fatalf("case %d: seq %d, want %d; %v", i, seq, next.seq, err)
		case !abandon:
			m = next
		}
		if rnd.IntN(25) == 0 {
			closeStore(t, s)
			s = open(t, dir, Options{})
		}
		if rnd.IntN(10) == 0 {
			compare(t, s, m)
		}
		if t.Failed() {
			t.Fatalf("case %d of MEIBO_SEED=%d", i, seed)
		}
	}
	compare(t, s, m)
}

// modelMonths are those of the model, each some days after the epoch.
var modelMonths = [...]string{"1970-01", "1970-02"}

func (m *model) countActive(t *testing.T, rnd *rand.Rand, tx *Tx, id string) {
	for i, month := range modelMonths {
		at := int64(i) * 40 * 24 * 3600_000 // ms
		if rnd.IntN(2) == 0 {
			continue
		}
		if err := tx.CountActive(id, at); (err == nil) != (m.seqs[id] > 0) {
			t.Errorf("CountActive(%s) = %v", id, err)
		}
		if m.seqs[id] > 0 {
			m.active[month+" "+id] = true
		}
	}
}

func (m *model) merge(t *testing.T, tx *Tx, from, into string) {
	_, there := m.records[from]
	_, target := m.records[into]
	seq, err := tx.Merge(from, into)
	if ok := there && target && from != into; (err == nil) != ok {
		t.Errorf("Merge(%s, %s) = %v", from, into, err)
	}
	if err != nil {
		return
	}
	m.wrote(from)
	if want := m.wrote(into); seq != want {
		t.Errorf("Merge(%s, %s) has seq %d, want %d", from, into, seq, want)
	}
	delete(m.records, from)
	m.merged[from] = into
	for _, month := range modelMonths {
		if m.active[month+" "+from] {
			delete(m.active, month+" "+from)
			m.active[month+" "+into] = true
		}
	}
}

func step(t *testing.T, rnd *rand.Rand, tx *Tx, m *model) {
	id := fmt.Sprint("c", rnd.IntN(40))
	switch rnd.IntN(12) {
	case 0:
		m.countActive(t, rnd, tx, id)
		return
	case 1:
		if len(m.merged) < 20 { // what was merged never comes back
			m.merge(t, tx, id, fmt.Sprint("c", rnd.IntN(40)))
		}
		return
	}
	if target := m.target(id); target != "" {
		var merged *MergedError
		_, err := tx.Put(randomRecord(rnd, id))
		if !errors.As(err, &merged) || merged.Target != target {
			t.Errorf("Put(%s), which was merged into %s: %v", id, target, err)
		}
		if _, err := tx.Delete(id); !errors.As(err, &merged) {
			t.Errorf("Delete(%s), which was merged: %v", id, err)
		}
		return
	}
	if rnd.IntN(5) == 0 {
		_, there := m.records[id]
		_, known := m.seqs[id]
		seq, err := tx.Delete(id)
		switch {
		case there:
			m.gone[id] = m.records[id]
			delete(m.records, id)
			if want := m.wrote(id); err != nil || seq != want {
				t.Errorf("Delete(%s) = %d, %v, want %d", id, seq, err, want)
			}
		case !errors.Is(err, ErrNotFound) || errors.Is(err, ErrDeleted) != known:
			t.Errorf("Delete(%s) = %v, known before: %v", id, err, known)
		}
		return
	}
	if rnd.IntN(8) == 0 {
		undelete(t, tx, m, id)
		return
	}
	r := randomRecord(rnd, id)
	seq, err := tx.Put(r)
	member := memberOf(r)
	holder := ""
	if member != "" {
		holder = m.holder(member)
	}
	var taken *MemberTakenError
	old, there := m.records[id]
	switch {
	case there && old.Equal(r):
		if err != nil || seq != m.seqs[id] {
			t.Errorf("Put of an equal %s = %d, %v, want %d", id, seq, err, m.seqs[id])
		}
	case holder != "" && holder != id:
		if !errors.As(err, &taken) || taken.ID != holder {
			t.Errorf("Put(%s) with the memberId of %s: %v", id, holder, err)
		}
	default:
		m.records[id] = r
		delete(m.gone, id)
		if want := m.wrote(id); err != nil || seq != want {
			t.Errorf("Put(%s) = %d, %v, want %d", id, seq, err, want)
		}
	}
	if c, err := tx.Customer(id); (err == nil) != (m.seqs[id] > 0 && m.records[id].Len() > 0) || err == nil && !c.Record.Equal(m.records[id]) {
		t.Errorf("inside the transaction, %s is %v, %v", id, c, err)
	}
}

// undelete brings a customer back as it was, where it is deleted and its
// memberId is free.
func undelete(t *testing.T, tx *Tx, m *model, id string) {
	t.Helper()
	r, deleted := m.gone[id]
	_, there := m.records[id]
	was, _, err := tx.Deleted(id)
	switch {
	case there:
		if !errors.Is(err, ErrNotDeleted) {
			t.Errorf("Deleted(%s), which is there: %v", id, err)
		}
		return
	case !deleted:
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("Deleted(%s), which never was: %v", id, err)
		}
		return
	case err != nil || !was.Equal(r):
		t.Errorf("Deleted(%s) = %v, %v, want %v", id, was, err, r)
	}
	seq, err := tx.Undelete(was)
	if holder := m.holder(memberOf(r)); memberOf(r) != "" && holder != "" {
		if taken := (*MemberTakenError)(nil); !errors.As(err, &taken) || taken.ID != holder {
			t.Errorf("Undelete(%s) with the memberId of %s: %v", id, holder, err)
		}
		return
	}
	m.records[id] = r
	delete(m.gone, id)
	if want := m.wrote(id); err != nil || seq != want {
		t.Errorf("Undelete(%s) = %d, %v, want %d", id, seq, err, want)
	}
}

func randomRecord(rnd *rand.Rand, id string) schema.Record {
	r := schema.NewRecord(id)
	if rnd.IntN(3) == 0 {
		r.Set("memberId", schema.Text(fmt.Sprint("m", rnd.IntN(20))))
	}
	for range rnd.IntN(4) {
		key := fmt.Sprint("profile.f", rnd.IntN(60))
		switch rnd.IntN(5) {
		case 0:
			r.Set(key, schema.Num(rnd.NormFloat64()))
		case 1:
			r.Set(key, schema.Num(float64(rnd.Int64N(1<<40))))
		case 2:
			r.Set(key, schema.Bool(rnd.IntN(2) == 0))
		case 3:
			r.Set(key, schema.Strings("あ", fmt.Sprint(rnd.IntN(3))))
		default:
			r.Set(key, schema.At(rnd.Int64N(1<<42)))
		}
	}
	return r
}

func compare(t *testing.T, s *Store, m model) {
	t.Helper()
	check(t, s)
	if s.Seq() != m.seq || s.Len() != len(m.records) {
		t.Errorf("seq %d, %d customers; want %d, %d", s.Seq(), s.Len(), m.seq, len(m.records))
	}
	sameCustomers(t, s, m.records)
	for id, seq := range m.seqs {
		c, err := s.Customer(id)
		if r, there := m.records[id]; there {
			if err != nil || c.Seq != seq || !c.Record.Equal(r) {
				t.Errorf("%s is %v, %v; want %v, seq %d", id, c, err, r, seq)
			}
		} else if target := m.target(id); target != "" {
			var merged *MergedError
			if !errors.As(err, &merged) || merged.Target != target {
				t.Errorf("%s, which was merged into %s: %v", id, target, err)
			}
		} else if !errors.Is(err, ErrDeleted) {
			t.Errorf("the deleted %s: %v", id, err)
		}
	}
	for _, month := range modelMonths {
		want := 0
		for key := range m.active {
			if strings.HasPrefix(key, month) {
				want++
			}
		}
		if got, err := s.Active(month); err != nil || got != uint64(want) {
			t.Errorf("%s: %d active, %v; want %d", month, got, err, want)
		}
	}
	if m.seq == 0 {
		return
	}
	for after := uint64(0); after < m.seq; {
		changes, err := s.Changes(t.Context(), after, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			r, there := m.records[c.ID]
			if c.ID != m.log[c.Seq-1] || there != (c.Record != nil) || there && !c.Record.Equal(r) {
				t.Errorf("change %d is %s %v; want %s %v", c.Seq, c.ID, c.Record, m.log[c.Seq-1], r)
			}
		}
		after = changes[len(changes)-1].Seq
	}
}
