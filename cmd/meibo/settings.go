package main

import (
	"context"
	"strconv"

	"meibo/api/service"
	"meibo/dsl/schema"
)

type settingsCommands struct {
	Show settingsShow `cmd:"" help:"settings_show"`
	Set  settingsSet  `cmd:"" help:"settings_set"`
}

type settingsShow struct {
	Format string `enum:"table,json" default:"table" help:"fields_output"`
}

type settingsSet struct {
	Zone        *string `json:"zone,omitempty" placeholder:"ZONE" help:"settings_zone"`
	Region      *string `json:"region,omitempty" placeholder:"CODE" help:"settings_region"`
	WeekStart   *string `json:"weekStart,omitempty" placeholder:"DAY" help:"settings_week"`
	HistoryDays *int    `json:"historyDays,omitempty" placeholder:"N" help:"settings_history"`
	AuditDays   *int    `json:"auditDays,omitempty" placeholder:"N" help:"settings_audit"`
	ExportDays  *int    `json:"exportDays,omitempty" placeholder:"N" help:"settings_export"`
	Language    *string `json:"language,omitempty" placeholder:"ja|en" help:"settings_language"`
}

func settingsHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"settings_group":    {JA: "ワークスペースの設定。", EN: "The settings of the workspace."},
		"settings_show":     {JA: "設定を表示する。", EN: "Show the settings."},
		"settings_set":      {JA: "設定を変える。", EN: "Change settings."},
		"settings_zone":     {JA: "日付のタイムゾーン（Asia/Tokyo など）。", EN: "The time zone of days, as in Asia/Tokyo."},
		"settings_region":   {JA: "国番号のない電話番号の国（JP など）。", EN: "The country of phone numbers without a country code, as in JP."},
		"settings_week":     {JA: "週の最初の曜日（mon、tue、wed、thu、fri、sat、sun）。", EN: "The first day of a week: mon, tue, wed, thu, fri, sat or sun."},
		"settings_history":  {JA: "変更履歴を残す日数（1～3650）。", EN: "For how many days changes are kept in the history, 1 to 3650."},
		"settings_audit":    {JA: "監査ログを残す日数（1～3650）。", EN: "For how many days the audit log is kept, 1 to 3650."},
		"settings_export":   {JA: "エクスポートのファイルをダウンロードできる日数（1～90）。", EN: "For how many days the file of an export can be downloaded, 1 to 90."},
		"settings_language": {JA: "ワークスペースの言語（ja、en）。", EN: "The workspace's language, ja or en."},
	}
}

func (c *settingsShow) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var s service.Settings
		if err := d.do(ctx, "GET", "/v1/settings", nil, &s); err != nil {
			return err
		}
		if c.Format == "json" {
			return a.writeIndented(s)
		}
		return a.writeSettings(s)
	})
}

func (c *settingsSet) run(ctx context.Context, a *app, at place) error {
	if *c == (settingsSet{}) {
		return misused("変更する内容がありません。--zone や --region などを付けてください。", "nothing to change: give --zone, --region or another flag")
	}
	return a.withDesk(at, func(d *desk) error {
		var s service.Settings
		if err := d.do(ctx, "PATCH", "/v1/settings", c, &s); err != nil {
			return err
		}
		a.tell("設定を保存しました。次の検索から使われます。", "saved; searches go by it from now on")
		if c.HistoryDays != nil {
			a.tell("%d 日より古い変更履歴は消えます。", "changes older than %d days leave the history", s.HistoryDays)
		}
		if c.AuditDays != nil {
			a.tell("%d 日より古い監査ログは消えます。", "entries older than %d days leave the audit log", s.AuditDays)
		}
		if c.ExportDays != nil {
			a.tell("%d 日より古いエクスポートのファイルは消えます。", "files of exports older than %d days are deleted", s.ExportDays)
		}
		return a.writeSettings(s)
	})
}

func (a *app) writeSettings(s service.Settings) error {
	return writeColumns(a.stdout, [][]string{
		{"zone", s.Zone}, {"region", s.Region}, {"weekStart", s.WeekStart}, {"historyDays", strconv.Itoa(s.HistoryDays)},
		{"auditDays", strconv.Itoa(s.AuditDays)}, {"exportDays", strconv.Itoa(s.ExportDays)}, {"language", s.Language},
	})
}
