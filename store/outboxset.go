package store

import (
	"context"
	"slices"
	"strings"
)

// This file counts and lists in SQLite what a scope sees of the outbox, by the
// rows that bear its tags.

// channelsBySets is Channels in a scope.
func (s *Store) channelsBySets(ctx context.Context, scope Scope) ([]ChannelCount, error) {
	waiting, err := s.WaitingChannels(ctx)
	if err != nil {
		return nil, err
	}
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	byName := map[string]*ChannelCount{}
	at := func(name string) *ChannelCount {
		if byName[name] == nil {
			byName[name] = &ChannelCount{Channel: name}
		}
		return byName[name]
	}
	for _, name := range waiting {
		ids, err := v.waiting(ctx, scope, name)
		if err != nil {
			return nil, s.explain(err)
		}
		if len(ids) > 0 {
			at(name).Pending, at(name).first = int64(len(ids)), ids[0]
		}
	}
	dead, channels, err := v.dead(ctx, scope)
	if err != nil {
		return nil, s.explain(err)
	}
	for _, id := range dead {
		at(channels[id]).Dead++
	}
	all := make([]ChannelCount, 0, len(byName))
	for _, c := range byName {
		if c.first != 0 {
			var queued int64
			if err := v.QueryRowContext(ctx, `SELECT queued_at FROM outbox WHERE id = $1`, c.first).Scan(&queued); err != nil {
				return nil, s.explain(err)
			}
			c.Oldest = instant(queued)
		}
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b ChannelCount) int { return strings.Compare(a.Channel, b.Channel) })
	return all, nil
}

// waiting gives the ids of the pending rows of a channel that a scope sees,
// ascending.
func (v view) waiting(ctx context.Context, scope Scope, channel string) ([]int64, error) {
	var first int64
	if err := v.QueryRowContext(ctx, `SELECT coalesce(min(id), 0) FROM outbox INDEXED BY outbox_pending WHERE channel = $1 AND state = 'pending'`, channel).Scan(&first); err != nil {
		return nil, err
	}
	var ids []int64
	var id int64
	for _, tag := range scope.Tags {
		if err := v.each(ctx, `SELECT row_id FROM row_tags WHERE kind = 'o' AND tag = $1 AND row_id >= $2 AND EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_pending WHERE channel = $3 AND id = row_id AND state = 'pending')`,
			[]any{tag, first, channel}, []any{&id}, func() error { ids = append(ids, id); return nil }); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	return v.ownMessages(ctx, scope, slices.Compact(ids))
}

// dead gives the ids of the dead letters that a scope sees, and the channel of
// each.
func (v view) dead(ctx context.Context, scope Scope) ([]int64, map[int64]string, error) {
	channels := map[int64]string{}
	q := &query{}
	q.add(`state = 'dead'`)
	q.scopedRow(scope, "o", "outbox.id")
	var ids []int64
	var id int64
	var channel string
	if err := v.each(ctx, `SELECT id, channel FROM outbox INDEXED BY outbox_dead`+q.sql()+` ORDER BY id`, q.args, []any{&id, &channel}, func() error {
		ids, channels[id] = append(ids, id), channel
		return nil
	}); err != nil {
		return nil, nil, err
	}
	ids, err := v.ownMessages(ctx, scope, ids)
	return ids, channels, err
}

// ownMessages keeps, of rows of the outbox that bear a tag of a scope, in their
// order, those of which every site is in it. A row that tells of one site bears
// that site's tags; of the others the sites are looked up.
func (v view) ownMessages(ctx context.Context, scope Scope, ids []int64) ([]int64, error) {
	sites := map[int64][]string{}
	several := map[string]bool{}
	var id int64
	var site string
	for part := range slices.Chunk(ids, 1000) {
		if err := v.each(ctx, `SELECT DISTINCT outbox_id, site FROM outbox_keys WHERE outbox_id IN (`+numbers(part)+`)`, nil, []any{&id, &site}, func() error {
			if sites[id] = append(sites[id], site); len(sites[id]) > 1 {
				for _, s := range sites[id] {
					several[s] = true
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	names := make([]string, 0, len(several))
	for s := range several {
		names = append(names, s)
	}
	slices.Sort(names)
	for part := range slices.Chunk(names, 500) {
		q := &query{}
		anyOf(q, `s.site IN (%s)`, part)
		q.scoped(scope, "s.id")
		if err := v.each(ctx, `SELECT s.site FROM sites s`+q.sql(), q.args, []any{&site}, func() error { several[site] = false; return nil }); err != nil {
			return nil, err
		}
	}
	out := make([]int64, 0, len(ids))
	for _, id := range ids {
		if len(sites[id]) > 0 && !slices.ContainsFunc(sites[id], func(s string) bool { return several[s] }) {
			out = append(out, id)
		}
	}
	return out, nil
}

// ownOf is ownMessages as of now.
func (s *Store) ownOf(ctx context.Context, scope Scope, ids []int64) ([]int64, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	ids, err = v.ownMessages(ctx, scope, ids)
	return ids, s.explain(err)
}
