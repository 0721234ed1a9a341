package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// Settings are what a workspace sets once for everybody, as they travel.
type Settings struct {
	Zone        string `json:"zone" doc:"IANA name of the time zone whose days are days, Asia/Tokyo."`
	Region      string `json:"region" doc:"ISO 3166 code of the country of phone numbers without a country code, JP."`
	WeekStart   string `json:"weekStart" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"The first day of a week."`
	HistoryDays int    `json:"historyDays" doc:"For how many days the history of customers is kept, 1 to 3650."`
	AuditDays   int    `json:"auditDays" doc:"For how many days the audit log is kept, 1 to 3650."`
	ExportDays  int    `json:"exportDays" doc:"For how many days the file of an export can be downloaded, 1 to 90."`
	Language    string `json:"language" enum:"ja,en" doc:"Of what the workspace itself writes."`
}

// A SettingsPatch is what changes; nil leaves it as it is.
type SettingsPatch struct {
	Zone        *string
	Region      *string
	WeekStart   *string
	HistoryDays *int
	AuditDays   *int
	ExportDays  *int
	Language    *string
}

// weekdays are the names of days as settings have them, from time.Sunday on.
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// Settings are the workspace's.
func (s *Service) Settings() Settings { return settingsOf(s.store.Settings()) }

func settingsOf(kept store.Settings) Settings {
	return Settings{kept.Zone.String(), kept.Region, weekdays()[kept.WeekStart], kept.HistoryDays, kept.AuditDays, kept.ExportDays, kept.Language}
}

// PatchSettings changes settings, all or, when anything is wrong, none. They
// hold from the next request on; searches by phone number read those that were
// indexed in another region anew.
func (s *Service) PatchSettings(ctx context.Context, p SettingsPatch) (Settings, error) {
	var next store.Settings
	_, err := s.store.Update(ctx, func(tx *store.Tx) error {
		var faults faultList
		before := tx.Settings()
		if next = s.patchedSettings(before, p, &faults); len(faults) > 0 {
			return refuseValues(faults)
		}
		if settingsOf(next) == settingsOf(before) {
			return nil
		}
		if err := tx.PutSettings(next); err != nil {
			return err
		}
		return s.audit(tx, act{action: "settings.changed", kind: "settings", before: settingsOf(before), after: settingsOf(next)})
	})
	if err != nil {
		return Settings{}, refuseStore(err)
	}
	return settingsOf(next), nil
}

func (s *Service) patchedSettings(next store.Settings, p SettingsPatch, faults *faultList) store.Settings {
	if p.Zone != nil {
		zone, err := s.zones.load(*p.Zone)
		if err != nil {
			faults.add("zone", "unknown_zone", "タイムゾーン「%s」はありません。Asia/Tokyo のように書いてください。", "there is no time zone %q; write one like Asia/Tokyo", excerptOf(*p.Zone))
		} else {
			next.Zone = zone
		}
	}
	if p.Region != nil {
		if next.Region = strings.ToUpper(*p.Region); !schema.KnownRegion(next.Region) {
			faults.add("region", "unknown_region", "国コード「%s」はありません。JP のように 2 文字で書いてください。", "there is no region %q; write an ISO 3166 code like JP", excerptOf(*p.Region))
		}
	}
	if p.WeekStart != nil {
		day := slices.Index(weekdays(), *p.WeekStart)
		if next.WeekStart = time.Weekday(day); day < 0 {
			faults.add("weekStart", "unknown_day", "曜日「%s」はありません。mon、tue、wed、thu、fri、sat、sun のどれかです。", "there is no day %q; one of mon, tue, wed, thu, fri, sat, sun", excerptOf(*p.WeekStart))
		}
	}
	faults.days("historyDays", "履歴の日数", &next.HistoryDays, p.HistoryDays, store.MaxHistoryDays)
	faults.days("auditDays", "監査ログの日数", &next.AuditDays, p.AuditDays, store.MaxHistoryDays)
	faults.days("exportDays", "エクスポートのファイルの日数", &next.ExportDays, p.ExportDays, store.MaxExportDays)
	if p.Language != nil {
		if next.Language = *p.Language; next.Language != "ja" && next.Language != "en" {
			faults.add("language", "unknown_language", "言語は ja か en です。「%s」はありません。", "language is ja or en, not %q", excerptOf(next.Language))
		}
	}
	return next
}

// days takes over for how long something is kept, where that is given.
func (f *faultList) days(name, ja string, at, given *int, most int) {
	if given == nil {
		return
	}
	if *at = *given; *at < 1 || *at > most {
		f.add(name, "out_of_range", ja+"は 1～%d です（%d は範囲外です）。", name+" is 1 to %d, not %d", most, *at)
	}
}
