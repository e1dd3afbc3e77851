package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"domaincheck/alert"
	"domaincheck/config"
	"domaincheck/store"
)

const (
	casesMark  = "cases:events" // the last event that cases were opened for
	casesBatch = 200            // events at a time
	casesBy    = "domaincheck"  // who opened a case that nobody opened
)

// followCases opens a case for each event that the settings ask one for, and
// says in an open case that what it rests on has recovered. Where it has come to
// stands in the store; an event seen twice changes nothing. When it is switched
// on, what is still open of the past gets its cases too.
func (a *App) followCases(ctx context.Context) error {
	s := a.inForce().config.Settings
	if len(s.Desk.OpenCases) == 0 {
		return nil
	}
	text, err := a.store.Mark(ctx, casesMark)
	if err != nil {
		return err
	}
	last, err := strconv.ParseInt(cmp.Or(text, "0"), 10, 64)
	if err != nil {
		return err
	}
	events, err := a.store.Events(ctx, store.EventQuery{After: last, Limit: casesBatch})
	if err != nil || len(events) == 0 {
		return err
	}
	for _, e := range events {
		if !asked(s.Desk, e.Event) {
			continue
		}
		if e.Event.Kind == alert.Resolved {
			err = a.suggestFixed(ctx, e.Event, s.Language)
		} else {
			err = a.openCase(ctx, e.Event)
		}
		if err != nil {
			return err
		}
	}
	return a.store.SetMark(ctx, casesMark, strconv.FormatInt(events[len(events)-1].ID, 10))
}

// asked tells whether the settings want a case of an event. The end of one is
// heard whatever its level is: a resolved event has none of its own.
func asked(d config.Desk, e alert.Event) bool {
	if !slices.Contains(d.OpenCases, e.Rule) && !slices.Contains(d.OpenCases, "*") {
		return false
	}
	return e.Kind == alert.Resolved || (e.Kind == alert.Opened || e.Kind.Updated()) && e.Level.Rank() >= d.MinLevel.Rank()
}

// openCase opens the case of an event that still lasts, unless one of the same
// site and rule is open: then that is where it is worked.
func (a *App) openCase(ctx context.Context, e alert.Event) error {
	said, err := a.store.Events(ctx, store.EventQuery{Key: e.Key, Newest: true, Limit: 1})
	if err != nil || len(said) == 1 && said[0].Event.Kind == alert.Resolved {
		return err
	}
	open, err := a.store.Cases(ctx, store.CaseQuery{Domain: string(e.Domain), Kind: e.Rule, Open: true, Limit: 1})
	if err != nil || len(open.Items) > 0 {
		return err
	}
	evidence, err := json.Marshal(e)
	if err != nil {
		return err
	}
	c := store.Case{Ref: "event " + e.Key, Domain: string(e.Domain), Source: store.CaseFromFinding, Kind: e.Rule, Evidence: evidence}
	if e.Rule == "notice.deadline" {
		c.Source = store.CaseFromNotice
	}
	if !e.Deadline.IsZero() {
		c.Due = e.Deadline.Day()
	}
	memory, err := a.store.Load(ctx, c.Domain)
	switch {
	case errors.Is(err, store.CodeNotFound):
		return nil // it has left the ledger
	case err != nil:
		return err
	case memory.Site.Customer != "":
		c.Customer = string(memory.Site.Customer)
	}
	_, err = a.store.PutCases(ctx, []store.Case{c}, casesBy)
	return err
}

// suggestFixed writes into the open cases of a site and rule that the finding
// has recovered. Their state stays: whether the work is done a person decides.
func (a *App) suggestFixed(ctx context.Context, e alert.Event, lang string) error {
	note := "检测已恢复（单号 " + e.Key + "）：请核实，确认后改为“已整改”"
	if lang == "en" {
		note = "recovered (ref " + e.Key + "): verify it, then set the case to mended"
	}
	open, err := a.store.Cases(ctx, store.CaseQuery{Domain: string(e.Domain), Kind: e.Rule, Open: true})
	if err != nil {
		return err
	}
	for _, c := range open.Items {
		whole, err := a.store.Case(ctx, store.Scope{}, c.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(whole.Steps, func(s store.CaseStep) bool { return s.Note == note }) {
			continue
		}
		if _, err := a.store.AdvanceCase(ctx, c.ID, c.Rev, store.CaseChange{Who: casesBy, Said: note}); err != nil {
			return err // somebody changed it meanwhile: at the next turn
		}
	}
	return nil
}
