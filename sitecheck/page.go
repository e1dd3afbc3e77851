package sitecheck

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/providers"
)

// ParseOptions tell the parser what is known of a page beside its bytes.
type ParseOptions struct {
	// URL is where the page was found; relative links are resolved against it.
	URL string
	// ContentType is the header of that name; its charset precedes the page's own.
	ContentType string
	// Charset, when set, is what the user says of the page's encoding: it
	// precedes what header and page declare, but not what the bytes prove.
	Charset string
	// Limit is how many bytes are read; DefaultMaxBytes when it is zero or less.
	Limit int64
	// Status, Header and Redirects (URLs gone through, the last not included)
	// are those of the answer, for signs that stand there.
	Status    int
	Header    http.Header
	Redirects []string
	// Signs knows block, parked and default pages; nil knows none.
	Signs *providers.Signs

	within bool // the page stands in an attribute of another
}

// outline is what the parser saw that is of use to the client only.
type outline struct {
	frames  []string // frames and visible iframes, resolved, in order, at most maxTargets
	refresh string   // target of a meta refresh within refreshWithin seconds, resolved
	script  string   // target of a script that does nothing but go elsewhere, resolved
	view    pageView

	scripted bool // there is a script, of whatever kind
	pictured bool // there is a picture or a form
}

// pageView is what the signs are asked with, beside title, text and header.
type pageView struct {
	Runes    int      // visible characters of the whole page, blanks aside
	OwnLinks int      // links within the site
	URLs     []string // where scripts, frames, a refresh and a script's redirect lead
}

// maxTargets bounds each list of URLs taken from a page.
const maxTargets = 16

// Parse reads a page once, from its first token to its last, and reports what
// a visitor sees of it. It builds no tree; what it holds is bounded whatever
// comes: a window of the text, the open elements, short lists.
//
// The page is never nil. If r fails, Error says how, truncated is set, since
// what is missing then is unknown, and the outcome is ok only if something was
// read. At is left to the caller. Parse is safe for concurrent use.
func Parse(r io.Reader, opt ParseOptions) *domaincheck.HomePage {
	page, _, err := parsePage(r, opt)
	if err != nil {
		page.Error = domaincheck.AsError(err, domaincheck.CodeNetwork, opt.URL)
		if page.Bytes == 0 {
			page.Outcome = domaincheck.OutcomeFailed
		}
	}
	return page
}

// parsePage is [Parse] with the outline and the error of r.
func parsePage(r io.Reader, opt ParseOptions) (*domaincheck.HomePage, *outline, error) {
	if opt.Limit <= 0 {
		opt.Limit = DefaultMaxBytes
	}
	in := &cutReader{r: r, left: opt.Limit}
	text := newCharsetReader(in, opt)
	window := windows.Get().(*[sniffWindow]byte)
	defer windows.Put(window)
	text.window = window[:]
	text.fill() // what waits for bytes holds no more memory than it needs
	room := rooms.Get().(*room)
	defer rooms.Put(room)
	p := &room.parser
	p.within = opt.within
	p.opt, p.page, p.out, p.stack, p.arena = opt, &domaincheck.HomePage{}, &outline{}, room.stack[:0], room.arena[:0]
	p.text.buf, p.text.marks, p.text.links, p.text.hrefs = room.text[:0], room.marks[:0], room.links[:0], room.hrefs[:0]
	p.styles.with(room.styles)
	defer func() { room.take(p) }()
	p.page.Outcome = domaincheck.OutcomeOK
	p.page.Requested, p.page.Final = domaincheck.Text(opt.URL), domaincheck.Text(opt.URL)
	p.base = opt.URL
	p.z = &room.scanner
	p.z.reset(text, p.inSVG)
	if all, err := text.whole(); err != nil {
		p.z.lend(all, err)
	}
	p.run()
	err := p.z.failed()
	if p.tooDeep { // what is read does not hang on the memory it is read into
		_, err = io.Copy(io.Discard, in)
	}
	if errors.Is(err, errTokenTooLarge) {
		p.page.Truncated, err = true, nil
	}
	p.page.Charset = domaincheck.Text(text.name())
	p.page.Bytes = in.read
	p.page.Truncated = p.page.Truncated || in.cut || err != nil || p.tooDeep
	p.finish()
	p.readInline()
	page, out := p.page, p.out
	return page, out, err
}

// room is memory that one pass after the other uses.
type room struct {
	text  []byte
	marks []linkMark
	links []pageLink
	hrefs []byte
	stack []element
	arena []byte

	styles  styleMemory
	scanner scanner
	parser  pageParser // of no page between passes
}

// rooms and the windows that pages begin in are kept between passes.
var (
	rooms   = sync.Pool{New: func() any { return new(room) }}
	windows = sync.Pool{New: func() any { return new([sniffWindow]byte) }}
)

// take takes the memory of a pass back, unless a hostile page made it large.
func (r *room) take(p *pageParser) {
	if cap(p.text.buf) <= 4*windowSize && cap(p.text.hrefs) <= 4*windowSize && cap(p.arena) <= 4*windowSize {
		r.text, r.marks, r.links, r.hrefs = p.text.buf, p.text.marks, p.text.links, p.text.hrefs
		r.stack, r.arena = p.stack, p.arena
	}
	r.styles = p.styles.memory()
	r.scanner.reset(nil, nil)
	*p = pageParser{}
}

// maxToken bounds one token: a tag, a run of text, a script.
const maxToken = 4 << 20

// cutReader reads at most left bytes and tells whether more were there.
type cutReader struct {
	r    io.Reader
	left int64
	read int64
	cut  bool
}

// Read implements io.Reader.
func (c *cutReader) Read(b []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		for range 100 { // a reader may give nothing and no error
			n, err := c.r.Read(one[:])
			if n > 0 {
				c.cut = true
				return 0, io.EOF
			}
			if err != nil {
				return 0, err
			}
		}
		return 0, io.ErrNoProgress
	}
	if int64(len(b)) > c.left {
		b = b[:c.left]
	}
	n, err := c.r.Read(b)
	c.left -= int64(n)
	c.read += int64(n)
	return n, err
}

// pageParser is the state of one pass.
type pageParser struct {
	opt     ParseOptions
	z       *scanner
	page    *domaincheck.HomePage
	out     *outline
	base    string // what relative links are resolved against
	based   bool   // a <base href> was seen; the first counts
	tooDeep bool   // the page is given up: too many elements within each other, or rules

	stack    []element
	open     [256]uint16 // how many open elements there are, by slot of their tag
	arena    []byte      // classes and ids of the open elements
	styles   styleSheet
	classes  classMemo
	compared int // rules held against elements
	text     textWindow
	skip     string // the raw-text element whose text comes next: script, style, title …

	captures []capture
	numbers  []seenNumber
	police   []domaincheck.PoliceNumber
	tooltips []string
	labels   labelSet
	shell    shellSigns
	inline   []string // pages within the page
	within   bool     // it is one itself

	view   string // beginning of the visible text
	viewed bool   // view stands
	links  int    // links of the site itself, at most maxOwnLinks
	own    string // the site's host without www., once ownKnown
	images int
	forms  int

	ownKnown bool
}

// finish turns what was gathered into the page.
func (p *pageParser) finish() {
	p.scanText(true)
	page := p.page
	chosen := chooseNumbers(p.numbers)
	for _, n := range chosen {
		page.RecordNumbers = append(page.RecordNumbers, n)
	}
	for _, tip := range p.tooltips {
		if !p.shows(tip) {
			page.Tooltips = appendNew(page.Tooltips, tip, maxTargets)
		}
	}
	page.PoliceNumbers = p.police
	if again := p.opt.Header.Get("Refresh"); again != "" && p.out.refresh == "" {
		p.refresh([]byte(again))
	}
	page.Signals = p.labels.signals(string(page.Title), page.H1)
	page.Challenge = domaincheck.Text(p.challenge())
	page.ScriptShell = page.Challenge == "" && p.isShell()
	p.out.pictured = p.images > 0 || p.forms > 0
	p.out.script = ""
	if p.text.runes <= 40 && p.shell.target != "" {
		p.out.script = p.resolve(p.shell.target)
	}
	p.judgeSigns()
}

// shows tells whether number is among the visible ones.
func (p *pageParser) shows(number string) bool {
	for i := range p.numbers {
		if p.numbers[i].Number.Number == number {
			return true
		}
	}
	return false
}

// judgeSigns asks the signs of block, parked and default pages.
func (p *pageParser) judgeSigns() {
	v := &p.out.view
	v.Runes, v.OwnLinks = p.text.runes, p.links
	v.URLs = append(append(v.URLs, p.out.frames...), p.shell.sources...)
	for _, next := range [...]string{p.out.refresh, p.out.script} {
		v.URLs = appendNew(v.URLs, next, 3*maxTargets)
	}
	empty := p.isEmpty()
	if p.opt.Signs == nil {
		if empty && p.page.Challenge == "" {
			p.page.Parked = &domaincheck.Parked{Kind: "empty", Sign: "no text, picture, frame or script"}
		}
		return
	}
	view := providers.View{
		Host: resolveLink("", p.opt.URL).host, Status: p.opt.Status, Title: string(p.page.Title), Text: p.view, OwnLinks: v.OwnLinks,
		Header: p.opt.Header.Get, Final: p.opt.URL, Redirects: p.opt.Redirects, Frames: p.out.frames, Scripts: p.shell.sources,
		Challenge: p.page.Challenge != "", Empty: empty,
	}
	if len(p.opt.Redirects) > 0 {
		view.Host = resolveLink("", p.opt.Redirects[0]).host
	}
	for _, next := range [...]string{p.out.refresh, p.out.script} {
		if next != "" {
			view.Frames = append(view.Frames[:len(view.Frames):len(view.Frames)], next)
		}
	}
	p.page.Block, p.page.Parked = p.opt.Signs.Page(view)
}

// isEmpty tells whether nothing is shown and nothing could draw it.
func (p *pageParser) isEmpty() bool {
	return p.text.runes == 0 && p.images == 0 && p.forms == 0 && !p.page.Truncated && len(p.out.frames) == 0 &&
		p.out.refresh == "" && p.shell.scripts == 0 && p.page.Title == "" && len(p.tooltips) == 0
}

// appendNew appends s if it is new, not empty, and there is room.
func appendNew[S ~[]string](list S, s string, most int) S {
	if s == "" || len(list) >= most {
		return list
	}
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// shorten makes text from the page fit to be reported: valid, on one line, at
// most n characters.
func shorten(s string, n int) string {
	if len(s) <= n && isPrintable(s) {
		return strings.Clone(s)
	}
	var buf [640]byte
	out, count, gap := buf[:0], 0, false
	for i := 0; i < len(s) && count < n; {
		if !gap && isHanAt(s, i) {
			out = append(out, s[i], s[i+1], s[i+2])
			i += 3
			count++
			continue
		}
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				for i+size < len(s) && brokenAt(s, i+size) {
					size++ // one mark for all that is broken here
				}
			}
		}
		i += size
		if r <= ' ' && unicode.IsSpace(r) || r >= utf8.RuneSelf && unicode.IsSpace(r) {
			gap = count > 0
			continue
		}
		if gap {
			gap = false
			if count++; count == n {
				break
			}
			out = append(out, ' ')
		}
		out = utf8.AppendRune(out, r)
		count++
	}
	return string(out)
}

// isHanAt tells whether s[i:i+3] is a character of those that most Chinese text
// is made of, U+4000 to U+9FFF.
func isHanAt(s string, i int) bool {
	return i >= 0 && i+2 < len(s) && s[i] >= 0xE4 && s[i] <= 0xE9 && (s[i+1]^0x80)|(s[i+2]^0x80) < 0x40
}

// brokenAt tells whether the byte at s[i] begins no character.
func brokenAt(s string, i int) bool {
	r, size := utf8.DecodeRuneInString(s[i:])
	return r == utf8.RuneError && size == 1
}

// addPolice keeps a number once, with the better of its links.
func (p *pageParser) addPolice(m icp.Police, link string, state domaincheck.LinkState) {
	for i := range p.police {
		if p.police[i].Code == m.Code {
			if better(state, p.police[i].LinkState) {
				p.police[i].Link, p.police[i].LinkState = domaincheck.Text(link), state
			}
			return
		}
	}
	if len(p.police) < maxNumbers {
		p.police = append(p.police, domaincheck.PoliceNumber{Number: m.Number, Code: m.Code, Link: domaincheck.Text(link), LinkState: state})
	}
}
