package whoischeck

import "strings"

// isRedacted tells a mask that stands where a name was taken out: the data
// exist and are withheld by law or policy (RFC 9537, ICANN's Registration Data
// Policy, GDPR). A masked holder is unknown; that is no proxy.
func isRedacted(v string) bool {
	l := strings.ToLower(strings.TrimSpace(v))
	if l == "" {
		return false
	}
	for _, p := range [...]string{"redacted", "not disclosed", "data not disclosed", "data protected", "non-public data", "not shown", "hidden upon", "hidden by", "hidden for", "hidden due", "gdpr", "statutory masking", "withheld",
		"not displayed", "personal data", "data redacted", "protected data", "masked for", "masked by", "not published", "refer to registrar", "not released", "no disclosure", "private data", "this information is not", "information not available",
		"please query", "please ask the registrar", "use registrar whois", "see registrar whois", "refer to the registrar", "select request email form", "select contact domain holder", "visit whois", "registrant of ", "private registrant", "available on request", "on request", "upon request", "隐藏", "隐私保护数据", "非公示情報", "gegevens afgeschermd", "données masquées", "anonymized", "anonymised"} {
		if strings.HasPrefix(strings.TrimLeft(l, "<([*-\"' "), p) {
			return true
		}
	}
	for _, p := range [...]string{"redacted for", "for privacy reasons", "due to gdpr", "gdpr redacted", "gdpr masked", "not disclosed", "data not shown", "hidden upon user request", "withheld for", "ano nymous", "redacted by", "registration data removed", "hidden due"} {
		if strings.Contains(l, p) && !isProxy(l) {
			return true
		}
	}
	switch strings.Trim(l, "-*. <>()") {
	case "anonymous", "n/a (redacted)", "gdpr", "hidden", "hidden!", "masked", "privacy protected", "undisclosed", "confidential", "concealed", "restricted", "private", "protected", "identity protected", "data masked", "value masked", "secret":
		return true
	}
	if strings.Contains(l, "***") || maskedChinese(l) {
		return true
	}
	return strings.Trim(l, "*") == "" && len(l) >= 3 || strings.Trim(l, "x") == "" && len(l) >= 4
}

// maskedChinese tells the same in Chinese: short words of hiding that are no
// company's name.
func maskedChinese(l string) bool {
	return len(l) <= 90 && !isASCII(l) && !containsAny(l, "公司", "服务") && containsAny(l, "隐私", "隱私", "隐藏", "隱藏", "已隐去", "不公开", "不公開", "未公开", "未公開", "不予公开", "信息保护", "屏蔽")
}

// isPrivatePerson tells the words that registries print for a natural person
// whose name they keep back: TCI, EIS, RNIDS and others.
func isPrivatePerson(v string) bool {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "private person", "individual", "natural person", "physical person", "private individual", "person", "частное лицо", "физическое лицо":
		return true
	}
	return false
}

// isProxy tells the name of a privacy or proxy service, which stands in the
// registry as the holder itself. "Withheld for Privacy ehf" is such a company
// (Reykjavik), so it counts as a proxy although its name reads like a mask.
func isProxy(v string) bool {
	l := strings.ToLower(v)
	if strings.Contains(l, "redacted") || l == "privacy protected" {
		return false
	}
	if strings.HasSuffix(l, " privacy") && strings.Count(l, " ") <= 3 && !strings.HasSuffix(l, "for privacy") {
		return true // "Dynadot Privacy"
	}
	for _, p := range [...]string{"domains by proxy", "domainsbyproxy", "whoisguard", "whois guard", "privacy protect", "privacyprotect", "contact privacy", "perfect privacy", "identity protect", "private registration",
		"withheld for privacy ehf", "privacy service", "whois privacy", "whoisprivacy", "domain privacy", "privacyguardian", "privacy guardian", "proxy protection", "whois proxy", "registration private", "see privacyguardian",
		"super privacy service", "domain protection services", "privacydotlink", "privacy hero", "myprivacy", "whois agent", "privacy ltd", "private by design", "domain proxy", "proxy service", "anonymize, inc", "njalla", "1337 services",
		"whois foundation", "moniker privacy", "privatewhois", "fundacion privacy", "private whois", "privacy proxy", "nexperian", "knock knock whois", "global domain privacy", "digital privacy corporation", "identity shield", "data privacy protected", "whoisprotect", "whois protect", "hidden by whois privacy", "on behalf of", "c/o whoisproxy", "whoistrustee", "域名隐私", "隐私保护服务", "whoissecure", "domain identity shield"} {
		if strings.Contains(l, p) {
			return true
		}
	}
	return false
}
