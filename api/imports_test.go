package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/store"
)

// exampleUpload is an upload of the owner, see fixture.exampleUpload. ownUpload
// stands in a path or body for one of the caller, ownImport in a path for an
// import of the caller that has refused a row.
const (
	exampleUpload = "exampleuploadexampleupload"
	ownUpload     = "{ownUpload}"
	ownImport     = "{ownImport}"
)

const exampleFile = "id,name\nc1,x\n"

var asFile = map[string]string{"Content-Type": octets}

// importAccess says who may call which of these routes.
func importAccess() []routeAccess {
	const who = "owner manager write"
	return []routeAccess{
		{call{method: "POST", path: uploadsPath + "?name=x.csv", body: exampleFile, header: asFile}, who},
		{call{path: uploadsPath + "/" + ownUpload}, who},
		{call{method: "POST", path: importsPath, body: `{"uploads":["` + ownUpload + `"]}`}, who},
		{call{method: "POST", path: importsPath + "/preview", body: `{"uploads":["` + ownUpload + `"]}`}, who},
		{call{path: importsPath + "/" + ownImport + "/errors"}, who},
		{call{method: "DELETE", path: uploadsPath + "/" + ownUpload}, who},
	}
}

func importBodies() []exampleBody {
	body := `{"uploads":["` + exampleUpload + `"]}`
	return []exampleBody{{"POST " + importsPath, body}, {"POST " + importsPath + "/preview", body}, {"POST " + uploadsPath, exampleFile}}
}

// onAnUpload puts things of the caller in the place of what stands for them.
func (f *fixture) onAnUpload(c call) call {
	f.t.Helper()
	body, _ := c.body.(string)
	if strings.Contains(c.path+body, ownUpload) {
		id := f.uploadOf(c.token)
		c.path = strings.ReplaceAll(c.path, ownUpload, id)
		if body != "" {
			c.body = strings.ReplaceAll(body, ownUpload, id)
		}
	}
	if strings.Contains(c.path, ownImport) {
		c.path = strings.ReplaceAll(c.path, ownImport, f.refusingImportOf(c.token))
	}
	return c
}

func (f *fixture) tokenOf(secret string) store.Token {
	f.t.Helper()
	if secret == "" {
		secret = f.tokens["owner"]
	}
	token, err := f.store.TokenBySecret(secret)
	f.must(err)
	return token
}

func (f *fixture) uploadOf(secret string) (id string) {
	f.t.Helper()
	u, err := f.service.As(service.Caller{Role: service.RoleOwner, TokenID: f.tokenOf(secret).ID}).Upload(f.t.Context(), "x.csv", -1, strings.NewReader("id\nc1\n"))
	f.must(err)
	return u.ID
}

// refusingImportOf is an import that has ended with a refused row.
func (f *fixture) refusingImportOf(secret string) (id string) {
	f.t.Helper()
	token := f.tokenOf(secret)
	report := service.ImportReport{Rows: 1, Bad: 1, Files: []service.FileReport{{Name: "名簿.csv", Format: "csv", Rows: 1, Bad: 1}}}
	result, err := json.Marshal(report)
	f.must(err)
	id = f.addJob(store.Job{Kind: service.JobImport, State: job.Done, Result: result, CreatedAt: 1, EndedAt: testNow.UnixMilli(),
		Actor: store.Actor{TokenID: token.ID, Name: token.Name, Role: token.Role}})
	path := filepath.Join(f.folder, "job-"+id+"-1.errors.csv")
	f.must(os.MkdirAll(filepath.Dir(path), 0o700))
	f.must(os.WriteFile(path, []byte("\ufeffid,meibo:line,meibo:error,meibo:raw\n"), 0o600))
	return id
}

// exampleUpload is an upload of the owner under a known id.
func (f *fixture) exampleUpload() {
	f.t.Helper()
	folder := filepath.Join(f.folder, "uploads")
	f.must(os.MkdirAll(folder, 0o700))
	meta := fmt.Sprintf(`{"id":%q,"name":"x.csv","size":%d,"token":%q,"createdAt":%d}`, exampleUpload, len(exampleFile), f.tokenOf("").ID, testNow.UnixMilli())
	f.must(os.WriteFile(filepath.Join(folder, exampleUpload+".json"), []byte(meta), 0o600))
	f.must(os.WriteFile(filepath.Join(folder, exampleUpload+".data"), []byte("id,email\nc1,c1@x.jp\n"), 0o600))
}

// ofImports are the answers that provokeImports brings about.
func ofImports(method, path, status string) bool {
	switch {
	case path == uploadsPath:
		return status != "401" && status != "403"
	case strings.HasPrefix(path, importsPath):
		return status == "422" || method == "GET" && (status == "200" || status == "400")
	}
	return false
}

// provokeImports brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeImports() {
	f.t.Helper()
	send := func(name, text string) answer {
		return f.do(call{method: "POST", path: uploadsPath + "?name=" + name, body: text, header: asFile, bad: true})
	}
	send("x.csv", exampleFile).is(201)
	send("", exampleFile).problem(400, service.CodeBadRequest)
	send("x.csv", "").problem(400, service.CodeBadRequest)
	send("x.csv", strings.Repeat("x", 1<<20+1)).problem(413, service.CodeTooLarge)
	f.do(call{method: "POST", path: uploadsPath + "?name=x.csv", body: exampleFile, bad: true}).problem(415, codeMediaType)
	var unknown service.Upload
	send("y.csv", "id,nobody\nc1,x\n").is(201).json(&unknown)
	for _, path := range []string{importsPath, importsPath + "/preview"} {
		f.do(call{method: "POST", path: path, body: map[string]any{"uploads": []string{unknown.ID}}}).problem(422, service.CodeUnknownField)
		f.do(call{method: "POST", path: path, body: `{"uploads":["none"]}`}).problem(404, service.CodeNotFound)
	}
	f.do(call{path: uploadsPath + "/none"}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: uploadsPath + "/none"}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: uploadsPath + "/" + unknown.ID}).is(204)
	taken := f.uploadOf("")
	f.do(call{method: "POST", path: importsPath, body: `{"uploads":["` + taken + `"]}`}).is(202)
	f.do(call{method: "POST", path: importsPath, body: `{"uploads":["` + taken + `"]}`}).problem(409, service.CodeInUse)
	f.do(call{method: "DELETE", path: uploadsPath + "/" + taken}).problem(409, service.CodeInUse)

	id := f.refusingImportOf("")
	a := f.do(call{path: importsPath + "/" + id + "/errors"}).is(200)
	_, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
	if err != nil || params["filename"] != "名簿.csv.errors.csv" || !bytes.HasPrefix(a.body, []byte("\ufeffid,")) {
		f.t.Errorf("%v %v %q", err, params, a.body)
	}
	f.do(call{path: importsPath + "/" + id + "/errors?file=0", bad: true}).problem(400, service.CodeBadRequest)
	f.do(call{path: importsPath + "/" + id + "/errors?file=2"}).problem(404, service.CodeNotFound)
	f.must(os.Remove(filepath.Join(f.folder, "job-"+id+"-1.errors.csv")))
	f.do(call{path: importsPath + "/" + id + "/errors"}).problem(410, service.CodeGone)
}

// What a caller does not see is no column's field, and no key.
func TestAnUploadShowsNoRestrictedField(t *testing.T) {
	f := newFixture(t)
	f.restrict(true, service.RoleOwner)
	send := call{method: "POST", path: uploadsPath + "?name=x.csv", body: "id,salaryZq,email\nc1,1,a@x.jp\n", header: asFile}
	for name, sees := range map[string]bool{"owner": true, "manager": false, "write": false} {
		send.token = f.tokens[name]
		var u service.Upload
		f.do(send).is(201).json(&u)
		if u.Columns[1].New == sees || u.Columns[2].New == sees {
			t.Errorf("%s: %+v", name, u.Columns)
		}
		a := f.do(call{method: "POST", path: importsPath + "/preview", token: send.token, body: map[string]any{"uploads": []string{u.ID}, "key": "email"}})
		if sees {
			a.is(200)
		} else {
			a.problem(422, service.CodeUnknownField)
		}
	}
}

// A body that the server has given up for good is no file, and leaves nothing.
func TestAFileThatBreaksOffLeavesNothing(t *testing.T) {
	f := newFixture(t)
	broken := errors.New("the cable is out")
	body := io.MultiReader(strings.NewReader("id\n"), strings.NewReader("c1\n"), readerFunc(func([]byte) (int, error) { return 0, broken }))
	request, err := http.NewRequest("POST", f.url+uploadsPath+"?name=x.csv", body)
	f.must(err)
	request.Header.Set("Authorization", "Bearer "+f.tokens["owner"])
	request.Header.Set("Content-Type", octets)
	if response, err := direct.Do(request); !errors.Is(err, broken) {
		t.Fatal(response, err)
	}
	f.stopServer()
	if names, err := os.ReadDir(filepath.Join(f.folder, "uploads")); err != nil && !errors.Is(err, os.ErrNotExist) || len(names) > 0 {
		t.Error(names, err)
	}
}

type readerFunc func([]byte) (int, error)

func (r readerFunc) Read(p []byte) (int, error) { return r(p) }

// stopServer waits until no request is under way.
func (f *fixture) stopServer() {
	f.t.Helper()
	f.must(f.server.http.Shutdown(f.t.Context()))
}

// The deadlines of an upload move on with what arrives.
func TestDeadlinesMoveOnWithAnUpload(t *testing.T) {
	deadlines := &deadlineNoter{}
	body := &uploadBody{strings.NewReader("abc"), http.NewResponseController(deadlines)}
	before := time.Now()
	if _, err := io.ReadAll(body); err != nil {
		t.Fatal(err)
	}
	if deadlines.read < 2 || deadlines.last.Before(before.Add(uploadPause)) || deadlines.write.Before(deadlines.last) {
		t.Errorf("%+v", deadlines)
	}
}

type deadlineNoter struct {
	http.ResponseWriter
	read        int
	last, write time.Time
}

func (d *deadlineNoter) SetReadDeadline(t time.Time) error {
	d.read++
	d.last = t
	return nil
}

func (d *deadlineNoter) SetWriteDeadline(t time.Time) error {
	d.write = t
	return nil
}
