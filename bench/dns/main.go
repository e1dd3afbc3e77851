// Command dns measures name resolution through dnscheck's public API with the
// options of a real check, or writes the zone that it is measured with.
//
//	dns -zone DIR -names 50000        write DIR/nsd.conf, the zone and the names
//	dns -names-file F -answers F2 -resolver A -resolver B
//
// The second form reads names, resolves A of each, writes one JSON row a name
// to -out (rows out = rows in), compares every address with the zone, and
// prints the rate.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"domaincheck/dnscheck"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

type settings struct {
	zone, port, second, names, truth, out, profile string
	count, workers                                 int
	resolvers                                      list
}

func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	fs := flag.NewFlagSet("dns", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.zone, "zone", "", "write zone, names and nsd.conf into this folder")
	fs.StringVar(&s.port, "port", "5399", "port of the server, for nsd.conf")
	fs.StringVar(&s.second, "second-port", "5398", "second port of the server, for nsd.conf")
	fs.IntVar(&s.count, "names", 50000, "number of names in the zone")
	fs.StringVar(&s.names, "names-file", "", "names to resolve, one a line")
	fs.StringVar(&s.truth, "truth", "", "name and address a line, as in the zone")
	fs.StringVar(&s.out, "out", "", "JSON rows, one a name")
	fs.StringVar(&s.profile, "cpuprofile", "", "write a CPU profile")
	fs.IntVar(&s.workers, "workers", 512, "names looked up at a time")
	fs.Var(&s.resolvers, "resolver", "HOST:PORT, repeatable")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := measure(ctx, s, stdout)
	if s.zone != "" {
		err = writeZone(s)
	}
	if err != nil {
		fmt.Fprintln(stderr, "dns:", err)
		return 1
	}
	return 0
}

// writeZone writes a zone of count names with one A record each.
func writeZone(s settings) error {
	var zone, names, truth, queries strings.Builder
	fmt.Fprintf(&zone, "$ORIGIN bench.example.\n$TTL 300\n@ IN SOA ns1 admin 1 3600 600 86400 300\n@ IN NS ns1\nns1 IN A 192.0.2.53\n")
	for i := range s.count {
		ip := fmt.Sprintf("47.%d.%d.%d", 100+i>>16, i>>8&255, i&255)
		fmt.Fprintf(&zone, "n%d IN A %s\n", i, ip)
		fmt.Fprintf(&names, "n%d.bench.example\n", i)
		fmt.Fprintf(&truth, "n%d.bench.example %s\n", i, ip)
		fmt.Fprintf(&queries, "n%d.bench.example A\n", i)
	}
	conf := fmt.Sprintf(`server:
  ip-address: 127.0.0.1@%[2]s
  ip-address: 127.0.0.1@%[3]s
  server-count: 1
  username: ""
  zonesdir: "%[1]s"
  pidfile: ""
  zonelistfile: "%[1]s/zone.list"
  xfrdfile: ""
  logfile: "%[1]s/nsd.log"
  hide-version: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: bench.example
  zonefile: zone
`, s.zone, s.port, s.second)
	for name, text := range map[string]string{"zone": zone.String(), "names": names.String(), "truth": truth.String(), "queries": queries.String(), "nsd.conf": conf} {
		if err := os.WriteFile(filepath.Join(s.zone, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

type row struct {
	Name      string   `json:"name"`
	Outcome   string   `json:"outcome"`
	RCode     string   `json:"rcode"`
	Addresses []string `json:"addresses"`
	Resolver  string   `json:"resolver"`
}

func measure(ctx context.Context, s settings, stdout io.Writer) error {
	if s.names == "" {
		if s.zone == "" {
			return errors.New("nothing to do: give -zone or -names-file")
		}
		return nil
	}
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
	observer, err := dnscheck.New(dnscheck.Options{Resolvers: s.resolvers})
	if err != nil {
		return err
	}
	defer observer.Close()
	in, err := os.Open(s.names)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(s.out)
	if err != nil {
		return err
	}
	defer out.Close()
	started := time.Now()
	rows, err := resolveAll(ctx, observer, s.workers, in, out)
	if err != nil {
		return err
	}
	took := time.Since(started)
	wrong, err := compare(s.out, s.truth, rows)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "rows %d wrong %d seconds %.3f rate %.0f\n", rows, wrong, took.Seconds(), float64(rows)/took.Seconds())
	if wrong > 0 {
		return fmt.Errorf("%d answers differ from the zone", wrong)
	}
	return nil
}

// resolveAll reads names, resolves them with so many workers and writes a row
// for each. It gives the number of rows.
func resolveAll(ctx context.Context, observer *dnscheck.Observer, workers int, in io.Reader, out io.Writer) (int64, error) {
	names := make(chan []string, 16)
	var rows atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	w := bufio.NewWriterSize(out, 1<<20)
	for range workers {
		wg.Go(func() {
			for batch := range names {
				for _, name := range batch {
					a := observer.Resolve(ctx, name, dns.TypeA)
					r := row{Name: name, Outcome: string(a.Outcome), RCode: a.RCode, Resolver: a.Resolver}
					for _, ip := range a.Addresses {
						r.Addresses = append(r.Addresses, ip.String())
					}
					b, err := json.Marshal(r)
					if err != nil {
						panic(err) // a struct of strings
					}
					mu.Lock()
					w.Write(append(b, '\n'))
					mu.Unlock()
					rows.Add(1)
				}
			}
		})
	}
	scan := bufio.NewScanner(in)
	var batch []string
	for scan.Scan() {
		if batch = append(batch, scan.Text()); len(batch) == 16 {
			names <- batch
			batch = nil
		}
	}
	names <- batch
	close(names)
	wg.Wait()
	if err := scan.Err(); err != nil {
		return rows.Load(), err
	}
	return rows.Load(), w.Flush()
}

// compare counts the names whose row is missing, doubled or says other than
// the zone.
func compare(outFile, truthFile string, rows int64) (wrong int, err error) {
	truth := make(map[string]string)
	b, err := os.ReadFile(truthFile)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		name, ip, _ := strings.Cut(strings.TrimSpace(line), " ")
		truth[name] = ip
	}
	if int(rows) != len(truth) {
		return 0, fmt.Errorf("%d rows for %d names", rows, len(truth))
	}
	b, err = os.ReadFile(outFile)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return 0, err
		}
		if len(r.Addresses) != 1 || r.Addresses[0] != truth[r.Name] {
			wrong++
			continue
		}
		delete(truth, r.Name)
	}
	return max(wrong, len(truth)), nil
}
