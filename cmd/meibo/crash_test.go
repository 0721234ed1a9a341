package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"meibo/dsl/schema"
	"meibo/store"
)

// crashEnv makes the test binary write to the folder that it names and kill
// itself between the commit and the index.
const crashEnv = "MEIBO_TEST_CRASH_IN"

func TestMain(m *testing.M) {
	beProgram()
	if dir := os.Getenv(crashEnv); dir != "" {
		writeAndDie(dir)
	}
	os.Exit(m.Run())
}

func writeAndDie(dir string) {
	s, err := store.Open(dir, store.Options{})
	if err == nil {
		_, err = s.Update(context.Background(), func(tx *store.Tx) error {
			r := schema.NewRecord("late")
			r.Set(schema.EmailField, schema.Text("late@x.jp"))
			_, err := tx.Put(r)
			return err
		})
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(3)
	}
	self, _ := os.FindProcess(os.Getpid()) // never fails on Unix
	_ = self.Kill()
	select {}
}

func TestAWriteWhoseIndexingWasKilledIsFound(t *testing.T) {
	dir := shop(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != -1 { // not ended by a signal
		t.Fatalf("the child was to be killed: %v %s", err, out)
	}
	if out := meibo(t, "query", "--data", dir, "--ids", `profile.email = "late@x.jp"`).must(t); out != "late\n" {
		t.Errorf("got %q", out)
	}
}

func TestAMissingIndexIsRebuilt(t *testing.T) {
	dir := shop(t)
	if err := os.RemoveAll(filepath.Join(dir, indexDir)); err != nil {
		t.Fatal(err)
	}
	if out := meibo(t, "query", "--data", dir, "--count", "member = true").must(t); out != "1\n" {
		t.Errorf("got %q", out)
	}
}
