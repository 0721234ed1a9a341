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
	Zone      *time.Location // whose days a date without a time is; never nil
	Region    string         // of phone numbers without a country code, ISO 3166
	WeekStart time.Weekday
}

// DefaultSettings are those of a new workspace.
func DefaultSettings() Settings {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err) // the zones are linked in
	}
	return Settings{Zone: tokyo, Region: schema.DefaultRegion, WeekStart: time.Monday}
}

type settingsJSON struct {
	Zone      string       `json:"zone"`
	Region    string       `json:"region"`
	WeekStart time.Weekday `json:"weekStart"` // 0 is Sunday
}

// PutSettings replaces the settings.
func (s *Store) PutSettings(ctx context.Context, next Settings) error {
	if next.Zone == nil || next.Zone == time.Local || len(next.Region) != 2 || next.WeekStart < time.Sunday || next.WeekStart > time.Saturday {
		return fmt.Errorf("store: settings without a named zone, a region of two letters or a weekday: %+v", next)
	}
	_, err := s.Update(ctx, func(tx *Tx) error {
		fields, err := readFields(tx.bolt, next.Region)
		if err != nil {
			return err
		}
		tx.dirty, tx.fields, tx.settings = true, fields, &next
		return putSettings(tx.bolt, next)
	})
	return err
}

func putSettings(btx *bolt.Tx, s Settings) error {
	meta, err := tableOf(btx, bucketMeta)
	if err != nil {
		return err
	}
	body, err := json.Marshal(settingsJSON{s.Zone.String(), s.Region, s.WeekStart})
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
	return Settings{Zone: zone, Region: kept.Region, WeekStart: kept.WeekStart}, nil
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
