// Package state remembers what a digest must not forget: which articles were
// harvested, which issues were made of them, what lay in each, and where each was
// delivered. It keeps rows, in a file of SQLite or in PostgreSQL by the same
// queries; bytes are kept in digest/blob, whose keys the rows hold. It decides
// nothing: what is due, what is chosen and when something is tried again is the
// business of package digest.
//
// # What is promised
//
// Every method that writes does so whole or not at all. What is written twice is
// as if written once. After a program was killed nothing is lost that a method
// returned for; after a power cut the last moments may be, as each step of a run
// can be repeated, except deliveries, which are on the disk before SaveDelivery
// returns.
//
// Several programs may use one state at once. They wait for each other at writes.
//
// Times are kept to the microsecond and come back in UTC. Texts are kept as valid
// UTF-8 without NUL, which PostgreSQL knows nothing of; what is neither is
// replaced by U+FFFD.
package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/internal/redact"
)

var (
	// ErrNewer says that a newer version of the program has changed the tables.
	ErrNewer = errors.New("made by a newer version")
	// ErrOlder says that the tables must be changed before they can be read, which
	// a store that is only read cannot do.
	ErrOlder = errors.New("made by an older version")
	// ErrBroken says that what should be a state cannot be read as one.
	ErrBroken = errors.New("damaged")
	// ErrForeign says that the file is a database of some other program.
	ErrForeign = errors.New("the database of another program")
	// ErrLocked says that another program has been writing for all the time that
	// was waited.
	ErrLocked = errors.New("in use by another program")
	// ErrReadOnly says that the state may be read but not written to.
	ErrReadOnly = errors.New("read-only")
	// ErrFull says that there is no room left on the disk.
	ErrFull = errors.New("the disk is full")
	// ErrNotFound says that there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrTaken says that a delivery was made, or is being made, by someone else.
	ErrTaken = errors.New("taken by another")
)

// Options are how a state is opened. One of Path and URL is needed.
type Options struct {
	// Path is the file of SQLite. It and its folder are made where they are missing.
	Path string
	// URL is a database of PostgreSQL: "postgres://user@host/name". It wins over Path.
	URL string
	// ReadOnly opens what is there, and nothing else: a missing file is an error
	// that wraps fs.ErrNotExist.
	ReadOnly bool
	// Rebuild checks the file of SQLite from end to end, and where it is damaged
	// moves it aside and makes a new one of all rows that can still be read. Nobody
	// else may be using it. Store.Rebuilt tells what was done. For PostgreSQL it does
	// nothing.
	Rebuild bool
	// Wait is how long a write to SQLite waits for that of another program; zero:
	// 20 seconds.
	Wait time.Duration
	// Clock is what rows are dated by. It is needed unless ReadOnly.
	Clock func() time.Time
}

// Store is an open state. Its methods may be called from several goroutines.
type Store struct {
	write   *sql.DB // for SQLite one connection, whose transactions begin as writers
	read    *sql.DB // for PostgreSQL the same as write
	locks   *sql.DB // of PostgreSQL: a connection for each lock that is held
	dialect Dialect
	name    string // in messages
	clock   func() time.Time
	wait    time.Duration
	lock    *filelock.Lock // shared; nil: PostgreSQL, or only reading
	rebuilt *Rebuilt
}

// readers is how many connections a process reads SQLite by.
const readers = 4

// Open opens a state, and makes or migrates its tables.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil && !o.ReadOnly {
		return nil, errors.New("state: no clock")
	}
	s := &Store{clock: o.Clock, wait: o.Wait}
	if s.wait == 0 {
		s.wait = 20 * time.Second
	}
	err := s.open(ctx, o)
	if err != nil {
		s.Close()
		return nil, s.explain(err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) error {
	switch {
	case o.URL != "":
		return s.openPostgres(ctx, o)
	case o.Path != "":
		return s.openSQLite(ctx, o)
	}
	return errors.New("neither a file nor an address of a database is given")
}

func (s *Store) openSQLite(ctx context.Context, o Options) error {
	s.dialect, s.name = SQLite, o.Path
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return err
	}
	switch at, err := os.Stat(path); {
	case err == nil && at.IsDir():
		return errors.New("it is a folder, not a file")
	case err == nil && !at.Mode().IsRegular():
		return errors.New("it is no file")
	case errors.Is(err, fs.ErrNotExist) && !o.ReadOnly:
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if o.ReadOnly {
		return s.openToRead(ctx, path)
	}
	if o.Rebuild {
		if err := s.rebuild(ctx, path); err != nil {
			return err
		}
	}
	if s.lock, err = filelock.Shared(path + ".lock"); err != nil {
		return err
	}
	// NORMAL lets the last moments be lost when the power is cut, but never the rest.
	if s.write, err = s.openFile(path, "mode=rwc", "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)"); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = s.openFile(path, "mode=rw", "_pragma=query_only(1)"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	return s.migrate(ctx)
}

// openToRead opens a file that may be written to by others meanwhile.
func (s *Store) openToRead(ctx context.Context, path string) error {
	var err error
	for _, how := range []string{"mode=ro", "mode=ro&immutable=1"} {
		if s.read, err = s.openFile(path, how); err != nil {
			return err
		}
		s.write = s.read
		if err = s.current(ctx); err == nil {
			return nil
		}
		// Who may not write to the folder cannot take part in the log, and need not
		// where there is none: then nobody is writing.
		if _, none := os.Stat(path + "-wal"); !errors.Is(s.explain(err), ErrReadOnly) || !errors.Is(none, fs.ErrNotExist) {
			return err
		}
		s.read.Close()
	}
	return err
}

// openFile returns connections to a file of SQLite, which is opened when the first
// of them is used.
func (s *Store) openFile(path string, parameters ...string) (*sql.DB, error) {
	// As an address, because a plain name ends at a question mark.
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	at := url.URL{Scheme: "file", Path: slashed}
	all := append([]string{fmt.Sprintf("_pragma=busy_timeout(%d)", s.wait.Milliseconds()), "_pragma=foreign_keys(1)"}, parameters...)
	return sql.Open("sqlite", at.String()+"?"+strings.Join(all, "&"))
}

func (s *Store) openPostgres(ctx context.Context, o Options) error {
	s.dialect, s.name = Postgres, redact.Address(o.URL)
	db, err := sql.Open("pgx", o.URL)
	if err != nil {
		return err
	}
	s.write, s.read = db, db
	// More would be of no use: what runs beside each other waits for the network.
	db.SetMaxOpenConns(8)
	if s.locks, err = sql.Open("pgx", o.URL); err != nil {
		return err
	}
	if o.ReadOnly {
		return s.current(ctx)
	}
	return s.migrate(ctx)
}

// Close lets go of the state.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil && s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close()) // the last one, which tidies the file up
	}
	if s.locks != nil {
		errs = append(errs, s.locks.Close())
	}
	if s.lock != nil {
		s.lock.Release()
	}
	return errors.Join(errs...)
}

// DB returns the connections that write, for those who keep tables of their own
// beside these. For SQLite it is a single connection: who holds it keeps every
// writer of the process waiting.
func (s *Store) DB() *sql.DB { return s.write }

// Dialect tells which database it is.
func (s *Store) Dialect() Dialect { return s.dialect }

// now is the moment that rows are dated by.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Rebuilt tells what Options.Rebuild did; nil: there was nothing to do.
func (s *Store) Rebuilt() *Rebuilt { return s.rebuilt }
