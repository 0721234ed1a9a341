package store

import "context"

// HistoryOf yields the history of a customer by its number, as this
// transaction sees it, newest first, until yield says false. One that was
// merged has none, because it is its target's; one that is deleted has.
func (tx *Tx) HistoryOf(number uint64, yield func(HistoryEntry) bool) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	return tx.eachEntry(context.Background(), number, 0, yield)
}
