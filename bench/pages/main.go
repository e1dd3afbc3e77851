// Command pages measures looks at home pages through sitecheck's public API, or
// a bare net/http fetch of the same page, or writes the page and the server's
// settings that it is measured with.
//
//	pages -site DIR                     write DIR/nginx.conf, certificates and the page
//	pages -mode ours -scheme http -to 127.0.0.1:18480 -n 20000
//	pages -mode bare -scheme https -to 127.0.0.1:18443 -roots DIR/ca.pem
//
// The second and third form print the rate, pages a second, and the processor
// time of a page in microseconds. Every page is checked: a look without the
// page's record number is an error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"domaincheck"
	pieces "domaincheck/bench/bare"
	"domaincheck/heap"
	"domaincheck/netguard"
	"domaincheck/providers"
	"domaincheck/sitecheck"
)

// Both sides run with the settings of the collector that the program has.
func main() {
	release := heap.Raise()
	status := run(os.Args[1:], os.Stdout, os.Stderr)
	release()
	os.Exit(status)
}

type settings struct {
	site, mode, scheme, to, roots, profile string
	count, workers                         int
}

func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	fs := flag.NewFlagSet("pages", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.site, "site", "", "write page, certificates and nginx.conf into this folder")
	fs.StringVar(&s.mode, "mode", "ours", "ours, bare, or finder (the page parsed from memory)")
	fs.StringVar(&s.scheme, "scheme", "http", "http or https")
	fs.StringVar(&s.to, "to", "127.0.0.1:18480", "address of the server")
	fs.StringVar(&s.roots, "roots", "", "certificate of the authority to trust")
	fs.StringVar(&s.profile, "cpuprofile", "", "write a CPU profile")
	fs.IntVar(&s.count, "n", 20000, "pages")
	fs.IntVar(&s.workers, "c", 64, "pages at a time")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, s, stdout); err != nil {
		fmt.Fprintln(stderr, "pages:", err)
		return 1
	}
	return 0
}

func measure(ctx context.Context, s settings, stdout io.Writer) error {
	if s.profile != "" {
		f, err := os.Create(s.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	switch {
	case s.site != "":
		return writeSite(s.site)
	case s.mode == "finder":
		return finder(stdout)
	case s.mode == "ours":
		return ours(ctx, s, stdout)
	case s.mode == "bare":
		return bare(ctx, s, stdout)
	}
	return errors.New("unknown mode")
}

// ours looks with the options of a real check: guard, limits, certificate
// facts, signs of the page. The handshake that tells of a certificate beside an
// http page is left out: it is a second connection, and the others make one.
func ours(ctx context.Context, s settings, stdout io.Writer) error {
	to, err := netip.ParseAddrPort(s.to)
	if err != nil {
		return err
	}
	roots, err := pieces.Roots(s.roots)
	if err != nil {
		return err
	}
	signs, err := providers.DefaultSigns()
	if err != nil {
		return err
	}
	o, err := sitecheck.New(sitecheck.Options{
		Browser: "off", NoTLSProbe: true, Roots: roots, Parse: sitecheck.ParseOptions{Signs: signs},
		Guard: netguard.New(netguard.Options{
			Resolve: func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.AddrFrom4([4]byte{47, 110, 0, 1})}, nil
			},
			ConnectTo: []netguard.Mapping{{To: to.Addr().String(), ToPort: to.Port()}},
		}),
	})
	if err != nil {
		return err
	}
	defer o.Close()
	target := sitecheck.Target{Domain: host, Home: s.scheme + "://" + host + "/"}
	return rate(ctx, s, stdout, func() error {
		p := o.Look(ctx, target)
		if p.Outcome != domaincheck.OutcomeOK || len(p.RecordNumbers) != 1 || p.RecordNumbers[0].LinkState != domaincheck.LinkCurrent {
			return fmt.Errorf("%s, numbers %+v, %d attempts, %v", p.Outcome, p.RecordNumbers, len(p.Attempts), p.Error)
		}
		if s.scheme == "https" && (p.TLS == nil || p.TLS.OK == nil || !*p.TLS.OK) {
			return fmt.Errorf("certificate %+v", p.TLS)
		}
		return nil
	})
}

// bare fetches and discards.
func bare(ctx context.Context, s settings, stdout io.Writer) error {
	roots, err := pieces.Roots(s.roots)
	if err != nil {
		return err
	}
	client := pieces.Client(s.to, roots)
	return rate(ctx, s, stdout, func() error { return pieces.Fetch(ctx, client, s.scheme+"://"+host+"/") })
}

// rate runs one s.count times, s.workers at a time, and prints how many a
// second that makes, and the processor time of each.
func rate(ctx context.Context, s settings, stdout io.Writer, one func() error) error {
	began, before := time.Now(), processorTime()
	if err := pieces.Times(ctx, s.count, s.workers, func(int) error { return one() }); err != nil {
		return err
	}
	took, spent := time.Since(began), processorTime()-before
	_, err := fmt.Fprintf(stdout, "%.0f %.1f\n", float64(s.count)/took.Seconds(), float64(spent.Microseconds())/float64(s.count))
	return err
}

// processorTime is what the process has used of all cores, system calls included.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
