package whoischeck

import (
	"slices"
	"strings"
)

// object is what a text says of one domain. Dates are kept as printed, since
// the order of day and month shows only when all of them are known.
type object struct {
	name             string   // A-label; empty until a key names it
	aliases          []string // further names of the same object: variants of an IDN
	host             bool     // a host record
	created          string
	updated          string
	expires          string
	registrarExpires string
	registrar        party
	registrant       party
	registrarID      string
	registrarURL     string
	whoisServer      string
	holderHandle     string
	descr            string // the holder in RIPE-style texts that name no other (.il .is .ie)
	statuses         []string
	ns               []string
	dnssec           *bool
	at               int       // number of the line that named it
	guessed          []*string // dates whose keys are known by their words alone: a key that is on a list counts before
}

// party is a registrar or holder as the text names it.
type party struct {
	name, org   string
	nameOther   string // the same in another script
	orgOther    string
	country     string
	handle      string
	url         string
	firstPlain  string // the value beside the key, or the first line below it
	secondPlain string
}

// speaksOf tells whether the object is the domain's.
func (o *object) speaksOf(domain string) bool {
	if o.name == domain || !strings.Contains(o.name, ".") && o.name != "" && strings.HasPrefix(domain, o.name+".") {
		return true // DNS Belgium and EURid once printed the name without its suffix
	}
	for _, a := range o.aliases {
		if a == domain {
			return true
		}
	}
	return false
}

// facts counts what is known of the domain: the measure of whether a text is
// a record at all.
func (o *object) facts() int {
	n := 0
	for _, s := range []string{o.created, o.updated, o.expires, o.registrarExpires, o.registrar.best(), o.registrar.handle, o.registrant.best(), o.registrant.handle, o.holderHandle} {
		if s != "" {
			n++
		}
	}
	return n + min(len(o.ns), 1) + min(len(o.statuses), 1)
}

func (p *party) best() string {
	for _, s := range []string{p.org, p.name, p.orgOther, p.nameOther, p.firstPlain} {
		if s != "" {
			return s
		}
	}
	return ""
}

// maxFacts bounds every list of facts.
const maxFacts = 64

// reader walks once over the lines of a text.
type reader struct {
	tld      string
	objects  []*object
	cur      *object
	contacts []*party

	sec       section
	contact   *party // of secContact
	bare      bool   // the section was opened by a header without value
	used      bool   // the section has had a value
	last      role   // role of the last keyed line, for continuation lines
	lastSpan  int    // indent of that line
	lastEmpty bool   // that line had no value
	blank     bool   // a blank line stood before
	plain     []prose
	lineNo    int
	key       string // key of the line in hand
}

// prose is a line that states nothing by key: where phrases are looked for.
type prose struct {
	line int
	text string // lower case, without comment marks
	mark bool
	join bool // follows the line before without a gap
}

// read takes a repaired text apart.
func read(domain, text string) *reader {
	r := &reader{tld: topLevel(domain)}
	r.cur = &object{}
	r.objects = append(r.objects, r.cur)
	for len(text) > 0 {
		line := text
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		r.lineNo++
		if len(line) > 2000 {
			line = line[:2000]
		}
		r.line(splitLine(line))
	}
	return r
}

// line takes one line.
func (r *reader) line(l textLine) {
	if l.text == "" {
		if !l.mark {
			r.blank = true
			if r.bare && r.used || r.sec == secContact {
				r.leave()
			}
		} else if r.sec == secContact || r.bare && r.used {
			r.leave()
		}
		if len(r.plain) > 0 {
			r.plain = append(r.plain, prose{line: r.lineNo})
		}
		return
	}
	if l.keyed && r.keyed(l) {
		r.blank = false
		return
	}
	r.unkeyed(l)
	r.blank = false
}

// leave closes a section.
func (r *reader) leave() {
	if r.contact != nil {
		r.contacts = append(r.contacts, r.contact)
		if len(r.contacts) > maxFacts {
			r.contacts = r.contacts[:maxFacts]
		}
		r.contact = nil
	}
	r.sec, r.bare, r.used, r.last = secDomain, false, false, roleNone
}

// enter opens a section by a header line.
func (r *reader) enter(s section) {
	r.leave()
	r.sec, r.bare = s, true
}

// unkeyed takes a line without key: a header, a continuation, or prose.
func (r *reader) unkeyed(l textLine) {
	if len(l.text) <= 40 && !(l.indent > r.lastSpan && r.last != roleNone && r.last != roleOther) {
		k := normKey(l.text)
		if !l.mark || strings.HasSuffix(l.text, ":") {
			s, ok := sectionOf(k)
			if j := strings.LastIndex(l.text, " / "); j > 0 && !ok { // "Titular / Registrant"
				k = normKey(l.text[j+3:])
				s, ok = sectionOf(k)
			}
			if ok {
				r.enter(s)
				r.last, r.lastSpan, r.lastEmpty = headerRole(k), l.indent, true
				return
			}
			if strings.HasPrefix(k, "first registration date") || strings.HasPrefix(k, "domain name") && len(k) <= 12 {
				r.leave()
				r.last, r.lastSpan, r.lastEmpty = roleOf(k), l.indent, true
				return
			}
		}
	}
	if !l.mark && r.continued(l) {
		return
	}
	text := strings.ToLower(l.text)
	if strings.Trim(text, "-=*_.+ ") == "" { // a rule between paragraphs
		text = ""
	} else if !l.mark && !r.lastEmpty { // prose: what follows it goes on with no statement
		r.last = roleNone
	}
	r.plain = append(r.plain, prose{line: r.lineNo, text: text, mark: l.mark, join: !r.blank})
}

// headerRole is the role that the lines under a header have.
func headerRole(k string) role {
	switch s, _ := sectionOf(k); s {
	case secRegistrant:
		return roleRegistrant
	case secRegistrar:
		return roleRegistrar
	case secNS:
		return roleNS
	case secStatus:
		return roleStatus
	}
	if k == "domain name" || k == "domain" {
		return roleDomain
	}
	return roleOther
}

// continued takes a line that goes on with the one before.
func (r *reader) continued(l textLine) bool {
	switch r.last {
	case roleNone:
		return false
	case roleOther:
		return l.indent > r.lastSpan && !r.blank || r.sec == secOther && !r.blank
	case roleNS:
		text := strings.TrimLeft(l.text, "- ")
		if h := firstField(text); looksHost(h) && (!r.blank || r.lastEmpty || l.indent > r.lastSpan+8 && h == l.text) {
			r.addNS(text)
			r.used = true
			return true
		}
		return l.indent > r.lastSpan
	case roleStatus:
		if l.indent > r.lastSpan && (!r.blank || r.lastEmpty) || r.lastEmpty && !r.used {
			r.addStatus(l.text)
			r.used = true
			return true
		}
		return false
	case roleDomain:
		if r.lastEmpty && looksHost(firstField(l.text)) {
			r.nameObject(l.text)
			r.last, r.lastEmpty = roleNone, false
			return true
		}
		return false
	case roleRegistrant, roleRegistrar:
		if !r.lastEmpty || r.blank && r.used {
			return l.indent > r.lastSpan
		}
		r.plainParty(l.text)
		return true
	case roleCreated, roleExpires, roleUpdated:
		if r.lastEmpty {
			r.fact(r.last, l.text)
			r.last, r.lastEmpty = roleNone, false
			return true
		}
	}
	return l.indent > r.lastSpan && !r.blank
}

// plainParty takes the lines below "Registrant:" and "Registrar:" that have no
// keys: the first is the name, a second one without address signs may be the
// same name in another script (TWNIC).
func (r *reader) plainParty(s string) {
	p := &r.cur.registrant
	if r.last == roleRegistrar {
		p = &r.cur.registrar
	}
	if i := strings.Index(s, "  "); i > 0 { // a mail address or handle stands in a second column
		s = s[:i]
	}
	if i := strings.IndexByte(s, '\t'); i > 0 {
		s = s[:i]
	}
	if strings.HasPrefix(strings.ToLower(s), "no object found") { // JWhoisServer, of a contact that it has lost
		s = "-"
	}
	switch {
	case p.firstPlain == "":
		p.firstPlain = s
	case p.secondPlain == "" && isHan(p.firstPlain) && isLatin(s) && !strings.ContainsAny(s, "@0123456789"):
		p.secondPlain = s
	case p.secondPlain == "":
		p.secondPlain = "-"
		if p == &r.cur.registrant && p.org == "" && isCompany(s) && !isCompany(p.firstPlain) && isLatin(p.firstPlain) && !strings.ContainsAny(s, "@/:#0123456789") {
			p.org = s // the person or the office stands first, the company below it
		}
	}
	r.used = true
}

// keyed takes a line with a key; false if the key means nothing, so that the
// line is prose.
func (r *reader) keyed(l textLine) bool {
	ro := roleOf(l.key)
	if l.value == "" && (!l.mark || len(l.key) < 30) {
		if s, ok := sectionOf(l.key); ok && (ro == roleNone || ro == roleContact || ro == roleOrg || headerRole(l.key) == ro || s == secRegistrant || s == secRegistrar || s == secOther) {
			if !(r.sec == secContact && ro == roleContact) && !(ro == roleOrg && r.sec != secDomain) {
				r.enter(s)
				r.last, r.lastSpan, r.lastEmpty = headerRole(l.key), l.indent, true
				return true
			}
		}
	}
	if l.mark && ro != roleDomain && !(ro != roleNone && r.tld == "jp") {
		return false
	}
	if l.mark && ro == roleDomain {
		return false
	}
	if ro == roleNone {
		return r.unknownKey(l)
	}
	r.block(l, ro)
	r.last, r.lastSpan, r.lastEmpty, r.key = ro, l.indent, l.value == "" || l.key == "registrant code", l.key
	if l.value != "" {
		r.fact(ro, l.value)
		r.used = true
	}
	return true
}

// unknownKey decides whether a line with a colon is a statement we do not
// need or prose.
func (r *reader) unknownKey(l textLine) bool {
	k := l.key
	switch {
	case k == "contact type": // JWhoisServer repeats the record for each contact
		r.leave()
		r.sec, r.last, r.lastSpan = secOther, roleOther, l.indent
		if strings.EqualFold(l.value, "owner") || strings.EqualFold(l.value, "holder") {
			r.sec = secRegistrant
		}
		return true
	case k == "message" && statusKind([]string{l.value}) != kindUnclear: // Datasur's, where others say "Status"
		r.addStatus(l.value)
		return true
	case strings.HasPrefix(k, "admin"), strings.HasPrefix(k, "tech"), strings.HasPrefix(k, "billing"), strings.HasPrefix(k, "registry "), strings.HasPrefix(k, "registrant "), strings.HasPrefix(k, "registrar "):
		r.last, r.lastSpan, r.lastEmpty = roleOther, l.indent, l.value == ""
		if l.value == "" && r.blank {
			r.enter(secOther)
			r.last = roleOther
		}
		return len(l.text) < 400
	}
	if strings.Count(k, " ") <= 2 && len(k) <= 32 && r.cur.name != "" && !sentence(k, l.value) {
		r.last, r.lastSpan, r.lastEmpty = roleOther, l.indent, l.value == ""
		if l.value == "" && r.blank && r.sec != secDomain {
			r.enter(secOther)
			r.last = roleOther
		}
		return true
	}
	return false
}

// sentence tells prose with a colon ("Error: no entries found") from a
// statement.
func sentence(key, value string) bool {
	switch firstField(key) {
	case "issue", "issues", "error", "notice", "note", "no", "not", "warning", "status", "message", "terms", "number", "your", "you", "whois", "access", "query", "this", "the", "please", "domain", "sorry", "result", "reason":
		return true
	}
	return strings.Count(value, " ") > 12
}

// block opens and closes the objects of RIPE-style texts, whose blocks stand
// between blank lines and begin with the key that tells their class.
func (r *reader) block(l textLine, ro role) {
	first := r.blank || r.lineNo == 1
	switch {
	case first && (ro == roleHandle || ro == roleContact && r.cur.name != "" || ro == roleName && r.sec == secDomain && r.cur.name != "" && r.last != roleDomain):
		if r.bare && !r.used { // a header stood before the blank line
			return
		}
		r.leave()
		r.sec, r.contact = secContact, &party{}
	case first && ro == roleRegistrar && r.cur.name != "":
		r.leave()
		r.sec = secRegistrar
	case first && ro == roleRegistrant && r.cur.name != "" && isHandle(l.value):
		r.leave()
		r.sec = secRegistrant
	case ro == roleRegistrar && r.sec != secRegistrar && r.bare && r.sec != secDomain:
		r.leave()
	}
	if ro == roleDomain && r.sec != secDomain {
		r.leave()
	}
}

// nameObject begins the object of a domain, or names the one that has begun.
func (r *reader) nameObject(v string) {
	n := aLabel(firstField(v))
	if n == "" || len(n) > 253 || n[0] == '(' { // swhoisd: "Domain: (Handle x)" above the name
		return
	}
	switch {
	case r.cur.name == n && (r.cur.facts() == 0 || r.tld == "ir"):
		return
	case r.cur.name != "" && r.cur.facts() == 0 && strings.Contains(n, "xn--") && len(r.cur.aliases) < maxFacts:
		r.cur.aliases = append(r.cur.aliases, n) // CNNIC lists the variants of a Chinese name one below the other
		return
	}
	if r.cur.name != "" || r.cur.host {
		r.newObject()
	}
	r.cur.name, r.cur.at = n, r.lineNo
}

func (r *reader) newObject() {
	if len(r.objects) >= maxFacts {
		r.objects = r.objects[:maxFacts-1]
	}
	r.cur = &object{}
	r.objects = append(r.objects, r.cur)
}

// fact records one statement.
func (r *reader) fact(ro role, v string) {
	o := r.cur
	switch ro {
	case roleDomain:
		if r.sec == secDomain {
			r.nameObject(v)
		}
	case roleHost:
		r.newObject()
		r.cur.host, r.cur.at = true, r.lineNo
	case roleStatus:
		if r.sec == secDomain || r.sec == secStatus || r.sec == secNS || r.sec == secRegistrar || r.key == "domain status" {
			r.addStatus(v)
		}
	case roleHold:
		if strings.EqualFold(v, "yes") {
			r.addStatus("serverHold")
		}
	case roleNS:
		if !(r.tld == "dk" && aLabel(v) == o.name) {
			r.addNS(v)
		}
	case roleCreated:
		r.date(&o.created, v)
	case roleUpdated:
		r.date(&o.updated, v)
	case roleExpires:
		r.date(&o.expires, v)
	case roleRegistrarExpires:
		set(&o.registrarExpires, v)
	case roleRegistrarID:
		set(&o.registrarID, v)
	case roleRegistrarURL:
		set(&o.registrarURL, v)
	case roleWhoisServer:
		set(&o.whoisServer, v)
	case roleHolderHandle:
		set(&o.holderHandle, v)
	case roleDNSSEC, roleDS:
		o.addDNSSEC(ro, v)
	default:
		r.partyFact(ro, v)
	}
}

// date records a date of the domain; those of contacts are passed over.
func (r *reader) date(to *string, v string) {
	if r.tld == "il" && to == &r.cur.updated {
		if strings.Contains(v, "(Assigned)") {
			set(&r.cur.created, dateTail(v))
			return
		}
		r.cur.updated = dateTail(v)
		return
	}
	if !strings.ContainsAny(v, "0123456789") {
		return
	}
	if who, when, ok := strings.Cut(v, " "); ok && r.tld == "ua" && strings.HasSuffix(who, "-UANIC") { // who changed it, before when
		v = when
	}
	key := r.key
	if dateRole(key) == roleNone && !strings.HasPrefix(key, "record ") && !strings.HasPrefix(key, "domain ") { // known by its words alone
		key = "created"
	}
	switch key { // also printed for contacts, registrars and name server sets
	case "created", "changed", "updated", "modified", "registered", "last modified", "dernière modification", "last update", "last updated", "registration date":
		if r.sec != secDomain && r.sec != secStatus && !(r.sec == secRegistrar && !r.bare) {
			return
		}
	}
	if to == &r.cur.expires {
		v = r.endOf(v)
	}
	if i := slices.Index(r.cur.guessed, to); i >= 0 && dateRole(r.key) != roleNone {
		*to, r.cur.guessed = "", slices.Delete(r.cur.guessed, i, i+1)
	} else if *to == "" && dateRole(r.key) == roleNone {
		if !r.isDate(v) { // 有效期 may tell a term: 5年
			return
		}
		r.cur.guessed = append(r.cur.guessed, to)
	}
	set(to, v)
}

// endOf is the last day of a term that is told from its first: 2015-01-02 至 2027-01-02.
func (r *reader) endOf(v string) string {
	for _, between := range [...]string{"至", "到", "~", "～", " to ", " - ", " – ", "--"} {
		if from, until, ok := strings.Cut(v, between); ok && r.isDate(from) && r.isDate(until) {
			return strings.TrimSpace(until)
		}
	}
	return v
}

func (r *reader) isDate(v string) bool {
	_, ok := parseDate(v, zoneOf(r.tld), orderOf(r.tld, nil))
	return ok
}

// dateTail is the date in an ISOC-IL change line: "x AT y 19990605 (Assigned)".
func dateTail(v string) string {
	for _, f := range strings.Fields(v) {
		if len(f) == 8 && strings.Trim(f, "0123456789") == "" {
			return f
		}
	}
	return ""
}

func set(to *string, v string) {
	if *to == "" {
		*to = v
	}
}
