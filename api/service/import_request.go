package service

import (
	"slices"
	"time"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// An ImportRequest asks for files to become customers.
type ImportRequest struct {
	Sources      []table.Source
	Format       table.Format // "": found out for each file
	Map          []ColumnMapping
	CreateFields bool           // columns without a field get one, its kind inferred from all values
	System       bool           // primitive fields are taken as they are; owners only
	Key          ImportKey      // "": KeyAuto
	Conflict     ImportConflict // "": ConflictOverwrite
	DryRun       bool           // everything is done on a copy that is thrown away

	Preset       string // "": found by each table's header; PresetNone: none
	DateFormat   string // of date columns, see statedFormat; "": found out for each
	NumberFormat string // of number columns

	Zone     *time.Location       // of dates without an offset; nil: the workspace's
	Progress func(ImportProgress) // called now and then from one goroutine; may be nil
	BadRow   func(BadRow) error   // called for each fault, in the files' order; an error ends the import; may be nil
}

// An ImportProgress is how far an import is.
type ImportProgress struct {
	Stage string // StageCopy, StageInfer, StageImport or StageIndex
	File  string
	Rows  int   // read so far in this stage; 0 in StageIndex
	Bad   int   // of them refused
	Bytes int64 // read so far in this stage, of Total; in StageIndex the writes that the index has applied
	Total int64 // of all files, 0 when unknown; in StageIndex the writes of the import
}

// rows are the progress in rows: done, and how many there are in all as far as
// the bytes tell; 0 while nobody knows.
func (p ImportProgress) rows() (done, total int64) {
	if p.Stage == StageIndex {
		return p.Bytes, p.Total
	}
	done = int64(p.Rows)
	if p.Total > 0 && p.Bytes > 0 {
		total = max(done, int64(float64(p.Rows)*float64(p.Total)/float64(p.Bytes)))
	}
	return done, total
}

// The stages of an import, in their order.
const (
	StageCopy   = "copy"   // copying the register, for a dry run
	StageInfer  = "infer"  // reading all values to decide the kinds of new fields
	StageImport = "import" // reading, checking and writing
	StageIndex  = "index"  // waiting for the index to follow
)

// A BadRow is one fault of one row. The row changes nothing; a row with
// several faults is reported once for each.
type BadRow struct {
	File   string       `json:"file"`
	Line   int          `json:"line" doc:"Where the row begins, from 1; of a sheet the row's number."`
	Column string       `json:"column,omitempty" doc:"The header or key; left out when the whole row is meant."`
	Field  string       `json:"field,omitempty" doc:"The field that the column goes to."`
	Code   string       `json:"code"`
	Reason schema.Words `json:"message"`
	Raw    string       `json:"value,omitempty" doc:"The value, or the beginning of the row."`
}

// An ImportReport says what became of the rows. Rows is the sum of the five
// that follow it.
type ImportReport struct {
	Rows      int            `json:"rows"`
	Created   int            `json:"created"`
	Updated   int            `json:"updated"`
	Unchanged int            `json:"unchanged"`
	Kept      int            `json:"kept" doc:"Customers that were there, and that the rule keep left as they are."`
	Bad       int            `json:"refused"`
	DryRun    bool           `json:"dryRun,omitempty"`
	Fields    []schema.Field `json:"fields,omitempty" doc:"Created, or in a dry run to be created."`
	Columns   []ImportColumn `json:"columns,omitempty" doc:"Of tables and of inferred NDJSON, in the files' order."`
	Faults    []FaultCount   `json:"faults,omitempty" doc:"The kinds of faults, in the order in which they first came."`
	Files     []FileReport   `json:"files,omitempty" doc:"In the order of the request."`
	Seq       uint64         `json:"seq,omitempty" doc:"A search with this minSeq sees all of it; left out of a dry run."`
	Cancelled bool           `json:"-"` // stopped between two batches; what was counted is written
}

// A FileReport says what became of one file's rows.
type FileReport struct {
	Name   string `json:"name"`
	Format string `json:"format" enum:"csv,ndjson,xlsx"`
	Rows   int    `json:"rows"`
	Bad    int    `json:"refused" doc:"Where there are any, the error file has them."`
}

// An ImportColumn tells where a column went; Field "" means nowhere.
type ImportColumn struct {
	File   string `json:"file"`
	Column string `json:"column"`
	Field  string `json:"field,omitempty"`
}

// A FaultCount counts the faults of one kind.
type FaultCount struct {
	Count int    `json:"count"`
	First BadRow `json:"first"`
}

// maxFaultKinds bounds ImportReport.Faults.
const maxFaultKinds = 50

// clone is a report that can be counted on without changing this one.
func (r ImportReport) clone() ImportReport {
	r.Faults, r.Files = slices.Clone(r.Faults), slices.Clone(r.Files)
	return r
}

// count adds a fault to the report's kinds.
func (r *ImportReport) count(b BadRow) {
	for i := range r.Faults {
		if f := &r.Faults[i]; f.First.Code == b.Code && f.First.Field == b.Field && f.First.Column == b.Column {
			f.Count++
			return
		}
	}
	if len(r.Faults) < maxFaultKinds {
		r.Faults = append(r.Faults, FaultCount{1, b})
	}
}
