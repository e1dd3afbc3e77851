package store

import (
	"context"
	"slices"
	"strings"
)

// This file counts and lists in SQLite what a scope sees of the outbox, by the
// rows that bear its tags.

// channelsBySets is Channels.
func (s *Store) channelsBySets(ctx context.Context, scope Scope) ([]ChannelCount, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	all, err := v.channels(ctx, scope)
	return all, s.explain(err)
}

func (v view) channels(ctx context.Context, scope Scope) ([]ChannelCount, error) {
	words, counts, err := v.messageWords(ctx, messagePending, messageDead)
	if err != nil {
		return nil, err
	}
	var own [][]int64
	if !scope.All() {
		if own, err = v.ofScope(ctx, scope, words...); err != nil {
			return nil, err
		}
	}
	byName := map[string]*ChannelCount{}
	for i, w := range words {
		n, first := counts[i], int64(0)
		if own != nil {
			if n = int64(len(own[i])); n > 0 {
				first = own[i][0]
			}
		}
		if n == 0 {
			continue
		}
		name := w[len(messagePending):]
		c := byName[name]
		if c == nil {
			c = &ChannelCount{Channel: name}
			byName[name] = c
		}
		if w == messageDead+name {
			c.Dead = n
			continue
		}
		c.Pending = n
		if own == nil {
			if err := v.QueryRowContext(ctx, `SELECT coalesce(min(id), 0) FROM outbox INDEXED BY outbox_pending WHERE channel = $1 AND state = 'pending'`, name).Scan(&first); err != nil {
				return nil, err
			}
		}
		var queued int64
		if err := v.QueryRowContext(ctx, `SELECT queued_at FROM outbox WHERE id = $1`, first).Scan(&queued); err != nil {
			return nil, err
		}
		c.Oldest = instant(queued)
	}
	all := make([]ChannelCount, 0, len(byName))
	for _, c := range byName {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b ChannelCount) int { return strings.Compare(a.Channel, b.Channel) })
	return all, nil
}

// messageWords gives the stored words of messages of some kinds, and how many
// messages have each.
func (v view) messageWords(ctx context.Context, kinds ...string) (words []string, counts []int64, err error) {
	var w string
	var n int64
	for _, kind := range kinds {
		if err := v.each(ctx, `SELECT word, sum(n) FROM message_sets WHERE word >= $1 AND word < $2 GROUP BY word`, []any{kind, kind + "\U0010ffff"}, []any{&w, &n}, func() error {
			words, counts = append(words, w), append(counts, n)
			return nil
		}); err != nil {
			return nil, nil, err
		}
	}
	return words, counts, nil
}

// countedDeliveries gives the ids of the messages in a state that is counted
// which a scope sees, the newest first: those of a page of Deliveries.
func (s *Store) countedDeliveries(ctx context.Context, ask *DeliveryQuery) ([]int64, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	words := []string{messageWord(ask.State, ask.Channel)}
	if ask.Channel == "" {
		if words, _, err = v.messageWords(ctx, words[0]); err != nil {
			return nil, s.explain(err)
		}
	}
	own, err := v.ofScope(ctx, ask.Scope, words...)
	ids := slices.Concat(own...)
	if ask.After > 0 {
		ids = slices.DeleteFunc(ids, func(id int64) bool { return id >= ask.After })
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids[:min(len(ids), page(ask.Limit))], s.explain(err)
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
