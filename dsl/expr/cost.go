package expr

import "math/bits"

// Costs are relative to one comparison of two numbers, about 1 ns a customer
// where the values stand in columns. They come from the ratio of what the
// conditions have to read, not from a measurement of a backend.
const (
	costFlag    = 1  // a bit: Present, Boolean
	costNumber  = 2  // a range
	costEqual   = 8  // a look-up in a dictionary
	costScan    = 24 // a needle looked for in a text
	costVersion = 60 // two texts parsed
	costPhone   = 40 // a scan of up to three forms
)

// Cost estimates the work to decide one customer, to put cheap conditions
// before dear ones and to refuse the absurd. It depends on the expression
// alone, not on the data.
func Cost(e Expr) int {
	switch e := e.(type) {
	case And:
		return sumOf(e.Of)
	case Or:
		return sumOf(e.Of)
	case Not:
		return Cost(e.Of)
	case Const:
		return 0
	case Present, Boolean:
		return costFlag
	case Range:
		return costNumber
	case Among:
		return costNumber * steps(len(e.Values))
	case Text:
		return costOfText(e)
	case Version:
		return costVersion
	case Quick:
		return len(e.Terms) * (len(e.Reads())*costScan + costPhone)
	}
	return 0
}

func sumOf(parts []Expr) int {
	sum := 0
	for _, p := range parts {
		sum += Cost(p)
	}
	return sum
}

func costOfText(e Text) int {
	cost := costScan
	if e.Match == Equal {
		cost = costEqual * steps(len(e.Needles))
	}
	if e.Form == Phone {
		cost += costPhone
	}
	return cost
}

// steps of a binary search among n.
func steps(n int) int { return max(1, bits.Len(uint(n))) }
