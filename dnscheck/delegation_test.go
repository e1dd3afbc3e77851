package dnscheck

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
	"domaincheck/netguard"
)

// delegated is a small internet: a resolver, a server of cn. that refers, and
// servers of the domain, reached through connect-to.
type delegated struct {
	resolver []string           // records the resolver knows besides those below
	ns       map[string]handler // the domain's servers; nil: nobody listens
	silent   []string           // of them, those that never answer
	listed   []string           // NS set at the parent; default: the keys of ns
	parent   handler            // in place of the referring one
	noNS     bool               // the resolver does not know the domain's NS set
	private  []string           // servers with a loopback address
	homeless []string           // servers without an address
}

func (d delegated) look(t *testing.T) *domaincheck.Delegation {
	t.Helper()
	var mappings []netguard.Mapping
	mapTo := func(host, address string) {
		m, err := netguard.ParseMapping(host + ":53:" + address)
		if err != nil {
			t.Fatal(err)
		}
		mappings = append(mappings, m)
	}
	listed := d.listed
	if listed == nil {
		for n := range d.ns {
			listed = append(listed, n)
		}
		listed = append(append(listed, d.private...), d.homeless...)
		slices.Sort(listed)
	}
	refer := func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		for _, n := range listed {
			m.Ns = append(m.Ns, rr(t, "example.cn. 60 IN NS "+n+"."))
		}
		m.Extra = append(m.Extra, rr(t, "stray.example.cn. 60 IN A 8.8.8.8"))
		return m
	}
	if d.parent != nil {
		refer = d.parent
	}
	mapTo("a.nic.test", serve(t, refer).address)
	records := append([]string{"cn. 60 IN NS a.nic.test.", "a.nic.test. 60 IN A 203.0.114.53"}, d.resolver...)
	i := 0
	for n, h := range d.ns {
		i++
		ip := fmt.Sprintf("203.0.115.%d", i)
		records = append(records, n+". 60 IN A "+ip)
		switch {
		case slices.Contains(d.silent, n):
			mapTo(n, silent(t))
		case h == nil:
			mapTo(ip, closedPort(t))
		case i%2 == 0:
			mapTo(ip, serve(t, h).address) // by address
		default:
			mapTo(n, serve(t, h).address) // by name
		}
		if !d.noNS {
			records = append(records, "example.cn. 60 IN NS "+n+".")
		}
	}
	for _, n := range d.private {
		records = append(records, n+". 60 IN A 127.0.0.1")
	}
	o := observer(t, Options{Resolvers: []string{serve(t, zoneOf(t, records...)).address}, ConnectTo: mappings, Timeout: time.Second})
	return o.delegation(context10(t), "example.cn")
}

// own is an authoritative server of example.cn with the NS set.
func own(t *testing.T, ns ...string) handler {
	t.Helper()
	var records []string
	for _, n := range ns {
		records = append(records, "example.cn. 60 IN NS "+n+".")
	}
	return answerAuth(t, true, records...)
}

func answerAuth(t *testing.T, aa bool, records ...string) handler {
	t.Helper()
	h := answer(t, records...)
	return func(q *dns.Msg) *dns.Msg {
		m := h(q)
		m.Authoritative = aa
		return m
	}
}

func TestDelegation(t *testing.T) {
	const a, b = "ns1.host.test", "ns2.host.test"
	good := own(t, a, b)
	negativeWith := func(soa string, code int) handler {
		return func(q *dns.Msg) *dns.Msg {
			m := new(dns.Msg).SetRcode(q, code)
			m.Authoritative = true
			m.Ns = []dns.RR{rr(t, soa+" 60 IN SOA a. b. 1 2 3 4 5")}
			return m
		}
	}
	tests := []struct {
		name                string
		d                   delegated
		outcome             domaincheck.Outcome
		parent, child, lame string // joined by blanks
		faults              string // host=fault
		parentOut, childOut domaincheck.Outcome
	}{
		{name: "whole", d: delegated{ns: map[string]handler{a: good, b: good}}, outcome: "ok", parent: a + " " + b, child: a + " " + b},
		{name: "one refuses", d: delegated{ns: map[string]handler{a: good, b: rcode(dns.RcodeRefused)}}, outcome: "ok", parent: a + " " + b, child: a + " " + b, lame: b, faults: b + "=refused"},
		{name: "one fails", d: delegated{ns: map[string]handler{a: good, b: rcode(dns.RcodeServerFailure)}}, outcome: "ok", parent: a + " " + b, child: a + " " + b, lame: b, faults: b + "=servfail"},
		{name: "one answers without authority", d: delegated{ns: map[string]handler{a: good, b: answerAuth(t, false, "example.cn. 60 IN NS "+a+".")}}, outcome: "ok", parent: a + " " + b, child: a + " " + b, lame: b, faults: b + "=not_authoritative"},
		{name: "one denies the domain", d: delegated{ns: map[string]handler{a: good, b: negativeWith("cn.", dns.RcodeNameError)}}, outcome: "ok", parent: a + " " + b, child: a + " " + b, lame: b, faults: b + "=nxdomain"},
		{name: "one serves the zone above only", d: delegated{ns: map[string]handler{a: good, b: negativeWith("cn.", dns.RcodeSuccess)}}, outcome: "ok", parent: a + " " + b, child: a + " " + b, lame: b, faults: b + "=not_authoritative"},
		{name: "one has no NS records but serves the zone", d: delegated{ns: map[string]handler{a: good, b: negativeWith("example.cn.", dns.RcodeSuccess)}}, outcome: "ok", parent: a + " " + b, child: a + " " + b},
		{name: "one is silent, the other answers", d: delegated{ns: map[string]handler{a: good, b: good}, silent: []string{b}}, outcome: "ok", parent: a + " " + b, child: a + " " + b, lame: b, faults: b + "=timeout"},
		{name: "one does not listen", d: delegated{ns: map[string]handler{a: good, b: nil}}, outcome: "ok", parent: a + " " + b, child: a + " " + b, lame: b, faults: b + "=unreachable"},
		{name: "all silent", d: delegated{ns: map[string]handler{a: good, b: good}, silent: []string{a, b}}, outcome: "timeout", parent: a + " " + b, child: a + " " + b, faults: a + "=timeout " + b + "=timeout", childOut: "timeout"},
		{name: "all refuse", d: delegated{ns: map[string]handler{a: rcode(dns.RcodeRefused), b: rcode(dns.RcodeRefused)}, noNS: true}, outcome: "ok", parent: a + " " + b, lame: a + " " + b, faults: a + "=refused " + b + "=refused", childOut: "refused"},
		{name: "one without an address", d: delegated{ns: map[string]handler{a: good}, homeless: []string{"ns9.host.test"}}, outcome: "ok", parent: a + " ns9.host.test", child: a + " " + b, lame: "ns9.host.test", faults: "ns9.host.test=no_address"},
		{name: "one on loopback is not asked", d: delegated{ns: map[string]handler{a: good}, private: []string{"ns8.host.test"}}, outcome: "ok", parent: a + " ns8.host.test", child: a + " " + b, faults: "ns8.host.test=private"},
		{name: "parent and child differ", d: delegated{ns: map[string]handler{a: own(t, a, "ns3.host.test")}}, outcome: "ok", parent: a, child: a + " ns3.host.test"},
		{name: "not delegated", d: delegated{parent: negativeWith("cn.", dns.RcodeNameError)}, outcome: "absent", parentOut: "absent", childOut: "absent"},
		{name: "name without delegation", d: delegated{parent: negativeWith("cn.", dns.RcodeSuccess)}, outcome: "absent", parentOut: "absent", childOut: "absent"},
		{name: "parent refuses", d: delegated{ns: map[string]handler{a: good, b: good}, parent: rcode(dns.RcodeRefused)}, outcome: "refused", child: a + " " + b, parentOut: "refused"},
		{name: "parent answers without authority", d: delegated{ns: map[string]handler{a: good, b: good}, parent: answerAuth(t, false, "example.cn. 60 IN NS "+a+".")}, outcome: "failed", child: a + " " + b, parentOut: "failed"},
		{name: "parent serves the child too", d: delegated{ns: map[string]handler{a: good, b: good}, parent: good}, outcome: "ok", parent: a + " " + b, child: a + " " + b},
		{name: "parent refers to itself for ever", d: delegated{ns: map[string]handler{a: good, b: good}, parent: func(q *dns.Msg) *dns.Msg {
			m := new(dns.Msg).SetReply(q)
			m.Ns = []dns.RR{rr(t, "cn. 60 IN NS a.nic.test.")}
			return m
		}}, outcome: "failed", child: a + " " + b, parentOut: "failed"},
		{name: "parent refuses, one server is lame", d: delegated{ns: map[string]handler{a: good, b: rcode(dns.RcodeRefused)}, parent: rcode(dns.RcodeRefused)}, outcome: "ok", child: a + " " + b, lame: b, faults: b + "=refused", parentOut: "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := tt.d.look(t)
			if tt.parentOut == "" {
				tt.parentOut = "ok"
			}
			if tt.childOut == "" {
				tt.childOut = "ok"
			}
			var faults []string
			for _, s := range d.Servers {
				if s.Fault != "" {
					faults = append(faults, s.Host+"="+string(s.Fault))
				}
				if (s.Fault == "") != (s.Outcome == domaincheck.OutcomeOK) {
					t.Errorf("%s: outcome %s with fault %q", s.Host, s.Outcome, s.Fault)
				}
			}
			got := fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s", d.Outcome, strings.Join(d.Parent, " "), strings.Join(d.Child, " "), strings.Join(d.Lame, " "), strings.Join(faults, " "), d.ParentOutcome, d.ChildOutcome)
			want := fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s", tt.outcome, tt.parent, tt.child, tt.lame, tt.faults, tt.parentOut, tt.childOut)
			if got != want {
				t.Errorf("got  %s\nwant %s\nerror %v", got, want, d.Error)
			}
		})
	}
}

func TestGlueServesWhereTheResolverFails(t *testing.T) {
	refer := func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Ns = []dns.RR{rr(t, "example.cn. 60 IN NS ns.example.cn.")}
		m.Extra = []dns.RR{rr(t, "ns.example.cn. 60 IN A 203.0.115.77")}
		return m
	}
	parent, child := serve(t, refer), serve(t, own(t, "ns.example.cn"))
	var maps []netguard.Mapping
	for _, s := range []string{"a.nic.test:53:" + parent.address, "203.0.115.77:53:" + child.address} {
		m, err := netguard.ParseMapping(s)
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	res := serve(t, zoneOf(t, "cn. 60 IN NS a.nic.test.", "a.nic.test. 60 IN A 203.0.114.53"))
	o := observer(t, Options{Resolvers: []string{res.address}, ConnectTo: maps})
	got := o.delegation(context10(t), "example.cn")
	if got.Outcome != domaincheck.OutcomeOK || len(got.Lame) != 0 || len(got.Servers) != 1 || got.Servers[0].Addresses[0] != "203.0.115.77" {
		t.Errorf("%+v", got)
	}
}

// Where something on the way answers in place of every name server, nothing is
// said of the servers. Only unmapped questions can be intercepted.
func TestInterceptedQuestionsSayNothing(t *testing.T) {
	wrong := func(host string) serverSays {
		return serverSays{NameServer: domaincheck.NameServer{Host: host, Outcome: domaincheck.OutcomeFailed, Fault: faultNotAuthoritative}}
	}
	var o Observer
	for _, tt := range []struct {
		resolves bool
		lame     int
		outcome  domaincheck.Outcome
	}{{true, 0, domaincheck.OutcomeFailed}, {false, 2, domaincheck.OutcomeOK}} {
		d := &domaincheck.Delegation{ParentOutcome: domaincheck.OutcomeOK}
		o.judgeServers(d, []serverSays{wrong("a.test"), wrong("b.test")}, tt.resolves)
		if len(d.Lame) != tt.lame || d.Outcome != tt.outcome {
			t.Errorf("resolves %v: %+v", tt.resolves, d)
		}
	}
}

func TestSixOnlyServersAreNotBlamedForOurNetwork(t *testing.T) {
	ok := serverSays{NameServer: domaincheck.NameServer{Host: "a.test", Outcome: domaincheck.OutcomeOK}}
	six := serverSays{NameServer: domaincheck.NameServer{Host: "b.test", Outcome: domaincheck.OutcomeFailed, Fault: faultUnreachable}, onlySix: true}
	var o Observer
	d := &domaincheck.Delegation{ParentOutcome: domaincheck.OutcomeOK}
	o.judgeServers(d, []serverSays{ok, six}, true)
	if len(d.Lame) != 0 || d.Outcome != domaincheck.OutcomeOK {
		t.Errorf("%+v", d)
	}
}

func TestParentIsRemembered(t *testing.T) {
	resolver := serve(t, zoneOf(t, "cn. 3600 IN NS a.nic.test.", "a.nic.test. 60 IN A 203.0.114.53"))
	o := observer(t, Options{Resolvers: []string{resolver.address}})
	for range 3 {
		if servers, err := o.parentServers(context10(t), "example.cn"); err != nil || len(servers) != 1 || servers[0].host != "a.nic.test" {
			t.Fatalf("%v %v", servers, err)
		}
	}
	if n := resolver.queries.Load(); n != 3 {
		t.Errorf("%d questions, want NS, A and AAAA once", n)
	}
	if _, err := o.parentServers(context10(t), "example.test"); err == nil {
		t.Error("a parent without servers is found")
	}
}

func TestTargets(t *testing.T) {
	var maps []netguard.Mapping
	for _, s := range []string{"ns1.test:53:127.0.0.1:5301", "198.41.0.4::127.0.0.1:5302", "web.test:80:127.0.0.1:8080", "ns9.test:53:[::1]:5309", "ns3.test:53::5353"} {
		m, err := netguard.ParseMapping(s)
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	o := observer(t, Options{Resolvers: []string{"127.0.0.1"}, ConnectTo: maps})
	for _, tt := range []struct {
		host, ips, want string
	}{
		{"ns1.test", "47.1.1.1", "127.0.0.1:5301"},
		{"ns1.test", "127.0.0.1", ""}, // the host that is replaced is vetted first
		{"ns2.test", "198.41.0.4", "127.0.0.1:5302"},
		{"ns2.test", "198.41.0.5 2400:3200::1", "198.41.0.5:53 [2400:3200::1]:53"},
		{"ns2.test", "10.0.0.1 169.254.169.254 ::1 100.64.0.1", ""},
		{"web.test", "47.1.1.1", "47.1.1.1:53"},
		{"ns9.test", "", "[::1]:5309"},
		{"ns7.test", "", ""},
		{"ns3.test", "47.1.1.3", "47.1.1.3:5353"},
	} {
		var list []netip.Addr
		for _, s := range strings.Fields(tt.ips) {
			list = append(list, netip.MustParseAddr(s))
		}
		var got []string
		for _, x := range o.targets(tt.host, list) {
			got = append(got, x.address)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.host, tt.ips, got, tt.want)
		}
	}
	private := observer(t, Options{Resolvers: []string{"127.0.0.1"}, AllowPrivate: true})
	if got := private.targets("x", ips("10.0.0.1")); len(got) != 1 {
		t.Errorf("allowed: %v", got)
	}
}

// Both sides are looked at side by side: servers that take 200 ms each make
// three steps (who, where, what), not six.
func TestLookTakesAsLongAsItsSlowestServers(t *testing.T) {
	const pause = 200 * time.Millisecond
	slow := func(h handler) handler {
		return func(q *dns.Msg) *dns.Msg {
			<-time.After(pause)
			return h(q)
		}
	}
	refer := slow(func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Ns = []dns.RR{rr(t, "example.cn. 60 IN NS ns1.host.test.")}
		return m
	})
	var maps []netguard.Mapping
	for _, s := range []string{"a.nic.test:53:" + serve(t, refer).address, "ns1.host.test:53:" + serve(t, slow(own(t, "ns1.host.test"))).address} {
		m, err := netguard.ParseMapping(s)
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	resolver := serve(t, slow(zoneOf(t, "cn. 60 IN NS a.nic.test.", "a.nic.test. 60 IN A 203.0.114.53",
		"example.cn. 60 IN NS ns1.host.test.", "ns1.host.test. 60 IN A 203.0.115.1", "example.cn. 60 IN A 47.110.0.1", "www.example.cn. 60 IN A 47.110.0.1")))
	o := observer(t, Options{Resolvers: []string{resolver.address}, ConnectTo: maps, Timeout: 5 * time.Second, Attribute: testPlaces})
	started := time.Now()
	res := o.Look(context10(t), Question{Domain: "example.cn", Hosts: []string{"a", "b", "c", "d"}})
	if took := time.Since(started); took > 12*pause {
		t.Errorf("took %v", took)
	}
	if res.Outcome != domaincheck.OutcomeOK || res.Delegation.Outcome != domaincheck.OutcomeOK || len(res.Delegation.Lame) != 0 {
		t.Errorf("%v %+v", res.Outcome, res.Delegation)
	}
}

// A look that is cut short must not blame a server for the answer nobody
// waited for.
func TestGivenUpIsNotLame(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	late := serveRaw(t, func([]byte) [][]byte {
		cancel()
		return nil
	})
	o := observer(t, Options{Resolvers: []string{closedPort(t)}, Timeout: time.Minute})
	s := o.askChild(ctx, "example.cn", target{address: late})
	s.Host = "b.test"
	if s.Fault != faultGivenUp {
		t.Errorf("%+v", s)
	}
	d := &domaincheck.Delegation{ParentOutcome: domaincheck.OutcomeOK}
	o.judgeServers(d, []serverSays{{NameServer: domaincheck.NameServer{Host: "a.test", Outcome: domaincheck.OutcomeOK}}, s}, true)
	if len(d.Lame) != 0 {
		t.Errorf("%+v", d)
	}
}
