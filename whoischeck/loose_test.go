package whoischeck

import (
	"testing"

	domaincheck "domaincheck"
)

// TestLoose: short answers in words of nobody's list are understood; what is
// no answer about the name stays not understood. Every wording here was made
// up without sight of the code.
func TestLoose(t *testing.T) {
	for want, texts := range map[domaincheck.Outcome][]string{
		domaincheck.OutcomeRefused: {"Max queries used up for this hour", "The number of lookups from your IP exceeds what we grant.", "% Not answered: your network is on the deny list", "IP blacklisted", "已超过每分钟最大查询数", "请求频率超限", "拒绝访问", "Zu viele Anfragen, bitte später erneut versuchen", "Server is overloaded, come back later"},
		domaincheck.OutcomeAbsent:  {"No whois data for a.com", "Record does not exist.", "a.com is not currently registered", "0 results", "该域名可注册", "域名：a.com 状态：未注册", "Домен не найден", "該当するデータがありません"},
		domaincheck.OutcomeReserved: {"This name is withheld by the registry", "The domain a.com is blocked from registration.", "Premium name. Ask the registry for its price.",
			"该域名暂不开放注册", "此網域名稱為保留字，不開放申請"},
		domaincheck.OutcomeMalformed: {"Whois server for this TLD not found", "Some names are reserved or blocked.", "Please enter a valid domain name",
			"Access is restricted to administration purposes.", "如域名未注册，您可以在本站注册。", "If a domain is not found it may be registered.", "Welcome.", "No data for this kind of registrant",
			"Access to WHOIS information for this domain is restricted.", "The data of this domain name is restricted by the registry.", "The domain name holder's data are withheld.",
			"This domain name is registered and restricted from transfer.", "a.com is registered; no data is available here.", "Domain registered. No records about the holder are published.",
			"Query failed, no results returned for a.com", "Timeout, no match returned", "Error: database connection not found",
			"域名注册信息查询接口不存在", "域名信息因隐私被屏蔽"},
	} {
		for _, s := range texts {
			if r := ParseWHOIS("a.com", []byte(s+"\n")); r.Outcome != want {
				t.Errorf("%q is %s, want %s", s, r.Outcome, want)
			}
		}
	}
	// The same words within terms of use, below no record at all, say nothing.
	terms := "Access to this service is provided to assist persons in determining the contents of a record in the registry's database. The data in this record are provided for information only.\n\n" +
		"Compilation or repackaging of the database is not allowed without permission of the registry.\nWHOIS displays data with some delay; the connection is limited to one question.\n\nThe copying of whois data is strictly forbidden to everybody who did not ask for it before in writing, and got an answer.\n"
	if r := ParseWHOIS("a.com", []byte(terms)); r.Outcome != domaincheck.OutcomeMalformed {
		t.Errorf("terms of use are %s: %v", r.Outcome, r.Error)
	}
}
