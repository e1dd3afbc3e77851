package domaincheck

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Codes of a name that cannot be checked. Each of them also matches
// [CodeBadInput] with errors.Is, as do CodeUnknownSuffix, CodeReservedName and
// CodeTooLarge when they come from [ParseTarget].
const (
	CodeEmail        Code = "email_address"      // somebody's address, not a site
	CodeTooLong      Code = "name_too_long"      // a name over 253 or a label over 63 octets (RFC 1035 §2.3.4)
	CodePublicSuffix Code = "public_suffix"      // com.cn: names are registered below it
	CodeControlChars Code = "control_characters" // control or text-direction characters inside a name
)

// Limits of what is read as one name.
const (
	maxTargetInput = 4096 // bytes of a URL; a longer line is no name
	maxName        = 253  // octets of a name without the final dot, RFC 1035 §2.3.4
	maxLabel       = 63   // octets of a label, RFC 1035 §2.3.4
)

// Target is one name or address to check, as read by [ParseTarget].
type Target struct {
	Input   string     // as given, without the password of a URL, cut if very long
	Domain  string     // registrable domain as A-label in lower case, or the address in its canonical form
	Unicode string     // the same as U-label
	Host    string     // full name as A-label if a sub-domain was given, else ""
	IP      netip.Addr // valid if the target is an address; IPv4-mapped IPv6 is IPv4
	URL     string     // http or https URL without user and fragment, if a scheme, port or path was given
}

// IsIP tells whether the target is an address rather than a name.
func (t Target) IsIP() bool { return t.IP.IsValid() }

// ParseTarget reads a name as people write it: a domain, a sub-domain, a URL,
// in any case, as U-label or A-label, with a final dot, ideographic or
// full-width dots, full-width letters and digits; or an address, v4 or v6,
// bracketed, with a port or as a URL.
//
// A name is mapped and checked by UTS #46 for look-up (non-transitional, STD3
// rules, bidi and joiner rules), and cut to its registrable domain by the
// ICANN section of the public suffix list; private rules such as github.io are
// passed over, because registration and filing know nothing of them.
//
// Reading is idempotent: the Domain, Unicode and Host of a target, read again,
// give the same Domain. Errors are of type [*Error] with a hint and one of
// CodeBadInput, CodeEmail, CodeTooLong, CodeTooLarge, CodePublicSuffix,
// CodeUnknownSuffix, CodeReservedName, CodeControlChars; the returned target
// then holds only Input.
func ParseTarget(input string) (Target, error) {
	t := Target{Input: clipInput(input)}
	if len(input) > maxTargetInput {
		trimmed := strings.TrimSpace(input)
		if len(trimmed) > maxTargetInput {
			return t, refuse(CodeTooLarge, "one domain a line; a name has at most 253 characters",
				"the input is %d bytes long, a name or URL is at most %d", len(trimmed), maxTargetInput)
		}
	}
	s := foldTarget(input)
	if s == "" {
		return t, refuse(CodeBadInput, "give a domain such as example.cn, a URL or an IP address", "the name is empty")
	}
	if i := strings.IndexFunc(s, hostileRune); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return t, refuse(CodeControlChars, "type the name again by hand; invisible characters often come with copied text",
			"%s holds the control or invalid character %U", quoteInput(strings.TrimSpace(input)), r)
	}
	parts, err := splitTarget(s)
	if err != nil {
		return t, err
	}
	if ip, ok, err := addressTarget(parts); err != nil {
		return t, err
	} else if ok {
		t.IP, t.Domain, t.Unicode = ip, ip.String(), ip.String()
		t.URL = parts.url(urlHost(ip))
		return t, nil
	}
	typed := parts.host // for refusals: a person knows the name again that he wrote
	if typed == s {
		typed = strings.TrimSpace(input) // full-width letters and dots as they were
	}
	name, err := asciiName(parts.host, typed)
	if err != nil {
		return t, err
	}
	domain, err := registrable(name, typed)
	if err != nil {
		return t, err
	}
	unicodeName, err := lookupProfile().ToUnicode(domain)
	if err != nil {
		return t, refuse(CodeBadInput, "check the spelling of the xn-- part", "%s is not valid punycode", quoteInput(typed))
	}
	t.Domain, t.Unicode, t.URL = domain, unicodeName, parts.url(name)
	if name != domain {
		t.Host = name
	}
	return t, nil
}

// refuse makes the error of a name that cannot be checked; whatever its code,
// it also matches CodeBadInput.
func refuse(code Code, hint, format string, args ...any) *Error {
	e := Errorf(code, "", format, args...).WithHint(hint)
	if code != CodeBadInput {
		e.Err = CodeBadInput
	}
	return e
}

// foldTarget turns full-width ASCII, ideographic blanks and dots into plain
// ones and trims blanks and byte order marks, so that URL syntax is seen
// whatever keyboard it was typed on.
func foldTarget(s string) string { return strings.TrimSpace(strings.Map(foldRune, s)) }

// foldRune is the plain form of one character, -1 if it is none that is seen.
func foldRune(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000 || r == 0x00A0:
		return ' '
	case r == '。' || r == '｡':
		return '.'
	case r == 0xFEFF || r == 0x200B:
		return -1
	}
	return r
}

// hostileRune tells the characters that no name holds and no terminal should get.
func hostileRune(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// targetParts are the pieces of a name or URL.
type targetParts struct {
	scheme, host, port, rest string // rest: path and query, "" or beginning with / or ?
}

// url puts the parts together again around host; "" if only a host was given.
func (p targetParts) url(host string) string {
	if p.scheme == "" && p.port == "" && (p.rest == "" || p.rest == "/") {
		return ""
	}
	u := url.URL{Scheme: p.scheme, Host: host}
	if u.Scheme == "" {
		u.Scheme = "http"
		if p.port == "443" {
			u.Scheme = "https"
		}
	}
	if p.port != "" && !(u.Scheme == "http" && p.port == "80") && !(u.Scheme == "https" && p.port == "443") {
		u.Host += ":" + p.port
	}
	path, query, _ := strings.Cut(p.rest, "?")
	if path == "" {
		path = "/"
	}
	if unescaped, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = unescaped, path
	} else {
		u.Path = path
	}
	u.RawQuery = strings.ReplaceAll(query, " ", "%20")
	return u.String()
}

// splitTarget takes s apart. User and fragment are dropped.
func splitTarget(s string) (targetParts, error) {
	var p targetParts
	if scheme, after, ok := strings.Cut(s, "://"); ok && isScheme(scheme) {
		p.scheme, s = strings.ToLower(scheme), after
		if p.scheme != "http" && p.scheme != "https" {
			return p, refuse(CodeBadInput, "give the domain itself, or an http or https URL", "%s is a URL of another kind", quoteInput(scheme+"://…"))
		}
	} else {
		s = strings.TrimPrefix(s, "//")
	}
	authority := s
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		authority, p.rest = s[:i], s[i:]
	}
	p.rest, _, _ = strings.Cut(p.rest, "#")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		if p.scheme == "" {
			return p, refuse(CodeEmail, "give the domain, the part after the @", "%s is an e-mail address, not a site", quoteInput(authority))
		}
		authority = authority[i+1:]
	}
	return p, p.splitHost(authority)
}

// splitHost takes the port off the authority.
func (p *targetParts) splitHost(authority string) error {
	if inside, ok := strings.CutPrefix(authority, "["); ok {
		host, after, closed := strings.Cut(inside, "]")
		if !closed || (after != "" && !strings.HasPrefix(after, ":")) {
			return refuse(CodeBadInput, "write an IPv6 address as [2001:db8::1]", "%s has an unbalanced bracket", quoteInput(authority))
		}
		p.host, p.port = "["+host+"]", strings.TrimPrefix(after, ":")
	} else if strings.Count(authority, ":") == 1 {
		p.host, p.port, _ = strings.Cut(authority, ":")
	} else {
		p.host = authority
	}
	if p.port != "" {
		n, err := strconv.ParseUint(p.port, 10, 16)
		if err != nil || n == 0 {
			return refuse(CodeBadInput, "a port is a number from 1 to 65535; a URL begins with http:// or https://", "%s is not a port", quoteInput(p.port))
		}
		p.port = strconv.FormatUint(n, 10)
	}
	if p.host == "" {
		return refuse(CodeBadInput, "give a domain such as example.cn, a URL or an IP address", "there is no host in it")
	}
	if strings.Contains(p.host, "%") && p.scheme != "" {
		host, err := url.PathUnescape(p.host)
		if err != nil || strings.IndexFunc(host, hostileRune) >= 0 || strings.ContainsAny(host, "/?#@:%") {
			return refuse(CodeBadInput, "write the host without percent signs", "the host %s is not well escaped", quoteInput(p.host))
		}
		p.host = foldTarget(host)
	}
	return nil
}

// isScheme follows RFC 3986 §3.1.
func isScheme(s string) bool {
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || !('0' <= r && r <= '9' || r == '+' || r == '-' || r == '.')) {
			return false
		}
	}
	return s != ""
}

// addressTarget reads the host as an address, if it is meant as one.
func addressTarget(p targetParts) (netip.Addr, bool, error) {
	host := p.host
	bracketed := strings.HasPrefix(host, "[")
	if bracketed {
		host = strings.Trim(host, "[]")
	} else {
		host = strings.TrimSuffix(host, ".")
	}
	ip, err := netip.ParseAddr(host)
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch {
	case err == nil && bracketed && ip.Is4():
		err = refuse(CodeBadInput, "brackets are for IPv6; write the address without them", "%s is not an IPv6 address", quoteInput(host))
	case err == nil && ip.Zone() != "":
		err = refuse(CodeBadInput, "give an address without a zone", "%s belongs to one machine's interface, not to a site", quoteInput(host))
	case err == nil && (ip.IsUnspecified() || ip.IsMulticast()):
		err = refuse(CodeReservedName, "give the address at which the site is served", "%s is no address of a single machine", quoteInput(host))
	case err == nil && p.scheme == "" && p.port == "" && len(p.rest) > 1 && allDigits(p.rest[1:]):
		err = refuse(CodeBadInput, "give single addresses, one a line", "%s is a range of addresses, not a site", quoteInput(host+p.rest))
	case err == nil:
		return ip.Unmap(), true, nil
	case bracketed || strings.Contains(host, ":"):
		err = refuse(CodeBadInput, "an IPv6 address reads 2001:db8::1 or [2001:db8::1]:8080", "%s is not an address", quoteInput(host))
	case allDigits(last) || strings.HasPrefix(last, "0x") && strings.Contains(host, "."):
		err = refuse(CodeBadInput, "an IPv4 address has four numbers from 0 to 255, as in 47.110.0.1", "%s is neither an address nor a domain", quoteInput(host))
	default:
		return netip.Addr{}, false, nil
	}
	return netip.Addr{}, false, err
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

func urlHost(ip netip.Addr) string {
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}

// lookupProfile is UTS #46 for look-up. Hyphens are checked by hand: "--" in
// the third and fourth place is forbidden to registrants but does occur in
// sub-domains.
func lookupProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
		idna.BidiRule(), idna.CheckJoiners(true), idna.ValidateLabels(true), idna.CheckHyphens(false))
}

// asciiName gives the A-label form of a whole host name; refusals quote it as
// typed.
func asciiName(host, typed string) (string, error) {
	if i := strings.IndexFunc(host, foreignMark); i >= 0 {
		r, _ := utf8.DecodeRuneInString(host[i:])
		return "", forbidden(typed, r)
	}
	name, err := lookupProfile().ToASCII(host)
	name = strings.TrimSuffix(name, ".")
	if err == nil {
		err = roundTrip(name)
	}
	if lengthErr := checkLabels(name, typed); lengthErr != nil {
		return "", lengthErr
	}
	if err != nil {
		return "", refuse(CodeBadInput, "names hold letters, digits and hyphens; Chinese names are fine, punctuation is not",
			"%s is not a domain name that can be looked up", quoteInput(typed))
	}
	return name, nil
}

// roundTrip refuses punycode that does not come back as it was written.
func roundTrip(name string) error {
	if !strings.Contains(name, "xn--") {
		return nil
	}
	p := lookupProfile()
	u, err := p.ToUnicode(name)
	if err != nil {
		return fmt.Errorf("punycode: %w", err)
	}
	back, err := p.ToASCII(u)
	if err != nil || back != name || strings.IndexFunc(u, foreignMark) >= 0 {
		return fmt.Errorf("punycode does not round-trip: %q", back)
	}
	return nil
}

// foreignMark tells the marks that stand in no name: those of ASCII that people
// do type, and punctuation of any script but for what RFC 5892 §2.6 and App. A
// admit between letters (symbols such as ❤ are looked up, as browsers do).
func foreignMark(r rune) bool {
	switch r {
	case 0x00B7, 0x0375, 0x05F3, 0x05F4, 0x0F0B, 0x30FB:
		return false
	}
	return strings.ContainsRune(" \\*_,;|'\"<>()", r) || r >= utf8.RuneSelf && unicode.IsPunct(r)
}

// forbidden explains the characters that people do put into names.
func forbidden(typed string, c rune) error {
	hint := "names hold letters, digits and hyphens"
	switch c {
	case ' ', ',', ';', '|', '、':
		hint = "give one domain a line, without blanks or punctuation"
	case '*':
		hint = "leave out the *. : the domain itself is checked"
	case '_':
		hint = "names with an underscore are service records, not sites; give the domain itself"
	}
	as := string(c)
	if i := strings.IndexFunc(typed, func(r rune) bool { return foldRune(r) == c }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(typed[i:])
		as = string(r)
	}
	return refuse(CodeBadInput, hint, "%s holds %q, which no site's name does", quoteInput(typed), as)
}

// checkLabels checks lengths, empty labels and hyphens of an A-label name.
func checkLabels(name, typed string) error {
	ascii := strings.IndexFunc(typed, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	for _, label := range strings.Split(name, ".") {
		switch {
		case label == "":
			return refuse(CodeBadInput, "look for two dots in a row, or a dot at the beginning", "%s has an empty label", quoteInput(typed))
		case len(label) > maxLabel && !ascii:
			return refuse(CodeTooLong, "a label, the part between two dots, has at most 63 characters", "a label of %s has %d characters as punycode, at most %d are allowed", quoteInput(typed), len(label), maxLabel)
		case len(label) > maxLabel:
			return refuse(CodeTooLong, "a label, the part between two dots, has at most 63 characters", "a label of %s has %d characters, at most %d are allowed", quoteInput(typed), len(label), maxLabel)
		case edgeHyphen(label):
			return refuse(CodeBadInput, "labels begin and end with a letter or digit", "a label of %s begins or ends with a hyphen", quoteInput(typed))
		}
	}
	if len(name) > maxName {
		return refuse(CodeTooLong, "a name has at most 253 characters", "the name has %d characters, at most %d are allowed", len(name), maxName)
	}
	return nil
}

// edgeHyphen tells whether an A-label begins or ends with a hyphen, or does as
// U-label (RFC 5891 §4.2.3.1).
func edgeHyphen(label string) bool {
	if strings.HasPrefix(label, "xn--") {
		if u, err := lookupProfile().ToUnicode(label); err == nil && u != "" {
			label = u
		}
	}
	return label[0] == '-' || label[len(label)-1] == '-'
}

// registrable cuts an A-label name to its registrable domain.
func registrable(name, typed string) (string, error) {
	tld := name[strings.LastIndexByte(name, '.')+1:]
	if reservedTLD(tld) {
		return "", refuse(CodeReservedName, "it exists only inside private networks or documentation and can be neither registered nor filed", "%s ends in .%s, which is set apart from the public internet", quoteInput(typed), tld)
	}
	if _, known := icannSuffix("a.b." + tld); !known {
		if tld == name {
			return "", refuse(CodeUnknownSuffix, "give the whole domain, such as "+exampleOf(name)+".cn", "%s is not a domain: it has no suffix", quoteInput(typed))
		}
		return "", refuse(CodeUnknownSuffix, "check the spelling of the end of the name", "%s ends in .%s, which is no public suffix", quoteInput(typed), Unicode(tld))
	}
	suffix, _ := icannSuffix(name)
	if suffix == name {
		return "", refuse(CodePublicSuffix, "give a name registered below it, such as example."+Unicode(name), "%s is a public suffix, not a domain", quoteInput(typed))
	}
	above := strings.TrimSuffix(name, "."+suffix)
	return above[strings.LastIndexByte(above, '.')+1:] + "." + suffix, nil
}

func exampleOf(label string) string {
	if len(label) > 20 {
		return "example"
	}
	return Unicode(label)
}

// icannSuffix is the public suffix by ICANN rules alone: a match in the
// private section is taken back label by label.
func icannSuffix(name string) (suffix string, known bool) {
	suffix, icann := publicsuffix.PublicSuffix(name)
	for !icann {
		_, parent, more := strings.Cut(suffix, ".")
		if !more {
			return suffix, false
		}
		suffix, icann = publicsuffix.PublicSuffix(parent)
	}
	return suffix, true
}

// reservedTLD lists the names set apart by RFC 2606 §2 and RFC 6761 (test,
// example, invalid, localhost), RFC 6762 (local), RFC 7686 (onion), RFC 9476
// (alt), RFC 3172 (arpa) and ICANN's resolution of 2024-07-29 (internal).
// example.com and its like are registered names and can be checked.
func reservedTLD(tld string) bool {
	switch tld {
	case "test", "example", "invalid", "localhost", "local", "onion", "alt", "arpa", "internal":
		return true
	}
	return false
}

// WithoutUser is an input as it may be shown and kept: user and password of a
// URL (RFC 3986 §3.2.1) left out, also where no scheme stands before them. What
// holds none stays as it is.
func WithoutUser(input string) string {
	s := foldTarget(input)
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		scheme, rest = "", strings.TrimPrefix(s, "//")
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 {
		return input
	}
	if user, _, password := strings.Cut(rest[:at], ":"); !found && (!password || strings.EqualFold(user, "mailto") || strings.ContainsAny(rest[:at], " \t")) {
		return input
	}
	if found {
		scheme += "://"
	}
	return scheme + rest[at+1:]
}

// clipInput keeps at most 4096 characters of what was typed, as valid UTF-8.
func clipInput(s string) string { return clipRunes(WithoutUser(s), 4096) }

// quoteInput quotes at most 60 characters for a message, control characters
// escaped.
func quoteInput(s string) string { return strconv.Quote(clipRunes(WithoutUser(s), 60)) }

func clipRunes(s string, n int) string {
	if len(s) > 4*n+4 {
		s = s[:4*n+4]
		for len(s) > 0 && !utf8.ValidString(s[len(s)-1:]) && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
