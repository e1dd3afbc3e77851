package web

import "sync"

// labels bounds the values of a label: the first ones keep their names, all
// further ones share "other".
type labels struct {
	mu   sync.Mutex
	most int
	seen map[string]bool
}

func (l *labels) of(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[name] {
		return name
	}
	if len(l.seen) >= l.most {
		return "other"
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[name] = true
	return name
}
