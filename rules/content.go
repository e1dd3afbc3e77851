package rules

import (
	"slices"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/icp"
)

// This file holds the rules about what a page says and about declared facts of
// a filed site: title, copyright, category, traffic, notices, the record.

// siteCopyright: the copyright holder on the page is the subject, where the
// province demands it.
func siteCopyright(e *eval, v *view) outcome {
	if e.known == nil {
		return e.noBook()
	}
	return e.perBook(func(b *ProvinceBook) outcome {
		if b.Copyright == nil {
			return notApplicable("not_demanded").declared()
		}
		p := v.obs.Page
		o, absence := pageSeen(p)
		if o.code != "" {
			return o
		}
		if e.subject.Name == "" {
			return undeclared("subject_undeclared")
		}
		for _, line := range p.Copyright {
			folded := foldName(line)
			for _, n := range e.ownNames() {
				if name := foldName(n); name != "" && strings.Contains(folded, name) {
					return pass("subject").seen(&p.Look)
				}
			}
		}
		if !absence {
			return absentUnknown(p)
		}
		if len(p.Copyright) == 0 {
			return fail("missing").seen(&p.Look)
		}
		return fail("other").seen(&p.Look).with("shown", p.Copyright[0], "subject", string(e.subject.Name))
	})
}

// ownNames are the subject's present name and its declared other names.
func (e *eval) ownNames() []string {
	names := make([]string, 0, 1+len(e.subject.OtherNames))
	names = append(names, string(e.subject.Name))
	return append(names, e.subject.OtherNames...)
}

// isOwnName tells whether a name is one of the subject's own: to the character,
// else as the matcher compares.
func (e *eval) isOwnName(name string) bool {
	names := e.ownNames()
	if slices.Contains(names, name) {
		return true
	}
	for _, n := range names {
		if e.b.tables.Names.Same(n, name) != "" {
			return true
		}
	}
	return false
}

// siteTitle: the filed name stands in the title, a heading, a logo's text or a
// site name. A difference is a sign for a person to look at.
func siteTitle(e *eval, v *view) outcome {
	name := foldName(string(e.c.Site.Name))
	if name == "" {
		return undeclared("name_undeclared")
	}
	p := v.obs.Page
	o, absence := pageSeen(p)
	if o.code != "" {
		return o
	}
	shown := func(s string) bool {
		return strings.Contains(s, string(e.c.Site.Name)) || strings.Contains(foldName(s), name)
	}
	found := shown(string(p.Title)) || slices.ContainsFunc(p.H1, shown) || slices.ContainsFunc(p.SiteNames, shown)
	switch {
	case found:
		return pass("shown").seen(&p.Look)
	case !absence:
		return absentUnknown(p)
	}
	demanded := false
	if books, n := e.books(); n > 0 {
		demanded = books[0].DisplayedName != nil && (n == 1 || books[1].DisplayedName != nil)
	}
	o = fail("review").seen(&p.Look).with("name", string(e.c.Site.Name), "title", string(p.Title), "demanded", demanded)
	if demanded {
		o = o.with("province", e.province, "kind", string(e.kind))
	}
	return o
}

// siteCategory: signs of content that needs prior approval or a licence, of
// what nobody may offer (mostly a hacked page), and of business under a person's filing. Signs only: a person decides.
func siteCategory(e *eval, v *view) outcome {
	p := v.obs.Page
	o, absence := pageSeen(p)
	if o.code != "" {
		if e.state == domaincheck.StateFiling && p != nil && p.Outcome != domaincheck.OutcomeOK {
			return notApplicable("not_open_yet").seen(&p.Look)
		}
		return o
	}
	var unit, individual []string
	for i := range p.Signals {
		kind := p.Signals[i].Kind
		if e.approved(kind) {
			continue
		}
		if approvalFor(kind) != "" || neverAllowed(kind) || kind == "forum" && e.province == "江苏" || isPaid(kind) && e.unlicensed(p) {
			unit = appendOnce(unit, kind)
		}
		if kind != "forum" || e.province == "江苏" {
			individual = appendOnce(individual, kind)
		}
	}
	signs := unit
	switch e.kind {
	case domaincheck.KindIndividual:
		signs = individual
	case domaincheck.KindUnit:
	default:
		if len(unit) == 0 && len(individual) > 0 {
			return undeclared("depends_on_kind").seen(&p.Look).with("signs", individual)
		}
	}
	switch {
	case len(signs) > 0:
		o = fail("review").with("signs", signs)
	case !absence:
		return absentUnknown(p)
	default:
		o = pass("no_sign")
	}
	return o.seen(&p.Look)
}

// approvalFor is the class of prior approval (001 §7) that a sign points to;
// empty for signs that need none. Education, health information and bulletin
// boards no longer need one.
func approvalFor(signal string) string {
	switch signal {
	case "training":
		return "校外培训类"
	case "news":
		return "新闻类"
	case "publishing", "publish":
		return "出版类"
	case "medical", "drug":
		return "药品和医疗器械类"
	case "culture", "music", "comic":
		return "文化类"
	case "video", "live", "broadcast":
		return "广播电影电视节目类"
	case "ride", "ride_hailing":
		return "网络预约车"
	case "finance":
		return "金融类"
	case "game":
		return "游戏类"
	case "religion":
		return "宗教类"
	}
	return ""
}

// neverAllowed tells signs of content that nobody may offer and no approval
// covers (292号令 第十五条).
func neverAllowed(signal string) bool {
	switch signal {
	case "gambling", "porn", "illegal", "hacked":
		return true
	}
	return false
}

func isPaid(signal string) bool { return signal == "payment" || signal == "paid" }

// unlicensed tells whether the owner says that the site is not commercial and
// no licence stands on the page, though it takes money.
func (e *eval) unlicensed(p *domaincheck.HomePage) bool {
	return domaincheck.IsNot(e.c.Site.Commercial) && len(p.Licences) == 0
}

// approved tells whether an approval in force covers a sign.
func (e *eval) approved(signal string) bool {
	class := approvalFor(signal)
	if class == "" {
		return false
	}
	for _, a := range e.c.Site.Approvals {
		if !a.Expires.IsZero() && a.Expires.Before(e.today) {
			continue
		}
		if a.Category == signal || a.Category == class || a.Category+"类" == class {
			return true
		}
	}
	return false
}

// siteTraffic: a site without visits for 30 days is taken for an empty one.
func siteTraffic(e *eval) outcome {
	last := e.c.Site.LastVisitOn
	if last.IsZero() {
		return undeclared("visits_undeclared")
	}
	days := last.DaysUntil(e.today)
	o := pass("visited")
	if days >= 30 {
		o = fail("no_visits")
	}
	return o.declared().with("last_visit_on", day(last), "days", days)
}

// noticeDeadline: an open notice of the provider or regulator, the most urgent
// first. A notice without a date gets the typical ten days.
func noticeDeadline(e *eval) outcome {
	if len(e.c.Site.Access) == 0 {
		return undeclared("access_undeclared")
	}
	open := 0
	var worst *domaincheck.Notice
	var due domaincheck.Date
	var provider string
	for i := range e.c.Site.Access {
		x := &e.c.Site.Access[i]
		for j := range x.Notices {
			n := &x.Notices[j]
			if !n.ClosedOn.IsZero() && !n.ClosedOn.After(e.today) {
				continue
			}
			open++
			d := n.Deadline
			if d.IsZero() && !n.Received.IsZero() {
				d = n.Received.AddDays(10)
			}
			if worst == nil || !d.IsZero() && (due.IsZero() || d.Before(due)) {
				worst, due, provider = n, d, x.Provider
			}
		}
	}
	if worst == nil {
		return pass("no_open_notice").declared()
	}
	o := fail("open").severity(domaincheck.High)
	o = o.declared().with("open", open, "kind", string(worst.Kind), "provider", provider, "typical", worst.Deadline.IsZero())
	if due.IsZero() {
		return o
	}
	days := e.today.DaysUntil(due)
	if days <= 3 {
		o = o.severity(domaincheck.Critical)
	}
	if days < 0 {
		o.code = "overdue"
	}
	return o.with("deadline", day(due), "days", days)
}

// record gives the filed record as looked up, else the outcome of record.*.
func (e *eval) record() (*domaincheck.FilingRecord, outcome) {
	r := e.c.Observation.Record
	switch {
	case r == nil:
		return nil, undeclared("no_record_source")
	case r.Outcome == domaincheck.OutcomeOK:
		return r, outcome{}
	case r.Outcome == domaincheck.OutcomeAbsent:
		return nil, notApplicable("no_record").seen(&r.Look)
	}
	return nil, lookFailed(&r.Look)
}

func (e *eval) recordKnows(o outcome, r *domaincheck.FilingRecord) outcome {
	o = o.seen(&r.Look).only("source", string(r.Source), e)
	if r.Source != "api" {
		return o.declared()
	}
	return o
}

func recordExists(e *eval) outcome {
	r, o := e.record()
	if o.code == "no_record" {
		return e.recordKnows(fail("no_record"), e.c.Observation.Record)
	}
	if r == nil {
		return o
	}
	return e.recordKnows(pass("on_record").with("number", string(r.Number)), r)
}

// sameRecordNumber compares a looked-up number with the declared one; an index
// counts only if both carry one.
func (e *eval) sameRecordNumber(text string) bool {
	if text == e.number.Number {
		return true
	}
	n, err := icp.ParseNumber(text)
	if err != nil || !icp.SameSubject(n, e.number) {
		return false
	}
	return n.Index == nil || e.number.Index == nil || *n.Index == *e.number.Index
}

func recordMatches(e *eval) outcome {
	r, o := e.record()
	if r == nil {
		return o
	}
	var differs []string
	var evidence domaincheck.Evidence
	compared := 0
	compare := func(field string, record, declared domaincheck.Text, same bool) {
		if record == "" || declared == "" {
			return
		}
		compared++
		if same {
			return
		}
		if differs = append(differs, field); evidence == nil {
			evidence = domaincheck.Evidence{}
		}
		evidence[field+"_record"], evidence[field+"_declared"] = string(record), string(declared)
	}
	if e.numbered >= subjectNumber {
		compare("number", r.Number, domaincheck.Text(e.number.Number), e.sameRecordNumber(string(r.Number)))
	}
	compare("subject", r.Subject, e.subject.Name, r.Subject == e.subject.Name || e.isOwnName(string(r.Subject)))
	compare("site_name", r.SiteName, e.c.Site.Name, r.SiteName == e.c.Site.Name || foldName(string(r.SiteName)) == foldName(string(e.c.Site.Name)))
	switch {
	case len(differs) > 0:
		o = fail("differs")
		o.ev = evidence
		o = o.with("fields", differs)
	case compared == 0:
		return undeclared("nothing_to_compare")
	default:
		o = pass("same")
	}
	return e.recordKnows(o, r)
}

// recordStale: the record was looked up more than 90 days ago, or audited
// before the last declared change.
func recordStale(e *eval) outcome {
	r, o := e.record()
	if r == nil {
		return o
	}
	changed := e.c.Site.ChangedOn
	switch {
	case !changed.IsZero() && !r.AuditedOn.IsZero() && r.AuditedOn.Before(changed):
		o = fail("audited_before_change").with("audited_on", day(r.AuditedOn), "changed_on", day(changed))
	case !r.At.IsZero() && domaincheck.DateOf(r.At.Time).DaysUntil(e.today) > 90:
		o = fail("old_look").with("days", domaincheck.DateOf(r.At.Time).DaysUntil(e.today))
	default:
		o = pass("fresh")
	}
	return e.recordKnows(o, r)
}

// watchStale: under a schedule, what can be observed was truly observed within
// its time. A part that never gave an answer counts from its first look.
func watchStale(e *eval, v *view) outcome {
	w := e.b.watching
	if w == nil {
		return notApplicable("no_schedule").declared()
	}
	var stale, unseen []string
	check := func(name string, limit time.Duration) {
		if limit <= 0 {
			return
		}
		l := partOf(&v.obs, name)
		since := e.firstSeen(v, name)
		seen := l != nil && l.Outcome.Conclusive()
		if seen {
			since = l.At
		}
		if down := siteDown(e, v, name); !down.IsZero() {
			since, seen = down, true
		}
		switch {
		case since.IsZero():
			unseen = append(unseen, name)
		case e.at.Sub(since.Time) > limit:
			stale = append(stale, name)
		case !seen:
			unseen = append(unseen, name)
		}
	}
	if !v.ip {
		check("registration", w.Registration)
	}
	check("resolution", w.Resolution)
	if showsPage(v.role) {
		check("page", w.Page)
	}
	switch {
	case len(stale) > 0:
		return fail("stale").with("parts", stale)
	case len(unseen) > 0:
		return unobserved("never_seen").with("parts", unseen)
	}
	return pass("fresh")
}

// siteDown is the newest look at a page that found the site down, or no address
// to look at: the look told all there is to see, and other rules speak of it.
func siteDown(e *eval, v *view, name string) domaincheck.Instant {
	if name != "page" || v.obs.Page == nil {
		return domaincheck.Instant{}
	}
	try := newestTry(v.obs.Page)
	if o := reach(e, v, try); o.result == domaincheck.Fail || o.result == domaincheck.NotApplicable {
		return try.At
	}
	return domaincheck.Instant{}
}

// firstSeen is the first look of a part that is remembered, good or not.
func (e *eval) firstSeen(v *view, name string) domaincheck.Instant {
	main := e.c.Site.MainDomain()
	for i := range e.c.History {
		o := e.c.History[i].Of(v.domain, main)
		if l := partOf(&o, name); l != nil && !l.At.IsZero() {
			return l.At
		}
	}
	if l := partOf(&v.obs, name); l != nil {
		return l.At
	}
	return domaincheck.Instant{}
}

// partOf gives the look of a part, nil for a part never looked at.
func partOf(o *domaincheck.Observation, name string) *domaincheck.Look {
	switch {
	case name == "registration" && o.Registration != nil:
		return &o.Registration.Look
	case name == "resolution" && o.Resolution != nil:
		return &o.Resolution.Look
	case name == "page" && o.Page != nil:
		return &o.Page.Look
	}
	return nil
}
