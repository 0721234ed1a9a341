package api

// failedOnce are histories on which the program once broke a rule, by the
// rule.
var failedOnce = map[string][]step{
	"profile goes before profileOnce, wherever it stands in the body": {
		{op: "put", on: "c1", body: `{"profileOnce":{"referrer":"once"},"profile":{"referrer":"always"}}`},
		{op: "patch", on: "c1", body: `{"profileOnce":{"name":"once"},"profile":{"name":"always"}}`},
		{op: "patch", on: "c1", body: `{"profileOnce":{"name":"once"},"profile":{"name":null}}`},
	},
}
