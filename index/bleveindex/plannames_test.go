package bleveindex

import (
	"os"
	"strings"
	"testing"
)

// Every node of every compiled query begins its line with a name of the list,
// and every name is one of some node.
func TestPlanNames(t *testing.T) {
	s := state{Format: format}.after(crowdFields(t), true)
	seen := map[string]bool{}
	for _, name := range planNames() {
		seen[name] = false
	}
	for _, e := range compiled() {
		for line := range strings.Lines(describe(compile(e, s), func(node) string { return "" })) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if _, known := seen[name]; !known {
				t.Errorf("%q is no name of a plan: %s", name, line)
			}
			seen[name] = true
		}
	}
	for name, used := range seen {
		if !used {
			t.Errorf("no compiled query has the name %s", name)
		}
	}
}

// The API's document says what each name means.
func TestPlanNamesAreDocumented(t *testing.T) {
	document, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range planNames() {
		if !strings.Contains(string(document), "`"+name+"`") {
			t.Errorf("api/openapi.json does not name `%s`", name)
		}
	}
}
