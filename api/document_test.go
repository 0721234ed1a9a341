package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"meibo/api/service"
)

var update = flag.Bool("update", false, "rewrite the committed OpenAPI document")

// committedVersion is what the committed document says: it does not change
// with each build of the program.
const committedVersion = "1"

func TestTheCommittedDocumentIsTheServedOne(t *testing.T) {
	f := newFixture(t, func(_ *service.Config, c *Config) { c.Version = committedVersion })
	served := f.do(call{path: "/openapi.json", noToken: true, off: true}).is(200).body
	if *update {
		if err := os.WriteFile("openapi.json", served, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.json")
	if err != nil || !bytes.Equal(committed, served) {
		t.Fatalf("openapi.json is not what the server serves (%v); run go test ./api -run Document -update and read the difference", err)
	}
	document, err := libopenapi.NewDocument(served)
	f.must(err)
	contract, faults := validator.NewValidator(document)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if ok, faults := contract.ValidateDocument(); !ok {
		for _, fault := range faults {
			t.Errorf("%s: %v", fault.Message, fault.SchemaValidationErrors)
		}
	}
}

// pathsOf are the document's operations, "GET /path".
func pathsOf(t *testing.T, body []byte) []string {
	t.Helper()
	var paths []string
	for _, one := range documented(t, body) {
		paths = append(paths, one[:strings.LastIndexByte(one, ' ')])
	}
	return slices.Compact(paths)
}

// documented are the document's operations with each status, "GET /path 200".
func documented(t *testing.T, body []byte) []string {
	t.Helper()
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ Responses map[string]any }
	}
	if err := json.Unmarshal(body, &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", document.OpenAPI)
	}
	var all []string
	for path, item := range document.Paths {
		for method, op := range item {
			for status := range op.Responses {
				all = append(all, fmt.Sprintf("%s %s %s", strings.ToUpper(method), path, status))
			}
		}
	}
	slices.Sort(all)
	return all
}

// Every problem of the service has a place in the one table, and every status
// of the table is one that huma's document can name.
func TestEveryCodeHasAStatusAndTitles(t *testing.T) {
	for _, code := range service.Codes() {
		if _, ok := problems[code]; !ok {
			t.Errorf("%s is not in the table", code)
		}
	}
	for code, kind := range problems {
		if kind.status < 400 && kind.status != 308 || kind.title.JA == "" || kind.title.EN == "" {
			t.Errorf("%s: %+v", code, kind)
		}
	}
	var _ huma.StatusError = (*Problem)(nil)
}
