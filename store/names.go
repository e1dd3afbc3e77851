package store

import "context"

// Names gives every domain of the inventory, in no order, and tells how many
// sites there are: what a prediction needs of a million sites, which are never
// all in memory.
func (s *Store) Names(ctx context.Context, name func(domain string)) (sites int, err error) {
	var domain string
	if err := s.each(ctx, `SELECT domain FROM site_domains`, nil, []any{&domain}, func() error { name(domain); return nil }); err != nil {
		return 0, err
	}
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM sites`).Scan(&sites)
	return sites, s.explain(err)
}
