package lab

import (
	"cmp"
	"slices"
	"sync"
)

// Count is how often one thing was asked.
type Count struct {
	Kind   string `json:"kind"`   // dns, whois, rdap, http, https
	Server string `json:"server"` // resolver-1, resolver-2, parent, child, lame, silent; whois-registry, whois-registrar; rdap-registry, rdap-registrar; site
	Name   string `json:"name"`   // the name asked for: a host in lower case, without final dot
	Type   string `json:"type"`   // the DNS type, or the HTTP path; empty for WHOIS
	N      int    `json:"n"`
}

// counter counts requests. Its memory grows with the number of distinct
// requests, some ten a site.
type counter struct {
	mu sync.Mutex
	m  map[Count]int // keyed by a Count with N = 0
}

func newCounter() *counter { return &counter{m: make(map[Count]int)} }

func (c *counter) add(key Count) {
	c.mu.Lock()
	c.m[key]++
	c.mu.Unlock()
}

func (c *counter) all() []Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Count, 0, len(c.m))
	for k, n := range c.m {
		k.N = n
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Server, b.Server), cmp.Compare(a.Type, b.Type))
	})
	return out
}

func (c *counter) reset() {
	c.mu.Lock()
	clear(c.m)
	c.mu.Unlock()
}
