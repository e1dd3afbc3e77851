package rules

import (
	"strings"
	"sync"
	"sync/atomic"

	"domaincheck"
	"domaincheck/registrars"
	"domaincheck/tldlist"
)

// memo remembers what the tables answered: the same few TLDs and registrars
// come up again and again, and reading their names costs more than judging.
// The tables are immutable, so an answer never changes. It stops growing at
// memoLimit entries, for the names come from strangers.
type memo struct {
	tlds, matches sync.Map
	entries       atomic.Int64
}

const memoLimit = 4096

// tld asks the TLD table by the domain's last label.
func (m *memo) tld(t *tldlist.Table, domain string) tldlist.Row {
	label := domain[strings.LastIndexByte(domain, '.')+1:]
	if row, ok := m.tlds.Load(label); ok {
		return row.(tldlist.Row)
	}
	row := t.Lookup(label)
	if m.entries.Add(1) <= memoLimit {
		m.tlds.Store(label, row)
	}
	return row
}

type registrarKey struct{ name, iana domaincheck.Text }

// match asks the registrar table.
func (m *memo) match(t *registrars.Table, r *domaincheck.Registrar) registrars.Match {
	key := registrarKey{r.Name, r.IANAID}
	if match, ok := m.matches.Load(key); ok {
		return match.(registrars.Match)
	}
	match := t.Match(string(r.Name), string(r.IANAID))
	if m.entries.Add(1) <= memoLimit {
		m.matches.Store(key, match)
	}
	return match
}
