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
	isIt ending = iota // a noun
	isNot
	isNoneOf
	larger
	newer
	older
	contains
	containsNot
	includesNone
	includes
	begins
	beginsNot
	ends
	endsNot
	exists
	existsNot
	equals
	equalsNot
	applies
	appliesNot
	found
	foundNot
	belongs
	belongsNot
)

// forms are how the word ends a sentence and how another condition follows it.
func (e ending) forms() (plain, and string) {
	switch e {
	case isIt:
		return "", "で"
	case isNot:
		return "でない", "でなく"
	case isNoneOf:
		return "でもない", "でもなく"
	case larger:
		return "より大きい", "より大きく"
	case newer:
		return "より新しい", "より新しく"
	case older:
		return "より古い", "より古く"
	case contains:
		return "を含む", "を含み"
	case containsNot:
		return "を含まない", "を含まず"
	case includesNone:
		return "も含まない", "も含まず"
	case includes:
		return "含む", "含み"
	case begins:
		return "で始まる", "で始まり"
	case beginsNot:
		return "で始まらない", "で始まらず"
	case ends:
		return "で終わる", "で終わり"
	case endsNot:
		return "で終わらない", "で終わらず"
	case exists:
		return "ある", "あり"
	case existsNot:
		return "ない", "なく"
	case equals:
		return "一致する", "一致し"
	case equalsNot:
		return "一致しない", "一致せず"
	case applies:
		return "当てはまる", "当てはまり"
	case appliesNot:
		return "当てはまらない", "当てはまらず"
	case found:
		return "見つかる", "見つかり"
	case foundNot:
		return "見つからない", "見つからず"
	case belongs:
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
	if j.end == isIt {
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
