package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"meibo/dsl/schema"
	"meibo/store"
)

// folderState tells everything that a closed data folder holds and that must
// not depend on when the process died: a line for each customer, history,
// audit entry and job.
func folderState(t testing.TB, dir string, ids []string) map[string]string {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	state := map[string]string{}
	ctx := context.Background()
	_, err = s.Scan(ctx, func(r schema.Record) error {
		state["customer "+r.ID()] = recordLine(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		state["history "+id] = historyLine(t, s, id)
	}
	var audit []string
	err = s.AuditEntries(ctx, 0, func(e store.AuditEntry) bool {
		if e.Action != "token.signin_key" { // which each start of a server makes
			audit = append(audit, fmt.Sprintf("%s %s %s by job %d", e.Action, e.Kind, e.Key, e.Job))
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(audit)
	for i, line := range audit {
		state[fmt.Sprintf("audit %d", i+1)] = line
	}
	err = s.Jobs(0, func(j store.Job) bool {
		state[fmt.Sprintf("job %d", j.Number)] = fmt.Sprintf("%s %s, %d of %d: %s", j.Kind, j.State, j.Done, j.Total, timeless(t, j.Result))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// recordLine is a record without the two fields that tell the time of a write.
func recordLine(r schema.Record) string {
	values := map[string]string{}
	for key, v := range r.All() {
		if key != schema.UpdatedAtField && key != schema.CreatedAtField {
			values[key] = v.String()
		}
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, "%s=%q ", key, values[key])
	}
	return b.String()
}

// historyLine is what is kept of a customer's changes, the newest first.
func historyLine(t testing.TB, s *store.Store, id string) string {
	t.Helper()
	var b strings.Builder
	_, err := s.History(context.Background(), id, 0, func(e store.HistoryEntry) bool {
		fmt.Fprintf(&b, "%s (%s, job %d)", e.Action, e.Cause, e.Job)
		for _, c := range e.Changes {
			fmt.Fprintf(&b, " %s %q→%q", c.Key, c.Before.String(), c.After.String())
		}
		b.WriteString("; ")
		return true
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "nobody"
	case err != nil:
		t.Fatal(err)
	}
	return b.String()
}

// changing are members of a result that tell when or under which name something
// was done, not what.
var changing = []string{"seq", "lastSeq", "expiresAt", "tookMs", "file", "path", "size", "seconds", "rowsPerSecond", "bytes"}

func timeless(t testing.TB, result json.RawMessage) string {
	t.Helper()
	if len(result) == 0 {
		return ""
	}
	var members map[string]any
	if err := json.Unmarshal(result, &members); err != nil {
		t.Fatalf("a job's result: %v in %s", err, result)
	}
	for _, key := range changing {
		delete(members, key)
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantSameState compares two states and shows the first differences.
func wantSameState(t testing.TB, got, want map[string]string) {
	t.Helper()
	keys := map[string]bool{}
	for key := range got {
		keys[key] = true
	}
	for key := range want {
		keys[key] = true
	}
	shown, different := 0, 0
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if got[key] == want[key] {
			continue
		}
		if different++; shown < 5 {
			shown++
			t.Errorf("%s\n got  %s\n want %s", key, got[key], want[key])
		}
	}
	if different > shown {
		t.Errorf("… and %d more", different-shown)
	}
}

// copyFolder copies a closed data folder.
func copyFolder(t testing.TB, from string) (to string) {
	t.Helper()
	to = filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}
