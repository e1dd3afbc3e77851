package icp

import (
	"domaincheck"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseNumber reads exactly one record number, as a ledger holds it: any
// writing that [Find] reads, with blanks around it and, at most, a label such
// as 备案号： before it.
//
// The error is a [domaincheck.Error] with code bad_input that tells what is
// wrong: nothing there, several numbers, other text, a licence without a
// province's mark, a number that cannot have been issued.
func ParseNumber(s string) (domaincheck.Number, error) {
	if n, ok := plainNumber(s); ok {
		return n, nil
	}
	return parseNumber(s)
}

// CheckNumber tells why s is no record number, as [ParseNumber] does; nil if it
// is one.
func CheckNumber(s string) error {
	_, err := ParseNumber(s)
	return err
}

// plainNumber reads the form that ledgers hold nearly always, without a copy:
// 京ICP备05032038号 or 京ICP备05032038号-1, to the character. The grammar reads
// it alike, ten times as slowly.
func plainNumber(s string) (domaincheck.Number, bool) {
	const filing, mark = "ICP备", "号"
	r, size := utf8.DecodeRuneInString(s)
	if size != 3 || !strings.HasPrefix(s[size:], filing) || !isMark(r) {
		return domaincheck.Number{}, false
	}
	p, ok := provinceByMark(r)
	start := size + len(filing)
	end := start
	for end < len(s) && isDigit(rune(s[end])) {
		end++
	}
	digits := s[start:end]
	if !ok || !filingLength(digits) || isPlaceholder(digits) || !strings.HasPrefix(s[end:], mark) {
		return domaincheck.Number{}, false
	}
	end += len(mark)
	n := domaincheck.Number{Text: s, Number: s, Subject: s[:end], Province: domaincheck.Text(p.Name), Kind: KindFiling}
	if end == len(s) {
		return n, true
	}
	index := s[end:]
	if len(index) < 2 || len(index) > 4 || index[0] != '-' || index[1] == '0' {
		return domaincheck.Number{}, false
	}
	value := 0
	for i := 1; i < len(index); i++ {
		if !isDigit(rune(index[i])) {
			return domaincheck.Number{}, false
		}
		value = value*10 + int(index[i]-'0')
	}
	n.Index = &value
	return n, true
}

// parseNumber is ParseNumber by the grammar.
func parseNumber(s string) (domaincheck.Number, error) {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		return domaincheck.Number{}, badNumber(s, "is empty")
	}
	matches := Matches(trimmed)
	if len(matches) == 0 {
		return domaincheck.Number{}, badNumber(s, whyNone(trimmed))
	}
	if len(matches) > 1 {
		return domaincheck.Number{}, badNumber(s, "holds more than one number")
	}
	m := matches[0]
	if !isLabel(trimmed[:m.Start]) || !isPadding(trimmed[m.End:]) {
		return domaincheck.Number{}, badNumber(s, "holds other text beside the number")
	}
	return m.Number, nil
}

func badNumber(s, why string) error {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return domaincheck.Errorf(domaincheck.CodeBadInput, "", "record number %q %s", s, why).
		WithHint("write it as 京ICP备05032038号-1, 京ICP备2021000123号, 京ICP证030173号-1 or 浙B2-20080224-1")
}

// whyNone tells why no number was found in s.
func whyNone(s string) string {
	if len(FindLicences(s)) > 0 {
		return "is a licence without the mark of a province, not a record number"
	}
	if len(FindPolice(s)) > 0 {
		return "is a public-security number, not a record number"
	}
	digits, letters := 0, false
	for i := 0; i < len(s); {
		r, j := next(s, i)
		if j <= i {
			break
		}
		if isDigit(r) {
			digits++
		}
		letters = letters || r == '备' || r == '证'
		i = j
	}
	switch {
	case letters && digits != 8 && digits != 10 && digits > 0:
		return "has neither 8 nor 10 digits behind ICP备"
	case letters && digits > 0:
		return "has no mark of a province before ICP备, or digits that are never issued"
	}
	return "is not a record number"
}

// isLabel tells whether s is nothing, or a label that ends with a colon.
func isLabel(s string) bool {
	s = strings.TrimSpace(s)
	if isPadding(s) {
		return true
	}
	r, i := prev(s, len(s))
	if r == ':' {
		s = s[:i]
	}
	return strings.HasSuffix(s, "备案号") || strings.HasSuffix(s, "许可证号") || strings.HasSuffix(s, "备案") || strings.HasSuffix(s, "备案编号")
}

// isPadding tells whether s is only blanks, brackets and stops.
func isPadding(s string) bool {
	for i := 0; i < len(s); {
		r, j := next(s, i)
		if j <= i {
			return true // only invisible characters left
		}
		switch r {
		case blank, line, open, shut, '.', ',', '/', ';', '；', '|', '"', '\'':
		default:
			return false
		}
		i = j
	}
	return true
}

// SameSubject tells whether two numbers belong to one subject: equal but for
// index and suffix. Two marks of one province (川 and 蜀) are the same.
func SameSubject(a, b domaincheck.Number) bool {
	return a.Subject != "" && subjectKey(a.Subject) == subjectKey(b.Subject)
}

// Same tells whether two numbers are the same number, index and suffix included.
func Same(a, b domaincheck.Number) bool {
	if !SameSubject(a, b) || a.Suffix != b.Suffix || (a.Index == nil) != (b.Index == nil) {
		return false
	}
	return a.Index == nil || *a.Index == *b.Index
}

// subjectKey replaces the mark of a subject number by its province's first.
func subjectKey(subject string) string {
	for i, r := range subject {
		if i > 0 {
			break
		}
		if p, ok := provinceByMark(r); ok {
			return p.Mark + subject[len(string(r)):]
		}
	}
	return subject
}

// SiteNumber is the number of a subject's site: subject and index, such as
// 京ICP备05032038号-1. An index below 1 gives the subject's own number.
func SiteNumber(subject string, index int) string {
	if index < 1 {
		return subject
	}
	return subject + "-" + strconv.Itoa(index)
}
