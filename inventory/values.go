package inventory

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"domaincheck"

	"golang.org/x/text/width"
)

// date reads a civil date. Strict: YYYY-MM-DD. Loose: also with /, . or 年月日
// between, eight digits, a time of day behind (cut off; with a zone the Beijing
// day counts), an Excel serial, 长期 for a day that never comes (9999-12-31).
func (d *decoder) date(text string) (domaincheck.Date, error) {
	if !d.loose {
		if day, err := domaincheck.ParseDate(text); err == nil {
			return day, nil
		}
		return domaincheck.Date{}, fmt.Errorf("%q is not a date (YYYY-MM-DD)", clip(text))
	}
	s := strings.TrimSpace(width.Fold.String(text))
	if _, ok := d.words.value("forever", s); ok {
		return domaincheck.Date{Year: 9999, Month: 12, Day: 31}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return domaincheck.DateOf(t), nil
	}
	day, rest := cutClock(s)
	if rest && day == "" {
		return domaincheck.Date{}, fmt.Errorf("%q is not a date", clip(text))
	}
	if out, ok := serialDate(day, d.date1904); ok {
		return out, nil
	}
	day = strings.Map(dateMark, day)
	if len(day) == 8 && allDigits(day) {
		day = day[:4] + "-" + day[4:6] + "-" + day[6:]
	}
	parts := strings.Split(day, "-")
	if len(parts) == 3 && len(parts[0]) == 4 {
		var n [3]int
		for i, p := range parts {
			v, err := strconv.Atoi(p)
			if err != nil || len(p) > 4 || !allDigits(p) {
				return domaincheck.Date{}, notDate(text)
			}
			n[i] = v
		}
		t := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
		if t.Day() == n[2] && int(t.Month()) == n[1] && n[0] >= 1900 {
			return domaincheck.Date{Year: n[0], Month: t.Month(), Day: n[2]}, nil
		}
	}
	return domaincheck.Date{}, notDate(text)
}

// dateMark brings what stands between year, month and day into one form.
func dateMark(r rune) rune {
	switch r {
	case '年', '月', '/', '.':
		return '-'
	case '日', '号', ' ':
		return -1
	}
	return r
}

func notDate(text string) error {
	return fmt.Errorf("%q is not a date such as 2026-03-01, 2026/3/1 or 2026年3月1日", clip(text))
}

// cutClock takes a time of day off ("2026/3/1 0:00:00", "2026-03-01T08:00:00").
func cutClock(s string) (day string, cut bool) {
	for _, sep := range []string{"T", " "} {
		if a, b, ok := strings.Cut(s, sep); ok && strings.Contains(b, ":") && !strings.ContainsAny(b, "年月日/") {
			return strings.TrimSpace(a), true
		}
	}
	return s, false
}

// serialDate reads the day number of a spreadsheet: days since 1899-12-30
// (with the 1904 setting, 1904-01-01), from 1954 to 2119, a fraction being the
// time of day. Day numbers are told from eight-digit dates by their length.
func serialDate(s string, date1904 bool) (domaincheck.Date, bool) {
	whole, _, _ := strings.Cut(s, ".")
	if len(whole) != 5 || !allDigits(whole) {
		return domaincheck.Date{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 18000 || f > 80500 {
		return domaincheck.Date{}, false
	}
	origin := time.Date(1899, 12, 30, 0, 0, 0, 0, domaincheck.Beijing())
	if date1904 {
		origin = time.Date(1904, 1, 1, 0, 0, 0, 0, domaincheck.Beijing())
	}
	return domaincheck.DateOf(origin.AddDate(0, 0, int(math.Floor(f)))), true
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// boolean reads true and false; loose also 是, 否 and their like.
func (d *decoder) boolean(text string) (bool, error) {
	if d.loose {
		if v, ok := d.words.value("bool", text); ok {
			return v == "true", nil
		}
		return false, fmt.Errorf("%q is neither 是 nor 否", clip(text))
	}
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", clip(text))
}

// word reads one of a section's values; loose also the words people use for it.
func (d *decoder) word(section, text string) (string, error) {
	meaning, ok := d.words.value(section, text)
	if ok && (d.loose || meaning == text) {
		return meaning, nil
	}
	if before, _, remark := strings.Cut(width.Fold.String(text), "("); remark && d.loose { // 已备案（主站）
		if meaning, ok = d.words.value(section, before); ok {
			return meaning, nil
		}
	}
	return "", fmt.Errorf("%q is not one of %s", clip(text), strings.Join(d.words.meanings(section), ", "))
}

// meanings are the values of a section in a fixed order.
func (w *words) meanings(section string) []string {
	seen := map[string]bool{}
	var out []string
	for _, m := range w.sections[section] {
		if !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	sortStrings(out)
	return out
}

// provider gives the id of a provider's name; a name nobody knows stays.
func (d *decoder) provider(text string) string {
	text = strings.TrimSpace(text)
	if d.o.Provider != nil {
		if id := d.o.Provider(text); id != "" {
			return id
		}
	}
	if id, ok := d.words.value("provider", text); ok {
		return id
	}
	return text
}

// recordNumber refuses what is no record number. In the column of a table
// people also write that there is none: 未备案, 备案中.
func (d *decoder) recordNumber(text string) (string, error) {
	text = strings.TrimSpace(text)
	if _, state := d.words.value("state", text); d.loose && state {
		return "", nil
	}
	if text == "" {
		return "", nil
	}
	if err := d.o.RecordNumber(text); err != nil {
		e := domaincheck.AsError(err, domaincheck.CodeBadInput, "")
		return "", textError(e.Message)
	}
	return text, nil
}

// province gives the short Chinese name; 北京市海淀区 begins with one too.
func (d *decoder) province(text string) (string, error) {
	if p, ok := d.words.value("province", text); ok {
		return p, nil
	}
	if d.loose {
		for _, p := range d.words.meanings("province") {
			if strings.HasPrefix(strings.TrimSpace(text), p) {
				return p, nil
			}
		}
	}
	switch strings.TrimSpace(text) { // residence and phones may be of there; filings are not
	case "香港", "澳门", "台湾", "境外":
		return strings.TrimSpace(text), nil
	}
	return "", fmt.Errorf("%q is no province", clip(text))
}

// separators that stand between several values in one cell.
const separators = "|｜,，、;；\r\n"

// splitCell takes a cell with several values apart. A slash separates names
// and addresses too, but not inside a URL or before a number of bits.
func splitCell(text string, names bool) []string {
	var out []string
	for _, piece := range strings.FieldsFunc(text, func(r rune) bool {
		return strings.ContainsRune(separators, r) || names && (r == ' ' || r == '\t' || r == 0x3000)
	}) {
		piece = strings.TrimSpace(piece)
		slashed := strings.FieldsFunc(piece, func(r rune) bool { return r == '/' || r == '／' })
		apart := names && len(slashed) > 1 && !strings.Contains(width.Fold.String(piece), "://")
		for _, s := range slashed {
			apart = apart && strings.ContainsAny(s, ".。．:")
		}
		switch {
		case apart:
			for _, s := range slashed {
				out = append(out, strings.TrimSpace(s))
			}
		case piece != "":
			out = append(out, piece)
		}
	}
	return out
}

// splitNames takes a list of people's or companies' names apart: a comma
// before Ltd., Inc. and the like belongs to the name.
func splitNames(text string) []string {
	var out []string
	for _, piece := range splitCell(text, false) {
		first, _, _ := strings.Cut(strings.ToLower(piece), " ")
		switch strings.TrimRight(first, ".") {
		case "ltd", "inc", "llc", "limited", "co", "corp", "gmbh", "plc":
			if len(out) > 0 {
				out[len(out)-1] += ", " + piece
				continue
			}
		}
		out = append(out, piece)
	}
	return out
}

// privacy finds the numbers of people that a ledger must not hold.
type privacy struct{ id, mobile *regexp.Regexp }

// newPrivacy compiles the two patterns: a resident identity number is six
// digits of a region, a date of birth, three digits and a check character
// (GB 11643); a mobile number has eleven digits and begins with 13 to 19.
func newPrivacy() privacy {
	return privacy{
		id:     regexp.MustCompile(`(?:^|[^0-9])([1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx])(?:$|[^0-9A-Za-z])`),
		mobile: regexp.MustCompile(`(?:^|[^0-9])((?:\+?86)?1[3-9][0-9]{9})(?:$|[^0-9])`),
	}
}

// check gives an error if text holds an identity number or, where mobiles are
// not wanted either, a mobile number. The number itself is not repeated.
func (p privacy) check(text string, mobiles bool) error {
	digits := 0
	for _, r := range text {
		if r >= '0' && r <= '9' || r >= '０' && r <= '９' {
			digits++
		}
	}
	if digits < 11 { // a mobile number; identity numbers are longer
		return nil
	}
	s := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == 0x00A0 {
			return -1
		}
		return r
	}, width.Fold.String(text))
	if p.id.MatchString(s) {
		return fmt.Errorf("a full identity number is refused, not stored")
	}
	if mobiles && p.mobile.MatchString(s) {
		return fmt.Errorf("a full mobile number is refused, not stored")
	}
	return nil
}

// address reads one IP address.
func address(text string) (string, error) {
	ip, err := netip.ParseAddr(strings.ReplaceAll(strings.TrimSpace(width.Fold.String(text)), "。", "."))
	if err != nil || ip.Zone() != "" {
		return "", fmt.Errorf("%q is not an IP address", clip(text))
	}
	return ip.Unmap().String(), nil
}
