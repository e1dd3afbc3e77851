package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/store"
	"domaincheck/tldlist"
)

// stripDays is how far back the history of a finding is drawn, from at most
// stripReports changes.
const (
	stripDays    = 60
	stripReports = 24
)

// words are what renders facts for a request.
func (s *Server) words(r *http.Request) words {
	t := s.tongueOf(r)
	return words{tongue: t, book: s.o.Book, provider: func(id string) string { return s.providerName(id, t.lang) }}
}

// providerName is a provider's name; the id where it has none.
func (s *Server) providerName(id, lang string) string {
	if id == "" {
		return ""
	}
	if s.o.Providers != nil {
		if name := s.o.Providers.Name(id, lang); name != "" {
			return clean(name)
		}
	}
	return clean(id)
}

// siteAddress is the path of a site's page.
func siteAddress(domain string) string { return "/sites/" + url.PathEscape(domain) }

// sitePage is everything about one site.
func (s *Server) sitePage(w http.ResponseWriter, r *http.Request) {
	mem, ok := s.siteHere(w, r)
	if !ok {
		return
	}
	v, err := s.siteView(r, mem)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := view{Title: v.Label, Section: "sites", D: v}
	if v.Asked != "" {
		page.Refresh = 3
	}
	s.show(w, r, "site", page)
}

// siteHere gives the site of the path, if it is in the request's scope; a domain
// that is not the site's main one is led to it.
func (s *Server) siteHere(w http.ResponseWriter, r *http.Request) (*store.Memory, bool) {
	mem, err := s.loadSite(r.Context(), r.PathValue("domain"))
	if err != nil {
		s.fail(w, r, err)
		return nil, false
	}
	if main := mem.Site.MainDomain(); main != r.PathValue("domain") {
		http.Redirect(w, r, siteAddress(main), http.StatusSeeOther)
		return nil, false
	}
	return mem, true
}

func (s *Server) siteView(r *http.Request, mem *store.Memory) (*siteView, error) {
	w := s.words(r)
	who, _ := PrincipalOf(r.Context())
	site := maskSite(r.Context(), mem.Site)
	v := &siteView{Domain: site.MainDomain(), State: site.State, Name: clean(string(site.Name)), FromFile: mem.Origin == store.FromFile, ReportID: mem.ReportID, Tags: site.Tags}
	v.Label = siteLabel(v.Domain)
	v.Asked = asked(r.URL.Query().Get("asked"), w.now, mem)
	report := mem.Report
	if report == nil {
		v.Empty = true
		report = &domaincheck.Report{Domain: domaincheck.Text(v.Domain)}
	} else {
		masked := maskReport(r.Context(), *report)
		report = &masked
		v.Verdict = report.Verdict
		if report.Site != nil {
			site = report.Site.Site
			v.State, v.Inferred = site.State, contains(report.Inferred, "state")
		}
	}
	for _, k := range present.Risks(report) {
		v.Risks = append(v.Risks, w.risk(k, s.o.Risks, w.provider))
	}
	v.HeroClass, v.Headline = w.headline(v, report)
	v.Facts = w.facts(&site, report.Observation.Registration, who.Role.May(RoleOperate))
	v.Parts = w.parts(&report.Observation)
	v.Path = w.path(report)
	v.Term = w.term(s.family(v.Domain), report.Observation.Registration, &site)
	v.Page = w.pageFacts(report.Observation.Page)
	v.Keepers, v.NoKeeper = w.keepers(report)
	var err error
	if v.Found, err = w.findings(report); err != nil {
		return nil, err
	}
	v.Open = grouped(v.Found.Open)
	return v, s.siteMemories(r, w, v)
}

// siteMemories adds what is remembered of a site: how it was, what was told,
// what holds messages back.
func (s *Server) siteMemories(r *http.Request, w words, v *siteView) error {
	ctx := r.Context()
	var rows []store.ReportRow
	err := together(
		func() (err error) {
			rows, err = s.o.Store.Reports(ctx, v.Domain, 0, stripReports, true)
			return err
		},
		func() error {
			events, err := s.o.Store.Events(ctx, store.EventQuery{Site: v.Domain, Newest: true, Limit: 15})
			v.Events = w.events(events)
			return err
		},
		func() error {
			sent, err := s.o.Store.Deliveries(ctx, store.DeliveryQuery{Scope: scopeOf(ctx), Site: v.Domain, Limit: 15})
			v.Deliveries = w.deliveries(sent)
			return err
		},
	)
	if err != nil {
		return err
	}
	v.Changes = w.changes(rows)
	strips := w.strips(rows, stripDays)
	for _, list := range [][]findingView{v.Found.Failed, v.Found.Hints, v.Found.Open, v.Found.Passed} {
		for i := range list {
			list[i].Strip = strips[list[i].ID]
		}
	}
	for i := range v.Events { // the page is the site's own: the rule says more than its name
		e := &v.Events[i]
		if rule, ok := w.book.Rule(e.Rule); ok {
			e.Label = rule.Title.In(w.lang)
		}
	}
	return s.siteHolds(ctx, w, v)
}

// siteHolds adds the false alarms and silences that concern a site.
func (s *Server) siteHolds(ctx context.Context, w words, v *siteView) error {
	items, err := s.holds(ctx, []string{store.HoldSuppression, store.HoldSilence, store.HoldMaintenance}, false)
	if err != nil {
		return err
	}
	for i := range items {
		h := &items[i]
		if h.Kind != store.HoldSuppression {
			if h.Match != nil && contains(h.Match.Domains, v.Domain) {
				v.Silenced = append(v.Silenced, w.hold(h))
			}
			continue
		}
		if string(h.Domain) != v.Domain {
			continue
		}
		for j := range v.Found.Failed {
			f := &v.Found.Failed[j]
			if f.Rule == string(h.Rule) && f.RawTarget == string(h.Target) {
				f.Held, f.HeldID = clean(h.Owner)+w.say("：", ": ")+clipped(h.Reason, 400), h.ID
			}
		}
	}
	return nil
}

func contains(list []string, word string) bool {
	for _, v := range list {
		if v == word {
			return true
		}
	}
	return false
}

// family is the registry family of a domain, which tells the phases of its life.
func (s *Server) family(domain string) string {
	t, err := s.tlds()
	if err != nil {
		return ""
	}
	return t.Lookup(domain).Family
}

// tlds is loaded once; its rows never change.
func (s *Server) tlds() (*tldlist.Table, error) { return s.face.tlds() }

// asked is when a check was asked for, as the address says, while it still
// runs: within two minutes and with some part not looked at since.
func asked(text string, now time.Time, mem *store.Memory) string {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return ""
	}
	at := time.UnixMilli(ms)
	if at.After(now.Add(time.Second)) || now.Sub(at) > 2*time.Minute || done(mem, at) {
		return ""
	}
	return text
}

// done tells whether every part was looked at since an instant, with or without
// an answer.
func done(mem *store.Memory, since time.Time) bool {
	if mem.Report == nil {
		return false
	}
	for _, state := range progressOf(&mem.Report.Observation, since) {
		if !state {
			return false
		}
	}
	return true
}

// progressOf tells of each part whether it was looked at since an instant.
func progressOf(o *domaincheck.Observation, since time.Time) map[string]bool {
	fresh := func(l *domaincheck.Look) bool {
		at := l.At.Time
		if l.LastAttempt != nil && l.LastAttempt.At.After(at) {
			at = l.LastAttempt.At.Time
		}
		return !at.Before(since.Truncate(time.Millisecond))
	}
	return map[string]bool{
		"registration": o.Registration != nil && fresh(&o.Registration.Look),
		"resolution":   o.Resolution != nil && fresh(&o.Resolution.Look),
		"page":         o.Page != nil && fresh(&o.Page.Look),
	}
}

// rawPage shows the answers as they came. They may hold what a registry says of
// a person.
func (s *Server) rawPage(w http.ResponseWriter, r *http.Request) {
	row, ok := s.askedReport(w, r)
	if !ok {
		return
	}
	raws, err := s.o.Store.Raws(r.Context(), row.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	t := s.tongueOf(r)
	d := rawView{Domain: row.Site, Label: siteLabel(row.Site), At: t.instant(row.At), Report: row.ID}
	for _, a := range raws {
		d.Answers = append(d.Answers, t.answer(a))
	}
	s.show(w, r, "raw", view{Title: d.Label + " · " + t.say("原始应答", "Raw answers"), Section: "sites", D: d})
}

// rawView is the answers of one report as they came.
type rawView struct {
	Domain, Label, At string
	Report            int64
	Answers           []answerView
}

type answerView struct {
	Kind, Source, At, Hash, Text, Domain, Part string
	Bytes                                      int
	Cut                                        bool
}

const rawShown = 16 << 10

// answer shows the beginning of an answer, line by line, without control
// characters.
func (t tongue) answer(a store.RawAnswer) answerView {
	v := answerView{Kind: clean(a.Kind), Source: clipped(a.Source, 200), At: t.instant(a.At.Time), Hash: a.Hash, Domain: siteLabel(a.Domain), Part: t.part(a.Part), Bytes: len(a.Bytes)}
	body := a.Bytes
	if len(body) > rawShown {
		body, v.Cut = body[:rawShown], true
	}
	var b strings.Builder
	for line := range strings.Lines(string(body)) {
		b.WriteString(clean(strings.TrimRight(line, "\r\n")))
		b.WriteByte('\n')
	}
	v.Text = b.String()
	return v
}
