package sitecheck

import (
	"bytes"
	"slices"

	"golang.org/x/net/html/atom"

	"domaincheck/icp"
)

// element is one open element. Its classes and id are arena[class:id] and
// arena[id:end].
type element struct {
	tag            atom.Atom
	kinds          tagKinds
	marks          elementMarks
	class, id, end int32
	captures       int32 // captures that were open before this element
	link           int   // the link that was open before this element
}

// elementMarks are what is to be remembered of an open element.
type elementMarks uint16

const (
	hidden    elementMarks = 1 << iota // neither it nor anything in it is seen
	unseen                             // visibility: hidden, unless a child says otherwise
	tiny                               // font-size: 0, likewise
	shut                               // <details> without open: only its summary is seen
	scoped                             // closing it restores link
	closed                             // a formatting element that ended before those within it
	host                               // has a shadow root
	unslotted                          // whose shadow root has no slot: its own content is not shown
	faint                              // its text has no colour, or that of what is behind it, unless a child has another

	notSeen = hidden | unseen | tiny | shut | unslotted | faint
	passed  = unseen | tiny | faint // on to children, which may undo it
)

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
		p.rawText()
		return
	}
	b := p.z.part(p.z.data)
	if p.isHidden() {
		p.covered(b)
		return
	}
	if len(b) == 1 && isHTMLSpace(b[0]) && b[0] != '\r' && len(p.captures) == 0 { // between tags
		p.text.space = true
		return
	}
	t := tallyOf(b)
	if t.has(inReference) || p.z.nul {
		b = p.z.text()
		t = tallyOf(b)
	}
	if len(b) > windowSize {
		p.show(b, t)
		return
	}
	p.showPart(b, t)
}

// rawText takes the text of a raw-text element.
func (p *pageParser) rawText() {
	kind := p.skip
	p.skip = ""
	switch kind {
	case "style":
		if p.inShadow() {
			return
		}
		css := p.z.token()
		p.styles.add(css)
		if icp.MayHold(css) && bytes.Contains(css, []byte("content:")) && mayHoldDigits(css) {
			p.shell.drawn = true // ::before{content:"京ICP备…"}: what it writes, and where, is not read
		}
		p.classes = classMemo{}
	case "script":
		p.shell.inline(p.z.token())
	case "state":
		p.shell.state = p.shell.state || holdsNumber(p.z.token())
	case "title":
		if p.page.Title == "" {
			p.setTitle(p.z.text())
		}
	case "xmp", "plaintext":
		if !p.isHidden() {
			p.show(p.z.token(), tallyOf(p.z.token()))
		}
	}
}

// show takes text that a visitor sees.
func (p *pageParser) show(b []byte, t tally) {
	for len(b) > 0 {
		n := min(len(b), windowSize)
		p.showPart(b[:n], t)
		b = b[n:]
	}
}

// showPart is show of no more than the window takes.
func (p *pageParser) showPart(b []byte, t tally) {
	p.text.add(b, t)
	p.labels.add(b, t)
	for i := range p.captures {
		if c := &p.captures[i]; len(c.buf) < maxCapture {
			c.buf = append(c.buf, b[:min(len(b), maxCapture-len(c.buf))]...)
		}
	}
	if len(p.text.buf) > windowSize {
		p.scanText(false)
	}
}

// maxView is how much of the visible text signs are matched against.
const maxView = 8 << 10

// isHidden tells whether text at this place is not seen.
func (p *pageParser) isHidden() bool {
	n := len(p.stack)
	if n == 0 {
		return false
	}
	top := &p.stack[n-1]
	if top.kinds&tableFrameTag != 0 {
		n = p.tableAt()
		return n > 0 && p.stack[n-1].marks&notSeen != 0
	}
	return top.marks&notSeen != 0
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
	tag, kinds, a := p.z.known.tag, p.z.known.kinds, tagAttrs{p.z}
	if a.has(attrID) {
		p.shell.tag(tag, a)
	}
	if kinds&(textTag|wrapperTag|needsTableTag) != 0 {
		switch {
		case kinds&textTag != 0:
			if tag == atom.Title && p.inSVG() {
				p.skip = "svg title"
			} else {
				p.skip = tag.String()
			}
			p.rawElement(tag, a)
			return
		case kinds&wrapperTag != 0, p.tableAt() < 0:
			return // browsers drop parts of tables outside of one
		}
	}
	if kinds&blockTag != 0 && p.open[slot(atom.P)] != 0 {
		p.closeOpen(atom.P, 0)
	}
	if kinds&closerTag != 0 {
		p.impliedEnds(tag)
	}
	if a.has(attrTitle) && !p.isHidden() {
		p.tooltip(a.get(attrTitle))
	}
	if kinds&blockTag != 0 || tag == atom.Br {
		p.text.breakLine()
	}
	if kinds&voidTag != 0 {
		p.voidElement(tag, a)
		return
	}
	if tag >= unknownTag {
		p.ownElement()
	}
	p.push(tag, kinds, a)
	if selfClosing && p.foreign(tag) {
		p.pop(len(p.stack) - 1)
	}
}

// rawElement takes the start of an element whose content is not markup.
func (p *pageParser) rawElement(tag atom.Atom, a tagAttrs) {
	switch tag {
	case atom.Iframe:
		p.text.breakLine()
		if !p.isHidden() && !p.styleOf(tag, a, p.marksOf(a.get(attrClass)), false).hides() && !a.has(attrHidden) {
			p.frame(a.get(attrSrc))
			p.inlineFrame()
		}
	case atom.Script:
		p.out.scripted = true
		if kind := bytes.ToLower(a.get(attrType)); len(kind) > 0 && !bytes.Contains(kind, []byte("javascript")) && !bytes.Contains(kind, []byte("ecmascript")) && string(kind) != "module" {
			p.skip = "data" // a template: not run
			if bytes.HasSuffix(kind, []byte("/json")) {
				p.skip = "state"
			}
			return
		}
		p.shell.source(p, a)
	case atom.Style:
		if !forScreens(a.get(attrMedia)) {
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
func (p *pageParser) voidElement(tag atom.Atom, a tagAttrs) {
	switch tag {
	case atom.Base:
		if a.has(attrHref) && !p.based {
			if u := p.resolve(string(a.get(attrHref))); u != "" {
				p.base, p.based = u, true
			}
		}
	case atom.Meta:
		p.meta(a)
	case atom.Frame:
		p.frame(a.get(attrSrc))
	case atom.Img, atom.Area:
		class := p.marksOf(a.get(attrClass))
		if p.isHidden() || a.has(attrHidden) || p.styleOf(tag, a, class, false).hides() {
			return
		}
		p.images++
		p.tooltip(a.get(attrAlt))
		if isLogo(a, class) {
			p.addSiteName(string(a.get(attrAlt)))
			p.addSiteName(string(a.get(attrTitle)))
		}
		for i := range p.captures {
			if c := &p.captures[i]; len(c.buf) == 0 && len(a.get(attrAlt)) < maxCapture {
				c.buf = append(append(c.buf, a.get(attrAlt)...), ' ')
			}
		}
	case atom.Input:
		kind := string(bytes.ToLower(a.get(attrType)))
		if kind == "hidden" || p.isHidden() || a.has(attrHidden) || p.styleOf(tag, a, p.marksOf(a.get(attrClass)), false).blanks() {
			return
		}
		p.forms++
		if kind == "button" || kind == "submit" || kind == "reset" {
			p.show(a.get(attrValue), tallyOf(a.get(attrValue)))
		} else {
			p.tooltip(a.get(attrValue))
		}
	}
}

// meta reads names of the site and refreshes.
func (p *pageParser) meta(a tagAttrs) {
	if bytes.EqualFold(a.get(attrEquiv), []byte("refresh")) && p.out.refresh == "" {
		p.refresh(a.get(attrContent))
		return
	}
	key := a.get(attrProperty)
	if key == nil {
		key = a.get(attrOwnName)
	}
	switch string(bytes.ToLower(key)) {
	case "og:site_name", "application-name", "apple-mobile-web-app-title":
		p.addSiteName(string(a.get(attrContent)))
	}
}

// push opens an element.
func (p *pageParser) push(tag atom.Atom, kinds tagKinds, a tagAttrs) {
	n := len(p.stack)
	if n >= maxDepth {
		p.tooDeep = true
		return
	}
	var marks elementMarks
	if n > 0 && (p.stack[n-1].marks != 0 || (p.stack[n-1].kinds&tableFrameTag|kinds&svgTag) != 0) {
		marks = p.inherited(tag, kinds)
	}
	if kinds&cellTag != 0 || tag == atom.Table {
		marks |= scoped
	}
	p.open[slot(tag)]++
	if tag == atom.Slot {
		p.slotOpens()
	} else if tag == atom.Template && p.shadowOpens() {
		kinds &^= unseenTag
	}
	if n == cap(p.stack) {
		p.stack = slices.Grow(p.stack, 1)
	}
	p.stack = p.stack[:n+1]
	e := &p.stack[n]
	at := int32(len(p.arena))
	e.tag, e.kinds, e.marks, e.captures, e.link = tag, kinds, marks, int32(len(p.captures)), p.text.link
	e.class, e.id, e.end = at, at, at
	if a.z.have != 0 {
		p.pushAttrs(e, a)
		return
	}
	if kinds&unseenTag != 0 || p.styles.tags[slot(tag)] || tag == atom.Details || tag == atom.Dialog {
		p.judgeElement(e, a, 0)
	}
	if tag == atom.A {
		p.text.link = 0
	} else if tag == atom.H1 {
		p.captureHeading()
	}
}

// pushAttrs opens an element that has attributes of use.
func (p *pageParser) pushAttrs(top *element, a tagAttrs) {
	var class classMarks
	if a.any(1<<attrClass | 1<<attrID) {
		classes := a.get(attrClass)
		if n := len(classes); n > 0 && n <= 4<<10 {
			p.arena = append(p.arena, classes...)
		}
		top.id = int32(len(p.arena))
		if id := a.get(attrID); len(id) > 0 && len(id) <= 4<<10 {
			p.arena = append(p.arena, id...)
		}
		top.end = int32(len(p.arena))
		class = p.marksOf(classes)
	}
	if a.any(1<<attrStyle|1<<attrHidden|1<<attrPopover|1<<attrID) || class&classHiding != 0 || top.marks&passed != 0 ||
		top.kinds&unseenTag != 0 || p.styles.hidingTags[slot(top.tag)] || top.tag == atom.Details || top.tag == atom.Dialog {
		p.judgeElement(top, a, class)
	}
	switch {
	case top.tag == atom.A:
		p.text.link = 0
		if a.any(1<<attrHref | 1<<attrClick) {
			href := a.get(attrHref)
			p.text.link = p.text.newLink(href, a.get(attrClick), false)
			if p.links < maxOwnLinks && p.staysWithin(href) {
				p.links++
			}
		}
	case a.has(attrClick) && p.text.link == 0:
		if to := clickTarget(string(a.get(attrClick))); to != "" {
			p.text.link = p.text.newLink([]byte(to), nil, true)
			top.marks |= scoped
		}
	}
	if top.tag == atom.H1 && p.captureHeading() {
		return
	}
	if (class&classLogo != 0 || a.any(1<<attrID|1<<attrSrc)) && isLogo(a, class) && !p.isHidden() && len(p.captures) < 4 {
		p.captures = append(p.captures, capture{})
	}
}

// captureHeading gathers the text of the heading that was opened last, if it is
// seen and one more is wanted.
func (p *pageParser) captureHeading() bool {
	if p.isHidden() || len(p.page.H1) >= maxTargets {
		return false
	}
	p.captures = append(p.captures, capture{heading: true})
	return true
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
func (p *pageParser) inherited(tag atom.Atom, kinds tagKinds) elementMarks {
	n := len(p.stack)
	if n > 0 && p.stack[n-1].kinds&tableFrameTag != 0 && kinds&needsTableTag == 0 && tag != atom.Form && tag != atom.Template {
		n = p.tableAt()
	}
	if n <= 0 {
		return 0
	}
	parent := p.stack[n-1].marks
	marks := parent & (hidden | passed)
	if tag == atom.A {
		marks &^= faint // links have a colour of their own
	}
	if parent&shut != 0 && tag != atom.Summary || parent&unslotted != 0 || kinds&svgTag != 0 && p.inSVG() {
		marks |= hidden
	}
	return marks
}

// judgeElement decides whether the element that was pushed last is seen.
func (p *pageParser) judgeElement(e *element, a tagAttrs, class classMarks) {
	if e.tag == atom.Details && !a.has(attrOpen) {
		e.marks |= shut
	}
	if e.kinds&unseenTag != 0 {
		e.marks |= hidden
		return
	}
	off := a.any(1<<attrHidden | 1<<attrPopover)
	mayHide := e.marks&passed != 0 || off || e.tag == atom.Dialog
	if !mayHide && !a.has(attrStyle) && (len(p.styles.rules) == 0 || !p.styles.concerns(e.tag, a, class, false)) {
		return // as most
	}
	s := p.styleOf(e.tag, a, class, mayHide)
	if s.display == 0 && (off || e.tag == atom.Dialog && !a.has(attrOpen)) {
		s.display = 1
	}
	if s == (style{}) {
		return
	}
	if s.hides() {
		e.marks |= hidden
	}
	if s.visibility != 0 {
		e.marks = e.marks.with(unseen, s.visibility == 1)
	}
	if s.font != 0 {
		e.marks = e.marks.with(tiny, s.font == 1)
	}
	if s.paint != 0 {
		e.marks = e.marks.with(faint, s.paint == 1)
	}
}

// with is the marks with one of them set or not.
func (m elementMarks) with(mark elementMarks, set bool) elementMarks {
	if set {
		return m | mark
	}
	return m &^ mark
}

// hides tells whether a style hides the element and all within it.
func (s style) hides() bool { return s.display == 1 || s.gone == 1 }

// blanks tells whether a style hides the element's own text.
func (s style) blanks() bool { return s.hides() || s.paint == 1 }

// styleOf is what rules and the style attribute say of a tag that is being
// opened. Unless something else might hide it, rules that only show are of no
// effect and left out.
func (p *pageParser) styleOf(tag atom.Atom, a tagAttrs, class classMarks, mayHide bool) style {
	var s style
	own := a.get(attrStyle)
	if len(p.styles.rules) > 0 && p.styles.concerns(tag, a, class, mayHide || len(own) > 0) {
		s = p.ruled(tag, a)
	}
	if len(own) > 0 {
		s = s.over(parseStyle(own))
	}
	return s
}
