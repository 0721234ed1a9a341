package bleveindex

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
)

// A merge makes a new segment, whose columns would have to be decoded anew:
// 130 ns a value, and every question on it would wait. The rows of the new
// segment are rows of its parts, so their columns are carried over, some 10 ns
// a value, before Bleve shows the segment to anyone. What is made from columns
// (orders, trigrams) is made again by the merger's goroutine, not by a question.

// A mergeLog remembers, from the end of a merge until its file is opened, which
// rows became which. And which segment each of Bleve's objects is.
type mergeLog struct {
	mu      sync.Mutex
	merges  map[string]mergeParts // by path
	numbers map[scorchapi.Segment]uint64
	engines map[uint64][]scorchapi.Segment
}

type mergeParts struct {
	engines []scorchapi.Segment
	rows    [][]uint64 // by part and row: the row that it has become, or dropped
}

const dropped = math.MaxUint64

func newMergeLog() *mergeLog {
	return &mergeLog{merges: map[string]mergeParts{}, numbers: map[scorchapi.Segment]uint64{}, engines: map[uint64][]scorchapi.Segment{}}
}

// know notes the number of a segment. One that moves to disk is a new object.
func (l *mergeLog) know(engine scorchapi.Segment, number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.numbers[engine]; !known {
		l.numbers[engine] = number
		l.engines[number] = append(l.engines[number], engine)
	}
}

// forget drops a segment that is in no view any more.
func (l *mergeLog) forget(id uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, engine := range l.engines[id] {
		delete(l.numbers, engine)
	}
	delete(l.engines, id)
}

func (l *mergeLog) merged(path string, parts mergeParts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.merges[path] = parts
}

// opened gives a merge back, with the segments that it was made of.
func (l *mergeLog) opened(path string, c *columnCache) (parts []*segment, rows [][]uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, ok := l.merges[path]
	delete(l.merges, path)
	for i, engine := range m.engines {
		parts = append(parts, &segment{id: l.numbers[engine], rows: len(m.rows[i]), engine: engine, columns: c})
	}
	return parts, m.rows, ok
}

// carry makes the columns of a merged segment, whose file was just opened, of
// those that its parts have. A column that fails is left to the question that
// needs it.
func (c *columnCache) carry(path string, engine scorchapi.Segment) {
	parts, rows, ok := c.merges.opened(path, c)
	number, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), ".zap"), 16, 64)
	if !ok || err != nil {
		return
	}
	names := map[string]bool{}
	for _, part := range parts {
		for _, name := range c.namesOf(part.id) {
			names[name] = true
		}
	}
	c.merges.know(engine, number) // it may be merged again before a view sees it
	merged := &segment{id: number, rows: int(engine.Count()), engine: engine, columns: c}
	var made []string // of other columns: these come after
	for name := range names {
		if !isCarried(name) {
			made = append(made, name)
		} else if col, err := carried(parts, rows, merged.rows, name); err == nil {
			c.put(columnKey{number, name}, col)
			c.carries.Add(1)
		}
	}
	for _, name := range made {
		if !strings.HasPrefix(name, formDense) {
			_, _ = merged.column(context.Background(), name)
		}
	}
	for _, part := range parts {
		c.dropUnseen(part.id)
	}
}

// isCarried reports whether a column holds the values of rows by themselves.
func isCarried(name string) bool {
	if name == idName || strings.HasPrefix(name, formSet) {
		return true
	}
	for _, prefix := range []string{prefixNumber, prefixDate, prefixBoolean, prefixText, prefixPhone} {
		if strings.HasPrefix(name, prefix) {
			return name != foldedIDName
		}
	}
	return false
}

// carried makes one column of those of the parts; one that is not decoded is
// decoded for this.
func carried(parts []*segment, rows [][]uint64, total int, name string) (col column, err error) {
	defer recovered(&err)
	columns := make([]column, len(parts))
	for i, part := range parts {
		if columns[i] = part.columns.peek(columnKey{part.id, name}); columns[i] == nil {
			if columns[i], err = part.decode(name); err != nil {
				return nil, err
			}
		}
	}
	switch columns[0].(type) {
	case numberColumn:
		return carriedNumbers(columns, rows, total), nil
	case presence:
		return carriedSet(columns, rows, total), nil
	}
	return carriedTexts(columns, rows, total)
}

func carriedNumbers(columns []column, rows [][]uint64, total int) numberColumn {
	col := emptyNumbers(total)
	for i, c := range columns {
		for row, n := range c.(numberColumn) {
			if to := rows[i][row]; to != dropped {
				col[to] = n
			}
		}
	}
	return col
}

func carriedSet(columns []column, rows [][]uint64, total int) presence {
	set := newBitset(total)
	for i, c := range columns {
		bitset(c.(presence)).each(func(row uint32) bool {
			if to := rows[i][row]; to != dropped {
				set.add(uint32(to))
			}
			return true
		})
	}
	return presence(set)
}

// carriedTexts relies on what a merge does: rows keep their order, one part
// after the other.
func carriedTexts(columns []column, rows [][]uint64, total int) (column, error) {
	texts := make([]*textColumn, len(columns))
	repeated := true
	size := 0
	for i, c := range columns {
		texts[i] = c.(*textColumn)
		repeated = repeated && texts[i].which != nil
		size += len(texts[i].arena)
	}
	if repeated {
		return carriedRepeated(texts, rows, total)
	}
	col := newTextColumn(total)
	if texts[0].which == nil {
		col.arena = make([]byte, 0, size)
	}
	for i, t := range texts {
		for row, to := range rows[i] {
			if to == dropped {
				continue
			}
			if err := col.add(t.of(uint32(row))); err != nil {
				return nil, err
			}
		}
	}
	return col.finish(), nil
}

// carriedRepeated makes one sorted list of the texts of all parts.
func carriedRepeated(texts []*textColumn, rows [][]uint64, total int) (column, error) {
	type origin struct {
		text []byte
		part int
		old  uint32
	}
	var all []origin
	for i, t := range texts {
		for old := uint32(1); old < uint32(t.texts()); old++ { // 0 is none
			all = append(all, origin{t.text(old), i, old})
		}
	}
	slices.SortFunc(all, func(a, b origin) int { return bytes.Compare(a.text, b.text) })
	col := newTextColumn(len(all) + 1)
	col.offsets = append(col.offsets, 0)
	renamed := make([][]uint32, len(texts))
	for i, t := range texts {
		renamed[i] = make([]uint32, t.texts())
	}
	for i, o := range all {
		if i == 0 || !bytes.Equal(o.text, all[i-1].text) {
			if err := col.add(o.text); err != nil {
				return nil, err
			}
		}
		renamed[o.part][o.old] = uint32(col.texts() - 1)
	}
	col.which = make([]uint32, total)
	for i, t := range texts {
		for row, to := range rows[i] {
			if to != dropped {
				col.which[to] = renamed[i][t.which[row]]
			}
		}
	}
	return col.finish(), nil
}
