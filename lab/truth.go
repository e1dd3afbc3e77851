package lab

import (
	"net/netip"
	"slices"
	"strings"

	dc "domaincheck"
)

// Truth is what is planted on one site and what must be found.
type Truth struct {
	Index    int      `json:"index"`
	Domain   string   `json:"domain"`
	Unicode  string   `json:"unicode"`
	Story    string   `json:"story"`
	Part     string   `json:"part"`
	Slow     bool     `json:"slow"`
	Verdict  dc.Text  `json:"verdict"` // fail where a failure is planted, pass where nothing is wrong; else null
	Planted  Planted  `json:"planted"`
	Expected []Expect `json:"expected"` // by rule id
	Site     dc.Site  `json:"site"`     // the ledger entry its owner would keep
}

// Planted are the facts that the servers tell, or would tell if they answered.
type Planted struct {
	Registrar   dc.Text            `json:"registrar"`
	IANAID      dc.Text            `json:"iana_id"`
	Registrant  dc.Text            `json:"registrant"`
	Redacted    bool               `json:"redacted"`
	Created     dc.Instant         `json:"created"`
	Expires     dc.Instant         `json:"expires"`
	Statuses    dc.List[string]    `json:"statuses"`
	Parent      dc.List[string]    `json:"parent"`
	Child       dc.List[string]    `json:"child"`
	Hosts       dc.List[HostTruth] `json:"hosts"`
	Number      dc.Text            `json:"number"` // in the footer, visible or not; null for none
	Link        dc.Text            `json:"link"`
	Title       dc.Text            `json:"title"`
	Copyright   dc.Text            `json:"copyright"`
	Police      dc.Text            `json:"police_number"`
	ScriptShell bool               `json:"script_shell"`
}

// HostTruth is one host's planted DNS answer.
type HostTruth struct {
	Host      string          `json:"host"`
	CNAME     dc.List[string] `json:"cname"`
	Addresses dc.List[string] `json:"addresses"`
}

// Truth is the ground truth of every site, in order of index. It is computed
// anew at each call: some 4 KB a site.
func (l *Lab) Truth() []Truth {
	out := make([]Truth, l.world.n)
	for i := range out {
		out[i] = l.world.plan(i).truth()
	}
	return out
}

// TruthOf is the truth of the site that a domain belongs to; false if it is no site of this lab.
func (l *Lab) TruthOf(domain string) (Truth, bool) {
	p, below := l.world.find(domain)
	if p == nil || below != "" {
		return Truth{}, false
	}
	return l.world.plan(p.index).truth(), true
}

// Domains are the domains of all sites, in order of index.
func (l *Lab) Domains() []string {
	out := make([]string, l.world.n)
	for i := range out {
		out[i] = l.world.domain(i)
	}
	return out
}

// Ledger is the inventory that the sites' owners would keep.
func (l *Lab) Ledger() []dc.Site {
	out := make([]dc.Site, l.world.n)
	for i := range out {
		out[i] = l.world.plan(i).site
	}
	return out
}

func (p *plan) truth() Truth {
	t := Truth{
		Index: p.index, Domain: p.domain, Unicode: p.unicode, Story: p.story.Name, Part: p.story.Part, Slow: p.story.Slow,
		Expected: expectations(p), Site: p.site,
		Planted: Planted{
			Registrar: dc.Text(p.reg.registrar.chinese), IANAID: dc.Text(p.reg.registrar.ianaID), Registrant: dc.Text(p.reg.registrant), Redacted: p.reg.redacted,
			Created: dc.At(p.reg.created), Expires: dc.At(p.reg.expires), Statuses: p.reg.statuses, Parent: p.zone.parent, Child: p.zone.child,
			Title: dc.Text(p.web.title), Copyright: dc.Text(p.web.copyright), ScriptShell: p.web.body == bodyShell,
		},
	}
	if !p.chinese() {
		t.Planted.Registrar = dc.Text(p.reg.registrar.english)
	}
	if p.web.footer.style != footNone {
		t.Planted.Number, t.Planted.Link = dc.Text(p.web.footer.number), dc.Text(p.web.footer.link)
	}
	if p.web.police {
		t.Planted.Police = dc.Text(p.police())
	}
	for label, a := range p.zone.hosts {
		host := p.domain
		if label != "" {
			host = label + "." + p.domain
		}
		t.Planted.Hosts = append(t.Planted.Hosts, HostTruth{Host: host, CNAME: a.cname, Addresses: texts(a.a)})
	}
	slices.SortFunc(t.Planted.Hosts, func(a, b HostTruth) int { return strings.Compare(a.Host, b.Host) })
	t.Verdict = dc.Text(verdict(p.story, t.Expected))
	return t
}

// verdict is what the whole must come to, where that is certain.
func verdict(s *Story, expected []Expect) dc.Verdict {
	for _, e := range expected {
		if len(e.Results) == 1 && e.Results[0] == dc.Fail && e.Severity != dc.Info {
			return dc.VerdictFail
		}
	}
	if s.Part == "healthy" && len(s.loose) == 0 {
		return dc.VerdictPass
	}
	return ""
}

func texts(addrs []netip.Addr) dc.List[string] {
	out := make(dc.List[string], 0, len(addrs))
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}
