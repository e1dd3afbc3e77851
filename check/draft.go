package check

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"domaincheck"
	"domaincheck/inventory"
)

// Draft makes a ledger of reports: what the owner declared stays, what can be
// seen is added with a mark, what a filing needs beyond that is marked to be
// filled in. A failed look leaves its facts to be filled in; nothing is
// guessed from it. Reports without a site (refused rows) and further ones of
// the same domain are passed over.
func Draft(reports []domaincheck.Report) inventory.Draft {
	d := drafter{subjects: map[domaincheck.Text]int{}, seen: map[string]bool{}}
	for i := range reports {
		d.add(&reports[i])
	}
	return d.out
}

type drafter struct {
	out      inventory.Draft
	subjects map[domaincheck.Text]int // id → index
	seen     map[string]bool          // main domains
}

func (d *drafter) add(r *domaincheck.Report) {
	if r.Site == nil || r.Site.MainDomain() == "" || d.seen[r.Site.MainDomain()] {
		return
	}
	d.seen[r.Site.MainDomain()] = true
	site, marks := Forget(r.Site.Site, r.Inferred), inventory.Marks{}
	site.Hosts, site.Access = slices.Clone(site.Hosts), slices.Clone(site.Access)
	number := draftNumber(r)
	draftRegistration(r.Observation.Registration, &site, marks)
	draftPage(r, number, &site, marks)
	draftResolution(r.Observation.Resolution, &site, marks)
	if site.State == domaincheck.StateFiled {
		missing(marks, "site.filed_on", site.FiledOn.IsZero())
	}
	missing(marks, "site.state", site.State == "")
	missing(marks, "site.real_name_verified_on", site.RealNameVerifiedOn.IsZero())
	missing(marks, "site.auto_renew", site.AutoRenew == nil)
	missing(marks, "site.responsible.name", site.Responsible == nil || site.Responsible.Name == "")
	missing(marks, "access.provider", len(site.Access) == 0)
	site.Subject = d.subject(site, number, marks)
	d.out.Sites, d.out.SiteMarks = append(d.out.Sites, site), append(d.out.SiteMarks, marks)
}

// missing marks a fact that nobody declared and nothing shows.
func missing(marks inventory.Marks, path string, absent bool) {
	if absent && marks[path] == "" {
		marks[path] = inventory.MarkMissing
	}
}

// draftNumber is the record number that a visitor sees first; nil without one.
func draftNumber(r *domaincheck.Report) *domaincheck.PageNumber {
	for _, p := range draftPages(r) {
		for i := range p.RecordNumbers {
			if p.RecordNumbers[i].Kind == "filing" {
				return &p.RecordNumbers[i]
			}
		}
	}
	for _, p := range draftPages(r) {
		if len(p.RecordNumbers) > 0 {
			return &p.RecordNumbers[0]
		}
	}
	return nil
}

// draftPages are the pages that show the site itself: no block page, no parked
// one, no wall.
func draftPages(r *domaincheck.Report) []*domaincheck.HomePage {
	if r.Observation.Page == nil {
		return nil
	}
	var out []*domaincheck.HomePage
	for _, p := range append([]*domaincheck.HomePage{r.Observation.Page}, r.Observation.Page.Others...) {
		if p != nil && p.Outcome == domaincheck.OutcomeOK && p.Block == nil && p.Parked == nil && p.Challenge == "" {
			out = append(out, p)
		}
	}
	return out
}

func draftRegistration(g *domaincheck.Registration, site *domaincheck.Site, marks inventory.Marks) {
	if g != nil && g.Outcome == domaincheck.OutcomeOK {
		if site.Expires.IsZero() && !g.Expires.IsZero() {
			site.Expires, marks["site.expires"] = g.Expires.Day(), inventory.MarkObserved
		}
		if name := registrantName(g); name != "" && site.Holder == nil {
			site.Holder, marks["site.holder.name"] = &domaincheck.Holder{Name: name}, inventory.MarkObserved
		}
	}
	missing(marks, "site.expires", site.Expires.IsZero())
	missing(marks, "site.holder.name", site.Holder == nil || site.Holder.Name == "")
}

// registrantName is the registrant as the registry shows it; "" if it hides it.
func registrantName(g *domaincheck.Registration) domaincheck.Text {
	h := g.Registrant
	switch {
	case h == nil || h.Redacted || h.Proxy:
		return ""
	case h.Organization != "":
		return h.Organization
	}
	return h.Name
}

func draftPage(r *domaincheck.Report, number *domaincheck.PageNumber, site *domaincheck.Site, marks inventory.Marks) {
	pages := draftPages(r)
	for _, p := range pages {
		if title := strings.Join(strings.Fields(string(p.Title)), " "); title != "" && site.Name == "" && utf8.RuneCountInString(title) <= 100 {
			site.Name, marks["site.name"] = domaincheck.Text(title), inventory.MarkInferred
		}
		if home, ok := ownHome(p, r); ok && site.Home == "" {
			site.Home, marks["site.home"] = home, inventory.MarkObserved
		}
		if len(p.PoliceNumbers) > 0 && site.PoliceNumber == "" {
			site.PoliceNumber, marks["site.police_number"] = domaincheck.Text(p.PoliceNumbers[0].Number), inventory.MarkObserved
		}
	}
	if number != nil && site.RecordNumber == "" {
		site.RecordNumber, marks["site.record_number"] = domaincheck.Text(number.Number.Number), inventory.MarkObserved
		if number.Index == nil || len(pages[0].RecordNumbers) > 1 { // the subject's, or one of several
			marks["site.record_number"] = inventory.MarkInferred
		}
	}
	if site.State == "" {
		switch {
		case number != nil:
			site.State, marks["site.state"] = domaincheck.StateFiled, inventory.MarkInferred
		case len(pages) > 0 && whole(pages[0]):
			site.State, marks["site.state"] = domaincheck.StateUnfiled, inventory.MarkInferred
		}
	}
	missing(marks, "site.name", site.Name == "")
	missing(marks, "site.record_number", site.RecordNumber == "" && site.State != domaincheck.StateUnfiled && site.State != domaincheck.StateNotRequired)
}

// whole tells whether a page would show a number if there were one.
func whole(p *domaincheck.HomePage) bool {
	return !p.Truncated && (!p.ScriptShell || p.Rendered) && (p.Status == nil || *p.Status < 400)
}

// ownHome is where the home page ends, if that is below a domain of the site.
func ownHome(p *domaincheck.HomePage, r *domaincheck.Report) (domaincheck.Text, bool) {
	u, err := url.Parse(string(p.Final))
	if err != nil || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return "", false
	}
	target, err := domaincheck.ParseTarget(u.Hostname())
	if err != nil || !slices.ContainsFunc(r.Site.Domains, func(d domaincheck.Domain) bool { return d.Domain == target.Domain }) {
		return "", false
	}
	return p.Final, true
}

// draftResolution takes the hosts that have addresses, and as access records
// the providers of addresses in the mainland that are no CDN's.
func draftResolution(g *domaincheck.Resolution, site *domaincheck.Site, marks inventory.Marks) {
	if g == nil || g.Outcome != domaincheck.OutcomeOK {
		return
	}
	var access domaincheck.List[domaincheck.Access]
	for _, h := range g.Hosts {
		if len(h.Addresses) == 0 || h.Outcome != domaincheck.OutcomeOK {
			continue
		}
		label := hostLabel(h.Host, site.MainDomain())
		if label != "" && !slices.Contains(site.Hosts, label) && !slices.Contains(site.Hosts, h.Host) {
			site.Hosts = append(site.Hosts, label)
			marks["site.hosts"] = inventory.MarkObserved
		}
		for _, a := range h.Addresses {
			if a.Provider == "" || a.CDN || a.Kind != "" || !domaincheck.Is(a.Mainland) {
				continue
			}
			i := slices.IndexFunc(access, func(v domaincheck.Access) bool { return v.Provider == string(a.Provider) })
			if i < 0 {
				i = len(access)
				access = append(access, domaincheck.Access{Provider: string(a.Provider), State: domaincheck.AccessActive})
			}
			if !slices.Contains(access[i].Addresses, a.IP) {
				access[i].Addresses = append(access[i].Addresses, a.IP)
			}
		}
	}
	if len(site.Access) == 0 && len(access) > 0 {
		site.Access = access
		marks["access.provider"], marks["access.addresses"], marks["site.access"] = inventory.MarkInferred, inventory.MarkObserved, inventory.MarkInferred
	}
}

// hostLabel is a host as the ledger has it: "@", a label below the domain; ""
// for a host elsewhere.
func hostLabel(host, main string) string {
	if host == main {
		return "@"
	}
	label, ok := strings.CutSuffix(host, "."+main)
	if !ok {
		return ""
	}
	return label
}

// subject is the filing subject of a site: known by its record number, else by
// the registrant's name. Sites of one number have one subject.
func (d *drafter) subject(site domaincheck.Site, number *domaincheck.PageNumber, marks inventory.Marks) *domaincheck.Subject {
	var s domaincheck.Subject
	m := inventory.Marks{}
	if site.Subject != nil {
		s = *site.Subject
	}
	if number != nil {
		if s.RecordNumber == "" {
			s.RecordNumber, m["subject.record_number"] = domaincheck.Text(number.Subject), inventory.MarkObserved
		}
		if s.Province == "" && number.Province != "" {
			s.Province, m["subject.province"] = number.Province, inventory.MarkInferred
		}
	}
	if s.Name == "" && marks["site.holder.name"] == inventory.MarkObserved {
		s.Name, m["subject.name"] = site.Holder.Name, inventory.MarkInferred
	}
	if kind := kindOf(string(s.Name)); s.Kind == "" && kind != "" {
		s.Kind, m["subject.kind"] = kind, inventory.MarkInferred
	}
	if s.ID == "" {
		if s.ID = s.RecordNumber; s.ID == "" {
			s.ID = s.Name
		}
		m["subject.id"] = inventory.MarkInferred
	}
	if s.ID == "" {
		marks["site.subject"] = inventory.MarkMissing
		return nil
	}
	marks["site.subject"] = inventory.MarkInferred
	missing(m, "subject.name", s.Name == "")
	missing(m, "subject.kind", s.Kind == "")
	missing(m, "subject.province", s.Province == "")
	missing(m, "subject.record_number", s.RecordNumber == "" && site.State == domaincheck.StateFiled)
	missing(m, "subject.legal_representative", s.LegalRepresentative == "" && s.Kind != domaincheck.KindIndividual)
	missing(m, "subject.principal.name", s.Principal == nil || s.Principal.Name == "")
	i, known := d.subjects[s.ID]
	if !known {
		d.subjects[s.ID] = len(d.out.Subjects)
		d.out.Subjects, d.out.SubjectMarks = append(d.out.Subjects, s), append(d.out.SubjectMarks, m)
		return &s
	}
	have, had := &d.out.Subjects[i], d.out.SubjectMarks[i]
	if have.Name == "" && s.Name != "" { // another site of the same number tells more
		have.Name, had["subject.name"] = s.Name, m["subject.name"]
		if have.Kind == "" && s.Kind != "" {
			have.Kind, had["subject.kind"] = s.Kind, m["subject.kind"]
		}
	}
	return &domaincheck.Subject{ID: s.ID}
}

// kindOf tells from a name whether it is a unit's or a person's; "" where the
// name does not say.
func kindOf(name string) domaincheck.Kind {
	for _, word := range []string{"公司", "集团", "厂", "中心", "学校", "大学", "学院", "医院", "协会", "学会", "委员会", "研究院", "研究所", "事务所", "合作社", "银行", "政府", "基金会", "经营部", "工作室", "商店", "商行"} {
		if strings.Contains(name, word) {
			return domaincheck.KindUnit
		}
	}
	lower := strings.ToLower(name)
	for _, word := range []string{"ltd", "limited", "inc.", "corp", "company", "university", "gmbh", "llc"} {
		if strings.Contains(lower, word) {
			return domaincheck.KindUnit
		}
	}
	n := utf8.RuneCountInString(name)
	if n >= 2 && n <= 3 && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
		return domaincheck.KindIndividual
	}
	return ""
}
