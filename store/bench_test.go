package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/store/storetest"
	"domaincheck/watch"
)

// BenchmarkCommit is how many reports a second are committed to SQLite in
// batches of 256, each batch on disk before the next: unchanged ones, and ones
// that each bring a change with an event and two messages.
func BenchmarkCommit(b *testing.B) {
	b.Run("unchanged", func(b *testing.B) {
		commits(b, "sqlite:"+filepath.Join(b.TempDir(), "s.db"), func(int) string { return "refused" }, false)
	})
	b.Run("changed", func(b *testing.B) {
		commits(b, "sqlite:"+filepath.Join(b.TempDir(), "s.db"), func(round int) string { return fmt.Sprint("code", round) }, true)
	})
}

func commits(b *testing.B, url string, code func(round int) string, events bool) {
	const size = 256
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	s, err := store.Open(b.Context(), store.Options{URL: url, Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var l store.Ledger
	for i := range size {
		l.Sites = append(l.Sites, plain(fmt.Sprintf("s%04d.cn", i)))
	}
	if _, err := s.Import(b.Context(), l, store.ImportOptions{}); err != nil {
		b.Fatal(err)
	}
	rev := int64(1)
	for b.Loop() {
		b.StopTimer() // making reports is the caller's work
		now = now.Add(time.Minute)
		at := domaincheck.At(now)
		batch := make([]store.Commit, size)
		for i := range batch {
			name := l.Sites[i].Domains[0].Domain
			batch[i] = store.Commit{Site: name, Rev: rev, Report: storetest.Report(name, code(int(rev)), at), Next: []store.Due{{Part: watch.Page, At: now.Add(time.Hour)}}}
			if events {
				e := alert.Event{Key: fmt.Sprint(name, rev), Kind: alert.Opened, Domain: domaincheck.Text(name), At: at, Level: domaincheck.High}
				batch[i].Events = []alert.Event{e}
				batch[i].Out = []alert.Outgoing{{Channel: "ops", Keys: []string{e.Key}, Kind: e.Kind, Events: []alert.Event{e}}, {Channel: "mail", Keys: []string{e.Key}, Kind: e.Kind, Events: []alert.Event{e}}}
			}
		}
		b.StartTimer()
		done, err := s.Commit(b.Context(), batch)
		if err != nil {
			b.Fatal(err)
		}
		for _, d := range done {
			if d.Err != nil {
				b.Fatal(d.Err)
			}
		}
		rev++
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkClaim is how many sites a second are claimed from SQLite, with the
// newest report of each, in batches of 256.
func BenchmarkClaim(b *testing.B) {
	const size = 256
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	s, err := store.Open(b.Context(), store.Options{URL: "sqlite:" + filepath.Join(b.TempDir(), "s.db"), Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var l store.Ledger
	batch := make([]store.Commit, size)
	for i := range batch {
		l.Sites = append(l.Sites, plain(fmt.Sprintf("s%04d.cn", i)))
		name := l.Sites[i].Domains[0].Domain
		batch[i] = store.Commit{Site: name, Rev: 1, Report: storetest.Report(name, "refused", domaincheck.At(now))}
	}
	if _, err := s.Import(b.Context(), l, store.ImportOptions{}); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Commit(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		now = now.Add(time.Hour) // every lease has run out
		got, err := s.Claim(b.Context(), store.ClaimOptions{Part: watch.Page, N: size, Owner: "bench"})
		if err != nil || len(got) != size || got[size-1].Report == nil {
			b.Fatal(len(got), err)
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "claims/s")
}

// BenchmarkSearch is a page of a search over 10,000 sites: by two signs, which
// reads every row, and by six, which the trigrams narrow.
func BenchmarkSearch(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{URL: "sqlite:" + filepath.Join(b.TempDir(), "s.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var l store.Ledger
	for i := range 10000 {
		site := plain(fmt.Sprintf("site%05d.example.cn", i))
		site.Name = domaincheck.Text(fmt.Sprintf("第%d号示例网站", i))
		site.Subject = &domaincheck.Subject{Name: domaincheck.Text(fmt.Sprintf("北京第%d科技有限公司", i))}
		l.Sites = append(l.Sites, site)
	}
	start := time.Now()
	if _, err := s.Import(b.Context(), l, store.ImportOptions{}); err != nil {
		b.Fatal(err)
	}
	b.Logf("import of 10,000 sites: %v", time.Since(start))
	for _, text := range []string{"没有", "第9999号示例"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Sites(b.Context(), store.SiteQuery{Text: text, Limit: 50}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
