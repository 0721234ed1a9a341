package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExportWritesAFileInEachFormat(t *testing.T) {
	dir, to := shop(t), t.TempDir()
	for _, format := range []string{"xlsx", "csv", "ndjson"} {
		path := filepath.Join(to, "out."+format)
		meibo(t, "export", "--data", dir, "-o", path, "--headers", "keys").wants(t, exitDone, "3 customers exported")
		other := filepath.Join(t.TempDir(), "other")
		meibo(t, "import", "--data", other, "--system", "--create-fields", path).wants(t, exitDone, "3 created", "0 bad")
		want := meibo(t, "query", "--data", dir, "--format", "ndjson", "--sort", "id").must(t)
		if got := meibo(t, "query", "--data", other, "--format", "ndjson", "--sort", "id").must(t); got != want {
			t.Errorf("%s\nis  %s\nwas %s", format, got, want)
		}
	}
	left, err := os.ReadDir(to)
	if err != nil || len(left) != 3 {
		t.Errorf("beside the files: %v, %v", left, err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, filesDir, "export-*")); err != nil || len(files) != 0 {
		t.Errorf("a copy stays in the data folder: %v, %v", files, err)
	}
}

func TestExportChoosesCustomers(t *testing.T) {
	dir := shop(t)
	all := strings.Fields(meibo(t, "query", "--data", dir, "--ids", "--sort", "id").must(t))
	out := meibo(t, "export", "--data", dir, "-o", "-", "--format", "csv", "--headers", "keys", "--fields", "id", `id = exact("`+all[1]+`")`).must(t)
	if out != "\ufeffid\r\n"+all[1]+"\r\n" {
		t.Errorf("a filter: %q", out)
	}
	r := meiboWith(t, all[2]+"\n\nnobody\n"+all[0]+"\n", map[string]string{"LANG": "C.UTF-8"}, "export", "--data", dir, "-o", "-", "--format", "csv", "--headers", "keys",
		"--fields", "id", "--sort=-id", "--ids-from", "-")
	r.wants(t, exitDone, "2 customers exported", "no customer for 1")
	if r.out != "\ufeffid\r\n"+all[2]+"\r\n"+all[0]+"\r\n" {
		t.Errorf("ids: %q", r.out)
	}
}

func TestWhatExportRefuses(t *testing.T) {
	dir := shop(t)
	path := filepath.Join(t.TempDir(), "kept.csv")
	if err := os.WriteFile(path, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	meibo(t, "export", "--data", dir).wants(t, exitUsage, "--output")
	meibo(t, "export", "--data", dir, "-o", "x.pdf").wants(t, exitUsage, ".xlsx")
	meibo(t, "export", "--data", dir, "-o", "-").wants(t, exitUsage, "--format")
	meibo(t, "export", "--data", dir, "-o", "-", "--format", "xlsx").wants(t, exitUsage, "--format")
	meibo(t, "export", "--data", dir, "-o", filepath.Join(t.TempDir(), "no", "x.csv")).wants(t, exitFailed, "cannot write")
	meibo(t, "export", "--data", dir, "-o", path, "colour = 1").wants(t, exitUsage, "colour")
	meibo(t, "export", "--data", dir, "-o", path, "--ids-from", filepath.Join(t.TempDir(), "none")).wants(t, exitFailed, "file of ids")
	if kept, err := os.ReadFile(path); err != nil || string(kept) != "kept" {
		t.Errorf("the file that was there is %q, %v", kept, err)
	}
}

func TestExportThroughAServer(t *testing.T) {
	dir := shop(t)
	url, _, _ := serving(t, "--data", dir)
	path := filepath.Join(t.TempDir(), "out.xlsx")
	meibo(t, "export", "--server", url, "--data", dir, "-o", path).wants(t, exitDone, "3 customers exported")
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("%v %v", info, err)
	}
}
