package dsl

// Parse reads a filter. The query is nil when there are errors; each has its
// position, and a text with several mistakes gets several.
// Cost: linear in the text; a text beyond a limit is read up to there.
func Parse(text string) (*Query, []Diagnostic) {
	var found faults
	query := parse(text, &found)
	list := found.diagnostics(text)
	if HasErrors(list) {
		return nil, verified(text, list, found.work, func(text string) (errors, work int) {
			var again faults
			parse(text, &again)
			return again.errorCount(), again.work
		})
	}
	return query, list
}

// parse reads what it can: after a fault the tree holds the conditions that
// were understood, so that they can be checked too.
func parse(text string, found *faults) *Query {
	tokens, comments, ok := scan(text, found)
	query := &Query{Text: text, Comments: comments}
	found.work += len(text) + workPerToken*len(tokens)
	if !ok {
		return query
	}
	words := assemble(text, tokens, found)
	found.work += workPerWord * len(words)
	end := len(words) - 1
	if end == 0 {
		return query
	}
	if rule, ok := runGrammar(words, 0, end); ok {
		query.Root = lowerer{words}.or(rule)
		return query
	}
	before := found.count
	query.Root = (&recovery{text: text, words: words, faults: found}).query(end)
	if found.count == before && !found.errors() && !found.full { // never silent: the grammar refused it
		found.add(fault{code: "unexpected_token", at: words[0].at.join(words[end].at), message: say("条件として読めません。", "this cannot be read as a condition")})
	}
	return query
}
