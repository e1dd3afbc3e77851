package lab

import (
	"fmt"
	"time"

	dc "domaincheck"
)

// This file holds the cast of the demo: some sixty sites that together show
// what the watch is for. Each is a story of the catalogue with a name, an owner
// and a past.

// DemoSite is a site of the demo and what is to be seen of it.
type DemoSite struct {
	Domain string     // main domain
	Story  string     // of the catalogue
	Began  []Turn     // how it was before, oldest first; before the first it was healthy
	Risks  []DemoRisk // that must be there once the past has been told; nil: nothing is promised
}

// Turn is when a site's story changed, before the lab's moment.
type Turn struct {
	Ago   time.Duration
	Story string // of the catalogue; "" the site's own; "healthy" for nothing wrong
}

// DemoRisk is a risk to be found.
type DemoRisk struct {
	Signal  string
	Outcome dc.RiskOutcome
	Level   dc.Severity
}

// Cue is a turn of the show while one watches.
type Cue struct {
	After  time.Duration // from the beginning of the round
	Domain string
	Story  string // of the catalogue; "" the site's own again
	ZH, EN string // what happens, for the terminal
}

// act is a site as it is cast.
type act struct {
	story   string
	trade   string // what the site is: 茶业, 商城 …; part of its name
	tag     string
	owner   string // key of a subject with several sites; "" one of its own
	turns   []Turn
	risks   []DemoRisk
	extra   func(*plan) // after the story is planted
	label   string      // instead of the name made from the index
	tld     string      // instead of the story's
	unnamed bool        // the story compares names: leave the site's own
}

const day = 24 * time.Hour

// began is a past in which the site's own story began some time ago.
func began(ago time.Duration) []Turn { return []Turn{{ago, ""}} }

// always is a past in which nothing was ever different.
func always() []Turn { return []Turn{{1000 * day, ""}} }

// passed is a past with one episode that is over.
func passed(story string, from, to time.Duration) []Turn {
	return []Turn{{from, story}, {to, ""}}
}

// cast is who plays. What is dire comes first; the order is that of the sites'
// record numbers.
func cast() []act {
	return append(append(troubled(), uneasy()...), quiet()...)
}

// troubled are the sites that need somebody now.
func troubled() []act {
	return []act{
		{story: "expires_5_days", trade: "书店", tag: "shop", turns: always(), tld: "com", risks: []DemoRisk{{"S16", dc.RiskDeAccess, dc.Critical}}},
		{story: "located_hongkong", trade: "商城", tag: "shop", turns: began(4 * day), risks: []DemoRisk{{"S07", dc.RiskDeAccess, dc.High}, {"S07", dc.RiskEmptyShell, dc.Medium}}},
		{story: "server_ended", trade: "物流", tag: "brand", turns: always(), risks: []DemoRisk{{"S36", dc.RiskDeAccess, dc.Critical}}},
		{story: "located_cloudflare", trade: "影像", tag: "brand", turns: began(2 * day)},
		{story: "notice_open", trade: "茶业", tag: "shop", turns: began(3 * day)},
		{story: "blocked_aliyun", trade: "乐器", tag: "shop", turns: began(20 * time.Hour)},
		{story: "parked", trade: "旅行", tag: "old", turns: began(9 * day)},
		{story: "expired", trade: "花艺", tag: "old", turns: always(), tld: "cn"},
		{story: "redemption", trade: "陶瓷", tag: "old", turns: always()},
		{story: "server_hold", trade: "教育", tag: "brand", turns: began(20 * time.Hour), tld: "com"},
		{story: "pending_verification", trade: "餐饮", tag: "shop", turns: began(3 * day)},
		{story: "down_503", trade: "家居", tag: "shop", turns: began(3 * day)},
		{story: "dns_nxdomain", trade: "装饰", tag: "old", turns: began(5 * day)},
		{story: "server_5_days", trade: "机械", tag: "brand", turns: always()},
		{story: "located_other_provider", trade: "服饰", tag: "shop", turns: began(6 * day)},
		{story: "holder_other", trade: "仪器", tag: "brand", turns: began(20 * day)},
		{story: "new_owner", trade: "农业", tag: "old", turns: began(12 * day)},
		{story: "unfiled_mainland", trade: "直播", tag: "new", turns: began(8 * day)},
		{story: "cancelled_mainland", trade: "印刷", tag: "old", turns: began(15 * day)},
		{story: "number_other_subject", trade: "医疗", tag: "brand", turns: began(30 * day)},
	}
}

// uneasy are those with something to mend, or to be told apart from trouble.
func uneasy() []act {
	return []act{
		{story: "link_missing", trade: "咖啡", tag: "shop", turns: always()},
		{story: "number_index_guangdong", trade: "电子", tag: "brand", turns: always()},
		{story: "title_other", trade: "丝绸", tag: "brand", turns: began(40 * day)},
		{story: "number_missing", trade: "食品", tag: "shop", turns: began(25 * day)},
		{story: "link_outdated", trade: "汽配", tag: "brand", turns: always()},
		{story: "police_missing", trade: "文创", tag: "brand", turns: always()},
		{story: "copyright_other", trade: "化工", tag: "brand", turns: began(50 * day)},
		{story: "individual_shop", trade: "手作", tag: "shop", turns: always(), unnamed: true},
		{story: "holder_proxy", trade: "软件", tag: "brand", turns: began(60 * day)},
		{story: "registrar_foreign", trade: "外贸", tag: "brand", turns: always()},
		{story: "tld_unapproved", trade: "云服务", tag: "brand", turns: always()},
		{story: "second_expired", trade: "保险", tag: "brand", turns: always()},
		{story: "located_www_abroad", trade: "体育", tag: "shop", turns: began(3 * time.Hour)},
		{story: "located_api_abroad", trade: "地图", tag: "brand", turns: began(10 * day)},
		{story: "tls_expired", trade: "律师", tag: "brand", turns: began(3 * day)},
		{story: "delegation_lame", trade: "建材", tag: "brand", turns: began(35 * day)},
		{story: "expires_31_days", trade: "摄影", tag: "shop", turns: always()},
		{story: "server_20_days", trade: "仓储", tag: "brand", turns: always()},
		{story: "script_shell", trade: "设计", tag: "brand", turns: always()},
		{story: "whois_refused_absent", trade: "电力", tag: "brand", turns: began(20 * time.Hour)},
		{story: "filing_quiet", trade: "民宿", tag: "new", turns: always(), unnamed: true},
		{story: "filing_resolves", trade: "美妆", tag: "new", turns: always(), unnamed: true},
		{story: "real_name_fresh", trade: "眼镜", tag: "new", turns: always()},
		{story: "not_required", trade: "海外", tag: "brand", turns: always(), unnamed: true},
	}
}

// quiet are the sites on which all is well, some of them after a fright.
func quiet() []act {
	group := "group"
	return []act{
		{story: "healthy", trade: "集团", tag: "brand", owner: group, label: "jituan-demo", tld: "cn", turns: passed("down_503", 33*day, 31*day)},
		{story: "healthy_https", trade: "招聘", tag: "brand", owner: group, tld: "cn"},
		{story: "healthy_two_domains", trade: "会员", tag: "brand", owner: group},
		{story: "cdn_own", trade: "图库", tag: "brand", owner: group},
		{story: "located_second_access", trade: "双云", tag: "brand", turns: began(20 * day)},
		{story: "healthy_idn", trade: "中文", tag: "brand", label: "示例书院"},
		{story: "healthy_guangdong", trade: "灯饰", tag: "shop", turns: passed("located_hongkong", 52*day, 49*day)},
		{story: "healthy_jiangsu", trade: "纺织", tag: "brand"},
		{story: "healthy_zhejiang", trade: "小商品", tag: "shop", turns: passed("number_missing", 70*day, 41*day)},
		{story: "healthy_gbk", trade: "五金", tag: "old"},
		{story: "tld_exempt", trade: "公益", tag: "brand", unnamed: true},
		{story: "notice_closed", trade: "图书", tag: "shop"},
		{story: "healthy", trade: "粮油", tag: "shop", tld: "com", turns: passed("blocked_aliyun", 18*day, 17*day)},
		{story: "healthy", trade: "茶叶", tag: "shop", tld: "cn"},
		{story: "healthy", trade: "水产", tag: "shop", tld: "com.cn"},
		{story: "healthy", trade: "传媒", tag: "brand", tld: "net"},
	}
}

// demoStories are the cast as stories of their own, in order.
func demoStories(byTag map[string]*Story) ([]*Story, error) {
	var out []*Story
	for i, a := range cast() {
		of := byTag[a.story]
		if of == nil {
			return nil, dc.Errorf(dc.CodeInternal, "", "the demo casts a story %q that there is not", a.story)
		}
		s := *of
		s.limit, s.instead = 0, ""
		if s.label = a.label; s.label == "" {
			s.label = demoLabel(i)
		}
		if a.tld != "" {
			s.tld = a.tld
		}
		s.role = func(p *plan) { a.play(p) }
		if a.extra != nil {
			s.plant = func(p *plan) {
				if of.plant != nil {
					of.plant(p)
				}
				a.extra(p)
			}
		}
		out = append(out, &s)
	}
	return out, nil
}

// demoPair is the brand of site i, as two signs of the lists; no two are equal.
func demoPair(i int) (a, b int) {
	n := len(words())
	a = i % n
	return a, (a + 1 + 5*(i/n)) % n
}

func demoLabel(i int) string {
	a, b := demoPair(i)
	return words()[a] + words()[b] + "-demo"
}

// play gives the site of a plan its names before anything is planted.
func (a *act) play(p *plan) {
	p.site.Tags = dc.List[string]{a.tag}
	if a.unnamed {
		return
	}
	first, second := demoPair(p.index)
	brand := hanzi()[first] + hanzi()[second]
	p.site.Name = dc.Text(brand + a.trade)
	subject := *p.site.Subject
	subject.Name = dc.Text(p.province.city + brand + "示例" + a.trade + "有限公司")
	if a.owner != "" {
		// One owner for several sites: everything of the subject is the same.
		p.province = provinceNamed("上海")
		filed := p.today.AddDays(-1500)
		p.subject = fmt.Sprintf("沪ICP备%02d999999号", filed.Year%100)
		n, index := ownedBy(a.owner, p.index)
		p.number = fmt.Sprintf("%s-%d", p.subject, index)
		subject = dc.Subject{ID: dc.Text(a.owner), Name: "上海示例控股集团有限公司", Kind: dc.KindUnit, Type: "企业", Province: "上海", RecordNumber: dc.Text(p.subject), FiledOn: filed,
			LegalRepresentative: "张示例", State: "存续", AddressProvince: "上海", Certificate: &dc.Certificate{IssuedOn: filed.AddDays(-700)}, Principal: subject.Principal,
			Counts: &dc.Counts{Sites: dc.Known(n), DomainPrefixes: dc.Known(n)}}
		person := *subject.Principal
		person.IDProvince, person.PhoneProvince = "上海", "上海"
		subject.Principal = &person
		p.site.RecordNumber, p.site.FiledOn, p.site.OpenedOn = dc.Text(p.number), filed, filed.AddDays(10)
		p.site.RealNameVerifiedOn = filed.AddDays(-30)
		p.site.PoliceNumber, p.site.Responsible = dc.Text(p.police()), subject.Principal
	}
	p.site.Subject = &subject
}

// ownedBy counts the sites of an owner, and tells which of them site i is.
func ownedBy(owner string, i int) (n, index int) {
	for j, a := range cast() {
		if a.owner == owner {
			if n++; j == i {
				index = n
			}
		}
	}
	return n, index
}

// Demo is the cast of a lab that was started with Options.Demo, in the order of
// the sites; nil for any other.
func (l *Lab) Demo() []DemoSite {
	if !l.world.demo {
		return nil
	}
	var out []DemoSite
	for i, a := range cast() {
		turns := a.turns
		if turns == nil {
			turns = always()
		}
		out = append(out, DemoSite{Domain: l.world.domain(i), Story: a.story, Began: turns, Risks: a.risks})
	}
	return out
}

// Show is what happens while one watches, in order: one round; the length is
// how long it lasts.
func (l *Lab) Show() (cues []Cue, length time.Duration) {
	if !l.world.demo {
		return nil, 0
	}
	last := len(cast()) - 1
	cue := func(after time.Duration, back int, story, zh, en string) {
		cues = append(cues, Cue{after, l.world.domain(last - back), story, zh, en})
	}
	cue(15*time.Second, 0, "down_503", "网站出故障：首页返回 503", "goes down: its page answers 503")
	cue(75*time.Second, 0, "", "网站恢复", "is back")
	cue(105*time.Second, 1, "located_hongkong", "解析被改到香港", "is pointed at Hong Kong")
	cue(165*time.Second, 1, "", "解析改回境内", "is pointed back at the mainland")
	cue(195*time.Second, 2, "number_missing", "改版后页脚没有了备案号", "loses the record number of its footer")
	cue(255*time.Second, 2, "", "备案号放回页脚", "shows its record number again")
	cue(285*time.Second, 3, "blocked_aliyun", "被接入商阻断", "is blocked by its provider")
	cue(345*time.Second, 3, "", "解除阻断", "is unblocked")
	return cues, 6 * time.Minute
}

// Play makes a site of the lab act another story of the catalogue from now on
// ("" its own again). Its name, owner, address and what the flags map stay, so
// that stories that refuse connections cannot be played.
func (l *Lab) Play(domain, story string) error {
	p, below := l.world.find(domain)
	if p == nil || below != "" {
		return dc.Errorf(dc.CodeBadInput, domain, "is no site of this lab")
	}
	var s *Story
	if story != "" {
		if s = l.world.byTag[story]; s == nil || s.limit > 0 {
			return dc.Errorf(dc.CodeBadInput, domain, "the lab has no story %q that can be played", story)
		}
	}
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	if s == nil {
		delete(l.world.playing, p.index)
		return nil
	}
	l.world.playing[p.index] = s
	return nil
}

// Facts is the ledger entry that belongs to what a site plays now.
func (l *Lab) Facts(domain string) (dc.Site, error) {
	p, below := l.world.find(domain)
	if p == nil || below != "" {
		return dc.Site{}, dc.Errorf(dc.CodeBadInput, domain, "is no site of this lab")
	}
	return l.world.plan(p.index).site, nil
}
