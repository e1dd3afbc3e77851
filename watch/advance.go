package watch

import (
	"time"

	"domaincheck"
)

// Advance folds the findings of one judgement into the states before it.
//
// States come in the order of the findings; previous may come in any order. A
// finding that passes or fails makes or moves a state; an unknown one freezes
// it; one that does not apply, and a state without any finding, end. Changes
// come in the same order, the ended ones without finding last; a state may
// change more than once in one step. at is the moment of judging: what rests
// on no look counts as looked at then, and nothing remembered is later.
//
// Clocks that jump back are harmless: an instant in the future is taken for
// now, so a look is lost at most.
func Advance(previous []domaincheck.State, findings []domaincheck.Finding, policy Policy, at domaincheck.Instant) (states []domaincheck.State, changes []Change) {
	at = domaincheck.At(at.Time)
	states = make([]domaincheck.State, 0, len(findings))
	used := make([]bool, len(previous))
	cursor := 0
	for i := range findings {
		f := &findings[i]
		st := step{policy: &policy, row: policy.For(f.Rule), f: f, at: at, changes: changes}
		if f.Knows == domaincheck.Declared {
			st.row.Looks, st.row.NotifyApart, st.row.Apart = 1, 0, 0 // what somebody says needs no second look
		}
		if j := find(previous, used, cursor, f); j >= 0 {
			used[j], cursor = true, j+1
			st.s, st.known = previous[j], true
			st.s.Turns = append(domaincheck.List[domaincheck.Instant](nil), st.s.Turns...)
			if next := st.s.Next; next != nil {
				copied := *next
				st.s.Next = &copied
			}
		}
		if st.run() {
			states = append(states, st.s)
		}
		changes = st.changes
	}
	for j := range previous {
		if !used[j] {
			st := step{policy: &policy, s: previous[j], known: true, at: at, changes: changes}
			st.end()
			changes = st.changes
		}
	}
	return states, changes
}

// find gives the place of the finding's state: mostly the next one.
func find(previous []domaincheck.State, used []bool, cursor int, f *domaincheck.Finding) int {
	n := len(previous)
	for k := range n {
		j := cursor + k
		if j >= n {
			j -= n
		}
		if !used[j] && previous[j].Rule == f.Rule && previous[j].Target == f.Target {
			return j
		}
	}
	return -1
}

// step is one state on its way through one finding.
type step struct {
	policy  *Policy
	row     Confirm
	f       *domaincheck.Finding
	s       domaincheck.State
	known   bool // s was remembered
	at      domaincheck.Instant
	seen    domaincheck.Instant // of the look
	t       domaincheck.Instant // from which the finding holds: seen, or at for an old look judged anew
	again   bool                // an old look judged anew
	changes []Change
}

// run tells whether there is a state to keep.
func (st *step) run() bool {
	if st.known {
		st.clamp()
	}
	switch st.f.Result {
	case domaincheck.NotApplicable:
		if st.known {
			st.end()
		}
		return false
	case domaincheck.Pass, domaincheck.Fail:
	default:
		return st.unknown()
	}
	st.seen = domaincheck.At(st.f.ObservedAt.Time)
	if st.seen.IsZero() || st.seen.After(st.at.Time) {
		st.seen = st.at
	}
	if !st.known {
		st.s = domaincheck.State{Rule: st.f.Rule, Target: st.f.Target, Certainty: domaincheck.CertainOK}
	}
	if st.counts() {
		st.thaw()
		st.look()
	}
	st.stale()
	return true
}

// counts tells whether the finding says something new: it rests on a look that
// was not taken in yet, or on the newest one judged otherwise than before (a
// date has come, a fact was declared, a table was replaced). The latter is no
// hiccup of the world: it holds from now on. An older look is none.
func (st *step) counts() bool {
	s := &st.s
	st.t = st.seen
	if s.LastKnown.IsZero() || st.seen.After(s.LastKnown.Time) {
		return true
	}
	differs := s.LastResult != st.f.Result
	if st.row.AtOnce() {
		differs = differs || st.f.Result == domaincheck.Fail && (string(s.Code) != st.f.Code || s.Severity != st.f.Severity)
	} else if !st.seen.Equal(s.LastKnown.Time) {
		return false
	}
	st.t, st.again = st.at, true
	return differs
}

// clamp takes instants of the future, which a clock put right has left
// behind, for now.
func (st *step) clamp() {
	s := &st.s
	cut := func(i *domaincheck.Instant) {
		if i.After(st.at.Time) {
			*i = st.at
		}
	}
	for _, i := range [...]*domaincheck.Instant{&s.Since, &s.WorseSince, &s.NoticedAt, &s.ConfirmedAt, &s.LastLook, &s.LastKnown, &s.CountedAt, &s.FirmAt} {
		cut(i)
	}
	for i := range s.Turns {
		cut(&s.Turns[i])
	}
	if s.Next != nil {
		cut(&s.Next.Since)
		cut(&s.Next.CountedAt)
	}
}

// end closes a state without a word.
func (st *step) end() {
	if st.s.Certainty != domaincheck.CertainOK && st.s.Certainty != domaincheck.NeverKnown {
		st.change(Ended, st.s.Certainty, "")
	}
}

func (st *step) change(kind ChangeKind, from, to domaincheck.Certainty) {
	st.changes = append(st.changes, Change{
		Rule: st.s.Rule, Target: st.s.Target, Kind: kind, From: from, To: to, Code: st.s.Code, Severity: st.s.Severity,
		Since: st.s.Since, Told: !st.s.NoticedAt.IsZero(), At: st.atLook(),
	})
}

func (st *step) atLook() domaincheck.Instant {
	if st.t.IsZero() {
		return st.at
	}
	return st.t
}

// move changes the certainty and tells of it.
func (st *step) move(to domaincheck.Certainty, kind ChangeKind) {
	from := st.s.Certainty
	st.s.Certainty = to
	st.change(kind, from, to)
}

// unknown freezes. A rule that could have been observed and never was gets a
// state too, for the stale clock to run on.
func (st *step) unknown() bool {
	if !st.known {
		if st.f.Why != domaincheck.WhyUnobserved || st.policy.StaleAfter(st.row.Part) == 0 {
			return false
		}
		st.s = domaincheck.State{Rule: st.f.Rule, Target: st.f.Target, Certainty: domaincheck.NeverKnown, LastLook: st.at}
		return true
	}
	if st.f.Why == domaincheck.WhyUnobserved {
		st.stale()
	}
	return true
}

// stale freezes the state if nothing was known of its part for too long: even
// a look that is new may be old.
func (st *step) stale() {
	limit := st.policy.StaleAfter(st.row.Part)
	s := &st.s
	if limit == 0 || s.Certainty == domaincheck.CertainGone {
		return
	}
	last := s.LastKnown
	if last.IsZero() {
		last = s.LastLook
	}
	if st.at.Sub(last.Time) > limit {
		s.Frozen = s.Certainty
		st.move(domaincheck.CertainGone, WentStale)
	}
}

// thaw takes a stale state up where it froze.
func (st *step) thaw() {
	s := &st.s
	if s.Certainty != domaincheck.CertainGone {
		return
	}
	to := s.Frozen
	if to == "" || to == domaincheck.NeverKnown {
		to = domaincheck.CertainOK
	}
	s.Frozen = ""
	st.move(to, SeenAgain)
}

// within tells whether t comes at least d after from.
func within(from, t domaincheck.Instant, d time.Duration) bool {
	return t.Sub(from.Time) >= d
}
