// Command check measures whole looks at sites, the way the daemon does them:
// claim from the store, DNS, home page, judgement against what was remembered,
// commit; and beside them, in turn, each of the bare pieces that such a look
// cannot do without. Registration is left as it is known: registries are slow by
// law, not by computing.
//
//	check -world DIR -sites 3000            write zones and nsd.conf
//	check -sites 3000 -resolver A -http B -https C -roots FILE -servers PIDS
//	check -among 1000,100000 …              what a look costs among so many sites
//	check -bare http -to B -n 8000          one bare piece; the second form runs these
//
// The second form looks at every site once so that there is something to
// remember, then again and again with the clock moved on. See run.sh.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"domaincheck/heap"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

type settings struct {
	world, bare, to, resolver, http, https, roots, servers, profile, among string
	sites, rounds, port, count                                             int
}

func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.world, "world", "", "write zones and nsd.conf into this folder")
	fs.IntVar(&s.port, "port", 5397, "port of the name server, for nsd.conf")
	fs.StringVar(&s.bare, "bare", "", "one bare piece: http, https or tls")
	fs.StringVar(&s.to, "to", "", "HOST:PORT of a bare piece")
	fs.IntVar(&s.count, "n", 4000, "how often a bare piece is done")
	fs.IntVar(&s.sites, "sites", 3000, "sites")
	fs.IntVar(&s.rounds, "rounds", 5, "times that every site is looked at")
	fs.StringVar(&s.resolver, "resolver", "", "HOST:PORT of the name server")
	fs.StringVar(&s.http, "http", "", "HOST:PORT of the web server")
	fs.StringVar(&s.https, "https", "", "HOST:PORT of the web server, TLS")
	fs.StringVar(&s.roots, "roots", "", "certificate of the authority to trust")
	fs.StringVar(&s.servers, "servers", "", "process ids of the servers, whose processor time counts too")
	fs.StringVar(&s.among, "among", "", "only what a look costs in stores of so many sites, such as 1000,100000")
	fs.StringVar(&s.profile, "cpuprofile", "", "only whole looks: write a CPU profile of them, and to FILE.heap what they allocate")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	release := heap.Raise() // as the daemon does; for the bare pieces too
	defer release()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case s.world != "":
		err = writeWorld(s)
	case s.bare != "":
		err = bare(ctx, s, stdout)
	case s.among != "":
		err = flat(ctx, s, stdout)
	default:
		err = measure(ctx, s, stdout, stderr)
	}
	switch {
	case errors.Is(err, errUnderBar):
		fmt.Fprintln(stderr, err)
		return 1
	case err != nil:
		fmt.Fprintln(stderr, "check:", err)
		return 2
	}
	return 0
}

func domain(i int) string { return fmt.Sprintf("d%06d.cn", i) }

// writeWorld writes a zone for each site, all from one file, and their parent.
func writeWorld(s settings) error {
	const soa = "$TTL 600\n@ SOA ns1.bench.cn. host.bench.cn. 1 3600 600 86400 600\n@ NS ns1.bench.cn.\n@ NS ns2.bench.cn.\n"
	var conf, parent strings.Builder
	fmt.Fprintf(&conf, "server:\n\tport: %d\n\tip-address: 127.0.0.1\n\tusername: \"\"\n\tchroot: \"\"\n\tserver-count: 1\n\trrl-ratelimit: 0\n\tzonesdir: %q\n\tpidfile: %q\n\txfrdfile: %q\n\tzonelistfile: %q\n\tlogfile: %q\n\ttcp-count: 200\nremote-control:\n\tcontrol-enable: no\n",
		s.port, s.world, filepath.Join(s.world, "nsd.pid"), filepath.Join(s.world, "xfrd.state"), filepath.Join(s.world, "zone.list"), filepath.Join(s.world, "nsd.log"))
	parent.WriteString(soa + "ns1.bench A 47.110.0.2\nns2.bench A 47.110.0.3\n")
	conf.WriteString("zone:\n\tname: cn\n\tzonefile: parent\n")
	for i := range s.sites {
		fmt.Fprintf(&conf, "zone:\n\tname: %s\n\tzonefile: site\n", domain(i))
		fmt.Fprintf(&parent, "%[1]s NS ns1.bench.cn.\n%[1]s NS ns2.bench.cn.\n", strings.TrimSuffix(domain(i), ".cn"))
	}
	site := soa + "@ A 47.110.0.1\nwww A 47.110.0.1\n"
	for name, text := range map[string]string{"nsd.conf": conf.String(), "parent": parent.String(), "site": site, "first": domain(0) + " A\n"} {
		if err := os.WriteFile(filepath.Join(s.world, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
