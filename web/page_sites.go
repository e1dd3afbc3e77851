package web

import (
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/inventory"
	"domaincheck/store"
	"domaincheck/watch"
)

// sitesView is the list of sites.
type sitesView struct {
	Filter   url.Values
	Q        string
	Sort     string
	Desc     bool
	Rows     []siteRowView
	Count    string
	Selects  []selectView
	Active   []chipView // filters that have no field of their own
	Sorts    map[string]sortView
	Pager    pagerView
	CSV      string
	Filtered bool
	Rest     []hiddenField
}

type hiddenField struct{ Name, Value string }

// selectView is one filter.
type selectView struct {
	Name, Label, Any string
	Options          []optionView
}

type optionView struct {
	Value, Label string
	N            int64
	Counted      bool
	Chosen       bool
}

type chipView struct{ Label, Remove string }

type sortView struct {
	Href string
	Aria string // ascending, descending or ""
}

type pagerView struct {
	First, Prev, Next, Last string
}

// siteRowView is a line of the list.
type siteRowView struct {
	Domain, Label, Name  string
	Verdict              domaincheck.Verdict
	Level                string
	Risk                 string
	Why                  string
	Day, Left            string
	Past                 bool
	Expires, ExpiresLeft string
	ExpiresClass         string
	Subject, SubjectHref string
	Province, Provider   string
	Looked               string
	Never                bool
	Failing              int
	Tags                 []string
	State                domaincheck.SiteState
}

const sitesShown = 50

// siteFields are the query's fields that filter; the others only sort and page.
func siteFields() []string {
	return []string{"q", "verdict", "risk", "min_risk", "state", "province", "provider", "registrar", "tld", "tag", "subject", "server", "customer", "outcome", "rule", "due", "unchecked"}
}

// siteQuery reads the list's query.
func (s *Server) siteQuery(r *http.Request) (store.SiteQuery, error) {
	v := r.URL.Query()
	f := SiteFilter{
		Search: clip(v.Get("q"), 200), Subject: v.Get("subject"), Server: v.Get("server"), State: v.Get("state"), Customer: v.Get("customer"), Province: v.Get("province"), Provider: v.Get("provider"),
		Registrar: v.Get("registrar"), TLD: v.Get("tld"), Risk: v.Get("risk"), MinRisk: v.Get("min_risk"), Outcome: v.Get("outcome"), Rule: v.Get("rule"), Verdict: v.Get("verdict"), Due: v.Get("due"),
	}
	if p, ok := icp.ProvinceByName(f.Province); ok {
		f.Province = p.Name
	}
	if tag := v.Get("tag"); tag != "" {
		f.Tag = []string{tag}
	}
	q, err := f.query(scopeOf(r.Context()))
	if err != nil {
		return q, err
	}
	if part := v.Get("unchecked"); part != "" {
		q.UncheckedSince = s.o.Now().Add(-24 * time.Hour)
		if part != "any" {
			q.Unchecked = watch.Part(part)
		}
	}
	q.After, q.Before, q.Last, q.Limit = v.Get("after"), v.Get("before"), v.Get("last") != "", sitesShown
	q.Brief = true
	switch v.Get("sort") {
	case "deadline":
		q.Sort = store.ByDeadline
	case "expiry":
		q.Sort = store.ByExpiry
	case "looked":
		q.Sort = store.ByLooked
	case "domain":
		q.Sort = store.ByDomain
	default:
		q.Sort = store.ByLevel
	}
	q.Desc = v.Get("order") == "desc" || v.Get("order") == "" && q.Sort == store.ByLevel
	return q, nil
}

// sitesPage lists sites.
func (s *Server) sitesPage(w http.ResponseWriter, r *http.Request) {
	q, err := s.siteQuery(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words := s.words(r)
	v := &sitesView{Filter: r.URL.Query(), Q: q.Text, Sort: string(q.Sort), Desc: q.Desc}
	var page store.Page[store.SiteRow]
	err = together(
		func() (err error) {
			var count store.Count
			page, count, err = s.o.Store.SitesCounted(r.Context(), q)
			v.Count = countText(count)
			return err
		},
		func() (err error) {
			v.Selects, err = s.siteSelects(r, words)
			return err
		},
	)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range page.Items {
		v.Rows = append(v.Rows, s.siteRow(r, words, &page.Items[i]))
	}
	v.Pager = pager(r, page.Prev, page.Next)
	v.Sorts = sorts(r, q)
	v.CSV = "/sites.csv?" + filtersOf(r.URL.Query()).Encode()
	v.Filtered = len(filtersOf(r.URL.Query())) > 0
	v.chips(words, r)
	s.show(w, r, "sites", view{Title: words.say("站点", "Sites"), Section: "sites", D: v})
}

// filtersOf are the filters of a query without its order and place.
func filtersOf(v url.Values) url.Values {
	out := url.Values{}
	for _, name := range siteFields() {
		if value := v.Get(name); value != "" {
			out.Set(name, value)
		}
	}
	return out
}

// pager leads to the pages around.
func pager(r *http.Request, prev, next string) pagerView {
	to := func(name, value string) string {
		v := r.URL.Query()
		for _, n := range []string{"after", "before", "last", "done"} {
			v.Del(n)
		}
		if name != "" {
			v.Set(name, value)
		}
		return r.URL.Path + "?" + v.Encode()
	}
	p := pagerView{}
	if prev != "" {
		p.First, p.Prev = to("", ""), to("before", prev)
	}
	if next != "" {
		p.Next, p.Last = to("after", next), to("last", "1")
	}
	return p
}

// sorts are the links of the headings.
func sorts(r *http.Request, q store.SiteQuery) map[string]sortView {
	out := map[string]sortView{}
	for name, by := range map[string]store.SiteOrder{"domain": store.ByDomain, "level": store.ByLevel, "deadline": store.ByDeadline, "expiry": store.ByExpiry, "looked": store.ByLooked} {
		v := filtersOf(r.URL.Query())
		v.Set("sort", name)
		s := sortView{}
		if q.Sort == by {
			order := "desc"
			s.Aria = "ascending"
			if q.Desc {
				s.Aria, order = "descending", "asc"
			}
			v.Set("order", order)
		}
		s.Href = "/sites?" + v.Encode()
		out[name] = s
	}
	return out
}

func (s *Server) siteRow(r *http.Request, w words, row *store.SiteRow) siteRowView {
	v := siteRowView{Domain: row.Domain, Label: siteLabel(row.Domain), Name: clipped(string(row.Site.Name), 40), Verdict: row.Verdict, Level: string(row.Level), Failing: row.Failing,
		Province: w.province(row.Province), Looked: w.ago(row.LookedAt), Never: row.LookedAt.IsZero(), State: row.Site.State}
	if row.Worst != nil {
		k := w.risk(*row.Worst, s.o.Risks, w.provider)
		v.Risk, v.Why, v.Level = k.Outcome, k.Title, k.Level
	}
	if !row.Deadline.IsZero() {
		day := domaincheck.DateOf(row.Deadline)
		v.Day, v.Left, v.Past = day.String(), w.left(day), day.Before(domaincheck.DateOf(w.now))
	}
	if !row.Expires.IsZero() {
		day := domaincheck.DateOf(row.Expires)
		v.Expires, v.ExpiresLeft = day.String(), w.left(day)
		switch n := domaincheck.DateOf(w.now).DaysUntil(day); {
		case n <= 7:
			v.ExpiresClass = "critical"
		case n <= 30:
			v.ExpiresClass = "high"
		case n <= 90:
			v.ExpiresClass = "medium"
		}
	}
	if sub := row.Site.Subject; sub != nil {
		v.Subject = clipped(firstOf(string(sub.Name), string(sub.ID)), 40)
		if sub.ID != "" {
			v.SubjectHref = "/sites?subject=" + queryEscape(string(sub.ID))
		}
	}
	var names []string
	for _, p := range row.Providers {
		names = append(names, w.provider(p))
	}
	v.Provider = strings.Join(names, w.say("、", ", "))
	p, _ := PrincipalOf(r.Context())
	for _, t := range row.Site.Tags {
		if len(v.Tags) < 4 && (!p.Scoped() || slices.Contains(p.Tags, t)) {
			v.Tags = append(v.Tags, t)
		}
	}
	return v
}

// siteSelects are the filters with the values that occur.
func (s *Server) siteSelects(r *http.Request, w words) ([]selectView, error) {
	chosen := r.URL.Query()
	fixed := func(name, label, any string, pairs ...string) selectView {
		v := selectView{Name: name, Label: label, Any: any}
		for i := 0; i < len(pairs); i += 2 {
			v.Options = append(v.Options, optionView{Value: pairs[i], Label: pairs[i+1], Chosen: chosen.Get(name) == pairs[i]})
		}
		return v
	}
	all := w.say("全部", "All")
	list := []selectView{
		fixed("verdict", w.say("结论", "Verdict"), all, "fail", w.verdict("fail"), "unknown", w.verdict("unknown"), "pass", w.verdict("pass"), "none", w.verdict("")),
		fixed("risk", w.say("风险", "Risk"), all, "critical", w.severity("critical"), "high", w.severity("high"), "medium", w.severity("medium"), "low", w.severity("low"), "info", w.severity("info")),
		fixed("state", w.say("备案状态", "State"), all, "filed", w.state("filed"), "filing", w.state("filing"), "unfiled", w.state("unfiled"), "not_required", w.state("not_required"), "cancelled", w.state("cancelled")),
	}
	same := func(k string) string { return clipped(k, 40) }
	tallies, err := s.o.Store.FacetsOf(r.Context(), scopeOf(r.Context()), 40, store.FacetProvince, store.FacetProvider, store.FacetRegistrar, store.FacetTLD, store.FacetTag)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name, label string
		facet       store.Facet
		show        func(string) string
	}{
		{"province", w.say("省份", "Province"), store.FacetProvince, w.province},
		{"provider", w.say("接入商", "Provider"), store.FacetProvider, w.provider},
		{"registrar", w.say("注册商", "Registrar"), store.FacetRegistrar, same},
		{"tld", w.say("后缀", "TLD"), store.FacetTLD, func(k string) string { return "." + siteLabel(k) }},
		{"tag", w.say("标签", "Tag"), store.FacetTag, same},
	} {
		v := selectView{Name: f.name, Label: f.label, Any: all}
		found := chosen.Get(f.name) == ""
		for _, t := range tallies[f.facet] {
			if t.Key == "" {
				continue
			}
			found = found || t.Key == chosen.Get(f.name)
			v.Options = append(v.Options, optionView{t.Key, f.show(t.Key), t.N, true, t.Key == chosen.Get(f.name)})
		}
		if !found {
			v.Options = append(v.Options, optionView{Value: chosen.Get(f.name), Label: f.show(chosen.Get(f.name)), Chosen: true})
		}
		if len(v.Options) > 0 {
			list = append(list, v)
		}
	}
	return list, nil
}

// chips are the filters that came by a link and have no field.
func (v *sitesView) chips(w words, r *http.Request) {
	q := r.URL.Query()
	put := func(name, label string) {
		if q.Get(name) == "" {
			return
		}
		rest := filtersOf(q)
		rest.Del(name)
		v.Active = append(v.Active, chipView{label, "/sites?" + rest.Encode()})
		v.Rest = append(v.Rest, hiddenField{name, q.Get(name)})
	}
	put("subject", w.say("主办单位 ", "subject ")+clipped(q.Get("subject"), 60))
	put("server", w.say("服务器 ", "server ")+clipped(q.Get("server"), 60))
	put("customer", w.say("客户 ", "customer ")+clipped(q.Get("customer"), 60))
	put("min_risk", w.say("风险不低于 ", "risk at least ")+w.severity(domaincheck.Severity(q.Get("min_risk"))))
	put("outcome", w.say("可能 ", "may come to ")+clipped(q.Get("outcome"), 40))
	rule := clipped(q.Get("rule"), 60)
	if known, ok := w.book.Rule(q.Get("rule")); ok {
		rule = known.Title.In(w.lang)
	}
	put("rule", w.say("不符合：", "fails: ")+rule)
	put("due", w.say("期限早于 ", "deadline before ")+clipped(q.Get("due"), 20))
	put("unchecked", w.say("24 小时内没有真正查到", "not truly checked in 24 h"))
	for _, name := range []string{"sort", "order"} {
		if q.Get(name) != "" {
			v.Rest = append(v.Rest, hiddenField{name, q.Get(name)})
		}
	}
}

// bulk does one thing to several chosen sites.
func (s *Server) bulk(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // was read for the CSRF token already; what cannot be read is empty
	sites := r.PostForm["site"]
	back := localPath(r.PostForm.Get("next"))
	if len(sites) > 500 {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "too_large", "at most 500 sites at once"))
		return
	}
	if len(sites) == 0 {
		http.Redirect(w, r, withDone(back, "nothing"), http.StatusSeeOther)
		return
	}
	switch r.PostForm.Get("action") {
	case "check":
		s.bulkCheck(w, r, sites, back)
	case "silence":
		hours, err := strconv.Atoi(r.PostForm.Get("hours"))
		if err != nil || hours < 1 || hours > 24*366 {
			hours = 24
		}
		reason := firstOf(strings.TrimSpace(r.PostForm.Get("reason")), s.tongueOf(r).say("列表中批量静默", "silenced from the list"))
		if _, err := s.putSilence(r.Context(), SilenceInput{Match: MatchInput{Domains: sites}, Reason: clip(reason, 400), Until: domaincheck.At(s.o.Store.Now().Add(time.Duration(hours) * time.Hour))}); err != nil {
			s.fail(w, r, err)
			return
		}
		http.Redirect(w, r, withDone(back, "silence"), http.StatusSeeOther)
	case "tag", "untag":
		s.bulkTag(w, r, sites, back)
	case "export":
		s.bulkExport(w, r, sites)
	default:
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "there is no such action"))
	}
}

func (s *Server) bulkCheck(w http.ResponseWriter, r *http.Request, sites []string, back string) {
	for _, site := range sites {
		if _, err := s.requestCheck(r.Context(), site); err != nil {
			if p := problemOf(err); p.Status == http.StatusTooManyRequests {
				http.Redirect(w, r, withDone(back, "busy"), http.StatusSeeOther)
				return
			}
			s.fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, withDone(back, "checks"), http.StatusSeeOther)
}

// bulkTag adds a tag to sites or takes one away. Tags are part of the ledger, so
// it takes an administrator, and sites of the inventory file stay as they are.
func (s *Server) bulkTag(w http.ResponseWriter, r *http.Request, sites []string, back string) {
	p, _ := PrincipalOf(r.Context())
	tag := strings.TrimSpace(r.PostForm.Get("tag"))
	if !p.Role.May(RoleAdmin) {
		s.fail(w, r, problem(http.StatusForbidden, "forbidden", "this needs the role %s; %s has the role %s", RoleAdmin, p.Name, p.Role))
		return
	}
	if tag == "" || len([]rune(tag)) > 40 || strings.ContainsAny(tag, ",，、;；|\n") {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "a tag is one word of at most 40 characters"))
		return
	}
	outcome := "tagged"
	for _, domain := range sites {
		mem, err := s.loadSite(r.Context(), domain)
		if err == nil {
			site := mem.Site
			site.Tags = slices.Clone(site.Tags)
			i := slices.Index(site.Tags, tag)
			switch add := r.PostForm.Get("action") == "tag"; {
			case add && i < 0:
				site.Tags = append(site.Tags, tag)
			case !add && i >= 0:
				site.Tags = slices.Delete(site.Tags, i, i+1)
			default:
				continue
			}
			_, err = s.writeSite(r.Context(), site, mem)
		}
		if problem := (*Problem)(nil); errors.As(err, &problem) && problem.Code == string(store.CodeFromFile) || errors.Is(err, store.CodeFromFile) {
			outcome = "some"
			continue
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, withDone(back, outcome), http.StatusSeeOther)
}

// bulkExport gives the entries of the chosen sites as the sheet that import
// reads.
func (s *Server) bulkExport(w http.ResponseWriter, r *http.Request, sites []string) {
	var doc inventory.Document
	for _, domain := range sites {
		mem, err := s.loadSite(r.Context(), domain)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		doc.Sites = append(doc.Sites, maskSite(r.Context(), mem.Site))
	}
	w.Header().Set("Content-Type", typeXLSX)
	w.Header().Set("Content-Disposition", `attachment; filename="sites.xlsx"`)
	w.Header().Set("Cache-Control", "no-store")
	if err := inventory.WriteXLSX(w, doc); err != nil {
		s.o.Log.Warn("an export broke off", "id", RequestID(r.Context()), "error", err)
	}
}

// withDone is an address that says what became of a change.
func withDone(path, what string) string {
	u, err := url.Parse(path)
	if err != nil {
		return "/"
	}
	q := u.Query()
	q.Set("done", what)
	u.RawQuery = q.Encode()
	return u.String()
}

// sitesCSV gives the whole filtered list as a table for a spreadsheet, read and
// sent page by page.
func (s *Server) sitesCSV(w http.ResponseWriter, r *http.Request) {
	q, err := s.siteQuery(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q.After, q.Before, q.Last, q.Limit = "", "", false, 500
	page, err := s.o.Store.Sites(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words := s.words(r)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="sites.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("\ufeff"))
	out := csv.NewWriter(w)
	t := words.say
	_ = out.Write([]string{t("域名", "domain"), t("网站名称", "name"), t("结论", "verdict"), t("风险", "risk"), t("可能的后果", "may come to"), t("原因", "because"), t("期限", "deadline"), t("域名到期", "domain expires"),
		t("主办单位", "subject"), t("省份", "province"), t("接入商", "provider"), t("状态", "state"), t("标签", "tags")})
	for {
		for i := range page.Items {
			v := s.siteRow(r, words, &page.Items[i])
			cells := []string{v.Domain, v.Name, words.verdict(v.Verdict), words.severity(domaincheck.Severity(v.Level)), v.Risk, v.Why, v.Day, v.Expires, v.Subject, v.Province, v.Provider, words.state(v.State), strings.Join(v.Tags, " ")}
			for j := range cells {
				cells[j] = inventory.Guard(cells[j])
			}
			_ = out.Write(cells)
		}
		out.Flush()
		if page.Next == "" || out.Error() != nil {
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.o.Limits.Write))
		q.After = page.Next
		if page, err = s.o.Store.Sites(r.Context(), q); err != nil {
			s.o.Log.Warn("an export broke off", "id", RequestID(r.Context()), "error", err)
			panic(http.ErrAbortHandler) // half a list must not look whole
		}
	}
}
