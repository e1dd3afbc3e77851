package sitecheck

import (
	"context"
	"net/url"
	"slices"

	"golang.org/x/net/publicsuffix"

	"domaincheck"
)

// sparse is the number of visible characters below which a page says nothing
// itself: its frames are the page.
const sparse = 80

// addFrames reads the frames of a page that says nothing itself, or that shows
// no number while a frame of the same site may, and adds what they show.
func (l *look) addFrames(ctx context.Context, a *answer, c *chain) {
	if len(a.page.RecordNumbers) > 0 || a.page.Block != nil || a.page.Challenge != "" {
		return
	}
	read := 0
	for _, target := range a.out.frames {
		u, err := parseURL(c.at, target)
		if err != nil || c.been[u.String()] > 0 || a.out.view.Runes >= sparse && !sameSite(u, c.at) {
			continue
		}
		if read++; read > maxFrames {
			a.page.Truncated = true
			return
		}
		way := &chain{jar: c.jar, been: map[string]int{}, way: []string{c.at.String()}}
		f := l.through(ctx, u, way, func(int) {})
		c.been[u.String()] = 1 + c.jar.rev
		c.attempts = append(c.attempts, way.attempts...)
		if f.err != nil || f.page == nil {
			a.page.Truncated = true // a part that a visitor sees was not read
			continue
		}
		join(a.page, f.page)
	}
}

// sameSite tells whether two addresses belong to one registrable domain.
func sameSite(a, b *url.URL) bool {
	if a.Hostname() == b.Hostname() {
		return true
	}
	x, err := publicsuffix.EffectiveTLDPlusOne(a.Hostname())
	y, err2 := publicsuffix.EffectiveTLDPlusOne(b.Hostname())
	return err == nil && err2 == nil && x == y
}

// join adds what a frame shows to its page.
func join(page, frame *domaincheck.HomePage) {
	for _, n := range frame.RecordNumbers {
		if !slices.ContainsFunc(page.RecordNumbers, func(o domaincheck.PageNumber) bool { return o.Number.Number == n.Number.Number }) {
			page.RecordNumbers = append(page.RecordNumbers, n)
		}
	}
	for _, n := range frame.PoliceNumbers {
		if !slices.ContainsFunc(page.PoliceNumbers, func(o domaincheck.PoliceNumber) bool { return o.Number == n.Number }) {
			page.PoliceNumbers = append(page.PoliceNumbers, n)
		}
	}
	union := func(to *domaincheck.List[string], from domaincheck.List[string]) {
		for _, s := range from {
			if !slices.Contains(*to, s) {
				*to = append(*to, s)
			}
		}
	}
	union(&page.H1, frame.H1)
	union(&page.SiteNames, frame.SiteNames)
	union(&page.Tooltips, frame.Tooltips)
	union(&page.Licences, frame.Licences)
	union(&page.Copyright, frame.Copyright)
	for _, s := range frame.Signals {
		if !slices.Contains(page.Signals, s) {
			page.Signals = append(page.Signals, s)
		}
	}
	if page.Title == "" {
		page.Title = frame.Title
	}
	if page.Snippet == "" {
		page.Snippet = frame.Snippet
	}
	if page.Block == nil {
		page.Block = frame.Block
	}
	if page.Parked == nil || page.Parked.Kind == "empty" {
		page.Parked = frame.Parked
	}
	if page.Challenge == "" {
		page.Challenge = frame.Challenge
	}
	page.Truncated = page.Truncated || frame.Truncated
	page.ScriptShell = page.ScriptShell || frame.ScriptShell
	page.Bytes += frame.Bytes
	page.Raw = append(page.Raw, frame.Raw...)
}
