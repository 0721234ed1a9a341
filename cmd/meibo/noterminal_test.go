package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Nobody is asked where nobody can answer: a log that ends in a question looks
// as if the command still waited.
func TestNobodyIsAskedWithoutATerminal(t *testing.T) {
	nobody, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close() // it was only read
	var told bytes.Buffer
	a := &app{stdin: nobody, stdout: &told, stderr: &told, lang: "en"}
	if err := a.confirmErasure(1, false); err == nil {
		t.Error("an erasure went on without an answer")
	}
	if told.Len() > 0 {
		t.Errorf("asked nobody: %q", told.String())
	}
	if err := a.confirmErasure(1, true); err != nil {
		t.Errorf("with --yes: %v", err)
	}
}

func TestAWrongBackupLeavesNoFolder(t *testing.T) {
	file, dir := filepath.Join(t.TempDir(), "shop.csv"), filepath.Join(t.TempDir(), "shop")
	if err := os.WriteFile(file, []byte("id,name\na,A\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	meibo(t, "restore", file, "--data", dir).wants(t, exitFailed, "not a backup")
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}
