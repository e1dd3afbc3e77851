package icp

import "strings"

// Police is one public-security number (公安备案号) as it stands in a text.
type Police struct {
	Text       string // text[Start:End]
	Number     string // normal form: 京公网安备11010802020193号
	Code       string // its 14 digits (Beijing's old numbers: 12 or 10); they begin with the GB/T 2260 code of the place
	Province   string // short name, of the code
	Start, End int
}

// policeDigits is how many digits a public-security number has: six of the
// place, two of the unit, six of the serial.
const policeDigits = 14

// FindPolice returns the public-security numbers in visible text, each once,
// in order. The mark before 公网安备 may be missing; it is then taken from the
// code. A code that begins with no province's digits is no number.
func FindPolice(text string) []Police {
	var out []Police
	for _, p := range PoliceMatches(text) {
		known := false
		for i := range out {
			known = known || out[i].Code == p.Code
		}
		if !known && len(out) < maxNumbers {
			out = append(out, p)
		}
	}
	return out
}

// PoliceMatches returns every place of text where a public-security number stands.
func PoliceMatches(text string) []Police {
	var out []Police
	read(text, nil, func(p Police) { out = append(out, p) }, nil)
	return out
}

// policeAt reads a public-security number around the 备 at i.
func policeAt(s string, i int) (Police, bool) {
	start, mark, ok := policeBefore(s, i)
	if !ok {
		return Police{}, false
	}
	_, j := next(s, i)
	j = skip(s, j, isFilingFiller)
	d := digitsAt(s, j, policeDigits, isPoliceCode)
	if !d.ok {
		if d = oldPoliceCodeAt(s, j); !d.ok {
			return Police{}, false
		}
	}
	p := Police{Code: d.digits, Start: start, End: d.end}
	if r, k := next(s, skip(s, d.end, isBracketOrBlank)); r == '号' {
		p.End = k
	}
	table := provinces()
	for n := range table {
		if table[n].Code[:2] != d.digits[:2] {
			continue
		}
		p.Province = table[n].Name
		if mark == "" {
			mark = table[n].Mark
			if marks := []rune(table[n].Marks); len(marks) > 1 {
				mark = string(marks[1])
			}
		}
	}
	p.Text = s[p.Start:p.End]
	p.Number = mark + "公网安备" + d.digits + "号"
	return p, true
}

// isPoliceCode tells whether digits can be a public-security number: a place,
// and behind it not zeros only, as templates have it.
func isPoliceCode(digits string) bool {
	return len(digits) == policeDigits && isRegion(digits[0], digits[1]) && strings.Trim(digits[6:], "0") != ""
}

// oldPoliceCodeAt reads the number of the years before the national platform
// (2015), which Beijing's sites still show: the place 11XXXX and a serial of
// six digits, in the first years of four. It must stand unbroken.
func oldPoliceCodeAt(s string, i int) digitRun {
	start := i
	var digits []byte
	for len(digits) < policeDigits {
		r, j := next(s, i)
		if !isDigit(r) {
			break
		}
		digits, i = append(digits, byte(r)), j
	}
	if n := len(digits); n != 12 && n != 10 || digits[0] != '1' || digits[1] != '1' {
		return digitRun{end: start}
	}
	code := string(digits)
	if strings.Trim(code[6:], "0") == "" {
		return digitRun{end: start}
	}
	return digitRun{code, i, true}
}

// policeBefore reads backward from the 备 at i over 公网安, 公安联网, 公安 …
// to the mark, which may be missing.
func policeBefore(s string, i int) (start int, mark string, ok bool) {
	if start, mark, ok = bureauBefore(s, i); ok {
		return start, mark, true
	}
	public, safe := false, false
	start = i
	for range 6 {
		r, k := prev(s, skipBack(s, start, isLetterGap))
		switch r {
		case '公':
			public = true
		case '安':
			safe = true
		case '网', '联', '机', '关', '部':
		default:
			if !public || !safe {
				return 0, "", false
			}
			if isMark(r) {
				return k, string(r), true
			}
			return start, "", true
		}
		start = k
	}
	return start, "", public && safe
}

// maxBureau bounds the name of a bureau between its 公安局 and 备案.
const maxBureau = 12

// bureauBefore reads backward from the 备 at i over the name of the bureau that
// gave a number before the national platform: 北京市公安局朝阳分局备案编号, with
// the mark of the province that stands before it.
func bureauBefore(s string, i int) (start int, mark string, ok bool) {
	var behind [2]rune // the runes behind the one at hand
	j := i
	for n := range maxBureau {
		r, k := prev(s, skipBack(s, j, isLetterGap))
		if n == 0 && r != '局' || r < 0x4E00 || r > 0x9FFF {
			return 0, "", false
		}
		if r == '公' && behind == [2]rune{'安', '局'} {
			start = k
			break
		}
		behind, j = [2]rune{r, behind[0]}, k
		if n == maxBureau-1 {
			return 0, "", false
		}
	}
	last, at := prev(s, start)
	j = start
	if last == '市' || last == '省' {
		j = at
		last, at = prev(s, j)
	}
	if p, from, found := nameBefore(s, j, last, at); found {
		return from, p.Mark, true
	}
	return start, "", true
}
