package service

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"meibo/store"
)

// audited are the methods of a transaction whose use has to be noted in the
// audit log by the very function that uses them; addJob is this package's.
func audited() []string {
	return []string{"PutFields", "OrderFields", "ChangeKind", "DeleteField", "ForgetField", "PutSegment", "DeleteSegment", "CreateToken", "RevokeToken",
		"AddSignInKey", "SignIn", "EndSession", "RenewSecret", "PutSettings", "addJob"}
}

// unaudited are the other methods of a transaction, and why their use is not
// noted.
func unaudited() map[string]string {
	const (
		reads   = "changes nothing"
		history = "what becomes of a customer stands in its history, and what a job does to many was noted when it was asked for"
		jobs    = "who asks for a job notes it, by addJob"
		own     = "it is how entries are made"
	)
	methods := map[string]string{"Audit": own, "Remember": "keeps the answer of a request that may come again", "CountActive": "counts who was active in a month",
		"Strip": "carries out what was noted when the field was deleted; its end is noted", "Step": history + "; a conversion notes its end"}
	for reason, names := range map[string][]string{
		reads: {"ChangedSince", "Customer", "Deleted", "Fields", "HistoryOf", "Job", "MemberCustomer", "NewID", "Numbered", "Recall", "Revived", "ScanNumbers", "Segments",
			"Selected", "Seq", "Settings"},
		history: {"Delete", "Forget", "Hide", "Merge", "Note", "Put", "Scrub", "Undelete", "Wipe"},
		jobs:    {"AddJob", "PutJob", "DeleteJob", "PutSelection", "Unselect"},
	} {
		for _, name := range names {
			methods[name] = reason
		}
	}
	return methods
}

// excused are functions that use what is audited and note nothing, and why.
func excused() map[string]string {
	const rehearsal = "a rehearsal, whose transaction is taken back"
	return map[string]string{"write": rehearsal, "try": rehearsal, "putFields": "its callers note the fields, or rehearse",
		"StartExport": "an export is noted, with its rows, in the step that makes its file, and so is each download"}
}

// Every method of a transaction is one whose use is noted or has a reason why
// not. One that is new fails here.
func TestEveryWriteIsAuditedOrSaysWhyNot(t *testing.T) {
	for m := range reflect.TypeFor[*store.Tx]().Methods() {
		if slices.Contains(audited(), m.Name) == (unaudited()[m.Name] != "") {
			t.Errorf("store.Tx.%s: it is to stand in audited, where its use is noted in the audit log, or in unaudited with the reason why not", m.Name)
		}
	}
}

// writesOf lists what a function uses of audited, and whether it notes an act.
func writesOf(f *ast.FuncDecl) (writes []string, notes bool) {
	auditors := []string{"audit", "auditField", "putSegment", "deleteSegment"}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			notes = notes || slices.Contains(auditors, id.Name)
			if slices.Contains(audited(), id.Name) {
				writes = append(writes, id.Name)
			}
		}
		return true
	})
	return writes, notes
}

// Every function of this package that makes such a change notes it, in the
// transaction that it is in.
func TestEveryWriterNotesWhatItDoes(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files, found := token.NewFileSet(), map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			writes, notes := writesOf(f)
			for _, w := range writes {
				found[w] = true
			}
			if len(writes) > 0 && !notes && excused()[f.Name.Name] == "" {
				t.Errorf("%s: %s uses %s and notes nothing: call audit in the same transaction, or give a reason in excused", e.Name(), f.Name.Name, strings.Join(writes, ", "))
			}
		}
	}
	for _, w := range audited() {
		if !found[w] && w != "addJob" { // which nobody asks for where there are no kinds of jobs
			t.Errorf("nobody uses %s: is it called otherwise now?", w)
		}
	}
}
