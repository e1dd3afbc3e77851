package sitecheck

import "bytes"

// This file takes rules apart: lists of selectors, rules within rules (CSS
// Nesting), and classes whose elements a script shows.

// ruleSet keeps the rules of a prelude: a list of selectors with their block,
// and what is nested in it.
func (s *styleSheet) ruleSet(prelude, body []byte, depth int, shows bool) {
	own := body
	if bytes.IndexByte(body, '{') >= 0 {
		own = ownDeclarations(body)
	}
	st := parseStyle(own)
	if shows {
		st = st.shown()
	}
	if st.paint == 2 {
		st.paint = 0 // most rules give some colour
	}
	if st != (style{}) {
		for rest := prelude; len(rest) > 0; {
			var selector []byte
			selector, rest = cutSelector(rest)
			s.alternatives(selector, st, 0)
		}
	}
	if len(own) < len(body) && depth < 4 {
		s.nested(prelude, body, depth+1, shows)
	}
}

// ownDeclarations are those of a block that stand in no block within it.
func ownDeclarations(body []byte) []byte {
	own := make([]byte, 0, len(body))
	for {
		openAt := bytes.IndexByte(body, '{')
		if openAt < 0 {
			return append(own, body...)
		}
		own = append(own, body[:bytes.LastIndexByte(body[:openAt], ';')+1]...)
		_, body = cutBlock(body[openAt+1:])
	}
}

// maxPrelude bounds the selectors that nesting makes of a rule's and its
// parents', maxNested those of all such rules of a page.
const (
	maxPrelude = 2 << 10
	maxNested  = 512 << 10
)

// nested keeps the rules within a block: & is the parent, without it the rule
// is for what stands within the parent, and at-rules are for the parent itself.
func (s *styleSheet) nested(parent, body []byte, depth int, shows bool) {
	if len(parent) > maxPrelude {
		return
	}
	for len(s.rules) < maxRules && s.nestedBytes < maxNested {
		openAt := bytes.IndexByte(body, '{')
		if openAt < 0 {
			return
		}
		s.nestedBytes += len(parent)
		prelude := bytes.TrimSpace(body[bytes.LastIndexByte(body[:openAt], ';')+1 : openAt])
		inside, rest := cutBlock(body[openAt+1:])
		body = rest
		switch {
		case len(prelude) == 0:
		case prelude[0] != '@':
			if list := joinSelectors(parent, prelude); len(list) > 0 {
				s.nestedBytes += len(list)
				s.ruleSet(list, inside, depth, shows)
			}
		case alwaysApplies(prelude):
			s.ruleSet(parent, inside, depth, shows)
		case onWideScreens(prelude):
			s.ruleSet(parent, inside, depth, true)
		}
	}
}

// joinSelectors puts each selector of a list within each of its parents; nil if
// that is more than is read.
func joinSelectors(parents, list []byte) []byte {
	var out []byte
	for len(list) > 0 {
		var selector []byte
		selector, list = cutSelector(list)
		for rest := parents; len(rest) > 0; {
			var parent []byte
			parent, rest = cutSelector(rest)
			places := bytes.Count(selector, []byte{'&'})
			if len(out)+1+len(selector)+max(places, 1)*(len(parent)+1) > maxPrelude { // before it is made
				return nil
			}
			if len(out) > 0 {
				out = append(out, ',')
			}
			if places > 0 {
				out = append(out, bytes.ReplaceAll(selector, []byte{'&'}, parent)...)
			} else {
				out = append(append(append(out, parent...), ' '), selector...)
			}
		}
	}
	return out
}

// cutSelector cuts the first selector off a list: commas in brackets part none.
func cutSelector(list []byte) (selector, rest []byte) {
	depth := 0
	for i, c := range list {
		switch {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth <= 0:
			return bytes.TrimSpace(list[:i]), list[i+1:]
		}
	}
	return bytes.TrimSpace(list), nil
}

// alternatives keeps one rule for each selector that :is(…) and :where(…) make
// of one.
func (s *styleSheet) alternatives(selector []byte, st style, depth int) {
	if len(selector) > maxSelector {
		return
	}
	at := bytes.Index(selector, []byte(":is("))
	if at < 0 {
		at = bytes.Index(selector, []byte(":where("))
	}
	if at < 0 || depth >= 3 {
		s.rule(selector, st)
		return
	}
	openAt := at + bytes.IndexByte(selector[at:], '(')
	length := 0
	for level := 1; openAt+1+length < len(selector); length++ {
		if c := selector[openAt+1+length]; c == '(' {
			level++
		} else if c == ')' {
			if level--; level == 0 {
				break
			}
		}
	}
	list, tail := selector[openAt+1:openAt+1+length], selector[min(len(selector), openAt+2+length):]
	for len(list) > 0 && len(s.rules) < maxRules {
		var one []byte
		one, list = cutSelector(list)
		s.alternatives(bytes.Join([][]byte{selector[:at], one, tail}, nil), st, depth+1)
	}
}

// isRevealed tells of classes that libraries look for to show their elements
// as the visitor comes to them: until then they hide them, and no page stays
// without.
func isRevealed(classes []string) bool {
	for _, class := range classes {
		switch class {
		case "wow", "aos-init", "animated", "animate__animated", "scroll-reveal", "load-hidden":
			return true
		}
	}
	return false
}

// revealed is a style without what such libraries undo.
func (s style) revealed() style {
	if s.visibility == 1 {
		s.visibility = 0
	}
	if s.gone == 1 {
		s.gone = 0
	}
	return s
}
