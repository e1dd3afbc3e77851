package rules

import (
	"strings"
	"sync"

	"domaincheck"
	"domaincheck/registrars"
	"domaincheck/tldlist"
)

// memo remembers what the tables answered: the same few TLDs and registrars
// come up again and again, and reading their names costs more than judging.
// The tables never change, so neither does an answer. Each map stops growing
// at memoLimit entries, for the names come from strangers.
type memo struct {
	mu      sync.RWMutex
	tlds    map[string]tldlist.Row
	matches map[registrarKey]registrars.Match
}

const memoLimit = 4096

type registrarKey struct{ name, iana domaincheck.Text }

func newMemo() *memo {
	return &memo{tlds: map[string]tldlist.Row{}, matches: map[registrarKey]registrars.Match{}}
}

// tld asks the TLD table by the domain's last label.
func (m *memo) tld(t *tldlist.Table, domain string) tldlist.Row {
	label := domain[strings.LastIndexByte(domain, '.')+1:]
	m.mu.RLock()
	row, ok := m.tlds[label]
	m.mu.RUnlock()
	if ok {
		return row
	}
	row = t.Lookup(label)
	m.mu.Lock()
	if len(m.tlds) < memoLimit {
		m.tlds[label] = row
	}
	m.mu.Unlock()
	return row
}

// match asks the registrar table.
func (m *memo) match(t *registrars.Table, r *domaincheck.Registrar) registrars.Match {
	key := registrarKey{r.Name, r.IANAID}
	m.mu.RLock()
	match, ok := m.matches[key]
	m.mu.RUnlock()
	if ok {
		return match
	}
	match = t.Match(string(r.Name), string(r.IANAID))
	m.mu.Lock()
	if len(m.matches) < memoLimit {
		m.matches[key] = match
	}
	m.mu.Unlock()
	return match
}
