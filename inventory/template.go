package inventory

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// templateRows is how far down the drop-downs of a template reach.
const templateRows = 5000

// Template writes a workbook to fill in: the three sheets with the usual
// headings, drop-downs where there is a choice, an explanation that shows when
// a cell is chosen, and a sheet of notes with an example (说明), which reading
// passes over.
func Template(w io.Writer) error {
	words, err := loadWords(wordsFile)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", "网站"); err != nil {
		return err
	}
	for _, sheet := range []struct {
		name  string
		paths []string
	}{
		{"网站", []string{
			"site.domains", "site.name", "site.subject", "site.state", "site.record_number", "site.filed_on", "site.opened_on",
			"access.provider", "access.addresses", "site.servers", "site.hosts", "site.home", "site.holder.name", "site.real_name_verified_on", "site.auto_renew", "site.expires",
			"site.commercial", "site.police_number", "site.responsible.name", "site.tags", "site.channel",
		}},
		{"主体", []string{
			"subject.id", "subject.name", "subject.kind", "subject.type", "subject.province", "subject.record_number", "subject.filed_on", "subject.legal_representative",
			"subject.former_names", "subject.other_names", "subject.certificate.expires", "subject.principal.name", "subject.principal.birth_date", "subject.principal.id_expires", "subject.counts.sites", "subject.tags",
		}},
		{"服务器", []string{
			"server.id", "server.provider", "server.type", "server.region", "server.addresses", "server.billing", "server.first_term_months", "server.expires", "server.public_bandwidth",
		}},
	} {
		if sheet.name != "网站" {
			if _, err := f.NewSheet(sheet.name); err != nil {
				return err
			}
		}
		if err := words.templateSheet(f, sheet.name, sheet.paths); err != nil {
			return err
		}
	}
	if err := templateNotes(f); err != nil {
		return err
	}
	return f.Write(w)
}

// templateSheet writes the headings of a sheet and what helps to fill it in.
func (w *words) templateSheet(f *excelize.File, name string, paths []string) error {
	bold, err := f.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	if err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(paths))
	if err != nil {
		return err
	}
	if err := f.SetColStyle(name, "A:"+last, text); err != nil {
		return err
	}
	if err := f.SetColWidth(name, "A", last, 20); err != nil {
		return err
	}
	for i, path := range paths {
		cell, err := excelize.CoordinatesToCellName(i+1, 1)
		if err != nil {
			return err
		}
		if err := f.SetCellStr(name, cell, w.headingOf(path)); err != nil {
			return err
		}
		if err := f.SetCellStyle(name, cell, cell, bold); err != nil {
			return err
		}
		column := strings.TrimRight(cell, "1")
		dv := excelize.NewDataValidation(true)
		dv.SetSqref(fmt.Sprintf("%s2:%s%d", column, column, templateRows))
		if choices := w.choices(path); len(choices) > 0 {
			if err := dv.SetDropList(choices); err != nil {
				return err
			}
			// Other words are understood too: a warning, not a refusal.
			dv.SetError(excelize.DataValidationErrorStyleWarning, w.headingOf(path), "通常填："+strings.Join(choices[:min(len(choices), 8)], "、"))
		}
		if help := w.help(path); help != "" {
			dv.SetInput(w.headingOf(path), help)
		}
		if dv.Type == "" && dv.Prompt == nil {
			continue
		}
		if err := f.AddDataValidation(name, dv); err != nil {
			return err
		}
	}
	return f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// choices are the words of a drop-down; none where anything may be written.
func (w *words) choices(path string) []string {
	switch path {
	case "site.state":
		return []string{"已备案", "备案中", "未备案", "无需备案", "已注销"}
	case "site.auto_renew", "site.commercial", "server.public_bandwidth":
		return []string{"是", "否"}
	case "subject.kind":
		return []string{"单位", "个人"}
	case "subject.type":
		return []string{"企业", "事业单位", "政府机关", "社会团体", "民办非企业单位", "基金会", "律师执业机构", "医疗机构", "个体工商户"}
	case "subject.province":
		return w.meanings("province")
	case "server.billing":
		return []string{"包年包月", "按量"}
	case "server.type":
		return []string{"云服务器", "云虚拟主机", "轻量应用服务器", "NAT网关", "函数计算", "自有", "其他"}
	}
	return nil
}

// help says how a column is filled in.
func (w *words) help(path string) string {
	switch path {
	case "site.domains":
		return "必填。一格可写多个，换行或用 | , 、 ; 分开，第一个为主域名"
	case "site.subject":
		return "填「主体」表的主体标识"
	case "site.servers":
		return "填「服务器」表的服务器标识，可多个"
	case "site.record_number":
		return "如 京ICP备12345678号-1"
	case "subject.record_number":
		return "不带 -1，如 京ICP备12345678号"
	case "access.provider":
		return "阿里云、腾讯云、华为云……"
	case "access.addresses", "server.addresses":
		return "可多个，换行或用 | , 、 ; 分开"
	case "site.hosts":
		return "@ 表示域名本身；www、api……"
	case "subject.id", "server.id":
		return "自定的短名，「网站」表用它指到这一行"
	case "subject.principal.name", "site.responsible.name":
		return "只填姓名；不要填完整的证件号码和手机号，会被拒绝"
	case "server.first_term_months":
		return "累计购买的月数（含续费）"
	case "site.tags", "subject.tags":
		return "自定的标签，可多个，用来分派通知和权限"
	case "site.channel":
		return "设置中 channels 的名字"
	}
	if isDay(path) {
		return "2026-03-01、2026/3/1、2026年3月1日；长期有效写「长期」"
	}
	return ""
}

// isDay tells the columns that hold a day.
func isDay(path string) bool {
	last := path[strings.LastIndexByte(path, '.')+1:]
	return last == "expires" || last == "birth_date" || strings.HasSuffix(last, "_expires") || strings.HasSuffix(last, "_on")
}

func templateNotes(f *excelize.File) error {
	if _, err := f.NewSheet("说明"); err != nil {
		return err
	}
	rows := [][]string{
		{"列", "怎么填 / how to fill it in"},
		{"域名", "必填，其余都可不填。一格可写多个，换行或用 | , 、 ; 分开 / the only required column; several in a cell are fine"},
		{"主体编号", "填「主体」表中的主体标识 / the id of a row on the sheet 主体"},
		{"服务器编号", "填「服务器」表中的服务器标识 / the id of a row on the sheet 服务器"},
		{"备案状态", "已备案、备案中、未备案、无需备案、已注销"},
		{"日期", "2026-03-01、2026/3/1、2026年3月1日"},
		{"是否", "是、否"},
		{"付费方式", "包年包月、按量"},
		{"证件与电话", "不要填完整的证件号码和手机号，会被拒绝 / full identity and phone numbers are refused"},
		{"没有的列", "可以自己加：表头写中文名称或字段名（如 customer） / add columns by their Chinese heading or field name"},
		{"示例 网站", "example.cn、www.example.cn | 示例科技 | acme | 已备案 | 京ICP备12345678号-1 | 2020/5/1 | … | 阿里云 | 47.110.0.1"},
		{"示例 主体", "acme | 北京示例科技有限公司 | 单位 | 企业 | 北京 | 京ICP备12345678号"},
		{"示例 服务器", "web1 | 阿里云 | 云服务器 | cn-hangzhou | 47.110.0.1 | 包年包月 | 12 | 2027/3/1 | 是"},
	}
	for i, row := range rows {
		if err := f.SetSheetRow("说明", fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	if err := f.SetColWidth("说明", "A", "A", 14); err != nil {
		return err
	}
	return f.SetColWidth("说明", "B", "B", 100)
}
