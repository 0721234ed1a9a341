package bleveindex

import (
	"fmt"

	bleve "github.com/blevesearch/bleve_index_api"
	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// A part is a segment that was built for Bleve, dressed as a document, which is
// all that a batch of Bleve takes. Bleve builds a segment by going through the
// fields of each document several times, by name; gathered by field, as ours
// are, it takes a third of the processor time.
type part struct {
	ids  []string // by row
	data []byte   // as in a segment file, without its footer
	sum  uint32   // CRC-32 of data

	storedAt, fieldsAt uint64 // where two of its sections begin
}

// addTo puts the part in a batch. Bleve looks up what the batch replaces by the
// ids that are in it, and takes all but the part itself for deleted ones.
func (p *part) addTo(b *bleve.Batch) {
	for _, id := range p.ids {
		b.Delete(id)
	}
	b.Update(p)
}

func (p *part) segment(config map[string]any) (scorchapi.Segment, uint64, error) {
	stats, ok := config[scorchapi.StatsKey].(*scorchapi.Stats)
	if !ok {
		stats = &scorchapi.Stats{}
	}
	s, err := zap.InitSegmentBase(p.data, p.sum, zap.DefaultChunkMode, uint64(len(p.ids)), p.storedAt, p.fieldsAt, config, stats)
	if err != nil {
		return nil, 0, fmt.Errorf("bleveindex: read a segment that was built: %w", err)
	}
	return s, uint64(len(p.data)), nil
}

func (p *part) ID() string                                 { return p.ids[0] }
func (p *part) VisitFields(bleve.FieldVisitor)             {}
func (p *part) VisitComposite(bleve.CompositeFieldVisitor) {}
func (p *part) HasComposite() bool                         { return false }
func (p *part) AddIDField()                                {} // built in
func (p *part) Indexed() bool                              { return true }
func (p *part) NumPlainTextBytes() uint64                  { return 0 }
func (p *part) StoredFieldsBytes() uint64                  { return 0 }
func (p *part) Size() int                                  { return len(p.data) }
