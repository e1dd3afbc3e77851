package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
)

// view reads a SQLite store as of one moment, over several connections where
// much is to be read: a disk answers several questions as fast as one.
type view struct {
	*sql.Tx
	sizes sizes
	crew  *crew
}

const (
	// helpers are connections beside those of the readers; each view takes
	// some of those that are free, and waits for none.
	helpers     = 16
	helpersEach = 7
)

// crew is the other connections of a view.
type crew struct {
	s  *Store
	at int64 // the moment that the view sees

	mu    sync.Mutex
	idle  []*sql.Tx
	all   []*sql.Tx
	asked int
	full  bool
}

// view begins a reading transaction; end it.
func (s *Store) view(ctx context.Context) (view, func(), error) {
	t, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return view{}, nil, s.explain(err)
	}
	c := &crew{s: s}
	if c.at, err = momentOf(ctx, t); err != nil {
		_ = t.Rollback()
		return view{}, nil, s.explain(err)
	}
	return view{t, s.sizes, c}, func() { c.end(); _ = t.Rollback() }, nil
}

// Prepare opens the connections that pages are read over, so that the first page
// need not. PostgreSQL's are opened as they are wanted.
func (s *Store) Prepare(ctx context.Context) (err error) {
	if !s.sets() {
		return nil
	}
	for db, n := range map[*sql.DB]int{s.read: readers, s.help: helpers} {
		for range n {
			conn, err := db.Conn(ctx)
			if err != nil {
				return s.explain(err)
			}
			defer func() { _ = conn.Close() }() // they go back when all are open
			var n int64
			if err := conn.QueryRowContext(ctx, `SELECT n FROM moment`).Scan(&n); err != nil {
				return s.explain(err)
			}
		}
	}
	return nil
}

// momentOf settles the moment that a transaction sees, and names it.
func momentOf(ctx context.Context, t *sql.Tx) (n int64, err error) {
	err = t.QueryRowContext(ctx, `SELECT n FROM moment`).Scan(&n)
	return n, err
}

// take gives a further connection; nil if there is none.
func (c *crew) take(ctx context.Context) *sql.Tx {
	if t, more := c.reserve(); t != nil || !more {
		return t
	}
	t, err := c.s.help.BeginTx(ctx, nil)
	at := int64(-1)
	if err == nil {
		at, err = momentOf(ctx, t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && at == c.at {
		c.all = append(c.all, t)
		return t
	}
	// Something was written since: no further connection sees the moment. An
	// error the view's own connection will meet as well, if it is one.
	c.full = true
	if t != nil {
		_ = t.Rollback()
	}
	<-c.s.spare
	return nil
}

// reserve gives an idle connection, or says that one more may be had.
func (c *crew) reserve() (t *sql.Tx, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.idle); n > 0 {
		t, c.idle = c.idle[n-1], c.idle[:n-1]
		return t, false
	}
	if c.full || c.asked == helpersEach {
		return nil, false
	}
	select {
	case c.s.spare <- struct{}{}:
		c.asked++
		return nil, true
	default:
		return nil, false
	}
}

func (c *crew) give(t *sql.Tx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, t)
}

func (c *crew) end() {
	for _, t := range c.all {
		_ = t.Rollback()
		<-c.s.spare
	}
}

// spread does n things, several at once as far as connections are to be had.
func (v view) spread(ctx context.Context, n int, do func(q querier, i int) error) error {
	if n == 1 {
		return do(v.Tx, 0)
	}
	var next atomic.Int64
	errs := make([]error, min(n, 1+helpersEach))
	work := func(w int, q querier) {
		for errs[w] == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			errs[w] = do(q, i)
		}
		next.Store(int64(n))
	}
	var wg sync.WaitGroup
	for w := 1; w < len(errs); w++ {
		wg.Go(func() {
			if next.Load() >= int64(n) {
				return
			}
			if t := v.crew.take(ctx); t != nil {
				work(w, t)
				v.crew.give(t)
			}
		})
	}
	if n > 0 {
		work(0, v.Tx)
	}
	wg.Wait()
	return errors.Join(errs...)
}

// pieces cuts ids so that the connections of a view read about as many each.
func pieces(ids []int64) [][]int64 {
	const least = 3 // not worth a connection of its own
	n := max((len(ids)+helpersEach)/(helpersEach+1), least)
	var all [][]int64
	for len(ids) > n {
		all, ids = append(all, ids[:n]), ids[n:]
	}
	if len(ids) > 0 {
		all = append(all, ids)
	}
	return all
}

func (v view) each(ctx context.Context, query string, args, into []any, do func() error) error {
	return eachOf(ctx, v.Tx, query, args, into, do)
}

// eachOf reads every row of a query into the same variables and calls do.
func eachOf(ctx context.Context, q querier, query string, args, into []any, do func() error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, into, do)
}

// want is stored sets of ids that a condition names.
type want struct {
	table, cond string
	args        []any
}

func wordOf(table, word string) want { return want{table, `word = $1`, []any{word}} }

func wordsFrom(table, from, to string) want {
	return want{table, `word >= $1 AND word < $2`, []any{from, to}}
}

// stretch is a part of a want that one connection reads.
type stretch struct {
	of   int
	cond string
	set  idSet
}

// stretches cut few wants into parts, so that all connections help.
func (v view) stretches(wants []want) []stretch {
	var all []stretch
	blocks := v.crew.s.blocks.Load()
	most := min((helpersEach+len(wants))/max(len(wants), 1), int(blocks/4)+1)
	for i, w := range wants {
		cuts := most
		if len(w.args) > 1 && w.table == "site_sets" || w.table == "message_sets" { // many words with small sets; few ids
			cuts = 1
		}
		step := blocks/int64(cuts) + 1
		for cut := range int64(cuts) {
			cond := w.cond
			if cut > 0 {
				cond += ` AND chunk >= ` + decimal(cut*step)
			}
			if cut < int64(cuts)-1 {
				cond += ` AND chunk < ` + decimal((cut+1)*step)
			}
			all = append(all, stretch{i, cond, idSet{}})
		}
	}
	return all
}

// load reads sets, each into one of its own.
func (v view) load(ctx context.Context, wants ...want) ([]idSet, error) {
	parts := v.stretches(wants)
	err := v.spread(ctx, len(parts), func(q querier, i int) error {
		part := &parts[i]
		var chunk, n int64
		var ids sql.RawBytes
		return eachOf(ctx, q, `SELECT chunk, n, ids FROM `+wants[part.of].table+` WHERE `+part.cond, wants[part.of].args, []any{&chunk, &n, &ids}, func() error {
			part.set.mix(chunk, n, ids)
			return nil
		})
	})
	out := make([]idSet, len(wants))
	for i := range parts {
		if out[parts[i].of] == nil {
			out[parts[i].of] = parts[i].set
		} else {
			out[parts[i].of].or(parts[i].set)
		}
	}
	return out, err
}

// sum reads sets into one.
func (v view) sum(ctx context.Context, wants ...want) (idSet, error) {
	list, err := v.load(ctx, wants...)
	if err != nil {
		return nil, err
	}
	out := idSet{}
	for _, set := range list {
		out.or(set)
	}
	return out, nil
}

// wants are the sets of a group.
func (g group) wants() []want {
	var all []want
	for _, w := range g.exact {
		all = append(all, wordOf("site_sets", w))
	}
	for _, p := range g.prefix {
		all = append(all, wordsFrom("site_sets", p, p+"\U0010ffff"))
	}
	return all
}

// words is the set of the sites that have any word of a group.
func (v view) words(ctx context.Context, g group) (idSet, error) { return v.sum(ctx, g.wants()...) }

// ids adds the ids that a query gives.
func (v view) ids(ctx context.Context, into idSet, query string, args ...any) error {
	var id int64
	return v.each(ctx, query, args, []any{&id}, func() error { into.add(id); return nil })
}
