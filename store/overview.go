package store

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/watch"
)

// Overview counts the sites of a scope.
type Overview struct {
	At        time.Time // by the store's clock
	Sites     int64
	Verdicts  map[domaincheck.Verdict]int64     // "": not looked at yet
	Levels    map[domaincheck.Severity]int64    // of the worst risk; "": without one
	Outcomes  map[domaincheck.RiskOutcome]int64 // sites with such a risk
	States    map[domaincheck.SiteState]int64
	Provinces []Standing // the most sites first; "" are those without a province
	Providers []Standing // a site with several providers stands at each; "" are those without
	Coverage  []Coverage // registration, resolution, page
}

// Standing is how the sites of one province or provider stand.
type Standing struct {
	Key   string
	Sites int64
	Fail  int64 // verdict fail
	High  int64 // worst risk high or critical
}

// Coverage is how much of one part was truly looked at: with an answer that
// tells something.
type Coverage struct {
	Part  watch.Part
	Sites int64
	Old   int64 // of them not since the moment asked for, to the hour; the never ones too
	Never int64
}

// DayCount counts on one Beijing day.
type DayCount struct {
	Day domaincheck.Date
	N   int64
}

// Overview counts sites; since says from when a part counts as looked at.
func (s *Store) Overview(ctx context.Context, scope Scope, since time.Time) (Overview, error) {
	o := Overview{At: s.Now(), Verdicts: map[domaincheck.Verdict]int64{}, Levels: map[domaincheck.Severity]int64{}, Outcomes: map[domaincheck.RiskOutcome]int64{}, States: map[domaincheck.SiteState]int64{}}
	if s.sets() {
		err := s.setOverview(ctx, &o, scope, since)
		return o, err
	}
	counts, err := s.tallies(ctx, scope, facetVerdict, facetLevel, facetOutcome, facetState)
	if err != nil {
		return o, err
	}
	if err := o.take(counts); err != nil {
		return o, err
	}
	if o.Provinces, err = s.standings(ctx, scope, facetProvince); err != nil {
		return o, err
	}
	if o.Providers, err = s.standings(ctx, scope, facetProvider); err != nil {
		return o, err
	}
	o.Coverage, err = s.coverage(ctx, scope, since)
	return o, err
}

// take reads the counts of whole kinds.
func (o *Overview) take(counts []Tally) error {
	for _, t := range counts {
		kind, value := t.Key[:2], t.Key[2:]
		switch kind {
		case facetVerdict:
			o.Verdicts[domaincheck.Verdict(value)] = t.N
			o.Sites += t.N
		case facetLevel:
			rank, err := strconv.Atoi(value)
			if err != nil {
				return err
			}
			o.Levels[severityOf(rank)] = t.N
		case facetOutcome:
			o.Outcomes[domaincheck.RiskOutcome(value)] = t.N
		case facetState:
			o.States[domaincheck.SiteState(value)] = t.N
		}
	}
	return nil
}

// A Facet is what sites can be counted by.
type Facet string

// The facets.
const (
	FacetState     Facet = facetState
	FacetVerdict   Facet = facetVerdict
	FacetProvince  Facet = facetProvince
	FacetProvider  Facet = facetProvider
	FacetRegistrar Facet = facetRegistrar
	FacetTLD       Facet = facetTLD
	FacetTag       Facet = facetTag
	FacetCustomer  Facet = facetCustomer
	FacetOutcome   Facet = facetOutcome
)

// Facets counts the sites of a scope by the values of a facet, the most first,
// at most limit (0: all). Of tags a scope sees its own only.
func (s *Store) Facets(ctx context.Context, scope Scope, facet Facet, limit int) ([]Tally, error) {
	all, err := s.FacetsOf(ctx, scope, limit, facet)
	return all[facet], err
}

// FacetsOf is Facets for several ones together.
func (s *Store) FacetsOf(ctx context.Context, scope Scope, limit int, facets ...Facet) (map[Facet][]Tally, error) {
	var ranges [][2]string
	for _, f := range facets {
		if f != FacetTag || scope.All() {
			ranges = append(ranges, wordsOf(string(f)))
			continue
		}
		own := slices.Clone(scope.Tags)
		slices.Sort(own)
		for _, t := range slices.Compact(own) {
			w := word(facetTag, t)
			ranges = append(ranges, [2]string{w, w + "\x01"}) // the word alone
		}
	}
	list, err := s.talliesOf(ctx, scope, ranges)
	if err != nil {
		return nil, err
	}
	all := map[Facet][]Tally{}
	for _, t := range list {
		f := Facet(t.Key[:2])
		all[f] = append(all[f], Tally{t.Key[2:], t.N})
	}
	for f, list := range all {
		if all[f] = byCount(list); limit > 0 && len(list) > limit {
			all[f] = list[:limit]
		}
	}
	return all, nil
}

// tallies counts sites by every word of some kinds.
func (s *Store) tallies(ctx context.Context, scope Scope, kinds ...string) ([]Tally, error) {
	ranges := make([][2]string, len(kinds))
	for i, k := range kinds {
		ranges[i] = [2]string{k, k + "\U0010ffff"}
	}
	return s.talliesOf(ctx, scope, ranges)
}

// talliesOf counts sites by the words between two each.
func (s *Store) talliesOf(ctx context.Context, scope Scope, ranges [][2]string) ([]Tally, error) {
	if s.sets() {
		return s.setTallies(ctx, scope, ranges)
	}
	q := &query{}
	var conds []string
	var args []any
	for _, r := range ranges {
		conds, args = append(conds, `facet >= ? AND facet < ?`), append(args, r[0], r[1])
	}
	q.add(`(`+strings.Join(conds, ` OR `)+`)`, args...)
	q.scoped(scope, "site_facets.site_id")
	var all []Tally
	var t Tally
	err := s.each(ctx, `SELECT facet, count(*) FROM site_facets`+q.sql()+` GROUP BY facet`, q.args, []any{&t.Key, &t.N}, func() error {
		all = append(all, t)
		return nil
	})
	return all, err
}

// standings counts by a facet and how its sites stand.
func (s *Store) standings(ctx context.Context, scope Scope, kind string) ([]Standing, error) {
	q := &query{}
	q.scoped(scope, "s.id")
	q.args = append(q.args, kind, kind+"\U0010ffff", domaincheck.High.Rank())
	n := len(q.args)
	arg := func(i int) string { return "$" + strconv.Itoa(n+i) }
	var all []Standing
	var v Standing
	err := s.each(ctx, `SELECT coalesce(f.facet, ''), count(*), coalesce(sum(CASE WHEN s.verdict = 'fail' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN s.level >= `+arg(0)+` THEN 1 ELSE 0 END), 0)
		FROM sites s LEFT JOIN site_facets f ON f.site_id = s.id AND f.facet >= `+arg(-2)+` AND f.facet < `+arg(-1)+q.sql()+` GROUP BY f.facet ORDER BY 2 DESC, 1`, q.args,
		[]any{&v.Key, &v.Sites, &v.Fail, &v.High}, func() error {
			row := v
			row.Key = strings.TrimPrefix(row.Key, kind)
			all = append(all, row)
			return nil
		})
	return all, err
}

// countedParts are those whose looks are counted.
func countedParts() []watch.Part {
	return []watch.Part{watch.Registration, watch.Resolution, watch.Page}
}

func (s *Store) coverage(ctx context.Context, scope Scope, since time.Time) ([]Coverage, error) {
	var all []Coverage
	for _, part := range countedParts() {
		q := &query{}
		q.scoped(scope, "s.id")
		q.args = append(q.args, hour(micros(since)))
		c := Coverage{Part: part}
		column := `s.ok_` + string(part)
		err := s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(CASE WHEN `+column+` < $`+strconv.Itoa(len(q.args))+` THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN `+column+` = 0 THEN 1 ELSE 0 END), 0) FROM sites s`+q.sql(), q.args...).Scan(&c.Sites, &c.Old, &c.Never)
		if err != nil {
			return nil, s.explain(err)
		}
		all = append(all, c)
	}
	return all, nil
}

// DeadlineDays counts the sites with a risk whose deadline is on a Beijing day,
// from the day from, up to and including the day to; days without one are left
// out.
func (s *Store) DeadlineDays(ctx context.Context, scope Scope, from, to domaincheck.Date) ([]DayCount, error) {
	first, last := beijingDay(micros(from.Start())), beijingDay(micros(to.Start()))
	list, err := s.talliesOf(ctx, scope, [][2]string{{numbered(facetDay, first), numbered(facetDay, last+1)}})
	if err != nil {
		return nil, err
	}
	var all []DayCount
	for _, t := range list {
		all = append(all, DayCount{dayOf(numberOf(t.Key)), t.N})
	}
	slices.SortFunc(all, func(a, b DayCount) int { return a.Day.Compare(b.Day) })
	return all, nil
}

// DeadlineQuery asks for risks by their deadlines, the first ones first.
type DeadlineQuery struct {
	Scope    Scope
	From, To time.Time // From inclusive, To exclusive; zero: open
	MinLevel domaincheck.Severity
	After    string
	Limit    int
}

// where says what is asked of a risk.
func (ask *DeadlineQuery) where(q *query, of string) {
	q.add(of + `deadline > 0`)
	if !ask.From.IsZero() {
		q.add(of+`deadline >= ?`, micros(ask.From))
	}
	if !ask.To.IsZero() {
		q.add(of+`deadline < ?`, micros(ask.To))
	}
	if ask.MinLevel != "" {
		q.add(of+`level >= ?`, ask.MinLevel.Rank())
	}
}

type deadlineCursor struct {
	At   int64 `json:"a"`
	Site int64 `json:"s"`
	N    int64 `json:"n"`
}

// Deadlines lists risks by their deadlines.
func (s *Store) Deadlines(ctx context.Context, ask DeadlineQuery) (Page[RiskRow], error) {
	if s.sets() {
		return s.deadlinesBySets(ctx, &ask)
	}
	var out Page[RiskRow]
	q := &query{}
	ask.where(q, "f.")
	q.scoped(ask.Scope, "f.site_id")
	if ask.After != "" {
		var c deadlineCursor
		if err := decodeCursor(ask.After, &c); err != nil {
			return out, err
		}
		q.add(`f.deadline >= ? AND (f.deadline > ? OR f.site_id > ? OR f.site_id = ? AND f.n > ?)`, c.At, c.At, c.Site, c.Site, c.N)
	}
	n := page(ask.Limit)
	var last, c deadlineCursor
	var site, doc string
	err := s.each(ctx, `SELECT s.site, f.deadline, f.site_id, f.n, f.doc FROM risks f JOIN sites s ON s.id = f.site_id`+q.sql()+` ORDER BY f.deadline, f.site_id, f.n LIMIT `+strconv.Itoa(n+1), q.args,
		[]any{&site, &c.At, &c.Site, &c.N, &doc}, func() error {
			if len(out.Items) == n {
				out.Next = encodeCursor(last)
				return nil
			}
			r := RiskRow{Site: site}
			out.Items, last = append(out.Items, r), c
			return json.Unmarshal([]byte(doc), &out.Items[len(out.Items)-1].Risk)
		})
	return out, err
}

// OpenQuery asks for what is open: failures that somebody was or may be told
// of, the worst first, among them the oldest.
type OpenQuery struct {
	Scope    Scope
	Site     string // main domain
	Rule     string
	MinLevel domaincheck.Severity
	After    string
	Limit    int
}

// OpenRow is an open event with its site. What changes with each look (days
// left, when it was held) may be as of when something else of it changed last.
type OpenRow struct {
	Site string
	Open alert.Open
}

type openCursor struct {
	Level int   `json:"l"`
	Since int64 `json:"t"`
	Site  int64 `json:"s"`
	N     int64 `json:"n"`
}

// OpenEvents lists what is open.
func (s *Store) OpenEvents(ctx context.Context, ask OpenQuery) (Page[OpenRow], error) {
	if s.sets() && ask.Site == "" {
		return s.openBySets(ctx, &ask)
	}
	var out Page[OpenRow]
	q := &query{}
	if ask.Site != "" {
		q.add(`s.site = ?`, ask.Site)
	}
	if ask.Rule != "" {
		q.add(`o.rule = ?`, ask.Rule)
	}
	if ask.MinLevel != "" {
		q.add(`o.level >= ?`, ask.MinLevel.Rank())
	}
	q.scoped(ask.Scope, "o.site_id")
	if ask.After != "" {
		var c openCursor
		if err := decodeCursor(ask.After, &c); err != nil {
			return out, err
		}
		q.add(`o.level <= ? AND (o.level < ? OR o.since > ? OR o.since = ? AND (o.site_id > ? OR o.site_id = ? AND o.n > ?))`, c.Level, c.Level, c.Since, c.Since, c.Site, c.Site, c.N)
	}
	n := page(ask.Limit)
	var last, c openCursor
	var site, doc string
	err := s.each(ctx, `SELECT s.site, o.level, o.since, o.site_id, o.n, o.doc FROM opens o JOIN sites s ON s.id = o.site_id`+q.sql()+` ORDER BY o.level DESC, o.since, o.site_id, o.n LIMIT `+strconv.Itoa(n+1), q.args,
		[]any{&site, &c.Level, &c.Since, &c.Site, &c.N, &doc}, func() error {
			if len(out.Items) == n {
				out.Next = encodeCursor(last)
				return nil
			}
			out.Items, last = append(out.Items, OpenRow{Site: site}), c
			return json.Unmarshal([]byte(doc), &out.Items[len(out.Items)-1].Open)
		})
	return out, err
}

// OpenCounts counts what is open by level.
func (s *Store) OpenCounts(ctx context.Context, scope Scope) (map[domaincheck.Severity]int64, error) {
	counts := map[domaincheck.Severity]int64{}
	if s.sets() {
		list, err := s.talliesOf(ctx, scope, [][2]string{wordsOf(facetOpen)})
		for _, t := range list {
			rank, _, _ := strings.Cut(t.Key[2:], "|")
			n, err := strconv.Atoi(rank)
			if err != nil {
				return nil, err
			}
			counts[severityOf(n)] += t.N
		}
		return counts, err
	}
	q := &query{}
	q.scoped(scope, "opens.site_id")
	var level int
	var n int64
	err := s.each(ctx, `SELECT level, count(*) FROM opens`+q.sql()+` GROUP BY level`, q.args, []any{&level, &n}, func() error {
		counts[severityOf(level)] = n
		return nil
	})
	return counts, err
}

// ChannelCount is how the outbox of one channel stands.
type ChannelCount struct {
	Channel string
	Pending int64
	Dead    int64
	Oldest  time.Time // when the oldest pending row was queued; zero if none is
}

// Channels counts pending rows and dead letters by channel; channels that have
// neither are left out.
func (s *Store) Channels(ctx context.Context, scope Scope) ([]ChannelCount, error) {
	if s.sets() {
		return s.channelsBySets(ctx, scope)
	}
	var all []ChannelCount
	byName, oldest := map[string]int{}, map[string]int64{}
	for _, state := range []string{"pending", "dead"} {
		q := &query{}
		q.add(`state = '` + state + `'`) // as the partial index has it
		q.scopedRow(scope, "o", "outbox.id")
		q.scopedMessage(scope)
		var name string
		var n, first int64
		if err := s.each(ctx, `SELECT channel, count(*), min(id) FROM outbox`+q.sql()+` GROUP BY channel ORDER BY channel`, q.args, []any{&name, &n, &first}, func() error {
			i, known := byName[name]
			if !known {
				i = len(all)
				byName[name], all = i, append(all, ChannelCount{Channel: name})
			}
			if state == "dead" {
				all[i].Dead = n
			} else {
				all[i].Pending, oldest[name] = n, first
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	for i := range all {
		var queued int64
		first := oldest[all[i].Channel]
		if first == 0 {
			continue
		}
		if err := s.read.QueryRowContext(ctx, `SELECT queued_at FROM outbox WHERE id = $1`, first).Scan(&queued); err != nil && !isNone(err) {
			return nil, s.explain(err)
		}
		all[i].Oldest = instant(queued)
	}
	return all, nil
}
