package risk_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/risk"
)

func table(t testing.TB) *risk.Table {
	t.Helper()
	tab, err := risk.Default()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func day(s string) domaincheck.Date { return domaincheck.MustDate(s) }

func midnight(s string) domaincheck.Instant { return domaincheck.At(day(s).Start()) }

// now is 2026-11-21 09:00 in Beijing.
func now() domaincheck.Instant { return domaincheck.At(day("2026-11-21").Start().Add(9 * time.Hour)) }

func ago(d time.Duration) domaincheck.Instant { return domaincheck.At(now().Add(-d)) }

func host(name string, addresses ...domaincheck.Address) domaincheck.Host {
	return domaincheck.Host{Host: name, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Addresses: addresses}
}

func home() domaincheck.Address {
	return domaincheck.Address{IP: "47.110.0.1", Country: "CN", Mainland: domaincheck.Known(true), Provider: "aliyun"}
}

func hongkong() domaincheck.Address {
	return domaincheck.Address{IP: "47.52.0.1", Country: "HK", Mainland: domaincheck.Known(false), Provider: "aliyun"}
}

// filed is a filed site at one provider.
func filed(change ...func(*domaincheck.Case)) domaincheck.Case {
	c := domaincheck.Case{At: now(), Site: domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled,
		Subject: &domaincheck.Subject{Name: "北京示例科技有限公司", Kind: domaincheck.KindUnit},
		Access:  domaincheck.List[domaincheck.Access]{{Provider: "aliyun", State: domaincheck.AccessActive}},
	}}
	for _, f := range change {
		f(&c)
	}
	return c
}

func fails(rule, code string, s domaincheck.Severity, evidence ...any) domaincheck.Finding {
	f := domaincheck.Finding{Rule: rule, Code: code, Result: domaincheck.Fail, Severity: s, Knows: domaincheck.Observed, ObservedAt: now()}
	for i := 0; i+1 < len(evidence); i += 2 {
		if f.Evidence == nil {
			f.Evidence = domaincheck.Evidence{}
		}
		f.Evidence[evidence[i].(string)] = evidence[i+1]
	}
	return f
}

// confirmed is a state of that finding: sure, since d ago.
func confirmed(f domaincheck.Finding, d time.Duration) domaincheck.State {
	return domaincheck.State{
		Rule: f.Rule, Target: f.Target, Certainty: domaincheck.Confirmed, Code: domaincheck.Text(f.Code), Severity: f.Severity,
		Since: ago(d), NoticedAt: ago(d), ConfirmedAt: ago(d),
	}
}

// show is a risk in one line: "S07 de_access high 2026-12-01 typical".
func show(r domaincheck.Risk) string {
	s := r.Signal + " " + string(r.Outcome) + " " + string(r.Level)
	if r.Target != "" {
		s += " @" + string(r.Target)
	}
	if !r.Deadline.IsZero() {
		s += " " + r.Deadline.Day().String() + " " + string(r.DeadlineKind)
	}
	return s
}

func shown(risks []domaincheck.Risk) []string {
	out := []string{}
	for _, r := range risks {
		out = append(out, show(r))
	}
	slices.Sort(out)
	return out
}

func registered(expires string, statuses ...string) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		c.Observation.Registration = &domaincheck.Registration{
			Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: now()}, Expires: midnight(expires), Statuses: statuses,
		}
	}
}

func domain(name string) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) { c.Site.Domains[0].Domain = name }
}

func state(s domaincheck.SiteState) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) { c.Site.State = s }
}

func resolving(hosts ...domaincheck.Host) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		c.Observation.Resolution = &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: now()}, Hosts: hosts}
	}
}

func access(list ...domaincheck.Access) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) { c.Site.Access = list }
}

func noticed(kind, received, deadline, text string) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		n := domaincheck.Notice{Kind: domaincheck.Text(kind), Text: domaincheck.Text(text)}
		if received != "" {
			n.Received = day(received)
		}
		if deadline != "" {
			n.Deadline = day(deadline)
		}
		c.Site.Access[0].Notices = append(c.Site.Access[0].Notices, n)
	}
}

func declared(f domaincheck.Finding) domaincheck.Finding {
	f.Knows, f.ObservedAt = domaincheck.Declared, domaincheck.Instant{}
	return f
}

const daySpan = 24 * time.Hour

// example of one signal: what raises it, and one that does not.
type example struct {
	signal  string
	c       domaincheck.Case
	f       domaincheck.Finding
	since   time.Duration
	want    []string            // with the signal's name only; others may stand beside
	not     domaincheck.Finding // fails otherwise, or passes: no such signal
	notCase *domaincheck.Case   // in which it does not raise; the same when nil
}

func examples() []example {
	hk := filed(resolving(host("example.cn", hongkong()), host("www.example.cn", hongkong())))
	sub := filed(resolving(host("example.cn", hongkong()), host("m.example.cn", home())))
	front := filed(resolving(host("example.cn", home()), host("www.example.cn", hongkong())))
	foreign := fails("access.mainland", "foreign", domaincheck.High, "host", "example.cn")
	open := declared(fails("notice.deadline", "open", domaincheck.High))
	person := filed(func(c *domaincheck.Case) { c.Site.Subject.Kind = domaincheck.KindIndividual })
	empty := filed(access(domaincheck.Access{Provider: "aliyun", State: domaincheck.AccessCancelled}))
	two := filed(func(c *domaincheck.Case) {
		c.Site.Domains = append(c.Site.Domains, domaincheck.Domain{Domain: "example.com.cn", Role: domaincheck.RoleAlias})
	})
	other := fails("access.resolves", "no_address", domaincheck.High)
	other.Target = "example.com.cn"
	mainOnly := other
	mainOnly.Target = "example.cn"
	simple := func(id, rule, code string, s domaincheck.Severity, otherCode string, want ...string) example {
		return example{signal: id, c: filed(), f: fails(rule, code, s), since: daySpan, want: want, not: fails(rule, otherCode, domaincheck.Low)}
	}
	return []example{
		simple("S01", "record.exists", "no_record", domaincheck.Critical, "x", "S01 block critical 2026-11-20 typical", "S01 deregistration critical 2026-11-20 typical"),
		simple("S02", "site.blocked", "blocked", domaincheck.Critical, "carrier_dns", "S02 block critical 2026-11-20 typical"),
		{signal: "S03", c: filed(noticed("接入核查", "2026-11-15", "2026-12-01", "")), f: open, want: []string{"S03 de_access high 2026-12-01 notice", "S03 empty_shell medium 2026-12-08 typical"}, not: open, notCase: ptr(filed(noticed("空壳公示", "2026-11-15", "", "")))},
		{signal: "S04", c: empty, f: declared(fails("server.expiry", "within_30", domaincheck.Medium, "days", 20, "expires", "2026-12-11")), want: []string{"S04 empty_shell critical 2026-11-28 typical"}, not: declared(fails("server.expiry", "within_30", domaincheck.Medium, "days", 20)), notCase: ptr(filed())},
		{signal: "S05", c: filed(noticed("空壳公示", "2026-11-20", "2027-01-10", "")), f: open, want: []string{"S05 deregistration critical 2027-01-10 notice", "S05 empty_shell critical 2027-01-10 notice"}, not: open, notCase: ptr(filed(noticed("接入核查", "2026-11-20", "", "")))},
		simple("S06", "access.resolves", "no_address", domaincheck.High, "only_subdomain", "S06 de_access low 2026-11-30 typical", "S06 empty_shell low 2026-12-07 typical"),
		{signal: "S07", c: hk, f: foreign, since: daySpan, want: []string{"S07 de_access high 2026-11-30 typical", "S07 empty_shell medium 2026-12-07 typical"}, not: foreign, notCase: &sub},
		{signal: "S08", c: front, f: foreign, since: daySpan, want: []string{"S08 de_access low"}, not: foreign, notCase: &hk},
		simple("S09", "access.provider", "no_access_record", domaincheck.High, "x", "S09 block high 2026-11-20 typical", "S09 de_access high 2026-11-30 typical", "S09 empty_shell medium 2026-12-07 typical"),
		{signal: "S11", c: sub, f: foreign, since: daySpan, want: []string{"S11 de_access medium 2026-11-30 typical", "S11 empty_shell low 2026-12-07 typical"}, not: foreign, notCase: &hk},
		simple("S12", "access.address", "not_on_record", domaincheck.Medium, "x", "S12 fine low 2026-12-04 typical"),
		simple("S13", "site.reachable", "refused", domaincheck.Medium, "x", "S13 de_access low 2026-11-30 typical", "S13 empty_shell low 2026-12-07 typical"),
		simple("S14", "site.parked", "for_sale", domaincheck.Medium, "x", "S14 de_access high 2026-11-30 typical", "S14 empty_shell medium 2026-12-07 typical"),
		simple("S15", "site.traffic", "no_visits", domaincheck.Medium, "x", "S15 de_access medium", "S15 empty_shell low"),
		{signal: "S16", c: filed(registered("2026-12-11")), f: fails("domain.expiry", "within_30", domaincheck.Medium, "days", 20), want: []string{"S16 de_access high 2026-12-11 legal"}, not: fails("domain.expiry", "expired", domaincheck.Critical, "days", -1), notCase: ptr(filed(registered("2026-11-20")))},
		{signal: "S17", c: filed(registered("2026-11-20")), f: fails("domain.expiry", "expired", domaincheck.Critical, "days", -1), want: []string{"S17 block critical 2026-11-21 typical", "S17 de_access critical 2026-12-20 legal", "S17 empty_shell high 2026-12-27 typical"}, not: fails("domain.expiry", "within_7", domaincheck.High, "days", 5), notCase: ptr(filed(registered("2026-11-26")))},
		{signal: "S18", c: filed(registered("2026-10-15", "pendingDelete")), f: fails("domain.expiry", "redemption", domaincheck.Critical), want: []string{"S18 deregistration critical 2026-11-28 legal"}, not: fails("domain.expiry", "expired", domaincheck.Critical), notCase: ptr(filed(registered("2026-11-20")))},
		{signal: "S19", c: filed(domain("example.com"), registered("2026-09-20", "pendingDelete")), f: fails("domain.expiry", "pending_delete", domaincheck.Critical), want: []string{"S19 deregistration critical 2026-11-24 legal"}, not: fails("domain.expiry", "redemption", domaincheck.Critical), notCase: ptr(filed(registered("2026-10-15", "pendingDelete")))},
		simple("S20", "domain.status", "hold", domaincheck.Critical, "pending_verification", "S20 block critical 2026-11-20 typical"),
		simple("S21", "domain.status", "pending_verification", domaincheck.High, "hold", "S21 block high 2026-11-25 typical"),
		simple("S22", "domain.registrar", "not_approved", domaincheck.High, "x", "S22 de_access high", "S22 empty_shell medium"),
		simple("S23", "domain.tld", "not_approved", domaincheck.High, "x", "S23 de_access high", "S23 empty_shell medium"),
		simple("S24", "domain.holder", "other_name", domaincheck.High, "proxy", "S24 de_access high 2026-11-30 typical", "S24 deregistration high 2026-11-30 typical", "S24 empty_shell medium 2026-12-07 typical"),
		simple("S25", "domain.holder", "proxy", domaincheck.Medium, "other_name", "S25 de_access medium", "S25 empty_shell low"),
		simple("S26", "site.number", "missing", domaincheck.Medium, "x", "S26 fine medium"),
		simple("S27", "site.number_matches", "other_subject", domaincheck.High, "x", "S27 deregistration high 2026-11-30 typical", "S27 fine high 2026-11-30 typical"),
		simple("S28", "site.link", "outdated", domaincheck.Medium, "x", "S28 fine medium"),
		simple("S29", "site.police", "missing", domaincheck.Low, "x", "S29 fine low 2026-12-20 typical"),
		{signal: "S30", c: person, f: fails("site.category", "review", domaincheck.Low, "signs", []string{"shop"}), since: daySpan, want: []string{"S30 deregistration high 2026-11-30 typical"}, not: fails("site.category", "review", domaincheck.Low, "signs", []string{"news"}), notCase: ptr(filed())},
		simple("S31", "site.title", "review", domaincheck.Low, "x", "S31 deregistration medium 2026-11-30 typical"),
		{signal: "S32", c: filed(), f: fails("site.category", "review", domaincheck.Low, "signs", []any{"news"}), since: daySpan, want: []string{"S32 deregistration medium"}, not: fails("site.category", "review", domaincheck.Low), notCase: &person},
		{signal: "S33", c: filed(), f: declared(fails("subject.contact", "dead", domaincheck.High, "problems", []string{"dead"})), want: []string{"S33 deregistration high 2026-12-01 typical"}, not: declared(fails("subject.contact", "phones_swapped", domaincheck.Medium, "problems", []string{"phones_swapped"}))},
		{signal: "S34", c: filed(), f: declared(fails("subject.identity", "card_expired", domaincheck.Medium, "problems", []any{"card_expired:principal"})), want: []string{"S34 de_access high 2026-12-01 typical", "S34 empty_shell medium 2026-12-08 typical"}, not: declared(fails("subject.identity", "too_young", domaincheck.Medium, "problems", []string{"too_young"}))},
		{signal: "S35", c: filed(), f: fails("site.category", "review", domaincheck.Low, "signs", []string{"gambling"}), since: daySpan, want: []string{"S35 deregistration critical 2026-11-20 typical"}, not: fails("site.category", "review", domaincheck.Low, "signs", []string{"news"})},
		{signal: "S36", c: filed(), f: declared(fails("server.expiry", "within_7", domaincheck.High, "days", 7, "expires", "2026-11-28")), want: []string{"S36 de_access high 2026-11-28 legal"}, not: fails("server.term", "ended", domaincheck.Medium)},
		{signal: "S37", c: two, f: other, since: daySpan, want: []string{"S37 deregistration medium @example.com.cn 2026-11-30 typical"}, not: mainOnly},
		{signal: "S38", c: filed(noticed("管局", "2026-11-20", "", "已列入黑名单")), f: open, want: []string{"S38 deregistration critical 2026-11-20 typical"}, not: open, notCase: ptr(filed(noticed("管局", "2026-11-20", "", "核查")))},
		simple("S39", "record.matches", "differs", domaincheck.High, "x", "S39 deregistration high 2026-11-30 typical"),
		simple("S40", "site.blocked", "carrier_dns", domaincheck.High, "blocked", "S40 block high 2026-11-20 typical"),
	}
}

func ptr[T any](v T) *T { return &v }

// only keeps the risks of one signal.
func only(signal string, risks []domaincheck.Risk) []domaincheck.Risk {
	return slices.DeleteFunc(slices.Clone(risks), func(r domaincheck.Risk) bool { return r.Signal != signal })
}

// TestSignals: every signal has something that raises it, something that does
// not, and is silent on what is unknown.
func TestSignals(t *testing.T) {
	tab := table(t)
	covered := map[string]bool{}
	for _, l := range tab.LeftOut() {
		covered[l.ID] = true
	}
	for _, e := range examples() {
		covered[e.signal] = true
		states := []domaincheck.State{confirmed(e.f, e.since)}
		got := only(e.signal, tab.Assess(e.c, []domaincheck.Finding{e.f}, states))
		if want := slices.Sorted(slices.Values(e.want)); !slices.Equal(shown(got), want) {
			t.Errorf("%s: got %q, want %q", e.signal, shown(got), want)
		}
		for _, r := range got {
			if len(r.Causes) == 0 || r.Since.IsZero() || !r.Confirmed || r.Level != r.Expected {
				t.Errorf("%s does not explain itself: %+v", e.signal, r)
			}
		}
		where := e.c
		if e.notCase != nil {
			where = *e.notCase
		}
		if none := only(e.signal, tab.Assess(where, []domaincheck.Finding{e.not}, []domaincheck.State{confirmed(e.not, e.since)})); len(none) != 0 {
			t.Errorf("%s is raised by %s %s: %q", e.signal, e.not.Rule, e.not.Code, shown(none))
		}
		unsure := e.f
		unsure.Result, unsure.Why = domaincheck.Unknown, domaincheck.WhyUnobserved
		if none := tab.Assess(e.c, []domaincheck.Finding{unsure}, states); len(none) != 0 && e.signal != "S04" {
			t.Errorf("%s comes of the unknown: %q", e.signal, shown(none))
		}
	}
	for n := 1; n <= 40; n++ {
		if id := fmt.Sprintf("S%02d", n); !covered[id] {
			t.Errorf("no example of %s", id)
		}
	}
}

// TestUnconfirmed: what the watch is not sure of gives level info, no deadline,
// and the level it would have; what needs no second look counts at once.
func TestUnconfirmed(t *testing.T) {
	tab := table(t)
	atOnce := map[string]bool{"S03": true, "S04": true, "S05": true, "S15": true, "S16": true, "S17": true, "S18": true, "S19": true, "S23": true, "S33": true, "S34": true, "S36": true, "S38": true}
	for _, e := range examples() {
		for _, states := range [][]domaincheck.State{nil, {{Rule: e.f.Rule, Target: e.f.Target, Certainty: domaincheck.Suspected, Since: ago(time.Hour), NoticedAt: ago(time.Minute)}}} {
			for _, r := range only(e.signal, tab.Assess(e.c, []domaincheck.Finding{e.f}, states)) {
				if atOnce[e.signal] {
					if !r.Confirmed || r.Level == domaincheck.Info {
						t.Errorf("%s should count at once: %s", e.signal, show(r))
					}
					continue
				}
				if r.Confirmed || r.Level != domaincheck.Info || r.Expected.Rank() < domaincheck.Low.Rank() || !r.Deadline.IsZero() {
					t.Errorf("%s is not confirmed, yet %s expected %s", e.signal, show(r), r.Expected)
				}
			}
		}
	}
}

// TestLevels: the edges of durations and of days left.
func TestLevels(t *testing.T) {
	tab := table(t)
	for _, c := range []struct {
		rule, code string
		since      time.Duration
		signal     string
		want       domaincheck.Severity
	}{
		{"access.resolves", "no_address", 0, "S06", domaincheck.Low},
		{"access.resolves", "no_address", 3*daySpan - time.Millisecond, "S06", domaincheck.Low},
		{"access.resolves", "no_address", 3 * daySpan, "S06", domaincheck.High},
		{"access.resolves", "no_address", 10*daySpan - time.Millisecond, "S06", domaincheck.High},
		{"access.resolves", "no_address", 10 * daySpan, "S06", domaincheck.Critical},
		{"site.reachable", "timeout", 0, "S13", domaincheck.Low},
		{"site.reachable", "timeout", 3*daySpan - time.Millisecond, "S13", domaincheck.Low},
		{"site.reachable", "timeout", 3 * daySpan, "S13", domaincheck.Medium},
		{"site.reachable", "timeout", 7 * daySpan, "S13", domaincheck.High},
	} {
		f := fails(c.rule, c.code, domaincheck.Medium)
		got := only(c.signal, tab.Assess(filed(), []domaincheck.Finding{f}, []domaincheck.State{confirmed(f, c.since)}))
		if len(got) == 0 || got[0].Level != c.want {
			t.Errorf("%s %s after %s: %q, want %s", c.rule, c.code, c.since, shown(got), c.want)
		}
	}
	for _, c := range []struct {
		days int
		auto bool
		want string
	}{
		{181, false, ""}, {180, false, "info"}, {91, false, "info"}, {90, false, "medium"}, {31, false, "medium"}, {30, false, "high"},
		{8, false, "high"}, {7, false, "critical"}, {0, false, "critical"}, {30, true, "medium"}, {7, true, "high"}, {180, true, "info"},
	} {
		expires := day("2026-11-21").AddDays(c.days)
		f := fails("domain.expiry", "within_90", domaincheck.Low, "days", c.days)
		if c.days > 90 {
			f.Result, f.Code = domaincheck.Pass, "in_term"
		}
		if c.auto {
			f.Evidence["auto_renew"] = true
		}
		got := tab.Assess(filed(registered(expires.String())), []domaincheck.Finding{f}, nil)
		level := ""
		if len(got) > 0 {
			level = string(got[0].Level)
			if got[0].Deadline.Day() != expires || got[0].DeadlineKind != "legal" {
				t.Errorf("%d days: %s", c.days, show(got[0]))
			}
		}
		if level != c.want || len(got) > 1 {
			t.Errorf("%d days, auto-renew %v: %q, want %q", c.days, c.auto, shown(got), c.want)
		}
	}
}

// TestNotices: an open notice's date replaces a typical one, earlier or later,
// never a legal one, and only for what it threatens.
func TestNotices(t *testing.T) {
	tab := table(t)
	f := fails("access.resolves", "no_address", domaincheck.High)
	open := declared(fails("notice.deadline", "open", domaincheck.High))
	for _, c := range []struct {
		kind, received, deadline, closed string
		want                             []string
	}{
		{"接入核查", "2026-11-15", "2026-11-25", "", []string{"S03 de_access high 2026-11-25 notice", "S06 de_access low 2026-11-25 notice", "S03 empty_shell medium 2026-12-02 typical"}},
		{"接入核查", "2026-11-15", "2027-01-25", "", []string{"S03 de_access high 2027-01-25 notice", "S06 de_access low 2027-01-25 notice", "S03 empty_shell medium 2027-02-01 typical"}},
		{"接入核查", "2026-11-15", "2026-11-24", "", []string{"S03 de_access critical 2026-11-24 notice", "S06 de_access low 2026-11-24 notice", "S03 empty_shell high 2026-12-01 typical"}},
		{"接入核查", "2026-11-15", "", "", []string{"S03 de_access high 2026-11-25 typical", "S06 de_access low 2026-11-30 typical", "S03 empty_shell medium 2026-12-02 typical"}},
		{"公安", "2026-11-15", "2026-12-25", "", []string{"S03 fine high 2026-12-25 notice", "S06 de_access low 2026-11-30 typical", "S06 empty_shell low 2026-12-07 typical"}},
		{"管局", "2026-11-15", "2026-12-25", "", []string{"S03 deregistration high 2026-12-25 notice", "S06 de_access low 2026-11-30 typical", "S06 empty_shell low 2026-12-07 typical"}},
	} {
		states := []domaincheck.State{confirmed(f, daySpan)}
		got := shown(tab.Assess(filed(noticed(c.kind, c.received, c.deadline, "")), []domaincheck.Finding{f, open}, states))
		if want := slices.Sorted(slices.Values(c.want)); !slices.Equal(got, want) {
			t.Errorf("%s until %q:\n got %q\nwant %q", c.kind, c.deadline, got, want)
		}
	}
	expired := fails("domain.expiry", "expired", domaincheck.Critical)
	got := tab.Assess(filed(registered("2026-11-20"), noticed("接入核查", "2026-11-15", "2026-11-25", "")), []domaincheck.Finding{expired, open}, nil)
	if i := slices.IndexFunc(got, func(r domaincheck.Risk) bool { return r.Signal == "S17" && r.Outcome == domaincheck.RiskDeAccess }); i < 0 || got[i].DeadlineKind != "legal" {
		t.Errorf("a legal date was replaced: %q", shown(got))
	}
	closed := filed(noticed("接入核查", "2026-11-01", "2026-11-11", ""))
	closed.Site.Access[0].Notices[0].ClosedOn = day("2026-11-10")
	if got := shown(tab.Assess(closed, []domaincheck.Finding{f}, []domaincheck.State{confirmed(f, daySpan)})); got[0] != "S06 de_access low 2026-11-30 typical" {
		t.Errorf("a closed notice counts: %q", got)
	}
}

// TestOrderAndPurity: worst first, and the same from the same, whatever comes
// back from JSON.
func TestOrderAndPurity(t *testing.T) {
	tab := table(t)
	var findings []domaincheck.Finding
	var states []domaincheck.State
	for _, e := range examples() {
		if e.f.Target == "" && !slices.ContainsFunc(findings, func(f domaincheck.Finding) bool { return f.Rule == e.f.Rule }) {
			findings, states = append(findings, e.f), append(states, confirmed(e.f, e.since))
		}
	}
	c := filed(registered("2026-12-11"), noticed("接入核查", "2026-11-15", "2026-11-25", ""))
	first := tab.Assess(c, findings, states)
	for i := 1; i < len(first); i++ {
		if first[i].Level.Rank() > first[i-1].Level.Rank() {
			t.Errorf("%s stands behind %s", show(first[i]), show(first[i-1]))
		}
	}
	raw, err := json.Marshal(findings)
	if err != nil {
		t.Fatal(err)
	}
	var back []domaincheck.Finding
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	second := tab.Assess(c, back, states)
	if !reflect.DeepEqual(first, second) {
		t.Errorf("other risks from the same findings:\n%q\n%q", shown(first), shown(second))
	}
	if len(first) < 20 {
		t.Errorf("only %d risks of %d failures", len(first), len(findings))
	}
	seen := map[string]bool{}
	for _, r := range first {
		key := strings.Join([]string{r.Signal, string(r.Outcome), string(r.Target), string(r.Provider)}, "|")
		if seen[key] {
			t.Errorf("%s stands there twice", key)
		}
		seen[key] = true
	}
}

func BenchmarkAssess(b *testing.B) {
	tab := table(b)
	c := filed(registered("2028-01-01"), resolving(host("example.cn", home())))
	var healthy []domaincheck.Finding
	for i := range 44 {
		healthy = append(healthy, domaincheck.Finding{Rule: fmt.Sprintf("site.rule%d", i), Code: "fine", Result: domaincheck.Pass})
	}
	healthy = append(healthy, domaincheck.Finding{Rule: "domain.expiry", Code: "in_term", Result: domaincheck.Pass, Evidence: domaincheck.Evidence{"days": 400}})
	sick := slices.Clone(healthy)
	for _, e := range examples()[:12] {
		sick = append(sick, e.f)
	}
	for name, findings := range map[string][]domaincheck.Finding{"healthy": healthy, "sick": sick} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tab.Assess(c, findings, nil)
			}
		})
	}
}
