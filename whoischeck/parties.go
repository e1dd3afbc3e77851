package whoischeck

import (
	"net/netip"
	"strings"
	"unicode"
)

// partyFact records a statement about the registrar, the holder or a contact.
func (r *reader) partyFact(ro role, v string) {
	o := r.cur
	switch ro {
	case roleRegistrar:
		set(&o.registrar.firstPlain, v)
		return
	case roleRegistrarOrg:
		set(&o.registrar.org, v)
		return
	case roleRegistrant:
		if isHandle(v) || r.key == "registrant code" { // MYNIC's codes: INTEG4.ORG
			set(&o.holderHandle, v)
		} else if o.registrant.name != "" && o.registrant.org == "" && r.tld == "au" { // auDA: the holder beside the name of his contact
			o.registrant.org = v
		} else {
			setNative(&o.registrant.name, &o.registrant.nameOther, v)
		}
		return
	case roleRegistrantName:
		setNative(&o.registrant.name, &o.registrant.nameOther, v)
		return
	case roleRegistrantNative:
		setNative(&o.registrant.name, &o.registrant.nameOther, v)
		return
	case roleRegistrantOrg, roleRegistrantOrgNative:
		setNative(&o.registrant.org, &o.registrant.orgOther, v)
		return
	case roleRegistrantCountry:
		set(&o.registrant.country, v)
		return
	}
	if ro == roleName && r.sec == secNS { // ATI: "DNS servers" and below it "Name....: ns1.x.tn."
		r.addNS(v)
		return
	}
	p := r.partyOf(ro, v)
	if p == nil {
		return
	}
	switch ro {
	case roleName, roleNameNative:
		setNative(&p.name, &p.nameOther, v)
	case roleOrg, roleOrgNative:
		setNative(&p.org, &p.orgOther, v)
	case roleCountry:
		set(&p.country, v)
	case roleHandle:
		set(&p.handle, v)
	case roleURL:
		set(&p.url, v)
	case roleContact:
		switch {
		case p.handle != "":
			setNative(&p.name, &p.nameOther, v)
		default:
			p.handle = v
		}
	case roleDescr:
		set(&o.descr, v)
	}
}

// partyOf is the party of whom a generic key (name, org, country …) speaks.
func (r *reader) partyOf(ro role, v string) *party {
	o := r.cur
	switch r.sec {
	case secRegistrar:
		return &o.registrar
	case secRegistrant:
		return &o.registrant
	case secContact:
		return r.contact
	case secDomain:
		switch ro {
		case roleName:
			if o.name == "" && looksHost(v) { // EIS: "Domain:" and below it "name: x.ee"
				r.nameObject(v)
				return nil
			}
			return &o.registrant
		case roleNameNative, roleOrg, roleOrgNative, roleCountry, roleDescr:
			return &o.registrant
		}
	}
	return nil
}

// setNative keeps the first name, but lets a name in Han, Hangul or kana take
// the place of a Latin one, which stands beside it then.
func setNative(name, other *string, v string) {
	if v == "" || isBlankValue(v) {
		return
	}
	switch {
	case *name == "":
		*name = v
	case strings.EqualFold(*name, v):
	case isHan(v) && !isHan(*name):
		*name, *other = v, *name
	case *other == "" && (isHan(*name) || hasNonLatin(v) != hasNonLatin(*name)):
		*other = v
	}
}

// isBlankValue tells the signs that stand for "nothing".
func isBlankValue(v string) bool {
	switch strings.ToLower(strings.Trim(v, " .-*_/\\()<>[]")) {
	case "", "n/a", "na", "none", "null", "not available", "not applicable", "unknown", "nil":
		return true
	}
	return false
}

// isHandle tells a registry's key for a contact (FMR13403268-NICAT,
// mmr-171440) from a name: one word with a digit, and a dash, colon or
// capitals only.
func isHandle(v string) bool {
	if len(v) < 4 || len(v) > 40 || strings.ContainsAny(v, " \t,.@") {
		return false
	}
	digit, sign, small := false, false, false
	for _, c := range v {
		switch {
		case c >= '0' && c <= '9':
			digit = true
		case c == '-' || c == ':' || c == '_':
			sign = true
		case c >= 'a' && c <= 'z':
			small = true
		case c >= 'A' && c <= 'Z':
		default:
			return false
		}
	}
	return digit && (sign || !small)
}

// withoutHandle takes away the registry's key that some print behind the name
// of a contact: "GOOGLE INC. (CD21236T)", "Telekom - (BNC875T)". SGNIC's, with a
// dash within, are left: others that read its answers keep them.
func withoutHandle(s string) string {
	i := strings.LastIndex(s, " (")
	if i <= 0 || !strings.HasSuffix(s, ")") {
		return s
	}
	inner, digits := s[i+2:len(s)-1], 0
	for _, c := range []byte(inner) {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	if !isHandle(inner) || digits < 3 || digits < 4 && len(inner) < 7 || strings.IndexByte(inner, '-') >= 0 || strings.Trim(inner[:2], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return s
	}
	return strings.TrimRight(s[:i], " -")
}

// isNumber tells a number of a register (Åland prints it as "Organization:")
// from a name: five digits or more, and no letter.
func isNumber(s string) bool {
	digits := 0
	for _, c := range s {
		if unicode.IsLetter(c) {
			return false
		}
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	return digits >= 5
}

// isCompany tells whether a line holds the words of a legal form; short ones,
// which are words of other kinds too, count at its end alone.
func isCompany(s string) bool {
	words := strings.FieldsFunc(strings.ToLower(s), func(c rune) bool { return c == ' ' || c == ',' || c == '(' || c == ')' || c == '\t' })
	for i, w := range words {
		switch strings.Trim(strings.ReplaceAll(w, ".", ""), "-") {
		case "ltd", "limited", "inc", "incorporated", "llc", "llp", "corp", "corporation", "gmbh", "bv", "nv", "plc", "pty", "sarl", "srl", "oy", "oyj", "aps", "sro", "doo", "kft", "bhd", "pte", "pvt", "gbr", "slu", "zrt", "uab":
			return true
		case "company", "co", "ag", "kg", "ug", "sl", "sa", "as", "ab", "ou", "spa", "sas", "sia":
			if i > 0 && i == len(words)-1 {
				return true
			}
		}
	}
	return false
}

// isHan tells whether s holds a Han, kana or Hangul letter.
func isHan(s string) bool {
	for _, c := range s {
		if c >= 0x3040 && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return true
		}
	}
	return false
}

// hasNonLatin tells whether s holds a letter of another script.
func hasNonLatin(s string) bool {
	for _, c := range s {
		if c >= 0x370 && unicode.IsLetter(c) && !unicode.Is(unicode.Latin, c) {
			return true
		}
	}
	return false
}

func isLatin(s string) bool { return !hasNonLatin(s) && strings.ContainsFunc(s, unicode.IsLetter) }

// addNS records the name server of a line: its first word, without glue
// address, trailing dot or remark. Handles and addresses are no name servers.
func (r *reader) addNS(v string) {
	if r.tld == "my" && strings.HasSuffix(v, ".SER") { // MYNIC's code of a server, whose name stands below it
		r.lastEmpty = true
		return
	}
	for _, part := range strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ';' || c == '+' }) {
		fields := strings.Fields(part)
		for len(fields) > 1 && isAddress(fields[0]) { // MYNIC sets the address before the name
			fields = fields[1:]
		}
		if len(fields) > 2 && fields[1] == "NS" { // a line of a zone file (DNS.PT)
			fields = fields[2:]
		}
		if len(fields) > 2 && fields[1] == "IN" {
			if fields[2] != "NS" {
				continue
			}
			fields = fields[3:]
		}
		if len(fields) == 0 {
			continue
		}
		if h := aLabel(fields[0]); looksHost(h) && h != notDefined {
			r.cur.addNS(h)
		}
	}
}

// notDefined is what the registry of .uz prints in place of a name server
// that is not there.
const notDefined = "not.defined"

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func (o *object) addNS(h string) {
	if len(o.ns) >= maxFacts {
		return
	}
	for _, n := range o.ns {
		if n == h {
			return
		}
	}
	o.ns = append(o.ns, h)
}

// addStatus records the status words of a line.
func (r *reader) addStatus(v string) {
	if len(r.cur.statuses) < maxFacts {
		r.cur.statuses = append(r.cur.statuses, v)
	}
	if until, ok := strings.CutPrefix(v, "OK-UNTIL "); ok && r.tld == "ua" { // as the .ua server once told the day of expiry
		set(&r.cur.expires, until)
	}
	if r.tld == "jp" && r.cur.expires == "" { // JPRS: "Connected (2027/03/31)" is paid to that day
		if i := strings.IndexByte(v, '('); i > 0 && strings.ContainsAny(v[i:], "0123456789") {
			r.cur.expires = strings.Trim(v[i:], "()")
		}
	}
}

func (o *object) addDNSSEC(ro role, v string) {
	if o.dnssec != nil {
		if !*o.dnssec && ro == roleDS && !isBlankValue(v) {
			*o.dnssec = true
		}
		return
	}
	l := strings.ToLower(v)
	signed := false
	switch {
	case ro == roleDS:
		if isBlankValue(v) {
			return
		}
		signed = true
	case strings.HasPrefix(l, "unsigned"), strings.HasPrefix(l, "no"), strings.HasPrefix(l, "inactive"), strings.HasPrefix(l, "false"), strings.HasPrefix(l, "disabled"),
		strings.HasPrefix(v, "未"), strings.HasPrefix(v, "미서명"), l == "0", l == "n":
	case strings.HasPrefix(l, "signed"), strings.HasPrefix(l, "yes"), strings.HasPrefix(l, "active"), strings.HasPrefix(l, "true"), strings.HasPrefix(l, "enabled"),
		strings.HasPrefix(v, "서명"), strings.HasPrefix(v, "已"), l == "1", l == "y", strings.Count(v, " ") >= 3 || len(v) > 30:
		signed = true
	default:
		return
	}
	o.dnssec = &signed
}

// firstField is the first word of s.
func firstField(s string) string {
	s = strings.TrimLeft(s, " \t")
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i]
	}
	return s
}

// looksHost tells whether s can be a host or domain name of two labels or
// more (and no address or mail address).
func looksHost(s string) bool {
	s = strings.Trim(s, ".")
	if len(s) < 3 || len(s) > 253 || !strings.Contains(s, ".") || strings.ContainsAny(s, "@/:;,!?()[]{}<>=\"'") || strings.Contains(s, "..") {
		return false
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return false
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	if len(last) < 2 || last[0] >= '0' && last[0] <= '9' {
		return false
	}
	for _, c := range s {
		if c < 0x80 && c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
		if c >= 0x80 && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.M, c) {
			return false
		}
	}
	return true
}
