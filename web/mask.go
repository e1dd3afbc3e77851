package web

import (
	"context"
	"slices"
	"strings"

	"domaincheck"
)

// Personal facts (phones, birth dates, identity papers, e-mail addresses) are
// shown from the role operate upwards. Names stay: they are how people speak of
// a filing, and stand in public registers.

// hidesPersonal tells whether the principal must not see personal facts.
func hidesPersonal(ctx context.Context) bool {
	p, _ := PrincipalOf(ctx)
	return !p.Role.May(RoleOperate)
}

// maskSite gives a site without the personal facts, if the principal must not
// see them. The site that is given is not changed.
func maskSite(ctx context.Context, site domaincheck.Site) domaincheck.Site {
	if hidesPersonal(ctx) {
		site.Responsible = maskPerson(site.Responsible)
	}
	if site.Subject != nil {
		sub := maskSubject(ctx, *site.Subject)
		site.Subject = &sub
	}
	return site
}

// maskSubject does the same for a subject. Who sees some sites only is not told
// how many the subject has.
func maskSubject(ctx context.Context, sub domaincheck.Subject) domaincheck.Subject {
	if p, _ := PrincipalOf(ctx); p.Scoped() {
		sub.Counts = nil
	}
	if !hidesPersonal(ctx) {
		return sub
	}
	sub.Principal = maskPerson(sub.Principal)
	sub.Contacts = slices.Clone(sub.Contacts)
	for i, c := range sub.Contacts {
		sub.Contacts[i].Email = maskMail(c.Email)
		if c.Mobile != "" {
			sub.Contacts[i].Mobile = "•••"
		}
	}
	return sub
}

func maskPerson(p *domaincheck.Person) *domaincheck.Person {
	if p == nil {
		return nil
	}
	return &domaincheck.Person{Name: p.Name, IsLegalRepresentative: p.IsLegalRepresentative}
}

func maskMail(mail domaincheck.Text) domaincheck.Text {
	name, host, ok := strings.Cut(string(mail), "@")
	if mail == "" {
		return ""
	}
	if !ok || name == "" {
		return "•••"
	}
	return domaincheck.Text(string([]rune(name)[:1]) + "•••@" + host)
}

// maskFinding takes out of a finding what the principal must not see: what is
// personal, and how many sites others have of the same subject.
func maskFinding(ctx context.Context, f domaincheck.Finding) domaincheck.Finding {
	personal := f.Rule == "subject.identity" || f.Rule == "subject.contact"
	counting := f.Rule == "subject.count"
	p, _ := PrincipalOf(ctx)
	if personal && hidesPersonal(ctx) || counting && p.Scoped() {
		f.Evidence = domaincheck.Evidence{}
	}
	return f
}

// maskReport does so for a report. The report that is given is not changed.
func maskReport(ctx context.Context, r domaincheck.Report) domaincheck.Report {
	p, _ := PrincipalOf(ctx)
	if r.Site != nil {
		site := domaincheck.ReportSite{Site: maskSite(ctx, r.Site.Site), Siblings: r.Site.Siblings}
		if p.Scoped() {
			site.Siblings = nil
		}
		r.Site = &site
	}
	r.Findings = slices.Clone(r.Findings)
	for i := range r.Findings {
		r.Findings[i] = maskFinding(ctx, r.Findings[i])
	}
	return r
}
