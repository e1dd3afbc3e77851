package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/store"
)

// checkForm puts a site first and shows its progress.
func (s *Server) checkForm(w http.ResponseWriter, r *http.Request) {
	now := s.o.Store.Now()
	site, err := s.requestCheck(r.Context(), r.PathValue("domain"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, siteAddress(site)+"?done=check&asked="+strconv.FormatInt(now.UnixMilli(), 10), http.StatusSeeOther)
}

func (s *Server) suppressForm(w http.ResponseWriter, r *http.Request) {
	item, err := s.suppress(r.Context(), r.PathValue("domain"), r.PostFormValue("rule"), r.PostFormValue("target"), r.PostFormValue("reason"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, siteAddress(string(item.Domain))+"?done=suppressed#"+findingID(string(item.Rule), string(item.Target)), http.StatusSeeOther)
}

func (s *Server) acknowledgeForm(w http.ResponseWriter, r *http.Request) {
	item, err := s.acknowledge(r.Context(), r.PathValue("domain"), r.PostFormValue("target"), r.PostFormValue("reason"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, siteAddress(string(item.Domain))+"?done=acknowledged", http.StatusSeeOther)
}

// silenceForm begins a silence for hours, or until a day.
func (s *Server) silenceForm(w http.ResponseWriter, r *http.Request) {
	list := func(name string) []string {
		return strings.FieldsFunc(r.PostFormValue(name), func(c rune) bool { return strings.ContainsRune(" ,，、;；|\r\n\t", c) })
	}
	in := SilenceInput{Owner: clip(r.PostFormValue("owner"), 100), Reason: strings.TrimSpace(r.PostFormValue("reason")), Match: MatchInput{Rules: list("rules"), Tags: list("tags"), Providers: list("providers"), Subjects: list("subjects")}}
	for _, d := range list("domains") {
		target, err := domaincheck.ParseTarget(d)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		in.Match.Domains = append(in.Match.Domains, target.Domain)
	}
	if r.PostFormValue("kind") == store.HoldMaintenance {
		in.Kind = store.HoldMaintenance
	}
	now := s.o.Store.Now()
	if hours, err := strconv.Atoi(r.PostFormValue("hours")); err == nil && hours > 0 && hours <= 24*366 {
		in.Until = domaincheck.At(now.Add(time.Duration(hours) * time.Hour))
	}
	for field, into := range map[string]*domaincheck.Instant{"from": &in.From, "until": &in.Until} {
		if text := r.PostFormValue(field); text != "" {
			at, err := time.ParseInLocation("2006-01-02T15:04", text, s.o.Zone)
			if err != nil {
				s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "%s is no time", clip(text, 40)))
				return
			}
			*into = domaincheck.At(at)
		}
	}
	if _, err := s.putSilence(r.Context(), in); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, withDone(localPath(firstOf(r.PostFormValue("next"), "/silences")), "silence"), http.StatusSeeOther)
}

func (s *Server) endHoldForm(w http.ResponseWriter, r *http.Request) {
	if err := s.endHold(r.Context(), r.PostFormValue("id")); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, withDone(localPath(firstOf(r.PostFormValue("next"), "/silences")), "ended"), http.StatusSeeOther)
}

func (s *Server) reviveForm(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
	if err != nil {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "a delivery is named by a number"))
		return
	}
	if err := s.revive(r.Context(), id); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, withDone(localPath(firstOf(r.PostFormValue("next"), "/deliveries")), "revived"), http.StatusSeeOther)
}

// progress streams how a check that was asked for goes on, as server-sent
// events: "part" for each part that was looked at since, "done" at the end. It
// ends by itself after two minutes.
func (s *Server) progress(w http.ResponseWriter, r *http.Request) {
	ms, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "since is no number of milliseconds"))
		return
	}
	if _, err := s.loadSite(r.Context(), r.PathValue("domain")); err != nil {
		s.fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Minute)
	defer cancel()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	stream := http.NewResponseController(w)
	say := func(event, data string) bool {
		_ = stream.SetWriteDeadline(time.Now().Add(s.o.Limits.Write))
		_, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, data)
		return err == nil && stream.Flush() == nil
	}
	if !say("hello", "{}") {
		return
	}
	s.follow(ctx, r.PathValue("domain"), time.UnixMilli(ms), say)
}

// follow asks the store how a site's check goes on and says what is new.
func (s *Server) follow(ctx context.Context, domain string, since time.Time, say func(event, data string) bool) {
	tick := time.NewTicker(min(s.o.Limits.EventPoll, time.Second))
	defer tick.Stop()
	told := map[string]bool{}
	for {
		mem, err := s.loadSite(ctx, domain)
		if err != nil {
			return
		}
		if mem.Report != nil {
			for part, fresh := range progressOf(&mem.Report.Observation, since) {
				if fresh && !told[part] {
					told[part] = true
					if !say("part", part) {
						return
					}
				}
			}
			if done(mem, since) {
				say("done", "{}")
				return
			}
		}
		select {
		case <-ctx.Done():
			say("late", "{}")
			return
		case <-s.closing:
			return
		case <-tick.C:
		}
	}
}

// keepQuery is an address with another value of one of its fields.
func keepQuery(r *http.Request, name, value string) string {
	q := r.URL.Query()
	for _, n := range []string{"after", "before", "last", "done", name} {
		q.Del(n)
	}
	if value != "" {
		q.Set(name, value)
	}
	u := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	return u.String()
}

// together does several readings at once and waits for all: on cold caches they
// wait for the disk side by side. A defect in one is that of the caller.
func together(readings ...func() error) error {
	var all sync.WaitGroup
	errs, defects := make([]error, len(readings)), make([]any, len(readings))
	for i, read := range readings {
		all.Go(func() {
			defer func() { defects[i] = recover() }()
			errs[i] = read()
		})
	}
	all.Wait()
	for i := range readings {
		if defects[i] != nil {
			panic(defects[i])
		}
		if errs[i] != nil {
			return errs[i]
		}
	}
	return nil
}
