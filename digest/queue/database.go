package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/leporello-press/leporello/internal/filelock"
)

// database is where the jobs are.
type database interface {
	client(c *river.Config) (client, error)
	close() error
}

// migrate makes the tables of River, or changes them to what this version needs.
func migrate[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	return err
}

// clientOf returns the client that a job is done by.
func clientOf(ctx context.Context) client {
	if c, err := river.ClientFromContextSafely[pgx.Tx](ctx); err == nil {
		return c
	}
	return river.ClientFromContext[*sql.Tx](ctx)
}

// lite is a file of SQLite. It is not the file of package state: each has one
// writer, who would wait for the other, and what is in this one can be made anew.
type lite struct {
	db   *sql.DB
	lock *filelock.Lock
}

// wait is how long a writer waits for another.
const wait = 20 * time.Second

func openSQLite(ctx context.Context, path string) (*lite, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	l := &lite{}
	if l.lock, err = filelock.Claim(path + ".lock"); err != nil {
		return nil, err
	}
	if err = l.open(ctx, path); err != nil && ctx.Err() == nil {
		// Damaged, or of a version to come. Nothing is lost with it.
		err = l.anew(ctx, path)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lite) anew(ctx context.Context, path string) error {
	if l.db != nil {
		l.db.Close()
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return l.open(ctx, path)
}

func (l *lite) open(ctx context.Context, path string) (err error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	at := url.URL{Scheme: "file", Path: slashed}
	l.db, err = sql.Open("sqlite", fmt.Sprintf("%s?_txlock=immediate&_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)", at.String(), wait.Milliseconds()))
	if err != nil {
		return err
	}
	l.db.SetMaxOpenConns(1)
	if err := migrate(ctx, riversqlite.New(l.db)); err != nil {
		return err
	}
	// Whoever was doing something is not there any more, because the lock is ours. That
	// was an attempt all the same: it may be what killed the process. What has ended is
	// of no use, and may speak of runs that are not those of today's state.
	_, err = l.db.ExecContext(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'")
	if err == nil {
		_, err = l.db.ExecContext(ctx, "DELETE FROM river_job WHERE state IN ('completed', 'cancelled', 'discarded')")
	}
	return err
}

func (l *lite) client(c *river.Config) (client, error) {
	return river.NewClient[*sql.Tx](alone{riversqlite.New(l.db)}, c)
}

func (l *lite) close() error {
	var err error
	if l.db != nil {
		err = l.db.Close()
	}
	l.lock.Release()
	return err
}

// alone is a driver for the only process at a file. River's own looks into the file
// twenty times a second whether another process has inserted something; without, who
// inserts wakes who works.
type alone struct{ *riversqlite.Driver }

func (alone) SupportsListener() bool     { return false }
func (alone) SupportsListenNotify() bool { return false }

// postgres is a database of PostgreSQL. What is inserted is made known by NOTIFY.
type postgres struct{ pool *pgxpool.Pool }

// migrating is the advisory lock of those who make tables.
const migrating = 0x6c65706f72656c6c // "leporell"

func openPostgres(ctx context.Context, address string) (*postgres, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read") // the library's message may show the password
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	err = pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrating)); err != nil {
			return err
		}
		defer conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrating))
		return migrate(ctx, riverpgxv5.New(pool))
	})
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &postgres{pool}, nil
}

func (p *postgres) client(c *river.Config) (client, error) {
	return river.NewClient[pgx.Tx](riverpgxv5.New(p.pool), c)
}

func (p *postgres) close() error {
	p.pool.Close()
	return nil
}
