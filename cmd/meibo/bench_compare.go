package main

import (
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// slowerFrom is the ratio of a new to an earlier median from which it is
// marked: below it, two runs on one machine often differ.
const slowerFrom = 1.25

// A benchComparison holds a report against an earlier one.
type benchComparison struct {
	earlier map[string]float64 // by figure; nil without an earlier report
	slower  []string
}

// figures are the times that two reports can be compared by, in milliseconds.
// What is a rate becomes the time of one thousand.
func (r *benchReport) figures() map[string]float64 {
	f := map[string]float64{}
	median := func(name string, t *benchTimes) {
		if t != nil {
			f[name] = t.Median
		}
	}
	for _, q := range r.Questions {
		median(q.Name+" fresh", q.Fresh)
		median(q.Name+" again", q.Again)
	}
	if r.Load != nil {
		f["load"] = 1e6 / r.Load.PerSecond
	}
	if r.Restart != nil {
		f["restart"], f["restart answer"], f["restart warm"] = r.Restart.ReadyMs, r.Restart.AnswerMs, r.Restart.WarmMs
	}
	if r.Updates != nil {
		f["updates"] = 1e6 / r.Updates.PerSecond
		median("updates question", r.Updates.Question)
	}
	if r.Server != nil {
		median("http", r.Server.All)
		for _, q := range r.Server.Questions {
			median("http "+q.Name, q.Response)
		}
	}
	if r.Jobs != nil {
		for _, j := range r.Jobs.Jobs {
			f["job "+j.Name] = j.Seconds * 1000
		}
		for _, q := range r.Jobs.Beside {
			median("beside "+q.Name, q.Meanwhile)
		}
	}
	return f
}

// ratio is new to earlier as text, "" where there is nothing to compare with,
// and with a mark where it is slower.
func (c *benchComparison) ratio(figure string, now float64) string {
	before := c.earlier[figure]
	if before <= 0 || now <= 0 {
		return ""
	}
	text := threeDigits(now / before)
	if now/before <= slowerFrom {
		return text
	}
	c.slower = append(c.slower, figure+" "+text)
	return text + "!"
}

// note is a ratio in brackets, for a line of words.
func (c *benchComparison) note(figure string, now float64) string {
	if text := c.ratio(figure, now); text != "" {
		return " [" + text + "]"
	}
	return ""
}

// differences says what makes two reports hard to compare.
func differences(now, earlier *benchReport) []schema.Words {
	var list []schema.Words
	if now.Customers != earlier.Customers {
		list = append(list, say("前回の顧客は %s 人でした。", "the earlier run had %s customers", grouped(earlier.Customers)))
	}
	if now.Machine != earlier.Machine {
		list = append(list, say("前回の機械は違いました: %s", "the earlier run was on another machine: %s", earlier.Machine.String()))
	}
	return list
}

// sum is what is slower, in one line.
func (c *benchComparison) sum() schema.Words {
	if len(c.slower) == 0 {
		return say("前回の %g 倍を超えて遅いものはありません。", "nothing is slower than %g times the earlier run", slowerFrom)
	}
	slices.Sort(c.slower)
	return say("前回の %g 倍より遅い: %s", "slower than %g times the earlier run: %s", slowerFrom, strings.Join(c.slower, ", "))
}
