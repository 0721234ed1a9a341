package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// writeBench shows a report to a person, beside an earlier one where there is
// one.
func (a *app) writeBench(out io.Writer, r, earlier *benchReport) error {
	c := &benchComparison{}
	if earlier != nil {
		c.earlier = earlier.figures()
	}
	w := &benchWriter{app: a, comparison: c, figures: r.figures()}
	w.line("%s", "%s", fmt.Sprintf("%s, %s, %s", r.Date, r.Go, r.Machine))
	w.line("顧客 %s 人。時間はミリ秒。目標は 100 万人での値。", "%s customers; times in ms; reach is for a million of them", grouped(r.Customers))
	w.whole(r)
	if len(r.Questions) > 0 {
		w.questions(r.Questions)
	}
	if r.Updates != nil {
		w.updates(r.Updates)
	}
	if r.Server != nil {
		w.server(r.Server)
	}
	if r.Jobs != nil {
		w.jobs(r)
	}
	if earlier != nil {
		for _, d := range differences(r, earlier) {
			w.b.WriteString(a.words(d) + "\n")
		}
		w.b.WriteString(a.words(c.sum()) + "\n")
	}
	_, err := io.WriteString(out, w.b.String())
	return err
}

// A benchWriter builds the text.
type benchWriter struct {
	*app
	b          strings.Builder
	comparison *benchComparison
	figures    map[string]float64
}

func (w *benchWriter) line(ja, en string, args ...any) {
	w.b.WriteString(w.words(say(ja, en, args...)) + "\n")
}

func (w *benchWriter) note(figure string) string {
	return w.comparison.note(figure, w.figures[figure])
}

func (w *benchWriter) ratio(figure string) string {
	return w.comparison.ratio(figure, w.figures[figure])
}

// whole tells of the folder and the process.
func (w *benchWriter) whole(r *benchReport) {
	if l := r.Load; l != nil {
		w.line("取り込み: %s 人/秒（%s 秒）%s、ディスク %s、匿名メモリー %s", "load: %s customers/s (%s s)%s, %s on disk, %s of anonymous memory",
			grouped(int(l.PerSecond)), threeDigits(l.Seconds), w.note("load"), megabytes(l.DiskBytes), megabytes(l.RSSAnonBytes))
	}
	if s := r.Restart; s != nil {
		w.line("再起動: %s で準備完了%s、%s で最初の答え%s、%s で列もすべて復元%s", "restart: ready after %s%s, first answer after %s%s, all columns back after %s%s",
			threeDigits(s.ReadyMs), w.note("restart"), threeDigits(s.AnswerMs), w.note("restart answer"), threeDigits(s.WarmMs), w.note("restart warm"))
	}
	if v := r.Verified; v != nil {
		w.line("総当たりと比べた答え: %s 件、うち違うもの %s 件", "answers compared with a look at every customer: %s, of which %s differ",
			grouped(v.Answers), grouped(len(v.Different)))
	}
	if r.RSSAnonBytes > 0 {
		w.line("終了時の匿名メモリー: %s", "anonymous memory at the end: %s", megabytes(r.RSSAnonBytes))
	}
}

func (w *benchWriter) questions(list []benchLine) {
	t := textTable{}
	t.row(w.words(say("名前", "name")), w.words(say("質問", "question")), w.words(say("件数", "rows")), w.words(say("目標", "reach")),
		w.words(say("初回 最小", "fresh min")), w.words(say("中央値", "median")), "p99", w.words(say("前回比", "ratio")),
		w.words(say("再度 最小", "again min")), w.words(say("中央値", "median")), "p99", w.words(say("前回比", "ratio")), w.words(say("検索のしかた", "plan")))
	for _, q := range list {
		reach := ""
		if q.ReachMs > 0 {
			reach = threeDigits(q.ReachMs)
		}
		if q.AgainMs > 0 {
			reach += " / " + threeDigits(q.AgainMs)
		}
		cells := []string{q.Name, cut(visible(q.Question), 52), grouped(q.Rows), reach}
		cells = append(append(cells, cellsOf(q.Fresh)...), w.ratio(q.Name+" fresh"))
		cells = append(append(cells, cellsOf(q.Again)...), w.ratio(q.Name+" again"))
		t.row(append(cells, cut(compactPlan(q.Plan), 60))...)
	}
	w.b.WriteString("\n" + t.text(0, 1, 12) + "\n")
}

func cellsOf(t *benchTimes) []string {
	if t == nil {
		return []string{"", "", ""}
	}
	return []string{threeDigits(t.Min), threeDigits(t.Median), threeDigits(t.P99)}
}

func (w *benchWriter) updates(u *benchUpdates) {
	w.line("更新しながら: 毎秒 %s 件%s、1 回分の中央値 %s、p99 %s", "mixed load: %s updates/s%s, a batch takes %s (median), %s (p99)",
		grouped(int(u.PerSecond)), w.note("updates"), threeDigits(u.Batch.Median), threeDigits(u.Batch.P99))
	if q := u.Question; q != nil {
		w.line("  その間の質問（%s 回）: 中央値 %s%s、p99 %s、最大 %s", "  the question beside it (%s times): median %s%s, p99 %s, max %s",
			grouped(q.Runs), threeDigits(q.Median), w.note("updates question"), threeDigits(q.P99), threeDigits(q.Max))
	}
	w.line("  確認された書き込み %s 回のうち見えなかったもの %d、最後に見えない顧客 %d", "  of %s acknowledged batches looked for, %d were not seen; customers not seen at the end: %d",
		grouped(u.Checked), u.Misses, u.Lost)
	if u.FirstMiss != "" {
		w.line("  最初に見えなかったもの: %s", "  the first one not seen: %s", visible(u.FirstMiss))
	}
}

func (w *benchWriter) server(s *benchServerLoad) {
	w.line("クライアント %d、%s 秒、間隔の平均 %g ms: %s 回（毎秒 %s）、エラー %d", "%d clients, %s s, mean think time %g ms: %s requests (%s/s), %d errors",
		s.Clients, threeDigits(s.Seconds), s.ThinkMs, grouped(s.Requests), threeDigits(s.PerSecond), s.Errors)
	t := textTable{}
	t.row(w.words(say("質問", "question")), w.words(say("回数", "requests")), w.words(say("エラー", "errors")), "p50", "p99", w.words(say("最大", "max")),
		w.words(say("前回比", "ratio")), w.words(say("エンジン p50", "engine p50")), w.words(say("HTTP と JSON p50", "HTTP and JSON p50")))
	row := func(name string, requests, errors int, response, engine, overhead *benchTimes, figure string) {
		cells := []string{name, grouped(requests), grouped(errors), "", "", "", w.ratio(figure), medianOf(engine), medianOf(overhead)}
		if response != nil {
			cells[3], cells[4], cells[5] = threeDigits(response.Median), threeDigits(response.P99), threeDigits(response.Max)
		}
		t.row(cells...)
	}
	for _, q := range s.Questions {
		row(visible(q.Name), q.Requests, q.Errors, q.Response, q.Engine, q.Overhead, "http "+q.Name)
	}
	row(w.words(say("全体", "all")), s.Requests, s.Errors, s.All, nil, nil, "http")
	w.b.WriteString("\n" + t.text(0) + "\n")
	if s.FirstFail != "" {
		w.line("最初のエラー: %s", "first error: %s", visible(s.FirstFail))
	}
}

func medianOf(t *benchTimes) string {
	if t == nil {
		return ""
	}
	return threeDigits(t.Median)
}

// compactPlan is a plan in one line.
func compactPlan(plan string) string {
	lines := []string{}
	for line := range strings.Lines(plan) {
		lines = append(lines, strings.Join(strings.Fields(visible(line)), " "))
	}
	return strings.Join(lines, " · ")
}

func cut(s string, width int) string { return runewidth.Truncate(s, width, "…") }

// A textTable aligns cells: the first row is its header.
type textTable struct{ rows [][]string }

func (t *textTable) row(cells ...string) { t.rows = append(t.rows, cells) }

// text has the named columns on the left and the others, which hold numbers,
// on the right. Columns that are empty in every row but the header are left out.
func (t *textTable) text(left ...int) string {
	var b strings.Builder
	widths := make([]int, len(t.rows[0]))
	filled := make([]bool, len(widths))
	for i, cells := range t.rows {
		for k, cell := range cells {
			widths[k] = max(widths[k], runewidth.StringWidth(cell))
			filled[k] = filled[k] || i > 0 && cell != ""
		}
	}
	isLeft := make([]bool, len(widths))
	for _, k := range left {
		isLeft[k] = true
	}
	for _, cells := range t.rows {
		line := ""
		for k, cell := range cells {
			if filled[k] {
				line += padded(cell, widths[k], !isLeft[k]) + "  "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
