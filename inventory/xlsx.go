package inventory

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"

	"domaincheck"

	"github.com/xuri/excelize/v2"
)

// Limits of a workbook, checked in its directory before anything is unpacked;
// package archive/zip gives no more than the directory says.
const (
	maxEntries  = 2000
	maxUnzipped = 96 << 20
	maxCells    = 20_000_000
	maxSheets   = 64
	maxMerges   = 200_000
)

// readXLSX reads the sheets of a workbook.
func (l *loader) readXLSX(data []byte) (err error) {
	if err := l.checkZip(data); err != nil {
		return err
	}
	// The library is not ours: a panic of its on hostile bytes is an
	// unreadable file, not a crash.
	defer func() {
		if r := recover(); r != nil {
			err = l.notXLSX(fmt.Errorf("%v", r))
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return l.notXLSX(err)
	}
	defer f.Close()
	date1904 := false
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		date1904 = *props.Date1904
	}
	var sheets []*sheet
	cells := 0
	merged := hasMerges(f)
	for i, name := range f.GetSheetList() {
		if i >= maxSheets {
			return domaincheck.Errorf(domaincheck.CodeTooLarge, l.o.Name, "more than %d sheets", maxSheets)
		}
		s, err := l.readSheet(f, name, &cells)
		if err != nil {
			return err
		}
		if merged {
			if err := l.fillDown(f, s, &cells); err != nil {
				return err
			}
		}
		s.date1904 = date1904
		sheets = append(sheets, s)
	}
	return l.readSheets(sheets)
}

// hasMerges tells whether there are merged cells: finding their ranges unpacks
// whole sheets, which is done only where there are any.
func hasMerges(f *excelize.File) (merged bool) {
	f.Pkg.Range(func(part, body any) bool {
		name, _ := part.(string)
		xml, _ := body.([]byte)
		merged = merged || strings.HasPrefix(name, "xl/worksheets/") && bytes.Contains(xml, []byte("mergeCell "))
		return !merged
	})
	return merged
}

func (l *loader) notXLSX(err error) error {
	return domaincheck.Errorf(domaincheck.CodeUnreadable, l.o.Name, "not a readable xlsx workbook: %s", clip(err.Error())).WithHint("save it again as .xlsx, or as .csv")
}

// checkZip refuses a workbook that would unpack to too much.
func (l *loader) checkZip(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return l.notXLSX(err)
	}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > maxUnzipped || total > maxUnzipped || len(z.File) > maxEntries {
			return domaincheck.Errorf(domaincheck.CodeTooLarge, l.o.Name, "the workbook unpacks to more than %d MiB or %d parts", maxUnzipped>>20, maxEntries).WithHint("split it, or remove its pictures and unused rows")
		}
	}
	return nil
}

func (l *loader) readSheet(f *excelize.File, name string, cells *int) (*sheet, error) {
	s := &sheet{name: name}
	rows, err := f.Rows(name)
	if err != nil {
		return nil, l.notXLSX(err)
	}
	defer rows.Close()
	empty := 0
	for rows.Next() {
		cols, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, l.notXLSX(err)
		}
		if *cells += len(cols); *cells > maxCells || len(s.rows) >= maxRows {
			return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, l.o.Name+":"+name, "the sheets hold more than %d cells", maxCells).WithHint("remove unused rows and columns")
		}
		if len(cols) == 0 {
			empty++
		} else {
			empty = 0
		}
		s.rows = append(s.rows, cols)
	}
	if err := rows.Error(); err != nil {
		return nil, l.notXLSX(err)
	}
	s.rows = s.rows[:len(s.rows)-empty]
	s.place = func(row, col int) string {
		cell, err := excelize.CoordinatesToCellName(col+1, row+1)
		if err != nil {
			cell = fmt.Sprint(row + 1)
		}
		return l.o.Name + ":" + clip(name) + "!" + cell
	}
	s.rowPlace = func(row int) string { return s.place(row, 0) }
	return s, nil
}

// fillDown gives the value of a merged cell to every row that it covers, in its
// first column. It never fills to the right: a title over a table is no value.
func (l *loader) fillDown(f *excelize.File, s *sheet, cells *int) error {
	merges, err := f.GetMergeCells(s.name, true)
	if err != nil {
		return l.notXLSX(err)
	}
	if len(merges) > maxMerges {
		return domaincheck.Errorf(domaincheck.CodeTooLarge, l.o.Name+":"+s.name, "more than %d merged ranges", maxMerges)
	}
	for _, m := range merges {
		col, top, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
		_, bottom, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err1 != nil || err2 != nil || top > len(s.rows) || col > len(s.rows[top-1]) {
			continue
		}
		value := s.rows[top-1][col-1]
		for r := top; r < min(bottom, len(s.rows)); r++ {
			if len(s.rows[r]) == 0 {
				continue // nothing else in this row: the merged cell alone is no entry
			}
			for len(s.rows[r]) < col {
				s.rows[r] = append(s.rows[r], "")
				*cells++
			}
			s.rows[r][col-1] = value
		}
		if *cells > maxCells {
			return domaincheck.Errorf(domaincheck.CodeTooLarge, l.o.Name+":"+s.name, "the sheets hold more than %d cells", maxCells)
		}
	}
	return nil
}
