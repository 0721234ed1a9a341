package api

// failedOnce are histories on which the program once broke a rule, or on which
// two of its parts did not fit together, by the rule.
var failedOnce = map[string][]step{
	"a member who cleared an opt-out has had its word, whatever the anonymous customer had": {
		{op: "boot", by: bySecret, body: `{"memberId":"m1","unsubscribeTexting":true}`, as: "1"}, // the model had it otherwise
		{op: "put", on: "@m1", body: "{}"},
		{op: "boot", by: bySecret, body: `{"unsubscribeTexting":false}`, as: "2"},
		{op: "boot", by: bySecret, body: `{"memberId":"m1","visitorToken":"$t2"}`},
	},
	"what is cleared and given again at once has not changed": {
		{op: "boot", by: bySecret, body: `{"memberId":"m1","profile":{"referrer":"a","description":"b"}}`, as: "1"},
		{op: "form", by: bySecret, body: `{"memberId":"m1","profile":{"description":null},"profileOnce":{"description":"b"}}`},
		{op: "patch", on: "$1", body: `{"profile":{"description":null},"profileOnce":{"description":"b"}}`},
		{op: "patch", on: "$1", body: `{"profile":{"description":null},"profileOnce":{"description":"c"}}`},
	},
	"-0 becomes 0 in a date too": { // the model had it otherwise
		{op: "add field", on: "profile.x", body: "Date"},
		{op: "batch", body: `[{"memberId":"m2","profile":{"x":-0}}]`},
	},
	"profile goes before profileOnce, wherever it stands in the body": {
		{op: "put", on: "c1", body: `{"profileOnce":{"referrer":"once"},"profile":{"referrer":"always"}}`},
		{op: "patch", on: "c1", body: `{"profileOnce":{"name":"once"},"profile":{"name":"always"}}`},
		{op: "patch", on: "c1", body: `{"profileOnce":{"name":"once"},"profile":{"name":null}}`},
	},
	"what was merged is not brought back": {
		{op: "put", on: "@m1", body: `{}`, as: "1"},
		{op: "boot", by: bySecret, body: `{}`, as: "2"},
		{op: "boot", by: bySecret, body: `{"memberId":"m1","visitorToken":"$t2"}`, as: "3"},
		{op: "restore", on: "$2"},
		{op: "delete", on: "$1"},
		{op: "restore", on: "$2"},
		{op: "restore", on: "$1"},
		{op: "touch", by: byPage, on: "$2", body: `{"visitorToken":"$t2","platform":"web"}`},
	},
	"one id leads to the next, where a member's memberId was taken away": {
		{op: "boot", by: bySecret, body: `{}`, as: "1"},
		{op: "put", on: "@m1", body: `{}`, as: "2"},
		{op: "boot", by: bySecret, body: `{"memberId":"m1","visitorToken":"$t1"}`, as: "3"},
		{op: "import", body: `{"id":"$2","memberId":null}`},
		{op: "put", on: "@m2", body: `{}`, as: "4"},
		{op: "boot", by: bySecret, body: `{"memberId":"m2","visitorToken":"$t3"}`, as: "5"},
		{op: "touch", by: byPage, on: "$1", body: `{"visitorToken":"$t1","platform":"mobile"}`},
		{op: "restart"},
	},
	"in a merge the earlier write-once value stays, whose it is": {
		{op: "boot", by: byPage, body: `{"profile":{"referrer":"early","name":"typed"},"unsubscribeEmail":true}`, as: "1"},
		{op: "clock", body: "1h"},
		{op: "put", on: "@m1", body: `{"tags":["a"],"profile":{"referrer":"late","utmSource":"early","name":"member"}}`, as: "2"},
		{op: "clock", body: "1h"},
		{op: "form", by: byPage, body: `{"visitorToken":"$t1","profile":{"utmSource":"late","email":"x@y.jp"}}`},
		{op: "patch", on: "$1", body: `{"tags":["A","b"]}`},
		{op: "boot", by: byPage, body: `{"memberId":"m1","memberHash":"right","visitorToken":"$t1","platform":"mobile"}`, as: "3"},
		{op: "restart"},
	},
	"at exactly 30 minutes it is the same session": {
		{op: "boot", by: byPage, body: `{"at":1795483800000}`, as: "1"},
		{op: "clock", body: "2h"},
		{op: "touch", by: bySecret, on: "$1", body: `{"platform":"web","at":1795485600000}`},
		{op: "touch", by: bySecret, on: "$1", body: `{"platform":"web","at":1795487400001}`},
		{op: "touch", by: bySecret, on: "$1", body: `{"platform":"web","at":1795487400000}`},
	},
	"a field's segments wait while it is hidden, and are right again after": {
		{op: "save segment", on: "s1", body: `["not",["gt","profile.points",2]]`, with: "post"},
		{op: "save segment", on: "s2", body: `["segment","s1"]`, with: "post"},
		{op: "put", on: "c1", body: `{"profile":{"points":3}}`},
		{op: "patch field", on: "profile.points", body: `{"hidden":true}`},
		{op: "patch field", on: "profile.points", body: `{"hidden":true}`, with: "force"},
		{op: "boot", by: byPage, body: `{"profile":{"points":1}}`},
		{op: "patch", on: "c1", body: `{"profile":{"points":1}}`},
		{op: "restart"},
		{op: "patch field", on: "profile.points", body: `{"hidden":false}`},
	},
	"a key that is used again has nothing of what it was": {
		{op: "put", on: "c1", body: `{"profile":{"points":3}}`},
		{op: "put", on: "c2", body: `{"profile":{"points":4}}`},
		{op: "delete", on: "c2"},
		{op: "save segment", on: "s1", body: `["gt","profile.points",2]`, with: "post"},
		{op: "delete field", on: "profile.points"},
		{op: "delete field", on: "profile.points", with: "force"},
		{op: "add field", on: "profile.points", body: "String"},
		{op: "restore", on: "c2"},
		{op: "restart"},
		{op: "add field", on: "profile.points", body: "Number"},
	},
}
