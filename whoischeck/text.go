package whoischeck

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// repairText gives raw as valid UTF-8 with \n line ends and no byte order
// mark. RFC 3912 says nothing of character sets, and registries use their
// country's: JPRS ISO-2022-JP, KISA EUC-KR, Chinese registrars GB18030,
// TWNIC Big5, European ones Latin-1. Lines that are valid UTF-8 stay; the
// others are read in the set that the suffix suggests and the bytes fit.
func repairText(domain string, raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("\xEF\xBB\xBF")):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xFE\xFF")), bytes.HasPrefix(raw, []byte("\xFF\xFE")):
		if u, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(raw); err == nil {
			raw = u
		}
	}
	if bytes.Contains(raw, []byte("\x1b$")) || bytes.Contains(raw, []byte("\x1b(J")) {
		if u, err := japanese.ISO2022JP.NewDecoder().Bytes(raw); err == nil {
			raw = u
		}
	}
	if !utf8.Valid(raw) {
		raw = repairLines(domain, raw)
	}
	s := string(raw)
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	if strings.Contains(s, "\uFEFF") { // further marks stand where answers were glued together
		s = strings.ReplaceAll(s, "\uFEFF", "")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return s
}

// repairLines decodes the lines that are not UTF-8.
func repairLines(domain string, raw []byte) []byte {
	var bad bytes.Buffer
	lines := bytes.SplitAfter(raw, []byte("\n"))
	good := 0 // multi-byte runes in valid lines
	for i, l := range lines {
		if utf8.Valid(l) {
			good += len(l) - utf8.RuneCount(l)
			continue
		}
		if i == len(lines)-1 && utf8.Valid(trimCutRune(l)) {
			lines[i] = trimCutRune(l) // the answer was cut in the middle of a rune
			continue
		}
		bad.Write(l)
	}
	if bad.Len() == 0 {
		return bytes.Join(lines, nil)
	}
	enc := guessEncoding(domain, bad.Bytes())
	for i, l := range lines {
		if utf8.Valid(l) {
			continue
		}
		if u, err := enc.NewDecoder().Bytes(l); err == nil {
			lines[i] = u
		}
		lines[i] = bytes.ToValidUTF8(lines[i], []byte("\uFFFD"))
	}
	return bytes.Join(lines, nil)
}

// trimCutRune drops an unfinished multi-byte rune at the end of b.
func trimCutRune(b []byte) []byte {
	for n := 1; n <= 3 && n <= len(b); n++ {
		if c := b[len(b)-n]; c >= 0xC0 {
			return b[:len(b)-n]
		} else if c < 0x80 {
			break
		}
	}
	return b
}

// guessEncoding chooses among the sets that the suffix suggests, then GB18030
// where the bytes are Chinese, then Windows-1252 (a superset of Latin-1 in
// which nothing fails).
func guessEncoding(domain string, b []byte) encoding.Encoding {
	var tries []encoding.Encoding
	switch topLevel(domain) {
	case "cn", "xn--fiqs8s", "xn--fiqz9s", "sg", "xn--55qx5d", "xn--io0a7i":
		tries = []encoding.Encoding{simplifiedchinese.GB18030, traditionalchinese.Big5}
	case "tw", "hk", "mo", "xn--kprw13d", "xn--kpry57d", "xn--j6w193g":
		tries = []encoding.Encoding{traditionalchinese.Big5, simplifiedchinese.GB18030}
	case "kr", "xn--3e0b707e":
		tries = []encoding.Encoding{korean.EUCKR}
	case "jp":
		tries = []encoding.Encoding{japanese.EUCJP, japanese.ShiftJIS}
	case "ru", "su", "xn--p1ai", "by", "kz", "ua":
		tries = []encoding.Encoding{cyrillic(b)}
	case "pl", "cz", "sk", "hu", "si", "hr", "ro", "rs":
		tries = []encoding.Encoding{charmap.ISO8859_2}
	case "tr":
		tries = []encoding.Encoding{charmap.ISO8859_9}
	case "gr":
		tries = []encoding.Encoding{charmap.ISO8859_7}
	case "th":
		tries = []encoding.Encoding{charmap.Windows874}
	case "il":
		tries = []encoding.Encoding{charmap.ISO8859_8}
	}
	for _, e := range tries {
		if decodes(e, b) {
			return e
		}
	}
	if looksChinese(b) && decodes(simplifiedchinese.GB18030, b) {
		return simplifiedchinese.GB18030
	}
	return charmap.Windows1252
}

// decodes tells whether e reads b without a replacement rune.
func decodes(e encoding.Encoding, b []byte) bool {
	u, err := e.NewDecoder().Bytes(b)
	return err == nil && !bytes.ContainsRune(u, utf8.RuneError)
}

// looksChinese tells GB-coded Chinese (runs of an even number of high bytes)
// from Latin-1 (single accented letters among ASCII).
func looksChinese(b []byte) bool {
	even, odd := 0, 0
	for i := 0; i < len(b); {
		if b[i] < 0x80 {
			i++
			continue
		}
		j := i
		for j < len(b) && b[j] >= 0x80 {
			j++
		}
		if (j-i)%2 == 0 {
			even += j - i
		} else {
			odd += j - i
		}
		i = j
	}
	return even > 4*odd
}

// cyrillic chooses between KOI8-R and Windows-1251: in the first, lower-case
// letters are 0xC0-0xDF, in the second 0xE0-0xFF; lower case prevails in text.
func cyrillic(b []byte) encoding.Encoding {
	koi, win := 0, 0
	for _, c := range b {
		switch {
		case c >= 0xE0:
			win++
		case c >= 0xC0:
			koi++
		}
	}
	if koi > win {
		return charmap.KOI8R
	}
	return charmap.Windows1251
}

// topLevel is the last label of a domain, lower case.
func topLevel(domain string) string {
	domain = strings.TrimSuffix(domain, ".")
	return strings.ToLower(domain[strings.LastIndexByte(domain, '.')+1:])
}

// aLabel folds a name as printed in an answer to its lower-case A-label form,
// without trailing dot; the variant suffix .中國 counts as .中国, and .台湾 as
// .台灣, since their registries keep both as one name and answer for either.
func aLabel(name string) string {
	name = strings.Trim(strings.TrimSpace(name), ".\"'[]<>*,;")
	ascii := true
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		name = strings.ToLower(name)
	} else {
		a, err := idna.Lookup.ToASCII(name)
		if err != nil {
			if a, err = idna.ToASCII(strings.ToLower(name)); err != nil {
				return strings.ToLower(name)
			}
		}
		name = a
	}
	if s, ok := strings.CutSuffix(name, ".xn--fiqz9s"); ok {
		return s + ".xn--fiqs8s"
	}
	if s, ok := strings.CutSuffix(name, ".xn--kprw13d"); ok {
		return s + ".xn--kpry57d"
	}
	return name
}

// isHTML tells whether the answer is a web page instead of WHOIS text.
func isHTML(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) > 2048 {
		s = s[:2048]
	}
	s = strings.ToLower(s)
	if strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html") {
		return true
	}
	return strings.HasPrefix(s, "http/1.") ||
		strings.HasPrefix(s, "<") && (strings.Contains(s, "<head") || strings.Contains(s, "<body") || strings.Contains(s, "<html"))
}

// cut shortens a fact to n runes and takes its control and format characters
// (bidirectional overrides, zero-width marks) away.
func cut(s string, n int) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7F {
			clean = false
			break
		}
	}
	if clean && len(s) <= n {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if n == 0 {
			break
		}
		if r < 0x20 || r >= 0x7F && r < 0xA0 || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E ||
			r >= 0x2060 && r <= 0x2069 || r == 0xFEFF || r == utf8.RuneError {
			continue
		}
		b.WriteRune(r)
		n--
	}
	return strings.TrimSpace(b.String())
}
