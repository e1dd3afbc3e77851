package sitecheck

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"domaincheck"
)

// redirect tells whether an answer sends the visitor on (301, 302, 303, 307,
// 308 with a Location; a 3xx without one is a page), and where to.
func redirect(from *url.URL, resp *http.Response) (*url.URL, bool, error) {
	switch resp.StatusCode {
	case 301, 302, 303, 307, 308:
	default:
		return nil, false, nil
	}
	location := strings.TrimSpace(resp.Header.Get("Location"))
	if location == "" {
		return nil, false, nil
	}
	u, err := parseURL(from, location)
	return u, true, err
}

// parseURL reads a URL as browsers do, where the strict grammar would refuse:
// blanks and raw non-ASCII bytes are escaped, backslashes are slashes, U-labels
// become A-labels. User and fragment are dropped. Anything but http and https
// is an error of code malformed.
func parseURL(base *url.URL, s string) (*url.URL, error) {
	if u := plainURL(s); u != nil {
		return u, nil
	}
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if len(s) > 8192 {
		return nil, domaincheck.Errorf(domaincheck.CodeMalformed, s[:80]+"…", "a URL of %d bytes", len(s))
	}
	path, query, hasQuery := strings.Cut(s, "?")
	s = strings.ReplaceAll(path, `\`, "/")
	if hasQuery {
		s += "?" + query
	}
	u, err := url.Parse(escape(s))
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeMalformed, clip(s), "not a URL: %w", err)
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, domaincheck.Errorf(domaincheck.CodeMalformed, clip(s), "not an http or https URL")
	}
	if err := setHost(u); err != nil {
		return nil, err
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// plainURL reads a URL in which nothing is to be folded, escaped or resolved;
// nil for any other.
func plainURL(s string) *url.URL {
	host := string(plainHost([]byte(s)))
	if host == "" || strings.Contains(host, "--") {
		return nil
	}
	scheme, rest, _ := strings.Cut(s, "://")
	path := rest[len(host):]
	for i := 1; i < len(path); i++ {
		switch c := path[i]; {
		case isLower(c|0x20) && c >= 'A', '0' <= c && c <= '9', c == '-', c == '_':
		case (c == '.' || c == '/') && path[i-1] != '/':
		default:
			return nil
		}
	}
	return &url.URL{Scheme: scheme, Host: host, Path: path}
}

// setHost folds the host: lower case, A-labels, no trailing dot, no port that
// the scheme has anyway.
func setHost(u *url.URL) error {
	host, port := u.Hostname(), u.Port()
	if !strings.Contains(host, ":") {
		plain, err := url.PathUnescape(host)
		if err == nil {
			host = plain
		}
		host = aLabels(host)
		host = strings.TrimSuffix(strings.ToLower(host), ".")
		if strings.ContainsAny(host, " /\\@\r\n") || host == "" {
			return domaincheck.Errorf(domaincheck.CodeMalformed, clip(u.String()), "not a host name")
		}
	} else {
		host = "[" + host + "]"
	}
	if port != "" && !(u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443") {
		host += ":" + port
	}
	u.Host = host
	return nil
}

// escape percent-encodes what a URL cannot hold as it is, the host excepted.
func escape(s string) string {
	start := 0
	if i := strings.Index(s, "//"); i >= 0 {
		start = len(s)
		if j := strings.IndexAny(s[i+2:], "/?#"); j >= 0 {
			start = i + 2 + j
		}
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case i < start && c >= 0x80:
			b.WriteByte(c)
		case c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>':
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		case c == '%' && (i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0):
			b.WriteString("%25")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func clip(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

// cookies are what the hosts of one chain asked to be told again: some send a
// visitor round once to see whether he keeps one. They live as long as the
// chain and go back to the very host only.
type cookies struct {
	byHost map[string][]*http.Cookie
	rev    int // counts changes
}

// Limits of what is kept.
const (
	maxCookies     = 20
	maxCookieBytes = 4096
)

func (c *cookies) store(host string, resp *http.Response) {
	if len(resp.Header["Set-Cookie"]) == 0 {
		return
	}
	for _, in := range resp.Cookies() {
		if len(in.Name)+len(in.Value) > maxCookieBytes {
			continue
		}
		if c.byHost == nil {
			c.byHost = map[string][]*http.Cookie{}
		}
		list := c.byHost[host]
		i := slices.IndexFunc(list, func(o *http.Cookie) bool { return o.Name == in.Name })
		switch {
		case in.MaxAge < 0 && i >= 0:
			c.byHost[host] = slices.Delete(list, i, i+1)
			c.rev++
		case in.MaxAge < 0:
		case i >= 0 && list[i].Value == in.Value:
		case i >= 0:
			list[i] = in
			c.rev++
		case len(list) < maxCookies:
			c.byHost[host] = append(list, in)
			c.rev++
		}
	}
}

func (c *cookies) header(host string) string {
	list := c.byHost[host]
	if len(list) == 0 {
		return ""
	}
	var r http.Request
	r.Header = http.Header{}
	for _, k := range list {
		r.AddCookie(&http.Cookie{Name: k.Name, Value: k.Value})
	}
	return r.Header.Get("Cookie")
}
