package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := shop(t)
	meibo(t, "check", "--data", dir).wants(t, exitDone, "3 customers")
	meibo(t, "check", "--data", "nowhere").wants(t, exitFailed, "nowhere")
	meibo(t, "check", "--server", "http://127.0.0.1:1").wants(t, exitUsage, "--data")

	// A flipped bit in one record.
	path := filepath.Join(dir, storeFile)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(file, []byte("sato@gmail.example"))
	if at < 0 {
		t.Fatal("the e-mail is not in the file")
	}
	for i := 0; i <= at; i++ { // in every copy that bbolt still has
		if bytes.HasPrefix(file[i:], []byte("sato@gmail.example")) {
			file[i] ^= 1
		}
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	meibo(t, "check", "--data", dir).wants(t, exitFailed, "checksum")
}
