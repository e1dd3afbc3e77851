package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"domaincheck/store"
	"domaincheck/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(context.Background(), m)) }

func newSQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "store #1 ?%.db")
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Env{New: newSQLite})
}

// TestSmallSets takes the ways that large inventories take: many runs, sets
// too large to read one by one.
func TestSmallSets(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Env{New: newSQLite, Change: store.Small, Only: []string{"ledger", "moves", "search", "paging", "lists", "filters", "scope", "bulk", "history"}})
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.SharedPostgres(t)
	storetest.Run(t, storetest.Env{New: server.Made})
	t.Run("read-only", func(t *testing.T) {
		url := server.New(t)
		if err := open(t, url).Close(); err != nil {
			t.Fatal(err)
		}
		refused(t, url+"&options=-c%20default_transaction_read_only%3Don", store.CodeReadOnly)
	})
	t.Run("connections lost", func(t *testing.T) { connectionsLost(t, server.New(t)) })
}

// connectionsLost: when the server cuts every connection, as a restart does,
// calls may fail with a clear code, and soon succeed by themselves.
func connectionsLost(t *testing.T, url string) {
	s := open(t, url)
	defer s.Close()
	if s.Search() != "pg_trgm" {
		t.Fatalf("substrings are found by %s", s.Search())
	}
	if err := s.SetMark(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err = s.SetMark(t.Context(), "a", "2"); err == nil {
			break
		}
		if !errors.Is(err, store.CodeUnavailable) {
			t.Fatalf("a lost connection: %v", err)
		}
	}
	if err != nil {
		t.Fatalf("it does not come back: %v", err)
	}
	if v, err := s.Mark(t.Context(), "a"); err != nil || v != "2" {
		t.Fatal(v, err)
	}
}
