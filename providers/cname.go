package providers

import "strings"

// suffixMap finds the longest suffix pattern of a host name. Patterns match
// whole labels; in a label "*" stands for any run of characters (also none)
// and "?" for exactly one.
type suffixMap[T any] struct {
	plain map[string]T
	wild  []wildSuffix[T] // longest first
}

type wildSuffix[T any] struct {
	pattern string
	labels  int
	value   T
}

// add enters a pattern; false if it is malformed or there already.
func (m *suffixMap[T]) add(pattern string, v T) bool {
	if pattern == "" || pattern != strings.ToLower(pattern) || strings.Trim(pattern, ".") != pattern || strings.Contains(pattern, "..") || !strings.Contains(pattern, ".") {
		return false
	}
	if !strings.ContainsAny(pattern, "*?") {
		if _, ok := m.plain[pattern]; ok {
			return false
		}
		if m.plain == nil {
			m.plain = map[string]T{}
		}
		m.plain[pattern] = v
		return true
	}
	w := wildSuffix[T]{pattern, strings.Count(pattern, ".") + 1, v}
	at := len(m.wild)
	for i, o := range m.wild {
		if o.pattern == pattern {
			return false
		}
		if at == len(m.wild) && longer(w.labels, len(pattern), o.labels, len(o.pattern)) {
			at = i
		}
	}
	m.wild = append(m.wild, w)
	copy(m.wild[at+1:], m.wild[at:])
	m.wild[at] = w
	return true
}

// longer orders suffixes: by labels, then by characters.
func longer(labels, length, otherLabels, otherLength int) bool {
	return labels > otherLabels || labels == otherLabels && length > otherLength
}

// A hit is the pattern a host matched.
type hit[T any] struct {
	value  T
	labels int
	length int
}

// match finds the longest pattern that ends host (lower case, no final dot).
func (m *suffixMap[T]) match(host string) (best hit[T], ok bool) {
	labels := strings.Count(host, ".") + 1
	for at, n := 0, labels; n > 0; n-- {
		if v, found := m.plain[host[at:]]; found {
			best, ok = hit[T]{v, n, len(host) - at}, true
			break
		}
		dot := strings.IndexByte(host[at:], '.')
		if dot < 0 {
			break
		}
		at += dot + 1
	}
	for _, w := range m.wild {
		if w.labels > labels || ok && !longer(w.labels, len(w.pattern), best.labels, best.length) {
			continue
		}
		if matchLabels(w.pattern, lastLabels(host, labels-w.labels)) {
			return hit[T]{w.value, w.labels, len(w.pattern)}, true
		}
	}
	return best, ok
}

// lastLabels drops the first n labels.
func lastLabels(host string, n int) string {
	for ; n > 0; n-- {
		host = host[strings.IndexByte(host, '.')+1:]
	}
	return host
}

// matchLabels matches label by label; both have the same number of labels.
func matchLabels(pattern, host string) bool {
	for {
		p, pattern2, more := strings.Cut(pattern, ".")
		h, host2, hostMore := strings.Cut(host, ".")
		if !glob(p, h) {
			return false
		}
		if !more || !hostMore {
			return more == hostMore
		}
		pattern, host = pattern2, host2
	}
}

// glob matches one label; it goes back to the last star only, so its work is
// bounded by len(p)·len(s).
func glob(p, s string) bool {
	star, mark, i, j := -1, 0, 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// hasRegion tells whether a label of the host below a vendor's suffix holds
// the region code as whole words: "oss-cn-hongkong-internal" holds
// "cn-hongkong". Code may end in "-*": any further word then follows.
func hasRegion(host, code string) bool {
	open := strings.HasSuffix(code, "*")
	code = strings.TrimSuffix(code, "*")
	for host != "" {
		label, rest, _ := strings.Cut(host, ".")
		for from := 0; ; {
			i := strings.Index(label[from:], code)
			if i < 0 {
				break
			}
			i += from
			end := i + len(code)
			if (i == 0 || label[i-1] == '-') && (open && end < len(label) || !open && (end == len(label) || label[end] == '-')) {
				return true
			}
			from = i + 1
		}
		host = rest
	}
	return false
}

// hostName is a host as patterns are matched against it.
func hostName(s string) string { return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), ".")) }
