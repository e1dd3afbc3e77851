package lab_test

import (
	"testing"
	"time"

	dc "domaincheck"
	"domaincheck/lab"
)

func demo(t *testing.T) *lab.Lab {
	t.Helper()
	l, err := lab.Start(t.Context(), lab.Options{Demo: true, Seed: 1, Now: time.Date(2026, 11, 21, 9, 0, 0, 0, dc.Beijing())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// TestDemoCast: about sixty sites with names and numbers of their own, each
// found again by its name, and every kind of story among them.
func TestDemoCast(t *testing.T) {
	l := demo(t)
	cast := l.Demo()
	if n := len(cast); n < 55 || n > 65 {
		t.Errorf("%d sites", n)
	}
	names, numbers, stories, parts := map[string]bool{}, map[dc.Text]bool{}, map[string]bool{}, map[string]int{}
	for i, d := range cast {
		planted, known := l.TruthOf(d.Domain)
		if !known || planted.Index != i || planted.Story != d.Story || planted.Site.MainDomain() != d.Domain {
			t.Errorf("%s is not found again: %+v", d.Domain, planted)
		}
		if names[d.Domain] || planted.Site.RecordNumber != "" && numbers[planted.Site.RecordNumber] {
			t.Errorf("%s: its name or number %s is another's", d.Domain, planted.Site.RecordNumber)
		}
		if planted.Slow {
			t.Errorf("%s makes people wait", d.Domain)
		}
		names[d.Domain], numbers[planted.Site.RecordNumber], stories[d.Story] = true, true, true
		parts[planted.Part]++
		for j, turn := range d.Began {
			if j > 0 && turn.Ago >= d.Began[j-1].Ago {
				t.Errorf("%s: its past is not in order", d.Domain)
			}
		}
	}
	for _, story := range []string{"expires_5_days", "pending_verification", "located_hongkong", "located_cloudflare", "link_missing", "number_index_guangdong", "title_other", "parked",
		"blocked_aliyun", "server_5_days", "notice_open", "located_second_access", "healthy_two_domains"} {
		if !stories[story] {
			t.Errorf("nobody plays %s", story)
		}
	}
	if parts["healthy"] < 8 {
		t.Errorf("only %d sites are well", parts["healthy"])
	}
	sites := 0
	for _, site := range l.Ledger() {
		if site.Subject.ID == "group" {
			sites++
			if *site.Subject.Counts.Sites != 4 || site.Subject.Name != "上海示例控股集团有限公司" {
				t.Errorf("the group's subject differs: %+v", site.Subject)
			}
		}
	}
	if sites != 4 {
		t.Errorf("the group has %d sites", sites)
	}
}

// TestPlay: a site acts another story and its own again; facts and servers
// follow, names stay.
func TestPlay(t *testing.T) {
	l := demo(t)
	cues, length := l.Show()
	playing := map[string]string{}
	for i, c := range cues {
		if i > 0 && c.After <= cues[i-1].After || c.After >= length {
			t.Errorf("cue %d is out of order", i)
		}
		if c.ZH == "" || c.EN == "" {
			t.Errorf("cue %d says nothing", i)
		}
		if err := l.Play(c.Domain, c.Story); err != nil {
			t.Error(err)
		}
		playing[c.Domain] = c.Story
	}
	for domain, story := range playing {
		if story != "" {
			t.Errorf("after a round %s still plays %s", domain, story)
		}
	}
	ended := l.Demo()[2].Domain
	own, err := l.Facts(ended)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Play(ended, "healthy"); err != nil {
		t.Fatal(err)
	}
	well, err := l.Facts(ended)
	if err != nil {
		t.Fatal(err)
	}
	if !own.Servers[0].Expires.Before(well.Servers[0].Expires) || own.Name != well.Name || own.MainDomain() != well.MainDomain() {
		t.Errorf("own %+v, well %+v", own, well)
	}
	if err := l.Play(ended, ""); err != nil {
		t.Fatal(err)
	}
	if again, _ := l.Facts(ended); again.Servers[0].Expires != own.Servers[0].Expires {
		t.Error("its own story does not come back")
	}
	for _, bad := range [][2]string{{"nobody.example", "healthy"}, {ended, "no such story"}, {ended, "down_refused"}, {"www." + ended, "healthy"}} {
		if err := l.Play(bad[0], bad[1]); err == nil {
			t.Errorf("%q can be played", bad)
		}
	}
}
