package sitecheck

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"

	"domaincheck"
	"domaincheck/icp"
)

// seenNumber is a number on the page with the best of its links.
type seenNumber struct {
	icp.Match
	link  string
	state domaincheck.LinkState
}

// maxNumbers bounds how many numbers of a kind are taken from one page.
const maxNumbers = 200

// scanText reads the window: numbers with their links, licences, copyright
// holders. Unless it is the last time, what stands near its end is left for
// the next.
func (p *pageParser) scanText(last bool) {
	w := &p.text
	s := w.text()
	cut := len(s)
	if !p.viewed {
		p.view, p.viewed = s[:min(len(s), maxView)], true
	}
	if !last {
		cut = max(w.done, len(s)-windowKeep)
		for cut > 0 && cut < len(s) && !utf8.RuneStart(s[cut]) {
			cut--
		}
		if i := strings.LastIndexByte(s[w.done:cut], '\n'); i >= 0 && cut-(w.done+i) < windowKeep {
			cut = w.done + i + 1
		}
	}
	all := icp.ReadAll(s)
	for _, m := range all.Matches {
		if m.Start >= w.done && m.Start < cut {
			link, state := p.linkOf(m.Start, m.End, siteLink)
			p.addNumber(m, link, state)
			if p.page.Snippet == "" {
				p.page.Snippet = domaincheck.Text(snippet(s, m.Start, m.End))
			}
		}
	}
	for _, m := range all.Police {
		if m.Start >= w.done && m.Start < cut {
			link, state := p.linkOf(m.Start, m.End, policeLink)
			p.addPolice(m, link, state)
		}
	}
	for _, l := range all.Licences {
		p.page.Licences = appendNew(p.page.Licences, l, maxNumbers)
	}
	for _, holder := range copyrightHolders(s[w.done:cut]) {
		p.page.Copyright = appendNew(p.page.Copyright, holder, maxTargets)
	}
	if !last {
		open := make([]*int, 0, len(p.stack)+1)
		for i := range p.stack {
			open = append(open, &p.stack[i].link)
		}
		w.slide(cut, open)
	}
}

// addNumber keeps a number once, with the best of its links.
func (p *pageParser) addNumber(m icp.Match, link string, state domaincheck.LinkState) {
	for i := range p.numbers {
		n := &p.numbers[i]
		if n.Number.Number != m.Number.Number {
			continue
		}
		n.Declared = n.Declared && m.Declared
		if better(state, n.state) {
			n.link, n.state = link, state
		}
		return
	}
	if len(p.numbers) < maxNumbers {
		m.Text = strings.Clone(strings.ToValidUTF8(m.Text, "�"))
		p.numbers = append(p.numbers, seenNumber{m, link, state})
	}
}

// chooseNumbers tells record numbers from licences. A licence number is a
// record number if it carries an index, or links to the filing system and is
// not introduced as a licence beside a filing number; else only where the page
// shows no filing number and nothing introduces it as a licence. Where it
// stands both ways (许可证：浙B2-20080101 and, elsewhere,
// 浙B2-20080101-4), the one with the index is the record.
func chooseNumbers(seen []seenNumber) []domaincheck.PageNumber {
	filing := false
	for i := range seen {
		filing = filing || seen[i].Kind == icp.KindFiling
	}
	var out []domaincheck.PageNumber
	for _, n := range seen {
		linked := n.state == domaincheck.LinkCurrent || n.state == domaincheck.LinkOutdated
		used := n.Index != nil || linked && !(filing && n.Declared)
		if n.Kind == icp.KindLicence && (!used && (filing || n.Declared) || n.Index == nil && n.Declared && indexed(seen, n.Subject)) {
			continue
		}
		out = append(out, domaincheck.PageNumber{Number: n.Number, Link: domaincheck.Text(n.link), LinkState: n.state})
	}
	return out
}

// indexed tells whether a page shows a subject's number with an index.
func indexed(seen []seenNumber, subject string) bool {
	for i := range seen {
		if seen[i].Subject == subject && seen[i].Index != nil {
			return true
		}
	}
	return false
}

// linkOf tells where the link around text[start:end] leads and what that means.
func (p *pageParser) linkOf(start, end int, judge func(linkTarget) domaincheck.LinkState) (string, domaincheck.LinkState) {
	link := p.text.linkOver(start, end)
	if link == 0 {
		return "", domaincheck.LinkNone
	}
	href, script := p.text.href(link)
	if !script && leadsNowhere(href) {
		return "", domaincheck.LinkNone
	}
	t := resolveLink(p.base, href)
	if t.host == "" && (t.scheme == "http" || t.scheme == "https") {
		return "", domaincheck.LinkNone // http:// is no address: a click opens nothing
	}
	return shorten(t.url, 2000), judge(t)
}

// better tells whether link state a is worth more than b.
func better(a, b domaincheck.LinkState) bool { return rank(a) > rank(b) }

func rank(s domaincheck.LinkState) int {
	switch s {
	case domaincheck.LinkCurrent:
		return 3
	case domaincheck.LinkOutdated:
		return 2
	case domaincheck.LinkWrong:
		return 1
	}
	return 0
}

// snippet is the text around s[start:end], at most 200 characters of it.
func snippet(s string, start, end int) string {
	for n := 0; n < 80 && start > 0; n++ {
		size := 1
		if isHanAt(s, start-3) {
			size = 3
		} else if s[start-1] >= utf8.RuneSelf {
			_, size = utf8.DecodeLastRuneInString(s[max(0, start-utf8.UTFMax):start])
		}
		start -= size
	}
	for n := 0; n < 60 && end < len(s); n++ {
		size := 3
		if !isHanAt(s, end) {
			_, size = utf8.DecodeRuneInString(s[end:])
		}
		end += size
	}
	return shorten(s[start:end], 200)
}

// tooltip looks for numbers in an attribute that shows only as a tooltip or in
// place of a picture.
func (p *pageParser) tooltip(value []byte) {
	if len(value) < 12 || len(value) > 4<<10 || len(p.tooltips) >= maxTargets || !mayHoldDigits(value) {
		return
	}
	if !icp.MayHold(value) {
		return
	}
	for _, n := range icp.Find(string(value)) {
		p.tooltips = appendNew(p.tooltips, n.Number, maxTargets)
	}
}

// mayHoldDigits tells whether as many digits may stand in text as the shortest
// number has; a byte that full-width and styled digits begin with counts as one.
func mayHoldDigits(b []byte) bool {
	const shortest = 6
	const low, high = 0x7F7F7F7F7F7F7F7F, 0x8080808080808080
	n := 0
	for i := 0; i < len(b); i += 8 {
		var w uint64
		if i+8 <= len(b) {
			w = binary.LittleEndian.Uint64(b[i : i+8])
		} else {
			w = shortWord(b[i:])
		}
		d := w ^ 0x3030303030303030
		digits := ^((d & low) + 0x7676767676767676 | d) & high // of bytes 0 to 9
		wide := ((w & low) + 0x1111111111111111) & w & high
		if digits |= wide; digits != 0 {
			if n += bits.OnesCount64(digits); n >= shortest {
				return true
			}
		}
	}
	return false
}
