package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
	"domaincheck/desk"
	"domaincheck/store"
)

// casesView is the work at the provider's desk.
type casesView struct {
	Tabs []tabView
	Q    string
	Rows []caseView
	Next string
}

// caseView is one case in words.
type caseView struct {
	ID                               int64
	Domain, Label, Site              string
	Source, Kind, State, Class       string
	Owner, Customer, Due, Left, Note string
	Origin                           string
	Created, Changed                 string
	Rev                              int64
	Steps                            []caseStepView
	Next                             []optionView
	Past                             bool
}

type caseStepView struct{ At, Who, From, To, Note string }

func (t tongue) caseState(c store.CaseState) (word, class string) {
	switch c {
	case store.CaseOpen:
		return t.say("待处理", "to do"), "high"
	case store.CaseNotified:
		return t.say("已通知", "notified"), "medium"
	case store.CaseFixing:
		return t.say("整改中", "being fixed"), "low"
	case store.CaseFixed:
		return t.say("已整改", "fixed"), "pass"
	case store.CaseDeAccessed:
		return t.say("已取消接入", "access cancelled"), "info"
	case store.CaseDeregistered:
		return t.say("已注销", "deregistered"), "info"
	case store.CaseFalseAlarm:
		return t.say("误报", "false alarm"), "info"
	}
	return clean(string(c)), "info"
}

func (w words) oneCase(c *store.Case) caseView {
	v := caseView{ID: c.ID, Domain: c.Domain, Label: siteLabel(c.Domain), Site: c.Site, Kind: clipped(c.Kind, 60), Owner: clean(c.Owner), Customer: clean(c.Customer), Note: clipped(c.Note, 2000),
		Created: w.short(c.CreatedAt), Changed: w.ago(c.ChangedAt), Rev: c.Rev}
	if rule, ok := w.book.Rule(c.Kind); ok {
		v.Kind = rule.Title.In(w.lang)
	} else if kind := desk.Kind(c.Kind); slices.Contains(desk.Kinds(), kind) {
		v.Kind = kind.Name(w.lang)
	}
	v.State, v.Class = w.caseState(c.State)
	switch c.Source {
	case store.CaseFromFinding:
		v.Source = w.say("检查发现", "finding")
	case store.CaseFromNotice:
		v.Source = w.say("通知", "notice")
	case store.CaseFromList:
		v.Source = w.say("名单", "list")
	}
	if o := c.Origin; o != nil {
		v.Origin = clean(o.File) + " " + clean(o.Sheet) + w.sayf(" 第 %d 行", " row %d", o.Row)
	}
	if !c.Due.IsZero() {
		v.Due, v.Left, v.Past = c.Due.String(), w.left(c.Due), c.Due.Before(domaincheck.DateOf(w.now)) && !c.State.Ended()
	}
	for _, s := range c.Steps {
		step := caseStepView{At: w.instant(s.At), Who: clean(s.Who), Note: clipped(s.Note, 2000)}
		step.To, _ = w.caseState(s.To)
		if s.From != "" && s.From != s.To {
			step.From, _ = w.caseState(s.From)
		}
		v.Steps = append(v.Steps, step)
	}
	v.Next = append(v.Next, optionView{Value: string(c.State), Label: v.State, Chosen: true})
	for _, n := range c.State.Next() {
		word, _ := w.caseState(n)
		v.Next = append(v.Next, optionView{Value: string(n), Label: word})
	}
	return v
}

// casesPage lists cases by state.
func (s *Server) casesPage(w http.ResponseWriter, r *http.Request) {
	words, q := s.words(r), r.URL.Query()
	ask := store.CaseQuery{Scope: scopeOf(r.Context()), Text: clip(q.Get("q"), 200), After: q.Get("after"), Limit: listShown}
	counts, err := s.o.Store.CountCases(r.Context(), store.CaseQuery{Scope: ask.Scope})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	state := store.CaseState(q.Get("state"))
	d := &casesView{Q: ask.Text}
	open := int64(0)
	for _, c := range store.CaseStates() {
		if !c.Ended() {
			open += counts[c]
		}
	}
	d.Tabs = append(d.Tabs, tabView{words.say("未了结 ", "Open ") + number(open), keepQuery(r, "state", ""), state == ""})
	ask.Open = true
	for _, c := range store.CaseStates() {
		word, _ := words.caseState(c)
		d.Tabs = append(d.Tabs, tabView{word + " " + number(counts[c]), keepQuery(r, "state", string(c)), state == c})
		if c == state {
			ask.States, ask.Open = []store.CaseState{c}, false
		}
	}
	page, err := s.o.Store.Cases(r.Context(), ask)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range page.Items {
		d.Rows = append(d.Rows, words.oneCase(&page.Items[i]))
	}
	if page.Next != "" {
		d.Next = keepQuery(r, "after", page.Next)
	}
	s.show(w, r, "cases", view{Title: words.say("案件", "Cases"), Section: "cases", D: d})
}

// casePage is one case with its history.
func (s *Server) casePage(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.fail(w, r, problem(http.StatusNotFound, "not_found", "there is no such case"))
		return
	}
	c, err := s.o.Store.Case(r.Context(), scopeOf(r.Context()), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words := s.words(r)
	d := words.oneCase(&c)
	s.show(w, r, "case", view{Title: words.sayf("案件 %d", "Case %d", id), Section: "cases", D: &d})
}

// caseForm moves a case on. The revision it was read at must still be its own.
func (s *Server) caseForm(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.fail(w, r, problem(http.StatusNotFound, "not_found", "there is no such case"))
		return
	}
	owner := strings.TrimSpace(r.PostFormValue("owner"))
	due, err := domaincheck.ParseDate(r.PostFormValue("due"))
	if err != nil {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "%s is no date", clip(r.PostFormValue("due"), 20)))
		return
	}
	in := &changeCaseInput{CaseInput: CaseInput{ID: id}, IfMatch: `"` + clip(r.PostFormValue("rev"), 20) + `"`,
		Body: ChangeCaseInput{State: r.PostFormValue("state"), Said: clip(strings.TrimSpace(r.PostFormValue("said")), 4000), Owner: &owner, Due: &due}}
	if _, err := s.changeCase(r.Context(), in); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/cases/"+strconv.FormatInt(id, 10)+"?done=case", http.StatusSeeOther)
}

// newCaseForm opens a case by hand.
func (s *Server) newCaseForm(w http.ResponseWriter, r *http.Request) {
	due, err := domaincheck.ParseDate(r.PostFormValue("due"))
	if err != nil {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "%s is no date", clip(r.PostFormValue("due"), 20)))
		return
	}
	kind := strings.TrimSpace(r.PostFormValue("kind"))
	if kind == "" {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "a case has a kind"))
		return
	}
	made, err := s.openCase(r.Context(), &openCaseInput{Body: OpenCaseInput{Domain: r.PostFormValue("domain"), Kind: clip(kind, 60), Owner: clip(r.PostFormValue("owner"), 100), Due: due, Note: clip(r.PostFormValue("note"), 4000)}})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/cases/"+strconv.FormatInt(made.Body.ID, 10)+"?done=case", http.StatusSeeOther)
}
