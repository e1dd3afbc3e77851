package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	dc "domaincheck"
)

// Options of a lab.
type Options struct {
	Sites   int       // 1 to 1,000,000; 0 is one of each story
	Seed    uint64    // decides stories, names, numbers; any value
	Now     time.Time // the moment that planted dates are relative to; must be given
	Listen  string    // the address to listen on; "" is 127.0.0.1
	Stories []string  // the names of the stories to deal; empty is the whole catalogue
	NoSlow  bool      // leave out stories in which somebody waits for seconds
	Demo    bool      // the cast of the demo, in its order, instead: Sites and Stories are not used
	CAFile  string    // where to write the authority's certificate (PEM); removed by Close; "" nowhere
}

// maxSites keeps a site's index within the six digits of a record number.
const maxSites = 1_000_000 - 100_001

// mappedSites is how many sites of a story may need mappings of their own.
const mappedSites = 8

// Lab is a running laboratory. Its methods may be called from any goroutine.
type Lab struct {
	world     *world
	counts    *counter
	authority *authority
	caFile    string
	ports     ports
	services  []service
	cancel    context.CancelFunc
	wg        sync.WaitGroup
	closing   sync.Once
	closeErr  error
	done      chan struct{}
}

// Start opens the sockets and begins to answer. The lab runs until Close is
// called or ctx ends; Wait returns after that. Errors are of the options
// (domaincheck.CodeBadInput) or of the sockets (domaincheck.CodeNetwork).
func Start(ctx context.Context, o Options) (*Lab, error) {
	w, err := newWorld(o)
	if err != nil {
		return nil, err
	}
	a, err := newAuthority(o.Now)
	if err != nil {
		return nil, dc.Errorf(dc.CodeInternal, "", "%w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Lab{world: w, counts: newCounter(), authority: a, caFile: o.CAFile, cancel: cancel, done: make(chan struct{})}
	listen := o.Listen
	if listen == "" {
		listen = "127.0.0.1"
	}
	if err := l.open(ctx, listen); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if o.CAFile != "" {
		if err := os.WriteFile(o.CAFile, a.pem, 0o644); err != nil { //nolint:gosec // a public certificate
			err = dc.Errorf(dc.CodeUnreadable, o.CAFile, "write the lab authority's certificate: %w", err)
			return nil, errors.Join(err, l.Close())
		}
	}
	l.wg.Go(func() {
		<-ctx.Done()
		l.shut()
	})
	return l, nil
}

// newWorld checks the options and shuffles the deck.
func newWorld(o Options) (*world, error) {
	all := catalogue()
	byTag := make(map[string]*Story, len(all))
	for _, s := range all {
		byTag[s.Name] = s
	}
	deck := all
	if len(o.Stories) > 0 {
		deck = nil
		for _, name := range o.Stories {
			if byTag[name] == nil {
				return nil, dc.Errorf(dc.CodeBadInput, "", "the lab has no story %q", name)
			}
			deck = append(deck, byTag[name])
		}
	}
	if o.Demo {
		return demoWorld(o, byTag)
	}
	if o.NoSlow {
		var quick []*Story
		for _, s := range deck {
			if !s.Slow {
				quick = append(quick, s)
			}
		}
		deck = quick
	}
	if len(deck) == 0 {
		return nil, dc.Errorf(dc.CodeBadInput, "", "no story is left to plant")
	}
	n := o.Sites
	if n == 0 {
		n = len(deck)
	}
	if n < 1 || n > maxSites {
		return nil, dc.Errorf(dc.CodeBadInput, "", "a lab has 1 to %d sites, not %d", maxSites, n)
	}
	if o.Now.IsZero() {
		return nil, dc.Errorf(dc.CodeBadInput, "", "a lab needs to know what time it is: Options.Now")
	}
	d := diceFor(o.Seed, 0, 3)
	return &world{seed: o.Seed, n: n, now: o.Now, deck: shuffled(&d, deck), byTag: byTag, playing: map[int]*Story{}}, nil
}

// demoWorld is the cast of the demo: nothing is shuffled, and names are given.
func demoWorld(o Options, byTag map[string]*Story) (*world, error) {
	deck, err := demoStories(byTag)
	if err != nil {
		return nil, err
	}
	if o.Now.IsZero() {
		return nil, dc.Errorf(dc.CodeBadInput, "", "a lab needs to know what time it is: Options.Now")
	}
	w := &world{seed: o.Seed, n: len(deck), now: o.Now, deck: deck, byTag: byTag, demo: true, named: map[string]int{}, playing: map[int]*Story{}}
	for i := range deck {
		label, _ := w.name(i)
		if _, twice := w.named[label]; twice {
			return nil, dc.Errorf(dc.CodeInternal, "", "two sites of the demo are called %q", label)
		}
		w.named[label] = i
	}
	return w, nil
}

// shut stops every service, once.
func (l *Lab) shut() {
	l.closing.Do(func() {
		l.cancel()
		var errs []error
		for _, s := range l.services {
			if err := s.close(); err != nil {
				errs = append(errs, fmt.Errorf("close %s: %w", s.name, err))
			}
		}
		if l.caFile != "" {
			if err := os.Remove(l.caFile); err != nil && !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		l.closeErr = errors.Join(errs...)
		close(l.done)
	})
}

// Close stops the lab and returns when its last goroutine has ended. It may be
// called more than once.
func (l *Lab) Close() error {
	l.shut()
	return l.Wait()
}

// Wait returns when the lab has been closed, or its context has ended, and all
// its goroutines are gone.
func (l *Lab) Wait() error {
	<-l.done
	l.wg.Wait()
	return l.closeErr
}

// Counts is how often each thing was asked so far, in a fixed order.
func (l *Lab) Counts() []Count { return l.counts.all() }

// ResetCounts forgets them.
func (l *Lab) ResetCounts() { l.counts.reset() }

// CA is the certificate of the authority that signs the sites' certificates, as
// PEM. A program that judges certificates must be told to trust it.
func (l *Lab) CA() []byte { return append([]byte(nil), l.authority.pem...) }

// Resolver is the first resolver, host:port. Both resolvers agree except where
// a story wants otherwise.
func (l *Lab) Resolver() string { return l.ports.resolver1 }

// Resolvers are both resolvers, host:port.
func (l *Lab) Resolvers() []string { return []string{l.ports.resolver1, l.ports.resolver2} }

// WHOISServer is the registry's WHOIS server, host:port.
func (l *Lab) WHOISServer() string { return l.ports.whois }

// RDAPBase is the registry's RDAP base URL, with the final slash.
func (l *Lab) RDAPBase() string { return "http://" + l.ports.rdap + "/rdap/" }

// WHOISServers are the WHOIS servers (host:port) by suffix; "*" is every other
// one.
func (l *Lab) WHOISServers() map[string]string {
	return map[string]string{"*": l.ports.whois, tldRefused: l.ports.whoisRefused, tldRefusedCN: l.ports.whoisRefused}
}

// RDAPBases are the RDAP base URLs by suffix. The other suffixes have none, as
// in life.
func (l *Lab) RDAPBases() map[string]string {
	out := map[string]string{tldRefused: "http://" + l.ports.rdapRefused + "/rdap/"}
	for _, tld := range []string{"com", "net", "top", "org", "dev"} {
		out[tld] = l.RDAPBase()
	}
	return out
}

// ClientSubnet is the subnet to show to resolvers so that the view is the
// mainland's.
func (l *Lab) ClientSubnet() string { return mainlandSubnet }

// ConnectTo are the mappings HOST:PORT:HOST:PORT, to be applied in this order,
// first match wins. An empty host is any host.
func (l *Lab) ConnectTo() []string {
	var out []string
	add := func(host, port, to string) { out = append(out, host+":"+port+":"+to) }
	for _, host := range []string{hostTLD1, hostTLD2, hostRoot} {
		add(host, "53", l.ports.parent)
		add(ownHosts(host)[0].String(), "53", l.ports.parent)
	}
	add(hostLame, "53", l.ports.lame)
	add(ownHosts(hostLame)[0].String(), "53", l.ports.lame)
	add(hostSilent, "53", l.ports.silent)
	add(ownHosts(hostSilent)[0].String(), "53", l.ports.silent)
	// The registrar's servers are named, so that a referral is followed there
	// although the registry's are overridden.
	add(hostRegistrarWHOIS, "43", l.ports.whoisRegistrar)
	add(hostRegistrarRDAP, "443", l.ports.https)
	for _, p := range l.refused() {
		for _, host := range []string{p.domain, "www." + p.domain} {
			if p.story.address && host != p.domain {
				continue
			}
			if p.web.http == serveRefused {
				add(host, "80", l.ports.closed)
			}
			if p.web.https == serveRefused {
				add(host, "443", l.ports.closed)
			}
		}
	}
	add("", "53", l.ports.child)
	add("", "43", l.ports.whoisRegistrar)
	add("", "80", l.ports.http)
	add("", "443", l.ports.https)
	return out
}

// refused are the sites of which some port refuses connections. Such stories
// are dealt a limited number of times, because each site needs mappings.
func (l *Lab) refused() []*plan {
	var out []*plan
	for i := range min(l.world.n, len(l.world.deck)*mappedSites) {
		if s := l.world.storyOf(i); s.limit > 0 {
			out = append(out, l.world.plan(i))
		}
	}
	return out
}

// Flags are the command's flags that lead it to the lab.
func (l *Lab) Flags() []string {
	var out []string
	for _, r := range l.Resolvers() {
		out = append(out, "--resolver", r)
	}
	out = append(out, "--client-subnet", mainlandSubnet)
	out = append(out, bySuffix("--whois-server", l.WHOISServers())...)
	out = append(out, bySuffix("--rdap-base", l.RDAPBases())...)
	for _, m := range l.ConnectTo() {
		out = append(out, "--connect-to", m)
	}
	// One process stands for every registry: the pace that spares a true one
	// would make a lab of a thousand sites take a quarter of an hour.
	out = append(out, "--whois-per-second", "1000", "--whois-burst", "1000")
	if l.caFile != "" {
		out = append(out, "--ca-file", l.caFile)
	}
	return out
}

// bySuffix repeats a flag SUFFIX=VALUE, in the order of the suffixes.
func bySuffix(flag string, values map[string]string) []string {
	var out []string
	for _, suffix := range slices.Sorted(maps.Keys(values)) {
		out = append(out, flag, suffix+"="+values[suffix])
	}
	return out
}

// Describe writes, for a person, what is running and how to use it; lang is
// "zh" or "en".
func (l *Lab) Describe(w io.Writer, lang string) error {
	words := map[string][2]string{
		"title":    {"Local internet running: %d sites, seed %d, %d kinds of stories.", "本地互联网已启动：%d 个网站，种子 %d，%d 种情形。"},
		"resolver": {"Resolvers", "解析器"}, "whois": {"WHOIS", "WHOIS"}, "rdap": {"RDAP", "RDAP"},
		"sites": {"Sites (http, https)", "网站（http、https）"}, "flags": {"Lead a program here with:", "用以下参数让程序查询本实验室："},
		"first": {"Some of the sites:", "部分网站："},
	}
	n := 0
	if lang != "en" {
		n = 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, words["title"][n]+"\n", l.world.n, l.world.seed, len(l.world.deck))
	fmt.Fprintf(&b, "  %s: %s\n", words["resolver"][n], strings.Join(l.Resolvers(), " "))
	fmt.Fprintf(&b, "  %s: %s\n  %s: %s\n", words["whois"][n], l.WHOISServer(), words["rdap"][n], l.RDAPBase())
	fmt.Fprintf(&b, "  %s: %s %s\n\n%s\n ", words["sites"][n], l.ports.http, l.ports.https, words["flags"][n])
	flags := l.Flags()
	for i := 0; i < len(flags); i += 2 {
		fmt.Fprintf(&b, " %s '%s'", flags[i], flags[i+1])
	}
	fmt.Fprintf(&b, "\n\n%s\n", words["first"][n])
	for i := range min(l.world.n, 10) {
		p := l.world.plan(i)
		fmt.Fprintf(&b, "  %-28s %s\n", p.unicode, p.story.Name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
