package lab_test

import (
	"context"
	"fmt"
	"time"

	"domaincheck/lab"
)

// A lab of two sites: what is planted on the first, and what must be found.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l, err := lab.Start(ctx, lab.Options{
		Sites: 2, Seed: 1, Now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		Stories: []string{"located_hongkong"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	site := l.Truth()[0]
	fmt.Println(site.Story, site.Planted.Hosts[0].Addresses)
	for _, e := range site.Expected {
		if e.Rule == "access.mainland" {
			fmt.Println(e)
		}
	}
	fmt.Println("flags begin with", l.Flags()[0])
	if err := l.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// located_hongkong [8.210.1.0]
	// access.mainland fail high
	// flags begin with --resolver
}
