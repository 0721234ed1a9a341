package dsl

// fits reports whether the text can go in without breaking what was right:
// each token that may follow what stands there may still follow. A path that
// ends in its dot is not right, although AND behind it would read as a name.
func (s *spot) fits(text string) bool {
	if s.from < s.to && s.tokens[s.to-1].kind == tokDot {
		return true
	}
	was, is := s.trail, s.trail
	is.lenient = true
	for _, t := range s.tokens[s.from:s.to] {
		if !was.step(t) {
			return true
		}
	}
	tokens := s.put(text)
	for _, t := range tokens {
		if !is.step(t) {
			return false
		}
	}
	return s.goesOn(&was, &is, len(tokens) > 0 && tokens[len(tokens)-1].kind == tokClose)
}

// put are the tokens that come of the replaced ones with the text in place of
// the range. The last ends where they did, so that what touches it still does.
func (s *spot) put(text string) []token {
	whole := s.at
	if s.from < s.to {
		whole = whole.join(s.tokens[s.from].at.join(s.tokens[s.to-1].at))
	}
	text = s.text[whole.Start:s.at.Start] + text + s.text[s.at.End:whole.End]
	tokens, _, _ := tokensOf(text)
	shift := whole.End - len(text)
	for i, t := range tokens {
		tokens[i].at = Extent{t.at.Start + shift, t.at.End + shift}
	}
	return tokens[:max(len(tokens)-1, 0)]
}

// goesOn holds what stands behind the replaced tokens against both trails.
// closed means that a bracket ends the new text.
func (s *spot) goesOn(was, is *trail, closed bool) bool {
	rest := s.tokens[s.to : len(s.tokens)-1]
	if len(rest) == 0 {
		return true
	}
	if w := *is; rest[0].kind == tokClose && !closed && !w.step(rest[0]) {
		return true // (member AND ‸): the rest is still to come
	}
	for _, t := range rest {
		right := was.step(t)
		switch still := is.step(t); {
		case !right:
			return true
		case !still:
			return false
		case was.same(is):
			return true
		}
	}
	return is.complete() || !was.complete()
}
