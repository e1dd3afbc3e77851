package icp

// This file reads the digits and indexes of numbers: where they end is what
// keeps a number apart from the telephone number, year or number beside it.

// digitRun is the digits of one number.
type digitRun struct {
	digits string
	end    int
	ok     bool
}

// digitsAt reads the digits of a number at i, which fits accepts; it has at
// least shortest of them.
//
// An unbroken run of the right length is taken as it stands; an unbroken run
// longer than the shortest number is none. A shorter run is joined with those that follow it
// behind blanks or brackets ("2021 000123", "[2021]000123", "0 5 0 3 …"), or
// behind a dash or the end of a line if 号 then ends the number; a joined run
// that 号 ends is preferred.
func digitsAt(s string, i, shortest int, fits func(string) bool) digitRun {
	const most = 16
	var buf [most]byte
	var best digitRun
	n, needsMark := 0, false
	for groups := 0; groups < most; groups++ {
		for {
			r, j := next(s, i)
			if !isDigit(r) {
				break
			}
			if n == most {
				return best
			}
			buf[n], n, i = byte(r), n+1, j
		}
		if n == 0 {
			return digitRun{}
		}
		if fits(string(buf[:n])) {
			if groups == 0 {
				return digitRun{string(buf[:n]), i, true}
			}
			if r, _ := next(s, skip(s, i, isBracketOrBlank)); r == '号' {
				return digitRun{string(buf[:n]), i, true}
			}
			if !needsMark && !best.ok {
				best = digitRun{string(buf[:n]), i, true}
			}
		} else if groups == 0 && n >= shortest {
			return digitRun{}
		}
		j, joined, weak := joint(s, i)
		if !joined || weak && isIndexLike(s, j) {
			return best
		}
		i, needsMark = j, needsMark || weak
	}
	return best
}

// isIndexLike tells whether the digits at i are as few as those of an index: a
// number one digit short with -1 behind it (1504547-1号) is not a whole one.
func isIndexLike(s string, i int) bool {
	for range 2 {
		r, j := next(s, i)
		if !isDigit(r) {
			break
		}
		i = j
	}
	r, _ := next(s, i)
	return !isDigit(r)
}

// joint steps over what may stand between two groups of digits of one number;
// weak tells that 号 must end the number for the join to count.
func joint(s string, i int) (j int, ok, weak bool) {
	j = i
	for range 4 {
		r, k := next(s, j)
		switch r {
		case blank, open, shut:
		case dash, line, '.':
			weak = true
		default:
			return j, isDigit(r) && j > i, weak
		}
		j = k
	}
	return i, false, false
}

// siteIndex is -1, -2A … behind a number.
type siteIndex struct {
	index  int
	suffix string
}

// maxIndexes bounds a list such as 号-1/2/3.
const maxIndexes = 16

// indexesAt reads the index behind a number that ends at i, or a list of them;
// end is where it stops, i if there is none.
func indexesAt(s string, i int) (list []siteIndex, end int) {
	first, j, ok := indexAt(s, i)
	if !ok {
		return nil, i
	}
	list, end = append(list, first), j
	for len(list) < maxIndexes {
		r, k := next(s, end)
		if r != '/' && r != ',' && r != '&' {
			break
		}
		var x siteIndex
		if after, d := next(s, k); after == dash {
			x, j, ok = indexNumberAt(s, d, false)
		} else if r == '/' {
			x, j, ok = indexNumberAt(s, k, false)
		} else {
			ok = false
		}
		if !ok || j-k > 12 || x.index > 999 {
			break
		}
		list, end = append(list, x), j
	}
	return list, end
}

// indexAt reads a dash and an index at i. Blanks may stand around the dash.
func indexAt(s string, i int) (siteIndex, int, bool) {
	j := skip(s, i, isBlank)
	spaced := hasBlank(s, i, j)
	r, k := next(s, j)
	if r == open {
		r, k = next(s, k)
	}
	if r != dash {
		return siteIndex{}, i, false
	}
	for again := 0; again < 2; again++ { // —— and --
		if r, m := next(s, k); r == dash {
			k = m
		}
	}
	m := skip(s, k, isBlank)
	spaced = spaced || hasBlank(s, k, m)
	x, end, ok := indexNumberAt(s, m, spaced)
	if !ok {
		return siteIndex{}, i, false
	}
	return x, end, true
}

// hasBlank tells whether a blank, and not only invisible characters, stands in s[i:j].
func hasBlank(s string, i, j int) bool {
	for i < j {
		r, k := next(s, i)
		if r == blank {
			return true
		}
		if k <= i {
			return false
		}
		i = k
	}
	return false
}

// indexNumberAt reads the digits and the suffix letter of an index at i: up to five
// digits when they stand close to the dash, up to three behind blanks, where
// years and telephone numbers are common. What reads on as a telephone number,
// a date, a time or a count is no index.
func indexNumberAt(s string, i int, spaced bool) (siteIndex, int, bool) {
	n, value, end := 0, 0, i
	var first rune
	for {
		r, j := next(s, end)
		if !isDigit(r) {
			break
		}
		if n == 0 {
			first = r
		}
		if n++; n > 5 {
			return siteIndex{}, i, false
		}
		value, end = value*10+int(r-'0'), j
	}
	if n == 0 || value == 0 || spaced && n > 3 || first == '0' && n > 2 || readsOn(s, end, n, spaced) {
		return siteIndex{}, i, false
	}
	x := siteIndex{index: value}
	if r, j := next(s, end); r == 'A' || r == 'X' || r == 'K' {
		if after, _ := next(s, j); !isAlnum(after) && after != '座' && after != '栋' && after != '区' {
			x.suffix, end = string(r), j
		}
	}
	return x, end, true
}

// readsOn tells whether the n digits that end at i are the beginning of
// something else than an index.
func readsOn(s string, i, n int, spaced bool) bool {
	r, j := next(s, i)
	switch r {
	case '年', '月', '日', '时', '小', '天', '周', '个', '层', '楼', '室', '元', '折', '万', '亿', '岁', '家', '位', '人', '%', '+':
		return true
	case '号':
		return spaced || startsWord(s, j)
	case dash: // 号-400-820-8820, 号-0571-88886666, 号 - 2024-11-21
		k := j
		for count := 1; ; count++ {
			d, m := next(s, k)
			if !isDigit(d) {
				break
			}
			if count >= 3 || n >= 3 {
				return true
			}
			k = m
		}
	case ':', '.': // 9:00-18:00, 1.5
		d, _ := next(s, j)
		return isDigit(d)
	case blank: // 400 820 8820
		if n >= 3 {
			k := skip(s, i, isBlank)
			for count := 0; count < 3; count++ {
				d, m := next(s, k)
				if !isDigit(d) {
					return false
				}
				k = m
			}
			return true
		}
	}
	return false
}
