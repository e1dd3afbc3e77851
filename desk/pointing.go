package desk

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"domaincheck"
)

// Pointing is one row that says where a name leads: from a list of domains, a
// passive-DNS export, a zone file, or a look of one's own.
type Pointing struct {
	Line    int // in its file, from 1
	Host    string
	Domain  string     // registrable domain of Host
	IP      netip.Addr // invalid: not said, to be looked up
	CNAME   string
	FirstAt domaincheck.Instant // first seen; zero: not said
	SeenAt  domaincheck.Instant // last seen; zero: not said
}

// believed is how long a row that says when it was seen is taken at its word.
const believed = 30 * 24 * time.Hour

// Fresh tells whether the row says where its name leads now: it names an
// address, and does not say that it was last seen more than 30 days before now.
// What is not fresh must be looked up.
func (p Pointing) Fresh(now time.Time) bool {
	return p.IP.IsValid() && (p.SeenAt.IsZero() || now.Sub(p.SeenAt.Time) <= believed)
}

// Chain is the CNAME target as a chain; nil if the row names none.
func (p Pointing) Chain() []string {
	if p.CNAME == "" {
		return nil
	}
	return []string{p.CNAME}
}

// maxRow bounds one line of a list: a name has at most 253 bytes, a row of a
// passive-DNS export a few hundred.
const maxRow = 64 << 10

// ReadPointings reads rows, a line at a time and no more of it in memory:
//
//   - names alone ("a.cn"), or with an address or CNAME target behind a comma, a
//     tab or a blank, in either order; a third column may be a date;
//   - csv with the headings domain/host/rrname, ip/address/rdata/value, type,
//     time_first, time_last (or 域名, 地址, 记录类型, 首次出现, 最近出现);
//   - lines of a zone file or a resolver's log ("a.cn. 600 IN A 192.0.2.1");
//   - JSON lines in the Passive DNS Common Output Format (rrname, rrtype, rdata,
//     time_first, time_last), also within "obj".
//
// Only A, AAAA and CNAME records count. Text is UTF-8, or GB18030 where a line is
// no UTF-8. Lines that begin with # or ; and empty ones are passed over. A bad row
// is yielded with its error, which names the line, and reading goes on; only an
// unreadable source ends it.
func ReadPointings(r io.Reader, name string) iter.Seq2[Pointing, error] {
	return func(yield func(Pointing, error) bool) {
		l := list{name: name}
		in := bufio.NewReaderSize(r, maxRow)
		if mark, _ := in.Peek(2); bytes.Equal(mark, []byte{0xff, 0xfe}) || bytes.Equal(mark, []byte{0xfe, 0xff}) {
			yield(Pointing{}, domaincheck.Errorf(domaincheck.CodeBadInput, name, "is encoded in UTF-16").WithHint("save it as UTF-8, or as csv"))
			return
		}
		for n := 1; ; n++ {
			line, err := in.ReadSlice('\n')
			tooLong := errors.Is(err, bufio.ErrBufferFull)
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
			switch {
			case tooLong:
				if !yield(Pointing{Line: n}, l.at(n, domaincheck.Errorf(domaincheck.CodeBadInput, "", "the line is longer than %d bytes", maxRow))) {
					return
				}
			case len(line) > 0:
				if !l.line(n, line, yield) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Pointing{}, domaincheck.Errorf(domaincheck.CodeUnreadable, name, "cannot be read on: %w", err))
				return
			}
		}
	}
}

// list is a file as it is read.
type list struct {
	name string
	head []string // what the columns are; nil: no headings
	had  bool     // a row of cells was there
}

// at gives an error its line; nil stays nil.
func (l *list) at(line int, err *domaincheck.Error) error {
	if err == nil {
		return nil
	}
	err.Place = domaincheck.Text(l.name + ":" + strconv.Itoa(line))
	return err
}

// line yields the rows of a line; false: enough.
func (l *list) line(n int, raw []byte, yield func(Pointing, error) bool) bool {
	if !utf8.Valid(raw) {
		if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err == nil {
			raw = text
		}
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
	if text == "" || text[0] == '#' || text[0] == ';' || strings.HasPrefix(text, "//") {
		return true
	}
	if text[0] == '{' {
		rows, err := fromJSON(text)
		for _, p := range rows {
			p.Line = n
			if !yield(p, nil) {
				return false
			}
		}
		return err == nil || yield(Pointing{Line: n}, l.at(n, err))
	}
	cells, err := cellsOf(text)
	if err != nil {
		return yield(Pointing{Line: n}, l.at(n, domaincheck.Errorf(domaincheck.CodeBadInput, "", "is no row of csv")))
	}
	if !l.had {
		l.had = true
		if l.head = heading(cells); l.head != nil {
			return true
		}
	}
	c := l.columns(cells)
	if c.kind != "" && !leads(c.kind) {
		return true
	}
	p, refused := c.pointing()
	p.Line = n
	return yield(p, l.at(n, refused))
}

func cellsOf(text string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	if strings.Contains(text, "\t") {
		r.Comma = '\t'
	} else if !strings.Contains(text, ",") && strings.ContainsAny(text, " ;|") {
		return strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ';' || c == '|' }), nil
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
		case "domain", "host", "hostname", "rrname", "name", "fqdn", "query", "域名", "主机", "主机记录", "网站域名":
			names[i], found = "host", true
		case "ip", "address", "rdata", "value", "answer", "cname", "地址", "ip地址", "服务器ip", "解析", "解析值", "记录值":
			names[i] = "value"
		case "type", "rrtype", "类型", "记录类型":
			names[i] = "type"
		case "time_last", "last_seen", "lastseen", "seen", "时间", "最近出现", "最后出现":
			names[i] = "seen"
		case "time_first", "first_seen", "firstseen", "首次出现", "最早出现":
			names[i] = "first"
		}
	}
	if !found {
		return nil
	}
	return names
}

// columns are the cells of a row by what they mean.
type columns struct{ host, kind, value, first, seen string }

func (l *list) columns(cells []string) (c columns) {
	if l.head == nil {
		return positional(cells)
	}
	for i, text := range cells[:min(len(cells), len(l.head))] {
		switch text = strings.TrimSpace(text); l.head[i] {
		case "host":
			c.host = text
		case "type":
			c.kind = text
		case "value":
			c.value = text
		case "first":
			c.first = text
		case "seen":
			c.seen = text
		}
	}
	return c
}

// positional reads cells without headings: a name and what it leads to, with a
// record's type between them where there is one.
func positional(cells []string) (c columns) {
	var words []string
	for _, cell := range cells {
		for _, word := range strings.Fields(cell) {
			words = append(words, strings.Trim(word, "[]"))
		}
	}
	if len(words) == 0 {
		return c
	}
	c.host = words[0]
	rest := words[1:]
	for i, word := range rest {
		if isType(word) {
			c.kind = word
			if i+1 < len(rest) {
				c.value = rest[i+1]
			}
			return c
		}
	}
	if len(rest) > 0 {
		c.value = rest[0]
	}
	if len(rest) > 1 {
		c.seen = rest[1]
	}
	if isAddress(c.host) && c.value != "" && !isAddress(c.value) { // as in a hosts file
		c.host, c.value = c.value, c.host
	}
	return c
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// isType tells the types of records that exports hold.
func isType(s string) bool {
	switch strings.ToUpper(s) {
	case "A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "PTR", "CAA", "DS", "DNSKEY", "RRSIG", "NSEC", "NSEC3", "HTTPS", "SVCB", "NAPTR", "SPF", "TLSA", "DNAME":
		return true
	}
	return false
}

// leads tells the records that lead to a server.
func leads(kind string) bool {
	switch strings.ToUpper(kind) {
	case "A", "AAAA", "CNAME":
		return true
	}
	return false
}

// record is a row in the Passive DNS Common Output Format
// (draft-dulaunoy-dnsop-passive-dns-cof, section 3).
type record struct {
	Name  string          `json:"rrname"`
	Type  string          `json:"rrtype"`
	Data  json.RawMessage `json:"rdata"` // a text, or a list of them
	First json.RawMessage `json:"time_first"`
	Last  json.RawMessage `json:"time_last"`
	Obj   *record         `json:"obj"` // the row, in a stream of a server's answers
}

func fromJSON(text string) ([]Pointing, *domaincheck.Error) {
	var r record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, "", "is no JSON object of passive DNS")
	}
	if r.Obj != nil {
		r = *r.Obj
	}
	switch {
	case r.Name == "" && r.Type == "" && r.Data == nil:
		return nil, nil // the begin and the end of a stream
	case r.Type != "" && !leads(r.Type):
		return nil, nil
	}
	var values []string
	if r.Data == nil {
		values = []string{""}
	} else if err := json.Unmarshal(r.Data, &values); err != nil {
		var one string
		if err := json.Unmarshal(r.Data, &one); err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadInput, "", "rdata is neither a text nor a list of texts")
		}
		values = []string{one}
	}
	bare := func(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }
	var rows []Pointing
	for _, v := range values {
		p, err := columns{host: r.Name, value: v, first: bare(r.First), seen: bare(r.Last)}.pointing()
		if err != nil {
			return rows, err
		}
		rows = append(rows, p)
	}
	return rows, nil
}

func (c columns) pointing() (Pointing, *domaincheck.Error) {
	t, err := domaincheck.ParseTarget(strings.TrimPrefix(c.host, "*."))
	if err != nil {
		return Pointing{}, domaincheck.Errorf(domaincheck.CodeBadInput, "", "%.80q is no domain", c.host)
	}
	p := Pointing{Host: t.Domain, Domain: t.Domain, FirstAt: seenAt(c.first), SeenAt: seenAt(c.seen)}
	if t.Host != "" {
		p.Host = t.Host
	}
	switch ip, err := netip.ParseAddr(c.value); {
	case c.value == "":
	case err == nil:
		p.IP = ip.Unmap()
	default:
		to, err := domaincheck.ParseTarget(strings.TrimSuffix(c.value, "."))
		if err != nil {
			return Pointing{}, domaincheck.Errorf(domaincheck.CodeBadInput, "", "%.80q is neither an address nor a name", c.value)
		}
		p.CNAME = to.Domain
		if to.Host != "" {
			p.CNAME = to.Host
		}
	}
	return p, nil
}

// seenAt reads Unix seconds or milliseconds, RFC 3339 or a civil date; anything
// else is "not said".
func seenAt(s string) domaincheck.Instant {
	if s == "" {
		return domaincheck.Instant{}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		switch {
		case n > 1e11 && n < 1e14:
			return domaincheck.At(time.UnixMilli(int64(n)))
		case n > 1e8 && n < 1e11:
			return domaincheck.At(time.Unix(int64(n), 0))
		}
		return domaincheck.Instant{}
	}
	for _, layout := range []string{time.RFC3339, "2006-1-2 15:04:05", "2006-1-2", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", "2006年1月2日"} {
		if t, err := time.ParseInLocation(layout, s, domaincheck.Beijing()); err == nil {
			return domaincheck.At(t)
		}
	}
	return domaincheck.Instant{}
}
