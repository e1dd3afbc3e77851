package lab

import (
	"cmp"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/text/encoding/simplifiedchinese"

	dc "domaincheck"
)

func TestDNSFaults(t *testing.T) {
	for story, want := range map[string]struct{ rcode, second int }{
		"healthy":            {dns.RcodeSuccess, dns.RcodeSuccess},
		"dns_nxdomain":       {dns.RcodeNameError, dns.RcodeNameError},
		"dns_nodata":         {dns.RcodeSuccess, dns.RcodeSuccess},
		"dns_servfail":       {dns.RcodeServerFailure, dns.RcodeServerFailure},
		"dns_servfail_first": {dns.RcodeServerFailure, dns.RcodeSuccess},
		"dns_refused":        {dns.RcodeRefused, dns.RcodeRefused},
	} {
		t.Run(story, func(t *testing.T) {
			c, site := only(t, story)
			for _, network := range []string{"udp", "tcp"} {
				for i, rcode := range []int{want.rcode, want.second} {
					m := c.mustAsk(network, c.lab.Resolvers()[i], "www."+site.Domain, dns.TypeA)
					if m.Rcode != rcode {
						t.Errorf("%s resolver %d: %s", network, i+1, dns.RcodeToString[m.Rcode])
					}
					if m.Rcode == dns.RcodeSuccess && story != "dns_nodata" && len(addressesOf(m)) == 0 {
						t.Errorf("%s resolver %d: no address: %v", network, i+1, m)
					}
					if story == "dns_nodata" && len(m.Answer) > 0 {
						t.Errorf("an answer: %v", m.Answer)
					}
				}
			}
			// the delegation is sound whatever the resolvers say
			if m := c.mustAsk("udp", hostNS2+":53", site.Domain, dns.TypeNS); !m.Authoritative || len(m.Answer) != 2 {
				t.Errorf("child: %v", m)
			}
		})
	}
}

func TestDNSSilenceAndGarbage(t *testing.T) {
	t.Parallel() // waits for answers that do not come
	c, site := only(t, "dns_dropped")
	if m, err := c.ask("udp", c.lab.Resolver(), site.Domain, dns.TypeA); !isTimeout(err) {
		t.Errorf("dropped: %v %v", m, err)
	}
	c, site = only(t, "dns_garbage")
	if m, err := c.ask("tcp", c.lab.Resolver(), site.Domain, dns.TypeA); err == nil || isTimeout(err) {
		t.Errorf("garbage: %v %v", m, err)
	}
	c, site = only(t, "delegation_silent")
	if m, err := c.ask("udp", hostSilent+":53", site.Domain, dns.TypeNS); !isTimeout(err) {
		t.Errorf("silent server: %v %v", m, err)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout() || errors.Is(err, os.ErrDeadlineExceeded)
}

func TestDNSTruncatedIsWholeOverTCP(t *testing.T) {
	c, site := only(t, "dns_truncated")
	if m := c.mustAsk("udp", c.lab.Resolver(), site.Domain, dns.TypeA); !m.Truncated || len(m.Answer) > 0 {
		t.Errorf("udp: %v", m)
	}
	if m := c.mustAsk("tcp", c.lab.Resolver(), site.Domain, dns.TypeA); m.Truncated || len(addressesOf(m)) != 1 {
		t.Errorf("tcp: %v", m)
	}
}

func TestDNSSpoofComesFirst(t *testing.T) {
	c, site := only(t, "dns_spoofed")
	conn, err := net.Dial("udp", c.lab.Resolver())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(site.Domain), dns.TypeA)
	packed, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(packed); err != nil {
		t.Fatal(err)
	}
	for i, right := range []bool{false, true} {
		b := make([]byte, 4096)
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		m := new(dns.Msg)
		if err := m.Unpack(b[:n]); err != nil {
			t.Fatal(err)
		}
		planted := slices.Contains(site.Planted.Hosts[0].Addresses, addressesOf(m)[0])
		if (m.Id == q.Id) != right || planted != right {
			t.Errorf("datagram %d: %v", i, m)
		}
	}
}

func TestDNSChainsAndLoops(t *testing.T) {
	c, site := only(t, "dns_cname_chain")
	m := c.mustAsk("udp", c.lab.Resolver(), "www."+site.Domain, dns.TypeA)
	owner, hops := "www."+site.Domain+".", 0
	for _, rr := range m.Answer {
		if rr.Header().Name != owner {
			t.Fatalf("the chain breaks at %s: %v", owner, m.Answer)
		}
		if cname, ok := rr.(*dns.CNAME); ok {
			owner, hops = cname.Target, hops+1
		}
	}
	if hops != 5 || len(addressesOf(m)) != 1 {
		t.Errorf("%d hops: %v", hops, m.Answer)
	}
	if m := c.mustAsk("udp", c.lab.Resolver(), "c3."+site.Domain, dns.TypeA); len(m.Answer) != 3 {
		t.Errorf("from the third member on: %v", m.Answer)
	}

	c, site = only(t, "dns_cname_loop")
	for _, resolver := range c.lab.Resolvers() {
		m = c.mustAsk("udp", resolver, site.Domain, dns.TypeA)
		last, ok := m.Answer[len(m.Answer)-1].(*dns.CNAME)
		if !ok || last.Target != site.Domain+"." || len(addressesOf(m)) > 0 {
			t.Errorf("loop: %v", m.Answer)
		}
		if next := c.mustAsk("udp", resolver, "loop1."+site.Domain, dns.TypeA); len(next.Answer) != 3 || len(addressesOf(next)) > 0 {
			t.Errorf("a restart at a member: %v", next.Answer)
		}
	}
}

func TestDNSWildcardPrivateAndPlace(t *testing.T) {
	c, site := only(t, "dns_wildcard")
	if m := c.mustAsk("udp", c.lab.Resolver(), "any.thing."+site.Domain, dns.TypeA); len(addressesOf(m)) != 1 {
		t.Errorf("wildcard: %v", m)
	}
	c, site = only(t, "healthy")
	if m := c.mustAsk("udp", c.lab.Resolver(), "any."+site.Domain, dns.TypeA); m.Rcode != dns.RcodeNameError {
		t.Errorf("no wildcard: %v", m)
	}
	c, site = only(t, "dns_private")
	if got := addressesOf(c.mustAsk("udp", c.lab.Resolver(), site.Domain, dns.TypeA)); !strings.HasPrefix(got[0], "10.") {
		t.Errorf("private: %v", got)
	}
	c, site = only(t, "located_ipv6_abroad")
	if got := addressesOf(c.mustAsk("udp", c.lab.Resolver(), site.Domain, dns.TypeAAAA)); len(got) != 1 || !strings.HasPrefix(got[0], "2606:4700:") {
		t.Errorf("AAAA: %v", got)
	}

	c, site = only(t, "cdn_by_place")
	at := func(subnet string) string {
		m := new(dns.Msg)
		m.SetQuestion("www."+site.Domain+".", dns.TypeA)
		if subnet != "" {
			m.SetEdns0(1232, false)
			ip, mask, err := net.ParseCIDR(subnet)
			if err != nil {
				t.Fatal(err)
			}
			ones, _ := mask.Mask.Size()
			m.IsEdns0().Option = append(m.IsEdns0().Option, &dns.EDNS0_SUBNET{Code: dns.EDNS0SUBNET, Family: 1, SourceNetmask: uint8(ones), Address: ip})
		}
		reply, err := dns.Exchange(m, c.lab.Resolver())
		if err != nil {
			t.Fatal(err)
		}
		return addressesOf(reply)[0]
	}
	if got := at(c.lab.ClientSubnet()); !strings.HasPrefix(got, "61.144.") {
		t.Errorf("in the mainland: %s", got)
	}
	for _, subnet := range []string{"", "8.8.8.0/24"} {
		if got := at(subnet); !strings.HasPrefix(got, "13.250.") {
			t.Errorf("from %q: %s", subnet, got)
		}
	}
}

func TestDelegations(t *testing.T) {
	servers := func(c *client, server, domain string) (names []string, m *dns.Msg) {
		m = c.mustAsk("udp", server, domain, dns.TypeNS)
		for _, rr := range append(m.Answer, m.Ns...) {
			if ns, ok := rr.(*dns.NS); ok {
				names = append(names, strings.TrimSuffix(ns.Ns, "."))
			}
		}
		slices.Sort(names)
		return names, m
	}
	for story, want := range map[string]struct{ parent, child []string }{
		"healthy":             {[]string{hostNS1, hostNS2}, []string{hostNS1, hostNS2}},
		"delegation_mismatch": {[]string{hostNS1, hostNS2}, []string{hostNS1, hostNS3}},
		"delegation_lame":     {[]string{hostLame, hostNS1}, []string{hostLame, hostNS1}},
	} {
		c, site := only(t, story)
		// from the root down, by name and by address
		for _, root := range []string{hostRoot + ":53", "203.119.27.11:53"} {
			if got, _ := servers(c, root, "."); !slices.Equal(got, []string{hostRoot}) {
				t.Errorf("%s: root %v", story, got)
			}
		}
		tld := site.Domain[strings.Index(site.Domain, ".")+1:]
		if got, _ := servers(c, c.lab.Resolver(), tld); !slices.Equal(got, []string{hostTLD1, hostTLD2}) {
			t.Errorf("%s: servers of %s: %v", story, tld, got)
		}
		got, m := servers(c, hostTLD2+":53", site.Domain)
		if !slices.Equal(got, want.parent) || m.Authoritative || len(m.Extra) < 2 {
			t.Errorf("%s: parent %v in %v", story, got, m)
		}
		got, m = servers(c, hostNS1+":53", site.Domain)
		if !slices.Equal(got, want.child) || !m.Authoritative {
			t.Errorf("%s: child %v in %v", story, got, m)
		}
		if story == "delegation_lame" {
			for _, lame := range []string{hostLame + ":53", "39.96.20.1:53"} {
				if m := c.mustAsk("udp", lame, site.Domain, dns.TypeSOA); m.Rcode != dns.RcodeRefused {
					t.Errorf("lame: %v", m)
				}
			}
		}
	}
	c, site := only(t, "delegation_none")
	if m := c.mustAsk("udp", hostTLD1+":53", site.Domain, dns.TypeNS); m.Rcode != dns.RcodeNameError {
		t.Errorf("not delegated: %v", m)
	}
	if m := c.mustAsk("udp", c.lab.Resolver(), hostIntranet, dns.TypeA); !strings.HasPrefix(addressesOf(m)[0], "10.") {
		t.Errorf("the internal name: %v", m)
	}
}

func TestWHOISAnswers(t *testing.T) {
	t.Parallel() // waits for answers that do not come
	for story, want := range map[string]string{
		"healthy_cn":           "Registration Time: ",
		"healthy_idn_tld":      ".中国\r\n",
		"whois_too_fast":       "Queried interval is too short.",
		"whois_exceeded":       "quota has been exceeded",
		"whois_refused_absent": "No entries found.",
		"absent_whois":         "No matching record.",
		"reserved":             "can not be registered online",
		"whois_html":           "<!DOCTYPE html>",
		"server_hold":          "serverHold",
		"pending_verification": "Domain Status: pendingVerification",
		"pending_delete":       "Domain Status: pendingDelete",
		"holder_other":         "Registrant: 成都他人示例商贸有限公司",
		"holder_brackets":      "示例(中国) 网络科技有限公司",
		"registrar_unknown":    "Sponsoring Registrar: 示例域名注册服务有限公司",
		"whois_slow":           "",
	} {
		c, site := only(t, story)
		got, err := c.whois(c.registryOf(site.Domain), site.Domain)
		if story == "whois_slow" {
			if !isTimeout(err) || got != "" {
				t.Errorf("%s answered within a second: %q %v", story, got, err)
			}
			continue
		}
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v\n%s", story, err, got)
		}
	}
	c, site := only(t, "healthy_cn")
	got, err := c.whois(c.lab.WHOISServer(), strings.ToUpper(site.Domain))
	beijing := site.Planted.Expires.In(dc.Beijing()).Format("2006-01-02 15:04:05")
	if err != nil || !strings.Contains(got, "Expiration Time: "+beijing+"\r\n") || !strings.Contains(got, "Registrant: "+string(site.Site.Subject.Name)+"\r\n") {
		t.Errorf("%v, want %s\n%s", err, beijing, got)
	}
	if got, err := c.whois(c.lab.WHOISServer(), "nobody.cn"); err != nil || !strings.Contains(got, "No matching record") {
		t.Errorf("a name of nobody: %q %v", got, err)
	}
}

func TestWHOISFaults(t *testing.T) {
	t.Parallel() // waits for answers that do not come
	c, site := only(t, "whois_gb18030")
	got, _ := c.whois(c.lab.WHOISServer(), site.Domain)
	text, err := simplifiedchinese.GB18030.NewDecoder().String(got)
	if err != nil || strings.Contains(got, string(site.Site.Subject.Name)) || !strings.Contains(text, string(site.Site.Subject.Name)) {
		t.Errorf("GB18030: %v %q", err, text)
	}
	c, site = only(t, "whois_endless")
	if got, _ := c.whois(c.lab.WHOISServer(), site.Domain); len(got) < 1<<20 {
		t.Errorf("endless: %d bytes", len(got))
	}
	c, site = only(t, "whois_trickle")
	if got, err := c.whois(c.lab.WHOISServer(), site.Domain); !isTimeout(err) || len(got) != 1 {
		t.Errorf("trickle: %q %v", got, err)
	}
	c, site = only(t, "whois_silent")
	if got, err := c.whois(c.lab.WHOISServer(), site.Domain); !isTimeout(err) || got != "" {
		t.Errorf("silent: %q %v", got, err)
	}
	c, site = only(t, "whois_reset")
	if got, err := c.whois(c.lab.WHOISServer(), site.Domain); err == nil || isTimeout(err) {
		t.Errorf("reset: %q %v", got, err)
	}
	c, site = only(t, "whois_empty")
	if got, err := c.whois(c.lab.WHOISServer(), site.Domain); err != nil || got != "" {
		t.Errorf("empty: %q %v", got, err)
	}
	c, site = only(t, "whois_cut")
	if got, err := c.whois(c.lab.WHOISServer(), site.Domain); err != nil || got == "" || strings.Contains(got, "Expiration") {
		t.Errorf("cut: %q %v", got, err)
	}
}

func TestThinRegistryRefersToRegistrar(t *testing.T) {
	c, site := only(t, "rdap_down_whois_hosts")
	thin, err := c.whois(c.lab.WHOISServer(), "domain "+site.Domain)
	if err != nil || !strings.Contains(thin, "Registrar WHOIS Server: "+hostRegistrarWHOIS) || strings.Contains(thin, "Registrant") {
		t.Errorf("thin: %v\n%s", err, thin)
	}
	if host, own := strings.Index(thin, "Server Name:"), strings.Index(thin, "Domain Name:"); host < 0 || host > own {
		t.Errorf("no host record comes first:\n%s", thin)
	}
	thick, err := c.whois(c.mapped(hostRegistrarWHOIS+":43"), site.Domain)
	if err != nil || !strings.Contains(thick, "Registrant Name: REDACTED FOR PRIVACY") {
		t.Errorf("registrar: %v\n%s", err, thick)
	}
}

// registryOf is the WHOIS server of a name: the longest suffix wins.
func (c *client) registryOf(domain string) string {
	servers, server, longest := c.lab.WHOISServers(), "", 0
	for suffix, addr := range servers {
		if strings.HasSuffix(domain, "."+suffix) && len(suffix) > longest {
			server, longest = addr, len(suffix)
		}
	}
	return cmp.Or(server, servers["*"])
}

func (c *client) rdapOf(domain string) string {
	_, tld, _ := strings.Cut(domain, ".")
	return cmp.Or(c.lab.RDAPBases()[tld], c.lab.RDAPBase())
}

func (c *client) rdap(domain string) (*http.Response, map[string]any) {
	c.t.Helper()
	resp, body, err := c.get(c.rdapOf(domain) + "domain/" + domain)
	if err != nil {
		c.t.Fatal(err)
	}
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		m = nil
	}
	return resp, m
}

func TestRDAPAnswers(t *testing.T) {
	// the base is named by the user and dialled as it stands
	direct := func(story string) (*client, Truth) {
		c, site := only(t, story)
		c.web.Transport = &http.Transport{DisableKeepAlives: true}
		return c, site
	}
	for story, want := range map[string]int{
		"healthy_com": 200, "absent_rdap": 404, "absent_rdap_bare": 404, "rdap_too_many": 429, "rdap_server_error": 500,
		"rdap_html": 200, "rdap_malformed": 200, "healthy_cn": 501, "holder_proxy": 200,
	} {
		c, site := direct(story)
		resp, body := c.rdap(site.Domain)
		if resp.StatusCode != want {
			t.Errorf("%s: %d", story, resp.StatusCode)
		}
		if bare := body == nil; bare != slices.Contains([]string{"absent_rdap_bare", "rdap_html", "rdap_malformed", "rdap_server_error"}, story) {
			t.Errorf("%s: body %v", story, body)
		}
		if story == "rdap_too_many" && resp.Header.Get("Retry-After") != "60" {
			t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
		}
	}
	c, site := direct("registrar_decoy")
	_, body := c.rdap(site.Domain)
	ids := body["entities"].([]any)[0].(map[string]any)["publicIds"].([]any)
	if first := ids[0].(map[string]any); first["type"] == "IANA Registrar ID" || len(ids) != 3 {
		t.Errorf("no decoy: %v", ids)
	}
	c, site = direct("redemption")
	if _, body = c.rdap(site.Domain); body["status"].([]any)[0] != "redemption period" {
		t.Errorf("status %v", body["status"])
	}
	c, site = direct("rdap_endless")
	if _, b, _ := c.get(c.lab.RDAPBase() + "domain/" + site.Domain); len(b) != 4<<20 {
		t.Errorf("endless: %d bytes", len(b))
	}
}

func TestThinRDAPLinksToRegistrar(t *testing.T) {
	c, site := only(t, "rdap_thin")
	c.web.Transport.(*http.Transport).DialContext = nil
	_, body := c.rdap(site.Domain)
	href := ""
	for _, l := range body["links"].([]any) {
		if link := l.(map[string]any); link["rel"] == "related" {
			href = link["href"].(string)
		}
	}
	c, site = only(t, "rdap_thin")
	resp, text := c.mustGet(href)
	if resp.StatusCode != 200 || !strings.Contains(text, `"registrant"`) || !strings.Contains(text, `"redacted"`) {
		t.Errorf("%s: %d %s", href, resp.StatusCode, text)
	}
	if got := c.lab.Counts(); len(got) != 1 || got[0].Server != "rdap-registrar" || got[0].Name != site.Domain {
		t.Errorf("counted %+v", got)
	}
}

func TestCounts(t *testing.T) {
	c, site := only(t, "healthy_http_only")
	for range 3 {
		c.mustAsk("udp", c.lab.Resolvers()[1], site.Domain, dns.TypeAAAA)
	}
	c.mustGet("http://" + strings.ToUpper(site.Domain) + "/")
	if _, err := c.whois(c.lab.WHOISServer(), site.Domain); err != nil {
		t.Error(err)
	}
	want := []Count{
		{"dns", "resolver-2", site.Domain, "AAAA", 3},
		{"http", "site", site.Domain, "/", 1},
		{"whois", "whois-registry", site.Domain, "", 1},
	}
	if got := c.lab.Counts(); !slices.Equal(got, want) {
		t.Errorf("counted %+v", got)
	}
	c.lab.ResetCounts()
	if got := c.lab.Counts(); len(got) > 0 {
		t.Errorf("still %+v", got)
	}
}

func TestOtherKindsOfNames(t *testing.T) {
	c, site := only(t, "healthy_idn")
	if !strings.HasPrefix(site.Domain, "xn--") || !strings.HasSuffix(site.Unicode, ".中国") {
		t.Errorf("%s is %s", site.Unicode, site.Domain)
	}
	for _, query := range []string{site.Domain, site.Unicode} {
		if got, err := c.whois(c.lab.WHOISServer(), query); err != nil || !strings.Contains(got, "Domain Name: "+site.Unicode+"\r\n") {
			t.Errorf("%s: %v\n%s", query, err, got)
		}
	}
	if m := c.mustAsk("udp", c.lab.Resolver(), "www."+site.Domain, dns.TypeA); len(addressesOf(m)) != 1 {
		t.Errorf("%v", m)
	}

	c, site = only(t, "second_abroad")
	second := site.Site.Domains[1].Domain
	if got := addressesOf(c.mustAsk("udp", c.lab.Resolver(), second, dns.TypeA)); !strings.HasPrefix(got[0], "13.250.") {
		t.Errorf("%s: %v", second, got)
	}
	if got := addressesOf(c.mustAsk("udp", c.lab.Resolver(), site.Domain, dns.TypeA)); !slices.Equal(got, site.Planted.Hosts[0].Addresses) {
		t.Errorf("%s: %v", site.Domain, got)
	}
	if resp, _ := c.mustGet("https://" + second + "/x"); resp.StatusCode != 302 || resp.Header.Get("Location") != "http://"+site.Domain+"/" {
		t.Errorf("%s: %d %v", second, resp.StatusCode, resp.Header)
	}
	if got, ok := c.lab.TruthOf(second); !ok || got.Domain != site.Domain {
		t.Errorf("the second domain's site: %v", got.Domain)
	}

	c, site = only(t, "healthy_address")
	if resp, body := c.mustGet("http://" + site.Domain + "/"); resp.StatusCode != 200 || !strings.Contains(body, string(site.Planted.Number)) {
		t.Errorf("%s: %d\n%s", site.Domain, resp.StatusCode, body)
	}
	if _, ok := c.lab.TruthOf(site.Domain); !ok {
		t.Errorf("%s is nobody's", site.Domain)
	}
}
