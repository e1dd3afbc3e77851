package app_test

import (
	"path/filepath"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/present"
	"domaincheck/store"
)

func verdict(domain string, at time.Time, v domaincheck.Verdict) *domaincheck.Report {
	return &domaincheck.Report{Schema: 1, Domain: domaincheck.Text(domain), At: domaincheck.At(at), Verdict: v,
		Site: &domaincheck.ReportSite{Site: domaincheck.Site{State: domaincheck.StateFiled}}}
}

func TestEntries(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	clock := now
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "s.db"), Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site := func(domain string, tags ...string) domaincheck.Site {
		return domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: domain}}, Tags: tags}
	}
	add := func(sites ...domaincheck.Site) {
		if _, err := s.Import(t.Context(), store.Ledger{Sites: sites}, store.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	look := func(domain string, v domaincheck.Verdict) {
		m, err := s.Load(t.Context(), domain)
		if err != nil {
			t.Fatal(err)
		}
		done, err := s.Commit(t.Context(), []store.Commit{{Site: domain, Rev: m.Rev, Report: verdict(domain, clock, v)}})
		if err != nil || done[0].Err != nil {
			t.Fatal(err, done[0].Err)
		}
	}
	add(site("old.cn", "shop"), site("never.cn"))
	look("old.cn", domaincheck.VerdictPass)
	clock = now.Add(24 * time.Hour)
	since := clock
	clock = now.Add(48 * time.Hour)
	look("old.cn", domaincheck.VerdictFail)
	add(site("new.cn"))
	look("new.cn", domaincheck.VerdictPass)

	entries, err := app.Entries(t.Context(), s, present.Scope{}, since)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]present.Entry{}
	for e, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		seen[string(e.Report.Domain)] = e
	}
	if e := seen["old.cn"]; e.New || e.Before == nil || e.Before.Verdict != domaincheck.VerdictPass || e.Report.Verdict != domaincheck.VerdictFail || e.Report.Site.State != domaincheck.StateFiled {
		t.Errorf("a site that changed: %+v", e)
	}
	if e := seen["new.cn"]; !e.New || e.Before != nil {
		t.Errorf("a new site: %+v", e)
	}
	if e := seen["never.cn"]; e.New || !e.Report.At.IsZero() || e.Report.Verdict != domaincheck.VerdictUnknown || e.Report.Site == nil {
		t.Errorf("a site never looked at: %+v", e)
	}
	tagged, err := app.Entries(t.Context(), s, present.Scope{Tags: []string{"shop"}}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for e := range tagged {
		if n++; e.Report.Domain != "old.cn" || e.Before != nil || e.New {
			t.Errorf("chosen by tag: %+v", e)
		}
	}
	if n != 1 {
		t.Errorf("%d sites have the tag", n)
	}
}

func TestReportEntries(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 9, 0, 0, 0, domaincheck.Beijing()) }
	list := []domaincheck.Report{*verdict("a.cn", at(1), domaincheck.VerdictPass), *verdict("b.cn", at(20), domaincheck.VerdictFail), *verdict("a.cn", at(20), domaincheck.VerdictFail), *verdict("a.cn", at(3), domaincheck.VerdictUnknown)}
	list[1].Risks = domaincheck.List[domaincheck.Risk]{{Level: domaincheck.High}}
	var got []present.Entry
	for e, err := range app.ReportEntries(list, present.Scope{}, at(10)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if len(got) != 2 || got[0].Report.Domain != "b.cn" || !got[0].New || got[1].Report.At.Day().Day != 20 || got[1].Before == nil || got[1].Before.Verdict != domaincheck.VerdictUnknown {
		t.Errorf("%+v", got)
	}
}
