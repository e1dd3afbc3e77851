package present

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"domaincheck"
)

// Difference is what changed from one report of a site to another, as facts.
// Sentences are made by [Difference.Text]; lists are never null in JSON.
type Difference struct {
	Domain   domaincheck.Text    `json:"domain"`
	From     domaincheck.Instant `json:"from"`
	To       domaincheck.Instant `json:"to"`
	Verdict  *Turn               `json:"verdict"` // null: the same
	Findings []FindingChange     `json:"findings"`
	Risks    []RiskChange        `json:"risks"`
	Facts    []FactChange        `json:"facts"`
	Tables   []FactChange        `json:"tables"` // rule book and tables: another judgement of the same facts may come of them
}

// Turn is a value before and after.
type Turn struct {
	Before domaincheck.Text `json:"before"`
	After  domaincheck.Text `json:"after"`
}

// FindingChange is what became of one rule on one target.
type FindingChange struct {
	Rule     string               `json:"rule"`
	Target   domaincheck.Text     `json:"target"`
	Kind     string               `json:"change"` // opened: fails now; closed: failed before; changed: fails otherwise, or cannot be told any more
	Severity domaincheck.Severity `json:"severity"`
	Before   *domaincheck.Finding `json:"before"`
	After    *domaincheck.Finding `json:"after"`
}

// RiskChange is what became of one risk.
type RiskChange struct {
	Signal string            `json:"signal"`
	Target domaincheck.Text  `json:"target"`
	Kind   string            `json:"change"` // opened, closed, changed
	Before *domaincheck.Risk `json:"before"`
	After  *domaincheck.Risk `json:"after"`
}

// FactChange is one fact, seen or declared, that differs. A fact that is not
// known is null.
type FactChange struct {
	Fact   string `json:"fact"` // registration.expires, resolution.hosts[www.example.cn].addresses[47.110.0.1].provider, site.name …
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Empty tells whether nothing differs but the time of looking.
func (d Difference) Empty() bool {
	return d.Verdict == nil && len(d.Findings) == 0 && len(d.Risks) == 0 && len(d.Facts) == 0 && len(d.Tables) == 0
}

// Compare tells what changed from report a to report b. Times of looking, raw
// texts and what differs from look to look by nature (bytes of a page, who
// answered) are no facts.
func Compare(a, b domaincheck.Report) (Difference, error) {
	d := Difference{
		Domain: b.Domain, From: a.At, To: b.At,
		Findings: compareFindings(a.Findings, b.Findings), Risks: compareRisks(a.Risks, b.Risks),
	}
	if a.Verdict != b.Verdict {
		d.Verdict = &Turn{domaincheck.Text(a.Verdict), domaincheck.Text(b.Verdict)}
	}
	before, err := factsOf(a)
	if err != nil {
		return d, err
	}
	after, err := factsOf(b)
	if err != nil {
		return d, err
	}
	d.Facts = compareFacts(before, after)
	tables := func(r domaincheck.Report) map[string]any {
		out := map[string]any{}
		for k, v := range r.Tables {
			out[k] = v
		}
		return out
	}
	d.Tables = compareFacts(tables(a), tables(b))
	return d, nil
}

func compareFindings(a, b []domaincheck.Finding) []FindingChange {
	type key struct {
		rule   string
		target domaincheck.Text
	}
	before := map[key]*domaincheck.Finding{}
	for i := range a {
		before[key{a[i].Rule, a[i].Target}] = &a[i]
	}
	out := []FindingChange{}
	seen := map[key]bool{}
	add := func(was, is *domaincheck.Finding) {
		kind := findingTurn(was, is)
		if kind == "" {
			return
		}
		named := is
		if is == nil || kind == "closed" {
			named = was
		}
		out = append(out, FindingChange{Rule: named.Rule, Target: named.Target, Kind: kind, Severity: named.Severity, Before: was, After: is})
	}
	for i := range b {
		k := key{b[i].Rule, b[i].Target}
		seen[k] = true
		add(before[k], &b[i])
	}
	for i := range a {
		if !seen[key{a[i].Rule, a[i].Target}] {
			add(&a[i], nil)
		}
	}
	return out
}

// findingTurn names a change; "" where there is none to tell.
func findingTurn(was, is *domaincheck.Finding) string {
	failed := func(f *domaincheck.Finding) bool { return f != nil && f.Result == domaincheck.Fail }
	switch {
	case failed(is) && !failed(was):
		return "opened"
	case failed(was) && (is == nil || is.Result == domaincheck.Pass || is.Result == domaincheck.NotApplicable):
		return "closed"
	case was == nil || is == nil:
		return ""
	case failed(was) && failed(is) && (was.Code != is.Code || was.Severity != is.Severity), was.Result != is.Result:
		return "changed"
	}
	return ""
}

func compareRisks(a, b []domaincheck.Risk) []RiskChange {
	type key struct {
		signal  string
		outcome domaincheck.RiskOutcome
		target  domaincheck.Text
	}
	keyOf := func(r *domaincheck.Risk) key { return key{r.Signal, r.Outcome, r.Target} }
	before := map[key]*domaincheck.Risk{}
	for i := range a {
		before[keyOf(&a[i])] = &a[i]
	}
	out := []RiskChange{}
	seen := map[key]bool{}
	for i := range b {
		r := &b[i]
		was := before[keyOf(r)]
		seen[keyOf(r)] = true
		switch {
		case was == nil:
			out = append(out, RiskChange{r.Signal, r.Target, "opened", nil, r})
		case was.Level != r.Level || was.Confirmed != r.Confirmed || !was.Deadline.Equal(r.Deadline.Time):
			out = append(out, RiskChange{r.Signal, r.Target, "changed", was, r})
		}
	}
	for i := range a {
		if !seen[keyOf(&a[i])] {
			out = append(out, RiskChange{a[i].Signal, a[i].Target, "closed", &a[i], nil})
		}
	}
	return out
}

// passing tells the members of a report that differ from look to look though
// nothing changed.
func passing(name string) bool {
	switch name {
	case "at", "last_attempt", "attempts", "resolvers", "agreed", "provenance", "bytes", "snippet", "raw", "servers_asked", "requested", "updated", "error", "siblings", "tooltip_numbers":
		return true
	}
	return false
}

// factsOf flattens what a report knows: a fact by its path.
func factsOf(r domaincheck.Report) (map[string]any, error) {
	whole := map[string]any{"observation": r.Observation}
	if r.Site != nil {
		whole["site"] = r.Site.Site
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("the report of %s cannot be compared: %w", Clean(string(r.Domain)), err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var tree map[string]any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("the report of %s cannot be compared: %w", Clean(string(r.Domain)), err)
	}
	out := map[string]any{}
	if o, ok := tree["observation"].(map[string]any); ok {
		if others, ok := o["others"].(map[string]any); ok {
			for domain, part := range others {
				flattenFacts(part, "domains["+domain+"]", out)
			}
			delete(o, "others")
		}
		for _, part := range []string{"registration", "page"} { // who was asked is no fact of the site
			if p, ok := o[part].(map[string]any); ok {
				delete(p, "servers")
				delete(p, "source")
			}
		}
		for part, value := range o {
			flattenFacts(value, part, out)
		}
	}
	flattenFacts(tree["site"], "site", out)
	return out, nil
}

// flattenFacts walks a JSON value. Lists of words are one fact, without order;
// entries of other lists are told apart by what names them.
func flattenFacts(v any, path string, out map[string]any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for name, member := range v {
			if passing(name) && (name != "servers" || path != "site") {
				continue
			}
			flattenFacts(member, path+"."+name, out)
		}
	case []any:
		flattenList(v, path, out)
	default:
		out[path] = v
	}
}

func flattenList(list []any, path string, out map[string]any) {
	var words []string
	for i, item := range list {
		entry, ok := item.(map[string]any)
		if !ok {
			words = append(words, fmt.Sprint(item))
			continue
		}
		flattenFacts(entry, path+"["+entryName(entry, i)+"]", out)
	}
	if len(words) > 0 {
		slices.Sort(words)
		out[path] = words
	}
}

// entryName is what tells an entry of a list from its neighbours.
func entryName(entry map[string]any, i int) string {
	for _, name := range []string{"host", "ip", "number", "domain", "id", "provider", "kind", "category", "name", "url"} {
		if text, ok := entry[name].(string); ok && text != "" {
			return text
		}
	}
	return fmt.Sprint(i)
}

// compareFacts tells facts that differ. An entry of a list that only one side
// has is one change, with all that is known of it.
func compareFacts(a, b map[string]any) []FactChange {
	inA, inB := entriesIn(a), entriesIn(b)
	changes := map[string]*FactChange{}
	whole := func(name string, others map[string]bool) (entry, member string) {
		for i := range len(name) {
			if name[i] == ']' && !others[name[:i+1]] {
				return name[:i+1], strings.TrimPrefix(name[i+1:], ".")
			}
		}
		return "", ""
	}
	side := func(have, other map[string]any, entries map[string]bool, set func(c *FactChange, v any)) {
		for name, value := range have {
			if was, both := other[name]; both && fmt.Sprint(was) == fmt.Sprint(value) {
				continue
			}
			entry, member := whole(name, entries)
			if entry == "" {
				change(changes, name, func(c *FactChange) { set(c, value) })
				continue
			}
			change(changes, entry, func(c *FactChange) {
				known, _ := c.Before.(map[string]any)
				if known == nil {
					known, _ = c.After.(map[string]any)
				}
				if known == nil {
					known = map[string]any{}
					set(c, known)
				}
				known[member] = value
			})
		}
	}
	side(a, b, inB, func(c *FactChange, v any) { c.Before = v })
	side(b, a, inA, func(c *FactChange, v any) { c.After = v })
	out := []FactChange{}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		out = append(out, *changes[name])
	}
	return out
}

func change(all map[string]*FactChange, name string, do func(*FactChange)) {
	if all[name] == nil {
		all[name] = &FactChange{Fact: name}
	}
	do(all[name])
}

// entriesIn lists the entries of lists that facts belong to.
func entriesIn(facts map[string]any) map[string]bool {
	out := map[string]bool{}
	for name := range facts {
		for i := range len(name) {
			if name[i] == ']' {
				out[name[:i+1]] = true
			}
		}
	}
	return out
}

// FactName is a fact of a [FactChange] in words: "域名到期时间", with what of
// the site it belongs to; its path where there is no word.
func FactName(path, lang string) string {
	v := voice{lang != "en"}
	about := ""
	plain := path
	for {
		i := strings.IndexByte(plain, '[')
		j := strings.IndexByte(plain, ']')
		if i < 0 || j < i {
			break
		}
		if about != "" {
			about += " "
		}
		about += plain[i+1 : j]
		plain = plain[:i] + plain[j+1:]
	}
	plain = strings.TrimPrefix(plain, "domains.")
	word := factWord(v, plain)
	if word == "" {
		return Clean(path)
	}
	if about != "" {
		word += " " + Clean(about)
	}
	return word
}

func factWord(v voice, path string) string {
	switch path {
	case "registration.outcome":
		return v.say("注册查询", "registration look-up")
	case "registration.registrar.name":
		return v.say("注册商", "registrar")
	case "registration.registrant.name", "registration.registrant.organization":
		return v.say("域名持有者", "registrant")
	case "registration.created":
		return v.say("注册日期", "registered")
	case "registration.expires":
		return v.say("域名到期", "domain expires")
	case "registration.statuses":
		return v.say("域名状态", "domain status")
	case "registration.nameservers":
		return v.say("域名服务器", "name servers")
	case "registration.dnssec":
		return "DNSSEC"
	case "resolution.outcome", "resolution.hosts.outcome":
		return v.say("解析", "DNS look-up")
	case "resolution.hosts.rcode":
		return v.say("解析结果", "DNS answer")
	case "resolution.hosts.cname":
		return "CNAME"
	case "resolution.hosts":
		return v.say("主机", "host")
	case "resolution.hosts.addresses", "resolution.hosts.addresses.ip":
		return v.say("地址", "address")
	case "resolution.hosts.addresses.country":
		return v.say("地址所在", "address is in")
	case "resolution.hosts.addresses.provider":
		return v.say("地址属于", "address belongs to")
	case "resolution.delegation.parent", "resolution.delegation.child":
		return v.say("委派", "delegation")
	case "page.outcome":
		return v.say("首页访问", "home page look-up")
	case "page.status":
		return v.say("首页状态码", "home page status")
	case "page.final":
		return v.say("首页最终地址", "home page ends at")
	case "page.title":
		return v.say("首页标题", "title")
	case "page.record_numbers", "page.record_numbers.number":
		return v.say("页面备案号", "record number shown")
	case "page.record_numbers.link", "page.record_numbers.link_state":
		return v.say("备案号链接", "link of the record number")
	case "page.signals":
		return v.say("页面内容迹象", "sign on the page")
	case "page.police_numbers", "page.police_numbers.number":
		return v.say("页面公安备案号", "police number shown")
	case "page.copyright":
		return v.say("版权所有者", "copyright holder")
	case "page.tls.expires":
		return v.say("证书到期", "certificate expires")
	case "page.block.sign":
		return v.say("阻断页", "block page")
	case "page.parked.kind":
		return v.say("停放或默认页", "parked or default page")
	case "site.access":
		return v.say("接入信息", "access record")
	case "site.servers":
		return v.say("服务器", "server")
	case "site.domains":
		return v.say("域名", "domain")
	case "site.state":
		return v.say("备案状态", "filing state")
	case "site.name":
		return v.say("网站名称", "site name")
	case "site.record_number":
		return v.say("网站备案号", "record number")
	}
	return ""
}

// FactValue is the value of a fact in words.
func FactValue(value any, lang string) string {
	switch value := value.(type) {
	case nil:
		return voice{lang != "en"}.say("（无）", "(none)")
	case map[string]any: // an entry that the other side has not
		return voice{lang != "en"}.say("有", "there")
	case []string:
		return clip(Clean(strings.Join(value, ", ")), 300)
	case []any:
		words := make([]string, len(value))
		for i, w := range value {
			words[i] = fmt.Sprint(w)
		}
		return clip(Clean(strings.Join(words, ", ")), 300)
	}
	return clip(Clean(fmt.Sprint(value)), 300)
}

// VerdictWord is the word for a verdict in a language.
func VerdictWord(v domaincheck.Verdict, lang string) string { return voice{lang != "en"}.verdict(v) }

// ResultWord is the word for the result of a rule in a language.
func ResultWord(r domaincheck.Result, lang string) string { return voice{lang != "en"}.result(r) }
