package whoischeck

import (
	"strings"
	"time"
)

// kind is what class of answer a text is.
type kind int

// The kinds.
const (
	kindUnclear kind = iota
	kindFound
	kindAbsent
	kindReserved
	kindRefused
	kindUnserved // the server does not serve this suffix, or rejects the question
)

// Refusal is what a server said when it refused to answer.
type Refusal struct {
	Phrase string        // the words it was known by, as printed, at most 200 bytes
	Wait   time.Duration // how long it asked to wait; 0 if it did not say
}

// IsRefusal tells whether a WHOIS text refuses to answer: a rate limit, a
// quota, an address that is barred. It looks at the sentences of the text, not
// at the statements of a record, and tells a refusal ("you have exceeded …")
// from terms of use ("queries that exceed … may be blocked").
func IsRefusal(text string) (Refusal, bool) {
	r := read("", text)
	first := 1 << 30
	for _, o := range r.objects {
		if o.name != "" {
			first = min(first, o.at)
		}
	}
	return r.refusal(first)
}

// sentences joins the lines of prose into sentences, calling f with each and
// the number of its first line, until f returns false. Terms of use are
// wrapped anywhere, so a line alone can look like a refusal that it is not.
func (r *reader) sentences(f func(line int, s string) bool) {
	var buf []byte
	start := 0
	flush := func() bool {
		if len(buf) == 0 {
			return true
		}
		s := string(buf)
		buf = buf[:0]
		for len(s) > 0 {
			i := sentenceEnd(s)
			if t := strings.TrimSpace(s[:i]); t != "" && !f(start, t) {
				return false
			}
			s = s[i:]
		}
		return true
	}
	for _, p := range r.plain {
		if p.text == "" || !p.join || len(buf) > 4096 {
			if !flush() {
				return
			}
		}
		if p.text == "" {
			continue
		}
		if len(buf) == 0 {
			start = p.line
		} else {
			buf = append(buf, ' ')
		}
		buf = append(buf, p.text...)
	}
	flush()
}

// sentenceEnd is where the first sentence of s ends.
func sentenceEnd(s string) int {
	for i := 0; i < len(s)-1; i++ {
		switch s[i] {
		case '.', '!', '?':
			if s[i+1] == ' ' {
				return i + 1
			}
		}
	}
	return len(s)
}

// refusal looks for a refusal before the given line (where the record of the
// domain begins).
func (r *reader) refusal(before int) (Refusal, bool) {
	var found Refusal
	ok := false
	var wait time.Duration
	r.sentences(func(line int, s string) bool {
		if line > before {
			return false
		}
		if refuses(s) && !ok {
			found.Phrase, ok = cut(s, 200), true
		}
		if ok && wait == 0 {
			wait = waitIn(s)
		}
		return !ok || wait == 0
	})
	found.Wait = wait
	if ok {
		return found, true
	}
	for _, o := range r.objects { // InternetNZ: "query_status: 440 Request Denied"
		for _, v := range o.statuses {
			if l := strings.ToLower(v); strings.Contains(l, "request denied") || strings.Contains(l, "rate limit") || strings.Contains(l, "limit exceeded") || strings.Contains(l, "too many requests") || strings.Contains(l, "access denied") {
				return Refusal{Phrase: cut(v, 200)}, true
			}
		}
	}
	return found, false
}

// conditional tells the sentences of terms of use: they speak of what may
// happen, not of what has.
func conditional(s string) bool {
	for _, w := range [...]string{" may ", " if you", " in the event", "reserve", " will be ", " will result", "must not", "prohibited", "you agree", "terms", "shall ", "in order to", "do not use", "not to ", "prevent", "under no circumstances",
		" can be ", " could be ", "policy", "policies", "unless", "whenever", "should you", "lawful", "purposes", "copyright", "you are not authorized to access or query", "high volume", "high-volume", "solely", "in any way"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// refuses tells whether one sentence (lower case) refuses. Sentences in the
// past ("has been exceeded") are facts unless they hang on a condition; the
// weaker phrases of the second list must stand in a sentence of their own.
func refuses(s string) bool {
	if !suspicious(s) {
		return false
	}
	for _, p := range [...]string{"have exceeded", "you exceeded", "have been exceeded", "has been exceeded", "limit exceeded", "quota exceeded", "exceeded your", "exceeded allowed", "exceeded the ", "has exceeded", "ratelimit exceeded",
		"rate exceeded", "queries exceeded", "requests exceeded", "per second exceeded", "per minute exceeded", "exceeded a limit", "exceeded maximum", "exceeded its", "exceeds the allowed", "exceeds the limit",
		"connections exceeded", "lookups exceeded", "exceeded. try", "55000000002", "too many requests", "too many queries", "too many connections", "too many lookups", "too many simultaneous", "too many concurrent", "too many whois", "too much quer", "too much request", "exceeded max", "queried too", "query too", "permissão negada",
		"too fast", "too frequent", "interval is too short", "interval too short", "querying too", "limit reached", "limit has been reached", "quota reached", "quota is used up", "quota has been", "query rate reached", "reached your", "reached the maximum", "have reached",
		"was blocked", "were blocked", "you have been blocked", "you have been banned", "rate too high", "rate is too high", "temporarily suspended", "request throttled", "connection throttled", "query throttled", "black list", "blocklist", "ban in effect", "protection triggered", "flood protection", "has been blocked", "have been blocked", "ip is blocked", "address is blocked", "ip address blocked", "ip blocked", "address blocked", "is currently blocked", "temporarily blocked", "temporarily denied", "temporarily banned",
		"has been restricted", "is temporarily restricted", "has been limited due", "restricted due to excessive", "due to query limit", "due to excessive", "can temporarily not be answered", "blacklisted:", "is on our blacklist", "on the blacklist", "has been denied", "have been denied", "been blacklisted", "is blacklisted", "are blacklisted",
		"was refused", "has been refused", "excessive querying", "in grace period, wait", "rate-limited", "you are rate limited", "throttled your", "been throttled", "being throttled", "in our block list", "per minute is exceeded", "per hour is exceeded", "per day is exceeded", "limit is exceeded", "quota is exceeded", "cannot process your search request", "request denied",
		"请稍后", "请稍候再", "太频繁", "禁止查询", "禁止访问", "已被禁", "过于频繁", "访问频率", "查询过快", "查询次数", "超过限制", "查詢次數", "查詢過", "次數過多", "過於頻繁", "請稍後", "已達上限", "限制查詢", "アクセス制限", "しばらくしてから", "limiting is in effect", "frequency too high", "query rejected", "request rejected", "query has been rejected", "request has been rejected", "초과하였", "초과되", "접속이 제한", "조회가 제한", "ha superado", "límite de consultas", "your network is prohibited", "your ip is prohibited", "your address is prohibited", "your host is prohibited", "request could not be performed", "please go away", "超出限制", "查询频率", "间隔太短", "请求过多", "频率过高", "黑名单", "限制查询", "被限制", "被封禁", "已被封", "不在白名单", "访问被拒", "拒绝访问", "查询被拒", "请求被拒", "访问受限", "查询受限", "次数已用完", "达到上限", "已达上限", "達到上限", "barred from", "превысили", "dépassée", "dépassé", "überschritten", "excedeu", "ha excedido", "limite de consultas", "limite excedido", "consultas excedido", "запросов превы", "превышен"} {
		if i := strings.Index(s, p); i >= 0 && !hypothetical(s[:min(len(s), i+len(p)+100)]) {
			return true
		}
	}
	if strings.Contains(s, "too many") && !hypothetical(s) {
		for _, w := range [...]string{"quer", "request", "connection", "lookup", "attempt", "access"} {
			if strings.Contains(s, w) {
				return true
			}
		}
	}
	if strings.Contains(s, "interval") && strings.Contains(s, "too short") && !hypothetical(s) {
		return true
	}
	if strings.Contains(s, "reached") && (strings.Contains(s, "maximum") || strings.Contains(s, "limit")) && !hypothetical(s) {
		return true // "maximum queries per hour reached (100)"
	}
	if conditional(s) && !strings.Contains(s, "please wait") {
		return false
	}
	if i := strings.Index(s, "error:"); i == 0 {
		s = strings.TrimLeft(s[6:], "0123456789: ")
	}
	for _, p := range [...]string{"access denied", "permission denied", "access control limit", "connection refused", "try again later", "please try again", "try again in", "please wait", "please slow down", "slow down", "server too busy", "server is too busy", "server busy", "server is busy",
		"whois limit", "query limit", "daily limit", "rate limit", "access limit", "not permitted to", "not allowed to", "are not permitted", "is not permitted", "is not allowed", "are not allowed", "not authorised", "not authorized", "unauthorized", "unauthorised", "denied", "forbidden", "banned", "temporarily unavailable", "temporarily out of", "quota", "at least", "service unavailable", "no more queries", "maximum number of", "access to this server is restricted", "excessive"} {
		if i := strings.Index(s, p); i >= 0 && refusalStart(s, p, i) {
			return true
		}
	}
	return false
}

// hypothetical tells a condition from a fact.
func hypothetical(s string) bool {
	for _, w := range [...]string{" may ", " if ", "in the event", "you agree", " when ", "should you", "reserves the right", "reserve the right", " shall ", "must not", "in case", "unless", "would be", " will result", " lead to", " leads to", " result in", " results in", "that have", "who have", "which have"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return strings.HasPrefix(s, "if ") || strings.HasPrefix(s, "when ")
}

// suspicious is a cheap first look: does the sentence hold any stem that a
// refusal needs?
func suspicious(s string) bool {
	for _, w := range [...]string{"exceed", "limit", "denied", "refus", "block", "too ", "quota", "wait", "again", "permitted", "allowed", "authori", "busy", "unavailable", "banned", "blacklist", "forbidden", "throttl", "restricted", "slow down", "55000000002", "not be answered", "at least", "temporarily", "maximum", "interval", "no more queries", "excessive", "reached", "too many", "throttl", "suspended", " ban", "protection", "black list", "too high", "cannot process", "slow", "grace period", "superado", "límite", "excedi", "excedeu", "dépass", "überschritten", "prohibited", "not be performed", "go away", "reject", "frequen", "permissão", "barred"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	for _, c := range s {
		if c >= 0x400 { // Chinese, Russian …: rare enough to look closer
			return true
		}
	}
	return false
}

// refusalStart weighs the weaker phrases: they refuse when the sentence is
// short or begins with them, and do not when it speaks of something else.
func refusalStart(s, p string, at int) bool {
	switch p {
	case "at least":
		return strings.Contains(s, "second") && strings.Contains(s, "interval") || strings.Contains(s, "at least 10") && strings.Contains(s, "second")
	case "not allowed to", "is not allowed", "are not allowed", "is not permitted", "are not permitted", "not permitted to", "not authorised", "not authorized":
		if verb, ok := strings.CutPrefix(strings.TrimPrefix(s[at+len(p):], " to"), " "); ok && (ownUse(verb) || containsAny(verb, "automated", "without prior", "without written", "without the ", "permission from")) {
			return false
		}
		for _, w := range [...]string{"your ", "you are ", "ip ", "host ", "this client", "client", "request", "connection", "access", "queries", "query", "lookups", "address"} {
			if strings.Contains(s, w) {
				return len(s) < 200 && !strings.Contains(s, "domain name")
			}
		}
		return false
	case "please wait":
		rest, until := strings.CutPrefix(s[at+len(p):], " for ")
		return len(s) < 240 && !(until && (rest == "" || rest[0] < '0' || rest[0] > '9'))
	case "denied":
		return (len(s) < 60 || at < 20 && len(s) < 120) && !strings.Contains(s, "denied to")
	case "forbidden", "banned", "quota", "excessive", "maximum number of", "unauthorized", "unauthorised":
		return len(s) < 60 || at < 20 && len(s) < 120
	case "please try again", "try again later", "try again in", "slow down", "please slow down":
		return len(s) < 240
	case "whois limit", "query limit", "daily limit", "rate limit", "access limit":
		return len(s) < 100 && !strings.Contains(s, " is ") || strings.Contains(s, "reach") || strings.Contains(s, "exceed")
	}
	return len(s) < 160
}

// ownUse tells what terms forbid to do with the answer from the asking itself:
// "not authorized to collect, repackage, or redistribute the information".
func ownUse(verb string) bool {
	switch strings.Trim(firstField(verb), ",;.") {
	case "collect", "compile", "copy", "disclose", "disseminate", "distribute", "download", "duplicate", "extract", "harvest", "mine", "modify", "publish", "redistribute", "repackage", "reproduce", "republish", "resell", "retain", "reuse", "sell", "store", "transfer", "transmit", "utilise", "utilize":
		return true
	case "use":
		return containsAny(verb, " data", " information")
	}
	return false
}

// waitIn reads "please wait 30 seconds", "try again in 5 minutes", "at least
// 10-second interval".
func waitIn(s string) time.Duration {
	if !strings.Contains(s, "wait") && !strings.Contains(s, "replenished") && !strings.Contains(s, "grace period") && !strings.Contains(s, "again") && !strings.Contains(s, "at least") && !strings.Contains(s, "after") && !strings.Contains(s, "interval") && !strings.Contains(s, "blocked") && !strings.Contains(s, "秒") && !strings.Contains(s, "every") && !strings.Contains(s, "go away") {
		return 0
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || i > 0 && (isLetter(s[i-1]) || s[i-1] == '.') {
			continue
		}
		n := 0
		for ; i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 1e7; i++ {
			n = n*10 + int(s[i]-'0')
		}
		unit := strings.TrimLeft(s[i:], " -")
		switch {
		case strings.HasPrefix(unit, "h0m"): // Go's durations: "24h0m0s"
			return min(time.Duration(n)*time.Hour, 24*time.Hour)
		case strings.HasPrefix(unit, "sec"), strings.HasPrefix(unit, "秒"), strings.HasPrefix(unit, "s "), unit == "s", unit == "s.":
			return min(time.Duration(n)*time.Second, 24*time.Hour)
		case strings.HasPrefix(unit, "min"), strings.HasPrefix(unit, "分"):
			return min(time.Duration(n)*time.Minute, 24*time.Hour)
		case strings.HasPrefix(unit, "hour"), strings.HasPrefix(unit, "小时"):
			return min(time.Duration(n)*time.Hour, 24*time.Hour)
		}
	}
	return 0
}

// verdict reads the prose for absence, reservation and rejection. It looks at
// the beginnings of lines, never into statements, so that terms of use and a
// holder named "Not Found Ltd" say nothing.
func (r *reader) verdict(domain string) (kind, string) {
	best, phrase := kindUnclear, ""
	wrapped, mark := false, false // the line before ran on into this one; it was a comment
	before, at := 0, 0            // the line before; the line of the phrase
	for _, p := range r.plain {
		s := p.text
		run := wrapped && p.join && p.mark == mark && p.line == before+1
		before = p.line
		mark = p.mark
		wrapped = strings.HasSuffix(s, "all rights") || len(s) >= 45 && !strings.Contains(s, "http") && !strings.Contains(s, "www.") && !strings.ContainsRune(".:!?])*-", rune(s[len(s)-1]))
		if s == "" || run {
			continue
		}
		s = strings.Trim(s, "*-=!<>.[]\"' \t")
		if strings.IndexByte(s, '_') >= 0 && len(s) < 60 { // NIC Mexico: Object_Not_Found
			s = strings.ReplaceAll(s, "_", " ")
		}
		for _, label := range [...]string{"error:", "error message:", "message:", "issues:", "issue:", "reason:"} {
			if i := strings.Index(s, label); i >= 0 && i < 20 {
				s = strings.TrimLeft(s[i+len(label):], "0123456789: -")
				break
			}
		}
		s = strings.TrimPrefix(s, "sorry, ")
		k := phraseKind(s, domain)
		switch {
		case k == kindUnclear:
		case k == kindReserved && best == kindAbsent && p.line > at+2: // in the terms that follow
		case k == kindReserved:
			return k, s
		case best == kindUnclear || k == kindAbsent && best == kindUnserved:
			best, phrase, at = k, s, p.line
		}
	}
	return best, phrase
}

// addressRegistry tells the greeting of a registry of IP addresses, to which a
// question about a name was led: what it does not find says nothing of the name.
func (r *reader) addressRegistry() bool {
	for _, p := range r.plain {
		for _, s := range [...]string{"this is the ripe database", "this is the afrinic whois", "[whois.apnic.net]", "arin whois data and services", "joint whois - whois.lacnic.net"} {
			if strings.HasPrefix(p.text, s) {
				return true
			}
		}
	}
	return false
}

// phraseKind judges one line.
func phraseKind(s, domain string) kind {
	if len(s) > 400 {
		s = s[:400]
	}
	if isReservedPhrase(s) {
		return kindReserved
	}
	if isAbsentPhrase(s, domain) {
		if len(s) < 100 && strings.Contains(s, "reserved") && !strings.Contains(s, "rights") { // "object does not exist: reserved name"
			return kindReserved
		}
		return kindAbsent
	}
	for _, p := range [...]string{"tld is not supported", "tld not supported", "this tld", "unsupported tld", "unknown tld", "no whois server", "invalid query", "malformed query", "malformed request", "invalid request", "invalid domain", "invalid input", "syntax error", "unknown domain suffix",
		"this server does not", "not served by", "domain suffix not", "the whois service has been", "this whois server has been", "this service has been discontinued", "whois service is no longer", "the port 43 whois service", "the whois service for", "usage:", "unrecognized", "this domain is not served", "internal error", "database error", "query error", "unable to", "we are unable to process", "error processing", "can't get information", "cannot get information"} {
		if strings.HasPrefix(s, p) {
			return kindUnserved
		}
	}
	if strings.Contains(s, "is not a valid domain") || strings.Contains(s, "not a valid domain name") || strings.HasPrefix(s, "non bijective") {
		return kindUnserved
	}
	if strings.Contains(s, "whois service has been retired") || strings.Contains(s, "whois service has been discontinued") || strings.Contains(s, "whois service has been sunset") || strings.Contains(s, "whois service was retired") {
		return kindUnserved // many a registry of gTLDs answers by RDAP alone
	}
	if strings.Contains(s, "tld is not supported") || strings.Contains(s, "is not a supported tld") {
		return kindUnserved
	}
	return kindUnclear
}

// isAbsentPhrase knows the sentences by which registries say that a name is
// not registered, anchored to the beginning of the line or to the name asked.
func isAbsentPhrase(s, domain string) bool {
	for _, p := range [...]string{"no match", "not found", "domain not found", "no data found", "no found", "no entries found", "no entry found", "no records", "no record matching", "domain cannot be found", "domain can not be found", "domain could not be found", "requested domain is not registered", "requested domain name is not registered", "the requested domain", "no se encontr", "this domain is not available in our", "domain name is not available in our", "no matching record", "nothing found", "no object found", "no objects found", "no records found", "no record found", "object not found", "object does not exist",
		"the queried object does not exist", "queried object does not exist", "the requested object was not found", "requested object not found", "domain is not registered", "domain not registered", "domain name not registered", "the domain has not been registered", "this domain name has not been registered", "this domain has not been registered",
		"the domain name is not registered", "the domain is not registered", "domain name has not been registered", "the domain you requested is not known", "domain you requested is not known", "domain name not known", "domain unknown", "not registered", "domain is available", "domain name is available", "this domain is available", "the domain is available", "this domain name is available",
		"no such domain", "domain does not exist", "the domain does not exist", "no information available about domain name", "no information available", "no information was found", "not find matching", "nincs talalat", "we do not have an entry", "above domain name is not registered", "the above domain name is not registered", "no domain records were found", "status: free", "status: available", "domain not exist", "this query returned 0 objects",
		"data not found", "whois not found", "no result", "no results", "the domain was not found", "domain name not found", "not exist", "this domain is currently available", "상기 도메인이름은 등록되어 있지 않습니다", "el dominio no se encuentra registrado", "no se encuentra registrado", "no existe", "dominio no encontrado", "nada encontrado", "available for registration", "no entries for", "there is no record", "there is no domain", "there is no entry", "there is no information", "there are no", "not in database", "no data was found", "domain free", "unassigned", "domaine non trouve", "aucun résultat", "domain status: available", "domain status: free", "record not found", "nothing matched", "no such object", "is free", "no names found", "unable to find", "could not find", "can't find", "cannot find", "the domain name you requested", "nenhuma", "your search returned no results", "returned 0 objects", "is available", "is not registered", "does not exist", "no registry data found", "no domain"} {
		if !strings.HasPrefix(s, p) {
			continue
		}
		switch p {
		case "the requested domain":
			return strings.Contains(s, "not found") || strings.Contains(s, "not registered") || strings.Contains(s, "not exist")
		case "the domain name you requested":
			return strings.Contains(s, "not found") || strings.Contains(s, "not registered") || strings.Contains(s, "not known")
		case "no information available", "not exist", "no domain", "not registered", "unable to find", "could not find", "cannot find":
			return len(s) < 120
		}
		return len(s) < 200 || strings.HasPrefix(s, "no match")
	}
	if s == "available" || strings.HasPrefix(s, "invalid query or domain name not known") {
		return true
	}
	if absentChinese(s) {
		return true
	}
	// "example.nl is free", "domain example.love is available for registration",
	// "domain example.se not found", "'example.se' not found"
	if domain != "" && len(s) < 200 {
		if i := strings.Index(s, domain); i >= 0 && i <= 40 {
			rest := strings.TrimLeft(s[i+len(domain):], "\"'`).>] :-,")
			rest = strings.TrimPrefix(strings.TrimPrefix(rest, "domain "), "name ")
			for _, p := range [...]string{"is free", "is available", "not found", "was not found", "is not registered", "has not been registered", "not registered", "does not exist", "no match", "is not in the database", "not exist", "is unregistered", "is currently available", "not been registered", "available", "no entries", "could not be found", "is not found", "doesn't exist", "no existe", "no encontrado", "is not a registered", "is still available"} {
				if strings.HasPrefix(rest, p) {
					return !strings.HasPrefix(rest, "available from") && !strings.HasPrefix(rest, "available at")
				}
			}
		}
	}
	return false
}

// absentChinese knows the same in Chinese, where the words stand anywhere in a
// short line.
func absentChinese(s string) bool {
	if len(s) > 120 || isASCII(s) || containsAny(s, "如", "若", "可能", "或者", "服务器", "后缀", "接口", "条款") {
		return false
	}
	if containsAny(s, "未注册", "未註冊", "未被注册", "未被註冊", "没有注册", "沒有註冊", "没有被注册", "尚未登记", "没有找到", "未找到", "無法找到", "找不到", "未查询到", "没有查询到", "未查到", "没有查到", "无匹配", "無匹配", "查无", "查無", "无此域名", "無此網域", "无注册信息", "没有记录", "无记录") {
		return true
	}
	return containsAny(s, "不存在") && containsAny(s, "域名", "網域", "网域", "注册", "註冊", "记录", "信息")
}

// reservedChinese knows how a registry says in Chinese that it keeps a name
// back.
func reservedChinese(s string) bool {
	if len(s) > 240 || isASCII(s) {
		return false
	}
	return containsAny(s, "不能注册", "不可注册", "不允许注册", "无法注册", "限制注册", "禁止注册", "被保留", "保留域名", "保留名称", "保留網域", "注册局保留", "预留域名", "溢价域名", "高价域名", "保留列表")
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// isReservedPhrase knows the sentences by which a registry says that it keeps
// a name back: reserved, blocked by a brand-protection list, sold at a premium,
// prohibited, on registry hold.
func isReservedPhrase(s string) bool {
	for _, p := range [...]string{"reserved domain", "reserved name", "reserved by", "domain reserved", "domain is reserved", "this domain is reserved", "the domain is reserved", "this name is reserved", "the domain you want to register is reserved", "the domain name is reserved", "this domain name is reserved", "domain name is reserved", "the registration of this domain is restricted",
		"registration of this domain is restricted", "this domain cannot be registered", "this domain can not be registered", "domain cannot be registered", "the domain cannot be registered", "the domain name can not be registered", "can not be registered online", "domain is blocked", "domain blocked", "this name is blocked", "this domain is blocked", "this domain is not available for registration", "this name is not available for registration", "this name subscribes", "this domain name is not available for registration", "domain is not available for registration", "this premium domain", "this platinum domain", "premium domain", "platinum domain", "this domain is a premium", "the domain is a premium",
		"the registry has reserved", "this domain has been reserved", "the domain has been reserved", "the domain contains special", "domain is prohibited", "this domain is prohibited", "prohibited name", "prohibited string", "name is prohibited", "not available for registration", "domain not available for registration", "name not available for registration", "this domain is restricted", "registry reserved", "reserved:", "the domain name is prohibited", "domain prohibited", "dpml", "restricted domain",
		"not available for second level", "second level domain name is reserved", "name is restricted", "this name is restricted", "this name has been reserved", "name is reserved", "reserved", "domain is banned", "icann reserved", "registry premium", "prohibited: domain", "prohibited: name", "the string is reserved", "name collision", "this domain was blocked", "is reserved", "unassignable", "not assignable", "this domain is on registry hold", "registry hold", "domain is on hold", "the requested domain is restricted", "not allowed to be registered", "name not allowed"} {
		if strings.HasPrefix(s, p) {
			return s != "reserved rights" && !strings.Contains(s, "all rights") && len(s) < 240
		}
	}
	for _, p := range [...]string{"has been reserved by the registry", "is reserved by the registry", "is a reserved name", "is a reserved domain", "can not be registered online", "dpml brand protection", "is blocked due to", "subscribes to the uni eps", "subscribes to the adultblock", "premium domain is available", "platinum domain is available", "is available at premium", "reserved for future", "cannot be registered because", "the reserved list", "icann reserved list", "list of reserved names", "list of restricted names", "list of prohibited names", "is a premium name", "is a premium domain", "globalblock", "is not available for registration", "is prohibited by the registry", "is reserved and cannot", "is reserved for the registry", "is reserved.", "has usage restrictions applied", "violates registry policy", "matches a restricted word"} {
		if strings.Contains(s, p) && len(s) < 300 {
			return true
		}
	}
	if reservedChinese(s) {
		return true
	}
	if s == "domain not available" || s == "domain name not available" || s == "the domain name is not available" { // Traficom, QDR
		return true
	}
	if len(s) >= 120 || strings.Contains(s, "rights") || !strings.Contains(s, "domain") && !strings.Contains(s, "name") && !looksHost(firstField(s)) {
		return false
	}
	for _, p := range [...]string{" reserved", " reserved name", " reserved domain", " reserved domain name", " is prohibited", " is blocked"} {
		if head, ok := strings.CutSuffix(s, p); ok {
			return !strings.HasSuffix(head, " may be") && !strings.HasSuffix(head, " not") && !(p == " is blocked" && strings.Contains(s, "ip"))
		}
	}
	for _, p := range [...]string{"is reserved by", "is reserved /", "is blocked /", "is restricted from registration", "/ not available for registration"} {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// statusKind reads absence and reservation from the status of the record
// itself: "Status: free", "Status: AVAILABLE", "220 Available", "No Object
// Found", "UNASSIGNABLE".
func statusKind(values []string) kind {
	for _, v := range values {
		s := strings.TrimLeft(strings.ToLower(strings.TrimSpace(v)), "0123456789 ")
		switch {
		case s == "invalid or not registered", s == "free", s == "available", strings.HasPrefix(s, "not registered"), s == "no object found", s == "unregistered", s == "not found", s == "not exist", s == "unassigned", s == "notregistered", s == "unallocated", s == "domain not found",
			s == "no match", s == "未注册", strings.HasPrefix(s, "available for"), strings.HasPrefix(s, "free "), s == "no data found", s == "nonexistent":
			return kindAbsent
		case strings.HasPrefix(s, "invalid"), strings.HasPrefix(s, "malformed"), s == "not valid", strings.HasPrefix(s, "error"):
			return kindUnserved
		case s == "reserved", s == "unassignable", s == "blocked", s == "prohibited", s == "restricted", s == "forbidden", s == "excluded", s == "not allowed", s == "premium", s == "not assignable", s == "reserved name", s == "unavailable", s == "banned",
			strings.HasPrefix(s, "reserved "), strings.HasPrefix(s, "prohibited "), strings.HasPrefix(s, "blocked "), strings.HasPrefix(s, "registry reserved"), s == "reserved/blocked", strings.HasPrefix(s, "not available for registration"), s == "registry-reserved", s == "registryreserved", s == "registry hold", s == "not available - reserved", s == "unregistrable", strings.HasPrefix(s, "conflict"), strings.HasPrefix(s, "in conflict"), s == "open for sale", s == "for sale by registry":
			return kindReserved
		}
	}
	return kindUnclear
}

// refusingPage tells a web page that refuses (a gateway's 429 or 403, a
// captcha wall) from any other page that came instead of WHOIS text.
func refusingPage(text string) (string, bool) {
	s := strings.ToLower(cut(text, 8192))
	for _, p := range [...]string{"too many requests", "rate limit", "429 ", "403 forbidden", "access denied", "captcha"} {
		if strings.Contains(s, p) {
			return strings.TrimSpace(p), true
		}
	}
	return "", false
}
