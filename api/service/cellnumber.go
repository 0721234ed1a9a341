package service

import "strings"

// A decimalMark is a set of marks with which a number can be read.
type decimalMark uint8

const (
	pointMark decimalMark = 1 << iota // 1,234.5
	commaMark                         // 1.234,5
)

// A writtenNumber is a cell understood as a number, its decimal mark still
// open where both are possible (1.234).
type writtenNumber struct {
	negative bool
	body     string // digits and marks
	unit     string // of money, "" for none
	marks    decimalMark
	zeros    bool // it begins with a zero that a number would not keep
	grouped  bool // both a group mark and a decimal mark stand in it
}

// readNumber reads a folded cell as a number with groups of three digits, a
// decimal part and a unit of money before or behind. A backslash is the yen
// sign of Shift_JIS.
func readNumber(folded string) (writtenNumber, bool) {
	var n writtenNumber
	rest := strings.ReplaceAll(folded, "−", "-")
	n.negative, rest = cutMinus(rest)
	n.unit, rest = cutUnit(rest)
	if !n.negative {
		n.negative, rest = cutMinus(rest) // ¥-1,234
	}
	if n.unit == "" {
		n.unit, rest = cutUnitBehind(rest)
	}
	n.body = rest
	if !grouped(rest, ',', '.') {
		if !grouped(rest, '.', ',') {
			return n, false
		}
		n.marks = commaMark
	} else if n.marks = pointMark; strings.ContainsAny(rest, ".,") && grouped(rest, '.', ',') {
		n.marks |= commaMark
	}
	if !strings.ContainsAny(rest, ".,") {
		n.marks = pointMark | commaMark
	}
	n.zeros = len(rest) > 1 && rest[0] == '0' && rest[1] >= '0' && rest[1] <= '9'
	n.grouped = strings.Contains(rest, ".") && strings.Contains(rest, ",")
	return n, true
}

func cutMinus(s string) (bool, string) {
	rest, found := strings.CutPrefix(s, "-")
	return found, strings.TrimPrefix(rest, " ")
}

// cutUnit takes a unit of money from the beginning.
func cutUnit(s string) (unit, rest string) {
	for _, u := range [...][2]string{{"¥", "¥"}, {`\`, "¥"}, {"$", "$"}, {"us$", "$"}, {"€", "€"}, {"₩", "₩"}, {"£", "£"},
		{"jpy", "¥"}, {"usd", "$"}, {"eur", "€"}, {"krw", "₩"}} {
		if rest, ok := strings.CutPrefix(s, u[0]); ok {
			return u[1], strings.TrimPrefix(rest, " ")
		}
	}
	return "", s
}

func cutUnitBehind(s string) (unit, rest string) {
	if s == "" || s[len(s)-1] >= '0' && s[len(s)-1] <= '9' {
		return "", s
	}
	for _, u := range [...][2]string{{"円", "¥"}, {"yen", "¥"}, {"jpy", "¥"}, {"usd", "$"}, {"eur", "€"}, {"€", "€"},
		{"krw", "₩"}, {"ウォン", "₩"}, {"원", "₩"}, {"元", "元"}} {
		if rest, ok := strings.CutSuffix(s, u[0]); ok {
			return u[1], strings.TrimSuffix(rest, " ")
		}
	}
	return "", s
}

// grouped reports whether a text is digits, in groups of three or without
// groups, with at most one decimal mark and digits on both its sides.
func grouped(s string, group, mark byte) bool {
	digits, groups := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == group:
			if groups == 0 && (digits < 1 || digits > 3) || groups > 0 && digits != 3 {
				return false
			}
			groups, digits = groups+1, 0
		case c == mark:
			fraction := s[i+1:]
			return digits > 0 && (groups == 0 || digits == 3) && fraction != "" && strings.Trim(fraction, "0123456789") == ""
		default:
			return false
		}
	}
	return digits > 0 && (groups == 0 || digits == 3)
}

// digits is the number as the schema reads it.
func (n writtenNumber) digits(mark decimalMark) string {
	b := make([]byte, 0, len(n.body)+1)
	if n.negative {
		b = append(b, '-')
	}
	for i := range len(n.body) {
		switch c := n.body[i]; {
		case c != '.' && c != ',':
			b = append(b, c)
		case c == '.' && mark == pointMark, c == ',' && mark == commaMark:
			b = append(b, '.')
		}
	}
	return string(b)
}
