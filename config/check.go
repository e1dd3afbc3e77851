package config

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"domaincheck/desk"
)

// checker holds the values against each other once each is sound by itself.
type checker struct {
	*decoder
	s *Settings
}

// at is the place of a key: its own, else that of the nearest key above it
// that is given.
func (c *checker) at(path string) place {
	for path != "" {
		if at, ok := c.places[path]; ok {
			return at
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return place{name: "settings"}
}

// fail tells what is wrong with the value of a key.
func (c *checker) fail(path, hint, format string, args ...any) {
	c.add(c.at(path), hint, "%s: %s", path, fmt.Sprintf(format, args...))
}

// shown is a value of a key as it may stand in a message: as written.
func (c *checker) shown(path, value string) string {
	if ref, ok := c.written[path]; ok {
		return show(ref.raw)
	}
	return show(value)
}

func (c *checker) all() {
	c.store()
	c.listen()
	c.confirm()
	c.limits()
	c.network()
	c.record()
	c.tokens()
	c.web()
	for _, name := range slices.Sorted(maps.Keys(c.s.Channels)) {
		c.channel(name, c.s.Channels[name])
	}
	c.fallbacks()
	for i := range c.s.Routes {
		c.route(i, &c.s.Routes[i])
	}
	for i := range c.s.Silences {
		c.silence(i, &c.s.Silences[i])
	}
	for i := range c.s.Maintenance {
		c.maintenance(i, &c.s.Maintenance[i])
	}
	for i := range c.s.Reports {
		c.report(i, &c.s.Reports[i])
	}
	c.webURL("heartbeat", c.s.Heartbeat, false)
	c.retention()
	c.desk()
}

func (c *checker) store() {
	const hint = "sqlite:PATH, or postgres://user@host/database"
	switch d := c.s.Store; {
	case d.Postgres():
		if u, err := url.Parse(d.Reveal()); err != nil || u.Opaque != "" || strings.Contains(d.Reveal(), "#") {
			c.fail("store", hint, "not a sound postgres:// URL")
		}
	case d.Path() == "" || strings.ContainsFunc(d.Path(), unicode.IsControl):
		c.fail("store", hint, "neither a SQLite file nor a Postgres server")
	}
}

// listen must be on loopback unless somebody must show a token.
func (c *checker) listen() {
	text := c.s.Listen
	host, port, err := net.SplitHostPort(text)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n > 65535 || strings.ContainsFunc(host, unicode.IsSpace) {
		c.fail("listen", "HOST:PORT, such as 127.0.0.1:8480", "%s is no address to listen on", c.shown("listen", text))
		return
	}
	ip, err := netip.ParseAddr(host)
	loopback := host == "localhost" || err == nil && ip.Unmap().IsLoopback()
	switch {
	case loopback:
	case len(c.s.Auth.Tokens) == 0:
		c.fail("listen", "make one with: domaincheck token, and add it to auth.tokens", "%s is beyond loopback, which needs auth.tokens", c.shown("listen", text))
	case c.s.Web.TLS == (TLS{}) && len(c.s.Web.Proxies) == 0:
		c.fail("listen", "set web.tls (certificate and key), or name the reverse proxy that encrypts in web.proxies",
			"%s is beyond loopback, where tokens must not travel unencrypted", c.shown("listen", text))
	}
}

func (c *checker) web() {
	w := c.s.Web
	if (w.TLS.Certificate == "") != (w.TLS.Key == "") {
		c.fail("web.tls", "tls: {certificate: cert.pem, key: key.pem}", "a certificate and its key belong together")
	}
	for i, host := range w.Hosts {
		if path := fmt.Sprintf("web.hosts[%d]", i); host == "" || strings.ContainsAny(host, "/ \t\n@") {
			c.fail(path, "a name such as watch.example.cn", "%s is no host name", c.shown(path, host))
		}
	}
	for i, proxy := range w.Proxies {
		_, err := netip.ParsePrefix(proxy)
		if _, plain := netip.ParseAddr(proxy); err != nil && plain != nil {
			path := fmt.Sprintf("web.proxies[%d]", i)
			c.fail(path, "an address or network such as 10.0.0.9 or 10.0.0.0/24", "%s is neither an address nor a network", c.shown(path, proxy))
		}
	}
}

func (c *checker) confirm() {
	if n := c.s.Confirm.Looks; n != nil && (*n < 1 || *n > 100) {
		c.fail("confirm.looks", "1 counts at the first look", "%d is not between 1 and 100", *n)
	}
	for path, span := range map[string]*time.Duration{"confirm.apart": c.s.Confirm.Apart, "confirm.notify_apart": c.s.Confirm.NotifyApart} {
		if span != nil && *span > 30*day {
			c.fail(path, "0s counts at once", "%s is longer than 30d", FormatDuration(*span))
		}
	}
}

func (c *checker) limits() {
	l := c.s.Limits
	if l.Concurrency < 1 || l.Concurrency > 4096 {
		c.fail("limits.concurrency", "", "%d is not between 1 and 4096", l.Concurrency)
	}
	if l.WHOISPerSecond <= 0 || l.WHOISPerSecond > 10_000 {
		c.fail("limits.whois_per_second", "0.5 is one question in two seconds", "%v is not above 0 and at most 10000", l.WHOISPerSecond)
	}
	if l.WHOISBurst < 1 || l.WHOISBurst > 10_000 {
		c.fail("limits.whois_burst", "", "%d is not between 1 and 10000", l.WHOISBurst)
	}
	for _, server := range slices.Sorted(maps.Keys(l.Servers)) {
		path := join("limits.servers", server)
		if !isHostPort(server) {
			c.fail(path, "", "%s is no HOST or HOST:PORT", show(server))
		}
		if x := l.Servers[server]; x <= 0 || x > 10_000 {
			c.fail(path, "0.1 is one question in ten seconds", "%v is not above 0 and at most 10000", x)
		}
	}
}

// isHostPort tells a name or address, with or without a port. IPv6 with a port
// stands in brackets.
func isHostPort(text string) bool {
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return true
	}
	host := text
	if h, port, err := net.SplitHostPort(text); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return false
		}
		host = h
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return isHost(host) && !strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII })
}

// isHost tells a name that can be resolved, as an A-label or U-label.
func isHost(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 253 {
		return false
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, r := range label {
			if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return false
			}
		}
	}
	return true
}

func (c *checker) network() {
	n := c.s.Network
	if len(n.Resolvers) == 0 {
		c.fail("network.resolvers", "leave the key out for the default", "no resolver is left")
	}
	for i, r := range n.Resolvers {
		if path := fmt.Sprintf("network.resolvers[%d]", i); !isHostPort(r) {
			c.fail(path, "HOST or HOST:PORT, such as 223.5.5.5 or [2400:3200::1]:53", "%s is no resolver", c.shown(path, r))
		}
	}
	if n.ClientSubnet != "" {
		if _, err := netip.ParsePrefix(n.ClientSubnet); err != nil {
			c.fail("network.client_subnet", "such as 114.80.0.0/24", "%s is no network", c.shown("network.client_subnet", n.ClientSubnet))
		}
	}
	for _, suffix := range slices.Sorted(maps.Keys(n.WHOIS.Servers)) {
		path := join("network.whois.servers", suffix)
		if server := n.WHOIS.Servers[suffix]; !isSuffix(suffix) || server != "" && !isHostPort(server) {
			c.fail(path, `SUFFIX: HOST[:PORT], such as cn: whois.cnnic.cn or "*": 10.0.0.9:43; "" turns WHOIS off`, "%s is no WHOIS server for %s", c.shown(path, server), show(suffix))
		}
	}
	for _, suffix := range slices.Sorted(maps.Keys(n.RDAP.Bases)) {
		path := join("network.rdap.bases", suffix)
		if base := n.RDAP.Bases[suffix]; !isSuffix(suffix) || base != "" && !isWebURL(base) {
			c.fail(path, `SUFFIX: URL, "" turns RDAP off`, "%s is no RDAP base for %s", c.shown(path, base), show(suffix))
		}
	}
	for i, m := range n.HTTP.ConnectTo {
		if path := fmt.Sprintf("network.http.connect_to[%d]", i); !isMapping(m) {
			c.fail(path, "HOST:PORT:HOST:PORT, each may be empty, IPv6 in brackets", "%s is no mapping", c.shown(path, m))
		}
	}
	if !n.Proxy.IsZero() {
		c.fail("network.proxy", "leave it null: connections are made directly, to addresses that were checked", "a proxy is not supported yet")
	}
	if n.Browser == "" {
		c.fail("network.browser", "auto, off, or the path of a Chromium", "it is empty")
	}
	if n.Timeout <= 0 || n.Timeout > time.Hour {
		c.fail("network.timeout", "such as 10s", "%s is not above 0s and at most 1h", FormatDuration(n.Timeout))
	}
}

// isSuffix tells a top-level domain, a longer suffix, or *.
func isSuffix(text string) bool { return text == "*" || isHost(strings.Trim(text, ".")) }

func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.ContainsFunc(text, unicode.IsSpace)
}

// isMapping tells HOST:PORT:HOST:PORT, as curl's --connect-to.
func isMapping(text string) bool {
	var parts []string
	for rest := text; ; {
		var part string
		if strings.HasPrefix(rest, "[") {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return false
			}
			if _, err := netip.ParseAddr(rest[1:end]); err != nil {
				return false
			}
			part, rest = "", rest[end+1:]
			if rest != "" && rest[0] != ':' {
				return false
			}
			parts = append(parts, part)
			if rest == "" {
				break
			}
			rest = rest[1:]
			continue
		}
		before, after, more := strings.Cut(rest, ":")
		parts = append(parts, before)
		if rest = after; !more {
			break
		}
	}
	if len(parts) != 4 {
		return false
	}
	for _, i := range []int{1, 3} {
		if n, err := strconv.ParseUint(parts[i], 10, 16); parts[i] != "" && (err != nil || n == 0) {
			return false
		}
	}
	return (parts[0] == "" || isHost(parts[0])) && (parts[2] == "" || isHost(parts[2]))
}

// webURL checks a secret URL without ever quoting it.
func (c *checker) webURL(path string, s Secret, required bool) {
	switch {
	case s.IsZero() && required:
		c.fail(path, "the address the service gave you, best as ${NAME}", "no url")
	case !s.IsZero() && !isWebURL(s.Reveal()):
		c.fail(path, "https://…", "not an http or https URL")
	}
}

func (c *checker) record() {
	r := c.s.Record
	if r == nil {
		return
	}
	c.webURL("record.url", r.URL, true)
	if r.PerSecond <= 0 || r.PerSecond > 10_000 {
		c.fail("record.per_second", "", "%v is not above 0 and at most 10000", r.PerSecond)
	}
	c.headers("record.headers", r.Headers)
	for _, key := range slices.Sorted(maps.Keys(r.Map)) {
		switch {
		case !slices.Contains(recordFields(), key):
			c.fail(join("record.map", key), "the fields are "+strings.Join(recordFields(), ", "), "no field of a filed record")
		case r.Map[key] == "":
			c.fail(join("record.map", key), "OUR_FIELD: place in the answer", "it is empty")
		}
	}
}

// recordFields are the keys of record.map; a test holds them equal to those of
// the observer that reads them.
func recordFields() []string {
	return []string{"number", "subject", "site_name", "audited_on", "record", "status", "ok", "none", "message"}
}

func (c *checker) headers(path string, headers map[string]Secret) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		at := join(path, name)
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == ':' || r > '~' }) {
			c.fail(at, "", "%s is no name of a header", show(name))
		}
		if strings.ContainsAny(headers[name].Reveal(), "\r\n\x00") {
			c.fail(at, "", "a header is one line")
		}
	}
}

// hashPrefix begins the hash of a token.
const hashPrefix = "sha256:"

// HashToken is what auth.tokens keeps of an API token. Tokens are long and
// random, so that a plain hash cannot be guessed back.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hashPrefix + hex.EncodeToString(sum[:])
}

// Is tells, in constant time, whether the token presented is this one.
func (t Token) Is(presented string) bool {
	kept := strings.ToLower(t.Hash.Reveal())
	if !strings.HasPrefix(kept, hashPrefix) {
		kept = hashPrefix + kept
	}
	return subtle.ConstantTimeCompare([]byte(kept), []byte(HashToken(presented))) == 1
}

func (c *checker) tokens() {
	names, hashes := map[string]bool{}, map[string]bool{}
	for i, t := range c.s.Auth.Tokens {
		path := fmt.Sprintf("auth.tokens[%d]", i)
		switch {
		case t.Name == "":
			c.fail(path, "name it after who uses it", "a token without a name")
		case names[t.Name]:
			c.fail(path+".name", "", "%s names two tokens", c.shown(path+".name", t.Name))
		}
		names[t.Name] = true
		sum, err := hex.DecodeString(strings.TrimPrefix(t.Hash.Reveal(), hashPrefix))
		switch key := string(sum); {
		case err != nil || len(sum) != sha256.Size:
			c.fail(path+".hash", "make one with: domaincheck token", "not the hash of a token (sha256: and 64 hexadecimal digits)")
		case hashes[key]:
			c.fail(path+".hash", "make one token for each user", "two tokens have this hash")
		default:
			hashes[key] = true
		}
		if t.Role == "" {
			c.fail(path, "role: read, operate or admin", "a token without a role")
		}
	}
}

func (c *checker) silence(i int, s *Silence) {
	path := fmt.Sprintf("silences[%d]", i)
	c.match(path+".match", s.Match)
	switch {
	case s.Match.Empty():
		c.fail(path, "match: {domains: […]}, or another key of match", "it would silence everything")
	case s.Until.IsZero():
		c.fail(path, "until: 2026-12-31", "a silence has an end")
	case !s.From.IsZero() && !s.From.Before(s.Until.Time):
		c.fail(path+".until", "", "it ends before it begins")
	case s.Owner == "":
		c.fail(path, "owner: who may be asked about it", "a silence has an owner")
	}
}

func (c *checker) maintenance(i int, m *Maintenance) {
	path := fmt.Sprintf("maintenance[%d]", i)
	c.match(path+".match", m.Match)
	once := !m.From.IsZero() || !m.Until.IsZero()
	again := m.Cron != "" || m.For != 0
	const hint = "once: from and until; again and again: cron and for"
	switch {
	case once == again:
		c.fail(path, hint, "a window is either once or again and again")
	case once && (m.From.IsZero() || m.Until.IsZero()):
		c.fail(path, hint, "a window has a beginning and an end")
	case once && !m.From.Before(m.Until.Time):
		c.fail(path+".until", "", "it ends before it begins")
	case again && (m.Cron == "" || m.For <= 0):
		c.fail(path, hint, "a window has a beginning and a length")
	case again && m.For > 7*day:
		c.fail(path+".for", "", "%s is longer than 7d", FormatDuration(m.For))
	}
}

func (c *checker) report(i int, r *Report) {
	path := fmt.Sprintf("reports[%d]", i)
	if r.Cron == "" {
		c.fail(path, `cron: "0 8 1 * *"`, "a report without a schedule")
	}
	c.named(path, r.Channels)
	for j, name := range r.Channels {
		if at := fmt.Sprintf("%s.channels[%d]", path, j); c.s.Channels[name].Type == "alertmanager" {
			c.fail(at, "name a channel that people read", "channel %s is an Alertmanager, which takes alerts and no reports", c.shown(at, name))
		}
	}
	c.match(path+".match", r.Match)
}

func (c *checker) retention() {
	for path, span := range map[string]time.Duration{"retention.changes": c.s.Retention.Changes, "retention.raw": c.s.Retention.Raw} {
		if span < day {
			c.fail(path, "such as 90d", "%s is shorter than a day", FormatDuration(span))
		}
	}
}

// desk checks the words that are meant to be rules, or kinds of the desk's list,
// as far as that can be done here.
func (c *checker) desk() {
	for i, rule := range c.s.Desk.OpenCases {
		at := fmt.Sprintf("desk.open_cases[%d]", i)
		switch kind := slices.Contains(desk.Kinds(), desk.Kind(rule)); {
		case kind && len(c.s.Desk.Own) == 0:
			c.fail(at, "set desk.own, such as [aliyun]", "%s is of the list of a desk, and desk.own names none", c.shown(at, rule))
		case !kind && rule != "*" && !strings.Contains(rule, "."):
			c.fail(at, "a rule such as notice.deadline (domaincheck rules lists them), \"*\" for each, or a kind of the desk's list such as resolves_here_not_listed", "%s is no rule", c.shown(at, rule))
		}
	}
	if c.s.Desk.Pointing != "" && len(c.s.Desk.Own) == 0 {
		c.fail("desk.pointing", "set desk.own, such as [aliyun]", "names are compared with nothing as long as desk.own names no access provider")
	}
}

// named checks the channels that something goes to.
func (c *checker) named(path string, channels []string) {
	if len(channels) == 0 {
		c.fail(path, "channels: [NAME]", "it goes to no channel")
	}
	for i, name := range channels {
		at := fmt.Sprintf("%s.channels[%d]", path, i)
		if _, ok := c.s.Channels[name]; !ok {
			c.fail(at, c.channelHint(name), "there is no channel %s", c.shown(at, name))
		}
		if slices.Index(channels, name) < i {
			c.fail(at, "", "channel %s is there twice", c.shown(at, name))
		}
	}
}

func (c *checker) channelHint(name string) string {
	names := slices.Sorted(maps.Keys(c.s.Channels))
	switch near := Nearest(name, names); {
	case near != "":
		return "did you mean " + near + "?"
	case len(names) == 0:
		return "define it under channels:"
	}
	return "the channels are " + strings.Join(names, ", ")
}

// match checks the words that can be checked here.
func (c *checker) match(path string, m Match) {
	for i, d := range m.Domains {
		if at := fmt.Sprintf("%s.domains[%d]", path, i); !isHost(d) {
			c.fail(at, "such as example.cn", "%s is no domain", c.shown(at, d))
		}
	}
	for _, list := range []struct {
		key   string
		words []string
	}{{"tags", m.Tags}, {"subjects", m.Subjects}, {"providers", m.Providers}, {"rules", m.Rules}} {
		for i, w := range list.words {
			at := fmt.Sprintf("%s.%s[%d]", path, list.key, i)
			switch {
			case strings.TrimSpace(w) == "":
				c.fail(at, "", "it is empty")
			case list.key == "tags" && operator(w), list.key != "rules" && strings.HasPrefix(w, "!"):
				c.fail(at, "words are compared as they stand, without operators; of several in a list one must hold", "%s is no word", c.shown(at, w))
			}
		}
	}
}

func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && strings.Contains(a.Address, "@") && !strings.ContainsAny(text, "\r\n")
}

// groupWords are what events can be grouped by.
func groupWords() []string { return []string{"cause", "rule", "subject", "provider"} }

func (c *checker) route(i int, r *Route) {
	path := fmt.Sprintf("routes[%d]", i)
	c.match(path+".match", r.Match)
	c.named(path, r.Channels)
	for j, word := range r.GroupBy {
		at := fmt.Sprintf("%s.group_by[%d]", path, j)
		switch {
		case !slices.Contains(groupWords(), word):
			c.fail(at, "one of "+strings.Join(groupWords(), ", ")+"; [] is one event a message", "%s is nothing to group by", c.shown(at, word))
		case slices.Index(r.GroupBy, word) < j:
			c.fail(at, "", "%s is there twice", c.shown(at, word))
		}
	}
	if r.Repeat != 0 && r.Repeat < time.Minute {
		c.fail(path+".repeat", "0s is no reminder", "%s is shorter than a minute", FormatDuration(r.Repeat))
	}
}
