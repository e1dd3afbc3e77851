package lab

import (
	"net/netip"
	"strconv"
	"time"

	dc "domaincheck"
	"domaincheck/icp"
)

// This file holds what observers see at an instant of an operation. True time
// is given by at; by the daemon's own clock, which may be wrong, the look is
// stamped by whoever asks.

// Attribute tells what is known of an address.
type Attribute func(ip netip.Addr, cname []string) dc.Address

// RegistrationAt is what the registry says of a domain.
func (o *Operation) RegistrationAt(domain string, at time.Time) *dc.Registration {
	r := &dc.Registration{Domain: dc.Text(domain), Source: "whois"}
	i, ok := o.byDomain[domain]
	if !ok {
		r.Outcome = dc.OutcomeAbsent
		return r
	}
	p := o.plans[i]
	server := registryOf(p)
	r.Servers = dc.List[string]{server}
	fail := func(outcome dc.Outcome, code dc.Code) *dc.Registration {
		r.Outcome, r.Error = outcome, dc.Errorf(code, server, "planned by the lab")
		return r
	}
	for _, n := range o.noisesAt(i, at) {
		switch {
		case n.Kind == NoiseUplink || n.Kind == NoiseSilent:
			return fail(dc.OutcomeTimeout, dc.CodeTimeout)
		case n.Kind == NoiseLies:
			return fail(dc.OutcomeFailed, dc.CodeNetwork)
		case n.Kind == NoiseRefuses && n.Registry == server:
			return fail(dc.OutcomeRefused, dc.CodeRefused)
		case n.Kind == NoiseMaintenance && n.Registry == server:
			r.Outcome = dc.OutcomeAbsent
			return r
		}
	}
	if o.chance(i, "registration", at) < noiseTimeout {
		return fail(dc.OutcomeTimeout, dc.CodeTimeout)
	}
	f := p.reg
	r.Outcome = dc.OutcomeOK
	r.Registrar = &dc.Registrar{Name: dc.Text(f.registrar.chinese), IANAID: dc.Text(f.registrar.ianaID), URL: dc.Text(f.registrar.url)}
	r.Registrant = &dc.Registrant{Name: dc.Text(f.registrant), Country: dc.Text(f.country), Redacted: f.redacted}
	if f.redacted {
		r.Registrant.Name = ""
	}
	r.Created, r.Updated, r.Expires = dc.At(f.created), dc.At(f.updated), dc.At(f.expires)
	r.Statuses, r.Nameservers = f.statuses, p.zone.parent
	for _, f := range o.bySite[i] {
		expiry := f.Kind == "expiry_near" || f.Kind == "expiry_passes"
		switch {
		case expiry:
			r.Expires = dc.At(f.expiry())
			if !f.Until.IsZero() && !at.Before(f.Until) { // renewed
				r.Expires = dc.At(f.expiry().AddDate(2, 0, 0))
			}
		case !f.over(at):
		case f.Kind == "hold":
			r.Statuses = dc.List[string]{"serverHold"}
		case f.Kind == "holder_changed":
			r.Registrant = &dc.Registrant{Name: "杭州别家网络技术有限公司", Country: "CN"}
		}
	}
	return r
}

// expiry is when the name of an expiry fault runs out, at noon of a day.
func (f *PlantedFault) expiry() time.Time {
	if f.Kind == "expiry_near" {
		return dc.DateOf(f.From).AddDays(90).Start().Add(12 * time.Hour)
	}
	return f.From
}

// ResolutionAt is what DNS says of a domain's hosts.
func (o *Operation) ResolutionAt(domain string, at time.Time, attribute Attribute) *dc.Resolution {
	r := &dc.Resolution{Resolvers: dc.List[string]{"223.5.5.5:53", "119.29.29.29:53"}, Vantage: dc.VantageMainland}
	i, ok := o.byDomain[domain]
	if !ok {
		r.Outcome = dc.OutcomeFailed
		return r
	}
	p := o.plans[i]
	all := func(rcode string) *dc.Resolution {
		r.Outcome = dc.OutcomeOK
		for _, host := range []string{domain, "www." + domain} {
			r.Hosts = append(r.Hosts, dc.Host{Host: host, Outcome: dc.OutcomeOK, RCode: dc.Text(rcode), Agreed: 2})
		}
		return r
	}
	silent := func() *dc.Resolution {
		r.Outcome, r.Error = dc.OutcomeTimeout, dc.Errorf(dc.CodeTimeout, domain, "no resolver answered (planned by the lab)")
		for _, host := range []string{domain, "www." + domain} {
			r.Hosts = append(r.Hosts, dc.Host{Host: host, Outcome: dc.OutcomeTimeout, Error: r.Error})
		}
		return r
	}
	for _, n := range o.noisesAt(i, at) {
		switch n.Kind {
		case NoiseUplink, NoiseSilent:
			return silent()
		case NoiseLies, NoiseHiccupDNS:
			return all("NXDOMAIN")
		}
	}
	if o.chance(i, "resolution", at) < noiseTimeout {
		return silent()
	}
	ip := p.ip
	for _, f := range o.bySite[i] {
		if !f.over(at) {
			continue
		}
		switch f.Kind {
		case "nxdomain":
			return all("NXDOMAIN")
		case "abroad":
			ip = poolHongKong.at(i)
			if f.n%2 == 1 {
				ip = poolSingapore.at(i)
			}
		}
	}
	all("NOERROR")
	for n := range r.Hosts {
		r.Hosts[n].Addresses = dc.List[dc.Address]{attribute(ip, nil)}
	}
	r.Delegation = &dc.Delegation{Outcome: dc.OutcomeOK, Parent: p.zone.parent, Child: p.zone.child, ParentOutcome: dc.OutcomeOK, ChildOutcome: dc.OutcomeOK}
	return r
}

// PageAt is what the home page shows.
func (o *Operation) PageAt(domain string, at time.Time) *dc.HomePage {
	url := "https://www." + domain + "/"
	page := &dc.HomePage{Requested: dc.Text("http://" + domain + "/"), Final: dc.Text(url)}
	i, ok := o.byDomain[domain]
	if !ok {
		page.Outcome = dc.OutcomeFailed
		return page
	}
	p := o.plans[i]
	unresolved := func() *dc.HomePage {
		page.Outcome, page.Error = dc.OutcomeFailed, dc.Errorf(dc.CodeTimeout, domain, "the name cannot be resolved (planned by the lab)")
		return page
	}
	nobody := func(outcome dc.Outcome, code dc.Code) *dc.HomePage {
		page.Outcome, page.Error = outcome, dc.Errorf(code, url, "planned by the lab")
		page.Attempts = dc.List[dc.PageAttempt]{{URL: string(page.Requested), IP: dc.Text(p.ip.String()), Outcome: outcome, Error: page.Error}}
		return page
	}
	for _, n := range o.noisesAt(i, at) {
		switch n.Kind {
		case NoiseSilent, NoiseLies, NoiseHiccupDNS:
			return unresolved()
		case NoiseUplink:
			if i%3 == 0 { // some routers answer for the dead line
				return nobody(dc.OutcomeFailed, dc.CodeNetwork)
			}
			return nobody(dc.OutcomeTimeout, dc.CodeTimeout)
		case NoiseHiccupPage, NoiseDeploy:
			if i%2 == 0 {
				return nobody(dc.OutcomeFailed, dc.CodeNetwork)
			}
			return answeredPage(page, p, 503)
		}
	}
	chance := o.chance(i, "page", at)
	if chance < noiseTimeout {
		return nobody(dc.OutcomeTimeout, dc.CodeTimeout)
	}
	faults := pageFaults{}
	for _, f := range o.bySite[i] {
		if f.over(at) {
			faults[f.Kind] = f
		}
	}
	switch {
	case faults["nxdomain"] != nil:
		return unresolved()
	case faults["unreachable"] != nil && faults["unreachable"].n%2 == 0, faults["provider_down"] != nil:
		return nobody(dc.OutcomeFailed, dc.CodeNetwork)
	case faults["unreachable"] != nil:
		return answeredPage(page, p, 502)
	}
	return o.show(answeredPage(page, p, 200), p, faults, chance < noiseTimeout+noiseTruncated)
}

type pageFaults map[string]*PlantedFault

// answeredPage is a page as far as any answer makes one.
func answeredPage(page *dc.HomePage, p *plan, status int) *dc.HomePage {
	page.Outcome, page.Status, page.Charset, page.Bytes = dc.OutcomeOK, &status, "utf-8", 20000
	page.Attempts = dc.List[dc.PageAttempt]{{URL: string(page.Final), IP: dc.Text(p.ip.String()), Outcome: dc.OutcomeOK, Status: &status}}
	ok := true
	page.TLS = &dc.TLS{OK: &ok, Expires: dc.At(p.now.AddDate(3, 0, 0))}
	return page
}

// show fills a page that answered.
func (o *Operation) show(page *dc.HomePage, p *plan, faults pageFaults, truncated bool) *dc.HomePage {
	page.Title, page.H1, page.SiteNames = dc.Text(p.web.title), dc.List[string]{p.web.h1}, dc.List[string]{p.web.h1}
	switch {
	case faults["blocked"] != nil:
		page.Title, page.H1, page.SiteNames = "该网站暂时无法访问", nil, nil
		page.Block = &dc.Block{Provider: dc.Text(p.pool), Sign: "该网站未进行备案"}
		return page
	case faults["parked"] != nil:
		page.Title, page.H1, page.SiteNames = "域名出售", nil, nil
		page.Parked = &dc.Parked{Kind: "for_sale", Sign: "域名出售"}
		return page
	case truncated:
		page.Truncated, page.Bytes = true, 2<<20
		return page
	}
	page.Copyright = dc.List[string]{p.web.copyright}
	police := p.police()
	page.PoliceNumbers = dc.List[dc.PoliceNumber]{{Number: police, Code: digitsOf(police), Link: dc.Text("https://beian.mps.gov.cn/#/query/webSearch?code=" + digitsOf(police)), LinkState: dc.LinkCurrent}}
	if faults["number_removed"] != nil {
		return page
	}
	shown := p.shown()
	if f := faults["number_of_others"]; f != nil {
		shown = p.province.mark + "ICP备" + strconv.Itoa(19000001+f.n) + "号-1"
	}
	number, err := icp.ParseNumber(shown)
	if err != nil {
		return page // the numbers of the lab are numbers: see the test
	}
	entry := dc.PageNumber{Number: number, Link: linkMIIT, LinkState: dc.LinkCurrent}
	if faults["link_lost"] != nil {
		entry.Link, entry.LinkState = "", dc.LinkNone
	}
	page.RecordNumbers = dc.List[dc.PageNumber]{entry}
	return page
}

func digitsOf(s string) string {
	var out []rune
	for _, r := range s {
		if r >= '0' && r <= '9' {
			out = append(out, r)
		}
	}
	return string(out)
}

// noisesAt are the noises that a site suffers from at a moment.
func (o *Operation) noisesAt(i int, at time.Time) []*Noise {
	var all []*Noise
	for n := range o.Noises {
		if x := &o.Noises[n]; x.over(at) && (x.index < 0 || x.index == i) {
			all = append(all, x)
		}
	}
	return all
}

// chance is a throw of 10,000 for one look: the same for the same site, part
// and minute.
func (o *Operation) chance(i int, part string, at time.Time) int {
	salt := uint64(len(part))<<40 ^ uint64(at.Unix()/60)
	d := diceFor(o.Options.Seed^salt*0x9e3779b97f4a7c15, i, 41)
	return d.n(10000)
}
