package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/rules"
	"domaincheck/store"
	"domaincheck/watch"
)

// The actions that API and pages share. Each takes the principal from the
// context, keeps to its scope, writes the audit log, and gives a *Problem or an
// error of the store. Whether the role suffices is settled by the route.

// scopeOf is what the request's principal may see.
func scopeOf(ctx context.Context) store.Scope {
	p, _ := PrincipalOf(ctx)
	return store.Scope{Tags: p.Tags}
}

// nobody is the answer for a site that is not there, or not for this principal
// to know of.
func nobody(domain string) *Problem {
	return problem(http.StatusNotFound, "not_found", "%s is not in the inventory", clip(domain, 100)).hint("add it with POST /sites, or import a ledger")
}

// loadSite is what is known of the site that has a domain, as people write it,
// if the principal may see it.
func (s *Server) loadSite(ctx context.Context, domain string) (*store.Memory, error) {
	site, err := s.visibleSite(ctx, domain)
	if err != nil {
		return nil, err
	}
	m, err := s.o.Store.LoadIn(ctx, scopeOf(ctx), site)
	if errors.Is(err, store.CodeNotFound) {
		return nil, nobody(domain)
	}
	return m, err
}

// visibleSite is the main domain of the site that has a domain, if the
// principal may see it. A sub-domain names the site of its registrable domain,
// unless it is one of a site's domains itself.
func (s *Server) visibleSite(ctx context.Context, domain string) (string, error) {
	target, err := domaincheck.ParseTarget(domain)
	if err != nil {
		return "", nobody(domain)
	}
	for _, name := range []string{target.Host, target.Domain} {
		if name == "" {
			continue
		}
		site, err := s.o.Store.Visible(ctx, scopeOf(ctx), name)
		if !errors.Is(err, store.CodeNotFound) {
			return site, err
		}
	}
	return "", nobody(domain)
}

// requestCheck puts a site first. A full queue is a problem with Retry-After.
func (s *Server) requestCheck(ctx context.Context, domain string, parts ...watch.Part) (site string, err error) {
	if site, err = s.visibleSite(ctx, domain); err != nil {
		return "", err
	}
	queued, err := s.o.Store.Asked(ctx)
	if err != nil {
		return "", err
	}
	if queued >= s.o.Limits.CheckQueue {
		wait := max(5, queued/10)
		return "", problem(http.StatusTooManyRequests, "queue_full", "%d sites are waiting to be checked already", queued).
			hint("try again later; the schedule checks every site by itself").with("Retry-After", strconv.Itoa(min(wait, 300)))
	}
	if _, err = s.o.Store.Request(ctx, site, parts...); err != nil {
		return "", err
	}
	s.audit(ctx, auditEntry{Action: "check", Kind: "site", Object: site, Site: site})
	s.poke(site)
	return site, nil
}

func (s *Server) poke(site string) {
	if s.o.Poke != nil {
		s.o.Poke(site)
	}
}

// SilenceInput is a silence as it is asked for.
type SilenceInput struct {
	Match  MatchInput          `json:"match" required:"false" doc:"empty: all"`
	Owner  string              `json:"owner" required:"false" maxLength:"100" doc:"who answers for it; none: who asks, by the name of the token"`
	Reason string              `json:"reason" minLength:"1" maxLength:"1000"`
	From   domaincheck.Instant `json:"from" required:"false" format:"instant" doc:"an instant, or a date in Beijing; null: at once"`
	Until  domaincheck.Instant `json:"until" format:"instant" doc:"an instant, or a date in Beijing: every silence has an end"`
	Kind   string              `json:"kind" required:"false" enum:"silence,maintenance" default:"silence"`
}

// HoldItem is a silence, a false alarm or an acknowledgement.
type HoldItem struct {
	ID        string              `json:"id"`
	Kind      string              `json:"kind" doc:"silence, maintenance, suppression, acknowledgement"`
	Owner     string              `json:"owner" doc:"who said it: the name of the token, or whom a silence names"`
	Reason    string              `json:"reason"`
	From      domaincheck.Instant `json:"from"`
	Until     domaincheck.Instant `json:"until" doc:"null: until it is ended, or what it speaks of changes"`
	CreatedAt domaincheck.Instant `json:"created_at"`
	EndedAt   domaincheck.Instant `json:"ended_at"`
	EndedBy   domaincheck.Text    `json:"ended_by"`
	Match     *Match              `json:"match" doc:"of silences"`
	Domain    domaincheck.Text    `json:"domain" doc:"the site, of false alarms and acknowledgements"`
	Rule      domaincheck.Text    `json:"rule"`
	Target    domaincheck.Text    `json:"target"`
	ReadOnly  bool                `json:"read_only" doc:"it stands in the settings and is changed there"`
	Active    bool                `json:"active"`
}

// putSilence begins a silence. A scoped principal silences its own tags only.
func (s *Server) putSilence(ctx context.Context, in SilenceInput) (HoldItem, error) {
	var none HoldItem
	p, _ := PrincipalOf(ctx)
	now := s.o.Store.Now()
	from := in.From.Time
	if from.IsZero() {
		from = now
	}
	until := in.Until.Time
	switch {
	case strings.TrimSpace(in.Reason) == "":
		return none, problem(http.StatusUnprocessableEntity, "bad_input", "a silence needs a reason")
	case until.IsZero() || !until.After(from) || !until.After(now):
		return none, problem(http.StatusUnprocessableEntity, "bad_input", "a silence needs an end that lies ahead").hint(`"until": "2026-12-01T00:00:00+08:00"`)
	}
	if p.Scoped() {
		if err := narrow((*Match)(&in.Match), p); err != nil {
			return none, err
		}
	}
	if err := s.knownWords((*Match)(&in.Match)); err != nil {
		return none, err
	}
	kind := in.Kind
	if kind == "" {
		kind = store.HoldSilence
	}
	h, err := store.SilenceHold("s-"+randomHex(8), kind, alert.Silence{Match: alert.Match(in.Match), Owner: firstOf(strings.TrimSpace(in.Owner), p.Name), Reason: in.Reason, From: domaincheck.At(from), Until: domaincheck.At(until)})
	if err != nil {
		return none, err
	}
	return s.putHold(ctx, h, "")
}

// knownWords refuses rules that there are not, which would choose nothing, and gives
// providers their ids. What the daemon says of itself has rules of its own.
func (s *Server) knownWords(m *Match) error {
	for _, word := range m.Rules {
		part, star := strings.CutSuffix(word, "*")
		known := strings.HasPrefix(word, "daemon.") || word == "watch.blind" || slices.ContainsFunc(s.o.Book.Rules(), func(r rules.Rule) bool {
			return r.ID == word || star && strings.HasPrefix(r.ID, part)
		})
		if !known {
			return problem(http.StatusUnprocessableEntity, "bad_input", "there is no rule %q", clip(word, 60)).hint("GET /rules lists them; site.* is all of a part")
		}
	}
	m.Providers = slices.Clone(m.Providers)
	for i, word := range m.Providers {
		if s.o.Providers != nil {
			m.Providers[i] = firstOf(s.o.Providers.ID(word), word)
		}
	}
	return nil
}

// narrow keeps a silence within the tags of who asks for it: one without tags
// gets those, one with others is refused.
func narrow(m *Match, p Principal) error {
	if len(m.Tags) == 0 {
		m.Tags = p.Tags
		return nil
	}
	for _, t := range m.Tags {
		if !p.Sees([]string{t}) {
			return problem(http.StatusForbidden, "out_of_scope", "the tag %q is not within the scope of %s", clip(t, 50), p.Name)
		}
	}
	return nil
}

// putHold writes a hold, tells the daemon, and gives it as it stands.
func (s *Server) putHold(ctx context.Context, h store.Hold, site string) (HoldItem, error) {
	if err := s.o.Store.PutHold(ctx, h); err != nil {
		return HoldItem{}, err
	}
	h.CreatedAt = s.o.Store.Now()
	item, err := s.holdItem(h)
	if err != nil {
		return item, err
	}
	s.audit(ctx, auditEntry{Action: "create", Kind: h.Kind, Object: h.ID, Site: site, After: item})
	s.poke(site)
	return item, nil
}

// holdItem reads a hold.
func (s *Server) holdItem(h store.Hold) (HoldItem, error) {
	now := s.o.Store.Now()
	item := HoldItem{
		ID: h.ID, Kind: h.Kind, Owner: h.Owner, Reason: h.Reason, From: domaincheck.At(h.Starts), Until: domaincheck.At(h.Ends),
		CreatedAt: domaincheck.At(h.CreatedAt), EndedAt: domaincheck.At(h.EndedAt), EndedBy: domaincheck.Text(h.EndedBy),
		Active: h.EndedAt.IsZero() && !h.Starts.After(now) && (h.Ends.IsZero() || h.Ends.After(now)),
	}
	switch h.Kind {
	case store.HoldSuppression, store.HoldAcknowledgement:
		site, f, err := h.Finding()
		if err != nil {
			return item, err
		}
		item.Domain, item.Rule, item.Target = domaincheck.Text(site), domaincheck.Text(f.Rule), f.Target
	default:
		sil, err := h.Silence()
		if err != nil {
			return item, err
		}
		m := Match(sil.Match)
		item.Match = &m
	}
	return item, nil
}

// holds lists what holds messages back, of the kinds asked for, as far as the
// principal may see it: of a scoped one those of its own sites and tags.
func (s *Server) holds(ctx context.Context, kinds []string, all bool) ([]HoldItem, error) {
	p, _ := PrincipalOf(ctx)
	var items []HoldItem
	for _, kind := range kinds {
		held, err := s.o.Store.HoldsIn(ctx, scopeOf(ctx), kind, all)
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			item, err := s.holdItem(h)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		if !p.Scoped() {
			items = append(items, s.fileHolds(kind)...)
		}
	}
	return items, nil
}

// fileHolds are those of the settings.
func (s *Server) fileHolds(kind string) []HoldItem {
	var items []HoldItem
	now := s.o.Store.Now()
	for i, f := range s.o.Silences {
		if f.Kind != kind {
			continue
		}
		m := f.Match
		items = append(items, HoldItem{
			ID: fmt.Sprintf("settings-%s-%d", kind, i+1), Kind: kind, Owner: f.Owner, Reason: f.Reason, From: f.From, Until: f.Until, Match: &m, ReadOnly: true,
			Active: f.Cron == "" && !f.From.After(now) && (f.Until.IsZero() || f.Until.After(now)),
		})
	}
	return items
}

// endHold ends a hold by hand.
func (s *Server) endHold(ctx context.Context, id string) error {
	p, _ := PrincipalOf(ctx)
	if strings.HasPrefix(id, "settings-") {
		return problem(http.StatusForbidden, "from_settings", "this silence stands in the settings").hint("remove it from the settings file, then reload")
	}
	all, err := s.o.Store.HoldsIn(ctx, scopeOf(ctx), "", false)
	if err != nil {
		return err
	}
	for _, h := range all {
		if h.ID != id {
			continue
		}
		item, err := s.holdItem(h)
		if err != nil {
			return err
		}
		if err := s.o.Store.EndHold(ctx, id, p.Name); err != nil {
			return err
		}
		s.audit(ctx, auditEntry{Action: "end", Kind: h.Kind, Object: id, Site: string(item.Domain), Before: item})
		s.poke(string(item.Domain))
		return nil
	}
	return noHold(id)
}

func noHold(id string) *Problem {
	return problem(http.StatusNotFound, "not_found", "no silence or false alarm %q stands", clip(id, 60))
}

// suppress calls a finding a false alarm (误报), with a reason, for as long as
// its evidence stays the same.
func (s *Server) suppress(ctx context.Context, domain, rule, target, reason string) (HoldItem, error) {
	return s.aboutFinding(ctx, store.HoldSuppression, findingRef{domain, rule, target}, reason)
}

// acknowledge says that a change of the registration data was seen and is
// right, so that from now on the new data are those to compare with.
func (s *Server) acknowledge(ctx context.Context, domain, target, reason string) (HoldItem, error) {
	return s.aboutFinding(ctx, store.HoldAcknowledgement, findingRef{domain, "domain.changed", target}, reason)
}

// findingRef names a finding of a site.
type findingRef struct{ domain, rule, target string }

func (s *Server) aboutFinding(ctx context.Context, kind string, ref findingRef, reason string) (HoldItem, error) {
	var none HoldItem
	if strings.TrimSpace(reason) == "" || len(reason) > 4000 {
		return none, problem(http.StatusUnprocessableEntity, "bad_input", "a reason is needed, of at most 1000 characters")
	}
	m, err := s.loadSite(ctx, ref.domain)
	if err != nil {
		return none, err
	}
	site := m.Site.MainDomain()
	if m.Report == nil {
		return none, problem(http.StatusConflict, "not_checked", "%s was not checked yet", site)
	}
	for _, f := range m.Report.Findings {
		if f.Rule != ref.rule || f.Result != domaincheck.Fail || ref.target != "" && string(f.Target) != ref.target {
			continue
		}
		p, _ := PrincipalOf(ctx)
		h, err := store.FindingHold(kind[:1]+"-"+randomHex(8), kind, site, alert.Suppression{
			Rule: f.Rule, Target: f.Target, Fingerprint: alert.Fingerprint(f), Reason: reason, Owner: p.Name, At: domaincheck.At(s.o.Store.Now()),
		})
		if err != nil {
			return none, err
		}
		item, err := s.putHold(ctx, h, site)
		if err != nil {
			return item, err
		}
		// Judged anew at once; a queue that is full only means a little later.
		if _, err := s.o.Store.Request(ctx, site, watch.Resolution); err != nil {
			s.o.Log.Warn("a site could not be put first", "site", site, "error", err)
		}
		s.poke(site)
		return item, nil
	}
	return none, problem(http.StatusConflict, "no_such_failure", "%s has no failing finding of %s now", site, clip(ref.rule, 60)).hint("see GET /sites/{domain}/reports/latest")
}

// revive makes a dead letter pending again.
func (s *Server) revive(ctx context.Context, id int64) error {
	d, err := s.delivery(ctx, id)
	if err != nil {
		return err
	}
	if d.State != "dead" {
		return problem(http.StatusConflict, "not_dead", "delivery %d is %s, only dead letters can be revived", id, d.State)
	}
	if err := s.o.Store.Revive(ctx, id); err != nil {
		return err
	}
	s.audit(ctx, auditEntry{Action: "revive", Kind: "delivery", Object: strconv.FormatInt(id, 10)})
	s.poke("")
	return nil
}

// delivery is one row of the outbox, if the principal may see it.
func (s *Server) delivery(ctx context.Context, id int64) (store.DeliveryRow, error) {
	rows, err := s.o.Store.Deliveries(ctx, store.DeliveryQuery{Scope: scopeOf(ctx), After: id + 1, Limit: 1})
	if err != nil {
		return store.DeliveryRow{}, err
	}
	if len(rows) == 0 || rows[0].ID != id {
		return store.DeliveryRow{}, problem(http.StatusNotFound, "not_found", "there is no delivery %d", id)
	}
	return rows[0], nil
}

// testChannel sends a trial message. Channels belong to everybody, so a scoped
// principal may not.
func (s *Server) testChannel(ctx context.Context, name, lang string) (ChannelTest, error) {
	if p, _ := PrincipalOf(ctx); p.Scoped() {
		return ChannelTest{}, outOfScope(p)
	}
	known := false
	for _, c := range s.o.Channels {
		known = known || c.Name == name
	}
	if !known || s.o.TestChannel == nil {
		return ChannelTest{}, problem(http.StatusNotFound, "not_found", "there is no channel %q", clip(name, 60)).hint("channels stand in the settings")
	}
	ctx, cancel := context.WithTimeout(ctx, min(55*time.Second, s.o.Limits.Write-time.Second))
	defer cancel()
	t, err := s.o.TestChannel(ctx, name, lang)
	if err != nil {
		return t, err
	}
	s.audit(ctx, auditEntry{Action: "test", Kind: "channel", Object: name, After: map[string]any{"delivered": t.Delivered, "code": t.Code}})
	return t, nil
}

// outOfScope refuses what concerns sites of every tag.
func outOfScope(p Principal) *Problem {
	return problem(http.StatusForbidden, "out_of_scope", "this concerns sites of every tag; %s sees some only", p.Name)
}
