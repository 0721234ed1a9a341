package dsl

// japanese is a condition that can still go on: how its last word ends depends
// on what follows.
type japanese struct {
	stem string
	end  ending
	note string // in brackets behind the last word
}

// An ending is the last word of a condition.
type ending uint8

const (
	endNoun ending = iota // a noun
	endNot
	endNoneOf
	endLarger
	endNewer
	endOlder
	endContains
	endContainsNot
	endIncludesNone
	endIncludes
	endBegins
	endBeginsNot
	endEnds
	endEndsNot
	endExists
	endExistsNot
	endEquals
	endEqualsNot
	endApplies
	endAppliesNot
	endFound
	endFoundNot
	endBelongs
	endBelongsNot
)

// forms are how the word ends a sentence and how another condition follows it.
func (e ending) forms() (plain, and string) {
	switch e {
	case endNoun:
		return "", "で"
	case endNot:
		return "でない", "でなく"
	case endNoneOf:
		return "でもない", "でもなく"
	case endLarger:
		return "より大きい", "より大きく"
	case endNewer:
		return "より新しい", "より新しく"
	case endOlder:
		return "より古い", "より古く"
	case endContains:
		return "を含む", "を含み"
	case endContainsNot:
		return "を含まない", "を含まず"
	case endIncludesNone:
		return "も含まない", "も含まず"
	case endIncludes:
		return "含む", "含み"
	case endBegins:
		return "で始まる", "で始まり"
	case endBeginsNot:
		return "で始まらない", "で始まらず"
	case endEnds:
		return "で終わる", "で終わり"
	case endEndsNot:
		return "で終わらない", "で終わらず"
	case endExists:
		return "ある", "あり"
	case endExistsNot:
		return "ない", "なく"
	case endEquals:
		return "一致する", "一致し"
	case endEqualsNot:
		return "一致しない", "一致せず"
	case endApplies:
		return "当てはまる", "当てはまり"
	case endAppliesNot:
		return "当てはまらない", "当てはまらず"
	case endFound:
		return "見つかる", "見つかり"
	case endFoundNot:
		return "見つからない", "見つからず"
	case endBelongs:
		return "含まれる", "含まれ"
	}
	return "含まれない", "含まれず"
}

// plain is the condition by itself.
func (j japanese) plain() string {
	plain, _ := j.end.forms()
	return tight(j.stem, plain) + j.note
}

// beforeNoun is the condition before what it says something about.
func (j japanese) beforeNoun() string {
	if j.end == endNoun {
		return j.stem + j.note + "の"
	}
	return j.plain()
}

// and is the condition before another that holds too.
func (j japanese) and() string {
	_, and := j.end.forms()
	return j.stem + and + j.note + "、かつ、"
}

// or is the condition before another that may hold instead.
func (j japanese) or() string {
	plain, _ := j.end.forms()
	return j.stem + plain + j.note + "か、または、"
}

// tight joins a stem and an ending; the space behind a Latin letter or digit
// is for what follows it.
func tight(stem, end string) string {
	if n := len(stem); end == "" && n > 0 && stem[n-1] == ' ' {
		return stem[:n-1]
	}
	return stem + end
}

// spaced puts the spaces around a text that stands within Japanese: one beside
// a Latin letter or a digit.
func spaced(text string) string {
	if text == "" {
		return ""
	}
	if isLatin(text[0]) || text[0] == '-' || text[0] == '"' {
		text = " " + text
	}
	return afterLatin(text)
}

func afterLatin(text string) string {
	if text != "" && (isLatin(text[len(text)-1]) || text[len(text)-1] == '"') {
		return text + " "
	}
	return text
}

func isLatin(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
