package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/rules"
)

func sortText(list []string) { slices.Sort(list) }

// channelsView lists the ways to tell people, with how each fares.
type channelsView struct {
	Rows   []channelView
	Result *testResult
	Scoped bool
}

type channelView struct {
	Name, Type, Fallback string
	Pending, Dead        int64
	Failing, Message     string
	Last                 string
	Can, Removed         bool
}

// testResult is what came of a trial message.
type testResult struct {
	Channel, Code, Message, Advice string
	Good                           bool
	Took                           string
}

func (s *Server) channelsPage(w http.ResponseWriter, r *http.Request) { s.showChannels(w, r, nil) }

func (s *Server) showChannels(w http.ResponseWriter, r *http.Request, result *testResult) {
	words, ctx := s.words(r), r.Context()
	who, _ := PrincipalOf(ctx)
	counts, err := s.o.Store.Channels(ctx, scopeOf(ctx))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := &channelsView{Result: result, Scoped: who.Scoped()}
	status := Status{}
	if s.o.Status != nil && !who.Scoped() {
		status = s.o.Status(ctx)
	}
	for _, c := range s.o.Channels {
		v := channelView{Name: clean(c.Name), Type: clean(c.Type), Fallback: clean(c.Fallback), Can: s.o.TestChannel != nil && !who.Scoped()}
		for _, n := range counts {
			if n.Channel == c.Name {
				v.Pending, v.Dead = n.Pending, n.Dead
			}
		}
		for _, st := range status.Channels {
			if st.Channel == c.Name {
				if !st.Last.IsZero() {
					v.Last = words.ago(st.Last.Time)
				}
				if !st.Failing.IsZero() {
					v.Failing, v.Message = words.short(st.Failing.Time), clipped(strings.TrimSpace(string(st.Code)+" "+string(st.Message)), 240)
				}
			}
		}
		d.Rows = append(d.Rows, v)
	}
	for _, n := range s.removed(counts) {
		d.Rows = append(d.Rows, channelView{Name: clean(n.Channel), Pending: n.Pending, Dead: n.Dead, Removed: true})
	}
	s.show(w, r, "channels", view{Title: words.say("通道", "Channels"), Section: "channels", D: d})
}

// testForm sends a trial message and shows what the service said. The answer is
// the page itself: sent again by a reload it sends again, which the browser asks
// about first.
func (s *Server) testForm(w http.ResponseWriter, r *http.Request) {
	words := s.words(r)
	t, err := s.testChannel(r.Context(), r.PostFormValue("channel"), words.lang)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.showChannels(w, r, &testResult{Channel: clean(t.Channel), Code: clipped(string(t.Code), 60), Message: clipped(string(t.Message), 500), Advice: clipped(string(t.Advice), 500), Good: t.Delivered,
		Took: words.sayf("用时 %d 毫秒", "took %d ms", t.TookMS)})
}

// rulesView is the rule book.
type rulesView struct {
	Groups    []ruleGroup
	Provinces []provinceLink
	Version   string
}

type ruleGroup struct {
	Name  string
	Rules []ruleView
}

type ruleView struct {
	ID, Title, Passes, Consequence, Fix string
	Severity                            string
	Part, Layer, Confirm                string
	States                              []string
	Basis                               []rules.Citation
	Href                                string
}

type provinceLink struct {
	Name, Href string
	Current    bool
}

func (s *Server) rulesPage(w http.ResponseWriter, r *http.Request) {
	words := s.words(r)
	d := &rulesView{Version: s.o.Book.Version(), Provinces: words.provinceLinks("")}
	for _, rule := range s.o.Book.Rules() {
		v := words.rule(&rule)
		prefix, _, _ := strings.Cut(rule.ID, ".")
		name := words.ruleGroup(prefix)
		if n := len(d.Groups); n == 0 || d.Groups[n-1].Name != name {
			d.Groups = append(d.Groups, ruleGroup{Name: name})
		}
		g := &d.Groups[len(d.Groups)-1]
		g.Rules = append(g.Rules, v)
	}
	s.show(w, r, "rules", view{Title: words.say("规则", "Rule book"), Section: "rules", D: d})
}

func (w words) provinceLinks(current string) []provinceLink {
	var list []provinceLink
	for _, p := range icp.Provinces() {
		if _, ok := w.book.Province(p.Name); ok {
			list = append(list, provinceLink{w.province(p.Name), "/rules/" + queryEscape(p.Name), p.Name == current})
		}
	}
	return list
}

func (t tongue) ruleGroup(prefix string) string {
	switch prefix {
	case "domain":
		return t.say("域名", "Domain")
	case "access":
		return t.say("接入与解析", "Access and DNS")
	case "server":
		return t.say("服务器", "Server")
	case "site":
		return t.say("网站", "Site")
	case "subject":
		return t.say("主办单位与负责人", "Subject and persons")
	case "record":
		return t.say("备案记录", "Filing record")
	case "notice":
		return t.say("通知", "Notices")
	case "watch":
		return t.say("监测本身", "The watch itself")
	}
	return clean(prefix)
}

func (w words) rule(r *rules.Rule) ruleView {
	v := ruleView{ID: r.ID, Title: r.Title.In(w.lang), Passes: r.Passes.In(w.lang), Consequence: r.Consequence.In(w.lang), Fix: r.Fix.In(w.lang), Severity: string(r.Severity), Href: "/sites?rule=" + queryEscape(r.ID)}
	v.Part = w.part(r.Part)
	if r.Part == "declared" {
		v.Part = w.say("台账与已知事实", "ledger and known facts")
	}
	switch r.Layer {
	case "law":
		v.Layer = w.say("法规", "law")
	case "province":
		v.Layer = w.say("省管局", "province")
	case "provider":
		v.Layer = w.say("接入商", "provider")
	default:
		v.Layer = w.say("监测", "watch")
	}
	v.Confirm = w.say("看到即算", "at once")
	if r.Confirm.Looks > 1 {
		v.Confirm = w.sayf("看 %d 次、相隔 %s 才确认", "%d looks, %s apart", r.Confirm.Looks, w.span(r.Confirm.Apart))
	}
	for _, state := range r.States {
		v.States = append(v.States, w.state(state))
	}
	if len(v.States) == 0 {
		v.States = []string{w.say("所有状态", "every state")}
	}
	for _, c := range r.Basis {
		v.Basis = append(v.Basis, c.Citation(w.lang))
	}
	return v
}

// provinceView is what one province demands.
type provinceView struct {
	Name, Section string
	Books         []provinceBook
	Provinces     []provinceLink
	SitesHref     string
}

type provinceBook struct {
	Kind    string
	Demands []rules.Citation
	Doubts  []rules.Citation
	Term    string
}

func (s *Server) provincePage(w http.ResponseWriter, r *http.Request) {
	words := s.words(r)
	p, ok := s.o.Book.Province(r.PathValue("province"))
	if !ok {
		s.fail(w, r, problem(http.StatusNotFound, "not_found", "there is no province %q", clip(r.PathValue("province"), 40)))
		return
	}
	d := &provinceView{Name: words.province(p.Name), Section: p.Section, Provinces: words.provinceLinks(p.Name), SitesHref: "/sites?province=" + queryEscape(p.Name)}
	for _, b := range []struct {
		kind domaincheck.Kind
		book *rules.ProvinceBook
	}{{domaincheck.KindUnit, &p.Unit}, {domaincheck.KindIndividual, &p.Individual}} {
		v := provinceBook{Kind: words.kind(b.kind)}
		if b.book.Term != nil {
			v.Term = words.sayf("域名剩余有效期 %s %d 个月", "remaining term of the domain %s %d months", b.book.Term.Op, b.book.Term.Months)
		}
		for _, c := range b.book.Demands() {
			v.Demands = append(v.Demands, c.Citation(words.lang))
		}
		for _, c := range b.book.Doubts() {
			v.Doubts = append(v.Doubts, c.Citation(words.lang))
		}
		d.Books = append(d.Books, v)
	}
	s.show(w, r, "province", view{Title: d.Name + " · " + words.say("规则", "Rule book"), Section: "rules", D: d})
}

// statusView is what the daemon says of itself.
type statusView struct {
	Known    bool
	Started  string
	Parts    []partStatusView
	Paces    []paceView
	Nodes    []NodeStatus
	Tables   []factView
	Settings string
	Problems []string
	Reload   string
	Refused  []string
}

type partStatusView struct {
	Name                string
	Sites, Due, Running int
	Oldest, Last, Took  string
	Overrun             bool
}

type paceView struct {
	Key, Rate, Blocked, Note string
	Refusals, Sites          int
}

func (s *Server) statusPage(w http.ResponseWriter, r *http.Request) {
	words := s.words(r)
	who, _ := PrincipalOf(r.Context())
	d := &statusView{}
	for _, name := range sortedKeys(s.o.Tables) {
		d.Tables = append(d.Tables, factView{Label: clean(name), Value: clean(s.o.Tables[name])})
	}
	if !who.Scoped() && who.Role.May(RoleAdmin) {
		d.Settings = s.o.Settings
	}
	if s.o.Status != nil && !who.Scoped() {
		status := s.o.Status(r.Context())
		s.sayStatus(&status, words.lang)
		words.status(d, status)
	}
	s.show(w, r, "status", view{Title: words.say("运行状态", "Status"), Section: "status", D: d})
}

func (w words) status(d *statusView, st Status) {
	d.Known, d.Started, d.Nodes = true, w.instant(st.Started.Time), st.Nodes
	for _, p := range st.Parts {
		v := partStatusView{Name: w.part(p.Part), Sites: p.Sites, Due: p.Due, Running: p.Running, Overrun: p.Overrun, Last: w.ago(p.LastSweep.Time)}
		if !p.Oldest.IsZero() {
			v.Oldest = w.ago(p.Oldest.Time)
		}
		if p.SweepMS > 0 {
			v.Took = fmt.Sprintf("%.1f s", float64(p.SweepMS)/1000)
		}
		d.Parts = append(d.Parts, v)
	}
	for _, p := range st.Paces {
		v := paceView{Key: clean(p.Key), Rate: fmt.Sprintf("%.2f", p.PerSecond), Refusals: p.Refusals, Sites: p.Sites, Note: clipped(string(p.Note), 160)}
		if !p.Blocked.IsZero() && p.Blocked.After(w.now) {
			v.Blocked = w.short(p.Blocked.Time)
		}
		d.Paces = append(d.Paces, v)
	}
	for _, p := range st.Problems {
		d.Problems = append(d.Problems, clipped(p.Message, 300))
	}
	if st.Reload != nil {
		d.Reload = w.instant(st.Reload.At.Time)
		if st.Reload.Error != nil {
			d.Refused = append(d.Refused, clipped(st.Reload.Error.Error(), 300))
		}
		for _, e := range st.Reload.Refused {
			if len(d.Refused) < 50 {
				d.Refused = append(d.Refused, clipped(e.Error(), 300))
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
