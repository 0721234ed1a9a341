package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata" // a store must open on a machine that has no zones installed

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// Settings are what a workspace sets once for everybody.
type Settings struct {
	Zone        *time.Location // whose days a date without a time is; never nil
	Region      string         // of phone numbers without a country code, ISO 3166
	WeekStart   time.Weekday
	HistoryDays int    // how long the history of changes is kept; 0 in PutSettings is the default
	AuditDays   int    // how long the audit log is kept; 0 as above
	ExportDays  int    // how long the file of an export can be downloaded; 0 as above
	Language    string // "ja" or "en": of what the workspace writes on its own; "" in PutSettings is the default
}

// Bounds of the days in Settings: ten years, and for files of exports, which
// hold everything about many people, a season.
const (
	MaxHistoryDays = 3650
	MaxExportDays  = 90
)

// DefaultSettings are those of a new workspace.
func DefaultSettings() Settings {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err) // the zones are linked in
	}
	return Settings{Zone: tokyo, Region: schema.DefaultRegion, WeekStart: time.Monday, HistoryDays: 365, AuditDays: 1095, ExportDays: 7, Language: "ja"}
}

// withDefaults fills in what a file of an older version does not have.
func (s Settings) withDefaults() Settings {
	if s.HistoryDays == 0 {
		s.HistoryDays = DefaultSettings().HistoryDays
	}
	if s.AuditDays == 0 {
		s.AuditDays = DefaultSettings().AuditDays
	}
	if s.ExportDays == 0 {
		s.ExportDays = DefaultSettings().ExportDays
	}
	if s.Language == "" {
		s.Language = DefaultSettings().Language
	}
	return s
}

func (s Settings) check() error {
	ok := s.Zone != nil && s.Zone != time.Local && len(s.Region) == 2 && s.WeekStart >= time.Sunday && s.WeekStart <= time.Saturday &&
		s.HistoryDays > 0 && s.HistoryDays <= MaxHistoryDays && s.AuditDays > 0 && s.AuditDays <= MaxHistoryDays &&
		s.ExportDays > 0 && s.ExportDays <= MaxExportDays && (s.Language == "ja" || s.Language == "en")
	if ok {
		return nil
	}
	return fmt.Errorf("store: settings without a named zone, a region of two letters, a weekday, 1 to %d days or a language: %+v", MaxHistoryDays, s)
}

type settingsJSON struct {
	Zone        string       `json:"zone"`
	Region      string       `json:"region"`
	WeekStart   time.Weekday `json:"weekStart"` // 0 is Sunday
	HistoryDays int          `json:"historyDays,omitempty"`
	AuditDays   int          `json:"auditDays,omitempty"`
	ExportDays  int          `json:"exportDays,omitempty"`
	Language    string       `json:"language,omitempty"`
}

// PutSettings replaces the settings.
func (s *Store) PutSettings(ctx context.Context, next Settings) error {
	_, err := s.Update(ctx, func(tx *Tx) error { return tx.PutSettings(next) })
	return err
}

// Settings are the workspace's as this transaction sees them.
func (tx *Tx) Settings() Settings {
	if tx.settings != nil {
		return *tx.settings
	}
	return tx.store.Settings()
}

// PutSettings replaces the settings.
func (tx *Tx) PutSettings(next Settings) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	next = next.withDefaults()
	if err := next.check(); err != nil {
		return err
	}
	fields, _, err := readFields(tx.bolt, next.Region)
	if err != nil {
		return err
	}
	tx.dirty, tx.fields, tx.settings = true, fields, &next
	if err := putSettings(tx.bolt, next); err != nil {
		return tx.fail(err)
	}
	return nil
}

func putSettings(btx *bolt.Tx, s Settings) error {
	meta, err := tableOf(btx, bucketMeta)
	if err != nil {
		return err
	}
	body, err := json.Marshal(settingsJSON{s.Zone.String(), s.Region, s.WeekStart, s.HistoryDays, s.AuditDays, s.ExportDays, s.Language})
	if err != nil {
		return fmt.Errorf("store: settings: %w", err)
	}
	return meta.put([]byte(metaSettings), body)
}

func readSettings(btx *bolt.Tx) (Settings, error) {
	meta, err := tableOf(btx, bucketMeta)
	if err != nil {
		return Settings{}, err
	}
	var kept settingsJSON
	if err := meta.decodeJSON([]byte(metaSettings), &kept); err != nil {
		return Settings{}, err
	}
	zone, err := time.LoadLocation(kept.Zone)
	if err != nil {
		return Settings{}, meta.corrupt([]byte(metaSettings), err.Error())
	}
	return Settings{zone, kept.Region, kept.WeekStart, kept.HistoryDays, kept.AuditDays, kept.ExportDays, kept.Language}.withDefaults(), nil
}

// decodeJSON reads a value that has to be there.
func (t table) decodeJSON(key []byte, into any) error {
	body, err := t.get(key)
	if err != nil {
		return err
	}
	if body == nil {
		return ErrNotFound
	}
	if err := json.Unmarshal(body, into); err != nil {
		return t.corrupt(key, err.Error())
	}
	return nil
}

func (t table) putJSON(key []byte, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("store: bucket %s: %w", t.name, err)
	}
	return t.put(key, body)
}
