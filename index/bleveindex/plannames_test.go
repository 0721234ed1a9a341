package bleveindex

import (
	"os"
	"strings"
	"testing"

	"meibo/index"
	"meibo/index/indextest"
)

// forcedPlans are the plans that a test can force, for conditions and orders.
func forcedPlans() []string {
	return []string{planPostings, planDense, planPermutation, planScan, planArena, planTrigrams, planDictionary, planPresence,
		planRows, orderWalk, orderHeap, orderSort, orderWhole}
}

// The random comparison with memindex, with every condition and order answered
// by one plan wherever that is possible.
func TestEveryPlan(t *testing.T) {
	for i, name := range forcedPlans() {
		t.Run(name, func(t *testing.T) {
			f := newFolders(Options{force: name})
			indextest.Compare(t, indextest.Seed(t)+uint64(2_000_000+1000*i), indextest.Cases(t)/8,
				func(t *testing.T) index.Backend { return f.open(t, t.TempDir()) }, f.hooks())
		})
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
