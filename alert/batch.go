package alert

import (
	"slices"

	"domaincheck"
)

// Batch picks the rows that make the next message of a channel, by their place
// in rows (oldest first): the oldest row that is due, and with it up to most-1
// later ones of the same kind and group. A row never overtakes an earlier one
// that tells of the same event, so that nobody hears of a recovery before the
// failure. Without any row due, wake is when the next one will be; zero if
// there is none.
func Batch(rows []Queued, at domaincheck.Instant, most int) (picked []int, wake domaincheck.Instant) {
	waiting := map[string]bool{} // keys of rows that stay behind
	putOff := map[string]bool{}  // keys of rows that quiet hours hold: worse news need not wait for them, recovery does
	for i := range rows {
		q := &rows[i]
		blocked := slices.ContainsFunc(q.Keys, func(k string) bool { return waiting[k] || q.Kind == Resolved && putOff[k] })
		due := !q.NotBefore.After(at.Time) && !q.NextTry.After(at.Time)
		fits := len(picked) == 0 || len(picked) < most && q.Group != "" && q.Group == rows[picked[0]].Group && q.Kind == rows[picked[0]].Kind
		if due && !blocked && fits {
			picked = append(picked, i)
			continue
		}
		if !due && !blocked {
			next := q.NotBefore
			if q.NextTry.After(next.Time) {
				next = q.NextTry
			}
			if wake.IsZero() || next.Before(wake.Time) {
				wake = next
			}
		}
		behind := waiting
		if q.NotBefore.After(at.Time) {
			behind = putOff
		}
		for _, k := range q.Keys {
			behind[k] = true
		}
	}
	if len(picked) > 0 {
		wake = domaincheck.Instant{}
	}
	return picked, wake
}
