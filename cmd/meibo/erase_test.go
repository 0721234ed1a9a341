package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	encodings "golang.org/x/text/encoding/japanese"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/store"
)

// A person is a customer whose every value is nobody else's.
const (
	personID = "person-7f3a91"
	partID   = "anonymous-7f3a92" // merged into it
)

// personTexts are what must not be found anywhere after the erasure.
func personTexts() []string {
	return []string{personID, partID, "MEMBER-7F3A93", "花岡七子", "唯一無二花子", "unique-7f3a94@person.example", "before-7f3a95@person.example",
		"09073731919", "tag-7f3a96", "memo of 7f3a97", "anonymous name 7f3a98", "https://person.example/7f3a99"}
}

// found lists the files of a folder that have a text, in any of the encodings
// that files come in, as it is or in small letters.
func found(t *testing.T, dir, text string) (in []string) {
	t.Helper()
	forms := [][]byte{[]byte(text), []byte(strings.ToLower(text)), []byte(schema.Fold(text))}
	for _, e := range []interface{ String(string) (string, error) }{encodings.ShiftJIS.NewEncoder(), encodings.EUCJP.NewEncoder()} {
		if encoded, err := e.String(text); err == nil {
			forms = append(forms, []byte(encoded))
		}
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		body, err := os.ReadFile(path)
		if slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Contains(body, form) }) {
			in = append(in, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// A laboratory is a data folder in which the person is everywhere.
type laboratory struct {
	*testing.T
	dir string
}

// open opens the folder and does something in it.
func (l laboratory) open(do func(w *workspace)) {
	l.Helper()
	a := &app{stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, env: func(string) string { return "" }, clock: time.Now, lang: "en"}
	w, err := a.openWorkspace(l.dir, true, nil)
	l.must(err)
	defer func() { l.must(w.Close()) }()
	l.must(a.awaitIndex(l.Context(), w))
	do(w)
}

func (l laboratory) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l laboratory) put(w *workspace, id, body string) {
	l.Helper()
	_, err := w.Put(l.Context(), service.EditRequest{ID: id, Body: []byte(body), Repeat: service.Repeat{Caller: "c", Key: fmt.Sprint("put ", w.store.Seq())}})
	l.must(err)
}

// ended waits for a job.
func (l laboratory) ended(w *workspace, j service.Job, err error) service.Job {
	l.Helper()
	l.must(err)
	w.StartJobs()
	for !job.Ended(j.State) {
		time.Sleep(time.Millisecond)
		j, err = w.Job(j.ID)
		l.must(err)
	}
	return j
}

// populate makes the person and 200 others.
func (l laboratory) populate() {
	l.open(func(w *workspace) {
		for i := range 200 {
			l.put(w, fmt.Sprintf("other-%03d", i), fmt.Sprintf(`{"tags":["common"],"profile":{"name":"客%d","email":"other%d@x.jp","description":"of other %d"}}`, i, i, i))
		}
		l.put(w, partID, `{"profile":{"name":"anonymous name 7f3a98"}}`)
		l.put(w, personID, `{"tags":["tag-7f3a96"],"profile":{"email":"before-7f3a95@person.example"}}`)
		l.put(w, personID, `{"tags":["tag-7f3a96"],"profile":{"name":"花岡七子","email":"unique-7f3a94@person.example","mobileNumber":"09073731919","description":"memo of 7f3a97"}}`)
		_, err := w.store.Update(l.Context(), func(tx *store.Tx) error {
			c, err := tx.Customer(personID)
			if err != nil {
				return err
			}
			r := c.Record.Clone()
			r.Set(schema.MemberIDField, schema.Text("MEMBER-7F3A93"))
			r.Set("member", schema.Bool(true))
			r.Set("name", schema.Text("唯一無二花子"))
			r.Set("profile.referrer", schema.Text("https://person.example/7f3a99"))
			if _, err := tx.Put(r); err != nil {
				return err
			}
			_, err = tx.Merge(partID, personID)
			return err
		})
		l.must(err)
		l.files(w)
		l.jobs(w)
	})
}

// files leaves the person in uploads, a file of refused rows, and exports.
func (l laboratory) files(w *workspace) {
	rows := "memberId,profile.name,profile.email,lastSeenAt\nMEMBER-7F3A93,花岡七子,unique-7f3a94@person.example,never\n"
	sjis, err := encodings.ShiftJIS.NewEncoder().String(rows)
	l.must(err)
	_, err = w.Upload(l.Context(), "waits.csv", -1, strings.NewReader(sjis))
	l.must(err)
	u, err := w.Upload(l.Context(), "refused.csv", -1, strings.NewReader(rows))
	l.must(err)
	j, err := w.StartImport(l.Context(), service.ImportBody{Uploads: []string{u.ID}, System: true})
	if j = l.ended(w, j, err); j.State != job.Done {
		l.Fatalf("%+v", j)
	}
	for _, format := range []table.Format{table.CSV, table.XLSX} {
		j, err := w.StartExport(l.Context(), service.ExportRequest{Question: service.Question{Filter: `profile.email = "unique-7f3a94@person.example"`}, Format: format})
		if j = l.ended(w, j, err); j.State != job.Done {
			l.Fatalf("%+v", j.Error)
		}
	}
	j, err = w.StartExport(l.Context(), service.ExportRequest{IDs: []string{"other-001"}, Format: table.CSV}) // of somebody else: it stays
	l.ended(w, j, err)
}

// jobs leaves the person in a job's texts and in the audit log.
func (l laboratory) jobs(w *workspace) {
	before := json.RawMessage(`{"filter":"profile.email = \"Before-7f3a95@person.example\""}`) // the history knows it
	_, err := w.store.Update(l.Context(), func(tx *store.Tx) error {
		request := json.RawMessage(fmt.Sprintf(`{"ids":[%q],"filter":"id = %s"}`, personID, `\"MEMBER-7F3A93\"`))
		number, err := tx.AddJob(store.Job{Kind: service.JobBulk, State: job.Done, Request: request, Result: request})
		return errors.Join(err, tx.Audit(store.AuditEntry{Action: "bulk.started", Kind: "job", Key: personID, Detail: request, Job: number}),
			tx.Audit(store.AuditEntry{Action: "export.started", Kind: "job", Detail: before}))
	})
	l.must(err)
}

// terms are the words that the index has, of all fields whose words it lists.
func (l laboratory) terms() (all []string) {
	l.open(func(w *workspace) {
		snap, err := w.indexer.Snapshot(l.Context(), w.store.Seq())
		l.must(err)
		defer snap.Release()
		for f := range w.store.Fields().All() {
			if f.Kind != schema.String && f.Kind != schema.List {
				continue
			}
			page, err := snap.Values(l.Context(), index.ValuesQuery{Field: f.Key, Kind: f.Kind, Limit: index.MaxValues})
			if err != nil {
				continue // the words of a few fields are not listed
			}
			for _, v := range page.Values {
				all = append(all, v.Value.Text())
			}
		}
	})
	return all
}

func (l laboratory) termsOf(text string) bool {
	return slices.ContainsFunc(l.terms(), func(term string) bool { return strings.Contains(term, schema.Fold(text)) })
}

// Erased and compacted, a customer is nowhere in the data folder; before, the
// same search finds it.
func TestNothingIsLeftOfAnErasedCustomer(t *testing.T) {
	l := laboratory{t, filepath.Join(t.TempDir(), "data")}
	l.populate()
	for _, text := range personTexts() {
		if in := found(t, l.dir, text); !slices.Contains(in, storeFile) {
			t.Errorf("control: %s is only in %q", text, in)
		}
	}
	for _, file := range []string{"files/uploads/", "files/job-", "files/export-"} {
		if in := found(t, l.dir, "unique-7f3a94@person.example"); !slices.ContainsFunc(in, func(name string) bool { return strings.HasPrefix(name, file) }) {
			t.Errorf("control: no %s among %q", file, in)
		}
	}
	if !l.termsOf("unique-7f3a94@person.example") || !l.termsOf("tag-7f3a96") {
		t.Error("control: the index does not list its words")
	}
	kept := filepath.Join(t.TempDir(), "before.meibo")
	meibo(t, "backup", "--data", l.dir, kept).wants(t, exitDone, "201 customers")

	meiboWith(t, "2\n", map[string]string{}, "erase", "--data", l.dir, personID).wants(t, exitFailed, "nothing was changed")
	meiboWith(t, "1\n", map[string]string{}, "erase", "--data", l.dir, personID).wants(t, exitDone, "1 customers are erased", "2 exports, 2 uploads")
	for _, text := range personTexts() { // the files need no compaction
		if in := found(t, filepath.Join(l.dir, filesDir), text); len(in) > 0 {
			t.Errorf("%s is in %q", text, in)
		}
	}
	if in := found(t, filepath.Join(l.dir, filesDir), "other-001"); len(in) == 0 {
		t.Error("the export of somebody else is gone")
	}
	meibo(t, "compact", "--data", l.dir).wants(t, exitDone, "KiB before")
	l.nowhere()
	meibo(t, "check", "--data", l.dir).wants(t, exitDone, "200 customers")

	meibo(t, "restore", "--data", l.dir, "--yes", kept).wants(t, exitDone, "200 customers are restored", "1 customers who were erased")
	l.nowhere()
	meibo(t, "check", "--data", l.dir).wants(t, exitDone, "200 customers")
	meibo(t, "query", "--data", l.dir, "--count", "member").must(t)

	elsewhere := filepath.Join(t.TempDir(), "new")
	meibo(t, "restore", "--data", elsewhere, kept).wants(t, exitDone, "201 customers are restored")
}

func (l laboratory) nowhere() {
	l.Helper()
	for _, text := range personTexts() {
		if in := found(l.T, l.dir, text); len(in) > 0 {
			l.Errorf("%s is still in %q", text, in)
		}
	}
	terms := l.terms()
	if !slices.Contains(terms, "common") {
		l.Errorf("the index lists %d words and not those of others", len(terms))
	}
	for _, text := range personTexts() {
		if slices.ContainsFunc(terms, func(term string) bool { return strings.Contains(term, schema.Fold(text)) }) {
			l.Errorf("the index lists %s", text)
		}
	}
	l.open(func(w *workspace) {
		_, err := w.Get(l.Context(), personID)
		if service.CodeOf(err) != service.CodeGone {
			l.Errorf("%v", err)
		}
	})
	l.jobsAndAudit()
}

// jobsAndAudit looks at what is left of the entries that named the person.
func (l laboratory) jobsAndAudit() {
	l.open(func(w *workspace) {
		erased := 0
		l.must(w.store.AuditEntries(l.Context(), 0, func(e store.AuditEntry) bool {
			if e.Key == store.Erased || strings.Contains(string(e.Detail), store.Erased) {
				erased++
			}
			return true
		}))
		if erased < 4 { // the jobs', and those of two exports
			l.Errorf("%d entries of the audit log say that somebody was erased", erased)
		}
	})
}
