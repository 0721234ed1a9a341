package service

import (
	"time"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// An ImportRequest asks for files to become customers.
type ImportRequest struct {
	Sources      []table.Source
	Format       table.Format // "": found out for each file
	Map          []ColumnMapping
	CreateFields bool // columns without a field get one, its kind inferred from all values
	System       bool // primitive fields are taken as they are; owners only
	DryRun       bool // everything is read and checked, nothing is written

	Zone     *time.Location       // of dates without an offset; nil: the workspace's
	Progress func(ImportProgress) // called now and then from one goroutine; may be nil
	BadRow   func(BadRow) error   // called for each fault, in the files' order; an error ends the import; may be nil
}

// An ImportProgress is how far an import is.
type ImportProgress struct {
	Stage string // StageInfer, StageImport or StageIndex
	File  string
	Rows  int   // read so far in this stage; 0 in StageIndex
	Bad   int   // of them refused
	Bytes int64 // read so far in this stage, of Total; in StageIndex the writes that the index has applied
	Total int64 // of all files, 0 when unknown; in StageIndex the writes of the import
}

// The stages of an import, in their order.
const (
	StageInfer  = "infer"  // reading all values to decide the kinds of new fields
	StageImport = "import" // reading, checking and writing
	StageIndex  = "index"  // waiting for the index to follow
)

// A BadRow is one fault of one row. The row changes nothing; a row with
// several faults is reported once for each.
type BadRow struct {
	File   string
	Line   int    // where the row begins, from 1; of a sheet the row's number
	Column string // the header or key, "" when the whole row is meant
	Field  string // the field that the column goes to, "" when it has none
	Code   string
	Reason schema.Words
	Raw    string // the value, or the beginning of the row
}

// An ImportReport says what became of the rows. Rows is the sum of the four
// others.
type ImportReport struct {
	Rows      int
	Created   int
	Updated   int
	Unchanged int
	Bad       int
	Fields    []schema.Field // created (or, in a dry run, to be created)
	Columns   []ImportColumn // of tables and of inferred NDJSON, in the files' order
	Faults    []FaultCount   // the kinds of faults, in the order in which they first came
	Seq       uint64         // a search with this MinSeq sees all of it; 0 in a dry run
	Cancelled bool           // stopped between two batches; what was counted is written
}

// An ImportColumn tells where a column went; Field "" means nowhere.
type ImportColumn struct {
	File   string
	Column string
	Field  string
}

// A FaultCount counts the faults of one kind.
type FaultCount struct {
	Count int
	First BadRow
}

// maxFaultKinds bounds ImportReport.Faults.
const maxFaultKinds = 50

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
