package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Dialect is one of the databases that a state can be kept in.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota
	Postgres
)

func (d Dialect) String() string {
	if d == Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// adapt returns a query, which is written for SQLite, as the dialect has it: its
// parameters are numbered for PostgreSQL. No query holds a question mark that is
// no parameter.
func (d Dialect) adapt(query string) string {
	if d == SQLite {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// forUpdate ends a query whose row is changed by what follows in its transaction. Of
// SQLite a transaction that writes is alone.
func (d Dialect) forUpdate() string {
	if d == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// queries is a database or a transaction.
type queries interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// exec changes rows and returns how many.
func (s *Store) exec(ctx context.Context, q queries, query string, args ...any) (int64, error) {
	result, err := q.ExecContext(ctx, s.dialect.adapt(query), bindAll(args)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row reads one row into fields; it is false when there is none.
func (s *Store) row(ctx context.Context, q queries, fields []any, query string, args ...any) (bool, error) {
	rows, err := q.QueryContext(ctx, s.dialect.adapt(query), bindAll(args)...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(intoAll(fields)...); err != nil {
		return false, err
	}
	return true, rows.Close()
}

// list reads all rows of a query, each into the fields of a T.
func list[T any](ctx context.Context, s *Store, fields func(*T) []any, query string, args ...any) ([]T, error) {
	rows, err := s.read.QueryContext(ctx, s.dialect.adapt(query), bindAll(args)...)
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var t T
		if err := rows.Scan(intoAll(fields(&t))...); err != nil {
			return nil, s.explain(err)
		}
		all = append(all, t)
	}
	return all, s.explain(rows.Err())
}

// transaction runs f in a transaction, which is undone when it fails.
func (s *Store) transaction(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	return s.finish(tx, f)
}

func (s *Store) finish(tx *sql.Tx, f func(tx *sql.Tx) error) error {
	defer tx.Rollback() // nothing, once it is committed
	if err := f(tx); err != nil {
		return s.explain(err)
	}
	return s.explain(tx.Commit())
}

// durably is transaction, and what was written is on the disk when it returns.
func (s *Store) durably(ctx context.Context, f func(tx *sql.Tx) error) error {
	if s.dialect == Postgres {
		return s.transaction(ctx, func(tx *sql.Tx) error {
			// As it does unless its administrator said otherwise.
			if _, err := tx.ExecContext(ctx, "SET LOCAL synchronous_commit = on"); err != nil {
				return err
			}
			return f(tx)
		})
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return s.explain(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = FULL"); err != nil {
		return s.explain(err)
	}
	// Where this fails the connection goes on slowly, but rightly.
	defer conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = NORMAL")
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	return s.finish(tx, f)
}

// marks returns the parameters of a row of n columns.
func marks(n int) string { return "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")" }

// inRows calls f with the parameters of several rows at a time, so that few
// statements write many. A statement may have no more than 32,766 parameters
// (SQLite) or 65,535 (PostgreSQL).
func inRows(rows [][]any, f func(values string, args []any) error) error {
	for len(rows) > 0 {
		n := min(len(rows), 200)
		values := make([]string, n)
		var args []any
		for i, row := range rows[:n] {
			values[i] = marks(len(row))
			args = append(args, row...)
		}
		if err := f(strings.Join(values, ", "), args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func bindAll(args []any) []any {
	bound := make([]any, len(args))
	for i, a := range args {
		bound[i] = bind(a)
	}
	return bound
}

// bind returns what both drivers can be given for a value, or for what a pointer
// points to.
func bind(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case time.Time:
		if v.IsZero() {
			return nil // 0 is a moment: 1970 began then
		}
		return v.UnixMicro()
	case []byte:
		if len(v) == 0 {
			return nil
		}
		return v
	case []string:
		if len(v) == 0 {
			return ""
		}
		list, _ := json.Marshal(v) // of strings: cannot fail
		return clean(string(list))
	case string:
		return clean(v)
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer:
		return bind(r.Elem().Interface())
	case reflect.String:
		return clean(r.String())
	case reflect.Bool:
		if r.Bool() {
			return int64(1)
		}
		return int64(0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int64(r.Uint()) // all 64 bits are kept
	default:
		panic(fmt.Sprintf("state: %T is no value of a column", v))
	}
}

// clean makes of a text what both databases keep.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}

func intoAll(fields []any) []any {
	scanned := make([]any, len(fields))
	for i, f := range fields {
		switch f := f.(type) {
		case *time.Time:
			scanned[i] = (*moment)(f)
		case *uint64:
			scanned[i] = (*bits)(f)
		case *[]string:
			scanned[i] = (*texts)(f)
		default:
			scanned[i] = f
		}
	}
	return scanned
}

// moment, bits and texts read what bind makes of a time, a uint64 and a list.
type (
	moment time.Time
	bits   uint64
	texts  []string
)

func (m *moment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m = moment{}
	case int64:
		*m = moment(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("%T is no time", v)
	}
	return nil
}

func (b *bits) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is no number", v)
	}
	*b = bits(n)
	return nil
}

func (t *texts) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("%T is no text", v)
	}
	*t = nil
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), (*[]string)(t))
}

// longest is how many bytes of a text may stand in an index, which for PostgreSQL
// must be less than a third of a page.
const longest = 500

// fold returns a text, or its digest where it is too long for an index.
func fold(s string) string {
	if s = clean(s); len(s) <= longest {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "#" + hex.EncodeToString(sum[:])
}

// unfolded returns what stands beside a folded text: the text itself where it is
// another, else nothing.
func unfolded(s string) any {
	if fold(s) == clean(s) {
		return nil
	}
	return s
}

// The codes of SQLite that are told apart (https://www.sqlite.org/rescode.html).
const (
	sqliteBusy       = 5
	sqliteReadOnly   = 8
	sqliteInterrupt  = 9
	sqliteCorrupt    = 11
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqliteConstraint = 19
	sqliteNotADB     = 26
)

// explain says in which state an error came, and what kind of error it is.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	var known *stateError
	if errors.As(err, &known) {
		return err
	}
	e := &stateError{name: s.name, err: err}
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqliteBusy:
			e.kind = ErrLocked
		case sqliteReadOnly:
			e.kind = ErrReadOnly
		case sqliteInterrupt:
			e.kind = context.Canceled // nothing else interrupts it
		case sqliteCorrupt, sqliteNotADB:
			e.kind = ErrBroken
		case sqliteFull:
			e.kind = ErrFull
		case sqliteCantOpen:
			e.kind = errors.New("the file cannot be opened")
		}
	case errors.As(err, &pg):
		switch pg.Code { // https://www.postgresql.org/docs/current/errcodes-appendix.html
		case "25006":
			e.kind = ErrReadOnly
		case "53100":
			e.kind = ErrFull
		case "XX001", "XX002":
			e.kind = ErrBroken
		}
	}
	return e
}

// stateError is an error of a state, which is named.
type stateError struct {
	name string
	kind error // one of the variables of this package; nil: none
	err  error
}

func (e *stateError) Error() string {
	if e.kind != nil {
		return fmt.Sprintf("state: %s: %v (%v)", e.name, e.kind, e.err)
	}
	return fmt.Sprintf("state: %s: %v", e.name, e.err)
}

func (e *stateError) Unwrap() []error {
	if e.kind != nil {
		return []error{e.kind, e.err}
	}
	return []error{e.err}
}
