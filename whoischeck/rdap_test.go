package whoischeck

import (
	"strings"
	"testing"

	domaincheck "domaincheck"
)

func TestParseRDAP(t *testing.T) {
	const full = `{
 "objectClassName":"domain","handle":"1_DOMAIN_COM","ldhName":"SHILI.COM","unicodeName":"shili.com",
 "rdapConformance":["rdap_level_0","redacted"],
 "status":["client transfer prohibited","active","auto renew period"],
 "events":[
  {"eventAction":"last update of RDAP database","eventDate":"2026-11-21T00:00:00Z"},
  {"eventAction":"Expiration","eventDate":"2027-11-11T05:00:00Z"},
  {"eventAction":"registrar expiration","eventDate":"2026-11-11T05:00:00Z"},
  {"eventAction":"last changed","eventDate":"2026-10-01T09:00:00.0Z"},
  {"eventAction":"reregistration","eventDate":"2005-01-01T00:00:00Z"},
  {"eventAction":"registration","eventDate":"1999-11-11T05:00:00Z"}],
 "secureDNS":{"delegationSigned":true},
 "nameservers":[{"objectClassName":"nameserver","ldhName":"NS1.SAMPLE.EXAMPLE."},{"unicodeName":"ns2.sample.example"}],
 "links":[{"rel":"self","href":"https://rdap.verisign.example/com/v1/domain/SHILI.COM","type":"application/rdap+json"},
          {"rel":"related","href":"https://rdap.registrar.example/domain/SHILI.COM","type":"application/rdap+json"}],
 "entities":[
  {"objectClassName":"entity","handle":"XY-7","roles":["registrar"],
   "publicIds":[{"type":"Chamber of commerce","identifier":"555"},{"type":"IANA Registrar ID","identifier":"420"}],
   "vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Alibaba Cloud Computing (Beijing) Co., Ltd."],["url",{},"uri","http://net.example"]]],
   "entities":[{"roles":["abuse"],"vcardArray":["vcard",[["fn",{},"text","Abuse Desk"]]]},
    {"roles":["registrant"],"vcardArray":["vcard",[["version",{},"text","4.0"],["kind",{},"text","org"],["fn",{},"text","Zhang San"],["org",{"type":"work"},"text",["Example Trading Co.","Sales"]],["adr",{"cc":"CN"},"text",["","","","","","",""]]]]}]}]
}`
	for _, tc := range []struct {
		name, domain, raw string
		outcome           domaincheck.Outcome
		check             func(t *testing.T, r *domaincheck.Registration)
	}{
		{"everything, in odd order and nesting", "shili.com", full, domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
			same(t, "iana", string(r.Registrar.IANAID), "420")
			same(t, "registrar", string(r.Registrar.Name), "Alibaba Cloud Computing (Beijing) Co., Ltd.")
			same(t, "org", string(r.Registrant.Organization), "Example Trading Co.")
			same(t, "name", string(r.Registrant.Name), "Zhang San")
			same(t, "country", string(r.Registrant.Country), "CN")
			same(t, "created", r.Created.String(), "1999-11-11T13:00:00+08:00")
			same(t, "expires", r.Expires.String(), "2027-11-11T13:00:00+08:00")
			same(t, "registrar_expires", r.RegistrarExpires.String(), "2026-11-11T13:00:00+08:00")
			same(t, "statuses", strings.Join(r.Statuses, ","), "clientTransferProhibited,autoRenewPeriod")
			same(t, "ns", strings.Join(r.Nameservers, ","), "ns1.sample.example,ns2.sample.example")
			if !domaincheck.Is(r.DNSSEC) {
				t.Error("dnssec is not true")
			}
		}},
		{"a person before the company, servers that are not there", "namuna.uz", `{"objectClassName":"domain","ldhName":"namuna.uz","status":["inactive"],
 "events":[{"eventAction":"registration","eventDate":"2003-05-01"},{"eventAction":"expiration","eventDate":"2100-01-01T00:00:00Z"}],
 "nameservers":[{"ldhName":"ns.namuna.uz."},{"ldhName":"not.defined."},{"ldhName":"not.defined."}],
 "entities":[{"roles":["registrar"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Petrov P.P."],["fn",{},"text","org"],["org",{},"text","Namuna Registratsiya"]]]}]}`,
			domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
				same(t, "registrar", string(r.Registrar.Name), "Namuna Registratsiya")
				same(t, "ns", strings.Join(r.Nameservers, ","), "ns.namuna.uz")
				same(t, "created", r.Created.String(), "2003-05-01T08:00:00+08:00")
				same(t, "expires", r.Expires.String(), "2100-01-01T08:00:00+08:00")
			}},
		{"name of another domain", "other.com", full, domaincheck.OutcomeMalformed, nil},
		{"cut off", "shili.com", full[:len(full)-40], domaincheck.OutcomeMalformed, nil},
		{"a web page", "a.com", "<!doctype html><html>404</html>", domaincheck.OutcomeMalformed, nil},
		{"a web page that refuses", "a.com", "<!doctype html><html><body><h1>429 Too Many Requests</h1></body></html>", domaincheck.OutcomeRefused, nil},
		{"servers in one list, the company in two tongues", "shiliu.xn--55qx5d", `{"objectClassName":"domain","ldhName":"shiliu.xn--55qx5d","nameservers":[{"ldhName":["ns1.sample.example","ns2.sample.example"]},{"ldhName":"","unicodeName":"ns3.sample.example"}],
 "entities":[{"roles":["registrant"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text",""],["org",{"language":"en"},"text","Sample Pomegranates Ltd"],["org",{"language":"zh"},"text","样本石榴有限公司"]]]}]}`,
			domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
				same(t, "org", string(r.Registrant.Organization), "样本石榴有限公司")
				same(t, "ns", strings.Join(r.Nameservers, ","), "ns1.sample.example,ns2.sample.example,ns3.sample.example")
			}},
		{"empty", "a.com", "", domaincheck.OutcomeMalformed, nil},
		{"a help answer", "a.com", `{"rdapConformance":["rdap_level_0"],"notices":[{"title":"Not found?"}]}`, domaincheck.OutcomeMalformed, nil},
		{"an entity", "a.com", `{"objectClassName":"entity","handle":"1"}`, domaincheck.OutcomeMalformed, nil},
		{"error 404", "a.com", `{"errorCode":404,"title":"Not Found","description":["The requested object was not found."]}`, domaincheck.OutcomeAbsent, nil},
		{"problem document 404", "a.com", `{"status":404,"title":"Object not found"}`, domaincheck.OutcomeAbsent, nil},
		{"absent in words alone", "a.com", `{"title":"Not Found","description":["Domain not found"]}`, domaincheck.OutcomeAbsent, nil},
		{"refused in words alone", "a.com", `{"title":"Too Many Requests","description":["Rate limit exceeded"]}`, domaincheck.OutcomeRefused, nil},
		{"a refusal that also finds nothing", "a.com", `{"title":"Not Found","description":["Too many requests"]}`, domaincheck.OutcomeRefused, nil},
		{"a gateway forbids", "a.com", `{"message":"Forbidden"}`, domaincheck.OutcomeRefused, nil},
		{"a gateway's 429", "a.com", `{"code":429,"message":"slow"}`, domaincheck.OutcomeRefused, nil},
		{"a gateway's 503", "a.com", `{"statusCode":503,"message":"down"}`, domaincheck.OutcomeFailed, nil},
		{"error 404 of a bootstrap without the suffix", "a.com", `{"errorCode":404,"title":"No RDAP service is known for this TLD"}`, domaincheck.OutcomeFailed, nil},
		{"error 404 of a wrong path", "a.com", `{"errorCode":404,"title":"Not Found","description":["The requested URL /x was not found"]}`, domaincheck.OutcomeFailed, nil},
		{"error 400 that is a limit", "a.cn", `{"errorCode":400,"title":"今日查询次数已达到上限"}`, domaincheck.OutcomeRefused, nil},
		{"error 404 as text", "a.com", `{"errorCode":"404","title":"Object not found"}`, domaincheck.OutcomeAbsent, nil},
		{"error 404 that is a refusal", "a.com", `{"errorCode":404,"title":"Rate limit exceeded"}`, domaincheck.OutcomeRefused, nil},
		{"error 404, kept back", "a.com", `{"errorCode":404,"title":"Domain reserved","description":"This name is reserved by the registry"}`, domaincheck.OutcomeReserved, nil},
		{"error 429", "a.com", `{"errorCode":429,"title":"Too many requests"}`, domaincheck.OutcomeRefused, nil},
		{"error 500", "a.com", `{"errorCode":500,"title":"oops"}`, domaincheck.OutcomeFailed, nil},
		{"redacted by RFC 9537", "a.com", `{"objectClassName":"domain","ldhName":"a.com","redacted":[{"name":{"description":"Registrant Name"},"method":"removal"}],"entities":[{"roles":["registrant"],"vcardArray":["vcard",[["fn",{},"text",""],["adr",{},"text",["","","","","","","US"]]]]}]}`, domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
			if !r.Registrant.Redacted || r.Registrant.Name != "" || r.Registrant.Country != "US" {
				t.Errorf("registrant %+v", r.Registrant)
			}
		}},
		{"redacted, entity left out", "a.com", `{"objectClassName":"domain","ldhName":"a.com","redacted":[{"name":{"type":"Registrant Organization"}}]}`, domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
			if r.Registrant == nil || !r.Registrant.Redacted {
				t.Errorf("registrant %+v", r.Registrant)
			}
		}},
		{"masked and proxied", "a.com", `{"objectClassName":"domain","ldhName":"a.com","entities":{"roles":"registrant","vcardArray":["vcard",[["fn",{},"text","REDACTED FOR PRIVACY"],["org",{},"text","Domains By Proxy, LLC"]]]}}`, domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
			if !r.Registrant.Proxy || r.Registrant.Redacted || r.Registrant.Organization != "Domains By Proxy, LLC" {
				t.Errorf("registrant %+v", r.Registrant)
			}
		}},
		{"handle as IANA id, odd card", "a.top", `{"objectClassName":"Domain","ldhName":"A.TOP.","entities":[{"handle":"1601","roles":["registrar"],"vcardArray":["vcard",[["fn","x"],["fn",{},"text"],["org",{},"text",[["Sample Reg","x"]]]]]}]}`, domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
			same(t, "iana", string(r.Registrar.IANAID), "1601")
		}},
		{"a variant of the name", "例子.中国", `{"objectClassName":"domain","ldhName":"xn--r8s50k.xn--fiqs8s","variants":[{"variantNames":[{"ldhName":"xn--fsqu00a.xn--fiqs8s"}]}]}`, domaincheck.OutcomeOK, nil},
		{"JSContact", "a.it", `{"objectClassName":"domain","ldhName":"a.it","entities":[{"roles":["registrant"],"jscard":{"name":{"full":"Mario Esempio"},"organizations":{"o":{"name":"Esempio Srl"}},"addresses":{"a":{"countryCode":"IT"}}}}]}`, domaincheck.OutcomeOK, func(t *testing.T, r *domaincheck.Registration) {
			same(t, "org", string(r.Registrant.Organization), "Esempio Srl")
		}},
		{"reserved object", "a.app", `{"objectClassName":"domain","ldhName":"a.app","status":["reserved"]}`, domaincheck.OutcomeReserved, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := ParseRDAP(tc.domain, []byte(tc.raw))
			if r.Outcome != tc.outcome {
				t.Fatalf("outcome %s (%v), want %s", r.Outcome, r.Error, tc.outcome)
			}
			if tc.check != nil {
				tc.check(t, r)
			}
		})
	}
	if _, link := parseRDAP("shili.com", []byte(full)); link != "https://rdap.registrar.example/domain/SHILI.COM" {
		t.Errorf("link %q", link)
	}
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %q, want %q", what, got, want)
	}
}

func TestParseRDAPTooLong(t *testing.T) {
	r := ParseRDAP("a.com", []byte(`{"objectClassName":"domain","x":"`+strings.Repeat("a", MaxRDAP)+`"}`))
	if r.Outcome != domaincheck.OutcomeMalformed || r.Error.Code != domaincheck.CodeTooLarge {
		t.Errorf("%s %v", r.Outcome, r.Error)
	}
}
