package service

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// storeReads are the methods of a store and of a transaction that change
// nothing. Every other one counts as a write.
func storeReads() []string {
	return []string{"Active", "AuditEntries", "Customer", "Customers", "Deleted", "Epoch", "Fields", "History", "Holders", "Job", "Jobs", "Leaving", "Len",
		"MemberCustomer", "NewID", "Recall", "Revived", "Scan", "Segments", "SegmentVersions", "Seq", "SessionBySecret", "Settings", "TokenBySecret", "TokenToSignIn", "Tokens"}
}

// auditors are the functions that note an act.
func auditors() []string {
	return []string{"audit", "auditField", "putSegment", "deleteSegment", "Audit"}
}

// unaudited are the functions that write and note nothing in the audit log, and
// why.
func unaudited() map[string]string {
	const (
		history = "what becomes of a customer stands in its history"
		chore   = "a chore that forgets what is old; nobody asks for it"
	)
	return map[string]string{
		"Apply": history, "Batch": history, "Delete": history, "Restore": history, "edit": history, "ingest": history, "merge": history, "note": history,
		"write":        history + "; rows of an import",
		"once":         "keeps the answer of a request that may come again",
		"addJob":       "who asks for a job notes what it is to do",
		"writeUses":    "when a token was used is nobody's change",
		"trimHistory":  chore,
		"trimAudit":    chore,
		"forgetJob":    chore, "forgetSomeJobs": chore,
		"MemberSecret": "reads it; that there is one at all is nobody's act, renewing it is noted",
		"visitorKey":   "reads it; it never leaves the service",
	}
}

// written lists what a function uses of a store or a transaction that is not
// known to read only, and whether it notes an act.
func written(f *ast.FuncDecl) (writes []string, audits bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name, ok := n.Fun.(*ast.Ident)
			audits = audits || ok && slices.Contains(auditors(), name.Name)
		case *ast.SelectorExpr:
			switch method := n.Sel.Name; {
			case slices.Contains(auditors(), method):
				audits = true
			case (ofStore(n.X) || method == "Commit") && !slices.Contains(storeReads(), method):
				writes = append(writes, method)
			}
		}
		return true
	})
	return writes, audits
}

// ofStore reports whether an expression is a store or a transaction, by its
// name: s.store, tx, step.
func ofStore(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "tx" || x.Name == "step"
	case *ast.SelectorExpr:
		return x.Sel.Name == "store"
	}
	return false
}

// Every function that writes to the store notes what it does, or has a reason
// not to. One that is new without either fails here, as does a reason that
// nobody has any more.
func TestEveryWriterIsAuditedOrSaysWhyNot(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	reasons, files := unaudited(), token.NewFileSet()
	found := map[string]bool{}
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
			if !ok {
				continue
			}
			writes, audits := written(f)
			if len(writes) == 0 {
				continue
			}
			name := f.Name.Name
			found[name] = true
			if reasons[name] == "" && !audits {
				t.Errorf("%s: %s uses %s of the store and notes nothing in the audit log: call audit in the same transaction, or give a reason in unaudited", e.Name(), name, strings.Join(writes, ", "))
			}
		}
	}
	for name := range reasons {
		if !found[name] {
			t.Errorf("%s has a reason why it is not audited, and writes nothing", name)
		}
	}
}
