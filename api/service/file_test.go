package service

import (
	"os"
	"path/filepath"
	"testing"

	"meibo/api/table"
)

// fileOf is a source with the given bytes.
func fileOf(t *testing.T, name, content string) table.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return table.Source{Name: name, Path: path}
}
