package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// This file finds subjects and servers in SQLite by the pairs of signs of their
// texts, as find.go does sites.

// sharedMark names the form of these sets, as derivedMark does.
const (
	sharedMark = "derived shared"
	sharedForm = "1"
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
	had, has := pairsOf(was), pairsOf(is)
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
	var out []string
	for size := max(2*v.sizes.few, n); ; size = min(4*size, 64000) {
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

// sharedOf is sharedIDs in a scope of few sites: by what these refer to.
func (v view) sharedOf(ctx context.Context, set sharedSet, f *found, scope idSet, cursor string, back bool, n int) ([]string, error) {
	ids := map[string]bool{}
	var id string
	var num int64
	sites := numbers(slices.Collect(scope.all()))
	query := `SELECT id, num FROM servers WHERE id IN (SELECT server_id FROM site_servers WHERE site_id IN (` + sites + `))`
	if set.table == "subjects" {
		query = `SELECT id, num FROM subjects WHERE id IN (SELECT substr(subject_key, 4) FROM sites WHERE id IN (` + sites + `) AND subject_key LIKE 'id %')`
	}
	if err := v.each(ctx, query, nil, []any{&id, &num}, func() error {
		if f.has(num) && (cursor == "" || back && id < cursor || !back && id > cursor) {
			ids[id] = true
		}
		return nil
	}); err != nil {
		return nil, err
	}
	list := slices.Sorted(maps.Keys(ids))
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

// sharedText is findText for subjects and servers.
func (v view) sharedText(ctx context.Context, table, text string) (*found, error) {
	f := &found{}
	for _, w := range strings.Fields(fold(text)) {
		n := utf8.RuneCountInString(w)
		if n == 1 {
			one := idSet{}
			if err := v.load(ctx, "shared_pairs", one, `word >= $1 AND word < $2`, sharedWord(table, w), sharedWord(table, w)+"\U0010ffff"); err != nil {
				return nil, err
			}
			f.narrow(one)
			continue
		}
		for p := range pairsOf(w) {
			if strings.HasSuffix(p, "\n") {
				continue
			}
			one := idSet{}
			if err := v.load(ctx, "shared_pairs", one, `word = $1`, sharedWord(table, p)); err != nil {
				return nil, err
			}
			f.narrow(one)
		}
		if n > 2 {
			f.words = append(f.words, w)
		}
	}
	return f, nil
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
		if err := rows.Scan(&site); err != nil {
			return false, err
		}
		if scope.has(site) {
			return true, nil
		}
	}
	return false, rows.Err()
}
