package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/app"
	"domaincheck/check"
	"domaincheck/lab"
	"domaincheck/store"
)

// This file gives the demo its past: what the lab's sites show is looked at for
// real, judged as of days gone by, and committed with the messages that would
// have been sent.

// scene is a site as it shows itself while it plays one story.
type scene struct {
	site        domaincheck.Site
	observation domaincheck.Observation
}

// player is a site with its scenes.
type player struct {
	lab.DemoSite
	scenes map[string]scene // by story; "" its own
}

// storyAt is what the site played so long ago.
func (p *player) storyAt(ago time.Duration) string {
	story := "healthy"
	for _, t := range p.Began {
		if t.Ago >= ago {
			story = t.Story
		}
	}
	return story
}

// regular are the looks at every site. The last two are more than a day apart,
// so that daily reminders have just been sent when the show begins.
func regular() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{120 * day, 90 * day, 60 * day, 30 * day, 14 * day, 7 * day, 3 * day, 30 * time.Hour, 2 * time.Hour}
}

// moments are when every site was looked at, how long ago, the oldest first;
// each site also was when its story turned, and some hours later, which makes
// it sure.
func moments(players []*player) []time.Duration {
	all := regular()
	for _, p := range players {
		for _, t := range p.Began {
			for _, ago := range []time.Duration{t.Ago, t.Ago - 7*time.Hour} {
				if ago < all[0] && ago > time.Hour {
					all = append(all, ago)
				}
			}
		}
	}
	slices.Sort(all[1:])
	slices.Reverse(all[1:])
	return slices.Compact(all)
}

// concerns tells whether the site is looked at at a moment.
func (p *player) concerns(ago time.Duration) bool {
	if slices.Contains(regular(), ago) {
		return true
	}
	return slices.ContainsFunc(p.Began, func(t lab.Turn) bool { return t.Ago == ago || t.Ago-7*time.Hour == ago })
}

// seed fills the stage's store.
func (s *stage) seed(ctx context.Context, c app.Config) error {
	world, err := check.OpenTables(c.Tables)
	if err != nil {
		return err
	}
	if err := world.Connect(c.Network); err != nil {
		return err
	}
	defer world.Close()
	players, err := s.look(ctx, world.Checker)
	if err != nil {
		return err
	}
	policy, err := app.Policy(c.Settings, world.Book, world.Providers.ID)
	if err != nil {
		return err
	}
	// The rules' own measure of what makes a failure sure holds for the past,
	// not that of the demo's quick schedule.
	judge, err := check.OpenTables(check.TableFiles{Dir: c.Tables.Dir})
	if err != nil {
		return err
	}
	now := time.Now()
	clock := now
	db, err := store.Open(ctx, store.Options{URL: c.Settings.StoreURL(), Now: func() time.Time { return clock }})
	if err != nil {
		return err
	}
	defer db.Close()
	clock = now.Add(-121 * 24 * time.Hour)
	ledger := store.Ledger{}
	for _, p := range players {
		ledger.Sites = append(ledger.Sites, p.scenes[""].site)
	}
	if _, err := db.Import(ctx, ledger, store.ImportOptions{}); err != nil {
		return err
	}
	history := &past{db, judge.Checker, policy, players}
	for _, ago := range moments(players) {
		clock = now.Add(-ago)
		if err := history.commit(ctx, ago); err != nil {
			return err
		}
		if err := history.deliver(ctx); err != nil {
			return err
		}
	}
	return nil
}

// look has every site play each of its stories, and looks at it, several sites
// at once.
func (s *stage) look(ctx context.Context, checker *check.Checker) ([]*player, error) {
	var players []*player
	var wait sync.WaitGroup
	var first error
	room := make(chan struct{}, 16)
	for _, d := range s.lab.Demo() {
		p := &player{DemoSite: d, scenes: map[string]scene{}}
		players = append(players, p)
		wait.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			if err := s.scenes(ctx, checker, p); err != nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				if first == nil {
					first = err
				}
			}
		})
	}
	wait.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return players, first
}

func (s *stage) scenes(ctx context.Context, checker *check.Checker, p *player) error {
	stories := []string{"healthy"}
	for _, t := range p.Began {
		if t.Story != "" {
			stories = append(stories, t.Story)
		}
	}
	if len(p.Began) == 1 && p.Began[0].Ago > 365*24*time.Hour {
		stories = nil // it never was otherwise
	}
	for _, story := range append(stories, "") { // its own last: it goes on playing that
		if err := s.lab.Play(p.Domain, story); err != nil {
			return err
		}
		facts, err := s.lab.Facts(p.Domain)
		if err != nil {
			return err
		}
		seen := checker.Look(ctx, check.Job{Input: p.Domain, Site: facts})
		p.scenes[story] = scene{facts, withoutAnswers(seen)}
	}
	return nil
}

// withoutAnswers leaves the raw answers out: those of the past would bear
// today's date.
func withoutAnswers(o domaincheck.Observation) domaincheck.Observation {
	if o.Registration != nil {
		o.Registration.Raw = nil
	}
	if o.Resolution != nil {
		o.Resolution.Raw = nil
	}
	if o.Page != nil {
		o.Page.Raw = nil
	}
	for name, other := range o.Others {
		bare := withoutAnswers(*other)
		o.Others[name] = &bare
	}
	return o
}

// past is what writes a demo's history.
type past struct {
	db      *store.Store
	checker *check.Checker
	policy  alert.Policy
	players []*player
}

// commit judges what was seen at a moment and writes it with its events.
func (h *past) commit(ctx context.Context, ago time.Duration) error {
	at := domaincheck.At(h.db.Now())
	var batch []store.Commit
	for _, p := range h.players {
		if !p.concerns(ago) {
			continue
		}
		memory, err := h.db.Load(ctx, p.Domain)
		if err != nil {
			return err
		}
		shown := p.scenes[p.storyAt(ago)]
		job := check.Job{Input: p.Domain, Site: shown.site, Siblings: memory.Siblings, Watched: true}
		if r := memory.Report; r != nil {
			job.States, job.Before = r.States, r.Before
		}
		report := h.checker.Judge(job, check.AsThen(shown.observation, at), at)
		plan := alert.Plan(alert.Input{Report: &report, Open: memory.Open, At: at}, h.policy)
		batch = append(batch, store.Commit{Site: p.Domain, Rev: memory.Rev, Report: &report, Open: &plan.Open, Events: plan.Events, Out: plan.Out})
	}
	done, err := h.db.Commit(ctx, batch)
	if err != nil {
		return err
	}
	for _, d := range done {
		if d.Err != nil {
			return d.Err
		}
	}
	return nil
}

// deliver notes the messages of the past as sent when they were due.
func (h *past) deliver(ctx context.Context) error {
	at := domaincheck.At(h.db.Now())
	for _, route := range h.policy.Routes {
		for _, channel := range route.Channels {
			rows, err := h.db.Pending(ctx, channel, 10_000)
			if err != nil {
				return err
			}
			var sent []alert.Delivery
			for _, row := range rows {
				sent = append(sent, alert.Delivery{Row: row.ID, Channel: channel, Keys: row.Keys, Kind: row.Kind, At: at, Outcome: alert.Delivered, Attempts: 1, FirstTry: at})
			}
			if len(sent) == 0 {
				continue
			}
			if err := h.db.Settle(ctx, sent, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
