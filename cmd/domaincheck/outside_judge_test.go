package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// oNoon is when the table of settled points is judged.
const oNoon = "2026-11-21T12:00:00+08:00"

// oSeen is an observation of a healthy site, field by field as promised.
const oSeen = `{"registration":{"outcome":"ok","error":null,"at":"2026-11-21T11:00:00+08:00","last_attempt":null,"source":"whois","servers":["whois.cnnic.cn:43"],"domain":"settled.cn",
"registrar":{"name":"阿里云计算有限公司（万网）","iana_id":null,"url":null},"registrant":{"name":"北京示例科技有限公司","organization":null,"country":null,"redacted":false,"proxy":false},
"created":"2015-03-12T10:00:00+08:00","updated":null,"expires":"2028-03-12T10:00:00+08:00","statuses":["ok"],"nameservers":["ns1.example.net"],"dnssec":false},
"resolution":{"outcome":"ok","error":null,"at":"2026-11-21T11:00:00+08:00","resolvers":["223.5.5.5:53","119.29.29.29:53"],"vantage":"mainland","hosts":[
{"host":"settled.cn","outcome":"ok","rcode":"NOERROR","cname":[],"addresses":[{"ip":"47.110.0.1","country":"CN","mainland":true,"asn":37963,"as_name":"Alibaba","provider":"aliyun","cdn":false,"by":"asn"}]},
{"host":"www.settled.cn","outcome":"ok","rcode":"NOERROR","cname":[],"addresses":[{"ip":"47.110.0.1","country":"CN","mainland":true,"asn":37963,"as_name":"Alibaba","provider":"aliyun","cdn":false,"by":"asn"}]}],
"delegation":{"outcome":"ok","parent":["ns1.example.net"],"child":["ns1.example.net"],"lame":[]}},
"page":{"outcome":"ok","error":null,"at":"2026-11-21T11:00:00+08:00","requested":"http://settled.cn/","final":"http://settled.cn/","redirects":[],"attempts":[{"url":"http://settled.cn/","ip":"47.110.0.1","outcome":"ok","status":200}],"status":200,
"title":"示例科技","h1":["示例科技"],"site_names":[],"charset":"utf-8","bytes":20311,"truncated":false,"script_shell":false,"rendered":false,
"record_numbers":[{"text":"京ICP备12345678号-1","number":"京ICP备12345678号-1","kind":"filing","subject":"京ICP备12345678号","index":1,"suffix":null,"province":"北京","link":"https://beian.miit.gov.cn/","link_state":"current"}],
"police_numbers":[],"licences":[],"copyright":[],"signals":[],"block":null,"parked":null,"tls":null},"record":null}`

const oLedger = `{"domains":[{"domain":"settled.cn","role":"main"}],"name":"示例科技","state":"filed","record_number":"京ICP备12345678号-1","filed_on":"2020-05-01",
"subject":{"name":"北京示例科技有限公司","kind":"unit","province":"北京"},"access":[{"provider":"aliyun","state":"active"}]}`

// oSet changes one value of decoded JSON by its dotted path; nil path parts
// are made on the way.
func oSet(v any, path string, to any) any {
	key, rest, more := strings.Cut(path, ".")
	if list, ok := v.([]any); ok {
		i, err := strconv.Atoi(key)
		if err != nil {
			panic(err)
		}
		for len(list) <= i {
			list = append(list, map[string]any{})
		}
		if more {
			list[i] = oSet(list[i], rest, to)
		} else {
			list[i] = to
		}
		return list
	}
	m, ok := v.(map[string]any)
	if !ok {
		m = map[string]any{}
	}
	if more {
		m[key] = oSet(m[key], rest, to)
	} else {
		m[key] = to
	}
	return m
}

// oCase is the healthy site with changes: "site.x" in the ledger, "obs.x" in
// the observation. A value that parses as JSON is JSON, else a string.
func oCase(t *testing.T, changes []string) (site, seen any) {
	t.Helper()
	parts := map[string]any{}
	for k, text := range map[string]string{"site": oLedger, "obs": oSeen} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		parts[k] = v
	}
	var all any = parts
	for _, c := range changes {
		path, text, ok := strings.Cut(c, "=")
		if !ok {
			t.Fatalf("no = in %q", c)
		}
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			v = text
		}
		all = oSet(all, path, v)
	}
	return parts["site"], parts["obs"]
}

// oJudge judges one case by `judge --site --observation`.
func oJudge(t *testing.T, at string, changes []string, args ...string) *oReport {
	t.Helper()
	site, seen := oCase(t, changes)
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "site.json"), filepath.Join(dir, "seen.json")}
	for i, v := range []any{site, seen} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files[i], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status, out, errs := oRun(t, append([]string{"judge", "--site", files[0], "--observation", files[1], "--at", at, "--json", "--lang", "en"}, args...)...)
	reports := oDecode(t, status, out, errs)
	if len(reports) != 1 {
		t.Fatalf("%d reports, want 1", len(reports))
	}
	return reports[0]
}

// oPoint is one settled point: changes, and what has to be said.
type oPoint struct {
	changes string // separated by " ; "
	says    string // separated by " ; "
	at      string
	verdict string
}

const (
	oForeign = `{"ip":"8.8.8.8","country":"US","mainland":false,"asn":15169,"as_name":"Google","provider":"google","cdn":false,"by":"asn"}`
	oOther   = `{"ip":"1.12.0.1","country":"CN","mainland":true,"asn":45090,"as_name":"Tencent","provider":"tencent","cdn":false,"by":"asn"}`
	oFront   = `{"ip":"1.12.0.2","country":"CN","mainland":true,"asn":45090,"as_name":"Tencent","provider":"tencent","cdn":true,"by":"cname"}`
	oPhone   = `{"ip":"202.96.128.86","country":"CN","mainland":true,"asn":4134,"as_name":"Chinanet","provider":null,"cdn":false,"by":"asn"}`
	oPrivate = `{"ip":"10.0.0.1","country":null,"mainland":null,"asn":null,"as_name":null,"provider":null,"cdn":false,"by":null}`
	oECS     = `{"id":"web1","provider":"aliyun","type":"ecs","region":"cn-hangzhou","addresses":["47.110.0.1"],"billing":"subscription","first_term_months":12,"expires":"2027-06-01","public_bandwidth":true,"codes":{"total":5,"used":2,"filing":0,"paid":[]}}`
)

func oNum(number string) string {
	subject, index := number, "null"
	if s, i, ok := strings.Cut(number, "-"); ok {
		subject, index = s, i
	}
	return fmt.Sprintf(`obs.page.record_numbers=[{"text":%q,"number":%q,"kind":"filing","subject":%q,"index":%s,"suffix":null,"province":null,"link":"https://beian.miit.gov.cn/","link_state":"current"}]`, number, number, subject, index)
}

func oHosts(root, www, api string) string {
	one := func(host, a string) string {
		if a == "" {
			return fmt.Sprintf(`{"host":%q,"outcome":"absent","rcode":"NXDOMAIN","cname":[],"addresses":[]}`, host)
		}
		return fmt.Sprintf(`{"host":%q,"outcome":"ok","rcode":"NOERROR","cname":[],"addresses":[%s]}`, host, a)
	}
	list := []string{one("settled.cn", root), one("www.settled.cn", www)}
	if api != "-" {
		list = append(list, one("api.settled.cn", api))
	}
	return "obs.resolution.hosts=[" + strings.Join(list, ",") + "]"
}

const oHome = `{"ip":"47.110.0.1","country":"CN","mainland":true,"asn":37963,"as_name":"Alibaba","provider":"aliyun","cdn":false,"by":"asn"}`

func oPoints() []oPoint {
	expires := func(s string) string { return "obs.registration.expires=" + s }
	const renew = " ; site.auto_renew=true"
	const org = "obs.registration.domain=settled.org"
	notice := `site.access=[{"provider":"aliyun","state":"notice","notices":[{"kind":"接入核查","received":"2026-11-15","deadline":"%s","text":"x","closed_on":%s}]}]`
	cer := `site.state=filing ; site.servers=[` + oECS + `]`
	return []oPoint{
		{says: "domain.expiry pass ; domain.holder pass observed ; domain.real_name pass inferred ; site.number_matches pass ; access.provider pass", verdict: "pass"},
		// Days of the registry's date, in Beijing.
		{changes: expires("2027-02-20T00:00:01+08:00"), says: "domain.expiry pass", verdict: "pass"},
		{changes: expires("2027-02-19T16:00:01Z"), says: "domain.expiry pass"},
		{changes: expires("2027-02-19T15:59:59Z"), says: "domain.expiry fail low", verdict: "fail"},
		{changes: expires("2027-02-19T00:00:01+08:00"), says: "domain.expiry fail low", at: "2026-11-21T23:59:59+08:00"},
		{changes: expires("2027-02-20T12:00:00+08:00"), says: "domain.expiry pass", at: "2026-11-21T00:00:00+08:00"},
		{changes: expires("2026-12-22T00:30:00+08:00"), says: "domain.expiry fail low"},
		{changes: expires("2026-12-21T23:30:00+08:00"), says: "domain.expiry fail medium"},
		{changes: expires("2026-11-29T00:30:00+08:00"), says: "domain.expiry fail medium"},
		{changes: expires("2026-11-28T23:30:00+08:00"), says: "domain.expiry fail high"},
		{changes: expires("2026-11-21T12:00:01+08:00"), says: "domain.expiry fail high"},
		{changes: expires("2026-11-21T11:59:59+08:00"), says: "domain.expiry fail critical code=expired"},
		{changes: expires("2026-11-21T11:59:59+08:00") + renew, says: "domain.expiry fail high"},
		{changes: expires("2026-11-28T23:30:00+08:00") + renew, says: "domain.expiry fail medium"},
		{changes: expires("2026-12-21T23:30:00+08:00") + renew, says: "domain.expiry fail low", verdict: "fail"},
		{changes: expires("2027-02-19T15:59:59Z") + renew, says: "domain.expiry fail info", verdict: "pass"},
		{changes: "site.auto_renew=false ; " + expires("2027-02-19T15:59:59Z"), says: "domain.expiry fail low"},
		{changes: `obs.registration.statuses=["pendingDelete"]`, says: "domain.expiry fail critical", verdict: "fail"},
		{changes: `obs.registration.statuses=["redemptionPeriod"]` + renew, says: "domain.expiry fail high"},
		{changes: "obs.registration.expires=null", says: "domain.expiry unknown"},
		// Status.
		{changes: `obs.registration.statuses=["serverHold"]`, says: "domain.status fail critical"},
		{changes: `obs.registration.statuses=["server hold"]`, says: "domain.status fail critical"},
		{changes: `obs.registration.statuses=["clientHold","clientTransferProhibited"]`, says: "domain.status fail critical"},
		{changes: `obs.registration.statuses=["clientUpdateProhibited"]`, says: "domain.status pass"},
		// Real name.
		{changes: "site.real_name_verified_on=2026-11-18", says: "domain.real_name pass declared"},
		{changes: "site.real_name_verified_on=2026-11-19", says: "domain.real_name unknown code=wait"},
		{changes: `site.real_name_verified_on=2020-11-19 ; site.holder={"name":"北京示例科技有限公司","verified_on":"2026-11-20"}`, says: "domain.real_name unknown code=wait"},
		{changes: `site.real_name_verified_on=2026-11-20 ; site.holder={"name":"北京示例科技有限公司","verified_on":"2020-04-01"}`, says: "domain.real_name unknown code=wait"},
		{changes: "site.real_name_verified_on=2026-11-19 ; obs.registration=null", says: "domain.real_name unknown code=wait"},
		// The exemption of 2018.
		{changes: "obs.registration.registrar.name=GoDaddy.com, LLC ; site.filed_on=2017-12-31", says: "domain.registrar pass"},
		{changes: "obs.registration.registrar.name=GoDaddy.com, LLC ; site.filed_on=2018-01-01", says: "domain.registrar fail high"},
		{changes: "obs.registration.registrar.name=GoDaddy.com, LLC ; site.filed_on=2015-01-01 ; site.changed_on=2017-12-31", says: "domain.registrar pass"},
		{changes: "obs.registration.registrar.name=GoDaddy.com, LLC ; site.filed_on=2015-01-01 ; site.changed_on=2018-01-01", says: "domain.registrar fail high"},
		{changes: "obs.registration.registrant.name=张三 ; site.filed_on=2016-01-01", says: "domain.holder pass"},
		{changes: "obs.registration.registrant.name=上海别人商贸有限公司 ; site.filed_on=2016-01-01 ; site.changed_on=2019-01-01", says: "domain.holder fail high"},
		{changes: "obs.registration.registrar.name=某某新公司 ; site.filed_on=2016-01-01", says: "domain.registrar pass"},
		// Holder.
		{changes: "obs.registration.registrant.name=上海别人商贸有限公司", says: "domain.holder fail high observed", verdict: "fail"},
		{changes: "obs.registration.registrant.name=北京示例科技有限公司 ", says: "domain.holder pass"},
		{changes: `obs.registration.registrant={"name":"Domains By Proxy, LLC","organization":null,"country":null,"redacted":false,"proxy":true}`, says: "domain.holder fail medium code=proxy", verdict: "fail"},
		{changes: `obs.registration.registrant={"name":"REDACTED FOR PRIVACY","organization":null,"country":"CN","redacted":true,"proxy":false}`, says: "domain.holder unknown unknowable", verdict: "pass"},
		{changes: `obs.registration.registrant={"name":"张三","organization":"北京示例科技有限公司","country":null,"redacted":false,"proxy":false}`, says: "domain.holder pass"},
		{changes: `obs.registration.registrant={"name":"北京旧名科技有限公司","organization":null,"country":null,"redacted":false,"proxy":false} ; site.subject.former_names=["北京旧名科技有限公司"]`, says: "domain.holder pass code=former"},
		{changes: "obs.registration.registrant.name=张三 ; site.subject.legal_representative=张三", says: "domain.holder pass code=admitted_person"},
		{changes: `obs.registration.registrant.name=张三 ; site.subject.legal_representative=张三 ; site.subject.province=广东`, says: "domain.holder fail high"},
		// A new owner.
		{changes: "obs.registration.created=2020-05-02T00:00:00+08:00", says: "domain.changed fail high code=new_owner"},
		{changes: "obs.registration.created=2020-05-01T10:00:00+08:00", says: "domain.changed not_applicable"},
		{changes: "obs.registration.created=2020-04-30T16:30:00Z", says: "domain.changed not_applicable"},
		// Where it is served.
		{changes: oHosts(oForeign, oHome, "-"), says: "access.mainland fail high"},
		{changes: oHosts(oHome, oForeign, "-"), says: "access.mainland fail high"},
		{changes: oHosts(oHome+","+oForeign, oHome, "-"), says: "access.mainland fail high"},
		{changes: oHosts(oHome, oHome, oForeign) + ` ; site.hosts=["@","www","api"]`, says: "access.mainland fail low", verdict: "fail"},
		{changes: oHosts(oPhone, oPhone, "-"), says: "access.mainland pass ; access.provider unknown unknowable", verdict: "pass"},
		{changes: oHosts(oPrivate, oPrivate, "-"), says: "access.mainland unknown ; access.provider unknown"},
		{changes: oHosts(oFront, oFront, "-"), says: "access.provider pass info", verdict: "pass"},
		{changes: oHosts(oOther, oOther, "-"), says: "access.provider fail high", verdict: "fail"},
		{changes: oHosts(oOther, oOther, "-") + ` ; site.access=[{"provider":"aliyun","state":"active"},{"provider":"tencent","state":"pending"}]`, says: "access.provider pass"},
		{changes: oHosts(oOther, oOther, "-") + ` ; site.access=[{"provider":"aliyun","state":"active"},{"provider":"tencent","state":"cancelled"}]`, says: "access.provider fail"},
		{changes: oHosts(oOther, oOther, "-") + ` ; site.access=[{"provider":"腾讯云","state":"notice"}]`, says: "access.provider pass"},
		{changes: `site.access=[{"provider":"aliyun","state":"cancelled"}]`, says: "access.provider fail"},
		{changes: oHosts("", oHome, "-"), says: "access.resolves pass ; access.mainland pass"},
		{changes: oHosts(oHome, "", "-"), says: "access.resolves pass"},
		{changes: oHosts("", "", "-"), says: "access.resolves fail high ; access.mainland not_applicable", verdict: "fail"},
		{changes: oHosts("", "", oHome) + ` ; site.hosts=["@","www","api"]`, says: "access.resolves fail code=only_subdomain"},
		{changes: oHosts("", "", "-") + " ; site.state=filing", says: "access.resolves pass", verdict: "pass"},
		{changes: "site.state=filing", says: "access.resolves fail high"},
		{changes: "site.state=unfiled", says: "access.unfiled fail high"},
		{changes: "site.state=cancelled", says: "access.unfiled fail high"},
		{changes: oHosts(oForeign, oForeign, "-") + " ; site.state=unfiled", says: "access.unfiled pass code=abroad"},
		{changes: oHosts(oForeign, oHome, "-") + " ; site.state=unfiled", says: "access.unfiled fail"},
		{changes: "obs.resolution=null", says: "access.resolves unknown unobserved ; access.mainland unknown unobserved", verdict: "unknown"},
		{changes: "obs.page=null", says: "site.number unknown unobserved ; site.reachable unknown unobserved ; site.blocked unknown unobserved", verdict: "unknown"},
		{changes: "obs.registration=null", says: "domain.registered unknown unobserved ; domain.expiry unknown unobserved ; domain.tld pass", verdict: "unknown"},
		{changes: "obs.registration=null ; site.expires=2026-12-01 ; site.auto_renew=null", says: "domain.expiry fail medium declared"},
		{changes: `obs.resolution.delegation={"outcome":"ok","parent":["ns1.example.net"],"child":["ns1.example.net"],"lame":["ns1.example.net"]}`, says: "access.delegation fail low"},
		// Numbers.
		{changes: "obs.page.record_numbers=[]", says: "site.number fail medium ; site.number_matches not_applicable ; site.link not_applicable"},
		{changes: "obs.page.record_numbers=[] ; obs.page.truncated=true", says: "site.number unknown unobserved ; site.police unknown", verdict: "unknown"},
		{changes: "obs.page.record_numbers=[] ; obs.page.script_shell=true", says: "site.number unknown unobserved", verdict: "unknown"},
		{changes: "obs.page.script_shell=true ; obs.page.rendered=true ; obs.page.record_numbers=[]", says: "site.number fail medium"},
		{changes: oNum("京ICP备12345678号-2"), says: "site.number_matches fail low code=other_index"},
		{changes: oNum("京ICP备12345678号"), says: "site.number_matches fail low code=subject_number_shown"},
		{changes: oNum("沪ICP备12345678号-1"), says: "site.number_matches fail high code=other_subject"},
		{changes: oNum("粤ICP备12345678号") + " ; site.subject.province=广东 ; site.record_number=粤ICP备12345678号-1", says: "site.number_matches pass"},
		{changes: oNum("粤ICP备12345678号-1") + " ; site.subject.province=广东 ; site.record_number=粤ICP备12345678号-1", says: "site.number_matches fail low code=site_number_shown"},
		{changes: oNum("粤ICP备87654321号") + " ; site.subject.province=广东 ; site.record_number=粤ICP备12345678号-1", says: "site.number_matches fail high"},
		{changes: "site.record_number=京ICP证030173号-1 ; " + strings.Replace(oNum("京ICP证030173号-1"), "filing", "licence", 1), says: "site.number_matches pass ; site.number pass"},
		{changes: "site.record_number=京ICP证030173号-1 ; " + strings.Replace(oNum("京ICP证030173号-9"), "filing", "licence", 1), says: "site.number_matches fail low"},
		{changes: "site.record_number=京ICP证030173号-1 ; " + strings.Replace(oNum("京ICP证030174号-1"), "filing", "licence", 1), says: "site.number_matches fail high"},
		{changes: `obs.page.record_numbers=[{"text":"京ICP备12345678号-2A","number":"京ICP备12345678号-2A","kind":"filing","subject":"京ICP备12345678号","index":2,"suffix":"A","province":"北京","link":"https://beian.miit.gov.cn/","link_state":"current"}]`, says: "site.number_matches fail low"},
		{changes: `obs.page.record_numbers=[{"text":"沪ICP备11111111号-1","number":"沪ICP备11111111号-1","kind":"filing","subject":"沪ICP备11111111号","index":1,"suffix":null,"province":"上海","link":null,"link_state":"none"},{"text":"京ICP备12345678号-1","number":"京ICP备12345678号-1","kind":"filing","subject":"京ICP备12345678号","index":1,"suffix":null,"province":"北京","link":"https://beian.miit.gov.cn/","link_state":"current"}]`, says: "site.number_matches pass ; site.link pass"},
		{changes: `site.record_number=null`, says: "site.number_matches unknown undeclared", verdict: "pass"},
		// Links.
		{changes: "obs.page.record_numbers.0.link=null ; obs.page.record_numbers.0.link_state=none", says: "site.link fail low"},
		{changes: "obs.page.record_numbers.0.link=http://www.miitbeian.gov.cn ; obs.page.record_numbers.0.link_state=outdated", says: "site.link fail medium"},
		{changes: "obs.page.record_numbers.0.link=http://www.beian.gov.cn ; obs.page.record_numbers.0.link_state=wrong", says: "site.link fail medium"},
		// The police number, 30 days after opening.
		{changes: "site.opened_on=2026-10-22", says: "site.police fail low"},
		{changes: "site.opened_on=2026-10-23", says: "site.police not_applicable"},
		// Up, blocked, parked.
		{changes: "obs.page.status=403 ; obs.page.attempts.0.status=403", says: "site.reachable pass"},
		{changes: "obs.page.status=503 ; obs.page.attempts.0.status=503", says: "site.reachable fail medium"},
		{changes: `obs.page.block={"provider":"aliyun","sign":"x"}`, says: "site.blocked fail critical"},
		{changes: `obs.page.parked={"kind":"for_sale","sign":"x"}`, says: "site.parked fail medium"},
		{changes: `obs.page.tls={"ok":false,"expires":"2030-01-01T00:00:00Z","error":"self-signed"}`, says: "site.tls fail low"},
		{changes: `obs.page.tls={"ok":true,"expires":"2030-01-01T00:00:00Z","error":null}`, says: "site.tls pass"},
		{changes: "obs.page.title=别的东西 ; obs.page.h1=[]", says: "site.title fail low code=review"},
		{changes: "obs.page.title=别的东西 ; obs.page.h1=[] ; obs.page.site_names=[\"示例科技 官网\"]", says: "site.title pass"},
		// Servers.
		{changes: cer, says: "server.type pass ; server.region pass ; server.term pass ; server.bandwidth pass ; server.codes pass ; server.expiry pass"},
		{changes: cer + " ; site.servers.0.first_term_months=1", says: "server.term fail medium"},
		{changes: cer + " ; site.servers.0.first_term_months=null", says: "server.term unknown undeclared"},
		{changes: cer + " ; site.servers.0.billing=pay_as_you_go", says: "server.type fail medium"},
		{changes: cer + " ; site.servers.0.region=cn-hongkong", says: "server.region fail medium"},
		{changes: cer + " ; site.servers.0.public_bandwidth=false", says: "server.bandwidth fail medium"},
		{changes: cer + ` ; site.servers.0.codes={"total":5,"used":5,"filing":0,"paid":[]}`, says: "server.codes fail medium"},
		{changes: cer + ` ; site.servers.0.codes={"total":5,"used":4,"filing":1,"paid":[]} ; site.state=unfiled`, says: "server.codes fail medium"},
		{changes: cer + ` ; site.servers.0.provider=someoneelse`, says: "server.type unknown ; server.term unknown"},
		{changes: cer + " ; site.servers.0.expires=2026-12-22", says: "server.expiry pass"},
		{changes: cer + " ; site.servers.0.expires=2026-12-21", says: "server.expiry fail medium"},
		{changes: cer + " ; site.servers.0.expires=2026-11-29", says: "server.expiry fail medium"},
		{changes: cer + " ; site.servers.0.expires=2026-11-28", says: "server.expiry fail high"},
		{changes: cer + " ; site.servers.0.expires=2026-11-20", says: "server.expiry fail critical"},
		{changes: cer + " ; site.state=filed ; site.servers.0.expires=2026-11-20", says: "server.expiry fail critical ; server.type not_applicable ; server.codes not_applicable"},
		// What an order needs: terms by the calendar, in Beijing.
		{changes: "site.state=filing ; " + expires("2027-02-21T00:00:00+08:00"), says: "domain.term pass"},
		{changes: "site.state=filing ; " + expires("2027-02-20T15:59:59Z"), says: "domain.term fail medium"},
		{changes: "site.state=unfiled ; " + expires("2027-02-20T16:00:00Z"), says: "domain.term pass"},
		{changes: "site.state=filing ; site.subject.province=上海 ; " + expires("2027-05-21T23:00:00+08:00"), says: "domain.term fail medium"},
		{changes: "site.state=filing ; site.subject.province=上海 ; " + expires("2027-05-22T00:00:00+08:00"), says: "domain.term pass"},
		{changes: expires("2027-02-01T00:00:00+08:00"), says: "domain.term not_applicable"},
		{changes: `site.state=filing ; site.subject.kind=individual ; site.subject.name=张三 ; site.subject.principal={"name":"张三","birth_date":"2008-11-22"}`, says: "subject.identity fail medium code=too_young"},
		{changes: `site.state=filing ; site.subject.kind=individual ; site.subject.name=张三 ; site.subject.principal={"name":"张三","birth_date":"2008-11-21"}`, says: "subject.identity unknown undeclared"},
		{changes: `site.state=filing ; site.subject.province=上海 ; site.subject.principal={"name":"张三","id_type":"身份证","id_expires":"2027-02-21"}`, says: "subject.identity fail medium code=card_too_short"},
		{changes: `site.state=filing ; site.subject.province=上海 ; site.subject.principal={"name":"张三","id_type":"身份证","id_expires":"2027-02-22"}`, says: "subject.identity unknown undeclared"},
		{changes: "site.state=filing ; site.subject.province=上海 ; site.papers=[]", says: "subject.identity fail medium code=paper_missing"},
		{changes: `site.subject.principal={"name":"张三","id_expires":"2026-11-20"}`, says: "subject.identity fail medium code=card_expired"},
		{changes: `site.subject.principal={"name":"张三","id_expires":"2026-11-22"}`, says: "subject.identity pass"},
		{changes: "site.subject.state=注销", says: "subject.state fail high", verdict: "fail"},
		{changes: "site.subject.state=存续", says: "subject.state pass"},
		// Records, traffic, category.
		{changes: `obs.record={"outcome":"ok","source":"manual","at":"2026-11-21T10:00:00+08:00","number":"京ICP备12345678号-1","subject":"北京示例科技有限公司","site_name":"示例科技","audited_on":"2020-05-01"}`, says: "record.exists pass ; record.matches pass ; record.stale pass", verdict: "pass"},
		{changes: `obs.record={"outcome":"ok","source":"api","at":"2026-11-21T10:00:00+08:00","number":"京ICP备12345678号-1","subject":"别人有限公司","site_name":"示例科技","audited_on":"2020-05-01"}`, says: "record.exists pass ; record.matches fail high", verdict: "fail"},
		{changes: `obs.record={"outcome":"absent","source":"api","at":"2026-11-21T10:00:00+08:00","number":null,"subject":null,"site_name":null,"audited_on":null}`, says: "record.exists fail critical", verdict: "fail"},
		{changes: `obs.record={"outcome":"timeout","source":"api","at":"2026-11-21T10:00:00+08:00","number":null,"subject":null,"site_name":null,"audited_on":null}`, says: "record.exists unknown unobserved ; record.matches unknown unobserved", verdict: "unknown"},
		{changes: "site.last_visit_on=2026-11-20", says: "site.traffic pass"},
		{changes: `obs.page.signals=[{"kind":"news","text":"时政"}]`, says: "site.category fail low code=review"},
		{changes: `obs.page.signals=[{"kind":"news","text":"时政"}] ; site.approvals=[{"category":"news","number":"1","expires":"2030-01-01"}]`, says: "site.category pass"},
		{changes: `site.subject.kind=individual ; obs.page.signals=[{"kind":"shop","text":"购物车"}]`, says: "site.category fail low code=review"},
		{changes: `site.commercial=true ; site.access=[{"provider":"aliyun","state":"active","addresses":["47.110.0.2"]}]`, says: "access.address fail medium"},
		{changes: `site.commercial=true ; site.access=[{"provider":"aliyun","state":"active","addresses":["47.110.0.1"]}]`, says: "access.address pass"},
		{changes: `site.subject.province=江苏 ; obs.page.copyright=["别的公司"]`, says: "site.copyright fail low"},
		{changes: `obs.page.copyright=["别的公司"]`, says: "site.copyright not_applicable"},
		// Notices.
		{changes: fmt.Sprintf(notice, "2026-12-01", "null"), says: "notice.deadline fail high"},
		{changes: fmt.Sprintf(notice, "2026-11-20", "null"), says: "notice.deadline fail code=overdue"},
		{changes: fmt.Sprintf(notice, "2026-12-01", `"2026-11-18"`), says: "notice.deadline pass"},
		// Suffixes.
		{changes: `site.domains=[{"domain":"settled.org","role":"main"}] ; ` + org + " ; site.filed_on=2019-01-01", says: "domain.tld fail high code=not_approved"},
		{changes: `site.domains=[{"domain":"settled.org","role":"main"}] ; ` + org + " ; site.filed_on=2017-01-01", says: "domain.tld pass"},
		{changes: `site.domains=[{"domain":"settled.zip","role":"main"}] ; obs.registration.domain=settled.zip`, says: "domain.tld unknown"},
		{changes: `site.domains=[{"domain":"settled.hk","role":"main"}] ; obs.registration.domain=settled.hk`, says: "domain.tld fail high"},
		{changes: `site.domains=[{"domain":"settled.hk","role":"main"}] ; obs.registration.domain=settled.hk ; site.subject.province=上海`, says: "domain.tld pass"},
		{changes: `site.domains=[{"domain":"settled.hk","role":"main"}] ; obs.registration.domain=settled.hk ; site.subject.kind=individual`, says: "domain.tld pass"},
	}
}

// TestOutsideSettledPoints judges them all, as stored reports that hold only
// what has to be there, in one run.
func TestOutsideSettledPoints(t *testing.T) {
	points := oPoints()
	var stored []map[string]any
	for _, p := range points {
		var changes []string
		if p.changes != "" {
			changes = strings.Split(p.changes, " ; ")
		}
		at := p.at
		if at == "" {
			at = oNoon
		}
		site, seen := oCase(t, changes)
		stored = append(stored, map[string]any{"schema": 1, "domain": "settled.cn", "at": at, "site": site, "observation": seen})
	}
	b, err := json.Marshal(stored)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "reports.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := oRun(t, "judge", file, "--json", "--lang", "en")
	reports := oDecode(t, status, out, errs)
	if len(reports) != len(points) {
		t.Fatalf("%d reports of %d points", len(reports), len(points))
	}
	for i, p := range points {
		t.Run(fmt.Sprintf("%03d", i), func(t *testing.T) {
			r := reports[i]
			r.t = t
			r.says(strings.Split(p.says, " ; ")...)
			if p.verdict != "" {
				r.ends(p.verdict)
			}
			oShape(t, r)
			if t.Failed() {
				t.Log(p.changes)
			}
		})
	}
	for _, i := range []int{0, 6, 40, 60, 100, len(points) - 1} { // the other way in says the same
		var changes []string
		if points[i].changes != "" {
			changes = strings.Split(points[i].changes, " ; ")
		}
		at := points[i].at
		if at == "" {
			at = oNoon
		}
		r := oJudge(t, at, changes)
		r.says(strings.Split(points[i].says, " ; ")...)
		if points[i].verdict != "" {
			r.ends(points[i].verdict)
		}
	}
}

// TestOutsideJudgeAgain holds a whole report judged again to be the same bytes.
func TestOutsideJudgeAgain(t *testing.T) {
	for _, changes := range [][]string{nil, {"site.state=filing"}, {"obs.page=null"}, {"obs.registration.expires=2026-12-01T00:00:00+08:00"}} {
		r := oJudge(t, oNoon, changes)
		file := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(file, []byte(r.out), 0o600); err != nil {
			t.Fatal(err)
		}
		status, out, errs := oRun(t, "judge", file, "--json", "--lang", "en")
		if status != r.status || errs != "" {
			t.Errorf("status %d, before %d; stderr %q", status, r.status, errs)
		}
		if strings.TrimSpace(out) != r.out {
			t.Errorf("judged again it differs:\n%s\n%s", out, r.out)
		}
		_, zh, _ := oRun(t, "judge", file, "--json", "--lang", "zh")
		if bytes.Equal([]byte(zh), []byte(out)) || !strings.Contains(zh, `"lang": "zh"`) {
			t.Error("the language of a stored report cannot be changed")
		}
	}
}
