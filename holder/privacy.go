package holder

import "strings"

// suspicious tells whether a plain name can hold one of the wordings below: it
// spares ordinary names the long lists. Every wording holds one of these stems
// (a test says so of the lists' samples).
func suspicious(s string) bool {
	for _, stem := range []string{"priva", "redact", "protect", "withheld", "whois", "prox", "gdpr", "disclos", "shown", "hidden", "mask", "non public", "publish", "not available", "registrant", "request", "anonym", "njalla", "nexperian", "yinsi", "保护", "隐藏", "隱藏", "隐私", "隱私", "公开", "公開"} {
		if strings.Contains(s, stem) {
			return true
		}
	}
	return false
}

// plain is a name as the lists of words below are looked for in it.
func plain(s string) string {
	s = strings.ToLower(s)
	s = strings.Map(func(r rune) rune {
		switch r {
		case '-', '_', '.', ',', '*', '/', '\t', '\n', '\r', 0xa0, 0x3000:
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// IsRedacted tells the wording by which registries and registrars withhold a
// registrant's data (gTLDs since 2018-05-25): the holder cannot be known.
func IsRedacted(s string) bool {
	if strings.Contains(s, "***") {
		return true
	}
	if s = plain(s); !suspicious(s) {
		return false
	}
	switch s {
	case "privacy protected", "masked", "on request", "upon request", "available on request":
		return true
	}
	if strings.HasPrefix(s, "registrant of ") {
		return true
	}
	if maskedChinese(s) {
		return true
	}
	for _, w := range []string{
		"redacted", "data protected", "withheld for privacy", "gdpr masked", "gdpr redacted", "not disclosed", "non public data", "statutory masking",
		"data not shown", "not shown", "not published", "information not available", "protected data", "private registrant", "hidden upon", "hidden upon user request", "personal data can not be publicly disclosed", "registration private by gdpr",
		"隐私保护", "信息保护", "已隐藏", "不公开", "个人信息保护",
	} {
		if strings.Contains(s, w) && !IsProxy(s) {
			return true
		}
	}
	return false
}

// maskedChinese tells words of hiding that are no company's name.
func maskedChinese(s string) bool {
	if strings.Contains(s, "公司") || strings.Contains(s, "服务") {
		return false
	}
	for _, w := range []string{"隐私", "隱私", "隐藏", "隱藏", "未公开", "不公開", "未公開", "不予公开"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// IsProxy tells names of privacy services, which hold a domain in the owner's
// place: then the registrant is somebody else than the filing subject.
// "Withheld for Privacy ehf" is the name of such a company; the bare words are
// a registry's.
func IsProxy(s string) bool {
	if s = plain(s); !suspicious(s) || s == "privacy protected" {
		return false
	}
	if strings.HasSuffix(s, " privacy") && strings.Count(s, " ") <= 3 && !strings.HasSuffix(s, "for privacy") {
		return true // "Dynadot Privacy"
	}
	for _, w := range []string{
		"domains by proxy", "domainsbyproxy", "whoisguard", "whois guard", "privacy protect", "privacyprotect", "privacyguardian", "privacy guardian", "contact privacy",
		"perfect privacy", "identity protect", "private registration", "registration private", "privacy service", "whois privacy", "whoisprivacy", "domain privacy",
		"domain protection services", "privacy hero", "super privacy", "proxy protection", "whoisproxy", "whois agent", "myprivacy", "my privacy", "privacy inc",
		"privacy ltd", "privacy limited", "privacy llc", "withheld for privacy ehf", "protected by privacy", "see privacyguardian", "private by design",
		"anonymize", "njalla", "privacy proxy", "privacy corporation", "digital privacy", "nexperian", "yinsi baohu", "yinsibaohu", "隐私保护服务", "隐私保护公司",
	} {
		if strings.Contains(s, w) && s != "registration private by gdpr" {
			return true
		}
	}
	return false
}

// placeholder tells what people and forms write where there is no name.
func placeholder(s string) bool {
	if strings.Contains(s, "***") { // a mask: withheld, not left out
		return false
	}
	switch plain(s) {
	case "", "n a", "na", "none", "null", "nil", "no", "not applicable", "not available", "unknown", "无", "暂无", "没有", "空", "个人", "personal", "person", "private person", "individual", "private", "organization", "company":
		return true
	}
	return false
}
