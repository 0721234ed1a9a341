package main

import (
	"fmt"
	"maps"
	"strings"

	"github.com/alecthomas/kong"

	"meibo/dsl/schema"
)

// helps puts the texts of --help, in the user's language, in the place of their
// names. As variables of kong they would cost 60 ms at each start: it copies
// all variables for each flag and command.
func (a *app) helps() kong.Option {
	return kong.PostBuild(func(k *kong.Kong) error {
		words, put := helpWords(), map[*string]bool{} // kong visits a flag also as a value
		return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
			var help *string
			switch n := node.(type) {
			case *kong.Node:
				help = &n.Help
			case *kong.Value:
				help = &n.Help
			case *kong.Flag:
				help = &n.Help
			}
			if help == nil || *help == "" || put[help] || strings.Contains(*help, " ") { // the last: kong's own
				return next(nil)
			}
			text, ok := words[*help]
			if !ok {
				return fmt.Errorf("there is no help %q", *help)
			}
			*help, put[help] = a.words(text), true
			return next(nil)
		})
	})
}

func helpOf(name string) schema.Words { return helpWords()[name] }

// helpWords are all texts: those below and those that stand beside the groups
// of commands.
func helpWords() map[string]schema.Words {
	all := commonHelp()
	for _, more := range []map[string]schema.Words{tokenHelp(), fieldsHelp(), segmentsHelp(), customerHelp(), settingsHelp(), exportHelp(), jobsHelp(), eraseHelp()} {
		maps.Copy(all, more)
	}
	return all
}

func commonHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"meibo":  {JA: "顧客名簿と検索言語。", EN: "A customer register with a filter language."},
		"data":   {JA: "データフォルダー。", EN: "The data folder."},
		"server": {JA: "データフォルダーの代わりに、動いているサーバーに問い合わせる。", EN: "Work through a running server instead of a data folder."},
		"token":  {JA: "--server のトークン。環境変数 MEIBO_TOKEN、--data の owner.token の順に探す。", EN: "The token for --server; else MEIBO_TOKEN, else owner.token in --data."},
		"lang":   {JA: "メッセージの言語（ja、en）。", EN: "Language of messages (ja, en); else as LANG says."},

		"serve":        {JA: "HTTP サーバーを起動する。", EN: "Serve the HTTP API."},
		"serve_addr":   {JA: "待ち受けるアドレス。", EN: "Address to listen on."},
		"serve_tls":    {JA: "TLS を終端するプロキシの後ろで動かす。サインインの Cookie を TLS 専用にする。", EN: "Every request comes through a proxy by TLS: the sign-in cookie is then for TLS alone."},
		"serve_memory": {JA: "検索用の列に使うメモリーの上限（MiB）。なければメモリー全体の 4 分の 1。", EN: "Memory for the columns that searches read, in MiB; a quarter of the machine's when left out."},
		"serve_demo":   {JA: "空のデータフォルダーに N 人のデモ顧客を入れてから起動する。", EN: "Fill an empty data folder with N demo customers first."},

		"import":          {JA: "ファイルから顧客を取り込む。", EN: "Import customers from files."},
		"import_file":     {JA: "ファイル。- は標準入力。", EN: "Files; - is standard input."},
		"import_format":   {JA: "形式（ndjson、csv、xlsx）。なければ名前と中身で決める。", EN: "ndjson, csv or xlsx; else found out from name and content."},
		"import_map":      {JA: "列の行き先。COLUMN= なら取り込まない。新しい項目は COLUMN=profile.X:Number のように種類も指定できる。", EN: "Where a column goes; COLUMN= leaves it out; COLUMN=profile.X:Number states a new field's kind."},
		"import_create":   {JA: "項目のない列には、すべての値から種類を決めて項目を作る。", EN: "Create fields for columns without one, their kinds inferred from all values."},
		"import_system":   {JA: "システム項目もそのまま取り込む（他システムの書き出し用）。", EN: "Take primitive fields as they are, as from another system's export."},
		"import_key":      {JA: "どの値で顧客を探すか（auto、id、memberId、email、phone）。auto は id、なければ memberId。", EN: "By what a row finds its customer: auto (id, else memberId), id, memberId, email or phone."},
		"import_conflict": {JA: "すでにいる顧客: overwrite 上書き、keep そのまま、empty 空の項目だけ埋める。", EN: "Customers who are there: overwrite them, keep them as they are, or fill only empty fields."},
		"import_dates":    {JA: "日付の書き方（y/m/d、d/m/y、m/d/y、yyyymmdd、milliseconds）。なければ値から決める。", EN: "How dates are written: y/m/d, d/m/y, m/d/y, yyyymmdd or milliseconds; else found out from the values."},
		"import_numbers":  {JA: "数値の書き方（decimal-point、decimal-comma）。なければ値から決める。", EN: "How numbers are written: decimal-point or decimal-comma; else found out from the values."},
		"import_dry":      {JA: "複製の上で試して正確な件数を出し、何も書き込まない。", EN: "Try it on a copy for exact numbers, and write nothing."},
		"import_report":   {JA: "取り込めなかった行を書くファイル。なければ FILE.errors.csv か FILE.errors.ndjson。", EN: "Where rows that were not taken go; else FILE.errors.csv or FILE.errors.ndjson."},
		"import_tz":       {JA: "オフセットのない日時のタイムゾーン。", EN: "Zone of dates without an offset; else the workspace's."},

		"query":  {JA: "条件に合う顧客を表示する。", EN: "Show the customers that match a filter."},
		"filter": {JA: "フィルター。空なら全員。", EN: "The filter; empty is everyone."},
		"q":      {JA: "名前・メール・電話番号・ID の簡易検索。", EN: "Quick search over names, e-mail, phone and ids; several lines are a list."},
		"tz":     {JA: "日付のタイムゾーン。", EN: "Zone of days; else the workspace's."},
		"now":    {JA: "now と today の時刻。", EN: "What now and today mean."},
		"sort":   {JA: "並び順。--sort=-lastSeenAt,name のように書く。", EN: "Order, as in --sort=-lastSeenAt,name."},
		"limit":  {JA: "最大の人数。表と JSON は 50 人、ほかは全員。", EN: "At most so many; else 50 for table and json, all for the others."},
		"fields": {JA: "表示する項目。profile のようなグループも可。", EN: "Fields to show; a group such as profile stands for all of its fields."},
		"count":  {JA: "人数だけを表示する。", EN: "Print the number of matches alone."},
		"ids":    {JA: "ID だけを 1 行に 1 つ表示する。", EN: "Print ids alone, one a line."},
		"format": {JA: "出力の形式（table、json、ndjson、csv）。", EN: "table, json, ndjson or csv."},

		"explain":          {JA: "フィルターがどう解釈され、どう検索されるかを表示する。", EN: "Show how a filter is understood and answered."},
		"explain_customer": {JA: "この顧客について、条件ごとに当てはまるかどうかと値を表示する。", EN: "Show of this customer which clauses are true, and the values found."},

		"fmt":        {JA: "フィルターを整形する。", EN: "Write a filter in its canonical form."},
		"fmt_filter": {JA: "フィルター。なければ標準入力から読む。", EN: "The filter; else it is read from standard input."},

		"check": {JA: "データフォルダーの記録とインデックスを検査する。", EN: "Verify the records of a data folder, and that the index has the same customers."},

		"demo":           {JA: "架空の店の顧客を NDJSON で書き出す。", EN: "Write the customers of a shop that never was, as NDJSON for import --system."},
		"demo_customers": {JA: "人数。", EN: "How many."},
		"demo_seed":      {JA: "同じ値からは同じ顧客ができる。", EN: "The same seed gives the same customers."},
		"demo_now":       {JA: "顧客たちの「現在」（ISO 8601）。なければ今日の 0 時（UTC）。", EN: "The present of these customers, in ISO 8601; else today, 0:00 UTC."},

		"bench":           {JA: "設計が目標とする質問の速さを測る。--server を付けると HTTP の負荷をかける。", EN: "Measure the questions for which the design has figures; with --server, put load on a server."},
		"bench_customers": {JA: "作るデモ顧客の人数（100,000）。--data を付けると、そのフォルダーを測る。", EN: "Demo customers to make (100,000); with --data, that folder is measured instead."},
		"bench_runs":      {JA: "質問ごとの回数（25）。", EN: "Runs of each question (25)."},
		"bench_only":      {JA: "名前か文面にこの語を含むものだけを測る。カンマ区切り。", EN: "Measure only what has one of these words in its name or text; by comma."},
		"bench_mixed":     {JA: "更新しながら検索する秒数。作ったデータでは 10 秒、0 で省く。--data では --write も要る。", EN: "Seconds of updates with questions beside them: 10 on generated data, 0 for none; with --data it needs --write."},
		"bench_updates":   {JA: "毎秒の更新件数。なければできるだけ速く。", EN: "Updates a second; else as fast as they go."},
		"bench_write":     {JA: "--data のフォルダーの顧客を書き換えてよい。", EN: "Let records of the folder that --data names be changed."},
		"bench_verify":    {JA: "すべての答えを、全顧客を一人ずつ調べた答えと比べる（100 万人で約 3 GB のメモリーと数分）。", EN: "Compare every answer with a look at every customer (3 GB of memory and minutes for a million)."},
		"bench_clients":   {JA: "--server に同時に問い合わせる数（200）。", EN: "With --server: clients that ask at the same time (200)."},
		"bench_seconds":   {JA: "--server に問い合わせ続ける秒数（20）。", EN: "With --server: how many seconds they ask (20)."},
		"bench_think":     {JA: "--server への質問と質問の間の平均時間（1s）。0 なら休まない。", EN: "With --server: mean time between an answer and the next question (1s); 0 is none."},
		"bench_json":      {JA: "結果を JSON でも書く。", EN: "Write the figures to this file too, as JSON."},
		"bench_against":   {JA: "前に --json で書いたファイルと比べる。", EN: "Compare with a file that --json wrote."},

		"version": {JA: "バージョンを表示する。", EN: "Print the version."},
	}
}
