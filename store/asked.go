package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"domaincheck"
)

// Asked counts the sites that somebody asked for and that nobody has begun to
// look at.
func (s *Store) Asked(ctx context.Context) (int, error) {
	parts := allParts()
	args := []any{micros(s.Now().Add(-century / 2))}
	q := &query{args: args}
	for _, p := range parts {
		q.args = append(q.args, string(p))
	}
	var n int
	err := s.soon(ctx, `SELECT count(DISTINCT site_id) FROM parts WHERE part IN ($2, $3, $4, $5) AND ready_at < $1`, q.args, []any{&n}, func() error { return nil })
	return n, err
}

// Looked is one site's newest look.
type Looked struct {
	Site    string // main domain
	At      time.Time
	Verdict domaincheck.Verdict
	Level   domaincheck.Severity // of its worst risk; "" without one
}

// LookedQuery asks for the sites looked at after a moment; of those looked at
// in that very moment, the ones whose main domain comes after a name.
type LookedQuery struct {
	Scope Scope
	Site  string // its main domain; "" for all
	After time.Time
	Name  string
	Limit int
}

// LookedSince lists newest looks, oldest first: a site that is looked at again
// meanwhile moves to the end.
func (s *Store) LookedSince(ctx context.Context, ask LookedQuery) ([]Looked, error) {
	q := &query{}
	q.add(`s.looked_at >= ?`, micros(ask.After))
	q.add(`(s.looked_at > ? OR s.site > ?)`, micros(ask.After), ask.Name)
	if ask.Site != "" {
		q.add(`s.site = ?`, ask.Site)
	}
	q.scoped(ask.Scope, "s.id")
	q.args = append(q.args, page(ask.Limit))
	var all []Looked
	var l Looked
	var at int64
	var level int
	err := s.each(ctx, `SELECT s.site, s.looked_at, s.verdict, s.level FROM sites s`+q.sql()+` ORDER BY s.looked_at, s.site LIMIT $`+strconv.Itoa(len(q.args)), q.args,
		[]any{&l.Site, &at, &l.Verdict, &level}, func() error {
			l.At, l.Level = instant(at), severityOf(level)
			all = append(all, l)
			return nil
		})
	return all, err
}

// ExpiryCounts counts sites by the time left until the registration of their
// main domain ends: those with at most so many days of 24 hours left as the
// first bound says (0: it has ended), then those up to the next, and last those
// beyond all bounds, which must ascend. Sites whose end is not known are in none.
func (s *Store) ExpiryCounts(ctx context.Context, days []int) ([]int64, error) {
	counts := make([]int64, len(days)+1)
	now := s.Now()
	var b strings.Builder
	args := make([]any, 0, len(days))
	for i, d := range days {
		args = append(args, micros(now.Add(time.Duration(d)*24*time.Hour)))
		b.WriteString(` WHEN expires <= $` + strconv.Itoa(i+1) + ` THEN ` + strconv.Itoa(i))
	}
	var at int
	var n int64
	err := s.each(ctx, `SELECT CASE`+b.String()+` ELSE `+strconv.Itoa(len(days))+` END, count(*) FROM sites WHERE expires <> 0 GROUP BY 1`, args, []any{&at, &n}, func() error {
		counts[at] = n
		return nil
	})
	return counts, err
}
