package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	_ "github.com/mattn/go-sqlite3" // with the build tag sqlite_fts5

	"meibo/dsl/schema"
)

// sqlite is SQLite in one file, on one connection. The driver is the one that
// links the C library: the same statements took 1.5 to 2.1 times as long with
// modernc.org/sqlite, which needs no C compiler (100,000 customers).
type sqlite struct {
	db      *sql.DB
	conn    *sql.Conn
	columns []column
}

// sqlitePragmas let SQLite keep a million customers in memory, as the other
// engines do. The cache is in KiB, the mapping in bytes.
var sqlitePragmas = []string{
	"PRAGMA page_size = 8192",
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = NORMAL",
	"PRAGMA mmap_size = 34359738368",
	"PRAGMA cache_size = -2097152",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA threads = 2",
}

var sqliteTypes = map[schema.Kind]string{
	schema.Boolean: "INTEGER", schema.Number: "INTEGER", schema.Date: "INTEGER", schema.String: "TEXT", schema.List: "TEXT",
}

// sqliteIndexes are made for the questions. Each holds the id, so that pages
// come from an index alone; "latest_all" holds what conditions of every kind
// look at, in the order in which results are wanted.
var sqliteIndexes = []string{
	"CREATE UNIQUE INDEX by_id ON customers (id)",
	"CREATE INDEX latest ON customers (lastSeenAt DESC, id)",
	"CREATE INDEX latest_all ON customers (lastSeenAt DESC, id, member, web_sessionsCount, profile_email_folded, name_folded)",
	"CREATE INDEX members ON customers (member, lastSeenAt DESC, id)",
	"CREATE INDEX member_visits ON customers (member, web_sessionsCount)",
	"CREATE INDEX visits ON customers (web_sessionsCount)",
	"CREATE INDEX fewest_visits ON customers (web_sessionsCount, id, country_folded)",
	"CREATE INDEX country_visits ON customers (country_folded, web_sessionsCount, id)",
	"CREATE INDEX emails ON customers (profile_email_folded)",
	"CREATE INDEX names ON customers (name_folded)",
	"CREATE INDEX unreachable ON customers (lastSeenAt DESC, id) WHERE profile_email_folded IS NULL",
	"CREATE INDEX unsubscribed ON customers (lastSeenAt DESC, id) WHERE unsubscribeEmail = 1",
	"CREATE INDEX tags_of ON customer_tags (customer)",
}

// sqliteTables: the tags stand in a table of their own, with what results are
// ordered by, so that a tag's latest customers are next to each other. The
// trigrams are of folded text already, so they need not fold case.
func sqliteTables(columns []column) []string {
	return []string{
		"CREATE TABLE customers (row INTEGER PRIMARY KEY, " + definitions(columns, sqliteTypes) + ")",
		"CREATE TABLE customer_tags (tag TEXT NOT NULL, lastSeenAt INTEGER NOT NULL, id TEXT NOT NULL, customer INTEGER NOT NULL, PRIMARY KEY (tag, lastSeenAt DESC, id)) WITHOUT ROWID",
		"CREATE VIRTUAL TABLE texts USING fts5(name_folded, profile_email_folded, profile_mobileNumber_folded, content='customers', content_rowid='row', tokenize='trigram case_sensitive 1')",
	}
}

func openSQLite(folder string, fields *schema.Fields) (*sqlite, error) {
	db, err := sql.Open("sqlite3", filepath.Join(folder, "customers.sqlite"))
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err == nil {
		err = needTrigrams(ctx, conn)
	}
	if err == nil {
		err = execute(ctx, conn, sqlitePragmas...)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open SQLite: %w", err), db.Close())
	}
	return &sqlite{db, conn, wideColumns(fields)}, nil
}

// needTrigrams says how to mend a build without FTS5.
func needTrigrams(ctx context.Context, conn *sql.Conn) error {
	found, err := askText(ctx, conn, "SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'")
	if err == nil && found == "0" {
		err = errors.New("it was built without FTS5: give go the option -tags sqlite_fts5")
	}
	return err
}

func (s *sqlite) version(ctx context.Context) (string, error) {
	v, err := askText(ctx, s.conn, "SELECT sqlite_version()")
	return "SQLite " + v, err
}

func (s *sqlite) close() error { return errors.Join(s.conn.Close(), s.db.Close()) }

// load writes a batch in one transaction.
func (s *sqlite) load(ctx context.Context, batch []schema.Record) error {
	if err := s.create(ctx); err != nil {
		return err
	}
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("load SQLite: %w", err)
	}
	err = s.insert(ctx, tx, batch)
	if err == nil {
		err = tx.Commit()
	} else {
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return fmt.Errorf("load SQLite: %w", err)
	}
	return nil
}

func (s *sqlite) create(ctx context.Context) error {
	found, err := askText(ctx, s.conn, "SELECT count(*) FROM sqlite_schema WHERE name = 'customers'")
	if err != nil || found != "0" {
		return err
	}
	return execute(ctx, s.conn, sqliteTables(s.columns)...)
}

func (s *sqlite) insert(ctx context.Context, tx *sql.Tx, batch []schema.Record) error {
	customer, err := tx.PrepareContext(ctx, "INSERT INTO customers VALUES (NULL"+strings.Repeat(", ?", len(s.columns))+")")
	if err != nil {
		return err
	}
	defer func() { _ = customer.Close() }()
	tag, err := tx.PrepareContext(ctx, "INSERT INTO customer_tags VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer func() { _ = tag.Close() }()
	values := make([]any, len(s.columns))
	for _, r := range batch {
		for i, c := range s.columns {
			v, err := c.of(r)
			if err != nil {
				return err
			}
			values[i] = sqliteValue(v)
		}
		done, err := customer.ExecContext(ctx, values...)
		if err != nil {
			return err
		}
		row, err := done.LastInsertId()
		if err != nil {
			return err
		}
		for _, text := range foldAll(r.Get(schema.TagsField).Elements()) {
			if _, err := tag.ExecContext(ctx, text, r.Get(schema.LastSeenField).Millis(), r.ID(), row); err != nil {
				return err
			}
		}
	}
	return nil
}

func sqliteValue(v schema.Value) any {
	switch v.Kind() {
	case schema.String:
		return v.Text()
	case schema.List:
		encoded, _ := json.Marshal(v.Elements()) // strings always encode
		return string(encoded)
	case schema.None:
		return nil
	}
	return int64(v.Num())
}

// finish makes the indexes, each of which is faster than keeping it up while
// loading.
func (s *sqlite) finish(ctx context.Context) error {
	err := execute(ctx, s.conn, sqliteIndexes...)
	if err == nil {
		err = execute(ctx, s.conn, "INSERT INTO texts (texts) VALUES ('rebuild')", "INSERT INTO texts (texts) VALUES ('optimize')",
			"ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err != nil {
		return fmt.Errorf("index SQLite: %w", err)
	}
	return nil
}
