package dnscheck

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
	"domaincheck/netguard"
)

// startNSD runs Debian's nsd with the zones on a free loopback port. A machine
// without nsd fails the test: test.sh installs it.
func startNSD(t *testing.T, zones map[string]string) string {
	t.Helper()
	path, err := exec.LookPath("nsd")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/nsd"); err != nil {
			t.Fatalf("nsd is needed (apt-get install nsd): %v", err)
		}
	}
	for try := 1; ; try++ {
		address, ok := tryNSD(t, path, zones)
		if ok {
			return address
		}
		if try == 5 {
			t.Fatal("nsd does not answer")
		}
	}
}

// tryNSD starts nsd on a port that was free a moment ago. It is false if nsd
// ended, which happens when somebody else took the port meanwhile.
func tryNSD(t *testing.T, path string, zones map[string]string) (string, bool) {
	t.Helper()
	address := freePort(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var conf strings.Builder
	fmt.Fprintf(&conf, "server:\n  ip-address: 127.0.0.1@%s\n  server-count: 1\n  username: \"\"\n  zonesdir: %q\n  pidfile: \"\"\n  zonelistfile: %q\n  xfrdfile: \"\"\n  logfile: %q\nremote-control:\n  control-enable: no\n",
		port, dir, filepath.Join(dir, "list"), filepath.Join(dir, "log"))
	for name, text := range zones {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&conf, "zone:\n  name: %s\n  zonefile: %s\n", name, name)
	}
	file := filepath.Join(dir, "nsd.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-d", "-c", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	ready := observer(t, Options{Resolvers: []string{address}, Timeout: 200 * time.Millisecond, Retries: -1})
	deadline := time.Now().Add(15 * time.Second)
	for name := range zones {
		for ready.Resolve(t.Context(), name, dns.TypeSOA).Outcome != domaincheck.OutcomeOK {
			select {
			case <-ended:
				log, err := os.ReadFile(filepath.Join(dir, "log"))
				t.Logf("nsd ended: %s %v", log, err)
				return "", false
			default:
			}
			if time.Now().After(deadline) {
				t.Fatal("nsd runs, but does not answer")
			}
		}
	}
	return address, true
}

// freePort is a loopback address free for both UDP and TCP.
func freePort(t *testing.T) string {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.ListenPacket("udp", l.Addr().String())
		l.Close()
		if err == nil {
			c.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port free for both UDP and TCP")
	return ""
}

// TestNSD compares what is read from a real server with the zone it was given.
func TestNSD(t *testing.T) {
	const n = 3000
	random := rand.New(rand.NewPCG(1, 2))
	var zone strings.Builder
	zone.WriteString("$ORIGIN example.cn.\n$TTL 60\n@ IN SOA ns1 admin 1 3600 600 86400 60\n@ IN NS ns1\n@ IN NS ns2\nns1 IN A 203.0.115.1\nns2 IN A 203.0.115.2\n@ IN A 47.110.0.1\nwww IN CNAME @\n")
	truth := make(map[string][]netip.Addr)
	aliases := make(map[string]string)
	for i := range n {
		name := fmt.Sprintf("n%d", i)
		switch i % 5 {
		case 0: // an alias of an earlier name with addresses
			if i > 0 {
				to := fmt.Sprintf("n%d", i-1-random.IntN(3))
				fmt.Fprintf(&zone, "%s IN CNAME %s\n", name, to)
				truth[name], aliases[name] = truth[to], to+".example.cn"
			}
		case 4: // too many for a datagram
			if i%200 == 4 {
				for j := range 120 {
					ip := netip.AddrFrom4([4]byte{47, 120, byte(i / 200), byte(j)})
					fmt.Fprintf(&zone, "%s IN A %s\n", name, ip)
					truth[name] = append(truth[name], ip)
				}
				continue
			}
			fallthrough
		default:
			for range 1 + random.IntN(3) {
				ip := netip.AddrFrom4([4]byte{47, byte(100 + random.IntN(20)), byte(random.IntN(256)), byte(random.IntN(256))})
				if !slices.Contains(truth[name], ip) {
					fmt.Fprintf(&zone, "%s IN A %s\n", name, ip)
					truth[name] = append(truth[name], ip)
				}
			}
		}
	}
	parent := "$ORIGIN cn.\n$TTL 60\n@ IN SOA a.nic a 1 3600 600 86400 60\n@ IN NS a.nic\na.nic IN A 203.0.114.53\nexample IN NS ns1.example\nexample IN NS ns2.example\nns1.example IN A 203.0.115.1\nns2.example IN A 203.0.115.2\n"
	child, above := startNSD(t, map[string]string{"example.cn": zone.String()}), startNSD(t, map[string]string{"cn": parent})
	var maps []netguard.Mapping
	for _, s := range []string{"203.0.115.1:53:" + child, "203.0.115.2:53:" + child, "203.0.114.53:53:" + above} {
		m, err := netguard.ParseMapping(s)
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	o := observer(t, Options{Resolvers: []string{child, above}, ConnectTo: maps, Timeout: 5 * time.Second, Attribute: testPlaces})

	byAddress := func(a, b netip.Addr) int { return a.Compare(b) }
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < n; i += 16 {
				name := fmt.Sprintf("n%d", i)
				a := o.Resolve(t.Context(), name+".example.cn", dns.TypeA)
				want := slices.SortedFunc(slices.Values(truth[name]), byAddress)
				slices.SortFunc(a.Addresses, byAddress)
				if a.Outcome != domaincheck.OutcomeOK || !slices.Equal(a.Addresses, want) {
					t.Errorf("%v %v, want %d addresses %v", a, a.Error, len(want), want)
				}
				if to := aliases[name]; to != "" && (len(a.CNAME) != 1 || a.CNAME[0] != to) {
					t.Errorf("%v, want an alias of %s", a, to)
				}
			}
		})
	}
	wg.Wait()

	res := o.Look(context10(t), Question{Domain: "example.cn", Hosts: []string{"n1", "no-such-name"}})
	if h := hostOf(t, res, "www.example.cn"); len(h.Addresses) != 1 || !slices.Equal(h.CNAME, []string{"example.cn"}) {
		t.Errorf("%+v", h)
	}
	if h := hostOf(t, res, "no-such-name.example.cn"); h.RCode != "NXDOMAIN" {
		t.Errorf("%+v", h)
	}
	d := res.Delegation
	want := []string{"ns1.example.cn", "ns2.example.cn"}
	if d.ParentOutcome != domaincheck.OutcomeFailed && d.ParentOutcome != domaincheck.OutcomeOK || !slices.Equal(d.Child, want) || len(d.Lame) != 0 || d.ChildOutcome != domaincheck.OutcomeOK {
		t.Errorf("delegation %+v %v", d, d.Error)
	}
	if d.ParentOutcome != domaincheck.OutcomeOK || !slices.Equal(d.Parent, want) {
		t.Errorf("parent %v %v %v", d.ParentOutcome, d.Parent, d.Error)
	}
}
