package tldlist

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"domaincheck"
)

//go:embed tlds.csv tld_services.csv cn_second_level.csv
var files embed.FS

// Approval is a three-valued answer: what is not known stays unknown.
type Approval string

// The answers.
const (
	Yes     Approval = "yes"
	No      Approval = "no"
	Unknown Approval = "unknown"
)

// The registry families, by which the lifecycle of an expired name differs.
const (
	FamilyCN       = "cn"            // .cn, .中国, .中國: 30 days of grace, then a pendingDelete of 14–15 days in which the name can still be had back
	FamilyHK       = "hk"            // .hk, .香港
	FamilyVerisign = "gtld-verisign" // registries run by Verisign: gTLD rules, auto-renewed date shown during grace
	FamilyGTLD     = "gtld"          // generic TLDs under ICANN's policy: 0–45 days of grace, 30 of redemption, 5 of pendingDelete
	FamilyCCTLD    = "cctld"         // other countries' TLDs: each registry has its own rules
)

// Row is what is known of one TLD. The zero values of the texts mean "not known".
type Row struct {
	TLD        string       `json:"tld"`     // A-label
	Unicode    string       `json:"unicode"` // U-label
	Known      bool         `json:"known"`   // the approval table has a row for it
	Kind       string       `json:"kind"`    // MIIT's split: cctld-national, gtld-ascii, gtld-idn; empty when not known
	Approved   Approval     `json:"approved"`
	Beijing    Approval     `json:"beijing"` // on the list of 北京市通信管理局
	Operator   string       `json:"operator"`
	Note       string       `json:"note"`
	Sources    []string     `json:"sources"`    // keys of SOURCES.md
	Confidence string       `json:"confidence"` // high, medium, low
	WHOIS      string       `json:"whois"`      // host name, port 43
	RDAP       string       `json:"rdap"`       // base URL, ends in "/"
	Family     string       `json:"family"`     // one of the Family constants; empty when it cannot be told
	Thin       bool         `json:"thin"`       // the registry names the registrar only; the rest is at the registrar
	Second     *SecondLabel `json:"second"`     // the .cn second-level label of the name that was looked up
	AsOf       string       `json:"as_of"`      // version of the table that says so
}

// SecondLabel is a category or region label under .cn, as in gov.cn and bj.cn.
type SecondLabel struct {
	Label   string `json:"label"`
	Kind    string `json:"kind"` // category, region
	Meaning string `json:"meaning"`
}

// Table is the loaded set of tables.
type Table struct {
	rows    map[string]Row
	second  map[string]SecondLabel
	tlds    *domaincheck.TableFile
	others  [][]byte // the other two files, for the version
	version string
}

// Default loads the embedded tables.
func Default() (*Table, error) { return Load(files) }

// Load reads tlds.csv, tld_services.csv and cn_second_level.csv from fsys and
// checks headers, number of rows, keys and values. Errors have code
// [domaincheck.CodeBadTable] and name file and line.
func Load(fsys fs.FS) (*Table, error) {
	second, err := open(fsys, secondSpec())
	if err != nil {
		return nil, err
	}
	services, err := open(fsys, serviceSpec())
	if err != nil {
		return nil, err
	}
	tlds, err := open(fsys, tldSpec())
	if err != nil {
		return nil, err
	}
	t := &Table{second: map[string]SecondLabel{}, others: [][]byte{services.Bytes, second.Bytes}}
	for i, r := range second.Rows {
		if r[1] != "category" && r[1] != "region" {
			return nil, second.Row("cn_second_level.csv", i, "has kind %q; category or region is expected", r[1])
		}
		ascii, err := toASCII(r[0])
		if err != nil {
			return nil, second.Row("cn_second_level.csv", i, "has a label that is no domain label: %w", err)
		}
		t.second[ascii] = SecondLabel{Label: r[0], Kind: r[1], Meaning: r[2]}
	}
	if err := t.approvals(tlds); err != nil {
		return nil, err
	}
	if err := t.services(services); err != nil {
		return nil, err
	}
	t.stamp()
	return t, nil
}

func open(fsys fs.FS, spec domaincheck.TableSpec) (*domaincheck.TableFile, error) {
	f, err := fsys.Open(spec.Name)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, spec.Name, "cannot be opened: %w", err)
	}
	defer f.Close()
	return domaincheck.ReadTable(f, spec)
}

func firstCell(row []string) string { return strings.ToLower(row[0]) }

func tldSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "tlds.csv", MinRows: 150, Key: firstCell, Header: []string{
		"tld", "tld_unicode", "kind", "approved", "registry_operator", "approval_note", "beijing_listed", "sources", "confidence"}}
}

func serviceSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "tld_services.csv", MinRows: 150, Key: firstCell, Header: []string{
		"tld", "whois_server", "rdap_base", "sources_agreeing", "whois_sources"}}
}

func secondSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "cn_second_level.csv", MinRows: 43, Key: firstCell, Header: []string{"label", "kind", "meaning"}}
}

// approvals takes over the rows of a tlds.csv.
func (t *Table) approvals(f *domaincheck.TableFile) error {
	t.tlds, t.rows = f, make(map[string]Row, len(f.Rows))
	for i, c := range f.Rows {
		ascii, err := toASCII(c[0])
		if err != nil || ascii != c[0] {
			return f.Row("tlds.csv", i, "has %q, which is not the lower-case A-label of a TLD", c[0])
		}
		if uni, err := idna.Punycode.ToUnicode(ascii); err != nil || uni != c[1] {
			return f.Row("tlds.csv", i, "has %q as the Unicode form of %q", c[1], c[0])
		}
		row := Row{
			TLD: ascii, Unicode: c[1], Known: true, Kind: c[2], Approved: Approval(c[3]), Operator: c[4], Note: c[5],
			Beijing: Approval(c[6]), Sources: split(c[7]), Confidence: c[8],
		}
		switch {
		case !row.Approved.valid() || !row.Beijing.valid():
			return f.Row("tlds.csv", i, "has approvals %q and %q; yes, no or unknown are expected", c[3], c[6])
		case row.Confidence != "high" && row.Confidence != "medium" && row.Confidence != "low":
			return f.Row("tlds.csv", i, "has confidence %q; high, medium or low is expected", c[8])
		case row.Kind != "cctld-national" && row.Kind != "gtld-ascii" && row.Kind != "gtld-idn":
			return f.Row("tlds.csv", i, "has kind %q; cctld-national, gtld-ascii or gtld-idn is expected", c[2])
		case len(row.Sources) == 0:
			return f.Row("tlds.csv", i, "names no source")
		}
		t.rows[ascii] = row
	}
	return nil
}

// services adds WHOIS hosts and RDAP bases, also of TLDs without approval row.
func (t *Table) services(f *domaincheck.TableFile) error {
	for i, c := range f.Rows {
		if u, err := url.Parse(c[2]); c[2] != "" && (err != nil || u.Scheme != "https" || u.Host == "" || !strings.HasSuffix(c[2], "/")) {
			return f.Row("tld_services.csv", i, "has the RDAP base %q; an https URL that ends in / is expected", c[2])
		}
		if strings.ContainsAny(c[1], ":/ ") {
			return f.Row("tld_services.csv", i, "has the WHOIS server %q; a host name is expected", c[1])
		}
		row, ok := t.rows[c[0]]
		if !ok {
			row = unknownRow(c[0])
		}
		row.WHOIS, row.RDAP = c[1], c[2]
		t.rows[c[0]] = row
	}
	return nil
}

// stamp sets what follows from the whole: family, thinness and version.
func (t *Table) stamp() {
	t.version = domaincheck.TableVersion(t.tlds.AsOf, append([][]byte{t.tlds.Bytes}, t.others...)...)
	for k, row := range t.rows {
		row.Family = family(row)
		row.Thin = thin(row.TLD)
		row.AsOf = t.version
		t.rows[k] = row
	}
}

func (a Approval) valid() bool { return a == Yes || a == No || a == Unknown }

// Version is "YYYY-MM-DD#8hex" of the tables in force.
func (t *Table) Version() string { return t.version }

// Len is the number of TLDs with an approval row.
func (t *Table) Len() int { return len(t.tlds.Rows) }

// Lookup is what is known of the TLD of a name: a TLD or any domain below it,
// as U- or A-label, in any case, with a leading or trailing dot or ideographic
// full stops. A TLD without a row is Unknown, with Known false; a name that is
// no domain name gives the same with an empty TLD.
func (t *Table) Lookup(name string) Row {
	labels := t.labels(name)
	if len(labels) == 0 {
		row := unknownRow("")
		row.AsOf = t.version
		return row
	}
	tld := labels[len(labels)-1]
	row, ok := t.rows[tld]
	if !ok {
		row = unknownRow(tld)
		row.Family, row.AsOf = family(row), t.version
	}
	if len(labels) > 1 && tld == "cn" {
		if s, ok := t.second[labels[len(labels)-2]]; ok {
			row.Second = &s
		}
	}
	return row
}

// labels gives the last two labels of a name as lower-case A-labels; none if
// one of them cannot be a label.
func (t *Table) labels(name string) []string {
	if plainName(name) {
		tail := name[strings.LastIndexByte(name, '.')+1:]
		if len(tail) == len(name) {
			return []string{tail}
		}
		rest := name[:len(name)-len(tail)-1]
		return []string{rest[strings.LastIndexByte(rest, '.')+1:], tail}
	}
	name = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(strings.TrimSpace(name))
	name = strings.Trim(name, ".")
	if name == "" || len(name) > 1024 {
		return nil
	}
	all := strings.Split(name, ".")
	all = all[max(0, len(all)-2):]
	for i, l := range all {
		a, err := toASCII(l)
		if err != nil || a == "" {
			return nil
		}
		all[i] = a
	}
	return all
}

// plainName tells the common case: lower-case ASCII labels, none of them
// encoded, none empty, no hyphen that IDNA would look at.
func plainName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	last := byte('.')
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' && last != '.') {
			return false
		}
		last = c
	}
	return last != '.'
}

// toASCII is the lower-case A-label of a label; an error for what is none.
func toASCII(label string) (string, error) {
	a, err := idna.Lookup.ToASCII(strings.ToLower(label))
	if err != nil {
		return "", err
	}
	return a, nil
}

func unknownRow(ascii string) Row {
	uni, err := idna.Punycode.ToUnicode(ascii)
	if err != nil {
		uni = ascii
	}
	return Row{TLD: ascii, Unicode: uni, Approved: Unknown, Beijing: Unknown}
}

// family tells the registry family of a TLD. Verisign's are known by their
// RDAP base; two ASCII letters are a country's (ISO 3166); every other ASCII
// TLD is generic; a TLD in other scripts that has no row may be either.
func family(r Row) string {
	switch r.TLD {
	case "":
		return ""
	case "cn", "xn--fiqs8s", "xn--fiqz9s":
		return FamilyCN
	case "hk", "xn--j6w193g":
		return FamilyHK
	}
	switch {
	case strings.Contains(r.RDAP, ".verisign.com/"):
		return FamilyVerisign
	case len(r.TLD) == 2:
		return FamilyCCTLD
	case strings.HasPrefix(r.TLD, "xn--") && !r.Known:
		return ""
	}
	return FamilyGTLD
}

// thin tells the registries that hold no contacts: .com and .net (ICANN's
// "thin" registries until every registrar has moved) and their sister .cc.
func thin(tld string) bool { return tld == "com" || tld == "net" || tld == "cc" }

func split(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Replace makes a table in which the user's tlds.csv (same header as the
// embedded one) stands in for the approval rows; WHOIS hosts, RDAP bases and
// .cn labels stay. Name is the file's name for errors.
func (t *Table) Replace(r io.Reader, name string) (*Table, error) {
	spec := tldSpec()
	spec.Name, spec.MinRows = name, 1
	f, err := domaincheck.ReadTable(r, spec)
	if err != nil {
		return nil, err
	}
	next := &Table{second: t.second, others: t.others}
	if err := next.approvals(f); err != nil {
		return nil, rename(err, name)
	}
	spec = serviceSpec()
	services, err := domaincheck.ReadTable(bytes.NewReader(t.others[0]), spec)
	if err != nil {
		return nil, err
	}
	if err := next.services(services); err != nil {
		return nil, err
	}
	next.stamp()
	return next, nil
}

// rename puts the user's file name into a place made by approvals.
func rename(err error, name string) error {
	var e *domaincheck.Error
	if errors.As(err, &e) {
		if line, ok := strings.CutPrefix(string(e.Place), "tlds.csv"); ok {
			e.Place = domaincheck.Text(name + line)
		}
	}
	return err
}

// Validate tells whether next may take the place of old: it must not have lost
// more than 10 % of old's TLDs.
func Validate(old, next *Table) error {
	return domaincheck.TableLoss("tlds.csv", old.keys(), next.keys())
}

func (t *Table) keys() map[string]bool {
	keys := make(map[string]bool, len(t.tlds.Rows))
	for _, r := range t.tlds.Rows {
		keys[r[0]] = true
	}
	return keys
}

// All gives every row, those of services only included, in no order.
func (t *Table) All() []Row {
	out := make([]Row, 0, len(t.rows))
	for _, r := range t.rows {
		out = append(out, r)
	}
	return out
}
