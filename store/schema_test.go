package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"domaincheck/store"
	"domaincheck/store/storetest"
)

// Inspect tells what Open would do and does none of it.
func TestInspect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	got, err := store.Inspect(t.Context(), store.Options{URL: "sqlite:" + path})
	if err != nil || got.Exists || got.Have != 0 || got.Know == 0 {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("it was made")
	}
	server := storetest.SharedPostgres(t)
	for _, url := range []string{"sqlite:" + made(t, 1), server.New(t)} {
		if err := open(t, url).Close(); err != nil {
			t.Fatal(err)
		}
		got, err := store.Inspect(t.Context(), store.Options{URL: url})
		if err != nil || !got.Exists || got.Have != got.Know {
			t.Fatalf("%+v %v", got, err)
		}
	}
	if got, err = store.Inspect(t.Context(), store.Options{URL: server.New(t)}); err != nil || got.Exists {
		t.Fatalf("an empty database: %+v %v", got, err)
	}
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte("no store"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Inspect(t.Context(), store.Options{URL: "sqlite:" + text}); !errors.Is(err, store.CodeCorrupt) {
		t.Fatal(err)
	}
}
