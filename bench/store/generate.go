package main

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/watch"
)

// world invents an inventory: everything about site i follows from i.
type world struct {
	sites int
	now   time.Time
}

func (w world) rand(i int) *rand.Rand { return rand.New(rand.NewPCG(20261121, uint64(i))) } //nolint:gosec // invented facts

var (
	provinces = []string{"北京", "上海", "广东", "江苏", "浙江", "山东", "四川", "湖北", "河南", "福建", "湖南", "安徽", "河北", "陕西", "辽宁", "重庆", "江西", "天津", "广西", "云南", "山西", "黑龙江", "吉林", "贵州", "新疆", "甘肃", "内蒙古", "海南", "宁夏", "青海", "西藏"}
	marks     = []string{"京", "沪", "粤", "苏", "浙", "鲁", "川", "鄂", "豫", "闽", "湘", "皖", "冀", "陕", "辽", "渝", "赣", "津", "桂", "滇", "晋", "黑", "吉", "黔", "新", "甘", "蒙", "琼", "宁", "青", "藏"}
	providers = []string{"aliyun", "tencent", "huawei", "baidu", "volcengine", "jdcloud", "ctyun", "ksyun", "ucloud", "qingcloud", "cmcloud", "west263"}
	tlds      = []string{"cn", "cn", "cn", "com", "com", "com", "net", "com.cn", "org", "top", "xyz", "vip", "shop", "xn--fiqs8s"}
	registrar = []string{"阿里云计算有限公司（万网）", "成都西维数码科技有限公司", "腾讯云计算（北京）有限责任公司", "厦门易名科技股份有限公司", "北京新网数码信息技术有限公司", "GoDaddy.com, LLC", "广东时代互联科技有限公司", "华为云计算技术有限公司"}
	signs     = []rune("安博诚创达德鼎东方飞丰福光广国海和恒宏鸿华汇惠佳嘉建江金锦经景凯康科兰乐力利联龙隆美民明铭诺欧鹏普启千乾强庆荣瑞润森山尚盛胜世顺思泰天通同图万维伟文祥信星兴旭亚阳艺益银英永友宇元远悦云泽展兆正智中众卓资子")
	trades    = []string{"科技", "网络", "信息技术", "贸易", "实业", "文化传媒", "教育咨询", "电子商务", "机械设备", "建筑工程", "餐饮管理", "医疗器械", "物流", "软件", "广告", "环保", "农业", "生物"}
	letters   = []byte("abcdefghijklmnopqrstuvwxyz")
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// skewed picks the first ones more often.
func skewed[T any](r *rand.Rand, list []T) T {
	return list[min(r.IntN(len(list)), r.IntN(len(list)))]
}

// subject is number n; some five sites have one.
func (w world) subject(n int) domaincheck.Subject {
	r := w.rand(-n - 1)
	p := min(r.IntN(len(provinces)), r.IntN(len(provinces)))
	name := string([]rune{pick(r, signs), pick(r, signs), pick(r, signs)})
	return domaincheck.Subject{ID: domaincheck.Text(fmt.Sprintf("s%07d", n)), Name: domaincheck.Text(provinces[p] + name + pick(r, trades) + "有限公司"), Kind: domaincheck.KindUnit,
		Type: "企业", Province: domaincheck.Text(provinces[p]), RecordNumber: domaincheck.Text(fmt.Sprintf("%sICP备%08d号", marks[p], 10000000+n)), FiledOn: domaincheck.MustDate("2020-05-01")}
}

func (w world) subjects() int { return max(w.sites/5, 1) }

func (w world) domain(i int) string {
	r := w.rand(i)
	n := 4 + r.IntN(8)
	b := make([]byte, n)
	for j := range b {
		b[j] = pick(r, letters)
	}
	return fmt.Sprintf("%s%d.%s", b, i, pick(r, tlds))
}

// site is number i.
func (w world) site(i int) domaincheck.Site {
	r := w.rand(i + 1<<40)
	sub := w.subject(r.IntN(w.subjects()))
	provider := skewed(r, providers)
	s := domaincheck.Site{Domains: []domaincheck.Domain{{Domain: w.domain(i), Role: domaincheck.RoleMain}}, Subject: &sub, State: domaincheck.StateFiled,
		Name: domaincheck.Text(string([]rune{pick(r, signs), pick(r, signs)}) + pick(r, trades) + "官网"), RecordNumber: sub.RecordNumber + domaincheck.Text(fmt.Sprintf("-%d", 1+r.IntN(5))),
		FiledOn: domaincheck.MustDate("2021-03-01"), Hosts: []string{"@", "www"},
		Access:   []domaincheck.Access{{Provider: provider, State: domaincheck.AccessActive, Since: domaincheck.MustDate("2021-03-01"), Addresses: []string{fmt.Sprintf("47.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))}}},
		Customer: domaincheck.Text(fmt.Sprintf("客户%04d", min(r.IntN(5000), r.IntN(5000)))), Tags: []string{fmt.Sprintf("team%02d", min(r.IntN(40), r.IntN(40)))}}
	if i%1000 == 7 {
		s.Tags = append(s.Tags, "稀有")
	}
	switch v := r.IntN(100); {
	case v < 3:
		s.State = domaincheck.StateFiling
	case v < 8:
		s.State = domaincheck.StateUnfiled
	case v < 10:
		s.State = domaincheck.StateNotRequired
	}
	return s
}

func (w world) source() store.Source {
	src := store.Source{Sites: w.all()}
	for n := range w.subjects() {
		src.Subjects = append(src.Subjects, w.subject(n))
	}
	return src
}

func (w world) all() iter.Seq2[domaincheck.Site, error] {
	return func(yield func(domaincheck.Site, error) bool) {
		for i := range w.sites {
			if !yield(w.site(i), nil) {
				return
			}
		}
	}
}

var rules = []string{"domain.registered", "domain.tld", "domain.registrar", "domain.domestic", "domain.term", "domain.expiry", "domain.status", "domain.real_name", "domain.holder", "domain.privacy", "domain.changed",
	"access.unfiled", "access.resolves", "access.mainland", "access.provider", "access.address", "access.delegation", "server.type", "server.region", "server.term", "server.bandwidth", "server.codes", "server.expiry",
	"site.reachable", "site.blocked", "site.parked", "site.number", "site.number_matches", "site.link", "site.police", "site.copyright", "site.title", "site.category", "site.tls", "site.traffic",
	"subject.count", "subject.identity", "subject.state", "subject.contact", "record.exists", "record.matches", "record.stale", "notice.deadline", "watch.stale"}

var outcomes = []domaincheck.RiskOutcome{domaincheck.RiskDeAccess, domaincheck.RiskEmptyShell, domaincheck.RiskBlock, domaincheck.RiskDeregistration, domaincheck.RiskFine, domaincheck.RiskNotFileable}

// report is what a look at site i saw at a moment.
func (w world) report(i int, at time.Time) *domaincheck.Report {
	r := w.rand(i + 2<<40)
	site := w.site(i)
	when, domain := domaincheck.At(at), site.MainDomain()
	look := domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: when}
	page := look
	if r.IntN(20) == 0 { // not truly looked at for a while
		page.At = domaincheck.At(at.Add(-time.Duration(r.IntN(200)) * time.Hour))
	}
	expires := w.now.AddDate(0, 0, r.IntN(1100)-10)
	rep := &domaincheck.Report{Schema: domaincheck.Schema, Domain: domaincheck.Text(domain), At: when, Verdict: domaincheck.VerdictPass,
		Site: &domaincheck.ReportSite{Site: site}, Tables: map[string]string{"rules": "2026-11-21#1a2b3c4d", "tlds": "2026-11-21#1a2b3c4d"},
		Observation: domaincheck.Observation{
			Registration: &domaincheck.Registration{Look: look, Domain: domaincheck.Text(domain), Registrar: &domaincheck.Registrar{Name: domaincheck.Text(skewed(r, registrar))}, Expires: domaincheck.At(expires), Nameservers: []string{"ns1.example.net", "ns2.example.net"}, Statuses: []string{"ok"}},
			Resolution: &domaincheck.Resolution{Look: look, Hosts: []domaincheck.Host{{Host: domain, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Addresses: []domaincheck.Address{{IP: site.Access[0].Addresses[0], Country: "CN", Provider: domaincheck.Text(site.Access[0].Provider)}}},
				{Host: "www." + domain, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Addresses: []domaincheck.Address{{IP: site.Access[0].Addresses[0], Country: "CN", Provider: domaincheck.Text(site.Access[0].Provider)}}}}},
			Page: &domaincheck.HomePage{Look: page, Final: domaincheck.Text("https://www." + domain + "/"), Status: domaincheck.Known(200), Title: site.Name},
		}}
	for _, rule := range rules {
		rep.Findings = append(rep.Findings, domaincheck.Finding{Rule: rule, Code: "ok", Result: domaincheck.Pass, Severity: domaincheck.Medium, Knows: domaincheck.Observed, ObservedAt: when})
	}
	fail := func(rule int, sev domaincheck.Severity, outcome domaincheck.RiskOutcome, deadline time.Time) {
		f := &rep.Findings[rule]
		f.Result, f.Code, f.Severity, f.Evidence = domaincheck.Fail, "seen", sev, domaincheck.Evidence{"host": "www." + domain, "looks": 3}
		rep.Verdict = domaincheck.VerdictFail
		since := domaincheck.At(at.Add(-time.Duration(1+r.IntN(240)) * time.Hour))
		rep.States = append(rep.States, domaincheck.State{Rule: f.Rule, Certainty: domaincheck.Confirmed, Code: "seen", Severity: sev, Since: since, LastLook: when})
		rep.Risks = append(rep.Risks, domaincheck.Risk{Outcome: outcome, Signal: "S07", Level: sev, Since: since, Deadline: domaincheck.At(deadline), DeadlineKind: "typical", Causes: []string{f.Rule}})
	}
	if left := expires.Sub(w.now); left < 90*24*time.Hour {
		sev := domaincheck.Low
		if left < 7*24*time.Hour {
			sev = domaincheck.High
		} else if left < 30*24*time.Hour {
			sev = domaincheck.Medium
		}
		fail(5, sev, domaincheck.RiskBlock, expires)
	}
	levels := []domaincheck.Severity{domaincheck.Low, domaincheck.Low, domaincheck.Medium, domaincheck.Medium, domaincheck.High, domaincheck.Critical}
	if v := r.IntN(100); v < 12 {
		fail(11+r.IntN(20), skewed(r, levels), skewed(r, outcomes), domaincheck.At(w.now).Day().AddDays(r.IntN(60)).Start())
	} else if v < 18 && rep.Verdict == domaincheck.VerdictPass {
		rep.Findings[23].Result, rep.Findings[23].Why = domaincheck.Unknown, domaincheck.WhyUnobserved
		rep.Verdict = domaincheck.VerdictUnknown
	}
	return rep
}

func (w world) commit(i int, at time.Time, rev int64) store.Commit {
	rep := w.report(i, at)
	// The registration data are those of the store for a year: see sweep.sh.
	c := store.Commit{Site: string(rep.Domain), Rev: rev, Report: rep, Open: &[]alert.Open{}, Next: []store.Due{{Part: watch.Registration, At: w.now.AddDate(1, 0, 0)}, {Part: watch.Record, At: w.now.AddDate(1, 0, 0)}}}
	if len(rep.Risks) > 0 && rev == 1 {
		k := rep.Risks[0]
		e := alert.Event{Key: alert.KeyOf(string(rep.Domain), k.Causes[0], "", k.Since), Kind: alert.Opened, Domain: rep.Domain, Rule: k.Causes[0], Level: k.Level, Since: k.Since, At: rep.At, Deadline: k.Deadline}
		c.Events, c.Open = []alert.Event{e}, &[]alert.Open{{Event: e}}
		if i%7 == 0 {
			c.Out = []alert.Outgoing{{Channel: "ops", Keys: []string{e.Key}, Kind: e.Kind, Events: []alert.Event{e}}}
		}
	} else if len(rep.Risks) > 0 {
		c.Open = nil
	}
	return c
}

// generate imports the inventory and, with looks, gives each site but one in
// fifty its first report.
func (w world) generate(ctx context.Context, path string, looks bool) error {
	clock := w.now
	s, err := store.Open(ctx, store.Options{URL: place(path), Now: func() time.Time { return clock }})
	if err != nil {
		return err
	}
	defer s.Close()
	start := time.Now()
	c, err := s.ImportSeq(ctx, w.source(), store.ImportOptions{})
	if err != nil {
		return err
	}
	if len(c.Added) != w.sites {
		return fmt.Errorf("%d sites of %d were added, %d refused", len(c.Added), w.sites, len(c.Refused))
	}
	fmt.Printf("import of %d sites: %.1f s (%.1f s of processor time), peak memory %d MiB\n", w.sites, time.Since(start).Seconds(), cpu(), peak())
	if strings.Contains(path, "://") {
		return nil
	}
	size(path, w.sites, "imported")
	if !looks {
		return nil
	}
	start = time.Now()
	used := cpu()
	done := 0
	var batch []store.Commit
	for i := range w.sites {
		if i%50 == 49 {
			continue
		}
		batch = append(batch, w.commit(i, w.now.Add(-time.Duration(i%1440)*time.Minute), 1))
		if len(batch) == 2000 {
			if _, err := s.Commit(ctx, batch); err != nil {
				return err
			}
			done, batch = done+len(batch), batch[:0]
		}
	}
	if len(batch) > 0 {
		if _, err := s.Commit(ctx, batch); err != nil {
			return err
		}
	}
	done += len(batch)
	var settle []alert.Delivery
	rows, err := s.Pending(ctx, "ops", 1000)
	if err != nil {
		return err
	}
	for i, r := range rows {
		d := alert.Delivery{Row: r.ID, Channel: "ops", At: domaincheck.At(w.now), Outcome: alert.Delivered, Attempts: 1}
		if i%20 == 0 {
			d.Outcome, d.Code = alert.Dead, "310000"
		}
		settle = append(settle, d)
	}
	if err := s.Settle(ctx, settle, nil); err != nil {
		return err
	}
	fmt.Printf("first reports of %d sites: %.1f s (%.1f s of processor time; %.0f a second), peak memory %d MiB\n", done, time.Since(start).Seconds(), cpu()-used, float64(done)/time.Since(start).Seconds(), peak())
	size(path, w.sites, "looked at")
	return nil
}

func size(path string, sites int, what string) {
	var total int64
	for _, end := range []string{"", "-wal"} {
		if info, err := os.Stat(path + end); err == nil {
			total += info.Size()
		}
	}
	fmt.Printf("size once %s: %d MiB, %d bytes a site\n", what, total>>20, total/int64(sites))
}
