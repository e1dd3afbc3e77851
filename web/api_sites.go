package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/inventory"
	"domaincheck/store"
	"domaincheck/watch"
)

// SiteItem is a site: what it is (the entry of the ledger) with how it stands.
// Its members beyond those of the ledger are passed over when it is sent back
// by PUT.
type SiteItem struct {
	Domain    string                   `json:"domain" doc:"main domain, A-label"`
	Unicode   string                   `json:"unicode" doc:"the same as people write it"`
	Verdict   *domaincheck.Verdict     `json:"verdict" doc:"null before the first look"`
	Risk      domaincheck.Severity     `json:"risk" doc:"level of the worst risk; null without one"`
	Outcome   domaincheck.Text         `json:"outcome" doc:"what the worst risk may come to"`
	Signal    domaincheck.Text         `json:"signal"`
	Deadline  domaincheck.Instant      `json:"deadline" doc:"the first one of its risks"`
	Failing   int                      `json:"failing" doc:"findings that fail"`
	DomainEnd domaincheck.Instant      `json:"domain_expires" doc:"of the registration, as far as known"`
	Registrar domaincheck.Text         `json:"registrar"`
	Province  domaincheck.Text         `json:"province"`
	Providers domaincheck.List[string] `json:"providers" doc:"of its access records, else of its servers, else as seen"`
	LookedAt  domaincheck.Instant      `json:"looked_at" doc:"newest look"`
	ChangedAt domaincheck.Instant      `json:"entry_changed_at"`
	ReadOnly  bool                     `json:"read_only" doc:"the entry stands in the inventory file and is changed there"`
	TrueLooks TrueLooks                `json:"true_looks" doc:"newest looks that told something"`
	ReportID  *int64                   `json:"report_id" doc:"of the newest report, where one site is asked for"`
	Siblings  *domaincheck.Siblings    `json:"siblings" doc:"of the subject, where one site is asked for; null for a token that sees some sites only"`
	domaincheck.Site
}

// TrueLooks are the newest looks at each part that told something.
type TrueLooks struct {
	Registration domaincheck.Instant `json:"registration"`
	Resolution   domaincheck.Instant `json:"resolution"`
	Page         domaincheck.Instant `json:"page"`
}

// notOfEntry are the members of a SiteItem that are none of the ledger.
func notOfEntry() []string {
	return []string{"unicode", "verdict", "risk", "outcome", "signal", "deadline", "failing", "domain_expires", "registrar", "province", "providers", "looked_at",
		"entry_changed_at", "read_only", "true_looks", "report_id", "siblings"}
}

func (s *Server) siteItem(ctx context.Context, r store.SiteRow) SiteItem {
	item := SiteItem{
		Domain: r.Domain, Unicode: r.Unicode, Risk: r.Level, Deadline: domaincheck.At(r.Deadline), Failing: r.Failing, DomainEnd: domaincheck.At(r.Expires),
		Registrar: domaincheck.Text(r.Registrar), Province: domaincheck.Text(r.Province), Providers: r.Providers,
		LookedAt: domaincheck.At(r.LookedAt), ChangedAt: domaincheck.At(r.ChangedAt), ReadOnly: r.Origin == store.FromFile,
		TrueLooks: TrueLooks{domaincheck.At(r.TrueLooks.Registration), domaincheck.At(r.TrueLooks.Resolution), domaincheck.At(r.TrueLooks.Page)},
		Site:      maskSite(ctx, r.Site),
	}
	if r.Verdict != "" {
		item.Verdict = &r.Verdict
	}
	if r.Worst != nil {
		item.Outcome, item.Signal = domaincheck.Text(r.Worst.Outcome), domaincheck.Text(r.Worst.Signal)
	}
	return item
}

// SiteFilter are the conditions of the list of sites.
type SiteFilter struct {
	Search    string   `query:"q" maxLength:"200" doc:"words that must all be found: domains in both scripts, names, numbers, providers, addresses, tags; substrings of any length"`
	Subject   string   `query:"subject" maxLength:"200" doc:"id of a subject"`
	Server    string   `query:"server" maxLength:"200" doc:"id of a server"`
	Tag       []string `query:"tag,explode" maxItems:"50" doc:"any of them"`
	State     string   `query:"state" enum:"unfiled,not_required,filing,filed,cancelled"`
	Verdict   string   `query:"verdict" enum:"pass,fail,unknown,none" doc:"none: not looked at yet"`
	Customer  string   `query:"customer" maxLength:"200"`
	Province  string   `query:"province" maxLength:"50"`
	Provider  string   `query:"provider" maxLength:"100"`
	Registrar string   `query:"registrar" maxLength:"200"`
	TLD       string   `query:"tld" maxLength:"63"`
	Risk      string   `query:"risk" enum:"critical,high,medium,low,info" doc:"level of the worst risk"`
	MinRisk   string   `query:"min_risk" enum:"critical,high,medium,low,info"`
	Outcome   string   `query:"outcome" enum:"block,de_access,empty_shell,deregistration,fine,not_fileable"`
	Rule      string   `query:"rule" maxLength:"60" doc:"it has a failing finding of this rule"`
	Due       string   `query:"deadline_before" maxLength:"40" doc:"some risk's deadline is before then: an instant, or a date in Beijing"`
	Unchecked string   `query:"unchecked_since" maxLength:"40" doc:"DNS or page was not truly looked at since then"`
}

type sitesInput struct {
	PageInput
	SiteFilter
	Sort  string `query:"sort" enum:"domain,risk,deadline,expiry,looked" default:"domain"`
	Order string `query:"order" enum:"asc,desc" doc:"default: desc for risk, else asc"`
}

func (f SiteFilter) query(scope store.Scope) (store.SiteQuery, error) {
	q := store.SiteQuery{
		Scope: scope, Text: f.Search, Subject: f.Subject, Server: f.Server, Tags: f.Tag, State: domaincheck.SiteState(f.State), Customer: f.Customer,
		Province: f.Province, Provider: f.Provider, Registrar: f.Registrar, TLD: f.TLD, Level: domaincheck.Severity(f.Risk), MinLevel: domaincheck.Severity(f.MinRisk),
		Outcome: domaincheck.RiskOutcome(f.Outcome), Rule: f.Rule,
	}
	if f.Verdict == "none" {
		q.Unlooked = true
	} else {
		q.Verdict = domaincheck.Verdict(f.Verdict)
	}
	var err error
	if q.DeadlineBy, err = instantOf("query.deadline_before", f.Due); err != nil {
		return q, err
	}
	q.UncheckedSince, err = instantOf("query.unchecked_since", f.Unchecked)
	return q, err
}

// instantOf reads an instant or a civil date of a query; zero for "".
func instantOf(place, text string) (time.Time, error) {
	at, err := domaincheck.ParseInstant(text)
	if err != nil {
		p := problem(http.StatusUnprocessableEntity, "bad_input", "%s is no instant", place)
		p.Place = place
		return time.Time{}, p.hint("2026-12-01, or 2026-12-01T00:00:00+08:00 with the plus sign written %2B")
	}
	return at.Time, nil
}

func (s *Server) listSites(ctx context.Context, in *sitesInput) (*listed[SiteItem], error) {
	q, err := in.query(scopeOf(ctx))
	if err != nil {
		return nil, err
	}
	q.After, q.Limit = in.Cursor, in.Limit
	switch in.Sort {
	case "risk":
		q.Sort = store.ByLevel
	case "deadline":
		q.Sort = store.ByDeadline
	case "expiry":
		q.Sort = store.ByExpiry
	case "looked":
		q.Sort = store.ByLooked
	}
	q.Desc = in.Order == "desc" || in.Order == "" && in.Sort == "risk"
	page, err := s.o.Store.Sites(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &listed[SiteItem]{}
	out.Body.Next = domaincheck.Text(page.Next)
	for _, r := range page.Items {
		out.Body.Items = append(out.Body.Items, s.siteItem(ctx, r))
	}
	return out, nil
}

// SiteInput names a site.
type SiteInput struct {
	Domain string `path:"domain" maxLength:"300" doc:"any domain of the site, in any form"`
}

type siteOutput struct {
	ETag string `header:"ETag"`
	Body SiteItem
}

// item is one site with everything.
func (s *Server) item(ctx context.Context, domain string) (*siteOutput, error) {
	m, err := s.loadSite(ctx, domain)
	if err != nil {
		return nil, err
	}
	main := m.Site.MainDomain()
	page, err := s.o.Store.Sites(ctx, store.SiteQuery{Scope: scopeOf(ctx), Site: main, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Items) != 1 {
		return nil, nobody(domain)
	}
	item := s.siteItem(ctx, page.Items[0])
	if m.Report != nil {
		item.ReportID = &m.ReportID
	}
	if p, _ := PrincipalOf(ctx); !p.Scoped() {
		item.Siblings = m.Siblings
	}
	return &siteOutput{ETag: entryTag(m.Site), Body: item}, nil
}

// entryTag stands for the entry of the ledger alone: what If-Match compares,
// so that a look between reading and writing is no conflict.
func entryTag(site domaincheck.Site) string { return jsonTag(site) }

// tagOf is a tag of some bytes.
func tagOf(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// matches tells whether an If-Match header admits the entry. What stands behind
// a dot in a tag belongs to the answer it came with.
func matches(header, tag string) bool {
	if header == "" || strings.TrimSpace(header) == "*" {
		return true
	}
	for part := range strings.SplitSeq(header, ",") {
		one, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(strings.TrimSpace(part), "W/"), `"`), ".")
		if one != "" && one == strings.Trim(tag, `"`) {
			return true
		}
	}
	return false
}

// EntryInput is an entry of the ledger.
type EntryInput struct {
	RawBody []byte `contentType:"application/json"`
}

type putSiteInput struct {
	SiteInput
	IfMatch     string `header:"If-Match" doc:"tag of the entry that this one replaces"`
	IfNoneMatch string `header:"If-None-Match" doc:"* only makes a new one"`
	EntryInput
}

type writtenSite struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     SiteItem
}

// readEntry reads an entry of the ledger, in JSON, with its shorthand. What a
// SiteItem holds beyond it is passed over.
func (s *Server) readEntry(raw []byte) (domaincheck.Site, error) {
	var site domaincheck.Site
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var members map[string]any
	if err := dec.Decode(&members); err != nil || members == nil {
		return site, problem(http.StatusBadRequest, "bad_input", "the body is no JSON object")
	}
	// Tells an entry from an item sent back: "providers" is a shorthand there.
	if _, whole := members["true_looks"]; whole {
		for _, name := range notOfEntry() {
			delete(members, name)
		}
	}
	if _, list := members["domains"]; list {
		delete(members, "domain")
	}
	plain, err := json.Marshal(members)
	if err != nil {
		return site, err
	}
	site, err = inventory.ReadSite(plain, "body")
	if err != nil {
		return site, err
	}
	numbers := []domaincheck.Text{site.RecordNumber}
	if site.Subject != nil {
		numbers = append(numbers, site.Subject.RecordNumber)
	}
	for _, n := range numbers {
		if n != "" {
			if err := icp.CheckNumber(string(n)); err != nil {
				return site, err
			}
		}
	}
	if site.MainDomain() == "" {
		return site, problem(http.StatusUnprocessableEntity, "bad_input", "the entry names no domain").hint(`{"domain": "example.cn", …}`)
	}
	for i, a := range site.Access {
		if s.o.Providers != nil {
			if id := s.o.Providers.ID(a.Provider); id != "" {
				site.Access[i].Provider = id
			}
		}
	}
	return site, nil
}

func (s *Server) createSite(ctx context.Context, in *EntryInput) (*writtenSite, error) {
	site, err := s.readEntry(in.RawBody)
	if err != nil {
		return nil, err
	}
	for _, d := range site.Domains {
		if _, err := s.o.Store.Visible(ctx, store.Scope{}, d.Domain); err == nil {
			return nil, problem(http.StatusConflict, "conflict", "%s is in the inventory already", d.Domain).hint("change it with PUT /sites/" + d.Domain)
		} else if !errors.Is(err, store.CodeNotFound) {
			return nil, err
		}
	}
	return s.writeSite(ctx, site, nil)
}

func (s *Server) putSite(ctx context.Context, in *putSiteInput) (*writtenSite, error) {
	target, err := domaincheck.ParseTarget(in.Domain)
	if err != nil {
		return nil, err
	}
	raw := in.RawBody
	site, err := s.readEntry(withDomain(raw, target.Domain))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(site.Domains, func(d domaincheck.Domain) bool { return d.Domain == target.Domain }) {
		return nil, problem(http.StatusUnprocessableEntity, "bad_input", "the entry does not hold %s", target.Domain)
	}
	was, err := s.o.Store.LoadIn(ctx, scopeOf(ctx), target.Domain)
	switch {
	case errors.Is(err, store.CodeNotFound):
		if in.IfMatch != "" {
			return nil, problem(http.StatusPreconditionFailed, "conflict", "there is no entry to replace")
		}
		return s.writeSite(ctx, site, nil)
	case err != nil:
		return nil, err
	case strings.TrimSpace(in.IfNoneMatch) == "*":
		return nil, problem(http.StatusPreconditionFailed, "conflict", "%s is in the inventory already", target.Domain)
	case !matches(in.IfMatch, entryTag(was.Site)):
		return nil, problem(http.StatusPreconditionFailed, "conflict", "the entry of %s was changed meanwhile", target.Domain).hint("read it again, then change it again")
	}
	return s.writeSite(ctx, site, was)
}

// withDomain gives an entry that names no domain the one of the path.
func withDomain(raw []byte, domain string) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil || members["domain"] != nil || members["domains"] != nil {
		return raw
	}
	members["domain"], _ = json.Marshal(domain)
	if b, err := json.Marshal(members); err == nil {
		return b
	}
	return raw
}

// writeSite takes an entry over; was is the site that it replaces, nil for a
// new one.
func (s *Server) writeSite(ctx context.Context, site domaincheck.Site, was *store.Memory) (*writtenSite, error) {
	if was != nil && was.Origin == store.FromFile {
		return nil, s.fromFile(was.Site.MainDomain())
	}
	ledger := store.Ledger{Sites: []domaincheck.Site{site}}
	if err := s.mayWrite(ctx, ledger); err != nil {
		return nil, err
	}
	done, err := s.o.Store.Import(ctx, ledger, store.ImportOptions{})
	if err != nil {
		return nil, err
	}
	if len(done.Refused) > 0 {
		return nil, s.refusal(done.Refused[0])
	}
	main := site.MainDomain()
	entry := auditEntry{Action: "create", Kind: "site", Object: main, Site: main, After: site}
	if was != nil {
		entry.Action, entry.Before = "change", was.Site
	}
	s.audit(ctx, entry)
	s.poke(main)
	out, err := s.item(ctx, main)
	if err != nil {
		return nil, err
	}
	w := &writtenSite{Status: http.StatusOK, Location: apiRoot + "/sites/" + url.PathEscape(main), ETag: out.ETag, Body: out.Body}
	if was == nil {
		w.Status = http.StatusCreated
	}
	return w, nil
}

// refusal is why the store took a row not over.
func (s *Server) refusal(r store.Refusal) error {
	if r.Err.Code == store.CodeFromFile {
		return s.fromFile(r.Site)
	}
	return r.Err
}

func (s *Server) fromFile(what string) *Problem {
	file := s.o.Inventory
	if file == "" {
		file = "the inventory file"
	}
	return problem(http.StatusConflict, string(store.CodeFromFile), "%s stands in %s and can only be changed there", what, file).hint("edit the file; it is read again by itself")
}

type deleteInput struct {
	SiteInput
	IfMatch string `header:"If-Match"`
}

func (s *Server) deleteSite(ctx context.Context, in *deleteInput) (*none, error) {
	m, err := s.loadSite(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	main := m.Site.MainDomain()
	switch {
	case m.Origin == store.FromFile:
		return nil, s.fromFile(main)
	case !matches(in.IfMatch, entryTag(m.Site)):
		return nil, problem(http.StatusPreconditionFailed, "conflict", "the entry of %s was changed meanwhile", main)
	}
	if err := s.o.Store.Remove(ctx, main); err != nil {
		return nil, err
	}
	s.audit(ctx, auditEntry{Action: "delete", Kind: "site", Object: main, Site: main, Before: m.Site})
	return nil, nil
}

// CheckInput says which parts of a site are to be looked at.
type CheckInput struct {
	Parts []string `json:"parts" required:"false" enum:"registration,resolution,page,record" doc:"none: all"`
}

type checkInput struct {
	SiteInput
	Body *CheckInput
}

// CheckItem tells where the result of a check will be.
type CheckItem struct {
	Domain    string              `json:"domain"`
	Requested domaincheck.Instant `json:"requested_at" doc:"the check is done when the site's looked_at is later"`
	Report    string              `json:"report" doc:"where the newest report will stand"`
}

type checkOutput struct {
	Location string `header:"Location"`
	Body     CheckItem
}

func (s *Server) checkNow(ctx context.Context, in *checkInput) (*checkOutput, error) {
	var parts []watch.Part
	if in.Body != nil {
		for _, p := range in.Body.Parts {
			parts = append(parts, watch.Part(p))
		}
	}
	at := s.o.Store.Now()
	site, err := s.requestCheck(ctx, in.Domain, parts...)
	if err != nil {
		return nil, err
	}
	where := apiRoot + "/sites/" + url.PathEscape(site) + "/reports/latest"
	return &checkOutput{Location: where, Body: CheckItem{Domain: site, Requested: domaincheck.At(at), Report: where}}, nil
}

// sites registers what concerns sites.
func (b *builder) sites() {
	s := b.s
	tag := []string{"sites"}
	entry := func() *huma.RequestBody {
		return &huma.RequestBody{Required: true, Description: "an entry as under sites: in the ledger, its shorthand too", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, Examples: []any{map[string]any{"domain": "example.cn", "name": "示例", "state": "filed"}}}}}}
	}
	add(b, RoleRead, huma.Operation{OperationID: "list-sites", Method: http.MethodGet, Path: "/sites", Tags: tag, Summary: "List sites"}, s.listSites)
	add(b, RoleRead, huma.Operation{OperationID: "get-site", Method: http.MethodGet, Path: "/sites/{domain}", Tags: tag, Summary: "One site"},
		func(ctx context.Context, in *SiteInput) (*siteOutput, error) { return s.item(ctx, in.Domain) })
	add(b, RoleAdmin, huma.Operation{OperationID: "create-site", Method: http.MethodPost, Path: "/sites", Tags: tag, Summary: "Add a site", DefaultStatus: http.StatusCreated,
		RequestBody: entry(), SkipValidateBody: true}, s.createSite)
	add(b, RoleAdmin, huma.Operation{OperationID: "put-site", Method: http.MethodPut, Path: "/sites/{domain}", Tags: tag, Summary: "Write a site's entry (200), or add it (201)",
		RequestBody: entry(), SkipValidateBody: true, Responses: b.also(http.StatusCreated, SiteItem{})}, s.putSite)
	add(b, RoleAdmin, huma.Operation{OperationID: "delete-site", Method: http.MethodDelete, Path: "/sites/{domain}", Tags: tag, Summary: "Take a site out of the inventory",
		DefaultStatus: http.StatusNoContent}, s.deleteSite)
	add(b, RoleOperate, huma.Operation{OperationID: "check-site", Method: http.MethodPost, Path: "/sites/{domain}/check", Tags: tag, Summary: "Look at a site now",
		Description: "The site is put first; 429 with Retry-After while too many are waiting.", DefaultStatus: http.StatusAccepted}, s.checkNow)
}
