package watch

import "domaincheck"

// This file holds what one look that counts does to a state.

// look takes in a look that passed or failed.
func (st *step) look() {
	s := &st.s
	bad := st.f.Result == domaincheck.Fail
	turned := s.LastResult != "" && s.LastResult != st.f.Result
	if s.Certainty == domaincheck.NeverKnown || s.Certainty == "" {
		s.Certainty = domaincheck.CertainOK
	}
	if turned && !st.again && !st.row.AtOnce() {
		s.Turns = append(s.Turns, st.t)
	}
	st.forget()
	s.LastResult = st.f.Result
	if st.seen.After(s.LastLook.Time) {
		s.LastLook = st.seen
	}
	if st.seen.After(s.LastKnown.Time) {
		s.LastKnown = st.seen
	}
	if st.flaps() {
		return
	}
	if bad {
		st.bad()
	} else {
		st.good(st.again || st.row.AtOnce())
	}
}

// forget drops the turns that lie before the window of flapping.
func (st *step) forget() {
	s, flap := &st.s, st.policy.Flap
	drop := 0
	for drop < len(s.Turns) && (st.t.Sub(s.Turns[drop].Time) > flap.Window || len(s.Turns)-drop > flap.Turns) {
		drop++
	}
	s.Turns = s.Turns[drop:]
	if len(s.Turns) == 0 {
		s.Turns = nil
	}
	s.Changes = len(s.Turns)
}

// flaps begins, keeps or ends flapping; true if the look is thereby done with.
func (st *step) flaps() bool {
	s, flap := &st.s, st.policy.Flap
	if s.Certainty != domaincheck.Flapping {
		// Where nothing may delay (spans of 0s), nothing flaps.
		if flap.Turns <= 0 || len(s.Turns) < flap.Turns || st.row.Apart <= 0 {
			return false
		}
		st.failed()
		s.Next = nil
		st.move(domaincheck.Flapping, Flaps)
		return true
	}
	last := domaincheck.At(st.t.Add(-max(flap.Calm, flap.Window)))
	if n := len(s.Turns); n > 0 {
		last = s.Turns[n-1]
	}
	if !within(last, st.t, flap.Calm) {
		st.failed()
		return true
	}
	st.calm(last)
	return true
}

// failed keeps the code of a failure while flapping.
func (st *step) failed() {
	if st.f.Result == domaincheck.Fail {
		st.s.Code, st.s.Severity = domaincheck.Text(st.f.Code), st.f.Severity
		if st.s.Since.IsZero() {
			st.s.Since, st.s.WorseSince = st.t, st.t
		}
	}
}

// calm ends flapping: there was no turn since last.
func (st *step) calm(last domaincheck.Instant) {
	s := &st.s
	s.Turns, s.Changes = nil, 0
	if s.LastResult == domaincheck.Pass {
		told := !s.NoticedAt.IsZero()
		st.move(domaincheck.CertainOK, Calmed)
		if told {
			st.change(Resolved, domaincheck.CertainOK, domaincheck.CertainOK)
		}
		st.clear()
		return
	}
	if !s.ConfirmedAt.IsZero() {
		st.move(domaincheck.Confirmed, Calmed)
	} else {
		if s.NoticedAt.IsZero() {
			s.Since, s.WorseSince = last, last
		}
		s.Looks, s.CountedAt, s.FirmLooks, s.FirmAt = 1, last, 1, last
		st.move(domaincheck.Suspected, Calmed)
	}
	st.bad()
}

// bad takes in a failure.
func (st *step) bad() {
	s := &st.s
	switch s.Certainty {
	case domaincheck.CertainOK:
		s.Since, s.WorseSince = st.t, st.t
		s.Looks, s.CountedAt, s.FirmLooks, s.FirmAt = 1, st.t, 1, st.t
		s.Code, s.Severity = domaincheck.Text(st.f.Code), st.f.Severity
		st.move(domaincheck.Suspected, Suspect)
	case domaincheck.Recovering:
		to := domaincheck.Confirmed
		if s.ConfirmedAt.IsZero() {
			to = domaincheck.Suspected
			s.FirmLooks, s.FirmAt = 0, domaincheck.Instant{}
		}
		s.Looks, s.CountedAt = 0, domaincheck.Instant{}
		st.move(to, Relapsed)
		st.count()
	default:
		st.count()
	}
	st.severity()
	st.sure()
}

// count adds the look to both clocks if it is apart enough from the look
// counted before.
func (st *step) count() {
	s := &st.s
	if within(s.CountedAt, st.t, st.row.NotifyApart) && !st.t.Equal(s.CountedAt.Time) {
		s.Looks++
		s.CountedAt = st.t
	}
	if within(s.FirmAt, st.t, st.row.Apart) && !st.t.Equal(s.FirmAt.Time) {
		s.FirmLooks++
		s.FirmAt = st.t
	}
}

// sure sets the notice and the start of the risk clock when their looks are
// complete. Nothing starts its clock before somebody is told.
func (st *step) sure() {
	s := &st.s
	if s.NoticedAt.IsZero() && (s.Looks >= st.row.Looks || s.FirmLooks >= st.row.Looks) {
		s.NoticedAt = st.t
		st.change(Noticed, s.Certainty, s.Certainty)
		st.changes[len(st.changes)-1].Told = false
	}
	if s.ConfirmedAt.IsZero() && s.FirmLooks >= st.row.Looks {
		s.ConfirmedAt = st.t
		st.move(domaincheck.Confirmed, Firm)
	}
}

// severity follows a failure whose code or severity is another than before.
// Before the notice it is simply taken over; after it another severity needs
// the looks of a notice itself, so that one odd look never escalates.
func (st *step) severity() {
	s, f := &st.s, st.f
	if f.Severity == s.Severity {
		s.Next = nil
		if string(s.Code) != f.Code {
			s.Code = domaincheck.Text(f.Code)
			st.change(OtherCode, s.Certainty, s.Certainty)
		}
		return
	}
	if s.NoticedAt.IsZero() || st.row.AtOnce() {
		st.turn(domaincheck.Text(f.Code), f.Severity, st.t)
		return
	}
	n := s.Next
	if n == nil || n.Severity != f.Severity {
		s.Next = &domaincheck.NextSeverity{Code: domaincheck.Text(f.Code), Severity: f.Severity, Since: st.t, Looks: 1, CountedAt: st.t}
		n = s.Next
	} else {
		n.Code = domaincheck.Text(f.Code)
		if within(n.CountedAt, st.t, st.row.NotifyApart) && !st.t.Equal(n.CountedAt.Time) {
			n.Looks++
			n.CountedAt = st.t
		}
	}
	if n.Looks >= st.row.Looks {
		st.turn(n.Code, n.Severity, n.Since)
	}
}

// turn takes another severity over, seen first at since.
func (st *step) turn(code domaincheck.Text, severity domaincheck.Severity, since domaincheck.Instant) {
	s := &st.s
	kind := Milder
	if severity.Rank() > s.Severity.Rank() {
		kind = Worse
		s.WorseSince = since
	}
	was := s.Severity
	s.Code, s.Severity, s.Next = code, severity, nil
	st.change(kind, s.Certainty, s.Certainty)
	st.changes[len(st.changes)-1].WasSeverity = was
}

// good takes in a pass; certain if it needs no second look.
func (st *step) good(certain bool) {
	s := &st.s
	switch s.Certainty {
	case domaincheck.CertainOK:
		return
	case domaincheck.Suspected:
		if s.NoticedAt.IsZero() {
			st.move(domaincheck.CertainOK, Cleared)
			st.clear()
			return
		}
		st.recover()
	case domaincheck.Confirmed:
		st.recover()
	case domaincheck.Recovering:
		if within(s.CountedAt, st.t, st.row.NotifyApart) && !st.t.Equal(s.CountedAt.Time) {
			s.Looks++
			s.CountedAt = st.t
		}
	}
	if certain || s.Looks >= st.row.Looks {
		st.move(domaincheck.CertainOK, Resolved)
		st.clear()
	}
}

// recover begins recovery with the first good look.
func (st *step) recover() {
	s := &st.s
	s.Next = nil
	s.Looks, s.CountedAt = 1, st.t
	st.move(domaincheck.Recovering, Recovering)
}

// clear forgets the failure; what tells flapping stays.
func (st *step) clear() {
	s := &st.s
	*s = domaincheck.State{
		Rule: s.Rule, Target: s.Target, Certainty: domaincheck.CertainOK,
		LastLook: s.LastLook, LastKnown: s.LastKnown, LastResult: s.LastResult, Changes: s.Changes, Turns: s.Turns,
	}
}
