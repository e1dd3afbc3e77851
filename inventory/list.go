package inventory

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"domaincheck"

	"github.com/xuri/excelize/v2"
)

// ListRow is a row of a list that a regulator or provider sends: sites to be
// looked into (空壳, 未备案, 核查 …).
type ListRow struct {
	Sheet    string
	Row      int // from 1, as the sheet numbers it
	Place    string
	Domains  []string // registrable domains, A-label; none where Err is set
	Kind     string   // what is said to be wrong; "" where the list does not say
	Due      domaincheck.Date
	Subject  string
	Number   string
	SiteName string
	Err      error // the row cannot be taken; names its place
}

// ListResult is what became of a row, to be written beside it.
type ListResult struct {
	Sheet  string
	Row    int
	Values map[string]string // heading → text: see [ResultHeadings]
}

// ResultHeadings are the columns in which results stand, in this order; a list
// that has one of them already keeps its place.
func ResultHeadings() []string {
	return []string{"处理状态", "处理人", "处理说明", "更新时间"}
}

// listSheet is a sheet with its headings found.
type listSheet struct {
	*sheet
	head    int // index of the row of headings
	columns map[string]int
}

// ReadList reads the rows of a list (xlsx). Every sheet with a column of domains
// or addresses of sites counts; the headings may stand below title rows. The
// error is of a workbook that cannot be read, or in which there is no such
// column; a row that cannot be taken carries its own.
func ReadList(data []byte, name string) ([]ListRow, error) {
	l := &loader{o: Options{Name: name}}
	var rows []ListRow
	err := l.eachList(data, func(_ *excelize.File, s listSheet) error {
		for i := s.head + 1; i < len(s.rows); i++ {
			if row, is := s.listRow(l, i); is {
				rows = append(rows, row)
			}
		}
		return nil
	})
	return rows, err
}

// WriteResults gives the list back with results in the rows they belong to;
// everything else stays as it is. Cells that could become a formula get an
// apostrophe in front.
func WriteResults(data []byte, name string, results []ListResult) ([]byte, error) {
	l := &loader{o: Options{Name: name}}
	var out bytes.Buffer
	var book *excelize.File
	err := l.eachList(data, func(f *excelize.File, s listSheet) error {
		book = f
		return s.write(f, results)
	})
	if err != nil {
		return nil, err
	}
	if _, err := book.WriteTo(&out); err != nil {
		return nil, l.notXLSX(err)
	}
	return out.Bytes(), nil
}

// eachList opens the workbook and goes over its sheets that are lists.
func (l *loader) eachList(data []byte, do func(*excelize.File, listSheet) error) (err error) {
	if err := l.checkZip(data); err != nil {
		return err
	}
	defer func() { // the library is not ours: see readXLSX
		if r := recover(); r != nil {
			err = l.notXLSX(fmt.Errorf("%v", r))
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return l.notXLSX(err)
	}
	defer f.Close()
	cells, found := 0, false
	for i, name := range f.GetSheetList() {
		if i >= maxSheets {
			break
		}
		s, err := l.readSheet(f, name, &cells)
		if err != nil {
			return err
		}
		list, is := listIn(s)
		if !is {
			continue
		}
		found = true
		if err := do(f, list); err != nil {
			return err
		}
	}
	if !found {
		return domaincheck.Errorf(domaincheck.CodeBadInput, l.o.Name, "no sheet has a column of domains").WithHint("name one column 域名, 网站域名 or 网址")
	}
	return nil
}

// listIn finds the headings of a sheet.
func listIn(s *sheet) (listSheet, bool) {
	for i, row := range s.rows[:min(len(s.rows), headerRows)] {
		columns := map[string]int{}
		for c, text := range row {
			if field := listField(foldWord(text)); field != "" {
				if _, had := columns[field]; !had {
					columns[field] = c
				}
			}
		}
		if _, is := columns["domain"]; is {
			return listSheet{s, i, columns}, true
		}
	}
	return listSheet{}, false
}

// listField is what a folded heading means.
func listField(heading string) string {
	for field, words := range map[string][]string{
		"domain":  {"域名", "网站域名", "备案域名", "域名信息", "网站首页网址", "首页网址", "网站网址", "网址", "网站地址", "domain", "url"},
		"kind":    {"问题类型", "存在问题", "问题", "问题描述", "核查结果", "核查类型", "违规类型", "类型", "情况说明", "kind"},
		"due":     {"整改期限", "整改时限", "截止日期", "截止时间", "期限", "完成时限", "反馈期限", "反馈截止时间", "deadline", "due"},
		"subject": {"主办单位", "主办单位名称", "主体名称", "单位名称", "备案主体"},
		"number":  {"备案号", "网站备案号", "主体备案号", "备案/许可证号", "许可证号"},
		"name":    {"网站名称", "站点名称"},
	} {
		if slices.Contains(words, heading) {
			return field
		}
	}
	for i, h := range ResultHeadings() {
		if heading == h {
			return fmt.Sprint("result", i)
		}
	}
	return ""
}

func (s listSheet) cell(row int, field string) string {
	c, has := s.columns[field]
	if !has || c >= len(s.rows[row]) {
		return ""
	}
	return strings.TrimSpace(s.rows[row][c])
}

// listRow reads one row; false for an empty one.
func (s listSheet) listRow(l *loader, i int) (ListRow, bool) {
	r := ListRow{
		Sheet: s.name, Row: i + 1, Place: s.place(i, s.columns["domain"]), Kind: s.cell(i, "kind"),
		Subject: s.cell(i, "subject"), Number: s.cell(i, "number"), SiteName: s.cell(i, "name"),
	}
	text := s.cell(i, "domain")
	if text == "" {
		if r.Subject == "" && r.Number == "" && r.SiteName == "" {
			return r, false
		}
		r.Err = domaincheck.Errorf(domaincheck.CodeBadInput, r.Place, "the row names no domain")
		return r, true
	}
	for _, piece := range splitCell(text, true) {
		t, err := domaincheck.ParseTarget(piece)
		if err != nil {
			r.Err = domaincheck.Errorf(domaincheck.CodeBadInput, r.Place, "%q is no domain", clip(piece))
			r.Domains = nil
			return r, true
		}
		if !slices.Contains(r.Domains, t.Domain) {
			r.Domains = append(r.Domains, t.Domain)
		}
	}
	if due := s.cell(i, "due"); due != "" {
		d := &decoder{loose: true, date1904: s.date1904, words: l.words()}
		day, err := d.date(due)
		if err != nil {
			r.Err, r.Domains = domaincheck.Errorf(domaincheck.CodeBadInput, s.place(i, s.columns["due"]), "%q is no date", clip(due)), nil
			return r, true
		}
		r.Due = day
	}
	return r, true
}

// write puts results beside the rows of the sheet.
func (s listSheet) write(f *excelize.File, results []ListResult) error {
	last := 0
	for _, row := range s.rows {
		last = max(last, len(row))
	}
	columns := map[string]int{}
	for i, h := range ResultHeadings() {
		c, had := s.columns[fmt.Sprint("result", i)]
		if !had {
			c = last
			last++
			if err := setCell(f, s.name, c, s.head, h); err != nil {
				return err
			}
		}
		columns[h] = c
	}
	for _, r := range results {
		if r.Sheet != s.name || r.Row < 1 || r.Row > len(s.rows) {
			continue
		}
		for h, value := range r.Values {
			if c, is := columns[h]; is {
				if err := setCell(f, s.name, c, r.Row-1, value); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func setCell(f *excelize.File, sheet string, col, row int, value string) error {
	cell, err := excelize.CoordinatesToCellName(col+1, row+1)
	if err != nil {
		return err
	}
	return f.SetCellStr(sheet, cell, Guard(value))
}
