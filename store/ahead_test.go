package store_test

import (
	"errors"
	"testing"

	"domaincheck/store"
	"domaincheck/store/storetest"
)

// TestTogether: statements that are sent together are written together, in
// their order; if one of them fails nothing is, and the fault is told.
func TestTogether(t *testing.T) {
	server := storetest.SharedPostgres(t)
	s, err := store.Open(t.Context(), store.Options{URL: server.Made(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	mark := `INSERT INTO marks (name, value) VALUES ('a', 'first')`
	sent, err := s.Together(t.Context(), mark, `UPDATE marks SET value = 'second' WHERE name = 'a'`)
	if err != nil || !sent {
		t.Fatalf("sent together: %v, %v", sent, err)
	}
	if got, err := s.Mark(t.Context(), "a"); err != nil || got != "second" {
		t.Errorf("%q, %v", got, err)
	}
	_, err = s.Together(t.Context(), `UPDATE marks SET value = 'third' WHERE name = 'a'`, `UPDATE marks SET value = 1/0`, `UPDATE marks SET value = 'fourth'`)
	var code interface{ SQLState() string }
	if !errors.As(err, &code) || code.SQLState() != "22012" {
		t.Errorf("a statement that fails: %v", err)
	}
	if got, err := s.Mark(t.Context(), "a"); err != nil || got != "second" {
		t.Errorf("after it: %q, %v", got, err)
	}
}
