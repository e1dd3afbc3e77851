package whoischeck

import (
	"strings"
	"time"
)

// dayOrder is how nn/nn/yyyy is read.
type dayOrder int

const (
	dayFirst   dayOrder = iota // 31/12/2026: most of the world
	monthFirst                 // 12/31/2026: American registrars, .tk
)

// zoneOf is the zone of a time that is printed without one: the registry's own
// where it is known to print local time, else UTC. CNNIC, HKIRC, TWNIC, MONIC
// and SGNIC print UTC+8, JPRS and KISA UTC+9.
func zoneOf(tld string) *time.Location {
	switch tld {
	case "cn", "xn--fiqs8s", "xn--fiqz9s", "hk", "xn--j6w193g", "tw", "xn--kprw13d", "xn--kpry57d", "mo", "sg", "my", "ph":
		return time.FixedZone("", 8*3600)
	case "jp", "kr", "xn--3e0b707e":
		return time.FixedZone("", 9*3600)
	case "th", "vn", "id":
		return time.FixedZone("", 7*3600)
	}
	return time.UTC
}

// dateParts is a date as far as it was read.
type dateParts struct {
	nums           [3]int // digit groups of the date in order
	lens           [3]int
	n              int
	month          time.Month // from a word; 0 if none
	monthAt        int        // how many digit groups stood before the word
	hour, min, sec int
	nsec           int
	timed          bool
	pm, am         bool
	zone           *time.Location
}

// parseDate reads a date in any of the forms registries print: ISO 8601 with
// or without offset (Z, +02, -0700, +03:00), dashes, slashes, dots, blanks or
// 年月日 between the parts, year first or last, English month names, compact
// 20270301 and 20270301235959, Unix seconds and milliseconds, "before Aug-1996",
// "30th April 2003", ANSI C "Tue Dec 12 2000". What follows the date (a ticket
// number, a remark) is ignored.
//
// A time without zone is in zone. A day without time is 00:00 UTC whatever the
// zone: that instant lies in the same civil day in Beijing, so the day printed
// by the registry is the day our reports show.
func parseDate(s string, zone *time.Location, order dayOrder) (time.Time, bool) {
	if len(s) > 96 {
		s = s[:96]
	}
	p := dateParts{}
	p.scan(s)
	return p.time(zone, order)
}

// scan walks over s and fills the parts until the date is complete and
// something foreign follows.
func (p *dateParts) scan(s string) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			j := i
			v := 0
			for j < len(s) && s[j] >= '0' && s[j] <= '9' {
				if j-i < 15 {
					v = v*10 + int(s[j]-'0')
				}
				j++
			}
			if !p.timed && j < len(s) && s[j] == ':' && j-i <= 2 && p.hasDay() {
				i = p.clock(s, i)
				continue
			}
			if p.n < 3 && (p.n == 0 || !p.timed || p.wantsYear()) {
				p.nums[p.n], p.lens[p.n] = v, j-i
				p.n++
			} else if p.n >= 3 || p.timed {
				return
			}
			i = j
		case isLetter(c):
			j := i
			for j < len(s) && isLetter(s[j]) {
				j++
			}
			if !p.word(s[i:j]) {
				return
			}
			i = j
		case c == '#' && p.n > 0: // a ticket number follows (.br)
			return
		default:
			i++
		}
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// hasDay tells whether enough of the date was read for a clock to follow.
func (p *dateParts) hasDay() bool {
	return p.n >= 2 || p.n == 1 && (p.month != 0 || p.lens[0] >= 8)
}

// wantsYear: "Tue Dec 12 10:00:00 GMT 2000" has its year after the clock.
func (p *dateParts) wantsYear() bool { return p.month != 0 && p.n == 1 && p.lens[0] <= 2 }

// word takes a word of the date; false if it ends the date.
func (p *dateParts) word(w string) bool {
	lower := strings.ToLower(w)
	if len(lower) >= 3 && p.month == 0 {
		if m := monthOf(lower); m != 0 {
			p.month, p.monthAt = m, p.n
			return true
		}
	}
	switch lower {
	case "am":
		p.am = true
	case "pm":
		p.pm = true
	case "t", "st", "nd", "rd", "th", "of", "at", "on", "before", "the", "date":
	default:
		if z, ok := zoneNamed(lower); ok {
			if p.timed && p.zone == nil {
				p.zone = z
			}
			return true
		}
		if p.n == 0 && p.month == 0 || isWeekday(lower) {
			return true
		}
		return false
	}
	return true
}

func monthOf(w string) time.Month {
	const names = "januaryfebruarymarchaprilmayjunejulyaugustseptemberoctobernovemberdecember"
	starts := [...]int{0, 7, 15, 20, 25, 28, 32, 36, 42, 51, 58, 66, 74}
	for m := range 12 {
		full := names[starts[m]:starts[m+1]]
		if strings.HasPrefix(full, w) || w == "sept" && m == 8 {
			return time.Month(m + 1)
		}
	}
	return 0
}

func isWeekday(w string) bool {
	switch w {
	case "mon", "tue", "wed", "thu", "fri", "sat", "sun",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tues", "thur", "thurs":
		return true
	}
	return false
}

// zoneNamed knows the zone words that registries print.
func zoneNamed(w string) (*time.Location, bool) {
	hours := 0.0
	switch w {
	case "z", "utc", "gmt", "wet":
	case "cet", "bst", "met", "wat":
		hours = 1
	case "cest", "eet", "mest", "sast":
		hours = 2
	case "eest", "msk", "trt", "eat":
		hours = 3
	case "gst":
		hours = 4
	case "pkt":
		hours = 5
	case "ist":
		hours = 5.5
	case "ict", "wib":
		hours = 7
	case "cst", "hkt", "sgt", "myt", "pht", "awst":
		hours = 8
	case "jst", "kst":
		hours = 9
	case "aest":
		hours = 10
	case "nzst":
		hours = 12
	case "nzdt":
		hours = 13
	case "est":
		hours = -5
	case "edt", "clt":
		hours = -4
	case "art", "brt", "clst":
		hours = -3
	case "pst":
		hours = -8
	case "pdt":
		hours = -7
	default:
		return nil, false
	}
	return time.FixedZone("", int(hours*3600)), true
}

// clock reads hh:mm[:ss[.frac]] and an offset behind it; i is at its first
// digit. It returns where reading goes on.
func (p *dateParts) clock(s string, i int) int {
	p.timed = true
	field := func() int {
		v := 0
		for k := 0; i < len(s) && k < 2 && s[i] >= '0' && s[i] <= '9'; k++ {
			v = v*10 + int(s[i]-'0')
			i++
		}
		return v
	}
	p.hour = field()
	for _, to := range []*int{&p.min, &p.sec} {
		if i < len(s) && s[i] == ':' {
			i++
			*to = field()
		}
	}
	if i < len(s) && (s[i] == '.' || s[i] == ',') {
		i++
		scale := int(1e8)
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			p.nsec += int(s[i]-'0') * scale
			scale /= 10
			i++
		}
	}
	return p.offset(s, i)
}

// offset reads +hh, -hhmm, +hh:mm, also after blanks, in brackets, or behind
// UTC and GMT.
func (p *dateParts) offset(s string, i int) int {
	k := i
	for k < len(s) && (s[k] == ' ' || s[k] == '(') {
		k++
	}
	if len(s)-k > 3 && (strings.EqualFold(s[k:k+3], "utc") || strings.EqualFold(s[k:k+3], "gmt")) && (s[k+3] == '+' || s[k+3] == '-') {
		k += 3
	}
	if k >= len(s) || s[k] != '+' && s[k] != '-' {
		return i
	}
	sign := 1
	if s[k] == '-' {
		sign = -1
	}
	j := k + 1
	v, digits := 0, 0
	for j < len(s) && digits < 4 && s[j] >= '0' && s[j] <= '9' {
		v = v*10 + int(s[j]-'0')
		digits++
		j++
	}
	mins := 0
	switch {
	case digits == 0 || digits == 3:
		return i
	case digits == 4:
		v, mins = v/100, v%100
	case j+2 < len(s) && s[j] == ':' && s[j+1] >= '0' && s[j+1] <= '5' && s[j+2] >= '0' && s[j+2] <= '9':
		mins = int(s[j+1]-'0')*10 + int(s[j+2]-'0')
		j += 3
	}
	if v > 14 || mins > 59 {
		return i
	}
	p.zone = time.FixedZone("", sign*(v*3600+mins*60))
	return j
}

// time puts the parts together and refuses what is no date of our times.
func (p *dateParts) time(zone *time.Location, order dayOrder) (time.Time, bool) {
	if p.n == 0 {
		return time.Time{}, false
	}
	if p.n >= 1 && p.month == 0 && !p.compact() {
		if p.n == 1 {
			return p.epoch()
		}
	}
	y, m, d, ok := p.day(order)
	if !ok || y < 1970 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31 || p.hour > 24 || p.min > 59 || p.sec > 60 {
		return time.Time{}, false
	}
	if p.pm && p.hour < 12 {
		p.hour += 12
	}
	if p.am && p.hour == 12 {
		p.hour = 0
	}
	if !p.timed {
		zone = time.UTC
	} else if p.zone != nil {
		zone = p.zone
	}
	t := time.Date(y, m, d, p.hour, p.min, p.sec, p.nsec, zone)
	if p.hour < 24 && t.Day() != d { // 31 February
		return time.Time{}, false
	}
	return t, true
}

// compact unfolds 20270301 and 20270301235959 and their like.
func (p *dateParts) compact() bool {
	if p.n == 0 || p.month != 0 {
		return false
	}
	v := p.nums[0]
	switch p.lens[0] {
	case 14:
		p.hour, p.min, p.sec, p.timed = v/10000%100, v/100%100, v%100, true
		v /= 1000000
	case 12:
		p.hour, p.min, p.timed = v/100%100, v%100, true
		v /= 10000
	case 8:
	default:
		return false
	}
	p.nums, p.lens, p.n = [3]int{v / 10000, v / 100 % 100, v % 100}, [3]int{4, 2, 2}, 3
	return true
}

// epoch reads Unix seconds (10 digits) and milliseconds (13).
func (p *dateParts) epoch() (time.Time, bool) {
	var t time.Time
	switch p.lens[0] {
	case 10:
		t = time.Unix(int64(p.nums[0]), 0).UTC()
	case 13:
		t = time.UnixMilli(int64(p.nums[0])).UTC()
	default:
		return t, false
	}
	return t, t.Year() >= 1985 && t.Year() < 2100
}

// day orders the digit groups into year, month and day.
func (p *dateParts) day(order dayOrder) (int, time.Month, int, bool) {
	a, b, c := p.nums[0], p.nums[1], p.nums[2]
	if p.month != 0 {
		switch {
		case p.n == 1 && p.lens[0] == 4: // Aug-1996
			return a, p.month, 1, true
		case p.n < 2:
			return 0, 0, 0, false
		case p.lens[0] == 4: // 2001-Aug-23
			return a, p.month, b, true
		default: // 01-Mar-2027, Mar 1 2027
			return century(b, p.lens[1]), p.month, a, true
		}
	}
	switch {
	case p.n == 2 && p.lens[0] == 4 && b <= 12: // 2027-03
		return a, time.Month(b), 1, true
	case p.n < 3:
		return 0, 0, 0, false
	case p.lens[0] == 4 || p.lens[0] == 3:
		return a, time.Month(b), c, true
	case p.lens[2] != 4 && p.lens[2] != 2:
		return 0, 0, 0, false
	case order == monthFirst && a <= 12 || b > 12:
		return century(c, p.lens[2]), time.Month(a), b, true
	default:
		return century(c, p.lens[2]), time.Month(b), a, true
	}
}

// century completes a year of two digits.
func century(y, digits int) int {
	switch {
	case digits != 2:
		return y
	case y < 70:
		return 2000 + y
	}
	return 1900 + y
}

// completeDate tells whether nothing can be missing at the end of a date: all
// three parts, the last with all its digits.
func completeDate(s string) bool {
	p := dateParts{}
	p.scan(s)
	switch {
	case p.n == 0:
		return true // no date at all
	case p.timed || p.lens[0] >= 8:
		return true
	case p.month != 0:
		return p.n == 2 && (p.lens[0] == 4 || p.lens[1] == 4)
	}
	return p.n == 3 && (p.lens[0] == 4 && p.lens[2] == 2 || p.lens[2] == 4)
}

// orderOf decides between day/month and month/day for one answer: by any of
// its dates that leaves no choice, else by the suffix.
func orderOf(tld string, dates []string) dayOrder {
	for _, s := range dates {
		p := dateParts{}
		p.scan(s)
		if p.n != 3 || p.month != 0 || p.lens[0] > 2 {
			continue
		}
		if p.nums[0] > 12 {
			return dayFirst
		}
		if p.nums[1] > 12 {
			return monthFirst
		}
	}
	switch tld {
	case "tk", "ml", "ga", "cf", "gq", "us", "biz", "com", "net", "org", "info", "ws", "pw", "vg", "edu", "gov":
		return monthFirst
	}
	return dayFirst
}
