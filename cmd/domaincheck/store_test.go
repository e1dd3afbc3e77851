package main

import (
	"database/sql"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"
)

// newerInScript makes a store one that a newer version wrote: `newer FILE`.
func newerInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: newer FILE")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	for _, text := range []string{
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999999, 1)`,
		`PRAGMA journal_mode = DELETE`,
	} {
		_, err = db.Exec(text)
		ts.Check(err)
	}
	ts.Check(db.Close())
}

// damageInScript overwrites the middle of a file: `damage FILE`.
func damageInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage FILE")
	}
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	for i := len(b) / 3; i < len(b)/3+9000; i++ {
		b[i] ^= 0xa5
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

func TestMergeKeepsWhatIsNotNamed(t *testing.T) {
	if got := laid(struct{ A, B string }{"new", ""}, struct{ A, B string }{"old", "kept"}); got.A != "new" || got.B != "kept" {
		t.Errorf("%+v", got)
	}
}
