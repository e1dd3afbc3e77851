package sitecheck

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// charsetReader gives a page in UTF-8. What it is written in is settled from
// the first window that holds a byte beyond ASCII, in this order: a
// byte-order mark; what the user says; the header; the page's own <meta>; the bytes.
// A declaration that the bytes belie is not followed: many a page is GBK and
// says utf-8, or the other way round, and many say nothing.
type charsetReader struct {
	src      io.Reader
	declared string // by user, header, then meta; a label
	found    string // canonical name, once settled
	started  bool
	window   []byte // memory for buf, sniffWindow bytes
	buf      []byte // bytes that wait
	plain    int    // how many of them, from the first, are known to be ASCII
	err      error  // of src, behind buf
	rest     remainder
	out      io.Reader
}

// sniffWindow is how many bytes are looked at at a time.
const sniffWindow = 32 << 10

func newCharsetReader(src io.Reader, opt ParseOptions) *charsetReader {
	c := &charsetReader{src: src, declared: opt.Charset}
	if canonical(c.declared) == "" {
		c.declared = headerCharset(opt.ContentType)
	}
	return c
}

// name is the charset as it is reported.
func (c *charsetReader) name() string {
	if c.found == "" {
		if e := canonical(c.declared); e != "" && !strings.HasPrefix(e, "utf-16") {
			return e
		}
		return "utf-8"
	}
	return c.found
}

// Read implements io.Reader.
func (c *charsetReader) Read(b []byte) (int, error) {
	for c.out == nil {
		if c.started && c.plain > 0 {
			n := copy(b, c.buf[:c.plain])
			c.buf, c.plain = c.buf[n:], c.plain-n
			return n, nil
		}
		if len(c.buf) == 0 && c.err != nil {
			return 0, c.err
		}
		c.fill()
		switch {
		case !c.started:
			c.start()
		case len(c.buf) > 0 && c.buf[0] >= utf8.RuneSelf:
			c.settle(c.decide(c.buf))
		}
		if c.out == nil {
			c.plain = asciiPrefix(c.buf)
		}
	}
	return c.out.Read(b)
}

// whole gives all of a page in UTF-8 that ended within the first window, and
// why it ended; a nil error: it is to be read.
func (c *charsetReader) whole() ([]byte, error) {
	if c.err == nil || c.started {
		return nil, nil
	}
	c.start()
	all := c.buf
	if c.out != nil {
		if c.found != "utf-8" {
			return nil, nil
		}
		return c.rest.buf, c.err
	}
	c.plain = asciiPrefix(all)
	if c.plain < len(all) {
		if name := c.decide(all[c.plain:]); name != "utf-8" {
			return nil, nil
		}
		c.found = "utf-8"
	}
	return all, c.err
}

// fill tops the window up.
func (c *charsetReader) fill() {
	if c.err != nil || len(c.buf) >= sniffWindow {
		return
	}
	window := c.window
	n := copy(window, c.buf)
	for n < len(window) && c.err == nil {
		var k int
		k, c.err = c.src.Read(window[n:])
		n += k
	}
	c.buf = window[:n]
}

// start looks at the first window for a byte-order mark, UTF-16 and <meta>.
func (c *charsetReader) start() {
	c.started = true
	b := c.buf
	switch {
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		c.buf = b[3:]
		c.settle("utf-8")
	case bytes.HasPrefix(b, []byte("\xFE\xFF")):
		c.settle("utf-16be")
	case bytes.HasPrefix(b, []byte("\xFF\xFE")):
		c.settle("utf-16le")
	default:
		if wide := sniffUTF16(b); wide != "" {
			c.settle(wide)
			return
		}
		if canonical(c.declared) == "" || strings.HasPrefix(canonical(c.declared), "utf-16") {
			c.declared = metaCharset(b)
		}
	}
}

// settle fixes the charset and decodes from here on.
func (c *charsetReader) settle(name string) {
	c.found = name
	c.rest = remainder{c.buf, c.err, c.src}
	c.buf = nil
	switch e := decoder(name); {
	case e == nil:
		c.out = &c.rest
	default:
		c.out = transform.NewReader(&c.rest, e.NewDecoder())
	}
}

// remainder reads the bytes that wait, then their error, or what src still has.
type remainder struct {
	buf []byte
	err error
	src io.Reader
}

// Read implements io.Reader.
func (r *remainder) Read(b []byte) (int, error) {
	if len(r.buf) > 0 {
		n := copy(b, r.buf)
		r.buf = r.buf[n:]
		return n, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	return r.src.Read(b)
}

// decoder finds the encoding of a canonical name; nil for UTF-8.
func decoder(name string) encoding.Encoding {
	switch name {
	case "utf-8":
		return nil
	case "gb18030":
		return simplifiedchinese.GB18030
	case "big5":
		return traditionalchinese.Big5
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return e
}

// canonical is the reported name of a charset label, "" if there is no such:
// the WHATWG name in lower case, with gb18030 for gb2312 and gbk, which it
// contains.
func canonical(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\r\n'\";"))
	switch label {
	case "":
		return ""
	case "utf-8", "gb18030", "big5": // as they are named mostly
		return label
	case "gb-2312", "gb_2312", "gbk2312", "gb2312-80", "cp936", "gb18030-2000", "gb-18030", "ansi":
		return "gb18030"
	case "utf8", "utf-8;", "uft-8", "utf_8", "urf-8":
		return "utf-8"
	}
	e, err := htmlindex.Get(label)
	if err != nil {
		if _, name := charset.Lookup(label); name != "" && name != "replacement" {
			return name
		}
		return ""
	}
	name, err := htmlindex.Name(e)
	switch {
	case err != nil, name == "replacement":
		return ""
	case name == "gbk":
		return "gb18030"
	}
	return name
}

// KnownCharset tells whether a label names an encoding that pages are read in:
// those of the Encoding Standard and common misspellings of them.
func KnownCharset(label string) bool { return canonical(label) != "" }

// headerCharset reads the charset parameter of a Content-Type.
func headerCharset(contentType string) string {
	i := indexFold(contentType, "charset=")
	if i < 0 {
		return ""
	}
	v := contentType[i+len("charset="):]
	if end := strings.IndexAny(v, ";, "); end >= 0 {
		v = v[:end]
	}
	return strings.Trim(v, `"' `)
}

// metaCharset looks for the first charset that a <meta> or an XML declaration
// names.
func metaCharset(b []byte) string {
	for i := 0; ; {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			break
		}
		i += j + 1
		rest := b[i:]
		if bytes.HasPrefix(rest, []byte("!--")) {
			end := bytes.Index(rest, []byte("-->"))
			if end < 0 {
				break
			}
			i += end
			continue
		}
		isMeta := len(rest) > 5 && bytes.EqualFold(rest[:4], []byte("meta")) && !isNameByte(rest[4])
		isXML := bytes.HasPrefix(rest, []byte("?xml "))
		if !isMeta && !isXML {
			continue
		}
		end := bytes.IndexByte(rest, '>')
		if end < 0 {
			end = min(len(rest), 1024)
		}
		tag := string(rest[:end])
		key := "charset"
		if isXML {
			key = "encoding"
		}
		k := indexFold(tag, key)
		if k < 0 {
			continue
		}
		v := strings.TrimLeft(tag[k+len(key):], " \t\r\n")
		if !strings.HasPrefix(v, "=") {
			continue
		}
		v = strings.TrimLeft(v[1:], " \t\r\n\"'")
		if e := strings.IndexAny(v, " \t\r\n\"';/>?"); e >= 0 {
			v = v[:e]
		}
		if canonical(v) != "" {
			return v
		}
	}
	return ""
}

// sniffUTF16 knows UTF-16 without a mark by the zero bytes of its markup.
func sniffUTF16(b []byte) string {
	n := min(len(b), 512) &^ 1
	if n < 16 {
		return ""
	}
	even, odd := 0, 0
	for i := 0; i < n; i += 2 {
		if b[i] == 0 {
			even++
		}
		if b[i+1] == 0 {
			odd++
		}
	}
	switch {
	case odd*10 >= n/2*7 && even*10 < n/2:
		return "utf-16le"
	case even*10 >= n/2*7 && odd*10 < n/2:
		return "utf-16be"
	}
	return ""
}

// decide weighs the declaration against a window that holds bytes beyond ASCII.
func (c *charsetReader) decide(b []byte) string {
	declared := canonical(c.declared)
	switch declared { // as most pages are
	case "utf-8":
		if validUTF8(b, plenty) {
			return "utf-8"
		}
	case "":
		if validUTF8(b, len(b)) {
			return "utf-8"
		}
	}
	u := weighUTF8(b)
	switch {
	case declared == "utf-8" || declared == "":
		if u.good() {
			return "utf-8"
		}
	case u.bad == 0 && u.wide > 0 && (u.wide >= 2 || isSingleByte(declared)):
		return "utf-8" // other encodings are hardly ever valid UTF-8 by chance
	case strings.HasPrefix(declared, "utf-16"):
		declared = ""
	}
	gb, big := weighDouble(b, false), weighDouble(b, true)
	switch {
	case declared == "gb18030" && gb.bad*20 <= gb.pairs && gb.score()*2 >= big.score():
		return declared
	case declared == "big5" && big.bad*20 <= big.pairs && big.score()*2 >= gb.score():
		return declared
	case declared != "" && declared != "utf-8" && declared != "gb18030" && declared != "big5" && !isSingleByte(declared):
		return declared // Japanese, Korean …: their bytes prove nothing
	}
	gbFits := gb.pairs > 0 && gb.bad*20 <= gb.pairs && gb.common*10 >= gb.pairs*6
	bigFits := big.pairs > 0 && big.bad*20 <= big.pairs && big.common*10 >= big.pairs*7
	switch {
	case gbFits && (!bigFits || gb.score() >= big.score()):
		return "gb18030"
	case bigFits:
		return "big5"
	case gb.bad*50 <= gb.pairs && gb.top >= 3 && gb.top*25 >= gb.pairs && gb.score() > big.score():
		return "gb18030" // traditional characters, which level 1 has few of
	case !isSingleByte(declared) && u.wide == 0 && gb.bad == 0 && gb.common*2 >= gb.pairs:
		return "gb18030"
	case declared != "":
		return declared
	case u.wide > u.bad:
		return "utf-8"
	case gb.pairs > gb.bad:
		return "gb18030"
	}
	return "windows-1252"
}

// plenty is how many characters of three bytes, valid one and all, bear out a
// page that says it is UTF-8: nothing else comes by as many. What is broken
// behind them, a browser shows as broken too.
const plenty = 600

// validUTF8 is utf8.Valid, quicker for pages of markup and Chinese characters:
// it steps over eight bytes of ASCII at a time, and over two characters of
// three bytes. It stops at enough of those.
func validUTF8(b []byte, enough int) bool {
	const high = 0x8080808080808080
	i, wide := 0, 0
	for i+32 <= len(b) && wide < enough {
		c := b[i : i+32]
		w := binary.LittleEndian.Uint64(c)
		if (w|binary.LittleEndian.Uint64(c[8:16])|binary.LittleEndian.Uint64(c[16:24])|binary.LittleEndian.Uint64(c[24:32]))&high == 0 {
			i += 32
			continue
		}
		for w&high == 0 {
			i += 8
			w = binary.LittleEndian.Uint64(b[i : i+8])
		}
		i += bits.TrailingZeros64(w&high) >> 3
		// Of the first bytes of three only E0 and ED do not admit any two behind
		// them.
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i : i+8])
			lead := w & 0x0F00000F
			if w&0xC0C0F0C0C0F0 != 0x8080E08080E0 || (lead+0x0F00000F)&((lead^0x0D00000D)+0x0F00000F)&0x10000010 != 0x10000010 {
				break
			}
			i += 6
			wide += 2
		}
		n := runeLength(b[i:])
		if n == 0 {
			return false
		}
		i += n
		if n == 3 {
			wide++
		}
	}
	return wide >= enough || utf8.Valid(b[i:])
}

// runeLength is the length of the character that b begins with, 0 if it is
// broken.
func runeLength(b []byte) int {
	if len(b) > 2 && b[0] < utf8.RuneSelf {
		return 1
	}
	if len(b) > 2 && b[0] > 0xE0 && b[0] < 0xF0 && b[0] != 0xED && (b[1]^0x80)|(b[2]^0x80) < 0x40 {
		return 3
	}
	if r, n := utf8.DecodeRune(b); r != utf8.RuneError || n > 1 {
		return n
	}
	return 0
}

// isSingleByte tells of encodings in which no Chinese page can be written; a
// page that declares one and shows Chinese is mistaken.
func isSingleByte(name string) bool {
	return strings.HasPrefix(name, "windows-") || strings.HasPrefix(name, "iso-8859") || name == "macintosh" || name == "x-user-defined"
}

// utf8Weight counts valid sequences beyond ASCII: all, those of three bytes and
// more, and bytes that are in none.
type utf8Weight struct{ all, wide, bad int }

// good tells whether the bytes are UTF-8 but for a few.
func (w utf8Weight) good() bool { return w.bad == 0 || w.wide > 0 && w.bad*20 <= w.wide }

func weighUTF8(b []byte) (w utf8Weight) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			if len(b)-i < utf8.UTFMax && !utf8.FullRune(b[i:]) {
				return w // cut by the end of the window
			}
			w.bad++
		default:
			w.all++
			if n >= 3 {
				w.wide++
			}
		}
		i += n
	}
	return w
}

// doubleWeight counts pairs of bytes: all, those of common characters, very
// common ones, and bytes that are in no pair.
type doubleWeight struct{ pairs, common, top, bad int }

// score compares two readings of the same bytes.
func (w doubleWeight) score() int { return w.common + 4*w.top - 4*w.bad }

// weighDouble reads b as GB18030, or as Big5. Common are the characters of GB
// 2312 level 1 (lead bytes B0-D7) and of Big5 level 1 (A4-C6), punctuation
// aside; very common the particles that no Chinese page lacks.
func weighDouble(b []byte, big5 bool) (w doubleWeight) {
	for i := 0; i < len(b); {
		c := b[i]
		if c < 0x80 {
			i++
			continue
		}
		if i+1 >= len(b) {
			break
		}
		d := b[i+1]
		valid := c >= 0x81 && c <= 0xFE && (d >= 0x40 && d <= 0x7E || d >= 0x80 && d <= 0xFE)
		if big5 {
			valid = c >= 0xA1 && c <= 0xF9 && (d >= 0x40 && d <= 0x7E || d >= 0xA1 && d <= 0xFE)
		}
		if !big5 && d >= '0' && d <= '9' && i+3 < len(b) && b[i+2] >= 0x81 && b[i+3] >= '0' && b[i+3] <= '9' {
			i += 4
			w.pairs++
			continue
		}
		if !valid {
			w.bad++
			i++
			continue
		}
		w.pairs++
		switch {
		case big5:
			if c >= 0xA4 && c <= 0xC6 || c >= 0xA1 && c <= 0xA3 {
				w.common++
			}
			switch uint16(c)<<8 | uint16(d) { // 的 有 在 人 我 一 是 不 司 公 備 號 網
			case 0xAABA, 0xA6B3, 0xA662, 0xA448, 0xA7DA, 0xA440, 0xAC4F, 0xA4A3, 0xA571, 0xA4BD, 0xB3C6, 0xB8B9, 0xBAF4:
				w.top++
			}
		default:
			if c >= 0xB0 && c <= 0xD7 && d >= 0xA1 || c >= 0xA1 && c <= 0xA3 && d >= 0xA1 {
				w.common++
			}
			switch uint16(c)<<8 | uint16(d) { // 的 有 在 人 我 一 是 不 司 公 备 号 网 備 號 網
			case 0xB5C4, 0xD3D0, 0xD4DA, 0xC8CB, 0xCED2, 0xD2BB, 0xCAC7, 0xB2BB, 0xCBBE, 0xB9AB, 0xB1B8, 0xBAC5, 0xCDF8, 0x82E4, 0xCC96, 0xBE57:
				w.top++
			}
		}
		i += 2
	}
	return w
}

// asciiPrefix counts the ASCII bytes that b begins with.
func asciiPrefix(b []byte) int {
	i := 0
	for len(b)-i >= 8 && binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 == 0 {
		i += 8
	}
	for i < len(b) && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}
