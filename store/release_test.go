package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/store/storetest"
)

// upgrade does to a store what the release n after this one would: it says who
// may write, adds to the tables, and counts the schema up.
func upgrade(t *testing.T, url string, n, oldest int64) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var have int64
	if err := db.QueryRowContext(t.Context(), `SELECT max(version_id) FROM goose_db_version`).Scan(&have); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprintf(`INSERT INTO marks (name, value) VALUES ('schema.writers', '{"schema": %d, "oldest": %d}') ON CONFLICT (name) DO UPDATE SET value = excluded.value`, have+1, oldest),
		fmt.Sprintf(`ALTER TABLE sites ADD COLUMN next%d TEXT NOT NULL DEFAULT ''`, n),
		fmt.Sprintf(`CREATE TABLE next%d (id BIGINT PRIMARY KEY)`, n),
		fmt.Sprintf(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)`, have+1),
	} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReleases: machines that share a store are upgraded one by one. One that
// is a release behind the store goes on, also over a restart; one that is two
// behind is refused, and one that runs then finds out.
func TestReleases(t *testing.T) {
	t.Parallel()
	url := storetest.SharedPostgres(t).New(t)
	running := open(t, url)
	defer running.Close()
	_, know, err := running.SchemaVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	look := func(s *store.Store, site string, at time.Time) {
		t.Helper()
		m, err := s.Load(t.Context(), site)
		if err != nil {
			t.Fatal(err)
		}
		done, err := s.Commit(t.Context(), []store.Commit{{Site: site, Rev: m.Rev, Report: storetest.Report(site, "", domaincheck.At(at))}})
		if err != nil || done[0].Err != nil {
			t.Fatal(err, done)
		}
	}
	add := func(s *store.Store, site string) {
		t.Helper()
		l := store.Ledger{Sites: []domaincheck.Site{{Domains: []domaincheck.Domain{{Domain: site}}}}}
		if c, err := s.Import(t.Context(), l, store.ImportOptions{}); err != nil || len(c.Added) != 1 {
			t.Fatal(c, err)
		}
	}
	add(running, "a.cn")

	upgrade(t, url, 1, know)
	if err := running.Admitted(t.Context()); err != nil {
		t.Errorf("a release behind, while it runs: %v", err)
	}
	look(running, "a.cn", time.Now())
	again := open(t, url)
	add(again, "b.cn")
	look(again, "b.cn", time.Now())
	look(running, "a.cn", time.Now().Add(time.Minute))
	if in, err := store.Inspect(t.Context(), store.Options{URL: url}); err != nil || in.Have != know+1 || in.Know != know {
		t.Errorf("inspected %+v, %v", in, err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}

	upgrade(t, url, 2, know+1)
	for what, err := range map[string]error{
		"running":   running.Admitted(t.Context()),
		"started":   func() error { _, err := store.Open(t.Context(), store.Options{URL: url}); return err }(),
		"inspected": func() error { _, err := store.Inspect(t.Context(), store.Options{URL: url}); return err }(),
	} {
		if !errors.Is(err, store.CodeNewer) || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("two releases behind, %s: %v", what, err)
		}
	}

	// What a mark says of another schema does not count.
	upgrade(t, url, 3, know)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE marks SET value = '{"schema": 1, "oldest": 1}' WHERE name = 'schema.writers'`); err != nil {
		t.Fatal(err)
	}
	if err := running.Admitted(t.Context()); !errors.Is(err, store.CodeNewer) {
		t.Errorf("a mark of another schema: %v", err)
	}
}

// TestGuard: the server ends the transaction of a machine that falls silent in
// the midst of it.
func TestGuard(t *testing.T) {
	t.Parallel()
	url := storetest.SharedPostgres(t).New(t)
	s := open(t, url)
	defer s.Close()
	if got := s.Setting(t, "idle_in_transaction_session_timeout"); got != "15s" {
		t.Errorf("a transaction may lie idle for %q", got)
	}
}
