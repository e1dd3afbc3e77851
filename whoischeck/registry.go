package whoischeck

import (
	"net"
	"net/url"
)

// Registry names the server that is asked first about a domain, as host:port of
// its RDAP base or WHOIS server: by it questions to one registry are counted.
// Nothing is asked. It is "" for a suffix that nobody is known to answer for.
func (o *Observer) Registry(domain string) string {
	p := o.plan(domain)
	if p.base == "" {
		return p.whois
	}
	u, err := url.Parse(p.base)
	if err != nil || u.Hostname() == "" {
		return p.whois
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
