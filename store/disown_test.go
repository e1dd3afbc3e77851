package store_test

import (
	"path/filepath"
	"testing"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

// TestDisown: a process that starts takes back what it held when it was killed,
// and nobody else's.
func TestDisown(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var l store.Ledger
	for _, name := range []string{"a.cn", "b.cn"} {
		l.Sites = append(l.Sites, domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: name, Role: domaincheck.RoleMain}}})
	}
	if _, err := s.Import(ctx, l, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	var held [2][]store.Claimed
	for i, owner := range []string{"me", "other"} {
		if held[i], err = s.Claim(ctx, store.ClaimOptions{Part: watch.Page, N: 1, Owner: owner}); err != nil || len(held[i]) != 1 {
			t.Fatalf("%s: %d %v", owner, len(held[i]), err)
		}
	}
	if n, err := s.Disown(ctx, "me"); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	again, err := s.Claim(ctx, store.ClaimOptions{Part: watch.Page, N: 5, Owner: "me"})
	if err != nil || len(again) != 1 || again[0].Lease.Site != held[0][0].Lease.Site {
		t.Fatalf("%+v %v", again, err)
	}
	if lost, err := s.Extend(ctx, []store.Lease{held[0][0].Lease}, 0); err != nil || len(lost) != 1 {
		t.Errorf("the dead process still has its lease: %v %v", lost, err)
	}
}
