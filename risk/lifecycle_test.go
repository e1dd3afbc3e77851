package risk_test

import (
	"testing"

	"domaincheck"
	"domaincheck/risk"
	"domaincheck/tldlist"
)

func TestLifecycle(t *testing.T) {
	words := func(s ...string) []string { return s }
	for _, c := range []struct {
		name, family, expires string
		statuses              []string
		at                    string
		want                  risk.PhaseName
		until                 string
		recoverable           bool
	}{
		{".cn in term", tldlist.FamilyCN, "2026-12-01", words("ok"), "2026-11-21", risk.Active, "2026-12-01", true},
		{".cn at the instant", tldlist.FamilyCN, "2026-11-21", words("ok"), "2026-11-21", risk.Grace, "2026-12-21", true},
		{".cn last day of grace", tldlist.FamilyCN, "2026-10-23", nil, "2026-11-21", risk.Grace, "2026-11-22", true},
		{".cn first day of redemption", tldlist.FamilyCN, "2026-10-22", nil, "2026-11-21", risk.Redemption, "2026-12-05", true},
		{".cn pendingDelete can be had back", tldlist.FamilyCN, "2026-10-15", words("pendingDelete", "clientTransferProhibited"), "2026-11-21", risk.Redemption, "2026-11-28", true},
		{".cn by the calendar gone", tldlist.FamilyCN, "2026-10-01", nil, "2026-11-21", risk.Gone, "", false},
		{"gTLD grace", tldlist.FamilyGTLD, "2026-11-01", words("clientHold"), "2026-11-21", risk.Grace, "2026-12-01", true},
		{"gTLD long grace", tldlist.FamilyGTLD, "2026-10-15", words("clientHold"), "2026-11-21", risk.Grace, "2026-11-29", true},
		{"gTLD still there after all", tldlist.FamilyGTLD, "2026-06-01", words("clientHold"), "2026-11-21", risk.Grace, "", true},
		{"gTLD no status: the calendar", tldlist.FamilyGTLD, "2026-10-15", nil, "2026-11-21", risk.Redemption, "2026-12-14", true},
		{"gTLD redemption", tldlist.FamilyVerisign, "2026-10-15", words("redemptionPeriod"), "2026-11-21", risk.Redemption, "2026-12-14", true},
		{"gTLD redemption shows both", tldlist.FamilyGTLD, "2026-10-15", words("pending delete", "redemption period"), "2026-11-21", risk.Redemption, "2026-12-14", true},
		{"gTLD being restored", tldlist.FamilyGTLD, "2026-10-15", words("pendingRestore"), "2026-11-21", risk.Redemption, "2026-12-14", true},
		{"gTLD pendingDelete", tldlist.FamilyVerisign, "2026-09-20", words("pendingDelete https://icann.org/epp#pendingDelete"), "2026-11-21", risk.PendingDelete, "2026-11-24", false},
		{"gTLD calendar: pending delete", tldlist.FamilyGTLD, "2026-09-20", nil, "2026-11-21", risk.PendingDelete, "2026-11-24", false},
		{"gTLD calendar: gone", tldlist.FamilyGTLD, "2026-09-01", nil, "2026-11-21", risk.Gone, "", false},
		{"gTLD renewed by the registry", tldlist.FamilyVerisign, "2027-11-01", words("autoRenewPeriod"), "2026-11-21", risk.AutoRenewed, "2026-12-16", true},
		{"gTLD redemption, date a year ahead", tldlist.FamilyVerisign, "2027-10-01", words("redemptionPeriod"), "2026-11-21", risk.Redemption, "", true},
		{".hk grace", tldlist.FamilyHK, "2026-11-01", nil, "2026-11-21", risk.Grace, "2026-11-29", true},
		{".hk redemption", tldlist.FamilyHK, "2026-10-20", nil, "2026-11-21", risk.Redemption, "2027-01-15", true},
		{".hk gone", tldlist.FamilyHK, "2026-08-01", nil, "2026-11-21", risk.Gone, "", false},
		{"another registry", tldlist.FamilyCCTLD, "2026-11-01", nil, "2026-11-21", risk.Lapsed, "", true},
		{"no date", tldlist.FamilyCN, "", words("ok"), "2026-11-21", risk.NoDate, "", true},
		{"no date, redemption", tldlist.FamilyGTLD, "", words("redemptionPeriod"), "2026-11-21", risk.Redemption, "", true},
	} {
		var expires, until domaincheck.Instant
		if c.expires != "" {
			expires = midnight(c.expires)
		}
		if c.until != "" {
			until = midnight(c.until)
		}
		got := risk.Lifecycle(c.family, expires, c.statuses, midnight(c.at))
		if got.Name != c.want || got.Until != until || got.Recoverable != c.recoverable {
			t.Errorf("%s: %s until %s recoverable %v, want %s until %s %v", c.name, got.Name, got.Until, got.Recoverable, c.want, until, c.recoverable)
		}
	}
}
