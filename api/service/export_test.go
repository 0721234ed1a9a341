package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/store"
)

// exportDesk is a service on an empty store with a folder for files.
type exportDesk struct {
	importDesk
	now *time.Time
	dir string // of the store
}

func newExportDesk(t *testing.T) exportDesk {
	t.Helper()
	now := time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC)
	d := exportDesk{now: &now, dir: t.TempDir()}
	d.importDesk.t = t
	d.open(filepath.Join(d.dir, "files"))
	return d
}

func (d *exportDesk) open(folder string) {
	d.t.Helper()
	clock := func() time.Time { return *d.now }
	s, err := store.Open(d.dir, store.Options{Clock: clock})
	if err != nil {
		d.t.Fatal(err)
	}
	service := New(Config{Store: s, Folder: folder, Index: scannedIndex{s}, Clock: clock})
	d.Service = service
	d.t.Cleanup(func() {
		service.Close()
		if err := s.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
			d.t.Error(err)
		}
	})
}

// reopen is the process dying, without a word to the jobs, and another one.
func (d *exportDesk) reopen() {
	d.t.Helper()
	if err := d.store.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.open(d.folder)
}

// ended waits for the end of a job.
func (d exportDesk) ended(id string) Job {
	d.t.Helper()
	for {
		changed := d.jobs.Changed()
		j, err := d.Job(id)
		if err != nil {
			d.t.Fatal(err)
		}
		if job.Ended(j.State) {
			return j
		}
		<-changed
	}
}

// exported runs an export to its end.
func (d exportDesk) exported(r ExportRequest) (Job, ExportResult) {
	d.t.Helper()
	j, err := d.StartExport(d.t.Context(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	d.StartJobs()
	j = d.ended(j.ID)
	if j.State != job.Done {
		d.t.Fatalf("the export is %s: %+v", j.State, j.Error)
	}
	number, _ := jobNumber(j.ID)
	stored, err := d.store.Job(number)
	if err != nil {
		d.t.Fatal(err)
	}
	result, err := exportResult(stored)
	if err != nil {
		d.t.Fatal(err)
	}
	return j, result
}

// file is what somebody downloads.
func (d exportDesk) file(id string) table.Source {
	d.t.Helper()
	f, err := d.OpenExport(d.t.Context(), id, "")
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	path := filepath.Join(d.t.TempDir(), "out."+f.Format)
	whole, err := io.ReadAll(f)
	if err == nil {
		err = os.WriteFile(path, whole, 0o600)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return table.Source{Name: filepath.Base(path), Path: path}
}

// rows are the ids of a file's rows, where its header has keys.
func (d exportDesk) rows(s table.Source) (header []string, ids []string) {
	d.t.Helper()
	in, _, err := table.Open(s, "", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	defer in.Close()
	for {
		r, err := in.Next()
		if errors.Is(err, io.EOF) {
			return in.Columns(), ids
		}
		if err != nil {
			d.t.Fatal(err)
		}
		ids = append(ids, r.Cells[max(0, slices.Index(in.Columns(), "id"))])
	}
}

func (d exportDesk) records() map[string]schema.Record {
	d.t.Helper()
	all := map[string]schema.Record{}
	if _, err := d.store.Scan(d.t.Context(), func(r schema.Record) error {
		all[r.ID()] = r.Clone()
		return nil
	}); err != nil {
		d.t.Fatal(err)
	}
	return all
}

// roundTrip exports everyone and imports the file into an empty workspace.
func (d exportDesk) roundTrip(r ExportRequest) {
	d.t.Helper()
	j, result := d.exported(r)
	want := d.records()
	if result.Rows != len(want) || result.Total != len(want) {
		d.t.Errorf("%s: %d rows of %d, %d customers", r.Format, result.Rows, result.Total, len(want))
	}
	other := newExportDesk(d.t)
	report, err := other.Import(d.t.Context(), ImportRequest{Sources: []table.Source{d.file(j.ID)}, System: true, CreateFields: true, BadRow: func(b BadRow) error {
		return fmt.Errorf("row %d, %s: %s %q", b.Line, b.Column, b.Reason.EN, b.Raw)
	}})
	if err != nil || report.Bad > 0 {
		d.t.Fatalf("%s: %+v, %v", r.Format, report, err)
	}
	got := other.records()
	for id, record := range want {
		if diff := cmp.Diff(record, got[id], cmp.Comparer(schema.Record.Equal)); diff != "" {
			d.t.Fatalf("%s %s: %s is another one\nis  %v\nwas %v", r.Format, r.Headers, id, texts(got[id]), texts(record))
		}
	}
	if len(got) != len(want) {
		d.t.Errorf("%s: %d customers", r.Format, len(got))
	}
}

// differing are the values of one record that another does not have. (When an
// opt-out was set is no value: an import is when it learns of it.)
func differing(a, b schema.Record) (all []string) {
	for key, v := range a.All() {
		if !v.Equal(b.Get(key)) {
			all = append(all, fmt.Sprintf("%s=%v %v, not %v %v", key, v.Kind(), v, b.Get(key).Kind(), b.Get(key)))
		}
	}
	return all
}

func texts(r schema.Record) (all []string) {
	for key, v := range r.All() {
		all = append(all, key+"="+v.String())
	}
	return all
}

func TestTelcoFileComesBackFromEachFormat(t *testing.T) {
	tooManyForTheRaceDetector(t)
	d := newExportDesk(t)
	if _, err := d.Import(t.Context(), ImportRequest{Sources: []table.Source{{Name: "telco.csv", Path: "../../testdata/import/telco-churn.csv"}}, CreateFields: true}); err != nil {
		t.Fatal(err)
	}
	for _, format := range []table.Format{table.XLSX, table.CSV, table.NDJSON} {
		d.roundTrip(ExportRequest{Format: format})
	}
}

// Records of all kinds, as hostile as they can be, come back as they were.
func TestRandomRecordsComeBackFromEachFormat(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	d := newExportDesk(t)
	addFields(t, d.Service, schema.Field{Key: "profile.text", Kind: schema.String}, schema.Field{Key: "profile.number", Kind: schema.Number},
		schema.Field{Key: "profile.yes", Kind: schema.Boolean}, schema.Field{Key: "profile.date", Kind: schema.Date}, schema.Field{Key: "profile.list", Kind: schema.List})
	for i := range 300 {
		keep(t, d.Service, randomRecord(r, d.store.Fields(), i))
	}
	for _, format := range []table.Format{table.XLSX, table.CSV, table.NDJSON} {
		for _, headers := range []string{HeadersLabels, HeadersKeys} {
			for _, language := range []string{"ja", "en"} {
				sameFields := newExportDesk(t)
				sameFields.fieldsOf(d.exportDeskFields()...)
				t.Run(string(format)+" "+headers+" "+language, func(t *testing.T) {
					j, _ := d.exported(ExportRequest{Format: format, Headers: headers, Language: language})
					report, err := sameFields.Import(t.Context(), ImportRequest{Sources: []table.Source{d.file(j.ID)}, System: true, BadRow: func(b BadRow) error {
						return fmt.Errorf("row %d, %s: %s %q", b.Line, b.Column, b.Reason.EN, b.Raw)
					}})
					if err != nil {
						t.Fatalf("seed %d: %+v, %v", seed, report, err)
					}
					got := sameFields.records()
					for id, want := range d.records() {
						if lost := append(differing(want, got[id]), differing(got[id], want)...); len(lost) > 0 {
							t.Fatalf("seed %d: %s: %q", seed, id, lost)
						}
					}
				})
			}
		}
	}
}

// tooManyForTheRaceDetector skips a test of many customers where -short stands,
// which is for the race detector: it would take minutes, and has no goroutine
// that other tests do not have.
func tooManyForTheRaceDetector(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("many customers: minutes under the race detector")
	}
}

func (d exportDesk) exportDeskFields() (own []schema.Field) {
	for f := range d.store.Fields().All() {
		if _, initial := schema.Initial(f.Key); !initial {
			own = append(own, f)
		}
	}
	return own
}

func (d exportDesk) fieldsOf(own ...schema.Field) {
	d.t.Helper()
	if _, err := d.store.Update(d.t.Context(), func(tx *store.Tx) error { return tx.PutFields(own) }); err != nil {
		d.t.Fatal(err)
	}
}

func randomRecord(r *rand.Rand, fields *schema.Fields, i int) schema.Record {
	parts := []string{"a", "=1+1", "+81", "-", "@", "＝", "'", `"`, ",", ";", "、", "\t", "\r", "\n", "\r\n", " ", "　", "あ", "髙", "𠮷", "\x01", "_x0001_", "<", "&", "0012", "true", "2026/11/23", "￥1,234"}
	text := func() string {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		return b.String()
	}
	record := schema.NewRecord(fmt.Sprintf("%04d", i))
	for f := range fields.All() {
		if f.Key == schema.IDField || r.IntN(3) == 0 {
			continue
		}
		switch f.Kind {
		case schema.Boolean:
			record.Set(f.Key, schema.Bool(r.IntN(2) == 0))
		case schema.Number:
			record.Set(f.Key, schema.Num(float64(r.IntN(1<<20))/4))
		case schema.Date:
			record.Set(f.Key, schema.At(r.Int64N(2_000_000_000_000)))
		case schema.List:
			record.Set(f.Key, schema.Strings(text(), text()))
		default:
			record.Set(f.Key, schema.Text(text()))
		}
	}
	for _, key := range []string{schema.CreatedAtField, schema.UpdatedAtField} { // an import fills them in where they are missing
		record.Set(key, schema.At(r.Int64N(2_000_000_000_000)))
	}
	record.Set(schema.MemberField, schema.Bool(!record.Get(schema.MemberIDField).IsMissing()))
	if !record.Get(schema.MemberIDField).IsMissing() {
		record.Set(schema.MemberIDField, schema.Text(fmt.Sprintf("m-%d", i)))
	}
	return record
}

func (d exportDesk) put(n int) {
	d.t.Helper()
	_, err := d.store.Update(d.t.Context(), func(tx *store.Tx) error {
		for i := range n {
			r := schema.NewRecord(fmt.Sprintf("c%05d", i))
			r.Set(schema.NameField, schema.Text(fmt.Sprintf("顧客 %d", i)))
			r.Set("web.sessionsCount", schema.Num(float64(i%10)))
			r.Set(schema.LastSeenField, schema.At(1_700_000_000_000+int64(i)*1000))
			if _, err := tx.Put(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestTheThreeScopesOfAnExport(t *testing.T) {
	tooManyForTheRaceDetector(t)
	d := newExportDesk(t)
	const everyone = MaxExportWithoutFilter + 5
	d.put(everyone)
	j, result := d.exported(ExportRequest{Format: table.CSV, Headers: HeadersKeys, Fields: []string{"name"}})
	if result.Rows != MaxExportWithoutFilter || result.Total != everyone || !result.Truncated {
		t.Errorf("everyone: %+v", result)
	}
	if _, ids := d.rows(d.file(j.ID)); len(ids) != MaxExportWithoutFilter || ids[0] != "c30004" {
		t.Errorf("everyone: %d rows, from %s on", len(ids), ids[0])
	}
	j, result = d.exported(ExportRequest{Format: table.CSV, Question: Question{Filter: "web.sessionsCount >= 0"}, Fields: []string{"id"}})
	if result.Rows != everyone || result.Truncated {
		t.Errorf("a filter: %+v", result)
	}
	if _, ids := d.rows(d.file(j.ID)); len(ids) != everyone {
		t.Errorf("a filter: %d rows", len(ids))
	}
	j, result = d.exported(ExportRequest{Format: table.CSV, Headers: HeadersKeys, Question: Question{Q: "顧客 12345"}})
	if _, ids := d.rows(d.file(j.ID)); result.Rows != 1 || ids[0] != "c12345" {
		t.Errorf("quick search: %+v", result)
	}
	j, result = d.exported(ExportRequest{Format: table.CSV, Headers: HeadersKeys, IDs: []string{"c00007", "nobody", "c00003", "c00005"}, Sort: "-name"})
	if _, ids := d.rows(d.file(j.ID)); result.Rows != 3 || result.Missing != 1 || result.Total != 3 || strings.Join(ids, " ") != "c00007 c00005 c00003" {
		t.Errorf("ids: %+v", result)
	}
}

func TestWhatAnExportRefuses(t *testing.T) {
	d := newExportDesk(t)
	for name, r := range map[string]ExportRequest{
		"format":   {Format: "pdf"},
		"language": {Format: table.CSV, Language: "fr"},
		"headers":  {Format: table.CSV, Headers: "none"},
		"ids":      {Format: table.CSV, IDs: []string{}},
	} {
		_, err := d.StartExport(t.Context(), r)
		if e := wantCode(t, name, err, CodeBadRequest); e != nil && (len(e.Values) != 1 || e.Values[0].Field != name) {
			t.Errorf("%s: %+v", name, e.Values)
		}
	}
	_, err := d.StartExport(t.Context(), ExportRequest{Format: table.CSV, IDs: []string{"a"}, Question: Question{Filter: "member = true"}})
	wantCode(t, "ids and filter", err, CodeBadRequest)
	_, err = d.StartExport(t.Context(), ExportRequest{Format: table.CSV, IDs: make([]string, MaxExportIDs+1)})
	wantCode(t, "too many ids", err, CodeBadRequest)
	_, err = d.StartExport(t.Context(), ExportRequest{Format: table.CSV, Question: Question{Filter: "colour = 1"}})
	wantCode(t, "an unknown field", err, CodeUnknownField)
	_, err = d.StartExport(t.Context(), ExportRequest{Format: table.CSV, Fields: []string{"colour"}})
	wantCode(t, "an unknown field", err, CodeUnknownField)
	_, err = newImportDesk(t).StartExport(t.Context(), ExportRequest{Format: table.CSV})
	wantCode(t, "no folder", err, CodeBadRequest)
	if n := len(jobsOf(t, d.Service)); n != 0 {
		t.Errorf("%d jobs", n)
	}
}

func jobsOf(t *testing.T, s *Service) []Job {
	t.Helper()
	answer, err := s.Jobs(t.Context(), JobsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Jobs
}

// A process that dies while it writes leaves a part; the next one writes the
// file for those for whom it was, whoever matches by then.
func TestAnExportGoesOnForTheSameCustomers(t *testing.T) {
	d := newExportDesk(t)
	d.put(600)
	j, err := d.StartExport(t.Context(), ExportRequest{Format: table.CSV, Headers: HeadersKeys, Question: Question{Filter: "web.sessionsCount < 5"}, Sort: "name"})
	if err != nil {
		t.Fatal(err)
	}
	number, _ := jobNumber(j.ID)
	half := selectOnly(t, d, number)
	if half.Len() != 300 {
		t.Fatalf("%d are chosen", half.Len())
	}
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	part := d.exportPath(number, exportPart)
	if err := os.WriteFile(part, []byte("half of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	keep(t, d.Service, record("new", "web.sessionsCount", schema.Num(1)), record("c00001", "web.sessionsCount", schema.Num(99), "name", schema.Text("変わった")))
	d.reopen()
	if err := d.sweepExports(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(part); err != nil {
		t.Error("the part of a job that goes on is swept away")
	}
	d.StartJobs()
	if j = d.ended(j.ID); j.State != job.Done {
		t.Fatalf("%s: %+v", j.State, j.Error)
	}
	_, ids := d.rows(d.file(j.ID))
	if len(ids) != 300 || ids[0] != "c00001" || ids[1] != "c00000" || slices.Contains(ids, "new") {
		t.Errorf("%d rows, from %s to %s", len(ids), ids[0], ids[len(ids)-1])
	}
	if _, err := os.Stat(part); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the part stays: %v", err)
	}
}

// selectOnly does the first step of an export and lets the job stand there, as
// a process that dies then does.
func selectOnly(t *testing.T, d exportDesk, number uint64) *store.Selection {
	t.Helper()
	selection := &store.Selection{}
	var ids []string
	for i := range 600 {
		if i%10 < 5 {
			ids = append(ids, fmt.Sprintf("c%05d", i))
		}
	}
	if _, err := d.store.Select(selection, ids); err != nil {
		t.Fatal(err)
	}
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		j, err := tx.Job(number)
		if err != nil {
			return err
		}
		j.State, j.Checkpoint = job.Running, []byte(`{"total":300}`)
		return errors.Join(tx.PutJob(j), tx.PutSelection(number, selection))
	})
	if err != nil {
		t.Fatal(err)
	}
	return selection
}

func TestAFinishedExportExpiresOrIsDeleted(t *testing.T) {
	d := newExportDesk(t)
	d.put(3)
	first, result := d.exported(ExportRequest{Format: table.CSV})
	second, _ := d.exported(ExportRequest{Format: table.XLSX, Language: "en"})
	if result.File != "顧客_20261124_1530.csv" || result.ExpiresAt != d.now.Add(7*24*time.Hour).UnixMilli() {
		t.Errorf("%+v", result)
	}
	if err := d.DeleteExport(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	_, err := d.OpenExport(t.Context(), second.ID, "")
	wantCode(t, "deleted", err, CodeGone)
	wantCode(t, "deleted twice", d.DeleteExport(t.Context(), second.ID), CodeGone)
	_, err = d.OpenExport(t.Context(), "99", "")
	wantCode(t, "unknown", err, CodeNotFound)
	if err := d.sweepExports(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.file(first.ID)
	*d.now = d.now.Add(7 * 24 * time.Hour)
	_, err = d.OpenExport(t.Context(), first.ID, "")
	wantCode(t, "expired", err, CodeGone)
	if err := d.sweepExports(t.Context()); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(d.folder); err != nil || len(entries) != 0 {
		t.Errorf("%v stays, %v", entries, err)
	}
	var told []string
	if err := d.store.AuditEntries(t.Context(), 0, func(e store.AuditEntry) bool {
		told = append(told, e.Action+" "+e.Key+" "+string(e.Detail))
		return true
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`export.downloaded 1 {"file":"顧客_20261124_1530.csv","rows":3}`,
		`export.deleted 2 `,
		`export.created 2 {"timeZone":"Asia/Tokyo","now":"2026-11-24T15:30:00+09:00","format":"xlsx","rows":3,"total":3}`,
		`export.created 1 {"timeZone":"Asia/Tokyo","now":"2026-11-24T15:30:00+09:00","format":"csv","rows":3,"total":3}`,
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

func TestAnExportThatIsCancelledLeavesNoFile(t *testing.T) {
	d := newExportDesk(t)
	d.put(1000)
	writing := make(chan struct{})
	d.Service.index = slowIndex{scannedIndex{d.store}, writing}
	j, err := d.StartExport(t.Context(), ExportRequest{Format: table.XLSX})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.OpenExport(t.Context(), j.ID, "")
	wantCode(t, "not finished", err, CodeNotFinished)
	wantCode(t, "not finished", d.DeleteExport(t.Context(), j.ID), CodeNotFinished)
	d.StartJobs()
	<-writing
	if _, err := d.CancelJob(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	if j = d.ended(j.ID); j.State != job.Cancelled {
		t.Errorf("it is %s: %+v", j.State, j.Error)
	}
	if entries, err := os.ReadDir(d.folder); err != nil && !errors.Is(err, fs.ErrNotExist) || len(entries) != 0 {
		t.Errorf("%v stays, %v", entries, err)
	}
	_, err = d.OpenExport(t.Context(), j.ID, "")
	wantCode(t, "cancelled", err, CodeGone)
}

// slowIndex holds who walks through a snapshot for the second time, as an
// export does that writes, until it is cancelled.
type slowIndex struct {
	Index
	writing chan<- struct{}
}

func (x slowIndex) Snapshot(ctx context.Context, seq uint64) (index.Snapshot, error) {
	snap, err := x.Index.Snapshot(ctx, seq)
	return &slowWalks{Snapshot: snap, writing: x.writing}, err
}

type slowWalks struct {
	index.Snapshot
	writing chan<- struct{}
	walks   int
}

func (s *slowWalks) Walk(ctx context.Context, q index.Query, yield func(index.Hit) bool) error {
	if s.walks++; s.walks < 2 {
		return s.Snapshot.Walk(ctx, q, yield)
	}
	n := 0
	return s.Snapshot.Walk(ctx, q, func(h index.Hit) bool {
		if n++; n == 500 {
			close(s.writing)
			<-ctx.Done()
		}
		return yield(h)
	})
}
