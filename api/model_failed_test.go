package api

// failedOnce are histories on which the program once broke a rule, by the
// rule.
var failedOnce = map[string][]step{}
