package inventory

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"domaincheck"
)

// Mark tells how a fact of a draft is known.
type Mark string

// The marks, as they stand in the draft.
const (
	MarkObserved Mark = "实测" // seen from outside just so
	MarkInferred Mark = "推断" // follows from what was seen; to be checked
	MarkMissing  Mark = "待填" // cannot be seen: to be filled in
)

func marks() []Mark { return []Mark{MarkObserved, MarkInferred, MarkMissing} }

// Marks are the marks of an entry's facts by path, such as "site.name",
// "access.provider" or "subject.kind". A fact without a mark is declared.
type Marks map[string]Mark

// Draft is a ledger drafted from what can be seen, with a mark for each fact.
type Draft struct {
	Subjects     []domaincheck.Subject // each with an id
	SubjectMarks []Marks               // of Subjects
	Sites        []domaincheck.Site    // subjects inlined, as in a Document
	SiteMarks    []Marks               // of Sites
}

// WriteDraft writes a draft as yaml, csv or xlsx; it reads back as the ledger
// that it is, marks passed over. In xlsx marks are the colours of cells and a
// column 标注, in csv that column, in yaml comments.
func WriteDraft(w io.Writer, format string, d Draft) error {
	if len(d.Subjects) != len(d.SubjectMarks) || len(d.Sites) != len(d.SiteMarks) {
		return domaincheck.Errorf(domaincheck.CodeInternal, "", "a draft has marks for each of its entries")
	}
	words, err := loadWords(wordsFile)
	if err != nil {
		return err
	}
	switch format {
	case "yaml":
		return d.yaml(w)
	case "csv":
		return d.csv(w, words)
	case "xlsx":
		return d.xlsx(w, words)
	}
	return domaincheck.Errorf(domaincheck.CodeBadSettings, "", "%q is no format of a draft", clip(format)).WithHint("use xlsx, yaml or csv")
}

// draftSitePaths are the columns of a draft; those of the subject stand in the
// table of sites only where there is no sheet of subjects.
func draftSitePaths(sheets bool) []string {
	paths := []string{"site.domains", "site.name"}
	if sheets {
		paths = append(paths, "site.subject")
	} else {
		paths = append(paths, draftSubjectPaths()...)
	}
	return append(paths, "site.state", "site.record_number", "site.filed_on", "access.provider", "access.addresses", "site.hosts", "site.home",
		"site.holder.name", "site.real_name_verified_on", "site.expires", "site.auto_renew", "site.police_number", "site.responsible.name", "site.tags")
}

func draftSubjectPaths() []string {
	return []string{"subject.id", "subject.name", "subject.kind", "subject.province", "subject.record_number", "subject.legal_representative", "subject.principal.name"}
}

// draftRow is an entry as cells, with the mark of each.
type draftRow struct {
	cells map[string]string
	marks Marks
}

func (d Draft) rows(w *words, sheets bool) (subjects, sites []draftRow) {
	for i, s := range d.Subjects {
		row := draftRow{map[string]string{}, d.SubjectMarks[i]}
		flatten(w, tree(valueOf(s)), "subject.", row.cells)
		subjects = append(subjects, row)
	}
	for i, s := range d.Sites {
		row := draftRow{map[string]string{}, Marks{}}
		for path, mark := range d.SiteMarks[i] {
			row.marks[path] = mark
		}
		subject := s.Subject
		s.Subject = nil
		if len(s.Access) == 1 {
			row.cells["access.provider"] = s.Access[0].Provider
			row.cells["access.addresses"] = strings.Join(s.Access[0].Addresses, "\n")
			s.Access = nil
		}
		flatten(w, tree(valueOf(s)), "site.", row.cells)
		at := slices.IndexFunc(d.Subjects, func(v domaincheck.Subject) bool { return subject != nil && v.ID == subject.ID })
		if at >= 0 {
			row.cells["site.subject"] = string(subject.ID)
			if !sheets {
				for path, text := range subjects[at].cells {
					row.cells[path] = text
				}
				for path, mark := range subjects[at].marks {
					row.marks[path] = mark
				}
			}
		}
		sites = append(sites, row)
	}
	for _, row := range slices.Concat(subjects, sites) {
		for path, text := range row.cells {
			row.cells[path] = chinese(path, text)
		}
	}
	return subjects, sites
}

// chinese is the word that people write for a choice.
func chinese(path, text string) string {
	switch path + " " + text {
	case "site.state filed":
		return "已备案"
	case "site.state filing":
		return "备案中"
	case "site.state unfiled":
		return "未备案"
	case "site.state not_required":
		return "无需备案"
	case "site.state cancelled":
		return "已注销"
	case "subject.kind unit":
		return "单位"
	case "subject.kind individual":
		return "个人"
	}
	return text
}

// paths are the usual columns and every other for which an entry has a fact.
func usedPaths(usual []string, rows []draftRow) []string {
	paths := slices.Clone(usual)
	more := map[string]bool{}
	for _, row := range rows {
		for path := range row.cells {
			more[path] = true
		}
	}
	var rest []string
	for path := range more {
		if !slices.Contains(paths, path) && (strings.HasPrefix(path, "site.") && path != "site.subject" || strings.HasPrefix(path, "subject.") || strings.HasPrefix(path, "access.")) {
			rest = append(rest, path)
		}
	}
	slices.Sort(rest)
	return append(paths, rest...)
}

func (w *words) headingOf(path string) string {
	if heading, ok := w.first[path]; ok {
		return heading
	}
	_, rest, _ := strings.Cut(path, ".")
	return rest
}

// remark lists an entry's facts by their marks: what the column 标注 says.
func (w *words) remark(paths []string, row draftRow) string {
	var lines []string
	for _, mark := range marks() {
		var names []string
		for _, path := range paths {
			if row.marks[path] == mark {
				names = append(names, w.headingOf(path))
			}
		}
		if len(names) > 0 {
			lines = append(lines, string(mark)+"："+strings.Join(names, "、"))
		}
	}
	return strings.Join(lines, "\n")
}

func (d Draft) csv(to io.Writer, w *words) error {
	_, sites := d.rows(w, false)
	paths := usedPaths(draftSitePaths(false), sites)
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(to)
	out.UseCRLF = true
	cells := make([]string, len(paths)+1)
	for i, path := range paths {
		cells[i] = w.headingOf(path)
	}
	cells[len(paths)] = "标注"
	if err := out.Write(cells); err != nil {
		return err
	}
	for _, row := range sites {
		for i, path := range paths {
			cells[i] = Guard(row.cells[path])
		}
		cells[len(paths)] = w.remark(paths, row)
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// markColour is the fill of a cell with a mark.
func markColour(m Mark) string {
	switch m {
	case MarkObserved:
		return "E2F0D9"
	case MarkInferred:
		return "FFF2CC"
	}
	return "F8CBAD"
}

func (d Draft) xlsx(to io.Writer, w *words) error {
	f := excelize.NewFile()
	defer f.Close()
	subjects, sites := d.rows(w, true)
	if err := f.SetSheetName("Sheet1", "网站"); err != nil {
		return err
	}
	if err := d.sheet(f, w, "网站", usedPaths(draftSitePaths(true), sites), sites); err != nil {
		return err
	}
	for _, name := range []string{"主体", "服务器", "说明"} {
		if _, err := f.NewSheet(name); err != nil {
			return err
		}
	}
	if err := d.sheet(f, w, "主体", usedPaths(draftSubjectPaths(), subjects), subjects); err != nil {
		return err
	}
	if err := d.sheet(f, w, "服务器", usual(RowServer), nil); err != nil {
		return err
	}
	legend := [][]string{
		{"标注", "含义 / meaning"},
		{string(MarkObserved), "从外部直接查到 / seen from outside"},
		{string(MarkInferred), "由查到的内容推断，请核对 / inferred from what was seen: check it"},
		{string(MarkMissing), "外部看不到，请填写 / cannot be seen: fill it in"},
	}
	for i, row := range legend {
		if err := f.SetSheetRow("说明", fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		style, err := f.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{markColour(marks()[i-1])}}})
		if err != nil {
			return err
		}
		if err := f.SetCellStyle("说明", fmt.Sprintf("A%d", i+1), fmt.Sprintf("A%d", i+1), style); err != nil {
			return err
		}
	}
	if err := f.SetColWidth("说明", "B", "B", 60); err != nil {
		return err
	}
	return f.Write(to)
}

// sheet writes one sheet of a draft, each cell in the colour of its mark.
func (d Draft) sheet(f *excelize.File, w *words, name string, paths []string, rows []draftRow) error {
	styles := map[Mark]int{}
	for _, mark := range append(marks(), "") {
		style := &excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}
		if mark != "" {
			style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{markColour(mark)}}
			style.Border = []excelize.Border{{Type: "left", Color: "D9D9D9", Style: 1}, {Type: "right", Color: "D9D9D9", Style: 1}, {Type: "top", Color: "D9D9D9", Style: 1}, {Type: "bottom", Color: "D9D9D9", Style: 1}}
		}
		id, err := f.NewStyle(style)
		if err != nil {
			return err
		}
		styles[mark] = id
	}
	bold, err := f.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	if err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := sw.SetColWidth(1, len(paths)+1, 20); err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(paths)+1)
	for i, path := range paths {
		cells[i] = excelize.Cell{StyleID: bold, Value: w.headingOf(path)}
	}
	cells[len(paths)] = excelize.Cell{StyleID: bold, Value: "标注"}
	if err := sw.SetRow("A1", cells); err != nil {
		return err
	}
	for r, row := range rows {
		for i, path := range paths {
			cells[i] = excelize.Cell{StyleID: styles[row.marks[path]], Value: Guard(row.cells[path])}
		}
		cells[len(paths)] = excelize.Cell{StyleID: styles[""], Value: w.remark(paths, row)}
		if err := sw.SetRow(fmt.Sprintf("A%d", r+2), cells); err != nil {
			return err
		}
	}
	return sw.Flush()
}

func (d Draft) yaml(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("# 标注：实测 seen from outside · 推断 inferred, check it · 待填 cannot be seen, fill it in\n")
	if len(d.Subjects) > 0 {
		b.WriteString("subjects:\n")
	}
	for i, s := range d.Subjects {
		draftEntry(&b, tree(valueOf(s)), "subject", d.SubjectMarks[i])
	}
	b.WriteString("sites:\n")
	for i, s := range d.Sites {
		n := tree(valueOf(s))
		if s.Subject != nil && s.Subject.ID != "" {
			n.replace("subject", scalar("", string(s.Subject.ID)))
		}
		draftEntry(&b, n, "site", d.SiteMarks[i])
	}
	if len(d.Sites) == 0 {
		b.WriteString("  []\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// draftEntry writes an entry, a key a line with its mark behind it; keys that
// are to be filled in stand there as null.
func draftEntry(b *bytes.Buffer, n *node, kind string, m Marks) {
	key := func(path string) string {
		root, rest, _ := strings.Cut(path, ".")
		if root == "access" {
			return "access"
		}
		name, _, _ := strings.Cut(rest, ".")
		return name
	}
	of := map[string]Mark{}
	for _, mark := range marks() { // of several the one that asks for most
		for path, known := range m {
			if known == mark && (strings.HasPrefix(path, kind+".") || strings.HasPrefix(path, "access.")) {
				of[key(path)] = mark
			}
		}
	}
	lead := "  - "
	line := func(name, value string) {
		b.WriteString(lead + name + ": " + value)
		if mark := of[name]; mark != "" {
			b.WriteString(" # " + string(mark))
		}
		b.WriteByte('\n')
		lead = "    "
	}
	for _, e := range n.keys {
		line(e.key, string(flow(e.value)))
	}
	var missing []string
	for name, mark := range of {
		if mark == MarkMissing && n.get(name) == nil {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	for _, name := range missing {
		line(name, "null")
	}
}
