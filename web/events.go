package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"domaincheck"
	"domaincheck/store"
)

// ReportEvent tells by server-sent events that a site was looked at.
type ReportEvent struct {
	Domain   string               `json:"domain"`
	Verdict  domaincheck.Verdict  `json:"verdict"`
	Risk     domaincheck.Severity `json:"risk"`
	LookedAt domaincheck.Instant  `json:"looked_at"`
}

type eventsInput struct {
	LangInput
	Domain      string   `query:"domain" maxLength:"300" doc:"of one site only"`
	Types       []string `query:"types" enum:"alert,report" doc:"none: both"`
	LastEventID string   `header:"Last-Event-ID" doc:"go on behind this event; without it, from now on"`
	LastID      string   `query:"last_event_id" maxLength:"60" doc:"the same, for clients that cannot set headers"`
}

// eventPlace is how far a listener is: the newest alert, and the newest look, told.
// As text it is the id of an event: "17.1795600000000000.example.cn".
type eventPlace struct {
	alert  int64
	looked time.Time
	name   string
}

func (p eventPlace) String() string {
	return strconv.FormatInt(p.alert, 10) + "." + strconv.FormatInt(p.looked.UnixMicro(), 10) + "." + p.name
}

// parsePlace reads the id of an event.
func parsePlace(text string) (eventPlace, error) {
	bad := problem(http.StatusUnprocessableEntity, "bad_input", "%q is no id of an event", clip(text, 60))
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 || len(parts[2]) > 300 {
		return eventPlace{}, bad
	}
	id, err := strconv.ParseInt(parts[0], 10, 64)
	us, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || err2 != nil || id < 0 || us < 0 || us > 1<<53 {
		return eventPlace{}, bad
	}
	return eventPlace{id, time.UnixMicro(us), parts[2]}, nil
}

// listener is one client of the events.
type listener struct {
	s      *Server
	w      http.ResponseWriter
	out    *http.ResponseController
	site   string
	alerts bool
	looks  bool
	lang   string
	at     eventPlace
	wrote  time.Time
}

// placeNow is the place from which somebody hears who was never told anything.
func (s *Server) placeNow(ctx context.Context) (eventPlace, error) {
	newest, err := s.o.Store.Events(ctx, store.EventQuery{Newest: true, Limit: 1})
	p := eventPlace{looked: s.o.Store.Now()}
	if len(newest) > 0 {
		p.alert = newest[0].ID
	}
	return p, err
}

// listen settles what a listener hears.
func (s *Server) listen(ctx context.Context, in *eventsInput) (*listener, error) {
	site, err := s.siteOf(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	l := &listener{s: s, site: site, lang: s.lang(in.LangInput), alerts: true, looks: true}
	if len(in.Types) > 0 {
		l.alerts, l.looks = slices.Contains(in.Types, "alert"), slices.Contains(in.Types, "report")
	}
	last := in.LastEventID
	if last == "" {
		last = in.LastID
	}
	if last == "" {
		l.at, err = s.placeNow(ctx)
	} else {
		l.at, err = parsePlace(last)
	}
	return l, err
}

// streamEvents answers with server-sent events until the client goes, the server ends, or
// nothing can be written.
func (s *Server) streamEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	l, err := s.listen(ctx, in)
	if err != nil {
		return nil, err
	}
	if n := s.listeners.Add(1); n > int64(s.o.Limits.EventClients) {
		s.listeners.Add(-1)
		return nil, problem(http.StatusTooManyRequests, "too_many_listeners", "%d clients listen already", s.o.Limits.EventClients).with("Retry-After", "30")
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer s.listeners.Add(-1)
		r, w := humago.Unwrap(c)
		l.w, l.out = w, http.NewResponseController(w)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no")
		w.WriteHeader(http.StatusOK)
		if err := l.run(r.Context()); err != nil && r.Context().Err() == nil {
			s.o.Log.Warn("a stream of events ended early", "id", RequestID(r.Context()), "error", err)
		}
	}}, nil
}

// run writes what happens.
func (l *listener) run(ctx context.Context) error {
	if err := l.write("retry: 3000\n\n"); err != nil {
		return err
	}
	tick := time.NewTicker(l.s.o.Limits.EventPoll)
	defer tick.Stop()
	for {
		if err := l.tell(ctx); err != nil {
			return err
		}
		if time.Since(l.wrote) >= l.s.o.Limits.Heartbeat {
			if err := l.write(": alive\n\n"); err != nil {
				return err
			}
		}
		if !l.s.still(ctx) {
			return nil // the token is gone
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.s.closing:
			return nil
		case <-tick.C:
		}
	}
}

// still tells whether the principal may still come in with what it came with.
func (s *Server) still(ctx context.Context) bool {
	p, _ := PrincipalOf(ctx)
	tokens := s.tokensNow()
	if p.Open {
		return len(tokens) == 0
	}
	return slices.ContainsFunc(tokens, func(t Token) bool {
		now := t.principal()
		return now.Name == p.Name && now.Role == p.Role && slices.Equal(now.Tags, p.Tags)
	})
}

// tell writes what is new.
func (l *listener) tell(ctx context.Context) error {
	scope := scopeOf(ctx)
	if l.alerts {
		events, err := l.s.o.Store.Events(ctx, store.EventQuery{Scope: scope, Site: l.site, After: l.at.alert, Limit: 100})
		if err != nil {
			return err
		}
		for _, e := range events {
			l.at.alert = e.ID
			if err := l.event("alert", l.s.alertItem(ctx, e.ID, e.Event, l.lang)); err != nil {
				return err
			}
		}
	}
	if !l.looks {
		return nil
	}
	looks, err := l.s.o.Store.LookedSince(ctx, store.LookedQuery{Scope: scope, Site: l.site, After: l.at.looked, Name: l.at.name, Limit: 100})
	if err != nil {
		return err
	}
	for _, k := range looks {
		l.at.looked, l.at.name = k.At, k.Site
		if err := l.event("report", ReportEvent{k.Site, k.Verdict, k.Level, domaincheck.At(k.At)}); err != nil {
			return err
		}
	}
	return nil
}

func (l *listener) event(name string, data any) error {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(data); err != nil {
		return err
	}
	return l.write(fmt.Sprintf("event: %s\nid: %s\ndata: %s\n\n", name, l.at, bytes.TrimSpace(b.Bytes())))
}

// write sends some lines at once, and gives the client a little time to take
// them.
func (l *listener) write(text string) error {
	l.wrote = time.Now()
	// A recorder in a test has no deadlines; real connections all do.
	_ = l.out.SetWriteDeadline(l.wrote.Add(10 * time.Second))
	if _, err := l.w.Write([]byte(text)); err != nil {
		return err
	}
	return l.out.Flush()
}

// events registers the stream.
func (b *builder) events() {
	s := b.s
	op := huma.Operation{
		OperationID: "events", Method: http.MethodGet, Path: "/events", Tags: []string{"events"}, Summary: "What happens, as server-sent events",
		Description: `Events "alert" (as in /alerts) and "report" (a site was looked at). Goes on behind Last-Event-ID; a comment every 15 seconds shows that the stream is alive.`,
		Responses: map[string]*huma.Response{"200": {Description: "the stream", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{
			OneOf: []*huma.Schema{b.schemaOf(AlertItem{}), b.schemaOf(ReportEvent{})}}}}}},
	}
	add(b, RoleRead, op, s.streamEvents)
}
