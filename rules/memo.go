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
	places  map[placeKey]domaincheck.Evidence
	singles map[singleKey]domaincheck.Evidence
	evals   sync.Pool // of *eval, empty
}

// placeKey is a province and a kind of subject; with a TLD, or without.
type placeKey struct {
	province string
	kind     domaincheck.Kind
	tld      string
}

// singleKey is evidence of one name.
type singleKey struct{ name, text string }

const memoLimit = 4096

type registrarKey struct{ name, iana domaincheck.Text }

func newMemo() *memo {
	return &memo{
		tlds: map[string]tldlist.Row{}, matches: map[registrarKey]registrars.Match{},
		places: map[placeKey]domaincheck.Evidence{}, singles: map[singleKey]domaincheck.Evidence{},
		evals: sync.Pool{New: func() any { return new(eval) }},
	}
}

// place is the evidence of findings that rest on a province's book and name
// nothing but the TLD, if that.
func (m *memo) place(province string, kind domaincheck.Kind, tld string) domaincheck.Evidence {
	key := placeKey{province, kind, tld}
	m.mu.RLock()
	ev, ok := m.places[key]
	m.mu.RUnlock()
	if ok {
		return ev
	}
	ev = domaincheck.Evidence{"province": province, "kind": string(kind)}
	if tld != "" {
		ev["tld"] = tld
	}
	m.mu.Lock()
	if len(m.places) < memoLimit {
		m.places[key] = ev
	}
	m.mu.Unlock()
	return ev
}

// single is the evidence of findings that name one thing: a state, a source, a
// registrar.
func (m *memo) single(name, text string) domaincheck.Evidence {
	key := singleKey{name, text}
	m.mu.RLock()
	ev, ok := m.singles[key]
	m.mu.RUnlock()
	if ok {
		return ev
	}
	ev = domaincheck.Evidence{name: text}
	m.mu.Lock()
	if len(m.singles) < memoLimit {
		m.singles[key] = ev
	}
	m.mu.Unlock()
	return ev
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
