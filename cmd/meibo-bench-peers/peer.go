package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"meibo/dsl/schema"
)

// A loader takes customers in.
type loader interface {
	load(ctx context.Context, batch []schema.Record) error
	// finish makes what questions need beside the rows, and puts all on disk.
	finish(ctx context.Context) error
}

// A peer is another engine, opened on a folder of its own.
type peer interface {
	loader
	version(ctx context.Context) (string, error)
	// ask prepares a question in every way that may be the fastest. The caller
	// closes the ways before the peer.
	ask(ctx context.Context, q question) (ways, error)
	close() error
}

var peerNames = []string{"sqlite", "duckdb"}

func openPeer(name, folder string, fields *schema.Fields) (peer, error) {
	if name == "sqlite" {
		return openSQLite(folder, fields)
	}
	return openDuckDB(folder, fields)
}

// ways are the statements that count a question's matches, and those that give
// its page; at least one of each.
type ways struct{ counts, pages []query }

// A query is a prepared statement.
type query struct {
	text     string
	prepared *sql.Stmt
}

func prepareWays(ctx context.Context, conn *sql.Conn, counts, pages []string) (w ways, err error) {
	if w.counts, err = prepareAll(ctx, conn, counts); err == nil {
		w.pages, err = prepareAll(ctx, conn, pages)
	}
	if err != nil {
		return ways{}, errors.Join(err, w.close())
	}
	return w, nil
}

// prepareAll gives, with an error, what was prepared before it.
func prepareAll(ctx context.Context, conn *sql.Conn, texts []string) (list []query, err error) {
	for _, text := range texts {
		prepared, err := conn.PrepareContext(ctx, text)
		if err != nil {
			return list, fmt.Errorf("prepare %s: %w", text, err)
		}
		list = append(list, query{text, prepared})
	}
	return list, nil
}

// close frees the statements. DuckDB does not let go of its file before, and
// database/sql does not do it for those of a sql.Conn.
func (w ways) close() error {
	var all []error
	for _, q := range slices.Concat(w.counts, w.pages) {
		all = append(all, q.prepared.Close())
	}
	return errors.Join(all...)
}

func (q query) count(ctx context.Context) (n int, err error) {
	if err := q.prepared.QueryRowContext(ctx).Scan(&n); err != nil {
		return 0, fmt.Errorf("%s: %w", q.text, err)
	}
	return n, nil
}

func (q query) page(ctx context.Context) (ids []string, err error) {
	rows, err := q.prepared.QueryContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.text, err)
	}
	ids = make([]string, 0, pageSize)
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", q.text, err), rows.Close())
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", q.text, err)
	}
	return ids, nil
}

// execute runs statements that give no rows.
func execute(ctx context.Context, conn *sql.Conn, statements ...string) error {
	for _, text := range statements {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// askText gives the one text that a statement answers with.
func askText(ctx context.Context, conn *sql.Conn, text string) (answer string, err error) {
	if err := conn.QueryRowContext(ctx, text).Scan(&answer); err != nil {
		return "", fmt.Errorf("%s: %w", text, err)
	}
	return answer, nil
}
