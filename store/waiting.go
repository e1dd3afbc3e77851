package store

import "context"

// WaitingChannels lists the channels that pending rows of the outbox wait for,
// in order, whether or not anybody drains them.
func (s *Store) WaitingChannels(ctx context.Context) ([]string, error) {
	var all []string
	for last := ""; ; {
		next := ""
		if err := s.each(ctx, `SELECT channel FROM outbox WHERE state = 'pending' AND channel > $1 ORDER BY channel LIMIT 1`,
			[]any{last}, []any{&next}, func() error { return nil }); err != nil {
			return nil, err
		}
		if next == "" {
			return all, nil
		}
		all, last = append(all, next), next
	}
}
