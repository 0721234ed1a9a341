package main

import "runtime/debug"

// A bulk load makes much garbage and keeps little. Collecting it less often
// saves a fifth of the load's processor time (measured with 200,000 customers
// of 26 values: 30 s with Go's default of 100 %, 24 s with 400 %), and the limit
// keeps the heap from growing with it.
const (
	loadGCPercent   = 400
	loadMemoryLimit = 640 << 20 // bytes; soft
)

// collectLess lets garbage lie longer until the returned function is called.
// What GOGC and GOMEMLIMIT say stays.
func (a *app) collectLess() (restore func()) {
	if a.env("GOGC") != "" || a.env("GOMEMLIMIT") != "" {
		return func() {}
	}
	percent, limit := debug.SetGCPercent(loadGCPercent), debug.SetMemoryLimit(loadMemoryLimit)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
