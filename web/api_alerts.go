package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
)

// AlertItem is an event: one thing that was to be said about one opening of one
// failure.
type AlertItem struct {
	ID      *int64 `json:"id" doc:"grows with time; null in the list of what is open"`
	Machine string `json:"event" enum:"opened,updated,resolved" doc:"as webhooks say it; kind says more"`
	alert.Event
	Summary domaincheck.Text           `json:"summary"`
	Fix     domaincheck.Text           `json:"fix"`
	Text    domaincheck.Text           `json:"text" doc:"in one line"`
	Told    domaincheck.List[ToldItem] `json:"told" doc:"of what is open: which channels were told, and when last"`
	Held    domaincheck.Text           `json:"held" doc:"of what is open: why nobody is told now (suppressed, digest, inhibited, silenced, maintenance)"`
}

// ToldItem is what a channel was told of an open event.
type ToldItem struct {
	Channel string               `json:"channel"`
	At      domaincheck.Instant  `json:"at"`
	Level   domaincheck.Severity `json:"level"`
}

// machineKind is an event's kind as machines are told it.
func machineKind(k alert.Kind) string {
	switch {
	case k.Updated():
		return "updated"
	case k == alert.Resolved:
		return "resolved"
	}
	return "opened"
}

// alertItem is an event for a principal; id 0 is none.
func (s *Server) alertItem(ctx context.Context, id int64, e alert.Event, lang string) AlertItem {
	e.Finding = maskFinding(ctx, e.Finding)
	if p, _ := PrincipalOf(ctx); p.Scoped() {
		e.Tags = slices.DeleteFunc(slices.Clone(e.Tags), func(t string) bool { return !slices.Contains(p.Tags, t) })
	}
	x := s.o.Book.Explain(e.Finding, lang)
	item := AlertItem{Machine: machineKind(e.Kind), Event: e, Summary: domaincheck.Text(x.Summary), Fix: domaincheck.Text(x.Fix)}
	if id > 0 {
		item.ID = &id
	}
	domain := string(e.Unicode)
	if domain == "" {
		domain = string(e.Domain)
	}
	head := alert.Level(e.Level, lang)
	if e.Kind == alert.Resolved {
		head = "【恢复】"
		if lang == "en" {
			head = "[RESOLVED]"
		}
	}
	item.Text = domaincheck.Text(strings.TrimSpace(head + " " + domain + " " + x.Summary))
	return item
}

type alertsInput struct {
	LangInput
	Cursor   string `query:"cursor" maxLength:"2000"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	State    string `query:"state" enum:"all,open" default:"all" doc:"all: every event, newest first; open: what lasts, worst first"`
	Domain   string `query:"domain" maxLength:"300"`
	Key      string `query:"key" maxLength:"40" doc:"of an opening; with state all"`
	Rule     string `query:"rule" maxLength:"60" doc:"with state open"`
	MinLevel string `query:"min_level" enum:"critical,high,medium,low,info" doc:"with state open"`
}

func (s *Server) listAlerts(ctx context.Context, in *alertsInput) (*listed[AlertItem], error) {
	site, err := s.siteOf(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	out, lang := &listed[AlertItem]{}, s.lang(in.LangInput)
	if in.State == "open" {
		page, err := s.o.Store.OpenEvents(ctx, store.OpenQuery{Scope: scopeOf(ctx), Site: site, Rule: in.Rule, MinLevel: domaincheck.Severity(in.MinLevel), After: in.Cursor, Limit: in.Limit})
		for _, r := range page.Items {
			item := s.alertItem(ctx, 0, r.Open.Event, lang)
			item.Held = r.Open.Held
			if p, _ := PrincipalOf(ctx); !p.Scoped() {
				item.Told = toldOf(r.Open)
			}
			out.Body.Items = append(out.Body.Items, item)
		}
		out.Body.Next = domaincheck.Text(page.Next)
		return out, err
	}
	before, err := after(in.Cursor)
	if err != nil {
		return nil, err
	}
	events, err := s.o.Store.Events(ctx, store.EventQuery{Scope: scopeOf(ctx), Site: site, Key: in.Key, After: before, Newest: true, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		out.Body.Items = append(out.Body.Items, s.alertItem(ctx, e.ID, e.Event, lang))
	}
	out.Body.Next = following(len(events), in.Limit, func() int64 { return events[len(events)-1].ID })
	return out, nil
}

func toldOf(o alert.Open) []ToldItem {
	var all []ToldItem
	for channel, told := range o.Told {
		if told != nil {
			all = append(all, ToldItem{channel, told.At, told.Level})
		}
	}
	slices.SortFunc(all, func(a, b ToldItem) int { return strings.Compare(a.Channel, b.Channel) })
	return all
}

// DeliveryItem is one row of the outbox: what one channel is to be told, and
// what became of it.
type DeliveryItem struct {
	ID        int64                    `json:"id"`
	Channel   string                   `json:"channel"`
	State     string                   `json:"state" enum:"pending,delivered,dead"`
	Kind      string                   `json:"kind"`
	Event     string                   `json:"event" enum:"opened,updated,resolved"`
	Keys      domaincheck.List[string] `json:"keys"`
	Domains   domaincheck.List[string] `json:"domains"`
	Level     domaincheck.Severity     `json:"level" doc:"the worst of its events"`
	QueuedAt  domaincheck.Instant      `json:"queued_at"`
	NotBefore domaincheck.Instant      `json:"not_before"`
	Attempts  int                      `json:"attempts" doc:"that failed"`
	FirstTry  domaincheck.Instant      `json:"first_try"`
	LastTry   domaincheck.Instant      `json:"last_try"`
	NextTry   domaincheck.Instant      `json:"next_try"`
	SettledAt domaincheck.Instant      `json:"settled_at"`
	Code      domaincheck.Text         `json:"code" doc:"the service's own, of the newest try"`
	Message   domaincheck.Text         `json:"message"`
}

func deliveryItem(d store.DeliveryRow) DeliveryItem {
	item := DeliveryItem{
		ID: d.ID, Channel: d.Channel, State: d.State, Kind: string(d.Kind), Event: machineKind(d.Kind), Keys: d.Keys, QueuedAt: d.QueuedAt, NotBefore: d.NotBefore,
		Attempts: d.Attempts, FirstTry: d.FirstTry, LastTry: domaincheck.At(d.LastTry), NextTry: d.NextTry, SettledAt: domaincheck.At(d.SettledAt),
		Code: domaincheck.Text(d.Code), Message: domaincheck.Text(d.Message),
	}
	for _, e := range d.Events {
		if e.Domain != "" && !slices.Contains(item.Domains, string(e.Domain)) {
			item.Domains = append(item.Domains, string(e.Domain))
		}
		if item.Level == "" || e.Level.Rank() > item.Level.Rank() {
			item.Level = e.Level
		}
	}
	return item
}

type deliveriesInput struct {
	Cursor  string `query:"cursor" maxLength:"40"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Channel string `query:"channel" maxLength:"100"`
	State   string `query:"state" enum:"pending,delivered,dead"`
	Domain  string `query:"domain" maxLength:"300"`
	Key     string `query:"key" maxLength:"40"`
}

func (s *Server) listDeliveries(ctx context.Context, in *deliveriesInput) (*listed[DeliveryItem], error) {
	site, err := s.siteOf(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	before, err := after(in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := s.o.Store.Deliveries(ctx, store.DeliveryQuery{Scope: scopeOf(ctx), Channel: in.Channel, State: in.State, Site: site, Key: in.Key, After: before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &listed[DeliveryItem]{}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, deliveryItem(r))
	}
	out.Body.Next = following(len(rows), in.Limit, func() int64 { return rows[len(rows)-1].ID })
	return out, nil
}

type deliveryInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// ChannelItem is a way to tell people.
type ChannelItem struct {
	Name     string           `json:"name"`
	Type     string           `json:"type"`
	Fallback domaincheck.Text `json:"fallback"`
	Lang     domaincheck.Text `json:"language"`
	Pending  int64            `json:"pending"`
	Dead     int64            `json:"dead"`
	Status   *ChannelStatus   `json:"status"`
	Removed  bool             `json:"removed" doc:"the settings no longer name it; what it was to tell is kept: as dead letters after two minutes"`
}

func (s *Server) listChannels(ctx context.Context, _ *struct{}) (*listed[ChannelItem], error) {
	if p, _ := PrincipalOf(ctx); p.Scoped() {
		return nil, outOfScope(p)
	}
	counts, err := s.o.Store.Channels(ctx, store.Scope{})
	if err != nil {
		return nil, err
	}
	status := s.status(ctx)
	out := &listed[ChannelItem]{}
	for _, c := range s.o.Channels {
		item := ChannelItem{Name: c.Name, Type: c.Type, Fallback: domaincheck.Text(c.Fallback), Lang: domaincheck.Text(c.Lang)}
		for _, n := range counts {
			if n.Channel == c.Name {
				item.Pending, item.Dead = n.Pending, n.Dead
			}
		}
		for i := range status.Channels {
			if status.Channels[i].Channel == c.Name {
				item.Status = &status.Channels[i]
			}
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	for _, n := range s.removed(counts) {
		out.Body.Items = append(out.Body.Items, ChannelItem{Name: n.Channel, Pending: n.Pending, Dead: n.Dead, Removed: true})
	}
	return out, nil
}

// removed are the channels that messages wait for, or were given up for, and
// that the settings no longer name.
func (s *Server) removed(counts []store.ChannelCount) []store.ChannelCount {
	var gone []store.ChannelCount
	for _, n := range counts {
		if !slices.ContainsFunc(s.o.Channels, func(c Channel) bool { return c.Name == n.Channel }) {
			gone = append(gone, n)
		}
	}
	return gone
}

type channelInput struct {
	LangInput
	Name string `path:"name" maxLength:"100"`
}

// alerts registers alerts, deliveries and channels.
func (b *builder) alerts() {
	s := b.s
	add(b, RoleRead, huma.Operation{OperationID: "list-alerts", Method: http.MethodGet, Path: "/alerts", Tags: []string{"alerts"}, Summary: "What was to be told"}, s.listAlerts)
	add(b, RoleRead, huma.Operation{OperationID: "list-deliveries", Method: http.MethodGet, Path: "/deliveries", Tags: []string{"alerts"}, Summary: "What channels were given, newest first"}, s.listDeliveries)
	add(b, RoleRead, huma.Operation{OperationID: "get-delivery", Method: http.MethodGet, Path: "/deliveries/{id}", Tags: []string{"alerts"}, Summary: "One row of the outbox"},
		func(ctx context.Context, in *deliveryInput) (*one[DeliveryItem], error) {
			d, err := s.delivery(ctx, in.ID)
			return &one[DeliveryItem]{deliveryItem(d)}, err
		})
	add(b, RoleOperate, huma.Operation{OperationID: "revive-delivery", Method: http.MethodPost, Path: "/deliveries/{id}/revive", Tags: []string{"alerts"},
		Summary: "Make a dead letter pending again"}, func(ctx context.Context, in *deliveryInput) (*one[DeliveryItem], error) {
		if err := s.revive(ctx, in.ID); err != nil {
			return nil, err
		}
		d, err := s.delivery(ctx, in.ID)
		return &one[DeliveryItem]{deliveryItem(d)}, err
	})
	add(b, RoleRead, huma.Operation{OperationID: "list-channels", Method: http.MethodGet, Path: "/channels", Tags: []string{"alerts"}, Summary: "The channels of the settings, without their secrets"}, s.listChannels)
	add(b, RoleOperate, huma.Operation{OperationID: "test-channel", Method: http.MethodPost, Path: "/channels/{name}/test", Tags: []string{"alerts"},
		Summary: "Send a trial message and explain what the service answered"}, func(ctx context.Context, in *channelInput) (*one[ChannelTest], error) {
		t, err := s.testChannel(ctx, in.Name, s.lang(in.LangInput))
		return &one[ChannelTest]{t}, err
	})
}
