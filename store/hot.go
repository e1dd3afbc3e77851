package store

import (
	"context"
	"database/sql"
	"sync"
)

// Bounds of the statements that a store keeps prepared.
const (
	hotAfter = 3   // uses before a statement is kept
	hotMost  = 128 // statements kept
	hotTried = 512 // texts that are counted
)

// hot keeps the statements that transactions of SQLite run again and again
// prepared beyond one transaction: reading a statement's text takes longer
// than running it. Its zero value is ready.
type hot struct {
	mu    sync.Mutex
	uses  map[string]int
	kept  map[string]*sql.Stmt
	asked []string
}

// get gives a statement that is kept, or counts a use of it; nil if it is not.
func (h *hot) get(query string) *sql.Stmt {
	h.mu.Lock()
	defer h.mu.Unlock()
	if st := h.kept[query]; st != nil {
		return st
	}
	n, counted := h.uses[query]
	if !counted && len(h.uses) >= hotTried {
		return nil
	}
	if h.uses == nil {
		h.uses = map[string]int{}
	}
	h.uses[query] = n + 1
	if n+1 == hotAfter && len(h.kept)+len(h.asked) < hotMost {
		h.asked = append(h.asked, query)
	}
	return nil
}

// warm prepares what was asked for. It is called between transactions: SQLite
// has one connection that writes. A statement that fails is not tried again.
func (h *hot) warm(ctx context.Context, db *sql.DB) error {
	h.mu.Lock()
	asked := h.asked
	h.asked = nil
	h.mu.Unlock()
	for _, query := range asked {
		st, err := db.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		h.mu.Lock()
		if h.kept == nil {
			h.kept = map[string]*sql.Stmt{}
		}
		h.kept[query] = st
		h.mu.Unlock()
	}
	return nil
}
