package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/desk"
)

// DeskList is what the daemon found for the desk of the access providers that
// the settings name, in the order of desk.Kinds.
type DeskList struct {
	Own      []string  // the providers' ids; empty: the settings name none
	At       time.Time // when the list was made; zero: not yet
	Rows     []DeskRow
	Pointing *DeskPointing // nil: the settings name no file of names
}

// DeskPointing tells how the file of names stands (desk.pointing), from which
// comes what resolves here and is in no ledger.
type DeskPointing struct {
	File    string              `json:"file" doc:"its name, without its folder"`
	At      domaincheck.Instant `json:"at" doc:"when it was read to its end; null: not yet"`
	Rows    int                 `json:"rows" doc:"that could be read"`
	Refused int                 `json:"refused" doc:"that could not"`
	Names   int                 `json:"names" doc:"rows without an address, or seen long ago, that were looked up"`
	Left    int                 `json:"left" doc:"rows left out, since the list was full"`
	Next    domaincheck.Instant `json:"next" doc:"when it is read again, if it does not change before"`

	Unanswered int `json:"unanswered" doc:"names about which DNS did not answer: what was known of them stays"`

	Problems domaincheck.List[string] `json:"problems" doc:"the first of the rows refused, each with its line"`
	Error    *domaincheck.Error       `json:"error" doc:"why the newest file was not taken over"`
}

// DeskRow is one candidate. A token scoped to tags sees those of its sites;
// contradictions, and names that are in no ledger, concern others too and have
// no tags: only who sees everything sees them.
type DeskRow struct {
	desk.Candidate
	Tags []string // of the site and its subject
}

// deskList is the list as far as the principal may see it.
func (s *Server) deskList(ctx context.Context) DeskList {
	if s.o.Desk == nil {
		return DeskList{}
	}
	list := s.o.Desk()
	if scope := scopeOf(ctx); !scope.All() {
		var rows []DeskRow
		for _, row := range list.Rows {
			if slices.ContainsFunc(row.Tags, func(tag string) bool { return slices.Contains(scope.Tags, tag) }) {
				rows = append(rows, row)
			}
		}
		list.Rows, list.Pointing = rows, nil
	}
	return list
}

// has tells whether a candidate has all the words.
func (r *DeskRow) has(words []string) bool {
	text := strings.ToLower(r.Domain + "\n" + r.Unicode + "\n" + string(r.Customer) + "\n" + string(r.Subject))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// deskAsk chooses of a list.
type deskAsk struct {
	kind, text string
	confirmed  bool
	skip, most int
}

// choose gives a page of the rows asked for, and where the next begins; 0 is the
// end. Rows are by kind and domain, so a new list does not shuffle old pages much.
func (l *DeskList) choose(ask deskAsk) (rows []DeskRow, next int) {
	words := strings.Fields(strings.ToLower(ask.text))
	n := 0
	for i := range l.Rows {
		r := &l.Rows[i]
		if ask.kind != "" && string(r.Kind) != ask.kind || ask.confirmed && !r.Confirmed || !r.has(words) {
			continue
		}
		if n++; n <= ask.skip {
			continue
		}
		if len(rows) == ask.most {
			return rows, ask.skip + ask.most
		}
		rows = append(rows, *r)
	}
	return rows, 0
}

type deskInput struct {
	PageInput
	Kind      string `query:"kind" enum:"empty_shell,filed_here_resolves_elsewhere,resolves_here_not_listed,number_of_two_subjects,subject_with_two_numbers,number_of_another_subject"`
	Confirmed bool   `query:"confirmed" doc:"only those the watch is sure of"`
	Search    string `query:"q" maxLength:"200"`
}

// DeskPage is a page of the desk's list.
type DeskPage struct {
	Items domaincheck.List[desk.Candidate] `json:"items"`
	Next  domaincheck.Text                 `json:"next" doc:"cursor of the next page, to be sent as it is; null at the end"`
	Own   domaincheck.List[string]         `json:"own" doc:"access providers whose desk it is (desk.own)"`
	At    domaincheck.Instant              `json:"at" doc:"when the list was made; null: not yet"`

	Pointing *DeskPointing `json:"pointing" doc:"the file of names that may lead here (desk.pointing); null: none, or not yours to see"`
}

func (s *Server) listDesk(ctx context.Context, in *deskInput) (*one[DeskPage], error) {
	skip := 0
	if in.Cursor != "" {
		var err error
		if skip, err = strconv.Atoi(in.Cursor); err != nil || skip < 0 {
			return nil, problem(http.StatusUnprocessableEntity, "bad_input", "query.cursor is none of ours")
		}
	}
	list := s.deskList(ctx)
	rows, next := list.choose(deskAsk{kind: in.Kind, text: in.Search, confirmed: in.Confirmed, skip: skip, most: in.Limit})
	out := &one[DeskPage]{Body: DeskPage{Own: list.Own, At: domaincheck.At(list.At), Pointing: list.Pointing}}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, r.Candidate)
	}
	if next > 0 {
		out.Body.Next = domaincheck.Text(strconv.Itoa(next))
	}
	return out, nil
}

// desk registers the desk's list.
func (b *builder) desk() {
	add(b, RoleRead, huma.Operation{
		OperationID: "list-desk", Method: http.MethodGet, Path: "/desk", Tags: []string{"cases"}, Summary: "Candidates of the access provider's desk",
		Description: "Filed here and resolves elsewhere, resolves here and not in the ledger, empty shells, contradictions of the ledger; for the providers of desk.own.",
	}, b.s.listDesk)
}

// deskView is the desk's page.
type deskView struct {
	Tabs    []tabView
	Q, Kind string
	Own, At string
	File    string // of names, and how it stands
	Refused []string
	Rows    []candidateView
	Next    string
}

// candidateView is one candidate in words.
type candidateView struct {
	Domain, Label, Site, Kind, KindID string
	Customer, Subject                 string
	Seen, Hosts, Numbers, Others      string
	Since, Deadline, Left             string
	Past, Sure                        bool
}

func (w words) candidate(c *desk.Candidate) candidateView {
	join := func(list []string) string { return clipped(strings.Join(list, w.say("、", ", ")), 600) }
	v := candidateView{
		Domain: c.Domain, Label: siteLabel(c.Domain), Kind: c.Kind.Name(w.lang), KindID: string(c.Kind), Customer: clean(string(c.Customer)), Subject: clean(string(c.Subject)),
		Seen: join(c.Seen), Numbers: join(c.Numbers), Others: join(c.Others), Sure: c.Confirmed,
	}
	if c.Kind != desk.Unlisted {
		v.Site = c.Domain
	}
	var hosts []string
	for _, h := range c.Hosts {
		hosts = append(hosts, h.Host)
	}
	v.Hosts = join(hosts)
	if !c.Since.IsZero() {
		v.Since = c.Since.Day().String()
	}
	if !c.Deadline.IsZero() {
		day := c.Deadline.Day()
		v.Deadline, v.Left, v.Past = day.String(), w.left(day), day.Before(domaincheck.DateOf(w.now))
		if c.DeadlineKind == "typical" {
			v.Left += w.say("（经验期限，非法定）", " (typical, not a legal date)")
		}
	}
	return v
}

// pointing tells how the file of names stands, and what of it was refused.
func (w words) pointing(p *DeskPointing) (line string, refused []string) {
	if p == nil {
		return "", nil
	}
	line = clean(p.File) + w.sayf("：%s 行", ": %s rows", number(int64(p.Rows)))
	for _, part := range []struct {
		n      int
		zh, en string
	}{{p.Names, "查询 %s 个域名", "%s names looked up"}, {p.Unanswered, "%s 个域名 DNS 没有应答", "DNS did not answer about %s"}, {p.Refused, "%s 行无法读取", "%s rows cannot be read"}, {p.Left, "清单已满，另有 %s 行未列出", "the list is full, %s more rows are left out"}} {
		if part.n > 0 {
			line += w.say("，", ", ") + w.sayf(part.zh, part.en, number(int64(part.n)))
		}
	}
	if p.At.IsZero() {
		line += w.say("，正在读取", ", being read")
	} else {
		line += w.say("，读取于 ", ", read ") + w.ago(p.At.Time)
	}
	if p.Error != nil {
		text := w.say("本次读取未被采用，沿用上次的结果：", "this reading was not taken over, what was known before stays: ") + p.Error.Message
		if !p.Next.IsZero() {
			text += w.say("；再次读取：", "; read again ") + w.short(p.Next.Time)
		}
		refused = append(refused, clipped(text, 300))
	}
	for _, text := range p.Problems {
		refused = append(refused, clipped(text, 300))
	}
	return line, refused
}

// deskPage lists candidates by kind.
func (s *Server) deskPage(w http.ResponseWriter, r *http.Request) {
	words, q := s.words(r), r.URL.Query()
	list := s.deskList(r.Context())
	ask := deskAsk{text: clip(q.Get("q"), 200), most: listShown}
	ask.skip, _ = strconv.Atoi(q.Get("after"))
	d := &deskView{Q: ask.text, Own: clean(strings.Join(list.Own, words.say("、", ", ")))}
	if !list.At.IsZero() {
		d.At = words.ago(list.At)
	}
	if p := list.Pointing; p != nil && p.Error != nil && words.lang == "zh" {
		said := *p
		said.Error, _ = s.refusals.Error(p.Error)
		list.Pointing = &said
	}
	d.File, d.Refused = words.pointing(list.Pointing)
	counts := map[desk.Kind]int64{}
	for i := range list.Rows {
		counts[list.Rows[i].Kind]++
	}
	kind := q.Get("kind")
	d.Tabs = append(d.Tabs, tabView{words.say("全部 ", "All ") + number(int64(len(list.Rows))), keepQuery(r, "kind", ""), kind == ""})
	for _, k := range desk.Kinds() {
		d.Tabs = append(d.Tabs, tabView{k.Name(words.lang) + " " + number(counts[k]), keepQuery(r, "kind", string(k)), kind == string(k)})
		if kind == string(k) {
			ask.kind, d.Kind = kind, kind
		}
	}
	rows, next := list.choose(ask)
	for i := range rows {
		d.Rows = append(d.Rows, words.candidate(&rows[i].Candidate))
	}
	if next > 0 {
		d.Next = keepQuery(r, "after", strconv.Itoa(next))
	}
	s.show(w, r, "desk", view{Title: words.say("接入核查", "Provider's desk"), Section: "desk", D: d})
}
