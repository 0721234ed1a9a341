package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupAndRestoreFromTheCommandLine(t *testing.T) {
	dir, folder := shop(t), t.TempDir()
	kept := filepath.Join(folder, "a.meibo")
	meibo(t, "backup", "--data", dir, kept).wants(t, exitDone, "3 customers", kept)
	meibo(t, "backup", "--data", dir, kept).wants(t, exitFailed, "there already")
	meibo(t, "backup", "--data", "nowhere", filepath.Join(folder, "b")).wants(t, exitFailed, "nowhere")
	meibo(t, "backup", "--data", dir, filepath.Join(folder, "none", "b")).wants(t, exitFailed, "backup")
	meibo(t, "customer", "delete", "--data", dir, "a").must(t)

	meibo(t, "restore", "--data", dir, filepath.Join(folder, "none")).wants(t, exitFailed, "no file")
	meibo(t, "restore", "--data", dir, "--yes", writeFile(t, "other", "hello")).wants(t, exitFailed, "not a backup")
	meiboWith(t, "no\n", nil, "restore", "--data", dir, kept).wants(t, exitFailed, "nothing was changed")
	if n := meibo(t, "query", "--data", dir, "--count").must(t); n != "2\n" {
		t.Errorf("%s customers after refusals", n)
	}
	meiboWith(t, "restore\n", map[string]string{"LANG": "ja_JP.UTF-8"}, "restore", "--data", dir, kept).wants(t, exitDone, "顧客 3 人を復元しました")
	if n := meibo(t, "query", "--data", dir, "--count", `memberId = "m1"`).must(t); n != "1\n" {
		t.Errorf("%s customers found after restoring", n)
	}
	meibo(t, "check", "--data", dir).wants(t, exitDone, "3 customers")

	for _, command := range []string{"backup", "restore"} {
		meibo(t, command, "--server", "http://127.0.0.1:1", kept).wants(t, exitUsage, "--data")
	}
	if _, err := os.Stat(kept + ".part"); err == nil {
		t.Error("a part of a backup is left")
	}
}

func TestNobodyMayUseTheFolderMeanwhile(t *testing.T) {
	dir := shop(t)
	kept := filepath.Join(t.TempDir(), "a.meibo")
	meibo(t, "backup", "--data", dir, kept).must(t)
	serving(t, "--data", dir)
	for _, args := range [][]string{{"compact"}, {"restore", "--yes", kept}, {"backup", kept + "2"}} {
		meibo(t, append(args, "--data", dir)...).wants(t, exitFailed, "another meibo")
	}
}

func TestCompactFromTheCommandLine(t *testing.T) {
	dir := shop(t)
	for _, left := range []string{"index/gen-000009.broken", "index/gen-000007", "meibo.db.tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, left), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	meibo(t, "compact", "--data", dir).wants(t, exitDone, "meibo.db: ", "KiB now")
	names, err := os.ReadDir(filepath.Join(dir, indexDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.HasSuffix(n.Name(), ".broken") || n.Name() == "gen-000007" {
			t.Errorf("%s is left", n.Name())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "meibo.db.tmp")); err == nil {
		t.Error("a work folder is left")
	}
	if n := meibo(t, "query", "--data", dir, "--count", `tags HAS "vip"`).must(t); n != "1\n" {
		t.Errorf("%s customers found", n)
	}
	meibo(t, "compact", "--data", "nowhere").wants(t, exitFailed, "nowhere")
	meibo(t, "compact", "--server", "http://127.0.0.1:1").wants(t, exitUsage, "--data")
}

func TestErasingFromTheCommandLine(t *testing.T) {
	testErasing := func(t *testing.T, place ...string) {
		erase := func(stdin string, args ...string) result {
			return meiboWith(t, stdin, nil, append(append([]string{"erase"}, place...), args...)...)
		}
		erase("").wants(t, exitUsage, "--filter")
		erase("", "--filter", "member", "a").wants(t, exitUsage, "--filter")
		erase("", "--dry-run", "a", "b", "nobody").wants(t, exitDone, "1 ids belong to nobody", "2 customers; nobody was erased")
		erase("2\n", "a", "b").wants(t, exitDone, "2 customers are erased", "meibo compact")
		erase("", "--yes", "a").wants(t, exitDone, "nobody was erased")
		erase("", "--yes", "--filter", "unsubscribeEmail").wants(t, exitDone, "1 customers are erased")
		erase("", "--yes", "--filter", "oops").wants(t, exitUsage, "oops")
	}
	t.Run("data", func(t *testing.T) { testErasing(t, "--data", shop(t)) })
	t.Run("server", func(t *testing.T) {
		dir := shop(t)
		url, _, _ := serving(t, "--data", dir)
		testErasing(t, "--server", url, "--data", dir)
	})
}
