package table

import "bytes"

// A lineQueue gives lines one by one and can go back to the second line since
// the last mark. It copies nothing as long as there is one line between marks,
// which is the common case.
type lineQueue struct {
	reader *lineReader
	taken  []textLine // read since the mark, then those to be read again
	n      int        // how many of taken were read since the mark
	loose  bool       // the text of taken[n-1] still belongs to the reader
}

// mark forgets what has been read.
func (q *lineQueue) mark() {
	if q.n == len(q.taken) {
		q.taken = q.taken[:0]
	} else {
		q.taken = q.taken[q.n:]
	}
	q.n, q.loose = 0, false
}

func (q *lineQueue) next() (textLine, error) {
	if q.n < len(q.taken) {
		q.n++
		return q.taken[q.n-1], nil
	}
	q.own()
	line, err := q.reader.next()
	if err != nil {
		return line, err
	}
	q.taken = append(q.taken, line)
	q.n++
	q.loose = true
	return line, nil
}

// rewind makes all lines since the mark but the first come again.
func (q *lineQueue) rewind() {
	if q.n > 1 {
		q.own()
		q.n = 1
	}
}

func (q *lineQueue) own() {
	if q.loose {
		q.taken[q.n-1].text = bytes.Clone(q.taken[q.n-1].text)
		q.loose = false
	}
}
