package dnscheck

import (
	"context"
	"sync"
	"time"
)

// memory remembers for a while what many sites of a sweep have in common: the
// servers of their parent zones, the addresses of their name servers. Those
// who ask for one thing at one time ask once. The zero value is ready.
type memory[V any] struct {
	mu   sync.Mutex
	rows map[string]remembered[V]
	busy map[string]chan struct{} // closed once who asks has an answer
}

type remembered[V any] struct {
	value V
	until time.Time
}

// maxRemembered bounds the rows of a memory; a full one begins anew.
const maxRemembered = 4096

// get gives what is remembered of key, or asks. What ask gives is remembered
// for as long as it says, most at the longest; nothing for no time. Who finds
// another one asking waits for him, once: if that gave nothing to remember he
// asks himself.
func (m *memory[V]) get(ctx context.Context, key string, most time.Duration, ask func() (V, time.Duration)) V {
	value, mine, done := m.look(key)
	if done == nil && mine == nil {
		return value
	}
	if mine == nil {
		select {
		case <-done:
		case <-ctx.Done():
		}
		if value, ok := m.fresh(key); ok {
			return value
		}
	}
	value, good := ask()
	m.mu.Lock()
	defer m.mu.Unlock()
	if good > 0 {
		if m.rows == nil || len(m.rows) >= maxRemembered {
			m.rows = map[string]remembered[V]{}
		}
		m.rows[key] = remembered[V]{value, time.Now().Add(min(good, most))}
	}
	if mine != nil {
		delete(m.busy, key)
		close(mine)
	}
	return value
}

// look gives the value; or mine, where the caller is to ask; or done, where
// another one does.
func (m *memory[V]) look(key string) (value V, mine, done chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if row, ok := m.rows[key]; ok && time.Now().Before(row.until) {
		return row.value, nil, nil
	}
	if other, ok := m.busy[key]; ok {
		return value, nil, other
	}
	if m.busy == nil {
		m.busy = map[string]chan struct{}{}
	}
	mine = make(chan struct{})
	m.busy[key] = mine
	return value, mine, nil
}

func (m *memory[V]) fresh(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.rows[key]
	return row.value, ok && time.Now().Before(row.until)
}
