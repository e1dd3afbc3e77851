package whoischeck

import "strings"

// textLine is a line with its key, if it has one.
type textLine struct {
	indent int
	mark   bool // a comment: % # ; >
	text   string
	key    string
	value  string
	keyed  bool
}

// dropCutDate takes away a last line that was cut off within a date: "2027-02-1"
// is not the first of February.
func dropCutDate(text string) string {
	i := strings.LastIndexByte(text, '\n')
	l := splitLine(text[i+1:])
	if l.keyed && dateRole(l.key) != roleNone && !completeDate(l.value) {
		return text[:i+1]
	}
	return text
}

// splitLine finds the key of a line.
func splitLine(s string) textLine {
	t := strings.TrimLeft(s, " \t\u3000")
	l := textLine{indent: len(s) - len(t)}
	t = strings.TrimSpace(t)
	if t == "" {
		return l
	}
	switch t[0] {
	case '%', '#', ';', '>':
		l.mark = true
		t = strings.TrimSpace(strings.TrimLeft(t, "%#;>"))
	case '*':
		t = strings.TrimSpace(strings.Trim(t, "*"))
	}
	l.text = t
	if t == "" {
		return l
	}
	if k, v, ok := bracketKey(t); ok {
		l.key, l.value, l.keyed = normKey(k), v, true
		if v == "" { // NIC Sénégal: "[TECH_C]" stands above the contact
			l.key = strings.TrimSuffix(l.key, " c")
		}
		return l
	}
	t = withoutClass(t)
	if k, v, ok := dottedKey(t); ok {
		l.key, l.value, l.keyed = k, v, true
		return l
	}
	i := strings.IndexByte(t, ':')
	if j := strings.Index(t, "："); j >= 0 && (i < 0 || j < i) && j <= 60 {
		l.key, l.value, l.keyed = normKey(t[:j]), strings.TrimSpace(t[j+len("："):]), true
		return l
	}
	if inClock(t, i) { // "Record expires on 2024-01-15 06:59:05 (UTC+8)"
		if sentence := noColon(l); sentence.keyed {
			return sentence
		}
	}
	if i > 0 && i <= maxKey(t) && !strings.HasPrefix(t[i:], "://") && !strings.HasSuffix(t[:i], "http") {
		v := strings.TrimSpace(strings.TrimPrefix(t[i+1:], ":"))
		if len(v) > 1 && v[0] == '!' && isLetter(v[1]) && strings.IndexByte(v, ' ') < 0 { // a tag of YAML: "registrar: !Registrar" heads a block
			v = ""
		}
		if strings.HasPrefix(v, "..") { // JWhoisServer sets the dots behind the colon
			v = strings.TrimSpace(strings.TrimLeft(v, "."))
		}
		l.key, l.value, l.keyed = spelledOut(t[:i]), v, true
		if j := strings.LastIndex(t[:i], " / "); j > 0 && roleOf(l.key) == roleNone { // DNS.PT printed each key in two languages
			l.key = normKey(t[j+3 : i])
		}
		// "[HOLDER] name: x" and "a. [Domain Name] x" were seen to above
		return l
	}
	if k, v, ok := columnKey(t); ok {
		l.key, l.value, l.keyed = k, v, true
		return l
	}
	return noColon(l)
}

// withoutClass takes away the class that an RWhois server (RFC 2167) sets before
// every attribute: "domain:Domain-Name:x.ma", "domain:Created:20090324".
func withoutClass(t string) string {
	rest, ok := strings.CutPrefix(t, "domain:")
	if !ok || rest == "" || !isLetter(rest[0]) {
		return t
	}
	if i := strings.IndexAny(rest, ":;"); i > 0 && i <= 20 && !strings.ContainsAny(rest[:i], ". ") && !strings.HasPrefix(rest[i:], "://") {
		return rest
	}
	return t
}

// spelledOut is the key before a colon, normalised. CoCCA's registries write
// some keys without blanks, "RegistrantOrganization": such a key is taken apart
// at its capitals if it says nothing as it stands.
func spelledOut(s string) string {
	key := normKey(s)
	at := 0
	for i := 1; i < len(s) && at == 0; i++ {
		if s[i] >= 'A' && s[i] <= 'Z' && s[i-1] >= 'a' && s[i-1] <= 'z' {
			at = i
		}
	}
	if at == 0 || roleOf(key) != roleNone {
		return key
	}
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && s[i] >= 'A' && s[i] <= 'Z' && s[i-1] >= 'a' && s[i-1] <= 'z' {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	if apart := normKey(b.String()); roleOf(apart) != roleNone {
		return apart
	}
	return key
}

// inClock tells whether the colon at i stands between digits: in a time, not
// behind a key.
func inClock(t string, i int) bool {
	digit := func(k int) bool { return k >= 0 && k < len(t) && t[k] >= '0' && t[k] <= '9' }
	return digit(i-1) && digit(i+1)
}

// maxKey is how long a key may be: longer if it explains itself in brackets,
// as HKIRC's do.
func maxKey(t string) int {
	if i := strings.IndexByte(t, '('); i > 0 && i < 40 {
		return 200
	}
	return 70
}

// columnKey reads "Key    value" and "Key<tab>value" (SWITCH, .md): two columns
// and no colon. Only keys we know count; where the key itself is set wide
// ("Expires    on   2030-04-13"), the longest that we know.
func columnKey(t string) (key, value string, ok bool) {
	for i := 3; i < len(t)-1 && i <= 40; i++ {
		if t[i] != '\t' && (t[i] != ' ' || t[i+1] != ' ' && t[i+1] != '\t') || t[i-1] == ' ' || t[i-1] == '\t' {
			continue
		}
		k := normKey(t[:i])
		if r := roleOf(k); r == roleNone || r >= roleOther {
			if ok || !strings.HasPrefix(k, "expire") && k != "domain" {
				break
			}
			continue
		}
		key, value, ok = k, strings.TrimSpace(t[i:]), true
	}
	return key, value, ok
}

// dottedKey reads "Key ........ value", as HiChina printed it: a run of dots
// instead of a colon.
func dottedKey(t string) (string, string, bool) {
	i := strings.Index(t, "...")
	if i < 2 || i > 60 {
		return "", "", false
	}
	rest := strings.TrimLeft(t[i:], ".")
	if rest != "" && rest[0] != ' ' && rest[0] != '\t' || strings.IndexByte(t[:i], ':') >= 0 || strings.HasPrefix(strings.TrimSpace(rest), ":") {
		return "", "", false
	}
	k := normKey(t[:i])
	if r := roleOf(k); r == roleNone && !strings.HasPrefix(k, "registrant ") && !strings.HasPrefix(k, "admin") && !strings.HasPrefix(k, "tech") && !strings.HasPrefix(k, "billing") {
		return "", "", false
	}
	return k, strings.TrimSpace(rest), true
}

// bracketKey reads "[Key] value" and "a. [Key] value" (JPRS, MYNIC).
func bracketKey(t string) (string, string, bool) {
	s := t
	if len(s) > 3 && s[1] == '.' && s[2] == ' ' {
		s = strings.TrimSpace(s[2:])
	} else if len(s) > 2 && s[1] == ' ' && s[2] == '[' {
		s = s[2:]
	}
	if s == "" || s[0] != '[' {
		return "", "", false
	}
	i := strings.IndexByte(s, ']')
	if i < 2 || i > 60 || i == len(s)-1 && strings.TrimSpace(s[1:i]) == "" || s[1] == ' ' {
		return "", "", false
	}
	return s[1:i], strings.TrimSpace(s[i+1:]), true
}

// noColon reads the statements that registries make as sentences: "Record
// expires on 20-Nov-2027", "Registered on 30th April 2003".
func noColon(l textLine) textLine {
	if len(l.text) > 80 || len(l.text) < 12 {
		return l
	}
	switch l.text[0] | 0x20 {
	case 'r', 'd', 'e', 'c', 'f', 'n':
	default:
		return l
	}
	lower := strings.ToLower(l.text)
	for _, p := range [...]string{"record created on", "record expires on", "record will expire on", "record last updated on", "registered on", "registered before", "domain name", "domain registered on", "expires on", "created on", "first registration date", "domain expires on", "domain"} {
		if v, ok := strings.CutPrefix(lower, p); ok && v != "" && (v[0] == ' ' || v[0] == '\t') {
			value := strings.TrimSpace(l.text[len(p):])
			switch {
			case p == "domain name" && (!looksHost(value) && !looksHost(firstField(value)) || trailed(value)):
				return l
			case p != "domain name" && p != "domain" && !strings.ContainsAny(value, "0123456789"):
				return l
			case p == "domain":
				if h := firstField(value); !looksHost(h) || !strings.HasPrefix(strings.TrimSpace(value[len(h):]), "(") {
					return l
				}
			case p == "registered before":
				p = "registered on"
			}
			l.key, l.value, l.keyed = p, strings.Trim(value, "."), true
			return l
		}
	}
	return l
}

// trailed tells whether words follow the name: "x.bg does not exist in
// database" is a sentence, "x.bg (Active)" is not.
func trailed(v string) bool {
	rest := strings.TrimSpace(v[len(firstField(v)):])
	return rest != "" && rest[0] != '(' && rest[0] != '['
}
