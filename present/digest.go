package present

import (
	"cmp"
	"slices"

	"domaincheck"
)

// Digest is what a compliance report counts. Lists are in the order they are
// shown in.
type Digest struct {
	Sites     int                         `json:"sites"`
	Pass      int                         `json:"pass"`
	Fail      int                         `json:"fail"`
	Unknown   int                         `json:"unknown"`
	Never     int                         `json:"never_looked_at"` // of the unknown ones
	Stale     int                         `json:"stale"`           // nothing was seen of it within the last day
	New       int                         `json:"new"`             // since the moment that changes are told from
	Outcomes  domaincheck.List[Outcomes]  `json:"outcomes"`
	First     domaincheck.List[Step]      `json:"first"` // at most 20
	Critical  domaincheck.List[Step]      `json:"-"`
	Deadlines domaincheck.List[Deadline]  `json:"deadlines"`
	Changes   domaincheck.List[Change]    `json:"changes"`
	Subjects  domaincheck.List[Group]     `json:"subjects"`
	Providers domaincheck.List[Group]     `json:"providers"`
	Tables    domaincheck.List[TableUsed] `json:"tables"`
}

// Outcomes counts the sites by the worst level of one outcome. Risks that are
// not confirmed are in Unsure only.
type Outcomes struct {
	Outcome  domaincheck.RiskOutcome `json:"outcome"`
	Critical int                     `json:"critical"`
	High     int                     `json:"high"`
	Medium   int                     `json:"medium"`
	Low      int                     `json:"low"`
	Unsure   int                     `json:"not_confirmed"`
}

// Step is what to do about a site.
type Step struct {
	Domain  string           `json:"domain"`
	Unicode string           `json:"unicode"`
	Risk    domaincheck.Risk `json:"risk"`
	Seen    string           `json:"seen"` // the failure behind it, in words
	Fix     string           `json:"fix"`
}

// Group counts the sites of a subject or provider.
type Group struct {
	ID       string               `json:"id"` // of a provider; record number of a subject
	Name     string               `json:"name"`
	Province string               `json:"province,omitempty"`
	Sites    int                  `json:"sites"`
	Pass     int                  `json:"pass"`
	Fail     int                  `json:"fail"`
	Unknown  int                  `json:"unknown"`
	Worst    domaincheck.Severity `json:"worst"`         // of the confirmed risks
	Due      domaincheck.Date     `json:"next_deadline"` // of them
	Notices  int                  `json:"open_notices"`
}

// Change is what is different about a site.
type Change struct {
	Domain    string                   `json:"domain"`
	Unicode   string                   `json:"unicode"`
	New       bool                     `json:"new"`
	Before    domaincheck.Verdict      `json:"before,omitempty"` // none for a new site
	Verdict   domaincheck.Verdict      `json:"verdict"`
	Failed    domaincheck.List[string] `json:"failed"` // in words: since then
	Recovered domaincheck.List[string] `json:"recovered"`
}

// TableUsed is a reference table that reports were judged by, and how many.
type TableUsed struct {
	Table   string `json:"table"`
	Version string `json:"version"`
	Sites   int    `json:"sites"`
}

// mostFirst is how many sites "what to do first" names.
const mostFirst = 20

// tally makes a Digest, one entry after another.
type tally struct {
	p         *Printer
	c         Compliance
	d         Digest
	outcomes  map[domaincheck.RiskOutcome]*Outcomes
	subjects  map[string]*Group
	providers map[string]*Group
	tables    map[[2]string]int
}

func (p *Printer) newTally(c Compliance) *tally {
	return &tally{p: p, c: c, outcomes: map[domaincheck.RiskOutcome]*Outcomes{}, subjects: map[string]*Group{}, providers: map[string]*Group{}, tables: map[[2]string]int{}}
}

// digest goes over the sites once.
func (p *Printer) digest(c Compliance) (Digest, error) {
	t := p.newTally(c)
	for e, err := range c.Sites {
		if err != nil {
			return Digest{}, err
		}
		t.add(&e)
	}
	return t.done(), nil
}

func (t *tally) add(e *Entry) {
	r := &e.Report
	t.d.Sites++
	t.count(r)
	t.risks(r)
	t.groups(r)
	for _, d := range deadlines(r, t.c.At) {
		t.d.Deadlines = append(t.d.Deadlines, d)
	}
	if !t.c.Since.IsZero() {
		if c, changed := t.p.change(e); changed {
			t.d.Changes = append(t.d.Changes, c)
		}
		if e.New {
			t.d.New++
		}
	}
	for table, version := range r.Tables {
		t.tables[[2]string{table, version}]++
	}
}

func (t *tally) count(r *domaincheck.Report) {
	switch verdictOf(r) {
	case domaincheck.VerdictPass:
		t.d.Pass++
	case domaincheck.VerdictFail:
		t.d.Fail++
	default:
		t.d.Unknown++
	}
	switch {
	case unlooked(r):
		t.d.Never++
	case r.Error == nil && t.c.At.Sub(seenAt(r).Time) > staleAfter:
		t.d.Stale++
	}
}

// seenAt is the newest look of a report that told something; where none did,
// the report's own moment counts for nothing.
func seenAt(r *domaincheck.Report) domaincheck.Instant {
	var newest domaincheck.Instant
	take := func(l domaincheck.Look) {
		if l.Outcome.Conclusive() && l.At.After(newest.Time) {
			newest = l.At
		}
	}
	o := &r.Observation
	if o.Registration != nil {
		take(o.Registration.Look)
	}
	if o.Resolution != nil {
		take(o.Resolution.Look)
	}
	if o.Page != nil {
		take(o.Page.Look)
	}
	return newest
}

// risks counts the outcomes of a site, each once by its worst level, and keeps
// the site among those to begin with.
func (t *tally) risks(r *domaincheck.Report) {
	worst := map[domaincheck.RiskOutcome]int{}
	for _, risk := range r.Risks {
		level := risk.Level.Rank()
		if level < domaincheck.Low.Rank() && risk.Expected.Rank() >= domaincheck.Low.Rank() {
			level = 0
		} else if level < domaincheck.Low.Rank() {
			continue
		}
		if known, there := worst[risk.Outcome]; !there || level > known {
			worst[risk.Outcome] = level
		}
	}
	for outcome, level := range worst {
		o := t.outcomes[outcome]
		if o == nil {
			o = &Outcomes{Outcome: outcome}
			t.outcomes[outcome] = o
		}
		*[]*int{&o.Unsure, &o.Low, &o.Medium, &o.High, &o.Critical}[level]++
	}
	risk := worstOf(r)
	if risk == nil || max(risk.Level.Rank(), risk.Expected.Rank()) < domaincheck.Medium.Rank() {
		return
	}
	step := Step{Domain: string(r.Domain), Unicode: string(r.Unicode), Risk: *risk}
	at, _ := slices.BinarySearchFunc(t.d.First, step, compareSteps)
	if at < mostFirst {
		step = t.p.step(r, *risk)
		t.d.First = slices.Insert(t.d.First, at, step)
		t.d.First = t.d.First[:min(len(t.d.First), mostFirst)]
	}
	if risk.Level == domaincheck.Critical {
		t.d.Critical = append(t.d.Critical, t.p.step(r, *risk))
	}
}

// step says what is behind a risk and what to do about it.
func (p *Printer) step(r *domaincheck.Report, risk domaincheck.Risk) Step {
	s := Step{Domain: string(r.Domain), Unicode: string(r.Unicode), Risk: risk}
	for _, f := range failed(r) {
		if slices.Contains(risk.Causes, f.Rule) {
			x := p.explain(f)
			s.Seen, s.Fix = clip(Clean(x.Summary), 160), Clean(x.Fix)
			break
		}
	}
	if p.o.Risks != nil {
		x := p.o.Risks.Explain(risk, p.lang())
		s.Seen, s.Fix = cmp.Or(s.Seen, Clean(x.Title)), cmp.Or(Clean(x.Fix), s.Fix)
	}
	return s
}

func (p *Printer) lang() string {
	if p.v.zh {
		return "zh"
	}
	return "en"
}

// groups counts the site for its subject and for each of its providers.
func (t *tally) groups(r *domaincheck.Report) {
	name, province, number := t.p.v.say("（台账未填）", "(not declared)"), "", ""
	notices := 0
	if r.Site != nil {
		if s := r.Site.Subject; s != nil && s.Name != "" {
			name, province, number = clip(Clean(string(s.Name)), 80), Clean(string(s.Province)), Clean(string(s.RecordNumber))
		}
		for _, a := range r.Site.Access {
			for _, n := range a.Notices {
				if n.ClosedOn.IsZero() {
					notices++
				}
			}
		}
	}
	t.group(t.subjects, name+"\x00"+number, Group{ID: number, Name: name, Province: province}, r, notices)
	ids := providersOf(r)
	if len(ids) == 0 {
		ids = []string{""}
	}
	for _, id := range ids {
		name := t.p.v.say("（不明）", "(not known)")
		if id != "" {
			name = t.p.fact("provider", id)
		}
		t.group(t.providers, id, Group{ID: Clean(id), Name: name}, r, notices)
	}
}

func (t *tally) group(in map[string]*Group, key string, fresh Group, r *domaincheck.Report, notices int) {
	g := in[key]
	if g == nil {
		g = &fresh
		in[key] = g
	}
	g.Sites++
	g.Notices += notices
	switch verdictOf(r) {
	case domaincheck.VerdictPass:
		g.Pass++
	case domaincheck.VerdictFail:
		g.Fail++
	default:
		g.Unknown++
	}
	for _, risk := range r.Risks {
		if risk.Level.Rank() < domaincheck.Low.Rank() {
			continue
		}
		if risk.Level.Rank() > g.Worst.Rank() {
			g.Worst = risk.Level
		}
		if day := risk.Deadline.Day(); !day.IsZero() && (g.Due.IsZero() || day.Before(g.Due)) {
			g.Due = day
		}
	}
}

// done sorts what was gathered.
func (t *tally) done() Digest {
	for _, outcome := range []domaincheck.RiskOutcome{domaincheck.RiskBlock, domaincheck.RiskDeAccess, domaincheck.RiskEmptyShell, domaincheck.RiskDeregistration, domaincheck.RiskFine, domaincheck.RiskNotFileable} {
		if o := t.outcomes[outcome]; o != nil {
			t.d.Outcomes = append(t.d.Outcomes, *o)
		}
	}
	sorted := func(in map[string]*Group) []Group {
		var out []Group
		for _, g := range in {
			out = append(out, *g)
		}
		slices.SortFunc(out, func(a, b Group) int {
			return cmp.Or(cmp.Compare(b.Worst.Rank(), a.Worst.Rank()), cmp.Compare(b.Fail, a.Fail), cmp.Compare(b.Sites, a.Sites), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
		return out
	}
	t.d.Subjects, t.d.Providers = sorted(t.subjects), sorted(t.providers)
	slices.SortFunc(t.d.Critical, compareSteps)
	slices.SortStableFunc(t.d.Deadlines, func(a, b Deadline) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Domain, b.Domain))
	})
	for used, n := range t.tables {
		t.d.Tables = append(t.d.Tables, TableUsed{Clean(used[0]), Clean(used[1]), n})
	}
	slices.SortFunc(t.d.Tables, func(a, b TableUsed) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(b.Sites, a.Sites), cmp.Compare(a.Version, b.Version))
	})
	return t.d
}

// change compares a site with how it was.
func (p *Printer) change(e *Entry) (Change, bool) {
	r := &e.Report
	c := Change{Domain: string(r.Domain), Unicode: string(r.Unicode), New: e.New, Verdict: verdictOf(r)}
	if e.New {
		for _, f := range failed(r) {
			c.Failed = append(c.Failed, p.oneLine(f))
		}
		return c, true
	}
	if e.Before == nil {
		return c, false
	}
	c.Before = verdictOf(e.Before)
	now, then := failed(r), failed(e.Before)
	of := func(list []domaincheck.Finding, f domaincheck.Finding) bool {
		return slices.ContainsFunc(list, func(o domaincheck.Finding) bool { return o.Rule == f.Rule && o.Target == f.Target && o.Code == f.Code })
	}
	for _, f := range now {
		if !of(then, f) {
			c.Failed = append(c.Failed, p.oneLine(f))
		}
	}
	for _, f := range then {
		if !of(now, f) && !slices.ContainsFunc(r.Findings, func(o domaincheck.Finding) bool {
			return o.Rule == f.Rule && o.Target == f.Target && (o.Result == domaincheck.Unknown || o.Result == domaincheck.Fail)
		}) {
			c.Recovered = append(c.Recovered, p.oneLine(f))
		}
	}
	return c, len(c.Failed)+len(c.Recovered) > 0 || c.Before != c.Verdict
}
