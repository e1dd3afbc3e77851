package web

import (
	"net/http"
	"strconv"
	"strings"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
)

const listShown = 50

// subjectsView lists who the sites are filed by.
type subjectsView struct {
	Q     string
	Count string
	Rows  []subjectRowView
	Pager pagerView
}

type subjectRowView struct {
	ID, Name, Kind, Province, Number, State string
	Href                                    string
	Sites, Fail                             int
	Level                                   string
	FromFile                                bool
}

func (s *Server) subjectsPage(w http.ResponseWriter, r *http.Request) {
	q := sharedQuery(r)
	page, err := s.o.Store.SubjectList(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	count, err := s.o.Store.CountSubjects(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words := s.words(r)
	d := &subjectsView{Q: q.Text, Count: countText(count), Pager: pager(r, page.Prev, page.Next)}
	for _, row := range page.Items {
		sub := row.Subject
		d.Rows = append(d.Rows, subjectRowView{ID: clean(string(sub.ID)), Name: clean(firstOf(string(sub.Name), string(sub.ID))), Kind: words.kind(sub.Kind), Province: words.province(string(sub.Province)),
			Number: clean(string(sub.RecordNumber)), State: clean(string(sub.State)), Href: "/sites?subject=" + queryEscape(string(sub.ID)), Sites: row.Sites, Fail: row.Fail, Level: string(row.Level), FromFile: row.Origin == store.FromFile})
	}
	s.show(w, r, "subjects", view{Title: words.say("主办单位", "Subjects"), Section: "subjects", D: d})
}

func sharedQuery(r *http.Request) store.SharedQuery {
	v := r.URL.Query()
	return store.SharedQuery{Scope: scopeOf(r.Context()), Text: clip(v.Get("q"), 200), After: v.Get("after"), Before: v.Get("before"), Last: v.Get("last") != "", Limit: listShown}
}

func countText(c store.Count) string {
	switch {
	case c.More:
		return number(c.N) + "+"
	case c.About:
		return "≈ " + number(c.N)
	}
	return number(c.N)
}

// serversView lists what carries the filings.
type serversView struct {
	Q     string
	Count string
	Rows  []serverRowView
	Pager pagerView
}

type serverRowView struct {
	ID, Provider, Type, Region, Billing string
	Addresses                           []string
	Expires, Left, Class                string
	Codes                               string
	CodesUsed                           float64
	CodesClass                          string
	Href                                string
	Sites                               int
	FromFile                            bool
}

func (s *Server) serversPage(w http.ResponseWriter, r *http.Request) {
	q := sharedQuery(r)
	page, err := s.o.Store.ServerList(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	count, err := s.o.Store.CountServers(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words := s.words(r)
	d := &serversView{Q: q.Text, Count: countText(count), Pager: pager(r, page.Prev, page.Next)}
	for i := range page.Items {
		d.Rows = append(d.Rows, words.server(&page.Items[i]))
	}
	s.show(w, r, "servers", view{Title: words.say("服务器", "Servers"), Section: "servers", D: d})
}

func (w words) server(row *store.ServerRow) serverRowView {
	v := row.Server
	out := serverRowView{ID: clean(string(v.ID)), Provider: w.provider(string(v.Provider)), Type: clean(string(v.Type)), Region: clean(string(v.Region)), Href: "/sites?server=" + queryEscape(string(v.ID)),
		Sites: row.Sites, FromFile: row.Origin == store.FromFile}
	switch v.Billing {
	case "subscription":
		out.Billing = w.say("包年包月", "subscription")
	case "pay_as_you_go":
		out.Billing = w.say("按量付费", "pay as you go")
	}
	for _, a := range v.Addresses {
		out.Addresses = append(out.Addresses, clean(a))
	}
	if !v.Expires.IsZero() {
		out.Expires, out.Left = v.Expires.String(), w.left(v.Expires)
		switch n := domaincheck.DateOf(w.now).DaysUntil(v.Expires); {
		case n < 0:
			out.Class = "critical"
		case n <= 7:
			out.Class = "high"
		case n <= 30:
			out.Class = "medium"
		}
	}
	if c := v.Codes; c != nil && c.Total != nil {
		used := 0
		for _, n := range []*int{c.Used, c.Filing} {
			if n != nil {
				used += *n
			}
		}
		out.Codes = w.sayf("%d / %d 已用", "%d / %d used", used, *c.Total)
		out.CodesClass = "pass"
		if used >= *c.Total {
			out.CodesClass = "high"
		}
		out.CodesUsed = share(int64(used), int64(*c.Total), 1000)
	}
	return out
}

// alertsView lists what is open now and what happened.
type alertsView struct {
	Tab      string
	Tabs     []tabView
	Counts   []tallyView
	Open     []openView
	Events   []eventView
	Next     string
	Level    string
	Levels   []optionView
	AnyOfAll bool
}

type tabView struct {
	Text, Href string
	Current    bool
}

// openView is a failure that is open, with who was told.
type openView struct {
	eventView
	Since, Held string
	Told        []string
}

func (s *Server) alertsPage(w http.ResponseWriter, r *http.Request) {
	words := s.words(r)
	tab := r.URL.Query().Get("tab")
	if tab != "history" {
		tab = "open"
	}
	d := &alertsView{Tab: tab, Level: r.URL.Query().Get("level")}
	d.Tabs = []tabView{{words.say("未恢复", "Open"), "/alerts", tab == "open"}, {words.say("历史", "History"), "/alerts?tab=history", tab == "history"}}
	var err error
	if tab == "open" {
		err = s.openAlerts(r, words, d)
	} else {
		err = s.pastAlerts(r, words, d)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "alerts", view{Title: words.say("告警", "Alerts"), Section: "alerts", D: d})
}

func (s *Server) openAlerts(r *http.Request, w words, d *alertsView) error {
	ctx := r.Context()
	counts, err := s.o.Store.OpenCounts(ctx, scopeOf(ctx))
	if err != nil {
		return err
	}
	for _, level := range []domaincheck.Severity{domaincheck.Critical, domaincheck.High, domaincheck.Medium, domaincheck.Low} {
		d.Counts = append(d.Counts, tallyView{string(level), w.severity(level), "/alerts?level=" + string(level), counts[level]})
	}
	page, err := s.o.Store.OpenEvents(ctx, store.OpenQuery{Scope: scopeOf(ctx), MinLevel: severityParam(d.Level), After: r.URL.Query().Get("after"), Limit: listShown})
	if err != nil {
		return err
	}
	for i := range page.Items {
		d.Open = append(d.Open, w.open(&page.Items[i].Open))
	}
	if page.Next != "" {
		d.Next = keepQuery(r, "after", page.Next)
	}
	return nil
}

// severityParam is a level of a query; any other word is none.
func severityParam(text string) domaincheck.Severity {
	if s := domaincheck.Severity(text); s.Rank() >= 0 {
		return s
	}
	return ""
}

func (w words) open(o *alert.Open) openView {
	v := openView{eventView: w.event(0, &o.Event), Since: w.short(o.Event.Since.Time)}
	for channel, told := range o.Told {
		if told != nil {
			v.Told = append(v.Told, clean(channel)+" "+w.short(told.At.Time))
		}
	}
	sortText(v.Told)
	by := clean(string(o.By))
	switch o.Held {
	case "suppressed":
		v.Held = w.say("误报：", "false alarm: ") + by
	case "silenced":
		v.Held = w.say("静默：", "silenced: ") + by
	case "maintenance":
		v.Held = w.say("维护窗口", "maintenance")
	case "inhibited":
		v.Held = w.say("由另一原因解释：", "explained by: ") + by
		if rule, ok := w.book.Rule(string(o.By)); ok {
			v.Held = w.say("由另一原因解释：", "explained by: ") + rule.Title.In(w.lang)
		}
	case "digest":
		v.Held = w.say("只进汇总", "in digests only")
	}
	return v
}

func (s *Server) pastAlerts(r *http.Request, w words, d *alertsView) error {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	events, err := s.o.Store.Events(r.Context(), store.EventQuery{Scope: scopeOf(r.Context()), Newest: true, After: after, Limit: listShown})
	if err != nil {
		return err
	}
	d.Events = w.events(events)
	if len(events) == listShown {
		d.Next = keepQuery(r, "after", strconv.FormatInt(events[len(events)-1].ID, 10))
	}
	return nil
}

// deliveriesView lists what the channels were given.
type deliveriesView struct {
	Tabs   []tabView
	Queues []queueView
	Rows   []deliveryView
	Next   string
}

type queueView struct {
	Channel       string
	Pending, Dead int64
	Oldest        string
}

func (s *Server) deliveriesPage(w http.ResponseWriter, r *http.Request) {
	words, ctx := s.words(r), r.Context()
	state := r.URL.Query().Get("state")
	if state != "pending" && state != "dead" && state != "delivered" {
		state = ""
	}
	d := &deliveriesView{}
	for _, t := range []struct{ state, text string }{{"", words.say("全部", "All")}, {"pending", words.say("等待中", "Waiting")}, {"dead", words.say("放弃的", "Dead letters")}, {"delivered", words.say("已送达", "Delivered")}} {
		d.Tabs = append(d.Tabs, tabView{t.text, keepQuery(r, "state", t.state), t.state == state})
	}
	counts, err := s.o.Store.Channels(ctx, scopeOf(ctx))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, c := range counts {
		q := queueView{Channel: clean(c.Channel), Pending: c.Pending, Dead: c.Dead}
		if !c.Oldest.IsZero() {
			q.Oldest = words.ago(c.Oldest)
		}
		d.Queues = append(d.Queues, q)
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	rows, err := s.o.Store.Deliveries(ctx, store.DeliveryQuery{Scope: scopeOf(ctx), State: state, Channel: r.URL.Query().Get("channel"), After: after, Limit: listShown})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d.Rows = words.deliveries(rows)
	if len(rows) == listShown {
		d.Next = keepQuery(r, "after", strconv.FormatInt(rows[len(rows)-1].ID, 10))
	}
	s.show(w, r, "deliveries", view{Title: words.say("投递", "Deliveries"), Section: "deliveries", D: d})
}

// silencesView lists what holds messages back.
type silencesView struct {
	Standing, Over []holdView
	All            bool
	Domain         string
}

func (s *Server) silencesPage(w http.ResponseWriter, r *http.Request) {
	all := r.URL.Query().Get("all") != ""
	items, err := s.holds(r.Context(), []string{store.HoldSilence, store.HoldMaintenance, store.HoldSuppression, store.HoldAcknowledgement}, all)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words := s.words(r)
	d := &silencesView{All: all, Domain: clipped(r.URL.Query().Get("domain"), 253)}
	for i := range items {
		h := words.hold(&items[i])
		if h.Standing {
			d.Standing = append(d.Standing, h)
		} else {
			d.Over = append(d.Over, h)
		}
	}
	s.show(w, r, "silences", view{Title: words.say("静默", "Silences"), Section: "silences", D: d})
}

// auditView is the log of changes.
type auditView struct {
	Who, Kind string
	Rows      []auditRowView
	Next      string
}

type auditRowView struct {
	At, Who, Address, Action, Kind, Object string
	Site                                   string
	Before, After                          string
}

func (s *Server) auditPage(w http.ResponseWriter, r *http.Request) {
	words := s.words(r)
	v := r.URL.Query()
	after, _ := strconv.ParseInt(v.Get("after"), 10, 64)
	entries, err := s.o.Store.AuditLog(r.Context(), store.AuditQuery{Scope: scopeOf(r.Context()), Who: v.Get("who"), Kind: v.Get("kind"), Site: v.Get("site"), After: after, Limit: listShown})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := &auditView{Who: clip(v.Get("who"), 80), Kind: clip(v.Get("kind"), 40)}
	for _, e := range entries {
		d.Rows = append(d.Rows, auditRowView{At: words.instant(e.At), Who: clean(e.Who), Address: clean(e.Address), Action: words.action(e.Action), Kind: words.objectKind(e.Kind), Object: clipped(e.Object, 120), Site: e.Site,
			Before: clipped(string(e.Before), 2000), After: clipped(string(e.After), 2000)})
	}
	if len(entries) == listShown {
		d.Next = keepQuery(r, "after", strconv.FormatInt(entries[len(entries)-1].ID, 10))
	}
	s.show(w, r, "audit", view{Title: words.say("审计", "Audit log"), Section: "audit", D: d})
}

func (t tongue) objectKind(kind string) string {
	switch kind {
	case "site":
		return t.say("站点", "site")
	case "subject":
		return t.say("主办单位", "subject")
	case "server":
		return t.say("服务器", "server")
	case "ledger":
		return t.say("台账", "ledger")
	case "delivery":
		return t.say("消息", "message")
	case "channel":
		return t.say("通道", "channel")
	case "session":
		return t.say("会话", "session")
	case "case":
		return t.say("案件", "case")
	}
	return t.holdKind(kind)
}

func (t tongue) action(a string) string {
	switch a {
	case "create":
		return t.say("新建", "create")
	case "change", "put":
		return t.say("修改", "change")
	case "delete":
		return t.say("删除", "delete")
	case "check":
		return t.say("立即检查", "check now")
	case "end":
		return t.say("结束", "end")
	case "import":
		return t.say("导入", "import")
	case "revive":
		return t.say("重新投递", "deliver again")
	case "test":
		return t.say("测试", "test")
	case "login":
		return t.say("登录", "log in")
	case "logout":
		return t.say("退出", "log out")
	}
	return clean(strings.ReplaceAll(a, "_", " "))
}
