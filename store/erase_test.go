package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"meibo/dsl/schema"
)

// selected makes a job for customers.
func selected(t *testing.T, s *Store, ids ...string) (job uint64, unknown []string) {
	t.Helper()
	var chosen Selection
	unknown, err := s.SelectErasable(&chosen, ids)
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) (err error) {
		if job, err = tx.AddJob(Job{Kind: "erase", State: "running"}); err != nil {
			return err
		}
		return tx.PutSelection(job, &chosen)
	})
	return job, unknown
}

// hide does the first step with everybody who is the same person.
func hide(t *testing.T, s *Store, job uint64) (persons int) {
	t.Helper()
	for added := 1; added > 0; {
		all, more, err := s.WithMerged(job)
		if err != nil {
			t.Fatal(err)
		}
		added = more
		update(t, s, func(tx *Tx) error { return tx.PutSelection(job, all) })
		for e, done := (Erasing{Job: job, Limit: 2}), false; !done; {
			update(t, s, func(tx *Tx) error {
				last, d, n, err := tx.Hide(e)
				e.After, done, persons = last, d, persons+n
				return err
			})
		}
	}
	return persons
}

func finish(t *testing.T, s *Store, job uint64) {
	t.Helper()
	forget := func(tx *Tx, e Erasing) (last uint64, done bool, err error) {
		_, last, done, err = tx.Forget(e)
		return last, done, err
	}
	for _, step := range []func(*Tx, Erasing) (uint64, bool, error){(*Tx).Wipe, forget} {
		for e, done := (Erasing{Job: job, Limit: 2}), false; !done; {
			update(t, s, func(tx *Tx) (err error) {
				e.After, done, err = step(tx, e)
				return err
			})
		}
	}
}

func erase(t *testing.T, s *Store, ids ...string) {
	t.Helper()
	job, unknown := selected(t, s, ids...)
	if len(unknown) > 0 {
		t.Fatalf("unknown: %q", unknown)
	}
	hide(t, s, job)
	finish(t, s, job)
}

// gone checks that an id is known as erased by every way to ask for it.
func gone(t *testing.T, s *Store, id string) {
	t.Helper()
	var erased *ErasedError
	if _, err := s.Customer(id); !errors.As(err, &erased) || erased.ID != id || !errors.Is(err, ErrNotFound) || errors.Is(err, ErrDeleted) {
		t.Errorf("%s: %v", id, err)
	}
	if _, err := s.History(t.Context(), id, 0, func(HistoryEntry) bool { return true }); !errors.As(err, &erased) {
		t.Errorf("history of %s: %v", id, err)
	}
	if list, err := s.Customers([]string{id}); err != nil || list[0].Record.Len() != 0 {
		t.Errorf("%s on a page: %v, %v", id, list, err)
	}
	taken := errors.New("take it back")
	_, err := s.Update(t.Context(), func(tx *Tx) error {
		for what, do := range map[string]func() error{
			"put":      func() error { _, err := tx.Put(customer(id, "name", schema.Text("x"))); return err },
			"delete":   func() error { _, err := tx.Delete(id); return err },
			"undelete": func() error { _, err := tx.Undelete(customer(id)); return err },
			"merge":    func() error { _, err := tx.Merge(id, "stays"); return err },
			"into":     func() error { _, err := tx.Merge("stays", id); return err },
		} {
			if err := do(); !errors.As(err, &erased) {
				t.Errorf("%s of %s: %v", what, id, err)
			}
		}
		return taken
	})
	if !errors.Is(err, taken) {
		t.Error(err)
	}
}

func TestErasedCustomersNeverComeBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, customer("stays"), customer("e", "memberId", schema.Text("member-of-e"), "name", schema.Text("佐藤")), customer("part"), customer("older"), customer("deleted"))
	note(t, s, "e")
	note(t, s, "older")
	update(t, s, func(tx *Tx) error { return tx.CountActive("e", 0) })
	merge(t, s, "older", "part")
	merge(t, s, "part", "e") // older → part → e are one person
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("deleted"); return err })
	var chosen Selection
	if _, err := s.Select(&chosen, []string{"stays", "e"}); err != nil {
		t.Fatal(err)
	}
	other := uint64(0)
	update(t, s, func(tx *Tx) (err error) {
		if other, err = tx.AddJob(Job{Kind: "bulk", State: "queued"}); err != nil {
			return err
		}
		return tx.PutSelection(other, &chosen)
	})

	job, unknown := selected(t, s, "older", "deleted", "nobody", "")
	if fmt.Sprint(unknown) != "[nobody ]" {
		t.Errorf("unknown %q", unknown)
	}
	if common, err := s.Meet(other, job); err != nil || !common {
		t.Errorf("the jobs have nobody in common: %v", err)
	}
	if persons := hide(t, s, job); persons != 2 || s.Len() != 1 {
		t.Errorf("%d persons hidden, %d customers left", persons, s.Len())
	}
	for _, id := range []string{"e", "part", "older", "deleted"} {
		gone(t, s, id) // before anything of the record is
	}
	if _, unknown := selected(t, s, "e", "older"); len(unknown) != 0 {
		t.Errorf("an erasure that was broken off cannot be done again: %q", unknown)
	}
	check(t, s)
	closeStore(t, s)
	s = open(t, dir, Options{})
	hidden, _, done, err := s.Hidden(Erasing{Job: job, Limit: 100})
	if err != nil || !done || len(hidden) != 8 || hidden[0].Get("name").Text() != "佐藤" { // with two for each entry of the history
		t.Errorf("what to look for after a restart: %v, %v", hidden, err)
	}
	finish(t, s, job)
	update(t, s, func(tx *Tx) error {
		changed, err := tx.Unselect(other, job)
		if !changed {
			t.Error("nobody is taken out of the other job")
		}
		return err
	})
	if list, _, err := s.Selected(other, 0, 10); err != nil || len(list) != 1 || list[0].Record.ID() != "stays" {
		t.Errorf("the other job is for %v, %v", list, err)
	}
	for range 2 {
		check(t, s)
		for _, id := range []string{"e", "part", "older", "deleted"} {
			gone(t, s, id)
		}
		if _, unknown := selected(t, s, "e", "older"); len(unknown) != 2 {
			t.Errorf("they can be erased again: %q", unknown)
		}
		changes, err := s.Changes(t.Context(), 0, 100)
		if err != nil || changes[len(changes)-1].Seq != s.Seq() {
			t.Errorf("the log tells %q, %v", describe(changes), err)
		}
		for _, c := range changes {
			if c.ID != "" && c.ID != "stays" {
				t.Errorf("the log names %q", c.ID)
			}
		}
		if active(t, s, "1970-01") != 1 {
			t.Error("a past month's count changed")
		}
		closeStore(t, s)
		s = open(t, dir, Options{})
	}
	put(t, s, customer("new", "memberId", schema.Text("member-of-e"))) // the memberId is free
	check(t, s)
	known, err := ReadErasures(dir)
	if err != nil || known.Len() != 4 {
		t.Errorf("the file of erasures has %d, %v", known.Len(), err)
	}
	own, err := s.Erasures()
	if err != nil || own.Len() != 4 {
		t.Errorf("the store knows %d, %v", own.Len(), err)
	}
}

// A customer that is merged into another while its erasure waits is erased
// with the other: they are one person.
func TestAMergeBeforeTheErasureBegins(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("stays"), customer("a"), customer("b", "memberId", schema.Text("m")), customer("c"))
	job, _ := selected(t, s, "a")
	merge(t, s, "a", "b")
	merge(t, s, "c", "b")
	if persons := hide(t, s, job); persons != 1 || s.Len() != 1 {
		t.Errorf("%d persons, %d left", persons, s.Len())
	}
	finish(t, s, job)
	for _, id := range []string{"a", "b", "c"} {
		gone(t, s, id)
	}
	check(t, s)
}

func TestTextsOfPersons(t *testing.T) {
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	texts := TextsOf([]schema.Record{customer("id-1", "memberId", schema.Text("M1001"), "profile.email", schema.Text("Hana@Example.jp"),
		"profile.mobileNumber", schema.Text("+81 90-1234-5678"), "name", schema.Text("山田"))}, fields, "JP")
	for text, want := range map[string]string{
		"id-1":                               "[erased]",
		"x id-1, y":                          "x [erased], y",
		"id-10 id-1-2 xid-1":                 "id-10 id-1-2 xid-1",
		`profile.email = "hana@example.jp"`:  `profile.email = "[erased]"`,
		"ohana@example.jp":                   "ohana@example.jp",
		"m1001 m10011":                       "[erased] m10011",
		"tel 090-1234-5678 09012345678":      "tel [erased] [erased]",
		"(090) 1234 5678 and +819012345678!": "([erased] and +[erased]!",
		"190-1234-5678 090-1234-56789":       "190-1234-5678 090-1234-56789",
		"山田":                                 "山田",
		"田id-1田":                             "田[erased]田",
		"":                                   "",
	} {
		if got, changed := texts.Replaced(text); got != want || changed != (got != text) {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
		if texts.In([]byte(text)) != (want != text) {
			t.Errorf("%q: found or not", text)
		}
	}
	texts.Add("e1")
	if !texts.InJSON([]byte(`{"id":"E1"}`)) || texts.InJSON([]byte(`{"id":"e12 e1"}`)) || texts.In([]byte("e1")) {
		t.Error("a short id is a whole string of an answer, or it is not looked for")
	}
	document := `{"id-1": [1e3, "a\"id-1\\"], "n":{"x" :"\u0069d-1"}, "keep":"日\u672c"}`
	got, changed := texts.ReplacedInJSON([]byte(document))
	if want := `{"[erased]": [1e3, "a\"[erased]\\"], "n":{"x" :"[erased]"}, "keep":"日\u672c"}`; string(got) != want || !changed {
		t.Errorf("%s", got)
	}
	if got, changed := texts.ReplacedInJSON([]byte(`{"a":"b"}`)); changed || string(got) != `{"a":"b"}` {
		t.Errorf("%s", got)
	}
}

func TestScrubTakesPersonsOutOfWhatIsKept(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	texts := TextsOf(nil, s.Fields(), "JP")
	texts.Add("person-1")
	raw := func(text string) json.RawMessage { return json.RawMessage(`{"v":"` + text + `"}`) }
	update(t, s, func(tx *Tx) error {
		for i := range 2*scrubChunk + 10 {
			id := fmt.Sprintf("person-%d", i%2+1)
			err := errors.Join(tx.Remember(fmt.Sprint("k", i), [32]byte{byte(i)}, raw(id)),
				tx.Audit(AuditEntry{Action: "a", Key: id, Detail: raw(id), Actor: Actor{Name: "person-1"}}))
			if err != nil {
				return err
			}
		}
		_, err := tx.AddJob(Job{Kind: "x", Request: raw("person-1"), Result: raw("person-2"), Error: &JobError{Code: "c", JA: "person-1 の", EN: "x"}})
		return errors.Join(err, tx.Remember("of person-1", [32]byte{}, raw("x")))
	})
	for part, want := range map[ScrubPart]int{ScrubAnswers: scrubChunk + 6, ScrubAudit: scrubChunk + 5, ScrubJobs: 1} {
		for _, want := range []int{want, 0} { // a second time there is nothing to do
			if n, err := s.ScrubAll(t.Context(), part, texts, 0); err != nil || n != want {
				t.Errorf("%s: %d changed, want %d, %v", part, n, want, err)
			}
		}
	}
	check(t, s)
	update(t, s, func(tx *Tx) error {
		hash, answer, ok := tx.Recall("k0")
		if !ok || len(answer) != 0 || hash != [32]byte{0} {
			t.Errorf("the answer that named it: %q %v", answer, ok)
		}
		if _, answer, ok := tx.Recall("k1"); !ok || string(answer) != `{"v":"person-2"}` {
			t.Errorf("another answer: %q", answer)
		}
		if _, _, ok := tx.Recall("of person-1"); ok {
			t.Error("a key that names it is kept")
		}
		return nil
	})
	j, err := s.Job(1)
	if err != nil || string(j.Request) != `{"v":"[erased]"}` || string(j.Result) != `{"v":"person-2"}` || j.Error.JA != "[erased] の" {
		t.Errorf("%+v, %v", j, err)
	}
	err = s.AuditEntries(t.Context(), 0, func(e AuditEntry) bool {
		if e.Key == "person-1" || e.Actor.Name != "person-1" || strings.Contains(string(e.Detail), "person-1") {
			t.Errorf("%+v", e)
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
}

// An older copy of the store that takes its place is freed of whoever was
// erased since, also where it has no key of erasures yet.
func TestEraseAgain(t *testing.T) {
	for _, before := range []string{"", "first"} {
		dir, old := t.TempDir(), t.TempDir()
		s := open(t, dir, Options{})
		put(t, s, customer("stays"), customer("first"), customer("e", "memberId", schema.Text("member-of-e")), customer("part"))
		note(t, s, "e")
		update(t, s, func(tx *Tx) error { return tx.Audit(AuditEntry{Key: "member-of-e"}) })
		if before != "" {
			erase(t, s, before)
		}
		closeStore(t, s)
		body, err := os.ReadFile(filepath.Join(dir, FileName))
		if err == nil {
			err = os.WriteFile(filepath.Join(old, FileName), body, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, Options{})
		merge(t, s, "part", "e")
		erase(t, s, "e")
		known, err := ReadErasures(dir)
		if err != nil {
			t.Fatal(err)
		}
		copied := open(t, old, Options{})
		if n, err := copied.EraseAgain(t.Context(), known); err != nil || n != 2 {
			t.Errorf("%d erased again, %v", n, err)
		}
		for _, id := range []string{"e", "part"} {
			gone(t, copied, id)
		}
		if _, err := copied.Customer("stays"); err != nil {
			t.Error(err)
		}
		check(t, copied)
		if err := copied.AuditEntries(t.Context(), 0, func(e AuditEntry) bool {
			if e.Key == "member-of-e" {
				t.Error("the audit log names it")
			}
			return true
		}); err != nil {
			t.Error(err)
		}
		if n, err := copied.EraseAgain(t.Context(), known); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
	}
}

// What a crash left of the file of erasures is read up to there.
func TestTheFileOfErasures(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ErasuresFile)
	hash := strings.Repeat("ab", 32)
	for range 2 {
		if err := appendErasures(path, "k", []ErasedHash{{hash, 5}, {strings.Repeat("cd", 32), 6}}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := ReadErasures(dir)
	if err != nil || all.Len() != 4 || all["k"][0] != (ErasedHash{hash, 5}) {
		t.Errorf("%v, %v", all, err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range body {
		if _, err := ParseErasures(strings.NewReader(string(body[:n]))); err != nil && n > len(erasuresHead) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
	var corrupt *CorruptError
	if _, err := ParseErasures(strings.NewReader("something else\n")); !errors.As(err, &corrupt) {
		t.Errorf("another file: %v", err)
	}
}
