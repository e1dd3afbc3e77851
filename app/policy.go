package app

import (
	"cmp"
	"context"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/check"
	"domaincheck/config"
	"domaincheck/notify"
	"domaincheck/rules"
	"domaincheck/scheduler"
	"domaincheck/store"
)

// Policy is who hears what by the settings alone. Where there is no route every
// channel hears everything of level low or worse. Rules that the book tells of
// in digests only raise no message of their own; provider gives the id of a
// provider that is called by another name. Errors are of texts that did not come
// from settings.
func Policy(s config.Settings, book *rules.Book, provider func(string) string) (alert.Policy, error) {
	match := func(m config.Match) alert.Match { return byID(m, provider) }
	zone, err := s.Timezone.Location()
	if err != nil {
		return alert.Policy{}, err
	}
	p := alert.Policy{Zone: zone, Channels: slices.Sorted(maps.Keys(s.Channels))}
	p.Default = p.Channels
	for _, r := range book.Rules() {
		if r.Digest {
			p.DigestOnly = append(p.DigestOnly, r.ID)
		}
	}
	for _, r := range s.Routes {
		next, err := nextOf(r.Digest, zone)
		if err != nil {
			return p, err
		}
		p.Routes = append(p.Routes, alert.Route{
			Match: match(r.Match), Channels: r.Channels, MinLevel: r.MinLevel, GroupBy: r.GroupBy, Repeat: r.Repeat,
			Quiet: alert.Quiet(r.Quiet), Digest: next,
		})
	}
	for _, x := range s.Silences {
		p.Silences = append(p.Silences, alert.Silence{Match: match(x.Match), Owner: x.Owner, Reason: x.Reason, From: x.From, Until: x.Until})
	}
	for _, m := range s.Maintenance {
		next, err := nextOf(m.Cron, zone)
		if err != nil {
			return p, err
		}
		p.Maintenance = append(p.Maintenance, alert.Window{Match: match(m.Match), Reason: m.Reason, From: m.From, Until: m.Until, Next: next, For: m.For})
	}
	return p, nil
}

// byID is a match whose providers are ids, as those of events are.
func byID(m config.Match, provider func(string) string) alert.Match {
	m.Providers = slices.Clone(m.Providers)
	for i, word := range m.Providers {
		m.Providers[i] = cmp.Or(provider(word), word)
	}
	return alert.Match(m)
}

// checkWords holds what settings choose by against the words in force: the
// rules of the book and those of the daemon itself, and the providers.
func checkWords(s config.Settings, w *check.World) error {
	known := config.Known{Rules: []string{scheduler.RuleBlind, selfStore, selfInventory, selfTables}, Providers: w.Providers.IDs()}
	known.Provider = func(word string) bool {
		return w.Providers.ID(word) != "" || slices.Contains(known.Providers, word)
	}
	for _, r := range w.Book.Rules() {
		known.Rules = append(known.Rules, r.ID)
	}
	return s.CheckWords(known)
}

// Examine holds settings against the tables they name, and reads the templates
// of their messages: what else is wrong with them than config.Load can see.
func Examine(s config.Settings, w *check.World) error {
	if err := checkWords(s, w); err != nil {
		return err
	}
	_, err := Channels(s)
	return err
}

// nextOf is a schedule as the function of its next time; nil for none.
func nextOf(c config.Cron, zone *time.Location) (func(time.Time) time.Time, error) {
	if c == "" {
		return nil, nil
	}
	schedule, err := c.In(zone)
	if err != nil {
		return nil, err
	}
	return func(after time.Time) time.Time { return schedule.Next(after.In(zone)) }, nil
}

// Channels are the settings' channels as the notifier takes them, by name, each
// with its wording. Errors are of the files of templates, with their places.
func Channels(s config.Settings) ([]notify.Channel, error) {
	wordings := map[string]*alert.Template{}
	wording := func(p config.Path) (*alert.Template, error) {
		file := s.File(p)
		if file == "" || wordings[file] != nil {
			return wordings[file], nil
		}
		t, err := readTemplate(file)
		wordings[file] = t
		return t, err
	}
	for _, p := range []config.Path{s.Templates.ZH, s.Templates.EN} {
		if _, err := wording(p); err != nil {
			return nil, err
		}
	}
	var all []notify.Channel
	for _, name := range slices.Sorted(maps.Keys(s.Channels)) {
		c := s.Channels[name]
		lang := cmp.Or(c.Language, s.Language)
		own := s.Templates.ZH
		if lang == "en" {
			own = s.Templates.EN
		}
		t, err := wording(cmp.Or(c.Template, own))
		if err != nil {
			return nil, err
		}
		all = append(all, notify.Channel{
			Name: name, Type: c.Type, URL: notify.NewSecret(c.URL.Reveal()), Secret: notify.NewSecret(c.Secret.Reveal()),
			Fallback: c.Fallback, Language: lang, Template: t, Mentions: c.Mentions,
			Password: notify.NewSecret(c.Password.Reveal()), From: c.From, To: c.To, StartTLS: c.StartTLS,
		})
	}
	return all, nil
}

// readTemplate reads the file of a template, a little more than one may have.
func readTemplate(file string) (*alert.Template, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, file, "the template cannot be read: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, file, "the template cannot be read: %w", err)
	}
	return alert.ParseTemplate(file, string(text))
}

// holds are what people said that is in force: silences, maintenance windows,
// false alarms and acknowledgements, as last read from the store.
type holds struct {
	reading   sync.Mutex // one reading at a time: an older one never replaces a newer
	mu        sync.RWMutex
	silences  []alert.Silence
	windows   []alert.Window
	wrong     map[string][]alert.Suppression // by site
	settled   map[string][]alert.Suppression
	readAt    time.Time
	unreadErr error
}

// read takes the holds of the store. What cannot be understood is left out and
// told.
func (h *holds) read(ctx context.Context, s *store.Store) error {
	h.reading.Lock()
	defer h.reading.Unlock()
	all, err := s.Holds(ctx, "", false)
	if err != nil {
		return err
	}
	next := holds{wrong: map[string][]alert.Suppression{}, settled: map[string][]alert.Suppression{}}
	for _, x := range all {
		switch x.Kind {
		case store.HoldSilence, store.HoldMaintenance:
			silence, err := x.Silence()
			if err != nil {
				next.unreadErr = err
				continue
			}
			if silence.Until.IsZero() { // until somebody ends it
				silence.Until = domaincheck.At(s.Now().AddDate(100, 0, 0))
			}
			if x.Kind == store.HoldSilence {
				next.silences = append(next.silences, silence)
			} else {
				next.windows = append(next.windows, alert.Window{Match: silence.Match, Reason: silence.Reason, From: silence.From, Until: silence.Until})
			}
		case store.HoldSuppression, store.HoldAcknowledgement:
			site, said, err := x.Finding()
			if err != nil {
				next.unreadErr = err
				continue
			}
			if !x.Ends.IsZero() && !x.Ends.After(s.Now()) || x.Starts.After(s.Now()) {
				continue
			}
			if x.Kind == store.HoldSuppression {
				next.wrong[site] = append(next.wrong[site], said)
			} else {
				next.settled[site] = append(next.settled[site], said)
			}
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.silences, h.windows, h.wrong, h.settled = next.silences, next.windows, next.wrong, next.settled
	h.readAt, h.unreadErr = s.Now(), next.unreadErr
	return next.unreadErr
}

// over is a policy with what people said laid over it.
func (h *holds) over(p alert.Policy) alert.Policy {
	h.mu.RLock()
	defer h.mu.RUnlock()
	p.Silences = slices.Concat(p.Silences, h.silences)
	p.Maintenance = slices.Concat(p.Maintenance, h.windows)
	return p
}

func (h *holds) suppressions(site string) []alert.Suppression {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.wrong[site]
}

func (h *holds) acknowledged(site string) []alert.Suppression {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.settled[site]
}
