package check

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/dnscheck"
	"domaincheck/holder"
	"domaincheck/netguard"
	"domaincheck/providers"
	"domaincheck/recordcheck"
	"domaincheck/registrars"
	"domaincheck/risk"
	"domaincheck/rules"
	"domaincheck/sitecheck"
	"domaincheck/tldlist"
	"domaincheck/watch"
	"domaincheck/whoischeck"
)

// TableFiles says where tables lie that replace the built-in ones, or are laid
// over them. A file that is named must exist; empty names none. A named file
// precedes the one in Dir.
type TableFiles struct {
	Dir string // holds tlds.csv, registrars.csv or providers.csv, each optional

	TLDs, Registrars, Providers string
	Prefixes                    string // the user's own networks: they precede all else known of an address
	CNAMEs                      string // the user's own suffixes of CNAME targets: they precede the built-in ones
	Provinces                   string // folder of province files, each replacing the built-in one of its name
	Holidays                    string // working days and days off, instead of the built-in ones

	// Confirm is the user's own measure of what makes a failure sure.
	Confirm watch.Override
}

// named is the file that the user names for a table.
func (f TableFiles) named(table string) string {
	switch table {
	case "tlds":
		return f.TLDs
	case "registrars":
		return f.Registrars
	case "providers":
		return f.Providers
	}
	return ""
}

// World is everything a check needs: the tables and the rule book in force
// and, once connected, the observers.
type World struct {
	Book       *rules.Book
	TLDs       *tldlist.Table
	Registrars *registrars.Table
	Providers  *providers.Table
	Signs      *providers.Signs
	Names      *holder.Matcher
	Risks      *risk.Table
	Tables     map[string]string // table → date#hash

	// Set by Connect.
	Checker       *Checker
	Guard         *netguard.Guard
	Registrations *whoischeck.Observer
	Resolutions   *dnscheck.Observer
	Pages         *sitecheck.Observer

	policy watch.Policy
	pacer  *whoischeck.MemoryPacer // nil if the network brought its own

	files map[string]string // table → file that replaced it
	close []func()          // in order of opening
}

// OpenTables loads tables and rule book. Its Checker judges but does not look.
// A table file that fails its checks is an error: a user who replaced a table
// must not be judged by another one without knowing.
func OpenTables(from TableFiles) (*World, error) {
	w := &World{files: map[string]string{}}
	err := together(
		func() (err error) { w.TLDs, err = tldlist.Default(); return err },
		func() (err error) { w.Registrars, err = registrars.Default(); return err },
		func() (err error) { w.Providers, err = providers.Default(); return err },
		func() (err error) { w.Signs, err = providers.DefaultSigns(); return err },
		func() (err error) { w.Names, err = holder.Default(); return err },
	)
	if err != nil {
		return nil, err
	}
	for _, table := range listedTables() {
		if err := w.takeTable(table, from); err != nil {
			return nil, err
		}
	}
	if err := w.takePrefixes(from.Prefixes); err != nil {
		return nil, err
	}
	if err := w.takeCNAMEs(from.CNAMEs); err != nil {
		return nil, err
	}
	err = together(
		func() error { return w.takeBook(from) },
		func() (err error) { w.Risks, err = risk.Load(risk.Files(), w.TLDs); return err },
	)
	if err != nil {
		return nil, err
	}
	w.Tables = map[string]string{
		"rules": w.Book.Version(), "tlds": w.TLDs.Version(),
		"registrars": w.Registrars.Version(), "providers": w.Providers.Version(),
	}
	if err := w.takeHolidays(from.Holidays); err != nil {
		return nil, err
	}
	w.Checker = New(Options{Book: w.Book, Risks: w.Risks, Policy: w.policy, Attribute: w.Attribute, ProviderID: w.Providers.ID, Tables: w.Tables})
	return w, nil
}

// together loads at once what does not rest on one another, since a person waits
// for the first query; the error is that of the first in the list that has one.
func together(loads ...func() error) error {
	errs := make([]error, len(loads))
	var wait sync.WaitGroup
	for i, load := range loads {
		wait.Go(func() { errs[i] = load() })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// listedTables are the tables that a user may replace.
func listedTables() []string { return []string{"tlds", "registrars", "providers"} }

// takeTable puts the user's table in force: the file that is named, else the
// one in the folder if there is one.
func (w *World) takeTable(table string, from TableFiles) error {
	if file := from.named(table); file != "" {
		return w.replace(table, file, false)
	}
	if from.Dir == "" {
		return nil
	}
	return w.replace(table, filepath.Join(from.Dir, table+".csv"), true)
}

// takePrefixes lets the user's own networks precede all else; a MaxMind file
// (.mmdb) takes the place of the built-in countries and ASs instead.
func (w *World) takePrefixes(file string) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, file, "the table of prefixes cannot be read: %w", err)
	}
	if strings.EqualFold(filepath.Ext(file), ".mmdb") {
		w.Providers, err = w.Providers.WithMMDB(data, file)
	} else {
		w.Providers, err = w.Providers.WithPrefixes(bytes.NewReader(data), file)
	}
	if err != nil {
		return domaincheck.AsError(err, domaincheck.CodeBadTable, file)
	}
	w.files["prefixes"] = file
	return nil
}

// takeCNAMEs lets the user's own suffixes of CNAME targets precede the built-in
// ones.
func (w *World) takeCNAMEs(file string) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, file, "the table of CNAME suffixes cannot be read: %w", err)
	}
	if w.Providers, err = w.Providers.WithCNAMEs(bytes.NewReader(data), file); err != nil {
		return domaincheck.AsError(err, domaincheck.CodeBadTable, file)
	}
	w.files["cnames"] = file
	return nil
}

// takeHolidays lets terms in working days count by the user's calendar.
func (w *World) takeHolidays(file string) error {
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, file, "the table of holidays cannot be read: %w", err)
	}
	defer f.Close()
	calendar, err := risk.ReadCalendar(f)
	if err != nil {
		return domaincheck.AsError(err, domaincheck.CodeBadTable, file).WithHint("the columns are day,kind,holiday,source; kind is off or work")
	}
	w.Risks = w.Risks.WithCalendar(calendar)
	w.files["holidays"] = file
	return nil
}

// takeBook loads the rule book with the user's provinces and measure.
func (w *World) takeBook(from TableFiles) error {
	files, user := rules.Files(), os.DirFS(from.Provinces)
	if from.Provinces != "" {
		if err := provincesIn(from.Provinces, user); err != nil {
			return err
		}
		files = overlaid{files, user}
		w.files["rules"] = from.Provinces
	}
	var err error
	w.Book, err = rules.Load(files, rules.Tables{TLDs: w.TLDs, Registrars: w.Registrars, Providers: w.Providers, Names: names{w.Names}, Signs: w.Signs})
	if err != nil && from.Provinces != "" {
		return blame(err, from.Provinces, user)
	}
	if err != nil {
		return err
	}
	w.policy = watch.DefaultPolicy().Overridden(from.Confirm)
	if from.Confirm != (watch.Override{}) {
		policy := w.policy
		w.Book = w.Book.WithConfirm(func(id string) (rules.Confirm, bool) {
			c := policy.For(id)
			return rules.Confirm{Looks: c.Looks, Apart: c.Apart, NotifyApart: c.NotifyApart}, true
		})
	}
	return nil
}

// replace puts the user's table in force; optional: if the file exists.
func (w *World) replace(table, file string, optional bool) error {
	data, err := os.ReadFile(file)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, file, "the table of %s cannot be read: %w", table, err)
	}
	switch table {
	case "tlds":
		w.TLDs, err = w.TLDs.Replace(bytes.NewReader(data), file)
	case "registrars":
		w.Registrars, err = registrars.Read(bytes.NewReader(data), file)
	case "providers":
		w.Providers, err = w.Providers.Replace(bytes.NewReader(data), file)
	}
	if err != nil {
		return domaincheck.AsError(err, domaincheck.CodeBadTable, file).WithHint("mend the file, or leave it out to use the built-in table")
	}
	w.files[table] = file
	return nil
}

// Attribute tells what is known of an address.
func (w *World) Attribute(ip netip.Addr, cname []string) domaincheck.Address {
	return w.Providers.Attribute(ip, cname)
}

// sink tells an address that carriers answer in place of the true one.
func (w *World) sink(ip netip.Addr) bool {
	block, _ := w.Signs.Names(providers.NameView{IPs: []netip.Addr{ip}})
	return block != nil
}

// Policy is how looks make failures sure.
func (w *World) Policy() watch.Policy { return w.policy }

// ProviderName is a provider's name for people.
func (w *World) ProviderName(id, lang string) string { return w.Providers.Name(id, lang) }

// Connect builds the observers. Errors have code bad_settings or bad_input.
func (w *World) Connect(n Network) error {
	mappings, err := parseMappings(n.ConnectTo)
	if err != nil {
		return err
	}
	subnet, err := parseSubnet(n.ClientSubnet)
	if err != nil {
		return err
	}
	if err := checkRegistries(n); err != nil {
		return err
	}
	roots, err := Roots(n.CAFile)
	if err != nil {
		return err
	}
	w.Resolutions, err = dnscheck.New(dnscheck.Options{
		Resolvers: n.Resolvers, ClientSubnet: subnet, Vantage: domaincheck.Vantage(n.Vantage),
		AllowPrivate: n.AllowPrivate, ConnectTo: mappings, Attribute: w.Attribute, Sink: w.sink, Timeout: n.Timeout,
	})
	if err != nil {
		return err
	}
	w.close = append(w.close, func() { w.Resolutions.Close() })
	w.Guard = netguard.New(netguard.Options{
		Resolve: w.Resolutions.Addresses, AllowPrivate: n.AllowPrivate, ConnectTo: mappings, Timeout: n.Timeout,
	})
	pacer := n.Pacer
	if pacer == nil {
		w.pacer = whoischeck.NewMemoryPacer(whoischeck.Limits{PerSecond: n.WHOISPerSecond, Burst: n.WHOISBurst, Servers: n.WHOISLimits, MaxHold: cmp.Or(n.Patience, 2*time.Minute)})
		pacer = turns{w.pacer}
	}
	w.Registrations = whoischeck.New(whoischeck.Options{
		Dialer: w.Guard, Mapped: w.Guard.Names, Resolve: w.Resolutions.Addresses, Timeout: n.Timeout, Servers: n.WHOISServers, RDAPBases: n.RDAPBases, Roots: roots,
		Pacer: pacer,
		Services: func(tld string) (whois, rdap string) {
			row := w.TLDs.Lookup(tld)
			return row.WHOIS, row.RDAP
		},
	})
	w.Pages, err = sitecheck.New(sitecheck.Options{
		Guard: w.Guard, Browser: n.Browser, Timeout: n.Timeout, Roots: roots, KeepRaw: n.KeepPages, Parse: sitecheck.ParseOptions{Signs: w.Signs},
	})
	if err != nil {
		w.Close()
		return err
	}
	w.close = append(w.close, func() { w.Pages.Close() })
	records, err := w.records(n.Record)
	if err != nil {
		w.Close()
		return err
	}
	w.Checker = New(Options{
		Registrations: w.Registrations, Resolutions: w.Resolutions, Pages: w.Pages, Records: records,
		Book: w.Book, Risks: w.Risks, Policy: w.policy, Attribute: w.Attribute, ProviderID: w.Providers.ID, Tables: w.Tables,
	})
	return nil
}

// records makes the observer of filed records; nil where there is no API. The
// user names the API: it is dialled as named.
func (w *World) records(o *recordcheck.Options) (Records, error) {
	if o == nil {
		return nil, nil
	}
	own := *o
	own.Dial = w.Guard.DialTrusted
	return recordcheck.New(own)
}

// Refusing tells how many registries' servers are left alone now because they
// refused to answer, and when the last of them may be asked again.
func (w *World) Refusing() (servers int, until time.Time) {
	if w.pacer == nil {
		return 0, time.Time{}
	}
	return w.pacer.Refusing()
}

// Close ends the observers, the browser first.
func (w *World) Close() {
	for i := len(w.close) - 1; i >= 0; i-- {
		w.close[i]()
	}
	w.close = nil
}

func parseMappings(flags []string) ([]netguard.Mapping, error) {
	mappings := make([]netguard.Mapping, 0, len(flags))
	for _, f := range flags {
		m, err := netguard.ParseMapping(f)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadInput, "--connect-to", "%w", err)
		}
		mappings = append(mappings, m)
	}
	return mappings, nil
}

// checkRegistries refuses WHOIS servers and RDAP bases that could never be
// asked, so that a slip of the pen is not a silent absence of answers.
func checkRegistries(n Network) error {
	for suffix, base := range n.RDAPBases {
		if base == "" {
			continue // RDAP off
		}
		u, err := url.Parse(base)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return domaincheck.Errorf(domaincheck.CodeBadInput, "--rdap-base", "%q for %s is no http or https URL", base, suffix).
				WithHint("such as cn=https://rdap.example/ ; an empty URL turns RDAP off")
		}
	}
	for suffix, server := range n.WHOISServers {
		if server == "" {
			continue // WHOIS off
		}
		host, port := server, "43"
		if h, p, err := net.SplitHostPort(server); err == nil {
			host, port = h, p
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil || strings.Trim(host, "[]") == "" || strings.ContainsAny(host, "/ ") {
			return domaincheck.Errorf(domaincheck.CodeBadInput, "--whois-server", "%q for %s is no HOST[:PORT]", server, suffix)
		}
	}
	return nil
}

func parseSubnet(cidr string) (netip.Prefix, error) {
	if cidr == "" {
		return netip.Prefix{}, nil
	}
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return netip.Prefix{}, domaincheck.Errorf(domaincheck.CodeBadInput, "--client-subnet", "%q is not a CIDR such as 114.80.0.0/24", cidr)
	}
	return prefix.Masked(), nil
}

// Roots reads certificates trusted beside the system's; nil means the
// system's only.
func Roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, file, "cannot be read: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without roots still has the user's
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, file, "holds no certificate in PEM form")
	}
	return pool, nil
}
