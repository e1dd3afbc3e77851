package registrars

import (
	"embed"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"domaincheck"
)

//go:embed registrars.csv
var files embed.FS

// Approval is a three-valued answer: what is not known stays unknown.
type Approval string

// The answers.
const (
	Yes     Approval = "yes"
	No      Approval = "no"
	Unknown Approval = "unknown"
)

// Row is one registrar, or one group of registrars that share a fate.
type Row struct {
	ID         string   `json:"id"`
	NameZH     string   `json:"name_zh"`
	NamesEN    []string `json:"names_en"` // the first is the name IANA prints
	IANAIDs    []int    `json:"iana_ids"`
	Aliases    []string `json:"aliases"`
	Country    string   `json:"country"` // ISO 3166 alpha-2; CN is the mainland
	Approved   Approval `json:"approved"`
	Note       string   `json:"note"`
	Sources    []string `json:"sources"` // keys of SOURCES.md
	Confidence string   `json:"confidence"`
	AsOf       string   `json:"as_of"`
}

// Name is the name to show a person: the Chinese one, else the English one.
func (r *Row) Name() string {
	if r.NameZH != "" {
		return r.NameZH
	}
	if len(r.NamesEN) > 0 {
		return r.NamesEN[0]
	}
	return r.ID
}

// Match is what is known of a registrar as printed.
type Match struct {
	Row      *Row     `json:"row"`      // nil when the table does not hold it
	By       string   `json:"by"`       // iana, name, or empty
	Via      string   `json:"via"`      // of a name: whole, trading_name, current, former, bracket; which reading of it matched
	Approved Approval `json:"approved"` // Unknown without a row
	// Conflict is the row that the name points to when the IANA id points to
	// another one; the id decides. It is nil when both agree or one is silent.
	Conflict *Row `json:"conflict"`
	// OtherID tells that the row was found by name although an IANA id was
	// given that the table does not know for it.
	OtherID bool `json:"other_id"`
}

// Table is the loaded table.
type Table struct {
	rows    []Row
	byID    map[int]*Row
	byName  map[string]*Row // by key
	printed map[string]*Row // by the very spelling of the table
	version string
}

// Default loads the embedded table.
func Default() (*Table, error) { return Load(files) }

// Load reads registrars.csv from fsys. Errors have code
// [domaincheck.CodeBadTable] and name file and line.
func Load(fsys fs.FS) (*Table, error) {
	f, err := fsys.Open("registrars.csv")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "registrars.csv", "cannot be opened: %w", err)
	}
	defer f.Close()
	return read(f, "registrars.csv", 150)
}

// Read reads a user's table with the header of the embedded one, to take its
// place. Name is the file's name for errors.
func Read(r io.Reader, name string) (*Table, error) { return read(r, name, 1) }

func read(r io.Reader, name string, minRows int) (*Table, error) {
	f, err := domaincheck.ReadTable(r, domaincheck.TableSpec{
		Name: name, MinRows: minRows, Key: func(row []string) string { return row[0] },
		Header: []string{"id", "name_zh", "names_en", "iana_ids", "aliases", "country", "approved", "approval_note", "sources", "confidence"},
	})
	if err != nil {
		return nil, err
	}
	t := &Table{
		rows: make([]Row, len(f.Rows)), byID: map[int]*Row{}, byName: map[string]*Row{}, printed: map[string]*Row{},
		version: domaincheck.TableVersion(f.AsOf, f.Bytes),
	}
	for i, c := range f.Rows {
		row := &t.rows[i]
		*row = Row{
			ID: c[0], NameZH: c[1], NamesEN: split(c[2]), Aliases: split(c[4]), Country: c[5],
			Approved: Approval(c[6]), Note: c[7], Sources: split(c[8]), Confidence: c[9], AsOf: t.version,
		}
		for _, s := range split(c[3]) {
			id, err := strconv.Atoi(s)
			if err != nil || id <= 0 {
				return nil, f.Row(name, i, "has %q, which is no IANA id", s)
			}
			row.IANAIDs = append(row.IANAIDs, id)
		}
		if err := row.check(); err != "" {
			return nil, f.Row(name, i, "%s", err)
		}
		if err := t.index(row); err != "" {
			return nil, f.Row(name, i, "%s", err)
		}
	}
	return t, nil
}

func (r *Row) check() string {
	switch {
	case r.ID == "":
		return "has no id"
	case r.NameZH == "" && len(r.NamesEN) == 0:
		return "has no name"
	case r.Approved != Yes && r.Approved != No && r.Approved != Unknown:
		return "has approved " + strconv.Quote(string(r.Approved)) + "; yes, no or unknown is expected"
	case r.Approved == Yes && r.Country != "CN":
		return "is approved, but its country is " + strconv.Quote(r.Country) + "; only companies of the mainland (CN) can be"
	case r.Confidence != "high" && r.Confidence != "medium" && r.Confidence != "low":
		return "has confidence " + strconv.Quote(r.Confidence) + "; high, medium or low is expected"
	case len(r.Sources) == 0:
		return "names no source"
	}
	return ""
}

// index enters a row's ids and names; the result is what is wrong.
func (t *Table) index(row *Row) string {
	for _, id := range row.IANAIDs {
		if other := t.byID[id]; other != nil {
			return "has the IANA id " + strconv.Itoa(id) + " of row " + other.ID
		}
		t.byID[id] = row
	}
	for _, name := range row.names() {
		k := key(name)
		if k == "" {
			return "has a name that folds to nothing: " + strconv.Quote(name)
		}
		if other := t.byName[k]; other != nil && other != row {
			return "has the name " + strconv.Quote(name) + " of row " + other.ID
		}
		t.byName[k], t.printed[name] = row, row
	}
	return ""
}

// names are the names of a row, with the company's name alone where one is
// given with a d/b/a tail.
func (r *Row) names() []string {
	all := append([]string{}, r.NamesEN...)
	all = append(all, r.Aliases...)
	if r.NameZH != "" {
		all = append(all, r.NameZH)
	}
	for _, n := range all[:len(all):len(all)] {
		if short := cutTrading(fold(n)); squash(short) != key(n) {
			all = append(all, short)
		}
	}
	return all
}

// Version is "YYYY-MM-DD#8hex" of the table in force.
func (t *Table) Version() string { return t.version }

// Rows are the table's rows in its order; not to be changed.
func (t *Table) Rows() []Row { return t.rows }

// Match finds the registrar that registration data name. Name and ianaID are
// as printed; either may be empty. The IANA id is asked first: an id of the
// table decides, and ids of registrars outside the mainland are in it as not
// approved. Else the name must equal a name of the table in one of its
// readings: whole; without URL or "Website:" tail; without a "d/b/a" tail; of
// X（原Y）X, then Y; without a brand in brackets behind the company's name.
// Whatever is not found is Unknown.
func (t *Table) Match(name, ianaID string) Match {
	byName, via := t.find(name)
	id := parseID(ianaID)
	if row := t.byID[id]; row != nil {
		m := Match{Row: row, By: "iana", Approved: row.Approved}
		if byName != nil && byName != row {
			m.Conflict = byName
		}
		return m
	}
	if byName != nil {
		return Match{Row: byName, By: "name", Via: via, Approved: byName.Approved, OtherID: id > 0 && len(byName.IANAIDs) > 0}
	}
	return Match{Approved: Unknown}
}

func (t *Table) find(name string) (*Row, string) {
	if row := t.printed[name]; row != nil {
		return row, "whole"
	}
	for _, c := range readings(name) {
		if row := t.byName[c.key]; row != nil {
			return row, c.via
		}
	}
	return nil, ""
}

// parseID reads an IANA id; 0 for what is none. Ids of 9990 and above are not
// registrars': IANA keeps them for registries and tests.
func parseID(s string) int {
	id, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || id <= 0 || id >= 9990 {
		return 0
	}
	return id
}

// Validate tells whether next may take the place of old: it must not have lost
// more than 10 % of old's rows.
func Validate(old, next *Table) error {
	return domaincheck.TableLoss("registrars.csv", old.keys(), next.keys())
}

func (t *Table) keys() map[string]bool {
	keys := make(map[string]bool, len(t.rows))
	for _, r := range t.rows {
		keys[r.ID] = true
	}
	return keys
}

func split(s string) []string {
	var out []string
	for _, p := range strings.Split(s, "|") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
