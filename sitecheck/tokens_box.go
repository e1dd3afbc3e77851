package sitecheck

import (
	"bytes"
	"strconv"
)

// This file judges declarations that hide an element only together: where it
// is drawn, how large, in which colours.

// box gathers such declarations.
type box struct {
	absolute, overflow, far, flat, clipped bool

	pulled  bool // it is drawn far aside of where it would stand
	centred bool // where it stands is a share of what holds it: left:50%

	clear    bool // opacity 0
	cutOut   bool // the text shows the background
	animated bool // what hides is where an animation begins

	at, moved         edges // the edges it stands at, and those it is moved over by its own size
	edges             edges // those that are the screen's, as far as its position tells
	color, background shortText
}

// edges are sides of the screen.
type edges uint8

const (
	leftEdge edges = 1 << iota
	rightEdge
	topEdge
	bottomEdge

	allEdges = leftEdge | rightEdge | topEdge | bottomEdge
)

// shortText is a value that is kept.
type shortText struct {
	b [maxValue]byte
	n int
}

func (t *shortText) set(b []byte) { t.n = copy(t.b[:], b) }
func (t *shortText) get() []byte  { return t.b[:t.n] }

// maxValue bounds the value of a declaration that is looked at.
const maxValue = 64

// judge adds to s what the declarations say together.
func (x *box) judge(s *style) {
	if x.animated && x.clear {
		s.gone, x.clear = 2, false
	}
	if x.animated && s.visibility == 1 {
		s.visibility = 0
	}
	if x.clear || x.absolute && (x.far || x.clipped || x.at&x.moved&x.edges != 0) || x.pulled && !x.centred || x.overflow && x.flat {
		s.gone = 1
	}
	if x.color.n > 0 {
		s.paint = 2
		if !x.cutOut && sameColor(x.color.get(), x.background.get()) {
			s.paint = 1
		}
	}
}

// declare takes a declaration that hides only together with others.
func (x *box) declare(name, value []byte) {
	switch string(name) {
	case "position":
		x.absolute = string(value) == "absolute" || string(value) == "fixed" || string(value) == "relative"
		switch string(value) {
		case "fixed":
			x.edges = allEdges
		case "absolute": // above or below what holds it there is more of the page
			x.edges = leftEdge | rightEdge
		default:
			x.edges = 0
		}
	case "left", "top", "right", "bottom", "inset-inline-start":
		x.far = x.far || isFar(value)
		if isZero(value) {
			x.at |= edgeNamed(name)
		}
		x.centred = x.centred || isShare(value)
	case "margin-left", "margin-top":
		x.pulled = x.pulled || isFarBy(value, 2000) // columns are pulled beside others by their width
	case "overflow", "overflow-x", "overflow-y":
		x.overflow = string(value) == "hidden" || string(value) == "clip"
	case "width", "height", "max-width", "max-height":
		x.flat = x.flat || isZero(value) || string(value) == "1px"
	case "clip":
		x.clipped = bytes.HasPrefix(value, []byte("rect(0")) || bytes.HasPrefix(value, []byte("rect(1px"))
	case "transform":
		x.move(value)
	case "animation", "animation-name", "-webkit-animation":
		x.animated = string(value) != "none"
	case "color":
		if isClear(value) {
			x.color.set([]byte("-"))
			x.background.set([]byte("-"))
			return
		}
		x.color.set(value)
	case "background-clip", "-webkit-background-clip":
		x.cutOut = x.cutOut || bytes.Contains(value, []byte("text"))
	case "background", "background-color":
		if x.color.n != 1 || x.color.b[0] != '-' {
			x.background.set(value)
		}
	}
}

// isClear tells of a colour that is none: transparent, or with an alpha of 0
// (CSS Color Level 4).
func isClear(v []byte) bool {
	if string(v) == "transparent" {
		return true
	}
	if hex, ok := bytes.CutPrefix(v, []byte{'#'}); ok {
		return len(hex) == 4 && hex[3] == '0' || len(hex) == 8 && string(hex[6:]) == "00"
	}
	v, ok := bytes.CutSuffix(v, []byte{')'})
	if !ok || !bytes.HasPrefix(v, []byte("rgb")) && !bytes.HasPrefix(v, []byte("hsl")) {
		return false
	}
	at := bytes.LastIndexByte(v, '/')
	if at < 0 && bytes.Count(v, []byte{','}) == 3 {
		at = bytes.LastIndexByte(v, ',')
	}
	return at >= 0 && isZero(bytes.TrimSpace(v[at+1:]))
}

func edgeNamed(name []byte) edges {
	switch string(name) {
	case "left", "inset-inline-start":
		return leftEdge
	case "right":
		return rightEdge
	case "top":
		return topEdge
	}
	return bottomEdge
}

// move reads a transform that moves an element by its own size, or far.
func (x *box) move(value []byte) {
	what, rest, ok := bytes.Cut(value, []byte{'('})
	if !ok {
		return
	}
	first, rest, _ := bytes.Cut(rest, []byte{')'})
	if len(bytes.TrimSpace(rest)) > 0 {
		return // more than one: where that ends is not followed
	}
	across, down, _ := bytes.Cut(first, []byte{','})
	down, _, _ = bytes.Cut(down, []byte{','})
	switch string(what) {
	case "translatex":
		down = nil
	case "translatey":
		across, down = nil, across
	case "translate", "translate3d":
	default:
		return
	}
	for _, m := range [...]struct {
		by           []byte
		before, next edges
	}{{bytes.TrimSpace(across), leftEdge, rightEdge}, {bytes.TrimSpace(down), topEdge, bottomEdge}} {
		switch {
		case string(m.by) == "100%":
			x.moved |= m.next
		case !isFar(m.by):
		case bytes.HasSuffix(m.by, []byte{'%'}):
			x.moved |= m.before
		default:
			x.pulled = true
		}
	}
}

// isZero tells whether a length or number is nought: 0, 0px, .0em, 0%.
func isZero(v []byte) bool {
	digits := false
	for i, c := range v {
		switch {
		case c == '0':
			digits = true
		case c == '.' || c == '-' || c == '+':
		case '1' <= c && c <= '9':
			return false
		case 'a' <= c && c <= 'z' || c == '%':
			return digits && i > 0
		default:
			return false
		}
	}
	return digits
}

// isShare tells of a length that is a part of what holds the element: 50%.
func isShare(v []byte) bool {
	return len(v) > 1 && v[0] != '-' && v[len(v)-1] == '%' && !isZero(v)
}

// isFar tells whether a length moves things off the screen: -500px or more,
// -50em, -100%.
func isFar(v []byte) bool {
	return isFarBy(v, 500) || share(v) >= 100
}

// isFarBy tells whether a length is below nought by so many pixels, or by a
// tenth as many times the size of letters.
func isFarBy(v []byte, pixels int) bool {
	n, unit := lengthOf(v)
	switch unit {
	case "px", "pt", "":
		return n >= pixels
	case "em", "rem", "ex", "ch":
		return n >= pixels/10
	}
	return false
}

// share is the length below nought in hundredths of what holds it, or of the
// screen.
func share(v []byte) int {
	n, unit := lengthOf(v)
	if unit == "%" || unit == "vw" || unit == "vh" {
		return n
	}
	return 0
}

// lengthOf reads a length below nought: its whole units, and what they are.
func lengthOf(v []byte) (n int, unit string) {
	if len(v) < 3 || v[0] != '-' {
		return 0, ""
	}
	i := 1
	for ; i < len(v) && '0' <= v[i] && v[i] <= '9' && n < 1_000_000; i++ {
		n = n*10 + int(v[i]-'0')
	}
	for i < len(v) && (v[i] == '.' || '0' <= v[i] && v[i] <= '9') {
		i++
	}
	return n, string(v[i:])
}

// sameColor tells whether two values are one opaque colour, however they are
// written.
func sameColor(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, okX := colorOf(a)
	y, okY := colorOf(b)
	return okX && okY && x == y
}

// colorOf reads #rgb, #rrggbb, rgb(r,g,b) and the names of the colours that
// pages have behind text.
func colorOf(v []byte) (rgb [3]uint8, ok bool) {
	switch string(v) {
	case "white":
		return [3]uint8{255, 255, 255}, true
	case "black":
		return [3]uint8{}, true
	}
	if hex, is := bytes.CutPrefix(v, []byte{'#'}); is {
		if len(hex) != 3 && len(hex) != 6 {
			return rgb, false
		}
		wide := len(hex) / 3
		for i := range rgb {
			high, low := unhex(hex[i*wide]), unhex(hex[i*wide+wide-1])
			if high < 0 || low < 0 {
				return rgb, false
			}
			rgb[i] = uint8(high<<4 | low)
		}
		return rgb, true
	}
	list, is := bytes.CutPrefix(v, []byte("rgb("))
	if !is || len(list) == 0 || list[len(list)-1] != ')' {
		return rgb, false
	}
	rest := list[:len(list)-1]
	for i := range rgb {
		var part []byte
		var more bool
		if part, rest, more = bytes.Cut(rest, []byte{','}); more != (i < len(rgb)-1) {
			return rgb, false
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(part)), 10, 8)
		if err != nil {
			return rgb, false
		}
		rgb[i] = uint8(n)
	}
	return rgb, true
}
