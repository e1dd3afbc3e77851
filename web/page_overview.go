package web

import (
	"net/http"
	"time"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/store"
)

// overviewView is the page that one opens first.
type overviewView struct {
	Sites           int64
	HeroClass       string
	Headline        string
	Nearest         *todoView
	Tallies         []tallyView
	Meter           []meterPart
	Todo            []todoView
	More            int64 // sites in danger that Todo does not show
	Weeks           []weekView
	Deadlines       bool
	Events          []eventView
	Coverage        []coverageView
	Provinces       []standingView
	Providers       []standingView
	Problems        []string // what the daemon says is wrong with itself
	Blind           []string
	Dead            int64
	ProvinceRest    int
	NothingImported bool
}

type tallyView struct {
	Key, Word, Href string
	N               int64
}

type meterPart struct {
	X, W  float64
	Class string
	Title string
}

// todoView is a site that needs somebody, with why, by when and what to do.
type todoView struct {
	Domain, Label string
	Risk          riskView
	Failing       int
}

// weekView is a column of the time line.
type weekView struct {
	From, To, Label string
	N               int64
	H, Y            float64
	Class           string
	Href            string
	Words           string
}

type coverageView struct {
	Part       string
	Key        string
	Old, Never int64
	Sites      int64
	Good       float64
	Href       string
}

type standingView struct {
	Name, Key         string
	Href              string
	Sites, Fail, High int64
	FailW, HighW      float64
}

const (
	todoShown      = 6
	standingsShown = 10
)

// overviewPage tells which sites are in danger, why, by when, and what to do.
func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request) {
	v, err := s.overview(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "overview", view{Title: s.tongueOf(r).say("总览", "Overview"), Section: "overview", D: v})
}

func (s *Server) overview(r *http.Request) (*overviewView, error) {
	ctx, w := r.Context(), s.words(r)
	scope := scopeOf(ctx)
	v := &overviewView{}
	var o store.Overview
	err := together(
		func() (err error) {
			o, err = s.o.Store.Overview(ctx, scope, w.now.Add(-24*time.Hour))
			return err
		},
		func() (err error) {
			v.Todo, err = s.todo(r, w)
			return err
		},
		func() error { return s.nearest(r, w, v) },
		func() error { return s.timeLine(r, w, v) },
		func() error {
			events, err := s.o.Store.Events(ctx, store.EventQuery{Scope: scope, Newest: true, Limit: 8})
			v.Events = w.events(events)
			return err
		},
		func() error { return s.selfReport(r, w, v) },
	)
	if err != nil {
		return nil, err
	}
	v.Sites, v.NothingImported = o.Sites, o.Sites == 0
	danger := o.Levels[domaincheck.Critical] + o.Levels[domaincheck.High]
	v.More = max(0, danger-int64(len(v.Todo)))
	v.HeroClass, v.Headline = w.state3(&o, danger)
	v.Tallies, v.Meter = w.tallies(&o)
	for _, c := range o.Coverage {
		v.Coverage = append(v.Coverage, coverageView{Part: w.part(string(c.Part)), Key: string(c.Part), Old: c.Old, Never: c.Never, Sites: c.Sites, Good: share(c.Sites-c.Old, c.Sites, 1000),
			Href: "/sites?unchecked=" + string(c.Part)})
	}
	v.Provinces, v.ProvinceRest = w.standings(o.Provinces, "province", func(k string) string { return w.province(k) })
	v.Providers, _ = w.standings(o.Providers, "provider", w.provider)
	return v, nil
}

// nearest is the next deadline of a risk that is high or worse.
func (s *Server) nearest(r *http.Request, w words, v *overviewView) error {
	next, err := s.o.Store.Deadlines(r.Context(), store.DeadlineQuery{Scope: scopeOf(r.Context()), From: domaincheck.DateOf(w.now).Start(), MinLevel: domaincheck.High, Limit: 1})
	for _, k := range next.Items {
		v.Nearest = &todoView{Domain: k.Site, Label: siteLabel(k.Site), Risk: w.risk(k.Risk, s.o.Risks, w.provider)}
	}
	return err
}

// state3 is the whole inventory in one sentence.
func (t tongue) state3(o *store.Overview, danger int64) (class, line string) {
	watch := o.Levels[domaincheck.Medium] + o.Levels[domaincheck.Low]
	switch {
	case o.Sites == 0:
		return "odd", t.say("还没有站点", "No sites yet")
	case danger > 0:
		if danger == 1 {
			return "bad", t.say("1 个站点有危险", "1 site is in danger")
		}
		return "bad", t.sayf("%s 个站点有危险", "%s sites are in danger", number(danger))
	case watch > 0:
		return "warn", t.sayf("没有站点有危险，%s 个要留意", "No site is in danger, %s to keep an eye on", number(watch))
	case o.Verdicts[domaincheck.VerdictPass] == 0:
		return "odd", t.say("还没有查出结果", "Nothing is known yet")
	}
	return "good", t.say("没有站点有危险", "No site is in danger")
}

// tallies count the sites by verdict.
func (t tongue) tallies(o *store.Overview) ([]tallyView, []meterPart) {
	var list []tallyView
	var bar []meterPart
	x := 0.0
	for _, v := range []domaincheck.Verdict{domaincheck.VerdictFail, domaincheck.VerdictUnknown, domaincheck.VerdictPass, ""} {
		n := o.Verdicts[v]
		if n == 0 && v == "" {
			continue
		}
		key, href := string(v), "/sites?verdict="+string(v)
		if v == "" {
			key, href = "none", "/sites?verdict=none"
		}
		list = append(list, tallyView{key, t.verdict(v), href, n})
		if n > 0 {
			w := 1000 * float64(n) / float64(o.Sites)
			bar = append(bar, meterPart{x, w, key, t.verdict(v) + " " + number(n)})
			x += w
		}
	}
	return list, bar
}

// todo lists the sites in danger, the first deadline first, then those to keep
// an eye on.
func (s *Server) todo(r *http.Request, w words) ([]todoView, error) {
	var list []todoView
	seen := map[string]bool{}
	for _, level := range []domaincheck.Severity{domaincheck.Critical, domaincheck.High, domaincheck.Medium} {
		if len(list) >= todoShown {
			break
		}
		page, err := s.o.Store.Sites(r.Context(), store.SiteQuery{Scope: scopeOf(r.Context()), Level: level, Sort: store.ByDeadline, Limit: todoShown, Brief: true})
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			row := &page.Items[i]
			if row.Worst == nil || seen[row.Domain] || len(list) >= todoShown {
				continue
			}
			seen[row.Domain] = true
			list = append(list, todoView{row.Domain, siteLabel(row.Domain), w.risk(*row.Worst, s.o.Risks, w.provider), row.Failing})
		}
	}
	return list, nil
}

// timeLine draws the deadlines of the next 90 days, a column a week.
func (s *Server) timeLine(r *http.Request, w words, v *overviewView) error {
	today := domaincheck.DateOf(w.now)
	days, err := s.o.Store.DeadlineDays(r.Context(), scopeOf(r.Context()), today, today.AddDays(91))
	if err != nil {
		return err
	}
	weeks := [13]int64{}
	most := int64(0)
	for _, d := range days {
		if i := today.DaysUntil(d.Day) / 7; i >= 0 && i < len(weeks) {
			weeks[i] += d.N
			most = max(most, weeks[i])
		}
	}
	v.Deadlines = most > 0
	for i, n := range weeks {
		from, to := today.AddDays(7*i), today.AddDays(7*i+6)
		week := weekView{From: from.String(), To: to.String(), Label: from.String()[5:], N: n, Class: "low", Href: "/sites?due=" + to.AddDays(1).String() + "&sort=deadline"}
		switch {
		case i == 0:
			week.Class = "critical"
		case i < 5:
			week.Class = "high"
		}
		if n > 0 {
			week.H = max(6, 100*float64(n)/float64(most))
		}
		week.Y = 100 - week.H
		week.Words = w.sayf("%[1]s 至 %[2]s：%[3]s 个站点有期限", "%[1]s to %[2]s: %[3]s sites have a deadline", week.From, week.To, number(n))
		v.Weeks = append(v.Weeks, week)
	}
	return nil
}

// province is the name of a province in the language.
func (t tongue) province(name string) string {
	if t.lang == "en" {
		if p, ok := icp.ProvinceByName(name); ok {
			return p.English
		}
	}
	return clean(name)
}

// standings are the provinces or providers with the most sites.
func (w words) standings(list []store.Standing, field string, name func(string) string) (rows []standingView, rest int) {
	for i, st := range list {
		if i >= standingsShown {
			rest = len(list) - i
			break
		}
		row := standingView{Name: name(st.Key), Key: st.Key, Sites: st.Sites, Fail: st.Fail, High: st.High}
		row.HighW = share(st.High, st.Sites, 1000)
		row.FailW = max(share(st.Fail, st.Sites, 1000)-row.HighW, 0)
		if st.Key == "" {
			row.Name = w.say("没有填写", "not declared")
		} else {
			row.Href = "/sites?" + field + "=" + queryEscape(st.Key)
		}
		rows = append(rows, row)
	}
	return rows, rest
}

// selfReport adds what the daemon says of itself: that it is blind, that it
// cannot work, that messages were given up on.
func (s *Server) selfReport(r *http.Request, w words, v *overviewView) error {
	channels, err := s.o.Store.Channels(r.Context(), scopeOf(r.Context()))
	if err != nil {
		return err
	}
	for _, c := range channels {
		v.Dead += c.Dead
	}
	if p, _ := PrincipalOf(r.Context()); s.o.Status == nil || p.Scoped() {
		return nil
	}
	status := s.o.Status(r.Context())
	s.sayStatus(&status, w.lang)
	for _, b := range status.Blind {
		v.Blind = append(v.Blind, w.sayf("%s：自 %s 起全部没有查到，多半是本机网络的问题；这期间不会因此告警", "%s: nothing was seen since %s, which is likely our own network; nothing is alerted for it meanwhile", w.part(b.Part), w.short(b.Since.Time)))
	}
	for _, p := range status.Problems {
		v.Problems = append(v.Problems, clipped(p.Message, 300))
	}
	return nil
}
