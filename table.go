package domaincheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// This file holds how a reference table is read: a CSV file whose header,
// number of rows and keys are checked, so that a wrong, cut or doubled table
// is refused and never half used.

// maxTable bounds a reference table in bytes; the largest carried is 70 KiB.
const maxTable = 16 << 20

// TableSpec says what a reference table must look like.
type TableSpec struct {
	Name    string   // for errors: the file's name
	Header  []string // the exact header row
	MinRows int      // fewer rows are an error: the file was cut
	// Key is the row's key, which must be unique; nil or "" checks nothing.
	Key func(row []string) string
}

// TableFile is a reference table that passed its checks.
type TableFile struct {
	Rows  [][]string // cells trimmed of blanks
	Lines []int      // line of each row in the file, for later errors
	AsOf  string     // YYYY-MM-DD from a first line "# as of YYYY-MM-DD", else ""
	Bytes []byte     // the file, for [TableVersion]
}

// ReadTable reads a CSV reference table (UTF-8, with or without BOM, lines
// that begin with # are comments) and checks it against spec. Every error has
// code [CodeBadTable] and the file's name with the line as its place.
func ReadTable(r io.Reader, spec TableSpec) (*TableFile, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return nil, Errorf(CodeBadTable, spec.Name, "cannot be read: %w", err)
	}
	if len(raw) > maxTable {
		return nil, Errorf(CodeBadTable, spec.Name, "is larger than %d MiB", maxTable>>20)
	}
	body := bytes.TrimPrefix(raw, []byte("\ufeff"))
	t := &TableFile{Bytes: raw, AsOf: tableDate(body)}
	in := csv.NewReader(bytes.NewReader(body))
	in.Comment = '#'
	in.FieldsPerRecord = len(spec.Header)
	keys := map[string]bool{}
	for first := true; ; first = false {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, Errorf(CodeBadTable, spec.Name, "is not the table expected (%d columns: %s): %w", len(spec.Header), strings.Join(spec.Header, ","), err)
		}
		line, _ := in.FieldPos(0)
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if first {
			if !slices.Equal(row, spec.Header) {
				return nil, Errorf(CodeBadTable, place(spec.Name, line), "has header %q where %q is expected", strings.Join(row, ","), strings.Join(spec.Header, ","))
			}
			continue
		}
		if spec.Key != nil {
			if key := spec.Key(row); key != "" {
				if keys[key] {
					return nil, Errorf(CodeBadTable, place(spec.Name, line), "has the key %q twice", key)
				}
				keys[key] = true
			}
		}
		t.Rows = append(t.Rows, row)
		t.Lines = append(t.Lines, line)
	}
	if len(t.Rows) < spec.MinRows {
		return nil, Errorf(CodeBadTable, spec.Name, "has %d rows where at least %d are expected", len(t.Rows), spec.MinRows)
	}
	return t, nil
}

func place(name string, line int) string { return name + ":" + strconv.Itoa(line) }

// Row makes an error about one row of the table.
func (t *TableFile) Row(name string, i int, format string, args ...any) *Error {
	return Errorf(CodeBadTable, place(name, t.Lines[i]), format, args...)
}

// tableDate is the day of a leading comment "# as of YYYY-MM-DD …".
func tableDate(body []byte) string {
	line, _, _ := bytes.Cut(body, []byte("\n"))
	rest, ok := strings.CutPrefix(string(line), "# as of ")
	if !ok || len(rest) < 10 {
		return ""
	}
	if _, err := ParseDate(rest[:10]); err != nil {
		return ""
	}
	return rest[:10]
}

// TableVersion names a table in reports: "YYYY-MM-DD#8hex", the as-of date and
// the first 8 hex digits of the SHA-256 of the bytes. A table that does not say
// its day is "undated#8hex".
func TableVersion(asOf string, parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	if asOf == "" {
		asOf = "undated"
	}
	return asOf + "#" + hex.EncodeToString(h.Sum(nil))[:8]
}

// TableLoss refuses a new table that lost more than 10 % of the old one's
// keys: a source that was cut, emptied or replaced by an error page. Both are
// sets of row keys. The error has code [CodeBadTable].
func TableLoss(name string, old, next map[string]bool) error {
	lost := 0
	for k := range old {
		if !next[k] {
			lost++
		}
	}
	if lost*10 > len(old) {
		return Errorf(CodeBadTable, name, "the new table lacks %d of the %d rows in force (more than 10 %%)", lost, len(old)).
			WithHint("check the source; a table that shrinks this much is not taken over")
	}
	return nil
}
