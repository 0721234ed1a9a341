package dsl

import (
	"strings"

	"meibo/dsl/expr"
)

// A clause explains why words [from, to), without outer brackets and NOTs, are
// no condition.
type clause struct {
	*recovery
	from, to int
}

// fieldOperators may follow a field.
func fieldOperators() []string {
	return []string{"=", "!=", ">", ">=", "<", "<=", "~", "^=", "$=", "IN", "BETWEEN", "HAS", "IS SET"}
}

func (c *clause) judge() Node {
	first := c.words[c.from]
	switch first.kind {
	case tokIdent:
		return c.afterPath(c.path(c.from))
	case tokString:
		if first.bad {
			return nil
		}
		if c.from+1 < c.to {
			return c.afterString()
		}
	case tokNumber, tokDuration, tokDate, tokMinus, tokTrue, tokFalse, tokOperator, tokIs, tokIn, tokBetween, tokHas, tokAny, tokAll:
		return c.noField()
	}
	c.unexpected(c.from, []string{"field", "string", "(", "NOT"})
	return nil
}

// path is the index behind the field's last name.
func (c *clause) path(i int) int {
	i++
	for i+1 < c.to && c.words[i].kind == tokDot && c.words[i+1].kind == tokIdent {
		i += 2
	}
	return i
}

func (c *clause) noField() Node {
	w := c.words[c.from]
	if !w.bad {
		text := clip(c.text[w.at.Start:w.at.End])
		c.faults.add(fault{code: "expected_field", at: w.at, expected: []string{"field", "string", "(", "NOT"},
			message: say("条件は項目名から始めます。「%s」は項目名ではありません。", "a condition begins with a field; %s is none", text)})
	}
	return nil
}

// afterString: "x" = name, or "x" name = 1.
func (c *clause) afterString() Node {
	next := c.words[c.from+1]
	if next.kind == tokOperator {
		c.noField()
		return nil
	}
	n := Node(&Search{Text: c.words[c.from].text, At: c.words[c.from].at})
	return joinAnd(withoutNil([]Node{n, c.trailing(c.from, c.from+1, c.to)}))
}

// afterPath judges what follows a field at word i.
func (c *clause) afterPath(i int) Node {
	if i == c.to {
		return nil // the path itself was reported
	}
	// The longest beginning that the grammar takes is a condition; the rest trails.
	if end := c.complete(i); end > i {
		rule, ok := runGrammar(c.words, c.from, end)
		if ok && end < c.to {
			return joinAnd(withoutNil([]Node{lowerer{c.words}.or(rule), c.trailing(end-1, end, c.to)}))
		}
	}
	w := c.words[i]
	switch w.kind {
	case tokMinus:
		if i+1 < c.to && c.words[i+1].kind != tokNumber { // a key has no hyphen
			c.unexpected(i, fieldOperators())
			return nil
		}
		c.missingOperator(i)
	case tokString, tokNumber, tokDuration, tokDate, tokTrue, tokFalse:
		c.missingOperator(i)
	case tokIs:
		c.is(i)
	case tokDot:
		c.faults.add(fault{code: "expected_field", at: w.at, expected: []string{"name"}, message: say("「.」の後に項目名の続きがありません。", "a name is missing after the dot")})
	case tokIdent:
		if ours, _ := wordOperators(strings.ToUpper(w.text)); ours == "" && i+1 < c.to {
			if _, ok := runGrammar(c.words, i, c.to); ok { // member name = "x"
				return c.trailing(i-1, i, c.to)
			}
		}
		c.wordOperator(i)
	case tokNot:
		c.not(i)
	case tokOpen:
		c.call(i)
	case tokAny, tokAll:
		c.unexpected(i+1, []string{"=", "~", "^=", "$=", "IN"})
	default:
		c.unexpected(i, fieldOperators())
	}
	return nil
}

// complete is the end of the predicate that begins behind the path, as far as
// its shape tells; i when there is none.
func (c *clause) complete(i int) int {
	j := i
	for j < c.to {
		switch c.words[j].kind {
		case tokNot, tokAny, tokAll, tokHas, tokIn, tokOperator, tokIs:
			j++
			continue
		case tokBetween:
			return min(j+4, c.to)
		case tokValue, tokList, tokSet, tokUnset:
			return j + 1
		}
		break
	}
	return i
}

func (c *clause) missingOperator(i int) {
	w := c.words[i]
	at := Extent{w.at.Start, w.at.Start}
	wrong := fault{code: "missing_operator", at: w.at, expected: fieldOperators(), message: say("項目と値の間に演算子がありません。", "an operator is missing between the field and the value")}
	if first := c.words[c.from]; w.kind == tokString && i == c.from+1 && strings.EqualFold(first.text, "segment") {
		wrong.fixes = []change{replace(first.at.join(w.at), "segment("+c.text[w.at.Start:w.at.End]+")")}
	}
	if fix, ok := c.toRange(i); ok {
		wrong.fixes = append(wrong.fixes, fix)
	}
	for _, op := range []string{"= ", "HAS ", "~ "} {
		wrong.fixes = append(wrong.fixes, replace(at, op))
	}
	c.faults.add(wrong)
}

// is: IS NULL, IS EMPTY, IS TRUE, IS "x".
func (c *clause) is(i int) {
	is := c.words[i]
	j, negated := i+1, false
	if j < c.to && c.words[j].kind == tokNot {
		j, negated = j+1, true
	}
	wrong := fault{code: "expected_set", at: is.at, expected: []string{"SET", "UNSET", "NOT SET"}, message: say("IS の後には SET（値がある）か UNSET（値がない）を書きます。", "IS is followed by SET (there is a value) or UNSET (there is none)")}
	if j >= c.to {
		wrong.fixes = []change{replace(is.at, "IS SET"), replace(is.at, "IS UNSET")}
		c.faults.add(wrong)
		return
	}
	w := c.words[j]
	whole := is.at.join(w.at)
	wrong.at = w.at
	switch strings.ToUpper(w.text) {
	case "NULL", "EMPTY", "BLANK", "NIL", "NONE", "MISSING", "UNDEFINED":
		wrong.fixes = []change{replace(whole, opText(Set, !negated))}
	case "PRESENT":
		wrong.fixes = []change{replace(whole, opText(Set, negated))}
	case "UNSET": // IS NOT UNSET
		wrong.fixes = []change{replace(whole, opText(Set, false))}
	default:
		if w.kind.startsValue() {
			wrong.fixes = []change{replace(Extent{is.at.Start, c.words[j-1].at.End}, opText(Equal, negated))}
		}
	}
	c.faults.add(wrong)
}

// not: a NOT "x", or NOT LIKE.
func (c *clause) not(i int) {
	if i+1 < c.to && c.words[i+1].kind == tokIdent {
		c.wordOperator(i + 1)
		return
	}
	wrong := fault{code: "missing_operator", at: c.words[i].at, expected: []string{"NOT IN", "NOT BETWEEN", "NOT HAS"},
		message: say("項目の後の NOT には IN、BETWEEN、HAS のどれかが続きます。", "NOT behind a field is followed by IN, BETWEEN or HAS")}
	if i+1 < c.to {
		switch {
		case c.words[i+1].kind == tokOperator && c.words[i+1].text == "=":
			wrong.fixes = []change{replace(c.words[i].at.join(c.words[i+1].at), "!=")}
		case c.words[i+1].kind.startsValue():
			wrong.fixes = []change{replace(c.words[i].at, "!=")}
		case c.words[i+1].kind == tokSet:
			wrong.fixes = []change{replace(c.words[i].at.join(c.words[i+1].at), "IS UNSET")}
		}
	}
	c.faults.add(wrong)
}

// wordOperator: LIKE, CONTAINS and the like, or simply another word.
func (c *clause) wordOperator(i int) {
	if c.existence(i) {
		return
	}
	w := c.words[i]
	ours, pattern := wordOperators(strings.ToUpper(w.text))
	if ours == "" || w.quoted {
		c.noOperator(i)
		return
	}
	end := c.operatorEnd(i)
	at, name := w.at.join(c.words[end].at), strings.ToUpper(w.text)
	if end > i {
		name += " WITH"
	}
	if c.words[i-1].kind == tokNot {
		at, ours = c.words[i-1].at.join(at), strings.TrimPrefix("!"+ours, "!!")
	}
	c.faults.add(fault{code: "foreign_operator", at: at, expected: []string{ours}, message: say("「%s」という演算子はありません。「%s」と書きます。", "there is no %s; write %s", name, ours),
		fixes: c.inOurWords(at, end+1, ours, pattern)})
}

// noOperator: name Tanaka.
func (c *clause) noOperator(i int) {
	w := c.words[i]
	wrong := fault{code: "missing_operator", at: w.at, expected: fieldOperators(),
		message: say("項目の後に演算子がありません。「%s」は演算子ではありません。", "an operator is missing behind the field; %s is none", clip(w.text))}
	if i+1 == c.to {
		wrong.fixes = []change{replace(w.at, "= "+expr.Quote(w.text)), replace(w.at, "HAS "+expr.Quote(w.text))}
	}
	c.faults.add(wrong)
}

// wordOperators maps the words of other languages; pattern means that the
// needle holds wildcards.
func wordOperators(word string) (ours string, pattern bool) {
	switch word {
	case "LIKE", "ILIKE":
		return "~", true
	case "CONTAINS", "INCLUDES", "MATCHES", "REGEXP", "GLOB":
		return "~", false
	case "STARTSWITH", "STARTS", "BEGINSWITH", "BEGINS":
		return "^=", false
	case "ENDSWITH", "ENDS":
		return "$=", false
	case "EQ", "EQUALS":
		return "=", false
	case "NE", "NEQ":
		return "!=", false
	}
	return "", false
}

// likePattern is the operator and needle of a LIKE whose wildcards stand at
// the ends only; others stay as they are and will match literally.
func likePattern(p string) (op, needle string) {
	front, back := strings.HasPrefix(p, "%"), strings.HasSuffix(p, "%") && len(p) > 1
	needle = strings.TrimSuffix(strings.TrimPrefix(p, "%"), "%")
	switch {
	case front && back:
		return "~", needle
	case front:
		return "$=", needle
	case back:
		return "^=", needle
	}
	return "=", needle
}

// call: a name applied to something that is not one string.
func (c *clause) call(i int) {
	end := c.partner(i, c.to)
	at := c.words[i].at.join(c.words[end].at)
	name := c.words[c.from].at.join(c.words[i-1].at)
	if written := c.text[name.Start:name.End]; !strings.EqualFold(written, "segment") {
		c.faults.add(unknownFunction(name, written))
		return
	}
	wrong := fault{code: "missing_value", at: at, expected: []string{"string"}, message: say(`括弧の中には文字列を 1 つ書きます。例: segment("vip")`, `the brackets take one string, as in segment("vip")`)}
	if i+2 == end && c.words[i+1].kind == tokIdent {
		wrong.fixes = []change{replace(c.words[i+1].at, expr.Quote(c.words[i+1].text))}
	}
	c.faults.add(wrong)
}
