package bleveindex

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// segmentFormat is zap, Bleve's own segment plugin, which also takes a part for
// the segment that it is, and tells an engine's columns of merges. Bleve knows plugins by a global table; ours
// finds the engine's columns in the configuration that Bleve hands it.
type segmentFormat struct{ zap.ZapPlugin }

// columnsKey is where the configuration has an engine's columns.
const columnsKey = "meibo.columns"

// useSegmentFormat puts the plugin into Bleve's table, once in a process.
var useSegmentFormat = sync.OnceFunc(func() { scorch.RegisterSegmentPlugin(&segmentFormat{}, true) })

// NewUsing gives the segment that a batch was built as.
func (f *segmentFormat) NewUsing(documents []bleve.Document, config map[string]any) (scorchapi.Segment, uint64, error) {
	if len(documents) == 1 {
		if p, ok := documents[0].(*part); ok {
			return p.segment(config)
		}
	}
	return f.ZapPlugin.NewUsing(documents, config)
}

// MergeUsing notes which rows became which.
func (f *segmentFormat) MergeUsing(segments []scorchapi.Segment, drops []*roaring.Bitmap, path string, stop chan struct{},
	stats scorchapi.StatsReporter, config map[string]any) ([][]uint64, uint64, error) {
	rows, size, err := f.ZapPlugin.MergeUsing(segments, drops, path, stop, stats, config)
	if columns, ok := config[columnsKey].(*columnCache); ok && err == nil {
		columns.merges.merged(path, mergeParts{engines: segments, rows: rows})
	}
	return rows, size, err
}

// OpenUsing opens a file; that of a merge gets the columns of its parts.
func (f *segmentFormat) OpenUsing(path string, config map[string]any) (scorchapi.Segment, error) {
	s, err := f.ZapPlugin.OpenUsing(path, config)
	if columns, ok := config[columnsKey].(*columnCache); ok && err == nil {
		columns.carry(path, s)
	}
	return s, err
}
