package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/text/encoding/simplifiedchinese"
)

const (
	oCompany   = "北京示例科技有限公司"
	oRegistrar = "阿里云计算有限公司（万网）"
	oNumber    = "京ICP备12345678号-1"
)

func oDays(n int) time.Time { return time.Now().Add(time.Duration(n)*24*time.Hour + time.Hour) }

// oBody is a home page around a footer.
func oBody(footer string) string {
	return `<!doctype html><html><head><title>示例科技 - 首页</title></head><body><h1>示例科技</h1><p>我们为客户设计并维护园林景观，从苗圃到庭院，二十年如一日。欢迎来信来访，了解我们的作品与团队的日常工作。</p><div>` + footer + `</div></body></html>`
}

func oPage(footer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, oBody(footer))
	}
}

func oMIIT(text string) string {
	return `<a href="https://beian.miit.gov.cn/" target="_blank">` + text + `</a>`
}

// oHealthy is a filed site with nothing wrong.
func oHealthy(domain string) *oSite {
	return &oSite{domain: domain, whois: oCN(domain, oCompany, oRegistrar, oDays(400)), page: oPage(oMIIT(oNumber)),
		names: map[string]oName{"": {a: []string{oAliyun}}, "www": {a: []string{oAliyun}}}}
}

// oFiled are the owner's facts of such a site.
func oFiled(domain, more string) string {
	return `domain: ` + domain + `
name: 示例科技
state: filed
record_number: ` + oNumber + `
filed_on: 2020-05-01
subject: {name: ` + oCompany + `, kind: unit, province: 北京}
providers: [aliyun]
holder: {name: ` + oCompany + `}
` + more
}

// oAnswers gives @ and www the same answer.
func oAnswers(n oName) map[string]oName { return map[string]oName{"": n, "www": n} }

// oStory is one site with one thing wrong, and what has to be said of it.
type oStory struct {
	name    string
	domain  string
	alone   bool                       // needs a run of its own
	site    func(domain string) *oSite // nil: healthy
	suffix  string                     // "cn"
	facts   func(domain string) string // nil: filed; "" none
	args    []string
	says    []string
	verdict string
	more    func(*testing.T, *oReport, string)
}

func oWith(change func(*oSite)) func(string) *oSite {
	return func(d string) *oSite { s := oHealthy(d); change(s); return s }
}

func noFacts(string) string { return "" }

func oState(state string) func(string) string {
	return func(d string) string {
		return "domain: " + d + "\nstate: " + state + "\nname: 示例科技\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
	}
}

func oExpiring(days int) func(string) *oSite {
	return func(d string) *oSite {
		s := oHealthy(d)
		s.whois = oCN(d, oCompany, oRegistrar, oDays(days))
		return s
	}
}

func oStatus(statuses ...string) func(string) *oSite {
	return func(d string) *oSite {
		s := oHealthy(d)
		s.whois = oCN(d, oCompany, oRegistrar, oDays(300), statuses...)
		return s
	}
}

func oFooter(footer string) func(string) *oSite {
	return oWith(func(s *oSite) { s.page = oPage(footer) })
}

func oRedirect(to string) func(string) *oSite {
	return oWith(func(s *oSite) {
		s.page = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	})
}

var oGuangdong = func(d string) string {
	return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: 粤ICP备12345678号-2\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 广东}\nproviders: [aliyun]\n"
}

func oStories() []oStory {
	return []oStory{
		{name: "healthy", alone: true, verdict: "pass", says: []string{"domain.registered pass observed", "domain.tld pass", "domain.registrar pass", "domain.expiry pass",
			"domain.status pass", "domain.real_name pass inferred", "domain.holder pass", "access.resolves pass", "access.mainland pass", "access.provider pass",
			"access.delegation pass", "site.reachable pass", "site.blocked pass", "site.parked pass", "site.number pass", "site.number_matches pass", "site.link pass",
			"site.title pass", "site.tls not_applicable", "record.exists unknown undeclared", "access.unfiled not_applicable", "server.type not_applicable",
			"domain.privacy not_applicable", "domain.term not_applicable", "domain.changed not_applicable"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("inferred", []string{})
				r.is("error", nil)
				r.is("schema", 1)
				r.is("observation.registration.source", "whois")
				r.is("observation.registration.registrant.name", oCompany)
				r.is("observation.registration.registrant.redacted", false)
				r.is("observation.registration.nameservers", []string{"ns1.outside-hosting.cn", "ns2.outside-hosting.cn"})
				r.is("observation.registration.statuses", []string{"ok"})
				r.is("observation.registration.created", "2015-03-12T10:00:00+08:00")
				r.is("observation.registration.updated", nil)
				r.is("observation.resolution.vantage", "mainland")
				r.is("observation.resolution.hosts.0.addresses.0.provider", "aliyun")
				r.is("observation.resolution.hosts.0.addresses.0.by", "asn")
				r.is("observation.resolution.hosts.0.cname", []string{})
				r.is("observation.resolution.delegation.lame", []string{})
				r.is("observation.page.record_numbers.0.link_state", "current")
				r.is("observation.page.police_numbers", []string{})
				r.is("observation.page.block", nil)
				r.is("observation.page.tls", nil)
				r.is("observation.record", nil)
				r.is("site.papers", nil)
				r.is("site.siblings", nil)
				r.is("site.hosts", []string{})
				r.is("risks", []string{})
				r.is("states", []string{})
			}},
		{name: "no-facts", facts: noFacts, verdict: "pass", says: []string{"site.number pass", "domain.holder unknown undeclared"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("site.state", "filed")
				r.is("site.subject.province", "北京")
			}},
		{name: "gbk", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				body, _ := simplifiedchinese.GBK.NewEncoder().String(oBody(oMIIT("京ＩＣＰ备<b>12345678</b>号－１")))
				io.WriteString(w, body)
			}
		}), verdict: "pass", says: []string{"site.number pass", "site.number_matches pass", "site.link pass"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.page.record_numbers.0.number", oNumber)
				r.is("observation.page.title", "示例科技 - 首页")
			}},
		{name: "unfiled-mainland", site: oFooter("版权所有"), facts: noFacts, verdict: "fail", says: []string{"access.unfiled fail high", "site.number not_applicable",
			"access.mainland not_applicable", "site.reachable not_applicable"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("site.state", "unfiled")
				r.is("inferred", []string{"state"})
			}},
		{name: "unfiled-abroad", site: oWith(func(s *oSite) { s.page = oPage("hello"); s.names = oAnswers(oName{a: []string{oAbroad}}) }), facts: noFacts, verdict: "pass",
			says: []string{"access.unfiled pass", "access.mainland not_applicable"}},
		{name: "expired", site: oExpiring(-3), verdict: "fail", says: []string{"domain.expiry fail critical"}},
		{name: "expires-5", site: oExpiring(5), verdict: "fail", says: []string{"domain.expiry fail high"}},
		{name: "expires-20", site: oExpiring(20), verdict: "fail", says: []string{"domain.expiry fail medium"}},
		{name: "expires-60", site: oExpiring(60), verdict: "fail", says: []string{"domain.expiry fail low"}},
		{name: "expires-60-renew", site: oExpiring(60), facts: func(d string) string { return oFiled(d, "auto_renew: true\n") }, verdict: "pass", says: []string{"domain.expiry fail info"}},
		{name: "expires-5-renew", site: oExpiring(5), facts: func(d string) string { return oFiled(d, "auto_renew: true\n") }, verdict: "fail", says: []string{"domain.expiry fail medium"}},
		{name: "serverhold", site: oStatus("serverHold"), verdict: "fail", says: []string{"domain.status fail critical"}},
		{name: "clienthold", site: oStatus("clientHold"), verdict: "fail", says: []string{"domain.status fail critical"}},
		{name: "clienttransfer", site: oStatus("clientTransferProhibited", "serverDeleteProhibited"), verdict: "pass", says: []string{"domain.status pass"}},
		{name: "pendingdelete", site: oStatus("pendingDelete"), verdict: "fail", says: []string{"domain.expiry fail critical"}},
		{name: "redemption", site: oStatus("redemptionPeriod"), verdict: "fail", says: []string{"domain.expiry fail critical"}},
		{name: "pendingverification", site: oStatus("pendingVerification"), verdict: "fail", says: []string{"domain.status fail"}},
		{name: "bad-registrar", site: oWith(func(s *oSite) { s.whois = oCN(s.domain, oCompany, "GoDaddy.com, LLC", oDays(400)) }), verdict: "fail", says: []string{"domain.registrar fail high"}},
		{name: "unknown-registrar", site: oWith(func(s *oSite) { s.whois = oCN(s.domain, oCompany, "某某未知网络有限公司", oDays(400)) }), says: []string{"domain.registrar unknown"}},
		{name: "bad-registrar-2017", site: oWith(func(s *oSite) { s.whois = oCN(s.domain, "别人公司", "GoDaddy.com, LLC", oDays(400)) }), verdict: "pass",
			facts: func(d string) string {
				return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2017-12-31\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
			}, says: []string{"domain.registrar pass", "domain.holder pass"}},
		{name: "bad-registrar-2018", site: oWith(func(s *oSite) { s.whois = oCN(s.domain, oCompany, "GoDaddy.com, LLC", oDays(400)) }), verdict: "fail",
			facts: func(d string) string {
				return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2018-01-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
			}, says: []string{"domain.registrar fail high"}},
		{name: "holder-other", site: oWith(func(s *oSite) { s.whois = oCN(s.domain, "上海别人商贸有限公司", oRegistrar, oDays(400)) }), facts: func(d string) string {
			return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
		}, verdict: "fail", says: []string{"domain.holder fail high"}},
		{name: "holder-brackets", site: oWith(func(s *oSite) {
			s.whois = oCN(s.domain, "北京示例(中国)科技 有限公司", oRegistrar, oDays(400))
		}), facts: func(d string) string {
			return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: 北京示例（中国）科技有限公司, kind: unit, province: 北京}\nproviders: [aliyun]\n"
		}, verdict: "pass", says: []string{"domain.holder pass"}},
		{name: "proxy", site: oWith(func(s *oSite) { s.whois = oCN(s.domain, "Domains By Proxy, LLC", oRegistrar, oDays(400)) }), facts: func(d string) string {
			return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
		}, verdict: "fail", says: []string{"domain.holder fail medium code=proxy"},
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.registration.registrant.proxy", true) }},
		{name: "redacted", suffix: "com", site: oWith(func(s *oSite) { s.rdap = oRDAP(s.domain, "REDACTED FOR PRIVACY", "420", oDays(400)); s.whois = "" }), facts: func(d string) string {
			return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
		}, verdict: "pass", says: []string{"domain.holder unknown unknowable", "domain.registrar pass", "domain.expiry pass"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.registration.registrant.redacted", true)
				r.is("observation.registration.source", "rdap")
				r.is("observation.registration.registrar.iana_id", "420")
			}},
		{name: "rdap-absent", suffix: "com", site: oWith(func(s *oSite) { s.whois = "No match for domain \"X\".\n" }), verdict: "fail", says: []string{"domain.registered fail critical"},
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.registration.outcome", "absent") }},
		{name: "absent", site: oWith(func(s *oSite) { s.whois = ""; s.gone = true }), verdict: "fail", says: []string{"domain.registered fail critical", "access.resolves fail high"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.registration.outcome", "absent")
				r.is("observation.resolution.outcome", "ok")
				r.is("observation.resolution.hosts.0.rcode", "NXDOMAIN")
			}},
		{name: "whois-refused", alone: true, site: oWith(func(s *oSite) { s.whois = "Queried interval is too short.\nNo entries found.\n" }), verdict: "unknown",
			says: []string{"domain.registered unknown unobserved", "domain.expiry unknown unobserved", "domain.status unknown unobserved", "domain.tld pass"},
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.registration.outcome", "refused") }},
		{name: "nodata", site: oWith(func(s *oSite) { s.names = oAnswers(oName{}) }), verdict: "fail", says: []string{"access.resolves fail high"}},
		{name: "only-www", site: oWith(func(s *oSite) { delete(s.names, "") }), verdict: "pass", says: []string{"access.resolves pass", "access.mainland pass"}},
		{name: "only-apex", site: oWith(func(s *oSite) { delete(s.names, "www") }), verdict: "pass", says: []string{"access.resolves pass"}},
		{name: "only-api", site: oWith(func(s *oSite) { s.names = map[string]oName{"api": {a: []string{oAliyun}}} }), verdict: "fail",
			facts: func(d string) string { return oFiled(d, "hosts: [\"@\", www, api]\n") }, says: []string{"access.resolves fail"}},
		{name: "servfail", site: oWith(func(s *oSite) { s.names = oAnswers(oName{rcode: dns.RcodeServerFailure}) }), verdict: "fail", says: []string{"access.resolves fail high"}},
		{name: "servfail-one", site: oWith(func(s *oSite) {
			bad := *s
			bad.names = oAnswers(oName{rcode: dns.RcodeServerFailure})
			good := *s
			s.names, s.second = bad.names, &good
		}), says: []string{"access.resolves pass"}},
		{name: "servfail-drop", site: oWith(func(s *oSite) {
			silent := *s
			silent.names = oAnswers(oName{drop: true})
			s.names, s.second = oAnswers(oName{rcode: dns.RcodeServerFailure}), &silent
		}), verdict: "unknown", args: []string{"--timeout", "500ms"}, says: []string{"access.resolves unknown unobserved", "access.mainland unknown unobserved"}},
		{name: "dns-refused", site: oWith(func(s *oSite) { s.names = oAnswers(oName{rcode: dns.RcodeRefused}) }), verdict: "unknown", says: []string{"access.resolves unknown unobserved", "access.mainland unknown unobserved"},
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.resolution.outcome", "refused") }},
		{name: "dns-drop", site: oWith(func(s *oSite) { s.names = oAnswers(oName{drop: true}) }), verdict: "unknown", args: []string{"--timeout", "500ms"}, says: []string{"access.resolves unknown unobserved", "site.reachable unknown"},
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.resolution.outcome", "timeout") }},
		{name: "cname-loop", site: oWith(func(s *oSite) {
			s.names = map[string]oName{"": {cname: "www." + s.domain}, "www": {cname: "x." + s.domain}, "x": {cname: "www." + s.domain}}
		}), verdict: "fail", says: []string{"access.resolves fail high"}},
		{name: "hongkong", site: oWith(func(s *oSite) { s.names = oAnswers(oName{a: []string{oHongKong}}) }), verdict: "fail", says: []string{"access.resolves pass", "access.mainland fail high"}},
		{name: "half-abroad", site: oWith(func(s *oSite) { s.names[""] = oName{a: []string{oAliyun, oAbroad}} }), verdict: "fail", says: []string{"access.mainland fail high"}},
		{name: "v6-abroad", site: oWith(func(s *oSite) { s.names["www"] = oName{a: []string{oAliyun}, aaaa: []string{"2001:4860:4860::8888"}} }), verdict: "fail", says: []string{"access.mainland fail high"}},
		{name: "api-abroad", site: oWith(func(s *oSite) { s.names["api"] = oName{a: []string{oAbroad}} }), facts: func(d string) string { return oFiled(d, "hosts: [\"@\", www, api]\n") },
			verdict: "fail", says: []string{"access.mainland fail low"}},
		{name: "other-provider", site: oWith(func(s *oSite) { s.names = oAnswers(oName{a: []string{oTencent}}) }), verdict: "fail", says: []string{"access.provider fail", "access.mainland pass"}},
		{name: "both-providers", site: oWith(func(s *oSite) { s.names["www"] = oName{a: []string{oTencent}} }), verdict: "pass",
			facts: func(d string) string {
				return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun, tencent]\n"
			}, says: []string{"access.provider pass"}},
		{name: "cancelled-access", facts: func(d string) string {
			return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\naccess: [{provider: aliyun, state: cancelled}]\n"
		}, verdict: "fail", says: []string{"access.provider fail"}},
		{name: "notice-access", facts: func(d string) string {
			return "domain: " + d + "\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\naccess: [{provider: aliyun, state: notice}]\n"
		}, says: []string{"access.provider pass"}},
		{name: "carrier", site: oWith(func(s *oSite) { s.names = oAnswers(oName{a: []string{oCarrier}}) }), verdict: "pass", says: []string{"access.mainland pass", "access.provider unknown unknowable"}},
		{name: "private", site: oWith(func(s *oSite) { s.names = oAnswers(oName{a: []string{"10.1.2.3"}}) }), says: []string{"access.provider unknown", "access.mainland unknown", "site.reachable unknown"}},
		{name: "no-number", site: oFooter("版权所有"), verdict: "fail", says: []string{"site.number fail medium", "site.number_matches not_applicable", "site.link not_applicable"}},
		{name: "comment-number", site: oFooter("<!-- " + oNumber + " --><span style='display:none'>" + oNumber + "</span><script>var a='" + oNumber + "'</script><template>" + oNumber + "</template>"), verdict: "fail",
			says: []string{"site.number fail medium"}, more: func(t *testing.T, r *oReport, d string) { r.is("observation.page.record_numbers", []string{}) }},
		{name: "outdated-link", site: oFooter(`<a href="http://www.miitbeian.gov.cn/">` + oNumber + `</a>`), verdict: "fail", says: []string{"site.link fail medium", "site.number_matches pass"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.page.record_numbers.0.link_state", "outdated")
			}},
		{name: "no-link", site: oFooter(oNumber), verdict: "fail", says: []string{"site.link fail low"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.page.record_numbers.0.link_state", "none")
				r.is("observation.page.record_numbers.0.link", nil)
			}},
		{name: "wrong-link", site: oFooter(`<a href="beian.miit.gov.cn">` + oNumber + `</a>`), verdict: "fail", says: []string{"site.link fail medium"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.page.record_numbers.0.link_state", "wrong")
			}},
		{name: "lookalike-link", site: oFooter(`<a href="https://beian.miit.gov.cn.example.com/">` + oNumber + `</a>`), verdict: "fail", says: []string{"site.link fail medium"}},
		{name: "other-subject", site: oFooter(oMIIT("沪ICP备87654321号-1")), verdict: "fail", says: []string{"site.number pass", "site.number_matches fail high", "site.link pass"}},
		{name: "other-index", site: oFooter(oMIIT("京ICP备12345678号-7")), verdict: "fail", says: []string{"site.number_matches fail low"}},
		{name: "subject-number", site: oFooter(oMIIT("京ICP备12345678号")), verdict: "fail", says: []string{"site.number_matches fail low"}},
		{name: "guangdong-subject", site: oFooter(oMIIT("粤ICP备12345678号")), facts: oGuangdong, says: []string{"site.number_matches pass"}},
		{name: "guangdong-site", site: oFooter(oMIIT("粤ICP备12345678号-2")), facts: oGuangdong, verdict: "fail", says: []string{"site.number_matches fail low"}},
		{name: "shell", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				io.WriteString(w, `<!doctype html><html><head><title>示例科技</title><script defer src="/static/js/main.3f2a.js"></script></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div></body></html>`)
			}
		}), verdict: "unknown", says: []string{"site.number unknown unobserved", "site.reachable pass"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.page.script_shell", true)
				r.is("observation.page.rendered", false)
			}},
		{name: "blocked", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Server", "Beaver")
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.WriteHeader(http.StatusForbidden)
				io.WriteString(w, `<html><head><title>Non-compliance ICP Filing</title></head><body><iframe src="https://batit.aliyun.com/alww.html?id=1" width="100%"></iframe></body></html>`)
			}
		}), verdict: "fail", says: []string{"site.blocked fail critical"}, more: func(t *testing.T, r *oReport, d string) { r.is("observation.page.block.provider", "aliyun") }},
		{name: "blocked-tencent", site: oRedirect("http://dnspod.qcloud.com/static/webblock.html?d=x"), verdict: "fail", says: []string{"site.blocked fail critical"}},
		{name: "for-sale", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				io.WriteString(w, `<html><head><title>This domain is for sale</title><script src="https://img1.wsimg.com/parking-lander/static/js/main.js"></script></head><body><h1>`+s.domain+` is for sale</h1><a href="https://sedo.com/search/details/?domain=`+s.domain+`">Buy this domain</a></body></html>`)
			}
		}), verdict: "fail", says: []string{"site.parked fail"}},
		{name: "nginx-default", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				io.WriteString(w, "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\nworking. Further configuration is required.</p>\n\n<p>For online documentation and support please refer to\n<a href=\"http://nginx.org/\">nginx.org</a>.<br/>\nCommercial support is available at\n<a href=\"http://nginx.com/\">nginx.com</a>.</p>\n\n<p><em>Thank you for using nginx.</em></p>\n</body>\n</html>\n")
			}
		}), verdict: "fail", says: []string{"site.parked fail"}, more: func(t *testing.T, r *oReport, d string) { r.is("observation.page.parked.kind", "default") }},
		{name: "tcp-refused", site: oWith(func(s *oSite) { s.mode = "refused" }), verdict: "fail", says: []string{"site.reachable fail medium", "site.number unknown unobserved"},
			more: func(t *testing.T, r *oReport, d string) { r.is("observation.page.attempts.0.status", nil) }},
		{name: "tcp-reset", site: oWith(func(s *oSite) { s.mode = "reset" }), verdict: "fail", says: []string{"site.reachable fail medium"}},
		{name: "http-502", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502); io.WriteString(w, "bad gateway") }
		}), verdict: "fail", says: []string{"site.reachable fail medium", "site.number unknown unobserved"}},
		{name: "http-401", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401); io.WriteString(w, "login") }
		}), says: []string{"site.reachable pass"}},
		{name: "http-404", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); io.WriteString(w, "nothing") }
		}), says: []string{"site.reachable pass"}},
		{name: "hang", site: oWith(func(s *oSite) { s.mode = "hang" }), args: []string{"--timeout", "500ms"}, verdict: "unknown", says: []string{"site.reachable unknown unobserved", "site.number unknown unobserved"}},
		{name: "captcha", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Server", "cloudflare")
				w.Header().Set("Cf-Mitigated", "challenge")
				w.WriteHeader(403)
				io.WriteString(w, `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to continue</noscript><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray=1"></script></body></html>`)
			}
		}), verdict: "unknown", says: []string{"site.number unknown unobserved", "site.reachable pass"}},
		{name: "metadata", site: oRedirect("http://169.254.169.254/latest/meta-data/"), says: []string{"site.number unknown"}},
		{name: "gzip-bomb", site: oWith(func(s *oSite) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			io.WriteString(z, "<html><head><title>示例科技</title></head><body>")
			zeros := bytes.Repeat([]byte("a "), 1<<19)
			for range 64 {
				z.Write(zeros)
			}
			io.WriteString(z, oMIIT(oNumber)+"</body></html>")
			z.Close()
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Content-Encoding", "gzip")
				w.Write(b.Bytes())
			}
		}), verdict: "unknown", says: []string{"site.number unknown unobserved"}, more: func(t *testing.T, r *oReport, d string) {
			r.is("observation.page.truncated", true)
			if n := r.at("observation.page.bytes").(float64); n > 3<<20 {
				t.Errorf("%v bytes read of a bomb", n)
			}
		}},
		{name: "endless", site: oWith(func(s *oSite) {
			s.page = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				io.WriteString(w, "<html><head><title>示例科技</title></head><body>")
				for {
					if _, err := io.WriteString(w, "<p>花园与庭院</p>\n"); err != nil {
						return
					}
				}
			}
		}), verdict: "unknown", says: []string{"site.number unknown unobserved"}, more: func(t *testing.T, r *oReport, d string) { r.is("observation.page.truncated", true) }},
		{name: "self-signed", site: oWith(func(s *oSite) {
			s.mode = "tls"
			s.page = func(w http.ResponseWriter, r *http.Request) {
				if r.TLS == nil {
					http.Redirect(w, r, "https://"+r.Host+"/", http.StatusMovedPermanently)
					return
				}
				oPage(oMIIT(oNumber))(w, r)
			}
		}), verdict: "fail", says: []string{"site.tls fail low", "site.number pass", "site.reachable pass"}, more: func(t *testing.T, r *oReport, d string) {
			r.is("observation.page.tls.ok", false)
			r.is("observation.page.final", "https://"+d+"/")
		}},
		{name: "police", site: oFooter(oMIIT(oNumber) + `<a href="https://beian.mps.gov.cn/#/query/webSearch?code=11010802020193">京公网安备11010802020193号</a>`),
			facts: func(d string) string { return oFiled(d, "opened_on: 2020-05-10\n") }, verdict: "pass", says: []string{"site.police pass", "site.link pass"},
			more: func(t *testing.T, r *oReport, d string) {
				r.is("observation.page.police_numbers.0.code", "11010802020193")
				r.is("observation.page.police_numbers.0.number", "京公网安备11010802020193号")
				r.is("observation.page.police_numbers.0.link_state", "current")
			}},
		{name: "filing-quiet", site: oWith(func(s *oSite) { s.names = map[string]oName{"": {}} }), facts: oState("filing"), says: []string{"access.resolves pass", "site.number not_applicable", "access.mainland not_applicable"}},
		{name: "filing-serving", site: oFooter("x"), facts: oState("filing"), verdict: "fail", says: []string{"access.resolves fail high"}},
		{name: "not-required", site: oWith(func(s *oSite) { s.names = oAnswers(oName{a: []string{oAbroad}}); s.page = oPage("hello") }), facts: oState("not_required"), verdict: "pass",
			says: []string{"domain.tld not_applicable", "site.number not_applicable", "access.unfiled not_applicable", "domain.registered pass"}},
		{name: "cancelled-serving", site: oFooter("x"), facts: oState("cancelled"), verdict: "fail", says: []string{"access.unfiled fail high", "domain.tld not_applicable"}},
		{name: "bad-tld", suffix: "org", facts: func(d string) string { return oFiled(d, "") }, verdict: "fail", says: []string{"domain.tld fail high"}},
		{name: "changed-hands", site: oWith(func(s *oSite) {
			s.whois = oReplace(oCN(s.domain, oCompany, oRegistrar, oDays(400)), "2015-03-12", "2023-03-12")
		}), verdict: "fail", says: []string{"domain.changed fail"}},
		{name: "police-missing", facts: func(d string) string { return oFiled(d, "opened_on: 2020-05-10\n") }, verdict: "fail", says: []string{"site.police fail low"}},
	}
}

func oReplace(s, old, new string) string {
	return strings.ReplaceAll(s, old, new)
}

// oRDAP is an answer of a gTLD registry.
func oRDAP(domain, registrant, iana string, expires time.Time) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		fmt.Fprintf(w, `{"objectClassName":"domain","ldhName":%q,"rdapConformance":["rdap_level_0"],"status":["active"],
"events":[{"eventAction":"registration","eventDate":"2012-03-01T00:00:00Z"},{"eventAction":"expiration","eventDate":%q}],
"nameservers":[{"objectClassName":"nameserver","ldhName":"NS1.OUTSIDE-HOSTING.CN"},{"objectClassName":"nameserver","ldhName":"NS2.OUTSIDE-HOSTING.CN"}],
"entities":[{"objectClassName":"entity","handle":%q,"roles":["registrar"],"publicIds":[{"type":"IANA Registrar ID","identifier":%q}],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Alibaba Cloud Computing (Beijing) Co., Ltd."]]]},
{"objectClassName":"entity","roles":["registrant"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text",%q]]],"remarks":[{"title":"REDACTED FOR PRIVACY","description":["Some data is redacted."]}]}],
"secureDNS":{"delegationSigned":false}}`, domain, expires.UTC().Format(time.RFC3339), iana, iana, registrant)
	}
}

func TestOutsideStories(t *testing.T) {
	w := oStart(t)
	w.mu.Lock()
	w.extra["dnspod.qcloud.com"] = oName{a: []string{oTencent}}
	w.mu.Unlock()
	oTell(t, w, oStories())
}

// oTell plants the stories, checks those of equal flags in one run, and looks
// at what is said of each.
func oTell(t *testing.T, w *oWorld, stories []oStory) {
	t.Helper()
	groups := map[string][]oStory{}
	for i, s := range stories {
		suffix, build := s.suffix, s.site
		if suffix == "" {
			suffix = "cn"
		}
		if build == nil {
			build = oHealthy
		}
		s.domain = "o-" + s.name + "." + suffix
		w.add(build(s.domain))
		if s.facts == nil {
			s.facts = func(d string) string { return oFiled(d, "") }
		}
		key := strings.Join(append([]string{fmt.Sprint(s.facts(s.domain) == "")}, s.args...), " ")
		if s.alone {
			key += fmt.Sprint(" #", i)
		}
		groups[key] = append(groups[key], s)
	}
	for _, group := range groups {
		args := append([]string{}, group[0].args...)
		var ledger strings.Builder
		for _, s := range group {
			facts := s.facts(s.domain)
			switch {
			case facts == "":
				args = append(args, s.domain)
			case s.alone:
				args = append(append(args, oFacts(t, facts)...), s.domain)
			default:
				ledger.WriteString("  - " + strings.ReplaceAll(strings.TrimSpace(facts), "\n", "\n    ") + "\n")
			}
		}
		if ledger.Len() > 0 {
			file := filepath.Join(t.TempDir(), "ledger.yaml")
			if err := os.WriteFile(file, []byte("sites:\n"+ledger.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "-f", file)
		}
		reports := w.checkAll(t, args...)
		if len(reports) != len(group) {
			t.Fatalf("%d reports of %d sites", len(reports), len(group))
		}
		for i, s := range group {
			t.Run(s.name, func(t *testing.T) {
				r := reports[i]
				r.t = t
				r.is("domain", s.domain)
				r.says(s.says...)
				if s.verdict != "" {
					r.ends(s.verdict)
				}
				if s.more != nil {
					s.more(t, r, s.domain)
				}
				oShape(t, r)
				if t.Failed() {
					t.Log(r.weighs())
				}
			})
		}
		oAgain(t, reports)
	}
}

// oRules are the ids that scripts may rely on.
var oRules = []string{"domain.registered", "domain.tld", "domain.registrar", "domain.domestic", "domain.term", "domain.expiry", "domain.status", "domain.real_name", "domain.holder", "domain.privacy", "domain.changed",
	"access.unfiled", "access.resolves", "access.mainland", "access.provider", "access.address", "access.delegation", "server.type", "server.region", "server.term", "server.bandwidth", "server.codes", "server.expiry",
	"site.reachable", "site.blocked", "site.parked", "site.number", "site.number_matches", "site.link", "site.police", "site.copyright", "site.title", "site.category", "site.tls", "site.traffic",
	"subject.count", "subject.identity", "subject.state", "subject.contact", "record.exists", "record.matches", "record.stale", "notice.deadline", "watch.stale"}

// oShape is what holds for every report.
func oShape(t *testing.T, r *oReport) {
	t.Helper()
	seen := map[string]bool{}
	list, _ := r.at("findings").([]any)
	worst := "pass"
	for i, f := range list {
		f := f.(map[string]any)
		key := fmt.Sprint(f["rule"], "@", f["target"])
		if seen[key] {
			t.Errorf("%s twice", key)
		}
		seen[key], seen[fmt.Sprint(f["rule"])] = true, true
		for _, k := range []string{"rule", "target", "code", "result", "why", "severity", "knows", "observed_at", "summary", "evidence", "fix", "basis"} {
			if _, ok := f[k]; !ok {
				t.Errorf("finding %d %s: no %q", i, key, k)
			}
		}
		switch {
		case f["result"] == "fail" && f["severity"] != "info":
			worst = "fail"
		case f["result"] == "unknown" && f["why"] == "unobserved" && f["severity"] != "info" && f["severity"] != "low" && worst == "pass":
			worst = "unknown"
		}
		if (f["why"] != nil) != (f["result"] == "unknown") {
			t.Errorf("%s: result %v, why %v", key, f["result"], f["why"])
		}
		if b, _ := f["basis"].([]any); len(b) == 0 && f["result"] == "fail" {
			t.Errorf("%s fails without a basis", key)
		}
		if f["result"] == "fail" && (f["fix"] == nil || f["fix"] == "") {
			t.Errorf("%s fails without a fix", key)
		}
	}
	for _, id := range oRules {
		if !seen[id] {
			t.Errorf("rule %s missing", id)
		}
	}
	if r.m["verdict"] != worst {
		t.Errorf("verdict %v, the findings make %s", r.m["verdict"], worst)
	}
}
