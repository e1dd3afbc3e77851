package sitecheck

import (
	"bytes"
	"strings"

	"domaincheck"

	"golang.org/x/net/idna"
)

// linkTarget is where a link leads: the address a browser would open.
type linkTarget struct {
	scheme string
	host   string // lower case, A-labels, no trailing dot
	port   string // "" is the scheme's own
	url    string // for people
}

// isHTTP tells whether the target is a page of the web on the usual ports.
func (t linkTarget) isHTTP() bool {
	return (t.scheme == "http" || t.scheme == "https") && (t.port == "" || t.port == "80" || t.port == "443")
}

// siteLink judges the link of a record number. The filing system has been at
// beian.miit.gov.cn since 2019; www.beian.miit.gov.cn is a form of that year,
// miitbeian.gov.cn with its provincial hosts and miibeian.gov.cn are its
// addresses before. All else, the police site and look-alikes included, is
// wrong.
func siteLink(t linkTarget) domaincheck.LinkState {
	if !t.isHTTP() {
		return domaincheck.LinkWrong
	}
	switch {
	case t.host == "beian.miit.gov.cn":
		return domaincheck.LinkCurrent
	case t.host == "www.beian.miit.gov.cn", isWithin(t.host, "miitbeian.gov.cn"), isWithin(t.host, "miibeian.gov.cn"):
		return domaincheck.LinkOutdated
	}
	return domaincheck.LinkWrong
}

// policeLink judges the link of a public-security number: beian.mps.gov.cn,
// before 2023 www.beian.gov.cn.
func policeLink(t linkTarget) domaincheck.LinkState {
	if !t.isHTTP() {
		return domaincheck.LinkWrong
	}
	switch t.host {
	case "beian.mps.gov.cn":
		return domaincheck.LinkCurrent
	case "www.beian.gov.cn", "beian.gov.cn", "www.beian.mps.gov.cn":
		return domaincheck.LinkOutdated
	}
	return domaincheck.LinkWrong
}

// isWithin tells whether host is domain or below it.
func isWithin(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, domain) && host[len(host)-len(domain)-1] == '.'
}

// leadsNowhere tells whether a click on href opens nothing: it is empty, a
// fragment of the page itself, or a script. What a script's click handler opens
// is a link of its own (see clickTarget).
func leadsNowhere(href string) bool {
	href = cleanHref(href)
	return href == "" || href[0] == '#' || hasScheme(href, "javascript") || hasScheme(href, "about") || hasScheme(href, "data")
}

// hasScheme tells whether href begins with scheme and a colon, in any case.
func hasScheme(href, scheme string) bool {
	return len(href) > len(scheme) && href[len(scheme)] == ':' && strings.EqualFold(href[:len(scheme)], scheme)
}

// cleanHref drops what a browser drops of a link: controls and blanks at its
// ends, tabs and line ends within (URL Standard, basic URL parser).
func cleanHref(s string) string {
	if isPrintable(s) {
		return s
	}
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	return s
}

// isPrintable tells whether s is ASCII without blanks and controls.
func isPrintable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F {
			return false
		}
	}
	return true
}

// resolveLink resolves href against base as a browser does, the forgiveness of
// the URL Standard for http and https included: backslashes are slashes, any
// number of slashes may follow a scheme other than the base's, host names may
// be percent-encoded, in full width or in capitals.
func resolveLink(base, href string) linkTarget {
	href = cleanHref(href)
	scheme, rest, ok := cutScheme(href)
	if ok && scheme != "http" && scheme != "https" {
		return linkTarget{scheme: scheme, url: href}
	}
	baseScheme, baseRest, baseOK := cutScheme(base)
	if !baseOK || baseScheme != "http" && baseScheme != "https" {
		baseScheme, baseRest = "http", ""
	}
	slashes := len(rest) - len(strings.TrimLeft(rest, `/\`))
	switch {
	case ok && (scheme != baseScheme || slashes >= 2 || baseRest == ""):
		return atHost(scheme, rest[slashes:])
	case !ok && slashes >= 2:
		return atHost(baseScheme, rest[slashes:])
	}
	return within(baseScheme, baseRest, rest)
}

// cutScheme cuts the scheme of a URL off; rest is s itself if there is none.
func cutScheme(s string) (scheme, rest string, ok bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(s[:i]), s[i+1:], true
		default:
			return "", s, false
		}
	}
	return "", s, false
}

// atHost reads what stands behind the slashes of a URL.
func atHost(scheme, rest string) linkTarget {
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], strings.ReplaceAll(rest[end:], `\`, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
	}
	host = canonicalHost(host)
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		port = ""
	}
	if !strings.HasPrefix(tail, "/") {
		tail = "/" + tail
	}
	t := linkTarget{scheme: scheme, host: strings.TrimSuffix(host, "."), port: port, url: scheme + "://" + host}
	if port != "" {
		t.url += ":" + port
	}
	t.url += tail
	return t
}

// canonicalHost is a host as a browser asks for it: percent-decoded, mapped
// and in A-labels.
func canonicalHost(host string) string {
	if strings.IndexByte(host, '%') >= 0 {
		host = percentDecode(host)
	}
	plain := true
	for i := range len(host) {
		c := host[i]
		plain = plain && c < 0x80
	}
	host = strings.ToLower(host)
	if plain {
		return host
	}
	mapped, err := idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.Transitional(false)).ToASCII(host)
	if err != nil {
		return host
	}
	return mapped
}

// percentDecode undoes %XX; what is not hexadecimal stays.
func percentDecode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// within resolves a link without a host of its own: it leads to the base's.
func within(scheme, baseRest, rel string) linkTarget {
	baseRest = strings.TrimLeft(baseRest, `/\`)
	end := strings.IndexAny(baseRest, `/\?#`)
	if end < 0 {
		end = len(baseRest)
	}
	t := atHost(scheme, baseRest[:end])
	site := strings.TrimSuffix(t.url, "/")
	path := baseRest[end:]
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	rel = strings.ReplaceAll(rel, `\`, "/")
	switch {
	case strings.HasPrefix(rel, "/"):
		t.url = site + cleanPath(rel)
	case rel == "" || rel[0] == '?' || rel[0] == '#':
		t.url = site + path + rel
	default:
		t.url = site + cleanPath(path[:strings.LastIndexByte(path, '/')+1]+rel)
	}
	if t.host == "" {
		t.url = rel
	}
	return t
}

// cleanPath resolves . and .. of a path, its query aside.
func cleanPath(p string) string {
	tail := ""
	if i := strings.IndexAny(p, "?#"); i >= 0 {
		p, tail = p[:i], p[i:]
	}
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	if !strings.Contains(p, "/.") {
		return p + tail
	}
	var out []string
	parts := strings.Split(p[1:], "/")
	for i, part := range parts {
		switch part {
		case ".", "..":
			if part == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if i == len(parts)-1 {
				out = append(out, "")
			}
		default:
			out = append(out, part)
		}
	}
	return "/" + strings.Join(out, "/") + tail
}

// clickTarget finds the address that a click handler or a javascript: link
// opens: window.open('…'), location.href = '…', location.replace("…"). To a
// visitor, and to a clerk who clicks, that is a link like any other.
func clickTarget(script string) string {
	lower := asciiLower(script)
	for _, opener := range [...]string{"open", "location", "href", "navigate"} {
		for from := 0; ; {
			i := strings.Index(lower[from:], opener)
			if i < 0 {
				break
			}
			from += i + len(opener)
			rest := script[from:]
			if len(rest) > 200 {
				rest = rest[:200]
			}
			q := strings.IndexAny(rest, `'"`+"`")
			if q < 0 || strings.ContainsAny(rest[:q], ";{}") || !strings.ContainsAny(rest[:q], "=(") {
				continue
			}
			if strings.Contains(rest[:q], "==") {
				continue
			}
			end := strings.IndexByte(rest[q+1:], rest[q])
			if end < 0 {
				continue
			}
			if link := strings.TrimSpace(rest[q+1 : q+1+end]); link != "" && !leadsNowhere(link) {
				return link
			}
		}
	}
	return ""
}

// asciiLower is s with its ASCII letters in lower case, place by place the same:
// strings.ToLower makes three bytes of one that is no UTF-8.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// resolve resolves a target found on the page; "" if it is no page of the web.
func (p *pageParser) resolve(href string) string {
	t := resolveLink(p.base, href)
	if t.scheme != "http" && t.scheme != "https" || t.host == "" {
		return ""
	}
	return t.url
}

// staysWithin tells whether an href leads to a page of the site.
func (p *pageParser) staysWithin(href []byte) bool {
	if len(href) > 1 && href[0] == '/' && href[1] > ' ' && href[1] != '/' {
		return true
	}
	if host := plainHost(href); len(host) > 0 {
		return p.isOwnHost(string(host))
	}
	s := string(href)
	return !leadsNowhere(s) && p.isOwn(s)
}

// plainHost is the host of a URL that names it plainly, in lower-case letters,
// digits, dots and hyphens, without a port: as [resolveLink] would give it.
// Any other URL has none.
func plainHost(url []byte) []byte {
	rest, ok := bytes.CutPrefix(url, []byte("http://"))
	if !ok {
		if rest, ok = bytes.CutPrefix(url, []byte("https://")); !ok {
			return nil
		}
	}
	for i, c := range rest {
		switch {
		case isLower(c), '0' <= c && c <= '9', c == '-', c == '.' && i+1 < len(rest) && rest[i+1] != '/':
		case c == '/':
			return rest[:i]
		default:
			return nil
		}
	}
	return nil
}

// isOwn tells whether a link stays within the site.
func (p *pageParser) isOwn(href string) bool {
	if _, _, ok := cutScheme(href); !ok && !strings.HasPrefix(href, "//") {
		return true
	}
	return p.isOwnHost(resolveLink(p.base, href).host)
}

// isOwnHost tells whether a host is of the site.
func (p *pageParser) isOwnHost(host string) bool {
	if !p.ownKnown {
		own := string(plainHost([]byte(p.opt.URL)))
		if own == "" {
			own = resolveLink("", p.opt.URL).host
		}
		p.own, p.ownKnown = strings.TrimPrefix(own, "www."), true
	}
	return p.own != "" && isWithin(strings.TrimPrefix(host, "www."), p.own)
}
