package check

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/providers"
	"domaincheck/registrars"
	"domaincheck/tldlist"
)

// List is a reference table in force.
type List struct {
	Name    string           `json:"name"`
	Version string           `json:"version"` // as-of date#hash
	AsOf    domaincheck.Date `json:"as_of"`
	Rows    int              `json:"rows"`
	File    domaincheck.Text `json:"file"` // the user's file; null for the built-in table
}

func listOf(name, version string, rows int, file string) List {
	asOf, _, _ := strings.Cut(version, "#")
	day, _ := domaincheck.ParseDate(asOf)
	return List{Name: name, Version: version, AsOf: day, Rows: rows, File: domaincheck.Text(file)}
}

// Lists are the tables in force, the rule book included.
func (w *World) Lists() []List {
	return []List{
		listOf("rules", w.Book.Version(), len(w.Book.Rules()), w.files["rules"]),
		listOf("tlds", w.TLDs.Version(), w.TLDs.Len(), w.files["tlds"]),
		listOf("registrars", w.Registrars.Version(), len(w.Registrars.Rows()), w.files["registrars"]),
		listOf("providers", w.Providers.Version(), w.Providers.Len(), w.files["providers"]),
	}
}

// CheckTable checks a new table against the one in force, as the built-in one
// is checked, and refuses it if it lost more than 10 % of the rows. An empty
// name is told by the table's header. File stands in the places of errors.
func (w *World) CheckTable(name, file string, data []byte) (List, error) {
	if name == "" {
		name = tableByHeader(data)
	}
	switch name {
	case "tlds":
		next, err := w.TLDs.Replace(bytes.NewReader(data), file)
		if err != nil {
			return List{}, err
		}
		return listOf(name, next.Version(), next.Len(), ""), tldlist.Validate(w.TLDs, next)
	case "registrars":
		next, err := registrars.Read(bytes.NewReader(data), file)
		if err != nil {
			return List{}, err
		}
		return listOf(name, next.Version(), len(next.Rows()), ""), registrars.Validate(w.Registrars, next)
	case "providers":
		next, err := w.Providers.Replace(bytes.NewReader(data), file)
		if err != nil {
			return List{}, err
		}
		return listOf(name, next.Version(), next.Len(), ""), providers.Validate(w.Providers, next)
	case "":
		return List{}, domaincheck.Errorf(domaincheck.CodeBadTable, file, "has the header of no known table").
			WithHint("tables: " + strings.Join(listedTables(), ", "))
	}
	return List{}, domaincheck.Errorf(domaincheck.CodeBadInput, "", "there is no table %q", name).
		WithHint("tables: " + strings.Join(listedTables(), ", "))
}

// tableByHeader tells a table by the first column names of its first line that
// is no comment.
func tableByHeader(data []byte) string {
	for line := range bytes.Lines(data) {
		text := strings.TrimPrefix(strings.TrimSpace(string(line)), "\ufeff")
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
			continue
		case strings.HasPrefix(text, "tld,tld_unicode,"):
			return "tlds"
		case strings.HasPrefix(text, "id,name_zh,"):
			return "registrars"
		case strings.HasPrefix(text, "provider,name_zh,asn,"):
			return "providers"
		}
		return ""
	}
	return ""
}

// SwapTable writes a checked table into dir under its name, atomically: a
// reader sees the old file or the new one, whole.
func SwapTable(dir string, list List, data []byte) error {
	if !slices.Contains(listedTables(), list.Name) {
		return domaincheck.Errorf(domaincheck.CodeInternal, "", "%q is not a table that can be replaced", list.Name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, dir, "cannot be made: %w", err)
	}
	tmp, err := os.CreateTemp(dir, list.Name+".*.tmp")
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, dir, "cannot be written: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, list.Name+".csv"))
	}
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, dir, "table not written: %w", err)
	}
	return nil
}
