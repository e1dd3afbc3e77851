package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"domaincheck/store"
)

// TestFileGone: once the file is not where it was, nothing is acknowledged any
// more, since it would be lost; back in its place it is the store again.
func TestFileGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domaincheck.db")
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SetMark(t.Context(), "x", "1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"gone", "replaced"} {
		if err := s.SetMark(t.Context(), "x", "2"); !errors.Is(err, store.CodeUnavailable) {
			t.Errorf("%s: written: %v", step, err)
		}
		if err := s.Ready(t.Context()); !errors.Is(err, store.CodeUnavailable) {
			t.Errorf("%s: ready: %v", step, err)
		}
		if err := os.WriteFile(path, []byte("another"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("back: %v", err)
	}
	if got, err := s.Mark(t.Context(), "x"); err != nil || got != "1" {
		t.Errorf("%q %v, want what was acknowledged", got, err)
	}
}
