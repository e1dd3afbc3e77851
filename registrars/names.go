package registrars

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName bounds a name in bytes: what a registry prints is far shorter, and a
// longer one matches nothing.
const maxName = 1024

// key is the form under which names are compared: folded, with legal forms in
// one spelling, without blanks, commas, dots and brackets.
func key(s string) string { return squash(fold(s)) }

// fold brings a name to lower case and compatibility forms (full-width letters
// and digits become narrow), every bracket to ( or ), every dash to -, every
// apostrophe to ', and runs of blanks to one; invisible characters go.
func fold(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range norm.NFKC.String(s) {
		switch r {
		case '[', '{', '【', '〔', '「', '〈', '《':
			r = '('
		case ']', '}', '】', '〕', '」', '〉', '》':
			r = ')'
		case '‐', '‑', '‒', '–', '—', '―':
			r = '-'
		case '‘', '’', 'ʼ', '`', '´':
			r = '\''
		case '、':
			r = ','
		case '。':
			r = '.'
		}
		if unicode.IsSpace(r) {
			blank = true
			continue
		}
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = false
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// squash drops what spellings differ in from a folded name. Legal forms that
// are two spellings of one word are made one; different legal forms (Inc and
// LLC, 有限公司 and 股份有限公司) stay different.
func squash(folded string) string {
	words := strings.FieldsFunc(folded, func(r rune) bool { return strings.ContainsRune(" ,.()\"", r) })
	for i := len(words) - 1; i >= 0; i-- {
		short := legalForm(words[i])
		if short == "" {
			break
		}
		words[i] = short
	}
	return strings.Join(words, "")
}

// legalForm is the short spelling of a word that may end a company's name;
// empty for other words.
func legalForm(word string) string {
	switch word {
	case "limited", "ltd":
		return "ltd"
	case "company", "co":
		return "co"
	case "corporation", "corp":
		return "corp"
	case "incorporated", "inc":
		return "inc"
	case "llc", "gmbh", "sas", "ag", "bv", "pte", "pty":
		return word
	}
	return ""
}

// candidate is a reading of a registrar's printed name.
type candidate struct {
	key string
	via string // whole, trading_name, current, former, bracket
}

// readings are the names that a printed name may stand for, best first: the
// whole; without a link or "Website:" tail; without a d/b/a tail; of X（原Y）
// X, then Y; without a brand in brackets behind the company's name.
func readings(name string) []candidate {
	if len(name) > maxName {
		return nil
	}
	var out []candidate
	add := func(s, via string) {
		if k := squash(s); k != "" {
			for _, c := range out {
				if c.key == k {
					return
				}
			}
			out = append(out, candidate{k, via})
		}
	}
	s := fold(name)
	add(s, "whole")
	s = cutLink(s)
	add(s, "whole")
	if x, y, ok := cutFormer(s); ok {
		add(x, "current")
		add(cutTrading(x), "current")
		add(y, "former")
		return out
	}
	x := cutTrading(s)
	add(x, "trading_name")
	if rest, brand, ok := cutBracket(x); ok && !placeWords(brand) {
		add(rest, "bracket")
	}
	return out
}

// cutLink cuts a "Website: …" tail and a URL at the end of a folded name, with
// the bracket around it.
func cutLink(s string) string {
	for _, mark := range []string{"website:", "web site:", "http://", "https://", " url:"} {
		if i := strings.Index(s, mark); i > 0 {
			s = s[:i]
		}
	}
	s = strings.TrimRight(s, " ,;:-([")
	if rest, inside, ok := cutBracket(s); ok && (strings.HasPrefix(inside, "www.") || isHost(inside)) {
		s = rest
	}
	return s
}

// isHost tells a bare domain name such as net.cn from other words.
func isHost(s string) bool {
	dot := strings.LastIndexByte(s, '.')
	if dot <= 0 || dot == len(s)-1 {
		return false
	}
	for _, r := range s {
		if r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '-') {
			return false
		}
	}
	return true
}

// cutTrading cuts the tail that begins with "doing business as".
func cutTrading(s string) string {
	for _, mark := range []string{" d/b/a ", " dba ", " d.b.a. ", " doing business as ", " trading as ", " t/a "} {
		if i := strings.Index(s, mark); i > 0 {
			s = s[:i]
		}
	}
	return s
}

// cutFormer reads X（原Y）: the company X, formerly Y.
func cutFormer(s string) (x, y string, ok bool) {
	rest, inside, ok := cutBracket(s)
	if !ok {
		return "", "", false
	}
	for _, mark := range []string{"原名称", "原名", "曾用名", "原", "formerly known as ", "formerly ", "f/k/a ", "fka "} {
		if y, found := strings.CutPrefix(inside, mark); found {
			return rest, strings.TrimLeft(y, ": "), true
		}
	}
	return "", "", false
}

// cutBracket splits a folded name that ends in a bracket: "x (y)" → x, y.
// Nothing is cut when the bracket stands within the name, as in
// "Alibaba Cloud Computing (Beijing) Co., Ltd.", or holds all of it.
func cutBracket(s string) (rest, inside string, ok bool) {
	if !strings.HasSuffix(s, ")") {
		return "", "", false
	}
	depth := 0
	for i := len(s) - 1; i > 0; i-- {
		switch s[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1 : len(s)-1]), true
			}
		}
	}
	return "", "", false
}

// placeWords tells whether what stands in brackets names a place or a part of
// a group: then it is no brand but tells one company from another, and
// 某某有限公司（香港） is not 某某有限公司.
func placeWords(s string) bool {
	for _, w := range []string{
		"香港", "澳门", "澳門", "台湾", "台灣", "新加坡", "美国", "英国", "日本", "韩国", "国际", "國際", "海外", "环球", "亚太", "分公司", "子公司", "控股", "集团",
		"北京", "上海", "天津", "重庆", "广东", "广州", "深圳", "杭州", "浙江", "江苏", "南京", "成都", "四川", "厦门", "福建", "省", "市",
		"hong kong", "hongkong", "hk", "singapore", "sg", "macau", "taiwan", "usa", "us", "uk", "international", "intl", "overseas", "global",
		"asia", "europe", "beijing", "shanghai", "shenzhen", "guangzhou", "hangzhou", "china", "branch", "subsidiary", "holding", "group", "cayman", "samoa", "bvi",
	} {
		if w[0] < 0x80 {
			for _, f := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
				if f == w || (len(w) > 3 && strings.Contains(s, w)) {
					return true
				}
			}
		} else if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
