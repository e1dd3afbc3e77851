package whoischeck

import "strings"

// role is what a key of a WHOIS text tells.
type role int

// The roles. Those from roleName on mean something only within the section of
// a contact or registrar.
const (
	roleNone role = iota
	roleDomain
	roleHost // a host record: not a domain
	roleStatus
	roleNS
	roleCreated
	roleUpdated
	roleExpires
	roleRegistrarExpires
	roleRegistrar
	roleRegistrarOrg
	roleRegistrarID
	roleRegistrarURL
	roleRegistrant
	roleRegistrantName
	roleRegistrantOrg
	roleRegistrantNative // the same holder in another script
	roleRegistrantOrgNative
	roleRegistrantCountry
	roleHolderHandle
	roleDNSSEC
	roleDS
	roleWhoisServer
	roleHold
	roleOther // known, of no interest; its lines are nobody's continuation
	roleName
	roleNameNative
	roleOrg
	roleOrgNative
	roleCountry
	roleHandle
	roleContact
	roleURL
	roleDescr
)

// section is the part of a text to which a line belongs.
type section int

// The sections.
const (
	secDomain section = iota
	secRegistrar
	secRegistrant
	secOther // other contacts, reseller, abuse
	secNS
	secStatus
	secContact // a contact object that its handle will name
)

// normKey folds the spelling of keys: lower case, single blanks for dots,
// underscores and dashes, without remarks in brackets.
func normKey(s string) string {
	if i := strings.IndexByte(s, '('); i > 0 {
		s = s[:i]
	}
	b := make([]byte, 0, 40)
	blank := false
	for i := 0; i < len(s) && len(b) < 60; i++ {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '.' || c == '_' || c == '-' || c == '\t' || c == ' ' || c == '*' || c == '/' || c == '\'':
			blank = len(b) > 0
			continue
		}
		if blank {
			b = append(b, ' ')
			blank = false
		}
		b = append(b, c)
	}
	key := string(b)
	if !isASCII(key) {
		key = strings.ToLower(key)
	}
	return key
}

// roleOf gives the role of a normalised key. The spellings are those of the
// ICANN registration data profile, RIPE-style databases, and the ccTLDs'
// own outputs in English, Chinese, Japanese, Korean, Spanish and Portuguese.
func roleOf(key string) role {
	if r := dateRole(key); r != roleNone {
		return r
	}
	if r := registrarRole(key); r != roleNone {
		return r
	}
	if r := holderRole(key); r != roleNone {
		return r
	}
	switch key {
	case "domain", "domain name", "domainname", "dominio", "nombre de dominio", "domain name ascii", "ascii",
		"域名", "域名名称", "ドメイン名", "도메인이름", "domena", "idn domain", "puny name", "punycode", "query name", "query", "nom de domaine":
		return roleDomain
	case "server name", "host record":
		return roleHost
	case "status", "domain status", "state", "registration status", "query status", "epp status", "eppstatus", "flags",
		"domaintype", "domain state", "domain currently", "delegation status", "状态", "域名状态", "状態", "ロック状態", "lock status", "등록정보 보호", "domain prohibit status", "estatus del dominio", "estado", "domaine status", "statut":
		return roleStatus
	case "nserver", "name server", "name servers", "nameserver", "nameservers", "name server information", "name servers information",
		"domain nameservers", "domain name servers", "domain servers", "domain servers in listed order", "nameserver in listed order",
		"host name", "hostname", "dns", "dns servers", "dns server", "primary server", "secondary server",
		"primary name server", "secondary name server", "ns", "nservers",
		"ns name", "nserver name",
		"ネームサーバ", "호스트이름", "域名服务器", "dns服务器", "dns 服务器", "名称服务器", "servidores de nombre", "servidor dns", "name servers in listed order",
		"domain server", "authoritative name servers", "delegation", "serveur de noms", "serveurs de noms":
		return roleNS
	case "dnssec", "domain dnssec", "signed", "domain signed", "signing key", "署名鍵", "dnssec signed":
		return roleDNSSEC
	case "ds", "ds rdata", "dsl id", "dnskey", "ds record", "ds key tag", "ds key":
		return roleDS
	case "registrar whois server", "whois server", "registry whois server", "whois", "refer", "referralserver":
		return roleWhoisServer
	case "hold":
		return roleHold
	case "name", "person", "personname", "holder name", "contact name", "full name", "role", "氏名", "nombre", "nome", "nom", "last name":
		return roleName
	case "person loc", "name loc":
		return roleNameNative
	case "org", "organization", "organisation", "organization name", "organisation name", "org name", "company", "company name", "organizacion", "organización", "organização":
		return roleOrg
	case "organization loc", "organisation loc", "org loc":
		return roleOrgNative
	case "country", "country code", "country region", "countrycode", "country economy", "pais", "país", "pays":
		return roleCountry
	case "nic hdl", "nic handle", "nichandle", "nic hdl br", "handle", "contact id":
		return roleHandle
	case "contact":
		return roleContact
	case "url", "website", "www", "web", "web page":
		return roleURL
	case "descr":
		return roleDescr
	case "address", "street", "phone", "fax", "fax no", "email", "e mail", "city", "postal code", "language", "remarks", "source", "type",
		"roid", "domain id", "registry domain id", "ip address", "reseller", "eligibility type", "reseller name", "mnt by", "anonymous",
		"registrar abuse contact email", "registrar abuse contact phone", "contact organization", "contact organisation", "registrant email", "registrant phone", "registrant street", "registrant city":
		return roleOther
	}
	if base := strings.TrimRight(key, "0123456789"); base != key && base != "" { // "DNS5", "Name Server 3", "NS name 07"
		if r := roleOf(strings.TrimRight(base, " ")); r == roleNS {
			return r
		}
	}
	return looseRole(key)
}

func dateRole(key string) role {
	switch key {
	case "created", "created on", "create date", "created date", "creation date", "domain create date", "domain created", "domain created date",
		"registered", "registered on", "registered date", "registration date", "registration time", "domain registered", "date registered",
		"domain registration date", "first registration date", "domain name commencement date", "commencement date", "domain record activated",
		"record created", "record created on", "registered since", "activated", "acivated", "activation", "activated on", "domain date registered", "domain dateregistered",
		"domaincreated", "original created", "domain creation date", "entry created", "registerd date", "fecha de creacion", "fecha de creación", "fecha de registro", "assigned", "connected date",
		"登録年月日", "接続年月日", "등록일", "注册时间", "注册日期", "创建时间", "创建日期", "registered at", "issue date", "issued date", "creation time", "date created", "domain registered on", "registration", "reg created", "date de création", "date de creation":
		return roleCreated
	case "updated", "updated on", "updated date", "update date", "last updated", "last update", "last updated on", "last updated date", "last modified",
		"last modified on", "modified", "modified date", "modification date", "changed", "domain last updated date", "domain record last updated", "domain datelastmodified",
		"last edited on", "last change", "last changed", "record last modified", "record last updated on", "update time", "domain updated", "domain last updated", "updated at",
		"最終更新", "最近更新", "最近 정보 변경일", "최근 정보 변경일", "更新时间", "更新日期", "record modified", "record modified on", "entry updated", "amended", "last edited", "date modified", "ultima actualizacion", "última actualización", "ultima actualización", "fecha de ultima modificacion", "fecha de última modificación", "dernière modification", "derniere modification":
		return roleUpdated
	case "registry expiry date", "expiry date", "expiration date", "expiration time", "expires", "expires on", "expire", "expire date", "expiry", "expiration",
		"expired date", "expires date", "paid till", "valid until", "validity", "renewal date", "domain expiration date", "domain expires", "domain expire", "domain expiry date",
		"record expires on", "record expires", "record will expire on", "record expired", "domain expires on", "valid to", "valid till", "exp date", "expiration on", "expiring date",
		"renewal", "registration expiration", "domain currently expires", "record will expire", "domain expire date", "domain datebilleduntil", "expires at", "expiry on", "validity date", "registered until", "paid until", "expire on",
		"有効期限", "사용 종료일", "到期时间", "到期日期", "过期时间", "过期日期", "expiration_date", "fecha de expiracion", "fecha de expiración", "fecha de vencimiento", "domain expiration", "data de expiracao", "registry expiration date", "domaine expires", "registration expiry date", "date d expiration":
		return roleExpires
	case "registrar registration expiration date", "registrar expiration date", "registrar expiry date":
		return roleRegistrarExpires
	case "option created", "option expiration date", "free date", "available", "holder transfer", "transferred", "outzone", "delete", "query datetime", "nsstat", "nslastaa",
		"last transfer date", "renew date", "last transferred date", "registration period", "domain record last checked", "last transferred":
		return roleOther
	}
	return roleNone
}

func registrarRole(key string) role {
	switch key {
	case "registrar", "registar", "registrar name", "sponsoring registrar", "sponsoring registrar organization", "registrar organization name",
		"authorized agency", "current registar", "current registrar", "registration service provider", "registered through", "registered by",
		"domain registrar", "registration agent", "agent", "注册商", "注册服务机构", "域名注册商", "등록대행자", "managed by", "sponsoring registrar name", "registrant agent", "registrar company":
		return roleRegistrar
	case "registrar organization", "registrar organisation", "registrar of record":
		return roleRegistrarOrg
	case "registrar iana id", "sponsoring registrar iana id", "registrar id", "registrar ianaid":
		return roleRegistrarID
	case "registrar url", "referral url", "registrar www", "registrar web", "registrar website", "registration service url", "registrar info", "sponsoring registrar url":
		return roleRegistrarURL
	case "authorised registrar", "registrar created", "registar created", "registrar handle", "registrar street", "registrar country", "registrar city", "registrar phone", "registrar email":
		if key == "registrar handle" {
			return roleRegistrar
		}
		return roleOther
	}
	return roleNone
}

func holderRole(key string) role {
	switch key {
	case "registrant", "owner", "holder", "domain holder", "domain owner", "registrant name", "owner name", "registrant contact name", "registrant person", "registrant holder name",
		"domain registrant", "注册人", "注册者", "域名持有者", "域名所有者", "登録者名", "등록인", "titular", "registrant contact", "registrant code", "registered for", "registrant full name", "network service name", "owner contact", "domain holder name", "holder english name", "given name of registrant":
		if key == "registrant" || key == "owner" || key == "holder" || key == "domain holder" || key == "domain registrant" || key == "registrant contact" || key == "owner contact" || key == "domain owner" || key == "titular" || key == "registrant code" || key == "registered for" {
			return roleRegistrant
		}
		return roleRegistrantName
	case "holder chinese name", "registrant internationalized name":
		return roleRegistrantNative
	case "registrant organization", "組織名", "registrant organisation", "registrant org", "registrant company name", "registrant contact organization", "registrant contact organisation",
		"registrant organization name", "owner orgname", "owner organisation", "holder organization", "holder organisation", "registrant company", "domain holder organization", "owner organization", "owner org", "注册人组织", "registrant organisation name", "company english name", "注册组织":
		return roleRegistrantOrg
	case "company chinese name", "registrant internationalized organization":
		return roleRegistrantOrgNative
	case "registrant country", "registrant country code", "registrant contact country", "registrant country economy", "owner country", "registrant country region":
		return roleRegistrantCountry
	case "holder c", "owner c", "registrant c", "registrant id", "registrant handle", "domain holder handle", "registrant contact id", "registry registrant id", "registrant nic handle":
		return roleHolderHandle
	}
	return roleNone
}

// sectionOf tells which section a header line opens.
func sectionOf(key string) (section, bool) {
	switch key {
	case "registrant", "holder", "owner", "registrant contact", "registrant contact information", "owner contact", "domain holder", "domain registrant", "organization using domain name",
		"registrant information", "licensee", "titular", "registrant details", "domain owner", "holder of domain name", "domain owners registrant", "domain owners", "registrants", "organisation", "registrant contact details", "organisation contact", "organization contact":
		return secRegistrant, true
	case "registrar", "sponsoring registrar", "registrar information", "registrar of record", "registrar contact information", "domain registrar":
		return secRegistrar, true
	case "name servers", "nameservers", "name server", "nameserver", "nservers", "servers", "domain nameservers", "domain name servers", "domain servers", "domain servers in listed order", "nameserver in listed order",
		"name servers information", "name server information", "name servers in listed order", "name servers in the listed order", "nameservers in listed order", "dns servers", "authoritative name servers", "current nameservers", "servidores de nombre", "servidor", "servidores de nombres de dominio", "domain servers information", "dns":
		return secNS, true
	case "flags", "domain status", "registration status", "status":
		return secStatus, true
	case "admin contact", "administrative contact", "administrative contacts", "admin contacts", "administrative contact information", "administrative contact agent", "admin", "administrative",
		"tech", "technical", "tech contact", "technical contact", "technical contacts", "technical contact information", "billing contact", "billing contact information", "billing", "onsite",
		"onsites", "onsite contact", "abuse contact", "reseller", "zone contact", "technical contact s", "admin contact s", "billing contact s", "contact information", "abuse", "keys", "tech contacts",
		"reseller information", "registrar technical contacts", "registrar technical contact", "agent", "account name", "technical c", "contact", "data validation", "billing contacts", "emergency contact", "domain managers", "contractual language", "zone", "reg", "status information", "contacto administrativo", "contacto tecnico", "contacto técnico", "contacto de cobranza", "contacto de pago", "contacto financiero", "whois", "disclaimer":
		return secOther, true
	case "relevant dates", "domain information", "domain", "additional information", "additional info", "dnssec", "important dates", "dates", "domain details", "domain name":
		return secDomain, true
	}
	return 0, false
}
