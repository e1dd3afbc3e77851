package inventory

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// table is one sheet ready to be written.
type table struct {
	name     string
	headings []string
	rows     [][]string
}

// tables brings a document into the three sheets.
func (l ledger) tables(w *words) []table {
	var out []table
	for _, part := range []struct {
		name string
		kind RowKind
		list []*node
	}{{"网站", RowSite, l.sites}, {"主体", RowSubject, l.subjects}, {"服务器", RowServer, l.servers}} {
		var flat []map[string]string
		for _, n := range part.list {
			row := map[string]string{}
			flatten(w, n, string(part.kind)+".", row)
			flat = append(flat, row)
		}
		paths, headings := w.columns(part.kind, flat)
		t := table{name: part.name, headings: headings}
		for _, row := range flat {
			cells := make([]string, len(paths))
			for i, path := range paths {
				cells[i] = row[path]
			}
			t.rows = append(t.rows, cells)
		}
		out = append(out, t)
	}
	return out
}

// WriteXLSX writes the inventory as a workbook of three sheets: sites (网站),
// subjects (主体) and servers (服务器). What [Read] makes of it is the document
// again, but for its rows.
func WriteXLSX(w io.Writer, doc Document) error {
	words, err := loadWords(wordsFile)
	if err != nil {
		return err
	}
	return writeBook(w, newLedger(doc).tables(words))
}

// maxCellRunes is what a cell of a workbook holds.
const maxCellRunes = 32767

func writeBook(w io.Writer, tables []table) error {
	f := excelize.NewFile()
	defer f.Close()
	for i, t := range tables {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", t.name); err != nil {
				return err
			}
		} else if _, err := f.NewSheet(t.name); err != nil {
			return err
		}
		if err := writeSheet(f, t); err != nil {
			return err
		}
	}
	return f.Write(w)
}

func writeSheet(f *excelize.File, t table) error {
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	if err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(t.name)
	if err != nil {
		return err
	}
	if err := sw.SetColWidth(1, max(1, len(t.headings)), 20); err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for r, row := range append([][]string{t.headings}, t.rows...) {
		style := text
		if r == 0 {
			style = bold
		}
		cells := make([]any, len(row))
		for c, value := range row {
			value = Guard(value)
			if len([]rune(value)) > maxCellRunes {
				return fmt.Errorf("sheet %s, row %d: a value of more than %d characters fits no cell", t.name, r+1, maxCellRunes)
			}
			cells[c] = excelize.Cell{StyleID: style, Value: value}
		}
		if err := sw.SetRow(fmt.Sprintf("A%d", r+1), cells); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// WriteCSV writes the sites as one table, with a byte order mark so that
// spreadsheet programs read it as UTF-8. Subjects and servers stand in their
// cells in brackets; for work by hand, [WriteXLSX] is the better form.
func WriteCSV(w io.Writer, doc Document) error {
	words, err := loadWords(wordsFile)
	if err != nil {
		return err
	}
	l := newLedger(doc)
	for i, site := range doc.Sites { // nothing to refer to: everything inlined
		if n := tree(valueOf(site)); n != nil {
			l.sites[i] = n
		}
	}
	l.subjects, l.servers = nil, nil
	t := l.tables(words)[0]
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range append([][]string{t.headings}, t.rows...) {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = Guard(strings.ReplaceAll(value, "\r\n", "\n"))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
