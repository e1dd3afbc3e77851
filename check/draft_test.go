package check_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/inventory"
	"domaincheck/lab"
)

// TestDraftLab drafts a ledger of a lab: what it says was seen is what was
// planted, and in every format the draft reads back whole as the ledger it is.
func TestDraftLab(t *testing.T) {
	var stories []string
	for i, story := range lab.Catalogue() {
		if !story.Slow && (strings.HasPrefix(story.Name, "healthy") || i%6 == 0) {
			stories = append(stories, story.Name)
		}
	}
	l, err := lab.Start(t.Context(), lab.Options{Seed: 11, Now: time.Now(), Stories: stories})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	world := connected(t, l, func(n *check.Network) { n.Timeout = 30 * time.Second })
	truth := l.Truth()
	rows := make([]check.Row, len(truth))
	for i, planted := range truth {
		site := domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: planted.Domain, Role: domaincheck.RoleMain}}}
		rows[i].Job = check.Job{Input: planted.Domain, Site: site}
	}
	reports := make([]domaincheck.Report, len(rows))
	for i, report := range world.Checker.Many(t.Context(), rows, 8) {
		reports[i] = report
	}
	d := check.Draft(reports)
	if len(d.Sites) != len(truth) {
		t.Fatalf("%d sites drafted of %d", len(d.Sites), len(truth))
	}
	agreed := 0
	for i, site := range d.Sites {
		planted := truth[i]
		if site.MainDomain() != planted.Domain {
			t.Fatalf("%s drafted in the place of %s", site.MainDomain(), planted.Domain)
		}
		marks := d.SiteMarks[i]
		if marks["site.state"] == "" || marks["site.expires"] == "" || marks["site.holder.name"] == "" {
			t.Errorf("%s: facts without a mark: %v", planted.Story, marks)
		}
		if strings.HasPrefix(planted.Story, "healthy") && marks["site.record_number"] == inventory.MarkObserved {
			if site.State != domaincheck.StateFiled || site.RecordNumber != planted.Site.RecordNumber {
				t.Errorf("%s: %s %s, planted %s", planted.Story, site.State, site.RecordNumber, planted.Site.RecordNumber)
			}
			agreed++
		}
	}
	if agreed < 10 {
		t.Errorf("only %d healthy stories", agreed)
	}
	for _, format := range []string{"yaml", "xlsx", "csv"} {
		readsBack(t, format, d)
	}
}

func readsBack(t *testing.T, format string, d inventory.Draft) {
	t.Helper()
	var b bytes.Buffer
	if err := inventory.WriteDraft(&b, format, d); err != nil {
		t.Fatal(err)
	}
	doc, err := inventory.Read(&b, inventory.Options{Name: "draft." + format})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range doc.Refused() {
		t.Errorf("%s: %v", format, r.Err)
	}
	if len(doc.Ignored) > 0 {
		t.Errorf("%s: columns not read: %v", format, doc.Ignored)
	}
	whole := map[domaincheck.Text]domaincheck.Subject{}
	for _, s := range d.Subjects {
		whole[s.ID] = s
	}
	if len(doc.Sites) != len(d.Sites) {
		t.Fatalf("%s: %d sites read of %d", format, len(doc.Sites), len(d.Sites))
	}
	for i, want := range d.Sites {
		if want.Subject != nil {
			s := whole[want.Subject.ID]
			want.Subject = &s
		}
		a, errA := json.Marshal(want)
		got, errB := json.Marshal(doc.Sites[i])
		if errA != nil || errB != nil || !bytes.Equal(a, got) {
			t.Errorf("%s: drafted\n%s\nread\n%s", format, a, got)
		}
	}
}

// A look that failed leaves its facts to be filled in, and what is declared is
// neither replaced nor marked.
func TestDraftOfFailures(t *testing.T) {
	yes := true
	name := domaincheck.Text("示例公司")
	d := check.Draft([]domaincheck.Report{
		{Site: &domaincheck.ReportSite{Site: domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: "a.cn"}}}},
			Observation: domaincheck.Observation{
				Registration: &domaincheck.Registration{Look: domaincheck.Look{Outcome: domaincheck.OutcomeRefused}},
				Page:         &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK}, Title: "购买此域名", Parked: &domaincheck.Parked{Kind: "for_sale"}},
			}},
		{Site: &domaincheck.ReportSite{Site: domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: "b.cn"}}, Name: "我的网站", State: domaincheck.StateFiling, AutoRenew: &yes, Holder: &domaincheck.Holder{Name: name},
		}}, Observation: domaincheck.Observation{
			Registration: &domaincheck.Registration{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK}, Registrant: &domaincheck.Registrant{Name: "别的公司"}},
			Page:         &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK}, Title: "标题"},
		}},
		{Input: "bad"},
		{Site: &domaincheck.ReportSite{Site: domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: "a.cn"}}}}},
	})
	if len(d.Sites) != 2 {
		t.Fatalf("%d sites", len(d.Sites))
	}
	for path, want := range map[string]inventory.Mark{
		"site.state": inventory.MarkMissing, "site.name": inventory.MarkMissing, "site.expires": inventory.MarkMissing,
		"site.holder.name": inventory.MarkMissing, "access.provider": inventory.MarkMissing, "site.subject": inventory.MarkMissing,
	} {
		if got := d.SiteMarks[0][path]; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if s := d.Sites[1]; s.Name != "我的网站" || s.State != domaincheck.StateFiling || s.Holder.Name != name {
		t.Errorf("%+v", s)
	}
	for _, path := range []string{"site.name", "site.state", "site.auto_renew", "site.holder.name"} {
		if m := d.SiteMarks[1][path]; m != "" {
			t.Errorf("%s is declared and marked %s", path, m)
		}
	}
}
