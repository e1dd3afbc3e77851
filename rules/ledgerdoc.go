package rules

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// WriteDoc writes docs/rules.md. Equal tables give equal bytes.
func WriteDoc(w *bytes.Buffer, b *Book, o *Orders, l *Ledger) {
	fmt.Fprintf(w, `# 规则手册 (The rule book)

由 `+"`go generate ./rules`"+` 从规则数据生成，请勿手改。Generated from the rule data; do not edit.

规则书日期 (as of): %s

引用的写法 (how sources are cited): `+"`001:2058`"+` 是下列文本的第 2058 行 (line 2058 of the text below).
这些文本是接入商公开的备案说明，只引用、不随本项目分发；规则用自己的话写成。行号按收到的副本数，
换了版本可按名称、章节（§）查找。全部行的去向见[逐行台账](#ledger)。
(The texts are guides that access providers publish. They are cited and do not come with this project; the rules are in
words of their own. Lines are counted in the copies that were read; in another edition look by name and section, §. What
became of every line stands in the ledger at the end.)

| 文本 text | 名称 name |
|---|---|
`, AsOf)
	for _, seed := range Seeds() {
		name, _ := seedName(seed)
		fmt.Fprintf(w, "| %s | %s |\n", seed, name)
	}
	w.WriteString("\n目录 (contents): [规则 rules](#rules) · [订单核对 orders](#orders) · [各省 provinces](#provinces) · [逐行台账 ledger](#ledger)\n")
	docRules(w, b)
	docOrders(w, o)
	docProvinces(w, b)
	docLedger(w, b, o, l)
}

func cellText(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s)
}

func docRules(w *bytes.Buffer, b *Book) {
	w.WriteString("\n<a id=\"rules\"></a>\n## 规则 (Rules)\n")
	for i := range b.rules {
		r := &b.rules[i]
		states := make([]string, len(r.States))
		for j, s := range r.States {
			states[j] = string(s)
		}
		if r.OnOrder {
			states = append(states, "有订单时 on an order")
		}
		fmt.Fprintf(w, "\n### `%s` %s (%s)\n\n", r.ID, r.Title.ZH, r.Title.EN)
		fmt.Fprintf(w, "- 严重程度 severity: %s · 要求来自 layer: %s · 看什么 part: %s · 适用 states: %s\n", r.Severity, r.Layer, r.Part, strings.Join(states, ", "))
		fmt.Fprintf(w, "- 通过 passes: %s\n- 后果 consequence: %s\n- 处理 fix: %s\n", r.Passes.ZH, r.Consequence.ZH, r.Fix.ZH)
		for _, c := range r.Basis {
			fmt.Fprintf(w, "- 依据 basis: %s — %s\n", c.Text, source(c.Cite))
		}
		for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
			if words := r.Codes[code].Consequence; words != nil {
				fmt.Fprintf(w, "- `%s` 后果 consequence: %s\n", code, words.ZH)
			}
			for _, c := range r.Codes[code].Basis {
				fmt.Fprintf(w, "- `%s` 依据 basis: %s — %s\n", code, c.Text, source(c.Cite))
			}
		}
		w.WriteString("\n| 代码 code | 说法 wording |\n|---|---|\n")
		for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
			fmt.Fprintf(w, "| `%s` | %s |\n", code, cellText(r.Codes[code].ZH))
		}
	}
}

func docOrders(w *bytes.Buffer, o *Orders) {
	w.WriteString("\n<a id=\"orders\"></a>\n## 订单核对 (What orders need)\n\n")
	w.WriteString("`domaincheck preflight` 在各省规则之外还核对这些条件 (beside the provinces' own rules).\n\n")
	w.WriteString("| id | 订单 orders | 层 layer | 判定 judged by | 要求 demand | en | 出处 source |\n|---|---|---|---|---|---|---|\n")
	for i := range o.items {
		it := &o.items[i]
		by := "人 a person"
		switch {
		case it.Rule != "":
			by = "规则 rule"
		case it.Judge != "":
			by = "事实 facts"
		}
		layer := it.Layer
		if it.Provider != "" {
			layer += " " + it.Provider
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s | %s | %s |\n", it.ID, orderWords(it.Orders), layer, by, cellText(it.Text), cellText(it.En), it.Cite)
	}
	docJSON(w)
	w.WriteString("\n### 前置审批 (Prior approvals)\n\n| id | 类别 category | 批复单位 authority | 文件 documents | 说明 | 出处 source |\n|---|---|---|---|---|---|\n")
	for i := range o.approvals {
		a := &o.approvals[i]
		authority := a.Authority.ZH
		if a.Cancelled {
			authority = "已在全国取消 abolished"
		}
		for _, x := range a.Exceptions {
			authority += "；" + x.Text
		}
		fmt.Fprintf(w, "| `approval.%s` | %s (%s) | %s | %s | %s | %s |\n", a.ID, a.Name.ZH, a.Name.EN, cellText(authority), strings.Join(a.Documents, "、"), cellText(a.Text), a.Cite)
	}
	w.WriteString("\n### 通用材料 (Papers asked for everywhere)\n\n| 材料 paper | 订单 orders | 条件 when | 说明 | en | 出处 source |\n|---|---|---|---|---|---|\n")
	for i := range o.materials {
		m := &o.materials[i]
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", m.Kind, orderWords(m.Orders), strings.TrimSpace(m.When+" "+m.Provider), cellText(m.Text), cellText(m.En), m.Cite)
	}
	fmt.Fprintf(w, "\n图片 (pictures): %s (%s)\n", o.image.Text, o.image.Cite)
	w.WriteString("\n### 步骤 (Steps)\n\n| id | 订单 orders | 步骤 step | en | 出处 source |\n|---|---|---|---|---|\n")
	for i := range o.steps {
		s := &o.steps[i]
		fmt.Fprintf(w, "| `step.%s` | %s | %s | %s | %s |\n", s.ID, orderWords(s.Orders), cellText(s.Text), cellText(s.En), s.Cite)
	}
}

// docJSON describes what preflight --json prints.
func docJSON(w *bytes.Buffer) {
	w.WriteString("\n### `preflight --json`\n\n没有的事实是 null，列表从不是 null (absent facts are null, lists never are).\n\n| 字段 field | 含义 meaning |\n|---|---|\n")
	for _, row := range [...][2]string{
		{"schema, domain, unicode, at, lang", "as in a report"},
		{"order.kind, order.provider", "first, new_site, access, change or cancel; the provider's id"},
		{"province, kind, state, inferred", "as judged; inferred names the facts of the site that were inferred"},
		{"verdict", "fail: a condition of severity low or worse, a required paper or a file is unmet; unknown: one of medium or worse was not observed; else pass"},
		{"counts.met, .unmet, .unknown, .todo", "numbers of conditions"},
		{"conditions[].id", "of the table above, `approval.<category>`, or `province.<pinyin>.<kind>.<field>`; with target it is unique"},
		{"conditions[].rule, .target", "the rule whose finding it rests on; the domain or server it speaks of"},
		{"conditions[].group, .layer", "order, domain, server, site, subject, content, material, account, process or province; law, province or provider"},
		{"conditions[].state", "met, unmet, unknown, todo (a person must do or judge it)"},
		{"conditions[].code, .why, .severity, .knows, .observed_at, .evidence", "as in a finding"},
		{"conditions[].facts", "what would settle an unknown one: facts of the ledger, or parts to be seen (registration, resolution, page)"},
		{"conditions[].text, .summary, .fix, .basis[].text, .basis[].source", "what is demanded, how it stands, what to do, by which text; in the language asked for"},
		{"papers[].id, .kind, .layer, .text, .basis", "the paper by its Chinese name, and who asks for it"},
		{"papers[].need", "required, one_of (any list of any_of, whole), optional, judge (a person must tell), depends (on an undeclared fact)"},
		{"papers[].state, .code, .facts, .files", "met, unmet, unknown, todo; the files of --papers that are this paper"},
		{"papers[].max_age.months, .days", "greatest age at the day of the order"},
		{"papers[].image, .limits", "whether it is handed in as a picture; the province's own limits"},
		{"image.min_bytes, .max_bytes, .formats", "limits of pictures"},
		{"files[].file, .paper, .format, .bytes, .state, .problems", "each file of --papers; problems: format, too_small, too_large, renamed"},
		{"steps[].n, .id, .text, .basis", "the safe sequence"},
		{"tables", "versions of the tables in force"},
	} {
		fmt.Fprintf(w, "| `%s` | %s |\n", strings.ReplaceAll(row[0], ", ", "`, `"), row[1])
	}
}

func orderWords[T ~string](orders []T) string {
	if len(orders) == 0 {
		return "first, new_site, access, change"
	}
	words := make([]string, len(orders))
	for i, o := range orders {
		words[i] = string(o)
	}
	return strings.Join(words, ", ")
}

func docProvinces(w *bytes.Buffer, b *Book) {
	w.WriteString("\n<a id=\"provinces\"></a>\n## 各省 (Provinces)\n")
	for _, p := range b.sorted() {
		fmt.Fprintf(w, "\n### %s (%s) %s %s\n", p.Name, p.Pinyin, p.Section, p.Lines)
		kind := ""
		for _, v := range p.cited() {
			_, rest, _ := strings.Cut(v.ID, ".")
			k, field, _ := strings.Cut(rest, ".")
			if k != kind {
				kind = k
				title := "单位 (units)"
				if k == "individual" {
					title = "个人 (individuals)"
				}
				fmt.Fprintf(w, "\n#### %s\n\n| 字段 field | 取值 value | 要求 demand | en | 出处 source |\n|---|---|---|---|---|\n", title)
			}
			fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", field, cellText(v.Value), cellText(v.Clause.Text), cellText(v.Clause.En), v.Clause.Cite)
		}
	}
}

// docLedger writes what became of every line, neighbours of one account joined.
func docLedger(w *bytes.Buffer, b *Book, o *Orders, l *Ledger) {
	w.WriteString("\n<a id=\"ledger\"></a>\n## 逐行台账 (The ledger)\n\n")
	w.WriteString("五份文本的每一个非空行去了哪里：规则、订单核对、某省的某个字段、风险，或者不在范围内及其理由。\n")
	w.WriteString("What became of every line that is not blank: a rule, a condition of an order, a province's field, a risk, or out of scope with the reason.\n")
	accounts := l.Accounts(b, o)
	for _, seed := range Seeds() {
		name, _ := seedName(seed)
		fmt.Fprintf(w, "\n### %s %s\n\n| 行 lines | 去向 account |\n|---|---|\n", seed, name)
		lines := l.lines[seed]
		for i := 0; i < len(lines); {
			said := accounts[seed][lines[i]].said()
			j := i
			for j+1 < len(lines) && accounts[seed][lines[j+1]].said() == said {
				j++
			}
			at := seed + ":" + strconv.Itoa(lines[i])
			if j > i {
				at += "-" + strconv.Itoa(lines[j])
			}
			fmt.Fprintf(w, "| %s | %s |\n", at, cellText(said))
			i = j + 1
		}
	}
}

// said is an account in words.
func (a Account) said() string {
	switch {
	case len(a.IDs) > 0:
		var ids []string
		for _, id := range a.IDs {
			one := func(other string) bool { return strings.HasPrefix(other, id+"[") }
			if !slices.ContainsFunc(a.IDs, one) { // a list of which one value is named
				ids = append(ids, "`"+id+"`")
			}
		}
		return strings.Join(ids, ", ")
	case a.Reason != nil:
		return "不在范围内 out of scope: " + a.Reason.ZH + " (" + a.Reason.EN + ")"
	}
	return "没有着落 unaccounted"
}
