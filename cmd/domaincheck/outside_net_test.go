package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOutsideTraps leads the program to addresses that strangers must not
// make it connect to, by every way a stranger has.
func TestOutsideTraps(t *testing.T) {
	w := oStart(t)
	w.mu.Lock()
	w.extra["rebind.outside-evil.cn"] = oName{a: []string{"127.0.0.1"}}
	w.extra["meta.outside-evil.cn"] = oName{a: []string{"169.254.169.254"}}
	w.extra["six.outside-evil.cn"] = oName{aaaa: []string{"::1"}}
	w.extra["mapped.outside-evil.cn"] = oName{aaaa: []string{"::ffff:10.0.0.1"}}
	w.extra["nat64.outside-evil.cn"] = oName{aaaa: []string{"64:ff9b::7f00:1"}}
	w.mu.Unlock()
	trap := func() []string {
		var f []string
		for _, h := range []string{"127.0.0.1", "169.254.169.254", "[::1]", "10.0.0.1", "rebind.outside-evil.cn", "meta.outside-evil.cn", "six.outside-evil.cn", "mapped.outside-evil.cn", "nat64.outside-evil.cn", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]"} {
			for _, port := range []string{"80", "443", "43"} {
				f = append(f, "--connect-to", h+":"+port+":"+w.trap)
			}
		}
		return f
	}
	w.before = trap()
	_, trapPort, err := net.SplitHostPort(w.trap)
	if err != nil {
		t.Fatal(err)
	}
	targets := []string{"http://169.254.169.254/latest/meta-data/", "http://127.0.0.1/", "http://127.0.0.1:" + trapPort + "/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
		"http://0x7f000001/", "http://2130706433/", "http://rebind.outside-evil.cn/", "http://meta.outside-evil.cn/", "http://six.outside-evil.cn/", "http://mapped.outside-evil.cn/", "http://nat64.outside-evil.cn/", "https://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/"}
	ways := map[string]func(string) http.HandlerFunc{
		"location": func(to string) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) { rw.Header().Set("Location", to); rw.WriteHeader(302) }
		},
		"refresh": func(to string) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/html")
				fmt.Fprintf(rw, `<html><head><meta http-equiv="refresh" content="0;url=%s"></head><body></body></html>`, to)
			}
		},
		"frame": func(to string) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/html")
				fmt.Fprintf(rw, `<html><head><title>x</title></head><frameset rows="100%%"><frame src="%s"></frameset></html>`, to)
			}
		},
	}
	for way, build := range ways {
		for i, to := range targets {
			d := fmt.Sprintf("trap-%s-%d.cn", way, i)
			s := oHealthy(d)
			s.page = build(to)
			w.add(s)
		}
	}
	open := oHealthy("trap-open.cn")
	open.page = ways["location"]("http://127.0.0.1/")
	w.add(open)
	var ledger strings.Builder
	ledger.WriteString("sites:\n")
	var domains []string
	for way := range ways {
		for i := range targets {
			d := fmt.Sprintf("trap-%s-%d.cn", way, i)
			domains = append(domains, d)
			ledger.WriteString("  - {domain: " + d + ", state: filed, providers: [aliyun]}\n")
		}
	}
	file := filepath.Join(t.TempDir(), "ledger.yaml")
	if err := os.WriteFile(file, []byte(ledger.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	reports := w.checkAll(t, "-f", file)
	if n := w.trapped.Swap(0); n != 0 {
		t.Errorf("%d connections to private addresses", n)
	}
	for i, r := range reports {
		r.is("domain", domains[i])
		if _, number, _ := strings.Cut(domains[i], "-"); !strings.HasSuffix(number, "-14.cn") && !strings.HasSuffix(number, "-15.cn") { // no browser follows those two: they are no page
			r.says("site.number unknown unobserved")
		}
		oShape(t, r)
	}
	t.Run("allowed", func(t *testing.T) { // the trap itself works
		w.check(t, append(oFacts(t, oFiled("trap-open.cn", "")), "--allow-private", "trap-open.cn")...)
		if w.trapped.Swap(0) == 0 {
			t.Error("with --allow-private nothing connected: this test proves nothing")
		}
	})
}

// TestOutsideReferrals does the same with what registries refer to.
func TestOutsideReferrals(t *testing.T) {
	w := oStart(t)
	w.extra["whois.outside-evil.cn"] = oName{a: []string{"127.0.0.1"}}
	thin := func(d, to string) string {
		return "Domain Name: " + strings.ToUpper(d) + "\nRegistry Domain ID: 1_DOMAIN_COM-VRSN\nRegistrar WHOIS Server: " + to + "\nRegistrar URL: http://www.net.cn\nUpdated Date: 2026-01-01T00:00:00Z\nCreation Date: 2012-03-01T00:00:00Z\nRegistry Expiry Date: 2029-03-01T00:00:00Z\nRegistrar: Alibaba Cloud Computing (Beijing) Co., Ltd.\nRegistrar IANA ID: 420\nDomain Status: ok https://icann.org/epp#ok\nName Server: NS1.OUTSIDE-HOSTING.CN\nName Server: NS2.OUTSIDE-HOSTING.CN\nDNSSEC: unsigned\n>>> Last update of whois database: 2026-11-21T00:00:00Z <<<\n"
	}
	for i, to := range []string{"127.0.0.1", "whois.outside-evil.cn", "localhost", "[::1]:43", "169.254.169.254"} {
		s := oHealthy(fmt.Sprintf("refer-%d.com", i))
		s.whois = thin(s.domain, to)
		w.add(s)
		t.Run(to, func(t *testing.T) {
			args := []string{"--resolver", w.first, "--rdap-base", "*=", "--whois-server", "com=" + w.whois, "--browser", "off", "--timeout", "2s",
				"--connect-to", "127.0.0.1:43:" + w.trap, "--connect-to", "whois.outside-evil.cn:43:" + w.trap, "--connect-to", "localhost:43:" + w.trap, "--connect-to", "[::1]:43:" + w.trap, "--connect-to", "169.254.169.254:43:" + w.trap,
				"--connect-to", ":80:" + w.web, "--connect-to", ":443:" + w.closed, "--connect-to", ":53:" + w.auth, "--json", s.domain}
			_, out, errs := oRun(t, append([]string{"check"}, args...)...)
			if w.trapped.Swap(0) != 0 {
				t.Fatal("the referral was followed")
			}
			r := &oReport{t: t}
			if err := json.Unmarshal([]byte(out), &r.m); err != nil {
				t.Fatalf("%v %s", err, errs)
			}
			r.is("observation.registration.outcome", "ok")
			r.is("observation.registration.expires", "2029-03-01T08:00:00+08:00")
			r.is("observation.registration.registrar.iana_id", "420")
		})
	}
}

// oAgain holds stored reports, judged again, to the same findings.
func oAgain(t *testing.T, before []*oReport) {
	t.Helper()
	var all []json.RawMessage
	for _, r := range before {
		all = append(all, json.RawMessage(r.out))
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "reports.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := oRun(t, "judge", file, "--json", "--lang", "en")
	after := oDecode(t, status, out, errs)
	if len(after) != len(before) {
		t.Fatalf("%d reports judged again to %d", len(before), len(after))
	}
	for i := range before {
		if one, two := oRaw(t, before[i]), oRaw(t, after[i]); one != two {
			t.Errorf("%v judged again differs:\n%s\n%s", before[i].m["domain"], one, two)
		}
	}
}

// oRaw is a report without white space.
func oRaw(t *testing.T, r *oReport) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(r.out)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func oText(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, body)
	}
}

func oMoreStories() []oStory {
	rdap := func(f func(http.ResponseWriter, *http.Request)) func(string) *oSite {
		return oWith(func(s *oSite) {
			s.rdap = f
			s.whois = "Domain Name: " + strings.ToUpper(s.domain) + "\nCreation Date: 2012-03-01T00:00:00Z\nRegistry Expiry Date: " + oDays(500).UTC().Format(time.RFC3339) + "\nRegistrar: Alibaba Cloud Computing (Beijing) Co., Ltd.\nRegistrar IANA ID: 420\nDomain Status: ok https://icann.org/epp#ok\nName Server: NS1.OUTSIDE-HOSTING.CN\nDNSSEC: unsigned\n"
		})
	}
	plain := func(d string) string {
		return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
	}
	unseen := []string{"domain.registered unknown unobserved", "domain.expiry unknown unobserved", "domain.registrar unknown unobserved"}
	return []oStory{
		{name: "rdap-500", suffix: "com", site: rdap(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }), verdict: "pass", says: []string{"domain.registered pass", "domain.expiry pass"}},
		{name: "rdap-429", alone: true, suffix: "com", site: rdap(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Retry-After", "30"); w.WriteHeader(429) }), verdict: "pass", says: []string{"domain.registered pass"}},
		{name: "rdap-html", suffix: "com", site: rdap(oText("text/html", "<html><body>maintenance</body></html>")), verdict: "pass", says: []string{"domain.registered pass"}},
		{name: "rdap-hold", suffix: "com", site: rdap(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"objectClassName":"domain","ldhName":"O-RDAP-HOLD.COM","status":["server hold","client transfer prohibited"],"events":[{"eventAction":"expiration","eventDate":%q}]}`, oDays(300).UTC().Format(time.RFC3339))
		}), verdict: "fail", says: []string{"domain.status fail critical"}},
		{name: "rdap-redemption", suffix: "com", site: rdap(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"objectClassName":"domain","ldhName":"o-rdap-redemption.com","status":["redemption period","pending delete"],"events":[{"eventAction":"expiration","eventDate":%q}]}`, oDays(-40).UTC().Format(time.RFC3339))
		}), verdict: "fail", says: []string{"domain.expiry fail critical"}},
		{name: "rdap-other-object", suffix: "com", site: rdap(oText("application/rdap+json", `{"objectClassName":"domain","ldhName":"somebody-else.com","status":["server hold"],"events":[{"eventAction":"expiration","eventDate":"2020-01-01T00:00:00Z"}]}`)), says: []string{"domain.status pass"}},
		{name: "whois-empty", site: oWith(func(s *oSite) { s.whois = "\n" }), facts: plain, verdict: "unknown", says: append(unseen, "domain.holder unknown unobserved")},
		{name: "whois-toofast", alone: true, site: oWith(func(s *oSite) { s.whois = "Your access is too fast, please try again later.\n" }), facts: plain, verdict: "unknown", says: unseen,
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.registration.outcome", "refused") }},
		{name: "whois-quota", alone: true, site: oWith(func(s *oSite) { s.whois = "% Quota exceeded. Please wait 60 seconds.\n%% No match.\n" }), facts: plain, verdict: "unknown", says: unseen},
		{name: "whois-html", site: oWith(func(s *oSite) { s.whois = "<html><head><title>502 Bad Gateway</title></head></html>\n" }), facts: plain, verdict: "unknown", says: unseen},
		{name: "whois-reserved", site: oWith(func(s *oSite) { s.whois = "the domain you want to register is reserved\n" }), facts: plain, says: []string{"domain.registered fail"},
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.registration.outcome", "reserved") }},
		{name: "whois-endless", site: oWith(func(s *oSite) { s.whois = strings.Repeat("# advertising, advertising, advertising\n", 200000) }), facts: plain, verdict: "unknown", says: unseen},
		{name: "down-nofacts", site: oWith(func(s *oSite) { s.mode = "refused" }), facts: noFacts, verdict: "unknown", says: []string{"access.unfiled unknown unobserved"}},
		{name: "hang-nofacts", site: oWith(func(s *oSite) { s.mode = "hang" }), facts: noFacts, args: []string{"--timeout", "500ms"}, verdict: "unknown", says: []string{"access.unfiled unknown unobserved"}},
		{name: "shell-nofacts", site: oWith(func(s *oSite) {
			s.page = oText("text/html", `<html><head><script src="/app.js"></script></head><body><div id="app"></div></body></html>`)
		}), facts: noFacts, verdict: "unknown", says: []string{"access.unfiled unknown unobserved"}},
		{name: "truncated-nofacts", site: oWith(func(s *oSite) {
			s.page = oText("text/html; charset=utf-8", "<html><body>"+strings.Repeat("<p>花园</p>", 400000)+"</body></html>")
		}), facts: noFacts, verdict: "unknown", says: []string{"access.unfiled unknown unobserved"}},
		{name: "https-only", site: oWith(func(s *oSite) { s.mode = "tls" }), verdict: "fail", says: []string{"site.reachable pass", "site.number pass"}},
		{name: "redirect-www", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.Host, "www.") {
					http.Redirect(w, r, "http://www."+r.Host+"/home", http.StatusMovedPermanently)
					return
				}
				oPage(oMIIT(oNumber))(w, r)
			}
		}), verdict: "pass", says: []string{"site.number pass"}, more: func(t *testing.T, r *oReport, d string) {
			r.is("observation.page.requested", "http://"+d+"/")
			r.is("observation.page.final", "http://www."+d+"/home")
			r.is("observation.page.redirects", []string{"http://www." + d + "/home"})
		}},
		{name: "redirect-loop", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }
		}), says: []string{"site.number unknown unobserved"}},
		{name: "iframe", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/in.html" {
					oPage(oMIIT(oNumber))(w, r)
					return
				}
				oText("text/html", `<html><head><title>x</title></head><frameset cols="*"><frame src="/in.html"></frameset></html>`)(w, r)
			}
		}), verdict: "pass", says: []string{"site.number pass", "site.link pass"}},
		{name: "refresh", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/in.html" {
					oPage(oMIIT(oNumber))(w, r)
					return
				}
				oText("text/html", `<html><head><meta http-equiv=refresh content="0; URL='/in.html'"></head></html>`)(w, r)
			}
		}), verdict: "pass", says: []string{"site.number pass"}},
		{name: "body-cut", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Content-Length", "100000")
				io.WriteString(w, `<html><head><title>示例科技</title></head><body><p>花园花园</p>`)
			}
		}), verdict: "unknown", says: []string{"site.number unknown unobserved", "site.reachable pass"}},
		{name: "drip", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				io.WriteString(w, `<html><head><title>示例科技</title></head><body><p>花园花园</p>`)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}
		}), args: []string{"--timeout", "700ms"}, verdict: "unknown", says: []string{"site.number unknown unobserved"}},
		{name: "cname-cdn", site: oWith(func(s *oSite) { s.names["www"] = oName{cname: s.domain + ".w.kunlunaq.com"} }), says: []string{"access.resolves pass", "access.mainland pass", "access.provider pass"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.resolution.hosts.1.cname", []string{d + ".w.kunlunaq.com"})
				r.is("observation.resolution.hosts.1.addresses.0.by", "cname")
				r.is("observation.resolution.hosts.1.addresses.0.provider", "aliyun")
				r.is("observation.resolution.hosts.1.addresses.0.cdn", true)
			}},
		{name: "cname-other-cdn", site: oWith(func(s *oSite) { s.names = oAnswers(oName{cname: s.domain + ".cdn.dnsv1.com"}) }), verdict: "pass", says: []string{"access.provider pass info"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.resolution.hosts.0.addresses.0.provider", "tencent")
			}},
		{name: "foreign-anycast", site: oWith(func(s *oSite) { s.names = oAnswers(oName{a: []string{"104.16.0.1"}}) }), verdict: "fail", says: []string{"access.mainland fail high"}},
		{name: "sub", args: []string{"--host", "m.o-sub.cn"}, facts: noFacts, site: oWith(func(s *oSite) { s.names["m"] = oName{a: []string{oAbroad}} }), verdict: "fail", says: []string{"access.mainland fail low"}},
		{name: "captcha-no-facts", facts: noFacts, site: oWith(func(s *oSite) {
			s.page = oText("text/html; charset=utf-8", `<html><head><title>安全验证</title></head><body><p>请完成安全验证后继续访问</p><div id="captcha" class="geetest_holder"></div><script src="https://static.geetest.com/static/js/gt.js"></script></body></html>`)
		}), verdict: "unknown", says: []string{"access.unfiled unknown unobserved"}},
		{name: "expired-com-renewing", suffix: "com", site: oWith(func(s *oSite) {
			s.rdap = oRDAP(s.domain, oCompany, "420", oDays(-1))
		}), verdict: "fail", says: []string{"domain.expiry fail critical code=expired"}},
		{name: "two-numbers", site: oFooter(`<p>合作伙伴：<a href="http://example.com">沪ICP备87654321号-2</a></p>` + oMIIT(oNumber)), verdict: "pass", says: []string{"site.number_matches pass", "site.link pass"}},
		{name: "digits-linked", site: oFooter(`京ICP备<a href="//beian.miit.gov.cn/#/Integrated/index">12345678</a>号-1`), verdict: "pass", says: []string{"site.link pass"}},
		{name: "joke", site: oFooter(`<a href="https://icp.gov.moe/?keyword=20220001">萌ICP备20220001号</a>`), verdict: "fail", says: []string{"site.number fail medium"}},
		{name: "entities", site: oFooter(oMIIT(`&#20140;ICP&#x5907;&nbsp;1234<b>5678</b>&#8203;号&ndash;1`)), verdict: "pass", says: []string{"site.number_matches pass"}},
		{name: "hidden-attr", site: oFooter(`<div hidden>` + oMIIT(oNumber) + `</div>`), verdict: "fail", says: []string{"site.number fail"}},
		{name: "title-tip", site: oFooter(`<img alt="` + oNumber + `" src="x.png">`), verdict: "fail", says: []string{"site.number fail"}},
		{name: "gzip-ok", site: oWith(func(s *oSite) { s.page = oPage(oMIIT("京ICP备12345678號-1")) }), verdict: "pass", says: []string{"site.number_matches pass"}},
	}
}

func TestOutsideMore(t *testing.T) {
	w := oStart(t)
	for _, h := range []string{"o-cname-cdn.cn.w.kunlunaq.com", "o-cname-other-cdn.cn.cdn.dnsv1.com"} {
		w.extra[h] = oName{a: []string{oCarrier}}
	}
	oTell(t, w, oMoreStories())
}
