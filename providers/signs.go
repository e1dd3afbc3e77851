package providers

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"domaincheck"
)

// The bounds of a page that says nothing but its sign, in characters of
// visible text and links to the site itself. A real site that speaks of
// filings, sells domains or announces a product has more of both.
const (
	shortText  = 500
	shortLinks = 5
	// A title sign is also believed on a page somewhat longer, since block
	// pages may carry an explanation; an article that has the words in its
	// title is longer still.
	titleText  = 1500
	titleLinks = 20
	// A weak placeholder ("coming soon") counts alone only if it is nearly
	// all there is.
	bareText  = 120
	bareLinks = 2
)

// View is what is seen of a page, as far as signs ask for it.
type View struct {
	Host      string                   // host the look began with: "www.example.cn"
	Status    int                      // HTTP status of the final answer
	Title     string                   //
	Text      string                   // visible text, without the title; if cut, then behind 2,000 characters
	OwnLinks  int                      // links to the site itself
	Header    func(name string) string // response header of the final answer; may be nil
	Final     string                   // URL of the final answer
	Redirects []string                 // URLs on the way
	Frames    []string                 // frame, iframe and meta-refresh targets, absolute
	Scripts   []string                 // script sources, absolute
	Challenge bool                     // a captcha or WAF wall: no sign is believed
	Empty     bool                     // the whole page was read and shows nothing at all, and no script would fill it
}

// Page tells a block page (its provider null where the sign names none) or a
// page that is no site: parked, for_sale, default, empty. Both are nil for
// everything else; at most one is set.
//
// Only refusals are matched, never a bare 备案 or 未备案, which footers, filing
// agents and advice contain: body signs on short pages only, weak ones only
// with a second sign. A parked page needs two signs, unless the final URL is a
// marketplace's.
func (s *Signs) Page(v View) (*domaincheck.Block, *domaincheck.Parked) {
	if v.Challenge {
		return nil, nil
	}
	p := newPage(v)
	if b := s.blocked(p); b != nil {
		return b, nil
	}
	return nil, s.parked(p)
}

// page is a view with what every sign asks of it, made once.
type page struct {
	View
	title, text string // folded
	short       bool   // body signs are believed
	titled      bool   // title signs of block pages are believed
	bare        bool

	own                        string // the host the look began with
	final                      place
	redirects, frames, scripts []place
}

func newPage(v View) *page {
	p := &page{View: v}
	n := titleText + 1 // more than any sign admits, as links mostly are
	if v.OwnLinks <= max(shortLinks, titleLinks, bareLinks) {
		n = count(v.Text, n)
	}
	p.short = n <= shortText && v.OwnLinks <= shortLinks
	p.titled = n <= titleText && v.OwnLinks <= titleLinks
	p.bare = n <= bareText && v.OwnLinks <= bareLinks
	p.title = foldText(v.Title)
	p.own, p.final, p.redirects = hostName(v.Host), placeOf(v.Final), placesOf(v.Redirects)
	if p.titled || p.short {
		p.frames, p.scripts = placesOf(v.Frames), placesOf(v.Scripts)
	}
	if p.titled {
		p.text = foldText(v.Text)
	}
	return p
}

// count counts the visible characters of s, up to limit.
func count(s string, limit int) int {
	n := 0
	for _, r := range s {
		if r > '\u3000' || r > ' ' && r < 0x7f || !unicode.IsSpace(r) { // U+3000 is the last blank
			if n++; n >= limit {
				break
			}
		}
	}
	return n
}

// foldText drops blanks and invisible characters and folds case and full-width
// ASCII, so that layout does not hide a sign.
func foldText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > '\u3000' && r < '\uA000': // Chinese: no blank, no case
			return r
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case unicode.IsSpace(r), r >= 0xad && unicode.Is(unicode.Cf, r), r == utf8.RuneError: // U+00AD is the first of Cf
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

func block(g sign) *domaincheck.Block {
	b := &domaincheck.Block{Sign: g.row}
	switch g.provider {
	case "shared", "carrier_filter", "other_idc", "generic", "carrier_dns", "wechat":
	default:
		b.Provider = domaincheck.Text(g.provider)
	}
	return b
}

func (s *Signs) blocked(p *page) *domaincheck.Block {
	for _, g := range s.byPlace["url"] {
		if g.kind == "block" && (p.at(g.text, p.final) || p.among(g.text, p.redirects) || p.titled && (p.among(g.text, p.frames) || p.among(g.text, p.scripts))) {
			return block(g)
		}
	}
	if p.titled {
		for _, g := range s.byPlace["title"] {
			if g.kind == "block" && strings.Contains(p.title, g.text) {
				return block(g)
			}
		}
	}
	if p.Header != nil && (p.short || p.Status == 403) {
		for _, g := range s.byPlace["header"] {
			name, value, _ := strings.Cut(g.text, ": ")
			if g.kind == "block" && strings.EqualFold(strings.TrimSpace(p.Header(name)), value) && p.Status >= 300 {
				return block(g)
			}
		}
	}
	if !p.short {
		return nil
	}
	var weak []sign
	for _, g := range s.byPlace["body"] {
		if g.kind != "block" || !strings.Contains(p.title+"\n"+p.text, g.text) {
			continue
		}
		if g.confidence != "low" {
			if advice(p.text) && g.provider == "generic" {
				continue
			}
			return block(g)
		}
		weak = append(weak, g)
	}
	for _, g := range s.byPlace["title"] { // a title sign in the text of a short page
		if g.kind == "block" && strings.Contains(p.text, g.text) {
			return block(g)
		}
	}
	if len(weak) == 0 || advice(p.text) {
		return nil
	}
	if len(weak) > 1 || refusal(strings.ReplaceAll(p.title+"\n"+p.text, weak[0].text, "")) {
		return block(weak[0])
	}
	return nil
}

// refusal tells wording by which a server turns a visitor away; a weak sign of
// a missing filing needs it beside.
func refusal(text string) bool {
	return containsAny(text, "无法访问", "禁止访问", "停止访问", "暂停访问", "不能访问", "拒绝访问", "无法打开", "访问受限", "被阻断", "被屏蔽", "被拦截", "已拦截", "已关闭", "已被关闭", "暂时关闭", "不能正常访问")
}

// advice tells wording of those who explain or sell filings.
func advice(text string) bool {
	return containsAny(text, "怎么办", "怎么备案", "代备案", "代办", "备案代理", "快速备案", "备案咨询", "备案流程", "如何备案", "需要备案吗", "教程")
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func (s *Signs) parked(p *page) *domaincheck.Parked {
	for _, g := range s.byPlace["url"] {
		if g.kind == "parked" && (p.at(g.text, p.final) || p.short && p.among(g.text, p.frames)) {
			return &domaincheck.Parked{Kind: "for_sale", Sign: g.row}
		}
	}
	if d := s.defaultPage(p); d != nil {
		return d
	}
	if p.Empty && p.title == "" && p.text == "" {
		return &domaincheck.Parked{Kind: "empty", Sign: "no visible text"}
	}
	if !p.short {
		return nil
	}
	var found []sign
	for _, g := range s.byPlace["body"] {
		if g.kind == "parked" && (strings.Contains(p.text, g.text) || strings.Contains(p.title, g.text)) {
			found = append(found, g)
		}
	}
	found = distinct(found)
	if len(found) == 0 {
		return nil
	}
	g := found[0]
	twice := strings.Contains(p.text, g.text) && strings.Contains(p.title, g.text)
	named := g.confidence != "low" && p.Host != "" && strings.Contains(p.title+p.text, bareHost(p.Host))
	if len(found) < 2 && !twice && !named {
		return nil
	}
	kind := "for_sale"
	if strings.Contains(g.text, "停") || strings.Contains(g.text, "generated") || strings.Contains(g.text, "生成") {
		kind = "parked"
	}
	return &domaincheck.Parked{Kind: kind, Sign: g.row}
}

// distinct drops signs that are a part of another one that was found: one
// phrase is one sign. Stronger signs come first.
func distinct(found []sign) []sign {
	var out []sign
	for _, rank := range []string{"high", "medium", "low"} {
	next:
		for _, g := range found {
			if g.confidence != rank {
				continue
			}
			for _, o := range found {
				if o.text != g.text && strings.Contains(o.text, g.text) {
					continue next
				}
			}
			out = append(out, g)
		}
	}
	return out
}

func bareHost(h string) string { return strings.TrimPrefix(hostName(h), "www.") }

func (s *Signs) defaultPage(p *page) *domaincheck.Parked {
	for _, g := range s.byPlace["title"] {
		if g.kind != "default" {
			continue
		}
		rest, ok := strings.CutPrefix(p.title, g.text)
		if !ok {
			continue
		}
		// The title is the sign, or goes on as the servers' own do
		// ("Apache2 Ubuntu Default Page: It works", "Apache Tomcat/9.0").
		if rest == "" || strings.HasSuffix(g.text, "the") || !strings.HasSuffix(g.text, "/") && strings.ContainsRune("/:", rune(rest[0])) {
			return &domaincheck.Parked{Kind: "default", Sign: g.row}
		}
	}
	if !p.short {
		return nil
	}
	var weak []sign
	for _, g := range s.byPlace["body"] {
		if g.kind != "default" || !strings.Contains(p.text, g.text) && !strings.Contains(p.title, g.text) {
			continue
		}
		switch {
		case g.text == "itworks!": // words anybody may use: only when they are all there is
			if p.text != g.text {
				continue
			}
		case g.confidence == "low":
			weak = append(weak, g)
			continue
		}
		return &domaincheck.Parked{Kind: "default", Sign: g.row}
	}
	for _, g := range s.byPlace["host"] {
		if g.kind == "default" && p.Status >= 400 && matchHost(g.text, hostName(p.Host)) {
			return &domaincheck.Parked{Kind: "default", Sign: g.row}
		}
	}
	if weak = distinct(weak); len(weak) > 1 || len(weak) == 1 && p.bare {
		return &domaincheck.Parked{Kind: "default", Sign: weak[0].row}
	}
	return nil
}

// NameView is what DNS says of a domain, as far as signs ask for it.
type NameView struct {
	Domain  string       // the registrable domain
	CNAME   []string     // targets of its hosts' chains
	NS      []string     // name servers
	IPs     []netip.Addr // answers
	ForSale bool         // a TXT record at _for-sale.DOMAIN (RFC 10023)
}

// Names tells what DNS alone gives away: a CDN that took the name offline, an
// address that carriers' resolvers give for blocked names (block); name
// servers of parking services, of expired or unverified names, a for-sale
// record (parked). Both are nil for everything else.
func (s *Signs) Names(v NameView) (*domaincheck.Block, *domaincheck.Parked) {
	var b *domaincheck.Block
	domain := hostName(v.Domain)
	for _, g := range s.byPlace["cname"] {
		for _, c := range v.CNAME {
			c = hostName(c)
			own := domain != "" && (c == domain || strings.HasSuffix(c, "."+domain))
			if b == nil && !own && strings.HasPrefix(c, strings.TrimSuffix(g.text, "*")) {
				b = block(g)
			}
		}
	}
	for _, ip := range v.IPs {
		if g, ok := s.ips[inner(ip)]; ok && b == nil {
			b = block(g)
		}
	}
	for _, g := range s.byPlace["ns"] {
		if g.confidence == "low" {
			continue // also an ordinary name server
		}
		n := 0
		for _, ns := range v.NS {
			if under(hostName(ns), g.text) {
				n++
			}
		}
		if n > 0 && 2*n >= len(v.NS) {
			return b, &domaincheck.Parked{Kind: "parked", Sign: g.row}
		}
	}
	if v.ForSale {
		for _, g := range s.byPlace["dns_txt"] {
			return b, &domaincheck.Parked{Kind: "for_sale", Sign: g.row}
		}
	}
	return b, nil
}

// Resets tells whether a provider is known to reset TLS connections for names
// without filing, and the sign to show. The caller must have seen the same
// address answer another name, or plain http.
func (s *Signs) Resets(provider string) (*domaincheck.Block, bool) {
	for _, g := range s.byPlace["tls"] {
		if g.provider == provider {
			return block(g), true
		}
	}
	return nil, false
}

// under tells whether host is suffix or below it.
func under(host, suffix string) bool {
	rest, ok := strings.CutSuffix(host, suffix)
	return ok && (rest == "" || rest[len(rest)-1] == '.')
}

// matchHost matches "*.example.com" and "example.com".
func matchHost(pattern, host string) bool {
	if below, ok := strings.CutPrefix(pattern, "*."); ok {
		return host != below && under(host, below)
	}
	return under(host, pattern)
}

// place is what a pattern is matched against of a URL; the zero value stands for
// what is none.
type place struct{ host, port, rest string }

func placeOf(raw string) place {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" {
		return place{}
	}
	p := place{host: hostName(u.Hostname()), port: u.Port(), rest: strings.TrimPrefix(strings.ToLower(u.EscapedPath()), "/")}
	if u.RawQuery != "" {
		p.rest += "?" + strings.ToLower(u.RawQuery)
	}
	return p
}

func placesOf(urls []string) []place {
	if len(urls) == 0 {
		return nil
	}
	all := make([]place, 0, len(urls))
	for _, u := range urls {
		if p := placeOf(u); p != (place{}) {
			all = append(all, p)
		}
	}
	return all
}

// among tells whether a pattern matches any of the places.
func (p *page) among(pattern string, places []place) bool {
	return slices.ContainsFunc(places, func(at place) bool { return p.at(pattern, at) })
}

// at matches a place against "host[:port][/path]": host or below it ("*" any),
// that port if one is given, a path that begins so. A site that is itself on
// that host is not its own sign.
func (p *page) at(pattern string, at place) bool {
	if at == (place{}) {
		return false
	}
	want, path, hasPath := strings.Cut(pattern, "/")
	host, port, _ := strings.Cut(want, ":")
	if host != "*" && (!under(at.host, host) || under(p.own, host)) {
		return false
	}
	return (port == "" || at.port == port) && (!hasPath || strings.HasPrefix(at.rest, path))
}
