package icp

import "domaincheck"

// FindLicences returns the licence numbers in visible text in their normal
// form, each once, in order: 京ICP证030173号, 浙B2-20080224, B2-20080101,
// 合字B2-20120005, A2.B1-20090003. The index of a number used as a record
// number is not part of the licence's.
func FindLicences(text string) []string {
	var out []string
	read(text, nil, nil, func(l string) { out = appendLicence(out, l) })
	return out
}

// appendLicence appends a licence number if it is new.
func appendLicence(out []string, l string) []string {
	if len(out) >= maxNumbers {
		return out
	}
	for _, o := range out {
		if o == l {
			return out
		}
	}
	return append(out, l)
}

// licenceNameAt reads the licence number around an anchor.
func licenceNameAt(text string, at int, kind anchor) (name string, end int) {
	switch kind {
	case anchorLicence:
		if found := licenceAt(text, at); len(found) > 0 {
			return found[0].Subject, found[0].End
		}
	case anchorB2:
		if l, ok := readB2(text, at); ok {
			return l.name, l.digitsEnd
		}
	}
	return "", 0
}

// licenceAt reads an ICP licence number around the 证 at i: 京ICP证030173号.
func licenceAt(s string, i int) []Match {
	start, mark, province, ok := icpBefore(s, i)
	if !ok {
		return nil
	}
	_, j := next(s, i)
	j = skip(s, j, isFilingFiller)
	d := digitsAt(s, j, 6, icpLicenceLength)
	if !d.ok || isPlaceholder(d.digits) {
		return nil
	}
	out := withIndexes(s, start, d.end, domaincheck.Number{
		Kind: KindLicence, Subject: string(mark) + "ICP证" + d.digits + "号", Province: domaincheck.Text(province),
	})
	return declare(s, start, out)
}

// icpLicenceLength: two digits of the year and four of the serial, in later
// years six; some carry the year in full.
func icpLicenceLength(digits string) bool {
	n := len(digits)
	return n == 6 || n == 7 || n == 8 || n == 10 && digits[:2] == "20"
}

// b2At reads a licence of the classes B1 and B2 with a province's mark, which
// can be a record number, at the B at i.
func b2At(s string, i int) []Match {
	l, ok := readB2(s, i)
	if !ok || l.province == "" {
		return nil
	}
	out := withIndexes(s, l.start, l.digitsEnd, domaincheck.Number{
		Kind: KindLicence, Subject: l.name, Province: domaincheck.Text(l.province),
	})
	return declare(s, l.start, out)
}

// b2 is a licence number of the classes A1 to B2.
type b2 struct {
	start, digitsEnd int
	name, province   string
}

// readB2 reads the licence number whose last class letter is the B at i:
// 浙B2-20080224, 合字B2-20120005, A2.B1-20090003.
func readB2(s string, i int) (b2, bool) {
	_, j := next(s, i)
	class, j := next(s, j)
	if class != '1' && class != '2' {
		return b2{}, false
	}
	if before, _ := prev(s, i); isAlnum(before) {
		return b2{}, false
	}
	r, k := next(s, skip(s, j, isBlank))
	if r != dash {
		return b2{}, false
	}
	if r, m := next(s, k); r == dash {
		k = m
	}
	d := digitsAt(s, skip(s, k, isBlank), 8, classLength)
	if !d.ok || isPlaceholder(d.digits) {
		return b2{}, false
	}
	l := b2{start: i, digitsEnd: d.end}
	name := "B" + string(class) + "-" + d.digits
	for range 4 { // A1.A2.B1.B2-
		sep, a := prev(s, skipBack(s, l.start, isBlank))
		n, b := prev(s, a)
		c, at := prev(s, b)
		if (sep != '.' && sep != '/' && sep != ',' && sep != '&') || n != '1' && n != '2' || c != 'A' && c != 'B' {
			break
		}
		name, l.start = string(c)+string(n)+"."+name, at
	}
	l.name = name
	at := skipBack(s, l.start, isBracketOrBlank)
	last, first := prev(s, at)
	switch {
	case last == '字':
		if before, k := prev(s, first); before == '合' {
			l.name, l.start = "合字"+name, k
		}
	case last == '国':
		l.name, l.start = "国"+name, first
	case last != eot:
		if start, mark, province, ok := markBefore(s, l.start); ok {
			l.name, l.start, l.province = string(mark)+name, start, province
		}
	}
	return l, true
}

// classLength: four digits of the year and four to six of the serial.
func classLength(digits string) bool {
	return 8 <= len(digits) && len(digits) <= 10 && (digits[:2] == "20" || digits[:2] == "19")
}

// declare marks the matches that the text before start introduces as licences:
// 增值电信业务经营许可证：, ICP许可证编号 …
func declare(s string, start int, out []Match) []Match {
	i := overICP(s, skipBack(s, start, isLabelFiller))
	r, j := prev(s, i)
	if r != '证' {
		return out
	}
	if r, j = prev(s, j); r != '可' {
		return out
	}
	r, j = prev(s, j)
	if r != '许' || ofEither(s, j) {
		return out
	}
	for k := range out {
		out[k].Declared = true
	}
	return out
}

// ofEither tells whether the 许可证 that begins at i is one of two, as in the
// filing system's own words 备案/许可证号: what follows is the record number.
func ofEither(s string, i int) bool {
	sep, j := prev(s, i)
	if sep != '/' && sep != '或' {
		return false
	}
	r, j := prev(s, j)
	if r == '号' {
		r, j = prev(s, j)
	}
	if r == '案' {
		r, _ = prev(s, j)
	}
	return r == '备'
}

// overICP steps backward over the ICP or ICP证 that may stand between a label
// and its number (许可证ICP：, 许可证：ICP证), if a label stands before it.
func overICP(s string, i int) int {
	j := i
	if r, k := prev(s, j); r == '证' {
		j = k
	}
	for _, want := range [3]rune{'P', 'C', 'I'} {
		r, k := prev(s, j)
		if r != want {
			return i
		}
		j = k
	}
	j = skipBack(s, j, isLabelFiller)
	if r, _ := prev(s, j); r != '证' {
		return i
	}
	return j
}

// isLabelFiller tells what may stand between 许可证 and its number.
func isLabelFiller(r rune) bool {
	switch r {
	case blank, line, open, shut, ':', '编', '号', '码', '为', '是', 'N', 'O', '.':
		return true
	}
	return false
}
