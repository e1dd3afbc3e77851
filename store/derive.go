package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// This file makes what the lists read out of what the store holds: after an
// upgrade from a schema that had none of it, after a backup from another
// dialect, and at the end of a first import.

// derivedMark names the form of what is derived; another one in the store makes
// Open derive it anew.
const (
	derivedMark = "derived"
	derivedForm = "2"
)

// derive makes all of it anew where the store has another form of it.
func (s *Store) derive(ctx context.Context) error {
	ctx = patient(ctx)
	for _, d := range []struct {
		mark, form string
		make       func(context.Context, *tx) error
	}{{derivedMark, derivedForm, s.deriveAll}, {sharedMark, sharedForm, s.deriveShared}, {tagMark, tagForm, s.deriveTags}, {messageMark, messageForm, s.deriveMessages}} {
		form, err := s.Mark(ctx, d.mark)
		if err != nil {
			return err
		}
		if form == d.form {
			continue
		}
		if err := s.inTx(ctx, func(t *tx) error {
			// Another process may have done it while this one waited.
			if err := t.row(ctx, `SELECT value FROM marks WHERE name = $1`, []any{d.mark}, &form); err == nil && form == d.form {
				return nil
			} else if err != nil && !isNone(err) {
				return err
			}
			if err := d.make(ctx, t); err != nil {
				return err
			}
			_, err := t.exec(ctx, `INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, d.mark, d.form)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// deriveBatch is how many sites are read at once.
const deriveBatch = 500

func (s *Store) deriveAll(ctx context.Context, t *tx) error {
	if s.d.name == "postgres" {
		if _, err := t.exec(ctx, `LOCK TABLE sites IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
	}
	for _, table := range s.derivedTables() {
		if _, err := t.exec(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	made := newDerived(s.place)
	defer made.close()
	last := int64(0)
	for {
		n, err := s.deriveSites(ctx, t, made, &last)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	if err := errors.Join(s.deriveRows(ctx, t), s.deriveMessages(ctx, t)); err != nil {
		return err
	}
	return made.finish(ctx, s, t)
}

func (s *Store) derivedTables() []string {
	if s.sets() {
		return []string{"site_sets", "site_pairs", "site_counts", "site_order", "opens", "row_tags", "tag_counts", "tag_looks"}
	}
	return []string{"site_facets", "opens", "row_tags"}
}

// deriveSites does a batch of sites.
func (s *Store) deriveSites(ctx context.Context, t *tx, made *derived, last *int64) (int, error) {
	type row struct {
		id, report, looked int64
		doc, origin        string
		memory, packed     []byte
	}
	var rows []row
	var r row
	if err := t.each(ctx, `SELECT s.id, s.report_id, s.looked_at, s.doc, s.origin, s.memory, r.doc FROM sites s LEFT JOIN reports r ON r.id = s.report_id WHERE s.id > $1 ORDER BY s.id LIMIT `+decimal(deriveBatch),
		[]any{*last}, []any{&r.id, &r.report, &r.looked, &r.doc, &r.origin, &r.memory, &r.packed}, func() error {
			rows = append(rows, r)
			return nil
		}); err != nil {
		return 0, err
	}
	h := newShared(t)
	for _, r := range rows {
		*last = r.id
		site, err := h.inline(ctx, r.doc)
		if err != nil {
			return 0, err
		}
		in := insight{seen: neverSeen()}
		worst, failing := "", 0
		if r.packed != nil {
			report, err := unpackReport(r.packed)
			if err != nil {
				return 0, err
			}
			out := &packed{level: -1}
			if err := out.rows(&s.packs.docs, report); err != nil {
				return 0, err
			}
			in = see(report, out)
			worst, failing = out.nearby()
			r.looked = micros(report.At.Time)
		}
		told := int64(0)
		if in.expires == 0 && r.packed == nil {
			told = dateMicros(site.Expires)
			in.expires = told
		}
		text, known := searchText(site), knownFacets(&site, r.origin, told)
		doc, err := referring(s, site)
		if err != nil {
			return 0, err
		}
		if _, err := t.exec(ctx, `UPDATE sites SET search = $1, known = $2, seen = $3, deadline = $4, expires = $5, ok_registration = $6, ok_resolution = $7, ok_page = $8, doc = $9 WHERE id = $10`,
			text, known, in.seen, in.deadline, in.expires, in.looked[0], in.looked[1], in.looked[2], string(doc), r.id); err != nil {
			return 0, err
		}
		if s.sets() {
			if _, err := t.exec(ctx, `UPDATE sites SET holder = $1, worst = $2, failing = $3 WHERE id = $4`, holderOf(&site), worst, failing, r.id); err != nil {
				return 0, err
			}
		}
		open, err := openOf(r.memory)
		if err != nil {
			return 0, err
		}
		if len(open) > 0 {
			if err := writeOpen(ctx, t, r.id, open); err != nil {
				return 0, err
			}
		}
		if s.sets() {
			if made.tags.n > s.sizes.pending {
				if err := made.tags.write(ctx, t); err != nil {
					return 0, err
				}
			}
			err = made.site(r.id, listing{known, in.seen, text, lookWords(in.looked, r.looked), openWords(open)})
		} else {
			err = s.reface(ctx, t, r.id, "", "", known, in.seen)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// deriveRows lists the rows that scopes see.
func (s *Store) deriveRows(ctx context.Context, t *tx) error {
	for _, k := range taggedRows() {
		if _, err := t.exec(ctx, `INSERT INTO row_tags (kind, tag, row_id) SELECT DISTINCT '`+k.kind+`', y.tag, `+k.id+` FROM `+k.table+` JOIN sites z ON z.site = `+k.table+`.site JOIN site_tags y ON y.site_id = z.id`); err != nil {
			return err
		}
	}
	return nil
}

// inserter writes rows, many a statement, or copies them.
type inserter struct {
	t     *tx
	table string
	names []string
	fixed []any // values of the last columns, the same in every row: texts and numbers
	args  []any
	whole string  // the statement for insertRows rows
	rows  [][]any // to be copied
	copy  bool
}

// into is an inserter for columns, of which the last ones have fixed values.
func (t *tx) into(table, names string, fixed ...any) inserter {
	return inserter{t: t, table: table, names: strings.Split(names, ", "), fixed: fixed, copy: t.copies()}
}

// insertRows is how many rows a statement writes; SQLite takes 32,766
// arguments, PostgreSQL 65,535.
const insertRows = 64

func (in *inserter) columns() int { return len(in.names) - len(in.fixed) }

func (in *inserter) add(ctx context.Context, values ...any) error {
	if in.copy {
		if in.rows = append(in.rows, append(values, in.fixed...)); len(in.rows) < copyRows {
			return nil
		}
		return in.end(ctx)
	}
	if in.args = append(in.args, values...); len(in.args) < insertRows*in.columns() {
		return nil
	}
	return in.end(ctx)
}

func (in *inserter) end(ctx context.Context) error {
	if len(in.rows) > 0 {
		err := in.t.copyIn(ctx, in.table, in.names, in.rows)
		in.rows = in.rows[:0]
		return err
	}
	if len(in.args) == 0 {
		return nil
	}
	n := len(in.args) / in.columns()
	if n != insertRows || in.whole == "" {
		text := in.statement(n)
		if n == insertRows {
			in.whole = text
		} else {
			_, err := in.t.ExecContext(ctx, text, in.args...)
			in.args = in.args[:0]
			return err
		}
	}
	_, err := in.t.exec(ctx, in.whole, in.args...)
	in.args = in.args[:0]
	return err
}

func (in *inserter) statement(rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO ` + in.table + ` (` + strings.Join(in.names, ", ") + `) VALUES `)
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j := range in.columns() {
			if j > 0 {
				b.WriteString(", ")
			}
			if in.t.unnamed {
				b.WriteByte('?')
				continue
			}
			b.WriteByte('$')
			b.WriteString(decimal(int64(i*in.columns() + j + 1)))
		}
		for _, v := range in.fixed {
			if text, ok := v.(string); ok {
				fmt.Fprintf(&b, ", '%s'", strings.ReplaceAll(text, "'", "''"))
			} else {
				fmt.Fprintf(&b, ", %d", v)
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}
