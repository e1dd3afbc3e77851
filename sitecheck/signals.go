package sitecheck

import (
	"strings"
	"unicode/utf8"

	"domaincheck"
)

// Kinds of signals: what a site offers, where that needs an approval or a
// licence, or is not for a personal filing.
const (
	signalShop = iota
	signalPayment
	signalForum
	signalNews
	signalFinance
	signalMedical
	signalTraining
	signalVideo
	signalGame
	signalGambling
	signalKinds
)

// signalName is the kind as it is reported, and how much weight its labels
// need together.
func signalName(kind int) (name string, need int) {
	switch kind {
	case signalShop:
		return "shop", 4
	case signalPayment:
		return "payment", 4
	case signalForum:
		return "forum", 4
	case signalNews:
		return "news", 5
	case signalFinance:
		return "finance", 4
	case signalMedical:
		return "medical", 4
	case signalTraining:
		return "training", 4
	case signalVideo:
		return "video", 4
	case signalGame:
		return "game", 4
	}
	return "gambling", 4
}

// labelSet gathers the labels of a page: short texts that stand alone in an
// element, as on buttons, in menus and in table heads. Words inside sentences
// say what a page is about, not what it offers, and are not counted: that is
// what keeps an article about shopping carts from being a shop.
type labelSet struct {
	found [signalKinds][]seenLabel
	price int // labels that are a price in yuan
}

type seenLabel struct {
	text   string
	weight int
}

// maxLabel bounds a label, in bytes: twelve Chinese characters.
const maxLabel = 36

// add takes one run of text between two tags.
func (l *labelSet) add(b []byte, t tally) {
	switch {
	case len(b) > 6*maxLabel, t.count(inBlank) == len(b):
		return
	case !t.has(inPart):
		if len(b) >= 3 && len(b) <= maxLabel {
			l.one(b)
		}
		return
	}
	for len(b) > 0 {
		end, width := labelBreak(b)
		if end >= 3 && end <= maxLabel {
			l.one(b[:end])
		}
		b = b[min(len(b), end+width):]
	}
}

// labelBreak finds what parts labels within one run, and its width: blanks,
// bars, brackets, bullets.
func labelBreak(b []byte) (at, width int) {
	t := tagBytes
	for i, c := range b {
		if t[c]&inBreak == 0 {
			continue
		}
		switch {
		case c <= ' ', c == '|', c == '>', c == '[', c == ']':
			return i, 1
		case c == 0xC2 && i+1 < len(b) && b[i+1] != 0xA5: // no-break blank, middle dot, »
			return i, 2
		case c == 0xE2, c == 0xE3 && i+2 < len(b) && b[i+1] == 0x80 && (b[i+2] == 0x80 || b[i+2] == 0x90 || b[i+2] == 0x91):
			if c == 0xE2 && i+2 < len(b) && b[i+1] != 0x80 {
				continue
			}
			return i, 3
		case c == 0xEF && i+2 < len(b) && b[i+1] == 0xBD && b[i+2] == 0x9C: // ｜
			return i, 3
		}
	}
	return len(b), 0
}

// one takes one label.
func (l *labelSet) one(b []byte) {
	first, last := b[0], b[len(b)-1]
	if (first == 0xC2 || first == 0xEF || last == 0x83) && isPrice(b) { // ¥, ￥, 元
		l.price++
		return
	}
	if first < 0x80 && first != 'D' && first != 'P' && first != 'p' {
		return // labels are Chinese, but for the names of two forums
	}
	if last < 0x80 && last != '!' || last >= 0x81 && last <= 0x9B && len(b) > 3 && (b[len(b)-3] == 0xEF || b[len(b)-3] == 0xE3) {
		b = trimLabel(b)
	}
	if len(b) > 32 && string(b) != "互联网新闻信息服务许可证" {
		return // no label that is known is as long
	}
	kind, weight := labelKind(b)
	if weight == 0 {
		return
	}
	for _, have := range l.found[kind] {
		if have.text == string(b) {
			return
		}
	}
	if len(l.found[kind]) < maxTargets {
		l.found[kind] = append(l.found[kind], seenLabel{string(b), weight})
	}
}

// trimLabel cuts off what stands behind a label: 订单（3）, 分类：.
func trimLabel(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		switch r {
		case ':', '：', '!', '！', '>', '》', '…', '。', '(', ')', '（', '）', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			b = b[:len(b)-n]
		default:
			return b
		}
	}
	return b
}

// isPrice tells of ¥99, ￥1,299.00, 99.00元.
func isPrice(b []byte) bool {
	s := string(b)
	rest, sign := strings.CutPrefix(s, "¥")
	if !sign {
		rest, sign = strings.CutPrefix(s, "￥")
	}
	if !sign {
		rest, sign = strings.CutSuffix(s, "元")
		if !sign || !strings.Contains(rest, ".") {
			return false
		}
	}
	digits := 0
	for _, r := range strings.TrimSuffix(rest, "起") {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r == '.' || r == ',':
		default:
			return false
		}
	}
	return digits > 0 && digits <= 9
}

// signals is what the labels, the title and the headings amount to. A kind is
// named only if several different labels speak for it.
func (l *labelSet) signals(title string, headings []string) domaincheck.List[domaincheck.Signal] {
	if shop := l.found[signalShop]; l.price >= 2 && len(shop) > 0 {
		weight := 1 // prices and 立即购买 stand on the page of any software, too
		for _, label := range shop {
			weight = max(weight, min(label.weight, 2))
		}
		l.found[signalShop] = append(shop, seenLabel{"¥", weight})
	}
	var out domaincheck.List[domaincheck.Signal]
	for kind := range signalKinds {
		name, need := signalName(kind)
		labels := l.found[kind]
		if len(labels) == 0 {
			continue
		}
		sum, strongest := titleWeight(kind, title), 0
		text := make([]string, 0, len(labels))
		for _, label := range labels {
			sum += label.weight
			strongest = max(strongest, label.weight)
			if label.weight > 0 {
				text = append(text, label.text)
			}
		}
		if strongest < 2 { // words that stand on other pages, too: it takes more of them
			need += 2
		}
		if len(text) >= 2 && sum >= need {
			out = append(out, domaincheck.Signal{Kind: name, Text: shorten(strings.Join(text, "、"), 100)})
		}
	}
	return out
}

// titleWeight is what the title says for a kind; alone it is never enough.
func titleWeight(kind int, title string) int {
	if utf8.RuneCountInString(title) > 80 {
		title = shorten(title, 80)
	}
	has := func(words ...string) int {
		for _, w := range words {
			if strings.Contains(title, w) {
				return 1
			}
		}
		return 0
	}
	switch kind {
	case signalShop:
		return has("商城", "网上购物", "旗舰店", "专卖店", "网店", "直销", "批发", "优品", "购物", "百货", "速递", "专門店")
	case signalForum:
		return 2 * has("论坛", "Powered by Discuz", "BBS")
	case signalNews:
		return has("新闻", "日报", "晚报", "时报", "资讯", "融媒", "电视台", "军事网", "数字报", "头条")
	case signalFinance:
		return has("贷款", "网贷", "理财", "证券", "基金", "期货", "保险", "银行", "财富", "典当", "贵金属", "投顾", "金业", "私募", "財務")
	case signalMedical:
		return has("医院", "门诊", "诊所", "大药房", "在线问诊", "挂号", "中医馆", "药店", "医疗美容", "口腔", "視光", "视光")
	case signalTraining:
		return has("培训", "教育", "考研", "公考", "学校", "网校", "学堂", "课堂", "網校", "補習")
	case signalVideo:
		return has("在线观看", "影院", "影视", "电影网", "高清电影")
	case signalGame:
		return has("手游", "网页游戏", "游戏平台")
	case signalGambling:
		return has("娱乐城", "博彩", "真人", "百家乐", "彩票")
	}
	return 0
}
