package risk_test

import (
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/rules"
	"domaincheck/watch"
)

// seen is a filed site with nothing wrong, as it is observed at an instant.
func seen(at domaincheck.Instant) domaincheck.Case {
	look := domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}
	c := filed()
	c.At = at
	c.Site.FiledOn, c.Site.RealNameVerifiedOn, c.Site.OpenedOn, c.Site.LastVisitOn = day("2020-05-01"), day("2020-04-01"), day("2020-05-10"), at.Day()
	c.Site.RecordNumber = "沪ICP备2020012345号-1"
	c.Site.Subject = &domaincheck.Subject{Name: "上海示例科技有限公司", Kind: domaincheck.KindUnit, Province: "上海", State: "存续", RecordNumber: "沪ICP备2020012345号"}
	c.Site.Servers = domaincheck.List[domaincheck.Server]{{ID: "web1", Provider: "aliyun", Type: "ecs", Region: "cn-shanghai", Expires: day("2027-12-01")}}
	c.Observation = domaincheck.Observation{
		Registration: &domaincheck.Registration{
			Look: look, Source: "whois", Domain: "example.cn", Registrar: &domaincheck.Registrar{Name: "阿里云计算有限公司（万网）"},
			Registrant: &domaincheck.Registrant{Name: "上海示例科技有限公司"}, Created: midnight("2019-03-01"), Expires: midnight("2028-03-01"),
			Statuses: domaincheck.List[string]{"ok"}, Nameservers: domaincheck.List[string]{"ns1.example.net"},
		},
		Resolution: &domaincheck.Resolution{
			Look: look, Vantage: domaincheck.VantageMainland, Hosts: domaincheck.List[domaincheck.Host]{host("example.cn", home()), host("www.example.cn", home())},
			Delegation: &domaincheck.Delegation{Outcome: domaincheck.OutcomeOK, Parent: domaincheck.List[string]{"ns1.example.net"}, Child: domaincheck.List[string]{"ns1.example.net"}},
		},
		Page: &domaincheck.HomePage{
			Look: look, Status: domaincheck.Known(200), Title: "示例",
			RecordNumbers: domaincheck.List[domaincheck.PageNumber]{{
				Number: domaincheck.Number{Text: "沪ICP备2020012345号-1", Number: "沪ICP备2020012345号-1", Kind: "filing", Subject: "沪ICP备2020012345号", Index: domaincheck.Known(1), Province: "上海"},
				Link:   "https://beian.miit.gov.cn/", LinkState: domaincheck.LinkCurrent,
			}},
			PoliceNumbers: domaincheck.List[domaincheck.PoliceNumber]{{Number: "沪公网安备31010102000001号", Code: "31010102000001", Link: "https://beian.mps.gov.cn/", LinkState: domaincheck.LinkCurrent}},
		},
	}
	return c
}

// TestPipeline: the findings of the real book, confirmed by the real watch over
// looks six hours apart, give the risks one expects.
func TestPipeline(t *testing.T) {
	tab := table(t)
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	gone := func(c *domaincheck.Case) {
		for i := range c.Observation.Resolution.Hosts {
			h := &c.Observation.Resolution.Hosts[i]
			h.Addresses, h.RCode, h.Agreed = nil, "NXDOMAIN", 2
		}
	}
	for _, k := range []struct {
		name   string
		change func(*domaincheck.Case)
		first  []string // after one look
		later  []string // after a second one six hours later
	}{
		{"healthy", func(*domaincheck.Case) {}, []string{}, []string{}},
		{"no DNS", gone, []string{"S06 de_access info", "S06 empty_shell info"}, []string{"S06 de_access low 2026-12-01 typical", "S06 empty_shell low 2026-12-08 typical"}},
		{"abroad", func(c *domaincheck.Case) {
			c.Observation.Resolution.Hosts = domaincheck.List[domaincheck.Host]{host("example.cn", hongkong()), host("www.example.cn", hongkong())}
		}, []string{"S07 de_access info", "S07 empty_shell info"}, []string{"S07 de_access high 2026-12-01 typical", "S07 empty_shell medium 2026-12-08 typical"}},
		{"abroad, place of the resolver not known", func(c *domaincheck.Case) {
			behind := host("example.cn", hongkong())
			behind.CNAME = domaincheck.List[string]{"example.cn.cdn.example.net"}
			c.Observation.Resolution.Vantage, c.Observation.Resolution.Hosts = domaincheck.VantageUnknown, domaincheck.List[domaincheck.Host]{behind}
		}, []string{"S07 de_access info", "S07 empty_shell info"}, []string{"S07 de_access medium 2026-12-01 typical", "S07 empty_shell low 2026-12-08 typical"}},
		{"abroad seen from abroad is unknown", func(c *domaincheck.Case) {
			c.Observation.Resolution.Vantage = domaincheck.VantageAbroad
			c.Observation.Resolution.Hosts = domaincheck.List[domaincheck.Host]{host("example.cn", hongkong()), host("www.example.cn", hongkong())}
		}, []string{}, []string{}},
		{"another provider", func(c *domaincheck.Case) {
			a := home()
			a.Provider, a.IP = "tencent", "119.29.0.9"
			c.Observation.Resolution.Hosts = domaincheck.List[domaincheck.Host]{host("example.cn", a), host("www.example.cn", a)}
		}, []string{"S09 block info", "S09 de_access info", "S09 empty_shell info"}, []string{"S09 block high 2026-11-21 typical", "S09 de_access high 2026-12-01 typical", "S09 empty_shell medium 2026-12-08 typical"}},
		{"runs out in 20 days, renews itself", func(c *domaincheck.Case) {
			c.Observation.Registration.Expires, c.Site.AutoRenew = midnight("2026-12-11"), domaincheck.Known(true)
		}, []string{"S16 de_access medium 2026-12-11 legal"}, []string{"S16 de_access medium 2026-12-11 legal"}},
		{"expired and no DNS", func(c *domaincheck.Case) {
			c.Observation.Registration.Expires = midnight("2026-11-20")
			gone(c)
		}, []string{"S17 block critical 2026-11-21 typical", "S17 de_access critical 2026-12-20 legal", "S17 empty_shell high 2026-12-27 typical"},
			[]string{"S17 block critical 2026-11-21 typical", "S17 de_access critical 2026-12-20 legal", "S17 empty_shell high 2026-12-27 typical"}},
		{".cn pendingDelete", func(c *domaincheck.Case) {
			c.Observation.Registration.Expires, c.Observation.Registration.Statuses = midnight("2026-10-15"), domaincheck.List[string]{"pendingDelete"}
		}, []string{"S18 deregistration critical 2026-11-28 legal"}, []string{"S18 deregistration critical 2026-11-28 legal"}},
		{"server ended", func(c *domaincheck.Case) { c.Site.Servers[0].Expires = day("2026-11-19") },
			[]string{"S36 de_access critical 2026-11-19 legal", "S36 empty_shell high 2026-11-26 typical"}, []string{"S36 de_access critical 2026-11-19 legal", "S36 empty_shell high 2026-11-26 typical"}},
		{"a notice", noticed("接入核查", "2026-11-15", "2026-11-24", ""),
			[]string{"S03 de_access critical 2026-11-24 notice", "S03 empty_shell high 2026-12-01 typical"}, []string{"S03 de_access critical 2026-11-24 notice", "S03 empty_shell high 2026-12-01 typical"}},
		{"a dead phone", func(c *domaincheck.Case) {
			c.Site.Subject.Principal = &domaincheck.Person{Contact: &domaincheck.PersonContact{Dead: domaincheck.Known(true)}}
		}, []string{"S33 deregistration high 2026-12-01 typical"}, []string{"S33 deregistration high 2026-12-01 typical"}},
		{"no number", func(c *domaincheck.Case) { c.Observation.Page.RecordNumbers = nil }, []string{"S26 fine info"}, []string{"S26 fine medium"}},
		{"nothing could be seen", func(c *domaincheck.Case) { c.Observation = domaincheck.Observation{} }, []string{}, []string{}},
	} {
		var states []domaincheck.State
		for i, want := range [][]string{k.first, k.later} {
			at := domaincheck.At(now().Add(time.Duration(i) * 6 * time.Hour))
			c := seen(at)
			k.change(&c)
			findings := book.Evaluate(c)
			states, _ = watch.Advance(states, findings, watch.DefaultPolicy(), at)
			got := shown(tab.Assess(c, findings, states))
			if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("%s, look %d:\n got %q\nwant %q", k.name, i+1, got, want)
			}
		}
	}
}

// BenchmarkHealthySite: the real findings of a healthy site.
func BenchmarkHealthySite(b *testing.B) {
	tab := table(b)
	book, err := rules.Default()
	if err != nil {
		b.Fatal(err)
	}
	c := seen(now())
	findings := book.Evaluate(c)
	states, _ := watch.Advance(nil, findings, watch.DefaultPolicy(), now())
	b.ReportAllocs()
	for b.Loop() {
		if len(tab.Assess(c, findings, states)) != 0 {
			b.Fatal("not healthy")
		}
	}
}

// FuzzAssess: whatever the findings: nothing comes of what is unknown, does not
// apply or passes (but a date ahead, at level info); what is not confirmed has
// level info and no date; (signal, outcome, target, provider) is unique; the
// order of the findings does not matter.
func FuzzAssess(f *testing.F) {
	f.Add([]byte{12, 0, 1, 23, 0, 1})
	f.Add([]byte{5, 1, 0, 12, 2, 1, 24, 9, 3, 42, 0, 1})
	f.Add([]byte{13, 0, 5, 14, 0, 5, 25, 0, 5, 12, 0, 4})
	tab := table(f)
	book, err := rules.Default()
	if err != nil {
		f.Fatal(err)
	}
	list := book.Rules()
	codes := make([][]string, len(list))
	for i, r := range list {
		for code := range r.Codes {
			codes[i] = append(codes[i], code)
		}
		slices.Sort(codes[i])
	}
	severities := []domaincheck.Severity{domaincheck.Info, domaincheck.Low, domaincheck.Medium, domaincheck.High, domaincheck.Critical}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := filed(registered("2026-11-20"), resolving(host("example.cn", hongkong()), host("m.example.cn", home())), noticed("接入核查", "2026-11-15", "", ""))
		var findings []domaincheck.Finding
		var states []domaincheck.State
		for i := 0; i+2 < len(data) && i < 150; i += 3 {
			k := int(data[i]) % len(list)
			if slices.ContainsFunc(findings, func(f domaincheck.Finding) bool { return f.Rule == list[k].ID }) {
				continue
			}
			x := fails(list[k].ID, codes[k][int(data[i+1])%len(codes[k])], severities[int(data[i+2]>>4)%len(severities)], "days", int(int8(data[i+1])))
			switch data[i+2] & 7 {
			case 0:
				x.Result, x.Why = domaincheck.Unknown, domaincheck.WhyUnobserved
			case 1:
				x.Result = domaincheck.NotApplicable
			case 2:
				x.Result = domaincheck.Pass
			case 3, 4:
				states = append(states, confirmed(x, time.Duration(data[i+1])*time.Hour))
			}
			findings = append(findings, x)
		}
		risks := tab.Assess(c, findings, states)
		keys := map[string]bool{}
		for _, r := range risks {
			key := r.Signal + string(r.Outcome) + string(r.Target) + string(r.Provider)
			if keys[key] {
				t.Fatalf("twice: %s", show(r))
			}
			keys[key] = true
			if !r.Confirmed && (r.Level != domaincheck.Info || !r.Deadline.IsZero()) {
				t.Fatalf("not confirmed: %s", show(r))
			}
			if len(r.Causes) == 0 || r.Expected.Rank() < 0 || r.Since.IsZero() || r.Since.After(now().Time) || r.Deadline.IsZero() != (r.DeadlineKind == "") {
				t.Fatalf("not whole: %+v", r)
			}
			for _, cause := range r.Causes {
				i := slices.IndexFunc(findings, func(f domaincheck.Finding) bool { return f.Rule == cause })
				if i < 0 || findings[i].Result != domaincheck.Fail && (findings[i].Result != domaincheck.Pass || r.Level != domaincheck.Info) {
					t.Fatalf("comes of what did not fail: %s", show(r))
				}
			}
		}
		slices.Reverse(findings)
		if again := tab.Assess(c, findings, states); !slices.Equal(shown(again), shown(risks)) {
			t.Fatalf("another order:\n%q\n%q", shown(risks), shown(again))
		}
	})
}
