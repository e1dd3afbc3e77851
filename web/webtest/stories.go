package webtest

import (
	"fmt"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/icp"
)

// story is a site and how it looked on each of the last days.
type story struct {
	site domaincheck.Site
	now  time.Time
	base scene
	acts []act
}

// act is what changed some days ago, until now or until the day End.
type act struct {
	day, end int
	change   func(*scene)
}

// scene is what can be seen of a site.
type scene struct {
	ips        []string
	cname      []string
	nxdomain   bool
	expires    time.Time
	created    time.Time
	statuses   []string
	registrar  string
	registrant string
	status     int
	title      string
	number     string
	link       string
	linkState  domaincheck.LinkState
	block      string
	parked     string
	dnsFails   bool
	pageFails  bool
	snippet    string
}

func (s *story) domain() string { return s.site.MainDomain() }

// Texts that a page would run as a program if it did not escape them.
const (
	ProbeTitle     = `<script>document.title="owned"</script>商城`
	ProbeName      = `"><img src=x onerror=alert(1)>示例`
	ProbeRegistrar = `<svg onload=alert(2)>Registrar`
	ProbeSnippet   = `</p><script>alert(3)</script>版权所有 {{.}} 京ICP备12345678号-9`
	ProbeWHOIS     = "Registrant: <script>alert(4)</script>\r\nNote: \u202egnp.exe\x1b[31m\r\n"
	ProbeDomain    = "probe-shop.cn"
)

type part struct {
	domain, name, subject, province, number string
	provider                                string
	individual                              bool
	tags                                    []string
}

// stories are the seeded sites.
func stories(now time.Time) []story {
	b := &builder{now: now}
	b.troubles()
	b.smaller()
	b.fine()
	return b.all
}

type builder struct {
	now time.Time
	all []story
}

// add begins a story with a sound site at a provider.
func (b *builder) add(p part, acts ...act) *story {
	ip := map[string]string{"aliyun": "47.110.0.%d", "tencent": "111.229.12.%d", "huawei": "121.36.10.%d", "baidu": "180.76.5.%d"}[p.provider]
	ip = fmt.Sprintf(ip, len(b.all)+10)
	kind := domaincheck.KindUnit
	if p.individual {
		kind = domaincheck.KindIndividual
	}
	subject := &domaincheck.Subject{ID: domaincheck.Text(subjectID(p.number)), Name: domaincheck.Text(p.subject), Kind: kind, Province: domaincheck.Text(p.province), RecordNumber: domaincheck.Text(subjectNumber(p.number)), FiledOn: domaincheck.MustDate("2020-05-01"), State: "存续"}
	site := domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: p.domain, Role: domaincheck.RoleMain}}, Name: domaincheck.Text(p.name), Subject: subject, State: domaincheck.StateFiled,
		RecordNumber: domaincheck.Text(p.number), FiledOn: domaincheck.MustDate("2020-05-01"), OpenedOn: domaincheck.MustDate("2020-05-10"), Hosts: domaincheck.List[string]{"@", "www"},
		Access: domaincheck.List[domaincheck.Access]{{Provider: p.provider, State: domaincheck.AccessActive, Since: domaincheck.MustDate("2020-05-01")}},
		Holder: &domaincheck.Holder{Name: domaincheck.Text(p.subject), VerifiedOn: domaincheck.MustDate("2020-04-01")}, RealNameVerifiedOn: domaincheck.MustDate("2020-04-01"), Tags: p.tags,
	}
	shown := p.number
	if p.province == "广东" {
		shown = subjectNumber(p.number)
	}
	st := story{site: site, now: b.now, acts: acts, base: scene{
		ips: []string{ip}, expires: b.now.AddDate(0, 7, len(b.all)), created: b.now.AddDate(-11, 0, len(b.all)), statuses: []string{"web"}, registrar: "阿里云计算有限公司（万网）",
		registrant: p.subject, status: 200, title: p.name, number: shown, link: "https://beian.miit.gov.cn/", linkState: domaincheck.LinkCurrent,
	}}
	b.all = append(b.all, st)
	return &b.all[len(b.all)-1]
}

func subjectNumber(n string) string { s, _, _ := strings.Cut(n, "-"); return s }

func subjectID(n string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, subjectNumber(n))
	return "s" + digits
}

// troubles are the sites in danger.
func (b *builder) troubles() {
	b.add(part{"yunfan-shop.cn", "云帆商城", "北京云帆科技有限公司", "北京", "京ICP备12345678号-1", "aliyun", false, []string{"shop"}},
		act{9, 0, func(s *scene) { s.ips = []string{"8.210.33.7"} }})
	b.add(part{"hailan-travel.com", "海蓝旅行", "海南海蓝旅行社有限公司", "海南", "琼ICP备18004321号-1", "tencent", false, []string{"travel"}},
		act{Days, 0, func(s *scene) { s.expires = b.now.AddDate(0, 0, 4) }})
	b.add(part{"qingning.cn", "青柠笔记", "李青", "上海", "沪ICP备20009876号-2", "aliyun", true, []string{"blog"}},
		act{Days, 0, func(s *scene) { s.expires = b.now.AddDate(0, 0, -6) }}, act{6, 0, func(s *scene) { s.nxdomain = true }})
	b.add(part{"jinxiu-home.cn", "锦绣家居", "佛山锦绣家居有限公司", "广东", "粤ICP备17012345号-1", "aliyun", false, []string{"shop"}},
		act{2, 0, func(s *scene) { s.block, s.status, s.number, s.title = "aliyun", 403, "", "Non-compliance ICP Filing" }})
	b.add(part{"mofang-edu.com", "魔方教育", "杭州魔方教育科技有限公司", "浙江", "浙ICP备19003344号-1", "tencent", false, []string{"edu"}},
		act{7, 0, func(s *scene) { s.ips = []string{"121.36.10.77"} }})
	b.add(part{"xinghe-media.cn", "星河传媒", "成都星河文化传媒有限公司", "四川", "蜀ICP备21005566号-1", "huawei", false, nil},
		act{5, 0, func(s *scene) {
			s.parked, s.title, s.number = "for_sale", "本域名出售 This domain is for sale", ""
		}})
	st := b.add(part{"nanfeng.net", "南风资讯", "南京南风信息技术有限公司", "江苏", "苏ICP备16007788号-1", "aliyun", false, []string{"news"}})
	st.site.Access[0].State = domaincheck.AccessNotice
	st.site.Access[0].Notices = domaincheck.List[domaincheck.Notice]{{Kind: "接入核查", Received: domaincheck.DateOf(b.now).AddDays(-5), Deadline: domaincheck.DateOf(b.now).AddDays(2), Text: "备案接入信息与实际接入信息不符，请于期限前整改"}}
	b.add(part{"chunhua.com.cn", "春华农业", "山东春华农业发展有限公司", "山东", "鲁ICP备15002211号-1", "aliyun", false, nil},
		act{20, 0, func(s *scene) { s.statuses = []string{"serverHold"}; s.nxdomain = true }})
}

// smaller are the sites to keep an eye on.
func (b *builder) smaller() {
	b.add(part{"feiyu-tech.cn", "飞鱼科技", "深圳飞鱼科技有限公司", "广东", "粤ICP备18055667号-1", "tencent", false, []string{"shop"}},
		act{30, 0, func(s *scene) {
			s.number, s.cname = "粤ICP备18055667号-1", []string{"www.feiyu-tech.cn.cdn.dnsv1.com"}
		}})
	b.add(part{"beichen.cn", "北辰律师事务所", "北京北辰律师事务所", "北京", "京ICP备14009911号-1", "aliyun", false, nil},
		act{Days, 0, func(s *scene) {
			s.link, s.linkState = "http://www.miitbeian.gov.cn/", domaincheck.LinkOutdated
		}})
	b.add(part{"lvye-food.com", "绿野食品", "安徽绿野食品有限公司", "安徽", "皖ICP备17008899号-1", "baidu", false, nil},
		act{14, 0, func(s *scene) { s.link, s.linkState = "", domaincheck.LinkNone }})
	b.add(part{"zhihui-park.cn", "智慧园区", "苏州智慧园区运营有限公司", "江苏", "苏ICP备20011223号-3", "huawei", false, []string{"park"}},
		act{25, 18, func(s *scene) { s.status = 502 }}, act{3, 0, func(s *scene) { s.status = 502 }})
	b.add(part{"yuanshan-tea.cn", "远山茶业", "福建远山茶业有限公司", "福建", "闽ICP备19007766号-1", "aliyun", false, []string{"shop"}},
		act{Days, 0, func(s *scene) { s.expires = b.now.AddDate(0, 0, 24) }})
	b.add(part{"dongli-auto.com", "动力汽配", "武汉动力汽车配件有限公司", "湖北", "鄂ICP备18006655号-1", "tencent", false, nil},
		act{Days, 0, func(s *scene) { s.expires = b.now.AddDate(0, 0, 57) }})
	st := b.add(part{"gudian-music.cn", "古典音乐网", "天津古典文化有限公司", "天津", "津ICP备16003322号-1", "aliyun", false, nil})
	st.site.Servers = domaincheck.List[domaincheck.Server]{servers(b.now)[0]}
	b.add(part{"xn--fiqw6opmi68g.cn", "中文商店", "重庆中文商贸有限公司", "重庆", "渝ICP备21004433号-1", "huawei", false, nil},
		act{4, 0, func(s *scene) { s.dnsFails, s.pageFails = true, true }})
	probe := b.add(part{ProbeDomain, ProbeName, "北京探针有限公司", "北京", "京ICP备12345678号-9", "aliyun", false, []string{"shop"}},
		act{12, 0, func(s *scene) {
			s.title, s.registrar, s.snippet, s.number = ProbeTitle, ProbeRegistrar, ProbeSnippet, "京ICP备12345678号-8"
		}})
	probe.site.Customer = `<i>客户</i>`
}

// fine are the sites without trouble; some had some.
func (b *builder) fine() {
	names := []struct{ domain, name, subject, province, number, provider string }{
		{"tianyi-soft.cn", "天一软件", "北京云帆科技有限公司", "北京", "京ICP备12345678号-2", "aliyun"},
		{"yunfan-doc.cn", "云帆文档", "北京云帆科技有限公司", "北京", "京ICP备12345678号-3", "aliyun"},
		{"huaxia-print.com", "华夏印务", "上海华夏印务有限公司", "上海", "沪ICP备15006677号-1", "tencent"},
		{"anshun-log.cn", "安顺物流", "贵州安顺物流有限公司", "贵州", "黔ICP备19001122号-1", "huawei"},
		{"bolan-book.cn", "博览书店", "西安博览图书有限公司", "陕西", "陕ICP备17009900号-1", "aliyun"},
		{"minghe-dental.com", "明和口腔", "长沙明和口腔医院有限公司", "湖南", "湘ICP备18003311号-1", "tencent"},
		{"ruida-steel.com", "瑞达钢铁", "唐山瑞达钢铁贸易有限公司", "河北", "冀ICP备16008811号-1", "baidu"},
		{"xueding.cn", "雪顶咖啡", "沈阳雪顶餐饮有限公司", "辽宁", "辽ICP备20002233号-1", "aliyun"},
	}
	for i, n := range names {
		var acts []act
		if i == 2 {
			acts = append(acts, act{22, 15, func(s *scene) { s.number = "" }})
		}
		if i == 5 {
			acts = append(acts, act{11, 8, func(s *scene) { s.status = 503 }})
		}
		b.add(part{n.domain, n.name, n.subject, n.province, n.number, n.provider, false, []string{"web"}}, acts...)
	}
}

// servers are the declared ones.
func servers(now time.Time) []domaincheck.Server {
	number := func(n int) *int { return &n }
	yes := true
	today := domaincheck.DateOf(now)
	return []domaincheck.Server{
		{ID: "web-hz-1", Provider: "aliyun", Type: "ecs", Region: "cn-hangzhou", Addresses: domaincheck.List[string]{"47.110.0.24"}, Billing: "subscription", FirstTermMonths: number(12), Expires: today.AddDays(12), PublicBandwidth: &yes,
			Codes: &domaincheck.Codes{Total: number(5), Used: number(4), Filing: number(1)}},
		{ID: "web-sh-2", Provider: "tencent", Type: "swas", Region: "ap-shanghai", Addresses: domaincheck.List[string]{"111.229.12.20"}, Billing: "subscription", FirstTermMonths: number(24), Expires: today.AddDays(300), PublicBandwidth: &yes,
			Codes: &domaincheck.Codes{Total: number(5), Used: number(2)}},
	}
}

// seen is the observation of a day.
func (s *story) seen(w *World, day int, at time.Time) domaincheck.Observation {
	sc := s.base
	for _, a := range s.acts {
		if day <= a.day && day >= a.end {
			a.change(&sc)
		}
	}
	when := domaincheck.At(at)
	o := domaincheck.Observation{Registration: s.registration(&sc, when), Resolution: s.resolution(w, &sc, when), Page: s.page(&sc, when)}
	return o
}

func look(at domaincheck.Instant) domaincheck.Look {
	return domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}
}

func (s *story) registration(sc *scene, at domaincheck.Instant) *domaincheck.Registration {
	r := &domaincheck.Registration{Look: look(at), Source: "whois", Servers: domaincheck.List[string]{"whois.cnnic.cn:43"}, Domain: domaincheck.Text(s.domain()),
		Registrar: &domaincheck.Registrar{Name: domaincheck.Text(sc.registrar)}, Registrant: &domaincheck.Registrant{Name: domaincheck.Text(sc.registrant)},
		Created: domaincheck.At(sc.created), Expires: domaincheck.At(sc.expires), Statuses: sc.statuses, Nameservers: domaincheck.List[string]{"dns17.hichina.com", "dns18.hichina.com"}}
	if s.domain() == ProbeDomain {
		r.Raw = []domaincheck.Raw{{Kind: "whois", Source: "whois.cnnic.cn:43", At: at, Bytes: []byte(ProbeWHOIS)}}
	}
	return r
}

func (s *story) resolution(w *World, sc *scene, at domaincheck.Instant) *domaincheck.Resolution {
	r := &domaincheck.Resolution{Look: look(at), Resolvers: domaincheck.List[string]{"223.5.5.5", "119.29.29.29"}, Vantage: domaincheck.VantageMainland,
		Delegation: &domaincheck.Delegation{Outcome: domaincheck.OutcomeOK, ParentOutcome: domaincheck.OutcomeOK, ChildOutcome: domaincheck.OutcomeOK, Parent: domaincheck.List[string]{"dns17.hichina.com", "dns18.hichina.com"}, Child: domaincheck.List[string]{"dns17.hichina.com", "dns18.hichina.com"}}}
	if sc.dnsFails {
		r.Outcome = domaincheck.OutcomeTimeout
		r.Error = domaincheck.Errorf(domaincheck.CodeTimeout, "223.5.5.5:53", "no answer within 10 s")
		return r
	}
	for _, host := range []string{s.domain(), "www." + s.domain()} {
		h := domaincheck.Host{Host: host, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Agreed: 2}
		if sc.nxdomain {
			h.RCode = "NXDOMAIN"
		} else {
			if strings.HasPrefix(host, "www.") && len(sc.cname) > 0 {
				h.CNAME = sc.cname
			}
			for _, ip := range sc.ips {
				h.Addresses = append(h.Addresses, w.attribute(ip, h.CNAME))
			}
		}
		r.Hosts = append(r.Hosts, h)
	}
	return r
}

func (s *story) page(sc *scene, at domaincheck.Instant) *domaincheck.HomePage {
	p := &domaincheck.HomePage{Look: look(at), Requested: domaincheck.Text("http://" + s.domain() + "/"), Final: domaincheck.Text("https://" + s.domain() + "/"), Status: &sc.status, Title: domaincheck.Text(sc.title), Charset: "utf-8", Bytes: 20311,
		Attempts: domaincheck.List[domaincheck.PageAttempt]{{URL: "https://" + s.domain() + "/", Outcome: domaincheck.OutcomeOK, Status: &sc.status}}, TLS: &domaincheck.TLS{OK: domaincheck.Known(true), Expires: domaincheck.At(at.AddDate(0, 2, 0))}}
	switch {
	case sc.pageFails || sc.nxdomain:
		p.Outcome, p.Status, p.Title, p.TLS = domaincheck.OutcomeTimeout, nil, "", nil
		p.Error = domaincheck.Errorf(domaincheck.CodeTimeout, s.domain(), "no answer within 10 s")
		return p
	case sc.block != "":
		p.Block = &domaincheck.Block{Provider: domaincheck.Text(sc.block), Sign: "title: Non-compliance ICP Filing"}
	case sc.parked != "":
		p.Parked = &domaincheck.Parked{Kind: sc.parked, Sign: "title: for sale"}
	}
	if sc.number != "" {
		if n, err := icp.ParseNumber(sc.number); err == nil {
			p.RecordNumbers = append(p.RecordNumbers, domaincheck.PageNumber{Number: n, Link: domaincheck.Text(sc.link), LinkState: sc.linkState})
		}
		p.Snippet = domaincheck.Text("Copyright © 2016-2026 " + sc.registrant + " 版权所有 " + sc.number + " 联系我们 隐私政策")
	}
	if sc.snippet != "" {
		p.Snippet = domaincheck.Text(sc.snippet)
	}
	if code := policeCode(sc.number); code != "" && sc.block == "" {
		p.PoliceNumbers = domaincheck.List[domaincheck.PoliceNumber]{{Number: "京公网安备" + code + "号", Code: code, Link: domaincheck.Text("https://beian.mps.gov.cn/#/query/webSearch?code=" + code), LinkState: domaincheck.LinkCurrent}}
	}
	return p
}

func policeCode(number string) string {
	if number == "" {
		return ""
	}
	return "11010802020193"
}
