package whoischeck

import "strings"

// maxLoose is how long, in bytes, an answer may be of which single words are
// taken at their worth.
const maxLoose = 360

// looseKind judges an answer that holds no record and none of the sentences we
// know, by the words of its own: registries change their wording without
// notice. It is asked last, and only of an answer so short that it holds no
// terms of use (their words are the same); sentences that speak of conditions
// do not count; a refusal goes before a reservation, and that before absence,
// which needs the surest words.
func (r *reader) looseKind(domain, text string) (kind, string) {
	if len(strings.TrimSpace(text)) > maxLoose || facts(r.objects) > 0 {
		return kindUnclear, ""
	}
	best, phrase := kindUnclear, ""
	rank := func(k kind) int {
		switch k {
		case kindRefused:
			return 3
		case kindReserved:
			return 2
		case kindAbsent:
			return 1
		}
		return 0
	}
	judge := func(s string) {
		if k := looseSentence(s, domain); rank(k) > rank(best) {
			best, phrase = k, s
		}
	}
	r.sentences(func(_ int, s string) bool {
		judge(s)
		return true
	})
	if len(r.plain) == 0 { // every line was taken for a statement
		for _, l := range strings.Split(text, "\n") {
			judge(strings.ToLower(strings.TrimSpace(l)))
		}
	}
	return best, phrase
}

// looseSentence judges one sentence, lower case.
func looseSentence(s, domain string) kind {
	s = strings.Trim(s, "*-=!<>.[]\"' \t%#")
	if s == "" || len(s) > 200 || hypothetical(s) || containsAny(s, "policy may", "rights", "copyright", "terms", "you agree", "http://", "https://") {
		return kindUnclear
	}
	if k := looseForeign(s); k != kindUnclear {
		return k
	}
	padded := " " + strings.Map(func(c rune) rune {
		if c < 0x80 && !isLetter(byte(c)) && (c < '0' || c > '9') && c != '\'' {
			return ' '
		}
		return c
	}, s) + " "
	padded = strings.Join(strings.Fields(padded), " ")
	padded = " " + padded + " "
	switch {
	case looseRefusal(padded):
		return kindRefused
	case looseReservation(padded):
		return kindReserved
	case len(s) <= 140 && looseAbsence(padded, s, domain):
		return kindAbsent
	}
	return kindUnclear
}

// looseRefusal: somebody who asks, or his asking, is too much or kept out.
// Blanks stand around every word of s.
func looseRefusal(s string) bool {
	if containsAny(s, " server is ", " service is ", " system is ") && containsAny(s, " overloaded ", " busy ", " too busy ", " unavailable ") {
		return true
	}
	if containsAny(s, " restricted to ", " domain name is ", " this domain ", " this name ", " the domain ", " the name ", " string ") {
		return false
	}
	if !containsAny(s, " ip ", " ips ", " address ", " addresses ", " client ", " your host ", " network ", " query ", " queries ", " querying ", " request ", " requests ", " lookup ", " lookups ", " connection ", " connections ", " access ", " rate ", " frequency ", " usage ", " whois ", " interval ") {
		return false
	}
	return containsAny(s, " limit ", " limits ", " limited ", " limiting ", " quota ", " exceeded ", " exceeds ", " too many ", " too much ", " too fast ", " too high ", " too often ", " too frequent", " too short ", " barred ", " throttl", " restricted ", " blacklist", " blocklist", " block list ", " deny list ", " denied ", " forbidden ", " banned ", " is blocked ", " are blocked ", " been blocked ", " refused ", " rejected ", " not allowed ", " not permitted ", " unauthorized ", " unauthorised ", " not authorized ", " not authorised ", " overload", " used up ", " max ", " maximum ", " try later ", " try again ", " query later ", " come back later ", " retry later ")
}

// looseReservation: a name is kept back.
func looseReservation(s string) bool {
	if !containsAny(s, " domain ", " domains ", " name ", " names ", " string ", " label ") || containsAny(s, " some ", " certain ", " names are ", " domains are ", " any ", " all ") || statesRegistered(s) {
		return false
	}
	if containsAny(s, " access ", " data ", " information ", " details ", " disclosure ", " holder ", " holder's ", " owner ", " owner's ", " registrant ", " registrant's ", " contact ", " privacy ", " transfer ", " transfers ") {
		return false // what is kept back is what is known of it
	}
	if containsAny(s, " naming rules ", " naming policy ") && containsAny(s, " contraven", " violat", " against ", " breach", " not comply ", " does not meet ") {
		return true
	}
	return containsAny(s, " reserved ", " premium ", " platinum ", " withheld ", " prohibited ", " restricted ", " blocked ", " not allowed for registration ", " not available for registration ", " cannot be registered ", " can not be registered ", " may not be registered ", " trademark block ", " brand protection ", " not open for registration ", " not eligible for registration ")
}

// looseAbsence: a name, or the record of it, is not there. What is missing must
// be the name, not a server or a suffix.
func looseAbsence(padded, s, domain string) bool {
	if containsAny(padded, " server ", " servers ", " tld ", " tlds ", " suffix ", " suffixes ", " zone ", " page ", " pages ", " file ", " service ", " command ", " extension ", " parameter ", " supported ", " valid ", " invalid ", " kind of ", " time ", " registrant ", " contact ", " gdpr ", " privacy ",
		" holder ", " owner ", " published ", " timeout ", " timed out ", " failed ", " failure ", " rejected ", " maintenance ", " connection ", " database error ", " internal error ", " system error ") || statesRegistered(padded) {
		return false
	}
	named := domain != "" && strings.Contains(s, domain)
	if !named && !containsAny(padded, " domain ", " domainname ", " object ", " record ", " records ", " name ", " entry ", " entries ", " match ", " matches ", " query ", " result ", " results ", " found ") {
		return false
	}
	if containsAny(padded, " not found ", " not been found ", " not registered ", " not a registered ", " not currently registered ", " not yet registered ", " not been registered ", " does not exist ", " doesn't exist ", " do not exist ", " not exist ", " unregistered ", " no such domain ", " no such name ", " no such object ", " no such record ", " nothing found ", " nothing matches ", " nothing matched ", " no match ", " no matches ", " no matching ", " no record ", " no records ", " no entry ", " no entries ", " no object ", " no objects ", " no results ", " 0 results ", " 0 objects ", " 0 records ", " 0 matches ", " 0 entries ", " zero results ", " domain is free ", " domain is available ", " name is free ", " name is available ", " currently available for registration ") {
		return true
	}
	return named && containsAny(padded, " no information ", " no data ", " no info ", " no whois ", " is free ", " is available ")
}

// statesRegistered tells a sentence that says first that a name is registered.
func statesRegistered(s string) bool {
	for _, p := range [...]string{" is registered ", " is already registered ", " has been registered ", " domain registered ", " name registered "} {
		if before, _, ok := strings.Cut(s, p); ok && !containsAny(before+" ", " no ", " not ", " none ", " nothing ") {
			return true
		}
	}
	return false
}

// looseForeign knows the same in other tongues, by words that leave no doubt.
func looseForeign(s string) kind {
	if containsAny(s, "如果", "如域名", "若", "可能", "请勿", "不得", "条款", "版权") {
		return kindUnclear
	}
	switch {
	case containsAny(s, "频率", "頻率", "频繁", "頻繁", "限流", "超限", "受限", "访问限制", "拒绝访问", "拒絕", "次数", "次數", "过多", "過多", "黑名单", "黑名單", "没有权限", "無權限", "无权", "稍后再", "稍後再", "稍候", "封禁", "被拒绝", "白名单", "被拒絕", "白名單", "最大查询", "繁忙", "多すぎ", "制限", "초과", "제한",
		"слишком много", "попробуйте позже", "превышен", "zu viele", "später erneut", "trop de requêtes", "demasiadas", "más tarde", "réessayer plus tard", "muitas consultas", "tente novamente", "çok fazla"):
		return kindRefused
	case containsAny(s, "域名", "網域", "网域", "名称", "名稱") && containsAny(s, "保留", "禁止注册", "禁止註冊", "不开放", "不開放", "未开放", "敏感", "白金", "溢价", "限制注册", "不允许注册", "不予注册", "屏蔽", "зарезервирован") && !containsAny(s, "隐私", "隱私", "公开", "公開", "持有"):
		return kindReserved
	case containsAny(s, "зарезервирован", "予約ドメイン", "예약된"):
		return kindReserved
	case containsAny(s, "域名", "網域", "网域", "注册", "註冊") && containsAny(s, "可以注册", "可注册", "可註冊", "没有该", "無該", "无该", "未注册", "未註冊", "尚未", "不存在", "未被注册", "没有注册") && !containsAny(s, "不可", "服务器", "后缀", "接口", "系统", "公开", "公開", "隐私", "隱私"):
		return kindAbsent
	case containsAny(s, "該当するデータがありません", "見つかりません", "登録されていません", "등록되어 있지 않", "찾을 수 없", "не найден", "не зарегистрирован", "não encontrado", "não registrado", "não está registrado", "nicht gefunden", "n'est pas enregistré", "n'existe pas", "non trouvé", "aucune donnée trouvée", "aucun résultat", "no está registrado", "bulunamadı"):
		return kindAbsent
	}
	return kindUnclear
}
