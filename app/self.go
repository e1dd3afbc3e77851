package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/present"
)

// What the daemon says of itself stands under rules of this prefix, which the
// rule book does not hold.
const selfPrefix = "daemon."

// The codes of what the daemon says of itself.
const (
	selfStore     = "daemon.store"     // the store is lost
	selfInventory = "daemon.inventory" // the inventory file is refused
	selfTables    = "daemon.tables"    // a file of a table is refused
)

// hostName names this machine in messages of the daemon itself.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "domaincheck"
	}
	return strings.ToLower(name)
}

// selfEvent is one thing that the daemon says of itself. Its key belongs to the
// matter and when it began, so that the end of it has the same.
func selfEvent(rule string, kind alert.Kind, level domaincheck.Severity, since, at time.Time, evidence domaincheck.Evidence) alert.Event {
	host := hostName()
	begun := domaincheck.At(since)
	f := domaincheck.Finding{
		Rule: rule, Code: strings.TrimPrefix(rule, selfPrefix), Result: domaincheck.Fail, Severity: level,
		Knows: domaincheck.Observed, ObservedAt: domaincheck.At(at), Evidence: evidence,
	}
	if kind == alert.Resolved {
		f.Result = domaincheck.Pass
	}
	return alert.Event{
		Key: alert.KeyOf(host, rule, "", begun), Kind: kind, Domain: "domaincheck", Unicode: "domaincheck", Rule: rule, Level: level,
		Since: begun, At: domaincheck.At(at), Cause: rule, Finding: f,
	}
}

// selfSentence is a matter of the daemon itself in words; ok is false for a
// finding of a site.
func selfSentence(f domaincheck.Finding, lang string, refusals *present.Refusals) (s alert.Sentence, ok bool) {
	if !strings.HasPrefix(f.Rule, selfPrefix) {
		return s, false
	}
	say := func(zh, en string) string {
		if lang == "en" {
			return en
		}
		return zh
	}
	fact := func(name string) string {
		v, there := f.Evidence[name]
		if !there || v == nil {
			return "—"
		}
		text := fmt.Sprint(v)
		if lang != "en" {
			text, _ = refusals.Say(text)
		}
		return present.Clean(text)
	}
	well := f.Result == domaincheck.Pass
	switch f.Rule {
	case selfStore:
		s.Summary = say("domaincheck 的存储不可用："+fact("error"), "the store of domaincheck is lost: "+fact("error"))
		s.Fix = say("修复磁盘、权限或数据库；期间检查照常，新发现暂存内存，通知可能中断", "mend the disk, its rights or the database; checks go on, findings wait in memory, alerts may fail meanwhile")
		if well {
			s.Summary = say("domaincheck 的存储已恢复", "the store of domaincheck is back")
		}
	case selfInventory:
		s.Summary = say("台账文件未被采用，沿用原台账："+fact("error"), "the inventory file was not taken over, the one before stays: "+fact("error"))
		s.Fix = say("改正文件；domaincheck import --dry-run 文件 会逐行列出", "mend the file; domaincheck import --dry-run FILE lists every row")
		if well {
			s.Summary = say("台账文件已重新采用", "the inventory file is taken over again")
		}
	case selfTables:
		s.Summary = say("对照表文件未被采用，沿用原表："+fact("error"), "a file of a table was not taken over, the table before stays: "+fact("error"))
		s.Fix = say("改正文件；domaincheck lists 列出所用的表", "mend the file; domaincheck lists tells which tables are in force")
		if well {
			s.Summary = say("对照表文件已重新采用", "the file of the table is taken over again")
		}
	default:
		s.Summary = "domaincheck: " + present.Clean(f.Rule+" "+f.Code)
	}
	return s, true
}

// hiccup is how long the store may be lost without a word.
const hiccup = 4 * time.Second

// sayOfSelf puts what the daemon says of itself into the outbox, for every
// channel of the routes. It is said once: open remembers by a mark in the store
// since when the matter stands, also over a restart.
func (a *App) sayOfSelf(ctx context.Context, rule string, level domaincheck.Severity, bad bool, evidence domaincheck.Evidence) error {
	mark := "self:" + rule
	text, err := a.store.Mark(ctx, mark)
	if err != nil {
		return err
	}
	since, told := time.Time{}, false
	if us, err := strconv.ParseInt(text, 10, 64); err == nil {
		since, told = time.UnixMicro(us), true
	}
	if bad == told {
		return nil
	}
	now := a.store.Now()
	kind, next := alert.Resolved, ""
	if bad {
		kind, since, next = alert.Opened, now, strconv.FormatInt(now.UnixMicro(), 10)
	}
	event := selfEvent(rule, kind, level, since, now, evidence)
	policy, channels := a.policy(), []string(nil)
	if channels = policy.Default; len(policy.Routes) > 0 {
		channels = nil
		for _, r := range policy.Routes {
			channels = append(channels, r.Channels...)
		}
	}
	var out []alert.Outgoing
	for i, c := range channels {
		if !slices.Contains(channels[:i], c) {
			out = append(out, alert.Outgoing{Channel: c, Keys: domaincheck.List[string]{event.Key}, Kind: kind, Events: domaincheck.List[alert.Event]{event}})
		}
	}
	if len(out) > 0 {
		if err := a.store.Enqueue(ctx, event.Key+":"+string(kind), out); err != nil {
			return err
		}
		a.teller.poke(channels)
	}
	return a.store.SetMark(ctx, mark, next)
}

// lastAlert tells every channel, past the store, that the store is
// lost, and later that it is back: then nothing else would be told. What cannot
// be delivered is tried again for as long as it is true.
type lastAlert struct {
	teller *teller
	now    func() time.Time
	note   func(msg string, args ...any)

	mu     sync.Mutex
	lost   time.Time       // since when; kept until its end was told
	cause  error           // nil: it works
	told   map[string]bool // channels that were told of this loss
	change chan struct{}
}

func newLastAlert(t *teller, now func() time.Time, note func(string, ...any)) *lastAlert {
	return &lastAlert{teller: t, now: now, note: note, change: make(chan struct{}, 1)}
}

// store takes in how the store fares: nil while it works.
func (l *lastAlert) store(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if (err != nil) == (l.cause != nil) {
		return
	}
	l.cause = err
	if l.lost.IsZero() {
		l.lost, l.told = l.now(), map[string]bool{}
	}
	select {
	case l.change <- struct{}{}:
	default:
	}
}

// since is when the store was lost, and why; zero while it works.
func (l *lastAlert) since() (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil {
		return time.Time{}, nil
	}
	return l.lost, l.cause
}

// run tells until ctx ends.
func (l *lastAlert) run(ctx context.Context) {
	const again = 2 * time.Second
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.change:
		case <-tick.C:
		}
		l.tell(ctx)
	}
}

func (l *lastAlert) tell(ctx context.Context) {
	l.mu.Lock()
	lost, cause := l.lost, l.cause
	l.mu.Unlock()
	if lost.IsZero() || cause != nil && l.now().Sub(lost) < hiccup {
		return
	}
	kind, evidence := alert.Opened, domaincheck.Evidence{}
	if cause == nil {
		kind = alert.Resolved
	} else {
		evidence["error"] = plainError(cause)
	}
	event := selfEvent(selfStore, kind, domaincheck.Critical, lost, l.now(), evidence)
	var wait sync.WaitGroup
	for _, h := range l.teller.get().Health() {
		l.mu.Lock()
		told := l.told[h.Channel]
		l.mu.Unlock()
		if told != (kind == alert.Resolved) {
			continue // heard of the loss already, or never did and need not hear of its end
		}
		wait.Go(func() {
			if err := l.teller.get().Send(ctx, h.Channel, []alert.Event{event}); err != nil {
				l.note("the channel was not told of the store", "channel", h.Channel, "error", err)
				return
			}
			l.mu.Lock()
			l.told[h.Channel] = kind == alert.Opened
			l.mu.Unlock()
		})
	}
	wait.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, heard := range l.told {
		if heard {
			return // of the loss, and not yet of its end
		}
	}
	if l.cause == nil {
		l.lost, l.told = time.Time{}, nil
	}
}

// plainError is an error for people outside of this machine: what is wrong,
// without paths and hints.
func plainError(err error) string {
	if e, ok := domaincheck.ErrorIn(err); ok {
		return string(e.Code)
	}
	return "internal"
}
