package store

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"domaincheck"
	"domaincheck/watch"
)

// SiteOrder is what the list of sites is sorted by. What has no such value
// (no deadline, no known expiry) stands last in both directions; equal ones
// stand by domain.
type SiteOrder string

// The orders.
const (
	ByDomain   SiteOrder = ""         // main domain, byte by byte
	ByLevel    SiteOrder = "level"    // of the worst risk; Desc: the worst first
	ByDeadline SiteOrder = "deadline" // the first one of its risks
	ByExpiry   SiteOrder = "expiry"   // of the main domain
	ByLooked   SiteOrder = "looked"   // the newest look; never comes first
)

// SiteQuery asks for a page of the list of sites. Zero fields ask for nothing.
type SiteQuery struct {
	Scope Scope
	Site  string // its main domain
	// Text is words that must all be found: domains in both scripts, names,
	// numbers, providers, addresses, tags; substrings of any length.
	Text       string
	Subject    string   // id of a subject
	Server     string   // id of a server
	Tags       []string // any of them
	State      domaincheck.SiteState
	Verdict    domaincheck.Verdict
	Unlooked   bool // no report yet
	Customer   string
	Province   string // of the subject: 北京 …
	Provider   string // of the access records, else of the servers, else of what was seen
	Registrar  string // as the registration data name it
	TLD        string // last label, A-label
	Level      domaincheck.Severity
	MinLevel   domaincheck.Severity // of its worst risk
	Outcome    domaincheck.RiskOutcome
	Rule       string    // it has a failing finding of this rule
	DeadlineBy time.Time // some risk's deadline is before then
	// UncheckedSince asks for sites of which the part Unchecked ("": resolution
	// or page) was not truly looked at, with an answer that tells something,
	// since then; to the hour.
	UncheckedSince time.Time
	Unchecked      watch.Part

	Sort   SiteOrder
	Desc   bool
	Worst  bool   // the same as Sort ByLevel and Desc
	After  string // Page.Next of the page before
	Before string // Page.Prev of the page behind
	Last   bool   // the last page
	Limit  int    // 0 is 100; at most 1,000

	// Brief leaves out what of subject and servers no line of a list shows: of
	// the subject no more than id and name need be there, of servers their ids.
	Brief bool
}

// SiteRow is a site as it stands in the list.
type SiteRow struct {
	Domain    string               // main
	Unicode   string               // the same as people write it
	Site      domaincheck.Site     // with subject and servers
	Verdict   domaincheck.Verdict  // "" before the first look
	Level     domaincheck.Severity // of its worst risk; "" without one
	Worst     *domaincheck.Risk    // nil without one
	Deadline  time.Time            // the first one of its risks; zero without one
	Expires   time.Time            // the domain's; zero if not known
	Failing   int                  // findings that fail
	Providers []string             // as SiteQuery.Provider reads them
	Province  string
	Registrar string
	TLD       string
	Origin    string // "" or FromFile
	LookedAt  time.Time
	TrueLooks TrueLooks
	ChangedAt time.Time // of the entry
	Rev       int64

	id           int64
	holder       string // who it is filed by, where the row tells
	risky, fails bool   // it has risks, or findings that fail
}

// TrueLooks are the newest looks at each part that told something; zero if
// there was none.
type TrueLooks struct{ Registration, Resolution, Page time.Time }

// Count is how many there are: exactly N; with More at least N; with About
// near N, counted by a sample.
type Count struct {
	N     int64
	More  bool
	About bool
}

// CountLimit is where counts that would have to read row by row end.
const CountLimit = 10000

type siteCursor struct {
	Order SiteOrder `json:"o,omitempty"`
	Desc  bool      `json:"d,omitempty"`
	None  int64     `json:"n,omitempty"` // 1: without a value
	Value int64     `json:"v,omitempty"`
	Site  string    `json:"s"`
}

// order is the settled one.
func (ask *SiteQuery) order() (SiteOrder, bool, error) {
	if ask.Worst {
		return ByLevel, true, nil
	}
	switch ask.Sort {
	case ByDomain, ByLevel, ByDeadline, ByExpiry, ByLooked:
		return ask.Sort, ask.Desc, nil
	}
	return "", false, domaincheck.Errorf(domaincheck.CodeBadInput, "sort", "%q is no order of sites", ask.Sort)
}

// group is facets of which a site must have at least one: by name or prefix.
type group struct{ exact, prefix []string }

// groups are what of a query goes by facets.
func (ask *SiteQuery) groups() []group {
	var all []group
	exact := func(kind, value string, on bool) {
		if on {
			all = append(all, group{exact: []string{word(kind, value)}})
		}
	}
	tags := func(list []string) {
		if len(list) > 0 {
			g := group{}
			for _, t := range list {
				g.exact = append(g.exact, word(facetTag, t))
			}
			all = append(all, g)
		}
	}
	tags(ask.Scope.Tags)
	tags(ask.Tags)
	exact(facetState, string(ask.State), ask.State != "")
	exact(facetVerdict, string(ask.Verdict), ask.Verdict != "" || ask.Unlooked)
	exact(facetCustomer, ask.Customer, ask.Customer != "")
	exact(facetProvince, ask.Province, ask.Province != "")
	exact(facetProvider, ask.Provider, ask.Provider != "")
	exact(facetRegistrar, ask.Registrar, ask.Registrar != "")
	exact(facetTLD, strings.ToLower(ask.TLD), ask.TLD != "")
	exact(facetOutcome, string(ask.Outcome), ask.Outcome != "")
	exact(facetLevel, strconv.Itoa(ask.Level.Rank()), ask.Level != "")
	if n := ask.MinLevel.Rank(); ask.MinLevel != "" && n >= 0 {
		g := group{}
		for ; n <= domaincheck.Critical.Rank(); n++ {
			g.exact = append(g.exact, facetLevel+strconv.Itoa(n))
		}
		all = append(all, g)
	}
	if ask.Rule != "" {
		all = append(all, group{prefix: []string{word(facetFinding, ask.Rule+"|fail|")}})
	}
	return all
}

// uncheckedColumns are those of which one being old is enough.
func (ask *SiteQuery) uncheckedColumns() ([]string, error) {
	switch ask.Unchecked {
	case "":
		return []string{"ok_resolution", "ok_page"}, nil
	case watch.Registration, watch.Resolution, watch.Page:
		return []string{"ok_" + string(ask.Unchecked)}, nil
	}
	return nil, domaincheck.Errorf(domaincheck.CodeBadInput, "unchecked", "%q is no part that is counted", ask.Unchecked)
}

// hour cuts an instant to its hour.
func hour(us int64) int64 { return us - us%3600e6 }

// conditions says a query in SQL.
func (s *Store) conditions(q *query, ask *SiteQuery) error {
	s.search(q, ask.Text)
	if ask.Site != "" {
		q.add(`s.site = ?`, ask.Site)
	}
	if ask.Subject != "" {
		q.add(`s.subject_key = ?`, "id "+ask.Subject)
	}
	if ask.Server != "" {
		q.add(`s.id IN (SELECT site_id FROM site_servers WHERE server_id = ?)`, ask.Server)
	}
	for _, g := range ask.groups() {
		var conds []string
		var args []any
		if len(g.exact) > 0 {
			conds, args = append(conds, `facet IN (`+marks(len(g.exact))+`)`), append(args, anys(g.exact)...)
		}
		for _, p := range g.prefix {
			conds, args = append(conds, `facet >= ? AND facet < ?`), append(args, p, p+"\x7f")
		}
		q.add(`s.id IN (SELECT site_id FROM site_facets WHERE `+strings.Join(conds, " OR ")+`)`, args...)
	}
	if !ask.DeadlineBy.IsZero() {
		q.add(`s.deadline <> 0 AND s.deadline < ?`, micros(ask.DeadlineBy))
	}
	if !ask.UncheckedSince.IsZero() {
		columns, err := ask.uncheckedColumns()
		if err != nil {
			return err
		}
		args := make([]any, len(columns))
		for i, c := range columns {
			columns[i], args[i] = `s.`+c+` < ?`, hour(micros(ask.UncheckedSince))
		}
		q.add(`(`+strings.Join(columns, ` OR `)+`)`, args...)
	}
	return nil
}

// keys are the expressions that an order goes by, and whether downwards.
type sortKey struct {
	expr string
	desc bool
}

func sortKeys(by SiteOrder, desc bool) []sortKey {
	domain := sortKey{"s.site", false}
	switch by {
	case ByLevel:
		return []sortKey{{"s.level", desc}, domain}
	case ByLooked:
		return []sortKey{{"s.looked_at", desc}, domain}
	case ByDeadline:
		return []sortKey{{"CASE WHEN s.deadline = 0 THEN 1 ELSE 0 END", false}, {"s.deadline", desc}, domain}
	case ByExpiry:
		return []sortKey{{"CASE WHEN s.expires = 0 THEN 1 ELSE 0 END", false}, {"s.expires", desc}, domain}
	}
	return []sortKey{{"s.site", desc}}
}

func (c *siteCursor) values() []any {
	switch c.Order {
	case ByLevel, ByLooked:
		return []any{c.Value, c.Site}
	case ByDeadline, ByExpiry:
		return []any{c.None, c.Value, c.Site}
	}
	return []any{c.Site}
}

// beyond adds that a row stands behind a cursor.
func (q *query) beyond(keys []sortKey, values []any) {
	var alternatives []string
	var args []any
	for i := range keys {
		var all []string
		for j := range i {
			all, args = append(all, keys[j].expr+` = ?`), append(args, values[j])
		}
		sign := ` > ?`
		if keys[i].desc {
			sign = ` < ?`
		}
		all, args = append(all, keys[i].expr+sign), append(args, values[i])
		alternatives = append(alternatives, `(`+strings.Join(all, ` AND `)+`)`)
	}
	q.add(`(`+strings.Join(alternatives, ` OR `)+`)`, args...)
}

func orderBy(keys []sortKey) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = k.expr
		if k.desc {
			words[i] += ` DESC`
		}
	}
	return ` ORDER BY ` + strings.Join(words, ", ")
}

// pageOf is where a page begins and which way it is read.
func (ask *SiteQuery) pageOf() (cursor *siteCursor, back bool, err error) {
	by, desc, err := ask.order()
	if err != nil {
		return nil, false, err
	}
	text := ask.After
	if back = ask.Before != "" || ask.Last; back {
		text = ask.Before
	}
	if text == "" {
		return nil, back, nil
	}
	cursor = &siteCursor{}
	if err := decodeCursor(text, cursor); err != nil {
		return nil, back, err
	}
	if cursor.Order != by || cursor.Desc != desc {
		return nil, back, domaincheck.Errorf(domaincheck.CodeBadInput, "cursor", "the cursor belongs to a list in another order").WithHint("begin at the first page")
	}
	return cursor, back, nil
}

// siteColumns are what a row of the list is read from.
func (s *Store) siteColumns() string {
	nearby := `'', '', 0`
	if s.sets() {
		nearby = `s.holder, s.worst, s.failing`
	}
	return `s.id, s.site, s.doc, s.verdict, s.level, s.origin, s.looked_at, s.changed_at, s.rev, s.deadline, s.expires, s.known, s.seen, s.ok_registration, s.ok_resolution, s.ok_page, ` + nearby
}

// siteReader reads rows of siteColumns.
type siteReader struct {
	rows  []SiteRow
	docs  []string
	whole bool // what stands beside the rows is in them
}

func readSites(ctx context.Context, from querier, text string, args []any) (*siteReader, error) {
	var out siteReader
	var r SiteRow
	var doc, verdict, known, seen, worst string
	var level int
	var looked, changed, deadline, expires int64
	var ok [3]int64
	rows, err := from.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	err = eachRow(rows, []any{&r.id, &r.Domain, &doc, &verdict, &level, &r.Origin, &looked, &changed, &r.Rev, &deadline, &expires, &known, &seen, &ok[0], &ok[1], &ok[2], &r.holder, &worst, &r.Failing}, func() error {
		row := r
		row.Verdict, row.Level, row.LookedAt, row.ChangedAt = domaincheck.Verdict(verdict), severityOf(level), instant(looked), instant(changed)
		row.Deadline, row.Expires = instant(deadline), instant(expires)
		row.TrueLooks = TrueLooks{instant(ok[0]), instant(ok[1]), instant(ok[2])}
		row.Unicode, row.TLD = row.Domain, tldOf(row.Domain)
		if u, err := idna.ToUnicode(row.Domain); err == nil {
			row.Unicode = u
		}
		row.words(known)
		row.words(seen)
		slices.Sort(row.Providers)
		row.Providers = slices.Compact(row.Providers)
		if worst != "" {
			row.Worst = &domaincheck.Risk{}
			if err := json.Unmarshal([]byte(worst), row.Worst); err != nil {
				return domaincheck.Errorf(CodeCorrupt, row.Domain, "a site's risk cannot be read: %w", err)
			}
		}
		out.rows, out.docs = append(out.rows, row), append(out.docs, doc)
		return nil
	})
	return &out, err
}

// words reads what the words of a site tell of its line.
func (r *SiteRow) words(list string) {
	for w := range strings.SplitSeq(list, "\n") {
		if len(w) < 2 {
			continue
		}
		switch w[:2] {
		case facetOutcome:
			r.risky = true
		case facetFinding:
			r.fails = r.fails || strings.Contains(w, "|fail|")
		case facetProvince:
			r.Province = w[2:]
		case facetProvider:
			r.Providers = append(r.Providers, w[2:])
		case facetRegistrar:
			r.Registrar = w[2:]
		}
	}
}

// brief puts in what a line of the list shows of subject and servers: the
// subject's name, which stands in the row.
func (s *Store) brief(r *siteReader) error {
	for i := range r.rows {
		row := &r.rows[i]
		if err := json.Unmarshal([]byte(r.docs[i]), &row.Site); err != nil {
			return domaincheck.Errorf(CodeCorrupt, row.Domain, "a site's entry cannot be read: %w", err)
		}
		if sub := row.Site.Subject; sub != nil && sub.Name == "" && row.holder != string(sub.ID) {
			sub.Name = domaincheck.Text(row.holder)
		}
	}
	r.whole = true
	return nil
}

// whole puts in what stands beside the rows: subject, servers, worst risk.
func (s *Store) whole(ctx context.Context, q querier, r *siteReader) error {
	h := newShared(q)
	if err := h.ahead(ctx, r.docs); err != nil {
		return s.explain(err)
	}
	r.whole = true
	at := map[int64]*SiteRow{}
	var risky, failing []int64
	for i := range r.rows {
		row := &r.rows[i]
		var err error
		if row.Site, err = h.inline(ctx, r.docs[i]); err != nil {
			return s.explain(err)
		}
		at[row.id] = row
		if row.risky {
			risky = append(risky, row.id)
		}
		if row.fails {
			failing = append(failing, row.id)
		}
	}
	if s.sets() { // the row has it
		return nil
	}
	var id int64
	if len(risky) > 0 {
		var doc string
		if err := s.each(ctx, `SELECT site_id, doc FROM risks WHERE site_id IN (`+numbers(risky)+`) AND n = 0`, nil, []any{&id, &doc}, func() error {
			at[id].Worst = &domaincheck.Risk{}
			return json.Unmarshal([]byte(doc), at[id].Worst)
		}); err != nil {
			return err
		}
	}
	if len(failing) == 0 {
		return nil
	}
	var n int
	return s.each(ctx, `SELECT site_id, count(*) FROM findings WHERE site_id IN (`+numbers(failing)+`) AND result = 'fail' GROUP BY site_id`, nil, []any{&id, &n}, func() error {
		at[id].Failing = n
		return nil
	})
}

func (ask *SiteQuery) cursorOf(r *SiteRow) string {
	by, desc, _ := ask.order()
	c := siteCursor{Order: by, Desc: desc, Site: r.Domain}
	switch by {
	case ByLevel:
		c.Value = int64(r.Level.Rank())
	case ByLooked:
		c.Value = micros(r.LookedAt)
	case ByDeadline:
		c.Value = micros(r.Deadline)
	case ByExpiry:
		c.Value = micros(r.Expires)
	}
	if (by == ByDeadline || by == ByExpiry) && c.Value == 0 {
		c.None = 1
	}
	return encodeCursor(c)
}

// Sites lists sites. Pages go by the key of their first and last row, so that
// rows that come or go meanwhile shift nothing.
func (s *Store) Sites(ctx context.Context, ask SiteQuery) (Page[SiteRow], error) {
	page, _, err := s.sites(ctx, &ask, false)
	return page, err
}

// SitesCounted is Sites and CountSites in one, of one moment.
func (s *Store) SitesCounted(ctx context.Context, ask SiteQuery) (Page[SiteRow], Count, error) {
	page, count, err := s.sites(ctx, &ask, true)
	if err == nil && !s.sets() {
		count, err = s.CountSites(ctx, ask)
	}
	return page, count, err
}

func (s *Store) sites(ctx context.Context, ask *SiteQuery, count bool) (Page[SiteRow], Count, error) {
	cursor, back, err := ask.pageOf()
	if err != nil {
		return Page[SiteRow]{}, Count{}, err
	}
	var n Count
	var r *siteReader
	var more bool
	if s.sets() {
		r, more, n, err = s.sitesBySets(ctx, ask, cursor, back, count)
	} else {
		r, more, err = s.sitesBySQL(ctx, ask, cursor, back)
	}
	if err != nil {
		return Page[SiteRow]{}, n, err
	}
	page, err := s.sitePage(ctx, ask, r, more)
	return page, n, err
}

// sitePage finishes a page: r in the order of the list, more whether there is
// more in the direction in which it was read.
func (s *Store) sitePage(ctx context.Context, ask *SiteQuery, r *siteReader, more bool) (Page[SiteRow], error) {
	var out Page[SiteRow]
	if !r.whole {
		if err := s.whole(ctx, s.read, r); err != nil {
			return out, err
		}
	}
	out.Items = r.rows
	if len(r.rows) == 0 {
		return out, nil
	}
	back := ask.Before != "" || ask.Last
	if more && !back || ask.Before != "" {
		out.Next = ask.cursorOf(&r.rows[len(r.rows)-1])
	}
	if more && back || ask.After != "" && !back {
		out.Prev = ask.cursorOf(&r.rows[0])
	}
	return out, nil
}

func (s *Store) sitesBySQL(ctx context.Context, ask *SiteQuery, cursor *siteCursor, back bool) (*siteReader, bool, error) {
	q := &query{}
	if err := s.conditions(q, ask); err != nil {
		return nil, false, err
	}
	by, desc, err := ask.order()
	if err != nil {
		return nil, false, err
	}
	keys := sortKeys(by, desc)
	if back {
		for i := range keys {
			keys[i].desc = !keys[i].desc
		}
	}
	if cursor != nil {
		q.beyond(keys, cursor.values())
	}
	n := page(ask.Limit)
	r, err := readSites(ctx, s.read, `SELECT `+s.siteColumns()+` FROM sites s`+q.sql()+orderBy(keys)+` LIMIT `+strconv.Itoa(n+1), q.args)
	if err != nil {
		return nil, false, s.explain(err)
	}
	more := len(r.rows) > n
	if more {
		r.rows, r.docs = r.rows[:n], r.docs[:n]
	}
	if back {
		slices.Reverse(r.rows)
		slices.Reverse(r.docs)
	}
	return r, more, nil
}

// CountSites counts the sites that a query would list, over all its pages.
func (s *Store) CountSites(ctx context.Context, ask SiteQuery) (Count, error) {
	if s.sets() {
		return s.countBySets(ctx, &ask)
	}
	q := &query{}
	if err := s.conditions(q, &ask); err != nil {
		return Count{}, err
	}
	return s.counted(ctx, `SELECT 1 FROM sites s`+q.sql(), q.args)
}

// counted counts rows up to CountLimit.
func (s *Store) counted(ctx context.Context, query string, args []any) (Count, error) {
	var c Count
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM (`+query+` LIMIT `+strconv.Itoa(CountLimit+1)+`) x`, args...).Scan(&c.N)
	if c.N > CountLimit {
		c = Count{N: CountLimit, More: true}
	}
	return c, s.explain(err)
}
