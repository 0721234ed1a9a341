package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/memindex"
	"meibo/store"
)

// scannedIndex is an index that reads the whole store for each snapshot.
type scannedIndex struct{ store *store.Store }

func (x scannedIndex) Snapshot(ctx context.Context, _ uint64) (index.Snapshot, error) {
	var records []schema.Record
	seq, err := x.store.Scan(ctx, func(r schema.Record) error {
		records = append(records, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	b := memindex.New()
	batch := index.Batch{Position: index.Position{Epoch: x.store.Epoch(), Seq: seq}, Fields: x.store.Fields(), Upserts: records}
	if err := b.Apply(ctx, batch); err != nil {
		return nil, err
	}
	return b.Snapshot(ctx)
}

// importDesk is a service on an empty store, to import into.
type importDesk struct {
	*Service
	t *testing.T
}

func newImportDesk(t *testing.T) importDesk {
	t.Helper()
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s, err := store.Open(t.TempDir(), store.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return importDesk{New(Config{Store: s, Index: scannedIndex{s}, Clock: clock}), t}
}

// take imports a file and gives "created updated unchanged bad" and the faults.
func (d importDesk) take(name, text string, change func(*ImportRequest)) (counts string, faults []string) {
	d.t.Helper()
	r := ImportRequest{Sources: []table.Source{fileOf(d.t, name, text)}, BadRow: func(b BadRow) error {
		faults = append(faults, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", b.Line, b.Column, b.Field, b.Code)))
		return nil
	}}
	if change != nil {
		change(&r)
	}
	report, err := d.Import(d.t.Context(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	if report.Rows != report.Created+report.Updated+report.Unchanged+report.Bad {
		d.t.Errorf("rows do not add up: %+v", report)
	}
	return fmt.Sprint(report.Created, report.Updated, report.Unchanged, report.Bad), faults
}

func (d importDesk) wants(id, key string, want schema.Value) {
	d.t.Helper()
	c, err := d.store.Customer(id)
	if err != nil {
		d.t.Fatalf("%s: %v", id, err)
	}
	if got := c.Record.Get(key); !got.Equal(want) {
		d.t.Errorf("%s of %s is %s, want %s", key, id, got, want)
	}
}

func system(r *ImportRequest) { r.System = true }

func TestImportChangesWhoIsThereAndAddsTheOthers(t *testing.T) {
	d := newImportDesk(t)
	counts, faults := d.take("x.csv", "id,email,携帯番号\na,a@x.jp,090-1\nb,b@x.jp,\n", nil)
	if counts != "2 0 0 0" || faults != nil {
		t.Errorf("%s %v", counts, faults)
	}
	// A blank cell says nothing; a row without an id is a new customer.
	counts, _ = d.take("x.csv", "id,email,携帯番号\n a ,,090-2\nb,b@x.jp,\n,c@x.jp,\n", nil)
	if counts != "1 1 1 0" {
		t.Error(counts)
	}
	d.wants("a", schema.EmailField, schema.Text("a@x.jp"))
	d.wants("a", schema.MobileNumberField, schema.Text("090-2"))
	if n := d.store.Len(); n != 3 {
		t.Errorf("%d customers", n)
	}
}

func TestImportFindsMembers(t *testing.T) {
	d := newImportDesk(t)
	d.take("x.csv", "id,memberId,name\na,m1,佐藤\n", system)
	if counts, faults := d.take("x.csv", "memberId,name\nm1,鈴木\nm2,田中\n", system); counts != "1 1 0 0" {
		t.Error(counts, faults)
	}
	d.wants("a", schema.NameField, schema.Text("鈴木"))
	d.wants("a", schema.MemberField, schema.Bool(true))
	counts, faults := d.take("x.csv", "id,memberId\nb,m1\n", system)
	if diff := cmp.Diff([]string{"2 memberId memberId member_taken"}, faults); diff != "" || counts != "0 0 0 1" {
		t.Error(counts, diff)
	}
}

func TestARowIsAllOrNothing(t *testing.T) {
	d := newImportDesk(t)
	text := `{"id":"a","profile":{"email":"a@x.jp","description":7}}
{"id":"b","profile":{"email":"b@x.jp"},"lastSeenAt":1}
{"id":"c","colour":"red","profile":{"email":"c@x.jp"}}
not json
{"id":"d","profile":{"email":"d@x.jp"},"tags":["x"]}
`
	counts, faults := d.take("x.ndjson", text, nil)
	want := []string{"1 profile.description profile.description wrong_kind", "2 lastSeenAt lastSeenAt read_only", "3 colour  unknown_field", "4   bad_json"}
	if diff := cmp.Diff(want, faults); diff != "" || counts != "1 0 0 4" {
		t.Error(counts, diff)
	}
	for _, id := range []string{"a", "b", "c"} {
		if _, err := d.store.Customer(id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
	d.wants("d", schema.TagsField, schema.Strings("x"))
}

func TestImportKeepsTheRulesOfWriting(t *testing.T) {
	d := newImportDesk(t)
	d.take("x.ndjson", `{"id":"a","unsubscribeEmail":true,"profile":{"referrer":"first","email":"a@x.jp"}}`, nil)
	counts, faults := d.take("x.ndjson", `{"id":"a","profile":{"referrer":"second"}}`, nil)
	if diff := cmp.Diff([]string{"1 profile.referrer profile.referrer write_once"}, faults); diff != "" || counts != "0 0 0 1" {
		t.Error(counts, diff)
	}
	d.take("x.ndjson", `{"id":"a","unsubscribeEmail":false,"profile":{"referrer":"second","email":null}}`, system)
	d.wants("a", "profile.referrer", schema.Text("first"))
	d.wants("a", "unsubscribeEmail", schema.Bool(true))
	d.wants("a", schema.EmailField, schema.Value{})
	d.take("x.ndjson", `{"id":"b","profile":{"email":"b@x.jp","description":"x"},"tags":["t"]}`, nil)
	d.take("x.ndjson", `{"id":"b","profile":null,"tags":null}`, nil)
	d.wants("b", schema.EmailField, schema.Value{})
	d.wants("b", schema.TagsField, schema.Value{})
}

func TestFieldsAreCreatedForAllValues(t *testing.T) {
	d := newImportDesk(t)
	text := `{"id":"a","profile":{"score":1,"mixed":1,"list":"one","flag":true,"since":"2026-11-23","empty":null}}
{"id":"b","profile":{"score":2.5,"mixed":"x","list":["two",3],"flag":null,"since":""}}
{"id":"c","profile":{"mixed":false,"empty":"  "}}
`
	var created []string
	r := ImportRequest{Sources: []table.Source{fileOf(t, "x.ndjson", text)}, CreateFields: true}
	report, err := d.Import(t.Context(), r)
	if err != nil || report.Created != 3 {
		t.Fatal(err, report)
	}
	for _, f := range report.Fields {
		created = append(created, f.Key+" "+f.Kind.String())
	}
	want := []string{"profile.score Number", "profile.mixed String", "profile.list List", "profile.flag Boolean", "profile.since Date"}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Error(diff)
	}
	d.wants("a", "profile.mixed", schema.Text("1"))
	d.wants("c", "profile.mixed", schema.Text("false"))
	d.wants("a", "profile.list", schema.Strings("one"))
	d.wants("b", "profile.list", schema.Strings("two", "3"))
	d.wants("a", "profile.since", schema.At(time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC).UnixMilli())) // midnight in Tokyo
}

func TestKindsAreInferredAcrossFiles(t *testing.T) {
	d := newImportDesk(t)
	r := ImportRequest{CreateFields: true, Sources: []table.Source{
		fileOf(t, "1.csv", "id,rank,会社\na,1,甲\n"), fileOf(t, "2.csv", "id,会社,rank\nb,乙,S\n"), fileOf(t, "3.ndjson", `{"id":"c","rank":7}`)}}
	report, err := d.Import(t.Context(), r)
	if err != nil || report.Created != 3 || len(report.Fields) != 2 {
		t.Fatal(err, report)
	}
	d.wants("a", "profile.rank", schema.Text("1"))
	d.wants("c", "profile.rank", schema.Text("7"))
	d.wants("b", "profile.column_3", schema.Text("乙"))
}

func TestDryRunWritesNothing(t *testing.T) {
	d := newImportDesk(t)
	d.take("x.csv", "id,email\na,a@x.jp\n", nil)
	before, seq := d.store.Fields().Len(), d.store.Seq()
	counts, faults := d.take("x.csv", "id,email,rank\na,new@x.jp,1\nb,b@x.jp,2\na,a@x.jp,\n", func(r *ImportRequest) { r.DryRun, r.CreateFields = true, true })
	if counts != "1 2 0 0" && counts != "1 1 1 0" || faults != nil {
		t.Error(counts, faults)
	}
	if d.store.Len() != 1 || d.store.Fields().Len() != before || d.store.Seq() != seq {
		t.Error("something was written")
	}
	d.wants("a", schema.EmailField, schema.Text("a@x.jp"))
}

func rowsOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"id\":\"c%05d\",\"profile\":{\"email\":\"%d@x.jp\"}}\n", i, i)
	}
	return b.String()
}

func TestCancelledImportHasWrittenWholeBatches(t *testing.T) {
	const rows, batches = 4*importBatchRows + 1000, 2
	d := newImportDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	report, err := d.Import(ctx, ImportRequest{Sources: []table.Source{fileOf(t, "x.ndjson", rowsOf(rows))}, Progress: func(p ImportProgress) {
		if p.Stage == StageImport && p.Rows >= batches*importBatchRows {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) || !report.Cancelled || report.Rows != batches*importBatchRows {
		t.Errorf("%v, %+v", err, report)
	}
	if n := d.store.Len(); n != report.Created {
		t.Errorf("%d customers, the report says %d", n, report.Created)
	}
	// The same file once more completes it.
	if counts, _ := d.take("x.ndjson", rowsOf(rows), nil); counts != fmt.Sprintf("%d 0 %d 0", rows-report.Created, report.Created) {
		t.Error(counts)
	}
}

func TestAReportThatCannotBeWrittenEndsTheImport(t *testing.T) {
	d := newImportDesk(t)
	full := errors.New("disk full")
	report, err := d.Import(t.Context(), ImportRequest{Sources: []table.Source{fileOf(t, "x.ndjson", "bad\n"+rowsOf(5000))},
		BadRow: func(BadRow) error { return full }})
	if !errors.Is(err, full) || report.Rows != importBatchRows || d.store.Len() != importBatchRows-1 {
		t.Errorf("%v, %+v, %d customers", err, report, d.store.Len())
	}
}

// brokenReader fails in the middle of a file.
type brokenReader struct{ io.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
func (b brokenReader) Close() error { return nil }

func TestAFileThatBreaksOffHasWrittenWhatCameBefore(t *testing.T) {
	d := newImportDesk(t)
	source := table.Source{Name: "x.ndjson", Open: func() (io.ReadCloser, error) {
		return brokenReader{strings.NewReader(rowsOf(1500))}, nil
	}}
	report, err := d.Import(t.Context(), ImportRequest{Sources: []table.Source{source}})
	if !errors.Is(err, io.ErrUnexpectedEOF) || report.Rows != 1500 || d.store.Len() != 1500 {
		t.Errorf("%v, %+v", err, report)
	}
}

func TestFaultsAreCountedByKind(t *testing.T) {
	d := newImportDesk(t)
	text := "email,lastSeenAt\n" + strings.Repeat("a@x.jp,2026-01-01\n", 30) + "b\n"
	report, err := d.Import(t.Context(), ImportRequest{Sources: []table.Source{fileOf(t, "x.csv", text)}})
	if err != nil || report.Bad != 31 || len(report.Faults) != 2 {
		t.Fatal(err, report)
	}
	if f := report.Faults[0]; f.Count != 30 || f.First.Line != 2 || !strings.Contains(f.First.Reason.EN, "--system") || f.First.Raw == "" {
		t.Errorf("%+v", f)
	}
}
