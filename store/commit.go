package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"domaincheck"
	"domaincheck/alert"
)

// Commit is everything that follows from one look at one site.
type Commit struct {
	Site   string // main domain
	Rev    int64  // of the Memory that the judgement started from
	Report *domaincheck.Report
	Open   *[]alert.Open // what alerting remembers from now on; nil leaves it
	Events []alert.Event
	Out    []alert.Outgoing // rows for the outbox
	Leases []Lease          // ended by this commit
	Next   []Due            // of this site; Site may be empty
}

// Committed is what became of one commit.
type Committed struct {
	Err      error // nil, or CodeConflict, CodeNotFound: nothing of this commit was written
	Rev      int64 // of the site from now on
	ReportID int64
	Changed  bool // the report says something new; it did not replace the one before
}

// Commit writes a batch in one transaction; results come in the order of the
// batch. Each item is written whole or, if its site changed since it was read,
// not at all, which does not concern the others. A site that stands twice in a
// batch loses the second time. An error means that nothing at all was written.
func (s *Store) Commit(ctx context.Context, batch []Commit) ([]Committed, error) {
	ready, err := s.pack(ctx, batch)
	if err != nil {
		return nil, err
	}
	// One order for all processes: two batches cannot wait for each other.
	order := make([]int, len(batch))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(batch[a].Site, batch[b].Site) })
	results := make([]Committed, len(batch))
	err = s.inTx(batched(ctx), func(t *tx) error {
		if slices.ContainsFunc(batch, func(c Commit) bool { return len(c.Events)+len(c.Out) > 0 }) {
			if err := s.inOrder(ctx, t); err != nil {
				return err
			}
		}
		t.brief(ctx)
		if err := s.lookAhead(ctx, t, batch); err != nil {
			return err
		}
		for _, i := range order {
			err := ctx.Err()
			if err != nil {
				return err
			}
			if results[i], err = s.commitOne(ctx, t, &batch[i], ready[i]); err != nil {
				return fmt.Errorf("%s: %w", batch[i].Site, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range results {
		if c := &batch[i]; results[i].Err == nil && ready[i].lean != nil {
			s.kept.follow(c.Site, c.Rev, keptSite{rev: results[i].Rev, report: results[i].ReportID, looked: micros(c.Report.At.Time), newest: ready[i].lean})
		}
	}
	return results, nil
}

// pack encodes the reports of a batch on all processors.
func (s *Store) pack(ctx context.Context, batch []Commit) ([]*packed, error) {
	ready := make([]*packed, len(batch))
	errs := make([]error, len(batch))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(batch)) {
		wg.Go(func() {
			for i := range next {
				if batch[i].Report == nil {
					errs[i] = domaincheck.Errorf(domaincheck.CodeBadInput, batch[i].Site, "a commit needs a report")
					continue
				}
				ready[i], errs[i] = s.packs.report(batch[i].Report)
				if errs[i] == nil && ready[i].size <= keptBytes && s.kept.has(batch[i].Site, batch[i].Rev) {
					ready[i].lean, errs[i] = s.packs.double().report(batch[i].Report)
				}
			}
		})
	}
	for i := range batch {
		next <- i
	}
	close(next)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return ready, ctx.Err()
}

// stored is what a site has before a commit.
type stored struct {
	id, rev, report   int64
	level             int
	verdict           string
	facts             string
	known, seen       string
	deadline, expires int64
	looked            int64
	ok                [3]int64
	memory            []byte
	hash              sql.NullString
}

// storedColumns are those of sites that into reads.
const storedColumns = `id, rev, report_id, level, verdict, facts, known, seen, deadline, expires, looked_at, ok_registration, ok_resolution, ok_page, memory, (SELECT hash FROM reports WHERE reports.id = sites.report_id)`

func (s *stored) into() []any {
	return []any{&s.id, &s.rev, &s.report, &s.level, &s.verdict, &s.facts, &s.known, &s.seen, &s.deadline, &s.expires, &s.looked, &s.ok[0], &s.ok[1], &s.ok[2], &s.memory, &s.hash}
}

func (s *Store) commitOne(ctx context.Context, t *tx, c *Commit, p *packed) (Committed, error) {
	had, err := s.storedSite(ctx, t, c.Site)
	switch {
	case isNone(err):
		return Committed{Err: domaincheck.Errorf(CodeNotFound, c.Site, "is not in the inventory")}, nil
	case err != nil:
		return Committed{}, err
	case had.rev != c.Rev:
		return Committed{Rev: had.rev, Err: domaincheck.Errorf(CodeConflict, c.Site, "changed since it was read (revision %d, now %d)", c.Rev, had.rev)}, nil
	}
	done := Committed{Rev: had.rev + 1, ReportID: had.report, Changed: !had.hash.Valid || had.hash.String != p.hash}
	at := micros(c.Report.At.Time)
	if done.Changed {
		err = t.row(ctx, `INSERT INTO reports (site, first_at, at, looks, hash, verdict, level, doc) VALUES ($1, $2, $2, 1, $3, $4, $5, $6) RETURNING id`,
			[]any{c.Site, at, p.hash, string(c.Report.Verdict), p.level, p.doc}, &done.ReportID)
	} else {
		err = t.put(ctx, `UPDATE reports SET at = $1, looks = looks + 1, doc = $2, level = $3 WHERE id = $4`, at, p.doc, p.level, had.report)
	}
	if err != nil {
		return done, err
	}
	if err := s.writeSite(ctx, t, c, p, &had, done.ReportID); err != nil {
		return done, err
	}
	if had.facts != p.facts {
		if err := errors.Join(writeLists(ctx, t, had.id, p), s.writeNearby(ctx, t, had.id, p)); err != nil {
			return done, err
		}
	}
	if err := writeRaws(ctx, t, had.report, done, p.raws); err != nil {
		return done, err
	}
	if err := s.tell(ctx, t, c); err != nil {
		return done, err
	}
	return done, s.reschedule(ctx, t, c, had.id)
}

// writeSite writes the row of a site. The columns by which sites are listed are
// left alone while they stay as they are, so that no index is touched but that
// of the looks.
func (s *Store) writeSite(ctx context.Context, t *tx, c *Commit, p *packed, had *stored, report int64) error {
	at, in := micros(c.Report.At.Time), &p.insight
	var memory []byte // nil: as it is
	if c.Open != nil {
		var err error
		if memory, err = s.keepOpen(ctx, t, had, *c.Open); err != nil {
			return err
		}
	}
	ok := had.ok
	for i := range ok {
		ok[i] = max(ok[i], in.looked[i])
	}
	if err := t.put(ctx, `UPDATE sites SET rev = rev + 1, looked_at = $1, facts = $2, memory = coalesce($3, memory), ok_registration = $4, ok_resolution = $5, ok_page = $6 WHERE id = $7`,
		at, p.facts, memory, ok[0], ok[1], ok[2], had.id); err != nil {
		return err
	}
	if err := s.relook(ctx, t, had.id, had.known, lookWords(had.ok, had.looked), lookWords(ok, at)); err != nil {
		return err
	}
	if had.report == report && had.level == p.level && had.verdict == string(c.Report.Verdict) && had.seen == in.seen && had.deadline == in.deadline && had.expires == in.expires {
		return nil
	}
	known := withoutExpiry(had.known)
	if err := t.put(ctx, `UPDATE sites SET verdict = $1, level = $2, report_id = $3, known = $4, seen = $5, deadline = $6, expires = $7 WHERE id = $8`,
		string(c.Report.Verdict), p.level, report, known, in.seen, in.deadline, in.expires, had.id); err != nil {
		return err
	}
	return s.reface(ctx, t, had.id, had.known, had.seen, known, in.seen)
}

// keepOpen writes what alerting remembers, and lists it where that says
// something else than before. Nothing open, the usual case, takes no space.
func (s *Store) keepOpen(ctx context.Context, t *tx, had *stored, open []alert.Open) ([]byte, error) {
	if len(open) == 0 && len(had.memory) == 0 {
		return nil, nil
	}
	was, err := openOf(had.memory)
	if err != nil {
		return nil, err
	}
	memory := []byte{}
	if len(open) > 0 {
		if memory, err = json.Marshal(open); err != nil {
			return nil, err
		}
	}
	if slices.Equal(signs(was), signs(open)) {
		return memory, nil
	}
	if err := writeOpen(ctx, t, had.id, open); err != nil || !s.sets() {
		return memory, err
	}
	add, drop := wordDiff(setOf(openWords(was)), setOf(openWords(open)))
	for _, tag := range tagsIn(had.known) {
		t.pending.tags.note(tag, add, 1)
		t.pending.tags.note(tag, drop, -1)
	}
	return memory, s.reword(ctx, t, had.id, add, drop)
}

// openOf reads what keepOpen wrote.
func openOf(memory []byte) ([]alert.Open, error) {
	var open []alert.Open
	if len(memory) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(memory, &open); err != nil {
		return nil, domaincheck.Errorf(CodeCorrupt, "", "what alerting remembers of a site cannot be read: %w", err)
	}
	return open, nil
}

// signs are what of the open events is listed; the rest changes with each look.
func signs(open []alert.Open) []string {
	all := make([]string, len(open))
	for i := range open {
		o := &open[i]
		all[i] = fmt.Sprint(o.Event.Key, " ", o.Event.Level, " ", o.Event.Deadline, " ", o.Event.Finding.Code, " ", o.Held, " ", o.By)
	}
	return all
}

func writeOpen(ctx context.Context, t *tx, id int64, open []alert.Open) error {
	if err := t.put(ctx, `DELETE FROM opens WHERE site_id = $1`, id); err != nil {
		return err
	}
	for n := range open {
		o := &open[n]
		doc, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if err := t.put(ctx, `INSERT INTO opens (site_id, n, key, rule, level, since, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, n, o.Event.Key, o.Event.Rule, o.Event.Level.Rank(), micros(o.Event.Since.Time), string(doc)); err != nil {
			return err
		}
	}
	return nil
}

// writeLists replaces the rows of the lists over all sites.
func writeLists(ctx context.Context, t *tx, id int64, p *packed) error {
	for _, table := range []string{"findings", "risks"} {
		if err := t.put(ctx, `DELETE FROM `+table+` WHERE site_id = $1`, id); err != nil {
			return err
		}
	}
	for n, f := range p.findings {
		if err := t.put(ctx, `INSERT INTO findings (site_id, n, rule, target, result, severity, certainty, since, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			id, n, f.rule, f.target, f.result, f.severity, f.certainty, f.since, f.doc); err != nil {
			return err
		}
	}
	for n, k := range p.risks {
		if err := t.put(ctx, `INSERT INTO risks (site_id, n, outcome, level, deadline, doc) VALUES ($1, $2, $3, $4, $5, $6)`, id, n, k.outcome, k.level, k.deadline, k.doc); err != nil {
			return err
		}
	}
	return nil
}

// writeNearby writes into the row of a site what its line in the list shows of
// the lists.
func (s *Store) writeNearby(ctx context.Context, t *tx, id int64, p *packed) error {
	if !s.sets() {
		return nil
	}
	worst, failing := p.nearby()
	return t.put(ctx, `UPDATE sites SET worst = $1, failing = $2 WHERE id = $3`, worst, failing, id)
}

// nearby is the worst risk and how many findings fail.
func (p *packed) nearby() (worst string, failing int) {
	if len(p.risks) > 0 {
		worst = p.risks[0].doc
	}
	for _, f := range p.findings {
		if f.result == string(domaincheck.Fail) {
			failing++
		}
	}
	return worst, failing
}

// inOrder makes ids of events and messages visible in their order: without it
// PostgreSQL could show 8 before 7, and who reads on after 8 would never see 7.
// It comes first in its transaction, so that nobody waits for it with a lock
// in hand. SQLite has one writer.
func (s *Store) inOrder(ctx context.Context, t *tx) error {
	if s.d.inOrder == "" {
		return nil
	}
	_, err := t.exec(ctx, s.d.inOrder)
	return err
}

// tell writes the events and the outbox.
func (s *Store) tell(ctx context.Context, t *tx, c *Commit) error {
	for i := range c.Events {
		e := &c.Events[i]
		doc, err := json.Marshal(e)
		if err != nil {
			return err
		}
		site, id := cmp.Or(string(e.Domain), c.Site), int64(0)
		if err := t.row(ctx, `INSERT INTO events (site, key, kind, rule, level, at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			[]any{site, e.Key, string(e.Kind), e.Rule, e.Level.Rank(), micros(e.At.Time), doc}, &id); err != nil {
			return err
		}
		if err := tagRow(ctx, t, "e", site, id); err != nil {
			return err
		}
	}
	for i := range c.Out {
		if err := s.enqueue(ctx, t, "", &c.Out[i]); err != nil {
			return err
		}
	}
	return nil
}

// reschedule ends the leases of a commit and sets the next due times.
func (s *Store) reschedule(ctx context.Context, t *tx, c *Commit, id int64) error {
	now := micros(s.Now())
	for _, d := range c.Next {
		var lease *Lease
		for i := range c.Leases {
			if c.Leases[i].Part == d.Part {
				lease = &c.Leases[i]
			}
		}
		if d.Pace != nil {
			if err := t.put(ctx, `UPDATE parts SET pace = $1 WHERE site_id = $2 AND part = $3`, *d.Pace, id, string(d.Part)); err != nil {
				return err
			}
		}
		var err error
		if lease == nil {
			// Nobody's lease: what somebody asked for, or looks at, stays so.
			err = t.put(ctx, `UPDATE parts SET due_at = $1, ready_at = CASE WHEN lease_until > $2 THEN ready_at ELSE $1 END
				WHERE site_id = $3 AND part = $4 AND due_at > $5`, micros(d.At), now, id, string(d.Part), now-century.Microseconds()/2)
		} else {
			err = t.put(ctx, `UPDATE parts SET due_at = CASE WHEN asked = $1 THEN $2 ELSE due_at END, ready_at = CASE WHEN asked = $1 THEN $2 ELSE due_at END, lease_owner = '', lease_until = 0
				WHERE site_id = $3 AND part = $4 AND lease_token = $5`, lease.asked, micros(d.At), id, string(d.Part), lease.Token)
		}
		if err != nil {
			return err
		}
	}
	for _, l := range c.Leases {
		if !slices.ContainsFunc(c.Next, func(d Due) bool { return d.Part == l.Part }) {
			if err := t.put(ctx, `UPDATE parts SET lease_owner = '', lease_until = 0, ready_at = due_at WHERE site_id = $1 AND part = $2 AND lease_token = $3`, id, string(l.Part), l.Token); err != nil {
				return err
			}
		}
	}
	return nil
}
