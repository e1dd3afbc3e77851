package sitecheck

import "golang.org/x/net/html/atom"

// This file ends elements: what an end tag ends, and what a start tag does.

// onEnd takes an end tag, as the tree construction of the HTML Standard does:
// a formatting element ends alone, any other ends what is open within it, and
// none ends what lies beyond its scope.
func (p *pageParser) onEnd(tag atom.Atom, kinds tagKinds) {
	if p.skip != "" {
		p.skip = ""
	}
	if kinds&deafTag != 0 {
		return
	}
	if kinds&blockTag != 0 || tag == atom.Br {
		p.text.breakLine()
	}
	if tag == atom.A {
		p.endLink()
	}
	if p.shell.element > 0 && tag >= unknownTag {
		p.ownElementEnds()
	}
	if n := len(p.stack) - 1; n >= 0 && p.stack[n].tag == tag && p.stack[n].marks&closed == 0 {
		p.popTop() // as mostly
		return
	}
	if p.open[slot(tag)] == 0 {
		return
	}
	formatting, special := kinds&formattingTag != 0, kinds&(blockTag|cellTag) != 0 || tag == atom.Select
	for i := len(p.stack) - 1; i >= 0; i-- {
		e := &p.stack[i]
		if e.tag == tag && e.marks&closed == 0 {
			if formatting && i < len(p.stack)-1 {
				p.closeAlone(i)
				return
			}
			p.pop(i)
			return
		}
		if e.kinds&boundaryTag != 0 && kinds&tablePartTag == 0 || !special && !formatting && (e.kinds&blockTag != 0 && e.tag != atom.Option && e.tag != atom.Optgroup || e.tag == atom.Select) {
			return
		}
	}
}

// endLink ends the open link.
func (p *pageParser) endLink() { p.text.link = 0 }

// closeAlone ends a formatting element while elements within it stay open: the
// browser moves those out of it, but what it hid by then stays hidden.
func (p *pageParser) closeAlone(i int) {
	p.stack[i].marks |= closed
	for j := i + 1; j < len(p.stack); j++ {
		p.stack[j].captures = min(p.stack[j].captures, p.stack[i].captures)
	}
	p.endCaptures(int(p.stack[i].captures))
}

// popTop closes the innermost element.
func (p *pageParser) popTop() {
	n := len(p.stack) - 1
	e := &p.stack[n]
	if e.marks&scoped != 0 || len(p.captures) > int(e.captures) {
		p.leave(e)
	} else {
		p.open[slot(e.tag)]--
	}
	p.arena, p.stack = p.arena[:e.class], p.stack[:n]
}

// leave undoes what an element that closes had over its inside.
func (p *pageParser) leave(e *element) {
	p.open[slot(e.tag)]--
	if e.marks&scoped != 0 {
		p.text.link = e.link
	}
	if len(p.captures) > int(e.captures) {
		p.endCaptures(int(e.captures))
	}
}

// pop closes elements down to and including stack[i].
func (p *pageParser) pop(i int) {
	for n := len(p.stack) - 1; n >= i; n-- {
		p.leave(&p.stack[n])
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
		if e.kinds&formattingTag != 0 && e.tag != atom.A && e.marks&(closed|hidden) == hidden && parent.marks&hidden == 0 {
			return e.tag
		}
	}
	return 0
}

// reopen opens a hidden formatting element again.
func (p *pageParser) reopen(tag atom.Atom) {
	at := int32(len(p.arena))
	e := element{tag: tag, kinds: kindsOf(tag), link: p.text.link, captures: int32(len(p.captures)), class: at, id: at, end: at}
	e.marks = p.inherited(tag, e.kinds) | hidden
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

// impliedEnds closes what a start tag closes: a list item before the next, a
// link before the next.
func (p *pageParser) impliedEnds(tag atom.Atom) {
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
		p.closeToTable()
	case atom.Tr:
		p.closeOpen(atom.Tr, atom.Table)
		p.closeOpen(atom.Td, atom.Table)
		p.closeOpen(atom.Th, atom.Table)
		p.closeToTable()
	case atom.A:
		if p.open[slot(atom.A)] == 0 {
			return
		}
		for i := len(p.stack) - 1; i >= 0 && p.stack[i].kinds&boundaryTag == 0; i-- {
			if p.stack[i].tag == atom.A && p.stack[i].marks&closed == 0 {
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
		if e.tag == tag && e.marks&closed == 0 {
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

// closeToTable closes what stands in a table but in no cell of it, when a row
// or a cell begins: a division around rows holds none of them.
func (p *pageParser) closeToTable() {
	const most = 64 // elements that are looked at, for hostile pages
	n := len(p.stack)
	for n > 0 && p.stack[n-1].kinds&tableFrameTag == 0 {
		if p.stack[n-1].kinds&boundaryTag != 0 || len(p.stack)-n == most {
			return
		}
		n--
	}
	if n == 0 || n == len(p.stack) {
		return
	}
	for i := len(p.stack) - 1; i >= n; i-- {
		p.leave(&p.stack[i])
	}
	p.arena, p.stack = p.arena[:p.stack[n].class], p.stack[:n]
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
