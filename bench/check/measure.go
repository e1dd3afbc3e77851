package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
)

// bar is how much of the ceiling whole looks must reach.
const bar = 0.6

var errUnderBar = errors.New("whole looks reach less than 0.60 of the ceiling")

// lap is one round of everything: the bare pieces and whole looks of a scheme.
type lap struct{ dns, http, https, tls, commit, look piece }

// of is what a lap says of a look that needs so much, by a measure of a piece:
// what the bare pieces add up to.
func (l *lap) of(n needs, scheme string, of func(piece) float64) float64 {
	sum := n.queries*of(l.dns) + of(l.commit)
	if scheme == "http" {
		return sum + n.fetches*of(l.http) + n.shakes*of(l.tls)
	}
	return sum + n.fetches*of(l.http) + n.shakes*of(l.https)
}

func measure(ctx context.Context, s settings, stdout, stderr io.Writer) error {
	m, err := newMeter(s.servers)
	if err != nil {
		return err
	}
	schemes := []string{"http", "https"}
	laps, need := map[string][]*lap{}, map[string]needs{}
	sites := map[string]*watched{}
	for _, scheme := range schemes {
		if need[scheme], err = asked(ctx, s, scheme); err != nil {
			return err
		}
		w, err := begin(ctx, s, scheme, 0)
		if err != nil {
			return err
		}
		defer w.end()
		if err := w.round(ctx); err != nil {
			return err
		}
		sites[scheme] = w
	}
	if s.profile != "" {
		return s.profiled(func() error { return s.only(ctx, m, sites, stdout) })
	}
	for round := range s.rounds {
		bare, err := s.pieces(ctx, m, need["http"])
		if err != nil {
			return err
		}
		for _, scheme := range schemes {
			l := *bare
			if l.look, err = m.of(s.sites, func() error { return sites[scheme].round(ctx) }); err != nil {
				return err
			}
			if l.commit, err = sites[scheme].recommit(ctx, m); err != nil {
				return err
			}
			laps[scheme] = append(laps[scheme], &l)
			fmt.Fprintf(stderr, "round %d, %s: %.0f looks/s, %.0f µs; bare a second: %.0f queries, %.0f and %.0f fetches, %.0f handshakes, %.0f commits\n",
				round+1, scheme, l.look.rate(), l.look.cpu(), l.dns.rate(), l.http.rate(), l.https.rate(), l.tls.rate(), l.commit.rate())
		}
	}
	under := false
	for _, scheme := range schemes {
		under = tell(stdout, scheme, need[scheme], laps[scheme]) || under
	}
	if under {
		return errUnderBar
	}
	return nil
}

// only does whole looks and nothing else.
func (s settings) only(ctx context.Context, m *meter, sites map[string]*watched, stdout io.Writer) error {
	for range s.rounds {
		for scheme, w := range sites {
			p, err := m.of(s.sites, func() error { return w.round(ctx) })
			if err != nil {
				return err
			}
			fmt.Fprintf(stdout, "%-5s %.0f looks/s, %.0f µs of processor time (ours %.0f, the servers %.0f)\n",
				scheme, p.rate(), p.cpu(), p.Own/float64(p.N)*1e6, p.Servers/float64(p.N)*1e6)
		}
	}
	return nil
}

// profiled does something and writes a CPU profile of it, and what was
// allocated until its end.
func (s settings) profiled(do func() error) error {
	out, err := os.Create(s.profile)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	err = do()
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	heap, err := os.Create(s.profile + ".heap")
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(heap, 0), heap.Close())
}

// tell prints the medians of a scheme's rounds, and whether they are under the
// bar.
func tell(w io.Writer, scheme string, n needs, laps []*lap) bool {
	seconds := func(p piece) float64 { return 1 / p.rate() }
	median := func(of func(*lap) float64) float64 {
		var all []float64
		for _, l := range laps {
			all = append(all, of(l))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	ceiling := median(func(l *lap) float64 { return 1 / l.of(n, scheme, seconds) })
	looks := median(func(l *lap) float64 { return l.look.rate() })
	reached := median(func(l *lap) float64 { return l.look.rate() * l.of(n, scheme, seconds) })
	byTime := median(func(l *lap) float64 { return l.of(n, scheme, piece.cpu) / l.look.cpu() })
	fmt.Fprintf(w, "%-5s a site: %.1f queries, %.1f connections for http and %.1f for https, a commit\n", scheme, n.queries, n.fetches, n.shakes)
	fmt.Fprintf(w, "      bare: %.0f queries/s, %.0f fetches/s by http, %.0f by https, %.0f handshakes/s, %.0f commits/s\n",
		median(func(l *lap) float64 { return l.dns.rate() }), median(func(l *lap) float64 { return l.http.rate() }), median(func(l *lap) float64 { return l.https.rate() }),
		median(func(l *lap) float64 { return l.tls.rate() }), median(func(l *lap) float64 { return l.commit.rate() }))
	fmt.Fprintf(w, "      processor time of all, µs: query %.1f, fetch %.0f and %.0f, handshake %.0f, commit %.0f; added up %.0f, a whole look %.0f (ours %.0f, the servers %.0f)\n",
		median(func(l *lap) float64 { return l.dns.cpu() }), median(func(l *lap) float64 { return l.http.cpu() }), median(func(l *lap) float64 { return l.https.cpu() }),
		median(func(l *lap) float64 { return l.tls.cpu() }), median(func(l *lap) float64 { return l.commit.cpu() }),
		median(func(l *lap) float64 { return l.of(n, scheme, piece.cpu) }), median(func(l *lap) float64 { return l.look.cpu() }),
		median(func(l *lap) float64 { return l.look.Own / float64(l.look.N) * 1e6 }), median(func(l *lap) float64 { return l.look.Servers / float64(l.look.N) * 1e6 }))
	fmt.Fprintf(w, "      ceiling %.0f sites/s, whole looks %.0f sites/s: %.2f of it (by processor time %.2f)\n", ceiling, looks, reached, byTime)
	return reached < bar
}

// pieces measures each bare piece once; commits are measured with the looks
// that made the reports.
func (s settings) pieces(ctx context.Context, m *meter, n needs) (*lap, error) {
	l := &lap{}
	var err error
	if l.dns, err = s.dnsperf(ctx, m, n); err != nil {
		return nil, err
	}
	for _, b := range []struct {
		mode, to string
		into     *piece
	}{{"http", s.http, &l.http}, {"https", s.https, &l.https}, {"tls", s.https, &l.tls}} {
		if *b.into, err = s.alone(ctx, m, b.mode, b.to); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// alone does a bare piece in a process of its own.
func (s settings) alone(ctx context.Context, m *meter, mode, to string) (piece, error) {
	self, err := os.Executable()
	if err != nil {
		return piece{}, err
	}
	var p piece
	whole, err := m.of(s.count, func() error {
		cmd := exec.CommandContext(ctx, self, "-bare", mode, "-to", to, "-roots", s.roots, "-n", strconv.Itoa(s.count))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
		return json.Unmarshal(out, &p)
	})
	p.Servers = whole.Servers
	return p, err
}

// dnsperf asks what looks at all sites ask, as fast as the name server answers.
func (s settings) dnsperf(ctx context.Context, m *meter, n needs) (piece, error) {
	dir, err := os.MkdirTemp("", "bench-check-dns")
	if err != nil {
		return piece{}, err
	}
	defer os.RemoveAll(dir)
	var list strings.Builder
	for i := range s.sites {
		for _, q := range n.questions {
			list.WriteString(strings.ReplaceAll(q, domain(0), domain(i)) + "\n")
		}
	}
	file := filepath.Join(dir, "queries")
	if err := os.WriteFile(file, []byte(list.String()), 0o600); err != nil {
		return piece{}, err
	}
	host, port, _ := strings.Cut(s.resolver, ":")
	again := 100_000/(s.sites*len(n.questions)) + 1
	cmd := exec.CommandContext(ctx, "dnsperf", "-s", host, "-p", port, "-d", file, "-n", strconv.Itoa(again), "-c", "4", "-T", "1", "-q", "400")
	var out []byte
	p, err := m.of(again*s.sites*len(n.questions), func() error {
		var err error
		out, err = cmd.Output()
		return err
	})
	if err != nil {
		return piece{}, fmt.Errorf("dnsperf: %w", err)
	}
	rate := regexp.MustCompile(`Queries per second:\s+([0-9.]+)`).FindSubmatch(out)
	done := regexp.MustCompile(`Queries completed:\s+([0-9]+)`).FindSubmatch(out)
	if rate == nil || done == nil {
		return piece{}, fmt.Errorf("dnsperf says: %s", out)
	}
	second, _ := strconv.ParseFloat(string(rate[1]), 64)
	p.N, _ = strconv.Atoi(string(done[1]))
	p.Seconds = float64(p.N) / second
	p.Own = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return p, nil
}
