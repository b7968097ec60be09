package state

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"modernc.org/sqlite"

	"github.com/leporello-press/leporello/internal/filelock"
)

// Rebuilt tells how a damaged state was rebuilt.
type Rebuilt struct {
	Damage string         // what was found
	Aside  string         // the file that the damaged one is now
	Tables []RebuiltTable // in the order of the tables
}

// RebuiltTable tells how much of a table was saved.
type RebuiltTable struct {
	Name string
	Rows int // saved
	// Damaged tells that rows may be lost: those that could not be read, and those that
	// belonged to a lost run.
	Damaged bool
}

// table is what rebuilding knows of a table.
type table struct {
	name string
	key  []string // its primary key
	// parts is a query of the new file for values of the key's first column that the
	// damaged file may have rows of: they are looked for one by one, where the table
	// cannot be read from end to end. Empty: the key is a number, and is counted
	// through.
	parts string
}

var tables = []table{
	{"article", []string{"id"}, ""},
	{"run", []string{"id"}, ""},
	{"item", []string{"run", "idx"}, "SELECT id FROM run"},
	{"seen", []string{"digest", "key"}, "SELECT DISTINCT digest FROM run"},
	{"picture", []string{"doc", "key"}, "SELECT doc FROM article UNION SELECT doc FROM item"},
	{"task", []string{"run", "step", "key"}, "SELECT id FROM run"},
	{"output", []string{"run", "n"}, "SELECT id FROM run"},
	{"delivery", []string{"run", "key", "part"}, "SELECT id FROM run"},
	{"harvest", []string{"source"}, "SELECT DISTINCT source FROM article"},
	{"fact", []string{"name"}, "SELECT 'forgotten'"},
}

// Check reads the whole state of SQLite and fails with ErrBroken where it finds
// damage. PostgreSQL looks after itself.
func (s *Store) Check(ctx context.Context) error {
	if s.dialect == Postgres {
		return nil
	}
	return s.explain(check(ctx, s.read))
}

// check fails where SQLite finds damage in a file.
func check(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrBroken, strings.Join(strings.Fields(found), " "))
	}
	return nil
}

// rebuild makes a new file of what can be read of a damaged one, and puts it in its
// place. The damaged one is kept beside it.
func (s *Store) rebuild(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock, err := filelock.Alone(path + ".lock")
	if err != nil {
		return err
	}
	defer lock.Release()

	// All is done in copies. Who kills the program finds the damaged file as it was,
	// until the new one takes its place, whole and at once.
	copied, fresh := path+".copy", path+".new"
	defer removeAll(copied)
	defer removeAll(fresh)
	if err := errors.Join(removeAll(copied), removeAll(fresh), copyFile(copied, path)); err != nil {
		return err
	}
	if err := copyFile(copied+"-wal", path+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := fillUp(copied); err != nil {
		return err
	}
	old, err := s.openFile(copied, "mode=rw")
	if err != nil {
		return err
	}
	defer old.Close()
	old.SetMaxOpenConns(1)
	version, err := s.version(ctx, old)
	if err == nil && version > len(migrations) {
		return compare(version)
	}
	if err == nil {
		err = check(ctx, old)
	}
	if err == nil || !errors.Is(s.explain(err), ErrBroken) {
		return err
	}
	done := &Rebuilt{Damage: err.Error()}
	if err := s.salvage(ctx, fresh, old, version, done); err != nil {
		return fmt.Errorf("rebuilding: %w", err)
	}
	if err := old.Close(); err != nil {
		return err
	}

	dated := path + ".broken-" + s.now().Format("20060102T150405Z")
	done.Aside = dated
	for n := 2; ; n++ {
		if _, err := os.Lstat(done.Aside); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return err
		}
		done.Aside = fmt.Sprintf("%s-%d", dated, n)
	}
	// The log first: the new file must not find that of the old one.
	if err := os.Rename(path+"-wal", done.Aside+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(path, done.Aside); err != nil {
		// There are file systems without links.
		if err := os.Rename(path, done.Aside); err != nil {
			return err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	s.rebuilt = done
	return nil
}

// removeAll removes a file of SQLite and what stands beside it.
func removeAll(path string) error {
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyFile copies a file.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// fillUp makes a file of SQLite as long as its head says that it is: of one that was
// cut off SQLite reads nothing at all. The head has the size of a page at byte 16
// and how many there are at byte 28 (https://www.sqlite.org/fileformat.html#the_database_header).
func fillUp(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var head [32]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil // too short to be one
	}
	page := max(int64(binary.BigEndian.Uint16(head[16:])), 512) // that of 65,536 bytes, written as 1, is none of ours
	whole := page * int64(binary.BigEndian.Uint32(head[28:]))
	// What says that it is very much longer than it is says nothing.
	if whole > info.Size() && whole < 16*info.Size()+16<<20 {
		return f.Truncate(whole)
	}
	return nil
}

// salvage copies all rows of a damaged file that can be read into a new one.
func (s *Store) salvage(ctx context.Context, path string, old *sql.DB, version int, done *Rebuilt) error {
	// Without a log, so that nothing but the file itself is left in the end.
	db, err := s.openFile(path, "mode=rwc", "_txlock=immediate", "_pragma=journal_mode(DELETE)", "_pragma=synchronous(FULL)", "_pragma=foreign_keys(0)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// Where not even the version can be read, nothing else can.
	if version == 0 {
		version = len(migrations)
	}
	for v := range version {
		if err := s.step(ctx, tx, v); err != nil {
			return err
		}
	}
	for _, t := range tables {
		copied, err := s.salvageTable(ctx, tx, old, t)
		if err != nil {
			return err
		}
		done.Tables = append(done.Tables, copied)
	}
	if err := s.settle(ctx, tx, old, done); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return db.Close()
}

// salvageTable copies what can be read of one table.
func (s *Store) salvageTable(ctx context.Context, tx *sql.Tx, old *sql.DB, t table) (RebuiltTable, error) {
	done := RebuiltTable{Name: t.name}
	columns, err := list1[string](ctx, tx, "SELECT name FROM pragma_table_info('"+t.name+"')")
	if err != nil || len(columns) == 0 { // it came later than the file's version
		return done, err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT OR IGNORE INTO "+t.name+" ("+strings.Join(columns, ", ")+") VALUES "+marks(len(columns)))
	if err != nil {
		return done, err
	}
	defer insert.Close()
	// copyRows copies the rows of a query until they cannot be read, and tells how many
	// there were, the first column of the last of them, and whether it came to their end.
	copyRows := func(rest string, args ...any) (n int, last any, whole bool, err error) {
		rows, err := old.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+t.name+" "+rest, args...)
		if err != nil {
			return 0, nil, false, ctx.Err()
		}
		defer rows.Close()
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if rows.Scan(into...) != nil {
				return n, last, false, ctx.Err()
			}
			n, last = n+1, values[0]
			result, err := insert.ExecContext(ctx, values...)
			var lite *sqlite.Error
			switch {
			case errors.As(err, &lite) && lite.Code()&0xff == sqliteConstraint:
				done.Damaged = true // garbage, that no program of ours wrote
			case err != nil:
				return n, last, false, err
			default:
				added, _ := result.RowsAffected()
				done.Rows += int(added)
			}
		}
		return n, last, rows.Err() == nil, ctx.Err()
	}

	up, down := strings.Join(t.key, ", "), strings.Join(t.key, " DESC, ")+" DESC"
	_, first, whole, err := copyRows("ORDER BY " + up)
	if err != nil || whole {
		return done, err
	}
	done.Damaged = true
	_, last, whole, err := copyRows("ORDER BY " + down)
	if err != nil || whole {
		return done, err
	}
	if t.parts == "" {
		return done, between(first, last, func(from, to int64) (int64, bool, error) {
			n, last, whole, err := copyRows("WHERE id BETWEEN ? AND ? ORDER BY id", from, to)
			if n > 0 {
				from = last.(int64) + 1
			}
			return from, whole, err
		})
	}
	parts, err := list1[any](ctx, tx, t.parts)
	if err != nil {
		return done, err
	}
	for _, part := range parts {
		where := "WHERE " + t.key[0] + " = ? ORDER BY "
		_, _, whole, err := copyRows(where+up, part)
		if err == nil && !whole {
			_, _, _, err = copyRows(where+down, part)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// between reads the numbered rows between two that could be read, leaving out what
// cannot be. Read reads a range and returns the number after the last row that it
// had, and whether it came to its end.
func between(first, last any, read func(from, to int64) (int64, bool, error)) error {
	from, _ := first.(int64) // 0: not even the first was read
	to, ok := last.(int64)
	if !ok {
		return nil // from the end nothing was read: there is no way to tell where it is
	}
	// A damaged page has few rows. Where many numbers in a row lead nowhere, more than a
	// page is damaged or a number is not what it was: the steps get longer.
	for failed := 0; from < to; {
		next, whole, err := read(from, to)
		if err != nil || whole {
			return err
		}
		if next > from {
			failed = 0
		}
		failed++
		step := int64(1) << max(0, (failed-1024)/64)
		if step > to-next {
			return nil
		}
		from = next + step
	}
	return nil
}

// list1 reads a column of few rows.
func list1[T any](ctx context.Context, q queries, query string) ([]T, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// settle makes the rows that were saved fit each other.
func (s *Store) settle(ctx context.Context, tx *sql.Tx, old *sql.DB, done *Rebuilt) error {
	for i := range done.Tables {
		t := &done.Tables[i]
		switch t.Name {
		case "item", "task", "output", "delivery":
			n, err := s.exec(ctx, tx, "DELETE FROM "+t.Name+" WHERE run NOT IN (SELECT id FROM run)")
			if err != nil {
				return err
			}
			t.Rows -= int(n)
			t.Damaged = t.Damaged || n > 0
		case "article", "run":
			// Lost numbers must not be given again: others may still name them.
			query := "SELECT MAX(COALESCE((SELECT MAX(article) FROM item), 0), COALESCE((SELECT MAX(id) FROM article), 0))"
			if t.Name == "run" {
				query = "SELECT MAX(COALESCE((SELECT MAX(run) FROM seen), 0), COALESCE((SELECT MAX(id) FROM run), 0))"
			}
			var next, known int64
			if _, err := s.row(ctx, tx, []any{&next}, query); err != nil {
				return err
			}
			if there, err := s.row(ctx, old, []any{&known}, "SELECT seq FROM sqlite_sequence WHERE name = ?", t.Name); err == nil && there {
				next = max(next, known)
			}
			if _, err := s.exec(ctx, tx, "DELETE FROM sqlite_sequence WHERE name = ?", t.Name); err != nil {
				return err
			}
			if _, err := s.exec(ctx, tx, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", t.Name, next); err != nil {
				return err
			}
		}
	}
	damaged := map[string]bool{}
	for _, t := range done.Tables {
		damaged[t.Name] = t.Damaged
	}
	if damaged["delivery"] {
		// What was lost may have been sent: it is not sent again.
		const unknown = "the state was rebuilt: nobody knows whether it was delivered"
		if _, err := s.exec(ctx, tx, "UPDATE run SET state = ?, error = ? WHERE made IS NOT NULL AND state IN (?, ?)", RunDone, unknown, RunMade, RunDelivering); err != nil {
			return err
		}
	}
	if damaged["run"] || damaged["fact"] {
		_, err := s.exec(ctx, tx, "INSERT INTO fact (name, at) VALUES ('forgotten', ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at", s.now())
		return err
	}
	return nil
}

// Forgotten is until when a rebuilding may have lost runs. A slot up to then that has
// no run may have had one, so that it must not be made as if it were due. Zero:
// nothing was lost.
func (s *Store) Forgotten(ctx context.Context) (time.Time, error) {
	var at time.Time
	_, err := s.row(ctx, s.read, []any{&at}, "SELECT at FROM fact WHERE name = 'forgotten'")
	return at, s.explain(err)
}
