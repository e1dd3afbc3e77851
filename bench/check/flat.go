package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"domaincheck/store"
)

// flat tells what a look costs, and how large the store is, among more and more
// sites. As many are looked at of each, spread over all the store, http only.
func flat(ctx context.Context, s settings, stdout io.Writer) error {
	m, err := newMeter(s.servers)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%9s %7s %22s %14s %20s %18s\n", "sites", "looks", "µs a look (unchanged)", "the first", "bytes a site, ledger", "and once looked at")
	for size := range strings.SplitSeq(s.among, ",") {
		among, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		of := s
		of.sites = min(s.sites, among)
		if err := of.flatAmong(ctx, m, among, stdout); err != nil {
			return err
		}
	}
	return nil
}

func (s settings) flatAmong(ctx context.Context, m *meter, among int, stdout io.Writer) error {
	w, err := begin(ctx, s, "http", among)
	if err != nil {
		return err
	}
	defer w.end()
	first, err := m.of(s.sites, func() error { return w.round(ctx) })
	if err != nil {
		return err
	}
	var rounds []float64
	for range s.rounds {
		p, err := m.of(s.sites, func() error { return w.round(ctx) })
		if err != nil {
			return err
		}
		rounds = append(rounds, p.Own/float64(p.N)*1e6)
	}
	slices.Sort(rounds)
	looked, err := w.size(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%9d %7d %22.0f %14.0f %20d %18d\n", among, s.sites, rounds[len(rounds)/2], first.Own/float64(first.N)*1e6,
		w.imported/int64(among), w.imported/int64(among)+(looked-w.imported)/int64(s.sites))
	return err
}

// size is that of the store's file, with all that waits to be written into it.
func (w *watched) size(ctx context.Context) (int64, error) {
	if err := w.store.Close(); err != nil {
		return 0, err
	}
	info, err := os.Stat(w.file)
	if err != nil {
		return 0, err
	}
	w.store, err = store.Open(ctx, store.Options{URL: "sqlite:" + w.file, Now: w.now})
	return info.Size(), err
}
