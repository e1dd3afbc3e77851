package inventory

import (
	"bytes"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"domaincheck"
)

// Limits of what is read.
const (
	maxBytes     = 64 << 20 // of a file; 10,000 full yaml entries are about 8 MiB
	maxRows      = 1_100_000
	maxCellBytes = 64 << 10
)

// Options of [Read].
type Options struct {
	// Format is yaml, csv, xlsx or txt; json is read as yaml. Empty: told from
	// the end of Name, else from the content.
	Format string
	// Name stands in front of every place; usually the file's name. Empty: "-".
	Name string
	// Columns names columns that the headings alone do not tell: heading →
	// field, such as "站点" → "domain" or "主体" → "subject.name"; see [ParseMap].
	Columns map[string]string
	// Provider turns a provider's name as people write it into its id, "" if it
	// does not know it; asked before the names that this package knows itself.
	Provider func(name string) string
	// RecordNumber tells why a text is no record number; nil: any text is kept
	// as one. A row with such a text is refused.
	RecordNumber func(text string) error
}

// RowKind tells what a row holds.
type RowKind string

// The kinds of rows.
const (
	RowSite    RowKind = "site"
	RowSubject RowKind = "subject"
	RowServer  RowKind = "server"
)

// Row is what became of one row of the input.
type Row struct {
	Kind  RowKind
	Place string // file:line, file:line:column, file:sheet!cell
	Input string // the name as written, or the entry's id; cut if very long
	// Site is the entry; nil for subjects and servers, and for a line of text,
	// which declares nothing but Target. A row with an error is not stored; its
	// Site holds what could be read.
	Site     *domaincheck.Site
	Target   domaincheck.Target    // of the first domain
	Siblings *domaincheck.Siblings // counts of the subject's sites in this document, this one included; nil without a subject
	Err      *domaincheck.Error    // nil for a good row
}

// ParseMap reads mappings of columns as the command line gives them:
// "列=字段". An error is of CodeBadSettings.
func ParseMap(pairs []string) (map[string]string, error) {
	out := map[string]string{}
	for _, pair := range pairs {
		i := strings.LastIndexByte(pair, '=')
		if i <= 0 || strings.TrimSpace(pair[:i]) == "" || strings.TrimSpace(pair[i+1:]) == "" {
			return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "--map", "%q is not COLUMN=FIELD", clip(pair)).WithHint("for example: --map 站点=domain --map 公司=subject.name")
		}
		out[strings.TrimSpace(pair[:i])] = strings.TrimSpace(pair[i+1:])
	}
	return out, nil
}

// Document is an inventory. The sites hold their subject and servers inlined;
// Subjects and Servers list those that have an entry or an id of their own.
type Document struct {
	Subjects []domaincheck.Subject
	Servers  []domaincheck.Server
	Sites    []domaincheck.Site
	Rows     []Row
	Ignored  []string // headings of columns that were not understood and not read
}

// SiteRows are the rows that hold (or should hold) a site: what check looks at.
func (d Document) SiteRows() []Row {
	var out []Row
	for _, r := range d.Rows {
		if r.Kind == RowSite {
			out = append(out, r)
		}
	}
	return out
}

// Refused are the rows with an error.
func (d Document) Refused() []Row {
	var out []Row
	for _, r := range d.Rows {
		if r.Err != nil {
			out = append(out, r)
		}
	}
	return out
}

// Read reads an inventory. Errors of single rows stand in the document's Rows;
// the error returned is an [*domaincheck.Error] with CodeUnreadable (empty,
// binary, not of its format), CodeTooLarge, or CodeBadInput (no column of
// domains, an unknown key at the top) or CodeBadSettings (an unknown format,
// a column mapped to no field).
func Read(r io.Reader, o Options) (Document, error) {
	if o.Name == "" {
		o.Name = "-"
	}
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return Document{}, domaincheck.Errorf(domaincheck.CodeUnreadable, o.Name, "cannot be read: %w", err)
	}
	if len(data) > maxBytes {
		return Document{}, domaincheck.Errorf(domaincheck.CodeTooLarge, o.Name, "larger than %d MiB", maxBytes>>20).WithHint("split the file")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return Document{}, domaincheck.Errorf(domaincheck.CodeUnreadable, o.Name, "the file is empty").WithHint("put one domain a line into it, or fill in the template")
	}
	l := &loader{o: o}
	format := o.Format
	if bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")) {
		return Document{}, domaincheck.Errorf(domaincheck.CodeUnreadable, o.Name, "this is an old .xls or an encrypted file").WithHint("save it as .xlsx without a password, or as .csv")
	}
	if webPage(data) {
		return Document{}, domaincheck.Errorf(domaincheck.CodeUnreadable, o.Name, "this is a web page, or a table saved as one").WithHint("open it in a spreadsheet program and save it as .xlsx or .csv")
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) && (format == "" || format == "xlsx" || format == "csv" || format == "txt") {
		format = "xlsx"
	}
	if format == "" {
		format = formatByName(o.Name)
	}
	if format == "xlsx" {
		return l.finish(l.readXLSX(data))
	}
	text, err := decodeText(o.Name, data)
	if err != nil {
		return Document{}, err
	}
	if format == "" {
		format = l.sniff(string(text))
	}
	switch format {
	case "yaml", "yml", "json":
		return l.finish(l.readYAML(text))
	case "csv", "tsv":
		return l.finish(l.readCSV(string(text)))
	case "txt", "text":
		return l.finish(l.readText(string(text)))
	}
	return Document{}, domaincheck.Errorf(domaincheck.CodeBadSettings, o.Name, "%q is no inventory format", clip(format)).WithHint("use yaml, csv, xlsx or txt")
}

// webPage tells the pages of HTML, and XML, that many systems hand out as .xls.
func webPage(data []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xEF\xBB\xBF"))))
	for _, mark := range []string{"<html", "<!doctype", "<table", "<meta", "<head", "<style", "<?xml"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	return false
}

func formatByName(name string) string {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".yaml", ".yml", ".json":
		return "yaml"
	case ".csv", ".tsv":
		return "csv"
	case ".xlsx", ".xlsm":
		return "xlsx"
	case ".txt", ".list", ".lst":
		return "txt"
	}
	return ""
}

// sniff tells the format of text that came without a name, as on stdin.
func (l *loader) sniff(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "{") || strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "[{") {
			return "yaml"
		}
		if key, rest, ok := strings.Cut(line, ":"); ok && (rest == "" || rest[0] == ' ') && isFieldWord(key) {
			return "yaml"
		}
		if strings.ContainsAny(line, ",;\t，") || l.words().isHeading(line) {
			return "csv"
		}
		return "txt"
	}
	return "txt"
}

func isFieldWord(s string) bool {
	for _, r := range s {
		if r != '_' && !(r >= 'a' && r <= 'z') {
			return false
		}
	}
	return s != ""
}

// clean takes control and bidirectional characters out of text that goes into
// a message.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

// clip is clean, and at most 60 characters.
func clip(s string) string {
	if len(s) > 1000 {
		s = strings.ToValidUTF8(s[:1000], "")
	}
	if r := []rune(clean(s)); len(r) > 60 {
		return string(r[:60]) + "…"
	} else {
		return string(r)
	}
}
