package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"iter"
	"time"

	"github.com/leporello-press/leporello/internal/filelock"
)

// TableRows is how many rows a table has.
type TableRows struct {
	Name string
	Rows int
}

// Rows counts the rows of every table.
func (s *Store) Rows(ctx context.Context) ([]TableRows, error) {
	var all []TableRows
	for _, t := range tables {
		n := TableRows{Name: t.name}
		if _, err := s.row(ctx, s.read, []any{&n.Rows}, "SELECT count(*) FROM "+t.name); err != nil {
			return nil, s.explain(err)
		}
		all = append(all, n)
	}
	return all, nil
}

// Pruned tells how many rows Prune removed.
type Pruned struct {
	Articles, Items, Pictures, Tasks int64
}

// Prune forgets what is older than a moment and no longer needed, so that a state
// that is kept for years stays small:
//
//   - articles that were not seen since then, and that a run had decided about before
//     then: what no run has looked at yet is kept, however old it is;
//   - of runs that ended before then, which articles they chose and left out, and
//     their tasks: such an issue cannot be made again;
//   - what came of the pictures of documents that nothing names any more.
//
// Runs, their books and deliveries, and what a digest has seen are kept for ever:
// they are small, and by them nothing is published twice. Where SQLite has room to
// give back, it does.
func (s *Store) Prune(ctx context.Context, before time.Time) (Pruned, error) {
	var p Pruned
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		const ended = " WHERE run IN (SELECT id FROM run WHERE finished < ? AND state IN (?, ?, ?, ?))"
		args := []any{before, RunDone, RunEmpty, RunMissed, RunFailed}
		for _, step := range []struct {
			n     *int64
			query string
			args  []any
		}{
			{&p.Tasks, "DELETE FROM task" + ended, args},
			{&p.Items, "DELETE FROM item" + ended, args},
			{&p.Articles, "DELETE FROM article WHERE last_seen < ? AND weighed < ? AND id NOT IN (SELECT article FROM item)", []any{before, before}},
			{&p.Pictures, "DELETE FROM picture WHERE doc NOT IN (SELECT doc FROM article) AND doc NOT IN (SELECT doc FROM item)", nil},
		} {
			var err error
			if *step.n, err = s.exec(ctx, tx, step.query, step.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || s.dialect == Postgres || p == (Pruned{}) {
		return p, err
	}
	_, err = s.write.ExecContext(ctx, "VACUUM")
	return p, s.explain(err)
}

// References goes over the keys of all blobs that rows name: documents, pictures,
// books and covers, each once, in order. Blobs are put before the rows that name
// them, so that one that is not among these is only garbage when it is not new.
func (s *Store) References(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		const query = `SELECT key FROM (
			SELECT doc AS key FROM article UNION SELECT doc FROM item UNION SELECT asset FROM picture UNION SELECT blob FROM output UNION SELECT cover FROM output
			) AS used WHERE key > ? ORDER BY key LIMIT 100000`
		for after := ""; ; { // the empty key, which is none, is not among them
			keys, err := list(ctx, s, func(key *string) []any { return []any{key} }, query, after)
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range keys {
				if !yield(key, nil) {
					return
				}
				after = key
			}
			if len(keys) == 0 {
				return
			}
		}
	}
}

// Lock keeps the other machines that share a PostgreSQL from what has a name, until
// release is called or this program ends. Where another has it, Lock fails at once
// with an error that wraps filelock.ErrHeld. With SQLite it does nothing: there a
// lock on a file is enough.
func (s *Store) Lock(ctx context.Context, name string) (release func(), err error) {
	if s.dialect == SQLite {
		return func() {}, nil
	}
	conn, err := s.locks.Conn(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	// Several states may stand in one database, each in a schema of its own.
	var schema string
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		conn.Close()
		return nil, s.explain(err)
	}
	sum := sha256.Sum256([]byte("leporello " + schema + " " + name))
	key := int64(binary.BigEndian.Uint64(sum[:]))
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&got)
	if err == nil && !got {
		err = fmt.Errorf("%s: %w", name, filelock.ErrHeld)
	}
	if err != nil {
		conn.Close()
		return nil, s.explain(err)
	}
	return func() {
		// The connection is used again, but not with the lock.
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", key); err != nil {
			conn.Raw(func(any) error { return driver.ErrBadConn })
		}
		conn.Close()
	}, nil
}
