package main

import "fmt"

// jobs writes what long work took as a table of Markdown, as the README has it.
func (w *benchWriter) jobs(r *benchReport) {
	j := r.Jobs
	w.line("書き出しは全 %d 項目。メモリーは処理中の匿名メモリーの最大。索引は検索に反映されるまで。", "exports have all %d fields; memory is the most anonymous memory meanwhile; indexed is until searches see it", j.Columns)
	b := &w.b
	fmt.Fprintf(b, "\n| %s | %s | %s | %s | %s | %s | %s |\n|---|--:|--:|--:|--:|--:|--:|\n", w.words(say("処理", "job")), w.words(say("行", "rows")), w.words(say("秒", "seconds")),
		w.words(say("行/秒", "rows/s")), w.words(say("索引まで（秒）", "indexed (s)")), w.words(say("メモリー", "memory")), w.words(say("ファイル", "file")))
	for _, line := range j.Jobs {
		fmt.Fprintf(b, "| %s | %s | %s%s | %s | %s | %s | %s |\n", line.Name, grouped(line.Rows), threeDigits(line.Seconds), w.note("job "+line.Name),
			grouped(int(line.PerSecond)), threeDigits(line.Indexed), megabytes(line.RSSAnonBytes), sizeOrNone(line.FileBytes))
	}
	fmt.Fprintf(b, "\n| %s | %s | %s | %s |\n|---|--:|--:|--:|\n", w.words(say("一括タグ付け中の質問", "question beside the bulk tag")), w.words(say("ふだんの中央値", "idle median")),
		w.words(say("その間の中央値", "median meanwhile")), w.words(say("倍", "times")))
	for _, q := range j.Beside {
		if q.Idle == nil || q.Meanwhile == nil {
			continue // the bulk action ended before it was asked
		}
		fmt.Fprintf(b, "| %s | %s | %s%s | %s |\n", q.Name, threeDigits(q.Idle.Median), threeDigits(q.Meanwhile.Median), w.note("beside "+q.Name),
			threeDigits(q.Meanwhile.Median/q.Idle.Median))
	}
	b.WriteString("\n")
}

// sizeOrNone leaves the cell of a job without a file empty.
func sizeOrNone(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return megabytes(bytes)
}
