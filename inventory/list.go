package inventory

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"domaincheck"

	"github.com/xuri/excelize/v2"
)

// ListRow is a row of a list that a regulator or provider sends: sites to be
// looked into (空壳, 未备案, 核查 …).
type ListRow struct {
	Sheet    string
	Row      int // from 1, as the sheet numbers it
	Place    string
	Domains  []string // registrable domains, A-label; none: the row cannot be taken
	Kind     string   // what is said to be wrong; "" where the list does not say
	Due      domaincheck.Date
	Term     Term // where the list names no day but a time: 10个工作日内
	Subject  string
	Number   string
	SiteName string
	Err      error // what of the row cannot be taken; names its place
}

// Term is a time within which something is to be done.
type Term struct {
	Days    int  // 0: none
	Working bool // working days
}

// ParseTerm reads a term as lists and people write it: 10个工作日内, 十五日内,
// 收到通知后5天, 10 working days.
func ParseTerm(text string) (Term, bool) {
	s := strings.ToLower(width.Fold.String(text))
	at := strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' || strings.ContainsRune(numerals, r) })
	if at < 0 {
		return Term{}, false
	}
	rest := strings.TrimLeftFunc(s[at:], func(r rune) bool { return r >= '0' && r <= '9' || strings.ContainsRune(numerals, r) })
	n, ok := number(s[at : len(s)-len(rest)])
	unit := strings.TrimPrefix(strings.TrimSpace(rest), "个")
	for _, u := range []struct {
		word    string
		working bool
	}{{"工作日", true}, {"working day", true}, {"workday", true}, {"business day", true}, {"wd", true}, {"自然日", false}, {"日", false}, {"天", false}, {"day", false}} {
		if strings.HasPrefix(unit, u.word) {
			tail := strings.TrimPrefix(strings.TrimPrefix(unit, u.word), "s")
			return Term{Days: n, Working: u.working}, ok && n > 0 && n <= 366 && !strings.ContainsAny(tail, "0123456789")
		}
	}
	return Term{}, false
}

// numerals are the signs of small Chinese numbers, each at its value.
const numerals = "〇一二三四五六七八九十"

// number reads digits, or a Chinese number up to 九十九.
func number(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	tens, ones, has := strings.Cut(s, "十")
	digit := func(s string, none int) (int, bool) {
		if s == "" {
			return none, true
		}
		i := slices.Index([]rune(numerals), []rune(s)[0])
		return i, len([]rune(s)) == 1 && i >= 0 && i < 10
	}
	if !has {
		return digit(s, -1)
	}
	t, ok := digit(tens, 1)
	o, fine := digit(ones, 0)
	return 10*t + o, ok && fine
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
	if !bytes.HasPrefix(data, []byte("PK")) { // no zip: csv, or a workbook of before 2007
		return domaincheck.Errorf(domaincheck.CodeUnreadable, l.o.Name, "a list is an xlsx workbook, and this is none").
			WithHint("open it in a spreadsheet program and save it as .xlsx; results are written into the same sheet")
	}
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
	date1904 := false
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		date1904 = *props.Date1904
	}
	cells, found, merged := 0, false, hasMerges(f)
	for i, name := range f.GetSheetList() {
		if i >= maxSheets {
			break
		}
		s, err := l.readSheet(f, name, &cells)
		if err != nil {
			return err
		}
		s.date1904 = date1904
		if merged {
			if err := l.fillDown(f, s, &cells); err != nil {
				return err
			}
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

// listIn finds the headings of a sheet: a row with one that is known for
// domains, else one that speaks of domains or addresses of sites. Headings may
// stand in several rows, as where some are merged over their parts.
func listIn(s *sheet) (listSheet, bool) {
	for _, known := range []func(string) string{listField, likelyField} {
		for i := range s.rows[:min(len(s.rows), headerRows)] {
			columns := fieldsOf(s.rows[i], known)
			if _, is := columns["domain"]; !is {
				continue
			}
			for i+1 < len(s.rows) {
				below := fieldsOf(s.rows[i+1], known)
				if _, is := below["domain"]; !is {
					break
				}
				i++
				maps.Copy(columns, below)
			}
			return listSheet{s, i, columns}, true
		}
	}
	return listSheet{}, false
}

// fieldsOf finds the columns of a row of headings.
func fieldsOf(row []string, known func(string) string) map[string]int {
	columns := map[string]int{}
	texts := 0
	for c, text := range row {
		if strings.TrimSpace(text) != "" {
			texts++
		}
		if field := known(foldWord(text)); field != "" {
			if _, had := columns[field]; !had {
				columns[field] = c
			}
		}
	}
	if texts == 1 && listField(foldWord(strings.Join(row, ""))) == "" {
		return nil // a title
	}
	return columns
}

// listField is what a folded heading means; "" for one that is not known.
func listField(heading string) string {
	switch heading {
	case "域名", "网站域名", "备案域名", "域名信息", "主域名", "一级域名", "顶级域名", "涉及域名", "问题域名", "网站首页网址", "首页网址", "网站网址", "网址", "网站地址", "首页地址", "网站首页地址", "网站url", "domain", "domainname", "url", "website":
		return "domain"
	case "问题类型", "存在问题", "存在的问题", "问题", "问题描述", "主要问题", "核查问题", "核查结果", "核查类型", "违规类型", "类型", "情况说明", "核查情况", "kind", "problem":
		return "kind"
	case "整改期限", "整改时限", "整改截止时间", "整改截止日期", "截止日期", "截止时间", "期限", "时限", "完成时限", "完成时间", "要求完成时间", "反馈期限", "反馈时限", "反馈截止时间", "反馈截止日期", "deadline", "due", "duedate":
		return "due"
	case "主办单位", "主办单位名称", "主办者名称", "网站主办者", "主体名称", "单位名称", "备案主体", "备案主体名称":
		return "subject"
	case "备案号", "网站备案号", "主体备案号", "备案/许可证号", "网站备案/许可证号", "备案许可证号", "许可证号":
		return "number"
	case "网站名称", "站点名称":
		return "name"
	}
	if i := slices.IndexFunc(ResultHeadings(), func(h string) bool { return foldWord(h) == heading }); i >= 0 {
		return fmt.Sprint("result", i)
	}
	return ""
}

// likelyField is listField for headings that only contain a known word.
func likelyField(heading string) string {
	if field := listField(heading); field != "" {
		return field
	}
	if utf8.RuneCountInString(heading) > 16 {
		return ""
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(heading, w) })
	}
	switch {
	case has("域名", "网址", "url", "domain") && !has("注册", "证书", "持有", "服务", "状态", "数", "到期", "所有", "类型", "实名", "解析", "expir", "registr"):
		return "domain"
	case has("期限", "时限", "截止", "deadline"):
		return "due"
	case has("存在问题", "问题类型", "违规", "核查类型"):
		return "kind"
	case has("主办单位", "主体名称", "单位名称", "主办者") && !has("性质", "类型", "证件", "地址"):
		return "subject"
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
	if l.sums(s.rows[i], func(c int) bool { return c == s.columns["domain"] }) {
		return ListRow{}, false
	}
	r := ListRow{
		Sheet: s.name, Row: i + 1, Place: s.place(i, s.columns["domain"]), Kind: s.cell(i, "kind"),
		Subject: s.cell(i, "subject"), Number: s.cell(i, "number"), SiteName: s.cell(i, "name"),
	}
	text := width.Fold.String(s.cell(i, "domain"))
	if nothing(text) {
		if r.Subject == "" && r.Number == "" && r.SiteName == "" {
			return r, false
		}
		r.Err = domaincheck.Errorf(domaincheck.CodeBadInput, r.Place, "the row names no domain")
		return r, true
	}
	for _, piece := range splitCell(text, true) {
		name, _, _ := strings.Cut(piece, "(") // a.cn(主站)
		if name == "" {
			continue
		}
		t, err := domaincheck.ParseTarget(name)
		switch {
		case err != nil && r.Err == nil:
			r.Err = domaincheck.Errorf(domaincheck.CodeBadInput, r.Place, "%q is no domain", clip(piece))
		case err == nil && !slices.Contains(r.Domains, t.Domain):
			r.Domains = append(r.Domains, t.Domain)
		}
	}
	if err := s.due(l, i, &r); err != nil {
		r.Err, r.Domains = err, nil
	}
	return r, true
}

// nothing tells what people write into a cell that they leave empty.
func nothing(text string) bool {
	return strings.Trim(text, "-/—－ ") == "" || slices.Contains([]string{"无", "暂无", "n/a", "na", "none"}, strings.ToLower(text))
}

// due reads until when a row is to be worked: a day, or a term.
func (s listSheet) due(l *loader, i int, r *ListRow) error {
	text := s.cell(i, "due")
	if nothing(text) {
		return nil
	}
	d := &decoder{loose: true, date1904: s.date1904, words: l.words()}
	bare := text
	for _, word := range []string{"之前", "以前", "前", "止", "截止"} {
		bare = strings.TrimSpace(strings.TrimSuffix(bare, word))
	}
	if day, err := d.date(bare); err == nil {
		r.Due = day
		return nil
	}
	if term, ok := ParseTerm(text); ok {
		r.Term = term
		return nil
	}
	return domaincheck.Errorf(domaincheck.CodeBadInput, s.place(i, s.columns["due"]), "%q is no date", clip(text)).WithHint("write 2026-12-01, or a term: 10个工作日")
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
			if err := s.newColumn(f, c, h); err != nil {
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

// newColumn makes a column behind the others, that looks as its neighbour does.
func (s listSheet) newColumn(f *excelize.File, c int, heading string) error {
	if c > 0 {
		for row := s.head; row < len(s.rows); row++ {
			from, err := excelize.CoordinatesToCellName(c, row+1)
			if err != nil {
				return err
			}
			to, err := excelize.CoordinatesToCellName(c+1, row+1)
			if err != nil {
				return err
			}
			style, err := f.GetCellStyle(s.name, from)
			if err != nil || style == 0 {
				continue
			}
			if err := f.SetCellStyle(s.name, to, to, style); err != nil {
				return err
			}
		}
	}
	if name, err := excelize.ColumnNumberToName(c + 1); err == nil {
		if err := f.SetColWidth(s.name, name, name, 18); err != nil {
			return err
		}
	}
	return setCell(f, s.name, c, s.head, heading)
}

func setCell(f *excelize.File, sheet string, col, row int, value string) error {
	cell, err := excelize.CoordinatesToCellName(col+1, row+1)
	if err != nil {
		return err
	}
	return f.SetCellStr(sheet, cell, Guard(value))
}
