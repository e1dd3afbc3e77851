package desk

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"strings"
	"time"

	"domaincheck"
)

// Pointing is one row that says where a name leads: from a list of domains, a
// passive-DNS export, or a look of one's own.
type Pointing struct {
	Line   int // in its file, from 1
	Host   string
	IP     netip.Addr // invalid: not said, to be looked up
	CNAME  string
	SeenAt domaincheck.Instant // last seen; zero: not said
}

// maxRow bounds one line of a list: a name has at most 253 bytes, a row of a
// passive-DNS export a few hundred.
const maxRow = 64 << 10

// ReadPointings reads rows, a line at a time, bounded: names alone ("a.cn"), names
// with an address or a CNAME target behind a comma or tab, csv with the headings
// domain/host/rrname and ip/address/rdata/value, or JSON lines in the Passive DNS
// Common Output Format (rrname, rrtype, rdata, time_last). Lines that begin with #
// and empty ones are passed over. A bad row is yielded with its error, which
// names the line, and reading goes on; only an unreadable source ends it.
func ReadPointings(r io.Reader, name string) iter.Seq2[Pointing, error] {
	return func(yield func(Pointing, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 4096), maxRow)
		var head []string
		for n := 1; lines.Scan(); n++ {
			text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
			if text == "" || strings.HasPrefix(text, "#") {
				continue
			}
			place := fmt.Sprintf("%s:%d", name, n)
			if strings.HasPrefix(text, "{") {
				rows, err := fromJSON(text, place)
				if err != nil && !yield(Pointing{Line: n}, err) {
					return
				}
				for _, p := range rows {
					p.Line = n
					if !yield(p, nil) {
						return
					}
				}
				continue
			}
			cells, err := cellsOf(text)
			if err == nil && head == nil {
				if h := heading(cells); h != nil {
					head = h
					continue
				}
				head = []string{"host", "value"}
			}
			p, err := fromCells(cells, head, place)
			p.Line = n
			if !yield(p, err) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			code := domaincheck.CodeUnreadable
			if errors.Is(err, bufio.ErrTooLong) {
				code = domaincheck.CodeBadInput
			}
			yield(Pointing{}, domaincheck.Errorf(code, name, "cannot be read on: %w", err))
		}
	}
}

func cellsOf(text string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	if strings.Contains(text, "\t") {
		r.Comma = '\t'
	} else if !strings.Contains(text, ",") && strings.ContainsAny(text, " ;") {
		return strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ';' }), nil
	}
	r.LazyQuotes, r.TrimLeadingSpace = true, true
	return r.Read()
}

// heading names the columns of a first line that is one; nil where it is data.
func heading(cells []string) []string {
	names := make([]string, len(cells))
	found := false
	for i, c := range cells {
		switch strings.ToLower(strings.TrimSpace(c)) {
		case "domain", "host", "hostname", "rrname", "name", "域名", "主机":
			names[i], found = "host", true
		case "ip", "address", "rdata", "value", "cname", "地址", "服务器ip", "解析", "解析值":
			names[i] = "value"
		case "time_last", "last_seen", "seen", "时间", "最近出现":
			names[i] = "seen"
		}
	}
	if !found {
		return nil
	}
	return names
}

func fromCells(cells, head []string, place string) (Pointing, error) {
	var host, value, seen string
	for i, c := range cells {
		if i >= len(head) {
			break
		}
		switch c = strings.TrimSpace(c); head[i] {
		case "host":
			host = c
		case "value":
			value = c
		case "seen":
			seen = c
		}
	}
	return pointing(host, value, seen, place)
}

// record is a row in the Passive DNS Common Output Format
// (draft-dulaunoy-dnsop-passive-dns-cof, section 3).
type record struct {
	Name string          `json:"rrname"`
	Type string          `json:"rrtype"`
	Data json.RawMessage `json:"rdata"` // a text, or a list of them
	Last json.Number     `json:"time_last"`
}

func fromJSON(text, place string) ([]Pointing, error) {
	var r record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, place, "is no JSON object of passive DNS")
	}
	switch strings.ToUpper(r.Type) {
	case "A", "AAAA", "CNAME", "":
	default:
		return nil, nil // other records point at no server
	}
	var values []string
	if err := json.Unmarshal(r.Data, &values); err != nil {
		var one string
		if err := json.Unmarshal(r.Data, &one); err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadInput, place, "rdata is neither a text nor a list of texts")
		}
		values = []string{one}
	}
	var rows []Pointing
	for _, v := range values {
		p, err := pointing(r.Name, v, string(r.Last), place)
		if err != nil {
			return rows, err
		}
		rows = append(rows, p)
	}
	return rows, nil
}

func pointing(host, value, seen, place string) (Pointing, error) {
	t, err := domaincheck.ParseTarget(host)
	if err != nil {
		return Pointing{}, domaincheck.Errorf(domaincheck.CodeBadInput, place, "%.80q is no domain", host)
	}
	p := Pointing{Host: t.Domain}
	if t.Host != "" {
		p.Host = t.Host
	}
	switch ip, err := netip.ParseAddr(value); {
	case value == "":
	case err == nil:
		p.IP = ip.Unmap()
	default:
		to, err := domaincheck.ParseTarget(strings.TrimSuffix(value, "."))
		if err != nil {
			return Pointing{}, domaincheck.Errorf(domaincheck.CodeBadInput, place, "%.80q is neither an address nor a name", value)
		}
		p.CNAME = to.Domain
		if to.Host != "" {
			p.CNAME = to.Host
		}
	}
	p.SeenAt = seenAt(seen)
	return p, nil
}

// seenAt reads Unix seconds, RFC 3339 or a civil date; anything else is "not said".
func seenAt(s string) domaincheck.Instant {
	var seconds int64
	if _, err := fmt.Sscanf(s, "%d", &seconds); err == nil && seconds > 1e8 && !strings.ContainsAny(s, "-/:") {
		return domaincheck.At(time.Unix(seconds, 0))
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, domaincheck.Beijing()); err == nil {
			return domaincheck.At(t)
		}
	}
	return domaincheck.Instant{}
}

// OfPointing tells whether a row is a site that resolves here and that no access
// record in the ledger covers. a is what is known of the row's address; listed
// tells whether the ledger has an access record of own for the registrable
// domain.
func OfPointing(p Pointing, a domaincheck.Address, own Own, listed func(domain string) bool) (Candidate, bool) {
	if !own.has(a.Provider) {
		return Candidate{}, false
	}
	t, err := domaincheck.ParseTarget(p.Host)
	if err != nil || listed(t.Domain) {
		return Candidate{}, false
	}
	return Candidate{
		Kind: Unlisted, Domain: t.Domain, Unicode: domaincheck.Unicode(t.Domain), Provider: a.Provider,
		Since: p.SeenAt, Seen: []string{p.Host + " → " + a.IP},
	}, true
}
