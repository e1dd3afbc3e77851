package risk_test

import (
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/risk"
	"domaincheck/rules"
)

func at(target string, f domaincheck.Finding) domaincheck.Finding {
	f.Target = domaincheck.Text(target)
	return f
}

func TestCombinations(t *testing.T) {
	tab := table(t)
	noDNS := fails("access.resolves", "no_address", domaincheck.High)
	down := fails("site.reachable", "refused", domaincheck.Medium)
	parked := fails("site.parked", "for_sale", domaincheck.Medium)
	foreign := fails("access.mainland", "foreign", domaincheck.High)
	blocked := fails("site.blocked", "blocked", domaincheck.Critical)
	expired := fails("domain.expiry", "expired", domaincheck.Critical, "days", -1)
	soon := fails("domain.expiry", "within_30", domaincheck.Medium, "days", 20)
	far := domaincheck.Finding{Rule: "domain.expiry", Code: "in_term", Result: domaincheck.Pass, Severity: domaincheck.Critical, Evidence: domaincheck.Evidence{"days": 150}}
	ended := declared(fails("server.expiry", "ended", domaincheck.Critical, "days", -1, "expires", "2026-11-20"))
	twoProviders := access(domaincheck.Access{Provider: "aliyun"}, domaincheck.Access{Provider: "Tencent"})
	sameTwice := access(domaincheck.Access{Provider: "aliyun"}, domaincheck.Access{Provider: "Aliyun"}, domaincheck.Access{Provider: "tencent", State: domaincheck.AccessCancelled})
	several := func(c *domaincheck.Case) {
		c.Site.Domains = append(c.Site.Domains, domaincheck.Domain{Domain: "example.com.cn", Role: domaincheck.RoleAlias})
		c.Observation.Others = map[string]*domaincheck.Observation{"example.com.cn": {Registration: &domaincheck.Registration{
			Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: now()}, Expires: midnight("2026-11-20"),
		}}}
	}
	for _, c := range []struct {
		name     string
		c        domaincheck.Case
		findings []domaincheck.Finding
		want     []string
	}{
		{"expiry is the cause of no DNS", filed(registered("2026-11-20")), []domaincheck.Finding{expired, noDNS},
			[]string{"S17 block critical 2026-11-20 typical", "S17 de_access critical 2026-12-20 legal", "S17 empty_shell high 2026-12-27 typical"}},
		{"expiry ahead and no DNS: one, with the worse of both", filed(registered("2026-12-11")), []domaincheck.Finding{noDNS, soon},
			[]string{"S16 de_access high 2026-11-30 typical", "S16 empty_shell medium 2026-12-07 typical"}},
		{"a far date explains nothing", filed(registered("2027-04-20")), []domaincheck.Finding{far, noDNS},
			[]string{"S06 de_access low 2026-11-30 typical", "S06 empty_shell low 2026-12-07 typical", "S16 de_access info 2027-04-20 legal"}},
		{"deleted and no DNS", filed(), []domaincheck.Finding{fails("domain.registered", "absent", domaincheck.Critical), noDNS},
			[]string{"S19 deregistration critical 2026-11-20 typical"}},
		{"a block page wins over unreachable", filed(), []domaincheck.Finding{blocked, down}, []string{"S02 block critical 2026-11-20 typical"}},
		{"location and page collapse to the worst", filed(resolving(host("example.cn", hongkong()))), []domaincheck.Finding{down, foreign, parked},
			[]string{"S07 de_access high 2026-11-30 typical", "S07 empty_shell medium 2026-12-07 typical"}},
		{"several providers: no shell", filed(twoProviders), []domaincheck.Finding{noDNS}, []string{"S06 de_access low 2026-11-30 typical"}},
		{"one provider, twice on record", filed(sameTwice), []domaincheck.Finding{noDNS}, []string{"S06 de_access low 2026-11-30 typical", "S06 empty_shell low 2026-12-07 typical"}},
		{"no provider on record: not known", filed(access()), []domaincheck.Finding{noDNS}, []string{"S06 de_access low 2026-11-30 typical"}},
		{"the server has ended", filed(), []domaincheck.Finding{ended}, []string{"S36 de_access critical 2026-11-20 legal", "S36 empty_shell high 2026-11-27 typical"}},
		{"the server has ended, two providers", filed(twoProviders), []domaincheck.Finding{ended}, []string{"S36 de_access critical 2026-11-20 legal"}},
		{"another domain has expired", filed(several, registered("2028-01-01")), []domaincheck.Finding{at("example.com.cn", expired), at("example.com.cn", noDNS)},
			[]string{"S17 block critical @example.com.cn 2026-11-20 typical", "S37 deregistration medium @example.com.cn 2026-11-30 typical"}},
		{"the registrar's date comes first", filed(registered("2027-11-20"), func(c *domaincheck.Case) { c.Observation.Registration.RegistrarExpires = midnight("2026-11-20") }),
			[]domaincheck.Finding{expired}, []string{"S17 block critical 2026-11-20 typical", "S17 de_access critical 2026-12-20 legal", "S17 empty_shell high 2026-12-27 typical"}},
		{"pending delete with redemption can be had back", filed(domain("example.com"), registered("2026-10-15", "pendingDelete", "redemptionPeriod")),
			[]domaincheck.Finding{fails("domain.expiry", "pending_delete", domaincheck.Critical)}, []string{"S18 deregistration critical 2026-12-14 legal"}},
		{"expired long ago, no status: redemption by the calendar", filed(registered("2026-10-15")), []domaincheck.Finding{expired}, []string{"S18 deregistration critical 2026-11-28 legal"}},
		{"the registry's time is over and the name still there", filed(registered("2026-09-01", "pendingDelete")), []domaincheck.Finding{fails("domain.expiry", "redemption", domaincheck.Critical)},
			[]string{"S18 deregistration critical 2026-12-04 typical"}},
		{"another domain runs out soon", filed(several, registered("2028-01-01"), func(c *domaincheck.Case) {
			c.Observation.Others["example.com.cn"].Registration.Expires = midnight("2026-12-11")
		}), []domaincheck.Finding{at("example.com.cn", soon)}, []string{"S16 de_access high @example.com.cn 2026-12-11 legal"}},
		{"a host with addresses here and abroad holds nothing", filed(resolving(host("example.cn", home(), hongkong()))), []domaincheck.Finding{foreign},
			[]string{"S07 de_access high 2026-11-30 typical", "S07 empty_shell medium 2026-12-07 typical"}},
		{"the shell is announced already", filed(noticed("空壳公示", "2026-11-20", "2026-12-31", "")), []domaincheck.Finding{noDNS, declared(fails("notice.deadline", "open", domaincheck.High))},
			[]string{"S05 deregistration critical 2026-12-31 notice", "S05 empty_shell critical 2026-12-31 notice", "S06 de_access low 2026-11-30 typical"}},
		{"the earliest of two notices", filed(noticed("接入核查", "2026-11-15", "2026-12-31", ""), noticed("信息核查", "2026-11-15", "2026-12-15", "")), []domaincheck.Finding{noDNS, declared(fails("notice.deadline", "open", domaincheck.High))},
			[]string{"S03 de_access high 2026-12-15 notice", "S03 empty_shell medium 2026-12-22 typical", "S06 de_access low 2026-12-15 notice"}},
		{"the main domain of several", filed(several, registered("2028-01-01")), []domaincheck.Finding{at("example.cn", noDNS)},
			[]string{"S06 de_access low @example.cn 2026-11-30 typical", "S06 empty_shell low @example.cn 2026-12-07 typical"}},
		{"unfiled: cannot be filed", filed(state(domaincheck.StateUnfiled)), []domaincheck.Finding{
			fails("domain.tld", "not_approved", domaincheck.High), declared(fails("server.type", "pay_as_you_go", domaincheck.Medium)), declared(fails("subject.count", "too_many", domaincheck.Medium)),
		}, []string{"N01 not_fileable medium", "N02 not_fileable medium", "N03 not_fileable medium"}},
		{"filing: worse", filed(state(domaincheck.StateFiling)), []domaincheck.Finding{fails("domain.registrar", "not_approved", domaincheck.High)}, []string{"N01 not_fileable high"}},
		{"first filing, resolves already", filed(state(domaincheck.StateFiling)), []domaincheck.Finding{fails("access.resolves", "points_already", domaincheck.High)},
			[]string{"N04 block medium 2026-11-20 typical", "N04 not_fileable medium"}},
		{"unfiled, served from the mainland", filed(state(domaincheck.StateUnfiled)), []domaincheck.Finding{fails("access.unfiled", "served_mainland", domaincheck.High)}, []string{"S01 block critical 2026-11-20 typical"}},
		{"not filed by inference only", filed(state(domaincheck.StateUnfiled), func(c *domaincheck.Case) { c.Inferred = domaincheck.List[string]{"state"} }),
			[]domaincheck.Finding{fails("access.unfiled", "served_mainland", domaincheck.High)}, []string{"S01 block high 2026-11-20 typical"}},
		{"no filing needed", filed(state(domaincheck.StateNotRequired)), []domaincheck.Finding{expired}, []string{"N06 block high"}},
		{"an order for a filed site", filed(), []domaincheck.Finding{fails("domain.term", "too_short", domaincheck.Medium)}, []string{"N03 not_fileable medium"}},
		{"stolen", filed(), []domaincheck.Finding{fails("domain.changed", "changed", domaincheck.High, "fields", []string{"registrant"})}, []string{"N05 deregistration high"}},
		{"lame servers", filed(), []domaincheck.Finding{fails("access.delegation", "lame", domaincheck.Low)}, []string{}},
	} {
		var states []domaincheck.State
		for _, f := range c.findings {
			states = append(states, confirmed(f, daySpan))
		}
		want := slices.Sorted(slices.Values(c.want))
		if got := shown(tab.Assess(c.c, c.findings, states)); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, want)
		}
		backwards := slices.Clone(c.findings)
		slices.Reverse(backwards)
		if got := shown(tab.Assess(c.c, backwards, states)); !slices.Equal(got, want) {
			t.Errorf("%s, findings in another order:\n got %q\nwant %q", c.name, got, want)
		}
	}
}

// TestUnsureExplainsNothing: what is not confirmed neither absorbs nor lifts
// what is.
func TestUnsureExplainsNothing(t *testing.T) {
	tab := table(t)
	blocked, down := fails("site.blocked", "blocked", domaincheck.Critical), fails("site.reachable", "refused", domaincheck.Medium)
	got := shown(tab.Assess(filed(), []domaincheck.Finding{blocked, down}, []domaincheck.State{confirmed(down, daySpan)}))
	if want := []string{"S02 block info", "S13 de_access low 2026-11-30 typical", "S13 empty_shell low 2026-12-07 typical"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	foreign := fails("access.mainland", "foreign", domaincheck.High)
	got = shown(tab.Assess(filed(resolving(host("example.cn", hongkong()))), []domaincheck.Finding{foreign, down}, []domaincheck.State{confirmed(down, daySpan)}))
	if want := []string{"S13 de_access low 2026-11-30 typical", "S13 empty_shell low 2026-12-07 typical"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWorseNotSureYet: the watch is sure of a mild failure and has seen a worse
// one once: the level stays what it is sure of.
func TestWorseNotSureYet(t *testing.T) {
	tab := table(t)
	f := fails("access.resolves", "no_address", domaincheck.High)
	st := confirmed(f, 20*daySpan)
	st.Code, st.Severity = "only_subdomain", domaincheck.Low
	st.Next = &domaincheck.NextSeverity{Code: "no_address", Severity: domaincheck.High, Since: ago(time.Minute), Looks: 1}
	if got := only("S06", tab.Assess(filed(), []domaincheck.Finding{f}, []domaincheck.State{st})); len(got) == 0 || got[0].Level != domaincheck.Low {
		t.Errorf("%q", shown(got))
	}
	st.Next, st.Severity, st.WorseSince = nil, domaincheck.High, ago(4*daySpan)
	got := only("S06", tab.Assess(filed(), []domaincheck.Finding{f}, []domaincheck.State{st}))
	if len(got) == 0 || got[0].Level != domaincheck.High || got[0].Since != ago(4*daySpan) {
		t.Errorf("T0 is when it became as bad as it is: %q", shown(got))
	}
}

func TestWholeSubject(t *testing.T) {
	tab := table(t)
	f := fails("access.resolves", "no_address", domaincheck.High)
	shell := func(c domaincheck.Case) domaincheck.Risk {
		for _, r := range tab.Assess(c, []domaincheck.Finding{f}, []domaincheck.State{confirmed(f, daySpan)}) {
			if r.Outcome == domaincheck.RiskEmptyShell {
				return r
			}
		}
		t.Fatal("no shell")
		return domaincheck.Risk{}
	}
	sites := func(n int) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { c.Siblings = &domaincheck.Siblings{Sites: n} }
	}
	counted := func(c *domaincheck.Case) { c.Site.Subject.Counts = &domaincheck.Counts{Sites: domaincheck.Known(1)} }
	for _, c := range []struct {
		name string
		c    domaincheck.Case
		want bool
	}{{"only site", filed(sites(1)), true}, {"one of two", filed(sites(2)), false}, {"not known", filed(), false}, {"declared", filed(counted), true}, {"the ledger knows more", filed(counted, sites(2)), false}} {
		if got := shell(c.c).Subject; got != c.want {
			t.Errorf("%s: whole subject %v", c.name, got)
		}
	}
}

// TestEveryFailure: every code that the book can fail with raises a risk of
// level low or worse at once when it is confirmed with severity medium or
// worse, in every state the rule applies to; unconfirmed never above info.
func TestEveryFailure(t *testing.T) {
	tab := table(t)
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, r := range book.Rules() {
		ids[r.ID] = true
		for code := range r.Codes {
			for _, s := range r.States {
				f := fails(r.ID, code, domaincheck.Medium)
				c := filed(state(s), noticed("接入核查", "2026-11-15", "", ""))
				risks := tab.Assess(c, []domaincheck.Finding{f}, []domaincheck.State{confirmed(f, 0)})
				worst := domaincheck.Severity("")
				for _, risk := range risks {
					if risk.Level.Rank() > worst.Rank() {
						worst = risk.Level
					}
				}
				if worst.Rank() < domaincheck.Low.Rank() {
					t.Errorf("%s %s, %s: %q", r.ID, code, s, shown(risks))
				}
			}
		}
	}
	for _, s := range tab.Signals() {
		for _, w := range s.When {
			rule, known := book.Rule(w.Rule)
			if !known {
				t.Errorf("%s: rule %s is none", s.ID, w.Rule)
				continue
			}
			if w.Field != "code" {
				continue
			}
			for _, code := range w.In {
				if _, ok := rule.Codes[code]; !ok && code != "*" {
					t.Errorf("%s: %s has no code %s", s.ID, w.Rule, code)
				}
			}
		}
	}
}

func TestKeeper(t *testing.T) {
	cdn := home()
	cdn.CDN, cdn.IP = true, "47.110.9.9"
	elsewhere := domaincheck.Address{IP: "119.29.0.1", Mainland: domaincheck.Known(true), Provider: "tencent"}
	carrier := domaincheck.Address{IP: "61.1.1.1", Mainland: domaincheck.Known(true), Kind: "carrier"}
	hosts := resolving(host("example.cn", hongkong()), host("www.example.cn", elsewhere), host("m.example.cn", cdn), host("api.example.cn", carrier), host("x.example.cn"))
	names := func(c domaincheck.Case) []string {
		out := []string{}
		for _, h := range risk.Keeper(c) {
			out = append(out, h.Host)
		}
		return out
	}
	for _, c := range []struct {
		name string
		c    domaincheck.Case
		want []string
	}{
		{"by attribution, CDN included", filed(hosts), []string{"m.example.cn"}},
		{"by the address on record", filed(hosts, access(domaincheck.Access{Provider: "west", Addresses: domaincheck.List[string]{"61.1.1.1"}})), []string{"api.example.cn"}},
		{"by the declared server", filed(hosts, access(domaincheck.Access{Provider: "west"}), func(c *domaincheck.Case) {
			c.Site.Servers = domaincheck.List[domaincheck.Server]{{Provider: "west", Addresses: domaincheck.List[string]{"61.1.1.1"}}}
		}), []string{"api.example.cn"}},
		{"two providers", filed(hosts, access(domaincheck.Access{Provider: "aliyun"}, domaincheck.Access{Provider: "tencent"})), []string{"www.example.cn", "m.example.cn"}},
		{"cancelled access keeps nothing", filed(hosts, access(domaincheck.Access{Provider: "aliyun", State: domaincheck.AccessCancelled})), []string{}},
		{"nothing declared: the mainland", filed(hosts, access()), []string{"www.example.cn", "m.example.cn", "api.example.cn"}},
		{"never looked", filed(), []string{}},
	} {
		if got := names(c.c); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		var named []string
		for _, k := range risk.Keepers(c.c) {
			named = append(named, k.Host)
		}
		if !slices.Equal(slices.Compact(named), c.want) && len(named)+len(c.want) > 0 {
			t.Errorf("%s: Keepers names %q, want %q", c.name, named, c.want)
		}
	}
}

func TestKeepersNameTheAccessHeldUp(t *testing.T) {
	front := home()
	carrier := domaincheck.Address{IP: "61.1.1.1", Mainland: domaincheck.Known(true), Kind: "carrier"}
	hosts := resolving(host("example.cn", front), host("api.example.cn", carrier, front))
	for _, c := range []struct {
		name string
		c    domaincheck.Case
		want domaincheck.List[domaincheck.Keeper]
	}{
		{"as declared", filed(hosts), domaincheck.List[domaincheck.Keeper]{{Host: "example.cn", Provider: "aliyun"}, {Host: "api.example.cn", Provider: "aliyun"}}},
		{"one host for two providers", filed(hosts, access(domaincheck.Access{Provider: "aliyun"}, domaincheck.Access{Provider: "west", Addresses: domaincheck.List[string]{"61.1.1.1"}})),
			domaincheck.List[domaincheck.Keeper]{{Host: "example.cn", Provider: "aliyun"}, {Host: "api.example.cn", Provider: "aliyun"}, {Host: "api.example.cn", Provider: "west"}}},
		{"nothing declared", filed(hosts, access()), domaincheck.List[domaincheck.Keeper]{{Host: "example.cn", Provider: "aliyun"}, {Host: "api.example.cn"}, {Host: "api.example.cn", Provider: "aliyun"}}},
		{"not filed", filed(hosts, func(c *domaincheck.Case) { c.Site.State = domaincheck.StateFiling }), nil},
	} {
		if got := risk.Keepers(c.c); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
