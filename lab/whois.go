package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/text/encoding/simplifiedchinese"

	dc "domaincheck"
)

// mode is how a registry answers.
type mode int

const (
	modeFound mode = iota
	modeDecoy      // found; RDAP lists other public ids before the IANA one
	modeAbsent
	modeAbsentBare // RDAP: 404 without a body
	modeReserved
	modeTooFast       // refused; RDAP: 429 with Retry-After
	modeExceeded      // refused
	modeRefusedAbsent // refused, then words of absence
	modeSlow          // found, after two seconds
	modeEndless
	modeTrickle
	modeReset // RDAP: 500
	modeServerError
	modeHTML
	modeEmpty
	modeSilent
	modeCut // half of the answer
)

const second = time.Second

// whoisServer answers WHOIS questions (RFC 3912) as a registry or a registrar.
type whoisServer struct {
	registrar bool
	world     *world
	counts    *counter
}

// name is how the server is called in counts.
func (s *whoisServer) name() string {
	if s.registrar {
		return "whois-registrar"
	}
	return "whois-registry"
}

// serve answers one connection; ctx ends when the lab closes.
func (s *whoisServer) serve(ctx context.Context, conn net.Conn) {
	line, err := bufio.NewReader(io.LimitReader(conn, 1024)).ReadString('\n')
	if err != nil {
		return
	}
	query := strings.ToLower(strings.TrimSpace(line))
	query = strings.TrimPrefix(strings.TrimPrefix(query, "domain "), "=")
	if ascii, err := idna.ToASCII(query); err == nil {
		query = ascii // names may be asked in either form
	}
	s.counts.add(Count{Kind: "whois", Server: s.name(), Name: query, Type: ""})
	p, below := s.world.find(query)
	if p == nil || below != "" {
		_, _ = io.WriteString(conn, "No matching record.\r\n")
		return
	}
	text := s.text(p)
	switch p.reg.whois {
	case modeSilent:
		silence(conn)
	case modeReset:
		reset(conn)
	case modeEmpty:
	case modeEndless:
		endless(ctx, conn, []byte("% this line is repeated for ever and tells nothing\r\n"))
	case modeTrickle:
		trickle(ctx, conn, []byte("Domain Name: "+p.domain))
	case modeSlow:
		if pause(ctx, 2*second) {
			_, _ = conn.Write(text)
		}
	case modeCut:
		_, _ = conn.Write(text[:len(text)/5])
	default:
		_, _ = conn.Write(text)
	}
}

// text is the whole answer.
func (s *whoisServer) text(p *plan) []byte {
	var out string
	switch p.reg.whois {
	case modeAbsent, modeAbsentBare:
		out = "No matching record.\r\n"
		if !p.chinese() {
			out = fmt.Sprintf("No match for \"%s\".\r\n>>> Last update of whois database: %s <<<\r\n", strings.ToUpper(p.domain), p.now.UTC().Format(time.RFC3339))
		}
	case modeReserved:
		out = "The Domain Name you apply can not be registered online. Please consult your Domain Name Registrar\r\n"
	case modeTooFast:
		out = "Queried interval is too short.\r\n"
	case modeExceeded:
		out = "Your query quota has been exceeded, please try again later.\r\n"
	case modeRefusedAbsent:
		out = "Error: too many requests from your address, please wait 60 seconds.\r\nNo entries found.\r\n"
	case modeHTML:
		out = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\r\n"
	default:
		out = s.found(p)
	}
	if p.reg.gb18030 {
		if encoded, err := simplifiedchinese.GB18030.NewEncoder().String(out); err == nil {
			out = encoded
		}
	}
	return []byte(out)
}

// found is a registration as each kind of server prints it.
func (s *whoisServer) found(p *plan) string {
	switch {
	case p.chinese():
		return whoisChinese(p)
	case p.reg.thin && !s.registrar:
		return whoisThin(p)
	}
	return whoisThick(p)
}

// whoisChinese is CNNIC's form: times of Beijing without a zone.
func whoisChinese(p *plan) string {
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%s: %s\r\n", key, value) }
	const layout = "2006-01-02 15:04:05"
	line("Domain Name", p.unicode)
	line("ROID", fmt.Sprintf("20100101s%dg%08d-cn", 10001, p.index))
	for _, status := range p.reg.statuses {
		line("Domain Status", status)
	}
	line("Registrant", p.reg.registrant)
	line("Registrant Contact Email", "domain@"+p.domain)
	line("Sponsoring Registrar", p.reg.registrar.chinese)
	for _, ns := range p.zone.parent {
		line("Name Server", ns)
	}
	line("Registration Time", p.reg.created.In(dc.Beijing()).Format(layout))
	line("Expiration Time", p.reg.expires.In(dc.Beijing()).Format(layout))
	line("DNSSEC", "unsigned")
	return b.String()
}

// whoisThin is a thin registry's form: no contacts, a referral, host records of
// like names first where the story wants them.
func whoisThin(p *plan) string {
	var b strings.Builder
	if p.reg.hostRecords {
		fmt.Fprintf(&b, "   Server Name: %s.SQUATTER.NET\r\n   IP Address: 192.0.2.7\r\n   Registrar: GoDaddy.com, LLC\r\n   Registrar WHOIS Server: whois.godaddy.com\r\n   Registrar URL: http://www.godaddy.com\r\n\r\n", strings.ToUpper(p.domain))
	}
	line := func(key, value string) { fmt.Fprintf(&b, "   %s: %s\r\n", key, value) }
	line("Domain Name", strings.ToUpper(p.domain))
	line("Registry Domain ID", fmt.Sprintf("%d_DOMAIN_%s-VRSN", 1000000000+p.index, strings.ToUpper(p.tld)))
	line("Registrar WHOIS Server", hostRegistrarWHOIS)
	line("Registrar URL", p.reg.registrar.url)
	line("Updated Date", utc(p.reg.updated))
	line("Creation Date", utc(p.reg.created))
	line("Registry Expiry Date", utc(p.reg.expires))
	line("Registrar", p.reg.registrar.english)
	line("Registrar IANA ID", p.reg.registrar.ianaID)
	line("Registrar Abuse Contact Email", "abuse@registrar.lab-dns.net")
	for _, status := range p.reg.statuses {
		line("Domain Status", status+" https://icann.org/epp#"+status)
	}
	for _, ns := range p.zone.parent {
		line("Name Server", strings.ToUpper(ns))
	}
	line("DNSSEC", "unsigned")
	line("URL of the ICANN Whois Inaccuracy Complaint Form", "https://www.icann.org/wicf/")
	fmt.Fprintf(&b, ">>> Last update of whois database: %s <<<\r\n\r\nFor more information on Whois status codes, please visit https://icann.org/epp\r\n", utc(p.now))
	return b.String()
}

// whoisThick is the form that ICANN prescribes (Registration Data Directory
// Services specification): contacts, redacted or not.
func whoisThick(p *plan) string {
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%s: %s\r\n", key, value) }
	name, organization := p.reg.registrant, p.reg.organization
	if organization == "" {
		organization = name
	}
	if p.reg.redacted {
		name, organization = "REDACTED FOR PRIVACY", ""
	}
	line("Domain Name", p.domain)
	line("Registry Domain ID", fmt.Sprintf("D%09d-LAB", p.index))
	line("Registrar WHOIS Server", hostRegistrarWHOIS)
	line("Registrar URL", p.reg.registrar.url)
	line("Updated Date", utc(p.reg.updated))
	line("Creation Date", utc(p.reg.created))
	line("Registry Expiry Date", utc(p.reg.expires))
	line("Registrar", p.reg.registrar.english)
	line("Registrar IANA ID", p.reg.registrar.ianaID)
	for _, status := range p.reg.statuses {
		line("Domain Status", status+" https://icann.org/epp#"+status)
	}
	line("Registrant Name", name)
	line("Registrant Organization", organization)
	line("Registrant Country", p.reg.country)
	line("Registrant Email", "https://registrar.lab-dns.net/contact")
	for _, ns := range p.zone.parent {
		line("Name Server", ns)
	}
	line("DNSSEC", "unsigned")
	fmt.Fprintf(&b, ">>> Last update of WHOIS database: %s <<<\r\n", utc(p.now))
	return b.String()
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
