// Package pgtest gives tests a PostgreSQL.
package pgtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// address returns that of the database that LEPORELLO_POSTGRES names. Without one the
// test is skipped, or fails where LEPORELLO_JUDGES is 1.
func address(t testing.TB) string {
	t.Helper()
	at := os.Getenv("LEPORELLO_POSTGRES")
	if at == "" {
		if os.Getenv("LEPORELLO_JUDGES") == "1" {
			t.Fatal("LEPORELLO_POSTGRES names no PostgreSQL")
		}
		t.Skip("LEPORELLO_POSTGRES names no PostgreSQL")
	}
	return at
}

// Schema returns the address of an empty schema of the database that
// LEPORELLO_POSTGRES names; it is dropped with the test. Without a database the test
// is skipped, or fails where it must not be.
func Schema(t testing.TB) string {
	t.Helper()
	at := address(t)
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

// Own returns the address of a server that the test has for itself, and what makes it
// crash and start again. It is for packages two folders below the module's.
func Own(t testing.TB) (at string, crash func()) {
	t.Helper()
	address(t)
	// Not below the test's own folder, which the user that PostgreSQL runs as may not enter.
	dir, err := os.MkdirTemp("", "leporello-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	run := func(do string) string {
		t.Helper()
		c := exec.Command("bash", filepath.Join("..", "..", ".ci", "postgres"), do, dir)
		c.Stderr = t.Output()
		out, err := c.Output()
		if err != nil {
			t.Fatalf("postgres %s: %v", do, err)
		}
		return strings.TrimSpace(string(out))
	}
	at = run("start")
	t.Cleanup(func() {
		run("stop")
		os.RemoveAll(dir)
	})
	return at, func() { run("restart") }
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
