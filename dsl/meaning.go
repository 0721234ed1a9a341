package dsl

import "meibo/dsl/schema"

// operatorName is what an operator is called, NOT included.
func operatorName(op string) schema.Words {
	switch op {
	case "=":
		return say("と等しい", "equals")
	case "!=":
		return say("と等しくない", "does not equal")
	case ">":
		return say("より大きい、より後", "greater than, after")
	case ">=":
		return say("以上、以降", "at least, from … on")
	case "<":
		return say("より小さい、より前", "less than, before")
	case "<=":
		return say("以下、以前", "at most, until")
	case "~":
		return say("を含む", "contains")
	case "!~":
		return say("を含まない", "does not contain")
	case "^=":
		return say("で始まる", "begins with, starts with")
	case "!^=":
		return say("で始まらない", "does not begin with")
	case "$=":
		return say("で終わる", "ends with")
	case "!$=":
		return say("で終わらない", "does not end with")
	}
	return wordOperatorName(op)
}

func wordOperatorName(op string) schema.Words {
	switch op {
	case "IN":
		return say("のどれかと等しい", "equals one of")
	case "NOT IN":
		return say("のどれとも等しくない", "equals none of")
	case "BETWEEN":
		return say("2 つの値の間にある（両端を含む）", "between two values, both included")
	case "NOT BETWEEN":
		return say("2 つの値の間にない", "not between two values")
	case "HAS":
		return say("という要素がある", "has the element")
	case "NOT HAS":
		return say("という要素がない", "does not have the element")
	case "HAS ANY":
		return say("のどれかの要素がある", "has any of the elements")
	case "NOT HAS ANY":
		return say("のどの要素もない", "has none of the elements")
	case "HAS ALL":
		return say("のすべての要素がある", "has all of the elements")
	case "NOT HAS ALL":
		return say("のすべての要素がそろってはいない", "does not have all of the elements")
	case "IS SET":
		return say("値がある", "has a value")
	case "IS UNSET", "IS NOT SET":
		return say("値がない", "has no value")
	case "ANY":
		return say("どれかの要素が", "any of the elements")
	case "ALL":
		return say("すべての要素が", "each of the elements")
	}
	return keywordName(op)
}

func keywordName(word string) schema.Words {
	switch word {
	case "AND":
		return say("かつ（両方を満たす）", "both conditions hold")
	case "OR":
		return say("または（どちらかを満たす）", "either condition holds")
	case "NOT":
		return say("でない（次の条件を満たさない）", "the next condition does not hold")
	case "SET":
		return say("値がある", "there is a value")
	case "UNSET", "NOT SET":
		return say("値がない", "there is no value")
	case "(":
		return say("条件をまとめる括弧", "brackets around conditions")
	case "()":
		return say("値の並び", "a list of values")
	case ")":
		return say("括弧を閉じる", "closes the bracket")
	case ",":
		return say("次の値", "another value")
	case "TRUE":
		return say("はい", "yes")
	case "FALSE":
		return say("いいえ", "no")
	}
	return schema.Words{}
}

// operatorMissing says what an operator makes of customers without a value.
func operatorMissing(op string) schema.Words {
	switch op {
	case "IS SET":
		return say("null、空白だけの文字列、空のリストは値ではありません。", "null, blank text and an empty list are no values.")
	case "ANY":
		return say("要素がない顧客は当てはまりません。", "Customers without any element do not match.")
	case "ALL":
		return say("要素がない顧客は当てはまりません。要素が 1 つ以上必要です。", "Customers without any element do not match: it takes at least one.")
	case "IS UNSET", "IS NOT SET":
		return say("null、空白だけの文字列、空のリストも値がないことになります。", "null, blank text and an empty list are no values either.")
	}
	if op[0] == '!' || len(op) > 3 && op[:4] == "NOT " {
		return say("値がない顧客も当てはまります。", "Customers without a value match too.")
	}
	return say("値がない顧客は当てはまりません。", "Customers without a value do not match.")
}

func functionName(name string) schema.Words {
	switch name {
	case "segment":
		return say("セグメントの条件", "the filter of a segment")
	case "exact":
		return say("文字をそのまま比べる", "compares character by character")
	case "version":
		return say("バージョン番号として比べる", "compares as a version number")
	}
	return say("クイック検索", "quick search")
}

func unitWords(u Unit) schema.Words {
	switch u {
	case Second:
		return say("秒", "seconds")
	case Minute:
		return say("分", "minutes")
	case Hour:
		return say("時間", "hours")
	case Day:
		return say("日", "days")
	case Week:
		return say("週", "weeks")
	case Month:
		return say("か月", "months")
	}
	return say("年", "years")
}

// customers is a number of customers within a sentence.
func customers(n int) schema.Words {
	if n == 1 {
		return say("1 人", "1 customer")
	}
	return say("%d 人", "%d customers", n)
}
