package scheduler

import (
	"time"

	"domaincheck/watch"
)

// The measures of sight.
const (
	fewest    = 5                // bad looks that are worth a doubt
	recent    = 12               // looks at different sites that are compared
	outlived  = 15 * time.Minute // older looks tell nothing of now
	sureWHOIS = 10 * time.Minute // how long a good look at a name of a registry proves the registry
	slow      = 26 * time.Hour   // older looks at registrations tell nothing of now
	doubtful  = 3                // sites of one registry that turn bad at once
	believing = 6 * time.Hour    // once bad looks were believed after all, for so long
)

// seen is the newest look at a part of one site.
type seen struct {
	site   string
	groups groups
	pace   string
	class  class
	server bool
	at     time.Time
}

// sight keeps what the newest looks at one part said, by site, oldest first.
// The scheduler guards it.
type sight struct {
	looks   []seen
	blind   *Blind
	doubts  map[string]*Blind // of registration: by pace key
	believe time.Time         // until then bad looks are believed however many
	probed  time.Time         // when others were last looked at for want of sight
	trusted []string          // sites that were seen well before sight was lost, the newest first
}

// put takes in a look; neutral ones tell nothing.
func (s *sight) put(l seen) {
	if l.class == neutral {
		return
	}
	for i := range s.looks {
		if s.looks[i].site == l.site {
			s.looks = append(s.looks[:i], s.looks[i+1:]...)
			break
		}
	}
	if len(s.looks) >= 256 {
		s.looks = s.looks[1:]
	}
	s.looks = append(s.looks, l)
}

// last are the newest looks that are not too old, at most n, since a moment.
func (s *sight) last(n int, since, now time.Time, old time.Duration, take func(*seen) bool) []seen {
	var all []seen
	for i := len(s.looks) - 1; i >= 0 && len(all) < n; i-- {
		l := &s.looks[i]
		if age := now.Sub(l.at); age > old || age < -old || l.at.Before(since) || take != nil && !take(l) {
			continue
		}
		all = append(all, *l)
	}
	return all
}

// tally counts bad looks among some, and the groups that are dark.
type tally struct {
	bad, turned, unseen, of int
	groups, dark            int
}

// count groups the looks by who serves the site, or, if what went wrong is
// mostly the name servers', by who serves its names.
func count(looks []seen) tally {
	t := tally{of: len(looks)}
	server := 0
	for _, l := range looks {
		switch l.class {
		case turned:
			t.turned++
			if l.server {
				server++
			}
		case unseen:
			t.unseen++
		}
	}
	t.bad = t.turned + t.unseen
	type share struct{ bad, of int }
	by := map[string]*share{}
	for _, l := range looks {
		g := l.groups.host
		if server*2 > t.turned && t.turned > 0 {
			g = l.groups.names
		}
		if by[g] == nil {
			by[g] = &share{}
		}
		by[g].of++
		if l.class != good {
			by[g].bad++
		}
	}
	for _, s := range by {
		t.groups++
		if s.bad*2 > s.of {
			t.dark++
		}
	}
	return t
}

// cannotSee tells whether these looks say that we cannot see, and why: most of
// them are bad, in most groups and in more than one. Where nothing at all is
// seen in DNS one group is enough: that alarms nobody about a site.
func (t tally) cannotSee(part watch.Part) (why string, blind bool) {
	if t.bad < fewest || t.bad*2 <= t.of {
		return "", false
	}
	dark := t.dark >= 2 && t.dark*2 > t.groups
	switch {
	case t.turned >= t.unseen && dark:
		return "turned", true
	case t.unseen > t.turned && (dark || part == watch.Resolution && t.dark == t.groups):
		return "unseen", true
	}
	return "", false
}

// recovered tells, of a time of blindness, whether it is over.
func (s *sight) recovered(now time.Time, most time.Duration) bool {
	// Only what was seen since counts: is it mostly good again?
	t := count(s.last(recent, s.blind.Since, now, outlived, nil))
	seen := t.of - t.bad
	switch {
	case seen >= 3 && seen > t.bad, seen > 0 && t.bad == 0 && now.Sub(s.blind.Since) > time.Minute:
		return true
	case s.blind.Why == "turned" && now.Sub(s.blind.Since) >= most:
		s.believe = now.Add(believing)
		return true
	}
	return false
}

// suspected is the blindness that the newest looks speak for; nil if they do
// not. prompt: pages that are refused are told of at once, as the settings ask,
// as long as names resolve.
func (s *sight) suspected(part watch.Part, now time.Time, prompt bool) *Blind {
	t := count(s.last(recent, time.Time{}, now, outlived, nil))
	why, blind := t.cannotSee(part)
	if !blind || why == "turned" && (now.Before(s.believe) || prompt && part == watch.Page) {
		return nil
	}
	return &Blind{Since: now, Part: part, Why: why, Bad: t.bad, Of: t.of}
}

// begin forgets the looks from before: what is seen from now on decides when
// sight is back. Which sites were seen well is kept: they tell it first.
func (s *sight) begin(b *Blind) {
	var names []string
	for i := len(s.looks) - 1; i >= 0; i-- {
		if l := &s.looks[i]; l.class == good {
			names = append(names, l.site)
		}
	}
	if len(names) > 0 {
		s.trusted = names
	}
	s.blind = b
	s.looks = nil
}

// judgeRegistry does the same for one registry: most of its names cannot have
// gone at once.
func (s *sight) judgeRegistry(pace string, now time.Time, most time.Duration) (entered, left bool) {
	own := func(l *seen) bool { return l.pace == pace }
	if b := s.doubts[pace]; b != nil {
		t := count(s.last(recent, b.Since, now, slow, own))
		switch {
		case t.of-t.bad > t.bad:
			return false, true
		case now.Sub(b.Since) >= 12*most:
			s.believe = now.Add(believing)
			return false, true
		}
		return false, false
	}
	t := count(s.last(recent, time.Time{}, now, slow, own))
	if t.turned < doubtful || t.turned*2 <= t.of-t.unseen || now.Before(s.believe) {
		return false, false
	}
	s.doubt(&Blind{Since: now, Part: watch.Registration, Pace: pace, Why: "turned", Bad: t.turned, Of: t.of})
	return true, false
}

// doubt begins to disbelieve a registry.
func (s *sight) doubt(b *Blind) {
	if s.doubts == nil {
		s.doubts = map[string]*Blind{}
	}
	s.doubts[b.Pace] = b
}
