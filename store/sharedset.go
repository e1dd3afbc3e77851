package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// This file finds subjects and servers in SQLite by the pairs of signs of their
// texts, as find.go does sites.

// sharedMark names the form of these sets, as derivedMark does.
const (
	sharedMark = "derived shared"
	sharedForm = "2"
)

// sharedWord is a pair as it is kept for a table.
func sharedWord(table, pair string) string {
	if table == "subjects" {
		return "s" + pair
	}
	return "v" + pair
}

// pairShared moves a subject or server from one folded text to another.
func (s *Store) pairShared(ctx context.Context, t *tx, table, id, was, is string) error {
	if !s.sets() {
		return nil
	}
	var num int64
	if err := t.row(ctx, `SELECT num FROM `+table+` WHERE id = $1`, []any{id}, &num); err != nil {
		return err
	}
	had, has := gramsOf(was), gramsOf(is)
	for w := range had {
		if !has[w] {
			t.pending.note(t.pending.shared, sharedWord(table, w), num, false)
		}
	}
	for w := range has {
		if !had[w] {
			t.pending.note(t.pending.shared, sharedWord(table, w), num, true)
		}
	}
	return s.flushFull(ctx, t)
}

// forgetShared takes the pairs of a subject or server away that is to go.
func (s *Store) forgetShared(ctx context.Context, t *tx, table, id string) error {
	if !s.sets() {
		return nil
	}
	var search string
	if err := t.row(ctx, `SELECT search FROM `+table+` WHERE id = $1`, []any{id}, &search); err != nil {
		return err
	}
	return s.pairShared(ctx, t, table, id, search, "")
}

// deriveShared makes the sets of subjects and servers anew.
func (s *Store) deriveShared(ctx context.Context, t *tx) error {
	if !s.sets() {
		return nil
	}
	if _, err := t.exec(ctx, `DELETE FROM shared_pairs`); err != nil {
		return err
	}
	for _, table := range []string{"subjects", "servers"} {
		last := ""
		for {
			type row struct{ id, search string }
			var rows []row
			var r row
			if err := t.each(ctx, `SELECT id, search FROM `+table+` WHERE id > $1 ORDER BY id LIMIT 1000`, []any{last}, []any{&r.id, &r.search}, func() error { rows = append(rows, r); return nil }); err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			for _, r := range rows {
				if err := s.pairShared(ctx, t, table, r.id, "", r.search); err != nil {
					return err
				}
			}
			last = rows[len(rows)-1].id
		}
	}
	return nil
}

// sharedIDs gives the ids of up to n subjects or servers whose texts have all
// words of a text and that a scope may see, behind an id, nearest first.
func (v view) sharedIDs(ctx context.Context, set sharedSet, ask *SharedQuery, cursor string, back bool, n int) ([]string, error) {
	f, err := v.sharedText(ctx, set.table, ask.Text)
	if err != nil || f.set != nil && len(f.set) == 0 {
		return nil, err
	}
	scope, err := v.scopeSet(ctx, ask.Scope)
	if err != nil {
		return nil, err
	}
	if scope != nil && scope.len() <= v.sizes.scopeFew {
		return v.sharedOf(ctx, set, f, scope, cursor, back, n)
	}
	if scope != nil && f.set == nil && !back {
		ids, _, err := v.referred(ctx, set, scope, cursor, n, 0)
		return ids, err
	}
	var out []string
	for size := max(5*v.sizes.few, n); ; size = min(4*size, 64000) {
		q := &query{}
		from := set.table + ` INDEXED BY ` + set.table + `_id`
		if f.set != nil && f.set.len() <= v.sizes.few {
			from = set.table
			q.add(`num IN (` + numbers(slices.Collect(f.set.all())) + `)`)
		}
		order := ` ORDER BY id`
		if back {
			order = ` ORDER BY id DESC`
		}
		if cursor != "" && back {
			q.add(`id < ?`, cursor)
		} else if cursor != "" {
			q.add(`id > ?`, cursor)
		}
		var ids []string
		var id string
		var num int64
		got := 0
		if err := v.each(ctx, `SELECT id, num FROM `+from+q.sql()+order+` LIMIT `+decimal(int64(size)), q.args, []any{&id, &num}, func() error {
			got++
			if cursor = id; f.has(num) {
				ids = append(ids, id)
			}
			return nil
		}); err != nil {
			return nil, err
		}
		for _, id := range ids {
			good, err := v.sharedGood(ctx, set, f.words, scope, id)
			if err != nil {
				return nil, err
			}
			if good {
				if out = append(out, id); len(out) == n {
					return out, nil
				}
			}
		}
		if got < size {
			return out, nil
		}
	}
}

// referred gives the ids behind one, in their order, of up to n rows to which
// the sites of a scope refer; whole tells that there are no more. It ends after
// most references, if that is not 0.
func (v view) referred(ctx context.Context, set sharedSet, scope idSet, after string, n, most int) (ids []string, whole bool, err error) {
	rows, err := v.QueryContext(ctx, set.refs, after)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	var ref sql.RawBytes
	var site int64
	for seen := 0; rows.Next(); seen++ {
		if err := rows.Scan(&ref, &site); err != nil {
			return nil, false, err
		}
		if scope.has(site) && (len(ids) == 0 || ids[len(ids)-1] != string(ref)) {
			ids = append(ids, string(ref))
		}
		if len(ids) == n || most > 0 && seen == most {
			return ids, false, nil
		}
	}
	return ids, true, rows.Err()
}

// countInScope counts subjects or servers that a scope sees; where that would
// take long it says how many there are at least.
func (s *Store) countInScope(ctx context.Context, set sharedSet, ask *SharedQuery) (Count, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return Count{}, err
	}
	defer end()
	scope, err := v.scopeSet(ctx, ask.Scope)
	if err != nil {
		return Count{}, s.explain(err)
	}
	most := v.sizes.sample
	var ids []string
	whole := false
	if ask.Text == "" && scope.len() > v.sizes.scopeFew {
		ids, whole, err = v.referred(ctx, set, scope, "", CountLimit+1, 50*most)
	} else {
		if scope.len() <= v.sizes.scopeFew {
			most = CountLimit
		}
		ids, err = v.sharedIDs(ctx, set, ask, "", false, most+1)
		whole = len(ids) <= most
		ids = ids[:min(len(ids), most)]
	}
	return Count{N: int64(len(ids)), More: !whole}, s.explain(err)
}

// sharedOf is sharedIDs in a scope of few sites: by what these refer to.
func (v view) sharedOf(ctx context.Context, set sharedSet, f *found, scope idSet, cursor string, back bool, n int) ([]string, error) {
	parts := pieces(slices.Collect(scope.all()))
	found := make([][]string, len(parts))
	if err := v.spread(ctx, len(parts), func(q querier, i int) error {
		query := `SELECT id, num FROM servers WHERE id IN (SELECT server_id FROM site_servers WHERE site_id IN (` + numbers(parts[i]) + `))`
		if set.table == "subjects" {
			query = `SELECT id, num FROM subjects WHERE id IN (SELECT substr(subject_key, 4) FROM sites WHERE id IN (` + numbers(parts[i]) + `) AND subject_key LIKE 'id %')`
		}
		var id string
		var num int64
		return eachOf(ctx, q, query, nil, []any{&id, &num}, func() error {
			if f.has(num) && (cursor == "" || back && id < cursor || !back && id > cursor) {
				found[i] = append(found[i], id)
			}
			return nil
		})
	}); err != nil {
		return nil, err
	}
	list := slices.Concat(found...)
	slices.Sort(list)
	list = slices.Compact(list)
	if back {
		slices.Reverse(list)
	}
	var out []string
	for _, id := range list {
		good, err := v.sharedGood(ctx, set, f.words, nil, id)
		if err != nil {
			return nil, err
		}
		if good {
			if out = append(out, id); len(out) == n {
				break
			}
		}
	}
	return out, nil
}

// sharedText is found.seek for subjects and servers.
func (v view) sharedText(ctx context.Context, table, text string) (*found, error) {
	f := &found{}
	var wants []want
	for _, w := range strings.Fields(fold(text)) {
		grams, sure := soughtGrams(w)
		if len(grams) == 0 {
			wants = append(wants, wordsFrom("shared_pairs", sharedWord(table, w), sharedWord(table, w)+"\U0010ffff"))
		}
		for _, g := range grams {
			wants = append(wants, wordOf("shared_pairs", sharedWord(table, g)))
		}
		if !sure {
			f.words = append(f.words, w)
		}
	}
	sets, err := v.load(ctx, wants...)
	for _, set := range sets {
		f.narrow(set)
	}
	return f, err
}

// sharedGood looks at what the sets cannot tell.
func (v view) sharedGood(ctx context.Context, set sharedSet, words []string, scope idSet, id string) (bool, error) {
	if len(words) > 0 {
		var text string
		if err := v.QueryRowContext(ctx, `SELECT search FROM `+set.table+` WHERE id = $1`, id).Scan(&text); err != nil {
			return false, err
		}
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			return false, nil
		}
	}
	if scope == nil {
		return true, nil
	}
	rows, err := v.QueryContext(ctx, set.sites, id)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var site int64
		var verdict string
		var level int
		if err := rows.Scan(&site, &verdict, &level); err != nil {
			return false, err
		}
		if scope.has(site) {
			return true, nil
		}
	}
	return false, rows.Err()
}
