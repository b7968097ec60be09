// Package pgtest gives tests a PostgreSQL.
package pgtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Schema returns the address of an empty schema of the database that
// LEPORELLO_POSTGRES names; it is dropped with the test. Without a database the test
// is skipped, or fails where LEPORELLO_JUDGES is 1.
func Schema(t testing.TB) string {
	t.Helper()
	at := os.Getenv("LEPORELLO_POSTGRES")
	if at == "" {
		if os.Getenv("LEPORELLO_JUDGES") == "1" {
			t.Fatal("LEPORELLO_POSTGRES names no PostgreSQL")
		}
		t.Skip("LEPORELLO_POSTGRES names no PostgreSQL")
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	schema := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(t.Name()))
	schema = fmt.Sprintf("t%d_%.40s", os.Getpid(), schema) // River allows 46 bytes, PostgreSQL 63
	Exec(t, at, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { Exec(t, at, "DROP SCHEMA "+schema+" CASCADE") })
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Exec runs a statement in the database at an address.
func Exec(t testing.TB, address, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Error(err)
	}
}
