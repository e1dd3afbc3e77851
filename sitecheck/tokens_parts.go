package sitecheck

import (
	"bytes"
	"strings"

	"golang.org/x/net/html/atom"

	"domaincheck/icp"
)

// This file reads parts of a page that stand apart from its tree: shadow roots
// in the markup, pages within an attribute, elements of the site's own making.

// shadowOpens tells whether the <template> that is being opened is the shadow
// root of its parent (HTML Standard, §13.2.6.4.4): that is shown, and of the
// parent's own content only what a slot takes up. A second one is a template
// like others.
func (p *pageParser) shadowOpens() bool {
	n := len(p.stack)
	if n == 0 || p.stack[n-1].marks&host != 0 {
		return false
	}
	if mode := p.z.rare("shadowrootmode"); !bytes.EqualFold(mode, []byte("open")) && !bytes.EqualFold(mode, []byte("closed")) {
		return false
	}
	p.stack[n-1].marks |= host | unslotted
	return true
}

// slotOpens shows the content of the host of the innermost shadow root.
func (p *pageParser) slotOpens() {
	if i := p.shadowAt(); i > 0 {
		p.stack[i-1].marks &^= unslotted
	}
}

// shadowAt is the place of the innermost open shadow root on the stack, or -1.
func (p *pageParser) shadowAt() int {
	if p.open[slot(atom.Template)] == 0 {
		return -1
	}
	for i := len(p.stack) - 1; i >= 0; i-- {
		if e := &p.stack[i]; e.tag == atom.Template && e.kinds&unseenTag == 0 {
			return i
		}
	}
	return -1
}

// inShadow tells whether a shadow root is open. Its style sheets are its own,
// and are not read.
func (p *pageParser) inShadow() bool { return p.shadowAt() >= 0 }

// maxInline bounds a page within an attribute.
const maxInline = 64 << 10

// inlineFrame keeps the page that an <iframe> holds in its srcdoc.
func (p *pageParser) inlineFrame() {
	if doc := p.z.rare("srcdoc"); len(doc) > 0 && len(doc) <= maxInline && len(p.inline) < maxFrames && !p.within {
		p.inline = append(p.inline, string(doc))
	}
}

// readInline adds to the page what the pages within it show.
func (p *pageParser) readInline() {
	for _, doc := range p.inline {
		opt := ParseOptions{URL: p.base, ContentType: "text/html; charset=utf-8", within: true}
		if frame, _, err := parsePage(strings.NewReader(doc), opt); err == nil {
			size, parked := p.page.Bytes, p.page.Parked
			join(p.page, frame)
			p.page.Bytes, p.page.Parked = size, parked
		}
	}
}

// covered notes text that is not seen as the page stands: a script may show it.
func (p *pageParser) covered(b []byte) {
	if len(p.stack) == 0 {
		return
	}
	if top := &p.stack[len(p.stack)-1]; top.kinds&unseenTag != 0 && top.tag != atom.Template {
		return
	}
	if t := tallyOf(b); t.has(inShown) {
		p.shell.covered += t.count(inShown)
	}
	if !p.shell.stored && p.open[slot(atom.Template)] > 0 && icp.MayHold(b) && mayHoldDigits(b) {
		p.shell.stored = true
	}
}

// ownElement looks at the start of an element of the site's own making, as
// <site-footer> is: which of them may draw the record number.
func (p *pageParser) ownElement() {
	name := p.z.part(p.z.name)
	if bytes.IndexByte(name, '-') < 0 {
		return
	}
	for _, word := range [...]string{"foot", "beian", "icp", "copyright"} {
		if indexFold(name, word) >= 0 {
			p.shell.element = 1 + p.text.runes
		}
	}
}

// ownElementEnds notes that such an element ended without any text in it.
func (p *pageParser) ownElementEnds() {
	if p.shell.element == 1+p.text.runes {
		p.shell.mounts = true
	}
	p.shell.element = 0
}
