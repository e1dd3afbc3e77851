package present

import (
	"slices"
	"time"

	"domaincheck"
)

// staleAfter is when a site counts as not truly checked.
const staleAfter = 24 * time.Hour

// horizon is how many days ahead deadlines are listed.
const horizon = 90

// Deadline is a day by which something must be done about a site.
type Deadline struct {
	Day     domaincheck.Date  `json:"day"`
	Domain  string            `json:"domain"` // main domain of the site
	Unicode string            `json:"unicode"`
	What    string            `json:"what"` // domain_expires, server_ends, notice, certificate, approval, paper, id_expires, code_expires, risk
	Target  domaincheck.Text  `json:"target"`
	Outcome domaincheck.Text  `json:"outcome"` // of a risk
	Kind    string            `json:"kind"`    // notice, legal, typical; declared for the owner's own dates
	Risk    *domaincheck.Risk `json:"-"`
}

// deadlines lists the dates of a site up to 90 days ahead, and those that have
// passed and still count. A risk that rests on the same day is not told twice.
func deadlines(r *domaincheck.Report, at domaincheck.Instant) []Deadline {
	today := at.Day()
	var out []Deadline
	put := func(d Deadline) {
		if d.Day.IsZero() || today.DaysUntil(d.Day) > horizon {
			return
		}
		d.Domain, d.Unicode = string(r.Domain), string(r.Unicode)
		if !slices.ContainsFunc(out, func(o Deadline) bool { return o.Day == d.Day && o.What == d.What && o.Target == d.Target }) {
			out = append(out, d)
		}
	}
	main := string(r.Domain)
	names := []string{main}
	if r.Site != nil {
		for _, d := range r.Site.Domains {
			names = add(names, d.Domain)
		}
	}
	for _, name := range names {
		if reg := r.Observation.Of(name, main).Registration; reg != nil {
			put(Deadline{Day: reg.Expires.Day(), What: "domain_expires", Target: domaincheck.Text(name), Kind: "legal"})
		}
	}
	if r.Site != nil {
		declared(&r.Site.Site, put)
	}
	if page := r.Observation.Page; page != nil && page.TLS != nil && today.DaysUntil(page.TLS.Expires.Day()) <= 14 {
		// Certificates are renewed by programs some 30 days ahead: only one
		// that was not is worth a line.
		put(Deadline{Day: page.TLS.Expires.Day(), What: "certificate", Target: domaincheck.Text(main), Kind: "legal"})
	}
	facts := slices.Clone(out)
	for i := range r.Risks {
		risk := &r.Risks[i]
		day := risk.Deadline.Day()
		if risk.Level.Rank() < domaincheck.Low.Rank() || slices.ContainsFunc(facts, func(o Deadline) bool { return o.Day == day }) {
			continue
		}
		put(Deadline{Day: day, What: "risk", Target: risk.Target, Outcome: domaincheck.Text(risk.Outcome), Kind: string(risk.DeadlineKind), Risk: risk})
	}
	return out
}

// declared are the dates that the ledger holds.
func declared(site *domaincheck.Site, put func(Deadline)) {
	for _, s := range site.Servers {
		put(Deadline{Day: s.Expires, What: "server_ends", Target: s.ID, Kind: "legal"})
		if s.Codes != nil {
			for _, c := range s.Codes.Paid {
				put(Deadline{Day: c.Expires, What: "code_expires", Target: s.ID, Kind: "declared"})
			}
		}
	}
	for _, a := range site.Access {
		for _, n := range a.Notices {
			if n.ClosedOn.IsZero() {
				put(Deadline{Day: n.Deadline, What: "notice", Target: n.Kind, Kind: "notice"})
			}
		}
	}
	for _, a := range site.Approvals {
		put(Deadline{Day: a.Expires, What: "approval", Target: domaincheck.Text(a.Category), Kind: "legal"})
	}
	for _, p := range site.Papers {
		put(Deadline{Day: p.Expires, What: "paper", Target: domaincheck.Text(p.Kind), Kind: "declared"})
	}
	if site.Responsible != nil {
		put(Deadline{Day: site.Responsible.IDExpires, What: "id_expires", Target: "responsible", Kind: "legal"})
	}
	if s := site.Subject; s != nil {
		if s.Principal != nil {
			put(Deadline{Day: s.Principal.IDExpires, What: "id_expires", Target: "principal", Kind: "legal"})
		}
		if s.Certificate != nil {
			put(Deadline{Day: s.Certificate.Expires, What: "subject_certificate", Kind: "legal"})
		}
	}
}

// deadlineWhat says what falls on the day; no names of persons.
func (p *Printer) deadlineWhat(d Deadline) string {
	target := clip(Clean(string(d.Target)), 60)
	behind := func(zh, en string) string {
		if target == "" {
			return p.v.say(zh, en)
		}
		return p.v.say(zh+"："+target, en+": "+target)
	}
	switch d.What {
	case "domain_expires":
		return behind("域名到期", "domain expires")
	case "server_ends":
		return behind("服务器到期", "server ends")
	case "code_expires":
		return behind("备案服务码到期", "service code expires")
	case "notice":
		return behind("通知期限", "deadline of a notice")
	case "certificate":
		return p.v.say("HTTPS 证书到期", "HTTPS certificate expires")
	case "approval":
		return behind("前置审批到期", "prior approval expires")
	case "paper":
		return behind("材料到期", "paper expires")
	case "id_expires":
		if d.Target == "principal" {
			return p.v.say("主体负责人证件到期", "ID of the subject's principal expires")
		}
		return p.v.say("网站负责人证件到期", "ID of the person responsible for the site expires")
	case "subject_certificate":
		return p.v.say("主办单位证件到期", "certificate of the subject expires")
	}
	text := p.v.say("可能", "possible: ") + p.v.outcome(domaincheck.RiskOutcome(d.Outcome))
	if d.Target != "" {
		text = target + p.v.say("：", ": ") + text
	}
	return text
}

// deadlineKind says what kind of day it is.
func (v voice) deadlineKind(kind string) string {
	switch kind {
	case "notice":
		return v.say("通知期限", "set by a notice")
	case "legal":
		return v.say("确定日期", "fixed date")
	case "typical":
		return v.say("经验期限，非法定", "typical, not a legal date")
	case "declared":
		return v.say("台账填报", "declared")
	}
	return ""
}

// left says how far a day is.
func (v voice) left(today, day domaincheck.Date) string {
	switch n := today.DaysUntil(day); {
	case day.IsZero():
		return ""
	case n < 0:
		return v.sayf("已过 %d 天", "%d days ago", -n)
	case n == 0:
		return v.say("今天", "today")
	default:
		return v.sayf("%d 天后", "in %d days", n)
	}
}
