package store_test

import (
	"compress/gzip"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/store/storetest"
)

// TestUpgrade opens stores of schema 1, as the version before wrote them
// (testdata/schema1.*: 12 sites, 10 of them looked at), and finds all that the
// lists read of them.
func TestUpgrade(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		f, err := os.Open("testdata/schema1.db.gz")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		upgraded(t, "sqlite:"+path)
		s := open(t, path)
		defer s.Close()
		if err := s.Backup(t.Context(), path+".copy"); err != nil { // of pages of 4096 bytes
			t.Fatal(err)
		}
		pages(t, path+".copy")
	})
	t.Run("postgres", func(t *testing.T) {
		url := storetest.SharedPostgres(t).New(t)
		dump, err := os.ReadFile("testdata/schema1.sql")
		if err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("pgx", url+"&default_query_exec_mode=simple_protocol")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(dump)); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		upgraded(t, url)
	})
}

func upgraded(t *testing.T, url string) {
	s := open(t, url)
	defer s.Close()
	if have, know, err := s.SchemaVersion(t.Context()); err != nil || have != know {
		t.Fatalf("schema %d of %d, %v", have, know, err)
	}
	shop := store.Scope{Tags: []string{"shop"}}
	for i, test := range []struct {
		q    store.SiteQuery
		want int64
	}{
		{store.SiteQuery{}, 12}, {store.SiteQuery{Unlooked: true}, 2}, {store.SiteQuery{Verdict: domaincheck.VerdictFail}, 6}, {store.SiteQuery{MinLevel: domaincheck.High}, 6}, {store.SiteQuery{Outcome: domaincheck.RiskDeAccess}, 6},
		{store.SiteQuery{Province: "北京"}, 6}, {store.SiteQuery{Provider: "aliyun"}, 12}, {store.SiteQuery{Tags: []string{"shop"}}, 4}, {store.SiteQuery{Text: "示例网站1"}, 3}, {store.SiteQuery{Text: "北京"}, 6}, {store.SiteQuery{Scope: shop, Text: "示例"}, 4},
		{store.SiteQuery{UncheckedSince: time.Date(2026, 11, 21, 12, 0, 0, 0, domaincheck.Beijing()), Unchecked: "resolution"}, 5}, {store.SiteQuery{DeadlineBy: time.Unix(1791000001, 0)}, 6}, {store.SiteQuery{Rule: "domain.rule03"}, 6},
	} {
		n, err := s.CountSites(t.Context(), test.q)
		if err != nil || n.N != test.want {
			t.Errorf("query %d counts %+v, want %d, %v", i, n, test.want, err)
		}
		p, err := s.Sites(t.Context(), test.q)
		if err != nil || int64(len(p.Items)) != test.want {
			t.Errorf("query %d finds %d, want %d, %v", i, len(p.Items), test.want, err)
		}
	}
	o, err := s.Overview(t.Context(), shop, time.Unix(1790000000, 0))
	if err != nil || o.Sites != 4 || len(o.Provinces) != 2 || o.Coverage[1].Never != 0 {
		t.Errorf("overview %+v, %v", o, err)
	}
	open, err := s.OpenEvents(t.Context(), store.OpenQuery{})
	if err != nil || len(open.Items) != 6 {
		t.Errorf("open %d, %v", len(open.Items), err)
	}
	events, err := s.Events(t.Context(), store.EventQuery{Scope: shop, Newest: true})
	if err != nil || len(events) != 0 { // every third site is healthy, and those have the tag
		t.Errorf("events in scope %+v, %v", events, err)
	}
	waiting, err := s.Channels(t.Context(), store.Scope{})
	if err != nil || len(waiting) != 1 || waiting[0].Pending != 6 || waiting[0].Oldest.IsZero() {
		t.Errorf("channels %+v, %v", waiting, err)
	}
	if waiting, err = s.Channels(t.Context(), shop); err != nil || len(waiting) != 0 {
		t.Errorf("channels in scope %+v, %v", waiting, err)
	}
	// It goes on from there: the entry as it was is no change.
	m, err := s.Load(t.Context(), "s01.cn")
	if err != nil || len(m.Open) != 1 || m.Report == nil {
		t.Fatalf("memory %+v, %v", m, err)
	}
	l, err := s.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Import(t.Context(), l, store.ImportOptions{})
	if err != nil || len(c.Unchanged) != 12 {
		t.Fatalf("import of the export: %+v, %v", c, err)
	}
	done, err := s.Commit(t.Context(), []store.Commit{{Site: "s01.cn", Rev: m.Rev, Report: storetest.Report("s01.cn", "", domaincheck.At(time.Now()))}})
	if err != nil || done[0].Err != nil {
		t.Fatal(err, done)
	}
	if n, err := s.CountSites(t.Context(), store.SiteQuery{Verdict: domaincheck.VerdictFail}); err != nil || n.N != 5 {
		t.Errorf("after a commit %+v, %v", n, err)
	}
}
