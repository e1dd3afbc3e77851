package store_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/store/storetest"
	"domaincheck/watch"
)

// TestClaimKept: what a claim gives is what stands in the store, whoever wrote
// it last: this process, another one, or a change of the ledger.
func TestClaimKept(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, domaincheck.Beijing())
	open := func(url string) *store.Store {
		s, err := store.Open(t.Context(), store.Options{URL: url, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	url := "sqlite:" + filepath.Join(t.TempDir(), "s.db")
	mine, other := open(url), open(url)
	site := plain("a.cn")
	site.Subject = &domaincheck.Subject{ID: "one", Name: "甲公司"}
	ledger := func(s *store.Store) {
		t.Helper()
		if _, err := s.Import(t.Context(), store.Ledger{Subjects: []domaincheck.Subject{*site.Subject}, Sites: []domaincheck.Site{site}}, store.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	// claim checks a claim by mine against a fresh look at the store, twice: what
	// is read, and what is kept then.
	claim := func(step string) *store.Memory {
		t.Helper()
		var last *store.Memory
		for range 2 {
			now = now.Add(time.Hour)
			got, err := mine.Claim(t.Context(), store.ClaimOptions{Part: watch.Page})
			if err != nil || len(got) != 1 {
				t.Fatal(step, got, err)
			}
			want, err := other.Load(t.Context(), "a.cn")
			if err != nil {
				t.Fatal(step, err)
			}
			last = &got[0].Memory
			if r := want.Report; r != nil {
				want.Report = &domaincheck.Report{Schema: r.Schema, Domain: r.Domain, At: r.At, Verdict: r.Verdict, Observation: r.Observation, States: r.States, Before: r.Before, StaleAfter: r.StaleAfter}
			}
			if !reflect.DeepEqual(last, want) {
				t.Fatalf("%s: claimed %+v, stored %+v", step, last, want)
			}
		}
		return last
	}
	commit := func(s *store.Store, m *store.Memory, code string) {
		t.Helper()
		now = now.Add(time.Minute)
		r := storetest.Report("a.cn", code, domaincheck.At(now))
		r.Observation.Resolution.Raw = []domaincheck.Raw{{Kind: "dns", At: r.At, Bytes: []byte(code)}}
		done, err := s.Commit(t.Context(), []store.Commit{{Site: "a.cn", Rev: m.Rev, Report: r}})
		if err != nil || done[0].Err != nil {
			t.Fatal(done, err)
		}
	}
	ledger(mine)
	commit(mine, claim("new"), "first")
	commit(mine, claim("after the first look"), "first")
	commit(mine, claim("after an unchanged look"), "second")
	commit(other, claim("after a changed look"), "third")
	m := claim("after a look by another process")
	if r := m.Report; len(r.States) != 1 || r.States[0].Code != "third" || len(r.Observation.Resolution.Raw) != 0 {
		t.Errorf("%+v", r)
	}
	site.Subject = &domaincheck.Subject{ID: "one", Name: "乙公司"}
	ledger(other)
	if m = claim("after a change of the subject"); m.Site.Subject.Name != "乙公司" {
		t.Errorf("%+v", m.Site.Subject)
	}
	commit(mine, m, "third")
	if m = claim("and a look"); m.Site.Subject.Name != "乙公司" {
		t.Errorf("%+v", m.Site.Subject)
	}
	if err := other.Remove(t.Context(), "a.cn"); err != nil {
		t.Fatal(err)
	}
	ledger(other)
	if m = claim("removed and added"); m.Report != nil {
		t.Errorf("%+v", m.Report)
	}
}

// TestScratch: a store to be thrown away keeps what it is given, across being
// closed, and an ordinary one reads it.
func TestScratch(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, domaincheck.Beijing())
	url := "sqlite:" + filepath.Join(t.TempDir(), "s.db")
	for n, scratch := range []bool{true, true, false, true} {
		s, err := store.Open(t.Context(), store.Options{URL: url, Scratch: scratch, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if _, err := s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{plain("a.cn")}}, store.ImportOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		m, err := s.Load(t.Context(), "a.cn")
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && (m.Report == nil || len(m.Report.Findings) != 40 || len(m.Report.States) != 1) {
			t.Errorf("round %d: %+v", n, m.Report)
		}
		done, err := s.Commit(t.Context(), []store.Commit{{Site: "a.cn", Rev: m.Rev, Report: storetest.Report("a.cn", "refused", domaincheck.At(now))}})
		if err != nil || done[0].Err != nil || done[0].Changed != (n == 0) {
			t.Fatal(done, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestClaimOfNothing: a claim that finds nothing due writes nothing; one that
// finds something does.
func TestClaimOfNothing(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "s.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{plain("a.cn")}}, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0, 0} {
		before := s.Moment(t)
		got, err := s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 8})
		if err != nil || len(got) != want {
			t.Fatalf("%d claimed, %v; want %d", len(got), err, want)
		}
		if wrote := s.Moment(t) != before; wrote != (want > 0) {
			t.Errorf("a claim of %d parts: written %v", want, wrote)
		}
	}
}
