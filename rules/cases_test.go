package rules

import (
	"time"

	"domaincheck"
)

const today = "2026-11-21"

func date(s string) domaincheck.Date { return domaincheck.MustDate(s) }

func instant(s string) domaincheck.Instant { return domaincheck.At(date(s).Start().Add(9 * time.Hour)) }

func okLook() domaincheck.Look {
	return domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: instant(today)}
}

func mainland(ip, provider string) domaincheck.Address {
	return domaincheck.Address{IP: ip, Country: "CN", Mainland: domaincheck.Known(true), Provider: domaincheck.Text(provider), By: "asn"}
}

func abroad(ip string) domaincheck.Address {
	return domaincheck.Address{IP: ip, Country: "HK", Mainland: domaincheck.Known(false), By: "country"}
}

func host(name string, addresses ...domaincheck.Address) domaincheck.Host {
	return domaincheck.Host{Host: name, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Addresses: addresses, Agreed: 1}
}

func number(text, subject string, index int, link domaincheck.LinkState) domaincheck.PageNumber {
	n := domaincheck.PageNumber{Number: domaincheck.Number{Text: text, Number: text, Kind: "filing", Subject: subject, Province: "上海"},
		Link: "https://beian.miit.gov.cn/", LinkState: link}
	if index > 0 {
		n.Index = domaincheck.Known(index)
	}
	return n
}

// healthy is a filed site of a unit in Shanghai with nothing wrong.
func healthy() domaincheck.Case {
	person := &domaincheck.Person{
		Name: "张三", IsLegalRepresentative: domaincheck.Known(true), BirthDate: date("1980-01-01"), Nationality: "CN",
		IDType: "身份证", IDExpires: date("2030-01-01"), IDProvince: "上海", PhoneProvince: "上海", PhoneCheckedOn: date("2026-10-01"),
		Contact: &domaincheck.PersonContact{
			Swapped: domaincheck.Known(false), SameAsOtherPerson: domaincheck.Known(false),
			SameAsEmergency: domaincheck.Known(false), Dead: domaincheck.Known(false),
		},
	}
	return domaincheck.Case{
		At: instant(today),
		Site: domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}},
			Name:    "示例科技", State: domaincheck.StateFiled, RecordNumber: "沪ICP备2020012345号-1",
			FiledOn: date("2020-05-01"), OpenedOn: date("2020-05-10"), LastVisitOn: date("2026-11-20"),
			Subject: &domaincheck.Subject{
				Name: "上海示例科技有限公司", Kind: domaincheck.KindUnit, Type: "企业", Province: "上海", RecordNumber: "沪ICP备2020012345号",
				LegalRepresentative: "张三", State: "存续", Principal: person,
				Counts: &domaincheck.Counts{Sites: domaincheck.Known(3), DomainPrefixes: domaincheck.Known(3)},
			},
			Servers: domaincheck.List[domaincheck.Server]{{
				ID: "web1", Provider: "aliyun", Type: "ecs", Region: "cn-shanghai", Billing: "subscription", FirstTermMonths: domaincheck.Known(12),
				Expires: date("2027-06-01"), PublicBandwidth: domaincheck.Known(true), Addresses: domaincheck.List[string]{"47.110.0.1"},
				Codes: &domaincheck.Codes{Total: domaincheck.Known(5), Used: domaincheck.Known(2), Filing: domaincheck.Known(0)},
			}},
			Access:             domaincheck.List[domaincheck.Access]{{Provider: "aliyun", State: domaincheck.AccessActive, Addresses: domaincheck.List[string]{"47.110.0.1"}}},
			RealNameVerifiedOn: date("2020-04-01"),
			Papers: []domaincheck.Paper{
				{Kind: "主办单位证件"}, {Kind: "主体负责人证件"}, {Kind: "网站负责人证件"}, {Kind: "授权委托书", IssuedOn: date("2026-10-01")},
			},
		},
		Observation: domaincheck.Observation{
			Registration: &domaincheck.Registration{
				Look: okLook(), Source: "whois", Domain: "example.cn", Registrar: &domaincheck.Registrar{Name: "阿里云计算有限公司（万网）"},
				Registrant: &domaincheck.Registrant{Name: "上海示例科技有限公司"}, Created: instant("2019-03-01"), Expires: instant("2028-03-01"),
				Statuses: domaincheck.List[string]{"ok"}, Nameservers: domaincheck.List[string]{"ns1.example.net", "ns2.example.net"},
			},
			Resolution: &domaincheck.Resolution{
				Look: okLook(), Vantage: domaincheck.VantageMainland,
				Hosts: domaincheck.List[domaincheck.Host]{host("example.cn", mainland("47.110.0.1", "aliyun")), host("www.example.cn", mainland("47.110.0.1", "aliyun"))},
				Delegation: &domaincheck.Delegation{Outcome: domaincheck.OutcomeOK, Parent: domaincheck.List[string]{"ns1.example.net", "ns2.example.net"},
					Child: domaincheck.List[string]{"NS2.example.net.", "ns1.example.net"}},
			},
			Page: &domaincheck.HomePage{
				Look: okLook(), Status: domaincheck.Known(200), Title: "示例科技 - 首页",
				RecordNumbers: domaincheck.List[domaincheck.PageNumber]{number("沪ICP备2020012345号-1", "沪ICP备2020012345号", 1, domaincheck.LinkCurrent)},
				PoliceNumbers: domaincheck.List[domaincheck.PoliceNumber]{{Number: "沪公网安备31010102001234号", Code: "31010102001234", LinkState: domaincheck.LinkCurrent}},
				Copyright:     domaincheck.List[string]{"上海示例科技有限公司"},
				TLS:           &domaincheck.TLS{OK: domaincheck.Known(true), Expires: instant("2027-01-01")},
			},
			Record: &domaincheck.FilingRecord{
				Look: okLook(), Source: "api", Number: "沪ICP备2020012345号-1", Subject: "上海示例科技有限公司", SiteName: "示例科技", AuditedOn: date("2020-05-01"),
			},
		},
	}
}

// unfiled is a site whose first order is being prepared, with all in order.
func unfiled() domaincheck.Case {
	c := healthy()
	c.Site.State, c.Site.RecordNumber, c.Site.FiledOn, c.Site.Access = domaincheck.StateUnfiled, "", domaincheck.Date{}, nil
	c.Observation.Page.RecordNumbers = nil
	c.Observation.Resolution.Hosts = domaincheck.List[domaincheck.Host]{
		{Host: "example.cn", Outcome: domaincheck.OutcomeOK, RCode: "NXDOMAIN", Agreed: 2},
	}
	c.Observation.Record = nil
	return c
}

// sick is a filed site with much wrong.
func sick() domaincheck.Case {
	c := healthy()
	r := c.Observation.Registration
	r.Expires, r.Statuses, r.Registrant.Name = instant("2026-11-25"), domaincheck.List[string]{"clientHold"}, "杭州别家有限公司"
	r.Registrar = &domaincheck.Registrar{Name: "GoDaddy.com, LLC", IANAID: "146"}
	c.Observation.Resolution.Hosts[0].Addresses[0] = abroad("47.52.0.1")
	p := c.Observation.Page
	p.Block, p.RecordNumbers, p.PoliceNumbers = &domaincheck.Block{Provider: "aliyun", Sign: "beaver"}, nil, nil
	p.TLS.OK = domaincheck.Known(false)
	c.Site.Servers[0].Expires, c.Site.LastVisitOn = date("2026-11-22"), date("2026-01-01")
	c.Site.Subject.State = "吊销"
	return c
}
