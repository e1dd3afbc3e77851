package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"domaincheck"
)

// Explains tells whether the failure c alone explains the failure e of the same
// site, so that e needs no telling of its own while c lasts: a name that has
// run out or is on hold does not resolve; what does not resolve is not reached;
// behind a block page or a parked page there is no number to be seen, and where
// the site is down there is no page to be seen for however long. A cause
// milder than its consequence explains nothing, nor does the failure of another
// domain of the site.
func Explains(c, e *Event) bool {
	if c.Level.Rank() < e.Level.Rank() || !covers(c, e) {
		return false
	}
	page := func() bool {
		switch e.Rule {
		case "site.number", "site.number_matches", "site.link", "site.police", "site.copyright", "site.title", "site.category", "site.tls":
			return true
		case "watch.stale":
			return onlyPage(e.Finding.Evidence["parts"])
		}
		return false
	}
	seen := func(rules ...string) bool { return slices.Contains(rules, e.Rule) }
	down := func() bool { return seen("site.reachable", "site.parked", "access.delegation") || page() }
	located := func() bool { return seen("access.resolves", "access.mainland", "access.provider", "access.address") }
	switch c.Rule {
	case "domain.registered":
		return located() || down() || seen("domain.status", "domain.real_name")
	case "domain.expiry":
		switch c.Finding.Code {
		case "expired", "redemption", "pending_delete":
			return located() || down() || seen("domain.status")
		}
	case "domain.status":
		return located() || down()
	case "access.resolves":
		return down() || seen("access.mainland", "access.provider")
	case "access.mainland":
		return seen("access.provider", "access.address")
	case "server.expiry":
		return c.Finding.Code == "ended" && (seen("site.reachable", "site.parked") || page())
	case "site.blocked":
		return seen("site.reachable", "site.parked") || page()
	case "site.reachable", "site.parked":
		return page()
	case "site.number":
		return seen("site.number_matches", "site.link")
	}
	return false
}

// onlyPage tells whether of all parts only the page was not seen for too long:
// there is none to be seen where the site is down.
func onlyPage(parts any) bool {
	switch v := parts.(type) {
	case []string:
		return len(v) == 1 && v[0] == "page"
	case []any: // as JSON gives it
		return len(v) == 1 && v[0] == "page"
	}
	return false
}

// covers tells whether the target of c holds that of e. A failure of the site
// or of its main domain covers all of the site, one of another domain only
// what is below that.
func covers(c, e *Event) bool {
	if c.Target == "" || c.Target == c.Domain || c.Target == e.Target || strings.HasPrefix(c.Rule, "server.") {
		return true
	}
	return strings.HasSuffix(string(e.Target), "."+string(c.Target))
}

// Fingerprint tells whether a finding is still the one that somebody judged: a
// hash of its rule, target, code and evidence, without what changes by itself
// from look to look (counts of days and bytes, instants of looks) and without
// the order of lists.
func Fingerprint(f domaincheck.Finding) string {
	evidence := map[string]any{}
	for name, v := range f.Evidence {
		if name == "days" || name == "bytes" || strings.HasSuffix(name, "_days") || strings.HasSuffix(name, "_at") {
			continue
		}
		evidence[name] = settled(v)
	}
	text, err := json.Marshal([]any{f.Rule, f.Target, f.Code, evidence})
	if err != nil {
		// Evidence that is no JSON has no fingerprint that could be kept.
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// settled is a value as it comes back from JSON, its lists in order.
func settled(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		return json.RawMessage(text)
	}
	slices.SortFunc(list, func(a, b json.RawMessage) int { return strings.Compare(string(a), string(b)) })
	return list
}

// suppressed finds the false alarm that the finding is.
func suppressed(list []Suppression, f *domaincheck.Finding) *Suppression {
	mark := ""
	for i := range list {
		s := &list[i]
		if s.Rule != f.Rule || s.Target != f.Target {
			continue
		}
		if mark == "" {
			mark = Fingerprint(*f)
		}
		if s.Fingerprint != "" && s.Fingerprint == mark {
			return s
		}
	}
	return nil
}
