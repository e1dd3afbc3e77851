package lab

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/idna"

	dc "domaincheck"
)

// plan is everything about one site, computed from (seed, index, now).
type plan struct {
	index    int
	story    *Story
	label    string // the registrable label
	tld      string // "cn", "com.cn", "xn--fiqs8s" …
	domain   string
	unicode  string
	main     string // the site's main domain; differs from domain for a second one
	province province
	pool     pool
	ip       netip.Addr
	today    dc.Date // the lab's day in Beijing
	now      time.Time
	number   string // what the page of a healthy site must show
	subject  string // subject's record number
	site     dc.Site
	reg      registry
	zone     zone
	web      web
}

// registry is what the registry and the registrar know, and how they answer.
type registry struct {
	whois, rdap                       mode
	registrar                         registrarFact
	registrant, organization, country string
	redacted, proxy                   bool
	created, updated, expires         time.Time
	statuses                          []string
	thin                              bool // the registry keeps no contacts; the registrar does
	gb18030                           bool
	hostRecords                       bool // host objects of the same beginning come first
}

// registrarFact is a registrar as it stands in answers. They are real ones, so
// that their approval can be looked up.
type registrarFact struct{ chinese, english, ianaID, url string }

func registrarFacts() []registrarFact {
	return []registrarFact{
		{"阿里云计算有限公司（万网）", "Alibaba Cloud Computing Ltd. d/b/a HiChina (www.net.cn)", "1599", "http://www.net.cn"},
		{"北京新网数码信息技术有限公司", "Xin Net Technology Corporation", "120", "http://www.xinnet.com"},
		{"成都西维数码科技有限公司", "Chengdu West Dimension Digital Technology Co., Ltd.", "1556", "http://www.west.cn"},
		{"厦门易名科技股份有限公司", "eName Technology Co., Ltd.", "1331", "http://www.ename.net"},
	}
}

// zone is what DNS says, host by host.
type zone struct {
	hosts         map[string]answer // by label below the domain; "" is the apex, "*" the wildcard
	parent, child []string          // name servers; no parent: not delegated
}

// answer is one host's DNS answer.
type answer struct {
	fault  dnsFault
	cname  []string // the chain, absolute names without the final dot
	a      []netip.Addr
	abroad []netip.Addr // given instead to a client that shows no mainland subnet
}

// world is the seed, the deck of stories and the day.
type world struct {
	seed  uint64
	n     int
	now   time.Time
	deck  []*Story
	byTag map[string]*Story
	demo  bool
	named map[string]int // index by label, for stories that have one of their own

	mu      sync.RWMutex
	playing map[int]*Story // what a site acts instead of its own story
}

// played is the story that a site acts instead of its own; nil for its own.
func (w *world) played(i int) *Story {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.playing[i]
}

func (w *world) storyOf(i int) *Story {
	s := w.deck[i%len(w.deck)]
	if s.limit > 0 && i/len(w.deck) >= s.limit {
		return w.byTag[s.instead]
	}
	return s
}

func words() []string {
	return []string{"heng", "tong", "rui", "xin", "bo", "yuan", "hua", "jia", "ming", "tai", "sheng", "long", "qing", "lan", "yun", "hai", "feng", "zhi"}
}

func hanzi() []string {
	return []string{"恒", "通", "瑞", "新", "博", "远", "华", "佳", "明", "泰", "盛", "隆", "青", "蓝", "云", "海", "丰", "智"}
}

// name is the label and TLD of site i: two syllables and the index, so that a
// question leads back to its site without a table.
func (w *world) name(i int) (label, tld string) {
	d := diceFor(w.seed, i, 1)
	first, second := d.n(len(words())), d.n(len(words()))
	story := w.storyOf(i)
	label = words()[first] + words()[second] + strconv.Itoa(i)
	if story.label != "" {
		if ascii, err := idna.ToASCII(story.label); err == nil {
			label = ascii
		}
	} else if story.idn {
		// the index stands in plain digits in the A-label's first part
		if ascii, err := idna.ToASCII(hanzi()[first] + hanzi()[second] + strconv.Itoa(i)); err == nil {
			label = ascii
		}
	}
	tld = story.tld
	switch tld {
	case "":
		tld = pick(&d, []string{"cn", "cn", "cn", "com", "com", "net", "com.cn", "top"})
	case "gtld":
		tld = pick(&d, []string{"com", "net", "top"})
	}
	return label, tld
}

// domain is the main domain of site i; an address for a site that has none.
func (w *world) domain(i int) string {
	if w.storyOf(i).address {
		return poolAliyun.at(i).String()
	}
	label, tld := w.name(i)
	return label + "." + tld
}

// suffixes are the TLDs that the lab's sites lie under, longest first.
func suffixes() []string {
	return []string{tldRefusedCN, "com.cn", "xn--fiqs8s", "cn", "com", "net", "top", "org", "dev", tldRefused}
}

// A registry that refuses is left alone for a while by any polite client, for
// all names. Sites whose registry refuses therefore have suffixes, and servers,
// of their own: else they would hide the truth of the others.
const (
	tldRefusedCN = "net.cn"
	tldRefused   = "vip"
)

// find is the plan of the site that a host name belongs to, with the label
// below its domain ("" for the apex). It is nil for names that are no site's.
func (w *world) find(host string) (p *plan, below string) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return w.findAddress(ip), ""
	}
	for _, tld := range suffixes() {
		rest, ok := strings.CutSuffix(host, "."+tld)
		if !ok {
			continue
		}
		label := rest
		if cut := strings.LastIndexByte(rest, '.'); cut >= 0 {
			label, below = rest[cut+1:], rest[:cut]
		}
		i, named := w.named[label]
		if !named {
			i = indexOf(label)
		}
		if i < 0 || i >= w.n || w.storyOf(i).address {
			return nil, ""
		}
		if l, t := w.name(i); l != label || t != tld && tld != w.storyOf(i).second {
			return nil, ""
		}
		return w.build(i, tld), below
	}
	return nil, ""
}

// indexOf reads the index that a label ends in; -1 if it ends in none, or in
// another spelling of it.
func indexOf(label string) int {
	if strings.HasPrefix(label, "xn--") {
		unicode, err := idna.ToUnicode(label)
		if err != nil {
			return -1
		}
		label = unicode
	}
	digits := label[len(strings.TrimRight(label, "0123456789")):]
	i, err := strconv.Atoi(digits)
	if err != nil || strconv.Itoa(i) != digits {
		return -1
	}
	return i
}

// findAddress is the plan of the site that has an address instead of a domain.
func (w *world) findAddress(ip netip.Addr) *plan {
	offset, ok := poolAliyun.offset(ip)
	for i := offset; ok && i < w.n; i += poolSize {
		if w.storyOf(i).address {
			return w.plan(i)
		}
	}
	return nil
}

// plan computes site i, by its main domain.
func (w *world) plan(i int) *plan {
	_, tld := w.name(i)
	return w.build(i, tld)
}

// build computes site i as seen under one of its TLDs.
func (w *world) build(i int, tld string) *plan {
	d := diceFor(w.seed, i, 2)
	p := &plan{index: i, story: w.storyOf(i), now: w.now, today: dc.DateOf(w.now)}
	p.label, p.tld = w.name(i)
	p.main = w.domain(i)
	p.domain = p.main
	second := p.tld != tld
	if second {
		p.tld = tld
		p.domain = p.label + "." + tld
	}
	p.unicode = p.domain
	if u, err := idna.ToUnicode(p.domain); err == nil {
		p.unicode = u
	}
	p.province = pick(&d, provinces())
	if p.story.province != "" {
		p.province = provinceNamed(p.story.province)
	}
	p.pool = pick(&d, []pool{poolAliyun, poolTencent, poolHuawei, poolBaidu})
	if p.story.pool != "" {
		p.pool = p.story.pool
	}
	p.ip = p.pool.at(i)
	p.site = p.ledger(&d)
	if p.story.role != nil {
		p.story.role(p)
	}
	p.reg = p.registration(&d)
	p.zone = zone{
		hosts:  map[string]answer{"": {a: []netip.Addr{p.ip}}, "www": {a: []netip.Addr{p.ip}}},
		parent: []string{hostNS1, hostNS2}, child: []string{hostNS1, hostNS2},
	}
	p.web = p.page(&d)
	acts := p.story
	if other := w.played(i); other != nil {
		acts = other
	}
	if acts.plant != nil {
		acts.plant(p)
	}
	switch {
	case second && acts.plantSecond != nil:
		acts.plantSecond(p)
	case second && p.story.plantSecond != nil:
		redirectToMain(p)
	}
	return p
}

// ledger is what the owner of a healthy filed site has written down.
func (p *plan) ledger(d *dice) dc.Site {
	two := pick(d, hanzi()) + pick(d, hanzi())
	name := two + "示例"
	company := p.province.city + name + pick(d, []string{"科技", "贸易", "网络", "机械"}) + strconv.Itoa(p.index) + "号有限公司"
	filed := p.today.AddDays(-900 - d.n(400))
	year := filed.Year
	p.subject = fmt.Sprintf("%sICP备%02d%06d号", p.province.mark, year%100, p.index+1)
	p.number = p.subject + "-1"
	person := &dc.Person{Name: "张示例", IsLegalRepresentative: dc.Known(true), BirthDate: dc.MustDate("1980-01-01"), Nationality: "CN", IDType: "身份证",
		IDExpires: p.today.AddDays(3000), IDProvince: dc.Text(p.province.name), PhoneProvince: dc.Text(p.province.name), PhoneCheckedOn: p.today.AddDays(-20)}
	site := dc.Site{
		Domains: dc.List[dc.Domain]{{Domain: p.main, Role: dc.RoleMain}}, Name: dc.Text(name), State: dc.StateFiled,
		Subject: &dc.Subject{ID: dc.Text("s" + strconv.Itoa(p.index)), Name: dc.Text(company), Kind: dc.KindUnit, Type: "企业", Province: dc.Text(p.province.name),
			RecordNumber: dc.Text(p.subject), FiledOn: filed, LegalRepresentative: "张示例", State: "存续", AddressProvince: dc.Text(p.province.name),
			Certificate: &dc.Certificate{IssuedOn: filed.AddDays(-700)}, Principal: person, Counts: &dc.Counts{Sites: dc.Known(1), DomainPrefixes: dc.Known(1)}},
		RecordNumber: dc.Text(p.number), FiledOn: filed, OpenedOn: filed.AddDays(10), Commercial: dc.Known(false),
		Hosts: dc.List[string]{"@", "www"},
		Servers: dc.List[dc.Server]{{ID: dc.Text("web" + strconv.Itoa(p.index)), Provider: dc.Text(p.pool), Type: "ecs", Region: "cn-hangzhou",
			Addresses: dc.List[string]{p.ip.String()}, Billing: "subscription", FirstTermMonths: dc.Known(48), Expires: p.today.AddDays(300), PublicBandwidth: dc.Known(true)}},
		Access:             dc.List[dc.Access]{{Provider: string(p.pool), State: dc.AccessActive, Since: filed, Addresses: dc.List[string]{p.ip.String()}}},
		RealNameVerifiedOn: filed.AddDays(-30), AutoRenew: dc.Known(false), Responsible: person, LastVisitOn: p.today.AddDays(-1),
		PoliceNumber: dc.Text(p.police()), Tags: dc.List[string]{"lab"},
	}
	if p.story.second != "" {
		site.Domains = append(site.Domains, dc.Domain{Domain: p.label + "." + p.story.second, Role: dc.RoleRedirect})
	}
	return site
}

// police is the site's police number.
func (p *plan) police() string {
	return fmt.Sprintf("%s公网安备%s02%06d号", p.province.mark, p.province.area, p.index+1)
}

// shown is the number a page in the site's province must show: the subject's
// in Guangdong, the site's elsewhere.
func (p *plan) shown() string {
	if p.province.name == "广东" {
		return p.subject
	}
	return p.number
}

// registration is a healthy registry entry: years old, years to run.
func (p *plan) registration(d *dice) registry {
	r := registry{whois: modeFound, rdap: modeFound, registrar: pick(d, registrarFacts())}
	r.created = p.site.FiledOn.AddDays(-60 - d.n(300)).Start().Add(time.Duration(d.n(86400)) * time.Second)
	r.updated = p.today.AddDays(-200).Start().Add(9 * time.Hour)
	r.expires = p.today.AddDays(200 + d.n(700)).Start().Add(12 * time.Hour)
	r.statuses = []string{"ok"}
	r.registrant = string(p.site.Subject.Name)
	r.country = "CN"
	if !p.chinese() {
		r.statuses = []string{"clientTransferProhibited"}
		r.redacted = true
	}
	return r
}

// chinese tells whether the TLD is CNNIC's: WHOIS only, in Beijing time, with
// the registrant in clear.
func (p *plan) chinese() bool {
	return p.tld == "cn" || p.tld == "com.cn" || p.tld == tldRefusedCN || p.tld == "xn--fiqs8s"
}

// expiresOn sets the registry's expiry to noon, days from the lab's day.
func (p *plan) expiresOn(days int) { p.reg.expires = p.today.AddDays(days).Start().Add(12 * time.Hour) }

// everyHost gives all planted hosts one answer.
func (p *plan) everyHost(a answer) {
	for label := range p.zone.hosts {
		p.zone.hosts[label] = a
	}
}

// in is the site's address in another pool.
func (p *plan) in(where pool) []netip.Addr { return []netip.Addr{where.at(p.index)} }

// servedFrom moves every host to another pool, leaving the ledger as it is.
func (p *plan) servedFrom(where pool) { p.everyHost(answer{a: p.in(where)}) }
