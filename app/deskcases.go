package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"domaincheck/desk"
	"domaincheck/store"
)

// deskAgain is how long a name that is in no ledger gets no new case after one
// has ended: what leads here is changed by others, and seen late.
const deskAgain = 30 * 24 * time.Hour

// OpenDeskCases opens a case for each candidate that is sure, and gives those
// that it opened. There is one open case of a domain and kind at a time; one
// that was called a false alarm gets no other, and one that was ended gets
// another only for what began after its end. Called twice, or by two machines
// at once, it opens nothing twice.
func OpenDeskCases(ctx context.Context, s *store.Store, found []desk.Candidate, who string) ([]store.Case, error) {
	var rows []store.Case
	for i := range found {
		c := &found[i]
		if !c.Sure() {
			continue
		}
		had, err := s.Cases(ctx, store.CaseQuery{Domain: c.Domain, Kind: string(c.Kind), Limit: 1})
		if err != nil {
			return nil, err
		}
		ref := "desk " + string(c.Kind) + " " + c.Domain
		if len(had.Items) > 0 {
			last := had.Items[0]
			if !anew(c, &last, s.Now()) {
				continue
			}
			ref += fmt.Sprintf(" after %d", last.ID)
		}
		evidence, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		row := store.Case{Ref: ref, Domain: c.Domain, Source: store.CaseFromFinding, Kind: string(c.Kind), Customer: string(c.Customer), Evidence: evidence}
		if !c.Deadline.IsZero() {
			row.Due = c.Deadline.Day()
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return s.PutCases(ctx, rows, who)
}

// anew tells whether a candidate is another matter than its last case.
func anew(c *desk.Candidate, last *store.Case, now time.Time) bool {
	switch {
	case !last.State.Ended(), last.State == store.CaseFalseAlarm:
		return false
	case c.Kind == desk.Unlisted:
		return now.Sub(last.ChangedAt) > deskAgain
	}
	return c.Since.After(last.ChangedAt)
}
