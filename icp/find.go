package icp

import (
	"domaincheck"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The kinds of a [domaincheck.Number].
const (
	KindFiling  = "filing"  // 京ICP备05032038号-1
	KindLicence = "licence" // 京ICP证030173号-1, 浙B2-20080224-1
)

// Match is one number as it stands in a text: text[Start:End].
type Match struct {
	domaincheck.Number
	Start, End int
	// Declared tells of a licence number that the text itself introduces as a
	// licence (…许可证：浙B2-20080224), so that without an index it is not
	// shown as the site's record number.
	Declared bool
}

// Find returns the record numbers in visible text: each distinct number once,
// in the order of their first place.
//
// A licence number counts as the record number when it carries an index
// (京ICP证030173号-1). Without one it counts only if nothing introduces it as
// a licence (许可证：) and the text holds no filing number: a footer with both
// shows the filing number as its record and the licence as a licence.
//
// A list behind one number (号-1/2/3, 号-1、-2) yields one number each.
func Find(text string) []domaincheck.Number {
	return RecordNumbers(Matches(text))
}

// RecordNumbers chooses from matches, in order, the numbers that [Find]
// describes.
func RecordNumbers(matches []Match) []domaincheck.Number {
	filing := false
	for i := range matches {
		filing = filing || matches[i].Kind == KindFiling
	}
	var out []domaincheck.Number
	for i := range matches {
		m := &matches[i]
		if m.Kind == KindLicence && m.Index == nil && (filing || m.Declared) {
			continue
		}
		known := false
		for j := range out {
			known = known || out[j].Number == m.Number.Number
		}
		if !known && len(out) < maxNumbers {
			out = append(out, m.Number)
		}
	}
	return out
}

// maxNumbers bounds how many distinct numbers are taken from one text; a home
// page shows a handful, a directory of sites some hundreds.
const maxNumbers = 1000

// Matches returns every place of text where a filing number, or a licence
// number that can be a record number, stands. Callers who need to know the
// link around a number use the positions.
func Matches(text string) []Match {
	var out []Match
	read(text, func(m Match) { out = append(out, m) }, nil, nil)
	return out
}

// All is everything of the grammar that stands in one text.
type All struct {
	Matches  []Match  // as [Matches] gives them
	Police   []Police // as [PoliceMatches]
	Licences []string // as [FindLicences]
}

// ReadAll finds all three families of numbers in one pass over the text.
func ReadAll(text string) All {
	var all All
	read(text,
		func(m Match) { all.Matches = append(all.Matches, m) },
		func(p Police) { all.Police = append(all.Police, p) },
		func(l string) { all.Licences = appendLicence(all.Licences, l) })
	return all
}

// read walks over the anchors of text once and tells of what stands at them.
// Each of the three may be nil. One number is not read again from within.
func read(text string, number func(Match), police func(Police), licence func(string)) {
	numbersEnd, policeEnd, licencesEnd := 0, 0, 0
	for i := 0; i < len(text); i++ {
		at, kind := nextAnchor(text, i)
		if kind == anchorNone {
			return
		}
		if i = at; text[at] >= utf8.RuneSelf {
			i += 2 // on from its last byte
		}
		if (kind == anchorFiling || kind == anchorLicence) && inWord(text, at) {
			continue
		}
		if number != nil && at >= numbersEnd {
			for k, m := range numberAt(text, at, kind) {
				if k == 0 && m.Start < numbersEnd {
					break
				}
				number(m)
				numbersEnd = max(numbersEnd, m.End)
			}
		}
		if police != nil && kind == anchorFiling && at >= policeEnd {
			if p, ok := policeAt(text, at); ok {
				police(p)
				policeEnd = p.End
			}
		}
		if licence != nil && at >= licencesEnd {
			if name, end := licenceNameAt(text, at, kind); name != "" {
				licence(name)
				licencesEnd = end
			}
		}
	}
}

// numberAt reads the number around an anchor.
func numberAt(text string, at int, kind anchor) []Match {
	switch kind {
	case anchorFiling:
		return filingAt(text, at)
	case anchorLicence:
		return licenceAt(text, at)
	case anchorB2:
		return b2At(text, at)
	case anchorBare:
		return bareAt(text, at)
	}
	return nil
}

// An anchor is the one character of a number that is rare in other text.
type anchor int

const (
	anchorNone anchor = iota
	anchorFiling
	anchorLicence
	anchorB2
	anchorBare
)

// MayHold tells quickly whether [Find] may find anything in text: nearly all
// that holds no number holds none of the characters that numbers are known by.
func MayHold(text []byte) bool {
	_, kind := nextAnchor(text, 0)
	return kind != anchorNone
}

// nextAnchor finds the next 备, 证 or B1-/B2- at or behind i, in any writing.
// It reads bytes, so that text without them passes at memory speed: two Chinese
// characters at a time, else what eight bytes have of ASCII.
func nextAnchor[S ~string | ~[]byte](s S, i int) (int, anchor) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	const three, marks = 0xC0C0F0, 0x8080E0 // the bits by which a character of three bytes is known, and those
	for i+8 <= len(s) {
		t := s[i : i+8]
		w := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
		end := i + 1
		switch {
		case w&three == marks && !leads(w<<6&0x3C0|w>>8&0x3F):
			i += 3
			if w>>24&three == marks && !leads(w>>18&0x3C0|w>>32&0x3F) {
				i += 3
			}
			continue
		case w&0x80 == 0:
			b, p := (w|' '*ones)^'b'*ones, (w|' '*ones)^'p'*ones
			if ((b-ones)&^b|(p-ones)&^p)&high == 0 {
				i += bits.TrailingZeros64(w&high) >> 3
				continue
			}
			end = i + 8
		}
		kind := anchorNone
		if i, kind = anchorWithin(s, i, end); kind != anchorNone {
			return i, kind
		}
	}
	return anchorWithin(s, i, len(s))
}

// anchorWithin looks for an anchor that begins at i or behind it, before end; it
// gives where to go on where there is none.
func anchorWithin[S ~string | ~[]byte](s S, i, end int) (int, anchor) {
	for ; i < end; i++ {
		c := s[i]
		if c < 0x80 {
			switch c | 0x20 {
			case 'b':
				if i+1 < len(s) && (s[i+1] == '1' || s[i+1] == '2' || s[i+1] >= 0x80) {
					return i, anchorB2
				}
			case 'p': // ICP05032038号, 备 forgotten
				if i > 0 && s[i-1]|0x20 == 'c' && i+1 < len(s) && isDigit(rune(s[i+1])) {
					return i, anchorBare
				}
			}
			continue
		}
		if c < 0xE4 || i+2 >= len(s) || s[i+2]^0x80 >= 0x40 { // two bytes of a rune must follow
			continue
		}
		switch uint32(c)<<16 | uint32(s[i+1])<<8 | uint32(s[i+2]) {
		case 0xE5A487, 0xE58299, 0xE581B9, 0xE4BFBB: // 备 備 偹 俻
			return i, anchorFiling
		case 0xE8AF81, 0xE8A8BC, 0xE8AD89: // 证 証 證
			return i, anchorLicence
		case 0xEFBCA2, 0xEFBD82: // Ｂ ｂ
			return i, anchorB2
		}
		if c < 0xF0 && s[i+1]^0x80 < 0x40 {
			i += 2
		}
	}
	return i, anchorNone
}

// anchorLeads are bits, one for each first two bytes of a character of three: the
// last four bits of the first byte choose eight bytes of it, the last six of the
// second the bit in them, from the lowest. A set one may begin an anchor:
// 俻 (E4 BF), 偹備备 (E5 81, 82, A4), 証證证 (E8 A8, AD, AF), Ｂｂ (EF BC, BD).
const (
	anchorLeads = fourNone + "\x00\x00\x00\x00\x00\x00\x00\x80" + "\x06\x00\x00\x00\x10\x00\x00\x00" + leadNone + leadNone +
		"\x00\x00\x00\x00\x00\xa1\x00\x00" + leadNone + leadNone + leadNone + leadNone + leadNone + leadNone + "\x00\x00\x00\x00\x00\x00\x00\x30"
	fourNone = leadNone + leadNone + leadNone + leadNone
	leadNone = "\x00\x00\x00\x00\x00\x00\x00\x00"
)

// leads tells whether a character may begin an anchor, by the last four bits of
// its first byte and the last six of its second, one after the other.
func leads(both uint64) bool { return anchorLeads[both>>3]>>(both&7)&1 != 0 }

// inWord tells whether the 备 or 证 at i ends a common word (设备, 保证): a
// Chinese character stands before it that no number has there. It only spares
// the reading backward, which would say the same.
func inWord(s string, i int) bool {
	if i < 3 || s[i-3] < 0xE4 || s[i-3] > 0xE9 || s[i-2]&0xC0 != 0x80 || s[i-1]&0xC0 != 0x80 {
		return false
	}
	switch rune(s[i-3]&0x0F)<<12 | rune(s[i-2]&0x3F)<<6 | rune(s[i-1]&0x3F) {
	case '公', '安', '网', '網', '联', '聯', '机', '关', '部', '局': // 公安联网备, 公安局备
		return false
	}
	return true
}

// filingAt reads a filing number around the 备 at i.
func filingAt(s string, i int) []Match {
	start, mark, province, ok := icpBefore(s, i)
	if !ok {
		return nil
	}
	_, j := next(s, i)
	j = skip(s, j, isFilingFiller)
	d := digitsAt(s, j, 8, filingLength)
	if !d.ok || isPlaceholder(d.digits) {
		return nil
	}
	subject := string(mark) + "ICP备" + d.digits + "号"
	out := withIndexes(s, start, d.end, domaincheck.Number{
		Kind: KindFiling, Subject: subject, Province: domaincheck.Text(province),
	})
	if isWord(s, start, mark) && !strings.ContainsAny(out[0].Text, "号號") && !(mark == '新' && isNumberOfXinjiang(s[:start], s[i:], d.digits)) {
		return nil
	}
	return out
}

// isNumberOfXinjiang tells a number behind 新ICP备 that lacks its 号 from news of
// filings (最新ICP备案 20240101): 新 ends no other word, no 案 follows, and the
// digits begin with no day.
func isNumberOfXinjiang(before, from, digits string) bool {
	for _, word := range [...]string{"最", "更", "全", "重", "创", "刷", "革"} {
		if strings.HasSuffix(before, word) {
			return false
		}
	}
	_, j := next(from, 0)
	if r, _ := next(from, skip(from, j, func(r rune) bool { return r == blank })); r == '案' {
		return false
	}
	month, day := digits[4:6], digits[6:8]
	return digits[:2] != "20" || month < "01" || month > "12" || day < "01" || day > "31"
}

// isWord tells whether the mark at start may be part of a word, so that only
// 号 makes a number of what follows: a province's name (北京ICP备案 20240101),
// or a mark that filings do not use, or that ends other words (阿里云, 最新).
func isWord(s string, start int, mark rune) bool {
	switch mark {
	case '新', '云', '贵', '秦', '甘', '川':
		return true
	}
	r, i := next(s, start)
	if r == open {
		r, _ = next(s, i)
	}
	return r != mark
}

// bareAt reads a filing number without 备 whose ICP ends with the P at i. It
// counts only in its plainest form, ended by 号.
func bareAt(s string, i int) []Match {
	start, mark, province, ok := icpBefore(s, i+1)
	if !ok {
		return nil
	}
	d := digitsAt(s, i+1, 8, filingLength)
	if r, _ := next(s, d.end); !d.ok || r != '号' || isPlaceholder(d.digits) {
		return nil
	}
	return withIndexes(s, start, d.end, domaincheck.Number{
		Kind: KindFiling, Subject: string(mark) + "ICP备" + d.digits + "号", Province: domaincheck.Text(province),
	})
}

// isFilingFiller tells what may stand between 备 and the digits: 案, 字, 第, 序, a
// displaced 号, No., brackets, a colon, a dash, blanks.
func isFilingFiller(r rune) bool {
	switch r {
	case blank, line, open, shut, dash, ':', '.', '案', '字', '第', '序', '编', '证', '号', '#', 'N', 'O':
		return true
	}
	return false
}

// filingLength tells whether digits are as many as a filing number has: 8 (yy and serial)
// or 10 (yyyy and serial).
func filingLength(digits string) bool {
	return len(digits) == 8 || len(digits) == 10 && digits[:2] == "20"
}

// isPlaceholder tells whether digits cannot have been issued: a serial of zeros,
// or one digit throughout that makes no year of the filing system (99999999).
// 12345678 and 11111111 can: their years are 12 and 11.
func isPlaceholder(digits string) bool {
	same, zeros := true, true
	for i := range len(digits) {
		same = same && digits[i] == digits[0]
		zeros = zeros && (i < len(digits)-6 || digits[i] == '0')
	}
	return same && digits[0] >= '5' || zeros
}

// icpBefore reads backward from i over ICP to the mark of the province.
func icpBefore(s string, i int) (start int, mark rune, province string, ok bool) {
	j := skipBack(s, i, isGap)
	for _, want := range [3]rune{'P', 'C', 'I'} {
		j = skipBack(s, j, isLetterGap)
		r, k := prev(s, j)
		if r != want && (want != 'I' || r != 'L' && r != '1' && r != '|') {
			return 0, 0, "", false
		}
		j = k
	}
	return markBefore(s, j)
}

// isGap tells what may stand between mark and ICP, and between ICP and 备.
func isGap(r rune) bool {
	return r == blank || r == line || r == open || r == shut || r == dash || r == '.'
}

// isLetterGap tells what may stand between the letters of ICP.
func isLetterGap(r rune) bool { return r == blank || r == '.' }

// markBefore reads backward from i to the mark of a province, or to the name
// of one (广东ICP备 is 粤ICP备).
func markBefore(s string, i int) (start int, mark rune, province string, ok bool) {
	j := skipBack(s, i, isGap)
	last, start := prev(s, j)
	if last == eot {
		return 0, 0, "", false
	}
	if p, at, found := nameBefore(s, j, last, start); found {
		return at, []rune(p.Mark)[0], p.Name, true
	}
	if !isMark(last) {
		return 0, 0, "", false
	}
	p, found := provinceByMark(last)
	if r, k := prev(s, start); r == open && found {
		if after, _ := next(s, start+len(string(last))); after == shut {
			start = k // (京)ICP备
		}
	}
	return start, last, p.Name, found
}

// nameBefore tells whether the text before i ends with a province's short name.
func nameBefore(s string, i int, last rune, at int) (Province, int, bool) {
	second, k := prev(s, at)
	switch last {
	case '京', '津', '北', '西', '古', '宁', '林', '江', '海', '苏', '徽', '建', '东', '南', '庆', '川', '州', '藏', '肃', '夏', '疆':
	default:
		return Province{}, 0, false
	}
	table, end := provinces(), string(last)
	for n := range table {
		if !strings.HasSuffix(table[n].Name, end) {
			continue
		}
		name := []rune(table[n].Name)
		if len(name) < 2 || name[len(name)-1] != last || name[len(name)-2] != second {
			continue
		}
		if len(name) == 3 {
			third, k3 := prev(s, k)
			if third != name[0] {
				continue
			}
			return table[n], k3, true
		}
		return table[n], k, true
	}
	return Province{}, 0, false
}

// withIndexes reads what follows the digits of a number that ends at end: 号,
// and the indexes of sites. It returns one match for each index, or one.
func withIndexes(s string, start, end int, n domaincheck.Number) []Match {
	marked := false
	if r, j := next(s, skip(s, end, isBracketOrBlank)); r == '号' {
		end, marked = j, true
	} else if r, j := next(s, skip(s, end, isGap)); r == '号' && !startsWord(s, j) {
		if _, stop := indexesAt(s, j); stop > j {
			end, marked = j, true // 京ICP备05032038, and 号-1 on the next line
		}
	}
	list, stop := indexesAt(s, end)
	end = stop
	if len(list) > 0 && !marked {
		if r, j := next(s, skip(s, end, isBlank)); r == '号' && !startsWord(s, j) {
			end = j // 京ICP备05032038-1号
		}
	} else if len(list) > 0 {
		if r, j := next(s, end); r == '号' && !startsWord(s, j) {
			end = j // 京ICP备05032038号-1号
		}
	}
	n.Text = s[start:end]
	if len(list) == 0 {
		n.Number = n.Subject
		return []Match{{Number: n, Start: start, End: end}}
	}
	out := make([]Match, 0, len(list))
	for _, x := range list {
		one := n
		one.Index = domaincheck.Known(x.index)
		one.Suffix = domaincheck.Text(x.suffix)
		one.Number = n.Subject + "-" + strconv.Itoa(x.index) + x.suffix
		out = append(out, Match{Number: one, Start: start, End: end})
	}
	return out
}

// startsWord tells whether a word that belongs to 号 follows: 1号楼, 1号院.
func startsWord(s string, i int) bool {
	r, _ := next(s, i)
	switch r {
	case '楼', '院', '线', '码', '店', '馆', '室', '仓', '门', '路':
		return true
	}
	return false
}
