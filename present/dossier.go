package present

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"domaincheck"
)

// Dossier is what the evidence of one report is made from.
type Dossier struct {
	Report   domaincheck.Report
	ReportID int64               // in the store; 0 for a check that was not stored
	FirstAt  domaincheck.Instant // since when every look said so; zero: not known
	Looks    int                 // that said so; 0: not known
	Program  string              // name and version of the program that looked
	By       string              // who had it look: a person or firm; may be empty
	Answers  []Answer
}

// Answer is an answer as it came.
type Answer struct {
	Domain string // which domain of the site
	Part   string // registration, resolution, page
	domaincheck.Raw
}

// AnswersOf are the answers that a fresh look has with it, by domain and part.
func AnswersOf(o domaincheck.Observation, main string) []Answer {
	var out []Answer
	take := func(domain string, o domaincheck.Observation) {
		part := func(name string, raws []domaincheck.Raw) {
			for _, raw := range raws {
				out = append(out, Answer{domain, name, raw})
			}
		}
		if o.Registration != nil {
			part("registration", o.Registration.Raw)
		}
		if o.Resolution != nil {
			part("resolution", o.Resolution.Raw)
		}
		if o.Page != nil {
			part("page", o.Page.Raw)
			for _, other := range o.Page.Others {
				part("page", other.Raw)
			}
		}
	}
	take(main, o)
	var others []string
	for name := range o.Others {
		others = append(others, name)
	}
	slices.Sort(others)
	for _, name := range others {
		if o.Others[name] != nil {
			take(name, *o.Others[name])
		}
	}
	return out
}

// fileOf is one file of the dossier.
type fileOf struct {
	name string
	body []byte
	note map[string]string // what it is, by language
	hash string
}

// WriteEvidence writes a dossier as a zip: a cover for people in both languages
// (cover.html, cover.txt), the findings in words, the report as `judge` reads
// it, every answer byte for byte, and SHA256SUMS over all of them. The same
// dossier gives the same bytes: all times are the report's own.
//
// Left out of report.json is what the owner keeps for himself: whom to write
// to, customer, tags and channels. Nothing that a rule reads is left out.
func WriteEvidence(w io.Writer, d Dossier, o Options) error {
	d.Report = withoutNotes(d.Report)
	files, err := d.files(o)
	if err != nil {
		return err
	}
	for i := range files {
		sum := sha256.Sum256(files[i].body)
		files[i].hash = hex.EncodeToString(sum[:])
	}
	covers, err := d.covers(files, o)
	if err != nil {
		return err
	}
	files = append(covers, files...)
	var sums strings.Builder
	for i := range files {
		if files[i].hash == "" {
			sum := sha256.Sum256(files[i].body)
			files[i].hash = hex.EncodeToString(sum[:])
		}
		sums.WriteString(files[i].hash + "  " + files[i].name + "\n")
	}
	files = append(files, fileOf{name: "SHA256SUMS", body: []byte(sums.String())})
	z := zip.NewWriter(w)
	for _, f := range files {
		entry, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: d.Report.At.UTC().Truncate(time.Second)})
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.body); err != nil {
			return err
		}
	}
	return z.Close()
}

// withoutContacts takes out whom to write to.
func withoutContacts(r domaincheck.Report) domaincheck.Report {
	if r.Site == nil || r.Site.Subject == nil {
		return r
	}
	site, subject := *r.Site, *r.Site.Subject
	subject.Contacts = nil
	site.Subject = &subject
	r.Site = &site
	return r
}

// withoutNotes takes out all that is nobody else's business.
func withoutNotes(r domaincheck.Report) domaincheck.Report {
	r = withoutContacts(r)
	if r.Site == nil {
		return r
	}
	site := *r.Site
	site.Customer, site.Channel, site.Tags = "", "", nil
	if site.Subject != nil {
		subject := *site.Subject
		subject.Tags = nil
		site.Subject = &subject
	}
	r.Site = &site
	return r
}

// files are all files but the covers and the sums.
func (d *Dossier) files(o Options) ([]fileOf, error) {
	var out []fileOf
	for _, lang := range []string{"zh", "en"} {
		text, err := d.printed(Options{Format: "text", Lang: lang, Single: true, Verbose: true, Book: o.Book, ProviderName: o.ProviderName, Risks: o.Risks, Stored: d.ReportID > 0})
		if err != nil {
			return nil, err
		}
		out = append(out, fileOf{name: "findings." + lang + ".txt", body: text, note: map[string]string{
			"zh": map[string]string{"zh": "全部结论、依据与处理步骤（中文）", "en": "全部结论、依据与处理步骤（英文）"}[lang],
			"en": map[string]string{"zh": "all findings with basis and steps, in Chinese", "en": "all findings with basis and steps, in English"}[lang]}})
	}
	report, err := d.printed(Options{Format: "json", Lang: o.Lang, Single: true, Book: o.Book, ProviderName: o.ProviderName, Risks: o.Risks})
	if err != nil {
		return nil, err
	}
	out = append(out, fileOf{name: "report.json", body: report, note: map[string]string{"zh": "机器可读的完整报告，可用 domaincheck judge report.json 重新判断", "en": "the whole report for programs; domaincheck judge report.json judges it again"}})
	for i, a := range d.Answers {
		out = append(out, fileOf{name: answerName(i+1, a), body: a.Bytes, note: answerNote(a)})
	}
	return out, nil
}

func (d *Dossier) printed(o Options) ([]byte, error) {
	var b bytes.Buffer
	p, err := NewPrinter(&b, o)
	if err != nil {
		return nil, err
	}
	if err := p.Print(d.Report); err != nil {
		return nil, err
	}
	if err := p.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// answerName is a file name that is harmless everywhere: the host that answered
// in plain letters. Pages end in .txt, so that a double click shows them instead
// of running them.
func answerName(n int, a Answer) string {
	host := a.Source
	if _, rest, is := strings.Cut(host, "://"); is {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	host = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, host)
	for strings.Contains(host, "..") {
		host = strings.ReplaceAll(host, "..", ".")
	}
	host = strings.Trim(host[:min(len(host), 80)], "._-")
	return fmt.Sprintf("raw/%03d-%s-%s.txt", n, a.Kind, host)
}

func answerNote(a Answer) map[string]string {
	what := func(lang string) string {
		v := voice{lang == "zh"}
		switch a.Kind {
		case "whois":
			return v.say("WHOIS 应答原文", "WHOIS answer as it came")
		case "rdap":
			return v.say("RDAP 应答原文", "RDAP answer as it came")
		case "dns":
			return v.say("DNS 应答", "DNS answer")
		case "http":
			return v.say("网页应答原文（响应头与页面源码）", "answer of the web server as it came: headers and page source")
		}
		return Clean(a.Kind)
	}
	note := map[string]string{}
	for _, lang := range []string{"zh", "en"} {
		note[lang] = what(lang) + voice{lang == "zh"}.say("，来自 ", ", from ") + clip(Clean(a.Source), 120) + voice{lang == "zh"}.say("，", ", ") + a.At.String()
	}
	return note
}

// coverView is the cover in one language.
type coverView struct {
	Lang, HTMLLang, Title, Intro string
	Rows                         []labelled
	SeenTitle                    string
	Seen                         []coverSeen
	FilesTitle, FileWord, Hash   string
	Size, What                   string
	Files                        []coverFile
	VerifyTitle                  string
	Verify                       []string
	Note                         string
}

type coverSeen struct{ Level, Text, Evidence, Basis string }
type coverFile struct{ Name, Size, Note, Hash string }

// covers are the two covers, each in Chinese and then in English.
func (d *Dossier) covers(files []fileOf, o Options) ([]fileOf, error) {
	var views []coverView
	for _, lang := range []string{"zh", "en"} {
		o.Lang, o.Format = lang, ""
		p, err := NewPrinter(io.Discard, o)
		if err != nil {
			return nil, err
		}
		views = append(views, p.cover(d, files))
	}
	t, err := template.New("").ParseFS(templateFiles, "templates/cover.html")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeInternal, "", "the cover's template: %w", err)
	}
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, "cover", views); err != nil {
		return nil, err
	}
	var text strings.Builder
	for i, v := range views {
		if i > 0 {
			text.WriteString("\n" + strings.Repeat("=", 72) + "\n\n")
		}
		v.text(&text)
	}
	return []fileOf{{name: "cover.html", body: page.Bytes()}, {name: "cover.txt", body: []byte(text.String())}}, nil
}

// cover says what was seen when by whom, and how to check it.
func (p *Printer) cover(d *Dossier, files []fileOf) coverView {
	v, r := p.v, &d.Report
	c := coverView{Lang: p.lang(), HTMLLang: v.say("zh-CN", "en"), Title: v.say("网站核查证据：", "Evidence of a website check: ") + name(r),
		Intro: v.say("本文件夹保存一次核查所见的全部原始应答、由此得出的结论及其依据，供申诉、核对与留存。结论由程序按公开规则得出，不代替主管部门或接入商的认定。",
			"This folder holds every answer that a check received, what was concluded from them and on which basis, for an appeal, for comparison and for the file. Conclusions are drawn by a program from published rules and do not replace those of an authority or an access provider."),
		SeenTitle: v.say("看到了什么", "What was seen"), FilesTitle: v.say("文件清单", "Files"), FileWord: v.say("文件", "File"), Hash: "SHA-256", Size: v.say("字节", "Bytes"), What: v.say("内容", "What it is"),
		VerifyTitle: v.say("怎样核对文件没有改动", "How to check that nothing was altered"),
		Note: v.say("标“未确认”的只看到一次；“暂时无法判断”是没查到，不等于不合规。联系人、客户与标签不在报告内。",
			"What is marked not confirmed was seen once; unknown means not seen, which is not the same as not compliant. Contacts, customer and tags are left out of the report.")}
	row := func(label, text string) {
		if text != "" {
			c.Rows = append(c.Rows, labelled{label, text})
		}
	}
	row(v.say("网站", "Site"), name(r))
	p.coverSite(r, row)
	row(v.say("结论", "Verdict"), v.verdict(verdictOf(r)))
	row(v.say("核查时间", "Seen at"), whole(r.At))
	if !d.FirstAt.IsZero() && d.Looks > 1 {
		row(v.say("自何时起", "Since"), v.sayf("%s 起共 %d 次核查，结论相同", "%s: %d looks said the same", whole(d.FirstAt), d.Looks))
	}
	row(v.say("核查者", "Seen by"), strings.TrimPrefix(strings.Join([]string{clip(Clean(d.By), 100), clip(Clean(d.Program), 100)}, v.say("，", ", ")), v.say("，", ", ")))
	if d.ReportID > 0 {
		row(v.say("报告编号", "Report"), strconv.FormatInt(d.ReportID, 10))
	}
	row(v.say("从哪里看", "Seen from"), p.vantage(r))
	var tables []string
	for table, version := range r.Tables {
		tables = append(tables, Clean(table)+" "+Clean(version))
	}
	slices.Sort(tables)
	row(v.say("规则与对照表版本", "Tables in force"), strings.Join(tables, v.say("；", "; ")))
	for _, f := range failed(r) {
		x := p.explain(f)
		how := p.v.knows(f.Knows)
		if !p.confirmed(r, f) {
			how += v.say("，未确认", ", not confirmed")
		}
		s := coverSeen{Level: v.level(f.Severity), Text: Clean(x.Summary) + v.say("（", " (") + how + v.say("）", ")") + p.target(f), Evidence: p.evidence(f)}
		if len(x.Basis) > 0 {
			s.Basis = clip(Clean(x.Basis[0].Text), 200) + v.say("　——", " — ") + Clean(x.Basis[0].Source)
		}
		c.Seen = append(c.Seen, s)
	}
	if len(c.Seen) == 0 {
		c.Seen = []coverSeen{{Text: v.say("没有不符合的项目。", "Nothing failed.")}}
	}
	for _, f := range files {
		c.Files = append(c.Files, coverFile{f.name, strconv.Itoa(len(f.body)), f.note[p.lang()], f.hash})
	}
	c.Verify = []string{"Linux:    sha256sum -c SHA256SUMS", "macOS:    shasum -a 256 -c SHA256SUMS", "Windows:  Get-FileHash -Algorithm SHA256 .\\report.json   (PowerShell)"}
	return c
}

// coverSite are the facts of the filing.
func (p *Printer) coverSite(r *domaincheck.Report, row func(label, text string)) {
	if r.Site == nil {
		return
	}
	row(p.v.say("网站名称", "Site name"), clip(Clean(string(r.Site.Name)), 100))
	row(p.v.say("备案号", "Record number"), clip(Clean(string(r.Site.RecordNumber)), 60))
	row(p.v.say("备案状态", "State"), p.v.state(r.Site.State))
	if s := r.Site.Subject; s != nil {
		row(p.v.say("主办单位", "Subject"), clip(Clean(string(s.Name)), 100))
	}
	if line := p.keepers(r); line != "" {
		label, text, _ := strings.Cut(line, p.v.say("：", ": "))
		row(label, text)
	}
}

// vantage names the resolvers that were asked, and where they look from.
func (p *Printer) vantage(r *domaincheck.Report) string {
	res := r.Observation.Resolution
	if res == nil || len(res.Resolvers) == 0 {
		return ""
	}
	return p.fact("vantage", string(res.Vantage)) + p.v.say("；解析器 ", "; resolvers ") + clip(Clean(strings.Join(res.Resolvers, p.v.say("、", ", "))), 200)
}

func whole(i domaincheck.Instant) string {
	return i.In(domaincheck.Beijing()).Format("2006-01-02 15:04:05 -07:00")
}

// text is the cover for those who have no browser at hand.
func (c *coverView) text(b *strings.Builder) {
	b.WriteString(c.Title + "\n\n" + c.Intro + "\n\n")
	for _, r := range c.Rows {
		b.WriteString(r.Label + ": " + r.Text + "\n")
	}
	b.WriteString("\n" + c.SeenTitle + "\n")
	for _, s := range c.Seen {
		b.WriteString("- " + s.Level + s.Text + "\n")
		for _, more := range []string{s.Evidence, s.Basis} {
			if more != "" {
				b.WriteString("    " + more + "\n")
			}
		}
	}
	b.WriteString("\n" + c.FilesTitle + "\n")
	for _, f := range c.Files {
		b.WriteString("- " + f.Name + "  (" + f.Size + ")  " + f.Note + "\n    " + f.Hash + "\n")
	}
	b.WriteString("\n" + c.VerifyTitle + "\n")
	for _, line := range c.Verify {
		b.WriteString("  " + line + "\n")
	}
	b.WriteString("\n" + c.Note + "\n")
}
