package whoischeck

import "strings"

// This file knows keys that no registry's list holds as they stand, by the
// words they are made of: registries and registrars say the same in ever new
// order ("Date of Expiry", "Domain Registration Expires On", 域名到期时间).

// looseRole gives the role of a normalised key that is on no list.
func looseRole(key string) role {
	if len(key) > 60 {
		return roleNone
	}
	if isHan(key) {
		return chineseRole(key)
	}
	if !isASCII(key) || strings.IndexByte(key, ' ') < 0 {
		return foreignRole(key)
	}
	if r := dateWords(key); r != roleNone {
		return r
	}
	if r := foreignRole(key); r != roleNone {
		return r
	}
	if isServerKey(key) {
		return roleNS
	}
	return roleNone
}

// dateWords reads a key of a date from its words. Each must be of the few that
// such keys are made of: "Registrant Contact Updated" speaks of something else.
func dateWords(key string) role {
	var created, updated, expires, last, dated bool
	for _, w := range strings.Fields(key) {
		switch w {
		case "domain", "name", "record", "registry", "registration", "the", "of", "entry", "utc", "gmt", "at", "on", "original", "initial", "first", "until", "by", "through", "till", "valid", "next", "since", "from":
			dated = dated || w == "at" || w == "on" || w == "until" || w == "since" || w == "through" || w == "by" || w == "from"
		case "date", "time", "day", "datetime", "timestamp", "deadline":
			dated = true
		case "last":
			last = true
		case "created", "creation", "registered", "register", "reg", "activated", "activation", "inception", "commencement", "start", "delegated", "delegation":
			created = true
		case "updated", "update", "modified", "modification", "changed", "change", "edited", "amended":
			updated = true
		case "expires", "expire", "expiry", "expiration", "expired", "expiring", "end", "due", "renewal", "renew", "renews", "exp":
			expires = true
		default:
			return roleNone
		}
	}
	switch {
	case expires && !last && !updated && (dated || strings.Contains(key, "expir")):
		return roleExpires
	case updated && !created:
		return roleUpdated
	case created && !last && !updated && !expires && dated:
		return roleCreated
	case strings.HasPrefix(key, "valid until"), strings.HasPrefix(key, "valid through"), key == "domain valid until":
		return roleExpires
	case key == "date of registration", key == "registration timestamp", key == "domain registration time":
		return roleCreated
	}
	return roleNone
}

// foreignRole knows keys in the tongues of Europe.
func foreignRole(key string) role {
	switch key {
	case "fecha creacion", "fecha de alta", "fecha alta", "criado em", "criado", "data de registro", "data de registo", "data de criação", "data creazione", "data registrazione", "date d enregistrement", "enregistré le", "créé le", "date création",
		"registriert am", "registrierungsdatum", "erstellt am", "datum registracije", "data rejestracji", "data utworzenia", "registreringsdatum", "registreringsdato", "rekisteröintipäivä", "дата регистрации", "дата создания", "создан", "зарегистрирован", "kayıt tarihi", "oluşturulma tarihi":
		return roleCreated
	case "date de mise a jour", "date de mise à jour", "mis à jour le", "modifié le", "fecha de modificacion", "fecha de modificación", "fecha modificacion", "fecha de actualizacion", "fecha de actualización", "actualizado", "última modificación", "ultima modificacion", "última atualização", "atualizado em", "alterado em", "data di modifica",
		"zuletzt geaendert am", "zuletzt geändert am", "zuletzt geändert", "letzte änderung", "geändert am", "ostatnia zmiana", "data modyfikacji", "senast ändrad", "sist endret", "sidst ændret", "senest opdateret", "viimeksi muokattu", "дата изменения", "изменен", "последнее изменение", "son güncelleme", "güncelleme tarihi":
		return roleUpdated
	case "fecha expiracion", "fecha expiración", "fecha vencimiento", "vencimiento", "expira", "expira em", "expira el", "vence em", "vence", "validade", "data de expiração", "data de validade", "data di scadenza", "data scadenza", "scadenza", "expire le", "date expiration", "date d échéance",
		"ablaufdatum", "ablauf", "laufzeit bis", "gültig bis", "läuft ab am", "verfallsdatum", "data wygaśnięcia", "gyldig til", "giltig till", "utgångsdatum", "udløbsdato", "utløpsdato", "viimeinen voimassaolopäivä", "дата окончания", "дата окончания регистрации", "оплачен до", "оплачено до", "срок действия до", "истекает", "bitiş tarihi", "son kullanma tarihi", "expired":
		return roleExpires
	case "registrador", "registraire", "enregistreur", "bureau d enregistrement", "регистратор", "agente registrador", "kayıt firması", "accredited registrar", "registrar full name":
		return roleRegistrar
	case "владелец", "администратор домена", "имя владельца", "titulaire", "inhaber", "domaininhaber", "intestatario", "abonent", "proprietário", "propriétaire", "propietario", "titular do domínio", "sahibi", "nom registrant", "nom du titulaire", "nombre del titular", "nome do titular":
		return roleRegistrantName
	case "организация", "организация владелец", "название организации":
		return roleRegistrantOrg
	case "домен", "доменное имя", "domaine", "domínio", "nome de domínio", "nombre del dominio", "nome a dominio", "complete domain name", "full domain name", "alan adı":
		return roleDomain
	case "dns серверы", "dns сервер", "сервер имен", "серверы имён", "serveur dns", "serveurs dns", "servidor de nombres", "servidores de nombres", "servidor de nomes", "servidores de nomes", "server dei nomi", "alan adı sunucuları", "authoritative nameservers", "delegated nameservers", "delegated name servers":
		return roleNS
	case "статус", "состояние", "stato", "situação", "durum":
		return roleStatus
	}
	return roleNone
}

// isServerKey tells keys of name servers that count them in words: "Third
// Server Hostname", "Primary Nameserver".
func isServerKey(key string) bool {
	first, rest, _ := strings.Cut(key, " ")
	switch first {
	case "primary", "secondary", "tertiary", "first", "second", "third", "fourth", "fifth", "sixth":
	default:
		return false
	}
	switch rest {
	case "server hostname", "server host name", "server name", "server", "nameserver", "name server", "name server hostname", "nameserver hostname", "dns", "dns server", "ns", "dns hostname":
		return true
	}
	return false
}

// chineseRole reads a Chinese key, simplified or traditional, from its words.
func chineseRole(key string) role {
	if containsAny(key, "邮箱", "郵箱", "邮件", "郵件", "电话", "電話", "传真", "傳真", "地址", "国家", "國家", "城市", "省", "邮编", "郵編", "邮政", "网址", "網址", "联系", "聯絡", "聯繫", "证件", "證件", "证书", "備案", "备案", "管理", "技术", "技術", "付费", "付費", "数据库", "資料庫", "缴费", "实名", "转移", "轉移", "隐私", "隱私", "热线", "熱線", "客服", "投诉", "举报", "编号", "代码", "锁", "審核", "审核", "dnssec", "url", "id", "whois") {
		return roleNone
	}
	registrar := containsAny(key, "注册商", "註冊商", "注册机构", "註冊機構", "注册服务", "註冊服務", "注册代理", "域名服务商")
	switch {
	case containsAny(key, "宽限", "赎回", "贖回", "续费", "續費", "续期", "删除", "刪除"):
		return roleNone // a time limit behind the term, or for what is to be done before its end
	case containsAny(key, "到期", "过期", "過期", "失效", "有效期", "截止", "届满", "屆滿"):
		if registrar {
			return roleRegistrarExpires
		}
		return roleExpires
	case containsAny(key, "更新", "修改", "变更时间", "变更日期", "異動"):
		return roleUpdated
	case containsAny(key, "时间", "日期", "時間") && containsAny(key, "注册", "註冊", "创建", "建立", "申请", "申請", "登记", "登記"):
		return roleCreated
	case registrar:
		return roleRegistrar
	case containsAny(key, "状态", "狀態"):
		return roleStatus
	case containsAny(key, "dns", "域名服务器", "名称服务器", "解析服务器", "伺服器", "服务器名"):
		return roleNS
	}
	who := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(key, "域名"), "網域"), "网域"), "信息")
	switch who {
	case "注册人姓名", "注册人名称", "注册人名", "注册者名称", "注册者姓名", "持有者", "持有人", "所有者", "所有人", "持有者姓名", "持有者名称", "持有人姓名", "持有人名称", "所有者名称", "所有者姓名", "所有人名称", "所有人姓名", "註冊人", "註冊人名稱", "註冊人姓名", "註冊者", "擁有者", "持有者名稱", "所有人名稱", "申请人", "申請人":
		return roleRegistrantName
	case "注册单位", "注册单位名称", "注册组织名称", "注册人组织名称", "注册人单位", "注册者组织", "注册者单位", "持有者单位", "持有者组织", "所有者单位", "单位名称", "註冊人組織", "註冊單位", "所有者机构":
		return roleRegistrantOrg
	case "名称", "名稱", "":
		if !isASCII(key) && who != strings.TrimSuffix(key, "信息") {
			return roleDomain
		}
	}
	return roleNone
}
