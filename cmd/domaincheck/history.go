package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/check"
	"domaincheck/present"
	"domaincheck/store"
)

func (p *program) historyCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "history DOMAIN",
		Short: "What changed about a site, newest first (变更历史)",
		Long: `Prints every change of a site that the store remembers, the newest first: the verdict, findings that
opened and closed, facts that changed, and what was told to whom. A look that found nothing new makes
no entry. DOMAIN is any domain of the site. "diff" compares two entries in full.`,
		Args:        cobra.ExactArgs(1),
		Annotations: map[string]string{"settings": "found", "formats": "text|json|jsonl"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > 1000 {
				return badFlag("limit", fmt.Sprint(limit), "between 1 and 1000")
			}
			return p.history(cmd.Context(), args[0], limit)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "so many entries at most")
	return cmd
}

// historyEntry is how a site was from one look to another.
type historyEntry struct {
	ID      int64                `json:"id"`
	FirstAt domaincheck.Instant  `json:"first_at"` // first look that said so
	At      domaincheck.Instant  `json:"at"`       // newest
	Looks   int                  `json:"looks"`
	Verdict domaincheck.Verdict  `json:"verdict"`
	Level   domaincheck.Severity `json:"level"`   // of the worst risk; null without one
	Changes *present.Difference  `json:"changes"` // from the entry before; null for the first that is kept
}

// siteHistory is what history prints in JSON.
type siteHistory struct {
	Domain     string             `json:"domain"`
	Listed     bool               `json:"listed"` // in the inventory
	Entries    []historyEntry     `json:"entries"`
	Events     []alert.Event      `json:"events"`
	Deliveries []deliveredMessage `json:"deliveries"`
}

// deliveredMessage is a message about the site and what became of it.
type deliveredMessage struct {
	ID      int64               `json:"id"`
	Channel string              `json:"channel"`
	Kind    alert.Kind          `json:"kind"`
	Domains []string            `json:"domains"`
	Keys    []string            `json:"keys"`
	State   string              `json:"state"` // pending, delivered, dead
	Queued  domaincheck.Instant `json:"queued_at"`
	Settled domaincheck.Instant `json:"settled_at"`
	Tries   int                 `json:"attempts"` // that failed
	Code    domaincheck.Text    `json:"code"`
	Message domaincheck.Text    `json:"message"`
}

// site finds the site that a user names: its main domain, and whether the
// inventory has it. One that left it is still remembered.
func (p *program) site(ctx context.Context, db *store.Store, name string) (string, bool, error) {
	target, err := domaincheck.ParseTarget(name)
	if err != nil {
		return "", false, err
	}
	memory, err := db.Load(ctx, target.Domain)
	switch {
	case err == nil:
		return memory.Site.MainDomain(), true, nil
	case !errors.Is(err, store.CodeNotFound):
		return "", false, storeError(err)
	}
	kept, err := db.Reports(ctx, target.Domain, 0, 1, false)
	if err != nil {
		return "", false, storeError(err)
	}
	if len(kept) == 0 {
		return "", false, domaincheck.Errorf(domaincheck.CodeBadInput, target.Unicode, "is not in the inventory, nor was it before").
			WithHint("domaincheck export - lists the sites; domaincheck check " + target.Unicode + " looks at it without a store")
	}
	return target.Domain, false, nil
}

func (p *program) history(ctx context.Context, name string, limit int) error {
	if _, err := domaincheck.ParseTarget(name); err != nil {
		return err
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	domain, listed, err := p.site(ctx, db, name)
	if err != nil {
		return err
	}
	h := siteHistory{Domain: domain, Listed: listed}
	if h.Entries, err = entriesOf(ctx, db, domain, limit); err != nil {
		return storeError(err)
	}
	if err := h.told(ctx, db, limit); err != nil {
		return storeError(err)
	}
	switch p.global.format {
	case "json":
		return p.printJSON(h)
	case "jsonl":
		enc := json.NewEncoder(p.out)
		enc.SetEscapeHTML(false)
		for _, e := range h.Entries {
			if err := enc.Encode(e); err != nil {
				return cannot(err)
			}
		}
		return nil
	}
	return p.historyText(h)
}

// entriesOf reads one report more than are shown: the oldest one shown is told
// by what it changed too.
func entriesOf(ctx context.Context, db *store.Store, domain string, limit int) ([]historyEntry, error) {
	rows, err := db.Reports(ctx, domain, 0, min(limit+1, 1000), true)
	if err != nil {
		return nil, err
	}
	out := []historyEntry{}
	for i, row := range rows[:min(limit, len(rows))] {
		e := historyEntry{ID: row.ID, FirstAt: domaincheck.At(row.FirstAt), At: domaincheck.At(row.At), Looks: row.Looks, Verdict: row.Verdict, Level: row.Level}
		if i+1 < len(rows) {
			d, err := present.Compare(*rows[i+1].Report, *row.Report)
			if err != nil {
				return nil, err
			}
			e.Changes = &d
		}
		out = append(out, e)
	}
	return out, nil
}

// told reads the events of the site and the messages about it.
func (h *siteHistory) told(ctx context.Context, db *store.Store, limit int) error {
	h.Events, h.Deliveries = []alert.Event{}, []deliveredMessage{}
	events, err := db.Events(ctx, store.EventQuery{Site: h.Domain, Newest: true, Limit: limit})
	if err != nil {
		return err
	}
	for _, e := range events {
		h.Events = append(h.Events, e.Event)
	}
	rows, err := db.Deliveries(ctx, store.DeliveryQuery{Site: h.Domain, Limit: limit})
	if err != nil {
		return err
	}
	for _, r := range rows {
		h.Deliveries = append(h.Deliveries, messageOf(r))
	}
	return nil
}

// messageOf is a row of the outbox as commands print it.
func messageOf(r store.DeliveryRow) deliveredMessage {
	d := deliveredMessage{
		ID: r.ID, Channel: r.Channel, Kind: r.Kind, Domains: []string{}, Keys: orEmpty([]string(r.Keys)), State: r.State, Queued: r.QueuedAt,
		Settled: domaincheck.At(r.SettledAt), Tries: r.Attempts, Code: domaincheck.Text(r.Code), Message: domaincheck.Text(r.Message),
	}
	for _, e := range r.Events {
		if name := domaincheck.Unicode(string(e.Domain)); name != "" && !slices.Contains(d.Domains, name) {
			d.Domains = append(d.Domains, name)
		}
	}
	return d
}

func (p *program) historyText(h siteHistory) error {
	world, err := p.openTables()
	if err != nil {
		return err
	}
	title := h.Domain
	if !h.Listed {
		title += p.say("（已不在清单中）", " (no longer in the inventory)")
	}
	fmt.Fprintln(p.out, title)
	if len(h.Entries) == 0 {
		fmt.Fprintln(p.out, p.say("  还没有查过", "  not looked at yet"))
	}
	for _, e := range h.Entries {
		span := p.clock(e.FirstAt)
		if e.Looks > 1 {
			span += p.say(" 至 ", " to ") + p.clock(e.At)
		}
		line := fmt.Sprintf("#%d  %s  %s", e.ID, span, present.VerdictWord(e.Verdict, p.global.lang))
		if e.Level != "" {
			line += "  " + present.Level(e.Level, p.global.lang)
		}
		line += fmt.Sprintf(p.say("  查了 %d 次", "  looks: %d"), e.Looks)
		fmt.Fprintf(p.out, "\n%s\n", line)
		if e.Changes == nil {
			fmt.Fprintln(p.out, p.say("  保存的最早一份", "  the first that is kept"))
			continue
		}
		p.differenceText(world, *e.Changes)
	}
	if len(h.Events) > 0 {
		fmt.Fprintln(p.out, p.say("\n事件", "\nevents"))
		for _, e := range h.Events {
			fmt.Fprintf(p.out, "  %s  %s %s  %s  %s\n", p.clock(e.At), present.Level(e.Level, p.global.lang), eventWord(e.Kind, p.zh()), e.Rule, e.Key)
		}
	}
	if len(h.Deliveries) > 0 {
		fmt.Fprintln(p.out, p.say("\n通知", "\nmessages"))
		for _, d := range h.Deliveries {
			line := fmt.Sprintf("  %s  %s  %s  %s", p.clock(d.Queued), present.Clean(d.Channel), eventWord(d.Kind, p.zh()), deliveryWord(d.State, p.zh()))
			if d.Message != "" && d.State != "delivered" {
				line += "  " + present.Clean(string(d.Message))
			}
			fmt.Fprintln(p.out, line)
		}
	}
	return nil
}

// clock is an instant for people, in the zone of the settings.
func (p *program) clock(at domaincheck.Instant) string {
	if at.IsZero() {
		return "—"
	}
	return at.In(p.zone()).Format(time.DateOnly + " 15:04")
}

// zone is that of the settings.
func (p *program) zone() *time.Location {
	zone, err := p.global.settings.Timezone.Location()
	if err != nil {
		return domaincheck.Beijing()
	}
	return zone
}

// differenceText prints what changed, a line each, marked: ✗ a failure began,
// ✓ it ended, ~ it is another one; ! a risk; · a fact.
func (p *program) differenceText(world *check.World, d present.Difference) {
	lang := p.global.lang
	if d.Verdict != nil {
		fmt.Fprintf(p.out, "  %s → %s\n", present.VerdictWord(domaincheck.Verdict(d.Verdict.Before), lang), present.VerdictWord(domaincheck.Verdict(d.Verdict.After), lang))
	}
	for _, f := range d.Findings {
		p.findingTurnText(world, f)
	}
	for _, r := range d.Risks {
		risk, word := r.After, p.say("新增风险", "new risk")
		switch r.Kind {
		case "closed":
			risk, word = r.Before, p.say("风险解除", "risk over")
		case "changed":
			word = p.say("风险变化", "risk changed")
		}
		e := world.Risks.Explain(*risk, lang)
		line := fmt.Sprintf("  ! %s%s%s", word, p.say("：", ": "), e.Outcome)
		if e.Deadline != "" && r.Kind != "closed" {
			line += p.say("　期限：", "  by ") + e.Deadline
		}
		fmt.Fprintf(p.out, "%s%s%s\n", line, p.say("　原因：", "  because: "), present.Clean(e.Title))
	}
	for _, f := range d.Facts {
		fmt.Fprintf(p.out, "  · %s%s%s → %s\n", present.FactName(f.Fact, lang), p.say("：", ": "), present.FactValue(f.Before, lang), present.FactValue(f.After, lang))
	}
	for _, f := range d.Tables {
		fmt.Fprintf(p.out, "  · %s %s%s%s → %s\n", p.say("参考表", "table"), f.Fact, p.say("：", ": "), present.FactValue(f.Before, lang), present.FactValue(f.After, lang))
	}
	if d.Empty() {
		fmt.Fprintln(p.out, p.say("  没有不同", "  nothing differs"))
	}
}

func (p *program) findingTurnText(world *check.World, f present.FindingChange) {
	shown, mark := f.After, "✗"
	switch f.Kind {
	case "closed":
		shown, mark = f.Before, "✓"
	case "changed":
		mark = "~"
	}
	about := f.Rule
	if f.Target != "" {
		about += " " + present.Clean(string(f.Target))
	}
	text := present.Clean(world.Book.Explain(*shown, p.global.lang).Summary)
	switch f.Kind {
	case "closed":
		now := p.say("不再适用", "no longer applies")
		if f.After != nil {
			now = present.ResultWord(f.After.Result, p.global.lang)
			if summary := world.Book.Explain(*f.After, p.global.lang).Summary; summary != "" {
				now += p.say("：", ": ") + present.Clean(summary)
			}
		}
		text = strings.TrimSpace(text + p.say("　现在：", "  now: ") + now)
	case "changed":
		text = present.ResultWord(f.Before.Result, p.global.lang) + " → " + present.ResultWord(f.After.Result, p.global.lang) + p.say("：", ": ") + text
	}
	fmt.Fprintf(p.out, "  %s %s %s  %s\n", mark, present.Level(f.Severity, p.global.lang), about, text)
}

func eventWord(k alert.Kind, zh bool) string {
	if !zh {
		return string(k)
	}
	switch k {
	case alert.Opened:
		return "发现"
	case alert.Worse:
		return "加重"
	case alert.Reminder:
		return "提醒"
	case alert.Deadline:
		return "期限临近"
	case alert.Resolved:
		return "恢复"
	case alert.Summary:
		return "汇总"
	case alert.Test:
		return "测试"
	}
	return string(k)
}

func deliveryWord(state string, zh bool) string {
	if !zh {
		return state
	}
	switch state {
	case "pending":
		return "待发送"
	case "delivered":
		return "已送达"
	case "dead":
		return "无法送达"
	}
	return state
}
