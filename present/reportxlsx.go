package present

import (
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"domaincheck"
	"domaincheck/inventory"
)

// maxCell is what a cell of a spreadsheet holds at most, in characters.
const maxCell = 32_000

// column of a sheet: its heading and width in characters.
type column struct {
	title string
	width float64
}

// sheet is a table being written row by row; rows leave memory as they come.
type sheet struct {
	f      *excelize.File
	name   string
	w      *excelize.StreamWriter
	wide   int // number of columns
	rows   int // written, the headings too
	text   int // style of cells
	header int
}

// book is a workbook being written.
type workbook struct {
	f            *excelize.File
	text, header int
	sheets       int
}

func newWorkbook() (*workbook, error) {
	b := &workbook{f: excelize.NewFile()}
	var err error
	if b.text, err = b.f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}); err != nil {
		return nil, err
	}
	b.header, err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F4E79"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}})
	return b, err
}

// sheet begins a sheet: frozen headings, widths, A4 landscape with the headings
// on every page.
func (b *workbook) sheet(name string, columns []column) (*sheet, error) {
	if b.sheets++; b.sheets == 1 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return nil, err
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return nil, err
	}
	paper, fit, zero, landscape := 9, true, 0, "landscape"
	if err := b.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return nil, err
	}
	if err := b.f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToHeight: &zero}); err != nil {
		return nil, err
	}
	if err := b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + name + "'!$1:$1", Scope: name}); err != nil {
		return nil, err
	}
	w, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{f: b.f, name: name, w: w, wide: len(columns), text: b.text, header: b.header}
	titles := make([]any, len(columns))
	for i, c := range columns {
		if err := w.SetColWidth(i+1, i+1, c.width); err != nil {
			return nil, err
		}
		titles[i] = excelize.Cell{StyleID: b.header, Value: c.title}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	s.rows = 1
	return s, w.SetRow("A1", titles, excelize.RowOpts{Height: 24})
}

// add writes a row. Texts are cleaned, cut to what a cell holds and kept from
// being formulas; numbers stay numbers, dates are ISO texts, which sort.
func (s *sheet) add(cells ...any) error {
	for i, c := range cells {
		if text, is := c.(string); is {
			c = clip(inventory.Guard(cleanLines(text)), maxCell)
		}
		cells[i] = excelize.Cell{StyleID: s.text, Value: c}
	}
	s.rows++
	at, err := excelize.CoordinatesToCellName(1, s.rows)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeTooLarge, s.name, "a sheet holds at most 1,048,576 rows: %w", err)
	}
	return s.w.SetRow(at, cells)
}

// cleanLines is Clean, but keeps the ends of lines that were put in here.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

// close sets the filter over all rows and ends the sheet.
func (s *sheet) close() error {
	last, err := excelize.CoordinatesToCellName(s.wide, max(s.rows, 2))
	if err != nil {
		return err
	}
	if err := s.f.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	return s.w.Flush()
}

// xlsxReport writes a workbook in one way over the sites.
func (p *Printer) xlsxReport(w io.Writer, c Compliance) error {
	b, err := newWorkbook()
	if err != nil {
		return err
	}
	defer b.f.Close()
	t := p.newTally(c)
	// The order of the sheets is that of their making: the summary, which is
	// known last, comes first.
	summary, err := b.sheet(p.v.say("概要", "Summary"), []column{{p.v.say("项目", "Item"), 44}, {p.v.say("内容", "Value"), 60}, {p.v.say("说明", "Note"), 80}})
	if err != nil {
		return err
	}
	if err := p.siteSheets(b, t); err != nil {
		return err
	}
	d := t.done()
	for _, write := range []func(*workbook, Compliance, *Digest) error{p.deadlineSheet, p.changeSheet, p.groupSheets} {
		if err := write(b, c, &d); err != nil {
			return err
		}
	}
	if err := p.summaryRows(summary, c, &d); err != nil {
		return err
	}
	b.f.SetActiveSheet(0)
	if err := b.f.Write(w); err != nil {
		return domaincheck.Errorf(domaincheck.CodeInternal, "", "the workbook cannot be written: %w", err)
	}
	return nil
}

// siteSheets writes what comes site by site: the sites, and their findings.
func (p *Printer) siteSheets(b *workbook, t *tally) error {
	v := p.v
	sites, err := b.sheet(v.say("网站", "Sites"), []column{{v.say("域名", "Domain"), 28}, {v.say("网站名称", "Site name"), 24}, {v.say("主办单位", "Subject"), 30}, {v.say("备案号", "Record number"), 24},
		{v.say("状态", "State"), 12}, {v.say("结论", "Verdict"), 14}, {v.say("最大风险", "Worst risk"), 16}, {v.say("级别", "Level"), 10}, {v.say("期限", "Deadline"), 24}, {v.say("不符合", "Failed"), 9},
		{v.say("暂时无法判断", "Unknown"), 13}, {v.say("接入商", "Providers"), 20}, {v.say("域名到期", "Domain expires"), 14}, {v.say("注册商", "Registrar"), 26}, {v.say("标签", "Tags"), 16}, {v.say("最近查看", "Looked at"), 18}})
	if err != nil {
		return err
	}
	findings, err := b.sheet(v.say("问题", "Findings"), []column{{v.say("域名", "Domain"), 26}, {v.say("主办单位", "Subject"), 26}, {v.say("级别", "Severity"), 10}, {v.say("规则", "Rule"), 22}, {v.say("对象", "Target"), 20},
		{v.say("结论", "Result"), 14}, {v.say("说明", "What"), 50}, {v.say("看到", "Seen"), 50}, {v.say("现在要做", "To do"), 60}, {v.say("后果", "Consequence"), 30}, {v.say("依据", "Basis"), 60},
		{v.say("认知方式", "Known by"), 12}, {v.say("确认", "Confirmed"), 10}})
	if err != nil {
		return err
	}
	for e, err := range t.c.Sites {
		if err != nil {
			return err
		}
		t.add(&e)
		if err := p.siteRow(sites, &e.Report); err != nil {
			return err
		}
		if err := p.findingRows(findings, &e.Report); err != nil {
			return err
		}
	}
	if err := sites.close(); err != nil {
		return err
	}
	return findings.close()
}

// siteFacts are what the lists say of a site beside its verdict.
type siteFacts struct {
	Name, Subject, Number, State, Providers, Expires, Registrar, Tags, Looked string
	Risk, Level, Deadline                                                     string
}

func (p *Printer) siteFacts(r *domaincheck.Report) siteFacts {
	var f siteFacts
	if r.Site != nil {
		f.Name, f.Number, f.State, f.Tags = string(r.Site.Name), string(r.Site.RecordNumber), p.v.state(r.Site.State), strings.Join(r.Site.Tags, " ")
		if r.Site.Subject != nil {
			f.Subject = string(r.Site.Subject.Name)
		}
	}
	if reg := r.Observation.Registration; reg != nil {
		f.Expires = reg.Expires.Day().String()
		if reg.Registrar != nil {
			f.Registrar = string(reg.Registrar.Name)
		}
	}
	var names []string
	for _, id := range providersOf(r) {
		names = add(names, p.fact("provider", id))
	}
	f.Providers, f.Looked = strings.Join(names, p.v.say("、", ", ")), minute(r.At)
	if risk := worstOf(r); risk != nil {
		level, mark := p.riskLevel(*risk)
		f.Risk, f.Level, f.Deadline = p.v.outcome(risk.Outcome)+mark, p.v.plainLevel(level), p.deadline(*risk)
	}
	return f
}

// plainLevel is a level without brackets.
func (v voice) plainLevel(s domaincheck.Severity) string { return strings.Trim(v.level(s), "【】[]") }

func (p *Printer) siteRow(s *sheet, r *domaincheck.Report) error {
	f := p.siteFacts(r)
	verdict := p.v.verdict(verdictOf(r))
	if unlooked(r) {
		verdict = p.v.say("尚未查过", "never looked at")
	}
	return s.add(name(r), f.Name, f.Subject, f.Number, f.State, verdict, f.Risk, f.Level, f.Deadline,
		count(r, domaincheck.Fail), count(r, domaincheck.Unknown), f.Providers, f.Expires, f.Registrar, f.Tags, f.Looked)
}

func (p *Printer) findingRows(s *sheet, r *domaincheck.Report) error {
	subject := p.siteFacts(r).Subject
	for _, f := range append(failed(r), unsure(r)...) {
		if f.Severity.Rank() < domaincheck.Low.Rank() {
			continue
		}
		x := p.explain(f)
		var basis []string
		for _, b := range x.Basis {
			basis = append(basis, b.Text+" —— "+b.Source)
		}
		sure := ""
		if f.Result == domaincheck.Fail {
			if sure = p.v.say("已确认", "yes"); !p.confirmed(r, f) {
				sure = p.v.say("未确认", "not yet")
			}
		}
		if err := s.add(name(r), subject, p.v.plainLevel(f.Severity), f.Rule, string(f.Target), p.v.result(f.Result), x.Summary, p.evidence(f), x.Fix, x.Consequence,
			strings.Join(basis, "\n"), p.v.knows(f.Knows), sure); err != nil {
			return err
		}
	}
	return nil
}

func (p *Printer) deadlineSheet(b *workbook, c Compliance, d *Digest) error {
	v := p.v
	s, err := b.sheet(v.say("期限", "Deadlines"), []column{{v.say("日期", "Day"), 12}, {v.say("剩余天数", "Days left"), 10}, {v.say("域名", "Domain"), 30}, {v.say("事项", "What"), 44}, {v.say("性质", "Kind"), 22}})
	if err != nil {
		return err
	}
	for _, x := range d.Deadlines {
		if err := s.add(x.Day.String(), c.At.Day().DaysUntil(x.Day), shownName(x.Unicode, x.Domain), p.deadlineWhat(x), v.deadlineKind(x.Kind)); err != nil {
			return err
		}
	}
	return s.close()
}

func (p *Printer) changeSheet(b *workbook, c Compliance, d *Digest) error {
	if c.Since.IsZero() {
		return nil
	}
	v := p.v
	s, err := b.sheet(v.say("变化", "Changes"), []column{{v.say("域名", "Domain"), 30}, {v.say("之前", "Before"), 14}, {v.say("现在", "Now"), 14}, {v.say("新问题", "Now failing"), 70}, {v.say("已恢复", "Recovered"), 70}})
	if err != nil {
		return err
	}
	for _, x := range d.Changes {
		before := v.say("新纳入", "new")
		if !x.New {
			before = v.verdict(x.Before)
		}
		if err := s.add(shownName(x.Unicode, x.Domain), before, v.verdict(x.Verdict), strings.Join(x.Failed, "\n"), strings.Join(x.Recovered, "\n")); err != nil {
			return err
		}
	}
	return s.close()
}

// groupSheets are the subjects and the providers.
func (p *Printer) groupSheets(b *workbook, _ Compliance, d *Digest) error {
	v := p.v
	for _, g := range []struct {
		name, who, id string
		groups        []Group
	}{
		{v.say("主办单位", "Subjects"), v.say("主办单位", "Subject"), v.say("主体备案号", "Record number"), d.Subjects},
		{v.say("接入商", "Providers"), v.say("接入商", "Provider"), "id", d.Providers},
	} {
		s, err := b.sheet(g.name, []column{{g.who, 40}, {g.id, 24}, {v.say("省份", "Province"), 10}, {v.say("网站", "Sites"), 9}, {v.say("不符合", "Fail"), 9}, {v.say("暂时无法判断", "Unknown"), 13},
			{v.say("符合", "Pass"), 9}, {v.say("最大风险级别", "Worst risk"), 13}, {v.say("最近期限", "Next deadline"), 14}, {v.say("未结通知", "Open notices"), 10}})
		if err != nil {
			return err
		}
		for _, x := range g.groups {
			if err := s.add(x.Name, x.ID, x.Province, x.Sites, x.Fail, x.Unknown, x.Pass, p.groupLevel(x), x.Due.String(), x.Notices); err != nil {
				return err
			}
		}
		if err := s.close(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Printer) groupLevel(g Group) string {
	if g.Worst == "" {
		return ""
	}
	return p.v.plainLevel(g.Worst)
}

// summaryRows fill the first sheet.
func (p *Printer) summaryRows(s *sheet, c Compliance, d *Digest) error {
	v := p.v
	rows := [][]any{
		{p.title(c), p.asOf(c), ""},
		{v.say("网站", "Sites"), d.Sites, ""},
		{v.verdict(domaincheck.VerdictFail), d.Fail, ""},
		{v.verdict(domaincheck.VerdictUnknown), d.Unknown, v.say("没查到，不等于不合规", "not seen is not the same as not compliant")},
		{v.verdict(domaincheck.VerdictPass), d.Pass, ""},
		{v.say("24 小时内没有真正查到", "Not truly checked within 24 h"), d.Never + d.Stale, v.sayf("其中从未查过 %d 个", "never: %d", d.Never)},
	}
	for _, o := range d.Outcomes {
		rows = append(rows, []any{v.say("风险：", "Risk: ") + v.outcome(o.Outcome), o.Critical + o.High + o.Medium + o.Low, p.outcomeCounts(o)})
	}
	for i, x := range d.First {
		rows = append(rows, []any{v.sayf("先做什么 %d", "To do first %d", i+1), p.stepLine(x), x.Fix})
	}
	for _, t := range d.Tables {
		rows = append(rows, []any{v.say("判断所用的表：", "Table used: ") + t.Table, t.Version, v.sayf("%d 个网站", "%d sites", t.Sites)})
	}
	for _, row := range rows {
		if err := s.add(row...); err != nil {
			return err
		}
	}
	return s.close()
}
