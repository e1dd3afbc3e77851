package whoischeck

import (
	"testing"

	domaincheck "domaincheck"
)

// TestRefusalSentences: refusals in words of our own making, alone and above a
// false "no entries found".
func TestRefusalSentences(t *testing.T) {
	for _, s := range []string{
		"Your query was blocked due to our acceptable use policy.",
		"ERROR: Rate limit exceeded",
		"% This query was refused: too many queries. See https://x/policy for the terms of use.",
		"WHOIS LIMIT EXCEEDED",
		"Error - Query limit exceeded for this IP.",
		"You are being rate limited.",
		"429 Too Many Requests",
		"Sorry, you have reached your query limit for the day.",
		"The daily query quota of your network is exhausted.",
		"Access to this service is temporarily restricted for your network.",
		"Access denied",
		"%ERROR:201: access denied for 198.51.100.20",
		"% Sorry, access from your host has been permanently denied because of a repeated excessive querying.",
		"Excessive access to our whois service. Try again in 1 hour.",
		"Connection limit reached, try later",
		"Request rate too high",
		"Query rate too high, slow down",
		"Please try again after 60 seconds.",
		"Server is overloaded, try again later",
		"Your IP has been blacklisted",
		"Your IP address 1.2.3.4 is not allowed to use this service",
		"Queries from your IP address are temporarily suspended",
		"Whois query limit reached. Contact support",
		"Number of queries exceeds the limit",
		"Error: You have exceeded the limit of 100 queries per hour",
		"Lookups from this address are not permitted",
		"Not allowed to query this server",
		"Unauthorized access",
		"% You have been banned for 10 minutes",
		"查询太频繁，请稍后再查",
		"对不起，您的访问过于频繁",
		"您的IP已被限制查询",
		"Вы превысили лимит запросов",
		"La limite de requêtes a été dépassée",
		"Consulta bloqueada: limite de consultas excedido",
		"Query denied",
		"Denied: query limit",
		"Rate limit reached for 1.2.3.4",
		"Maximum number of queries reached",
		"Too many requests, please wait 30 seconds",
		"Quota exceeded, next query allowed in 45 seconds",
		"Error: 601 request throttled",
		"Connection throttled",
		"Your connection has been throttled",
		"Flood protection: wait a moment",
		"Temporary ban in effect",
		"You're querying too quickly",
		"DOS protection triggered",
		"The interval between your lookups is too short",
		"Your host is barred from this service",
		"访问被拒绝：来源不在白名单内",
		"您的地址已被封禁",
		"今日查询已达到上限",
		"Per-client query limit hit",
		"Resource temporarily unavailable",
		"Your request could not be processed at this time. Please try again later.",
		"ERROR: over quota",
		"Requests of this client are not permitted.",
		"limit of queries per minute was reached",
		"IP is in the black list",
		"Error for \"a.com\".\n\nYour IP address is not authorised.",
	} {
		for _, tail := range []string{"\n", "\n\nNo entries found\n", "\n\nDomain Name: a.com\nCreation Date: 2020-01-01\nRegistrar: X\n"} {
			if r := ParseWHOIS("a.com", []byte(s+tail)); r.Outcome != domaincheck.OutcomeRefused {
				t.Errorf("%q + %q is %s", s, tail, r.Outcome)
			}
		}
	}
}

// TestTermsOfUse: terms speak of limits and refusals without refusing.
func TestTermsOfUse(t *testing.T) {
	for _, s := range []string{
		"Queries to the Whois services are throttled.",
		"If too many queries are received from a single IP address within a specified time, the service will begin to reject further queries for a period of time.",
		"Access may be limited for users who exceed the limit.",
		"We limit the number of queries per IP address to prevent abuse.",
		"You agree not to exceed the query limit.",
		"Users who have exceeded the daily limit may be blocked.",
		"The registry limits the number of queries; excessive querying will result in a block.",
		"Use of high volume, automated processes is prohibited.",
		"You are not authorized to access or query our Whois database through the use of electronic processes that are high-volume and automated.",
		"Any use of this material for advertising is not permitted.",
		"This service is rate limited to 100 queries per hour.",
		"Permission is denied to use the data for marketing.",
		"Please wait for the registry's confirmation before you register.",
		"The copying, compilation, repackaging, dissemination or other use of the information provided by the Service is not permitted, without our express written consent.",
		"Queries exceeding the limit are refused.",
		"Access to .AERO WHOIS information is provided to assist persons.",
		"Abuse of this service is monitored and actions in contravention of these terms will result in being permanently blacklisted.",
		"IP addresses that have exceeded the limit are blocked for 24 hours.",
	} {
		if r := ParseWHOIS("a.com", []byte("% "+s+"\n\nNo match for a.com\n")); r.Outcome != domaincheck.OutcomeAbsent {
			t.Errorf("%q above an absence is %s: %v", s, r.Outcome, r.Error)
		}
		if r := ParseWHOIS("a.com", []byte("% "+s+"\n\nDomain Name: a.com\nCreation Date: 2020-01-01\nRegistrar: X\n")); r.Outcome != domaincheck.OutcomeOK {
			t.Errorf("%q above a record is %s: %v", s, r.Outcome, r.Error)
		}
	}
}

// TestAbsentAndReserved: the same for absence and reservation, with names that
// try to look like them.
func TestAbsentAndReserved(t *testing.T) {
	for text, want := range map[string]domaincheck.Outcome{
		"The domain a.com was not found.":                          domaincheck.OutcomeAbsent,
		"Domain a.com is not registered":                           domaincheck.OutcomeAbsent,
		"a.com is available for registration":                      domaincheck.OutcomeAbsent,
		"Domain status:         available\nDomain name: a.com":     domaincheck.OutcomeAbsent,
		"% No entries found for query \"a.com\".":                  domaincheck.OutcomeAbsent,
		"*** No match found for a.com ***":                         domaincheck.OutcomeAbsent,
		">>> No match was found for a.com":                         domaincheck.OutcomeAbsent,
		"The queried object does not exist: previous registration": domaincheck.OutcomeAbsent,
		"Domain Name: a.com\nDomain Status: Available":             domaincheck.OutcomeAbsent,
		"Error: No such domain a.com":                              domaincheck.OutcomeAbsent,
		"Status: Not Registered":                                   domaincheck.OutcomeAbsent,
		"domain:      a.com\nstatus:      available":               domaincheck.OutcomeAbsent,
		"Whois Error: No Match for a.com":                          domaincheck.OutcomeAbsent,
		"Domain a.com does not exist in database!":                 domaincheck.OutcomeAbsent,
		"There is no domain record for a.com":                      domaincheck.OutcomeAbsent,
		"Nothing found for: a.com":                                 domaincheck.OutcomeAbsent,
		"This domain is available for registration.":               domaincheck.OutcomeAbsent,
		"Domain not registered.":                                   domaincheck.OutcomeAbsent,
		"The name a.com is reserved.":                              domaincheck.OutcomeReserved,
		"a.com has been reserved by the registry":                  domaincheck.OutcomeReserved,
		"Domain Name: a.com\nDomain Status: Reserved":              domaincheck.OutcomeReserved,
		"Domain Name: a.com\nStatus: blocked":                      domaincheck.OutcomeReserved,
		"a.com is a premium domain name":                           domaincheck.OutcomeReserved,
		"Domain is blocked by GlobalBlock":                         domaincheck.OutcomeReserved,
		"Prohibited string: a.com":                                 domaincheck.OutcomeReserved,
		"All rights\nreserved.":                                    domaincheck.OutcomeMalformed,
		"All rights reserved.\nCopyright the Registry":             domaincheck.OutcomeMalformed,
		"If a domain is not found here, it may be available.":      domaincheck.OutcomeMalformed,
		"Registrant: Not Found Ltd\nDomain Name: a.com\nRegistrar: No Match Inc.\nCreation Date: 2020-01-01":                 domaincheck.OutcomeOK,
		"Domain Name: a.com\nRegistrant Organization: Reserved Domains Ltd\nCreation Date: 2020-01-01":                       domaincheck.OutcomeOK,
		"Domain Name: a.com\nRegistrant Name: Access Denied\nCreation Date: 2020-01-01\nName Server: ns1.quota-exceeded.com": domaincheck.OutcomeOK,
	} {
		if r := ParseWHOIS("a.com", []byte(text)); r.Outcome != want {
			t.Errorf("%q is %s, want %s", text, r.Outcome, want)
		}
	}
}
