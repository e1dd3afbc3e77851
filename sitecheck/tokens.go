package sitecheck

import (
	"bytes"

	"golang.org/x/net/html/atom"
)

// element is one open element. Its classes and id are arena[class:id] and
// arena[id:end].
type element struct {
	tag            atom.Atom
	kinds          tagKinds
	class, id, end int32
	look           style // display and gone are final; visibility and font go to the children
	hidden         bool  // neither it nor anything in it is seen
	unseen         bool  // visibility: hidden, unless a child says otherwise
	tiny           bool  // font-size: 0, likewise
	link           int   // the link that was open before this element
	scoped         bool  // closing it restores link
	captures       int   // captures that were open before this element
	closed         bool  // a formatting element that ended before those within it
}

// slot is where the open elements of a tag are counted, with few others.
func slot(tag atom.Atom) uint8 { return uint8(tag>>8) ^ uint8(tag>>16) ^ uint8(tag) }

// maxDepth bounds the open elements. Browsers flatten a tree beyond 512.
const maxDepth = 2048

// capture gathers the text of a heading or a logo.
type capture struct {
	heading bool
	buf     []byte
}

// maxCapture bounds the text of a heading.
const maxCapture = 1 << 10

// run reads tokens until the end.
func (p *pageParser) run() {
	for !p.tooDeep {
		switch p.z.next() {
		case tokenEnd:
			return
		case tokenText:
			p.onText()
		case tokenStart:
			p.onStart(false)
		case tokenSelfClosing:
			p.onStart(true)
		case tokenEndTag:
			p.onEnd(p.z.known.tag, p.z.known.kinds)
		}
	}
}

// onText takes text: that of a raw-text element to where it belongs, else what
// is seen to the window.
func (p *pageParser) onText() {
	if p.skip != "" {
		kind := p.skip
		p.skip = ""
		switch kind {
		case "style":
			p.styles.add(p.z.token())
		case "script":
			p.shell.inline(p.z.token())
		case "title":
			if p.page.Title == "" {
				p.setTitle(p.z.text())
			}
		case "xmp", "plaintext":
			if !p.isHidden() {
				p.show(p.z.token())
			}
		}
		return
	}
	if p.isHidden() {
		return
	}
	p.show(p.z.text())
}

// show takes text that a visitor sees.
func (p *pageParser) show(b []byte) {
	for len(b) > 0 {
		n := min(len(b), windowSize)
		p.text.add(b[:n])
		p.labels.add(b[:n])
		for i := range p.captures {
			if c := &p.captures[i]; len(c.buf) < maxCapture {
				c.buf = append(c.buf, b[:min(n, maxCapture-len(c.buf))]...)
			}
		}
		b = b[n:]
		if len(p.text.buf) > windowSize {
			p.scanText(false)
		}
	}
}

// maxView is how much of the visible text signs are matched against.
const maxView = 8 << 10

// isHidden tells whether text at this place is not seen.
func (p *pageParser) isHidden() bool {
	n := len(p.stack)
	if n > 0 && p.stack[n-1].kinds&tableFrameTag != 0 {
		n = p.tableAt()
	}
	if n <= 0 {
		return false
	}
	e := &p.stack[n-1]
	return e.hidden || e.unseen || e.tiny || e.tag == atom.Details && !e.look.opened()
}

// tableAt is the place of the innermost open table on the stack, or -1. What
// stands in a table but in no cell is shown before the table.
func (p *pageParser) tableAt() int {
	if p.open[slot(atom.Table)] == 0 {
		return -1
	}
	for i := len(p.stack) - 1; i >= 0; i-- {
		if p.stack[i].tag == atom.Table {
			return i
		}
	}
	return -1
}

// onStart takes a start tag.
func (p *pageParser) onStart(selfClosing bool) {
	var a tagAttrs
	tag, kinds := p.z.known.tag, p.z.known.kinds
	a.read(p.z)
	if len(a.id) > 0 {
		p.shell.tag(tag, &a)
	}
	switch {
	case kinds&textTag != 0:
		if tag == atom.Title && p.inSVG() {
			p.skip = "svg title"
		} else {
			p.skip = tag.String()
		}
		p.rawElement(tag, &a)
		return
	case kinds&wrapperTag != 0, kinds&needsTableTag != 0 && p.tableAt() < 0:
		return // browsers drop parts of tables outside of one
	}
	p.impliedEnds(tag, kinds)
	if a.title != nil && !p.isHidden() {
		p.tooltip(a.title)
	}
	if kinds&blockTag != 0 || tag == atom.Br {
		p.text.breakLine()
	}
	if kinds&voidTag != 0 {
		p.voidElement(tag, &a)
		return
	}
	p.push(tag, kinds, &a)
	if selfClosing && p.foreign(tag) {
		p.pop(len(p.stack) - 1)
	}
}

// rawElement takes the start of an element whose content is not markup.
func (p *pageParser) rawElement(tag atom.Atom, a *tagAttrs) {
	switch tag {
	case atom.Iframe:
		p.text.breakLine()
		if !p.isHidden() && !p.styleOf(tag, a, false).hides() && !a.hidden {
			p.frame(a.src)
		}
	case atom.Script:
		p.out.scripted = true
		if kind := bytes.ToLower(a.kind); len(kind) > 0 && !bytes.Contains(kind, []byte("javascript")) && !bytes.Contains(kind, []byte("ecmascript")) && string(kind) != "module" {
			p.skip = "data" // JSON, a template: not run
			return
		}
		p.shell.source(p, a)
	case atom.Style:
		if !forScreens(a.media) {
			p.skip = "data"
		}
	}
}

// frame notes the target of a frame.
func (p *pageParser) frame(src []byte) {
	if len(src) == 0 || leadsNowhere(string(src)) {
		return
	}
	p.out.frames = appendNew(p.out.frames, p.resolve(string(src)), maxTargets)
}

// voidElement takes an element without content.
func (p *pageParser) voidElement(tag atom.Atom, a *tagAttrs) {
	switch tag {
	case atom.Base:
		if a.href != nil && !p.based {
			if u := p.resolve(string(a.href)); u != "" {
				p.base, p.based = u, true
			}
		}
	case atom.Meta:
		p.meta(a)
	case atom.Frame:
		p.frame(a.src)
	case atom.Img, atom.Area:
		if p.isHidden() || a.hidden || p.styleOf(tag, a, false).hides() {
			return
		}
		p.images++
		p.tooltip(a.alt)
		if isLogo(a) {
			p.addSiteName(string(a.alt))
			p.addSiteName(string(a.title))
		}
		for i := range p.captures {
			if c := &p.captures[i]; len(c.buf) == 0 && len(a.alt) < maxCapture {
				c.buf = append(append(c.buf, a.alt...), ' ')
			}
		}
	case atom.Input:
		kind := string(bytes.ToLower(a.kind))
		if kind == "hidden" || p.isHidden() || a.hidden || p.styleOf(tag, a, false).hides() {
			return
		}
		p.forms++
		if kind == "button" || kind == "submit" || kind == "reset" {
			p.show(a.value)
		} else {
			p.tooltip(a.value)
		}
	}
}

// meta reads names of the site and refreshes.
func (p *pageParser) meta(a *tagAttrs) {
	if bytes.EqualFold(a.equiv, []byte("refresh")) && p.out.refresh == "" {
		if to := refreshTarget(a.content); to != "" {
			p.out.refresh = p.resolve(to)
		}
		return
	}
	key := a.property
	if key == nil {
		key = a.name
	}
	switch string(bytes.ToLower(key)) {
	case "og:site_name", "application-name", "apple-mobile-web-app-title":
		p.addSiteName(string(a.content))
	}
}

// push opens an element.
func (p *pageParser) push(tag atom.Atom, kinds tagKinds, a *tagAttrs) {
	if len(p.stack) >= maxDepth {
		p.tooDeep = true
		return
	}
	class := int32(len(p.arena))
	if len(a.class) <= 4<<10 {
		p.arena = append(p.arena, a.class...)
	}
	id := int32(len(p.arena))
	if len(a.id) <= 4<<10 {
		p.arena = append(p.arena, a.id...)
	}
	hidden, unseen, tiny := p.inherited(tag, kinds)
	p.stack = append(p.stack, element{
		tag: tag, kinds: kinds, class: class, id: id, end: int32(len(p.arena)), link: p.text.link, captures: len(p.captures),
		scoped: kinds&cellTag != 0 || tag == atom.Table, hidden: hidden, unseen: unseen, tiny: tiny,
	})
	p.open[slot(tag)]++
	top := &p.stack[len(p.stack)-1]
	p.judgeElement(top, a)
	switch {
	case tag == atom.A:
		p.text.link = 0
		if a.href != nil || a.click != nil {
			p.text.link = p.text.newLink(a.href, a.click, false)
			if p.links < maxOwnLinks && p.staysWithin(a.href) {
				p.links++
			}
		}
	case a.click != nil && p.text.link == 0:
		if to := clickTarget(string(a.click)); to != "" {
			p.text.link, top.scoped = p.text.newLink([]byte(to), nil, true), true
		}
	}
	if tag == atom.H1 && !p.isHidden() && len(p.page.H1) < maxTargets {
		p.captures = append(p.captures, capture{heading: true})
	} else if isLogo(a) && !p.isHidden() && len(p.captures) < 4 {
		p.captures = append(p.captures, capture{})
	}
}

// maxOwnLinks is how many links within the site are counted: what asks for
// them wants to know whether there are few.
const maxOwnLinks = 200

// anchorTarget is where an <a> leads: its href, unless that opens nothing and
// a script that a click runs opens an address.
func anchorTarget(href, click string) (to string, script bool) {
	if !leadsNowhere(href) {
		return href, false
	}
	if hasScheme(cleanHref(href), "javascript") {
		if to := clickTarget(href); to != "" {
			return to, true
		}
	}
	if click != "" {
		if to := clickTarget(click); to != "" {
			return to, true
		}
	}
	return href, false
}

// inherited is what hides the parent, and so an element that is being opened.
func (p *pageParser) inherited(tag atom.Atom, kinds tagKinds) (hidden, unseen, tiny bool) {
	n := len(p.stack)
	if n > 0 && p.stack[n-1].kinds&tableFrameTag != 0 && kinds&needsTableTag == 0 && tag != atom.Form && tag != atom.Template {
		n = p.tableAt()
	}
	if n <= 0 {
		return false, false, false
	}
	parent := &p.stack[n-1]
	hidden = parent.hidden || parent.tag == atom.Details && !parent.look.opened() && tag != atom.Summary
	if tag == atom.Desc || tag >= unknownTag && (tag == tagOf([]byte("defs")) || tag == tagOf([]byte("symbol"))) {
		hidden = hidden || p.inSVG()
	}
	return hidden, parent.unseen, parent.tiny
}

// judgeElement decides whether the element that was pushed last is seen.
func (p *pageParser) judgeElement(e *element, a *tagAttrs) {
	if a.open && e.tag == atom.Details {
		e.look = openDetails()
	}
	if e.kinds&unseenTag != 0 {
		e.hidden = true
		return
	}
	s := p.styleOf(e.tag, a, e.unseen || e.tiny || a.hidden || a.popover || e.tag == atom.Dialog)
	if s == (style{}) && !a.hidden && !a.popover && e.tag != atom.Dialog {
		return
	}
	if s.display == 0 && (a.hidden || a.popover || e.tag == atom.Dialog && !a.open) {
		s.display = 1
	}
	e.hidden = e.hidden || s.hides()
	if s.visibility != 0 {
		e.unseen = s.visibility == 1
	}
	if s.font != 0 {
		e.tiny = s.font == 1
	}
}

// hides tells whether a style hides the element and all within it.
func (s style) hides() bool { return s.display == 1 || s.gone == 1 }

// openDetails marks <details open>; opened reads the mark.
func openDetails() style     { return style{display: 2} }
func (s style) opened() bool { return s.display == 2 }

// styleOf is what rules and the style attribute say of a tag that is being
// opened. Unless something else might hide it, rules that only show are of no
// effect and left out.
func (p *pageParser) styleOf(tag atom.Atom, a *tagAttrs, mayHide bool) style {
	var s style
	if p.styles.count > 0 && p.styles.concerns(tag, a, mayHide || len(a.style) > 0) {
		s = p.ruled(tag, a)
	}
	if len(a.style) > 0 {
		s = s.over(parseStyle(a.style))
	}
	return s
}

// onEnd takes an end tag, as the tree construction of the HTML Standard does:
// a formatting element ends alone, any other ends what is open within it, and
// none ends what lies beyond its scope.
func (p *pageParser) onEnd(tag atom.Atom, kinds tagKinds) {
	p.skip = ""
	switch tag {
	case 0, atom.Html, atom.Body, atom.Head, atom.Script, atom.Style, atom.Title, atom.Iframe, atom.Noscript, atom.Textarea:
		return
	case atom.Br:
		p.text.breakLine()
		return
	case atom.P:
		p.text.breakLine()
	}
	if kinds&blockTag != 0 {
		p.text.breakLine()
	}
	if tag == atom.A {
		p.endLink()
	}
	if p.open[slot(tag)] == 0 {
		return
	}
	formatting, special := kinds&formattingTag != 0, kinds&(blockTag|cellTag) != 0
	for i := len(p.stack) - 1; i >= 0; i-- {
		e := &p.stack[i]
		if e.tag == tag && !e.closed {
			if formatting && i < len(p.stack)-1 {
				p.closeAlone(i)
				return
			}
			p.pop(i)
			return
		}
		if e.kinds&boundaryTag != 0 && kinds&tablePartTag == 0 || !special && !formatting && e.kinds&blockTag != 0 {
			return
		}
	}
}

// endLink ends the open link.
func (p *pageParser) endLink() { p.text.link = 0 }

// closeAlone ends a formatting element while elements within it stay open: the
// browser moves those out of it, but what it hid by then stays hidden.
func (p *pageParser) closeAlone(i int) {
	p.stack[i].closed = true
	for j := i + 1; j < len(p.stack); j++ {
		if p.stack[j].captures > p.stack[i].captures {
			p.stack[j].captures = p.stack[i].captures
		}
	}
	p.endCaptures(p.stack[i].captures)
}

// pop closes elements down to and including stack[i].
func (p *pageParser) pop(i int) {
	for n := len(p.stack) - 1; n >= i; n-- {
		e := &p.stack[n]
		p.open[slot(e.tag)]--
		if e.scoped {
			p.text.link = e.link
		}
		p.endCaptures(e.captures)
	}
	again := p.unclosed(i)
	p.arena = p.arena[:p.stack[i].class]
	p.stack = p.stack[:i]
	if again != 0 {
		p.reopen(again)
	}
}

// unclosed finds a formatting element above stack[i] that hides itself and was
// not ended: browsers open it again behind the element that ends now. Cells
// and buttons keep theirs to themselves.
func (p *pageParser) unclosed(i int) atom.Atom {
	if p.stack[i].kinds&boundaryTag != 0 {
		return 0
	}
	for n := i + 1; n < len(p.stack); n++ {
		e, parent := &p.stack[n], &p.stack[n-1]
		if e.kinds&boundaryTag != 0 {
			return 0
		}
		if e.kinds&formattingTag != 0 && e.tag != atom.A && !e.closed && e.hidden && !parent.hidden {
			return e.tag
		}
	}
	return 0
}

// reopen opens a hidden formatting element again.
func (p *pageParser) reopen(tag atom.Atom) {
	at := int32(len(p.arena))
	e := element{tag: tag, kinds: kindsOf(tag), link: p.text.link, captures: len(p.captures), class: at, id: at, end: at}
	_, e.unseen, e.tiny = p.inherited(tag, e.kinds)
	e.hidden = true
	p.stack = append(p.stack, e)
	p.open[slot(tag)]++
}

// endCaptures ends the captures beyond the first n.
func (p *pageParser) endCaptures(n int) {
	for len(p.captures) > n {
		last := p.captures[len(p.captures)-1]
		p.captures = p.captures[:len(p.captures)-1]
		if last.heading {
			p.page.H1 = appendNew(p.page.H1, shorten(string(last.buf), 200), maxTargets)
		} else {
			p.addSiteName(string(last.buf))
		}
	}
}

// impliedEnds closes what a start tag closes: a paragraph before a block, a
// list item before the next, a link before the next.
func (p *pageParser) impliedEnds(tag atom.Atom, kinds tagKinds) {
	if kinds&blockTag != 0 {
		p.closeOpen(atom.P, 0)
	}
	switch tag {
	case atom.Li:
		p.closeItem(atom.Li)
	case atom.Dt, atom.Dd:
		p.closeItem(atom.Dt)
		p.closeItem(atom.Dd)
	case atom.Option:
		p.closeOpen(atom.Option, atom.Select)
	case atom.Td, atom.Th:
		p.closeOpen(atom.Td, atom.Table, atom.Tr)
		p.closeOpen(atom.Th, atom.Table, atom.Tr)
	case atom.Tr:
		p.closeOpen(atom.Tr, atom.Table)
	case atom.A:
		for i := len(p.stack) - 1; i >= 0 && p.stack[i].kinds&boundaryTag == 0; i-- {
			if p.stack[i].tag == atom.A && !p.stack[i].closed {
				p.onEnd(atom.A, formattingTag)
				break
			}
		}
	case atom.Button:
		p.closeOpen(atom.Button, 0)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		if n := len(p.stack); n > 0 && p.stack[n-1].kinds&headingTag != 0 {
			p.pop(n - 1)
		}
	}
}

// closeOpen closes an open element of a kind, unless one of the limits, a table
// or a button lies between.
func (p *pageParser) closeOpen(tag atom.Atom, limits ...atom.Atom) {
	if p.open[slot(tag)] == 0 {
		return
	}
	for i := len(p.stack) - 1; i >= 0; i-- {
		e := &p.stack[i]
		if e.tag == tag && !e.closed {
			p.pop(i)
			return
		}
		for _, limit := range limits {
			if e.tag == limit {
				return
			}
		}
		if e.kinds&boundaryTag != 0 && !isCell(tag) && tag != atom.Tr {
			return
		}
	}
}

// closeItem closes an open item of a list, unless a block other than a div, a
// paragraph or an address lies between.
func (p *pageParser) closeItem(tag atom.Atom) {
	if p.open[slot(tag)] == 0 {
		return
	}
	for i := len(p.stack) - 1; i >= 0; i-- {
		switch e := &p.stack[i]; {
		case e.tag == tag:
			p.pop(i)
			return
		case e.tag == atom.Div, e.tag == atom.P, e.tag == atom.Address:
		case e.kinds&(blockTag|boundaryTag) != 0:
			return
		}
	}
}
