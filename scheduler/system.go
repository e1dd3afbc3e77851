package scheduler

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/watch"
)

// What the daemon says of itself goes the way of all events: routes, keys,
// outbox. It speaks under the name SystemDomain.
const (
	SystemDomain = "domaincheck"
	RuleBlind    = "watch.blind"
)

// system is what was told of the daemon itself. The scheduler guards it.
type system struct {
	open   []alert.Open
	blinds []Blind // that last
}

// systemMark is how it is kept in the store, so that a recovery is told even
// after a restart.
type systemMark struct {
	Open   []alert.Open `json:"open"`
	Blinds []Blind      `json:"blinds"`
}

// tellBlind tells of sight lost, or, with b.Until set, found again.
func (s *Scheduler) tellBlind(ctx context.Context, b Blind) {
	now := s.o.Store.Now()
	if b.Until.IsZero() {
		s.log.ErrorContext(ctx, "schedule: this machine cannot see; what it sees of the sites is held back", "part", b.Part, "registry", b.Pace, "why", b.Why, "bad", b.Bad, "of", b.Of)
	} else {
		s.log.InfoContext(ctx, "schedule: sight is back", "part", b.Part, "registry", b.Pace, "after", b.Until.Sub(b.Since))
	}
	s.mu.Lock()
	kept := s.system.blinds[:0:0]
	for _, other := range s.system.blinds {
		if other.Part != b.Part || other.Pace != b.Pace {
			kept = append(kept, other)
		}
	}
	ended := b
	if b.Until.IsZero() {
		kept = append(kept, b)
	}
	s.system.blinds = kept
	report := systemReport(kept, ended, now)
	policy := s.alertPolicy()
	plan := alert.Plan(alert.Input{Report: report, Open: s.system.open, At: domaincheck.At(now)}, policy)
	plan.Out = everybody(plan, policy)
	for i := range plan.Open {
		for _, o := range plan.Out {
			if len(o.Keys) > 0 && o.Keys[0] == plan.Open[i].Event.Key && plan.Open[i].Told[o.Channel] == nil {
				plan.Open[i].Told[o.Channel] = &alert.Told{At: domaincheck.At(now), Level: plan.Open[i].Event.Level}
			}
		}
	}
	s.system.open = plan.Open
	mark := systemMark{Open: plan.Open, Blinds: kept}
	s.mu.Unlock()
	if s.o.Hooks.Blind != nil {
		s.o.Hooks.Blind(b)
	}
	if doc, err := json.Marshal(mark); err == nil {
		if err := s.o.Store.SetMark(ctx, "scheduler.system", string(doc)); err != nil {
			s.log.WarnContext(ctx, "schedule: what was told of the daemon itself is not kept", "error", err)
		}
	}
	for i := range plan.Out {
		o := &plan.Out[i]
		once := fmt.Sprintf("system %s %s %s", o.Channel, o.Keys[0], o.Kind)
		if err := s.o.Store.Enqueue(ctx, once, plan.Out[i:i+1]); err != nil {
			s.log.WarnContext(ctx, "schedule: a message of the daemon about itself is lost", "channel", o.Channel, "error", err)
			continue
		}
		if s.o.Hooks.Queued != nil {
			s.o.Hooks.Queued([]string{o.Channel})
		}
	}
}

// systemReport is a report on the daemon itself, as the routes know reports.
func systemReport(blinds []Blind, ended Blind, now time.Time) *domaincheck.Report {
	at := domaincheck.At(now)
	r := &domaincheck.Report{Schema: domaincheck.Schema, Domain: SystemDomain, Unicode: SystemDomain, At: at,
		Site: &domaincheck.ReportSite{Site: domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: SystemDomain, Role: domaincheck.RoleMain}}}}}
	add := func(b *Blind, over bool) {
		target := domaincheck.Text(b.Part)
		if b.Pace != "" {
			target = domaincheck.Text(b.Pace)
		}
		f := domaincheck.Finding{Rule: RuleBlind, Target: target, Code: b.Why, Result: domaincheck.Fail, Severity: domaincheck.High, Knows: domaincheck.Observed, ObservedAt: at,
			Evidence: domaincheck.Evidence{"part": string(b.Part), "registry": b.Pace, "bad": b.Bad, "of": b.Of}}
		st := domaincheck.State{Rule: RuleBlind, Target: target, Certainty: domaincheck.Confirmed, Code: domaincheck.Text(b.Why), Severity: domaincheck.High,
			Since: domaincheck.At(b.Since), NoticedAt: domaincheck.At(b.Since), ConfirmedAt: domaincheck.At(b.Since), LastLook: at, LastKnown: at, LastResult: domaincheck.Fail}
		if over {
			f.Result, f.Code = domaincheck.Pass, "seen"
			st = domaincheck.State{Rule: RuleBlind, Target: target, Certainty: domaincheck.CertainOK, LastLook: at, LastKnown: at, LastResult: domaincheck.Pass}
		}
		r.Findings = append(r.Findings, f)
		r.States = append(r.States, st)
	}
	for i := range blinds {
		add(&blinds[i], false)
	}
	if !ended.Until.IsZero() {
		add(&ended, true)
	}
	return r
}

// everybody makes sure that an event about the daemon itself is heard where
// no route fits it: routes that match by tag or provider fit none.
func everybody(plan alert.Planned, policy alert.Policy) []alert.Outgoing {
	out := plan.Out
	told := map[string]bool{}
	for i := range out {
		for _, key := range out[i].Keys {
			told[key+string(out[i].Kind)] = true
		}
	}
	var channels []string
	for _, r := range policy.Routes {
		for _, c := range r.Channels {
			if !has(channels, c) {
				channels = append(channels, c)
			}
		}
	}
	if len(policy.Routes) == 0 {
		channels = policy.Default
	}
	for _, e := range plan.Events {
		if told[e.Key+string(e.Kind)] {
			continue
		}
		for _, c := range channels {
			out = append(out, alert.Outgoing{Channel: c, Keys: domaincheck.List[string]{e.Key}, Kind: e.Kind, Events: domaincheck.List[alert.Event]{e}})
		}
	}
	return out
}

// recallSystem takes up what was told before a restart.
func (s *Scheduler) recallSystem(ctx context.Context) error {
	text, err := s.o.Store.Mark(ctx, "scheduler.system")
	if err != nil || text == "" {
		return err
	}
	var mark systemMark
	if err := json.Unmarshal([]byte(text), &mark); err != nil {
		s.log.WarnContext(ctx, "schedule: what was told of the daemon itself cannot be read", "error", err)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.system.open = mark.Open
	for _, b := range mark.Blinds {
		if s.sights[b.Part] == nil {
			continue
		}
		s.system.blinds = append(s.system.blinds, b)
		if b.Pace != "" {
			if s.sights[b.Part].doubts == nil {
				s.sights[b.Part].doubts = map[string]*Blind{}
			}
			s.sights[b.Part].doubts[b.Pace] = &b
		} else {
			s.sights[b.Part].blind = &b
		}
	}
	return nil
}

// Sentence puts what the daemon says of itself into words ("en", else
// Chinese); false for any other finding.
func Sentence(f domaincheck.Finding, lang string) (alert.Sentence, bool) {
	if f.Rule != RuleBlind {
		return alert.Sentence{}, false
	}
	part, registry := text(f, "part"), text(f, "registry")
	bad, of := number(f, "bad"), number(f, "of")
	en := lang == "en"
	if f.Result != domaincheck.Fail {
		if en {
			return alert.Sentence{Summary: "Sight is back: the sites can be seen again; what was held back is looked at anew"}, true
		}
		return alert.Sentence{Summary: "监测恢复：已能重新看到各网站，暂缓的结果正在重新检查"}, true
	}
	names := map[watch.Part][2]string{watch.Resolution: {"DNS", "DNS"}, watch.Page: {"网站首页", "home pages"}, watch.Registration: {"域名注册信息", "registration data"}}[watch.Part(part)]
	switch {
	case registry != "" && en:
		return alert.Sentence{
			Summary: fmt.Sprintf("%d of %d names looked up at %s ceased to exist at once: this registry server is not believed for now, nothing is said of the sites", bad, of, registry),
			Fix:     "check whether the registry is under maintenance; nothing needs to be done on the sites",
		}, true
	case registry != "":
		return alert.Sentence{
			Summary: fmt.Sprintf("注册局查询服务器 %s 上 %d/%d 个域名同时查无记录：暂不采信该服务器的回答，也不据此提醒", registry, bad, of),
			Fix:     "请确认该注册局是否在维护；各网站无需处理",
		}, true
	case en:
		return alert.Sentence{
			Summary: fmt.Sprintf("This machine cannot see (%s): %d of the last %d looks at unrelated sites went wrong at once. Nothing is said of the sites until it can", names[1], bad, of),
			Fix:     "check the network, the uplink and the resolvers of the machine that runs domaincheck",
		}, true
	}
	return alert.Sentence{
		Summary: fmt.Sprintf("监测机自身看不到（%s）：最近 %[3]d 次检查中有 %[2]d 次在互不相关的网站上同时异常。恢复之前不会据此发出各网站的提醒", names[0], bad, of),
		Fix:     "请检查运行 domaincheck 的机器的网络、出口和 DNS 解析器",
	}, true
}

func text(f domaincheck.Finding, key string) string {
	v, _ := f.Evidence[key].(string)
	return v
}

func number(f domaincheck.Finding, key string) int {
	switch v := f.Evidence[key].(type) {
	case int:
		return v
	case float64:
		return int(v)
	}
	return 0
}
