package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"meibo/dsl/schema"
)

// duckDB is DuckDB in one file, on one connection with two threads.
type duckDB struct {
	db       *sql.DB
	conn     *sql.Conn
	columns  []column
	appender *duckdb.Appender // nil while nothing is loaded
}

var duckTypes = map[schema.Kind]string{
	schema.Boolean: "BOOLEAN", schema.Number: "BIGINT", schema.Date: "TIMESTAMP", schema.String: "VARCHAR", schema.List: "VARCHAR[]",
}

var duckDialect = dialect{
	yes:    func(column string) string { return column },
	notYes: func(column string) string { return column + " IS NOT TRUE" },
	instant: func(millis int64) string {
		return "TIMESTAMP " + quoted(time.UnixMilli(millis).UTC().Format("2006-01-02 15:04:05.000"))
	},
	contains: func(column, needle string) string {
		return fmt.Sprintf("contains(%s, %s)", column, quoted(needle))
	},
	tagged: func(tag string) string { return fmt.Sprintf("list_contains(tags_folded, %s)", quoted(tag)) },
}

func openDuckDB(folder string, fields *schema.Fields) (*duckDB, error) {
	connector, err := duckdb.NewConnector(filepath.Join(folder, "customers.duckdb"), nil)
	if err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	db := sql.OpenDB(connector)
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err == nil {
		err = execute(ctx, conn, "SET threads = 2")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open DuckDB: %w", err), db.Close())
	}
	return &duckDB{db: db, conn: conn, columns: wideColumns(fields)}, nil
}

func (d *duckDB) version(ctx context.Context) (string, error) {
	v, err := askText(ctx, d.conn, "SELECT version()")
	return "DuckDB " + v, err
}

func (d *duckDB) close() error {
	var err error
	if d.appender != nil { // a load that failed
		err = d.appender.Close()
	}
	return errors.Join(err, d.conn.Close(), d.db.Close())
}

// load puts customers into memory first: they are written in their final order
// by finish.
func (d *duckDB) load(ctx context.Context, batch []schema.Record) error {
	if err := d.create(ctx); err != nil {
		return fmt.Errorf("load DuckDB: %w", err)
	}
	values := make([]driver.Value, len(d.columns))
	for _, r := range batch {
		for i, c := range d.columns {
			v, err := c.of(r)
			if err != nil {
				return fmt.Errorf("load DuckDB: %w", err)
			}
			values[i] = duckValue(v)
		}
		if err := d.appender.AppendRow(values...); err != nil {
			return fmt.Errorf("load DuckDB, customer %s: %w", r.ID(), err)
		}
	}
	return nil
}

func (d *duckDB) create(ctx context.Context) error {
	if d.appender != nil {
		return nil
	}
	err := execute(ctx, d.conn, "ATTACH ':memory:' AS arriving", "CREATE TABLE arriving.customers ("+definitions(d.columns, duckTypes)+")")
	if err != nil {
		return err
	}
	return d.conn.Raw(func(raw any) error {
		conn, ok := raw.(driver.Conn)
		if !ok {
			return fmt.Errorf("the connection is a %T", raw)
		}
		d.appender, err = duckdb.NewAppender(conn, "arriving", "main", table)
		return err
	})
}

func duckValue(v schema.Value) driver.Value {
	switch v.Kind() {
	case schema.Boolean:
		return v.Bool()
	case schema.Number:
		return int64(v.Num())
	case schema.Date:
		return time.UnixMilli(v.Millis()).UTC()
	case schema.String:
		return v.Text()
	case schema.List:
		return v.Elements()
	}
	return nil
}

// finish writes the customers latest first: DuckDB knows the range of values in
// each part of a column, and then skips most of them. It has no use for other
// indexes here: its own are for single rows.
func (d *duckDB) finish(ctx context.Context) error {
	if err := d.create(ctx); err != nil {
		return fmt.Errorf("write DuckDB: %w", err)
	}
	err := d.appender.Close()
	d.appender = nil
	if err == nil {
		err = execute(ctx, d.conn,
			"CREATE TABLE customers ("+definitions(d.columns, duckTypes)+")",
			"INSERT INTO customers SELECT * FROM arriving.customers ORDER BY lastSeenAt DESC, id",
			"DETACH arriving", "ANALYZE", "CHECKPOINT")
	}
	if err != nil {
		return fmt.Errorf("write DuckDB: %w", err)
	}
	return nil
}

func (d *duckDB) ask(ctx context.Context, q question) (ways, error) {
	where := q.where(duckDialect)
	return prepareWays(ctx, d.conn, []string{countText(table, where)}, []string{pageText(duckDialect, q, table, where)})
}
