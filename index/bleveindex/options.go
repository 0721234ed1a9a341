package bleveindex

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Options of an index. The zero value is usable.
type Options struct {
	// ColumnBytes bounds the memory of decoded columns; 0 means a quarter of
	// the machine's memory. A query whose columns need more still gets them;
	// they are forgotten afterwards.
	ColumnBytes int64
	// Workers is how many segments are evaluated at a time by one query, and
	// built at a time of one batch; 0 means one for each CPU.
	Workers int
	// Warm has columns decoded in the background: when the index is opened
	// those of the last run, and those that a question had to do without. For
	// programs that stay.
	Warm bool
	// Forgetful keeps no answers for the next time: neither the rows of a
	// condition nor a result's order. For measuring; columns are kept.
	Forgetful bool
	// LockTimeout is how long Open waits for another process that has the
	// folder open; 0 means 2 seconds.
	LockTimeout time.Duration

	// leastPart is the number of customers of a batch that are worth a segment
	// of their own; 0 means 2,500. A segment is built on one core.
	leastPart int
	// fewRows is the number of customers below which a query stays on one
	// goroutine, since others cost more than they save (a condition takes some
	// 1 to 20 ns a row); 0 means 20,000.
	fewRows int
	// pause is how long, in milliseconds, Bleve waits after the first batch that
	// is not on disk, so that the next ones are written with it; 0 means 50. It
	// is what a Close may have to wait.
	pause int
	// force is the plan that every condition and order takes where it can,
	// whatever it costs; for tests.
	force string
}

func (o Options) withDefaults() Options {
	if o.ColumnBytes <= 0 {
		o.ColumnBytes = machineMemory() / 4
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = 2 * time.Second
	}
	if o.leastPart <= 0 {
		o.leastPart = 2500
	}
	if o.pause <= 0 {
		o.pause = 50
	}
	if o.fewRows <= 0 {
		o.fewRows = 20_000
	}
	return o
}

// machineMemory is the memory of the machine in bytes where the system tells
// it, and 4 GiB elsewhere.
func machineMemory() int64 {
	const unknown = 4 << 30
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return unknown
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "MemTotal:" {
			continue
		}
		if kib, err := strconv.ParseInt(words[1], 10, 64); err == nil && kib > 0 {
			return kib << 10
		}
	}
	return unknown
}

// Limits that decide how segments are written and merged.
const (
	// mostSegmentRows bounds a merged segment. Two of the offsets of a text
	// column must not pass 4 GiB: 500,000 values of 4 KiB are half of that.
	mostSegmentRows = 500_000
	// segmentFloor is the size below which segments count as equal, so that
	// the tail of single writes is merged among itself first.
	segmentFloor = 1000
	// segmentsPerTier is how many segments of a tier (ten times the size of
	// the one below) are left unmerged, and segmentsPerMerge how many are merged
	// into one. A million customers are in some 15 segments, and each was merged
	// twice; with 6 in place of 12 it was three times, and a load takes 8 % more
	// processor time.
	segmentsPerTier  = 6
	segmentsPerMerge = 12
)

// engineConfig is the configuration of scorch for a folder.
func engineConfig(dir string, o Options, callbacks string, columns *columnCache) map[string]any {
	return map[string]any{
		"path":                   dir,
		"segmentConfig":          map[string]any{columnsKey: columns},
		"bolt_timeout":           o.LockTimeout.String(),
		"asyncErrorCallbackName": callbacks,
		"eventCallbackName":      callbacks,
		"unsafe_batch":           true, // a batch does not wait for the disk: see backlog
		"scorchPersisterOptions": map[string]any{"PersisterNapTimeMSec": o.pause},
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentSize":       mostSegmentRows,
			"MaxSegmentsPerTier":   segmentsPerTier,
			"SegmentsPerMergeTask": segmentsPerMerge,
			"FloorSegmentSize":     segmentFloor,
		},
	}
}
