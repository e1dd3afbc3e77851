package risk

import (
	"strings"

	"domaincheck"
	"domaincheck/tldlist"
)

// PhaseName is where a domain stands in its life.
type PhaseName string

// The phases.
const (
	Active        PhaseName = "active"
	AutoRenewed   PhaseName = "auto_renewed"   // the registry has renewed; the registrar may still give it back
	Grace         PhaseName = "grace"          // expired, renewable at the ordinary price
	Redemption    PhaseName = "redemption"     // only the holder can have it restored, at a price
	PendingDelete PhaseName = "pending_delete" // cannot be had back
	Gone          PhaseName = "gone"           // by the calendar it should be deleted by now
	Lapsed        PhaseName = "lapsed"         // expired in a registry whose stages are not known
	NoDate        PhaseName = "no_date"
)

// Phase of a domain's life.
type Phase struct {
	Name        PhaseName
	Until       domaincheck.Instant // when the phase ends; unknown if nothing tells
	Recoverable bool                // the holder can still keep the name
}

// span is the length of a registry family's stages in days.
type span struct{ grace, redemption, pending int }

// spanOf gives them: .cn has 30 days of grace and then 14 to 15 days in which
// registration data show pendingDelete although the name can be had back; gTLDs
// mostly 30 days of grace (up to 45 by contract), 30 of redemption and 5 of
// pendingDelete (RFC 3915, ICANN's expired-registration policy); .hk 28 days
// and 59. Other registries have rules of their own. Where a span is given as a
// range, the earlier end counts: better a day early than late.
func spanOf(family string) (span, bool) {
	switch family {
	case tldlist.FamilyCN:
		return span{30, 14, 0}, true
	case tldlist.FamilyHK:
		return span{28, 59, 0}, true
	case tldlist.FamilyGTLD, tldlist.FamilyVerisign:
		return span{30, 30, 5}, true
	}
	return span{}, false
}

// Lifecycle tells the phase of a domain from its registry family (see package
// tldlist), its expiry, its EPP statuses and the moment. Statuses outweigh the
// calendar: registrars of gTLDs keep names in grace for 0 to 45 days. Without
// any status the calendar decides. expires may lie a year ahead although the
// name has run out: registries of gTLDs renew by themselves in the grace
// period, and statuses tell.
func Lifecycle(family string, expires domaincheck.Instant, statuses []string, at domaincheck.Instant) Phase {
	has := readStatuses(statuses)
	s, known := spanOf(family)
	after := func(days int) domaincheck.Instant {
		if expires.IsZero() || expires.After(at.Time) {
			return domaincheck.Instant{} // renewed by the registry itself: the day it ran out is not known
		}
		return domaincheck.At(expires.AddDate(0, 0, days))
	}
	switch {
	case has.redemption || has.pendingDelete && family == tldlist.FamilyCN:
		return Phase{Redemption, after(s.grace + s.redemption), true}
	case has.pendingDelete:
		return Phase{PendingDelete, after(s.grace + s.redemption + s.pending), false}
	case expires.IsZero():
		return Phase{Name: NoDate, Recoverable: true}
	case expires.After(at.Time) && has.autoRenew:
		return Phase{AutoRenewed, domaincheck.At(expires.AddDate(-1, 0, 45)), true}
	case expires.After(at.Time):
		return Phase{Active, expires, true}
	case !known:
		return Phase{Name: Lapsed, Recoverable: true}
	}
	end := func(days int) bool { return !after(days).After(at.Time) }
	switch {
	case !end(s.grace):
		return Phase{Grace, after(s.grace), true}
	case has.any:
		// Past the usual grace and yet neither redemption nor deletion.
		if until := after(45); s.pending > 0 && until.After(at.Time) {
			return Phase{Grace, until, true}
		}
		return Phase{Name: Grace, Recoverable: true}
	case !end(s.grace + s.redemption):
		return Phase{Redemption, after(s.grace + s.redemption), true}
	case s.pending > 0 && !end(s.grace+s.redemption+s.pending):
		return Phase{PendingDelete, after(s.grace + s.redemption + s.pending), false}
	}
	return Phase{Name: Gone}
}

type statusSet struct{ any, redemption, pendingDelete, autoRenew bool }

// readStatuses reads EPP and RDAP words in any writing: "pendingDelete",
// "pending delete", "redemptionPeriod https://icann.org/epp#…" (RFC 8056). A
// name that is being restored is in redemption still.
func readStatuses(statuses []string) statusSet {
	var has statusSet
	for _, s := range statuses {
		if i := strings.IndexAny(s, "(#"); i >= 0 {
			s = s[:i]
		}
		if i := strings.Index(s, "http"); i >= 0 {
			s = s[:i]
		}
		word := strings.Map(func(r rune) rune {
			switch {
			case r >= 'A' && r <= 'Z':
				return r + 'a' - 'A'
			case r >= 'a' && r <= 'z':
				return r
			}
			return -1
		}, s)
		switch word {
		case "":
			continue
		case "redemptionperiod", "redemption", "pendingrestore", "pendingdeleterestorable":
			has.redemption = true
		case "pendingdelete", "pendingdeletescheduledforrelease":
			has.pendingDelete = true
		case "autorenewperiod":
			has.autoRenew = true
		}
		has.any = true
	}
	return has
}
