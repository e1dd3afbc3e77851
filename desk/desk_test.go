package desk_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/desk"
)

func at(t *testing.T, s string) domaincheck.Instant {
	t.Helper()
	x, err := time.ParseInLocation(time.DateTime, s, domaincheck.Beijing())
	if err != nil {
		t.Fatal(err)
	}
	return domaincheck.At(x)
}

func yes(b bool) *bool { return &b }

// filed is a report of a site filed at aliyun whose @ and www lead to addresses.
func filed(t *testing.T, front ...domaincheck.Address) *domaincheck.Report {
	t.Helper()
	r := &domaincheck.Report{
		Domain: "a.cn", Unicode: "a.cn", At: at(t, "2026-11-21 12:00:00"),
		Site: &domaincheck.ReportSite{Site: domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: "a.cn", Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled, Customer: "C1",
			Subject: &domaincheck.Subject{Name: "甲公司"},
			Access:  domaincheck.List[domaincheck.Access]{{Provider: "aliyun", State: domaincheck.AccessActive}},
		}},
		Observation: domaincheck.Observation{Resolution: &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at(t, "2026-11-21 11:00:00")}}},
	}
	for _, name := range []string{"a.cn", "www.a.cn"} {
		r.Observation.Resolution.Hosts = append(r.Observation.Resolution.Hosts, domaincheck.Host{Host: name, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Addresses: front})
	}
	return r
}

func TestElsewhere(t *testing.T) {
	here := domaincheck.Address{IP: "47.110.0.1", Provider: "aliyun", Mainland: yes(true)}
	other := domaincheck.Address{IP: "119.29.0.1", Provider: "tencent", Mainland: yes(true)}
	for name, test := range map[string]struct {
		report func() *domaincheck.Report
		want   string // "" for no candidate
	}{
		"here": {func() *domaincheck.Report {
			r := filed(t, here)
			r.Keepers = domaincheck.List[domaincheck.Keeper]{{Host: "www.a.cn", Provider: "aliyun"}}
			return r
		}, ""},
		"at another provider": {func() *domaincheck.Report { return filed(t, other) }, "a.cn → 119.29.0.1 (tencent)"},
		"own node abroad": {func() *domaincheck.Report {
			return filed(t, domaincheck.Address{IP: "47.52.0.1", Provider: "aliyun", Mainland: yes(false)})
		}, "a.cn → 47.52.0.1 (aliyun)"},
		"a mainland CDN in front": {func() *domaincheck.Report {
			return filed(t, domaincheck.Address{IP: "1.1.1.1", Provider: "tencent", CDN: true, Mainland: yes(true)})
		}, ""},
		"a CDN abroad": {func() *domaincheck.Report {
			return filed(t, domaincheck.Address{IP: "104.16.0.1", Provider: "cloudflare", CDN: true, Mainland: yes(false)})
		}, "a.cn → 104.16.0.1 (cloudflare)"},
		"resold address space": {func() *domaincheck.Report {
			return filed(t, domaincheck.Address{IP: "1.2.3.4", Kind: "carrier", Mainland: yes(true)})
		}, ""},
		"www was not seen": {func() *domaincheck.Report {
			r := filed(t, other)
			r.Observation.Resolution.Hosts[1].Outcome = domaincheck.OutcomeTimeout
			return r
		}, ""},
		"DNS never seen": {func() *domaincheck.Report { r := filed(t, other); r.Observation.Resolution = nil; return r }, ""},
		"leads nowhere":  {func() *domaincheck.Report { return filed(t) }, ""},
		"not filed":      {func() *domaincheck.Report { r := filed(t, other); r.Site.State = domaincheck.StateCancelled; return r }, ""},
		"access cancelled here": {func() *domaincheck.Report {
			r := filed(t, other)
			r.Site.Access[0].State = domaincheck.AccessCancelled
			return r
		}, ""},
		"filed at another provider too, and moved there": {func() *domaincheck.Report {
			r := filed(t, other)
			r.Site.Access = append(r.Site.Access, domaincheck.Access{Provider: "tencent"})
			r.Keepers = domaincheck.List[domaincheck.Keeper]{{Host: "www.a.cn", Provider: "tencent"}}
			return r
		}, "a.cn → 119.29.0.1 (tencent)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := desk.OfReport(test.report(), desk.Own{"aliyun", "alicdn"})
			switch {
			case test.want == "" && len(got) > 0:
				t.Fatalf("candidate %+v", got)
			case test.want != "" && (len(got) != 1 || got[0].Kind != desk.Elsewhere || !slices.Contains(got[0].Seen, test.want)):
				t.Fatalf("got %+v, want %q", got, test.want)
			}
		})
	}
}

// What the watch and the risk model know stands in the candidate.
func TestElsewhereIsDated(t *testing.T) {
	r := filed(t, domaincheck.Address{IP: "119.29.0.1", Provider: "tencent", Mainland: yes(true)})
	r.Keepers = domaincheck.List[domaincheck.Keeper]{{Host: "api.a.cn", Provider: "aliyun"}}
	r.Findings = domaincheck.List[domaincheck.Finding]{{Rule: "access.provider", Result: domaincheck.Fail, Severity: domaincheck.High}}
	got := desk.OfReport(r, desk.Own{"aliyun"})[0]
	if got.Confirmed || !got.Since.Equal(r.Observation.Resolution.At.Time) || !got.Deadline.IsZero() {
		t.Errorf("before the watch is sure: %+v", got)
	}
	since, deadline := at(t, "2026-11-03 09:00:00"), at(t, "2026-11-13 00:00:00")
	r.States = domaincheck.List[domaincheck.State]{{Rule: "access.provider", Certainty: domaincheck.Confirmed, Since: since, NoticedAt: at(t, "2026-11-03 09:30:00")}}
	r.Risks = domaincheck.List[domaincheck.Risk]{{Outcome: domaincheck.RiskDeAccess, Signal: "S10", Since: at(t, "2026-11-03 09:30:00"), Deadline: deadline, DeadlineKind: "typical", Provider: "aliyun"}}
	got = desk.OfReport(r, desk.Own{"aliyun"})[0]
	if !got.Confirmed || !got.Since.Equal(since.Time) || !got.Deadline.Equal(deadline.Time) || got.DeadlineKind != "typical" {
		t.Errorf("dated %+v", got)
	}
	if len(got.Hosts) != 1 || got.Hosts[0].Host != "api.a.cn" || !slices.Equal(got.Rules, []string{"access.provider"}) || !slices.Equal(got.Signals, []string{"S10"}) || got.Customer != "C1" || got.Subject != "甲公司" {
		t.Errorf("candidate %+v", got)
	}
}

func TestShell(t *testing.T) {
	r := filed(t)
	risk := domaincheck.Risk{Outcome: domaincheck.RiskEmptyShell, Signal: "S20", Expected: domaincheck.High, Confirmed: true, Causes: domaincheck.List[string]{"server.expiry"}, Since: at(t, "2026-11-01 00:00:00")}
	r.Risks = domaincheck.List[domaincheck.Risk]{risk}
	got := desk.OfReport(r, desk.Own{"aliyun"})
	if len(got) != 1 || got[0].Kind != desk.Shell || !got[0].Confirmed || !slices.Equal(got[0].Rules, []string{"server.expiry"}) || !got[0].Since.Equal(risk.Since.Time) {
		t.Errorf("server ended: %+v", got)
	}
	r.Keepers = domaincheck.List[domaincheck.Keeper]{{Host: "api.a.cn", Provider: "aliyun"}}
	if got := desk.OfReport(r, desk.Own{"aliyun"}); len(got) != 1 {
		t.Errorf("a host is left, but its server has ended: %+v", got)
	}
	r.Risks[0].Causes = domaincheck.List[string]{"access.provider"}
	if got := desk.OfReport(r, desk.Own{"aliyun"}); len(got) != 0 {
		t.Errorf("moved in part: %+v", got)
	}
	r.Keepers = nil
	if got := desk.OfReport(r, desk.Own{"aliyun"}); len(got) != 1 {
		t.Errorf("moved as a whole: %+v", got)
	}
	r.Risks[0].Expected = domaincheck.Low
	if got := desk.OfReport(r, desk.Own{"aliyun"}); len(got) != 0 {
		t.Errorf("a mild risk: %+v", got)
	}
	r.Findings = domaincheck.List[domaincheck.Finding]{{Rule: "subject.state", Result: domaincheck.Fail, Severity: domaincheck.High}}
	if got := desk.OfReport(r, desk.Own{"aliyun"}); len(got) != 1 || !got[0].Confirmed || !slices.Equal(got[0].Rules, []string{"subject.state"}) {
		t.Errorf("the subject is gone: %+v", got)
	}
	r.Findings[0].Result = domaincheck.Unknown
	if got := desk.OfReport(r, desk.Own{"aliyun"}); len(got) != 0 {
		t.Errorf("unknown made a candidate: %+v", got)
	}
	if got := desk.OfReport(nil, desk.Own{"aliyun"}); got != nil {
		t.Errorf("never looked at: %+v", got)
	}
}

func TestContradictions(t *testing.T) {
	var l desk.Ledger
	add := func(domain, subject, subjectNumber, siteNumber string) {
		s := domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: domain}}, RecordNumber: domaincheck.Text(siteNumber)}
		if subject != "" {
			s.Subject = &domaincheck.Subject{Name: domaincheck.Text(subject), RecordNumber: domaincheck.Text(subjectNumber)}
		}
		l.Add(s)
	}
	add("a.cn", "甲（北京）公司", "京ICP备11111111号", "京ICP备11111111号-1")
	add("b.cn", "甲(北京)公司", "京icp备 11111111 号", "京ICP备11111111号-2") // the same, typed otherwise
	add("c.cn", "乙公司", "京ICP备11111111号", "")                       // the number of 甲
	add("d.cn", "丙公司", "", "沪ICP备22222222号-1")
	add("e.cn", "丙公司", "", "沪ICP备33333333号-1") // a second number
	add("f.cn", "丁公司", "粤ICP备14444444号", "粤ICP备15555555号-1")
	add("g.cn", "戊公司", "不清楚", "")
	add("h.cn", "", "", "粤ICP备14444444号-9")
	var got []string
	for _, c := range l.Contradictions() {
		got = append(got, string(c.Kind)+" "+c.Domain+" "+strings.Join(c.Numbers, ",")+" | "+strings.Join(c.Others, ","))
	}
	want := []string{
		"number_of_two_subjects a.cn 京ICP备11111111号 | 乙公司",
		"number_of_two_subjects b.cn 京ICP备11111111号 | 乙公司",
		"number_of_two_subjects c.cn 京ICP备11111111号 | 甲（北京）公司",
		"subject_with_two_numbers d.cn 沪ICP备22222222号,沪ICP备33333333号 | 沪ICP备33333333号",
		"subject_with_two_numbers e.cn 沪ICP备22222222号,沪ICP备33333333号 | 沪ICP备22222222号",
		"number_of_another_subject f.cn 粤ICP备14444444号,粤ICP备15555555号 | ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReadPointings(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"names":                  {"# 域名\nA.cn\n\nwww.b.com.cn\n例子.cn\n", "2 a.cn  |4 www.b.com.cn  |5 xn--fsqu00a.cn  "},
		"names, values":          {"a.cn,47.110.0.1\nb.cn\t2400:3200::1\nc.cn,x.cdn.example.com.\n", "1 a.cn 47.110.0.1 |2 b.cn 2400:3200::1 |3 c.cn  x.cdn.example.com"},
		"blank separated":        {"a.cn 47.110.0.1", "1 a.cn 47.110.0.1 "},
		"headings":               {"\ufeff时间,IP,域名\n2026-11-01,47.110.0.1,a.cn\n", "2 a.cn 47.110.0.1 2026-11-01T00:00:00+08:00"},
		"passive dns":            {`{"rrname":"www.a.cn.","rrtype":"A","rdata":["47.110.0.1","47.110.0.2"],"time_last":1761955200}` + "\n" + `{"rrname":"a.cn","rrtype":"MX","rdata":"mx.a.cn"}`, "1 www.a.cn 47.110.0.1 2025-11-01T08:00:00+08:00|1 www.a.cn 47.110.0.2 2025-11-01T08:00:00+08:00"},
		"bad rows":               {"a..cn,1.2.3.4\nb.cn,1.2.3.999\n{\"rrname\":3}\n{\"rrname\":\"a.cn\",\"rrtype\":\"A\",\"rdata\":7}\nc.cn,1.2.3.4", "rows.csv:1|rows.csv:2|rows.csv:3|rows.csv:4|5 c.cn 1.2.3.4 "},
		"too long":               {"a.cn\n" + strings.Repeat("x", 100_000), "1 a.cn  |rows.csv:2"},
		"a long line is one row": {strings.Repeat("x", 100_000) + "\nb.cn", "rows.csv:1|2 b.cn  "},
		"a zone file":            {"; zone\na.cn.\t\t600\tIN\tA\t47.110.0.1\n*.b.cn. 600 IN CNAME x.c.cn.\na.cn. IN MX 10 mx.a.cn.\n", "2 a.cn 47.110.0.1 |3 b.cn  x.c.cn"},
		"a resolver's answers":   {"a.cn [A] [47.110.0.1]\nb.cn. A 47.110.0.2\n47.110.0.3 c.cn\n", "1 a.cn 47.110.0.1 |2 b.cn 47.110.0.2 |3 c.cn 47.110.0.3 "},
		"types and times":        {"rrname,rrtype,rdata,time_first,time_last\na.cn,A,47.110.0.1,1700000000,1761955200\na.cn,NS,ns.a.cn,1,2\n", "2 a.cn 47.110.0.1 2025-11-01T08:00:00+08:00"},
		"a stream of answers":    {`{"cond":"begin"}` + "\n" + `{"obj":{"rrname":"a.cn.","rrtype":"A","rdata":["47.110.0.1"]}}`, "2 a.cn 47.110.0.1 "},
		"a third column":         {"a.cn,47.110.0.1,2026/3/1\nb.cn,47.110.0.2,华东\n", "1 a.cn 47.110.0.1 2026-03-01T00:00:00+08:00|2 b.cn 47.110.0.2 "},
		"GB18030":                {"\xd3\xf2\xc3\xfb,IP\n\xc0\xfd\xd7\xd3.cn,47.110.0.1\n", "2 xn--fsqu00a.cn 47.110.0.1 "},
		"UTF-16":                 {"\xff\xfea\x00.\x00c\x00n\x00", "rows.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for p, err := range desk.ReadPointings(strings.NewReader(test.in), "rows.csv") {
				if err != nil {
					e, ok := domaincheck.ErrorIn(err)
					if !ok || e.Code != domaincheck.CodeBadInput {
						t.Errorf("error %v", err)
						continue
					}
					got = append(got, string(e.Place))
					continue
				}
				row, ip := "", ""
				if p.IP.IsValid() {
					ip = p.IP.String()
				}
				row = strings.Join([]string{itoa(p.Line), p.Host, ip, p.CNAME + p.SeenAt.String()}, " ")
				got = append(got, row)
			}
			if s := strings.Join(got, "|"); s != test.want {
				t.Errorf("got  %q\nwant %q", s, test.want)
			}
		})
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestOfPointing(t *testing.T) {
	own := desk.Own{"aliyun"}
	listed := func(d string) bool { return d == "known.cn" }
	here := domaincheck.Address{IP: "47.110.0.1", Provider: "aliyun"}
	for host, want := range map[string]bool{"www.new.cn": true, "known.cn": false, "www.known.cn": false} {
		c, is := desk.OfPointing(desk.Pointing{Host: host, Domain: strings.TrimPrefix(host, "www."), IP: netip.MustParseAddr("47.110.0.1")}, here, own, listed)
		if is != want {
			t.Errorf("%s: %v %+v", host, is, c)
		}
		if is && (c.Kind != desk.Unlisted || c.Domain != "new.cn" || !slices.Equal(c.Seen, []string{"www.new.cn → 47.110.0.1"})) {
			t.Errorf("candidate %+v", c)
		}
	}
	if _, is := desk.OfPointing(desk.Pointing{Host: "x.cn", Domain: "x.cn"}, domaincheck.Address{IP: "1.1.1.1", Provider: "tencent"}, own, listed); is {
		t.Error("another provider's address")
	}
}

// TestFinds: one candidate a domain, since the first that was seen, with each
// host once; a row that was last seen long ago is not taken at its word.
func TestFinds(t *testing.T) {
	now := domaincheck.MustDate("2026-11-22").Start()
	finds := desk.NewFinds(desk.Own{"aliyun"}, func(d string) bool { return d == "known.cn" })
	rows := "host,ip,time_first,time_last\nwww.new.cn,47.110.0.1,2026-03-01,2026-11-01\nnew.cn,47.110.0.1,2026-02-01,2026-11-01\nnew.cn,47.110.0.1,,2026-11-02\nold.cn,47.110.0.1,,2026-01-01\nknown.cn,47.110.0.1\nbare.cn,,\n"
	var asked []string
	for p, err := range desk.ReadPointings(strings.NewReader(rows), "f") {
		switch {
		case err != nil:
			t.Fatal(err)
		case p.Fresh(now):
			finds.Take(p, domaincheck.Address{IP: p.IP.String(), Provider: "aliyun"})
		default:
			asked = append(asked, p.Host)
		}
	}
	if !slices.Equal(asked, []string{"old.cn", "bare.cn"}) {
		t.Errorf("to be looked up: %v", asked)
	}
	all := finds.All()
	if len(all) != 1 || all[0].Domain != "new.cn" || all[0].Since.Day().String() != "2026-02-01" || !all[0].Sure() || finds.Left != 0 ||
		!slices.Equal(all[0].Seen, []string{"new.cn → 47.110.0.1", "www.new.cn → 47.110.0.1"}) {
		t.Errorf("found %+v", all)
	}
	for i := range 100_005 {
		host := "n" + itoa(i) + ".cn"
		finds.Take(desk.Pointing{Host: host, Domain: host}, domaincheck.Address{IP: "47.110.0.1", Provider: "aliyun"})
	}
	if len(finds.All()) != 100_000 || finds.Left != 6 {
		t.Errorf("%d found, %d left out", len(finds.All()), finds.Left)
	}
}

func TestNames(t *testing.T) {
	for _, k := range desk.Kinds() {
		if k.Name("zh") == k.Name("en") || k.Name("zh") == string(k) || k.Name("en") == string(k) {
			t.Errorf("%s has no name: %q %q", k, k.Name("zh"), k.Name("en"))
		}
	}
}

// Whatever a list holds: every row that is yielded is a name, lines grow, and a
// refused row names its line.
func FuzzReadPointings(f *testing.F) {
	f.Add("a.cn,47.110.0.1\n")
	f.Add("域名,IP\na.cn,1.2.3.4\n")
	f.Add(`{"rrname":"a.cn","rrtype":"A","rdata":"1.2.3.4"}`)
	f.Fuzz(func(t *testing.T, in string) {
		line := 0
		for p, err := range desk.ReadPointings(strings.NewReader(in), "f") {
			if err != nil {
				if e, ok := domaincheck.ErrorIn(err); !ok || e.Place == "" {
					t.Fatalf("%v names no place", err)
				}
				continue
			}
			if p.Host == "" || p.Line < line {
				t.Fatalf("row %+v after line %d", p, line)
			}
			line = p.Line
			if _, err := domaincheck.ParseTarget(p.Host); err != nil {
				t.Fatalf("%q is no name: %v", p.Host, err)
			}
		}
	})
}
