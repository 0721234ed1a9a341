package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/api/job"
	"meibo/dsl/schema"
	"meibo/store"
)

// A fileDesk is a register in a folder that can be closed and opened again, as
// by a process that was ended.
type fileDesk struct {
	*Service
	t    *testing.T
	dir  string
	ids  int
	rows int // of a batch
	now  time.Time
}

func newFileDesk(t *testing.T, rows int) *fileDesk {
	d := &fileDesk{t: t, dir: t.TempDir(), rows: rows, now: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)}
	d.open()
	t.Cleanup(d.close)
	return d
}

func (d *fileDesk) open() {
	d.t.Helper()
	clock := func() time.Time { return d.now }
	s, err := store.Open(d.dir, store.Options{Clock: clock, NewID: func() string { d.ids++; return fmt.Sprintf("new-%06d", d.ids) }})
	if err != nil {
		d.t.Fatal(err)
	}
	d.Service = New(Config{Store: s, Folder: filepath.Join(d.dir, "files"), Index: scannedIndex{s}, Clock: clock})
	d.importRows = d.rows
	if err := d.ClearUnfinished(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *fileDesk) close() {
	d.t.Helper()
	d.Close()
	if err := d.store.Close(); err != nil {
		d.t.Error(err)
	}
}

// stopAt makes the runner stop before the n-th batch from now, from 1.
func (d *fileDesk) stopAt(n int) (stopped <-chan struct{}) {
	done := make(chan struct{})
	d.beforeBatch = func(ctx context.Context) {
		if n--; n == 0 {
			go func() {
				defer close(done)
				d.jobs.Stop()
			}()
			<-ctx.Done()
		}
	}
	return done
}

func (d *fileDesk) send(name, text string) string {
	d.t.Helper()
	u, err := d.Upload(d.t.Context(), name, int64(len(text)), strings.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	return u.ID
}

// ask queues an import of one file, or of several as name, text, name, text.
func (d *fileDesk) ask(b ImportBody, files ...string) Job {
	d.t.Helper()
	for i := 0; i < len(files); i += 2 {
		b.Uploads = append(b.Uploads, d.send(files[i], files[i+1]))
	}
	j, err := d.StartImport(d.t.Context(), b)
	if err != nil {
		d.t.Fatal(err)
	}
	return j
}

// await runs jobs until one has ended, or the runner was stopped.
func (d *fileDesk) await(id string) (Job, ImportReport) {
	d.t.Helper()
	d.StartJobs()
	for {
		changed := d.jobs.Changed()
		j, err := d.Job(id)
		if err != nil {
			d.t.Fatal(err)
		}
		if job.Ended(j.State) {
			var report ImportReport
			if len(j.Result) > 0 {
				if err := json.Unmarshal(j.Result, &report); err != nil {
					d.t.Fatal(err)
				}
			}
			return j, report
		}
		<-changed
	}
}

// take imports and gives "created updated unchanged kept refused".
func (d *fileDesk) take(b ImportBody, files ...string) (counts string, id string) {
	d.t.Helper()
	j, report := d.await(d.ask(b, files...).ID)
	if j.State != job.Done {
		d.t.Fatalf("%s: %+v", j.State, j.Error)
	}
	return countsOf(report), j.ID
}

func countsOf(r ImportReport) string {
	return fmt.Sprint(r.Created, r.Updated, r.Unchanged, r.Kept, r.Bad)
}

// state is everything that a register knows of its customers and fields.
func (d *fileDesk) state() []string {
	d.t.Helper()
	var all []string
	_, err := d.store.Scan(d.t.Context(), func(r schema.Record) error {
		all = append(all, string(d.customerJSON(r)))
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for f := range d.store.Fields().All() {
		all = append(all, f.Key+" "+f.Kind.String())
	}
	return all
}

func (d *fileDesk) errorFile(id string, number int) string {
	d.t.Helper()
	file, err := d.ImportErrors(id, number)
	if CodeOf(err) == CodeNotFound {
		return ""
	}
	if err != nil {
		d.t.Fatal(err)
	}
	text, err := os.ReadFile(file.Path)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text[:file.Size])
}

// randomFiles are a CSV and an NDJSON file full of duplicates and faults.
func randomFiles(r *rand.Rand) []string {
	var lines, rows strings.Builder
	lines.WriteString("id,email,携帯番号,rank,tags,ignored\n")
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	for range 40 + r.IntN(40) {
		id, email := pick("", fmt.Sprintf("c%d", r.IntN(12))), pick("", fmt.Sprintf("%s%d@X.jp", pick("a", "A"), r.IntN(10)))
		phone := pick("", fmt.Sprintf("090-0000-000%d", r.IntN(6)), fmt.Sprintf("+81 90 0000 000%d", r.IntN(6)))
		fmt.Fprintf(&lines, "%s,%s,%s,%s,%s,%s\n", id, email, phone, pick("", "1", "2", "3", "x"), pick("", "t", "u"), pick("", "ignored"))
		if r.IntN(10) == 0 {
			lines.WriteString("too,few\n")
		}
		switch r.IntN(12) {
		case 0:
			rows.WriteString("no json\n")
		case 1:
			fmt.Fprintf(&rows, `{"id":"%s","lastSeenAt":1}`+"\n", id)
		default:
			fmt.Fprintf(&rows, `{"id":"c%d","profile":{"email":"%s","mobileNumber":"%s","score":%s}}`+"\n", r.IntN(12), email, phone, pick("1", "2.5", `"x"`, "null"))
		}
	}
	return []string{"a.csv", lines.String(), "b.ndjson", rows.String()}
}

func randomBody(r *rand.Rand) ImportBody {
	keys := []ImportKey{KeyAuto, KeyID, KeyEmail, KeyPhone}
	return ImportBody{Map: map[string]string{"rank": "profile.rank:Number", "ignored": ""}, CreateFields: true,
		Key: keys[r.IntN(len(keys))], Conflict: ImportConflicts()[r.IntN(3)]}
}

// An import that is ended between any of its batches, several times, comes to
// the same as one that is not.
func TestAnImportThatIsEndedGoesOnWhereItWas(t *testing.T) {
	seed := rand.Uint64()
	for round := range 12 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		files, body := randomFiles(r), randomBody(r)
		whole, broken := newFileDesk(t, 7), newFileDesk(t, 7)
		wantJob, wantReport := whole.await(whole.ask(body, files...).ID)
		id := broken.ask(body, files...).ID
		for stops := 1 + r.IntN(3); stops > 0; stops-- {
			stopped := broken.stopAt(1 + r.IntN(6))
			broken.StartJobs()
			broken.untilStopped(id, stopped)
			broken.spoilErrors()
			broken.close()
			broken.open()
		}
		gotJob, gotReport := broken.await(id)
		gotReport.Seq, wantReport.Seq = 0, 0
		fault := cmp.Diff(wantReport, gotReport) + cmp.Diff(whole.state(), broken.state())
		for number := 1; number <= 2; number++ {
			fault += cmp.Diff(whole.errorFile(wantJob.ID, number), broken.errorFile(gotJob.ID, number))
		}
		if gotJob.State != job.Done || fault != "" {
			t.Fatalf("seed %d, round %d: %s %v\n%s", seed, round, gotJob.State, gotJob.Error, fault)
		}
		if names, err := namesIn(filepath.Join(broken.folder, uploadsFolder)); err != nil || len(names) > 0 {
			t.Fatalf("uploads that stay: %v %v", names, err)
		}
	}
}

// untilStopped waits until the runner has stopped or the job has ended.
func (d *fileDesk) untilStopped(id string, stopped <-chan struct{}) {
	d.t.Helper()
	for {
		changed := d.jobs.Changed()
		j, err := d.Job(id)
		if err != nil {
			d.t.Fatal(err)
		}
		if job.Ended(j.State) {
			return
		}
		select {
		case <-changed:
		case <-stopped:
			return
		}
	}
}

// spoilErrors leaves in the error files what a process that was ended between
// writing them and its commit leaves there.
func (d *fileDesk) spoilErrors() {
	d.t.Helper()
	names, err := filepath.Glob(filepath.Join(d.folder, "job-*"+errorsMark+"*"))
	for _, name := range names {
		f, openErr := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if openErr != nil {
			d.t.Fatal(openErr)
		}
		_, writeErr := f.WriteString("half a ro")
		err = errors.Join(err, writeErr, f.Close())
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// A dry run says what the import then does, and leaves nothing.
func TestADryRunSaysWhatTheImportDoes(t *testing.T) {
	seed := rand.Uint64()
	for round := range 12 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		d := newFileDesk(t, 7)
		d.take(ImportBody{Map: map[string]string{"rank": "", "ignored": ""}}, randomFiles(r)[:2]...)
		body := randomBody(r)
		files := randomFiles(r)
		before, seq := d.state(), d.store.Seq()
		body.DryRun = true
		body.Uploads = []string{d.send(files[0], files[1]), d.send(files[2], files[3])}
		dry, dryReport := d.await(d.ask(body).ID)
		if diff := cmp.Diff(before, d.state()); dry.State != job.Done || diff != "" || d.store.Seq() != seq {
			t.Fatalf("seed %d, round %d: %s, something was written: %s", seed, round, dry.State, diff)
		}
		if names, err := namesIn(d.folder); err != nil || slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, scratchPrefix) }) {
			t.Fatal("the copy stays", names, err)
		}
		body.DryRun = false
		real, realReport := d.await(d.ask(body).ID)
		dryErrors, realErrors := d.errorFile(dry.ID, 1)+d.errorFile(dry.ID, 2), d.errorFile(real.ID, 1)+d.errorFile(real.ID, 2)
		if countsOf(dryReport) != countsOf(realReport) || dryErrors != realErrors || len(dryReport.Fields) != len(realReport.Fields) {
			t.Fatalf("seed %d, round %d, key %s, %s: dry %s, real %s\n%s", seed, round, body.Key, body.Conflict, countsOf(dryReport), countsOf(realReport), cmp.Diff(dryErrors, realErrors))
		}
	}
}

func TestRulesForCustomersWhoAreThere(t *testing.T) {
	const there = `{"id":"a","profile":{"email":"a@x.jp","name":"佐藤"},"tags":["t"]}`
	const row = `{"id":"a","profile":{"email":"new@x.jp","description":"d","name":null},"tags":["u"]}` + "\n" + `{"id":"b","profile":{"email":"b@x.jp"}}`
	for _, c := range []struct {
		rule                ImportConflict
		counts, email, name string
		description, tag    string
	}{
		{ConflictOverwrite, "1 1 0 0 0", "new@x.jp", "", "d", "u"},
		{ConflictKeep, "1 0 0 1 0", "a@x.jp", "佐藤", "", "t"},
		{ConflictEmpty, "1 1 0 0 0", "a@x.jp", "佐藤", "d", "t"},
	} {
		d := newFileDesk(t, 0)
		d.take(ImportBody{}, "x.ndjson", there)
		if counts, _ := d.take(ImportBody{Conflict: c.rule}, "x.ndjson", row); counts != c.counts {
			t.Errorf("%s: %s", c.rule, counts)
		}
		got, err := d.store.Customer("a")
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]string{schema.EmailField: c.email, "profile.name": c.name, "profile.description": c.description} {
			if text := got.Record.Get(key).Text(); text != want {
				t.Errorf("%s: %s is %q, want %q", c.rule, key, text, want)
			}
		}
		if !got.Record.Get(schema.TagsField).Equal(schema.Strings(c.tag)) {
			t.Errorf("%s: tags %s", c.rule, got.Record.Get(schema.TagsField))
		}
	}
}

func TestKeysOfAnImport(t *testing.T) {
	const there = `{"id":"a","memberId":"m1","profile":{"email":"A@x.jp","mobileNumber":"090-1234-5678"}}
{"id":"b","profile":{"email":"twice@x.jp"}}
{"id":"c","profile":{"email":"Twice@x.jp"}}
{"id":"d","profile":{"email":"TWICE@x.jp"}}
{"id":"e","profile":{"email":"twice@x.jp"}}
`
	for _, c := range []struct {
		name   string
		body   ImportBody
		file   string
		counts string
		faults string
	}{
		{"e-mail, folded", ImportBody{Key: KeyEmail}, "email,note\nａ@X.JP,1\n", "0 1 0 0 0", ""},
		{"e-mail, two rows with a new key are one customer", ImportBody{Key: KeyEmail}, "email,note\nn@x.jp,1\nN@x.jp,2\n,3\n,4\n", "3 1 0 0 0", ""},
		{"e-mail of several customers", ImportBody{Key: KeyEmail}, "email,note\ntwice@x.jp,1\n", "0 0 0 0 1", codeAmbiguousKey + " b, c, d, …"},
		{"e-mail, an id of somebody else", ImportBody{Key: KeyEmail}, "id,email\na,n@x.jp\nnew,m@x.jp\n", "1 0 0 0 1", "already_exists"},
		{"phone", ImportBody{Key: KeyPhone}, "携帯番号,note\n+81 90 1234 5678,1\n０９０１２３４５６７８,1\n080-1,2\n", "1 2 0 0 0", ""},
		{"member", ImportBody{Key: KeyMemberID, System: true}, "memberId,note\nm1,1\nm2,2\nm2,3\n", "1 2 0 0 0", ""},
		{"id only: a memberId finds nobody", ImportBody{Key: KeyID, System: true}, "id,memberId\nz,m1\n", "0 0 0 0 1", "member_taken"},
		{"auto finds members", ImportBody{System: true}, "memberId,note\nm1,1\n", "0 1 0 0 0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newFileDesk(t, 2)
			d.take(ImportBody{System: true}, "x.ndjson", there)
			c.body.CreateFields = true
			counts, id := d.take(c.body, "x.csv", c.file)
			if counts != c.counts {
				t.Errorf("%s, want %s: %s", counts, c.counts, d.errorFile(id, 1))
			}
			code, ids, _ := strings.Cut(c.faults, " ")
			_, report := d.await(id)
			if c.faults != "" && (len(report.Faults) != 1 || report.Faults[0].First.Code != code || !strings.Contains(report.Faults[0].First.Reason.EN, ids)) {
				t.Errorf("%+v", report.Faults)
			}
		})
	}
	d := newFileDesk(t, 0)
	_, err := d.StartImport(t.Context(), ImportBody{Key: KeyEmail, Uploads: []string{d.send("x.csv", "id,name\na,b\n")}})
	if CodeOf(err) != CodeBadRequest || !strings.Contains(err.Error(), "profile.email") {
		t.Error(err)
	}
}

// What others write between two batches counts: the customer whom they gave
// the key is met, the one from whom they took it is not.
func TestKeysFollowOtherWriters(t *testing.T) {
	d := newFileDesk(t, 1)
	d.take(ImportBody{}, "x.ndjson", `{"id":"a","profile":{"email":"a@x.jp"}}`+"\n"+`{"id":"b","profile":{"email":"b@x.jp"}}`)
	batch := 0
	d.beforeBatch = func(ctx context.Context) {
		if batch++; batch != 2 {
			return
		}
		_, err := d.store.Update(ctx, func(tx *store.Tx) error {
			for id, email := range map[string]string{"a": "moved@x.jp", "b": "c@x.jp"} {
				if _, err := d.Apply(tx, Write{ID: id, Edits: []Edit{{Key: schema.EmailField, Value: schema.Text(email)}}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	counts, _ := d.take(ImportBody{Key: KeyEmail, CreateFields: true}, "x.csv", "email,note\na@x.jp,1\nc@x.jp,2\na@x.jp,3\n")
	if counts != "1 2 0 0 0" {
		t.Error(counts)
	}
}

func TestAnErrorFileIsCorrectedAndImported(t *testing.T) {
	d := newFileDesk(t, 2)
	_, id := d.take(ImportBody{Map: map[string]string{"ランク": "profile.rank:Number"}, CreateFields: true}, "会員.csv",
		"id,メール,ランク\na,a@x.jp,1\nb,\"=b,@x.jp\",\"bad\nrank\"\nc,c@x.jp\nd,d@x.jp,4\ne,\"e\"x,5\n")
	text := d.errorFile(id, 1)
	if !strings.HasPrefix(text, "\ufeffid,メール,ランク,meibo:line,meibo:error,meibo:raw\n") || strings.Count(text, "\n") != 5 || !strings.Contains(text, `"'=b,@x.jp"`) {
		t.Fatalf("%q", text)
	}
	// As it is, every row is refused again, those that could not be read clearly so.
	counts, again := d.take(ImportBody{}, "会員.csv.errors.csv", text)
	if _, report := d.await(again); counts != "0 0 0 0 3" || !strings.Contains(d.errorFile(again, 1), "meibo:raw") {
		t.Fatalf("%s %+v", counts, report)
	}
	var fixed []string
	for i, line := range strings.Split(strings.Replace(text, "bad\nrank", "bad rank", 1), "\n") {
		switch {
		case i == 0 || line == "":
		case strings.HasPrefix(line, "b,"):
			line = strings.Replace(line, "bad rank", "2", 1)
		case strings.Contains(line, "c,c@x.jp"):
			line = "c,c@x.jp,3,4,,"
		default:
			line = "e,ex@x.jp,5,6,,"
		}
		fixed = append(fixed, line)
	}
	if counts, id := d.take(ImportBody{}, "会員.csv.errors.csv", strings.Join(fixed, "\n")); counts != "3 0 0 0 0" {
		t.Errorf("%s\n%s", counts, d.errorFile(id, 1))
	}
	for id, rank := range map[string]float64{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5} {
		importDesk{d.Service, t}.wants(id, "profile.rank", schema.Num(rank))
	}
	importDesk{d.Service, t}.wants("b", schema.EmailField, schema.Text("=b,@x.jp"))
}

func TestAnErrorFileOfNDJSONIsCorrectedAndImported(t *testing.T) {
	d := newFileDesk(t, 2)
	_, id := d.take(ImportBody{}, "x.ndjson", `{"id":"a","profile":{"email":"a@x.jp","name":7}}`+"\nno json\n"+`{"id":"c","profile.name":"<c>"}`+"\n")
	lines := strings.Split(strings.TrimSpace(d.errorFile(id, 1)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"meibo:error":`) || !strings.Contains(lines[1], `"meibo:raw":"no json"`) {
		t.Fatal(lines)
	}
	if counts, _ := d.take(ImportBody{}, "x.ndjson.errors.ndjson", strings.Join(lines, "\n")); counts != "0 0 0 0 2" {
		t.Error(counts)
	}
	lines[0] = strings.Replace(lines[0], ":7", `:"seven"`, 1)
	lines[1] = `{"id":"b"}`
	if counts, _ := d.take(ImportBody{}, "x.ndjson.errors.ndjson", strings.Join(lines, "\n")); counts != "2 0 0 0 0" {
		t.Error(counts)
	}
	importDesk{d.Service, t}.wants("a", "profile.name", schema.Text("seven"))
}

func TestACancelledImportKeepsWhatItHas(t *testing.T) {
	d := newFileDesk(t, 10)
	id := d.ask(ImportBody{}, "x.ndjson", rowsOf(100)).ID
	batch := 0
	d.beforeBatch = func(ctx context.Context) {
		if batch++; batch == 4 {
			if _, err := d.CancelJob(context.WithoutCancel(ctx), id); err != nil {
				t.Error(err)
			}
		}
	}
	j, report := d.await(id)
	if j.State != job.Cancelled || report.Rows != 30 || d.store.Len() != 30 {
		t.Errorf("%s, %d rows, %d customers", j.State, report.Rows, d.store.Len())
	}
	if names, err := namesIn(filepath.Join(d.folder, uploadsFolder)); err != nil || len(names) > 0 {
		t.Error(names, err)
	}
}

func TestUploadsBelongToATokenAndExpire(t *testing.T) {
	d := newFileDesk(t, 0)
	u, err := d.As(Caller{Role: RoleManager, TokenID: "t1"}).Upload(t.Context(), "dir/x.csv", -1, strings.NewReader("id,email\na,a@x.jp\n"))
	if err != nil || u.Name != "x.csv" || u.Format != "csv" || len(u.Columns) != 2 || u.Columns[1].Field != schema.EmailField {
		t.Fatalf("%v %+v", err, u)
	}
	if _, err := d.LookUpload(t.Context(), u.ID); CodeOf(err) != CodeNotFound {
		t.Error("another token sees it:", err)
	}
	if _, err := d.As(Caller{Role: RoleManager, TokenID: "t1"}).LookUpload(t.Context(), u.ID); err != nil {
		t.Error(err)
	}
	d.now = d.now.Add(uploadLife)
	if _, err := d.As(Caller{Role: RoleManager, TokenID: "t1"}).LookUpload(t.Context(), u.ID); CodeOf(err) != CodeNotFound {
		t.Error("it has not expired:", err)
	}
	d.Upkeep(t.Context())
	if names, err := namesIn(filepath.Join(d.folder, uploadsFolder)); err != nil || len(names) > 0 {
		t.Error(names, err)
	}
}

func TestOnlyOwnersImportPrimitiveFieldsAndFieldsNeedTheirRight(t *testing.T) {
	d := newFileDesk(t, 0)
	manager := d.As(Caller{Role: RoleManager, TokenID: "t1"})
	program := d.As(Caller{Role: RoleService, TokenID: "t2", Scopes: []string{ScopeWrite}})
	for _, c := range []struct {
		who  *Service
		body ImportBody
		want Code
	}{
		{manager, ImportBody{System: true}, CodeForbidden}, {manager, ImportBody{CreateFields: true}, ""},
		{program, ImportBody{CreateFields: true}, CodeForbidden}, {program, ImportBody{}, ""},
	} {
		u, err := c.who.Upload(t.Context(), "x.csv", -1, strings.NewReader("email\na@x.jp\n"))
		if err != nil {
			t.Fatal(err)
		}
		c.body.Uploads = []string{u.ID}
		if _, err := c.who.StartImport(t.Context(), c.body); c.want == "" && err != nil || c.want != "" && CodeOf(err) != c.want {
			t.Errorf("%+v: %v", c.body, err)
		}
	}
}

func TestAPreviewWritesNothing(t *testing.T) {
	d := newFileDesk(t, 0)
	d.take(ImportBody{}, "x.csv", "id,email\na,a@x.jp\n")
	before, seq := d.state(), d.store.Seq()
	u := d.send("x.csv", "email,rank\nA@X.jp,1\nb@x.jp,2\nc\n")
	p, err := d.PreviewImport(t.Context(), ImportBody{Uploads: []string{u}, Key: KeyEmail, CreateFields: true})
	if err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for _, row := range p.Rows {
		statuses = append(statuses, row.Status)
	}
	if diff := cmp.Diff([]string{Updated, Created, Refused}, statuses); diff != "" || len(p.Errors) != 1 || len(p.Fields) != 1 || !strings.Contains(string(p.Rows[0].Customer), `"rank":1`) {
		t.Errorf("%s %+v %s", diff, p, p.Rows[0].Customer)
	}
	if diff := cmp.Diff(before, d.state()); diff != "" || d.store.Seq() != seq {
		t.Error(diff)
	}
}

func TestAKeyTableFindsWhatWasAdded(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	var table keyTable
	want := map[uint64][]uint64{}
	for range 20_000 {
		hash, number := uint64(r.IntN(5000))<<50|uint64(r.IntN(3)), uint64(1+r.IntN(50_000))
		table.add(hash, number)
		if !slices.Contains(want[hash], number) {
			want[hash] = append(want[hash], number)
		}
	}
	for hash, numbers := range want {
		var got []uint64
		table.find(hash, func(n uint64) bool { got = append(got, n); return true })
		slices.Sort(got)
		slices.Sort(numbers)
		if !slices.Equal(got, numbers) {
			t.Fatalf("seed %d: %d: %v, want %v", seed, hash, got, numbers)
		}
	}
	if most := 2 * 20_000; len(table.slots) > most {
		t.Errorf("%d slots for 20,000 keys", len(table.slots))
	}
}

func TestAFileOfAnotherSystemIsReadAsItsOwn(t *testing.T) {
	d := newFileDesk(t, 2)
	for file, want := range map[string]string{"shopify-customers.csv": "shopify", "cafe24-members-ko.csv": "cafe24", "cafe24-members-ja.csv": "cafe24"} {
		text, err := os.ReadFile(filepath.Join("../../testdata/imports", file))
		if err != nil {
			t.Fatal(err)
		}
		u, err := d.LookUpload(t.Context(), d.send(file, string(text)))
		if err != nil || u.Preset != want || u.Encoding == "" {
			t.Errorf("%s: %v %q %q", file, err, u.Preset, u.Encoding)
		}
		counts, id := d.take(ImportBody{CreateFields: true}, file, string(text))
		if refused := d.errorFile(id, 1); refused != "" || strings.HasPrefix(counts, "0 ") {
			t.Errorf("%s: %s\n%s", file, counts, refused)
		}
	}
}

// A field that the caller does not see is neither met nor replaced.
func TestAnImportDoesNotReplaceAFieldThatItsCallerDoesNotSee(t *testing.T) {
	d := newFileDesk(t, 0)
	secret := schema.Field{Key: "profile.salary", Kind: schema.Number, Labels: schema.Words{JA: "給与", EN: "Salary"}, Write: schema.WriteManager, Roles: []string{RoleOwner}}
	if _, err := d.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields([]schema.Field{secret}) }); err != nil {
		t.Fatal(err)
	}
	manager := d.As(Caller{Role: RoleManager, TokenID: "t1"})
	u, err := manager.Upload(t.Context(), "x.csv", -1, strings.NewReader("id,salary\na,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := manager.StartImport(t.Context(), ImportBody{Uploads: []string{u.ID}, CreateFields: true})
	if err != nil {
		t.Fatal(err)
	}
	done, _ := d.await(j.ID)
	if done.State != job.Failed || done.Error.Code != string(CodeExists) || d.store.Len() != 0 {
		t.Errorf("%s %+v", done.State, done.Error)
	}
	if f, _ := d.store.Fields().Lookup(secret.Key); f.Kind != schema.Number || len(f.Roles) != 1 {
		t.Errorf("%+v", f)
	}
}
