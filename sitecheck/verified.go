package sitecheck

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"
	"time"
)

// verified remembers which chains of certificates led to a trusted root: a
// watch sees the same certificate of a site day after day, and hosters serve
// many sites with one, while checking the signatures of a chain costs a fifth of
// a handshake. What was found is a matter of the very bytes that came and of the
// roots, which do not change while a program runs; and of the time, so that it
// holds within the terms of all certificates of the chain. Bad news is not
// remembered. The zero value is ready.
type verified struct {
	mu       sync.Mutex
	now, old map[[sha256.Size]byte]term // the newer half and the older one
}

// verifiedMost is how many chains each half remembers, some 70 bytes for each.
const verifiedMost = 1 << 15

// term is when a chain is good, in seconds since 1970.
type term struct{ from, until int64 }

func (t term) holds(now time.Time) bool { return t.from <= now.Unix() && now.Unix() < t.until }

// chainKey stands for the bytes of a chain as it came: no two have one key.
func chainKey(certs []*x509.Certificate) (key [sha256.Size]byte) {
	h := sha256.New()
	for _, c := range certs {
		h.Write(c.Raw) // DER says its own length
	}
	h.Sum(key[:0])
	return key
}

// good tells whether a chain is known to lead to a trusted root at a moment.
func (v *verified) good(key [sha256.Size]byte, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.now[key]
	if !ok {
		if t, ok = v.old[key]; ok {
			v.put(key, t)
		}
	}
	return ok && t.holds(now)
}

// remember notes that a chain led to a trusted root, by any of some ways.
func (v *verified) remember(key [sha256.Size]byte, ways [][]*x509.Certificate) {
	var best term
	for _, way := range ways {
		t := term{until: 1 << 62}
		for _, c := range way {
			t.from, t.until = max(t.from, c.NotBefore.Unix()), min(t.until, c.NotAfter.Unix())
		}
		if t.until > best.until {
			best = t
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(key, best)
}

// put keeps a term among the newer ones. The caller holds mu.
func (v *verified) put(key [sha256.Size]byte, t term) {
	if v.now == nil || len(v.now) >= verifiedMost {
		v.now, v.old = make(map[[sha256.Size]byte]term), v.now
	}
	v.now[key] = t
}
