package bleveindex

import (
	"time"

	"meibo/index"
)

// Figures tell a monitor of the columns and segments.
func (b *Backend) Figures() []index.Figure {
	c := b.columns
	c.mu.RLock()
	used, entries := c.used, len(c.entries)
	c.mu.RUnlock()
	segments, waiting := 0, 0
	b.mu.Lock()
	if b.view != nil {
		segments = len(b.view.segments)
	}
	b.mu.Unlock()
	if b.warmer != nil {
		waiting = b.warmer.waiting()
	}
	return []index.Figure{
		{Name: "segments", Help: "Segments that a search reads.", Value: float64(segments)},
		{Name: "columns_bytes", Help: "Memory of decoded columns, in bytes.", Value: float64(used)},
		{Name: "columns_limit_bytes", Help: "Memory that decoded columns may take, in bytes.", Value: float64(c.most)},
		{Name: "columns", Help: "Decoded columns, each of one segment.", Value: float64(entries)},
		{Name: "columns_waiting", Help: "Columns that are to be decoded in the background.", Value: float64(waiting)},
		{Name: "column_decodes_total", Help: "Columns decoded.", Value: float64(c.decodes.Load())},
		{Name: "column_decode_seconds_total", Help: "Time that decoding columns took, summed over goroutines.", Value: time.Duration(c.decodeTime.Load()).Seconds()},
		{Name: "column_evictions_total", Help: "Columns dropped for want of memory.", Value: float64(c.evictions.Load())},
		{Name: "column_carries_total", Help: "Columns carried over to merged segments.", Value: float64(c.carries.Load())},
	}
}
