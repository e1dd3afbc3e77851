package store

import (
	"context"
	"slices"
)

// This file keeps in SQLite the sets of messages that a scope is counted by: a
// transaction gathers what changes of them, as it does of those of sites.

// messageMark names the form of these sets, as derivedMark does.
const (
	messageMark = "derived messages"
	messageForm = "1"
)

// The words of messages: what follows is the channel, or the tag.
const (
	messagePending = "p:"
	messageDead    = "d:"
	messageTag     = "t:"
	messageSeveral = "s:" // that tell, or told, of several sites
)

// messageWord is the word of a state in which a message is counted; "" of others.
func messageWord(state, channel string) string {
	switch state {
	case "pending":
		return messagePending + channel
	case "dead":
		return messageDead + channel
	}
	return ""
}

// remessage moves a message from one word to another ("": none).
func (t *tx) remessage(id int64, was, is string) {
	if !t.sets || was == is {
		return
	}
	if was != "" {
		t.pending.note(t.pending.messages, was, id, false)
	}
	if is != "" {
		t.pending.note(t.pending.messages, is, id, true)
	}
}

// restated notes that a message goes from one state to another.
func (t *tx) restated(ctx context.Context, id int64, was, is string) error {
	if !t.sets {
		return nil
	}
	var channel string
	err := t.row(ctx, `SELECT channel FROM outbox WHERE id = $1`, []any{id}, &channel)
	t.remessage(id, messageWord(was, channel), messageWord(is, channel))
	return err
}

// forget notes that messages that were settled before a moment are to be removed.
func (t *tx) forget(ctx context.Context, before int64) error {
	if !t.sets {
		return nil
	}
	var id int64
	var channel, state string
	return t.each(ctx, `SELECT id, channel, state FROM outbox WHERE state <> 'pending' AND settled_at < $1`, []any{before}, []any{&id, &channel, &state}, func() error {
		t.remessage(id, messageWord(state, channel), "")
		t.remessage(id, messageSeveral, "")
		return nil
	})
}

// deriveMessages makes all of these sets anew.
func (s *Store) deriveMessages(ctx context.Context, t *tx) error {
	if !s.sets() {
		return nil
	}
	if _, err := t.exec(ctx, `DELETE FROM message_sets`); err != nil {
		return err
	}
	var id int64
	var w string
	for _, query := range []string{
		`SELECT id, '` + messagePending + `' || channel FROM outbox INDEXED BY outbox_pending WHERE state = 'pending'`,
		`SELECT id, '` + messageDead + `' || channel FROM outbox INDEXED BY outbox_dead WHERE state = 'dead'`,
		`SELECT row_id, '` + messageTag + `' || tag FROM row_tags WHERE kind = 'o'`,
		`SELECT outbox_id, '` + messageSeveral + `' FROM outbox_keys GROUP BY outbox_id HAVING min(site) <> max(site)`,
	} {
		if err := t.each(ctx, query, nil, []any{&id, &w}, func() error { t.remessage(id, "", w); return nil }); err != nil {
			return err
		}
		if err := s.flush(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// ofScope gives the messages of some stored words that a scope sees, each
// word's for itself.
func (v view) ofScope(ctx context.Context, scope Scope, words ...string) ([][]int64, error) {
	wants := []want{wordOf("message_sets", messageSeveral)}
	for _, w := range words {
		wants = append(wants, wordOf("message_sets", w))
	}
	for _, tag := range scope.Tags {
		wants = append(wants, wordOf("message_sets", messageTag+tag))
	}
	sets, err := v.load(ctx, wants...)
	if err != nil {
		return nil, err
	}
	several, ours := sets[0], idSet{}
	for _, set := range sets[1+len(words):] {
		ours.or(set)
	}
	all := make([][]int64, len(words))
	for i := range words {
		own := ours.both(sets[1+i])
		sure, err := v.ownMessages(ctx, scope, slices.Collect(own.both(several).all()))
		if err != nil {
			return nil, err
		}
		own.minus(several)
		for _, id := range sure {
			own.add(id)
		}
		all[i] = slices.Collect(own.all())
	}
	return all, nil
}
