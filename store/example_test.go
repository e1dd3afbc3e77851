package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

// A look from its claim to the next due time.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(dir, "domaincheck.db")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	site := domaincheck.Site{Domains: []domaincheck.Domain{{Domain: "example.cn", Role: domaincheck.RoleMain}}}
	changes, err := s.Import(ctx, store.Ledger{Sites: []domaincheck.Site{site}}, store.ImportOptions{})
	fmt.Println("added:", changes.Added, err)

	claimed, err := s.Claim(ctx, store.ClaimOptions{Part: watch.Resolution, N: 10, Owner: "node 1", Lease: 30 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range claimed {
		report := &domaincheck.Report{Domain: "example.cn", At: domaincheck.At(s.Now()), Verdict: domaincheck.VerdictPass} // looked at and judged
		done, err := s.Commit(ctx, []store.Commit{{
			Site: c.Lease.Site, Rev: c.Rev, Report: report, Leases: []store.Lease{c.Lease},
			Next: []store.Due{{Part: watch.Resolution, At: s.Now().Add(30 * time.Minute)}},
		}})
		fmt.Println("changed:", done[0].Changed, done[0].Err, err)
	}
	// Output:
	// added: [example.cn] <nil>
	// changed: true <nil> <nil>
}
