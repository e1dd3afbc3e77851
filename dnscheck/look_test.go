package dnscheck

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
)

func hostOf(t *testing.T, res *domaincheck.Resolution, name string) domaincheck.Host {
	t.Helper()
	for _, h := range res.Hosts {
		if h.Host == name {
			return h
		}
	}
	t.Fatalf("no host %s in %v", name, res.Hosts)
	return domaincheck.Host{}
}

func TestLook(t *testing.T) {
	s := serve(t, zoneOf(t,
		"example.cn. 60 IN A 47.110.0.1", "example.cn. 60 IN AAAA 2408::1",
		"www.example.cn. 60 IN CNAME w.kunlun.example.", "w.kunlun.example. 60 IN A 47.110.0.2",
		"mail.example.cn. 60 IN MX 10 mx.example.cn.",
		"inside.example.cn. 60 IN A 10.0.0.8",
		"a.b.example.cn. 60 IN A 8.8.4.4",
		"sunk.example.cn. 60 IN A 47.9.9.9",
		"www.other.example.com. 60 IN A 47.110.0.7",
		"loop.example.cn. 60 IN CNAME loop2.example.cn.", "loop2.example.cn. 60 IN CNAME loop.example.cn.",
	))
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	o := observer(t, Options{Resolvers: []string{s.address}, Attribute: testPlaces, Vantage: domaincheck.VantageMainland,
		Now:  func() time.Time { return at },
		Sink: func(ip netip.Addr) bool { return ip == netip.MustParseAddr("47.9.9.9") }})
	res := o.Look(context10(t), Question{Domain: "Example.CN.", Hosts: []string{"www", "mail", "inside", "a.b", "no", "@", "sunk", "www.example.cn", "loop", "www.other.example.com.", "a b", "商城"}})
	if res.Outcome != domaincheck.OutcomeOK || res.Error != nil || !res.At.Equal(at) || res.Vantage != domaincheck.VantageMainland || !slices.Equal(res.Resolvers, []string{s.address}) {
		t.Errorf("%+v", res.Look)
	}
	var names []string
	for _, h := range res.Hosts {
		names = append(names, h.Host)
	}
	want := []string{"example.cn", "www.example.cn", "mail.example.cn", "inside.example.cn", "a.b.example.cn", "no.example.cn", "sunk.example.cn", "loop.example.cn", "www.other.example.com", "xn--vcsp02f.example.cn", "a b"}
	if len(names) != len(want) || !slices.Equal(names[:9], want[:9]) || names[10] != "a b" {
		t.Errorf("hosts %q\nwant  %q", names, want)
	}
	apex := hostOf(t, res, "example.cn")
	if len(apex.Addresses) != 2 || apex.Addresses[0].IP != "47.110.0.1" || apex.Addresses[0].Provider != "aliyun" || apex.Agreed != 1 || apex.RCode != "NOERROR" {
		t.Errorf("apex %+v", apex)
	}
	www := hostOf(t, res, "www.example.cn")
	if !slices.Equal(www.CNAME, []string{"w.kunlun.example"}) || !www.Addresses[0].CDN || www.Addresses[0].By != "cname" {
		t.Errorf("www %+v", www)
	}
	if h := hostOf(t, res, "mail.example.cn"); h.Outcome != "ok" || h.RCode != "NOERROR" || len(h.Addresses) != 0 {
		t.Errorf("NODATA %+v", h)
	}
	if h := hostOf(t, res, "no.example.cn"); h.Outcome != "ok" || h.RCode != "NXDOMAIN" {
		t.Errorf("NXDOMAIN %+v", h)
	}
	if h := hostOf(t, res, "loop.example.cn"); !h.Loop || h.Outcome != "ok" || h.Agreed != 1 {
		t.Errorf("loop %+v", h)
	}
	if a := hostOf(t, res, "inside.example.cn").Addresses[0]; a.Kind != "private" || a.Mainland != nil || a.Provider != "" {
		t.Errorf("private %+v", a)
	}
	if a := hostOf(t, res, "sunk.example.cn").Addresses[0]; a.Kind != "sink" || a.Mainland != nil || a.Provider != "" {
		t.Errorf("sink %+v", a)
	}
	if h := hostOf(t, res, "a b"); h.Outcome != domaincheck.OutcomeFailed || h.Error == nil || h.Error.Code != domaincheck.CodeBadInput {
		t.Errorf("bad host %+v", h)
	}
	if !domaincheck.IsNot(res.Wildcard) {
		t.Errorf("wildcard %v", res.Wildcard)
	}
	if len(res.Raw) != 1 || res.Raw[0].Source != s.address || bytes.Count(res.Raw[0].Bytes, []byte(";; opcode: QUERY")) < 2*10 || bytes.Count(res.Raw[0].Bytes, []byte("id: 0\n")) < 2*10 {
		t.Errorf("%d raw texts: %.300s", len(res.Raw), res.Raw)
	}
}

func TestLookAllowPrivate(t *testing.T) {
	s := serve(t, zoneOf(t, "example.cn. 60 IN A 127.0.0.1", "*.example.cn. 60 IN A 127.0.0.1"))
	o := observer(t, Options{Resolvers: []string{s.address}, AllowPrivate: true, Attribute: func(ip netip.Addr, _ []string) domaincheck.Address {
		return domaincheck.Address{IP: ip.String(), Provider: "lab", Mainland: domaincheck.Known(true)}
	}})
	a := hostOf(t, o.Look(context10(t), Question{Domain: "example.cn"}), "example.cn").Addresses[0]
	if a.Kind != "" || a.Provider != "lab" {
		t.Errorf("%+v", a)
	}
}

func TestTwoResolvers(t *testing.T) {
	here := zoneOf(t, "example.cn. 60 IN A 47.110.0.1")
	hereToo := zoneOf(t, "example.cn. 60 IN A 47.110.0.9")
	abroad := zoneOf(t, "example.cn. 60 IN A 8.8.4.4")
	nothing := zoneOf(t, "x.example.cn. 60 IN A 47.110.0.1", "example.cn. 60 IN TXT x")
	gone := zoneOf(t, "other. 60 IN A 47.110.0.1")
	loop := zoneOf(t, "example.cn. 60 IN CNAME a.example.cn.", "a.example.cn. 60 IN CNAME example.cn.")
	mute := func(*dns.Msg) *dns.Msg { return nil }
	onlyFour := func(h handler, code int) handler {
		return func(q *dns.Msg) *dns.Msg {
			if q.Question[0].Qtype == dns.TypeAAAA {
				return new(dns.Msg).SetRcode(q, code)
			}
			return h(q)
		}
	}
	tests := []struct {
		name    string
		a, b    handler
		outcome domaincheck.Outcome
		rcode   domaincheck.Text
		ips     int
		agreed  int
		part    domaincheck.Outcome
	}{
		{"both the same", here, here, "ok", "NOERROR", 1, 2, "ok"},
		{"both in the mainland, other addresses", here, hereToo, "ok", "NOERROR", 1, 2, "ok"},
		{"one abroad", here, abroad, "ok", "NOERROR", 1, 1, "ok"},
		{"both abroad", abroad, abroad, "ok", "NOERROR", 1, 2, "ok"},
		{"second only", rcode(dns.RcodeServerFailure), here, "ok", "NOERROR", 1, 1, "ok"},
		{"first says no such name", gone, here, "ok", "NOERROR", 1, 1, "ok"},
		{"both say no such name", gone, gone, "ok", "NXDOMAIN", 0, 2, "ok"},
		{"name or no data", nothing, gone, "ok", "NOERROR", 0, 1, "ok"},
		{"both fail", rcode(dns.RcodeServerFailure), rcode(dns.RcodeServerFailure), "failed", "SERVFAIL", 0, 2, "ok"},
		{"one fails, one is silent", rcode(dns.RcodeServerFailure), mute, "failed", "SERVFAIL", 0, 1, "failed"},
		{"one is silent, one fails", mute, rcode(dns.RcodeServerFailure), "failed", "SERVFAIL", 0, 1, "failed"},
		{"one fails, the other says no such name", rcode(dns.RcodeServerFailure), gone, "ok", "NXDOMAIN", 0, 1, "ok"},
		{"both refuse", rcode(dns.RcodeRefused), rcode(dns.RcodeRefused), "refused", "REFUSED", 0, 2, "refused"},
		{"both silent", mute, mute, "timeout", "", 0, 0, "timeout"},
		{"both loop", loop, loop, "ok", "NOERROR", 0, 2, "ok"},
		{"one loops", loop, here, "ok", "NOERROR", 1, 1, "ok"},
		{"addresses hide a failure for AAAA", onlyFour(here, dns.RcodeServerFailure), mute, "ok", "NOERROR", 1, 1, "ok"},
		{"a failure for AAAA hides no data", onlyFour(nothing, dns.RcodeServerFailure), mute, "failed", "SERVFAIL", 0, 1, "failed"},
		{"no such name speaks of AAAA too", onlyFour(gone, dns.RcodeServerFailure), mute, "ok", "NXDOMAIN", 0, 1, "ok"},
		{"no such AAAA is no data", onlyFour(nothing, dns.RcodeNameError), mute, "ok", "NOERROR", 0, 1, "ok"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := observer(t, Options{Resolvers: []string{serve(t, tt.a).address, serve(t, tt.b).address}, Attribute: testPlaces, Timeout: time.Second})
			c := o.host(context10(t), "example.cn")
			h := c.host
			if h.Outcome != tt.outcome || h.RCode != tt.rcode || len(h.Addresses) != tt.ips || h.Agreed != tt.agreed {
				t.Errorf("%+v", h)
			}
			if part, _ := overall([]domaincheck.Host{h}); part != tt.part {
				t.Errorf("part %s, want %s", part, tt.part)
			}
			if (h.Error == nil) != (h.Outcome == domaincheck.OutcomeOK) {
				t.Errorf("outcome %s with error %v", h.Outcome, h.Error)
			}
		})
	}
}

func TestThirdResolverOnlyWhenTwoSayNothing(t *testing.T) {
	third := serve(t, zoneOf(t, "example.cn. 60 IN A 47.110.0.1"))
	bad := serve(t, rcode(dns.RcodeRefused))
	o := observer(t, Options{Resolvers: []string{bad.address, serve(t, rcode(dns.RcodeRefused)).address, third.address}})
	if c := o.host(context10(t), "example.cn"); c.host.Outcome != domaincheck.OutcomeOK {
		t.Errorf("%+v", c.host)
	}
	n := third.queries.Load()
	o = observer(t, Options{Resolvers: []string{third.address, bad.address, third.address}})
	if len(o.upstreams) != 2 {
		t.Errorf("a resolver named twice is asked twice")
	}
	good := serve(t, zoneOf(t, "example.cn. 60 IN A 47.110.0.1"))
	o = observer(t, Options{Resolvers: []string{good.address, bad.address, third.address}})
	o.host(context10(t), "example.cn")
	if third.queries.Load() != n {
		t.Error("the third resolver is asked without need")
	}
}

// A dead second resolver must not slow a healthy look down to its time-out.
func TestHealthyAnswerDoesNotWait(t *testing.T) {
	s := serve(t, zoneOf(t, "example.cn. 60 IN A 47.110.0.1"))
	o := observer(t, Options{Resolvers: []string{s.address, silent(t)}, Attribute: testPlaces, Timeout: 30 * time.Second})
	started := time.Now()
	if c := o.host(context10(t), "example.cn"); c.host.Agreed != 1 || len(c.host.Addresses) != 1 {
		t.Errorf("%+v", c.host)
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestWildcard(t *testing.T) {
	every := func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: 1}, A: []byte{47, 1, 2, 3}}}
		return m
	}
	for name, tt := range map[string]struct {
		h    handler
		want *bool
	}{
		"every name": {every, domaincheck.Known(true)},
		"none":       {rcode(dns.RcodeNameError), domaincheck.Known(false)},
		"unseen":     {rcode(dns.RcodeServerFailure), nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tt.h)
			got := observer(t, Options{Resolvers: []string{s.address}}).wildcard(context10(t), "example.cn")
			if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("got %v", got)
			}
			if n := s.queries.Load(); n != 1 {
				t.Errorf("%d questions", n)
			}
		})
	}
}

func TestVantage(t *testing.T) {
	who := func(a, txt string) handler {
		return zoneOf(t, "whoami.akamai.net. 60 IN A "+a, `o-o.myaddr.l.google.com. 60 IN TXT "`+txt+`"`, `o-o.myaddr.l.google.com. 60 IN TXT "edns0-client-subnet `+txt+`/24"`)
	}
	tests := []struct {
		name  string
		o     Options
		h     handler
		auto  domaincheck.Vantage // by place
		asked domaincheck.Vantage // by askPlace, as for a resolver elsewhere
	}{
		{"said", Options{Vantage: domaincheck.VantageAbroad}, who("47.1.1.1", "47.1.1.1"), "abroad", "mainland"},
		{"own resolver on loopback", Options{Vantage: "auto"}, who("47.1.1.1", "47.1.1.1"), "unknown", "mainland"},
		{"mainland subnet", Options{ClientSubnet: netip.MustParsePrefix("47.96.0.0/16")}, rcode(dns.RcodeRefused), "mainland", "unknown"},
		{"foreign subnet", Options{ClientSubnet: netip.MustParsePrefix("8.8.8.0/24")}, rcode(dns.RcodeRefused), "abroad", "unknown"},
		{"unknown subnet", Options{ClientSubnet: netip.MustParsePrefix("9.9.9.0/24")}, rcode(dns.RcodeRefused), "unknown", "unknown"},
		{"node abroad", Options{}, who("8.1.1.1", "8.1.1.1"), "unknown", "abroad"},
		{"nodes disagree", Options{}, who("8.1.1.1", "47.1.1.1"), "unknown", "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.h)
			tt.o.Resolvers, tt.o.Attribute = []string{s.address}, testPlaces
			o := observer(t, tt.o)
			if got := o.place(context10(t)); got != tt.auto {
				t.Errorf("place %q, want %q", got, tt.auto)
			}
			if n := s.queries.Load(); n != 0 {
				t.Errorf("%d questions for a place that is known without", n)
			}
			for range 2 { // the second time from memory
				if got := o.askPlace(context10(t)); got != tt.asked {
					t.Errorf("asked: %q, want %q", got, tt.asked)
				}
			}
			if n := s.queries.Load(); n > 2*2 {
				t.Errorf("%d questions", n)
			}
		})
	}
}

func TestHostNames(t *testing.T) {
	for in, want := range map[string]string{
		"@": "example.cn", "": "example.cn", "api": "api.example.cn", "API": "api.example.cn", "a.b": "a.b.example.cn",
		"www.example.cn": "www.example.cn", "example.cn": "example.cn", "x.example.cn.": "x.example.cn",
		"www.example.com": "www.example.com", "m.example.com.cn": "m.example.com.cn", "www.shop": "www.shop.example.cn",
		"*": "*.example.cn", "*.api": "*.api.example.cn", "_dmarc": "_dmarc.example.cn", "other.example.": "other.example",
		"1.2.3.4": "", "a b": "", "-": "-.example.cn", "a..b": "", "x/y": "",
	} {
		got, ok := hostName(in, "example.cn")
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", in, got, ok, want)
		}
	}
}

func TestParseResolver(t *testing.T) {
	for in, want := range map[string]string{
		"223.5.5.5": "223.5.5.5:53", " 223.5.5.5:5353 ": "223.5.5.5:5353", "2400:3200::1": "[2400:3200::1]:53", "[2400:3200::1]": "[2400:3200::1]:53",
		"[2400:3200::1]:54": "[2400:3200::1]:54", "DNS.example": "dns.example:53", "dns.example:99": "dns.example:99",
		"": "", ":53": "", "1.2.3.4:0": "", "1.2.3.4:65536": "", "1.2.3.4:x": "", "a b": "", "http://x": "", "1.2.3.4:5:6": "",
	} {
		got, err := ParseResolver(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
		if err != nil {
			wantCode(t, err, domaincheck.CodeBadSettings)
		}
	}
	_, err := New(Options{Vantage: "moon"})
	wantCode(t, err, domaincheck.CodeBadSettings)
	_, err = New(Options{Resolvers: []string{"1.1.1.1", "?"}})
	wantCode(t, err, domaincheck.CodeBadSettings)
}

func TestLookBadDomain(t *testing.T) {
	res := observer(t, Options{Resolvers: []string{closedPort(t)}}).Look(context.WithoutCancel(t.Context()), Question{Domain: "a b"})
	if res.Outcome != domaincheck.OutcomeFailed || res.Error == nil {
		t.Errorf("%+v", res)
	}
}
