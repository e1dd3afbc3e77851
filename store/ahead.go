package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// A server is asked over a network, and each question takes a way there and
// back in which both sides wait: of the statements of a batch of sites most of
// the time goes into that. So what nobody waits for the result of is put
// together and sent at once ([tx.put]), and what is read of each site is read of
// all in the beginning ([Store.lookAhead]). SQLite is no way off: there each
// statement runs when it is said.

// putMost is how many statements are put together.
const putMost = 512

type batchedKey struct{}

// batched marks a call that works on many sites in one transaction.
func batched(ctx context.Context) context.Context {
	return context.WithValue(ctx, batchedKey{}, true)
}

func isBatched(ctx context.Context) bool { return ctx.Value(batchedKey{}) != nil }

// statement waits to be sent.
type statement struct {
	query string
	args  []any
}

// put runs a statement whose result nobody waits for: at once, or, where that
// saves ways, before the next whose result somebody does, or the end. What is
// wrong with it is told then.
func (t *tx) put(ctx context.Context, query string, args ...any) error {
	if !t.pipes {
		_, err := t.exec(ctx, query, args...)
		return err
	}
	t.waiting = append(t.waiting, statement{query, args})
	if len(t.waiting) < putMost {
		return nil
	}
	return t.send(ctx)
}

// send sends what waits, in its order.
func (t *tx) send(ctx context.Context) error {
	if len(t.waiting) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	for _, w := range t.waiting {
		b.Queue(w.query, w.args...)
	}
	t.waiting = nil
	ctx = t.within(ctx)
	return t.conn.Raw(func(c any) error { return c.(*stdlib.Conn).Conn().SendBatch(ctx, b).Close() })
}

// ahead is what was read of all sites of a batch before the first is written.
type ahead struct {
	sites map[string]*stored
	raws  map[int64][]rawRow // by report
}

// rawRow is a rawRef with the part it belongs to.
type rawRow struct {
	rawRef
	domain, part string
}

// lookAhead locks and reads the sites of a batch, in the order in which all
// processes do, and what came with their newest reports.
func (s *Store) lookAhead(ctx context.Context, t *tx, batch []Commit) error {
	if s.d.name != "postgres" {
		return nil
	}
	names := make([]string, len(batch))
	for i := range batch {
		names[i] = batch[i].Site
	}
	a := &ahead{sites: make(map[string]*stored, len(batch)), raws: make(map[int64][]rawRow, len(batch))}
	var reports []int64
	var site string
	var had stored
	if err := t.each(ctx, `SELECT site, `+storedColumns+` FROM sites WHERE site = ANY($1) ORDER BY site`+s.d.forUpdate, []any{names}, append([]any{&site}, had.into()...), func() error {
		one := had
		a.sites[site] = &one
		if had.report != 0 {
			reports = append(reports, had.report)
			a.raws[had.report] = nil
		}
		had = stored{}
		return nil
	}); err != nil {
		return err
	}
	var report int64
	var r rawRow
	if err := t.each(ctx, `SELECT report_id, domain, part, n, kind, source, at, hash FROM raw_refs WHERE report_id = ANY($1) ORDER BY report_id, domain, part, n`,
		[]any{reports}, []any{&report, &r.domain, &r.part, &r.n, &r.kind, &r.source, &r.at, &r.hash}, func() error {
			a.raws[report] = append(a.raws[report], r)
			return nil
		}); err != nil {
		return err
	}
	t.ahead = a
	return nil
}

// storedSite reads a site that is to be written, and locks it; what was read
// ahead serves once.
func (s *Store) storedSite(ctx context.Context, t *tx, site string) (had stored, err error) {
	if t.ahead != nil && t.ahead.sites[site] != nil {
		had = *t.ahead.sites[site]
		delete(t.ahead.sites, site)
		return had, nil
	}
	err = t.row(ctx, `SELECT `+storedColumns+` FROM sites WHERE site = $1`+s.d.forUpdate, []any{site}, had.into()...)
	if t.ahead != nil { // it stands twice in the batch
		delete(t.ahead.raws, had.report)
	}
	return had, err
}

// rawsOf are the rows of a part of a report, which was copied from another if
// that is not the same.
func (t *tx) rawsOf(ctx context.Context, was, report int64, part *packedPart) (old []rawRef, err error) {
	if t.ahead != nil {
		if rows, read := t.ahead.raws[was]; read || was == 0 {
			for i := range rows {
				if r := &rows[i]; r.domain == part.domain && r.part == part.part {
					old = append(old, r.rawRef)
				}
			}
			return old, nil
		}
	}
	var r rawRef
	err = t.each(ctx, `SELECT n, kind, source, at, hash FROM raw_refs WHERE report_id = $1 AND domain = $2 AND part = $3 ORDER BY n`,
		[]any{report, part.domain, part.part}, []any{&r.n, &r.kind, &r.source, &r.at, &r.hash}, func() error {
			old = append(old, r)
			return nil
		})
	return old, err
}
