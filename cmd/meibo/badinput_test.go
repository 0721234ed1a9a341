package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// An importTold is what a client hears of an import, whichever step said it.
type importTold struct {
	refused string // code and words of the upload's or the import's refusal, or of the failed job; "" for none
	job     jobSeen
}

// tryImport uploads and imports what may be refused.
func (c *shopClient) tryImport(name string, content io.Reader, more map[string]any) importTold {
	c.t.Helper()
	status, answer, err := c.send(http.MethodPost, "/v1/uploads?name="+name, "application/json", content)
	if err != nil {
		c.t.Fatalf("%s: the server hangs up: %v", name, err)
	}
	if status != http.StatusCreated {
		return importTold{refused: c.problem(status, answer)}
	}
	var upload struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &upload); err != nil {
		c.t.Fatal(err)
	}
	status, answer, err = c.send(http.MethodPost, "/v1/imports", "application/json", importAsked(upload.ID, more))
	if err != nil {
		c.t.Fatal(err)
	}
	if status/100 != 2 {
		return importTold{refused: c.problem(status, answer)}
	}
	var j jobSeen
	if err := json.Unmarshal(answer, &j); err != nil {
		c.t.Fatal(err)
	}
	j = c.await(j.ID)
	return importTold{refused: j.why(), job: j}
}

// problem wants a problem document that is the client's fault.
func (c *shopClient) problem(status int, answer []byte) string {
	c.t.Helper()
	var p struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if status < 400 || status > 499 || json.Unmarshal(answer, &p) != nil || p.Code == "" || p.Detail == "" {
		c.t.Fatalf("%d %.500s", status, answer)
	}
	return p.Code + ": " + p.Detail
}

// badFiles cannot be imported as they are. says is part of what a person is
// told, in English; good are the ids that arrive all the same.
func badFiles(t *testing.T) []struct {
	name, file string
	content    io.Reader
	says       string
	good       []string
} {
	whole := sheetOf(t, [][]string{{"id", "email"}, {"x1", "x1@x.jp"}})
	long := strings.Repeat("x", 10<<20)
	return []struct {
		name, file string
		content    io.Reader
		says       string
		good       []string
	}{
		{"zip bomb: one cell", "a.xlsx", sheetBomb(t, `<row r="1"><c r="A1" t="inlineStr"><is><t>`, "a"), "zip bomb", nil},
		{"zip bomb: cells", "b.xlsx", sheetBomb(t, `<row r="1">`, `<c t="inlineStr"><is><t>id</t></is></c>`), "workbook", nil},
		{"zip bomb: shared texts", "c.xlsx", textsBomb(t), "workbook", nil},
		{"100,000 columns", "d.csv", strings.NewReader("id" + strings.Repeat(",column", 99_999) + "\n1\n"), "column", nil},
		{"100,000 different columns", "e.csv", strings.NewReader(manyColumns(100_000)), "column", nil},
		{"a row of 10 MB", "f.csv", strings.NewReader("id,email\nf1,f1@x.jp\nf2," + long + "\nf3,f3@x.jp\n"), "", []string{"f1", "f3"}},
		{"a line of 10 MB", "g.ndjson", strings.NewReader(`{"id":"g1"}` + "\n" + `{"id":"g2","profile":{"description":"` + long + `"}}` + "\n" + `{"id":"g3"}` + "\n"), "", []string{"g1", "g3"}},
		{"a header of 10 MB", "h.csv", strings.NewReader("id," + long + "\nh1,1\n"), "", nil},
		{"truncated Excel file", "i.xlsx", bytes.NewReader(whole[:len(whole)/2]), "", nil},
		{"truncated line", "j.ndjson", strings.NewReader(`{"id":"j1"}` + "\n" + `{"id":"j2","prof`), "", []string{"j1"}},
		{"mixed line ends", "k.csv", strings.NewReader("id,email\r\nk1,k1@x.jp\nk2,k2@x.jp\r\nk3,k3@x.jp\n"), "", []string{"k1", "k2", "k3"}},
		{"old line ends", "l.csv", strings.NewReader("id,email\rl1,l1@x.jp\rl2,l2@x.jp\r"), "", []string{"l1", "l2"}},
		{"quotes that never close", "m.csv", strings.NewReader("id,email\nm1,m1@x.jp\nm2,\"m2@x.jp\nm3,m3@x.jp\n" + strings.Repeat("m,m\n", 1000)), "", []string{"m1"}},
		{"a column twice", "n.csv", strings.NewReader("id,email,email\nn1,n1@x.jp,n2@x.jp\n"), "email", nil},
		{"the header again in the middle", "o.csv", strings.NewReader("id,createdAt\no1,2026-11-23\nid,createdAt\no2,2026-11-23\n"), "", []string{"o1", "o2"}},
		{"zero bytes", "p.csv", strings.NewReader(""), "empty", nil},
		{"zero bytes of an Excel file", "q.xlsx", strings.NewReader(""), "empty", nil},
		{"only a header", "r.csv", strings.NewReader("id,email\n"), "", nil},
		{"only an UTF-8 BOM", "s.csv", strings.NewReader("\ufeff"), "empty", nil},
		{"a picture", "t.csv", strings.NewReader("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00"), "", nil},
		{"a zip that is no Excel file", "u.xlsx", otherZip(t), "", nil},
	}
}

// TestBadFilesAreToldAndLoseNothing hands every kind of broken file over: each
// gets an answer that says what is wrong, no good row is lost, nobody who was
// there changes, and the server's memory stays as it is.
func TestBadFilesAreToldAndLoseNothing(t *testing.T) {
	tooMuchForTheRaceDetector(t)
	c := newRegister(t)
	c.importFile("before.ndjson", strings.NewReader(`{"id":"before","profile":{"email":"before@x.jp"}}`+"\n"), nil)
	want := c.customers("updatedAt", "createdAt")["before"]
	for _, f := range badFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			c := *c
			c.t = t
			watch := watchMemory()
			before := anonymousMemory()
			told := c.tryImport(f.file, f.content, map[string]any{"createFields": false, "map": nil})
			if grown := watch.stop() - before; grown > maxGrown {
				t.Errorf("memory grew by %s", megabytes(grown))
			}
			switch {
			case told.job.State == "done" && len(f.good) == 0 && f.name != "only a header":
				t.Errorf("taken: %s", told.job.Result)
			case told.job.State != "done" && len(f.good) > 0:
				t.Errorf("refused whole: %s", told.refused)
			case !strings.Contains(strings.ToLower(told.refused), f.says):
				t.Errorf("%q does not say %q", told.refused, f.says)
			case strings.HasPrefix(told.refused, "internal"):
				t.Errorf("nobody's fault: %s", told.refused)
			}
			t.Log(told.refused, string(told.job.Result))
			there := c.customers("updatedAt", "createdAt")
			for _, id := range f.good {
				if there[id] == "" {
					t.Errorf("%s is lost", id)
				}
			}
			if there["before"] != want {
				t.Errorf("who was there is now %s, was %s", there["before"], want)
			}
		})
	}
}

// maxGrown is by how much the server's anonymous memory may grow beside a bad
// file: below any of those files once unpacked, above what garbage lies about.
const maxGrown = 200 << 20
