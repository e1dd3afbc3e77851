package sitecheck

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"domaincheck"
)

// setTitle takes the text of <title>.
func (p *pageParser) setTitle(b []byte) {
	if len(b) > 16<<10 {
		b = b[:16<<10]
	}
	p.page.Title = domaincheck.Text(shorten(string(b), 300))
}

// addSiteName keeps what may be the name of the site.
func (p *pageParser) addSiteName(s string) {
	s = shorten(s, 100)
	if n := utf8.RuneCountInString(s); n >= 2 && n <= 60 && !strings.EqualFold(s, "logo") {
		p.page.SiteNames = appendNew(p.page.SiteNames, s, maxTargets)
	}
}

// refreshTarget reads the target of a meta refresh: "0; url='…'". One that
// waits longer than refreshWithin seconds is no redirect; it may be "".
func refreshTarget(content []byte) string {
	s := strings.TrimSpace(string(content))
	i := 0
	seconds := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' && seconds < 1_000_000 {
		seconds = seconds*10 + int(s[i]-'0')
		i++
	}
	for i < len(s) && (s[i] == '.' || '0' <= s[i] && s[i] <= '9') {
		i++
	}
	if seconds > refreshWithin {
		return ""
	}
	s = strings.TrimLeft(s[i:], " \t\n\f\r;,")
	if len(s) > 3 && strings.EqualFold(s[:3], "url") {
		if rest := strings.TrimLeft(s[3:], " \t\n\f\r"); strings.HasPrefix(rest, "=") {
			s = strings.TrimLeft(rest[1:], " \t\n\f\r")
		}
	}
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			s = s[1 : 1+end]
		} else {
			s = s[1:]
		}
	}
	return strings.TrimSpace(s)
}

// refreshWithin is how many seconds a meta refresh may wait and still be what
// a visitor comes to see.
const refreshWithin = 30

// copyrightHolders finds who claims copyright: the name beside ©, Copyright or
// 版权所有 on one line of the text.
func copyrightHolders(text string) []string {
	var marks copyrightMarks
	var out []string
	for from := 0; from < len(text); {
		first := marks.next(text, from)
		if first == len(text) {
			break
		}
		start, end := strings.LastIndexByte(text[:first], '\n')+1, len(text)
		if i := strings.IndexByte(text[first:], '\n'); i >= 0 {
			end = first + i
		}
		out = appendFromLine(out, text[start:end])
		from = end + 1
	}
	return out
}

// copyrightMarks finds the lines that may name a holder: where one of its words
// stands. It looks for the rarest byte of each word.
type copyrightMarks [9]struct {
	at   int // where the byte stands next
	read int // up to where at is known, 0: nowhere
}

// next finds the first word at or behind from; len(text) if there is none.
func (m *copyrightMarks) next(text string, from int) int {
	first := len(text)
	for i := range m {
		c := &m[i]
		if c.read == 0 || c.at < from {
			c.at, c.read = copyrightWord(text, from, i), 1
		}
		first = min(first, c.at)
	}
	return first
}

// copyrightWord is where the word by which copyright is claimed, of nine kinds,
// stands next; len(text) if nowhere.
func copyrightWord(text string, from, kind int) int {
	switch kind {
	case 0:
		return indexRare(text, from, "©", 0)
	case 1:
		return indexRare(text, from, "版权", 2)
	case 2:
		return indexCopyright(text, from)
	case 3:
		return indexRare(text, from, "OPYRIGHT", 2)
	case 4:
		return min(indexRare(text, from, "(c)", 0), indexRare(text, from, "(C)", 0))
	case 5:
		return indexRare(text, from, "ⓒ", 0)
	case 6:
		return indexRare(text, from, "Ⓒ", 0)
	case 7:
		return min(indexRare(text, from, "ights reserved", len("ights reser")), indexRare(text, from, "ights Reserved", len("ights Reser")))
	}
	return indexRare(text, from, "IGHTS RESERVED", len("IGHTS RESER"))
}

// indexCopyright finds the word behind its first letter, as it is mostly
// written, or as CopyRight.
func indexCopyright(text string, from int) int {
	for at := from; ; at += len("opy") {
		at = indexRare(text, at, "opy", 2)
		if rest := text[at:]; rest == "" || strings.HasPrefix(rest, "opyright") || strings.HasPrefix(rest, "opyRight") {
			return at
		}
	}
}

// indexRare finds a word at or behind from by a rare byte of it; len(text) if it
// is not there.
func indexRare(text string, from int, word string, rare int) int {
	for at := from + rare; at < len(text); at++ {
		k := strings.IndexByte(text[at:], word[rare])
		if k < 0 {
			break
		}
		if at += k; text[at-rare] == word[0] && strings.HasPrefix(text[at-rare:], word) {
			return at - rare
		}
	}
	return len(text)
}

// appendFromLine adds the holders named on one line, however long.
func appendFromLine(out []string, line string) []string {
	for len(line) > maxCopyrightLine {
		cut := maxCopyrightLine
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		out = appendHolders(out, line[:cut])
		line = line[cut:]
	}
	return appendHolders(out, line)
}

// maxCopyrightLine bounds the line that is read for a holder.
const maxCopyrightLine = 600

// appendHolders adds the holders named on one line.
func appendHolders(out []string, line string) []string {
	named := false
	for from, marks := 0, 0; from < len(line) && marks < 8; marks++ {
		i, n := copyrightMark(line[from:])
		if n == 0 {
			break
		}
		i += from
		from = i + n
		name := nameAfter(line[from:])
		if !named && line[i:from] == "版权所有" && beginsWithMark(line[from:]) {
			if before := nameBeforeMark(line[:i]); namesOrganisation(before) {
				name = before
			}
		}
		if endsClaim(line[i:from], named) && !mayFollow(name, named) {
			name = ""
		}
		if name == "" && !named && (strings.HasPrefix(line[i:], "版权") || indexFold(line[i:i+n], "all") == 0) {
			name = nameBeforeMark(line[:i])
		}
		named = named || name != ""
		out = appendNew(out, name, maxTargets)
	}
	return out
}

// beginsWithMark tells whether a further mark follows at once.
func beginsWithMark(s string) bool {
	s = strings.TrimLeft(s, " ")
	at, _ := copyrightMark(s[:min(len(s), len("copyright"))])
	return at == 0
}

// endsClaim tells of the marks that stand behind a name: what follows them is
// mostly something else.
func endsClaim(mark string, named bool) bool {
	return mark[0]|0x20 == 'a' || named && mark == "版权所有"
}

// mayFollow tells whether a name that stands behind such a mark is a holder's:
// it is that of an organisation, or, where no other was named, Chinese.
func mayFollow(name string, named bool) bool {
	if isASCII(name) {
		for _, end := range [...]string{"Ltd", "Inc", "Corp", "LLC", "Limited", "Company", "GmbH"} {
			if hasSuffixFold(strings.TrimRight(name, "."), end) {
				return true
			}
		}
		return false
	}
	return !named || namesOrganisation(name)
}

// copyrightMark finds the next mark of copyright in a line and its length.
func copyrightMark(s string) (at, n int) {
	for i := range len(s) {
		switch c := s[i]; c {
		case 0xC2, 0xE2, 0xE7:
			for _, mark := range [...]string{"©", "版权所有", "版权所属", "版权归", "版权属于", "版权：", "版权:", "ⓒ", "Ⓒ"} {
				if mark[0] == c && strings.HasPrefix(s[i:], mark) {
					return i, len(mark)
				}
			}
		case 'c', 'C', '(', 'a', 'A':
			for _, mark := range [...]string{"copyright", "(c)", "all rights reserved", "all right reserved"} {
				if mark[0] == c|0x20 && len(s)-i >= len(mark) && indexFold(s[i:i+len(mark)], mark) == 0 {
					return i, len(mark)
				}
			}
		}
	}
	return -1, 0
}

// nameAfter reads the holder's name behind a mark, stepping over years and
// further marks.
func nameAfter(s string) string {
	for {
		s = s[nameStart(s):]
		cut := s
		switch r, _ := utf8.DecodeRuneInString(s); unicode.ToLower(r) {
		case 'c', 'b', 'p', 'n', '现', '今', '至', '版', '归', '属', '所', '人', '者', '方', '单':
		default:
			return nameAtStart(s)
		}
		for _, word := range [...]string{"copyright", "©", "(c)", "c)", "by ", "现在", "今", "至今", "版权所有", "版权", "归属于", "归", "属于", "所有", "present", "now", "人：", "人:", "者：", "者:", "方：", "方:", "单位：", "单位:"} {
			if len(cut) >= len(word) && strings.EqualFold(cut[:len(word)], word) {
				cut = cut[len(word):]
				break
			}
		}
		if cut == s {
			return nameAtStart(s)
		}
		s = cut
	}
}

// nameAtStart reads the name that a text begins with; "" if it begins with
// something else, as a label does, which a colon follows.
func nameAtStart(s string) string {
	if startsOther(s) {
		return ""
	}
	end := holderEnd(s)
	if rest := strings.TrimLeft(s[end:], " "); strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "：") {
		return ""
	}
	return cleanHolder(s[:end])
}

// nameStart is where a name may begin: at a letter that is no word of a term of
// years.
func nameStart(s string) int {
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if unicode.IsLetter(r) && r != '年' && r != '至' {
			return digitsBefore(s, i)
		}
		i += n
	}
	return len(s)
}

// digitsBefore is where the digits begin that a name starts with, as 139.com
// does; at if what stands there is a year, or part of a term or of a date.
func digitsBefore(s string, at int) int {
	i := len(strings.TrimSuffix(s[:at], "."))
	digits := i
	for i > 0 && '0' <= s[i-1] && s[i-1] <= '9' {
		i--
	}
	year := digits-i == 4 && (s[i:i+2] == "19" || s[i:i+2] == "20")
	if i == digits || digits-i > 5 || year || i > 0 && s[i-1] != ' ' || i == 0 && digits < at {
		return at
	}
	return i
}

// nameBeforeMark reads the holder's name that ends where the mark begins.
func nameBeforeMark(s string) string {
	s = strings.TrimRight(s, " \t,，。.：:|·-—")
	if i := strings.LastIndexAny(s, "|｜;；,，。:："); i >= 0 {
		_, n := utf8.DecodeRuneInString(s[i:])
		s = s[i+n:]
	}
	if i := strings.LastIndex(s, " "); i >= 0 && !isASCII(s) {
		s = s[i+1:]
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	return cleanHolder(s[:holderEnd(s)])
}

// holderEnd is where a name ends: at a stop, a bar, a word that begins
// something else, or, in Chinese, a blank.
func holderEnd(s string) int {
	han := false
	for i, r := range s {
		switch {
		case r == ',' && continuesCompany(s[i+1:]):
			continue
		case endsName(r):
			return i
		case (r == '(' || r == '（') && (indexFold(s[i:min(len(s), i+8)], "www") > 0 || indexFold(s[i:min(len(s), i+8)], "http") > 0):
			return i
		case r == '.' && (strings.HasPrefix(s[i:], ". ") || i == len(s)-1):
			if rest := s[:i]; hasSuffixFold(rest, "inc") || hasSuffixFold(rest, "ltd") || hasSuffixFold(rest, "co") || hasSuffixFold(rest, "corp") || hasSuffixFold(rest, "l.p") {
				continue
			}
			return i
		case r == '　', r == ' ' && (han || !namesCompany(s[i+1:])):
			return i
		case r == ':' || r == '：':
			return i
		}
		if i > 0 && startsOther(s[i:]) {
			return i
		}
		han = han || unicode.Is(unicode.Han, r)
	}
	return len(s)
}

// endsName tells of stops and bars.
func endsName(r rune) bool {
	switch r {
	case '|', '｜', ',', '，', ';', '；', '。', '、', '!', '！', '?', '？', '<', '>', '《', '》', '【', '】', '/', '\\', '\t', '©':
		return true
	}
	return false
}

// continuesCompany tells whether ", Ltd." and the like follow.
func continuesCompany(s string) bool {
	s = strings.TrimLeft(s, " ")
	for _, word := range [...]string{"Ltd", "LTD", "Inc", "INC", "LLC", "Limited", "L.P"} {
		if strings.HasPrefix(s, word) {
			return true
		}
	}
	return false
}

// namesCompany tells whether the word behind a Latin one goes on with the name:
// it is Latin too, or the Chinese name of an organisation.
func namesCompany(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	if !unicode.Is(unicode.Han, r) {
		return true
	}
	word, _, _ := strings.Cut(s, " ")
	return namesOrganisation(word)
}

// namesOrganisation tells whether a Chinese name is that of an organisation.
func namesOrganisation(s string) bool {
	for _, word := range [...]string{"公司", "集团", "中心", "大学", "学院", "中学", "小学", "学校", "医院", "协会", "银行", "事务所", "政府", "报社", "委员会", "研究院", "研究所", "出版社"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return strings.HasSuffix(s, "局") || strings.HasSuffix(s, "厅") || strings.HasSuffix(s, "厂")
}

// startsOther tells whether words begin that are no part of a name.
func startsOther(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	if n > 1 && strings.HasPrefix(s[n:], "ICP") && r != utf8.RuneError {
		return true
	}
	switch r {
	case '版', '保', '所', '备', '公', '京', '地', '电', '技', '网', '联', '邮', '(', '（', 'I', 'A', 'a', 'P', 'p', 'R':
	default:
		return false
	}
	for _, word := range [...]string{"版权所有", "版权", "保留所有", "保留", "所有权利", "备案", "ICP", "公网安备", "京公网", "地址", "电话", "技术支持", "网站建设", "网站备案", "联系", "邮箱", "（以下简称", "(以下简称", "All Right", "All right", "ALL RIGHT", "all right", "Powered", "powered", "Rights Reserved", "Inc All"} {
		if strings.HasPrefix(s, word) {
			return true
		}
	}
	return false
}

// isHolderFrame tells what stands around a name and is no part of it,
// isHolderTail what stands behind it.
func isHolderFrame(r rune) bool {
	switch r {
	case ' ', '\t', '-', '–', '—', '·', ':', '：', '(', ')', '（', '）', '[', ']', '【', '】', '*', '&':
		return true
	}
	return false
}

func isHolderTail(r rune) bool {
	switch r {
	case ' ', '-', '–', '—', '~':
		return true
	}
	return '0' <= r && r <= '9'
}

// cleanHolder trims a name; "" if what is left is none.
func cleanHolder(s string) string {
	s = strings.TrimSuffix(strings.TrimFunc(s, isHolderFrame), "所有")
	s = shorten(strings.TrimRightFunc(s, isHolderTail), 80)
	if strings.Count(s, "(") > strings.Count(s, ")") {
		s += ")"
	}
	if strings.Count(s, "（") > strings.Count(s, "）") {
		s += "）"
	}
	if utf8.RuneCountInString(s) < 2 || !strings.ContainsFunc(s, unicode.IsLetter) {
		return ""
	}
	if len(s) > len("all rights reserved") { // longer than any of these
		return named(s)
	}
	switch strings.ToLower(s) {
	case "all rights reserved", "rights reserved", "reserved", "icp", "声明", "本站", "本网站", "信息", "归原作者所有", "原作者", "所有", "不得转载", "未经许可", "未经授权", "必究", "翻印必究", "盗版必究", "侵权必究",
		"首页", "网站首页", "关于我们", "网站地图", "隐私政策", "隐私声明", "法律声明", "用户协议", "使用条款", "服务条款", "使用前必读", "营业执照", "privacy", "privacy policy", "sitemap", "terms of use":
		return ""
	}
	return named(s)
}

// named is s unless it is what is said of the copyright, or of one who has
// another part in the site, "" then.
func named(s string) string {
	for _, end := range [...]string{"必究", "主办", "承办", "运营", "提供", "制作", "维护"} {
		if strings.HasSuffix(s, end) {
			return ""
		}
	}
	for _, word := range [...]string{"不得", "未经", "必究", "声明", "转载", "许可", "保护", "归原"} {
		if strings.HasPrefix(s, word) {
			return ""
		}
	}
	return s
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// trimmed is b without blanks around it.
func trimmed(b []byte) []byte { return bytes.TrimSpace(b) }
