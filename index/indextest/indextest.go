package indextest

import (
	"os"
	"strconv"
	"testing"

	"meibo/dsl/expr"
	"meibo/index"
)

// Open gives a new, empty backend. The suite closes it.
type Open func(t *testing.T) index.Backend

// Hooks are what a backend can do beyond the interface; each may be nil.
type Hooks struct {
	// Reopen closes the backend and opens what it had stored. nil: the
	// backend keeps nothing.
	Reopen func(t *testing.T, b index.Backend) index.Backend
	// Merge makes the backend reorganise what it stores, and returns when it
	// has.
	Merge func(t *testing.T, b index.Backend)
	// Also answers an expression in a second way: the ids of all matches, in
	// any order. It must agree with the first.
	Also func(s index.Snapshot, e expr.Expr) ([]string, error)
}

// Run runs everything that needs no files: the boundary cases and the random
// comparison with memindex.
func Run(t *testing.T, open Open, hooks Hooks) {
	t.Helper()
	t.Run("boundary", func(t *testing.T) { runBoundary(t, open, hooks) })
	t.Run("random", func(t *testing.T) { Compare(t, Seed(t), Cases(t), open, hooks) })
}

// Cases is the number of random questions to ask.
func Cases(t *testing.T) int {
	t.Helper()
	usual := 2000
	if testing.Short() {
		usual = 200
	}
	return int(fromEnv(t, "MEIBO_CASES", uint64(usual)))
}

// Seed is where the random questions begin. It is fixed unless set, so that a
// change that breaks a test is the change under test.
func Seed(t *testing.T) uint64 {
	t.Helper()
	seed := fromEnv(t, "MEIBO_SEED", 1)
	t.Logf("MEIBO_SEED=%d", seed)
	return seed
}

func fromEnv(t *testing.T, name string, unset uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return unset
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
